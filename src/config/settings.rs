//! Single values of the configuration: what there is, how it is read and what it is without a word.

use std::path::{Path, PathBuf};

use strum::{EnumIter, EnumString, IntoEnumIterator as _, IntoStaticStr};
use toml::de::{DeTable, DeValue};

use super::{Fault, Place, SECTIONS, ThemeName};

/// A value that can be set at the top of the file. Options of the command line and environment variables come before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Setting {
    /// [`Settings::theme`].
    Theme,
    /// [`Settings::mouse`].
    Mouse,
    /// [`Settings::restore`].
    Restore,
    /// [`Settings::model`].
    Model,
    /// [`Settings::ledger`].
    Ledger,
    /// [`Settings::reporter`].
    Reporter,
    /// [`Settings::contact`].
    Contact,
    /// [`Settings::inspector`].
    Inspector,
    /// [`Settings::blind`].
    Blind,
    /// [`Settings::second_malicious`].
    SecondMalicious,
    /// [`Settings::second_others`].
    SecondOthers,
}

/// What a setting may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of these words; the first is the default.
    Choice(Vec<&'static str>),
    /// True or false; the default.
    Switch(bool),
    /// A whole number from 0 to 100; the default is 0.
    Percent,
    /// A path; without one the program looks for itself.
    Path,
    /// A text; without one nothing is said.
    Text,
}

impl Setting {
    /// The name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// One sentence for schema and default file.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Theme => {
                "The colors. auto asks the terminal whether its background is dark or light, and takes ansi where there are \
                 only sixteen colors."
            }
            Self::Mouse => "Whether clicks and the wheel come to the workbench; F2 changes it.",
            Self::Restore => "Whether a package that was open before opens where it was left.",
            Self::Model => "Model folder. A relative path starts at this file's folder, ~/ at your home.",
            Self::Ledger => {
                "Ledger of the labels: a file or postgres://... A relative path starts at this file's folder, ~/ at your home."
            }
            Self::Reporter => "Your name or your team's, for the credits of reports.",
            Self::Contact => "Where a reader of your reports reaches you: a URL or an e-mail address.",
            Self::Inspector => {
                "Base URL of a site that shows the files of a Python package under project/NAME/VERSION/, for links in reports."
            }
            Self::Blind => {
                "Whether what the model says of a package is hidden until you have labelled it; F4 changes it."
            }
            Self::SecondMalicious => {
                "Of the packages that somebody else labelled malicious, so many percent come to you for a second opinion, without \
                 their label. Everybody on one ledger should set the same."
            }
            Self::SecondOthers => "The same for packages with any other label.",
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Theme => Kind::Choice(std::iter::once(AUTO).chain(ThemeName::iter().map(ThemeName::name)).collect()),
            Self::Mouse | Self::Restore => Kind::Switch(true),
            Self::Blind => Kind::Switch(false),
            Self::SecondMalicious | Self::SecondOthers => Kind::Percent,
            Self::Model | Self::Ledger => Kind::Path,
            Self::Reporter | Self::Contact | Self::Inspector => Kind::Text,
        }
    }
}

/// The word for a theme that the terminal decides.
pub const AUTO: &str = "auto";

/// The values in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The colors; none for those that fit the terminal.
    pub theme: Option<ThemeName>,
    /// Whether clicks and the wheel come to the workbench.
    pub mouse: bool,
    /// Whether a package opens where it was left.
    pub restore: bool,
    /// Model folder.
    pub model: Option<PathBuf>,
    /// Ledger of the labels.
    pub ledger: Option<PathBuf>,
    /// Who reports.
    pub reporter: String,
    /// Where the reporter is reached.
    pub contact: String,
    /// Site that shows the files of packages.
    pub inspector: String,
    /// Whether the model's answer is hidden until a package is decided.
    pub blind: bool,
    /// How many of what others labelled malicious come for a second opinion, in percent.
    pub second_malicious: u8,
    /// How many of all others do.
    pub second_others: u8,
}

impl Default for Settings {
    fn default() -> Self {
        let none = String::new;
        Self {
            theme: None,
            mouse: true,
            restore: true,
            model: None,
            ledger: None,
            reporter: none(),
            contact: none(),
            inspector: none(),
            blind: false,
            second_malicious: 0,
            second_others: 0,
        }
    }
}

impl Settings {
    /// Reads the top of the file; a path in it starts at `folder`.
    pub(super) fn from(table: &DeTable<'_>, place: &Place<'_>, folder: &Path, faults: &mut Vec<Fault>) -> Self {
        let mut settings = Self::default();
        for (name, value) in table.iter().filter(|(name, _)| !SECTIONS.contains(&name.get_ref().as_ref())) {
            let Ok(setting) = name.get_ref().parse::<Setting>() else {
                let known: Vec<&str> = Setting::iter().map(Setting::name).chain(SECTIONS).collect();
                let what = format!("there is no setting {:?}; there are {}", name.get_ref(), known.join(", "));
                faults.push(place.fault(name.span().start, &what));
                continue;
            };
            if let Err(what) = settings.set(setting, value.get_ref(), folder) {
                faults.push(place.fault(value.span().start, &format!("{} {what}", setting.name())));
            }
        }
        settings
    }

    fn set(&mut self, setting: Setting, value: &DeValue<'_>, folder: &Path) -> Result<(), String> {
        let switch = || value.as_bool().ok_or_else(|| "is true or false".to_owned());
        let path =
            || value.as_str().map(|text| Some(expanded(text, folder))).ok_or_else(|| "is a path in quotes".to_owned());
        let text = || {
            let text = value.as_str().ok_or_else(|| "is a text in quotes".to_owned())?;
            match text.chars().any(char::is_control) {
                true => Err("is one line without control characters".to_owned()),
                false => Ok(text.trim().to_owned()),
            }
        };
        let percent = || match value {
            DeValue::Integer(number) => {
                let number = u8::from_str_radix(number.as_str(), number.radix()).ok();
                number.filter(|number| *number <= 100).ok_or_else(|| "is a whole number from 0 to 100".to_owned())
            }
            _ => Err("is a whole number from 0 to 100".to_owned()),
        };
        match setting {
            Setting::Theme => {
                let word = value.as_str().unwrap_or_default();
                let Kind::Choice(words) = setting.kind() else { return Ok(()) };
                if !words.contains(&word) {
                    return Err(format!("is one of {}", words.join(", ")));
                }
                self.theme = word.parse().ok();
            }
            Setting::Mouse => self.mouse = switch()?,
            Setting::Restore => self.restore = switch()?,
            Setting::Blind => self.blind = switch()?,
            Setting::SecondMalicious => self.second_malicious = percent()?,
            Setting::SecondOthers => self.second_others = percent()?,
            Setting::Model => self.model = path()?,
            // A server's address is no path of this machine.
            Setting::Ledger if value.as_str().is_some_and(|place| place.contains("://")) => {
                self.ledger = value.as_str().map(PathBuf::from);
            }
            Setting::Ledger => self.ledger = path()?,
            Setting::Reporter => self.reporter = text()?,
            Setting::Contact => self.contact = text()?,
            Setting::Inspector => {
                let base = text()?;
                if !base.is_empty() && !base.starts_with("https://") && !base.starts_with("http://") {
                    return Err("is a URL that begins with https://".to_owned());
                }
                self.inspector = base;
            }
        }
        Ok(())
    }
}

fn expanded(text: &str, folder: &Path) -> PathBuf {
    let home = text.strip_prefix("~/").and_then(|rest| Some(etcetera::home_dir().ok()?.join(rest)));
    home.unwrap_or_else(|| folder.join(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Settings {
        let table = DeTable::parse(text).unwrap();
        let mut faults = Vec::new();
        let place = Place { text, path: "config.toml" };
        let settings = Settings::from(table.get_ref(), &place, Path::new("conf"), &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        settings
    }

    #[test]
    fn every_setting_is_read() {
        let home = etcetera::home_dir().unwrap();
        let all = read(
            "theme = \"light\"\nmouse = false\nrestore = false\nmodel = \"mine\"\nledger = \"~/l.sqlite\"\nreporter = \"A\"\ncontact = \"a@example.com\"\ninspector = \"https://inspect.example.com\"\nblind = true\nsecond_malicious = 100\nsecond_others = 10\n",
        );
        let expected = Settings {
            theme: Some(ThemeName::Light),
            mouse: false,
            restore: false,
            model: Some(Path::new("conf").join("mine")),
            ledger: Some(home.join("l.sqlite")),
            reporter: "A".to_owned(),
            contact: "a@example.com".to_owned(),
            inspector: "https://inspect.example.com".to_owned(),
            blind: true,
            second_malicious: 100,
            second_others: 10,
        };
        assert_eq!(all, expected);
        assert_eq!(read("theme = \"auto\"\n"), Settings::default());
    }

    #[test]
    fn defaults_are_those_that_the_table_names() {
        for setting in Setting::iter() {
            let text = match setting.kind() {
                Kind::Choice(words) => format!("{} = {:?}", setting.name(), words[0]),
                Kind::Switch(on) => format!("{} = {on}", setting.name()),
                Kind::Percent => format!("{} = 0", setting.name()),
                Kind::Path | Kind::Text => continue,
            };
            assert_eq!(read(&text), Settings::default(), "{text}");
        }
    }
}
