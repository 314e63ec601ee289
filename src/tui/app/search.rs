//! Literal search with smart case, in the text of a document or a list of names.

use std::ops::Range;

use crate::syntax::Doc;

/// Most matches kept of one document.
const MOST: usize = 100_000;
/// Bytes between two looks at whether to stop.
const CHUNK: usize = 1 << 20;

/// What is searched and what was found in the shown document.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The text; empty when nothing is searched.
    pub needle: String,
    /// The document that `found` belongs to.
    pub doc: Option<Doc>,
    /// Matches, bytes in the document's text, ascending.
    pub found: Vec<Range<usize>>,
}

impl Search {
    /// The matches that touch a stretch of the document's text.
    #[must_use]
    pub fn within(&self, doc: Doc, range: &Range<usize>) -> &[Range<usize>] {
        if self.doc != Some(doc) {
            return &[];
        }
        let first = self.found.partition_point(|found| found.end <= range.start);
        let last = self.found.partition_point(|found| found.start < range.end);
        self.found.get(first..last).unwrap_or(&[])
    }
}

/// Whether the needle asks for its exact letters: it holds an upper-case one.
fn exact(needle: &str) -> bool {
    needle.chars().any(char::is_uppercase)
}

/// Whether a short text holds the needle.
#[must_use]
pub fn holds(text: &str, needle: &str) -> bool {
    if exact(needle) { text.contains(needle) } else { text.to_lowercase().contains(&needle.to_lowercase()) }
}

/// All matches in a long text. `None` when told to stop or when the needle is empty.
#[must_use]
pub fn find(text: &str, needle: &str, stop: &dyn Fn() -> bool) -> Option<Vec<Range<usize>>> {
    if needle.is_empty() {
        return None;
    }
    // A literal pattern with the case flag keeps byte offsets, which lower-casing the text would not.
    let pattern = regex::RegexBuilder::new(&regex::escape(needle)).case_insensitive(!exact(needle)).build().ok()?;
    let mut found = Vec::new();
    let mut looked = 0;
    for hit in pattern.find_iter(text) {
        found.push(hit.range());
        if hit.end() > looked + CHUNK {
            looked = hit.end();
            if stop() {
                return None;
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    (!stop()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("exec", vec![0..4, 5..9])]
    #[case("Exec", vec![5..9])]
    #[case("a.b", vec![10..13])]
    #[case("ä", vec![18..20, 20..22])]
    fn finds(#[case] needle: &str, #[case] at: Vec<Range<usize>>) {
        let text = "exec Exec a.b axb äÄ";
        assert_eq!(find(text, needle, &|| false), Some(at));
        assert!(holds(text, needle));
    }

    #[test]
    fn stops_when_told() {
        assert_eq!(find("aaa", "a", &|| true), None);
    }

    #[test]
    fn matches_within_a_line() {
        let search = Search { needle: "a".into(), doc: Some(Doc::File(0)), found: vec![1..2, 5..6, 9..10] };
        assert_eq!(search.within(Doc::File(0), &(2..6)), [Range { start: 5, end: 6 }]);
        assert!(search.within(Doc::File(1), &(0..99)).is_empty());
    }
}
