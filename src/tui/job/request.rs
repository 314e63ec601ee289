//! What is asked of the workers, and what they answer.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::Case;
use crate::case::search::Hit;
use crate::ledger::{Label, RoleSet};
use crate::model::explain::{Explanation, Method};
use crate::package::Package;
use crate::session::LastPlace;
use crate::syntax::Doc;
use crate::syntax::color::{Painted, Wanted};
use crate::text::{Source, Span};

use super::super::app::columns::Columns;
use super::super::app::diff::Comparison;
use super::super::app::finder::Matched;
use super::super::app::indicators::Roles;
use super::seek::{FindWork, News, PackageWork, PathsWork};
use super::{Judge, KeptSpan, Loaded, Marking, Named, Ticket};

/// Something to do off the loop.
#[derive(Debug)]
pub enum Work {
    /// Color lines of a document.
    Paint {
        /// Newest wins.
        ticket: Ticket,
        /// Which document.
        doc: Doc,
        /// Its path, for the language.
        path: String,
        /// Its text.
        source: Arc<Source>,
        /// Which lines and which bytes of them.
        lines: Vec<Wanted>,
    },
    /// Measure the long lines of a document.
    Measure {
        /// Newest wins.
        ticket: Ticket,
        /// Which document.
        doc: Doc,
        /// Its text.
        source: Arc<Source>,
    },
    /// Search a document.
    Find(FindWork),
    /// Search the whole package.
    Package(PackageWork),
    /// Stop searching the whole package.
    StopPackage,
    /// Find files and layers by a few letters of their paths.
    Paths(PathsWork),
    /// Let the model read.
    Judge {
        /// Newest wins.
        ticket: Ticket,
        /// The model.
        judge: Arc<Judge>,
        /// What it reads.
        case: Arc<Case>,
    },
    /// Load a model and let it read.
    Load {
        /// Newest wins.
        ticket: Ticket,
        /// Where it lies; `None` for the one that the program starts with.
        folder: Option<PathBuf>,
        /// Hash of the model in use, `""` where there is none: the same one is not taken twice.
        known: String,
        /// What it reads, where it is there already.
        case: Option<Arc<Case>>,
    },
    /// Explain what the model said.
    Explain {
        /// Newest wins.
        ticket: Ticket,
        /// The model.
        judge: Arc<Judge>,
        /// What it read.
        case: Arc<Case>,
        /// How.
        method: Method,
    },
    /// Explain by a second method.
    Compare {
        /// Newest wins.
        ticket: Ticket,
        /// The model.
        judge: Arc<Judge>,
        /// What it read.
        case: Arc<Case>,
        /// How.
        method: Method,
    },
    /// Ask what the model would say without some pieces.
    WhatIf {
        /// Newest wins.
        ticket: Ticket,
        /// The model.
        judge: Arc<Judge>,
        /// What it read.
        case: Arc<Case>,
        /// Pieces of the model's text.
        hidden: Vec<usize>,
    },
    /// Find where the names in a stretch of a document are defined and used.
    Names {
        /// Newest wins.
        ticket: Ticket,
        /// The analysis.
        case: Arc<Case>,
        /// Where the names stand.
        doc: Doc,
        /// Bytes of its text.
        within: Span,
        /// Where to look when nothing in there has a place.
        around: Span,
        /// Whether only definitions are wanted.
        definitions: bool,
    },
    /// Compare with another version.
    Diff {
        /// Newest wins.
        ticket: Ticket,
        /// The other version's archive or folder.
        path: PathBuf,
        /// This version.
        case: Arc<Case>,
        /// The model, which reads the other version too.
        judge: Option<Arc<Judge>>,
    },
    /// Record a label.
    Label {
        /// What is labelled.
        case: Arc<Case>,
        /// The label.
        label: Label,
        /// Name and hash of the model whose answer was on the screen.
        model: Option<(String, String)>,
    },
    /// Find the marked spans of a package.
    Spans(Arc<Case>),
    /// Mark bytes.
    Mark(Marking),
    /// Remove a marked span, by the number of the event that marked it.
    Unmark(i64),
    /// Take back the last label, mark or removal.
    Undo,
    /// Record the role of an indicator.
    Role(RoleSet),
    /// Look up the label of an archive, and the roles of its indicators, by its SHA-256.
    State(String),
    /// Look up where the case of an archive was left, by its SHA-256.
    LastPlace(String),
    /// Remember where the case of an archive is left.
    KeepPlace(String, LastPlace),
}

/// Label now, and what to say about it; or the label that still holds and why nothing was recorded.
pub type Recorded = Result<(Option<Label>, String), (Option<Label>, String)>;

/// What a worker brings.
#[derive(Debug)]
pub enum Answer {
    /// The path is no package.
    Failed(String),
    /// The archive is read.
    Opened(Arc<Package>),
    /// The code is read.
    Read {
        /// The analysis without a verdict.
        case: Arc<Case>,
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
        judged: Result<Arc<Case>, String>,
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
        explanation: Option<Result<Explanation, String>>,
    },
    /// Colors; `None` where a newer request came.
    Painted {
        /// Of the request.
        ticket: Ticket,
        /// Of the request.
        doc: Doc,
        /// By line.
        lines: Option<Vec<(usize, Painted)>>,
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
    /// Matches of a search.
    Found {
        /// Of the request.
        ticket: Ticket,
        /// Of the request.
        doc: Doc,
        /// Matches in order.
        found: Vec<Hit>,
        /// Of the request.
        forward: bool,
    },
    /// A second explanation; `None` where a newer request came.
    Compared {
        /// Of the request.
        ticket: Ticket,
        /// It, or why there is none.
        explanation: Option<Result<Explanation, String>>,
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
    Roles(Roles),
    /// How far a comparison is, or what it found.
    Diffed {
        /// Of the request.
        ticket: Ticket,
        /// What there is to say.
        news: Comparison,
    },
    /// The label that a package has.
    Label(Option<Label>),
    /// Where the case of an archive was left, by its SHA-256.
    LastPlace(String, Option<LastPlace>),
    /// A label was recorded, or the last thing done was taken back.
    Recorded(Recorded),
    /// The marked spans of the package that was asked about last. Comes unasked too, before the answer to what changed them.
    Spans {
        /// In which they were looked for.
        case: Arc<Case>,
        /// The spans, or why they are not known.
        spans: Result<Vec<KeptSpan>, String>,
    },
    /// Bytes were marked or a mark removed: what to say about it.
    Marked(Result<String, String>),
    /// The system's clipboard took the text, or did not and here it is.
    Clipped(Result<(), String>),
}
