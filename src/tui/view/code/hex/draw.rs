//! The bytes of a file or layer, as many in a row as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::config::{Role, Theme};
use crate::ledger::SpanRole;
use crate::text::Span;

use crate::tui::state::{Pane, State};
use crate::tui::view::annotations::draw::span_role;
use crate::tui::view::code::hex::{column, columns, digits};

/// Bytes to draw, and what is marked among them.
pub(in crate::tui) struct Dump<'a> {
    pub bytes: &'a [u8],
    /// First row on the screen.
    pub top: usize,
    /// Bytes in a row.
    pub row: usize,
    pub span: Span,
    pub selection: Span,
    pub marked: Vec<(Span, SpanRole)>,
    pub cursor: Option<usize>,
}

pub(in crate::tui) fn draw(state: &State, bytes: &[u8], area: Rect, buf: &mut Buffer) {
    let viewer = &state.viewer;
    let dump = Dump {
        bytes,
        top: viewer.top,
        row: viewer.bytes_in_row(),
        span: viewer.bytes.or_else(|| Some(state.bytes_of(viewer.span?))).unwrap_or_default(),
        selection: viewer.selection.map(|selection| state.bytes_of(selection.span())).unwrap_or_default(),
        marked: marked(state, area.height),
        cursor: (state.focus == Pane::Source).then_some(viewer.byte),
    };
    draw_bytes(&dump, state.theme(), area, buf);
}

/// The marked bytes of the file that are on the screen.
fn marked(state: &State, height: u16) -> Vec<(Span, SpanRole)> {
    let Some(doc) = state.viewer.doc else { return Vec::new() };
    let row = state.viewer.bytes_in_row();
    let start = state.viewer.top.saturating_mul(row);
    let seen = Span { start, end: start.saturating_add(usize::from(height) * row) };
    match state.docs.source(doc) {
        None => state.spans.within(doc, seen).collect(),
        Some(source) => {
            let spans = state.spans.within(doc, source.from_file(seen));
            spans.map(|(span, role)| (source.to_file(span), role)).collect()
        }
    }
}

/// Draws the rows that are on the screen.
pub(in crate::tui) fn draw_bytes(dump: &Dump<'_>, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let wide = digits(dump.bytes.len());
    let (bytes_at, text_at, _) = columns(dump.bytes.len(), dump.row);
    let width = usize::from(area.width);
    for line in 0..area.height {
        let start = (dump.top + usize::from(line)) * dump.row;
        let end = dump.bytes.len().min(start.saturating_add(dump.row));
        let Some(row) = dump.bytes.get(start..end).filter(|row| !row.is_empty()) else { break };
        let y = area.y + line;
        let mut put = |x: usize, text: &str, style: Style| {
            if x < width {
                buf.set_stringn(area.x + u16::try_from(x).unwrap_or_default(), y, text, width - x, style);
            }
        };
        put(1, &format!("{start:0wide$x}"), theme.style(Role::LineNumber));
        for (index, byte) in row.iter().enumerate() {
            let at = start + index;
            let (shown, number, letter) = match byte {
                0 => ('·', Role::Faint, Role::Faint),
                0x20..=0x7E => (char::from(*byte), Role::Text, Role::Literal),
                _ => ('·', Role::Detail, Role::Faint),
            };
            let inside = |span: &Span| (span.start..span.end).contains(&at);
            let role = dump.marked.iter().find(|(span, _)| inside(span)).map(|(_, role)| *role);
            let look = |look: Role| {
                let style = theme.style(look);
                let style = role.map_or(style, |role| style.patch(theme.style(span_role(role))));
                let style = match () {
                    () if inside(&dump.selection) => style.patch(theme.style(Role::Selection)),
                    () if inside(&dump.span) => style.patch(theme.style(Role::Span)),
                    () => style,
                };
                if dump.cursor == Some(at) { style.add_modifier(Modifier::REVERSED) } else { style }
            };
            put(bytes_at + column(index), &format!("{byte:02x}"), look(number));
            put(text_at + index, shown.encode_utf8(&mut [0; 4]), look(letter));
        }
    }
}
