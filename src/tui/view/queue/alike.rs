//! The same label for several packages, near-duplicates or those selected in the table: each is read and logged by itself, and each
//! is taken back by itself.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::Case;
use crate::config::Action;
use crate::ledger::{Label, Queued, Why};
use crate::queue::Item;
use crate::text::many;

use crate::tui::state::{Effect, State};
use crate::tui::view::queue::{Alike, Offer, Way, advance, list};
use crate::tui::worker::{Decision, LedgerWork, Work, word};

/// Gives the near-duplicates of the package that was labelled last the same label: each is read and logged by itself.
pub(in crate::tui) fn label_alike(state: &mut State) -> Vec<Effect> {
    let (Some(offer), None) = (state.queue.offer.clone(), &state.queue.alike) else {
        state.say("Label a package of the queue first: its near-duplicates can then have the same label.");
        return Vec::new();
    };
    let Some(listing) = state.queue.list().cloned() else { return Vec::new() };
    let free = |item: &&Item| listing.holder(item.number).is_none() && item.sha256 != offer.sha256;
    let items: Vec<(i64, PathBuf)> =
        listing.alike(offer.number).into_iter().filter(free).map(|item| (item.number, item.path.clone())).collect();
    if items.is_empty() {
        state.say("It has no near-duplicates without a label.");
        return Vec::new();
    }
    let Offer { sha256, label, .. } = offer;
    begin(state, items, Alike::of(label, Some(sha256)))
}

/// Gives the packages that are selected in the table a label.
pub(in crate::tui) fn label_selected(state: &mut State, label: Label) -> Vec<Effect> {
    if state.queue.alike.is_some() {
        state.say("Wait until those before have their label.");
        return Vec::new();
    }
    let Some(listing) = state.queue.list().cloned() else { return Vec::new() };
    let marked = &state.queue.table.marked;
    let free = |item: &&Item| marked.contains(&item.number) && listing.holder(item.number).is_none();
    let items: Vec<(i64, PathBuf)> =
        listing.items.iter().filter(free).map(|item| (item.number, item.path.clone())).collect();
    // Nobody has looked at each of them: a heavy word is said twice.
    if label == Label::Malicious && state.queue.table.asked != Some(items.len()) {
        state.queue.table.asked = Some(items.len());
        let key = state.key(Action::LabelMalicious);
        state.say(format!("{key} again labels {} malicious.", many(items.len(), "package", "packages")));
        return Vec::new();
    }
    state.queue.table.asked = None;
    if items.is_empty() {
        state.say("Other workbenches have what is selected.");
        return Vec::new();
    }
    begin(state, items, Alike::of(label, None))
}

fn begin(state: &mut State, items: Vec<(i64, PathBuf)>, alike: Alike) -> Vec<Effect> {
    let all = items.len();
    state.say(format!("Labelling {all} {} {}…", alike.noun(), word(alike.label)));
    state.queue.alike = Some(Alike { all, ..alike });
    state.working += all;
    vec![Effect::Work(Work::Alike { items })]
}

/// One of them was read: it is labelled, or stays as it is where it cannot be read.
pub(in crate::tui) fn alike(state: &mut State, read: Result<Arc<Case>, String>) -> Vec<Effect> {
    let (order, Some(alike)) = (state.queue.order, &state.queue.alike) else { return Vec::new() };
    let (label, like) = (alike.label, alike.like.clone());
    match read {
        Ok(case) => {
            let why = if like.is_some() { Why::Alike } else { Why::Chosen };
            let queued = Some(Queued { order, why, like });
            let decision = Box::new(Decision { queued, several: true, ..Decision::new(label) });
            // The tool's answer on it was not on the screen, so none is recorded.
            vec![state.work(Work::Ledger(LedgerWork::Label { case, decision }))]
        }
        Err(_) => counted(state, false),
    }
}

/// One more of them has the label, or cannot have it.
pub(super) fn counted(state: &mut State, labelled: bool) -> Vec<Effect> {
    let Some(alike) = &mut state.queue.alike else { return Vec::new() };
    alike.answered += 1;
    alike.labelled += usize::from(labelled);
    let (all, answered, labelled, noun) = (alike.all, alike.answered, alike.labelled, alike.noun());
    let (label, selected) = (alike.label, alike.like.is_none());
    let not = match answered - labelled {
        0 => String::new(),
        failed => format!(" {failed} cannot be read and have none."),
    };
    let said = format!("Recorded for {labelled} of {all} {noun}: {}.{not}", word(label));
    if answered < all {
        state.say(said);
        return Vec::new();
    }
    state.queue.alike = None;
    state.queue.offer = None;
    if selected {
        let key = state.key(Action::Undo);
        state.say(format!("{said} {key} takes them back while they are selected."));
        // The one made ready may be one of them.
        state.queue.forget_ahead();
        state.queue.kept.clear();
        return vec![list(state)];
    }
    // The package that comes next may be one of them.
    state.queue.forget_ahead();
    state.queue.kept.clear();
    if state.label.is_some() && state.queue.current.is_some() {
        state.queue.note = Some(said);
        return advance(state, Way::Done);
    }
    state.say(said);
    vec![list(state)]
}

/// The ledger cannot be written: whatever is still to come is not labelled.
pub(super) fn stop(state: &mut State) {
    state.queue.alike = None;
}
