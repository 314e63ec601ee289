//! A line around some bytes of a document, those bytes emphasised: only as much of it as fits is looked at.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::case::search::Hit;
use crate::config::{Role, Theme};
use crate::syntax::Doc;
use crate::text::{self, Source};

use crate::tui::state::State;

/// Most blanks at the start of a line that are left out.
const BLANKS: usize = 4096;

/// Where a match stands: line and column of a text, else the byte.
pub(in crate::tui) fn place(state: &State, doc: Doc, hit: Hit) -> String {
    match state.docs.source(doc).filter(|_| !hit.raw) {
        Some(source) => {
            let (line, column) = source.line_column(hit.span.start);
            format!("{line}:{column}")
        }
        None => format!("0x{:x}", hit.span.start),
    }
}

/// Draws the line, or the bytes, around a match; if asked to, so that no terminal makes a link of an address in it.
pub(in crate::tui) fn draw(state: &State, doc: Doc, hit: Hit, defang: bool, area: Rect, buf: &mut Buffer) {
    match state.docs.source(doc).filter(|_| !hit.raw) {
        Some(source) => in_text(source, hit, defang, state.theme(), area, buf),
        None => in_bytes(state.docs.bytes(doc), hit, state.theme(), area, buf),
    }
}

fn in_text(source: &Source, hit: Hit, defang: bool, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let width = usize::from(area.width);
    let number = source.line_of(hit.span.start);
    let line = source.line(number);
    let start = hit.span.start.saturating_sub(source.line_start(number)).min(line.len());
    let end = hit.span.end.saturating_sub(source.line_start(number)).min(line.len()).max(start);
    let Some(before) = line.get(..start) else { return };
    let indent = before.bytes().take(BLANKS).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    // A match far to the right keeps a third of the room before it.
    let far = before.char_indices().rev().take(width).nth(width / 3).map_or(0, |(at, _)| at);
    let fits = line.len() - indent <= width || start - indent <= width * 2 / 3;
    let from = if fits { indent } else { far.max(indent) };
    let mut x = area.x;
    let right = area.right();
    if from > indent {
        x = buf.set_stringn(x, area.y, "…", usize::from(right.saturating_sub(x)), theme.style(Role::Faint)).0;
    }
    let parts = [(from, start, Role::Text), (start, end, Role::Match), (end, line.len(), Role::Text)];
    for (from, to, role) in parts {
        // No character of a text takes more than four bytes.
        let seen = (from..to.min(from + 4 * width)).rev().find(|at| line.is_char_boundary(*at));
        let to = if to - from > 4 * width { seen.unwrap_or(to) } else { to };
        for segment in text::marks(line.get(..to).unwrap_or("")).starting_at(from, 0) {
            if x >= right {
                return;
            }
            let style = theme.style(role);
            let style = if segment.hidden && role == Role::Text { style.patch(theme.style(Role::Mark)) } else { style };
            let shown = if defang { segment.text.replace("://", "[:]//") } else { segment.text.into_owned() };
            x = buf.set_stringn(x, area.y, &shown, usize::from(right - x), style).0;
        }
    }
    if end > line.len() || hit.span.end > source.line_start(number) + line.len() {
        // It goes on on the next line.
        buf.set_stringn(x, area.y, "↵", usize::from(right.saturating_sub(x)), theme.style(Role::Match));
    }
}

fn in_bytes(bytes: &[u8], hit: Hit, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let right = area.right();
    // Three columns a byte and one for its letter.
    let room = usize::from(area.width / 4).max(1);
    let from = hit.span.start.saturating_sub(4.min(room / 4));
    let shown = bytes.get(from..bytes.len().min(from + room)).unwrap_or(&[]);
    let role = |at: usize, other: Role| if (hit.span.start..hit.span.end).contains(&at) { Role::Match } else { other };
    let mut x = area.x;
    for (index, byte) in shown.iter().enumerate() {
        let style = theme.style(role(from + index, Role::Detail));
        let after = buf.set_stringn(x, area.y, format!("{byte:02x}"), usize::from(right.saturating_sub(x)), style).0;
        x = (after + 1).min(right);
    }
    for (index, byte) in shown.iter().enumerate() {
        let shown = if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '·' };
        let style = theme.style(role(from + index, Role::Literal));
        let mut letter = [0; 4];
        x = buf.set_stringn(x, area.y, shown.encode_utf8(&mut letter), usize::from(right.saturating_sub(x)), style).0;
    }
}
