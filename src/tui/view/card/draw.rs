//! The case card.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::case::search::Hit;
use crate::config::Role;

use crate::tui::state::State;
use crate::tui::view::card::{LABELS, Line};
use crate::tui::widget::frame::heat_mark;
use crate::tui::widget::{fit, hit};

/// Columns for text and technique below which the text has all of them.
const WORDS: u16 = 24;

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    for (row, (index, line)) in (0..area.height).zip(state.card.lines.iter().enumerate()) {
        let at = Rect { y: area.y + row, height: 1, ..area };
        draw_line(state, line, at, buf);
        if index == state.card.selected && line.leads.is_some() {
            buf.set_style(at, theme.style(Role::Selected));
            if let Some(word) = word_at(state, line, at) {
                buf.set_style(word, theme.style(Role::Selection));
            }
        }
    }
}

/// Where the selected word of the selected line stands.
fn word_at(state: &State, line: &Line, area: Rect) -> Option<Rect> {
    let (part, _) = line.jumps.get(state.card.word)?;
    let columns = |text: &str| u16::try_from(crate::text::width(text)).unwrap_or(u16::MAX);
    let before: u16 = line.parts.iter().take(*part).map(|(_, text)| columns(text)).fold(0, u16::saturating_add);
    let label = u16::try_from(LABELS).unwrap_or_default().min(area.width);
    let wide = line.parts.get(*part).map_or(0, |(_, text)| columns(text));
    Some(Rect { x: (area.x + label).saturating_add(before), width: wide, ..area }.intersection(area))
}

/// The bytes that the selected line is about, in their line.
pub(in crate::tui) fn draw_peek(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some((doc, Some(span))) = crate::tui::view::card::goal(state) else { return };
    let place = state.docs.at(doc, span.start).and_then(|at| Some(at.get(1..)?.split(':').next()?.to_owned()));
    let place = place.unwrap_or_default();
    buf.set_stringn(area.x + 1, area.y, &place, LABELS, theme.style(Role::LineNumber));
    let label = u16::try_from(LABELS).unwrap_or_default().min(area.width);
    let text = Rect { x: area.x + label, width: area.width.saturating_sub(label + 1), ..area };
    hit::draw(state, doc, Hit { span, raw: state.docs.source(doc).is_none() }, true, text, buf);
}

fn draw_line(state: &State, line: &Line, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let label = u16::try_from(LABELS).unwrap_or_default().min(area.width);
    let role = if line.label.starts_with('+') { Role::Faint } else { Role::Key };
    buf.set_stringn(area.x + 1, area.y, &line.label, usize::from(label), theme.style(role));
    let mut x = area.x + label;
    if let Some(heat) = line.heat {
        let style = theme.style(Role::Text).patch(theme.heat_mark(heat));
        buf.set_stringn(x.saturating_sub(2), area.y, heat_mark(heat), 1, style);
    }
    // The place keeps up to two fifths; the text has what is left.
    let place = fit::start(&line.place, usize::from(area.width) * 2 / 5);
    let used = u16::try_from(crate::text::width(&place)).unwrap_or_default();
    let right = area.right().saturating_sub(if used > 0 { used + 2 } else { 1 });
    // Code and technique, where the text still has room.
    let ids: Vec<&str> = line.code.into_iter().chain(line.technique).collect();
    let ids = ids.join(" ");
    let ids = if right.saturating_sub(x) >= WORDS { ids } else { String::new() };
    let columns = u16::try_from(ids.len()).unwrap_or_default();
    let end = right.saturating_sub(if columns > 0 { columns + 2 } else { 0 });
    for (role, text) in &line.parts {
        let room = usize::from(end.saturating_sub(x));
        if room == 0 {
            break;
        }
        x = buf.set_stringn(x, area.y, fit::end(text, room), room, theme.style(*role)).0;
    }
    if columns > 0 {
        buf.set_stringn(right.saturating_sub(columns).max(x + 1), area.y, &ids, ids.len(), theme.style(Role::Faint));
    }
    let right = Rect { width: area.width.saturating_sub(1), ..area };
    crate::tui::widget::frame::put_right(&place, right, theme.style(Role::Place), buf);
}
