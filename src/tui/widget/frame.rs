//! Borders, titles and marks that panes have in common.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use crate::config::{Role, Theme};
use crate::tui::layout::Areas;
use crate::tui::state::{Pane, State};
use crate::tui::view::View;
use crate::tui::widget::fit;

/// The rows of a part of the screen as text, blanks at their ends left out. What stands on the screen is escaped.
pub(in crate::tui) fn rows(buf: &Buffer, area: Rect) -> String {
    let area = area.intersection(buf.area);
    let mut text = String::new();
    for y in area.top()..area.bottom() {
        let start = text.len();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buf.cell((x, y)).map_or(" ", |cell| cell.symbol());
            text.push_str(symbol);
            // The cell after a wide character is empty.
            x += u16::try_from(crate::text::width(symbol)).unwrap_or(1).max(1);
        }
        text.truncate(start + text.get(start..).unwrap_or_default().trim_end().len());
        if y + 1 < area.bottom() {
            text.push('\n');
        }
    }
    text
}

/// Draws a pane's border with its titles and gives back what is inside.
pub(in crate::tui) fn border(
    state: &State,
    pane: Pane,
    area: Rect,
    bordered: bool,
    title: &str,
    right: &str,
    buf: &mut Buffer,
) -> Rect {
    if !bordered {
        return area;
    }
    frame_around(state, state.view == View::Code && state.focus == pane, area, title, right, buf)
}

/// Draws the border of a view's body where it has one, and gives back what is inside.
pub(in crate::tui) fn framed(state: &State, areas: &Areas, title: &str, right: &str, buf: &mut Buffer) -> Rect {
    match areas.bordered {
        true => frame_around(state, true, areas.body, title, right, buf),
        false => areas.body,
    }
}

/// Draws a border with its titles and gives back what is inside.
pub(in crate::tui) fn frame_around(
    state: &State,
    focused: bool,
    area: Rect,
    title: &str,
    right: &str,
    buf: &mut Buffer,
) -> Rect {
    let theme = state.theme();
    let (line, text) = if focused { (Role::BorderFocus, Role::TitleFocus) } else { (Role::Border, Role::Title) };
    let room = usize::from(area.width.saturating_sub(4));
    let right = if crate::text::width(title) + crate::text::width(right) + 3 <= room { right } else { "" };
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.style(line))
        .title(Line::styled(format!(" {} ", fit::end(title, room)), theme.style(text)));
    if !right.is_empty() {
        block = block.title(Line::styled(format!(" {right} "), theme.style(Role::Dim)).alignment(Alignment::Right));
    }
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// Draws a text at the right end of a line; too long a text loses its start.
pub(in crate::tui) fn put_right(text: &str, area: Rect, style: Style, buf: &mut Buffer) {
    let text = fit::start(text, usize::from(area.width));
    let width = u16::try_from(crate::text::width(&text)).unwrap_or(area.width);
    let x = area.right().saturating_sub(width).max(area.x);
    buf.set_stringn(x, area.y, &text, usize::from(area.width), style);
}

/// Escaped lines in the middle of an empty pane, each broken where it is too long.
pub(in crate::tui) fn hollow(text: &str, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(2)).max(1);
    let lines = text.lines().flat_map(|line| crate::tui::widget::page::broken(line, room));
    for (y, line) in (area.y + area.height / 3..area.bottom()).zip(lines) {
        let width = u16::try_from(crate::text::width(&line)).unwrap_or(area.width);
        let x = area.x + area.width.saturating_sub(width) / 2;
        buf.set_stringn(x, y, &line, usize::from(area.right().saturating_sub(x)), theme.style(Role::Dim));
    }
}

/// Empties an area for something on top, with a border around it.
pub(in crate::tui) fn raised(title: &str, area: Rect, theme: &Theme, buf: &mut Buffer) -> Rect {
    let outer = area.outer(ratatui::layout::Margin::new(1, 1)).intersection(buf.area);
    Clear.render(outer, buf);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .style(theme.style(Role::Overlay))
        .border_style(theme.style(Role::BorderFocus))
        .title(Span::styled(format!(" {title} "), theme.style(Role::TitleFocus)));
    let inner = block.inner(outer);
    block.render(outer, buf);
    inner
}

/// The mark of a heat between -1 and 1: an eighth to eight eighths of a cell, shades of gray for what speaks against, so that
/// the two differ without colors too, and nothing for next to nothing.
pub(in crate::tui) fn heat_mark(heat: f32) -> &'static str {
    const AGAINST: [&str; 4] = [" ", "░", "▒", "▓"];
    if heat < 0.0 {
        let level = (heat.clamp(-1.0, 0.0) * -3.0).round() as usize;
        return AGAINST.get(level).copied().unwrap_or(" ");
    }
    const MARKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let level = (heat.clamp(0.0, 1.0) * 8.0).round() as usize;
    MARKS.get(level).copied().unwrap_or(" ")
}

/// The color of a phase.
pub(in crate::tui) fn phase_role(phase: crate::package::Phase) -> Role {
    match phase {
        crate::package::Phase::Install => Role::CodeInstall,
        crate::package::Phase::Import => Role::CodeImport,
        crate::package::Phase::Run => Role::CodeRun,
    }
}
