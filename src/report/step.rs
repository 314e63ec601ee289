//! A step of the behavior sequence, as the documents tell it.

use std::borrow::Cow;

use serde::Serialize;

use super::place::{Place, bytes_of, layer_of, path_of};
use crate::behavior::{self, Feature};
use crate::case::Case;
use crate::package::Phase;
use crate::syntax::Doc;
use crate::text::Span;

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
    /// The words that it was told by.
    matched: Cow<'a, str>,
    /// Of data that is sent or run: where it came in and by which calls it got here. The step's own place is the sink.
    flow: Option<Flow<'a>>,
}

#[derive(Debug, Serialize)]
struct Flow<'a> {
    source: Place<'a>,
    words: Cow<'a, str>,
    way: &'a [String],
    sink: Cow<'a, str>,
}

/// Longest words shown, characters.
const WORDS: usize = 200;

/// What stands at a place, cut where it is long.
fn words_at(case: &Case, doc: Doc, span: Span) -> Cow<'_, str> {
    let text = case.source(doc).and_then(|source| source.text.get(span.start..span.end)).unwrap_or_default();
    shortened(text)
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(WORDS) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
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
            matched: match &step.why.matched {
                Some(words) => shortened(words),
                None => words_at(case, step.doc, step.span),
            },
            flow: step.why.source.map(|source| Flow {
                source: Place::new(case, source.doc, Some(source.span)),
                words: words_at(case, source.doc, source.span),
                way: &step.call_path,
                sink: words_at(case, step.doc, step.span),
            }),
        }
    }
}
