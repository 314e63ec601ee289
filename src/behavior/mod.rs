//! The feature catalogue and the interpreter that yields the behavior sequence in run order.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::package::{Package, Phase, Skip};
use crate::syntax::{Doc, Layer};
use crate::text::Span;

pub mod feature;

pub use feature::Feature;

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
    /// Whether it was reached only through a condition.
    pub guarded: bool,
    /// How many equal consecutive steps this one stands for.
    pub count: usize,
}

/// A run of steps that one entry makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceEntry {
    /// When it runs.
    pub phase: Phase,
    /// What makes it run (`postinstall`, `setup.py`, `not reached: util.js`).
    pub name: String,
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
    /// What was not analysed, or only in part, and why.
    pub skipped: Vec<Skip>,
}

/// The text that the model reads, with the way back to the steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelText {
    /// The whole text.
    pub text: String,
    /// Consecutive, non-overlapping byte ranges of `text`, in order. Windows are cut only between pieces.
    pub pieces: Vec<Piece>,
}

/// A stretch of the model's text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Bytes of [`ModelText::text`].
    pub range: Range<usize>,
    /// The steps it speaks for (equal steps of one phase are written once), indices in [`Sequence::steps`]; empty for
    /// phase words and package facts.
    pub steps: Vec<usize>,
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

/// Finds what a package does, in run order, without running anything.
#[must_use]
pub fn extract(_package: &Package) -> Extraction {
    Extraction::default()
}

/// Writes the sequence as the text that the model reads.
#[must_use]
pub fn compose(_package: &Package, _sequence: &Sequence) -> ModelText {
    ModelText::default()
}
