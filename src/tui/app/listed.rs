//! What a pane lists.

use std::sync::Arc;

pub use super::super::derived::listed::{ListId, Listed};
use super::{Pane, State};

impl State {
    /// What the pane that has the focus lists; `None` for the source.
    pub(super) fn listed(&self) -> Option<Listed> {
        match self.focus {
            Pane::Source => None,
            Pane::Files => Some(self.files.listed()),
            Pane::Sequence => Some(Listed::Steps(self.docs.clone(), Arc::clone(&self.steps.rows))),
            Pane::Tokens => Some(Listed::Tokens(Arc::clone(&self.tokens.layout))),
        }
    }
}
