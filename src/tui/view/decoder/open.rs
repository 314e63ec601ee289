//! Opening the lab: on which bytes.

use std::sync::Arc;

use crate::syntax::Doc;
use crate::syntax::decoder::{self, literal};
use crate::text::{Source, Span};
use crate::tui::state::{Effect, State};
use crate::tui::view::View;

use crate::tui::view::decoder::Lab;
use crate::tui::view::decoder::update::{attempt, look};

/// Most bytes taken into the lab.
const MOST: usize = 16 << 20;

/// Longest stretch that is looked through for a string.
const LOOK: usize = 1 << 20;

/// Opens the lab on what is selected or emphasised, on the longest string or list of characters of the cursor's line, or on the
/// whole document.
pub(in crate::tui) fn open(state: &mut State) -> Vec<Effect> {
    let Some((doc, span, bytes)) = chosen(state) else {
        let key = state.key(crate::config::Action::Mark);
        state.say(format!("There is nothing to decode: open a file first, and select bytes with {key}."));
        return Vec::new();
    };
    if bytes.len() > MOST {
        state.complain(&format!("More than {} MB cannot be decoded at once; select less.", MOST >> 20));
        return Vec::new();
    }
    state.leave_mark();
    state.view = View::Lab;
    state.lab = Some(Lab::new(doc, span, bytes));
    state.fit();
    let mut effects = look(state, false);
    effects.extend(attempt(state));
    effects
}

/// What the lab is to be opened on.
fn chosen(state: &State) -> Option<(Doc, Span, Arc<[u8]>)> {
    let doc = state.viewer.doc?;
    let Some(source) = state.docs.source(doc) else {
        let bytes = state.docs.bytes(doc);
        let whole = Span { start: 0, end: bytes.len() };
        let span = state.selected_span().filter(|span| span.start < span.end).unwrap_or(whole);
        return Some((doc, span, bytes.get(span.start..span.end).filter(|bytes| !bytes.is_empty())?.into()));
    };
    let text = |span: Span| source.text.get(span.start..span.end);
    let on_line = || {
        let line = near(state, source, state.line_span(state.viewer.cursor)?);
        let found = decodable(text(line)?)?;
        Some(Span { start: line.start + found.start, end: line.start + found.end })
    };
    let whole = Span { start: 0, end: source.text.len() };
    let selection = state.viewer.selection.map(|selection| selection.span()).filter(|span| span.start < span.end);
    let emphasised = state.viewer.span.filter(|span| span.start < span.end);
    // What the cursor's line emphasises may be a call beside the string that one means.
    let holds = |span: &Span| text(*span).is_some_and(|text| text.len() > LOOK || decodable(text).is_some());
    let span = selection.or(emphasised.filter(holds)).or_else(on_line).or(emphasised).unwrap_or(whole);
    let bytes = text(span)?.as_bytes();
    (!bytes.is_empty()).then(|| (doc, span, bytes.into()))
}

/// The longest string of a text; where there is none, its longest list of characters written as numbers.
fn decodable(text: &str) -> Option<Span> {
    literal::longest(text).map(|(span, _)| span).or_else(|| decoder::characters_in_code(text))
}

/// Of a very long line, the part around what is on the screen: a look through all of it would take longer than a frame.
fn near(state: &State, source: &Source, line: Span) -> Span {
    if line.end - line.start <= LOOK {
        return line;
    }
    let (at, _) =
        state.viewer.columns.byte_at(source.line(state.viewer.cursor), state.viewer.cursor, state.viewer.left);
    let boundary = |at: usize| (at..line.end).find(|at| source.text.is_char_boundary(*at)).unwrap_or(line.end);
    let start = boundary((line.start + at).saturating_sub(LOOK / 2).clamp(line.start, line.end));
    Span { start, end: boundary((start + LOOK).min(line.end)) }
}
