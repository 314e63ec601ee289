//! What keys and mouse do in it, and what workers bring.

use crate::case::Case;
use crate::config::Action;
use crate::tui::state::{Effect, State};
use crate::tui::view::annotations::{Known, Spans, height};
use crate::tui::view::decoder::layers;
use crate::tui::widget::travel;
use crate::tui::worker::{KeptSpan, LedgerWork, Work};
use std::sync::Arc;

/// Asks for the spans of the case that is shown.
pub(in crate::tui) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(case) = state.case.clone() else { return Vec::new() };
    state.spans.known = Known::Asked;
    vec![Effect::Work(Work::Ledger(LedgerWork::Spans(case)))]
}

/// Takes in the spans of the package on the screen.
pub(in crate::tui) fn arrived(state: &mut State, case: &Case, result: Result<Vec<KeptSpan>, String>) -> Vec<Effect> {
    // Places in a case that is no longer shown would point at other texts.
    if !state.case.as_ref().is_some_and(|shown| Arc::ptr_eq(&shown.sequence, &case.sequence)) {
        return Vec::new();
    }
    state.deciding.marking = false;
    let first = state.spans.known == Known::Asked;
    let mut effects = Vec::new();
    match result {
        Ok(list) => {
            state.spans.take(list);
            let (lost, count) = (state.spans.lost(), state.spans.count());
            let again = state.spans.decoded_by_hand();
            if first && !again.is_empty() && !state.spans.redone {
                // What an analyst decoded last time is decoded again; should that fail, the next look says so.
                state.spans.redone = true;
                effects = layers::change(state, layers::Change::Redo(again));
            } else if first && lost > 0 {
                let key = state.key(Action::Spans);
                state.complain(&format!("{lost} of {count} marked spans were not found again: {key} tells why."));
            }
        }
        Err(why) => {
            // Told at once: whoever labels must know beforehand that nothing can be recorded.
            if first {
                state.complain(&why);
            }
            state.spans.known = Known::No(crate::text::escape(&why).into_owned());
        }
    }
    follow(state);
    effects
}

/// Whether the label that was just given has no evidence, if it is one that must have some.
pub(in crate::tui) fn lacking(state: &mut State) -> bool {
    std::mem::take(&mut state.spans.wanting) && state.spans.known == Known::Yes && state.spans.count() == 0
}

/// Says after a label that it has no evidence.
pub(in crate::tui) fn wanted(state: &mut State) {
    let key = state.key(Action::Mark);
    state.say(format!("Recorded: malicious, without evidence for a report: {key} marks the selected step."));
}

/// What an action does in the list; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::in_list(action, height(state)) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom => {}
        Action::Spans | Action::Cancel => state.leave_view(),
        Action::Open => open(state),
        Action::Unmark => return Some(unmark(state)),
        // What is taken back is what the list shows.
        Action::Undo => {
            let Some(sha256) = state.package().map(|package| package.sha256.clone()) else { return Some(Vec::new()) };
            return Some(vec![state.work(Work::Ledger(LedgerWork::Undo { spans_of: Some(sha256) }))]);
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn step(state: &mut State, by: isize) {
    let last = state.spans.count().saturating_sub(1);
    state.spans.selected = state.spans.selected.saturating_add_signed(by).min(last);
    follow(state);
    preview(state);
}

/// Scrolls so that the selected span is on the screen.
pub(in crate::tui) fn follow(state: &mut State) {
    let height = height(state);
    let Spans { top, selected, list, .. } = &mut state.spans;
    *top = crate::tui::state::follow(*top, *selected, list.len(), height);
}

/// The selected span in the source beside the list, where there is room for it.
pub(in crate::tui) fn preview(state: &mut State) {
    if let Some(place) = state.spans.selected().and_then(|span| span.anchor.place()) {
        state.show_place((place.doc, Some(place.span)));
    }
}

fn open(state: &mut State) {
    let Some(span) = state.spans.selected() else { return state.say("Nothing is marked yet.") };
    match span.anchor {
        crate::ledger::Anchor::Lost(why) => state.complain(&format!("Not found again: {why}.")),
        anchor => {
            if let Some(place) = anchor.place() {
                state.go((place.doc, Some(place.span)));
            }
        }
    }
}

fn unmark(state: &mut State) -> Vec<Effect> {
    let Some(span) = state.spans.selected() else {
        state.say("There is nothing to remove.");
        return Vec::new();
    };
    if !span.own {
        let who = span.actor.clone();
        state.say(format!("{who} marked it, and nobody else removes it."));
        return Vec::new();
    }
    let event = span.event;
    vec![state.work(Work::Ledger(LedgerWork::Unmark(event)))]
}

/// A click on a row selects it; on the selected row it goes there.
pub(in crate::tui) fn click(state: &mut State, row: usize) {
    let clicked = state.spans.top + row;
    if clicked >= state.spans.count() {
        return;
    }
    if state.spans.selected == clicked {
        open(state);
    } else {
        state.spans.selected = clicked;
        preview(state);
    }
}

/// The wheel.
pub(in crate::tui) fn wheel(state: &mut State, by: isize) {
    let most = state.spans.count().saturating_sub(height(state));
    state.spans.top = state.spans.top.saturating_add_signed(by).min(most);
}
