//! The lines of one changed place.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::Role;
use crate::diff::{Row, Sign};
use crate::text::{Source, marks, width};

use crate::tui::state::State;
use crate::tui::view::diff::{Item, Part};
use crate::tui::widget::fit;
use crate::tui::widget::frame::hollow;

/// The file, and which place of how many.
pub(super) fn titles(state: &State, wide: u16) -> (String, String) {
    let versions = &state.diff;
    let (Some(found), Some((index, hunk))) = (&versions.found, versions.hunk()) else {
        return ("Nothing to show".to_owned(), String::new());
    };
    // Counted as the keys walk them: without those that are folded away.
    let (mut number, mut count) = (None, 0);
    for item in versions.items.iter() {
        if let Item::Place(at) = item {
            count += 1;
            number = number.or((*at == index).then_some(count));
        }
    }
    let mut place = match number {
        Some(number) => format!("risk {} · {number}/{count}", hunk.risk),
        None => format!("risk {} · folded away", hunk.risk),
    };
    // Inside of a long line the number of the line says little.
    let row = hunk.rows.get(versions.selected(Part::Rows)).map(|row| (row.new, row.old));
    let (old, new) = versions.sources(hunk);
    let at = match row {
        Some((Some(span), _)) => new.map(|source| (source, span)),
        Some((None, Some(span))) => old.map(|source| (source, span)),
        _ => None,
    };
    if let Some((_, span)) = at.filter(|(source, span)| source.line_start(source.line_of(span.start)) != span.start) {
        place = format!("byte {} · {place}", span.start);
    }
    let name = versions.file(hunk).map(|file| crate::tui::view::diff::draw::path(found, file)).unwrap_or_default();
    (fit::start(&name, usize::from(wide).saturating_sub(width(&place) + 8)), place)
}

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let (theme, versions) = (state.theme(), &state.diff);
    let Some((_, hunk)) = versions.hunk() else {
        return hollow("this line has no changed text", area, theme, buf);
    };
    let (old, new) = versions.sources(hunk);
    let (old, new) = (old.map(|s| &**s), new.map(|s| &**s));
    let digits = numbers(old, new);
    let selected = versions.selected(Part::Rows);
    let lines = hunk.rows.iter().enumerate().skip(versions.top(Part::Rows));
    for (line, (index, row)) in (0..area.height).zip(lines) {
        let at = Rect { y: area.y + line, height: 1, ..area };
        draw_row(state, row, old, new, digits, at, buf);
        if index == selected && versions.part == Part::Rows {
            buf.set_style(at, theme.style(Role::CursorLine));
        }
    }
}

/// Digits of the longest line number.
fn numbers(old: Option<&Source>, new: Option<&Source>) -> usize {
    let lines = old.map_or(1, Source::line_count).max(new.map_or(1, Source::line_count));
    usize::try_from(lines.max(1).ilog10() + 1).unwrap_or(1).max(3)
}

fn draw_row(
    state: &State,
    row: &Row,
    old: Option<&Source>,
    new: Option<&Source>,
    digits: usize,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = state.theme();
    let (sign, base, word) = match row.sign {
        Sign::Same => (" ", Role::Dim, Role::Dim),
        Sign::Removed => ("-", Role::Removed, Role::RemovedWord),
        Sign::Added => ("+", Role::Added, Role::AddedWord),
    };
    let number = |source: Option<&Source>, span: Option<crate::text::Span>| match source.zip(span) {
        Some((source, span)) => {
            let (line, column) = source.line_column(span.start);
            // A stretch of a long line has its line's number once, where the line begins.
            if column == 1 { format!("{line:>digits$}") } else { format!("{:>digits$}", "·") }
        }
        None => " ".repeat(digits),
    };
    let room = usize::from(area.width);
    let gutter = format!("{} {} ", number(old, row.old), number(new, row.new));
    let (x, _) = buf.set_stringn(area.x, area.y, gutter, room, theme.style(Role::LineNumber));
    let (x, _) = buf.set_stringn(x, area.y, sign, room, theme.style(base));
    let text_area = Rect { x: x + 1, width: area.right().saturating_sub(x + 1), ..area };
    let text = row.text(old, new);
    let style = |range: &Range<usize>| {
        let emphasised = row.emphasis.iter().any(|part| part.start < range.end && range.start < part.end);
        theme.style(if emphasised { word } else { base })
    };
    let left = state.diff.left;
    let wide = usize::from(text_area.width);
    let mut column = 0;
    for segment in marks(text) {
        if column >= left + wide {
            break;
        }
        let plain = !segment.hidden && segment.text.is_ascii() && segment.text.len() == segment.range.len();
        if plain {
            // Plain: a byte is a cell, and each may be emphasised or not.
            for (index, c) in segment.text.char_indices() {
                let Some(x) = (column + index).checked_sub(left).filter(|x| *x < wide) else { continue };
                let byte = segment.range.start + index;
                let x = text_area.x + u16::try_from(x).unwrap_or_default();
                if let Some(cell) = buf.cell_mut((x, area.y)) {
                    cell.set_char(c).set_style(style(&(byte..byte + 1)));
                }
            }
        } else if let Some(x) = column.checked_sub(left).filter(|x| *x < wide) {
            let own = style(&segment.range);
            let own = if segment.hidden { own.patch(theme.style(Role::Mark)) } else { own };
            let x16 = text_area.x + u16::try_from(x).unwrap_or_default();
            buf.set_stringn(x16, area.y, &segment.text, wide - x, own);
        }
        column += width(&segment.text);
    }
    if column > left + wide && wide > 0 {
        buf.set_stringn(area.right() - 1, area.y, "›", 1, theme.style(Role::Key));
    }
    if left > 0 {
        buf.set_stringn(x, area.y, "‹", 1, theme.style(Role::Faint));
    }
}
