//! The banner of the guided tour.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget as _};

use crate::config::{Action, Context, Role};
use crate::text::width;

use crate::tui::state::State;
use crate::tui::view::guide::{Guide, text, title};
use crate::tui::widget::fit;
use crate::tui::widget::page::broken;

/// A bar at its left end tells it from the views.
const BAR: &str = "▌";

/// The keys that lead through the tour, with their columns from the right end.
fn keys(state: &State, guide: &Guide, area: Rect) -> Vec<(Action, String, &'static str, u16)> {
    let words = [(Action::GuideBack, "back"), (Action::GuideNext, "skip"), (Action::Guide, "leave")];
    let mut x = area.right();
    let mut keys = Vec::new();
    for (action, word) in words.into_iter().rev().filter(|(action, _)| match action {
        Action::GuideBack => guide.lesson.is_some_and(|lesson| lesson as usize > 0),
        Action::GuideNext => guide.lesson.is_some(),
        _ => true,
    }) {
        let Some(key) = state.config.keys.key_in(Context::Guide, action) else { continue };
        let wide = u16::try_from(width(&key) + 1 + width(word) + 2).unwrap_or_default();
        x = x.saturating_sub(wide).max(area.x);
        keys.push((action, key, word, x));
    }
    keys
}

/// The action whose key stands at a place of the banner.
pub(in crate::tui) fn action_at(state: &State, at: Position) -> Option<Action> {
    let (guide, area) = (state.guide.as_ref()?, state.areas().banner?);
    let title = Rect { height: 1, ..area };
    let keys = keys(state, guide, area);
    let found = keys.into_iter().find(|(_, key, word, x)| {
        let wide = u16::try_from(width(key) + 1 + width(word)).unwrap_or_default();
        title.contains(at) && (*x..x + wide).contains(&at.x)
    });
    found.map(|(action, ..)| action)
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let Some(guide) = &state.guide else { return };
    let theme = state.theme();
    Clear.render(area.intersection(buf.area), buf);
    buf.set_style(area, theme.style(Role::Overlay));
    for y in area.top()..area.bottom() {
        buf.set_string(area.x, y, BAR, theme.style(Role::BorderFocus));
    }
    let keys = keys(state, guide, area);
    let end = keys.last().map_or(area.right(), |(.., x)| *x);
    let room = usize::from(end.saturating_sub(area.x + 3));
    buf.set_stringn(area.x + 2, area.y, fit::end(&title(guide), room), room, theme.style(Role::TitleFocus));
    for (_, key, word, x) in keys {
        let (x, _) = buf.set_stringn(x, area.y, key, usize::from(area.right() - x), theme.style(Role::Key));
        let room = usize::from(area.right().saturating_sub(x + 1));
        buf.set_stringn(x + 1, area.y, word, room, theme.style(Role::Dim));
    }
    let room = usize::from(area.width.saturating_sub(4)).max(1);
    for (y, line) in (area.y + 1..area.bottom()).zip(broken(&text(state, guide), room)) {
        buf.set_stringn(area.x + 2, y, line, room, theme.style(Role::Text));
    }
}
