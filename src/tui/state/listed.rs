//! What a pane lists.

use std::sync::Arc;

pub use crate::tui::derived::listed::{ListId, Listed};
use crate::tui::state::{Pane, State};

impl State {
    /// What the pane that has the focus lists; `None` for the source.
    pub(in crate::tui) fn listed(&self) -> Option<Listed> {
        match self.focus {
            Pane::Source => None,
            Pane::Files => Some(self.files.listed()),
            Pane::Sequence => Some(Listed::Steps(self.docs.clone(), Arc::clone(&self.steps.rows))),
            Pane::Tokens => Some(Listed::Tokens(Arc::clone(&self.tokens.layout))),
        }
    }
}
