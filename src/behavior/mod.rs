//! The feature catalogue and the interpreter that yields the behavior sequence in run order.

use std::ops::Range;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use serde::{Deserialize, Serialize};

use crate::package::{Loss, Package, Phase, Skip};
use crate::syntax::ir::{Language, Unit};
use crate::syntax::{Doc, Layer, lower};
use crate::text::{Source, Span};

pub mod catalogue;
mod compose;
pub mod contact;
mod facts;
pub mod feature;
pub mod guideline;
mod interpret;
mod progress;
mod reading;
mod runs;
pub mod shell;
pub mod strings;
pub mod taint;
mod vocabulary;

pub use compose::compose;
pub use contact::{Contact, Folded, Way};
pub use facts::{by_address, facts, near_popular, own_hosts};
pub use feature::{Example, Feature};
use interpret::{Document, Interpreter};
use progress::{Following, Parsing};
pub use progress::{Progress, Stage, Watch};
pub use reading::{Part, Reading, Vocabulary};
pub use runs::{CallSite, Run, RunTarget};
pub use vocabulary::{EXTRACTOR, WordTable, vocabulary};

/// One behavior: what the code does at one place, reached from one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Index in [`Sequence::entries`].
    pub entry: usize,
    /// Which phase, by reachability.
    pub phase: Phase,
    /// The behavior.
    pub feature: Feature,
    /// Normalised words that say which call, path class or host class (`requests post`, `url webhook`); may be empty.
    pub detail: String,
    /// The file or layer.
    pub doc: Doc,
    /// Bytes in the document's text.
    pub span: Span,
    /// Line of the span's start, from 1.
    pub line: usize,
    /// Column of the span's start in characters, from 1.
    pub column: usize,
    /// The functions entered between the entry and this step, outermost first.
    pub call_path: Vec<String>,
    /// From where each of them was entered, in the order of `call_path`; `None` for what an entry enters by itself.
    #[serde(default)]
    pub call_sites: Vec<Option<CallSite>>,
    /// Whether it was reached only through a condition.
    pub guarded: bool,
    /// How many equal consecutive steps this one stands for.
    pub count: usize,
    /// What it was told by, beside the place itself.
    #[serde(default)]
    pub why: Why,
}

/// What a step was told by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The words that matched, where the place holds more than them, or does not spell them because they were put together.
    pub matched: Option<String>,
    /// Of data that is sent, written or run: where it came in.
    pub source: Option<CallSite>,
}

/// A run of steps that one entry makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceEntry {
    /// When it runs.
    pub phase: Phase,
    /// What makes it run (`postinstall`, `setup.py`, `not reached: util.js`).
    pub name: String,
}

/// How many calls the code holds, and how many of them were interpreted: what is missing is told in [`Sequence::skipped`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCount {
    /// Call expressions in the trees of all files and layers.
    pub held: usize,
    /// Those that were interpreted at least once.
    pub interpreted: usize,
}

/// A package's behavior in run order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sequence {
    /// Entries in run order, install first.
    pub entries: Vec<SequenceEntry>,
    /// Steps in run order, grouped by entry.
    pub steps: Vec<Step>,
    /// Texts that code would decode and run, found without running anything.
    pub layers: Vec<Layer>,
    /// What was not analysed, and why: a limit was reached.
    pub skipped: Vec<Skip>,
    /// Calls held and interpreted.
    #[serde(default)]
    pub calls: CallCount,
    /// How many files were read as code.
    pub code_files: usize,
    /// Files read in spite of errors (syntax errors recovered from), and which.
    pub partial: Vec<Skip>,
    /// Addresses that calls were given, and what the calls do with them.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Texts that exist only after folding, and literals that name telling places.
    #[serde(default)]
    pub folded: Vec<Folded>,
    /// What the package's entries come to run, in run order.
    #[serde(default)]
    pub runs: Vec<Run>,
}

impl Sequence {
    /// The file that a document is or was derived from, by index in [`Package::files`].
    #[must_use]
    pub fn file_of(&self, mut doc: Doc) -> Option<usize> {
        // A parent is found before what it contains, so the chain gets shorter; should that ever fail, it still ends.
        for _ in 0..=self.layers.len() {
            match doc {
                Doc::File(file) => return Some(file),
                Doc::Layer(layer) => doc = self.layers.get(layer)?.parent,
            }
        }
        None
    }
}

/// The text that the model reads, with the way back to the steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelText {
    /// The whole text.
    pub text: String,
    /// Consecutive, non-overlapping byte ranges of `text`, in order. Windows are cut only between pieces.
    pub pieces: Vec<Piece>,
}

impl ModelText {
    /// Adds a piece behind the others, whatever its range was.
    pub fn push(&mut self, words: &str, piece: Piece) {
        self.push_after(" ", words, piece);
    }

    /// The same with another text than a blank between this piece and the one before.
    pub fn push_after(&mut self, separator: &str, words: &str, piece: Piece) {
        if !self.text.is_empty() {
            self.text.push_str(separator);
        }
        let start = self.text.len();
        self.text.push_str(words);
        self.pieces.push(Piece { range: start..self.text.len(), ..piece });
    }
}

/// A stretch of the model's text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Bytes of [`ModelText::text`].
    pub range: Range<usize>,
    /// The steps it speaks for (equal steps of one phase are written once), indices in [`Sequence::steps`]; empty for
    /// phase words and package facts.
    pub steps: Vec<usize>,
    /// The files whose code tells it, ascending indices in [`Package::files`]: a layer's steps are its file's.
    #[serde(default)]
    pub files: Vec<usize>,
}

/// What [`extract`] yields.
#[derive(Debug, Clone, Default)]
pub struct Extraction {
    /// The behavior sequence.
    pub sequence: Sequence,
    /// Time spent parsing and lowering.
    pub syntax: Duration,
    /// Time spent interpreting.
    pub behavior: Duration,
}

/// The stack of a walk, bytes; it recurses to a bounded depth, and only what is touched is ever committed.
pub const STACK: usize = 512 << 20;

/// Finds what a package does, in run order, without running anything, as far as the reading wants it found.
///
/// The walk has a thread of its own, for the stack: on a worker of a shared pool, waiting for the lowering would take up
/// another package's walk on the same stack.
#[must_use]
pub fn extract(package: &Package, reading: &Reading) -> Extraction {
    extract_watched(package, reading, &|_| {})
}

/// The same for one who waits: `watch` hears how far it is.
#[must_use]
pub fn extract_watched(package: &Package, reading: &Reading, watch: Watch<'_>) -> Extraction {
    std::thread::scope(|scope| {
        let here = || extract_here(package, reading, watch);
        let walk = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, here);
        match walk.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(extraction)) => extraction,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => extract_here(package, reading, watch),
        }
    })
}

/// Lowers files side by side. Only lowering runs here, and it never waits, so its stacks do not nest.
static LOWERING: LazyLock<Option<rayon::ThreadPool>> =
    LazyLock::new(|| rayon::ThreadPoolBuilder::new().stack_size(64 << 20).build().ok());

fn extract_here(package: &Package, reading: &Reading, watch: Watch<'_>) -> Extraction {
    let started = Instant::now();
    let parsing = Parsing::of(package, watch);
    let lower_all = || -> Vec<Option<Document>> {
        let files = package.files.par_iter().enumerate();
        files
            .map(|(i, file)| {
                let source = file.source.as_ref()?;
                parsing.begin(i, source.text.len());
                document(i, &file.path, source)
            })
            .collect()
    };
    let lowered = match LOWERING.as_ref() {
        Some(pool) => pool.install(lower_all),
        None => lower_all(),
    };
    let documents: Vec<Document> = lowered.into_iter().flatten().collect();
    let (unread, partial): (Vec<Skip>, Vec<Skip>) = documents
        .iter()
        .filter_map(|document| match document.doc {
            Doc::File(file) => in_part(&package.files.get(file)?.path, &document.unit),
            Doc::Layer(_) => None,
        })
        .partition(|skip| skip.bytes.is_some());
    let syntax = started.elapsed();
    let code_files = documents.len();
    let started = Instant::now();
    let following = Following::of(&documents, watch);
    let hosts = facts::own_hosts(&package.manifest);
    let mut sequence = Interpreter::new(package, documents, hosts, reading, following).run();
    sequence.partial = partial;
    sequence.skipped.splice(0..0, unread.into_iter().chain(undecoded(package)));
    // The walk counts those that are code only because code loads them.
    sequence.code_files += code_files;
    watch(Progress { stage: Stage::Gathering, ..Progress::default() });
    Extraction { sequence, syntax, behavior: started.elapsed() }
}

/// What the parser says of a unit that it did not read in full, with the bytes where they are more than counts as read.
fn in_part(path: &str, unit: &Unit) -> Option<Skip> {
    let skip = Skip::new(Loss::Parser, path, unit.partial.clone()?);
    Some(if unit.unread > 0 { skip.of(unit.unread) } else { skip })
}

/// Files in an encoding that is not known: what they were read as may be anything.
fn undecoded(package: &Package) -> impl Iterator<Item = Skip> {
    package.files.iter().filter_map(|file| {
        let source = file.source.as_ref()?;
        let (name, read_as) = (source.refused.as_ref()?, source.encoding.name());
        let code = Language::of(&file.path, &source.text).is_some();
        let reason = format!("it asks for the encoding {name}, which is not known; it was read as {read_as}");
        let kind = if code { Loss::Encoding } else { Loss::Listing };
        Some(Skip::new(kind, file.path.clone(), reason).of(file.bytes.len()))
    })
}

/// A file lowered, if it is code.
fn document(index: usize, path: &str, source: &Arc<Source>) -> Option<Document> {
    let language = Language::of(path, &source.text)?;
    Some(Document { doc: Doc::File(index), unit: Arc::new(lower(&source.text, language)), source: source.clone() })
}
