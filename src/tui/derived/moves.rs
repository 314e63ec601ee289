//! Where layers and steps of one reading of a package stand in another.

use std::collections::{HashMap, VecDeque};

use crate::behavior::Sequence;
use crate::syntax::Doc;

use super::Goal;

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
