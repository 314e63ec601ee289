//! The page of the label.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};

use crate::config::Role;
use crate::tui::state::State;
use crate::tui::view::classify::{Choice, LEFT, rows};
use crate::tui::widget::fit;
use crate::tui::widget::frame::put_right;

/// Where the words stand: above the line that says what the selected one means.
pub(in crate::tui) fn words_area(state: &State) -> Rect {
    let areas = state.areas();
    let inner = if areas.bordered { areas.body.inner(Margin::new(1, 1)) } else { areas.body };
    // Where there is no border, the first row is the title.
    let head = if areas.bordered { 0 } else { inner.height.min(1) };
    let height = inner.height.saturating_sub(head + 1);
    Rect { x: inner.x + 1, y: inner.y + head, width: inner.width.saturating_sub(2), height }
}

pub(super) fn title(state: &State) -> String {
    let name = state.package().and_then(|package| package.name.clone()).unwrap_or_default();
    format!("Label · {}", crate::text::escape(&name))
}

/// Where the words that are chosen come from.
pub(super) fn from(state: &State) -> &'static str {
    match (super::is_known(state), state.classify.proposed && !state.classify.touched) {
        (false, _) => "asking the ledger …",
        (true, true) => "proposed from the steps",
        (true, false) => "",
    }
}

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let words = words_area(state);
    if words.y > area.y {
        let room = usize::from(area.width.saturating_sub(2));
        buf.set_stringn(area.x + 1, area.y, title(state), room, theme.style(Role::Title));
        put_right(&format!("{} ", from(state)), Rect { height: 1, ..area }, theme.style(Role::Dim), buf);
    }
    let page = &state.classify;
    let all = Choice::all();
    for (y, row) in (words.y..words.bottom()).zip(rows(page, usize::from(words.width)).iter().skip(page.top)) {
        buf.set_stringn(words.x, y, row.question, LEFT, theme.style(Role::Key));
        for (at, start, text) in &row.choices {
            let x = words.x + u16::try_from(LEFT + 1 + start).unwrap_or(u16::MAX - words.x);
            let chosen = all.get(*at).is_some_and(|choice| page.has(*choice));
            let style = theme.style(if chosen { Role::Title } else { Role::Dim });
            let style = if *at == page.selected { style.patch(theme.style(Role::Selected)) } else { style };
            buf.set_stringn(x, y, text, usize::from(words.right().saturating_sub(x)), style);
        }
    }
    if words.bottom() < area.bottom()
        && let Some(choice) = all.get(page.selected)
    {
        let room = usize::from(words.width);
        buf.set_stringn(words.x, words.bottom(), fit::end(&choice.meaning(), room), room, theme.style(Role::Faint));
    }
}
