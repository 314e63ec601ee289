//! A step of the behavior sequence, as the documents tell it.

use serde::Serialize;

use super::place::{bytes_of, layer_of, path_of};
use crate::behavior::{self, Feature};
use crate::case::Case;
use crate::package::Phase;

/// A step with its place.
#[derive(Debug, Serialize)]
pub struct Step<'a> {
    phase: Phase,
    entry: &'a str,
    feature: Feature,
    phrase: &'static str,
    detail: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    span: [usize; 2],
    layer: Option<usize>,
    call_path: &'a [String],
    guarded: bool,
    count: usize,
}

impl<'a> Step<'a> {
    /// A step of a case.
    #[must_use]
    pub fn new(case: &'a Case, step: &'a behavior::Step) -> Self {
        Self {
            phase: step.phase,
            entry: case.sequence.entries.get(step.entry).map_or("", |entry| &entry.name),
            feature: step.feature,
            phrase: step.feature.phrase(),
            detail: &step.detail,
            file: path_of(case, step.doc),
            line: step.line,
            column: step.column,
            span: bytes_of(case, step.doc, step.span),
            layer: layer_of(step.doc),
            call_path: &step.call_path,
            guarded: step.guarded,
            count: step.count,
        }
    }
}
