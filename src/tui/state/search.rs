//! What is searched in the pane that has the focus.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::case::search::{Hit, Query};
use crate::syntax::Doc;

use crate::tui::state::listed::ListId;
pub use crate::tui::worker::Matches;
use crate::tui::worker::Ticket;

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
    /// The lines of a pane that match, ascending, and of which list they are.
    pub lines: Option<(ListId, Vec<usize>)>,
    /// What a worker looks through.
    pub asked: Option<Asked>,
}

/// Where matches are looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Within {
    /// In the shown document.
    Doc(Doc),
    /// In the lines of a pane.
    Lines(ListId),
}

/// What is searched by a worker.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Of the request.
    pub ticket: Ticket,
    /// Where.
    pub within: Within,
    /// Where to go from match to match once they are known, key by key: forward or back.
    pub ways: Vec<bool>,
    /// Since when.
    pub since: Instant,
}

impl Search {
    /// A search of which nothing is found yet.
    #[must_use]
    pub fn new(needle: String, query: Query) -> Self {
        Self { needle, query: Some(Arc::new(query)), ..Self::default() }
    }

    /// Whether the matches there are known.
    #[must_use]
    pub fn knows(&self, within: &Within) -> bool {
        match within {
            Within::Doc(doc) => self.doc == Some(*doc),
            Within::Lines(id) => self.lines.as_ref().is_some_and(|(of, _)| of == id),
        }
    }

    /// Documents have other numbers: everything is looked for again.
    pub fn forget(&mut self) {
        (self.doc, self.lines, self.asked) = (None, None, None);
    }

    /// Takes in what was found.
    pub fn take(&mut self, within: Within, matches: Matches) {
        match (within, matches) {
            (Within::Doc(doc), Matches::Hits(found)) => self.take_hits(doc, found),
            (Within::Lines(id), Matches::Lines(lines)) => self.lines = Some((id, lines)),
            _ => {}
        }
    }

    fn take_hits(&mut self, doc: Doc, found: Vec<Hit>) {
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
        let hits = vec![hit(1, false), hit(5, false), hit(6, true), hit(9, false)];
        search.take(Within::Doc(Doc::File(0)), Matches::Hits(hits));
        assert_eq!(search.within(Doc::File(0), &(2..8)), [Range { start: 5, end: 6 }]);
        assert!(search.within(Doc::File(1), &(0..99)).is_empty());
        assert!(search.knows(&Within::Doc(Doc::File(0))) && !search.knows(&Within::Doc(Doc::File(1))));
    }
}
