//! Everything else one can point at, beside the steps: archive tricks, hidden characters, what was skipped and why.

use serde::{Deserialize, Serialize};

use crate::behavior::Sequence;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text::Span;

/// What sort of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A trick or inconsistency of the archive.
    Archive,
    /// Control, bidi or zero-width characters in a text.
    HiddenCharacters,
    /// Something was not analysed.
    Skipped,
}

/// One thing an analyst can point at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its sort.
    pub kind: Kind,
    /// One plain sentence; may quote untrusted text, escape before showing.
    pub what: String,
    /// The document it stands in, where there is one.
    pub doc: Option<Doc>,
    /// The bytes in that document.
    pub span: Option<Span>,
}

/// Gathers the evidence of a package.
#[must_use]
pub fn collect(_package: &Package, _sequence: &Sequence) -> Vec<Evidence> {
    Vec::new()
}
