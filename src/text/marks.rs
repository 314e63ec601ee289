//! A line cut into pieces that are safe to draw, each with the bytes it stands for.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::escape::{GRAPHEME, is_hidden, mark, rest_mark};
use super::lookalike::Lookalikes;

/// Columns between tab stops.
pub const TAB: usize = 4;
/// Longest piece of plain text, so that a viewer can stop early on a line of megabytes.
const PIECE: usize = 1024;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// What to draw; holds no hidden character.
    pub text: Cow<'a, str>,
    /// Bytes of the line that it stands for.
    pub range: Range<usize>,
    /// Whether it is a mark for what would not be seen, to be drawn in another style.
    pub hidden: bool,
}

/// Iterator of [`marks`].
#[derive(Debug, Clone)]
pub struct Marks<'a> {
    line: &'a str,
    at: usize,
    column: usize,
    lookalikes: Lookalikes<'a>,
}

/// Cuts a line (without its newline) into pieces to draw, lazily: tabs as spaces up to the next stop, hidden characters as
/// marks as well as letters that pass for others, a grapheme of more than eight code points cut with a mark that counts the
/// rest. The ranges cover the line without gaps.
#[must_use]
pub fn marks(line: &str) -> Marks<'_> {
    Marks { line, at: 0, column: 0, lookalikes: Lookalikes::new(line) }
}

impl<'a> Marks<'a> {
    /// Begins at a byte of the line, which stands at this display column (from 0).
    #[must_use]
    pub fn starting_at(mut self, byte: usize, column: usize) -> Self {
        (self.at, self.column) = (byte, column);
        self
    }

    fn segment(&mut self, text: Cow<'a, str>, len: usize, hidden: bool) -> Segment<'a> {
        let range = self.at..self.at + len;
        self.at = range.end;
        self.column += super::width(&text);
        Segment { text, range, hidden }
    }
}

impl<'a> Iterator for Marks<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let rest = self.line.get(self.at..)?;
        let first = rest.chars().next()?;
        if first == '\t' {
            let spaces = TAB - self.column % TAB;
            return Some(self.segment(Cow::Owned(" ".repeat(spaces)), 1, false));
        }
        if is_hidden(first) || self.lookalikes.is(self.at, first) {
            return Some(self.segment(Cow::Owned(mark(first)), first.len_utf8(), true));
        }
        let plain = plain_ascii(rest);
        if plain > 0 {
            return Some(self.segment(Cow::Borrowed(rest.get(..plain)?), plain, false));
        }
        // One grapheme. A hidden character inside ends it, to be marked by itself.
        let grapheme = rest.graphemes(true).next()?;
        let end = grapheme.char_indices().skip(1).find(|(_, c)| is_hidden(*c)).map_or(grapheme.len(), |(at, _)| at);
        let grapheme = grapheme.get(..end)?;
        match grapheme.char_indices().nth(GRAPHEME) {
            None => Some(self.segment(Cow::Borrowed(grapheme), grapheme.len(), false)),
            Some((cut, _)) => {
                let left = grapheme.get(cut..)?.chars().count();
                let text = format!("{}{}", grapheme.get(..cut)?, rest_mark(left));
                Some(self.segment(Cow::Owned(text), grapheme.len(), true))
            }
        }
    }
}

/// Length of the run of printable ASCII at the start, without a last character that may be the base of a longer grapheme.
fn plain_ascii(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = bytes.iter().take(PIECE).take_while(|byte| matches!(byte, 0x20..=0x7E)).count();
    if bytes.get(run).is_some_and(|next| !next.is_ascii()) { run.saturating_sub(1) } else { run }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(line: &str) -> String {
        marks(line).map(|segment| segment.text.into_owned()).collect()
    }

    #[test]
    fn tabs_go_to_the_next_stop() {
        assert_eq!(drawn("a\tbcd\te"), "a   bcd e");
        let text: String = marks("ab\tx").starting_at(2, 2).map(|segment| segment.text.into_owned()).collect();
        assert_eq!(text, "  x");
    }

    #[test]
    fn hidden_characters_are_marked_where_they_stand() {
        let pieces: Vec<_> = marks("if x\u{202E}y\u{1B}").collect();
        let hidden: Vec<_> = pieces.iter().filter(|s| s.hidden).map(|s| (s.text.as_ref(), s.range.clone())).collect();
        assert_eq!(hidden, [("<U+202E>", 4..7), ("␛", 8..9)]);
        assert_eq!(drawn("👍\u{FE0F}"), "👍<U+FE0F>");
    }

    #[test]
    fn lookalikes_are_marked_wherever_drawing_begins() {
        let line = "run(pаypal, 'о нас') // о нас";
        assert_eq!(drawn(line), "run(p<U+0430>ypal, 'о нас') // о нас");
        let from_the_letter: Vec<_> = marks(line).starting_at(5, 5).take(2).collect();
        assert_eq!(from_the_letter[0], Segment { text: "<U+0430>".into(), range: 5..7, hidden: true });
        assert_eq!(from_the_letter[1].range.start, 7);
    }

    #[test]
    fn a_stack_of_combining_marks_is_cut() {
        let line = format!("a{}b", "\u{301}".repeat(500));
        let pieces: Vec<_> = marks(&line).collect();
        assert_eq!(pieces[0].text.chars().filter(|c| *c == '\u{301}').count(), 7);
        assert!(pieces[0].text.ends_with("<+493>"));
        assert_eq!(pieces[1].text, "b");
    }

    #[test]
    fn the_ranges_cover_the_line() {
        for line in ["", "plain", "é日\u{200D}x\t\u{0}", &"x".repeat(5000), &format!("a{}z", "\u{301}".repeat(20))] {
            let mut at = 0;
            for segment in marks(line) {
                assert_eq!(segment.range.start, at);
                at = segment.range.end;
            }
            assert_eq!(at, line.len());
        }
    }
}
