//! Findings of other scanners, each format read by its shape alone: a member that is missing or of another type says nothing.

use crate::case::external::Says;
use crate::evidence::Level;

pub(super) mod guarddog;
pub(super) mod malcontent;
pub(super) mod sarif;
pub(super) mod yara;

/// What a scanner says of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scan {
    /// The tool.
    pub source: String,
    /// What it says of the whole.
    pub says: Says,
    /// The same in its words.
    pub words: String,
    /// What it points at.
    pub findings: Vec<Found>,
}

/// One thing that it points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The rule.
    pub rule: String,
    /// What it says.
    pub message: String,
    /// How grave it is.
    pub level: Level,
    /// The file as the tool names it; empty for the whole package.
    pub path: String,
    /// Where in it.
    pub at: At,
    /// The text that matched, where the tool tells it.
    pub matched: String,
}

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Nowhere in particular.
    File,
    /// From a line to a line, from 1; columns in characters, 0 where none is told.
    Lines {
        /// First line.
        first: usize,
        /// Column in it.
        column: usize,
        /// Last line.
        last: usize,
        /// Column behind the end.
        end_column: usize,
    },
    /// Bytes of the file as it is stored.
    Bytes {
        /// First byte.
        offset: usize,
        /// How many.
        length: usize,
    },
}

impl At {
    /// A whole line.
    pub fn line(line: usize) -> Self {
        Self::Lines { first: line, column: 0, last: line, end_column: 0 }
    }
}

/// How grave something is by the word that a tool has for it.
pub(super) fn level(word: &str) -> Option<Level> {
    match word.to_ascii_lowercase().as_str() {
        "critical" | "high" | "error" | "malicious" => Some(Level::High),
        "medium" | "warning" | "suspicious" | "moderate" => Some(Level::Medium),
        "low" | "note" | "info" | "none" | "harmless" => Some(Level::Low),
        _ => None,
    }
}

/// A path and the line behind it: `setup.py:12`.
pub(super) fn located(location: &str) -> (&str, At) {
    match location.rsplit_once(':').map(|(path, line)| (path, line.parse::<usize>())) {
        Some((path, Ok(line))) if line > 0 => (path, At::line(line)),
        _ => (location, At::File),
    }
}

/// What a tool without a verdict of its own says by having found something.
pub(super) fn by_findings(findings: &[Found]) -> (Says, String) {
    match findings.len() {
        0 => (Says::Clean, "no finding".to_owned()),
        count => (Says::Suspicious, crate::text::many(count, "finding", "findings")),
    }
}
