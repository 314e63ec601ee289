//! What leaves the state and is so large that freeing it takes longer than a frame: a worker does.

use std::any::Any;
use std::sync::Arc;

use super::super::worker::{Discarded, Work};
use super::shown::Shown;
use super::{Effect, State};

/// What may be large: cases, and what was made of them.
pub(super) fn large(state: &State) -> Vec<Discarded> {
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
pub(super) fn gone(before: Vec<Discarded>) -> impl Iterator<Item = Effect> {
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
