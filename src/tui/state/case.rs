//! The analysis of a package comes onto the screen: what was read, then what the model says of it.

use std::sync::Arc;

use crate::case::Case;
use crate::tui::state::renumber::renumber;
use crate::tui::state::shown::Shown;
use crate::tui::state::{Effect, Pane, Stage, State, explained, resume};
use crate::tui::view::code::update;
use crate::tui::view::decoder::layers;
use crate::tui::view::{View, annotations, card, diff, explain, indicators};
use crate::tui::worker::Work;

/// Shows a sequence.
pub(in crate::tui) fn read(state: &mut State, shown: Shown) {
    take_case(state, shown);
    if state.results.walked {
        // Who walks matches stays with the one on the screen.
    } else if state.steps.step().is_some() {
        update::from_steps(state);
    } else {
        state.focus = Pane::Files;
        state.fit();
    }
    state.follow();
    if state.view == View::Card {
        card::begin(state);
    }
    resume::restore(state);
}

fn take_case(state: &mut State, Shown { case, docs, order, spoken, .. }: Shown) {
    state.card.again();
    // One that was judged before it came onto the screen.
    let case = match case.verdict.is_some() && state.seals() {
        true => Arc::new(Case { verdict: None, ..Case::clone(&case) }),
        false => case,
    };
    state.docs = docs;
    state.case = Some(case);
    state.spoken = spoken;
    state.files.build(&state.docs);
    state.list_steps();
    state.walk.take(order);
    state.hide();
    indicators::list(state);
}

/// Shows a verdict, or keeps it until the package is decided.
pub(in crate::tui) fn judged(state: &mut State, shown: Shown) -> Vec<Effect> {
    if state.seals() {
        state.deciding.sealed = Some(Box::new(shown));
        return Vec::new();
    }
    let mut effects = Vec::new();
    let old = state.case.clone();
    let same = old.as_ref().is_some_and(|old| Arc::ptr_eq(&old.sequence, &shown.case.sequence));
    // Layers were decoded by hand while the model read: the steps it read are the same.
    let layered = old.filter(|old| !same && old.by_hand() > 0);
    if same {
        (state.case, state.spoken) = (Some(shown.case), shown.spoken);
    } else if let Some(old) = layered.as_ref().filter(|old| old.reading == shown.case.reading) {
        let (verdict, timing, text) = (shown.case.verdict.clone(), shown.case.timing, Arc::clone(&shown.case.text));
        state.case = Some(Arc::new(Case { verdict, timing, text, ..Case::clone(old) }));
        state.spoken = shown.spoken;
    } else {
        // The model reads packages another way, so it has found other steps and layers.
        explained::forget(state);
        let moves = shown.moves.clone().unwrap_or_default();
        effects.extend(renumber(state, &moves, |state| take_case(state, shown)));
        if state.steps.step().is_none() {
            update::from_steps(state);
        }
        effects.extend(annotations::ask(state));
        effects.extend(layered.map(|old| layers::change(state, layers::Change::Carry(old))).unwrap_or_default());
        resume::restore(state);
    }
    state.tokens.reset();
    state.compare.forget();
    effects.extend(explained::show(state));
    effects.extend(explain::fill(state));
    effects.extend(diff::ask::begin(state));
    effects.extend(diff::ask::judge(state));
    state.fit();
    if let Some(step) = state.steps.step() {
        state.tokens.select_step(&state.spoken, step);
        state.follow();
    }
    effects
}

/// Lets the model read as soon as both it and the sequence are there.
pub(in crate::tui) fn judge(state: &mut State) -> Vec<Effect> {
    let Some(shown) = state.shown().map(Box::new) else { return Vec::new() };
    match state.judge.clone() {
        None => state.stage = Stage::Loading,
        Some(Err(_)) => state.stage = Stage::Done,
        Some(Ok(judge)) => {
            state.stage = Stage::Judging;
            let ticket = state.judging.renew();
            return vec![Effect::Work(Work::Judge { ticket, judge, shown })];
        }
    }
    Vec::new()
}
