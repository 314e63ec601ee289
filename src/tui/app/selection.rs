//! The selected rows of a table as a file.

use std::sync::Arc;

use crate::tui::state::{Effect, State};
use crate::tui::view::{View, indicators, queue, results};
use crate::tui::widget::complete;
use crate::tui::worker::{LedgerWork, Work};

/// Saves them to a file that is not there yet.
pub(super) fn save(state: &mut State, typed: &str) -> Vec<Effect> {
    let Some(path) = complete::path(typed) else { return Vec::new() };
    let text = match state.view {
        View::Queue => {
            let archives = queue::table::archives(state);
            return vec![state.work(Work::Ledger(LedgerWork::Export { path, archives }))];
        }
        View::Indicators => indicators::as_csv(state),
        View::Results => results::lines_of_marked(state).map(|(lines, _)| {
            let lines = lines.iter().map(|line| format!("{}\n", crate::text::escape(line)));
            lines.collect()
        }),
        _ => None,
    };
    let Some(text) = text else {
        state.say("Nothing is selected.");
        return Vec::new();
    };
    vec![state.work(Work::Ledger(LedgerWork::Save { path, text: Arc::from(text) }))]
}
