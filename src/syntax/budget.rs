//! Parsing under a budget that counts work, so that the result is the same on every machine at any load.
//!
//! Two counts: rounds of a hundred parser operations, and reads of the text a piece at a time. The second sees what the first
//! does not, a scanner that reads the same stretch again and again within one operation.

use std::cell::Cell;
use std::ops::{ControlFlow, Range};

use tree_sitter::{Language, ParseOptions, ParseState, Parser, Point, Range as Included, Tree};

/// Bytes of the text that a scanner is given at once.
const PIECE: usize = 4096;
/// Reads allowed for a text, and for each piece of it: ordinary code needs two or three.
const READS: usize = 1000;
const READS_PER_PIECE: usize = 100;
/// Rounds that a parse costs however short its text is.
const FIXED: usize = 2;

/// Rounds of a hundred parser operations allowed for a text, and the bytes that allow one more: six operations for a byte, of
/// which code needs one or two, and a list of single digits four.
const ROUNDS: usize = 4_000;
const BYTES_PER_ROUND: usize = 16;

/// The same for a part of a text, which is shared by the tries to read it by halves.
const ROUNDS_OF_PART: usize = 1_000;
const PART_BYTES_PER_ROUND: usize = 8;

/// What is left of the work allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Budget {
    rounds: usize,
    reads: usize,
}

impl Budget {
    /// For a text of so many bytes: rounds as given, reads by its length.
    pub(super) fn new(rounds: usize, bytes: usize) -> Self {
        Self { rounds, reads: READS + bytes / PIECE * READS_PER_PIECE }
    }

    /// For a text of code of so many bytes.
    pub(super) fn of_code(bytes: usize) -> Self {
        Self::new(ROUNDS + bytes / BYTES_PER_ROUND, bytes)
    }

    /// For a part of a text of code.
    pub(super) fn of_part(bytes: usize) -> Self {
        Self::new(ROUNDS_OF_PART + bytes / PART_BYTES_PER_ROUND, bytes)
    }

    /// One part in so many of what is left.
    pub(super) fn share(&mut self, parts: usize) -> Self {
        let part = Self { rounds: self.rounds / parts.max(1), reads: self.reads / parts.max(1) };
        (self.rounds, self.reads) = (self.rounds - part.rounds, self.reads - part.reads);
        part
    }

    /// Takes back what was not used of such a part.
    pub(super) fn give_back(&mut self, part: Self) {
        self.rounds += part.rounds;
        self.reads += part.reads;
    }

    /// Whether nothing is left.
    fn is_spent(&self) -> bool {
        self.rounds == 0 || self.reads == 0
    }

    /// Parses a stretch of a text, whose places in the tree are those of the whole text. `None` where that takes more than is
    /// left.
    pub(super) fn parse(&mut self, text: &str, stretch: Range<usize>, grammar: &Language) -> Option<Tree> {
        let mut parser = Parser::new();
        parser.set_language(grammar).ok()?;
        if stretch != (0..text.len()) {
            parser.set_included_ranges(&[included(text, &stretch)]).ok()?;
        }
        let (rounds, reads) = (Cell::new(self.rounds.saturating_sub(FIXED)), Cell::new(self.reads));
        let mut spend = |_: &ParseState| {
            rounds.set(rounds.get().saturating_sub(1));
            if rounds.get() == 0 || reads.get() == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut read = |from: usize, _| {
            reads.set(reads.get().saturating_sub(1));
            if reads.get() == 0 { &[] } else { piece(text, from) }
        };
        let tree = parser.parse_with_options(&mut read, None, Some(ParseOptions::new().progress_callback(&mut spend)));
        (self.rounds, self.reads) = (rounds.get(), reads.get());
        // A scanner that ran out of reads took that for the end of the text.
        tree.filter(|_| !self.is_spent())
    }
}

/// Parses a text with a grammar; `None` where that takes more than `rounds` rounds of a hundred parser operations each.
pub(super) fn parse(text: &str, grammar: &Language, rounds: usize) -> Option<Tree> {
    Budget::new(rounds, text.len()).parse(text, 0..text.len(), grammar)
}

/// The next bytes from a place on. No character is cut: the lexer would ask for its rest, and where no reads are left it looks
/// for that behind a null pointer.
fn piece(text: &str, from: usize) -> &[u8] {
    let mut end = text.len().min(from.saturating_add(PIECE));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.as_bytes().get(from..end).unwrap_or_default()
}

/// A stretch as the parser wants it: rows and columns count from its start. They must be true, for the parser reckons the cost
/// of an error by its rows, and by a row beyond all the costs overflow.
fn included(text: &str, stretch: &Range<usize>) -> Included {
    let inside = text.as_bytes().get(stretch.clone()).unwrap_or_default();
    let rows = inside.iter().filter(|byte| **byte == b'\n').count();
    let column = inside.iter().rev().take_while(|byte| **byte != b'\n').count();
    Included {
        start_byte: stretch.start,
        end_byte: stretch.end,
        start_point: Point::new(0, 0),
        end_point: Point::new(rows, column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_that_end_within_a_character_end_the_parse() {
        for shift in 0..4 {
            let text = format!("{}'{}'", " ".repeat(shift), "\u{20ac}".repeat(PIECE));
            for reads in 0..6 {
                let mut budget = Budget { rounds: 1000, reads };
                assert!(budget.parse(&text, 0..text.len(), &tree_sitter_javascript::LANGUAGE.into()).is_none());
            }
        }
    }
}
