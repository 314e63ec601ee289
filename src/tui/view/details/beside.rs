//! What the details say beside the steps: evidence, each line leading to its place, and how many indicators there are.

use crate::case::Case;
use crate::config::Action;

use crate::tui::state::State;
use crate::tui::widget::page::Page;

/// The evidence beside the steps, kind by kind.
pub(in crate::tui) fn evidence(page: &mut Page, case: &Case) {
    page.heading("Evidence beside the steps");
    for evidence in case.evidence.iter() {
        page.goal(evidence.kind.word(), &evidence.what, evidence.doc.map(|doc| (doc, evidence.span)));
    }
    page.drop_empty_heading();
}

/// How many indicators there are by role, and the key of their table.
pub(in crate::tui) fn indicators(page: &mut Page, state: &State, case: &Case) {
    if case.indicators.is_empty() {
        return;
    }
    page.heading("Indicators");
    // They come sorted by role.
    for same in case.indicators.chunk_by(|a, b| a.role == b.role) {
        if let Some(first) = same.first() {
            page.pair(first.role.word(), &same.len().to_string());
        }
    }
    page.pair(
        "",
        &format!("{} shows the table: values, places and the roles that you give them", state.key(Action::Indicators)),
    );
}
