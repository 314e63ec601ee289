//! What the package's own entries come to run: file by file, from where, and what stays unresolved.

use serde::{Deserialize, Serialize};

use crate::syntax::Doc;
use crate::text::Span;

/// Most runs told of one package; a large library loads thousands of its own files.
pub(super) const MOST: usize = 2000;

/// A place from which something is called, imported or started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSite {
    /// The file or layer.
    pub doc: Doc,
    /// The call, import or command: bytes in the document's text.
    pub span: Span,
}

/// A text whose top level an entry comes to run, or a name that leads to none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Index in [`crate::package::Package::entries`].
    pub entry: usize,
    /// Where it is asked for; `None` for what the entry itself names.
    pub from: Option<CallSite>,
    /// What runs.
    pub target: RunTarget,
}

/// What a run comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunTarget {
    /// A file or layer.
    Text {
        /// Which.
        doc: Doc,
        /// Its first statement that does something: bytes in its text.
        first: Span,
    },
    /// Nothing that the archive holds, or nothing that can be known without running it; the words say what.
    Unresolved(String),
}
