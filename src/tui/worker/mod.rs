//! Workers: everything that takes longer than a frame.
//!
//! They answer through the loop's one channel. Work of which only the newest matters carries a [`Ticket`]; the state drops an
//! answer whose ticket is no longer the newest, and the worker stops early once it is replaced (`latest`). What writes does
//! all that it is asked for (`each`). Whatever parses text of a package has it done in the sandbox.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tracing::{debug, error};

use crate::case::Case;
use crate::diff::Update;
use crate::ledger::Order;
use crate::model::explain::{Explanation, Method};
use crate::sandbox::Sandbox;
use crate::session::Session;

mod answer;
mod beautify;
mod clipboard;
mod color;
mod complete;
mod decode;
mod diff;
mod each;
mod explain;
mod job;
mod labels;
mod latest;
mod ledger;
mod measure;
mod model;
mod names;
mod preview;
mod queue;
mod reading;
mod resume;
mod search;
mod spans;
mod tokens;
mod work;
mod workers;

pub use super::derived::Discarded;
pub use answer::{Answer, Noted, Recorded, Written};
pub use beautify::ShapeWork;
pub use color::PaintWork;
pub(super) use complete::path as typed_path;
pub use complete::{CompleteJob, Completed};
pub use decode::{Change, Changed, DecodeWork, ProposeWork, Tried};
pub use diff::{Comparison, DiffWork, Progress};
pub use explain::{ExplainWork, WhatIfWork};
pub use job::{Job, JobWork, Made};
pub use labels::{Classified, Decision, Dispute, FileLabels, Labels, Opinion, Roles, Taken, TakenBack, word};
pub use ledger::LedgerWork;
pub use measure::MeasureWork;
pub use model::{Again, Load, LoadWork, Loaded};
pub use names::{Named, NamesWork};
pub use preview::PreviewJob;
pub use queue::{Ask, EXTRACTOR, OpenQueue, Told};
pub use reading::{AheadWork, OpenFirst, Opener, Ready, SAMPLE};
pub use resume::ResumeWork;
pub use search::{FindIn, FindWork, Matches, News, PackageWork, PathsWork};
pub use spans::{KeptSpan, Marking, marked_at, role_word};
pub use tokens::LayWork;
pub use work::Work;
pub use workers::Workers;

/// Stack of the thread that parses: hostile code nests deeper than any other.
const STACK: usize = 256 << 20;

/// Number of a request; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticket(u64);

impl Ticket {
    /// The number of a new request, which makes older ones stale. No two requests ever have the same number, so an answer
    /// that was asked for the package before this one is stale too.
    pub fn renew(&mut self) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.0 = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        *self
    }
}

/// A function that lets the model read a case.
pub type Read = Box<dyn Fn(Case) -> Result<Case, String> + Send + Sync>;

/// A function that explains what the model said of a case.
pub type Explain = Box<dyn Fn(&Case, Method) -> Result<Explanation, String> + Send + Sync>;

/// A function that says how likely malice would be without some pieces of the model's text.
pub type Without = Box<dyn Fn(&Case, &[usize]) -> Result<f32, String> + Send + Sync>;

/// A function that judges what is new in a case since a former version.
pub type Renew = Box<dyn Fn(&Case, &Case) -> Result<Update, String> + Send + Sync>;

/// A loaded model.
pub struct Judge {
    /// Its name.
    pub name: String,
    /// Hash of its files.
    pub hash: String,
    /// How far a probability was off on held-out campaigns, on average; `None` where that was not measured.
    pub calibration_error: Option<f32>,
    /// That it was trained on the texts of another extractor, as one plain sentence.
    pub mismatch: Option<String>,
    /// Where they lie.
    pub folder: PathBuf,
    /// Lets it read.
    pub read: Read,
    /// Explains.
    pub explain: Explain,
    /// Says what it would say without.
    pub without: Without,
    /// Judges an update: the former version, the new one.
    pub update: Renew,
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What comes on the screen first.
pub enum First {
    /// A package.
    Package(OpenFirst),
    /// The next one of the queue.
    Queue(Order),
    /// None: the start screen.
    Start,
}

/// What the workbench is opened on. Each function runs on its own worker, after the first frame.
pub struct Start {
    /// What is shown first.
    pub first: First,
    /// Opens and reads the packages of the queue, and other versions.
    pub open: Opener,
    /// Where texts of packages are parsed.
    pub sandbox: Arc<Sandbox>,
    /// Opens the queue, once it is asked for.
    pub queue: OpenQueue,
    /// Loads the model.
    pub load: Box<dyn FnOnce() -> Result<Judge, String> + Send>,
    /// Loads another model later, in a folder that the analyst names, or looks for the first one again.
    pub reload: Load,
    /// Opens the ledger.
    pub labels: Box<dyn FnOnce() -> Result<Box<dyn Labels>, String> + Send>,
    /// Where cases were left; none where that is not wanted.
    pub session: Option<Session>,
}

/// A thread that cannot be started is a machine out of memory: there is nobody to tell but the loop, which then waits for an
/// answer that does not come and can still be left with `q`.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(run).ok()
}

/// Takes answers to the loop.
#[derive(Clone)]
pub struct Post(Arc<dyn Fn(Answer) + Send + Sync>);

impl Post {
    /// Answers are taken there by this.
    pub fn new(take: impl Fn(Answer) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }
}

fn answer(to: &Post, answer: Answer) {
    (to.0)(answer);
}

/// Turns a panic into an error: hostile input must not take the workbench down with it.
fn guarded<T>(what: &str, run: impl FnOnce() -> T) -> Result<T, String> {
    let started = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(run));
    debug!(ms = started.elapsed().as_millis(), "{what}");
    done.map_err(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
        error!("{what} failed: {said}");
        format!("{what} failed inside cerebro, which is a fault of ours: {said}")
    })
}
