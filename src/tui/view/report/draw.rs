//! The preview of a report.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};

use crate::config::Role;

use crate::tui::state::State;
use crate::tui::view::report::rows;

/// Where the rows of the text stand.
pub(in crate::tui) fn text_area(state: &State) -> Rect {
    let areas = state.areas();
    let inner = if areas.bordered { areas.body.inner(Margin::new(1, 1)) } else { areas.body };
    // Where there is no border, the first row is the title.
    let head = if areas.bordered { 0 } else { inner.height.min(1) };
    Rect { x: inner.x + 1, y: inner.y + head, width: inner.width.saturating_sub(2), height: inner.height - head }
}

/// For whom it is.
pub(in crate::tui) fn title(state: &State) -> String {
    let edited = if state.report.edited { ", as you changed it" } else { "" };
    format!("Report: {}{edited}", state.report.format.word())
}

/// How far down one is.
pub(in crate::tui) fn place(state: &State) -> String {
    let area = text_area(state);
    let all = rows(state, usize::from(area.width)).len();
    let last = (state.report.top + usize::from(area.height)).min(all);
    if all > usize::from(area.height) { format!("{last} of {all}") } else { String::new() }
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let text = text_area(state);
    if text.y > area.y {
        let room = usize::from(area.width.saturating_sub(2));
        buf.set_stringn(area.x + 1, area.y, title(state), room, theme.style(Role::Title));
        crate::tui::widget::frame::put_right(
            &format!("{} ", place(state)),
            Rect { height: 1, ..area },
            theme.style(Role::Dim),
            buf,
        );
    }
    let refused = matches!(state.report.text, Some(Err(_)));
    for (y, row) in (text.y..text.bottom()).zip(rows(state, usize::from(text.width)).iter().skip(state.report.top)) {
        let role = match row.trim_start() {
            _ if refused => Role::Message,
            line if line.starts_with('#') => Role::Title,
            line if line.starts_with("- [ ]") => Role::Message,
            _ => Role::Text,
        };
        buf.set_stringn(text.x, y, row, usize::from(text.width), theme.style(role));
    }
}
