//! Panes that are made wider or narrower, by keys and by dragging an edge.

use ratatui::layout::Position;

use crate::config::Action;
use crate::session::Widths;
use crate::tui::layout::Edge;
use crate::tui::state::{Pane, State};
use crate::tui::view::View;

/// Columns that a key moves an edge.
const STEP: i32 = 4;

/// Makes the pane with the focus wider or narrower, or gives all their usual widths.
pub(in crate::tui) fn perform(state: &mut State, action: Action) {
    if action == Action::Even {
        state.widths = Widths::default();
        return state.fit();
    }
    let edges = state.areas().edges();
    let right = matches!(state.focus, Pane::Sequence | Pane::Tokens);
    let wanted = match (state.view, state.focus) {
        (View::Code, Pane::Files) => Edge::Files,
        (View::Code, _) => Edge::Right,
        _ => Edge::Body,
    };
    let Some((edge, column)) = edges.into_iter().find(|(edge, _)| *edge == wanted) else {
        return state.say("There is no pane beside this one; from 120 columns on there is.");
    };
    // The third pane grows to the left.
    let outward = if state.view == View::Code && right { -STEP } else { STEP };
    let by = if action == Action::Wider { outward } else { -outward };
    put(state, edge, i32::from(column) + by);
}

/// The edge under a place of the screen, if one can be moved there.
pub(in crate::tui) fn edge_at(state: &State, at: Position) -> Option<Edge> {
    let areas = state.areas();
    let rows = areas.source.unwrap_or_default();
    let near = |column: u16| at.x == column || at.x + 1 == column;
    let inside = (rows.y..rows.bottom()).contains(&at.y);
    areas.edges().into_iter().find(|(_, column)| inside && near(*column)).map(|(edge, _)| edge)
}

/// Moves an edge to a column.
pub(in crate::tui) fn put(state: &mut State, edge: Edge, column: i32) {
    let (width, areas) = (i32::from(state.size.width).max(1), state.areas());
    let columns = match edge {
        Edge::Files => column,
        Edge::Right => width - column,
        Edge::Body => column - i32::from(areas.body.x),
    };
    // Rounded up, so that what is read back is the column that was meant.
    let share = (columns.clamp(0, width) * i32::from(Widths::WHOLE) + width - 1) / width;
    let share = u16::try_from(share).ok();
    match edge {
        Edge::Files => state.widths.files = share,
        Edge::Right => state.widths.right = share,
        Edge::Body => state.widths.body = share,
    }
    state.fit();
}
