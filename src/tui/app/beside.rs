//! What the details say beside the steps: evidence and indicators, each line leading to its place.

use crate::case::Case;
use crate::evidence::{Indicator, Origin, Role, indicator};

use super::State;
use super::pages::Page;

/// The evidence beside the steps, kind by kind.
pub(super) fn evidence(page: &mut Page, case: &Case) {
    page.heading("Evidence beside the steps");
    for evidence in case.evidence.iter() {
        page.goal(evidence.kind.word(), &evidence.what, evidence.doc.map(|doc| (doc, evidence.span)));
    }
    page.drop_empty_heading();
}

/// Most indicators of one kind shown that only stand in documents or are harmless by their name.
const QUIET: usize = 20;

/// The indicators, a heading a kind, the most telling first.
pub(super) fn indicators(page: &mut Page, state: &State, case: &Case) {
    for kind in indicator::Kind::ALL {
        let of_kind = case.indicators.iter().filter(|indicator| indicator.kind == kind);
        let (quiet, telling): (Vec<_>, Vec<_>) =
            of_kind.partition(|indicator| matches!(indicator.role, Role::Context | Role::Benign));
        if quiet.is_empty() && telling.is_empty() {
            continue;
        }
        page.heading(kind.plural());
        for indicator in telling.iter().chain(quiet.iter().take(QUIET)) {
            let place = indicator.places.first();
            page.goal(
                indicator.role.word(),
                &describe(state, case, indicator),
                place.map(|place| (place.doc, Some(place.span))),
            );
        }
        if quiet.len() > QUIET {
            let more = quiet.len() - QUIET;
            page.pair(
                "",
                &format!(
                    "{more} more in documents or on well-known hosts; `cerebro sequence --format json` lists them"
                ),
            );
        }
    }
}

/// An indicator in one line, with its first place.
fn describe(state: &State, case: &Case, indicator: &Indicator) -> String {
    let mut text = indicator.defanged();
    let notes = [indicator.class.as_str(), indicator.odd.as_deref().unwrap_or("")];
    let notes: Vec<&str> = notes.into_iter().filter(|note| !note.is_empty()).collect();
    if !notes.is_empty() {
        text += &format!("  ({})", notes.join(", "));
    }
    if let Some(place) = indicator.places.first() {
        let at = case.source(place.doc).map(|source| source.line_column(place.span.start));
        let at = at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let how = match place.origin {
            Origin::Source => "",
            Origin::Call => " given to a call",
            Origin::Folded => " put together",
        };
        text += &format!("  {}{at}{how}", state.docs.name(place.doc));
    }
    let more = indicator.places.len().saturating_sub(1) + indicator.more;
    if more > 0 {
        text += &format!(" and {more} more {}", if more == 1 { "place" } else { "places" });
    }
    text
}
