//! The user's configuration, keymap and theme into validated plain data.
//!
//! Built-in files come with the program; `config.toml` in the configuration folder adds to them. Whatever it may say is in
//! tables ([`Setting`], [`Action`], [`Context`], [`Role`], [`Ramp`]), from which parser, schema and default file are made.

use std::path::{Path, PathBuf};

use strum::IntoEnumIterator as _;
use toml::de::DeTable;

pub mod action;
pub mod keymap;
mod sample;
mod schema;
mod settings;
mod surroundings;
pub mod theme;

pub use action::{Action, Context, Group};
pub use keymap::{Key, Keymap, Section};
pub use sample::sample;
pub use schema::schema;
pub use settings::{AUTO, Setting, Settings};
pub use surroundings::{depth, guess_theme};
pub use theme::{Depth, Ramp, Role, Theme, ThemeName};

/// The user's file in the configuration folder.
pub const FILE: &str = "config.toml";

/// Something wrong in a file, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}:{line}: {what}")]
pub struct Fault {
    path: String,
    line: usize,
    what: String,
}

/// Why a configuration file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Everything that is wrong in the file, from top to bottom, a line for each.
    #[error("{}", lines(.0))]
    Invalid(Vec<Fault>),
    /// The file is there but cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ConfigError {
    /// Nothing wrong is no error.
    fn of(mut faults: Vec<Fault>) -> Result<(), Self> {
        faults.sort();
        faults.dedup();
        if faults.is_empty() { Ok(()) } else { Err(Self::Invalid(faults)) }
    }
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

/// A text with its name, to say where something is wrong.
struct Place<'a> {
    text: &'a str,
    path: &'a str,
}

impl<'a> Place<'a> {
    fn fault(&self, offset: usize, what: &str) -> Fault {
        let what = what.trim().replace('\n', " ");
        Fault { path: self.path.to_owned(), line: self.line(offset), what }
    }

    /// The line of an offset, from 1.
    fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count()
    }

    /// What can be read of the text, and what cannot.
    fn parse(&self) -> (DeTable<'a>, Vec<Fault>) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        (table.into_inner(), errors.iter().map(|error| self.parse_fault(error)).collect())
    }

    /// What the parser says, and for a key that is there twice where the first one stands.
    fn parse_fault(&self, error: &toml::de::Error) -> Fault {
        let span = error.span().unwrap_or_default();
        let first = self.text.get(span.clone()).filter(|_| error.message().starts_with("duplicate key"));
        let first = first.and_then(|key| {
            let above = self.text.get(..span.start)?.lines().collect::<Vec<_>>();
            Some(1 + above.iter().rposition(|line| key_of(line) == unquoted(key))?)
        });
        let what = match first.filter(|first| *first < self.line(span.start)) {
            Some(first) => format!("{}: it stands in line {first} already", error.message()),
            None => error.message().to_owned(),
        };
        self.fault(span.start, &what)
    }
}

/// What a line of TOML gives a value to, or the last part of the section that it begins.
fn key_of(line: &str) -> &str {
    let key = match line.trim().strip_prefix('[') {
        Some(section) => section.split(']').next().and_then(|name| name.rsplit('.').next()),
        None => line.split_once('=').map(|(key, _)| key),
    };
    unquoted(key.unwrap_or_default().trim())
}

fn unquoted(key: &str) -> &str {
    key.trim_matches(['"', '\''])
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Single values.
    pub settings: Settings,
    /// Which key means what.
    pub keys: Keymap,
    themes: Vec<(ThemeName, Theme)>,
    first: Theme,
}

impl Config {
    /// The built-in configuration with the user's file in a folder on top, if there is one.
    ///
    /// # Errors
    /// Names file and line of what is wrong.
    pub fn load(folder: Option<&Path>, depth: Depth) -> Result<Self, ConfigError> {
        match read(folder)? {
            Some((text, path, folder)) => Self::parse(&Place { text: &text, path: &path }, &folder, depth),
            None => Self::parse(&Place { text: "", path: FILE }, Path::new(""), depth),
        }
    }

    fn parse(place: &Place<'_>, folder: &Path, depth: Depth) -> Result<Self, ConfigError> {
        let read = Read::of(place, folder, depth)?;
        ConfigError::of([read.of_settings, read.of_others].concat())?;
        Ok(read.config)
    }

    /// A theme with the user's changes.
    #[must_use]
    pub fn theme(&self, name: ThemeName) -> &Theme {
        self.themes.iter().find(|(other, _)| *other == name).map_or(&self.first, |(_, theme)| theme)
    }
}

impl Settings {
    /// The settings alone, and what is wrong with keys and colors: subcommands have neither, so a mistake there need not stop
    /// them.
    ///
    /// # Errors
    /// Names file and line of everything that is wrong with the settings, or that cannot be read at all.
    pub fn load(folder: Option<&Path>) -> Result<(Self, Vec<Fault>), ConfigError> {
        let Some((text, path, folder)) = read(folder)? else { return Ok((Self::default(), Vec::new())) };
        let read = Read::of(&Place { text: &text, path: &path }, &folder, Depth::True)?;
        if !read.of_settings.is_empty() {
            ConfigError::of([read.of_settings, read.of_others].concat())?;
            return Ok((read.config.settings, Vec::new()));
        }
        Ok((read.config.settings, read.of_others))
    }
}

/// The tables of the file that are no settings.
const SECTIONS: [&str; 2] = ["keys", "colors"];

/// What a file says, and everything that is wrong with it.
struct Read {
    config: Config,
    /// With settings, or with the file as a whole.
    of_settings: Vec<Fault>,
    /// With keys and colors.
    of_others: Vec<Fault>,
}

impl Read {
    fn of(place: &Place<'_>, folder: &Path, depth: Depth) -> Result<Self, ConfigError> {
        let (table, unreadable) = place.parse();
        // Keys must know that lines are missing.
        let (mut of_settings, mut of_others) = (Vec::new(), unreadable.clone());
        let settings = Settings::from(&table, place, folder, &mut of_settings);
        let mut keys = Keymap::built_in()?;
        if let Some(sections) = section(&table, "keys", place, &mut of_others) {
            keys = keys.with(sections, place, &mut of_others);
        }
        let colors = section(&table, "colors", place, &mut of_others);
        let mut themed = |name| {
            let theme = Theme::built_in(name, depth)?;
            Ok(match colors {
                Some(colors) => theme.with(colors, place, depth, &mut of_others),
                None => theme,
            })
        };
        let themes = ThemeName::iter().map(|name| Ok((name, themed(name)?))).collect::<Result<_, ConfigError>>()?;
        let first = themed(ThemeName::default())?;
        // Of a line that cannot be read nothing else can be said; under a heading that cannot be read, of no line.
        let heading = |fault: &&Fault| {
            let text = place.text.lines().nth(fault.line.saturating_sub(1)).unwrap_or_default();
            text.trim_start().starts_with('[')
        };
        let lost = unreadable.iter().find(heading).map_or(usize::MAX, |fault| fault.line);
        let certain = |fault: &Fault| fault.line <= lost && unreadable.iter().all(|other| other.line != fault.line);
        of_settings.retain(certain);
        of_others.retain(certain);
        of_settings.extend(unreadable);
        // Every theme finds the same wrong colors.
        of_others.sort();
        of_others.dedup();
        Ok(Self { config: Config { settings, keys, themes, first }, of_settings, of_others })
    }
}

fn section<'a, 'b>(
    table: &'a DeTable<'b>,
    name: &str,
    place: &Place<'_>,
    faults: &mut Vec<Fault>,
) -> Option<&'a DeTable<'b>> {
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    let table = value.get_ref().as_table();
    if table.is_none() {
        let example = if name == "keys" { "anywhere" } else { "ui" };
        faults.push(
            place.fault(key.span().start, &format!("{name} are written in sections, [{name}.{example}] for instance")),
        );
    }
    table
}

/// The user's configuration folder, if the system names one.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("cerebro"))
}

/// The user's file as text, with its name and its folder.
fn read(folder: Option<&Path>) -> Result<Option<(String, String, PathBuf)>, ConfigError> {
    let Some(folder) = folder else { return Ok(None) };
    let path = folder.join(FILE);
    let name = path.display().to_string();
    match std::fs::read(&path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some((text, name, folder.to_owned()))),
            Err(error) => {
                let line =
                    1 + error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count();
                let what = "a character here is not UTF-8; save the file as UTF-8".to_owned();
                Err(ConfigError::Invalid(vec![Fault { path: name, line, what }]))
            }
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Io { path: name, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(&Place { text, path: "config.toml" }, Path::new("conf"), Depth::True)
    }

    #[test]
    fn the_users_file_is_read_and_a_missing_one_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let empty = Config::load(Some(folder.path()), Depth::True).unwrap();
        let text = "mouse = false\n[colors.ui]\ntext = \"red\"\n[keys.anywhere]\nf12 = \"quit\"\n";
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let red = Config::load(Some(folder.path()), Depth::True).unwrap();
        for name in ThemeName::iter() {
            assert_eq!(red.theme(name).style(Role::Text).fg, Some(ratatui::style::Color::Red));
            assert_eq!(red.theme(name).style(Role::Dim), empty.theme(name).style(Role::Dim));
        }
        assert!(!red.settings.mouse && empty.settings.mouse);
        assert!(red.keys.keys(Action::Quit).contains(&"F12".to_owned()));
        assert_eq!(Settings::load(Some(folder.path())).unwrap(), (red.settings, Vec::new()));
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_refused_with_the_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), b"mouse = false\ntheme = \"d\xe4rk\"\n").unwrap();
        let error = Settings::load(Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains("config.toml:2: ") && error.contains("UTF-8"), "{error}");
    }

    #[test]
    fn a_wrong_key_does_not_stop_what_has_no_keys() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "mouse = false\n[keys.anywhere]\nq = \"qiut\"\n").unwrap();
        let (settings, faults) = Settings::load(Some(folder.path())).unwrap();
        assert!(
            !settings.mouse && faults.len() == 1 && faults[0].to_string().contains("config.toml:3: "),
            "{faults:?}"
        );
        let error = Config::load(Some(folder.path()), Depth::True).unwrap_err().to_string();
        assert!(error.contains("config.toml:3: ") && error.contains("qiut"), "{error}");
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_from_top_to_bottom() {
        let text = "mous = true\ntheme = \"purple\"\n[keys.anywhere]\nw = \"qiut\"\nctrl-ctrl = \"quit\"\n\
                    [keys.nowhere]\n[colors.ui]\ntext = \"rde\"\ntxet = \"red\"\nx = \n";
        let error = parse(text).unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().map(|line| line.split(':').nth(1).unwrap()).collect();
        assert_eq!(lines, ["1", "2", "4", "5", "6", "8", "9", "10"], "{error}");
        // Below a heading that is broken nothing is certain.
        let error = parse("mous = true\n[keys.anywhere\nw = \"help\"\nmouse = 3\n").unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().map(|line| line.split(':').nth(1).unwrap()).collect();
        assert_eq!(lines, ["1", "2"], "{error}");
    }

    #[rstest::rstest]
    #[case::unknown("mous = true\n", 1, &["mous", "theme, mouse"])]
    #[case::no_switch("\nmouse = \"yes\"\n", 2, &["mouse is true or false"])]
    #[case::no_choice("theme = \"purple\"\n", 1, &["auto, dark, light, ansi, colorblind"])]
    #[case::no_path("model = 3\n", 1, &["model is a path"])]
    #[case::keys("keys = 3\n", 1, &["[keys.anywhere]"])]
    #[case::bare_key("[keys]\nq = \"quit\"\n", 2, &["\"q\""])]
    #[case::colors("\n[colors.ui]\ntext = \"rde\"\n", 3, &["rde"])]
    #[case::twice("mouse = true\ntheme = \"dark\"\nmouse = false\n", 3, &["line 1"])]
    #[case::section_twice("[colors.ui]\n[keys.anywhere]\n[colors.ui]\n", 3, &["line 1"])]
    fn errors_name_the_line(#[case] text: &str, #[case] line: usize, #[case] names: &[&str]) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("config.toml:{line}: ")), "{error}");
        for name in names {
            assert!(error.contains(name), "{error}");
        }
    }
}
