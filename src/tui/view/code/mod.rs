//! The code: files, source (or its bytes) and behaviors (or the tokens that the model read) side by side.

pub mod copy;
pub mod files;
pub mod hex;
pub mod mouse;
pub mod paint;
pub mod preview;
pub mod select;
pub mod sequence;
pub mod shaped;
pub mod source;
pub mod tokens;
pub mod update;

use crate::tui::derived::Goal;
use crate::tui::state::{Pane, State};
use crate::tui::view::contract::Contract;

pub(in crate::tui) use mouse::{click, wheel};

/// The code as a view. Its panes are drawn wherever they stand, and what is done in them holds behind every other view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |state| state.focus.context(),
    areas: |areas, room| areas.panes(room),
    command: |_, _| None,
    elsewhere: |_, _| None,
    click,
    wheel,
    target,
    copy: copy::of_pane,
    draw: |_, _, _| {},
};

/// What emphasises the selected step.
pub(in crate::tui) fn step_target(state: &State) -> Option<Goal> {
    let step = state.docs.sequence().steps.get(state.steps.step()?)?;
    Some((step.doc, Some(step.span)))
}

fn target(state: &State) -> Option<Goal> {
    match state.focus {
        Pane::Source => {
            let doc = state.viewer.doc?;
            let cursor = state.viewer.hex.then(|| state.cursor_byte().start);
            let here = |span: &crate::text::Span| cursor.is_none_or(|at| (span.start..span.end).contains(&at));
            Some((doc, state.viewer.span.filter(here).or_else(|| select::line(state, doc))))
        }
        Pane::Files => state.files.selected_doc().map(|doc| (doc, None)),
        Pane::Sequence | Pane::Tokens => step_target(state),
    }
}
