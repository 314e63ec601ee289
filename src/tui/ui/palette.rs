//! The lines being typed: search and a model's folder in the footer, the palette above it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use crate::config::Role;
use crate::text::escape;

use super::super::app::State;
use super::super::app::prompt::{Palette, Prompt};
use super::{fit, raised};

/// Most commands shown at once.
const ROWS: u16 = 12;

/// Draws a prompt; says where the cursor stands.
pub(super) fn draw(state: &State, prompt: &Prompt, footer: Rect, buf: &mut Buffer) -> Option<Position> {
    match prompt {
        Prompt::Search(input) => Some(line(state, "/", input, footer, buf)),
        Prompt::Model(input) => Some(line(state, "folder of the model: ", input, footer, buf)),
        Prompt::Note(input) => Some(line(state, "note for the next mark: ", input, footer, buf)),
        Prompt::Palette(palette) => draw_palette(state, palette, footer, buf),
    }
}

fn line(state: &State, sign: &str, input: &Input, area: Rect, buf: &mut Buffer) -> Position {
    let theme = state.theme();
    buf.set_string(area.x, area.y, " ".repeat(usize::from(area.width)), theme.style(Role::Text));
    let (x, _) = buf.set_stringn(area.x + 1, area.y, sign, usize::from(area.width), theme.style(Role::Key));
    let room = usize::from(area.right().saturating_sub(x + 1));
    let scroll = input.visual_scroll(room);
    // What is typed or pasted is the user's own, but a paste may hold what a package wrote.
    let shown = escape(input.value());
    let shown: String = shown.chars().skip(scroll).collect();
    buf.set_stringn(x, area.y, shown, room, theme.style(Role::Text));
    let cursor = u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or_default();
    Position::new((x + cursor).min(area.right().saturating_sub(1)), area.y)
}

fn draw_palette(state: &State, palette: &Palette, footer: Rect, buf: &mut Buffer) -> Option<Position> {
    let theme = state.theme();
    let rows = ROWS.min(footer.y.saturating_sub(3));
    if rows == 0 {
        return None;
    }
    let width = state.size.width.saturating_sub(4).min(90);
    let x = (state.size.width - width) / 2;
    let area = Rect::new(x, footer.y - rows - 2, width, rows + 1);
    let area = raised("Commands", area, theme, buf);
    let first = usize::from(rows).min(palette.selected + 1);
    let top = palette.selected + 1 - first;
    for (row, action) in (0..rows).zip(palette.found.iter().skip(top)) {
        let y = area.y + 1 + row;
        let name = action.name().replace('_', " ");
        buf.set_stringn(area.x + 1, y, format!("{name:<18}"), 18, theme.style(Role::TitleFocus));
        let keys = fit::end(&state.config.keys.keys(*action).join(" "), 12);
        let keys_at = area.right().saturating_sub(13);
        let room = usize::from(keys_at.saturating_sub(area.x + 20));
        buf.set_stringn(area.x + 20, y, fit::end(action.describe(), room), room, theme.style(Role::Text));
        buf.set_stringn(keys_at, y, keys, 12, theme.style(Role::Key));
        if top + usize::from(row) == palette.selected {
            buf.set_style(Rect { y, height: 1, ..area }, theme.style(Role::Selected));
        }
    }
    Some(line(state, ":", &palette.input, Rect { height: 1, ..area }, buf))
}
