//! A case made ready for the screen. Whoever makes a case is a worker, and makes this of it before it answers: with many steps
//! it takes longer than a frame.

use std::sync::Arc;

use crate::case::Case;

use super::docs::Docs;
use super::heat::Heat;
use super::judgement;
use super::moves::Moves;
use super::order::Order;
use super::spoken::Spoken;

/// A case with what is looked up in it. A copy shares everything.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The analysis.
    pub case: Arc<Case>,
    /// Its files and texts.
    pub docs: Docs,
    /// Its evidence in order of weight.
    pub order: Arc<Order>,
    /// What speaks for its steps.
    pub spoken: Arc<Spoken>,
    /// Where layers and steps stand now, where it was read in another way than the case that it takes the place of.
    pub moves: Option<Arc<Moves>>,
}

impl Shown {
    /// Looks through a case.
    #[must_use]
    pub fn new(case: Case) -> Self {
        let docs = Docs::new(Arc::clone(&case.package), Arc::clone(&case.sequence));
        let order = Arc::new(Order::new(&case, &Heat::default()));
        let spoken = Arc::new(spoken(&case));
        Self { case: Arc::new(case), docs, order, spoken, moves: None }
    }

    /// The same after a model has read it, which may have read the package in another way.
    #[must_use]
    pub fn judged(&self, case: Case) -> Self {
        if Arc::ptr_eq(&self.case.sequence, &case.sequence) {
            let (docs, order, spoken) = (self.docs.clone(), Arc::clone(&self.order), Arc::new(spoken(&case)));
            return Self { case: Arc::new(case), docs, order, spoken, moves: None };
        }
        let moves = Some(Arc::new(Moves::between(&self.case.sequence, &case.sequence)));
        Self { moves, ..Self::new(case) }
    }
}

fn spoken(case: &Case) -> Spoken {
    Spoken::new(&case.text, judgement(Some(case)), case.sequence.steps.len())
}
