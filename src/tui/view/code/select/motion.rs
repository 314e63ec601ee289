//! Where the moving end of a selection goes.

use crate::text::{Source, Span};
use crate::tui::state::{Pane, State};
use crate::tui::view::code::source::Selection;

/// Farthest that one key looks for the end of a word.
const WORD: usize = 64 << 10;
/// Most steps over the white space of a layout; it is never indented deeper.
const LAYOUT: usize = 200;

/// How the moving end goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Motion {
    Character(bool),
    Word(bool),
    Lines(isize),
    LineEdge(bool),
    TextEdge(bool),
}

pub(super) fn extend(state: &mut State, motion: Motion) {
    let (Some(doc), Some(Selection { anchor, head })) = (state.viewer.doc, state.viewer.selection) else { return };
    let column = state.selecting.column;
    let (moved, column) = match state.shown_source().filter(|_| !state.viewer.hex) {
        Some(_) => {
            let (moved, column) = in_shown(state, head, column, motion);
            if moved == anchor && moved != head {
                // Nothing would be selected: one character on.
                let onwards = in_shown(state, moved, None, Motion::Character(moved > head)).0;
                (if onwards == moved { head } else { onwards }, column)
            } else {
                (moved, column)
            }
        }
        None => {
            let bytes = state.docs.bytes(doc).len();
            let (fixed, row) = (anchor, state.viewer.bytes_in_row());
            let [anchor, head] = [anchor, head].map(|at| state.bytes_of(Span { start: at, end: at }).start);
            let moved = in_bytes(bytes, head, motion, row);
            let onwards = if moved > head { (moved + 1).min(bytes) } else { moved.saturating_sub(1) };
            let moved = match () {
                () if moved != anchor => moved,
                () if onwards == moved => head,
                () => onwards,
            };
            let at = state.span_of(Span { start: moved, end: moved }).start;
            // A byte inside a character: the character is taken whole.
            (if at == fixed && moved < anchor { fixed.saturating_sub(1) } else { at }, None)
        }
    };
    state.viewer.selection = Some(Selection { anchor, head: moved });
    state.selecting.column = column;
    reveal(state);
}

/// Where the end goes in the text of the source pane, as a place in the document. White space of the layout is no place in
/// the document: the end goes on until it has moved.
fn in_shown(state: &State, head: usize, column: Option<usize>, motion: Motion) -> (usize, Option<usize>) {
    let Some(source) = state.shown_source() else { return (head, column) };
    let mut at = state.to_shown(Span { start: head, end: head }).start;
    let mut kept = column;
    for _ in 0..LAYOUT {
        let (moved, column) = in_text(source, at, kept, motion);
        let place = state.to_document(Span { start: moved, end: moved }).start;
        if place != head || moved == at {
            return (place, column);
        }
        (at, kept) = (moved, column);
    }
    (head, kept)
}

/// Where the end goes in a text, and the column to keep to.
fn in_text(source: &Source, head: usize, column: Option<usize>, motion: Motion) -> (usize, Option<usize>) {
    let text = &source.text;
    match motion {
        Motion::Character(true) => {
            (text.get(head..).and_then(|rest| rest.chars().next()).map_or(head, |c| head + c.len_utf8()), None)
        }
        Motion::Character(false) => {
            (text.get(..head).and_then(|rest| rest.chars().next_back()).map_or(head, |c| head - c.len_utf8()), None)
        }
        Motion::Word(forward) => (word(text, head, forward), None),
        Motion::Lines(by) => {
            let (line, now) = source.line_column(head);
            let column = column.unwrap_or(now);
            let to = line.saturating_add_signed(by).clamp(1, source.line_count());
            let moved = match () {
                () if to != line => source.offset_of(to, column),
                () if by < 0 => 0,
                () => text.len(),
            };
            (moved, Some(column))
        }
        Motion::LineEdge(end) => {
            let line = source.line_of(head);
            let start = source.line_start(line);
            if end { (start + source.line(line).len(), Some(usize::MAX)) } else { (start, None) }
        }
        Motion::TextEdge(end) => (if end { text.len() } else { 0 }, None),
    }
}

/// Over what is no word, then over the word.
fn word(text: &str, head: usize, forward: bool) -> usize {
    let mut inside = false;
    // Whether a character still belongs to the way.
    let mut goes_on = |c: char| {
        let of_word = is_word(c);
        let stop = inside && !of_word;
        inside |= of_word;
        !stop
    };
    if forward {
        let rest = text.get(head..).unwrap_or_default();
        let stop = rest.char_indices().find(|(at, c)| *at > WORD || !goes_on(*c));
        return head + stop.map_or(rest.len(), |(at, _)| at);
    }
    let rest = text.get(..head).unwrap_or_default();
    let stop = rest.char_indices().rev().find(|(at, c)| head - at > WORD || !goes_on(*c));
    stop.map_or(0, |(at, c)| at + c.len_utf8())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The word around a byte of a line, or the one character that stands there.
pub(in crate::tui) fn word_at(source: &Source, at: usize) -> Span {
    let text = &source.text;
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    match next {
        Some(c) if is_word(c) => {
            let before = text.get(..at).unwrap_or_default().char_indices().rev();
            let start =
                before.take_while(|(from, c)| at - from <= WORD && is_word(*c)).last().map_or(at, |(from, _)| from);
            let after = text.get(at..).unwrap_or_default().char_indices();
            let end = after.take_while(|(to, c)| *to <= WORD && is_word(*c)).last();
            Span { start, end: end.map_or(at, |(to, c)| at + to + c.len_utf8()) }
        }
        Some(c) => Span { start: at, end: at + c.len_utf8() },
        None => Span { start: at, end: at },
    }
}

/// Where the end goes in bytes.
fn in_bytes(bytes: usize, head: usize, motion: Motion, in_row: usize) -> usize {
    let row = isize::try_from(in_row).unwrap_or(1);
    let by = |by: isize| head.saturating_add_signed(by).min(bytes);
    match motion {
        Motion::Character(forward) | Motion::Word(forward) => by(if forward { 1 } else { -1 }),
        Motion::Lines(lines) => by(lines.saturating_mul(row)),
        Motion::LineEdge(false) => head - head % in_row,
        Motion::LineEdge(true) => (head - head % in_row + in_row).min(bytes),
        Motion::TextEdge(end) => {
            if end {
                bytes
            } else {
                0
            }
        }
    }
}

/// Brings the moving end of the selection onto the screen.
pub(in crate::tui) fn reveal(state: &mut State) {
    let (Some(doc), Some(selection)) = (state.viewer.doc, state.viewer.selection) else { return };
    // The character on the inner side of the moving end is what one looks at.
    let back = usize::from(selection.head > selection.anchor);
    let (height, width) = (state.height(Pane::Source), state.text_width());
    match (state.docs.source(doc).cloned(), state.shown_source().cloned()) {
        (Some(source), Some(shown)) if !state.viewer.hex => {
            let at = (0..=selection.head.saturating_sub(back)).rev().find(|at| source.text.is_char_boundary(*at));
            let at = at.unwrap_or(0);
            let at = state.to_shown(Span { start: at, end: at }).start;
            state.viewer.reveal(at, &shown, height, width);
        }
        _ => {
            let head = state.bytes_of(Span { start: selection.head, end: selection.head }).start;
            state.put_on_byte(head.saturating_sub(back));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TEXT: &str = "let a = 1;\r\n\nevaluate($b_1, 'é日');\nx";

    fn at(needle: &str) -> usize {
        TEXT.find(needle).unwrap()
    }

    #[rstest]
    #[case::character("a =", Motion::Character(true), " = 1")]
    #[case::wide("日", Motion::Character(true), "');")]
    #[case::back_over_two_bytes("日", Motion::Character(false), "é日")]
    #[case::to_the_end_of_a_word("evaluate", Motion::Word(true), "($b_1")]
    #[case::over_blanks_and_signs("($b_1", Motion::Word(true), ", 'é")]
    #[case::to_the_start_of_a_word(", 'é", Motion::Word(false), "$b_1")]
    #[case::line_end("let", Motion::LineEdge(true), "\r\n")]
    #[case::line_start("1;", Motion::LineEdge(false), "let")]
    #[case::down_into_a_shorter_line("1;", Motion::Lines(1), "\nevaluate")]
    #[case::down_two("t a", Motion::Lines(2), "aluate")]
    #[case::up_at_the_top("1;", Motion::Lines(-1), "let")]
    fn an_end_moves(#[case] from: &str, #[case] motion: Motion, #[case] to: &str) {
        let source = Source::new(TEXT.to_owned());
        let (moved, _) = in_text(&source, at(from), None, motion);
        assert!(TEXT[moved..].starts_with(to), "{:?}", &TEXT[moved..]);
    }

    #[test]
    fn up_and_down_keep_to_a_column() {
        let source = Source::new(TEXT.to_owned());
        let (blank, column) = in_text(&source, at("1;"), None, Motion::Lines(1));
        let (below, _) = in_text(&source, blank, column, Motion::Lines(1));
        assert_eq!(source.line_column(below), (3, 9));
        let (end, _) = in_text(&source, at("1;"), Some(usize::MAX), Motion::Lines(2));
        assert_eq!(end, at("\nx"));
        let (last, _) = in_text(&source, TEXT.len() - 1, None, Motion::Lines(1));
        assert_eq!(last, TEXT.len());
    }

    #[rstest]
    #[case("valuate", "evaluate")]
    #[case("_1", "$b_1")]
    #[case("(", "(")]
    #[case("日", "é日")]
    fn a_word_is_found_around_a_byte(#[case] inside: &str, #[case] word: &str) {
        let Span { start, end } = word_at(&Source::new(TEXT.to_owned()), at(inside));
        assert_eq!(&TEXT[start..end], word);
    }

    #[test]
    fn a_word_without_end_stops_somewhere() {
        let text = "a".repeat(1 << 20);
        assert!(word(&text, 0, true) <= WORD + 1);
        assert!(word(&text, 1 << 20, false) >= (1 << 20) - WORD - 1);
        assert!(word_at(&Source::new(text), 1 << 19).end < 1 << 20);
    }
}
