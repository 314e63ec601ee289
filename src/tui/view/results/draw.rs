//! The matches of a search in the whole package, by document.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};

use crate::config::{Action, Role};
use crate::syntax::Doc;
use crate::text::{escape, width};

use crate::tui::state::State;
use crate::tui::view::results::{Progress, Row, summary};
use crate::tui::widget::frame::{hollow, put_right};
use crate::tui::widget::{fit, hit};

/// Columns of the place before a match.
const PLACE: u16 = 10;

/// Where the rows of the list stand.
pub(in crate::tui) fn list_area(state: &State) -> Rect {
    let areas = state.areas();
    let inner = if areas.bordered { areas.body.inner(Margin::new(1, 1)) } else { areas.body };
    let head = inner.height.min(2);
    Rect { y: inner.y + head, height: inner.height - head, ..inner }
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let results = &state.results;
    if matches!(results.progress, Progress::None) {
        let keys = format!("{} asks for a text, re:expression or hex:bytes", state.key(Action::SearchPackage));
        return hollow(&format!("nothing was searched in the whole package yet\n{keys}"), area, theme, buf);
    }
    head(state, Rect { height: area.height.min(2), ..area }, buf);
    let list = list_area(state);
    for (row, (index, at)) in (0..list.height).zip(results.rows.iter().enumerate().skip(results.top)) {
        let area = Rect { y: list.y + row, height: 1, ..list };
        match at {
            Row::Document(group) => draw_document(state, *group, area, buf),
            Row::Hit(..) => draw_hit(state, index, area, buf),
        }
        if index == results.selected {
            buf.set_style(area, theme.style(Role::Selected));
        }
    }
    if results.count == 0 && !results.running() {
        let typed = escape(&results.typed);
        hollow(&format!("nothing matches “{typed}”"), list, theme, buf);
    }
}

/// What was asked, and how far it is.
fn head(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let results = &state.results;
    let room = usize::from(area.width.saturating_sub(2));
    let mode = format!("{} ", results.mode.word());
    let (x, _) = buf.set_stringn(area.x + 1, area.y, &mode, room, theme.style(Role::Key));
    let typed = escape(&results.typed);
    let left = usize::from(area.right().saturating_sub(x + 1));
    buf.set_stringn(x, area.y, fit::end(&typed, left), left, theme.style(Role::Entry));
    if area.height > 1 {
        let role = if results.running() { Role::Working } else { Role::Dim };
        let text = fit::end(&summary(results), room);
        buf.set_stringn(area.x + 1, area.y + 1, text, room, theme.style(role));
    }
}

fn draw_document(state: &State, group: usize, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let Some(group) = state.results.groups.get(group) else { return };
    let listed = match group.count - group.hits.len().min(group.count) {
        0 => format!("{} ", group.count),
        _ => format!("{} of {} ", group.hits.len(), group.count),
    };
    put_right(&listed, area, theme.style(Role::Dim), buf);
    let used = width(&listed);
    let mut x = area.x + 1;
    let sign = if state.docs.tally(group.doc).is_some() { "● " } else { "  " };
    x = buf.set_stringn(x, area.y, sign, 2, theme.style(Role::Message)).0;
    let room = usize::from(area.right().saturating_sub(x)).saturating_sub(used + 1);
    let role = if matches!(group.doc, Doc::Layer(_)) { Role::Layer } else { Role::Folder };
    buf.set_stringn(x, area.y, fit::start(&state.docs.name(group.doc), room), room, theme.style(role));
}

fn draw_hit(state: &State, row: usize, area: Rect, buf: &mut Buffer) {
    let Some((doc, hit)) = state.results.hit(row) else { return };
    let place = hit::place(state, doc, hit);
    let wide = PLACE.max(u16::try_from(width(&place)).unwrap_or_default() + 1).min(area.width / 2);
    let left = Rect { width: wide, ..area };
    put_right(&place, left, state.theme().style(Role::LineNumber), buf);
    if state.results.marked.contains(&(doc, hit.span.start)) {
        buf.set_stringn(area.x, area.y, "+", 1, state.theme().style(Role::TitleFocus));
    }
    let text = Rect { x: area.x + wide + 1, width: area.width.saturating_sub(wide + 1), ..area };
    hit::draw(state, doc, hit, false, text, buf);
}
