//! The code lines of a marked span, safe to show: for a report, and for lists of spans on the screen.

use crate::case::Case;
use crate::ledger::Place;
use crate::text::{escape, hex};

/// Characters kept before the marked ones where a long line is cut.
const BEFORE: usize = 16;

/// The lines that a span touches, as far as they fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines, escaped.
    pub lines: Vec<CodeLine>,
    /// How many further lines the span touches.
    pub more: usize,
}

/// A line of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLine {
    /// Its number, from 1; 0 where the content is no text and the line is bytes in hexadecimal digits.
    pub number: usize,
    /// The line, escaped; `…` stands where it goes on.
    pub text: String,
}

/// The lines of a place: at most `lines` of them with at most about `characters` each, cut around what is marked.
#[must_use]
pub fn excerpt(case: &Case, place: Place, lines: usize, characters: usize) -> Excerpt {
    let Place { doc, span } = place;
    let Some(source) = case.source(doc) else {
        let bytes = case.file_of(doc).and_then(|file| file.bytes.get(span.start..span.end)).unwrap_or_default();
        let most = characters / 2;
        let cut = if bytes.len() > most { "…" } else { "" };
        let text = format!("{}{cut}", hex(bytes.get(..most).unwrap_or(bytes)));
        return Excerpt { lines: vec![CodeLine { number: 0, text }], more: 0 };
    };
    let first = source.line_of(span.start);
    let last = source.line_of(span.end.saturating_sub(1).max(span.start));
    let shown = last.min((first + lines).saturating_sub(1));
    // What all lines are indented by says nothing here.
    let filled = (first..=shown).map(|number| source.line(number)).filter(|line| !line.trim().is_empty());
    let indent = filled.map(|line| line.len() - line.trim_start_matches([' ', '\t']).len()).min().unwrap_or(0);
    let line = |number: usize| {
        let whole = source.line(number);
        let marked = span.start.saturating_sub(source.line_start(number)).clamp(indent.min(whole.len()), whole.len());
        CodeLine { number, text: escape(&window(whole, indent, marked, characters)).into_owned() }
    };
    Excerpt { lines: (first..=shown).map(line).collect(), more: last.saturating_sub(shown) }
}

/// The part of a line that begins a little before a byte, without its indent.
fn window(line: &str, indent: usize, at: usize, characters: usize) -> String {
    let before = line.get(..at).unwrap_or_default();
    let kept = before.char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at);
    // What is cut off must be worth more than the sign for it.
    let start = if kept <= indent + 1 { indent } else { kept };
    let rest = line.get(start..).unwrap_or_default();
    let end = rest.char_indices().nth(characters).map_or(rest.len(), |(at, _)| at);
    let (left, right) = (if start > indent { "…" } else { "" }, if end < rest.len() { "…" } else { "" });
    format!("{left}{}{right}", rest.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::short("    exec(x)", 4, 4, 40, "exec(x)")]
    #[case::deeper("    exec(x)", 2, 4, 40, "  exec(x)")]
    #[case::marked_late("    a = exec(x)", 4, 8, 40, "a = exec(x)")]
    #[case::blanks(&format!("x = 1;{}exec(y)", " ".repeat(300)), 0, 306, 40, &format!("…{}exec(y)", " ".repeat(17)))]
    #[case::long(&"é".repeat(100), 0, 100, 10, &format!("…{}…", "é".repeat(10)))]
    #[case::beyond("ab", 0, 9, 10, "ab")]
    #[case::blank(" ", 4, 1, 10, "")]
    fn a_line_is_cut_around_what_is_marked(
        #[case] line: &str,
        #[case] indent: usize,
        #[case] at: usize,
        #[case] characters: usize,
        #[case] expected: &str,
    ) {
        assert_eq!(window(line, indent, at, characters), expected);
    }
}
