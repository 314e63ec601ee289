//! Selecting bytes in the source, and giving them a role.

use std::sync::Arc;

use crate::config::Action;
use crate::ledger::SpanRole;
use crate::syntax::Doc;
use crate::text::{Source, Span};

use super::super::job::{Marking, Work};
use super::prompt::Prompt;
use super::view::View;
use super::viewer::Selection;
use super::{Effect, Overlay, Pane, State, card};

/// Farthest that one key looks for the end of a word.
const WORD: usize = 64 << 10;
/// Most steps over the white space of a layout; it is never indented deeper.
const LAYOUT: usize = 200;

/// What goes with the selection.
#[derive(Debug, Clone, Default)]
pub struct Selecting {
    /// What the analyst adds to the span that is marked next; untrusted.
    pub note: String,
    /// The column that going up and down keeps to, in characters from 1; `usize::MAX` for the ends of lines.
    column: Option<usize>,
}

impl State {
    /// Whether the keys extend a selection.
    #[must_use]
    pub fn is_selecting(&self) -> bool {
        self.view == View::Code && self.focus == Pane::Source && self.viewer.selection.is_some()
    }

    /// Ends the selection.
    pub(super) fn end_selection(&mut self) {
        self.viewer.selection = None;
        self.selecting = Selecting::default();
    }

    /// Selects bytes of the shown document.
    pub(super) fn select_bytes(&mut self, anchor: usize, head: usize) {
        if self.viewer.selection.is_none() {
            self.selecting = Selecting::default();
        }
        self.viewer.selection = Some(Selection { anchor, head });
    }
}

/// Selects what is emphasised: the step's or evidence's bytes, in the source else the line, in the tree the whole file.
pub(super) fn begin(state: &mut State) {
    if state.is_selecting() {
        return;
    }
    let Some((doc, span)) = target(state) else { return state.say("There is nothing to mark here.") };
    let in_source = state.view == View::Code && state.focus == Pane::Source && state.viewer.doc == Some(doc);
    let line = in_source && state.viewer.span != Some(span);
    if !in_source {
        state.go((doc, Some(span)));
    }
    state.select_bytes(span.start, span.end);
    state.selecting.column = line.then_some(usize::MAX);
    if state.viewer.hex {
        reveal(state);
    }
}

/// The bytes that a role or a selection would take now.
fn target(state: &State) -> Option<(Doc, Span)> {
    if let (Some(doc), Some(selection)) = (state.viewer.doc, state.viewer.selection.filter(|_| state.is_selecting())) {
        return Some((doc, selection.span()));
    }
    let step = || {
        let step = state.docs.sequence().steps.get(state.steps.step()?)?;
        Some((step.doc, Some(step.span)))
    };
    let goal = match (state.view, state.focus) {
        (View::Card, _) => card::goal(state).or_else(step),
        (View::Spans, _) => {
            let place = state.spans.selected()?.anchor.place()?;
            Some((place.doc, Some(place.span)))
        }
        (View::Code, Pane::Source) => {
            let doc = state.viewer.doc?;
            let cursor = state.viewer.hex.then(|| state.cursor_byte().start);
            let here = |span: &Span| cursor.is_none_or(|at| (span.start..span.end).contains(&at));
            Some((doc, state.viewer.span.filter(here).or_else(|| line(state, doc))))
        }
        (View::Code, Pane::Files) => state.files.selected_doc().map(|doc| (doc, None)),
        (View::Explain, _) => {
            let case = state.case.as_ref()?;
            let steps = state.compare.piece().and_then(|piece| case.text.pieces.get(piece)).map(|piece| &piece.steps);
            let first = steps.and_then(|steps| case.sequence.steps.get(*steps.first()?));
            first.map(|step| (step.doc, Some(step.span)))
        }
        // What is selected in these stands in the source beside them, on a narrow screen without being seen.
        (View::Results | View::Indicators, _) => Some((state.viewer.doc?, Some(state.viewer.span?))),
        (View::Diff, _) => state.diff.goal().ok(),
        // Other packages than the one on the screen.
        (View::Queue, _) => None,
        (View::Lab, _) => state.lab.as_ref().map(|lab| (lab.doc, Some(lab.span))),
        (View::Code, Pane::Sequence | Pane::Tokens) => step(),
    };
    let (doc, span) = goal?;
    let whole = Span { start: 0, end: length(state, doc) };
    let span = span.unwrap_or(whole);
    (span.start < span.end && span.end <= whole.end).then_some((doc, span))
}

/// The cursor's line; with its end where it is empty. In the hex view, the byte under the cursor.
fn line(state: &State, doc: Doc) -> Option<Span> {
    if state.viewer.hex {
        return Some(state.cursor_byte());
    }
    let line = state.line_span(state.viewer.cursor)?;
    let next = state.docs.source(doc)?.text.get(line.start..)?.starts_with('\n');
    Some(Span { start: line.start, end: if line.start == line.end { line.end + usize::from(next) } else { line.end } })
}

/// Bytes of the text, or of the file where that is no text.
fn length(state: &State, doc: Doc) -> usize {
    state.docs.source(doc).map_or_else(|| state.docs.bytes(doc).len(), |source| source.text.len())
}

/// What an action does to the selection; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let page = isize::try_from(state.height(Pane::Source)).unwrap_or(1).max(2);
    match action {
        Action::Left => extend(state, Motion::Character(false)),
        Action::Right => extend(state, Motion::Character(true)),
        Action::WordBack => extend(state, Motion::Word(false)),
        Action::WordForward => extend(state, Motion::Word(true)),
        Action::Up => extend(state, Motion::Lines(-1)),
        Action::Down => extend(state, Motion::Lines(1)),
        Action::HalfUp => extend(state, Motion::Lines(-page / 2)),
        Action::HalfDown => extend(state, Motion::Lines(page / 2)),
        Action::PageUp => extend(state, Motion::Lines(-page)),
        Action::PageDown => extend(state, Motion::Lines(page)),
        Action::LineStart => extend(state, Motion::LineEdge(false)),
        Action::LineEnd => extend(state, Motion::LineEdge(true)),
        Action::Top => extend(state, Motion::TextEdge(false)),
        Action::Bottom => extend(state, Motion::TextEdge(true)),
        Action::SwapEnds => {
            if let Some(Selection { anchor, head }) = state.viewer.selection {
                state.viewer.selection = Some(Selection { anchor: head, head: anchor });
                state.selecting.column = None;
                reveal(state);
            }
        }
        Action::Note => state.overlay = Some(Overlay::Prompt(Prompt::Note(state.selecting.note.as_str().into()))),
        Action::Mark => {}
        Action::Open => {
            let (first, last) = (state.key(Action::MarkPayload), state.key(Action::MarkBenign));
            let end = state.key(Action::Cancel);
            state.say(format!("{first} to {last} mark the selection, {end} ends it."));
        }
        Action::Cancel => state.end_selection(),
        _ => return None,
    }
    Some(Vec::new())
}

/// How the moving end goes.
#[derive(Debug, Clone, Copy)]
enum Motion {
    Character(bool),
    Word(bool),
    Lines(isize),
    LineEdge(bool),
    TextEdge(bool),
}

fn extend(state: &mut State, motion: Motion) {
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
pub(super) fn word_at(source: &Source, at: usize) -> Span {
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
pub(super) fn reveal(state: &mut State) {
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

/// Records the selected bytes, or those that a selection would begin with, in a role.
pub(super) fn mark(state: &mut State, role: SpanRole) -> Vec<Effect> {
    let Some((doc, span)) = target(state) else {
        state.say("There is nothing to mark here.");
        return Vec::new();
    };
    let Some(case) = state.case.clone() else {
        state.say("Wait until the package is read, then mark it.");
        return Vec::new();
    };
    let note = std::mem::take(&mut state.selecting.note);
    state.end_selection();
    vec![state.work(Work::Mark(Marking { case: Arc::clone(&case), doc, span, role, note }))]
}

/// The role that an action gives.
pub(super) fn role(action: Action) -> Option<SpanRole> {
    Some(match action {
        Action::MarkPayload => SpanRole::Payload,
        Action::MarkTrigger => SpanRole::Trigger,
        Action::MarkLoader => SpanRole::Loader,
        Action::MarkExfil => SpanRole::Exfil,
        Action::MarkPersistence => SpanRole::Persistence,
        Action::MarkEvasion => SpanRole::Evasion,
        Action::MarkDecoy => SpanRole::Decoy,
        Action::MarkBenign => SpanRole::BenignReason,
        _ => return None,
    })
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
