//! Parsing under a budget that counts operations, so that the result is the same on every machine.
//!
//! Text built to stall the parser makes single operations slow: a clock stops that, and the unit says that it is partial.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree};

/// The clock for text that is built to stall: no file of 36,000 real ones needs a quarter of it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Parses a text with a grammar; `None` where that takes more than `rounds` rounds of a hundred parser operations each.
pub(super) fn parse(text: &str, grammar: &Language, rounds: usize) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(grammar).ok()?;
    let mut left = rounds;
    let started = Instant::now();
    let mut spend = |_: &ParseState| {
        left = left.saturating_sub(1);
        if left == 0 || started.elapsed() > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut read = |from: usize, _| text.as_bytes().get(from..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(ParseOptions::new().progress_callback(&mut spend)))
}
