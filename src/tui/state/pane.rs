//! The panes of the code.

use crate::config::Context;

/// A part of the screen that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The file tree.
    Files,
    /// The source.
    Source,
    /// The behavior sequence.
    Sequence,
    /// The tokens, in the place of the sequence.
    Tokens,
}

impl Pane {
    /// The keymap's context.
    #[must_use]
    pub fn context(self) -> Context {
        match self {
            Self::Files => Context::Files,
            Self::Source => Context::Source,
            Self::Sequence => Context::Sequence,
            Self::Tokens => Context::Tokens,
        }
    }
}
