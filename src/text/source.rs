//! A decoded text with its indexes: lines, columns, and the way back to the bytes of the file.

use serde::{Deserialize, Serialize};

use super::codec::Step;
use super::decode::{Decoded, Encoding, Hint};

/// Distance in bytes between two stored counts. A look-up reads at most this much text.
const STRIDE: usize = 4096;

/// A half-open range of byte offsets in a [`Source`]'s text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Whether two spans share bytes, or an empty one lies inside the other.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A decoded text with its line index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The text; untrusted.
    pub text: String,
    /// How the bytes were read.
    pub encoding: Encoding,
    /// An encoding that the file asks for and that was not honoured, as written there.
    pub refused: Option<String>,
    /// Byte offset of each line's first byte. No text is as long as four gigabytes.
    line_starts: Vec<u32>,
    /// Characters before every [`STRIDE`]th byte; empty where every character is one byte.
    characters: Vec<usize>,
    /// File bytes before every [`STRIDE`]th byte of the text; empty where the two differ by the mark alone.
    file_bytes: Vec<usize>,
    /// Where text and file stop running in step, in encodings whose characters do not tell.
    steps: Vec<Step>,
    /// Length of the byte order mark, which is not part of the text.
    mark: usize,
    /// Length of the file in bytes.
    file_len: usize,
}

impl Source {
    /// Indexes a text that was UTF-8 from the start (a decoded layer, a test).
    #[must_use]
    pub fn new(text: String) -> Self {
        let file_len = text.len();
        let (encoding, steps) = (Encoding::Utf8, Vec::new());
        Self::index(Decoded { text, encoding, mark: 0, refused: None, steps }, file_len)
    }

    /// Decodes a file's bytes as its interpreter would. `None` means binary content, which only happens where the hint
    /// does not say code: a file that an interpreter would run is always given as text, however odd its bytes.
    #[must_use]
    pub fn decode(bytes: &[u8], hint: Hint) -> Option<Self> {
        super::decode::decode(bytes, hint).map(|decoded| Self::index(decoded, bytes.len()))
    }

    fn index(decoded: Decoded, file_len: usize) -> Self {
        let Decoded { text, encoding, mark, refused, steps } = decoded;
        let newlines = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
        let line_starts = std::iter::once(0).chain(newlines).collect();
        let characters = if text.is_ascii() { Vec::new() } else { running(&text, count_characters) };
        let file_bytes = match encoding {
            Encoding::Utf8 => Vec::new(),
            Encoding::Codec(_) if !encoding.is_single_byte() => Vec::new(),
            _ if encoding.is_single_byte() && text.is_ascii() => Vec::new(),
            _ => running_characters(&text, |c| encoding.file_len(c)),
        };
        Self { text, encoding, refused, line_starts, characters, file_bytes, steps, mark, file_len }
    }

    /// How many lines there are; at least one, and one more after a final newline.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// Offset of the first byte of a line, from 1; the text's length where there is no such line.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line.saturating_sub(1)).map_or(self.text.len(), |start| *start as usize)
    }

    /// A line's text without its newline, lines from 1; empty where there is no such line.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let text = self.text.get(self.line_start(line)..self.line_start(line.saturating_add(1))).unwrap_or("");
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }

    /// The line, from 1, that a byte offset stands in.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start as usize <= offset).max(1)
    }

    /// Line and column (in characters) of a byte offset, both from 1.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.line_of(offset);
        // Tables that came out of a worker may not fit their text.
        let before = self.characters_before(self.line_start(line));
        (line, self.characters_before(offset).saturating_sub(before) + 1)
    }

    /// Byte offset of a line and column (in characters), both from 1; the line's end where it is shorter.
    #[must_use]
    pub fn offset_of(&self, line: usize, column: usize) -> usize {
        let start = self.line_start(line);
        let end = start + self.line(line).len();
        let skip = column.saturating_sub(1);
        if self.characters.is_empty() {
            return start.saturating_add(skip).min(end);
        }
        let wanted = self.characters_before(start).saturating_add(skip);
        let chunk = self.characters.partition_point(|before| *before <= wanted).saturating_sub(1);
        let before = self.characters.get(chunk).copied().unwrap_or(0);
        // A chunk may begin inside a character; that character was counted before it.
        let from = self.boundary_from(chunk * STRIDE).max(start);
        let left = if from == start { skip } else { wanted.saturating_sub(before) };
        let rest = self.text.get(from..end).unwrap_or("");
        rest.char_indices().nth(left).map_or(end, |(at, _)| from + at)
    }

    /// The bytes of the file that a span of the text came from.
    #[must_use]
    pub fn to_file(&self, span: Span) -> Span {
        Span { start: self.file_offset(span.start), end: self.file_offset(span.end) }
    }

    /// The span of the text that a span of the file's bytes stands for: the way back of [`Self::to_file`]. An offset inside a
    /// character is taken to the character after it.
    #[must_use]
    pub fn from_file(&self, span: Span) -> Span {
        Span { start: self.text_offset(span.start), end: self.text_offset(span.end) }
    }

    /// The first plain character that does not stand as itself in the bytes it was decoded from: what runs is then not what
    /// they show.
    #[must_use]
    pub fn rewritten(&self, bytes: &[u8]) -> Option<Span> {
        if !self.encoding.rewrites_ascii() {
            return None;
        }
        let file = bytes.get(self.mark..)?;
        let each_a_byte = self.encoding.is_single_byte();
        let place = |nth, at| if each_a_byte { nth } else { self.stepped(at) };
        let other = |(nth, (at, c)): &(usize, (usize, char))| {
            c.is_ascii() && file.get(place(*nth, *at)).is_none_or(|byte| char::from(*byte) != *c)
        };
        let (_, (start, c)) = self.text.char_indices().enumerate().find(other)?;
        Some(Span { start, end: start + c.len_utf8() })
    }

    /// The first character boundary whose place in the file is at or after an offset of the file.
    fn text_offset(&self, wanted: usize) -> usize {
        // The place in the file never goes down as the place in the text goes up.
        let (mut low, mut high) = (0, self.text.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.file_offset(middle) < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.boundary_from(low)
    }

    fn file_offset(&self, offset: usize) -> usize {
        let offset = self.boundary_from(offset);
        let before = if self.file_bytes.is_empty() {
            self.stepped(offset)
        } else {
            let chunk = offset / STRIDE;
            let counted = self.file_bytes.get(chunk).copied().unwrap_or(0);
            let from = self.boundary_from(chunk * STRIDE).min(offset);
            let rest = self.text.get(from..offset).unwrap_or("");
            counted + rest.chars().map(|c| self.encoding.file_len(c)).sum::<usize>()
        };
        (before + self.mark).min(self.file_len)
    }

    /// The place in the file by the steps, of which there may be none.
    fn stepped(&self, offset: usize) -> usize {
        let next = self.steps.partition_point(|step| step.text <= offset);
        let last = next.checked_sub(1).and_then(|last| self.steps.get(last));
        let place = last.map_or(offset, |last| last.file + (offset - last.text));
        // A character takes less of the file than of the text: what follows it begins where the next step says.
        self.steps.get(next).map_or(place, |next| place.min(next.file))
    }

    /// The first character boundary at or after an offset.
    fn boundary_from(&self, offset: usize) -> usize {
        (offset..self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(self.text.len())
    }

    fn characters_before(&self, offset: usize) -> usize {
        if self.characters.is_empty() {
            return offset;
        }
        let chunk = offset / STRIDE;
        let counted = self.characters.get(chunk).copied().unwrap_or(0);
        counted + count_characters(self.text.as_bytes().get(chunk * STRIDE..offset).unwrap_or(&[]))
    }
}

/// Characters that begin in these bytes of valid UTF-8.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// Sums of `measure` over the text's bytes before every [`STRIDE`]th byte.
fn running(text: &str, measure: impl Fn(&[u8]) -> usize) -> Vec<usize> {
    let sums = text.as_bytes().chunks(STRIDE).scan(0, |sum, chunk| {
        *sum += measure(chunk);
        Some(*sum)
    });
    std::iter::once(0).chain(sums).collect()
}

/// Sums of `measure` over the characters that begin before every [`STRIDE`]th byte.
fn running_characters(text: &str, measure: impl Fn(char) -> usize) -> Vec<usize> {
    let mut sums = vec![0];
    let mut sum = 0;
    for (at, c) in text.char_indices() {
        if at > 0 && at / STRIDE >= sums.len() {
            sums.push(sum);
        }
        sum += measure(c);
    }
    sums.push(sum);
    sums
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::utf_7("# coding: utf-7\nx = '+AOk-'\n+AGkAbQBwAG8AcgB0- os\n", Some("i"))]
    #[case::utf_7_of_letters("# coding: utf-7\nx = '+AOk- +- y'\n", None)]
    #[case::escapes("# coding: unicode_escape\n#\\nimport os\n", Some("\n"))]
    #[case::escapes_of_letters("# coding: unicode_escape\nx = '\\u00e9 \\\\ y'\n", None)]
    #[case::rot13("# coding: rot13\nvzcbeg bf\n", Some("i"))]
    #[case::hz("# coding: hz\nx = '~{<:~} ~~'\n", None)]
    #[case::mac_arabic("# coding: mac_arabic\n\u{80}", None)]
    #[case::utf_8("x = 'é'\n", None)]
    fn plain_text_made_of_other_bytes_is_found(#[case] file: &str, #[case] first: Option<&str>) {
        let source = Source::decode(file.as_bytes(), Hint::Python).unwrap();
        let found = source.rewritten(file.as_bytes()).map(|span| &source.text[span.start..span.end]);
        assert_eq!(found, first, "{:?} is {:?}", source.encoding, source.text);
    }

    /// Line and column by the definition, one character at a time.
    fn slow(text: &str, offset: usize) -> (usize, usize) {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    #[rstest]
    #[case::ascii("ab\ncd\n\nx")]
    #[case::accents("aé\n日本\né")]
    #[case::empty("")]
    fn columns_are_those_of_the_definition(#[case] text: &str) {
        let source = Source::new(text.to_owned());
        for offset in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (line, column) = source.line_column(offset);
            assert_eq!((line, column), slow(text, offset), "offset {offset}");
            assert_eq!(source.offset_of(line, column), offset, "offset {offset}");
        }
    }

    #[test]
    fn columns_hold_across_the_stored_counts() {
        // 3-byte characters never end on the stride, and the lines are longer than it.
        let text = format!("{}\n{}", "日x".repeat(3000), "é本".repeat(3000));
        let source = Source::new(text.clone());
        for offset in (0..=text.len()).filter(|at| text.is_char_boundary(*at)).step_by(97) {
            let (line, column) = source.line_column(offset);
            assert_eq!((line, column), slow(&text, offset), "offset {offset}");
            assert_eq!(source.offset_of(line, column), offset, "offset {offset}");
        }
    }

    #[test]
    fn lines_come_without_their_newline() {
        let source = Source::new("one\r\ntwo\n\nlast".to_owned());
        let lines: Vec<&str> = (1..=source.line_count()).map(|line| source.line(line)).collect();
        assert_eq!(lines, ["one", "two", "", "last"]);
        assert_eq!((source.line(0), source.line(9)), ("", ""));
        assert_eq!((source.line_start(2), source.line_start(9), source.line_of(5)), (5, 14, 2));
    }

    #[rstest]
    #[case::utf8("aé".as_bytes().to_vec())]
    #[case::mark([b"\xEF\xBB\xBF".to_vec(), "aé=1".as_bytes().to_vec()].concat())]
    #[case::utf16([vec![0xFF, 0xFE], "aé日😀b".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat())]
    #[case::latin(b"# coding: latin-1\nx = '\xE9\xFF'".to_vec())]
    #[case::pairs(b"# coding: gbk\nx = '\xC4\xE3a\xC4\xE3'".to_vec())]
    #[case::seven_bits(b"# coding: utf-7\nx = '+T2AAYQ-b'".to_vec())]
    #[case::escapes(b"# coding: unicode_escape\nx\\x3d'\\u4f60'\\nb".to_vec())]
    #[case::cyrillic(b"# coding: koi8-r\n'\xC4\xE3'".to_vec())]
    #[case::long_latin([b"# coding: latin-1\n".to_vec(), b"\xE9a".repeat(5000)].concat())]
    fn spans_lead_back_to_the_file(#[case] bytes: Vec<u8>) {
        let source = Source::decode(&bytes, Hint::Python).unwrap();
        let whole = source.to_file(Span { start: 0, end: source.text.len() });
        assert_eq!(whole.end, bytes.len());
        for (at, c) in source.text.char_indices().step_by(7) {
            let span = source.to_file(Span { start: at, end: at + c.len_utf8() });
            let part = match source.encoding {
                Encoding::Latin1 => bytes[span.start..span.end].iter().map(|b| char::from(*b)).collect(),
                Encoding::Utf16Le => {
                    let units = bytes[span.start..span.end].chunks(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
                    char::decode_utf16(units).map(Result::unwrap).collect()
                }
                // Where a character is part of a longer stretch of the file, only the order holds.
                Encoding::Codec(_) => c.to_string(),
                _ => String::from_utf8(bytes[span.start..span.end].to_vec()).unwrap(),
            };
            assert_eq!(part, c.to_string(), "offset {at}");
            assert_eq!(source.from_file(span), Span { start: at, end: at + c.len_utf8() }, "and back");
        }
        assert_eq!(source.from_file(Span { start: 0, end: usize::MAX }), Span { start: 0, end: source.text.len() });
    }
}
