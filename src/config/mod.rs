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

pub use action::{Action, Context};
pub use keymap::{Key, Keymap};
pub use sample::sample;
pub use schema::schema;
pub use settings::{AUTO, Setting, Settings};
pub use surroundings::{depth, guess_theme};
pub use theme::{Depth, Ramp, Role, Theme, ThemeName};

/// The user's file in the configuration folder.
pub const FILE: &str = "config.toml";

/// Why a configuration file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file says something unknown.
    #[error("{path}:{line}: {what}")]
    Invalid {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// What is wrong and what to write instead.
        what: String,
    },
    /// The file is there but cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A text with its name, to say where an error stands.
struct Place<'a> {
    text: &'a str,
    path: &'a str,
}

impl Place<'_> {
    fn error(&self, offset: usize, what: &str) -> ConfigError {
        let what = what.trim().replace('\n', " ");
        ConfigError::Invalid { path: self.path.to_owned(), line: self.line(offset), what }
    }

    /// The line of an offset, from 1.
    fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count()
    }

    /// What the parser says, and for a key that is there twice where the first one stands.
    fn parse_error(&self, error: &toml::de::Error) -> ConfigError {
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
        self.error(span.start, &what)
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
        let table = DeTable::parse(place.text).map_err(|e| place.parse_error(&e))?;
        let table = table.get_ref();
        let settings = Settings::from(table, place, folder)?;
        let mut keys = Keymap::built_in()?;
        if let Some(sections) = section(table, "keys", place)? {
            keys = keys.with(sections, place)?;
        }
        let colors = section(table, "colors", place)?;
        let themed = |name| {
            let theme = Theme::built_in(name, depth)?;
            match colors {
                Some(colors) => theme.with(colors, place, depth),
                None => Ok(theme),
            }
        };
        let themes = ThemeName::iter().map(|name| Ok((name, themed(name)?))).collect::<Result<_, _>>()?;
        Ok(Self { settings, keys, themes, first: themed(ThemeName::default())? })
    }

    /// A theme with the user's changes.
    #[must_use]
    pub fn theme(&self, name: ThemeName) -> &Theme {
        self.themes.iter().find(|(other, _)| *other == name).map_or(&self.first, |(_, theme)| theme)
    }
}

impl Settings {
    /// The settings alone: for subcommands that have no keys and no colors, so that a mistake there does not stop them.
    ///
    /// # Errors
    /// Names file and line of what is wrong.
    pub fn load(folder: Option<&Path>) -> Result<Self, ConfigError> {
        let Some((text, path, folder)) = read(folder)? else { return Ok(Self::default()) };
        let place = Place { text: &text, path: &path };
        let table = DeTable::parse(&text).map_err(|e| place.parse_error(&e))?;
        Self::from(table.get_ref(), &place, &folder)
    }
}

/// The tables of the file that are no settings.
const SECTIONS: [&str; 2] = ["keys", "colors"];

fn section<'a, 'b>(
    table: &'a DeTable<'b>,
    name: &str,
    place: &Place<'_>,
) -> Result<Option<&'a DeTable<'b>>, ConfigError> {
    let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else { return Ok(None) };
    let what = format!(
        "{name} are written in sections, [{name}.{}] for instance",
        if name == "keys" { "anywhere" } else { "ui" }
    );
    let table = value.get_ref().as_table().ok_or_else(|| place.error(key.span().start, &what))?;
    Ok(Some(table))
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
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((text, name, folder.to_owned()))),
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
        assert_eq!(Settings::load(Some(folder.path())).unwrap(), red.settings);
    }

    #[test]
    fn a_wrong_key_does_not_stop_what_has_no_keys() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "mouse = false\n[keys.anywhere]\nq = \"qiut\"\n").unwrap();
        assert!(!Settings::load(Some(folder.path())).unwrap().mouse);
        let error = Config::load(Some(folder.path()), Depth::True).unwrap_err().to_string();
        assert!(error.contains("config.toml:3: ") && error.contains("qiut"), "{error}");
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
