//! One package goes, another one comes.

use std::time::Instant;

use crate::config::Action;
use crate::ledger::Queued;
use crate::queue::Item;
use crate::text::escape;

use crate::tui::state::case;
use crate::tui::state::shown::Shown;
use crate::tui::state::{Effect, Stage, State};
use crate::tui::view::View;
use crate::tui::view::annotations;
use crate::tui::view::queue::{Handed, Way, key, list};
use crate::tui::worker::{Ask, LedgerWork, Ready, ResumeWork, Work};

/// Puts the package on the screen away: what it was is kept to return to, and logged if it was passed over.
pub(in crate::tui) fn leave(state: &mut State, path: &str) -> Vec<Effect> {
    let way = state.queue.waiting.take();
    let mut effects = Vec::new();
    if let Some(current) = state.queue.current.take() {
        if let Some(shown) = state.shown() {
            if way == Some(Way::Pass) {
                let (sha256, queued) = (shown.case.package.sha256.clone(), current.queued.clone());
                effects.push(state.work(Work::Queue(Ask::Passed { sha256, queued })));
            }
            keep(state, &current, shown);
        }
        if way != Some(Way::Back) {
            state.queue.behind.push(current);
        }
    }
    // Who has opened the table meanwhile stays there.
    let view = (way == Some(Way::Done) && state.view == View::Queue).then_some(state.view);
    effects.extend(state.keep_place());
    state.leave(path);
    if let Some(view) = view {
        state.view = view;
        state.fit();
    }
    state.queue.begun_again = false;
    effects
}

fn keep(state: &mut State, current: &Handed, shown: Shown) {
    let listed = state.queue.list().and_then(|listing| listing.at(listing.row_of(current.number)?));
    let Some(item) = listed.map(|(_, item, _)| item.clone()) else { return };
    let model = match &state.judge {
        Some(Ok(judge)) if shown.case.verdict.is_some() => judge.hash.clone(),
        _ => String::new(),
    };
    let (queued, hidden) = (current.queued.clone(), state.hidden);
    state.queue.keep(Ready { item, queued, shown, hidden, model });
}

/// Begins with a package that has to be opened.
pub(super) fn begin(state: &mut State, item: &Item, queued: Queued) -> Vec<Effect> {
    let mut effects = leave(state, &item.path.to_string_lossy());
    state.file = Some(item.path.clone());
    effects.extend(hand(state, Handed::new(item, queued)));
    let ticket = state.opening.renew();
    effects.push(Effect::Work(Work::Open { ticket, path: item.path.clone() }));
    effects
}

/// Begins with a package that is ready: it is on the screen with the next frame.
pub(super) fn begin_ready(state: &mut State, ready: Ready) -> Vec<Effect> {
    let mut effects = leave(state, &ready.item.path.to_string_lossy());
    state.file = Some(ready.item.path.clone());
    effects.extend(hand(state, Handed::new(&ready.item, ready.queued)));
    // Nothing is being opened, and what was is stale.
    state.opening.renew();
    state.hidden = ready.hidden;
    let sha256 = ready.shown.case.package.sha256.clone();
    effects.push(state.work(Work::Ledger(LedgerWork::State(sha256.clone()))));
    effects.push(state.work(Work::Resume(ResumeWork::Find(sha256))));
    let judged = match &state.judge {
        Some(Ok(judge)) => judge.hash == ready.model,
        _ => false,
    };
    case::read(state, ready.shown.clone());
    effects.extend(annotations::ask(state));
    if judged {
        state.stage = Stage::Done;
        effects.extend(case::judged(state, ready.shown));
    } else {
        effects.extend(case::judge(state));
    }
    effects
}

fn hand(state: &mut State, handed: Handed) -> Vec<Effect> {
    if let Some(returned) = state.queue.returned.take() {
        state.say(returned);
    }
    let note = state.queue.note.take();
    let key = key(state, Action::Undo);
    if let Some(note) = note {
        // Of a label without evidence the note itself says how to return.
        let said = state.queue.offer.as_ref().is_some_and(|offer| offer.lacking);
        let back = if said { String::new() } else { format!(" {key} takes it back and returns.") };
        state.say(format!("{note} Next: {}.{back}", handed.title));
    }
    if state.queue.behind.last().is_some_and(|behind| behind.number == handed.number) {
        state.queue.behind.pop();
    }
    state.queue.current = Some(handed);
    state.queue.since = Instant::now();
    state.queue.told_minutes = 0;
    vec![list(state)]
}

/// The package on the screen cannot be opened. Whether it came from the queue, which goes on.
pub(in crate::tui) fn failed(state: &mut State, why: &str) -> Option<Vec<Effect>> {
    let current = state.queue.current.clone()?;
    state.stage = Stage::Done;
    state.failed = Some(escape(why).into_owned());
    let next = key(state, Action::NextPackage);
    state.complain(&format!("{} cannot be read; {next} goes on.", current.title));
    let note = Ask::Read { number: current.number, read: Err(why.to_owned()), model: String::new(), background: false };
    Some(vec![state.work(Work::Queue(note))])
}
