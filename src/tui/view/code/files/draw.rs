//! The file tree.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Role;
use crate::syntax::Doc;

use crate::tui::state::{Pane, Stage, State};
use crate::tui::view::code::files::{Kind, Node};
use crate::tui::widget::fit;
use crate::tui::widget::frame::{hollow, phase_role};

pub(in crate::tui) fn title(state: &State) -> String {
    let rows = state.files.visible.len();
    if rows == 0 { String::new() } else { format!("{}/{rows}", state.files.selected + 1) }
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    if state.files.visible.is_empty() {
        let text = if state.stage == Stage::Opening { "reading …" } else { "no files" };
        return hollow(text, area, theme, buf);
    }
    for line in 0..area.height {
        let row = state.files.top + usize::from(line);
        let Some(node) = state.files.row(row) else { break };
        let at = Rect { y: area.y + line, height: 1, ..area };
        draw_row(state, node, state.files.is_open(row), at, buf);
        if row == state.files.selected {
            let role = if state.focus == Pane::Files { Role::Selected } else { Role::SelectedIdle };
            buf.set_style(at, theme.style(role));
        }
    }
}

fn draw_row(state: &State, node: &Node, open: bool, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let (sign, role) = match node.kind {
        Kind::Folder => (if open { "▾ " } else { "▸ " }, Role::Folder),
        Kind::Doc(Doc::Layer(layer)) => (if state.by_hand(layer) { "✎ " } else { "↳ " }, Role::Layer),
        Kind::Doc(doc) if state.docs.source(doc).is_none() => ("  ", Role::Binary),
        Kind::Doc(_) => ("  ", Role::File),
        Kind::Skipped(_) => ("✕ ", Role::Message),
    };
    let right = match node.tally {
        Some(tally) => format!("●{} ", tally.steps),
        None if node.skipped || matches!(node.kind, Kind::Skipped(_)) => "skipped ".to_owned(),
        None => String::new(),
    };
    let used = u16::try_from(crate::text::width(&right)).unwrap_or_default();
    let indent = u16::try_from(node.depth * 2).unwrap_or(u16::MAX).min(area.width / 2);
    let x = area.x + indent;
    let (x, _) = buf.set_stringn(x, area.y, sign, usize::from(area.right() - x), theme.style(Role::Dim));
    let room = usize::from(area.right().saturating_sub(x + used));
    let mut style = theme.style(role);
    if node.tally.is_some() && !matches!(node.kind, Kind::Folder) {
        style = style.add_modifier(ratatui::style::Modifier::BOLD);
    }
    buf.set_stringn(x, area.y, fit::end(&node.name, room), room, style);
    let style = theme.style(node.tally.map_or(Role::Message, |t| phase_role(t.phase)));
    if used < area.width {
        buf.set_stringn(area.right() - used, area.y, &right, usize::from(used), style);
    }
}
