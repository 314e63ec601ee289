//! The bytes of a file, sixteen a row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Role;
use crate::ledger::SpanRole;
use crate::text::Span;

use super::super::app::State;
use super::super::app::viewer::{HEX_ROW, Selection};
use super::spans::span_role;

/// The selected bytes of the file.
fn selected(state: &State) -> std::ops::Range<usize> {
    let source = state.viewer.doc.and_then(|doc| state.docs.source(doc));
    let span = state.viewer.selection.map(Selection::span);
    let span = span.map(|span| source.map_or(span, |source| source.to_file(span)));
    span.map_or(0..0, |span| span.start..span.end)
}

/// The marked bytes of the file that are on the screen.
fn marked(state: &State, seen: Span) -> Vec<(Span, SpanRole)> {
    let Some(doc) = state.viewer.doc else { return Vec::new() };
    match state.docs.source(doc) {
        None => state.spans.within(doc, seen).collect(),
        Some(source) => {
            let spans = state.spans.within(doc, source.from_file(seen));
            spans.map(|(span, role)| (source.to_file(span), role)).collect()
        }
    }
}

pub(super) fn draw(state: &State, bytes: &[u8], area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let seen = Span { start: state.viewer.top * HEX_ROW, end: (state.viewer.top + usize::from(area.height)) * HEX_ROW };
    let (selected, marked) = (selected(state), marked(state, seen));
    let digits = format!("{:x}", bytes.len()).len().max(6);
    for line in 0..area.height {
        let start = (state.viewer.top + usize::from(line)) * HEX_ROW;
        let Some(row) = bytes.get(start..bytes.len().min(start + HEX_ROW)).filter(|row| !row.is_empty()) else { break };
        let y = area.y + line;
        let end = area.right();
        let put = |x: u16, text: &str, role: Role, buf: &mut Buffer| -> u16 {
            buf.set_stringn(x, y, text, usize::from(end.saturating_sub(x)), theme.style(role)).0
        };
        let mut x = put(area.x, &format!(" {start:0digits$x}  "), Role::LineNumber, buf);
        let text_at = x + 50;
        for (index, byte) in row.iter().enumerate() {
            let role = match byte {
                0 => Role::Faint,
                0x20..=0x7E => Role::Text,
                _ => Role::Detail,
            };
            let gap = if index == HEX_ROW / 2 { " " } else { "" };
            let from = x + u16::from(!gap.is_empty());
            x = put(x, &format!("{gap}{byte:02x} "), role, buf);
            if state.viewer.bytes.is_some_and(|found| (found.start..found.end).contains(&(start + index)))
                && !selected.contains(&(start + index))
            {
                let wide = x.min(end).saturating_sub(from).saturating_sub(1);
                buf.set_style(Rect::new(from, y, wide, 1), theme.style(Role::Span));
            } else if selected.contains(&(start + index)) {
                let wide = x.min(end).saturating_sub(from).saturating_sub(1);
                buf.set_style(Rect::new(from, y, wide, 1), theme.style(Role::Selection));
            } else if let Some((_, role)) =
                marked.iter().find(|(span, _)| (span.start..span.end).contains(&(start + index)))
            {
                let wide = x.min(end).saturating_sub(from).saturating_sub(1);
                buf.set_style(Rect::new(from, y, wide, 1), theme.style(span_role(*role)));
            }
        }
        let mut x = text_at;
        for byte in row {
            let (shown, role) = match byte {
                0x20..=0x7E => (char::from(*byte), Role::Literal),
                _ => ('·', Role::Faint),
            };
            x = put(x, shown.encode_utf8(&mut [0; 4]), role, buf);
        }
    }
}
