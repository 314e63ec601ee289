//! What leaves the state and is so large that freeing it takes longer than a frame: a worker does.

use std::any::Any;
use std::sync::Arc;

use crate::tui::state::shown::Shown;
use crate::tui::state::{Effect, State};
use crate::tui::worker::{Discarded, Work};

/// What may be large: cases, and what was made of them.
pub(in crate::tui) fn large(state: &State) -> Vec<Discarded> {
    let mut all: Vec<Discarded> =
        vec![state.docs.large(), state.walk.order(), any(&state.spoken), any(&state.tokens.layout)];
    all.extend(state.case.iter().map(any));
    all.extend(state.explanation.iter().map(any));
    all.extend(state.compare.beside.iter().map(any));
    all.extend(state.diff.found.iter().flat_map(|found| [any(&found.diff), any(&found.old)]));
    all.extend(state.queue.list().map(any));
    all.extend(state.queue.held().flat_map(parts));
    all
}

/// Has freed what only we hold now.
pub(in crate::tui) fn gone(before: Vec<Discarded>) -> impl Iterator<Item = Effect> {
    // One after the other: what stands here twice is ours alone only when it comes up the second time.
    let gone = before.into_iter().filter(|large| Arc::strong_count(large) == 1);
    gone.map(|large| Effect::Work(Work::Discard(large)))
}

fn parts(shown: &Shown) -> [Discarded; 4] {
    let Shown { case, docs, order, spoken, moves: _ } = shown;
    [any(case), docs.large(), any(order), any(spoken)]
}

fn any<T: Any + Send + Sync>(large: &Arc<T>) -> Discarded {
    Arc::clone(large) as Discarded
}
