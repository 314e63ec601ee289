//! Selecting with the mouse: bytes in the source, whole rows elsewhere; never beyond the pane in which it began.

use std::time::{Duration, Instant};

use ratatui::layout::{Margin, Position, Rect};

use crate::config::Action;
use crate::text::{self, Span};

use crate::tui::app::copy;
use crate::tui::layout;
use crate::tui::layout::gutter;
use crate::tui::state::drag::Held;
use crate::tui::state::{Effect, Overlay, Pane, State};
use crate::tui::view::View;
use crate::tui::view::code::select;

/// Longest time between the two presses of a double click.
const DOUBLE: Duration = Duration::from_millis(500);

/// A press, after what it does as a click.
pub(in crate::tui) fn press(state: &mut State, at: Position, before: (View, bool)) {
    let last = state.drag.last.replace((Instant::now(), at));
    let again = last.is_some_and(|(when, place)| place == at && when.elapsed() < DOUBLE);
    (state.drag.held, state.drag.rows) = (None, None);
    // What was pressed may have brought up something else.
    if before != (state.view, state.overlay.is_some()) {
        return;
    }
    let Some((area, source)) = pane_at(state, at) else { return };
    let bytes = source.then(|| bytes_at(state, area, at)).flatten();
    state.drag.held = Some(Held { at, area, bytes });
    if !source {
        return;
    }
    state.end_selection();
    if again && let Some(span) = bytes {
        let word = word_at(state, span.start);
        if let Some(word) = word.filter(|word| word.start < word.end) {
            state.select_bytes(word.start, word.end);
            // What is dragged on goes from the word.
            state.drag.held = Some(Held { at, area, bytes: Some(word) });
            state.drag.last = None;
        }
    }
}

/// The button is held and the mouse moves.
pub(in crate::tui) fn drag(state: &mut State, to: Position) {
    let Some(held) = state.drag.held else { return };
    if to == held.at && state.viewer.selection.is_none() && state.drag.rows.is_none() {
        return;
    }
    state.dirty = true;
    let area = held.area;
    let inside = Position::new(
        to.x.clamp(area.x, area.right().saturating_sub(1)),
        to.y.clamp(area.y, area.bottom().saturating_sub(1)),
    );
    let Some(from) = held.bytes else {
        let (first, last) = (held.at.y.min(inside.y), held.at.y.max(inside.y));
        state.drag.rows = Some(Rect { y: first, height: last - first + 1, ..area });
        return;
    };
    // Beyond the edge the text scrolls along, a line for every move.
    let by = if to.y < area.y { -1 } else { isize::from(to.y >= area.bottom()) };
    if by != 0 {
        let (source, bytes) = crate::tui::view::code::update::shown(state);
        state.viewer.wheel(by, source.as_deref(), bytes, usize::from(area.height));
    }
    let Some(here) = bytes_at(state, area, inside) else { return };
    if here.start >= from.start {
        state.select_bytes(from.start, here.end.max(from.end));
    } else {
        state.select_bytes(from.end, here.start);
    }
}

/// The button went up: what was selected is copied.
pub(in crate::tui) fn release(state: &mut State) -> Vec<Effect> {
    let Some(held) = state.drag.held.take() else { return Vec::new() };
    if let Some(rows) = state.drag.rows.take() {
        state.dirty = true;
        let said = crate::text::many(rows.height, "row as it stands", "rows as they stand");
        state.say(format!("Copied {said} on the screen."));
        return vec![Effect::CopyRows(rows)];
    }
    if held.bytes.is_none() || !state.is_selecting() {
        return Vec::new();
    }
    state.dirty = true;
    let effects = copy::copy(state, Action::Copy);
    let (first, last) = (state.key(Action::MarkPayload), state.key(Action::MarkBenign));
    if let Some(notice) = &mut state.notice {
        notice.text.push_str(&format!(" {first} to {last} mark it."));
    }
    effects
}

/// The pane under the mouse without its border, and whether it is the source shown as text.
fn pane_at(state: &State, at: Position) -> Option<(Rect, bool)> {
    match state.overlay {
        Some(Overlay::Prompt(_)) => return None,
        Some(_) => return Some((layout::page(state.size, usize::MAX), false)).filter(|(area, _)| area.contains(at)),
        None => {}
    }
    let areas = state.areas();
    let source = areas.inner(Pane::Source);
    if source.contains(at) {
        let text = state.viewer.doc.is_some_and(|doc| state.docs.source(doc).is_some()) && !state.viewer.hex;
        return Some((source, text && state.view == View::Code));
    }
    if state.view == View::Code {
        let panes = [Pane::Files, state.right].map(|pane| areas.inner(pane));
        return panes.into_iter().find(|area| area.contains(at)).map(|area| (area, false));
    }
    let margin = u16::from(areas.bordered);
    Some((areas.body.inner(Margin::new(margin, margin)), false)).filter(|(area, _)| area.contains(at))
}

/// The character under a cell of the source; nothing wide where the line has ended.
fn bytes_at(state: &State, area: Rect, at: Position) -> Option<Span> {
    let viewer = &state.viewer;
    let source = state.shown_source()?;
    let line = (viewer.top + usize::from(at.y.saturating_sub(area.y))).min(source.line_count());
    let column = usize::from(at.x.saturating_sub(area.x).saturating_sub(gutter(source.line_count()))) + viewer.left;
    let (whole, start) = (source.line(line), source.line_start(line));
    let (byte, at_column) = viewer.columns.byte_at(whole, line, column);
    let next = text::marks(whole).starting_at(byte, at_column).next();
    let width = next.map_or(0, |segment| {
        // Plain text comes in long pieces of one byte a cell.
        let plain = segment.text.is_ascii() && segment.text.len() == segment.range.len() && !segment.hidden;
        if plain { 1 } else { segment.range.len() }
    });
    Some(state.to_document(Span { start: start + byte, end: start + byte + width }))
}

fn word_at(state: &State, at: usize) -> Option<Span> {
    let source = state.docs.source(state.viewer.doc?)?;
    Some(select::word_at(source, at))
}
