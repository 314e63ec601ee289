//! Where a display column stands in a line, without walking megabytes.

use std::collections::HashMap;

use crate::text::{self, Source};

/// Lines from this length on have stored columns, one every so many bytes.
const STRIDE: usize = 4096;

/// The display columns of a document's long lines.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    lines: HashMap<usize, Vec<(usize, usize)>>,
}

impl Columns {
    /// Walks every long line once: tens of milliseconds for 10 MB, so on a worker. `None` when told to stop.
    #[must_use]
    pub fn measure(source: &Source, stop: &dyn Fn() -> bool) -> Option<Self> {
        let mut lines = HashMap::new();
        for line in 1..=source.line_count() {
            if source.line_start(line + 1).saturating_sub(source.line_start(line)) < STRIDE {
                continue;
            }
            let text = source.line(line);
            let (mut at, mut column, mut next) = (0, 0, STRIDE);
            let mut stored = Vec::with_capacity(text.len() / STRIDE);
            for segment in text::marks(text) {
                at = segment.range.end;
                column += text::width(&segment.text);
                if at >= next {
                    stored.push((at, column));
                    next = at + STRIDE;
                    if stop() {
                        return None;
                    }
                }
            }
            stored.push((at, column));
            lines.insert(line, stored);
        }
        Some(Self { lines })
    }

    /// The last stored byte and column at or before what `before` accepts. An unmeasured line counts from its start.
    fn stored(&self, line: usize, before: impl Fn(&(usize, usize)) -> bool) -> (usize, usize) {
        let Some(stored) = self.lines.get(&line) else { return (0, 0) };
        let at = stored.partition_point(before);
        at.checked_sub(1).and_then(|i| stored.get(i)).copied().unwrap_or((0, 0))
    }

    /// The piece that stands at a display column: byte offset in the line and the column where it starts. Until a long line is
    /// measured, a byte counts as a column there.
    #[must_use]
    pub fn byte_at(&self, text: &str, line: usize, column: usize) -> (usize, usize) {
        if text.len() >= STRIDE && !self.lines.contains_key(&line) {
            let mut at = column.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            return (at, column);
        }
        let (start, mut at) = self.stored(line, |(_, c)| *c <= column);
        for segment in text::marks(text).starting_at(start, at) {
            let width = text::width(&segment.text);
            if at + width > column {
                // Inside plain ASCII a byte is a column; other pieces start before the column and are clipped by the caller.
                let inside = if width == segment.range.len() { column - at } else { 0 };
                return (segment.range.start + inside, at + inside);
            }
            at += width;
        }
        (text.len(), at)
    }

    /// The display column of a byte of a line.
    #[must_use]
    pub fn column_of(&self, text: &str, line: usize, byte: usize) -> usize {
        if text.len() >= STRIDE && !self.lines.contains_key(&line) {
            return byte;
        }
        let (start, mut column) = self.stored(line, |(b, _)| *b <= byte);
        for segment in text::marks(text).starting_at(start, column) {
            let width = text::width(&segment.text);
            if segment.range.end > byte {
                let inside = if width == segment.range.len() { byte - segment.range.start } else { 0 };
                return column + inside;
            }
            column += width;
        }
        column
    }

    /// Display columns of a whole line.
    #[must_use]
    pub fn width(&self, text: &str, line: usize) -> usize {
        self.column_of(text, line, text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_bytes_agree_on_long_and_short_lines() {
        let long = "a\tä日\u{202E}bc pаypal def ".repeat(2000);
        let source = Source::new(format!("short\tline\n{long}\n"));
        let columns = Columns::measure(&source, &|| false).unwrap();
        for line in [1, 2] {
            let text = source.line(line);
            let mut column = 0;
            for segment in text::marks(text) {
                assert_eq!(columns.byte_at(text, line, column), (segment.range.start, column));
                assert_eq!(columns.column_of(text, line, segment.range.start), column);
                column += text::width(&segment.text);
            }
            assert_eq!(columns.width(text, line), column);
        }
    }

    #[test]
    fn an_unmeasured_long_line_is_cut_at_a_character() {
        let text = "日".repeat(3000);
        let (byte, _) = Columns::default().byte_at(&text, 1, 1000);
        assert!(text.is_char_boundary(byte));
    }
}
