//! Parsing within a budget, and with the grammar that fits.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use tree_sitter::Tree;

use super::kind::Grammar;
use super::{ambiguous, recent, starts};
use crate::syntax::budget::Budget;
use crate::syntax::ir::Language;
use crate::syntax::stretch::{Cut, Unread};

/// A second try with another grammar gets this part of the budget.
const SECOND_TRY: usize = 5;

/// A tree and the grammar that it was read with.
pub(super) struct Parsed {
    /// The tree.
    pub(super) tree: Tree,
    /// Its node kinds.
    pub(super) grammar: &'static Grammar,
}

/// Parses a text whole; `None` where that takes too long.
pub(super) fn parse(text: &str, language: Language) -> Option<Parsed> {
    let text = without_nul(text);
    let mut budget = Budget::of_code(text.len());
    parse_stretch(&text, &OnceCell::new(), language, 0..text.len(), &mut budget)
}

/// Parses a text, whole or what can be read of it, and gives the trees in its order to `take`, which says whether there is
/// room for more.
pub(super) fn read(text: &str, language: Language, take: &mut dyn FnMut(&Parsed) -> bool) -> Unread {
    let text = without_nul(text);
    let rewritten = OnceCell::new();
    let parse =
        |stretch: Range<usize>, budget: &mut Budget| parse_stretch(&text, &rewritten, language, stretch, budget);
    Cut { text: &text, starts: starts::of, parse: &parse, tree: |parsed| &parsed.tree }.read(take)
}

/// The grammars' scanners take a NUL for the end of the text, an interpreter does not. Another control character keeps every
/// place where it is.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{1}")) } else { Cow::Borrowed(text) }
}

/// `rewritten` holds the text as [`recent`] writes it, once that was needed.
fn parse_stretch(
    text: &str,
    rewritten: &OnceCell<Option<String>>,
    language: Language,
    stretch: Range<usize>,
    budget: &mut Budget,
) -> Option<Parsed> {
    let (own, plain) = (Grammar::of(language), Grammar::of(Language::JavaScript));
    let (first, second) = match language {
        // Only the grammars of types take `a<b` for two things.
        _ if ambiguous::is_flooded(text.get(stretch.clone()).unwrap_or_default()) => (plain, None),
        // Types in a JavaScript file are taken out by a build tool: the other grammar knows them.
        Language::JavaScript => (own, Some(Grammar::of(Language::Tsx))),
        _ => (own, Some(plain)),
    };
    let mut later = budget.share(SECOND_TRY);
    let first = parse_with(text, stretch.clone(), first, budget);
    let again = first.as_ref().is_none_or(|first| first.tree.root_node().has_error());
    let other = second;
    let second = other.filter(|_| again).and_then(|grammar| parse_with(text, stretch.clone(), grammar, &mut later));
    let parsed = match (first, second) {
        (Some(first), Some(second)) if second.tree.root_node().has_error() => Some(first),
        (first, second) => second.or(first),
    };
    let parsed = match parsed {
        Some(parsed) if parsed.tree.root_node().has_error() && other.is_some() => {
            Some(parse_recent(rewritten, text, language, stretch, &mut later, parsed))
        }
        parsed => parsed,
    };
    budget.give_back(later);
    parsed
}

/// Another tree of a text that has errors: of what its newest syntax can be written as, where that has fewer of them.
fn parse_recent(
    rewritten: &OnceCell<Option<String>>,
    text: &str,
    language: Language,
    stretch: Range<usize>,
    budget: &mut Budget,
    parsed: Parsed,
) -> Parsed {
    let flow = language == Language::JavaScript;
    let Some(recent) = rewritten.get_or_init(|| recent::rewritten(text, flow)) else { return parsed };
    let mut best = (errors(&parsed.tree), parsed);
    let types = flow.then(|| Grammar::of(Language::Tsx));
    for grammar in std::iter::once(Grammar::of(language)).chain(types) {
        let Some(again) = parse_with(recent, stretch.clone(), grammar, budget) else { continue };
        let count = errors(&again.tree);
        if count < best.0 {
            best = (count, again);
        }
        if count == 0 {
            break;
        }
    }
    best.1
}

/// Bytes that stand in errors, and one for each thing that is missing.
fn errors(tree: &Tree) -> usize {
    let mut cursor = tree.walk();
    let mut count = 0;
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            count += 1 + node.end_byte() - node.start_byte();
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return count;
            }
        }
    }
}

fn parse_with(text: &str, stretch: Range<usize>, grammar: &'static Grammar, budget: &mut Budget) -> Option<Parsed> {
    Some(Parsed { tree: budget.parse(text, stretch, &grammar.language)?, grammar })
}
