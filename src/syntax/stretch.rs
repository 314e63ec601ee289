//! Reading a text by its stretches, so that a bad one costs no other.
//!
//! A text is parsed whole first. Where the parser gives up on it or leaves many holes, the text is cut where statements start
//! and each half is tried by itself, down to single statements. A text too large to be held as one tree is cut from the start.

use std::ops::Range;

use tree_sitter::Tree;

use super::budget::Budget;

/// Longest text that is parsed whole, bytes: its tree takes a hundred times the memory.
const WHOLE: usize = 4 << 20;
/// Bytes of a stretch of a text that is longer than that.
const PART: usize = 512 << 10;
/// Bytes of a stretch that is tried first of a text that was given up.
const GROUP: usize = 32 << 10;
/// The part of a budget that several statements get together, before each half is tried.
const TOGETHER: usize = 3;
/// One byte in so many may stand in syntax errors of a text that counts as read.
const SHARE: usize = 10;
/// Fewer bytes in syntax errors than this say nothing, however short the text is.
const FEW: usize = 100;

/// How a text is cut, and what parses a stretch of it.
pub(super) struct Cut<'r, P> {
    pub text: &'r str,
    /// Where statements may start, ascending, from 0 on.
    pub starts: fn(&str) -> Vec<usize>,
    /// Parses a stretch.
    pub parse: &'r dyn Fn(Range<usize>, &mut Budget) -> Option<P>,
    /// The tree of what was parsed.
    pub tree: fn(&P) -> &Tree,
}

/// What was left out of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Unread {
    /// Bytes in syntax errors, and bytes that the parser gave up on or that were not tried.
    pub holes: usize,
    /// Where the first of them stands.
    pub first: Option<usize>,
    /// Whether the parser gave up on a stretch, or the rest was not tried.
    pub gave_up: bool,
}

impl Unread {
    fn add(&mut self, other: Self) {
        self.holes += other.holes;
        self.first = self.first.or(other.first);
        self.gave_up |= other.gave_up;
    }

    fn of(stretch: Range<usize>) -> Self {
        Self { holes: stretch.len(), first: Some(stretch.start), gave_up: true }
    }

    /// That as a sentence.
    pub(super) fn sentence(&self, text: &str) -> String {
        let line = self.first.map_or(1, |first| text.bytes().take(first).filter(|byte| *byte == b'\n').count() + 1);
        let (holes, bytes) = (self.holes, text.len());
        if self.gave_up {
            format!("the parser gave up on {holes} of {bytes} bytes, the first in line {line}; the rest was read")
        } else {
            format!("{holes} of {bytes} bytes stand in syntax errors, the first in line {line}; the rest was read")
        }
    }

    /// Whether smaller stretches are to be preferred: they keep good statements apart from bad ones.
    fn is_no_worse_than(&self, larger: &Self) -> bool {
        let few = if self.gave_up && !larger.gave_up { 0 } else { FEW };
        self.holes < larger.holes + few
    }

    /// Whether that is more than counts as read.
    pub(super) fn is_much(&self, bytes: usize) -> bool {
        self.gave_up || many(self.holes, bytes)
    }
}

fn many(holes: usize, bytes: usize) -> bool {
    holes >= FEW && holes.saturating_mul(SHARE) > bytes
}

impl<P> Cut<'_, P> {
    /// Reads the text. What was parsed is given to `take` in the order of the text; `take` says whether there is room for more.
    pub(super) fn read(&self, take: &mut dyn FnMut(&P) -> bool) -> Unread {
        let bytes = self.text.len();
        if bytes > WHOLE {
            return self.by_parts(&(self.starts)(self.text), PART, take);
        }
        let whole = (self.parse)(0..bytes, &mut Budget::of_code(bytes));
        let left_out = whole.as_ref().map(|whole| holes((self.tree)(whole)));
        if let (Some(whole), Some(left_out)) = (&whole, left_out)
            && !left_out.is_much(bytes)
        {
            take(whole);
            return left_out;
        }
        let starts = (self.starts)(self.text);
        if starts.len() <= 1 {
            // There is no part to try by itself.
            whole.iter().all(&mut *take);
            return left_out.unwrap_or_else(|| Unread::of(0..bytes));
        }
        let mut parts = Vec::new();
        let mut unread = Unread::default();
        for group in grouped(&starts, bytes, GROUP) {
            unread.add(self.group(&starts, group, &mut parts));
        }
        match (whole, left_out) {
            (Some(whole), Some(left_out)) if !unread.is_no_worse_than(&left_out) => {
                take(&whole);
                left_out
            }
            _ => {
                parts.iter().all(take);
                unread
            }
        }
    }

    /// Reads a text too large for one tree; what was lowered is let go before the next part is parsed.
    fn by_parts(&self, starts: &[usize], size: usize, take: &mut dyn FnMut(&P) -> bool) -> Unread {
        let bytes = self.text.len();
        let mut unread = Unread::default();
        for group in grouped(starts, bytes, size) {
            let until = at(starts, group.end, bytes);
            let mut parts = Vec::new();
            unread.add(self.group(starts, group, &mut parts));
            if !parts.iter().all(&mut *take) {
                unread.add(if until < bytes { Unread::of(until..bytes) } else { Unread::default() });
                break;
            }
        }
        unread
    }

    /// Reads some statements with a budget of their own: what costs much leaves the others theirs.
    fn group(&self, starts: &[usize], which: Range<usize>, parts: &mut Vec<P>) -> Unread {
        let bytes = self.text.len();
        let length = at(starts, which.end, bytes) - at(starts, which.start, bytes);
        self.stretch(starts, which, &mut Budget::of_part(length), parts)
    }

    /// Reads some statements, by halves where that leaves out no more. A part of what is left is for them together, the same
    /// for each half.
    fn stretch(&self, starts: &[usize], which: Range<usize>, budget: &mut Budget, parts: &mut Vec<P>) -> Unread {
        let bytes = self.text.len();
        let span = at(starts, which.start, bytes)..at(starts, which.end, bytes);
        let single = which.len() <= 1;
        let mut own = budget.share(if single { 1 } else { TOGETHER });
        let parsed = (self.parse)(span.clone(), &mut own);
        budget.give_back(own);
        let left_out = parsed.as_ref().map_or_else(|| Unread::of(span.clone()), |parsed| holes((self.tree)(parsed)));
        if !single && left_out.is_much(span.len()) {
            let middle = which.start + which.len() / 2;
            let before = parts.len();
            let mut half = budget.share(2);
            let mut halves = self.stretch(starts, which.start..middle, &mut half, parts);
            budget.give_back(half);
            halves.add(self.stretch(starts, middle..which.end, budget, parts));
            if halves.is_no_worse_than(&left_out) {
                return halves;
            }
            parts.truncate(before);
        }
        parts.extend(parsed);
        left_out
    }
}

/// A start by its number; the end of the text behind the last.
fn at(starts: &[usize], number: usize, end: usize) -> usize {
    starts.get(number).copied().unwrap_or(end)
}

/// The pieces between the starts.
#[cfg(test)]
pub(super) fn pieces(text: &str, starts: fn(&str) -> Vec<usize>) -> Vec<&str> {
    let mut starts = starts(text);
    starts.push(text.len());
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// Starts in groups of about so many bytes.
fn grouped(starts: &[usize], end: usize, size: usize) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut first = 0;
    for next in 1..=starts.len() {
        if at(starts, next, end) - at(starts, first, end) >= size || next == starts.len() {
            groups.push(first..next);
            first = next;
        }
    }
    groups
}

/// The bytes that stand loose in syntax errors: what the parser could still place below an error is no hole.
pub(super) fn holes(tree: &Tree) -> Unread {
    let mut unread = Unread::default();
    // Whether each node above is an error.
    let mut above: Vec<bool> = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        // An element that is never closed takes code for its text.
        let unclosed = matches!(node.kind(), "jsx_opening_element" | "jsx_text");
        let leaf = node.child_count() == 0 || unclosed && above.last().is_some_and(|error| *error);
        // Comments are extra, and so are errors.
        let loose = node.is_error() || above.last().is_some_and(|error| *error) && !node.is_extra();
        if leaf && loose {
            unread.holes += node.byte_range().len();
            unread.first = unread.first.or(Some(node.start_byte()));
        }
        if !leaf && node.has_error() && cursor.goto_first_child() {
            above.push(node.is_error());
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return unread;
            }
            above.pop();
        }
    }
}
