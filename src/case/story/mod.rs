//! The story of a package in sentences: what runs it, what it does, where data goes. Made from the sequence alone; nothing in it
//! is a guess, and what was left out is counted.

use crate::package::Phase;
use crate::syntax::Doc;
use crate::text::{Span, many};

use super::Case;

mod brief;
mod clause;
mod condition;
mod does;
mod flows;
mod gather;
mod phrase;
mod runs;
mod sentence;
mod trigger;

pub use brief::brief;
pub use phrase::phrase;
pub use sentence::{Part, Sentence, distrusted};

/// Most sentences on one entry.
const MOST: usize = 12;
/// Most entries told of.
const ENTRIES: usize = 12;
/// Most places of one behavior.
const PLACES: usize = 3;

/// What a package does, told for people.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// All of it in one to four sentences.
    pub brief: Vec<Sentence>,
    /// What makes its code run, and which code.
    pub runs: Vec<Sentence>,
    /// What that does, entry by entry in run order.
    pub does: Vec<Sentence>,
    /// Where data goes: from what it is gathered to where it ends.
    pub flows: Vec<Sentence>,
}

impl Story {
    /// All of it, the most telling first.
    pub fn lines(&self) -> impl Iterator<Item = &Sentence> {
        self.brief.iter().chain(&self.flows).chain(&self.runs).chain(&self.does)
    }
}

/// Tells the story of a case.
#[must_use]
pub fn tell(case: &Case) -> Story {
    Story { brief: case.brief.to_vec(), runs: runs::runs(case), does: does::does(case), flows: flows::flows(case) }
}

/// `path:line`, with the number of the decoded text where it is one.
#[must_use]
pub fn place(case: &Case, doc: Doc, span: Option<Span>) -> Sentence {
    let line = span.and_then(|span| Some(case.source(doc)?.line_of(span.start)));
    let at = line.map(|line| format!(":{line}")).unwrap_or_default();
    let line = Sentence::at(0).quoted(path_of(case, doc)).own(at);
    match doc {
        Doc::File(_) => line,
        Doc::Layer(layer) => line.own(format!(" of decoded text {layer}")),
    }
}

fn when(phase: Phase) -> &'static str {
    match phase {
        Phase::Install => "on installation",
        Phase::Import => "when the package is imported",
        Phase::Run => "when a user starts it",
    }
}

/// Says how many of a list stand behind those that are told.
fn left_out(depth: usize, count: usize, told: usize, one: &str, more: &str) -> Option<Sentence> {
    let left = count.checked_sub(told).filter(|left| *left > 0)?;
    Some(Sentence::at(depth).own(format!("and {}", many(left, one, more))))
}

/// Path of the file in which a document stands.
fn path_of(case: &Case, doc: Doc) -> &str {
    case.file_of(doc).map_or("", |file| &file.path)
}
