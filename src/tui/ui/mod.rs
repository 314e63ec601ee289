//! Pure drawing: a function of the state, a file per pane. Only what is visible is laid out.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use crate::config::{Action, Role, Theme};
use crate::text::escape;

use super::app::view::View;
use super::app::{Overlay, Pane, State};
use super::layout;

pub(super) use indicators::list_area as indicators_list;
pub(super) use palette::list_area as picker_list;
pub(super) use report::text_area as report_text;
pub(super) use results::list_area as results_list;
pub(super) use spans::list_area as spans_list;
pub(super) use start::line_at as start_line;
pub(super) use strip::percent;

/// Most columns of the package in the name of the window.
const TITLE: usize = 60;

mod card;
mod diff;
mod explain;
mod files;
mod fit;
mod footer;
mod guide;
mod hex;
mod hit;
mod indicators;
mod lab;
mod page;
mod palette;
mod queue;
mod report;
mod results;
mod sequence;
mod source;
mod spans;
mod start;
mod strip;
mod tokens;

/// The action whose key stands at a place of the screen.
pub(super) fn action_at(state: &State, at: Position) -> Option<Action> {
    footer::action_at(state, at).or_else(|| guide::action_at(state, at))
}

/// The name of the window: the package and its risk. All of it is printable.
pub(super) fn window_title(state: &State) -> String {
    let mut parts = Vec::new();
    if let Some(package) = state.package() {
        let name = package.name.as_deref().map_or_else(|| state.path.clone(), |name| escape(name).into_owned());
        let version = package.version.as_deref().map(|version| format!(" {}", escape(version))).unwrap_or_default();
        parts.push(fit::end(&format!("{name}{version}"), TITLE));
    }
    let judgement = super::app::judgement(state.case.as_deref());
    parts.extend(judgement.map(|judgement| format!("risk {}", percent(judgement.probability))));
    parts.push("Cerebro".to_owned());
    parts.join(" · ")
}

/// Draws the whole screen.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let areas = state.areas();
    let area = frame.area();
    let buf = frame.buffer_mut();
    buf.set_style(area, state.theme().style(Role::Ground));
    buf.set_style(area, state.theme().style(Role::Text));
    strip::draw(state, areas.strip, buf);
    if state.view == View::Card {
        let body = areas.body;
        let area = match areas.bordered {
            true => frame_around(state, true, body, &super::app::card::title(state), "", buf),
            false => body,
        };
        card::draw(state, area, buf);
        if let Some(peek) = areas.peek {
            card::draw_peek(state, peek, buf);
        }
    }
    if state.view == View::Explain {
        explain::draw(state, areas.body, buf);
    }
    if state.view == View::Results {
        let area = match areas.bordered {
            true => frame_around(state, true, areas.body, "Matches in the whole package", "", buf),
            false => areas.body,
        };
        results::draw(state, area, buf);
    }
    if state.view == View::Indicators {
        let area = match areas.bordered {
            true => frame_around(state, true, areas.body, "Indicators", "", buf),
            false => areas.body,
        };
        indicators::draw(state, area, buf);
    }
    if state.view == View::Spans {
        let body = areas.body;
        let area = match areas.bordered {
            true => frame_around(state, true, body, "Marked spans", &spans::counted(state), buf),
            false => body,
        };
        spans::draw(state, area, buf);
    }
    if state.view == View::Diff {
        diff::draw(state, buf);
    }
    if state.view == View::Queue {
        let title = queue::title(state);
        let area = match areas.bordered {
            true => frame_around(state, true, areas.body, &title, "", buf),
            false => areas.body,
        };
        queue::draw(state, area, buf);
    }
    if state.view == View::Report {
        let area = match areas.bordered {
            true => frame_around(state, true, areas.body, &report::title(state), &report::place(state), buf),
            false => areas.body,
        };
        report::draw(state, area, buf);
    }
    if state.view == View::Lab {
        lab::draw(state, buf);
    }
    if state.view == View::Start {
        if areas.bordered {
            frame_around(state, true, areas.body, "Start", "", buf);
        }
        start::draw(state, buf);
    }
    if let Some(tabs) = areas.tabs {
        draw_tabs(state, tabs, buf);
    }
    if let Some(area) = areas.files {
        let area = border(state, Pane::Files, area, areas.bordered, "Files", &files::title(state), buf);
        files::draw(state, area, buf);
    }
    if let Some(area) = areas.source {
        let (title, place) = source::titles(state, area.width);
        let area = border(state, Pane::Source, area, areas.bordered, &title, &place, buf);
        source::draw(state, area, buf);
    }
    if let Some(area) = areas.right {
        if state.right == Pane::Tokens {
            let area = border(state, Pane::Tokens, area, areas.bordered, "Tokens the model read", "", buf);
            tokens::draw(state, area, buf);
        } else {
            let title = if state.steps.only.is_some() { "Behaviors of this file" } else { "Behaviors in run order" };
            let area = border(state, Pane::Sequence, area, areas.bordered, title, &sequence::title(state), buf);
            sequence::draw(state, area, buf);
        }
    }
    if let Some(banner) = areas.banner {
        guide::draw(state, banner, buf);
    }
    footer::draw(state, areas.footer, buf);
    footer::draw_status(state, areas.status, buf);
    match &state.overlay {
        Some(Overlay::Help(top)) => {
            page::draw(state, &keys_title(state), &super::app::pages::help(state), *top, None, buf)
        }
        Some(Overlay::Details(spot)) => {
            page::draw(state, "Details", &super::app::pages::details(state), spot.top, spot.line, buf);
        }
        Some(Overlay::Places(places)) => {
            page::draw(state, &places.title, &places.lines, places.spot.top, places.spot.line, buf);
        }
        Some(Overlay::Prompt(prompt)) => {
            if let Some(cursor) = palette::draw(state, prompt, areas.status, buf) {
                frame.set_cursor_position(cursor);
            }
        }
        None => {}
    }
    if let Some(rows) = state.drag.rows {
        let buf = frame.buffer_mut();
        buf.set_style(rows.intersection(buf.area), state.theme().style(Role::Selected));
    }
}

/// The rows of a part of the screen as text, blanks at their ends left out. What stands on the screen is escaped.
pub(super) fn rows(buf: &Buffer, area: Rect) -> String {
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

/// The title of help, with the key that goes from section to section.
fn keys_title(state: &State) -> String {
    format!("Keys · {} next section · {} find", state.key(Action::Next), state.key(Action::Search))
}

/// Draws a pane's border with its titles and gives back what is inside.
fn border(state: &State, pane: Pane, area: Rect, bordered: bool, title: &str, right: &str, buf: &mut Buffer) -> Rect {
    if !bordered {
        return area;
    }
    frame_around(state, state.view == View::Code && state.focus == pane, area, title, right, buf)
}

/// Draws a border with its titles and gives back what is inside.
fn frame_around(state: &State, focused: bool, area: Rect, title: &str, right: &str, buf: &mut Buffer) -> Rect {
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

fn draw_tabs(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let mut end = area.x;
    for (pane, name, x) in layout::tabs(area, state.right) {
        let focused = pane == state.focus;
        let style = if focused {
            theme.style(Role::TitleFocus).patch(theme.style(Role::Selected))
        } else {
            theme.style(Role::Dim)
        };
        end = buf.set_stringn(x, area.y, name, usize::from(area.right() - x), style).0;
    }
    let right = match state.focus {
        Pane::Source => {
            let (title, place) = source::titles(state, area.right().saturating_sub(end + 2));
            format!("{title}  {place}")
        }
        Pane::Files => files::title(state),
        Pane::Sequence => sequence::title(state),
        Pane::Tokens => String::new(),
    };
    put_right(
        &right,
        Rect { x: end + 1, width: area.right().saturating_sub(end + 1), ..area },
        theme.style(Role::Dim),
        buf,
    );
}

/// Draws a text at the right end of a line; too long a text loses its start.
fn put_right(text: &str, area: Rect, style: Style, buf: &mut Buffer) {
    let text = fit::start(text, usize::from(area.width));
    let width = u16::try_from(crate::text::width(&text)).unwrap_or(area.width);
    let x = area.right().saturating_sub(width).max(area.x);
    buf.set_stringn(x, area.y, &text, usize::from(area.width), style);
}

/// Escaped lines in the middle of an empty pane, each broken where it is too long.
fn hollow(text: &str, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(2)).max(1);
    let lines = text.lines().flat_map(|line| super::app::pages::broken(line, room));
    for (y, line) in (area.y + area.height / 3..area.bottom()).zip(lines) {
        let width = u16::try_from(crate::text::width(&line)).unwrap_or(area.width);
        let x = area.x + area.width.saturating_sub(width) / 2;
        buf.set_stringn(x, y, &line, usize::from(area.right().saturating_sub(x)), theme.style(Role::Dim));
    }
}

/// Empties an area for something on top, with a border around it.
fn raised(title: &str, area: Rect, theme: &Theme, buf: &mut Buffer) -> Rect {
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
fn heat_mark(heat: f32) -> &'static str {
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
pub(super) fn phase_role(phase: crate::package::Phase) -> Role {
    match phase {
        crate::package::Phase::Install => Role::CodeInstall,
        crate::package::Phase::Import => Role::CodeImport,
        crate::package::Phase::Run => Role::CodeRun,
    }
}
