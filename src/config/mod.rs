//! Keymap and theme into validated plain data.
//!
//! Built-in files come with the program; `keys.toml` and `theme.toml` in the configuration folder add to them.

use std::path::{Path, PathBuf};

pub mod action;
pub mod keymap;
pub mod theme;

pub use action::{Action, Context};
pub use keymap::{Key, Keymap};
pub use theme::{Depth, Role, Theme};

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
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|b| **b == b'\n').count();
        ConfigError::Invalid { path: self.path.to_owned(), line, what: what.trim().replace('\n', " ") }
    }
}

/// Which of the built-in themes to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Ground {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which key means what.
    pub keys: Keymap,
    /// The theme for dark backgrounds, with the user's changes.
    pub dark: Theme,
    /// The theme for light backgrounds, with the user's changes.
    pub light: Theme,
}

impl Config {
    /// The built-in configuration with the files of a folder on top, as far as there are any.
    ///
    /// # Errors
    /// Names file and line of what is wrong.
    pub fn load(folder: Option<&Path>, depth: Depth) -> Result<Self, ConfigError> {
        let keys = folder.map(|f| read(&f.join("keys.toml"))).transpose()?.flatten();
        let theme = folder.map(|f| read(&f.join("theme.toml"))).transpose()?.flatten();
        let themed = |text| {
            let base = Theme::new(text, "the built-in theme", None, depth)?;
            match &theme {
                Some((user, path)) => Theme::new(user, path, Some(&base), depth),
                None => Ok(base),
            }
        };
        Ok(Self {
            keys: Keymap::new(keys.as_ref().map(|(text, path)| (text.as_str(), path.as_str())))?,
            dark: themed(theme::DARK)?,
            light: themed(theme::LIGHT)?,
        })
    }

    /// The theme for a background.
    #[must_use]
    pub fn theme(&self, ground: Ground) -> &Theme {
        match ground {
            Ground::Dark => &self.dark,
            Ground::Light => &self.light,
        }
    }
}

/// The user's configuration folder, if the system names one.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("cerebro"))
}

fn read(path: &Path) -> Result<Option<(String, String)>, ConfigError> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((text, name))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Io { path: name, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_files_are_read_and_missing_ones_are_fine() {
        let folder = tempfile::tempdir().unwrap();
        let empty = Config::load(Some(folder.path()), Depth::True).unwrap();
        std::fs::write(folder.path().join("theme.toml"), "[ui]\ntext = \"red\"\n").unwrap();
        let red = Config::load(Some(folder.path()), Depth::True).unwrap();
        assert_eq!(red.dark.style(Role::Text).fg, Some(ratatui::style::Color::Red));
        assert_eq!(red.dark.style(Role::Dim), empty.dark.style(Role::Dim));
    }
}
