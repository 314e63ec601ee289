//! The hex view: a cursor on one byte, spans of the text shown as the bytes of the file that they were read from.

use crate::text::Span;

use crate::tui::state::{Pane, State};
use crate::tui::view::code::preview;

pub mod draw;

/// Bytes in a row, the most that the pane has room for.
const ROWS: [usize; 4] = [32, 16, 8, 4];

/// Digits of an offset.
#[must_use]
pub fn digits(length: usize) -> usize {
    format!("{length:x}").len().max(6)
}

/// The column where the bytes begin, the one where their characters begin, and the width of it all.
#[must_use]
pub fn columns(length: usize, row: usize) -> (usize, usize, usize) {
    let bytes = digits(length) + 3;
    let text = bytes + row * 3 + row.saturating_sub(1) / 8 + 1;
    (bytes, text, text + row)
}

/// The column of a byte of a row among the bytes.
#[must_use]
pub fn column(index: usize) -> usize {
    index * 3 + index / 8
}

/// As many bytes in a row as a width has room for.
#[must_use]
pub fn fitting(length: usize, width: usize) -> usize {
    ROWS.into_iter().find(|row| columns(length, *row).2 <= width).unwrap_or(1)
}

impl State {
    /// The bytes of the shown file or layer that a span of it stands for: of a text, those it was read from.
    #[must_use]
    pub fn bytes_of(&self, span: Span) -> Span {
        self.viewer.doc.and_then(|doc| self.docs.source(doc)).map_or(span, |source| source.to_file(span))
    }

    /// The byte under the cursor, as a span of the document: of a text, the character that it belongs to.
    #[must_use]
    pub fn cursor_byte(&self) -> Span {
        let byte = self.viewer.byte;
        let Some(source) = self.viewer.doc.and_then(|doc| self.docs.source(doc)) else {
            return Span { start: byte, end: (byte + 1).min(self.length()) };
        };
        let mut start = source.from_file(Span { start: byte, end: byte }).start;
        if source.to_file(Span { start, end: start }).start > byte {
            start -= source.text.get(..start).and_then(|text| text.chars().next_back()).map_or(0, char::len_utf8);
        }
        let length = source.text.get(start..).and_then(|text| text.chars().next()).map_or(0, char::len_utf8);
        Span { start, end: start + length }
    }

    /// The span of the document that bytes of the file stand for.
    #[must_use]
    pub fn span_of(&self, bytes: Span) -> Span {
        self.viewer.doc.and_then(|doc| self.docs.source(doc)).map_or(bytes, |source| source.from_file(bytes))
    }

    /// The bytes on the cursor's row, or the selected ones.
    #[must_use]
    pub fn hex_bytes(&self) -> Option<(Span, &[u8])> {
        let bytes = self.docs.bytes(self.viewer.doc?);
        let span = match self.viewer.selection {
            Some(selection) => self.bytes_of(selection.span()),
            None => {
                let row = self.viewer.bytes_in_row();
                let start = self.viewer.byte / row * row;
                Span { start, end: (start + row).min(bytes.len()) }
            }
        };
        Some((span, bytes.get(span.start..span.end)?))
    }

    /// Puts the cursor on a byte and into view.
    pub(in crate::tui) fn put_on_byte(&mut self, byte: usize) {
        let length = self.length();
        self.viewer.byte = byte.min(length.saturating_sub(1));
        let (row, height) = (self.viewer.bytes_in_row(), self.height(Pane::Source));
        let line = self.viewer.byte / row;
        if line < self.viewer.top || line >= self.viewer.top + height {
            self.viewer.top = line.saturating_sub(height / 3).min(length.div_ceil(row).saturating_sub(height));
        }
    }

    /// Moves the cursor by bytes.
    pub(in crate::tui) fn move_byte(&mut self, by: isize) {
        let length = self.length();
        let byte = self.viewer.byte.saturating_add_signed(by).min(length.saturating_sub(1));
        self.viewer.byte = byte;
        let (row, height) = (self.viewer.bytes_in_row(), self.height(Pane::Source));
        self.viewer.top = crate::tui::state::follow(self.viewer.top, byte / row, length.div_ceil(row), height);
    }

    /// Moves the cursor by rows.
    pub(in crate::tui) fn move_rows(&mut self, by: isize) {
        let row = isize::try_from(self.viewer.bytes_in_row()).unwrap_or(1);
        self.move_byte(by.saturating_mul(row));
    }

    /// To the first or last byte of the row.
    pub(in crate::tui) fn go_to_row_edge(&mut self, end: bool) {
        let row = self.viewer.bytes_in_row();
        let inside = isize::try_from(self.viewer.byte % row).unwrap_or_default();
        let last = isize::try_from(row - 1).unwrap_or_default();
        self.move_byte(if end { last - inside } else { -inside });
    }

    /// As many bytes in a row as there is room for, the same byte on the screen.
    pub(in crate::tui) fn fit_hex(&mut self) {
        let width = usize::from(self.areas().inner(Pane::Source).width);
        let length = self.length();
        let row = fitting(length, width);
        let before = self.viewer.bytes_in_row();
        self.viewer.row = row;
        if self.viewer.hex && row != before {
            self.viewer.top = self.viewer.top * before / row;
            self.move_byte(0);
        }
    }

    /// The byte under a place of the pane, from its upper left corner.
    pub(in crate::tui) fn byte_at(&self, line: usize, x: usize) -> Option<usize> {
        let row = self.viewer.bytes_in_row();
        let (bytes, text, _) = columns(self.length(), row);
        let index = match x.checked_sub(text) {
            Some(index) => index,
            None => {
                let x = x.checked_sub(bytes)?;
                (0..row).rev().find(|index| column(*index) <= x)?
            }
        };
        let byte = (self.viewer.top + line) * row + index;
        (index < row && byte < self.length()).then_some(byte)
    }

    fn length(&self) -> usize {
        self.viewer.doc.map_or(0, |doc| self.docs.bytes(doc).len())
    }
}

/// Shows the bytes, at what is emphasised or at the cursor, or the text again where the cursor was among the bytes.
pub(in crate::tui) fn toggle(state: &mut State) {
    let Some(doc) = state.viewer.doc else { return };
    if state.docs.source(doc).is_none() {
        if !preview::toggle(state) {
            state.say("These bytes are no text; they are shown as they are.");
        }
        return;
    }
    if state.viewer.hex {
        let byte = state.viewer.byte;
        let at = state.span_of(Span { start: byte, end: byte }).start;
        state.viewer.hex = false;
        state.viewer.top = 1;
        let height = state.height(Pane::Source);
        if let Some(source) = state.shown_source().cloned() {
            let line = source.line_of(state.to_shown(Span { start: at, end: at }).start);
            state.viewer.top = line.saturating_sub(height / 3).max(1);
            state.viewer.to_line(line, &source, height);
        }
        return;
    }
    let line = state.line_span(state.viewer.cursor).unwrap_or_default();
    let inside = |span: &Span| (line.start..=line.end).contains(&span.start);
    let at = state.selected_span().filter(inside).map_or(line.start, |span| span.start);
    state.viewer.hex = true;
    state.viewer.top = usize::MAX / 2;
    state.fit_hex();
    let byte = state.bytes_of(Span { start: at, end: at }).start;
    state.put_on_byte(byte);
}
