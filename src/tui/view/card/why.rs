//! Why the selected line of the card is there: by which words, from where to where, which behavior, which technique.

use crate::case::Case;
use crate::text::{escape, many};

use crate::tui::derived::Goal;
use crate::tui::state::State;
use crate::tui::state::walk::Exhibit;
use crate::tui::view::card::{Leads, selected_leads};

/// Longest text of code that is shown, characters.
const LONGEST: usize = 60;

/// Why the selected line of the card is there, escaped; empty where it says that itself.
#[must_use]
pub fn why(state: &State) -> String {
    let (Some(case), Some(leads)) = (&state.case, selected_leads(state)) else { return String::new() };
    match leads {
        Leads::Exhibit(index) => match state.walk.exhibits.get(index) {
            Some(Exhibit::Step(step)) => of_step(state, case, *step),
            Some(Exhibit::Evidence(evidence)) => case.evidence.get(*evidence).map_or_else(String::new, |found| {
                escape(&format!("{}: {}", found.kind.word(), found.what)).into_owned()
            }),
            None => String::new(),
        },
        Leads::Place(goal) => match at(case, goal) {
            Some(step) => of_step(state, case, step),
            None => state.docs.name(goal.0).to_string(),
        },
        Leads::Action(action) => format!("{}: {}", state.key(action), action.describe()),
    }
}

/// The step that the selected line is about.
pub(in crate::tui) fn step(state: &State) -> Option<usize> {
    match selected_leads(state)? {
        Leads::Exhibit(index) => match state.walk.exhibits.get(index)? {
            Exhibit::Step(step) => Some(*step),
            Exhibit::Evidence(_) => None,
        },
        Leads::Place(goal) => at(state.case.as_deref()?, goal),
        Leads::Action(_) => None,
    }
}

/// The gravest step at a place.
fn at(case: &Case, (doc, span): Goal) -> Option<usize> {
    let span = span?;
    let here = case.sequence.steps.iter().enumerate().filter(|(_, step)| (step.doc, step.span) == (doc, span));
    here.max_by_key(|(index, step)| (step.feature.severity(), std::cmp::Reverse(*index))).map(|(index, _)| index)
}

fn of_step(state: &State, case: &Case, index: usize) -> String {
    let Some(step) = case.sequence.steps.get(index) else { return String::new() };
    let mut parts = vec![format!("{} {}", step.feature.code(), step.feature.phrase())];
    parts.extend(step.feature.technique().map(|technique| format!("ATT&CK {technique}")));
    if let Some(matched) = &step.why.matched {
        parts.push(format!("matched {}", short(matched)));
    }
    if let Some(source) = step.why.source {
        let at = state.docs.at(source.doc, source.span.start).unwrap_or_default();
        let text = case.source(source.doc).and_then(|text| text.text.get(source.span.start..source.span.end));
        parts.push(format!("data from {}{at} {}", state.docs.short_name(source.doc), short(text.unwrap_or_default())));
    }
    if let Some(called @ [_, ..]) = step.call_path.get(1..) {
        parts.push(format!("through {}", short(&called.join(" > "))));
    }
    if step.guarded {
        parts.push("under a condition".to_owned());
    }
    if step.count > 1 {
        parts.push(many(step.count, "time", "times"));
    }
    parts.join(" · ")
}

/// Text of the package on one line and short, escaped.
fn short(text: &str) -> String {
    let one: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = one.chars().take(LONGEST).collect();
    let more = if cut.len() < one.len() { "…" } else { "" };
    format!("{}{more}", escape(&cut))
}
