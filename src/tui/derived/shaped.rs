//! A document laid out to be read, and the way between the two texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::behavior::Sequence;
use crate::syntax::Doc;
use crate::syntax::beautify::{Format, Pretty};
use crate::text::Source;

/// A document laid out.
#[derive(Debug)]
pub struct Shaped {
    /// Which.
    pub doc: Doc,
    /// The text to show.
    pub source: Arc<Source>,
    /// What it is, in a word.
    pub format: &'static str,
    /// The text as it stands.
    pub of: Arc<Source>,
    /// The way between the two texts.
    pub pretty: Pretty,
    /// The steps of each line of the new text.
    pub steps: BTreeMap<usize, Vec<usize>>,
}

impl Shaped {
    /// Puts a text that was laid out in the place of a document's. Long, so a worker calls it.
    #[must_use]
    pub fn new(doc: Doc, of: &Arc<Source>, sequence: &Sequence, format: Format, mut pretty: Pretty) -> Self {
        let source = Source::new(std::mem::take(&mut pretty.text));
        let mut steps: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, step) in sequence.steps.iter().enumerate().filter(|(_, step)| step.doc == doc) {
            let line = source.line_of(pretty.from_original(step.span).start);
            steps.entry(line).or_default().push(index);
        }
        Self { doc, source: Arc::new(source), format: format.word(), of: Arc::clone(of), pretty, steps }
    }
}
