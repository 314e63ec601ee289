//! Parsing within a budget, and with the grammar that fits.

use std::borrow::Cow;

use tree_sitter::Tree;

use super::kind::Grammar;
use crate::syntax::budget;
use crate::syntax::ir::Language;

/// Rounds of a hundred parser operations allowed for a text, and the bytes that allow one more. A few kilobytes of `a<b,a<b,` keep the
/// TypeScript grammar busy for minutes: its cost grows with the square of the length. Ordinary code needs a fraction.
const ROUNDS: usize = 20_000;
const BYTES_PER_ROUND: usize = 4;
/// A second try with another grammar gets this part of the budget.
const SECOND_TRY: usize = 4;

/// A tree and the grammar that it was read with.
pub(super) struct Parsed {
    /// The tree.
    pub(super) tree: Tree,
    /// Its node kinds.
    pub(super) grammar: &'static Grammar,
}

/// Parses a text; `None` where that takes too long.
pub(super) fn parse(text: &str, language: Language) -> Option<Parsed> {
    // The grammars' scanners take a NUL for the end of the text, an interpreter does not. Another control character keeps
    // every place where it is.
    let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{1}")) } else { Cow::Borrowed(text) };
    let rounds = ROUNDS + text.len() / BYTES_PER_ROUND;
    let first = parse_with(&text, Grammar::of(language), rounds);
    let second = match language {
        // Types in a JavaScript file are taken out by a build tool: the other grammar knows them.
        Language::JavaScript => Grammar::of(Language::Tsx),
        _ => Grammar::of(Language::JavaScript),
    };
    let second_try = || parse_with(&text, second, rounds / SECOND_TRY);
    match first {
        None => second_try(),
        Some(first) if first.tree.root_node().has_error() => {
            let better = second_try().filter(|second| !second.tree.root_node().has_error());
            Some(better.unwrap_or(first))
        }
        first => first,
    }
}

fn parse_with(text: &str, grammar: &'static Grammar, rounds: usize) -> Option<Parsed> {
    Some(Parsed { tree: budget::parse(text, &grammar.language, rounds)?, grammar })
}
