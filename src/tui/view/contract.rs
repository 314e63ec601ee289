//! What every view answers. A view that leaves one of these out is no view: the compiler says so.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use crate::config::{Action, Context};
use crate::session::Widths;
use crate::tui::derived::Goal;
use crate::tui::layout::Areas;
use crate::tui::state::{Effect, Pane, State};
use crate::tui::view::code;

/// The answers of a view.
pub struct Contract {
    /// Which keys hold.
    pub context: fn(&State) -> Context,
    /// Cuts up what lies between strip and footer, which `body` of the areas is before.
    pub areas: fn(&mut Areas, &Room),
    /// What an action does in it; `None` for what it does everywhere.
    pub command: fn(&mut State, Action) -> Option<Vec<Effect>>,
    /// What an action of its own does while another view is shown: bring it up, or say which key does; `None` for an action
    /// that is not its own.
    pub elsewhere: fn(&mut State, Action) -> Option<Vec<Effect>>,
    /// What a click does.
    pub click: fn(&mut State, Position) -> Vec<Effect>,
    /// What so many lines of the wheel do over a place of the screen.
    pub wheel: fn(&mut State, Position, isize) -> Vec<Effect>,
    /// The bytes that a selection or a role would take now; without a span the whole document.
    pub target: fn(&State) -> Option<Goal>,
    /// What the keys that copy take; the hash of the package is the same everywhere.
    pub copy: fn(&mut State, Action) -> Vec<Effect>,
    /// Draws what is its own; the panes that its areas name are drawn for it.
    pub draw: fn(&State, &Areas, &mut Buffer),
}

/// What there is room for.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// The screen.
    pub size: Size,
    /// The pane that has the focus.
    pub focus: Pane,
    /// Whether it has the whole screen.
    pub zoom: bool,
    /// Widths that were given to the panes.
    pub widths: Widths,
}

/// The wheel moves the selection, a line at a time.
pub(in crate::tui) fn wheel_selects(state: &mut State, _: Position, by: isize) -> Vec<Effect> {
    state.hand_on(if by < 0 { Action::Up } else { Action::Down })
}

/// A view that is about other packages than the one on the screen has no bytes to mark.
pub(in crate::tui) fn nothing_to_mark(_: &State) -> Option<Goal> {
    None
}

/// A list whose selected place stands in the source beside it, on a narrow screen without being seen.
pub(in crate::tui) fn shown_span(state: &State) -> Option<Goal> {
    Some((state.viewer.doc?, Some(state.viewer.span?)))
}

/// Says by which key a view is reached, of whose actions one was asked for elsewhere.
pub(in crate::tui) fn belongs(state: &mut State, what: &str, action: Action) -> Option<Vec<Effect>> {
    let key = state.key(action);
    state.say(format!("That belongs to {what}: {key} shows it."));
    Some(Vec::new())
}

/// A click where a list stands beside the source: on a row of the list, or in the source.
pub(in crate::tui) fn click_beside(
    state: &mut State,
    at: Position,
    list: fn(&State) -> Rect,
    click: fn(&mut State, usize),
) -> Vec<Effect> {
    if !state.areas().body.contains(at) {
        return code::click(state, at);
    }
    if let Some(row) = line_of(list(state), at) {
        click(state, row);
    }
    Vec::new()
}

/// The wheel there: the list moves, or the source.
pub(in crate::tui) fn wheel_beside(
    state: &mut State,
    at: Position,
    by: isize,
    wheel: fn(&mut State, isize),
) -> Vec<Effect> {
    if !state.areas().body.contains(at) {
        return code::wheel(state, at, by);
    }
    wheel(state, by);
    Vec::new()
}

/// The line of a list that is drawn in an area.
pub(in crate::tui) fn line_of(area: Rect, at: Position) -> Option<usize> {
    area.contains(at).then(|| usize::from(at.y - area.y))
}
