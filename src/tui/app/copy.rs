//! What the copy keys put on the clipboard.

use crate::config::Action;
use crate::tui::state::{Effect, State, copy};

pub(in crate::tui) fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    if action != Action::CopySha {
        return (state.view.contract().copy)(state, action);
    }
    let sha256 = state.package().map(|package| package.sha256.clone());
    copy::give(state, action, "SHA-256", sha256)
}
