//! The case card.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Role;

use super::super::app::State;
use super::super::app::card::{LABELS, Line};
use super::{fit, heat_mark};

/// Columns for text and technique below which the text has all of them.
const WORDS: u16 = 24;

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    for (row, (index, line)) in (0..area.height).zip(state.card.lines.iter().enumerate()) {
        let at = Rect { y: area.y + row, height: 1, ..area };
        draw_line(state, line, at, buf);
        if index == state.card.selected && line.leads.is_some() {
            buf.set_style(at, theme.style(Role::Selected));
        }
    }
}

fn draw_line(state: &State, line: &Line, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let label = u16::try_from(LABELS).unwrap_or_default().min(area.width);
    let role = if line.label.starts_with('+') { Role::Faint } else { Role::Key };
    buf.set_stringn(area.x + 1, area.y, &line.label, usize::from(label), theme.style(role));
    let mut x = area.x + label;
    if let Some(heat) = line.heat {
        let style = theme.style(Role::Text).patch(theme.heat_mark(heat));
        buf.set_stringn(x.saturating_sub(2), area.y, heat_mark(heat), 1, style);
    }
    // The place keeps up to two fifths; the text has what is left.
    let place = fit::start(&line.place, usize::from(area.width) * 2 / 5);
    let used = u16::try_from(crate::text::width(&place)).unwrap_or_default();
    let right = area.right().saturating_sub(if used > 0 { used + 2 } else { 1 });
    let technique = line.technique.filter(|_| right.saturating_sub(x) >= WORDS);
    let end = right.saturating_sub(technique.map_or(0, |id| u16::try_from(id.len()).unwrap_or_default() + 2));
    for (role, text) in &line.parts {
        let room = usize::from(end.saturating_sub(x));
        if room == 0 {
            break;
        }
        x = buf.set_stringn(x, area.y, fit::end(text, room), room, theme.style(*role)).0;
    }
    if let Some(id) = technique {
        buf.set_stringn(x + 2, area.y, id, id.len(), theme.style(Role::Faint));
    }
    let right = Rect { width: area.width.saturating_sub(1), ..area };
    super::put_right(&place, right, theme.style(Role::Place), buf);
}
