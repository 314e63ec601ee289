//! What moved the model's answer: the pieces of its text that speak loudest for malicious and against.

use crate::case::{Case, story};
use crate::config::{Action, Role};
use crate::text::escape;

use crate::tui::state::State;
use crate::tui::state::walk::Exhibit;
use crate::tui::view::card::{Leads, Line};

/// The lines with their log odds, those that a short card needs most first.
pub(super) fn lines(state: &State, case: &Case) -> Vec<(f64, Line)> {
    let Some(explanation) = state.explanation.as_ref().filter(|e| e.method.signed()) else {
        let text = match (state.explaining, case.verdict.as_ref().is_some_and(|v| v.judgement.is_some())) {
            (true, _) => "being measured …",
            (false, true) => "not asked: e explains",
            (false, false) => return Vec::new(),
        };
        return vec![(0.0, Line::new("", Role::Dim, text).to(Leads::Action(Action::Tokens)))];
    };
    let mut lines = Vec::new();
    for (piece, score) in explanation.loudest.iter().copied() {
        let Some(known) = case.text.pieces.get(piece) else { continue };
        let words = case.text.text.get(known.range.clone()).unwrap_or_default();
        let step = known.steps.first().copied();
        // In the words of the sentences; what the model read stands in the tokens.
        let detail = |step: usize| case.sequence.steps.get(step).map_or("", |step| step.detail.as_str());
        let phrase = step.map(|step| story::phrase(case, step, detail(step)));
        let words = phrase.map_or_else(|| words.trim().to_owned(), |phrase| phrase.text());
        let (role, side) = if score > 0.0 { (Role::LabelMalicious, "for") } else { (Role::LabelBenign, "against") };
        let mut line =
            Line::new("", role, format!("{score:+.2} {side:<8}")).and(Role::Text, escape(&words).into_owned());
        if known.steps.len() > 1 {
            line = line.and(Role::Guard, format!(" ×{}", known.steps.len()));
        }
        if step.is_none() {
            line.parts.insert(1, (Role::Dim, "says of itself: ".to_owned()));
        }
        let exhibit = step.and_then(|step| state.walk.place(Exhibit::Step(step)));
        let goal = step.and_then(|step| case.sequence.steps.get(step)).map(|s| (s.doc, Some(s.span)));
        let leads = exhibit.map_or(Leads::Action(Action::Tokens), Leads::Exhibit);
        lines.push((score, line.at(state, goal).to(leads)));
    }
    if lines.is_empty() {
        lines.push((0.0, Line::new("", Role::Dim, "nothing much").to(Leads::Action(Action::Tokens))));
    }
    lines
}

/// What there is room for, what speaks loudest for malicious on top and what speaks loudest against at the bottom.
pub(super) fn cut(mut lines: Vec<(f64, Line)>, room: usize) -> Vec<Line> {
    let more = lines.len().saturating_sub(room);
    lines.truncate(room);
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    if let Some((_, first)) = lines.first_mut() {
        first.label = "moved by".into();
    }
    if more > 0
        && let Some((_, last)) = lines.last_mut()
    {
        last.more(more);
    }
    lines.into_iter().map(|(_, line)| line).collect()
}
