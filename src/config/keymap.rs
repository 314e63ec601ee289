//! Keys to actions, per context, from the built-in file and the user's.

use std::borrow::Cow;
use std::collections::HashMap;

use crokey::KeyCombination;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use strum::IntoEnumIterator;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Action, ConfigError, Context, Fault, Group, Place};

/// The keys that come with the program.
pub const DEFAULT: &str = include_str!("keymap.toml");

/// One key with its modifiers, the same however the terminal reports it; or two that are pressed one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(KeyCombination, Option<KeyCombination>);

impl From<KeyEvent> for Key {
    fn from(mut event: KeyEvent) -> Self {
        // Terminals disagree on whether `?` comes with Shift; the character says it already.
        if let KeyCode::Char(c) = event.code
            && !c.is_alphabetic()
        {
            event.modifiers.remove(KeyModifiers::SHIFT);
        }
        Self(KeyCombination::from(event), None)
    }
}

impl std::str::FromStr for Key {
    type Err = crokey::ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((first, second)) = text.split_once(' ').filter(|(first, _)| !first.is_empty()) {
            return Ok(second.parse::<Self>()?.after(first.parse()?));
        }
        let mut chars = text.chars();
        let combination = match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_uppercase() => crokey::parse(&format!("shift-{c}"))?,
            (Some('-'), None) => crokey::parse("hyphen")?,
            _ => crokey::parse(text)?,
        };
        Ok(Self(combination.normalized(), None))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(first) = self.first() {
            write!(f, "{first}")?;
        }
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

impl Key {
    /// This key behind another one.
    #[must_use]
    pub fn after(self, first: Self) -> Self {
        Self(self.0, Some(first.0))
    }

    /// The key that is pressed before it, of two.
    #[must_use]
    pub fn first(self) -> Option<Self> {
        self.1.map(|first| Self(first, None))
    }

    /// The key alone, of two the second.
    #[must_use]
    pub fn last(self) -> Self {
        Self(self.0, None)
    }

    /// The key as a keymap writes it.
    #[must_use]
    pub fn written(self) -> String {
        if let Some(first) = self.first() {
            return format!("{} {}", first.written(), self.last().written());
        }
        let text = crokey::KeyCombinationFormat::default().to_string(self.0).to_lowercase();
        match text.strip_prefix("shift-") {
            Some(letter) if letter.chars().count() == 1 => letter.to_uppercase(),
            _ => text,
        }
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
    /// The keys that come with the program.
    ///
    /// # Errors
    /// None: a test reads them.
    pub fn built_in() -> Result<Self, ConfigError> {
        let place = Place { text: DEFAULT, path: "the built-in keymap" };
        let (table, mut faults) = place.parse();
        let keymap = Self::default().with(&table, &place, &mut faults);
        ConfigError::of(faults)?;
        Ok(keymap)
    }

    /// These keys with those of `sections` on top: they add, override, or (`"none"`) take away. A fault is an unknown
    /// section, key or action, a key that is given twice, and one that takes the only key of another action.
    pub(super) fn with(mut self, sections: &DeTable<'_>, place: &Place<'_>, faults: &mut Vec<Fault>) -> Self {
        let bindings = read(sections, place, faults);
        let mut seen: HashMap<(Context, Key), &Binding<'_>> = HashMap::new();
        for binding in &bindings {
            if let Some(first) = seen.insert((binding.context, binding.key), binding) {
                let (section, line): (&str, _) = (binding.context.into(), place.line(first.start));
                let what = format!(
                    "{:?} and {:?} of line {line} are the same key; in {section} it can mean one thing only",
                    binding.written, first.written
                );
                faults.push(place.fault(binding.start, &what));
            }
        }
        let before = self.clone();
        for binding in &bindings {
            let at = (binding.context, binding.key);
            self.order.retain(|other| *other != at);
            self.actions.remove(&at);
            if let Some(action) = binding.action {
                self.order.push(at);
                self.actions.insert(at, action);
            }
        }
        // A line that cannot be understood may be the one that gives the other key, if the file names the action at all.
        let complete = faults.is_empty();
        let lost = |action: &Action| before.reaches(*action) && !self.reaches(*action);
        for action in Action::iter().filter(|action| lost(action) && (complete || !place.text.contains(action.name())))
        {
            let taken = || bindings.iter().filter(|b| before.action(b.context, b.key) == Some(action));
            // To write "none" says that it is meant.
            if let Some(taker) = taken().next().filter(|_| taken().all(|b| b.action.is_some())) {
                let what = format!(
                    "{:?} was the only key of {}: give that another key, or take this one away with \"none\"",
                    taker.written,
                    action.name()
                );
                faults.push(place.fault(taker.start, &what));
            }
        }
        self
    }

    /// Whether some key leads to an action where it makes sense.
    fn reaches(&self, action: Action) -> bool {
        self.order.iter().any(|(context, key)| {
            let here = if *context == Context::Anywhere { action.context() } else { *context };
            self.action(here, *key) == Some(action)
        })
    }

    /// What a key means in a context.
    #[must_use]
    pub fn action(&self, context: Context, key: Key) -> Option<Action> {
        self.actions.get(&(context, key)).or_else(|| self.actions.get(&(Context::Anywhere, key))).copied()
    }

    /// What may follow a key in a context, in the order of the files; nothing where the key means something by itself.
    #[must_use]
    pub fn follow(&self, context: Context, first: Key) -> Vec<(Key, Action)> {
        if self.action(context, first).is_some() {
            return Vec::new();
        }
        let second = self.order.iter().filter(|at| at.1.first() == Some(first));
        let here = second.filter(|at| at.0 == context || at.0 == Context::Anywhere);
        here.filter_map(|at| Some((at.1.last(), self.action(context, at.1)?))).collect()
    }

    /// What a key means in a context alone, whatever it means everywhere.
    #[must_use]
    pub fn own(&self, context: Context, key: Key) -> Option<Action> {
        self.actions.get(&(context, key)).copied()
    }

    /// The first key of an action that means it in a context: a narrower context may have taken its other keys.
    #[must_use]
    pub fn key_in(&self, context: Context, action: Action) -> Option<String> {
        let mut own = self.order.iter().filter(|at| self.actions.get(at) == Some(&action));
        own.find(|at| (at.0 == context || at.0 == Context::Anywhere) && self.action(context, at.1) == Some(action))
            .map(|at| at.1.to_string())
    }

    /// All keys as help shows them: what holds everywhere by group, then view by view what holds there alone.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        let of = |context: Context, group: Group| {
            let wide = |at: &&(Context, Key)| at.0 == context || at.0 == Context::Anywhere;
            let narrow = |at: &&(Context, Key)| at.0 == context;
            let own = Action::iter().filter(move |a| (a.context(), a.group()) == (context, group));
            let mut lines: Vec<_> = own.map(|action| (action, self.written(action, wide))).collect();
            // A view may have keys of its own for what has others everywhere.
            if group == Group::Here {
                let more = Action::iter().filter(|action| action.context() != context);
                lines.extend(more.map(|action| (action, self.written(action, narrow))));
            }
            lines.retain(|(_, keys)| !keys.is_empty());
            let title = if group == Group::Here { context.title() } else { group.title() };
            Section { context, title, lines }
        };
        let everywhere = Group::iter().filter(|group| *group != Group::Here).map(|group| of(Context::Anywhere, group));
        let views = Context::iter().filter(|context| *context != Context::Anywhere).map(|view| of(view, Group::Here));
        everywhere.chain(views).filter(|section| !section.lines.is_empty()).collect()
    }

    /// The keys of an action among some of the bindings.
    fn written(&self, action: Action, among: impl Fn(&&(Context, Key)) -> bool) -> Vec<String> {
        let own = self.order.iter().filter(|at| self.actions.get(at) == Some(&action));
        own.filter(among).map(|at| at.1.to_string()).collect()
    }

    /// Every key with what it means, in the order of the files.
    pub fn in_order(&self) -> impl Iterator<Item = (Context, Key, Action)> + '_ {
        self.order.iter().filter_map(|at| Some((at.0, at.1, *self.actions.get(at)?)))
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

/// Keys that belong together.
#[derive(Debug, Clone)]
pub struct Section {
    /// Where they hold.
    pub context: Context,
    /// What help calls it.
    pub title: &'static str,
    /// Actions with their keys.
    pub lines: Vec<(Action, Vec<String>)>,
}

/// One line of a keymap.
struct Binding<'a> {
    /// Where it stands in the text.
    start: usize,
    context: Context,
    key: Key,
    /// The key as written.
    written: &'a str,
    /// None takes the key away.
    action: Option<Action>,
}

/// The lines of a keymap in the order of the text.
fn read<'a>(sections: &'a DeTable<'_>, place: &Place<'_>, faults: &mut Vec<Fault>) -> Vec<Binding<'a>> {
    let mut found = Vec::new();
    for (section, keys) in sections {
        let start = section.span().start;
        let Ok(context) = section.get_ref().parse::<Context>() else {
            let known: Vec<&str> = Context::iter().map(Into::into).collect();
            let what = format!("there are no keys for {:?}; there are {}", section.get_ref(), known.join(", "));
            faults.push(place.fault(start, &what));
            continue;
        };
        let Some(keys) = keys.get_ref().as_table() else {
            faults.push(place.fault(start, "keys belong in a section, [keys.anywhere] for instance"));
            continue;
        };
        for (key, action) in keys {
            match binding(context, key, action, place) {
                Ok(binding) => found.push(binding),
                Err(fault) => faults.push(fault),
            }
        }
    }
    // The parser sorts its tables; the order of the file is what help and footer follow.
    found.sort_by_key(|binding| binding.start);
    found
}

/// What a terminal sends as one byte for both, with the key that it is taken for.
const SAME: [(&str, &str); 3] = [("ctrl-m", "Enter"), ("ctrl-i", "Tab"), ("ctrl-[", "Esc")];

fn binding<'a>(
    context: Context,
    key: &'a Spanned<Cow<'_, str>>,
    action: &Spanned<DeValue<'_>>,
    place: &Place<'_>,
) -> Result<Binding<'a>, Fault> {
    let (start, written) = (key.span().start, key.get_ref().as_ref());
    let key: Key = written.parse().map_err(|_| {
        place.fault(
            start,
            &format!("{written:?} is no key; write x, X, ctrl-x, alt-x, f1, enter, left, space, or two as \"z x\""),
        )
    })?;
    if let Some((_, other)) = SAME.iter().find(|(same, _)| same.parse().is_ok_and(|same: Key| same == key)) {
        return Err(place.fault(start, &format!("{written:?} comes as {other} from most terminals; write another key")));
    }
    let action = match action.get_ref().as_str() {
        Some("none") => None,
        name => Some(name.and_then(|name| name.parse().ok()).ok_or_else(|| {
            let what = match name {
                Some(name) => format!("there is no action {name:?}; see cerebro generate config"),
                None => "an action is a name in quotes".to_owned(),
            };
            place.fault(action.span().start, &what)
        })?),
    };
    Ok(Binding { start, context, key, written, action })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Key {
        KeyEvent::new(code, modifiers).into()
    }

    fn with(text: &str) -> Result<Keymap, ConfigError> {
        let place = Place { text, path: "config.toml" };
        let (table, mut faults) = place.parse();
        let keymap = Keymap::built_in().unwrap().with(&table, &place, &mut faults);
        ConfigError::of(faults).map(|()| keymap)
    }

    #[test]
    fn every_action_has_a_key_that_reaches_it() {
        let map = Keymap::built_in().unwrap();
        let without: Vec<_> = Action::iter().filter(|a| !map.reaches(*a)).collect();
        assert!(without.is_empty(), "{without:?}");
    }

    /// A key for a verdict means that verdict wherever it means anything: only while bytes are selected do letters move.
    #[test]
    fn no_view_takes_the_keys_of_verdict_and_undo() {
        let map = Keymap::built_in().unwrap();
        let verdict = [Action::LabelMalicious, Action::LabelBenign, Action::LabelSuspicious, Action::Undo];
        for context in Context::iter().filter(|context| *context != Context::Select) {
            for action in verdict {
                assert_eq!(map.key_in(context, action), map.key_in(Context::Anywhere, action), "{context:?}");
            }
        }
    }

    #[test]
    fn the_same_key_however_the_terminal_reports_it() {
        let map = Keymap::built_in().unwrap();
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
        let map = Keymap::built_in().unwrap();
        let home = press(KeyCode::Home, KeyModifiers::NONE);
        assert_eq!(map.action(Context::Source, home), Some(Action::LineStart));
        assert_eq!(map.action(Context::Sequence, home), Some(Action::Top));
    }

    #[test]
    fn a_key_that_a_narrower_context_took_is_not_shown_there() {
        let map = with("[files]\nm = \"help\"\n[anywhere]\nf9 = \"label_malicious\"\n").unwrap();
        let shown = |context| map.key_in(context, Action::LabelMalicious);
        assert_eq!(shown(Context::Source).as_deref(), Some("m"));
        assert_eq!(shown(Context::Files).as_deref(), Some("F9"));
        assert_eq!(map.key_in(Context::Files, Action::MarkPayload), None);
    }

    #[test]
    fn the_users_keys_add_override_and_remove() {
        let map =
            with("[anywhere]\nctrl-q = \"quit\"\nf12 = \"label_malicious\"\nm = \"help\"\nb = \"none\"\n").unwrap();
        let key = |c| press(KeyCode::Char(c), KeyModifiers::NONE);
        assert_eq!(map.action(Context::Files, press(KeyCode::Char('q'), KeyModifiers::CONTROL)), Some(Action::Quit));
        assert_eq!(map.action(Context::Files, key('q')), Some(Action::Quit));
        assert_eq!(map.action(Context::Files, key('m')), Some(Action::Help));
        assert_eq!(map.action(Context::Files, key('b')), None);
        assert_eq!(map.keys(Action::LabelMalicious), ["F12"]);
        assert!(map.keys(Action::LabelBenign).is_empty(), "none was written, so it is meant");
        assert_eq!(map.keys(Action::Quit).first().unwrap(), "q", "what the user adds comes after what is built in");
    }

    #[rstest::rstest]
    #[case::action("[anywhere]\nq = \"quit\"\nw = \"qiut\"\n", 3, &["qiut"])]
    #[case::no_name("[anywhere]\nq = 3\n", 2, &["in quotes"])]
    #[case::key("[anywhere]\nctrl-ctrl = \"quit\"\n", 2, &["ctrl-ctrl"])]
    #[case::section("\n[everywhere]\nq = \"quit\"\n", 2, &["everywhere", "anywhere, "])]
    #[case::no_section("q = \"quit\"\n", 1, &["\"q\"", "anywhere, "])]
    #[case::broken("[anywhere]\nq = \n", 2, &[])]
    #[case::twice("[anywhere]\nf12 = \"help\"\nctrl-w = \"help\"\n\nf12 = \"quit\"\n", 5, &["line 2"])]
    #[case::twice_in_other_words("[anywhere]\nG = \"help\"\n\nshift-g = \"quit\"\n", 4, &["\"shift-g\"", "\"G\" of line 2"])]
    #[case::the_only_key("[anywhere]\nf12 = \"quit\"\nm = \"help\"\n", 3, &["\"m\" was the only key of label_malicious"])]
    #[case::the_only_key_beside_another_fault("[anywhere]\nm = \"help\"\nq = \"qiut\"\n", 2, &["only key of label_malicious", "qiut"])]
    #[case::enter("[anywhere]\nctrl-m = \"help\"\n", 2, &["ctrl-m", "Enter"])]
    #[case::tab("[anywhere]\nctrl-i = \"help\"\n", 2, &["Tab"])]
    #[case::escape("[anywhere]\n\"ctrl-[\" = \"help\"\n", 2, &["Esc"])]
    #[case::the_only_key_here("[explain]\na = \"quit\"\n", 2, &["method_beside"])]
    fn errors_name_the_line(#[case] text: &str, #[case] line: usize, #[case] names: &[&str]) {
        let error = with(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("config.toml:{line}: ")), "{error}");
        for name in names {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_key_of_a_narrower_context_leaves_the_wider_one_alone() {
        let map = with("[source]\nm = \"help\"\n").unwrap();
        let m = press(KeyCode::Char('m'), KeyModifiers::NONE);
        assert_eq!(map.action(Context::Source, m), Some(Action::Help));
        assert_eq!(map.action(Context::Files, m), Some(Action::LabelMalicious));
        assert_eq!(map.key_in(Context::Files, Action::LabelMalicious).as_deref(), Some("m"));
        assert_eq!(map.key_in(Context::Source, Action::LabelMalicious), None, "there the key means something else");
        assert_eq!(map.key_in(Context::Source, Action::Top).as_deref(), Some("g"), "Home is the line's there");
    }
}
