//! Line by line with syntect, for ordinary lines of any language.

use std::sync::Arc;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use crate::text::Source;

use super::{LONG, Paint, Painted, push};

/// Lines between two stored states.
const STRIDE: usize = 64;

/// Scope prefixes and what they look like, the special before the general.
const RULES: &[(&str, Paint)] = &[
    ("comment", Paint::Comment),
    ("punctuation.definition.comment", Paint::Comment),
    ("punctuation.definition.string", Paint::Literal),
    ("constant.character.escape", Paint::Constant),
    ("constant.numeric", Paint::Number),
    ("constant", Paint::Constant),
    ("string", Paint::Literal),
    ("keyword.operator.word", Paint::Keyword),
    ("keyword.operator.logical.python", Paint::Keyword),
    ("keyword.operator", Paint::Operator),
    ("keyword", Paint::Keyword),
    ("storage.type.numeric", Paint::Number),
    ("storage", Paint::Keyword),
    ("entity.name.function", Paint::Function),
    ("support.function", Paint::Function),
    ("variable.function", Paint::Function),
    ("variable.language", Paint::Constant),
    ("variable.annotation", Paint::Function),
    ("entity.name.tag", Paint::Tag),
    ("entity.other.attribute-name", Paint::Property),
    ("entity.name.class", Paint::Type),
    ("entity.name.type", Paint::Type),
    ("entity.name.interface", Paint::Type),
    ("entity.name.enum", Paint::Type),
    ("entity.name.section", Paint::Keyword),
    ("entity.name", Paint::Function),
    ("entity.other.inherited-class", Paint::Type),
    ("support.type.property-name", Paint::Property),
    ("support.class", Paint::Type),
    ("support.type", Paint::Type),
    ("support.constant", Paint::Constant),
    ("variable.other.member", Paint::Property),
    ("meta.property", Paint::Property),
    ("markup.heading", Paint::Keyword),
    ("markup.raw", Paint::Literal),
    ("punctuation", Paint::Punctuation),
];

/// Scopes that make a string a key.
const KEYS: &[&str] = &["meta.structure.dictionary.key", "meta.mapping.key"];

/// Two hundred languages. Loading takes about a millisecond, each language's first line a few more.
pub struct Syntaxes {
    set: SyntaxSet,
    rules: Vec<(Scope, Paint)>,
    keys: Vec<Scope>,
}

impl Syntaxes {
    /// Reads the languages that are built in.
    #[must_use]
    pub fn load() -> Self {
        let rules = RULES.iter().filter_map(|(text, paint)| Some((Scope::new(text).ok()?, *paint))).collect();
        let keys = KEYS.iter().filter_map(|text| Scope::new(text).ok()).collect();
        Self { set: two_face::syntax::extra_newlines(), rules, keys }
    }

    fn paint(&self, stack: &ScopeStack) -> Paint {
        let rule =
            |scope: &Scope| self.rules.iter().find(|(rule, _)| rule.is_prefix_of(*scope)).map(|(_, paint)| *paint);
        let paint = stack.as_slice().iter().rev().find_map(rule).unwrap_or_default();
        let key = |scope: &Scope| self.keys.iter().any(|key| key.is_prefix_of(*scope));
        if paint == Paint::Literal && stack.as_slice().iter().any(key) { Paint::Property } else { paint }
    }
}

#[derive(Clone)]
struct State {
    parse: ParseState,
    stack: ScopeStack,
}

/// Paints a document from the nearest stored state.
pub(super) struct Lines {
    syntaxes: Arc<Syntaxes>,
    /// The state before line `1 + i * STRIDE`.
    stored: Vec<State>,
    /// The state before the line after the one painted last, so that painting on costs one line.
    next: (usize, State),
}

impl Lines {
    pub(super) fn new(syntaxes: &Arc<Syntaxes>, path: &str, first_line: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
        let known = match extension.as_str() {
            "mjs" | "cjs" | "jsx" => "js",
            "mts" | "cts" => "ts",
            "pyi" | "pth" | "pyw" => "py",
            other => other,
        };
        let set = &syntaxes.set;
        let language = set
            .find_syntax_by_extension(name)
            .or_else(|| set.find_syntax_by_extension(known))
            .or_else(|| set.find_syntax_by_first_line(first_line.get(..200).unwrap_or(first_line)))?;
        let start = State { parse: ParseState::new(language), stack: ScopeStack::new() };
        Some(Self { syntaxes: Arc::clone(syntaxes), stored: vec![start.clone()], next: (1, start) })
    }

    /// The line up to which the state is known, at most the given one.
    pub(super) fn known_before(&self, line: usize) -> usize {
        let stored = 1 + (self.stored.len() - 1).min(line.saturating_sub(1) / STRIDE) * STRIDE;
        if self.next.0 <= line { stored.max(self.next.0) } else { stored }
    }

    pub(super) fn paint(&mut self, source: &Source, line: usize, stop: &dyn Fn() -> bool) -> Option<Painted> {
        let from = self.known_before(line);
        let (mut at, mut state) =
            if from == self.next.0 { self.next.clone() } else { (from, self.stored.get((from - 1) / STRIDE)?.clone()) };
        loop {
            if stop() {
                return None;
            }
            if (at - 1) % STRIDE == 0 && (at - 1) / STRIDE == self.stored.len() {
                self.stored.push(state.clone());
            }
            let painted = self.one(source, at, &mut state, at == line);
            at += 1;
            if let Some(painted) = painted {
                self.next = (at, state);
                return Some(painted);
            }
        }
    }

    /// Goes over one line; paints it if asked. A long line leaves the state as it was.
    fn one(&self, source: &Source, line: usize, state: &mut State, wanted: bool) -> Option<Painted> {
        let text = source.line(line);
        let plain = || wanted.then(|| Painted { range: 0..text.len(), runs: Vec::new() });
        if text.len() > LONG {
            return plain();
        }
        let Ok(changes) = state.parse.parse_line(&format!("{text}\n"), &self.syntaxes.set) else { return plain() };
        let mut runs = Vec::new();
        for (at, change) in &changes {
            if wanted && *at > 0 {
                push(&mut runs, (*at).min(text.len()), self.syntaxes.paint(&state.stack));
            }
            // A grammar that pops more than it pushed: the rest of the line has the color it had.
            let _ = state.stack.apply(change);
        }
        if wanted {
            push(&mut runs, text.len(), self.syntaxes.paint(&state.stack));
        }
        wanted.then_some(Painted { range: 0..text.len(), runs })
    }
}
