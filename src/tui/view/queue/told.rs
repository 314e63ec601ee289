//! What the queue's workers answer.

use std::sync::Arc;

use crate::config::Action;
use crate::ledger::Queued;
use crate::queue::{Item, Next};

use crate::tui::state::{Effect, Stage, State};
use crate::tui::view::View;
use crate::tui::view::queue::begin::{begin, begin_ready};
use crate::tui::view::queue::{Ahead, KEPT_BYTES, advance, key, list, table};
use crate::tui::worker::{AheadWork, Ask, Ready, Ticket, Told, Work};

/// Takes in what the queue answers.
pub(in crate::tui) fn told(state: &mut State, told: Told) -> Vec<Effect> {
    match told {
        Told::Listed { listing, background } => {
            if background.is_some() && background == state.queue.surveying {
                state.queue.surveying = None;
            }
            if let Err(why) = &listing {
                state.complain(why);
                state.queue.stopped |= background.is_some();
            }
            // A list that is known is worth more than none.
            state.start.no_ledger = false;
            if listing.is_ok() || state.queue.list().is_none() {
                state.queue.listing = Some(listing);
            }
            table::fill(state);
            Vec::new()
        }
        Told::NoLedger => {
            state.start.no_ledger = true;
            Vec::new()
        }
        Told::Stopped(why) => {
            state.queue.surveying = None;
            state.queue.stopped = true;
            state.complain(&format!("Nothing more is read in the background: {why}"));
            Vec::new()
        }
        Told::Next { ticket, next } => {
            let fetched = ticket == state.queue.fetched;
            if !fetched && ticket != state.queue.asked {
                return Vec::new();
            }
            match next {
                // It was asked for before the label of its copy was written.
                Ok(Next::Given(item, _))
                    if fetched && state.queue.is_waiting() && state.queue.is_labelled(&item.sha256) =>
                {
                    again(state)
                }
                Ok(Next::Given(item, queued)) => given(state, *item, queued),
                Ok(Next::End { all, passed, held }) => {
                    state.queue.ahead = Ahead::End;
                    match state.queue.waiting {
                        None => Vec::new(),
                        // It was asked for with what was known then: asked again, the end knows all that was passed over.
                        Some(way) if fetched => advance(state, way),
                        Some(_) => end(state, all, passed, held),
                    }
                }
                Err(why) => refused(state, &why),
            }
        }
        Told::Opened { ticket, .. } if ticket != state.queue.asked => Vec::new(),
        Told::Opened { item, .. } => match item {
            Ok(Some(found)) => {
                let (item, mut queued) = *found;
                // Who returns to a package has not picked it.
                let before = state.queue.behind.iter().find(|handed| handed.number == item.number);
                if let Some(before) = before {
                    queued.clone_from(&before.queued);
                }
                given(state, item, queued)
            }
            Ok(None) => {
                state.queue.waiting = None;
                state.queue.returned = None;
                state.complain("Another workbench has this package, or it is no longer in the queue.");
                vec![list(state)]
            }
            Err(why) => refused(state, &why),
        },
    }
}

/// The queue cannot be used: without a package on the screen there is nothing to stay for.
pub(super) fn refused(state: &mut State, why: &str) -> Vec<Effect> {
    state.queue.waiting = None;
    state.queue.ahead = Ahead::End;
    if state.package().is_none() && state.queue.current.is_none() && state.stage == Stage::Opening {
        state.quit = Some(Err(why.to_owned()));
    }
    state.complain(why);
    Vec::new()
}

/// A package is ours: shown where one waits for it, else made ready.
pub(super) fn given(state: &mut State, item: Item, queued: Queued) -> Vec<Effect> {
    let ready = state.queue.kept(item.number);
    let waiting = state.queue.waiting.is_some();
    match (ready, waiting) {
        (Some(ready), true) => begin_ready(state, Ready { queued, ..ready }),
        (None, true) => begin(state, &item, queued),
        (Some(ready), false) => {
            state.queue.ahead = Ahead::Ready(Box::new(Ready { queued, ..ready }));
            Vec::new()
        }
        (None, false) => {
            state.queue.ahead = Ahead::Reading;
            let judge = state.judge.clone().and_then(Result::ok);
            let ticket = state.queue.fetched.renew();
            vec![state.work(Work::Ahead(Box::new(AheadWork { ticket, item, queued, judge })))]
        }
    }
}

/// The package after this one was read.
pub(in crate::tui) fn ahead(
    state: &mut State,
    ticket: Ticket,
    number: i64,
    ready: Result<Box<Ready>, String>,
) -> Vec<Effect> {
    if ticket != state.queue.fetched {
        return Vec::new();
    }
    match ready {
        Ok(ready) => {
            let mut effects = Vec::new();
            if !ready.model.is_empty() {
                let (read, model) = (Ok(Arc::clone(&ready.shown.case)), ready.model.clone());
                effects.push(state.work(Work::Queue(Ask::Read { number, read, model, background: false })));
            }
            if state.queue.is_waiting() && state.queue.is_labelled(&ready.shown.case.package.sha256) {
                effects.extend(again(state));
            } else if state.queue.is_waiting() {
                state.queue.ahead = Ahead::Unasked;
                effects.extend(begin_ready(state, *ready));
            } else if ready.bytes() > KEPT_BYTES {
                // Too large to be held beside the one on the screen: it is opened again when its turn comes.
                state.queue.ahead = Ahead::End;
            } else {
                state.queue.ahead = Ahead::Ready(ready);
            }
            effects
        }
        // It is noted, stands in the list with the reason, and another one is asked for.
        Err(why) => {
            let note = Ask::Read { number, read: Err(why), model: String::new(), background: false };
            let mut effects = vec![state.work(Work::Queue(note))];
            effects.extend(again(state));
            effects
        }
    }
}

/// Another package is to come after this one.
fn again(state: &mut State) -> Vec<Effect> {
    state.queue.ahead = Ahead::Unasked;
    state.queue.waiting.map(|way| advance(state, way)).unwrap_or_default()
}

/// Nothing is left: the list comes up and says what there is.
pub(super) fn end(state: &mut State, all: usize, passed: usize, held: usize) -> Vec<Effect> {
    let note = state.queue.note.take().map(|note| format!("{note} ")).unwrap_or_default();
    state.queue.waiting = None;
    if state.stage == Stage::Opening && state.package().is_none() {
        state.stage = Stage::Done;
    }
    let with = if held > 0 { format!(" {held} with other workbenches.") } else { String::new() };
    if all == 0 {
        state.say("The queue is empty. Put packages into it: cerebro queue add PATH...");
    } else if passed > 0 {
        // They come again, the one on the screen last of all.
        state.queue.passed.clear();
        state.queue.begun_again = true;
        state.queue.ahead = Ahead::Unasked;
        let next = key(state, Action::NextPackage);
        state.say(format!(
            "{note}End of the queue.{with} {passed} passed over without a label: {next} begins with them."
        ));
    } else {
        state.say(format!("{note}End of the queue: nothing waits without a label.{with}"));
    }
    state.open_view(View::Queue);
    vec![list(state)]
}
