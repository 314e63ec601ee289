//! The case on the screen, as a worker gets it.

use std::sync::Arc;

pub use crate::tui::derived::shown::Shown;
use crate::tui::state::State;

impl State {
    /// The case on the screen, to be handed to a worker or kept.
    pub(in crate::tui) fn shown(&self) -> Option<Shown> {
        let case = Arc::clone(self.case.as_ref()?);
        let (docs, order, spoken) = (self.docs.clone(), self.walk.order(), Arc::clone(&self.spoken));
        Some(Shown { case, docs, order, spoken, moves: None })
    }
}
