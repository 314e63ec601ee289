//! The tokens that the model read, with the attention of `[CLS]` behind them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Role;

use super::super::app::tokens::Line;
use super::super::app::{Pane, Stage, State, judgement};
use super::super::layout::TOKENS_HEAD;
use super::{fit, hollow};

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    if area.height <= TOKENS_HEAD {
        return;
    }
    let Some(judgement) = judgement(state.case.as_deref()) else {
        let text = match (&state.judge, state.stage) {
            (Some(Err(_)), _) => "there is no model: see details",
            (_, Stage::Done) => "the model read nothing",
            _ => "the model has not read yet",
        };
        return hollow(text, area, theme, buf);
    };
    let choice = state.tokens.choice.describe();
    let special = format!("{choice} · {:.0} % on [CLS] and [SEP]", state.heat.special * 100.0);
    let width = usize::from(area.width);
    buf.set_stringn(area.x, area.y, fit::end(&special, width), width, theme.style(Role::Message));
    let note = ["attention is what the model looked", "at, not a reason"];
    let note = if width > 52 { [note.join(" "), String::new()] } else { note.map(str::to_owned) };
    for (line, text) in (1..).zip(note) {
        buf.set_stringn(area.x, area.y + line, text, width, theme.style(Role::Dim));
    }
    let area = Rect { y: area.y + TOKENS_HEAD, height: area.height - TOKENS_HEAD, ..area };
    let selected = state.tokens.cells.get(state.tokens.selected).and_then(|c| c.piece);
    for (row, line) in (0..area.height).zip(state.tokens.lines.iter().skip(state.tokens.top)) {
        let y = area.y + row;
        let cells = match line {
            Line::Window(window) => {
                let text = format!("window {} of {} ", window + 1, judgement.windows.len());
                let (x, _) = buf.set_stringn(area.x, y, text, width, theme.style(Role::Entry));
                let rest = usize::from(area.right().saturating_sub(x));
                buf.set_stringn(x, y, "─".repeat(rest), rest, theme.style(Role::Faint));
                continue;
            }
            Line::Cells(range) => range.clone(),
        };
        for index in cells {
            let Some(cell) = state.tokens.cells.get(index) else { continue };
            let heat = state.heat.tokens.get(cell.window).and_then(|w| w.get(cell.token)).copied().unwrap_or_default();
            let role = if cell.piece.is_none() { Role::Faint } else { Role::Text };
            let mut style = theme.style(role).patch(theme.heat(heat));
            if cell.piece.is_some() && cell.piece == selected {
                style = style.add_modifier(ratatui::style::Modifier::UNDERLINED);
            }
            if index == state.tokens.selected && state.focus == Pane::Tokens {
                style = style.add_modifier(ratatui::style::Modifier::REVERSED);
            }
            let x = area.x + u16::try_from(cell.column).unwrap_or(u16::MAX).min(area.width);
            buf.set_stringn(x, y, &cell.text, usize::from(area.right().saturating_sub(x)), style);
        }
    }
}
