//! What was not read, and why: the one list of losses that the screen, every document, the exit code and the verdict share.

use serde::{Deserialize, Serialize};

/// What sort of loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// A member of the archive was not taken in: a limit, damage, a password.
    #[default]
    Member,
    /// A manifest is no valid file of its kind.
    Manifest,
    /// The parser gave up on code, or found no sense in too much of it.
    Parser,
    /// Code is written in an encoding that is not known.
    Encoding,
    /// The walk through the code, a decoder or a script ended early.
    Walk,
    /// A text that code would decode and run was not opened.
    Layer,
    /// Code was listed and never walked.
    Unwalked,
    /// What is only listed, indicators for instance, was not listed in full.
    Listing,
    /// Two versions were not compared in full.
    Comparison,
}

impl Loss {
    /// Whether what was lost may be code that runs: nobody can call a package benign for what nobody has seen.
    #[must_use]
    pub fn hides_code(self) -> bool {
        matches!(self, Self::Parser | Self::Encoding | Self::Walk | Self::Layer | Self::Unwalked)
    }
}

/// Something that was not read, and why. Never silent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// The member's path, or `""` for the whole package.
    pub path: String,
    /// One plain sentence.
    pub reason: String,
    /// Its sort.
    pub kind: Loss,
    /// How many bytes were not read, where that is known.
    pub bytes: Option<usize>,
    /// The layer that it stands in, by number, where it is no file of the package.
    pub layer: Option<usize>,
}

impl Skip {
    /// A loss at a path.
    #[must_use]
    pub fn new(kind: Loss, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into(), kind, bytes: None, layer: None }
    }

    /// The same of so many bytes.
    #[must_use]
    pub fn of(self, bytes: usize) -> Self {
        Self { bytes: Some(bytes), ..self }
    }

    /// The same in a layer.
    #[must_use]
    pub fn in_layer(self, layer: Option<usize>) -> Self {
        Self { layer, ..self }
    }
}
