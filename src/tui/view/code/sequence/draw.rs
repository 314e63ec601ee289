//! The behavior sequence.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::behavior::Step;
use crate::config::Role;
use crate::text::escape;

use crate::tui::state::{Pane, Stage, State};
use crate::tui::view::code::sequence::Row;
use crate::tui::widget::fit;
use crate::tui::widget::frame::{heat_mark, hollow, phase_role, put_right};
use crate::tui::widget::page::phase;

pub(in crate::tui) fn title(state: &State) -> String {
    let steps = state.docs.sequence().steps.len();
    match state.steps.step() {
        Some(step) => format!("{}/{steps}", step + 1),
        None => String::new(),
    }
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    if state.steps.rows.is_empty() {
        let text = match (state.stage, state.steps.only.is_some()) {
            (Stage::Opening | Stage::Reading, _) => "reading …",
            (_, true) => "this file has no steps",
            (_, false) => "no behavior found",
        };
        return hollow(text, area, state.theme(), buf);
    }
    let mut y = area.y;
    for (index, row) in state.steps.rows.iter().enumerate().skip(state.steps.top) {
        if y >= area.bottom() {
            break;
        }
        let lines = u16::try_from(state.steps.lines(index)).unwrap_or(1).min(area.bottom() - y);
        let at = Rect { y, height: lines, ..area };
        match row {
            Row::Entry(entry) => draw_entry(state, *entry, at, buf),
            Row::Step(step) => {
                if let Some(known) = state.docs.sequence().steps.get(*step) {
                    draw_step(state, *step, known, at, buf);
                }
            }
        }
        if index == state.steps.selected {
            let role = if state.focus == Pane::Sequence { Role::Selected } else { Role::SelectedIdle };
            buf.set_style(at, state.theme().style(role));
        }
        y += lines;
    }
}

fn draw_entry(state: &State, entry: usize, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some(entry) = state.docs.sequence().entries.get(entry) else { return };
    let word = phase(entry.phase);
    let (x, _) = buf.set_stringn(area.x, area.y, word, usize::from(area.width), theme.style(phase_role(entry.phase)));
    let room = usize::from(area.right().saturating_sub(x + 1));
    let name = fit::end(&escape(&entry.name), room.saturating_sub(1));
    let (x, _) = buf.set_stringn(x + 1, area.y, name, room, theme.style(Role::Entry));
    let rest = usize::from(area.right().saturating_sub(x + 1));
    buf.set_stringn(x + 1, area.y, "─".repeat(rest), rest, theme.style(Role::Faint));
}

fn draw_step(state: &State, index: usize, step: &Step, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let heat = state.heat.step(index);
    for line in 0..area.height {
        let mark = if line == 0 { heat_mark(heat) } else { " " };
        buf.set_stringn(area.x, area.y + line, mark, 1, theme.style(Role::Text).patch(theme.heat_mark(heat)));
    }
    let code = format!("{:<4}", step.feature.code());
    let x = area.x + 1;
    let (x, _) = buf.set_stringn(
        x,
        area.y,
        &code,
        usize::from(area.width.saturating_sub(1)),
        theme.style(phase_role(step.phase)),
    );
    let mut marks = String::new();
    if step.guarded {
        marks.push_str(" ⎇");
    }
    if step.count > 1 {
        marks.push_str(&format!(" ×{}", step.count));
    }
    if state.case.as_ref().is_some_and(|case| case.was_seen(step)) {
        marks.push_str(" seen");
    }
    let detail = escape(&step.detail);
    let place = format!("{}:{}", state.docs.short_name(step.doc), step.line);
    if area.height == 1 && state.steps.height == 1 {
        // One line: code, phrase, detail, marks, and the place at the right end.
        let place = fit::start(&place, usize::from(area.width) / 3);
        let used = u16::try_from(crate::text::width(&place)).unwrap_or_default();
        let right = area.right().saturating_sub(used + 1);
        let put = |x: u16, text: &str, role: Role, buf: &mut Buffer| -> u16 {
            let room = usize::from(right.saturating_sub(x + 1));
            buf.set_stringn(x, area.y, fit::end(text, room), room, theme.style(role)).0
        };
        let x = put(x, step.feature.phrase(), Role::Text, buf);
        let x = if detail.is_empty() { x } else { put(x + 1, &detail, Role::Detail, buf) };
        put(x, &marks, Role::Guard, buf);
        put_right(&place, Rect { height: 1, ..area }, theme.style(Role::Place), buf);
        return;
    }
    let used = u16::try_from(crate::text::width(&marks)).unwrap_or_default();
    let room = usize::from(area.right().saturating_sub(x + used));
    let (x, _) = buf.set_stringn(x, area.y, fit::end(step.feature.phrase(), room), room, theme.style(Role::Text));
    buf.set_stringn(x, area.y, &marks, usize::from(area.right().saturating_sub(x)), theme.style(Role::Guard));
    if area.height < 2 {
        return;
    }
    let start = area.x + 5;
    let width = usize::from(area.right().saturating_sub(start));
    // The place keeps at least half of the line; the detail has what is left.
    let place = fit::start(&place, if detail.is_empty() { width } else { (width / 2).max(12) });
    let used = crate::text::width(&place);
    let room = width.saturating_sub(used + 1);
    let below = Rect { x: start, y: area.y + 1, width: area.right().saturating_sub(start), height: 1 };
    buf.set_stringn(start, below.y, fit::end(&detail, room), room, theme.style(Role::Detail));
    put_right(&place, below, theme.style(Role::Place), buf);
}
