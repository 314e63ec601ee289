//! Keys to actions, per context, from the built-in file and the user's.

use std::collections::HashMap;

use crokey::KeyCombination;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use strum::IntoEnumIterator;
use toml::de::DeTable;

use super::{Action, ConfigError, Context, Place};

/// The keys that come with the program.
pub const DEFAULT: &str = include_str!("keymap.toml");

/// One key with its modifiers, the same however the terminal reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(KeyCombination);

impl From<KeyEvent> for Key {
    fn from(mut event: KeyEvent) -> Self {
        // Terminals disagree on whether `?` comes with Shift; the character says it already.
        if let KeyCode::Char(c) = event.code
            && !c.is_alphabetic()
        {
            event.modifiers.remove(KeyModifiers::SHIFT);
        }
        Self(KeyCombination::from(event))
    }
}

impl std::str::FromStr for Key {
    type Err = crokey::ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chars = text.chars();
        let combination = match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_uppercase() => crokey::parse(&format!("shift-{c}"))?,
            (Some('-'), None) => crokey::parse("hyphen")?,
            _ => crokey::parse(text)?,
        };
        Ok(Self(combination.normalized()))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = crokey::KeyCombinationFormat::default().with_implicit_shift().to_string(self.0);
        f.write_str(match text.as_str() {
            "Up" => "↑",
            "Down" => "↓",
            "Left" => "←",
            "Right" => "→",
            "Hyphen" => "-",
            other => other,
        })
    }
}

/// Which key means what, where.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    actions: HashMap<(Context, Key), Action>,
    /// In the order of the files, for help and footer: the first key of an action is the one shown.
    order: Vec<(Context, Key)>,
}

impl Keymap {
    /// The built-in keys with the user's on top. `user` is the text and the path of the user's file.
    ///
    /// # Errors
    /// Names the file and line of the first unknown section, key or action.
    pub fn new(user: Option<(&str, &str)>) -> Result<Self, ConfigError> {
        let mut map = Self::default();
        map.add(DEFAULT, "the built-in keymap")?;
        if let Some((text, path)) = user {
            map.add(text, path)?;
        }
        Ok(map)
    }

    fn add(&mut self, text: &str, path: &str) -> Result<(), ConfigError> {
        let place = Place { text, path };
        let table = DeTable::parse(text).map_err(|e| place.error(e.span().map_or(0, |s| s.start), e.message()))?;
        // The parser sorts its tables; the order of the file is what help and footer follow.
        let mut found = Vec::new();
        for (section, keys) in table.get_ref() {
            let context: Context = section.get_ref().parse().map_err(|_| {
                let known: Vec<&str> = Context::iter().map(Into::into).collect();
                place.error(
                    section.span().start,
                    &format!("there is no section {section:?}; there are {}", known.join(", ")),
                )
            })?;
            let keys = keys.get_ref().as_table().ok_or_else(|| {
                place.error(section.span().start, "keys belong in a section, [anywhere] for instance")
            })?;
            for (key, action) in keys {
                let parsed: Key = key.get_ref().parse().map_err(|_| {
                    place.error(
                        key.span().start,
                        &format!("{:?} is no key; write x, X, ctrl-x, f1, enter", key.get_ref()),
                    )
                })?;
                let name = action.get_ref().as_str().unwrap_or_default();
                let action = match name {
                    "none" => None,
                    _ => Some(name.parse::<Action>().map_err(|_| {
                        place
                            .error(action.span().start, &format!("there is no action {name:?}; see ? in the workbench"))
                    })?),
                };
                found.push((key.span().start, (context, parsed), action));
            }
        }
        found.sort_by_key(|(start, ..)| *start);
        for (_, at, action) in found {
            self.order.retain(|other| *other != at);
            self.actions.remove(&at);
            if let Some(action) = action {
                self.order.push(at);
                self.actions.insert(at, action);
            }
        }
        Ok(())
    }

    /// What a key means in a context.
    #[must_use]
    pub fn action(&self, context: Context, key: Key) -> Option<Action> {
        self.actions.get(&(context, key)).or_else(|| self.actions.get(&(Context::Anywhere, key))).copied()
    }

    /// The first key of an action that means it in a context: a narrower context may have taken its other keys.
    #[must_use]
    pub fn key_in(&self, context: Context, action: Action) -> Option<String> {
        let mut own = self.order.iter().filter(|at| self.actions.get(at) == Some(&action));
        own.find(|at| (at.0 == context || at.0 == Context::Anywhere) && self.action(context, at.1) == Some(action))
            .map(|at| at.1.to_string())
    }

    /// The keys of an action, the first one first.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for at in self.order.iter().filter(|at| self.actions.get(at) == Some(&action)) {
            let key = at.1.to_string();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Key {
        KeyEvent::new(code, modifiers).into()
    }

    #[test]
    fn every_action_has_a_key() {
        let map = Keymap::new(None).unwrap();
        let without: Vec<_> = Action::iter().filter(|a| map.keys(*a).is_empty()).collect();
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn the_same_key_however_the_terminal_reports_it() {
        let map = Keymap::new(None).unwrap();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            assert_eq!(map.action(Context::Files, press(KeyCode::Char('?'), modifiers)), Some(Action::Help));
            assert_eq!(map.action(Context::Files, press(KeyCode::Char('G'), modifiers)), Some(Action::Bottom));
        }
        assert_eq!(map.action(Context::Files, press(KeyCode::Char('g'), KeyModifiers::NONE)), Some(Action::Top));
        assert_eq!(
            map.action(Context::Files, press(KeyCode::BackTab, KeyModifiers::SHIFT)),
            Some(Action::PreviousPane)
        );
    }

    #[test]
    fn the_narrower_context_wins() {
        let map = Keymap::new(None).unwrap();
        let home = press(KeyCode::Home, KeyModifiers::NONE);
        assert_eq!(map.action(Context::Source, home), Some(Action::LineStart));
        assert_eq!(map.action(Context::Sequence, home), Some(Action::Top));
    }

    #[test]
    fn a_key_that_a_narrower_context_took_is_not_shown_there() {
        let map =
            Keymap::new(Some(("[files]\nm = \"help\"\n[anywhere]\nf9 = \"label_malicious\"\n", "keys.toml"))).unwrap();
        let shown = |context| map.key_in(context, Action::LabelMalicious);
        assert_eq!(shown(Context::Source).as_deref(), Some("m"));
        assert_eq!(shown(Context::Files).as_deref(), Some("F9"));
        assert_eq!(map.key_in(Context::Files, Action::MarkPayload), None);
    }

    #[test]
    fn the_users_keys_add_override_and_remove() {
        let map =
            Keymap::new(Some(("[anywhere]\nctrl-q = \"quit\"\nm = \"help\"\nb = \"none\"\n", "keys.toml"))).unwrap();
        let key = |c| press(KeyCode::Char(c), KeyModifiers::NONE);
        assert_eq!(map.action(Context::Files, press(KeyCode::Char('q'), KeyModifiers::CONTROL)), Some(Action::Quit));
        assert_eq!(map.action(Context::Files, key('q')), Some(Action::Quit));
        assert_eq!(map.action(Context::Files, key('m')), Some(Action::Help));
        assert_eq!(map.action(Context::Files, key('b')), None);
    }

    #[rstest::rstest]
    #[case("[anywhere]\nq = \"quit\"\nw = \"qiut\"\n", 3, "qiut")]
    #[case("[anywhere]\nctrl-ctrl = \"quit\"\n", 2, "ctrl-ctrl")]
    #[case("\n[everywhere]\nq = \"quit\"\n", 2, "everywhere")]
    #[case("[anywhere]\nq = \n", 2, "")]
    fn errors_name_the_line(#[case] text: &str, #[case] line: usize, #[case] names: &str) {
        let error = Keymap::new(Some((text, "keys.toml"))).unwrap_err().to_string();
        assert!(error.starts_with(&format!("keys.toml:{line}: ")), "{error}");
        assert!(error.contains(names), "{error}");
    }
}
