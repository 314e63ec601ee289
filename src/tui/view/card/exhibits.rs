//! The strongest evidence, each with its place.

use crate::case::{Case, story};
use crate::config::{Action, Role};
use crate::ledger::HiddenBy;
use crate::text::escape;

use crate::tui::state::State;
use crate::tui::state::walk;
use crate::tui::state::walk::Exhibit;
use crate::tui::view::card::{Leads, Line};

/// Columns of the card below which the phase of a step is its color.
const NARROW: u16 = 90;

/// The day on which a suppression ended.
fn until(by: &HiddenBy) -> String {
    by.standing.suppression.expires.map(|end| end.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// What is left out of the list, by whom and why: one line, however much it is.
pub(super) fn hidden(state: &State) -> Option<Line> {
    let mut reasons: Vec<String> = Vec::new();
    for exhibit in state.walk.all_left_out() {
        let by = state.hidden_by(exhibit)?.standing;
        let reason = format!("{}: {}", by.author(), by.suppression.reason);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let first = escape(reasons.first()?).into_owned();
    let more = if reasons.len() > 1 { format!(" and {} more", reasons.len() - 1) } else { String::new() };
    let key = state.key(Action::ShowHidden);
    let text = format!("{} hidden by {first}{more} · {key} shows", state.walk.left_out());
    Some(Line::new("left out", Role::Message, text).to(Leads::Action(Action::ShowHidden)))
}

/// The strongest exhibits, each with its place.
pub(super) fn lines(state: &State, case: &Case) -> Vec<Line> {
    let mut lines = Vec::new();
    // The screen is never longer.
    for (exhibit, count) in crate::tui::view::card::evidence(state).iter().take(usize::from(state.size.height)) {
        let Some(index) = state.walk.place(*exhibit) else { continue };
        let goal = walk::place(case, *exhibit);
        let label = if lines.is_empty() { "evidence" } else { "" };
        let mut line = match exhibit {
            Exhibit::Step(step) => {
                let Some(known) = case.sequence.steps.get(*step) else { continue };
                let role = crate::tui::widget::frame::phase_role(known.phase);
                let details = state.walk.details(&case.sequence, *step);
                // On a narrow screen the color alone says when.
                let narrow = state.areas().body.width < NARROW;
                let word = if narrow { String::new() } else { format!("{:<8}", known.phase.word()) };
                let mut line = Line::new(label, role, word);
                for part in story::phrase(case, *step, &details).parts() {
                    let role = match part.quoted {
                        true => Role::Literal,
                        false if narrow && line.parts.len() == 1 => role,
                        false => Role::Text,
                    };
                    line = line.and(role, escape(&part.text).into_owned());
                }
                line.code = Some(known.feature.code());
                if known.guarded {
                    line = line.and(Role::Guard, " ⎇");
                }
                let also = case.also_told(known);
                if !also.is_empty() {
                    line = line.and(Role::Dim, escape(&format!("  also {}", also.join(", "))).into_owned());
                }
                line.technique = known.feature.technique();
                line.heat = Some(state.heat.step(*step));
                line
            }
            Exhibit::Evidence(evidence) => {
                let Some(known) = case.evidence.get(*evidence) else { continue };
                // The place says which file.
                let path = known.doc.map_or("", |doc| state.docs.raw_path(doc));
                let what =
                    known.what.strip_prefix(path).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&known.what);
                let mut line = Line::new(label, Role::Key, format!("{} ", known.kind.word()))
                    .and(Role::Text, escape(what).into_owned());
                line.heat = Some(0.0);
                line
            }
        };
        if *count > 1 {
            line.parts.insert(1, (Role::Guard, format!("×{count} ")));
        }
        if let Some(by) = state.hidden_by(*exhibit) {
            let author = escape(by.standing.author()).into_owned();
            let text = match by.expired {
                true => format!("{author} hid it until {} · ", until(&by)),
                false => format!("hidden by {author}: {} · ", escape(&by.standing.suppression.reason)),
            };
            // Before what may be cut.
            line.parts.insert(1, (Role::Message, text));
        }
        lines.push(line.at(state, goal).to(Leads::Exhibit(index)));
    }
    if lines.is_empty() {
        lines.push(Line::new("evidence", Role::Dim, "none: no behavior and nothing odd was found"));
    }
    lines
}
