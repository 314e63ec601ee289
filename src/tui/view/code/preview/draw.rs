//! The preview: what the file is, what it carries, then its picture in half blocks or its listing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::config::{Depth, Role};
use crate::evidence::preview::{Picture, Preview};
use crate::text::{escape, width};

use crate::tui::state::State;
use crate::tui::widget::fit;

/// Rows of the preview but for the picture, which takes what is left.
pub(super) fn rows(preview: &Preview) -> usize {
    1 + preview.notes.len() + preview.rows.len()
}

pub(in crate::tui) fn draw(state: &State, preview: &Preview, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let room = usize::from(area.width.saturating_sub(2));
    let mut y = area.y;
    let mut put = |left: &str, right: &str, role: Role, buf: &mut Buffer| {
        if y < area.bottom() {
            let left = fit::end(left, room.saturating_sub(width(right) + usize::from(!right.is_empty())));
            buf.set_stringn(area.x + 1, y, &left, room, theme.style(role));
            if !right.is_empty() {
                let line = Rect { x: area.x + 1, y, width: area.width.saturating_sub(2), height: 1 };
                crate::tui::widget::frame::put_right(right, line, theme.style(Role::LineNumber), buf);
            }
            y += 1;
        }
    };
    let top = state.previews.top;
    let first = [(escape(&preview.what).into_owned(), String::new(), Role::Title)].into_iter();
    let notes = preview.notes.iter().map(|note| {
        let role = if note.odd { Role::Message } else { Role::Dim };
        (escape(&note.what).into_owned(), format!("0x{:x}", note.at), role)
    });
    let rows = preview.rows.iter().map(|(name, size)| (escape(name).into_owned(), size.to_string(), Role::Text));
    for (left, right, role) in first.chain(notes).chain(rows).skip(top).take(usize::from(area.height)) {
        put(&left, &right, role, buf);
    }
    let rest = Rect { y: (y + 1).min(area.bottom()), height: area.bottom().saturating_sub(y + 1), ..area };
    if let Some(picture) = &preview.picture {
        draw_picture(picture, theme.depth(), rest, buf);
    }
}

/// The picture as large as there is room for, two points in a cell, one above the other.
fn draw_picture(picture: &Picture, depth: Depth, area: Rect, buf: &mut Buffer) {
    let (wide, high) = (f32::from(area.width.saturating_sub(2)), f32::from(area.height) * 2.0);
    let scale = (wide / picture.width as f32).min(high / picture.height as f32).min(4.0);
    let columns = (picture.width as f32 * scale).round() as u16;
    let points = ((picture.height as f32 * scale).round() as u16).max(1);
    let color = |x: u16, y: u16| {
        let at = |of: u16, all: u16| (f32::from(of) + 0.5) / f32::from(all.max(1));
        picture.at(at(x, columns), at(y, points)).filter(|_| y < points)
    };
    for row in 0..points.div_ceil(2).min(area.height) {
        for column in 0..columns.min(area.width.saturating_sub(2)) {
            let Some(above) = color(column, row * 2) else { continue };
            let below = color(column, row * 2 + 1);
            let Some(cell) = buf.cell_mut((area.x + 1 + column, area.y + row)) else { continue };
            match depth {
                // Without colors what is bright is dense.
                Depth::None => {
                    const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
                    let bright = |[red, green, blue]: [u8; 3]| {
                        (u32::from(red) * 3 + u32::from(green) * 6 + u32::from(blue)) / 10
                    };
                    let shade = (bright(above) + below.map_or(0, bright)) / 2 * 5 / 256;
                    cell.set_symbol(SHADES.get(shade as usize).copied().unwrap_or("█"));
                }
                _ => {
                    let style = Style::new().fg(paint(above, depth));
                    cell.set_symbol("▀").set_style(below.map_or(style, |below| style.bg(paint(below, depth))));
                }
            }
        }
    }
}

/// A color as the terminal has it.
fn paint([red, green, blue]: [u8; 3], depth: Depth) -> Color {
    match depth {
        Depth::True => Color::Rgb(red, green, blue),
        // The cube of six by six by six that begins at 16.
        _ => {
            let level = |of: u8| u8::try_from((u16::from(of) * 5 + 127) / 255).unwrap_or(5);
            Color::Indexed(16 + 36 * level(red) + 6 * level(green) + level(blue))
        }
    }
}
