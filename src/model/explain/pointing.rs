//! Whether an explanation points at the code that a person marked as malicious.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use crate::behavior::{ModelText, Sequence};
use crate::model::ModelError;
use crate::package::Package;
use crate::syntax::Doc;

/// Lines of a file that a person marked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mark {
    /// SHA-256 of the archive, hex.
    pub sha256: String,
    /// The file's path in the archive.
    pub path: String,
    /// From 1.
    pub first_line: usize,
    /// From 1, included.
    pub last_line: usize,
    /// What the lines do: `payload`, `trigger` and the like.
    pub role: String,
}

/// The marks of each archive.
pub type Marks = BTreeMap<String, Vec<Mark>>;

/// Reads marks: CSV with the columns `sha256`, `path`, `first_line`, `last_line`, `role`.
///
/// # Errors
/// When a row is no mark; the error names it.
pub fn read_marks(from: impl Read) -> Result<Marks, ModelError> {
    let mut marks = Marks::new();
    for (row, mark) in csv::Reader::from_reader(from).deserialize::<Mark>().enumerate() {
        let bad = |what: String| ModelError::File { path: format!("row {} of the marks", row + 1), what };
        let mark = mark.map_err(|e| bad(e.to_string()))?;
        if mark.first_line == 0 || mark.last_line < mark.first_line {
            return Err(bad("lines count from 1, and the last is not before the first".to_owned()));
        }
        marks.entry(mark.sha256.clone()).or_default().push(mark);
    }
    Ok(marks)
}

/// Where an explanation points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hits {
    /// Whether the strongest piece points into the marks.
    pub first: bool,
    /// Whether one of the strongest three does.
    pub three: bool,
    /// How likely a random ranking does either: where much is marked, pointing is easy.
    pub by_chance: (f64, f64),
}

/// Where the pieces that speak for steps point; a piece points to the place of its first step. `None` where there is no
/// step.
#[must_use]
pub fn hits(package: &Package, sequence: &Sequence, text: &ModelText, pieces: &[f64], marks: &[Mark]) -> Option<Hits> {
    let is_marked = |step: usize| {
        let place = sequence.steps.get(step).and_then(|step| origin(package, sequence, step.doc, step.line));
        place.is_some_and(|(path, line)| {
            marks.iter().any(|mark| mark.path == path && (mark.first_line..=mark.last_line).contains(&line))
        })
    };
    let pointing = text.pieces.iter().zip(pieces).filter_map(|(piece, score)| Some((*piece.steps.first()?, *score)));
    let mut ranked: Vec<(bool, f64)> = pointing.map(|(step, score)| (is_marked(step), score)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (all, missing) = (ranked.len() as f64, ranked.iter().filter(|(marked, _)| !marked).count() as f64);
    // The chance that the first so many of a random order all lie outside.
    let outside = |count: usize| {
        (0..count.min(ranked.len())).map(|i| ((missing - i as f64) / (all - i as f64)).max(0.0)).product::<f64>()
    };
    let by_chance = (1.0 - outside(1), 1.0 - outside(3));
    Some(Hits { first: ranked.first()?.0, three: ranked.iter().take(3).any(|(marked, _)| *marked), by_chance })
}

/// Path and line of what stands in a document: for a layer, of the text in a file that its chain was decoded from.
#[must_use]
pub fn origin<'a>(package: &'a Package, sequence: &Sequence, doc: Doc, line: usize) -> Option<(&'a str, usize)> {
    let (mut doc, mut line) = (doc, line);
    // A parent stands before what is decoded from it, so this ends; the count is for a sequence that breaks the rule.
    for _ in 0..=sequence.layers.len() {
        match doc {
            Doc::File(file) => return package.files.get(file).map(|file| (file.path.as_str(), line)),
            Doc::Layer(layer) => {
                let layer = sequence.layers.get(layer)?;
                let source = match layer.parent {
                    Doc::File(file) => package.source(file)?,
                    Doc::Layer(parent) => &sequence.layers.get(parent)?.source,
                };
                (doc, line) = (layer.parent, source.line_column(layer.span.start).0);
            }
        }
    }
    None
}
