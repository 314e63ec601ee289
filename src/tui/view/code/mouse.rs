//! Clicks and wheel in the panes of the code, and in the source that stands beside other views.

use ratatui::layout::{Position, Rect};

use crate::tui::layout::{gutter, tab_at};
use crate::tui::state::{Effect, Pane, State};
use crate::tui::view::View;
use crate::tui::view::code::{preview, update};

/// The wheel scrolls the pane that it is over.
pub(in crate::tui) fn wheel(state: &mut State, at: Position, by: isize) -> Vec<Effect> {
    let areas = state.areas();
    let over = [Pane::Files, Pane::Source, state.right].into_iter().find(|pane| areas.inner(*pane).contains(at));
    match over {
        Some(Pane::Files) => {
            let rows = state.files.visible.len().saturating_sub(state.height(Pane::Files));
            state.files.top = state.files.top.saturating_add_signed(by).min(rows);
        }
        Some(Pane::Source) if preview::scroll(state, by) => {}
        Some(Pane::Source) => {
            let (source, bytes) = update::shown(state);
            let height = state.height(Pane::Source);
            state.viewer.wheel(by, source.as_deref(), bytes, height);
        }
        Some(Pane::Sequence) => {
            let height = state.height(Pane::Sequence);
            state.steps.wheel(by, height);
        }
        Some(Pane::Tokens) => {
            let lines = state.tokens.layout.lines.len().saturating_sub(state.height(Pane::Tokens));
            state.tokens.top = state.tokens.top.saturating_add_signed(by).min(lines);
        }
        None => {}
    }
    Vec::new()
}

/// A click into a pane gives it the focus, and selects what is there.
pub(in crate::tui) fn click(state: &mut State, at: Position) -> Vec<Effect> {
    click_pane(state, at);
    Vec::new()
}

fn click_pane(state: &mut State, at: Position) {
    let areas = state.areas();
    if state.view != View::Code {
        // The source beside the card: a click there goes on reading in it.
        if areas.inner(Pane::Source).contains(at) {
            update::focus(state, Pane::Source);
        }
        return;
    }
    if let Some(tabs) = areas.tabs.filter(|tabs| tabs.contains(at)) {
        if let Some(pane) = tab_at(tabs, state.right, at.x) {
            state.focus = pane;
            if matches!(pane, Pane::Sequence | Pane::Tokens) {
                state.right = pane;
            }
            state.fit();
        }
        return;
    }
    let Some(pane) = [Pane::Files, Pane::Source, state.right].into_iter().find(|p| areas.inner(*p).contains(at)) else {
        return;
    };
    state.focus = pane;
    let inner: Rect = areas.inner(pane);
    let row = usize::from(at.y - inner.y);
    let column = usize::from(at.x - inner.x);
    match pane {
        Pane::Files => {
            let clicked = state.files.top + row;
            if clicked < state.files.visible.len() {
                let again = state.files.selected == clicked;
                state.files.selected = clicked;
                if again || state.files.selected_doc().is_none() {
                    state.files.open(None);
                }
                state.follow_files();
            }
        }
        Pane::Source => {
            if state.viewer.hex {
                if let Some(byte) = state.byte_at(row, column) {
                    state.put_on_byte(byte);
                }
            } else if let (Some(source), _) = update::shown(state) {
                state.viewer.cursor = (state.viewer.top + row).min(source.line_count());
                // A click on the gutter's mark goes to the step; one in the text only moves the cursor.
                if column < usize::from(gutter(source.line_count())) {
                    update::from_source(state);
                }
                state.follow();
            }
        }
        Pane::Sequence => {
            if let Some(clicked) = state.steps.row_at(row) {
                state.steps.selected = clicked;
                if state.steps.step().is_none() {
                    state.steps.move_by(1);
                }
                update::from_steps(state);
            }
        }
        Pane::Tokens => {
            let line = state.tokens.top + row;
            state.tokens.select_at(line, column);
            update::from_tokens(state);
        }
    }
}
