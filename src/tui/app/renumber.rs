//! New numbers for documents and steps: a layer was removed, or a model that reads the package in another way has found other
//! layers and steps. Whatever holds such a number passes through here.

use std::collections::{HashMap, VecDeque};

use crate::behavior::Sequence;
use crate::syntax::Doc;

use super::pages::Goal;
use super::prompt::Prompt;
use super::view::View;
use super::{Effect, Overlay, State, finder, results, shaped};

/// Where layers and steps stand now.
#[derive(Debug, Default)]
pub struct Moves {
    /// By a layer's index before; `None` where it is gone. A layer beyond has come since, and is not in the new numbers.
    layers: Vec<Option<usize>>,
    /// The same of the steps; `None` where all of them are as they were.
    steps: Option<Vec<Option<usize>>>,
}

impl Moves {
    /// Layers moved, the steps are as they were.
    #[must_use]
    pub fn of_layers(layers: Vec<Option<usize>>) -> Self {
        Self { layers, steps: None }
    }

    /// Finds the layers of one sequence in another one of the same package.
    #[must_use]
    pub fn layers_between(old: &Sequence, new: &Sequence) -> Self {
        let mut known: HashMap<_, usize> = HashMap::new();
        for (index, layer) in new.layers.iter().enumerate() {
            known.entry((layer.parent, layer.span, layer.sha256.as_str())).or_insert(index);
        }
        let mut moves = Self::default();
        for layer in &old.layers {
            // Layers come after their parents.
            let parent = moves.doc(layer.parent);
            let now = parent.and_then(|parent| known.get(&(parent, layer.span, layer.sha256.as_str())));
            moves.layers.push(now.copied());
        }
        moves
    }

    /// Finds the layers and steps of one sequence in another one of the same package. Of steps that are alike, the first is the
    /// first. Takes longer than a frame where there are many, so a worker calls it.
    #[must_use]
    pub fn between(old: &Sequence, new: &Sequence) -> Self {
        let mut moves = Self::layers_between(old, new);
        let mut known: HashMap<_, VecDeque<usize>> = HashMap::new();
        for (index, step) in new.steps.iter().enumerate() {
            known.entry((step.doc, step.span, step.feature, step.detail.as_str())).or_default().push_back(index);
        }
        let steps = old.steps.iter().map(|step| {
            let key = (moves.doc(step.doc)?, step.span, step.feature, step.detail.as_str());
            known.get_mut(&key)?.pop_front()
        });
        moves.steps = Some(steps.collect());
        moves
    }

    /// A document's new number.
    #[must_use]
    pub fn doc(&self, doc: Doc) -> Option<Doc> {
        match doc {
            Doc::File(_) => Some(doc),
            Doc::Layer(layer) => self.layers.get(layer).copied().flatten().map(Doc::Layer),
        }
    }

    /// A place under its document's new number.
    #[must_use]
    pub fn goal(&self, (doc, span): Goal) -> Option<Goal> {
        Some((self.doc(doc)?, span))
    }

    /// A step's new number.
    #[must_use]
    pub fn step(&self, step: usize) -> Option<usize> {
        match &self.steps {
            Some(steps) => steps.get(step).copied().flatten(),
            None => Some(step),
        }
    }

    /// Whether steps have other numbers.
    #[must_use]
    pub fn steps_moved(&self) -> bool {
        self.steps.is_some()
    }
}

/// Gives everything that names a document or step by its number the new one, or lets it forget; then takes the new case in.
pub(super) fn renumber(state: &mut State, moves: &Moves, take: impl FnOnce(&mut State)) -> Vec<Effect> {
    let effects = results::renumber(state, moves);
    shaped::renumber(state, moves);
    forget_numbers(state, moves);
    take(state);
    if state.viewer.doc.is_none() {
        state.follow_files();
    }
    if state.view == View::Lab && state.lab.is_none() {
        if let Some(Overlay::Prompt(Prompt::Decoder(_))) = state.overlay {
            state.overlay = None;
        }
        state.leave_lab();
        state.say("The lab is closed: the text that its bytes stand in is gone.");
    }
    let again = finder::again(state);
    effects.into_iter().chain(again).collect()
}

fn forget_numbers(state: &mut State, moves: &Moves) {
    // Every field by its name: who adds one says here whether such numbers are in it.
    let State {
        viewer,
        trail,
        files,
        steps,
        lab,
        overlay,
        search,
        spans,
        walk,
        card,
        diff,
        guide,
        // They may have to show another text, or to stop a search: both are done already.
        shapes: _,
        results: _,
        // What was asked with the old numbers is answered with them.
        painting,
        naming,
        measuring,
        asked,
        // Nothing of these is looked at before the new case has taken their place.
        docs: _,
        case: _,
        spoken: _,
        tokens: _,
        heat: _,
        explanation: _,
        compare: _,
        indicators: _,
        report: _,
        // The queue holds cases with numbers of their own.
        queue: _,
        // Changes to the layers that are under way are made again when their answer comes.
        decoding: _,
        // Paths and hashes.
        left: _,
        file: _,
        start: _,
        // The rest has to do with neither.
        config: _,
        look: _,
        look_guessed: _,
        size: _,
        view: _,
        focus: _,
        right: _,
        zoom: _,
        path: _,
        stage: _,
        failed: _,
        elapsed: _,
        judge: _,
        explaining,
        spot: _,
        asked_before: _,
        selecting: _,
        drag: _,
        notice: _,
        label: _,
        labelling: _,
        mouse: _,
        hidden: _,
        quit: _,
        signal: _,
        dirty: _,
        touched: _,
        started: _,
        opening: _,
        judging: _,
        reloading: _,
        working: _,
    } = state;
    viewer.renumber(moves);
    trail.renumber(moves);
    files.renumber(moves);
    steps.renumber(moves);
    spans.renumber(moves);
    walk.renumber(moves);
    card.renumber(moves);
    diff.renumber(moves);
    if let Some(guide) = guide {
        guide.renumber(moves);
    }
    search.forget();
    painting.forget();
    for ticket in [naming, measuring] {
        ticket.renew();
    }
    if moves.steps_moved() {
        asked.renew();
        *explaining = false;
    }
    match overlay {
        Some(Overlay::Places(places)) => places.renumber(moves),
        Some(Overlay::Prompt(prompt)) => prompt.renumber(moves),
        // Made anew of the state whenever they are drawn.
        Some(Overlay::Details(_) | Overlay::Help(_)) | None => {}
    }
    *lab = lab.take().and_then(|lab| lab.renumbered(moves));
}
