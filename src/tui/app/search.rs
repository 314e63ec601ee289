//! What is searched in the pane that has the focus.

use std::ops::Range;
use std::sync::Arc;

use crate::case::search::{Hit, Query};
use crate::syntax::Doc;

/// What is searched and what was found in the shown document.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What was typed; empty when nothing is searched.
    pub needle: String,
    /// The same, ready to search with.
    pub query: Option<Arc<Query>>,
    /// The document that `found` belongs to.
    pub doc: Option<Doc>,
    /// Matches in order.
    pub found: Vec<Hit>,
    /// Those that are bytes of the text, ascending.
    spans: Vec<Range<usize>>,
}

impl Search {
    /// A search of which nothing is found yet.
    #[must_use]
    pub fn new(needle: String, query: Query) -> Self {
        Self { needle, query: Some(Arc::new(query)), ..Self::default() }
    }

    /// Takes in the matches of a document.
    pub fn take(&mut self, doc: Doc, found: Vec<Hit>) {
        self.doc = Some(doc);
        self.spans = found.iter().filter(|hit| !hit.raw).map(|hit| hit.span.start..hit.span.end).collect();
        self.found = found;
    }

    /// The matches that touch a stretch of the document's text.
    #[must_use]
    pub fn within(&self, doc: Doc, range: &Range<usize>) -> &[Range<usize>] {
        if self.doc != Some(doc) {
            return &[];
        }
        let first = self.spans.partition_point(|found| found.end <= range.start);
        let last = self.spans.partition_point(|found| found.start < range.end);
        self.spans.get(first..last).unwrap_or(&[])
    }

    /// Whether a short text, a name for instance, holds what is searched.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        self.query.as_ref().is_some_and(|query| query.pattern.holds(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::search::Mode;
    use crate::text::Span;

    #[test]
    fn matches_within_a_line() {
        let mut search = Search::new("a".into(), Query::here("a", Mode::Literal).unwrap());
        let hit = |start, raw| Hit { span: Span { start, end: start + 1 }, raw };
        search.take(Doc::File(0), vec![hit(1, false), hit(5, false), hit(6, true), hit(9, false)]);
        assert_eq!(search.within(Doc::File(0), &(2..8)), [Range { start: 5, end: 6 }]);
        assert!(search.within(Doc::File(1), &(0..99)).is_empty());
        assert!(search.holds("xAx") && !search.holds("x"));
    }
}
