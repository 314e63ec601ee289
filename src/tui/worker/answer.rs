//! What the workers answer.

use std::sync::Arc;

use crate::behavior::Progress;
use crate::case::Case;
use crate::diff::Update;
use crate::ledger::{Hiding, Label};
use crate::report::Format;
use crate::report::similar::Compared;
use crate::session::{LastPlace, Recent};
use crate::syntax::Doc;
use crate::syntax::color::Painted;
use crate::syntax::decoder::Found;

use super::super::derived::columns::Columns;
use super::super::derived::docs::Docs;
use super::super::derived::explained::{Lit, Ranked};
use super::super::derived::names::Matched;
use super::super::derived::shaped::Shaped;
use super::super::derived::shown::Shown;
use super::super::derived::tokens::Layout;
use super::{
    Change, Changed, Classified, Comparison, Dispute, Judge, KeptSpan, Loaded, Made, Matches, Named, News, Ready,
    Roles, Ticket, Told, Tried,
};

/// What was written to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Nothing: there was nothing to take back.
    Nothing,
    /// A label.
    Label {
        /// SHA-256 of its package.
        sha256: String,
        /// It.
        label: Label,
        /// Whether it is one of several that were given at once.
        several: bool,
    },
    /// A label was taken back.
    Undo {
        /// SHA-256 of its package.
        sha256: String,
    },
    /// Labels of several packages were taken back.
    Undone,
}

/// What came of writing to the ledger, with the label that the package on the screen has now.
#[derive(Debug)]
pub struct Recorded {
    /// SHA-256 of the package that was on the screen when it was asked for.
    pub shown: String,
    /// Its label.
    pub label: Option<Label>,
    /// What was written and what to say about it, or why nothing was.
    pub written: Result<(Written, String), String>,
}

/// What a worker brings.
#[derive(Debug)]
pub enum Answer {
    /// Decided cases that a package is like.
    Similar {
        /// SHA-256 of the package.
        sha256: String,
        /// They, or why none can be told.
        found: Result<Vec<Compared>, String>,
    },
    /// So many decisions wait on this machine for the ledger's server. Nobody asks for this.
    Waiting {
        /// How many.
        waiting: usize,
        /// Why the server refuses them, where it is there and does.
        why: Option<String>,
    },
    /// The path is no package.
    Failed {
        /// Of the request; the default for what the program was started on.
        ticket: Ticket,
        /// Why not.
        why: String,
    },
    /// How far the reading of the code is.
    Progress {
        /// Of the request.
        ticket: Ticket,
        /// It.
        progress: Progress,
    },
    /// The archive is read.
    Opened {
        /// Of the request.
        ticket: Ticket,
        /// The package, with its file tree.
        docs: Docs,
    },
    /// The code is read.
    Read {
        /// Of the request.
        ticket: Ticket,
        /// The analysis without a verdict.
        shown: Box<Shown>,
        /// Hidden characters in all texts.
        hidden: usize,
    },
    /// The model is loaded, or why not.
    Model(Result<Arc<Judge>, String>),
    /// The model has read.
    Judged {
        /// Of the request.
        ticket: Ticket,
        /// The case with its verdict.
        judged: Result<Box<Shown>, String>,
    },
    /// Another model is loaded, or why not.
    Loaded {
        /// Of the request.
        ticket: Ticket,
        /// The model and what it says.
        loaded: Result<Loaded, String>,
    },
    /// An explanation; `None` where a newer request came.
    Explained {
        /// Of the request.
        ticket: Ticket,
        /// It, or why there is none.
        made: Option<Result<Box<Lit>, String>>,
    },
    /// Colors; `None` where a newer request came.
    Painted {
        /// Of the request.
        ticket: Ticket,
        /// Of the request.
        doc: Doc,
        /// By line.
        lines: Option<Vec<(usize, Painted)>>,
        /// Why they have none, where the worker that was to color them ended.
        failed: Option<String>,
    },
    /// Columns of long lines.
    Measured {
        /// Of the request.
        ticket: Ticket,
        /// Of the request.
        doc: Doc,
        /// The columns.
        columns: Arc<Columns>,
    },
    /// Matches of a search; `None` where a newer request came or it was stopped.
    Found {
        /// Of the request.
        ticket: Ticket,
        /// They, or why there are none.
        matches: Option<Result<Matches, String>>,
    },
    /// A second explanation; `None` where a newer request came.
    Compared {
        /// Of the request.
        ticket: Ticket,
        /// It, or why there is none.
        made: Option<Result<Ranked, String>>,
    },
    /// The model's tokens are laid out; `None` where a newer request came.
    Laid {
        /// Of the request.
        ticket: Ticket,
        /// They.
        layout: Option<Layout>,
    },
    /// The probability without some pieces; `None` where a newer request came.
    Weighed {
        /// Of the request.
        ticket: Ticket,
        /// It, or why there is none.
        probability: Option<Result<f32, String>>,
    },
    /// Places of names; `None` where a newer request came.
    Named {
        /// Of the request.
        ticket: Ticket,
        /// Of the request.
        definitions: bool,
        /// Definitions and uses, name by name.
        found: Option<Vec<Named>>,
        /// Why a file was not looked through.
        failed: Option<String>,
    },
    /// Some matches of a search in the whole package, or its end.
    Searched {
        /// Of the request.
        ticket: Ticket,
        /// What it is.
        news: News,
    },
    /// Files and layers whose names fit; `None` where a newer request came.
    Matched {
        /// Of the request.
        ticket: Ticket,
        /// Them.
        matched: Option<Matched>,
    },
    /// The roles that indicators of a package have; another answer follows.
    Roles {
        /// SHA-256 of the archive.
        sha256: String,
        /// They.
        roles: Roles,
    },
    /// How far a comparison is, or what it found.
    Diffed {
        /// Of the request.
        ticket: Ticket,
        /// What there is to say.
        news: Comparison,
    },
    /// What is new since another version is judged.
    Updated {
        /// Of the request.
        ticket: Ticket,
        /// The verdict, or why there is none.
        update: Result<Update, String>,
    },
    /// A document is laid out, or why not; `None` where a newer request came.
    Shaped {
        /// Of the request.
        ticket: Ticket,
        /// It.
        made: Option<Result<Shaped, String>>,
    },
    /// Decoders that fit; `None` where a newer request came.
    Proposed {
        /// Of the request.
        ticket: Ticket,
        /// They.
        found: Option<Found>,
    },
    /// What decoders yield; `None` where a newer request came.
    Decoded {
        /// Of the request.
        ticket: Ticket,
        /// It.
        tried: Option<Tried>,
    },
    /// A case with other layers.
    Kept {
        /// Of the request.
        ticket: Ticket,
        /// Of the request.
        base: Arc<Case>,
        /// Of the request.
        change: Arc<Change>,
        /// What came of it, or the fault of ours that prevented it.
        kept: Result<Changed, String>,
    },
    /// The label that a package has.
    Label {
        /// SHA-256 of the package.
        sha256: String,
        /// It.
        label: Option<Label>,
        /// Whether a second opinion is asked of this analyst.
        second: bool,
    },
    /// What is hidden of the package that was asked about last; comes with its marked spans.
    Hidden {
        /// The package.
        case: Arc<Case>,
        /// It.
        hiding: Box<Hiding>,
    },
    /// What the label of a package says, or would say.
    Classified {
        /// SHA-256 of the package.
        sha256: String,
        /// It.
        classified: Box<Classified>,
    },
    /// The packages on which analysts disagree.
    Disputes {
        /// Whether they were asked for by themselves.
        asked: bool,
        /// They, or why they are not known.
        disputes: Result<Vec<Dispute>, String>,
    },
    /// Where the case of an archive was left, by its SHA-256.
    LastPlace(String, Option<LastPlace>),
    /// The cases that were left last, newest first.
    Recent(Vec<Recent>),
    /// A job is done.
    Made {
        /// Of the job.
        ticket: Ticket,
        /// What it made, or why it made nothing.
        made: Result<Made, String>,
    },
    /// A label was recorded, or the last thing done was taken back.
    Recorded(Recorded),
    /// The marked spans of the package that was asked about last. Comes unasked too, before the answer to what changed them.
    Spans {
        /// In which they were looked for.
        case: Arc<Case>,
        /// The spans, or why they are not known.
        spans: Result<Vec<KeptSpan>, String>,
    },
    /// A report was written, or why there is none.
    Reported {
        /// SHA-256 of the package.
        sha256: String,
        /// For whom.
        format: Format,
        /// It.
        text: Result<Arc<str>, String>,
    },
    /// Bytes were marked or a mark removed: what to say about it.
    Marked(Result<Noted, String>),
    /// The queue has answered.
    Queue(Told),
    /// The package after this one is ready, or cannot be read.
    Ahead {
        /// Of the request.
        ticket: Ticket,
        /// Number of the item.
        number: i64,
        /// It, or why not.
        ready: Result<Box<Ready>, String>,
    },
    /// A near-duplicate was read, or why not.
    Alike(Result<Arc<Case>, String>),
    /// The system's clipboard took the text, or did not and here it is.
    Clipped(Result<(), String>),
}

/// What the ledger's worker did, as a sentence. Which key takes it back only the key map knows.
#[derive(Debug)]
pub struct Noted {
    /// The sentence.
    pub said: String,
    /// What that key does: `takes it back`; `""` where there is nothing to take back.
    pub undo: &'static str,
}
