//! Working through the queue: which package is on the screen, which one comes next, what is read meanwhile.
//!
//! ```text
//! label, } --> advance --> the package made ready --> shown at once
//!                    \--> asked of the ledger --> opened, read, judged
//! nothing runs --> idle --> the next one is asked for and made ready --> then the others are read, one at a time
//! ```
//!
//! What the ledger gives out is leased to this workbench: the package on the screen and the one made ready.

use std::sync::Arc;

use crate::config::{Action, Context};
use crate::ledger::Label;
use crate::queue::Listing;

use crate::tui::layout::WIDE;
use crate::tui::state::{Effect, Stage, State, copy};
use crate::tui::view::View;
use crate::tui::view::code;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use crate::tui::worker::{Ask, EXTRACTOR, Work, Written, word};

mod alike;
mod batch;
mod begin;
pub mod draw;
pub mod table;
mod told;

pub(in crate::tui) use alike::{alike, label_alike, label_selected};
pub use batch::{Batch, Handed};
pub(in crate::tui) use begin::{failed, leave};
pub(in crate::tui) use told::{ahead, told};

use batch::{Ahead, Alike, KEPT_BYTES, Offer, Way};

/// The queue as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Queue,
    areas: |areas, room| areas.bordered = room.size.width >= WIDE,
    command: table::perform,
    elsewhere: |state, action| match action {
        Action::Queue => Some(table::show(state)),
        Action::NextPackage => Some(next(state)),
        Action::PreviousPackage => Some(previous(state)),
        Action::LabelAlike => Some(label_alike(state)),
        // In the table alone.
        Action::QueueOrder => Some(Vec::new()),
        _ => None,
    },
    click: |state, at| {
        // Under the border, or the title where there is none.
        let first = state.areas().body.y + 1;
        at.y.checked_sub(first).map_or_else(Vec::new, |row| table::click(state, usize::from(row)))
    },
    wheel: |state, _, by| {
        table::wheel(state, by);
        Vec::new()
    },
    target: contract::nothing_to_mark,
    copy: |state, action| match table::lines_of_marked(state) {
        Some((text, count)) => copy::several(state, action, &text, &count),
        None => code::copy::of_pane(state, action),
    },
    draw: |state, areas, buf| {
        let area = framed(state, areas, &draw::title(state), "", buf);
        draw::draw(state, area, buf);
    },
};

/// To the next package.
pub(in crate::tui) fn next(state: &mut State) -> Vec<Effect> {
    // A label that is on its way to the disk brings the next package by itself.
    if state.queue.is_waiting() || (state.labelling && state.queue.current.is_some()) {
        return Vec::new();
    }
    let mut way = Way::On;
    let begun_again = std::mem::take(&mut state.queue.begun_again);
    if let Some(current) = &state.queue.current
        && state.label.is_none()
    {
        way = Way::Pass;
        let number = current.number;
        // At the end of the queue it was among those that come again.
        if !begun_again && !state.queue.passed.contains(&number) {
            state.queue.passed.push(number);
        }
    }
    advance(state, way)
}

/// To the package that was there before.
pub(in crate::tui) fn previous(state: &mut State) -> Vec<Effect> {
    if state.queue.is_waiting() {
        return Vec::new();
    }
    match state.queue.behind.last().map(|handed| handed.number) {
        Some(number) => go(state, number, Way::Back),
        None => {
            state.say("There is no package before this one.");
            Vec::new()
        }
    }
}

/// To a package of the list.
pub(in crate::tui) fn open(state: &mut State, number: i64) -> Vec<Effect> {
    if state.queue.current.as_ref().is_some_and(|current| current.number == number) {
        state.open_view(View::Card);
        return Vec::new();
    }
    go(state, number, Way::To)
}

fn go(state: &mut State, number: i64, way: Way) -> Vec<Effect> {
    let ticket = state.queue.asked.renew();
    state.queue.waiting = Some(way);
    state.queue.forget_ahead();
    let order = state.queue.order;
    vec![state.work(Work::Queue(Ask::Open { ticket, number, order }))]
}

fn advance(state: &mut State, way: Way) -> Vec<Effect> {
    state.queue.waiting = Some(way);
    if let Ahead::Ready(ready) = &state.queue.ahead
        && state.queue.is_labelled(&ready.shown.case.package.sha256)
    {
        state.queue.forget_ahead();
    }
    match std::mem::take(&mut state.queue.ahead) {
        Ahead::Ready(ready) => begin::begin_ready(state, *ready),
        // It comes by itself.
        ahead @ (Ahead::Asked | Ahead::Reading) => {
            state.queue.ahead = ahead;
            let note = state.queue.note.as_ref().map(|note| format!("{note} ")).unwrap_or_default();
            state.say(format!("{note}The next package is being read…"));
            Vec::new()
        }
        Ahead::Unasked | Ahead::End => {
            let ticket = state.queue.asked.renew();
            let (order, passed) = (state.queue.order, state.queue.passed.clone());
            vec![state.work(Work::Queue(Ask::Next { ticket, order, passed, keep: Vec::new() }))]
        }
    }
}

/// Asks for the list anew.
pub(in crate::tui) fn list(state: &mut State) -> Effect {
    let order = state.queue.order;
    state.work(Work::Queue(Ask::List(order)))
}

/// What is to be done while nothing else runs: the next package, then all others.
pub(in crate::tui) fn idle(state: &mut State) -> Vec<Effect> {
    let used = state.queue.current.is_some() || state.view == View::Queue;
    if state.stage != Stage::Done || !used || state.queue.is_waiting() || state.labelling {
        return Vec::new();
    }
    // Read without a verdict it would have to be read again when the model is there.
    let Some(judge) = state.judge.clone() else { return Vec::new() };
    if let Ahead::Ready(ready) = &state.queue.ahead {
        // What was read meanwhile may have put another one first. The ledger may know better than the list, so it is asked
        // once for each change.
        let first = state.queue.first_waiting();
        if first.is_some() && first != Some(ready.item.number) && first != state.queue.expected {
            state.queue.forget_ahead();
        }
    }
    if let (Some(current), Ahead::Unasked) = (&state.queue.current, &state.queue.ahead) {
        let (keep, order, passed) = (vec![current.number], state.queue.order, state.queue.passed.clone());
        state.queue.expected = state.queue.first_waiting();
        state.queue.ahead = Ahead::Asked;
        let ticket = state.queue.fetched.renew();
        return vec![state.work(Work::Queue(Ask::Next { ticket, order, passed, keep }))];
    }
    let free = state.queue.current.is_none() || matches!(state.queue.ahead, Ahead::Ready(_) | Ahead::End);
    let (Ok(judge), true, None, false) = (judge, free, state.queue.surveying, state.queue.stopped) else {
        return Vec::new();
    };
    let unread = state.queue.list().and_then(|listing| listing.next_unread(&judge.hash, &EXTRACTOR));
    let Some((number, path)) = unread.map(|item| (item.number, item.path.clone())) else { return Vec::new() };
    state.queue.surveying = Some(number);
    vec![state.work(Work::Survey { number, path, judge })]
}

/// The model has read the package on the screen: the list knows it from now on.
pub(in crate::tui) fn judged(state: &mut State) -> Vec<Effect> {
    let (Some(current), Some(case), Some(Ok(judge))) = (&state.queue.current, state.judged_case(), &state.judge) else {
        return Vec::new();
    };
    if case.verdict.is_none() {
        return Vec::new();
    }
    let (number, read, model) = (current.number, Ok(Arc::clone(case)), judge.hash.clone());
    vec![state.work(Work::Queue(Ask::Read { number, read, model, background: false }))]
}

/// Another model reads from now on: what was made ready by the one before it is judged again when it is shown.
pub(in crate::tui) fn reloaded(state: &mut State) {
    state.queue.stopped = false;
}

/// Something was written to the ledger. `lacking` says of a label that it should have evidence and has none.
pub(in crate::tui) fn written(state: &mut State, written: Written, lacking: bool) -> Vec<Effect> {
    match written {
        Written::Nothing => Vec::new(),
        Written::Label { several: true, .. } => alike::counted(state, true),
        Written::Label { sha256, label, .. } => labelled(state, &sha256, label, lacking),
        Written::Undo { sha256 } => undone(state, &sha256),
        Written::Undone => vec![list(state)],
    }
}

/// A label could not be written.
pub(in crate::tui) fn unwritten(state: &mut State) -> Vec<Effect> {
    alike::stop(state);
    Vec::new()
}

/// A label is on the disk. For the package on the screen that means: on to the next one.
fn labelled(state: &mut State, sha256: &str, label: Label, lacking: bool) -> Vec<Effect> {
    let here = state.package().is_some_and(|package| package.sha256 == sha256);
    let current = state.queue.current.as_ref().filter(|_| here).map(|current| current.number);
    let Some(number) = current else {
        return if state.queue.listing.is_some() { vec![list(state)] } else { Vec::new() };
    };
    // A copy of it has the label by now.
    let others = |listing: &Arc<Listing>| listing.alike(number).iter().filter(|item| item.sha256 != sha256).count();
    let alike = state.queue.list().map_or(0, others);
    let mut note = format!("Recorded: {}.", word(label));
    if lacking {
        let (undo, mark) = (key(state, Action::Undo), key(state, Action::Mark));
        note = format!("Recorded: {} without evidence: {undo} returns, {mark} marks it.", word(label));
    }
    if alike > 0 {
        let key = key(state, Action::LabelAlike);
        let these = if alike == 1 { "its near-duplicate".to_owned() } else { format!("its {alike} near-duplicates") };
        note = format!("{note} {key} labels {these} too.");
    }
    state.queue.note = Some(note);
    state.queue.offer = Some(Offer { number, sha256: sha256.to_owned(), label, lacking });
    advance(state, Way::Done)
}

/// A label was taken back: one returns to its package.
fn undone(state: &mut State, sha256: &str) -> Vec<Effect> {
    state.queue.offer = None;
    if matches!(state.queue.ahead, Ahead::End) {
        state.queue.ahead = Ahead::Unasked;
    }
    let here = state.package().is_some_and(|package| package.sha256 == sha256);
    if here && state.queue.waiting == Some(Way::Done) {
        // The label that was to bring the next package no longer stands: one stays.
        state.queue.waiting = None;
        state.queue.note = None;
    }
    let listed = state.queue.list().and_then(|listing| listing.at(listing.row_of_package(sha256)?));
    let number = listed.map(|(_, item, _)| item.number);
    match number {
        // Without a queue on the screen nobody expects another package to come up.
        Some(number) if !here && state.queue.current.is_some() => {
            state.queue.returned = state.notice.take().map(|notice| notice.text);
            go(state, number, Way::To)
        }
        _ if state.queue.listing.is_some() => vec![list(state)],
        _ => Vec::new(),
    }
}

/// The key of an action, as a notice names it.
fn key(state: &State, action: Action) -> String {
    state.config.keys.keys(action).into_iter().next().unwrap_or_default()
}
