//! What may follow a key of which two are pressed: the keys and what each does, from the table of actions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::{Key, Role};
use crate::tui::state::State;
use crate::tui::widget::fit;
use crate::tui::widget::frame::raised;

/// Draws them above the status line.
pub(in crate::tui) fn draw(state: &State, first: Key, status: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let mut lines: Vec<(String, &str)> = Vec::new();
    for (key, action) in state.config.keys.follow(state.context(), first) {
        let text = action.describe_in(state.context());
        match lines.iter_mut().find(|(_, other)| *other == text) {
            Some((keys, _)) => *keys = format!("{keys} {key}"),
            None => lines.push((key.to_string(), text)),
        }
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(status.y.saturating_sub(2));
    let keys = lines.iter().map(|(keys, _)| crate::text::width(keys)).max().unwrap_or_default();
    let text = lines.iter().map(|(_, text)| crate::text::width(text)).max().unwrap_or_default();
    let width = u16::try_from(keys + text + 4).unwrap_or(u16::MAX).min(status.width.saturating_sub(2));
    let area = Rect { x: status.x + 1, y: status.y.saturating_sub(height + 1), width, height };
    let inner = raised(&format!("{first} and"), area, theme, buf);
    for (y, (key, text)) in (inner.top()..inner.bottom()).zip(&lines) {
        let room = usize::from(inner.width.saturating_sub(1));
        buf.set_stringn(inner.x + 1, y, key, room, theme.style(Role::Key));
        let room = room.saturating_sub(keys + 2);
        let x = inner.x + 3 + u16::try_from(keys).unwrap_or_default();
        buf.set_stringn(x, y, fit::end(text, room), room, theme.style(Role::Overlay));
    }
}
