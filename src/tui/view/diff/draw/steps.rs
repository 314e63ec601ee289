//! The two behavior sequences side by side.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::behavior::Step;
use crate::case::Case;
use crate::config::{Action, Role};
use crate::diff::Fate;
use crate::text::escape;

use crate::tui::state::State;
use crate::tui::view::diff::draw::Pen;
use crate::tui::view::diff::{Part, StepRow};
use crate::tui::widget::fit;
use crate::tui::widget::frame::{hollow, phase_role};

/// Which step of how many.
pub(super) fn title(state: &State) -> String {
    let Some(found) = &state.diff.found else { return String::new() };
    let count = |fate: Fate| found.fates.get(&fate).copied().unwrap_or_default();
    format!("+{} -{} >{} ={}", count(Fate::Added), count(Fate::Removed), count(Fate::Moved), count(Fate::Same))
}

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let (theme, versions) = (state.theme(), &state.diff);
    let Some(found) = versions.found.as_ref().filter(|_| !versions.steps.is_empty()) else {
        return hollow("neither version has a step", area, theme, buf);
    };
    let half = area.width.saturating_sub(3) / 2;
    let left = Rect { width: half, ..area };
    let right = Rect { x: area.x + half + 3, width: area.width.saturating_sub(half + 3), ..area };
    let fold = state.key(Action::Fold);
    let rows = versions.steps.iter().enumerate().skip(versions.top(Part::Steps));
    for (line, (index, row)) in (0..area.height).zip(rows) {
        let y = area.y + line;
        let at = |area: Rect| Rect { y, height: 1, ..area };
        match row {
            StepRow::Same(count) => {
                let text = format!("{} the same; {fold} shows them", crate::text::many(*count, "step is", "steps are"));
                buf.set_stringn(area.x + 1, y, text, usize::from(area.width), theme.style(Role::Faint));
            }
            StepRow::Pair(pair) => {
                let Some(pair) = found.diff.steps.get(*pair) else { continue };
                let (sign, role) = match pair.fate {
                    Fate::Same => ("=", Role::Faint),
                    Fate::Moved => (">", Role::Guard),
                    Fate::Added => ("+", Role::Added),
                    Fate::Removed => ("-", Role::Removed),
                };
                buf.set_stringn(area.x + half + 1, y, sign, 1, theme.style(role));
                let step =
                    |case: &'_ Case, index: Option<usize>| index.and_then(|at| case.sequence.steps.get(at).cloned());
                if let Some(step) = step(&found.old, pair.old) {
                    draw_step(state, &found.old, &step, pair.fate, at(left), buf);
                }
                if let Some(step) = step(&found.new, pair.new) {
                    draw_step(state, &found.new, &step, pair.fate, at(right), buf);
                }
            }
        }
        if index == versions.selected(Part::Steps) {
            buf.set_style(at(area), theme.style(Role::Selected));
        }
    }
}

fn draw_step(state: &State, case: &Case, step: &Step, fate: Fate, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let same = fate == Fate::Same;
    let style = |role| theme.style(if same { Role::Dim } else { role });
    let path = case.file_of(step.doc).map_or("", |file| file.path.as_str());
    let name = path.rsplit('/').next().unwrap_or(path);
    let place = fit::start(&format!("{}:{}", escape(name), step.line), usize::from(area.width) / 3);
    let used = u16::try_from(crate::text::width(&place)).unwrap_or_default();
    let mut pen = Pen { x: area.x, end: area.right().saturating_sub(used + 1), y: area.y, buf };
    pen.put(&format!("{:<4}", step.feature.code()), style(phase_role(step.phase)));
    pen.put(step.feature.phrase(), style(Role::Text));
    if !step.detail.is_empty() {
        pen.put(&format!(" {}", escape(&step.detail)), style(Role::Detail));
    }
    let right = Rect { x: area.right().saturating_sub(used), width: used, ..area };
    buf.set_stringn(right.x, right.y, place, usize::from(used), style(Role::Place));
}
