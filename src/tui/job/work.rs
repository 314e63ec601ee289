//! What is asked of the workers.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use crate::behavior::Sequence;
use crate::case::Case;
use crate::ledger::{Label, Queued, RoleSet};
use crate::model::Judgement;
use crate::model::explain::{Choice, Method};
use crate::queue::Item;
use crate::report::{Format, Reporter};
use crate::session::Left;
use crate::syntax::Doc;
use crate::syntax::color::Wanted;
use crate::syntax::decoder::Decoder;
use crate::text::{Source, Span};

use super::super::app::layers::Change;
use super::super::app::shown::Shown;
use super::seek::{FindWork, PackageWork, PathsWork};
use super::{Ask, Judge, Marking, Ticket};

/// Something large that is no longer needed.
pub type Discarded = Arc<dyn Any + Send + Sync>;

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
    /// Search a document, or the lines of a pane.
    Find(FindWork),
    /// Stop that search.
    StopFind,
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
        shown: Box<Shown>,
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
        shown: Option<Box<Shown>>,
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
        /// Which attention, where that is the method.
        choice: Choice,
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
        /// Which attention, where that is the method.
        choice: Choice,
    },
    /// Lay the tokens out that the model read.
    Lay {
        /// Newest wins.
        ticket: Ticket,
        /// What it read.
        judgement: Arc<Judgement>,
        /// Columns.
        width: usize,
    },
    /// Free what nothing shows any more: with many steps that takes longer than a frame.
    Discard(Discarded),
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
    },
    /// Judge what is new since another version.
    Update {
        /// Newest wins.
        ticket: Ticket,
        /// The model.
        judge: Arc<Judge>,
        /// The former version.
        old: Arc<Case>,
        /// This version.
        new: Arc<Case>,
    },
    /// Lay a document out to be read.
    Shape {
        /// Newest wins.
        ticket: Ticket,
        /// Which document.
        doc: Doc,
        /// Its path, for the language; empty where that says nothing.
        path: String,
        /// Its text.
        source: Arc<Source>,
        /// Its steps.
        sequence: Arc<Sequence>,
    },
    /// Look for decoders that fit.
    Propose {
        /// Newest wins.
        ticket: Ticket,
        /// What is to be decoded.
        bytes: Arc<[u8]>,
        /// Whether keys are tried.
        brute: bool,
    },
    /// Apply decoders.
    Decode {
        /// Newest wins.
        ticket: Ticket,
        /// What is to be decoded.
        bytes: Arc<[u8]>,
        /// The decoders.
        chain: Vec<Decoder>,
    },
    /// Make a case with other layers.
    Keep {
        /// Each is wanted; only what the newest made is shown.
        ticket: Ticket,
        /// What it is made from.
        case: Arc<Case>,
        /// What is to be done.
        change: Arc<Change>,
    },
    /// Record a label.
    Label {
        /// What is labelled.
        case: Arc<Case>,
        /// The label.
        label: Label,
        /// Name and hash of the model whose answer was on the screen.
        model: Option<(String, String)>,
        /// How the queue brought it, if it did.
        queued: Option<Queued>,
    },
    /// Find the marked spans of a package.
    Spans(Arc<Case>),
    /// Mark bytes.
    Mark(Marking),
    /// Remove a marked span, by the number of the event that marked it.
    Unmark(i64),
    /// Take back the last label, mark, removal or role.
    Undo {
        /// The archive of which only marks and removals are taken back, if one is named.
        spans_of: Option<String>,
    },
    /// Do again what was taken back last.
    Redo,
    /// Write a report of a package, with what the ledger holds on it.
    Report {
        /// The package.
        case: Arc<Case>,
        /// For whom.
        format: Format,
        /// Who reports.
        reporter: Reporter,
    },
    /// Save a text to a file that is not there yet.
    Save {
        /// The file.
        path: PathBuf,
        /// The text.
        text: Arc<str>,
    },
    /// Record the role of an indicator.
    Role(RoleSet),
    /// Look up the label of an archive, and the roles of its indicators, by its SHA-256.
    State(String),
    /// Look up where the case of an archive was left, by its SHA-256.
    LastPlace(String),
    /// Remember where a case is left.
    KeepPlace(Box<Left>),
    /// Find the cases that were left last.
    Recent,
    /// Complete a path that is being typed.
    Complete {
        /// Newest wins.
        ticket: Ticket,
        /// What was typed.
        line: String,
    },
    /// Open and read the sample of the guided tour for the screen.
    Sample {
        /// Newest wins.
        ticket: Ticket,
    },
    /// Keep labels, marks and roles in a new ledger in memory from here on; or in the analyst's again.
    Practice(bool),
    /// Open and read a package for the screen.
    Open {
        /// Newest wins.
        ticket: Ticket,
        /// Where it lies.
        path: PathBuf,
    },
    /// Ask the queue.
    Queue(Ask),
    /// Open, read and judge the package that comes after this one.
    Ahead {
        /// Newest wins.
        ticket: Ticket,
        /// It.
        item: Box<Item>,
        /// How it comes.
        queued: Queued,
        /// The model, if there is one.
        judge: Option<Arc<Judge>>,
    },
    /// Read and judge a package of the queue in the background; what comes of it is noted in the queue.
    Survey {
        /// Its number.
        number: i64,
        /// Where it lies.
        path: PathBuf,
        /// The model.
        judge: Arc<Judge>,
    },
    /// Read packages that are to have the same label as one like them.
    Alike {
        /// Number and place of each.
        items: Vec<(i64, PathBuf)>,
    },
}
