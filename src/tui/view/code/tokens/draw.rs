//! The tokens that the model read, with what explains the answer behind them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::config::Role;
use crate::model::explain::Method;

use crate::tui::derived::judgement;
use crate::tui::layout::TOKENS_HEAD;
use crate::tui::state::{Pane, Stage, State};
use crate::tui::view::code::tokens::Line;
use crate::tui::widget::fit;
use crate::tui::widget::frame::hollow;

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
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
    let width = usize::from(area.width);
    let (title, note) = head(state);
    buf.set_stringn(area.x, area.y, fit::end(&title, width), width, theme.style(Role::Message));
    let note = if width > 52 { [note.join(" "), String::new()] } else { note.map(str::to_owned) };
    for (line, text) in (1..).zip(note) {
        buf.set_stringn(area.x, area.y + line, text, width, theme.style(Role::Dim));
    }
    let area = Rect { y: area.y + TOKENS_HEAD, height: area.height - TOKENS_HEAD, ..area };
    if state.tokens.layout.lines.is_empty() {
        return hollow("laying the tokens out …", area, theme, buf);
    }
    let selected = state.tokens.piece();
    for (row, line) in (0..area.height).zip(state.tokens.layout.lines.iter().skip(state.tokens.top)) {
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
            let Some(cell) = state.tokens.layout.cells.get(index) else { continue };
            let heat = state.heat.tokens.get(cell.window).and_then(|w| w.get(cell.token)).copied().unwrap_or_default();
            let role = if cell.piece.is_none() { Role::Faint } else { Role::Text };
            let mut style = theme.style(role).patch(theme.heat(heat));
            if state.heat.signed {
                style = style.add_modifier(lean(heat));
            }
            if cell.piece.is_some() && cell.piece == selected {
                style = style.add_modifier(Modifier::UNDERLINED);
            }
            if index == state.tokens.selected && state.focus == Pane::Tokens {
                style = style.add_modifier(Modifier::REVERSED);
            }
            let x = area.x + u16::try_from(cell.column).unwrap_or(u16::MAX).min(area.width);
            buf.set_stringn(x, y, &cell.text, usize::from(area.right().saturating_sub(x)), style);
        }
    }
}

/// What is shown, and what to make of it.
fn head(state: &State) -> (String, [&'static str; 2]) {
    let method = state.tokens.method;
    let special = format!("{:.0} % on [CLS] and [SEP]", state.heat.special * 100.0);
    let title = match method {
        _ if state.explaining => format!("{method} …"),
        Method::Attention => format!("{} · {special}", state.tokens.choice.describe()),
        Method::Rollout => format!("attention rollout · {special}"),
        Method::LeaveOneOut => format!("{method} · log odds lost without a step"),
        Method::Integrated | Method::Gradient => format!("{method} · log odds by gradients"),
    };
    let note = if method.signed() {
        ["bold speaks for malicious,", "italic speaks against"]
    } else {
        ["attention is what the model looked", "at, not a reason"]
    };
    (title, note)
}

/// Which way a token leans, for screens without colors: weak ones not at all.
fn lean(heat: f32) -> Modifier {
    match heat {
        _ if heat >= 0.2 => Modifier::BOLD,
        _ if heat <= -0.2 => Modifier::ITALIC | Modifier::DIM,
        _ => Modifier::empty(),
    }
}
