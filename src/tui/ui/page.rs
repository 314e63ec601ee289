//! Help and details: lines in a frame on top of the panes.

use ratatui::buffer::Buffer;

use crate::config::Role;

use super::super::app::State;
use super::super::app::pages::{KEYS, PageLine};
use super::super::layout;
use super::{fit, raised};

pub(super) fn draw(state: &State, title: &str, lines: &[PageLine], top: usize, buf: &mut Buffer) {
    let theme = state.theme();
    let area = layout::page(state.size);
    let height = usize::from(area.height);
    let below = lines.len().saturating_sub(top + height);
    let title = if below > 0 { format!("{title} · {below} more lines below") } else { title.to_owned() };
    let area = raised(&title, area, theme, buf);
    let width = usize::from(area.width);
    for (row, line) in (0..area.height).zip(lines.iter().skip(top)) {
        let y = area.y + row;
        match line {
            PageLine::Blank => {}
            PageLine::Heading(text) => {
                buf.set_stringn(area.x, y, text, width, theme.style(Role::Entry));
            }
            PageLine::Pair(word, text) => {
                buf.set_stringn(area.x, y, fit::end(word, KEYS), KEYS.min(width), theme.style(Role::Key));
                let x = area.x + u16::try_from(KEYS + 1).unwrap_or_default();
                let room = usize::from(area.right().saturating_sub(x));
                buf.set_stringn(x, y, text, room, theme.style(Role::Text));
            }
        }
    }
}
