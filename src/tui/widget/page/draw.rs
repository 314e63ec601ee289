//! Help and details: lines in a frame on top of the panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Role;

use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::widget::fit;
use crate::tui::widget::frame::raised;
use crate::tui::widget::page::{PageLine, left};

pub(in crate::tui) fn draw(
    state: &State,
    title: &str,
    lines: &[PageLine],
    top: usize,
    selected: Option<usize>,
    buf: &mut Buffer,
) {
    let theme = state.theme();
    let area = layout::page(state.size, lines.len());
    let height = usize::from(area.height);
    let below = lines.len().saturating_sub(top + height);
    let leads = selected.is_some_and(|line| (top..top + height).contains(&line));
    let title = if leads { format!("{title} · Enter goes to the place") } else { title.to_owned() };
    let title = if below > 0 { format!("{title} · {below} more lines below") } else { title };
    let area = raised(&title, area, theme, buf);
    let width = usize::from(area.width);
    let words = left(width);
    let mut marked = false;
    for (row, (at, line)) in (0..area.height).zip(lines.iter().enumerate().skip(top)) {
        let y = area.y + row;
        // The lines into which a selected pair is broken are marked with it.
        marked = selected == Some(at) || marked && matches!(line, PageLine::Pair { first: false, .. });
        match line {
            PageLine::Blank => {}
            PageLine::Heading(text) => {
                buf.set_stringn(area.x, y, text, width, theme.style(Role::Entry));
            }
            PageLine::Pair { word, text, .. } => {
                buf.set_stringn(area.x, y, fit::end(word, words), words, theme.style(Role::Key));
                let x = area.x + u16::try_from(words + 1).unwrap_or_default();
                let room = usize::from(area.right().saturating_sub(x));
                buf.set_stringn(x, y, text, room, theme.style(Role::Text));
            }
        }
        if marked {
            buf.set_style(Rect { y, height: 1, ..area }, theme.style(Role::Selected));
        }
    }
}
