//! What is asked of the workers.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::Case;

use super::super::derived::shown::Shown;
use super::{
    AheadWork, Ask, Change, DecodeWork, DiffWork, Discarded, ExplainWork, FindWork, JobWork, Judge, LayWork,
    LedgerWork, LoadWork, MeasureWork, NamesWork, PackageWork, PaintWork, PathsWork, ProposeWork, ResumeWork,
    ShapeWork, Ticket, WhatIfWork,
};

/// Something to do off the loop.
#[derive(Debug)]
pub enum Work {
    /// Color lines of a document.
    Paint(PaintWork),
    /// Measure the long lines of a document.
    Measure(MeasureWork),
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
    Load(LoadWork),
    /// Explain what the model said.
    Explain(ExplainWork),
    /// Explain by a second method.
    Compare(ExplainWork),
    /// Lay the tokens out that the model read.
    Lay(LayWork),
    /// Free what nothing shows any more: with many steps that takes longer than a frame.
    Discard(Discarded),
    /// Ask what the model would say without some pieces.
    WhatIf(WhatIfWork),
    /// Find where the names in a stretch of a document are defined and used.
    Names(NamesWork),
    /// Compare with another version.
    Diff(DiffWork),
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
    Shape(ShapeWork),
    /// Look for decoders that fit.
    Propose(ProposeWork),
    /// Apply decoders.
    Decode(DecodeWork),
    /// Make a case with other layers.
    Keep {
        /// Each is wanted; only what the newest made is shown.
        ticket: Ticket,
        /// What it is made from.
        case: Arc<Case>,
        /// What is to be done.
        change: Arc<Change>,
    },
    /// Ask the ledger, or write to it.
    Ledger(LedgerWork),
    /// Ask where cases were left, or note it.
    Resume(ResumeWork),
    /// Make something for the view that asks.
    Job(JobWork),
    /// Open and read the sample of the guided tour for the screen.
    Sample {
        /// Newest wins.
        ticket: Ticket,
    },
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
    Ahead(Box<AheadWork>),
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
