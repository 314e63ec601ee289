//! Parsing under a budget that counts operations, not time, so that the result is the same on every machine.

use std::ops::ControlFlow;

use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree};

/// Parses a text with a grammar; `None` where that takes more than `rounds` rounds of a hundred parser operations each.
pub(super) fn parse(text: &str, grammar: &Language, rounds: usize) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(grammar).ok()?;
    let mut left = rounds;
    let mut spend = |_: &ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut read = |from: usize, _| text.as_bytes().get(from..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(ParseOptions::new().progress_callback(&mut spend)))
}
