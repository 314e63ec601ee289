//! What actions do in the panes of the code: where the focus goes, what follows from a line that was selected.

use crate::tui::state::{Pane, Stage, State};
use crate::tui::view::View;
use crate::tui::view::code::preview;
use crate::tui::widget::travel;

/// Columns of one step to the side.
const SIDE: isize = 8;

/// Gives a pane the focus; from another view, the code comes up.
pub(in crate::tui) fn focus(state: &mut State, pane: Pane) {
    state.open_view(View::Code);
    state.focus = pane;
    if matches!(pane, Pane::Sequence | Pane::Tokens) {
        state.right = pane;
    }
    state.fit();
}

pub(in crate::tui) fn turn(state: &mut State, by: usize) {
    let panes = [Pane::Files, Pane::Source, state.right];
    let now = panes.iter().position(|p| *p == state.focus).unwrap_or_default();
    if let Some(pane) = panes.get((now + by) % panes.len()) {
        focus(state, *pane);
    }
}

/// Up and down in the focused pane.
pub(in crate::tui) fn step(state: &mut State, by: isize) {
    if state.focus == Pane::Source && preview::scroll(state, by) {
        return;
    }
    match state.focus {
        Pane::Files => {
            state.files.step(by);
            state.follow_files();
        }
        Pane::Source if state.viewer.hex => state.move_rows(by),
        Pane::Source => {
            let (source, bytes) = shown(state);
            let height = state.height(Pane::Source);
            state.viewer.step(by, source.as_deref(), bytes, height);
            from_source(state);
        }
        Pane::Sequence => {
            let far = isize::try_from(state.steps.rows.len()).unwrap_or(travel::FAR);
            state.steps.move_by(by.clamp(-far, far));
            from_steps(state);
        }
        Pane::Tokens => {
            state.tokens.step(by);
            from_tokens(state);
        }
    }
    state.follow();
}

/// The shown document's text, if it has one, and its size.
pub(in crate::tui) fn shown(state: &State) -> (Option<std::sync::Arc<crate::text::Source>>, usize) {
    let Some(doc) = state.viewer.doc else { return (None, 0) };
    (state.shown_source().cloned(), state.docs.bytes(doc).len())
}

pub(in crate::tui) fn from_steps(state: &mut State) {
    if let Some(step) = state.steps.step() {
        state.select_step(step);
    }
}

/// A line of the source selects the first step on it.
pub(in crate::tui) fn from_source(state: &mut State) {
    let Some(doc) = state.viewer.doc else { return };
    if state.viewer.hex {
        return;
    }
    match state.line_mark(doc, state.viewer.cursor) {
        Some(mark) => {
            state.steps.select(mark.step);
            state.viewer.span = state.docs.sequence().steps.get(mark.step).map(|s| s.span);
            state.tokens.select_step(&state.spoken, mark.step);
        }
        None => state.viewer.span = None,
    }
}

pub(in crate::tui) fn from_tokens(state: &mut State) {
    let Some(case) = state.case.clone() else { return };
    let piece = state.tokens.piece();
    let Some(piece) = piece.and_then(|p| case.text.pieces.get(p)) else { return };
    if let Some(step) = piece.steps.first() {
        let selected = state.tokens.selected;
        state.select_step(*step);
        state.tokens.selected = selected;
    }
}

pub(in crate::tui) fn side(state: &mut State, by: isize) {
    match state.focus {
        Pane::Files if by < 0 => {
            if !state.files.open(Some(false)) {
                state.files.to_parent();
                state.follow_files();
            }
            state.follow();
        }
        Pane::Files => {
            state.files.open(Some(true));
            state.follow();
        }
        Pane::Source => {
            let (source, _) = shown(state);
            if state.viewer.hex {
                state.move_byte(by);
            } else if let Some(source) = source {
                let (height, width) = (state.height(Pane::Source), state.text_width());
                state.viewer.slide(by * SIDE, &source, height, width);
            }
        }
        Pane::Sequence => {}
        Pane::Tokens => {
            state.tokens.slide(by);
            from_tokens(state);
            state.follow();
        }
    }
}

pub(in crate::tui) fn line_end(state: &mut State) {
    let (source, _) = shown(state);
    if let Some(source) = source.filter(|_| state.focus == Pane::Source && !state.viewer.hex) {
        let width = state.text_width();
        state.viewer.to_line_end(&source, width);
    }
}

pub(in crate::tui) fn open(state: &mut State) {
    match state.focus {
        Pane::Files => {
            if !state.files.open(None) && state.files.selected_doc().is_some() {
                focus(state, Pane::Source);
            }
            state.follow();
        }
        Pane::Sequence | Pane::Tokens => {
            from_steps(state);
            focus(state, Pane::Source);
        }
        Pane::Source => {
            from_source(state);
            focus(state, Pane::Sequence);
        }
    }
}

/// To the next or previous step, whatever has the focus.
pub(in crate::tui) fn walk(state: &mut State, by: isize) {
    let before = state.steps.selected;
    state.steps.move_by(by);
    from_steps(state);
    state.follow();
    if state.steps.selected == before && state.stage != Stage::Opening {
        let what = if state.steps.rows.is_empty() { "There are no steps." } else { "There are no more steps." };
        state.say(what);
    }
}

pub(in crate::tui) fn filter(state: &mut State) {
    state.steps.only = match state.steps.only {
        Some(_) => None,
        None => state.viewer.doc,
    };
    state.list_steps();
    state.follow();
    if state.steps.rows.is_empty() && state.steps.only.is_some() {
        state.say("This file has no steps.");
    }
}
