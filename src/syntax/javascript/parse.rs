//! Parsing within a time limit, and with the grammar that fits.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, Parser, Tree};

use super::kind::Grammar;
use crate::syntax::ir::Language;

/// A few kilobytes of `a<b,a<b,` keep the TypeScript grammar busy for minutes: its cost grows with the square of the length.
/// No file of 20,000 real ones takes half a second.
const LEAST_TIME: Duration = Duration::from_secs(3);
/// Time allowed for each byte beyond that; text that is not JavaScript at all takes about as much.
const TIME_PER_BYTE: Duration = Duration::from_nanos(2500);
/// The time never grows beyond this.
const MOST_TIME: Duration = Duration::from_secs(15);
/// A second try with another grammar gets this part of the time.
const SECOND_TRY: u32 = 4;

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
    let time = LEAST_TIME.saturating_add(TIME_PER_BYTE.saturating_mul(u32::try_from(text.len()).unwrap_or(u32::MAX)));
    let time = time.min(MOST_TIME);
    let first = parse_with(&text, Grammar::of(language), time);
    let second = match language {
        // Types in a JavaScript file are taken out by a build tool: the other grammar knows them.
        Language::JavaScript => Grammar::of(Language::Tsx),
        _ => Grammar::of(Language::JavaScript),
    };
    let second_try = || parse_with(&text, second, time / SECOND_TRY);
    match first {
        None => second_try(),
        Some(first) if first.tree.root_node().has_error() => {
            let better = second_try().filter(|second| !second.tree.root_node().has_error());
            Some(better.unwrap_or(first))
        }
        first => first,
    }
}

fn parse_with(text: &str, grammar: &'static Grammar, time: Duration) -> Option<Parsed> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    let started = Instant::now();
    let mut progress = |_: &tree_sitter::ParseState| {
        if started.elapsed() < time { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |from: usize, _| text.as_bytes().get(from..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, None, Some(options))?;
    Some(Parsed { tree, grammar })
}
