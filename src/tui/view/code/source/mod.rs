//! What the source pane shows: one document, a cursor line, an emphasised span.

use std::collections::HashMap;
use std::sync::Arc;

use crate::syntax::Doc;
use crate::syntax::color::Painted;
use crate::text::{self, Source, Span};

use crate::tui::derived::columns::Columns;
use crate::tui::state::renumber::Moves;

pub mod draw;

/// Colored lines kept before the cache is emptied.
const PAINTED: usize = 5000;
/// Lines kept between the cursor and the edge.
const MARGIN: usize = 3;

/// Bytes of the shown text that are being selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// Where it began.
    pub anchor: usize,
    /// Where it is extended.
    pub head: usize,
}

impl Selection {
    /// The bytes between both ends.
    #[must_use]
    pub fn span(self) -> Span {
        Span { start: self.anchor.min(self.head), end: self.anchor.max(self.head) }
    }

    /// The selected character at the moving end.
    #[must_use]
    pub fn moving(self, text: &str) -> std::ops::Range<usize> {
        let Span { start, end } = self.span();
        let inside = text.get(start..end).unwrap_or_default();
        if self.head > self.anchor {
            inside.char_indices().next_back().map_or(end, |(at, _)| start + at)..end
        } else {
            start..inside.chars().next().map_or(start, |c| start + c.len_utf8())
        }
    }
}

/// A place to come back to.
#[derive(Debug, Clone, Copy, Default)]
struct Spot {
    top: usize,
    left: usize,
    cursor: usize,
}

/// The source pane.
#[derive(Debug, Clone, Default)]
pub struct Viewer {
    /// What is shown.
    pub doc: Option<Doc>,
    /// First line on the screen, from 1; in the hex view, first row from 0.
    pub top: usize,
    /// First display column on the screen, from 0.
    pub left: usize,
    /// The cursor's line, from 1.
    pub cursor: usize,
    /// The bytes of the selected step, if they stand in this document.
    pub span: Option<Span>,
    /// The bytes of the file that are emphasised in the hex view.
    pub bytes: Option<Span>,
    /// The bytes being selected.
    pub selection: Option<Selection>,
    /// Whether the bytes are shown instead of the text.
    pub hex: bool,
    /// The byte under the cursor in the hex view, from 0 in the file or layer.
    pub byte: usize,
    /// Bytes shown in one row of the hex view, as many as the pane is wide enough for.
    pub row: usize,
    /// Colors of lines, as far as they have come.
    pub painted: HashMap<usize, Arc<Painted>>,
    /// Display columns of long lines, once they are measured.
    pub columns: Arc<Columns>,
    spots: HashMap<Doc, Spot>,
}

impl Viewer {
    /// Shows a document where it was left. Whether it was another one before.
    pub fn show(&mut self, doc: Doc) -> bool {
        if self.doc == Some(doc) {
            return false;
        }
        if let Some(old) = self.doc {
            self.spots.insert(old, Spot { top: self.top, left: self.left, cursor: self.cursor });
        }
        let spot = self.spots.get(&doc).copied().unwrap_or(Spot { top: 1, left: 0, cursor: 1 });
        *self = Self {
            doc: Some(doc),
            top: spot.top,
            left: spot.left,
            cursor: spot.cursor,
            row: self.row,
            spots: std::mem::take(&mut self.spots),
            ..Self::default()
        };
        true
    }

    /// Puts the cursor on a line, scrolling only as far as needed.
    pub fn to_line(&mut self, line: usize, source: &Source, height: usize) {
        self.cursor = line.clamp(1, source.line_count());
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        let last = (self.cursor + margin).saturating_sub(height.saturating_sub(1)).max(1);
        let first = self.cursor.saturating_sub(margin).max(1);
        self.top = self.top.clamp(last.min(first), first);
        let end = (source.line_count() + 1).saturating_sub(height).max(1);
        self.top = self.top.min(end);
    }

    /// Puts the cursor on a line and the line a third down the screen if it was out of sight, and a span into view.
    pub fn to_span(&mut self, span: Span, source: &Source, height: usize, width: usize) {
        let line = source.line_of(span.start);
        let seen = line >= self.top && line < self.top + height;
        if !seen {
            self.top = line.saturating_sub(height / 3).max(1);
        }
        self.to_line(line, source, height);
        self.span = Some(span);
        self.bytes = None;
        let text = source.line(line);
        let start = source.line_start(line);
        let from = self.columns.column_of(text, line, span.start.saturating_sub(start));
        let to = self.columns.column_of(text, line, span.end.saturating_sub(start).min(text.len()));
        // Where the line begins stays in sight if so much of the span does too.
        if to < width.saturating_sub(2) || from < width / 2 {
            self.left = 0;
        } else if from < self.left || to >= self.left + width {
            self.left = from.saturating_sub(width / 4);
        }
    }

    /// Brings a byte onto the screen, with the cursor on its line, moving as little as possible.
    pub fn reveal(&mut self, at: usize, source: &Source, height: usize, width: usize) {
        let line = source.line_of(at);
        self.to_line(line, source, height);
        let column = self.columns.column_of(source.line(line), line, at.saturating_sub(source.line_start(line)));
        if column < self.left {
            self.left = column.saturating_sub(width / 8);
        } else if column + 1 >= self.left + width {
            self.left = (column + 2 + width / 8).saturating_sub(width);
        }
    }

    /// Moves by lines (rows in the hex view).
    pub fn step(&mut self, by: isize, source: Option<&Source>, bytes: usize, height: usize) {
        match source {
            Some(source) if !self.hex => self.to_line(self.cursor.saturating_add_signed(by).max(1), source, height),
            _ => {
                let rows = bytes.div_ceil(self.bytes_in_row());
                self.top = self.top.saturating_add_signed(by).min(rows.saturating_sub(height));
            }
        }
    }

    /// Scrolls without moving the cursor unless it would leave the screen.
    pub fn wheel(&mut self, by: isize, source: Option<&Source>, bytes: usize, height: usize) {
        match source {
            Some(source) if !self.hex => {
                let end = (source.line_count() + 1).saturating_sub(height).max(1);
                self.top = self.top.saturating_add_signed(by).clamp(1, end);
                let last = (self.top + height).saturating_sub(1).max(self.top);
                self.cursor = self.cursor.clamp(self.top, last).min(source.line_count());
            }
            _ => self.step(by, source, bytes, height),
        }
    }

    /// Bytes in a row of the hex view.
    #[must_use]
    pub fn bytes_in_row(&self) -> usize {
        if self.row == 0 { 16 } else { self.row }
    }

    /// Layers got other numbers, or are gone.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        let spots = std::mem::take(&mut self.spots).into_iter();
        let spots = spots.filter_map(|(doc, spot)| Some((moves.doc(doc)?, spot))).collect();
        *self = match self.doc.map(|doc| moves.doc(doc)) {
            // Its text is gone.
            Some(None) => Self { row: self.row, ..Self::default() },
            now => Self { doc: now.flatten(), ..std::mem::take(self) },
        };
        self.spots = spots;
    }

    /// Scrolls to the left or right.
    pub fn slide(&mut self, by: isize, source: &Source, height: usize, width: usize) {
        let longest = (self.top..self.top + height)
            .map(|line| self.columns.width(source.line(line), line))
            .max()
            .unwrap_or_default();
        let most = longest.saturating_sub(width / 2);
        self.left = self.left.saturating_add_signed(by).min(most.max(self.left.min(longest)));
    }

    /// To the end of the cursor's line.
    pub fn to_line_end(&mut self, source: &Source, width: usize) {
        let text = source.line(self.cursor);
        self.left = (self.columns.width(text, self.cursor) + 2).saturating_sub(width);
    }

    /// Takes in colors.
    pub fn paint(&mut self, lines: Vec<(usize, Painted)>) {
        if self.painted.len() > PAINTED {
            self.painted.clear();
        }
        self.painted.extend(lines.into_iter().map(|(line, painted)| (line, Arc::new(painted))));
    }

    /// The bytes of a line that are on the screen.
    #[must_use]
    pub fn window(&self, source: &Source, line: usize, width: usize) -> std::ops::Range<usize> {
        let text = source.line(line);
        let (from, _) = self.columns.byte_at(text, line, self.left);
        let mut to = from;
        let mut columns = 0;
        for segment in text::marks(text).starting_at(from, 0) {
            if columns > width {
                break;
            }
            columns += text::width(&segment.text);
            to = segment.range.end;
        }
        from..to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer() -> Viewer {
        let mut viewer = Viewer::default();
        viewer.show(Doc::File(0));
        viewer
    }

    #[test]
    fn the_cursor_stays_on_the_screen_and_in_the_file() {
        let source = Source::new("x\n".repeat(99));
        let mut v = viewer();
        v.step(50, Some(&source), 0, 20);
        assert_eq!(v.cursor, 51);
        assert!(v.top + 20 > v.cursor && v.top <= v.cursor);
        v.step(1000, Some(&source), 0, 20);
        assert_eq!((v.cursor, v.top), (100, 81));
        v.step(-1000, Some(&source), 0, 20);
        assert_eq!((v.cursor, v.top), (1, 1));
        v.wheel(10, Some(&source), 0, 20);
        assert_eq!((v.cursor, v.top), (11, 11));
    }

    #[test]
    fn a_span_far_to_the_right_comes_into_view() {
        let source = Source::new(format!("{}exec(x)\n", " ".repeat(3000)));
        let mut v = viewer();
        v.to_span(Span { start: 3000, end: 3007 }, &source, 20, 60);
        assert!(v.left <= 3000 && v.left + 60 > 3007);
        v.to_span(Span { start: 0, end: 4 }, &source, 20, 60);
        assert_eq!(v.left, 0);
    }

    #[test]
    fn a_document_is_shown_where_it_was_left() {
        let source = Source::new("x\n".repeat(99));
        let mut v = viewer();
        v.step(70, Some(&source), 0, 20);
        let top = v.top;
        assert!(v.show(Doc::File(1)));
        assert_eq!(v.cursor, 1);
        assert!(v.show(Doc::File(0)));
        assert_eq!((v.cursor, v.top), (71, top));
        assert!(!v.show(Doc::File(0)));
    }
}
