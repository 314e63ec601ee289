//! What is done in the view of the diff: moving in its parts, folding, copying, the mouse.

use ratatui::layout::{Position, Rect};

use crate::config::Action;
use crate::diff::Row;
use crate::tui::layout;
use crate::tui::state::{Effect, State, follow};
use crate::tui::widget::travel;

use crate::tui::view::diff::{Item, Part, ask, first_changed, list, reasons};

/// What an action does in the view; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::in_list(action, height(state, state.diff.part)) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Diff => ask::ask(state),
        Action::Left => state.diff.left = state.diff.left.saturating_sub(8),
        Action::Right => state.diff.left = (state.diff.left + 8).min(longest(state)),
        Action::LineStart => state.diff.left = 0,
        Action::LineEnd => state.diff.left = longest(state),
        Action::NextPane => turn(state, 1),
        Action::PreviousPane => turn(state, 2),
        Action::Next => walk(state, true),
        Action::Previous => walk(state, false),
        Action::Fold => fold(state),
        Action::Open => match state.diff.goal() {
            Ok(goal) => state.go(goal),
            Err(why) => state.say(why),
        },
        Action::Search => state.say("The search is in the code: Enter goes there, / searches."),
        Action::Zoom | Action::Hex | Action::Filter => {}
        _ => return None,
    }
    Some(Vec::new())
}

/// Where the list and what stands beside it are. The two sequences need the whole width.
#[must_use]
pub fn areas(state: &State) -> [Rect; 2] {
    let body = state.areas().body;
    match state.diff.part {
        Part::Steps if state.diff.found.is_some() => [Rect::ZERO, body],
        part => layout::diff(body, part == Part::Rows),
    }
}

/// Lines of a part on the screen.
pub(super) fn height(state: &State, part: Part) -> usize {
    let [list, right] = areas(state);
    let area = if part == Part::List { list } else { right };
    usize::from(area.height.saturating_sub(2)).max(1)
}

fn longest(state: &State) -> usize {
    let Some((_, hunk)) = state.diff.hunk() else { return 0 };
    let (old, new) = state.diff.sources(hunk);
    let (old, new) = (old.map(|s| &**s), new.map(|s| &**s));
    let width = |row: &Row| row.text(old, new).chars().count();
    hunk.rows.iter().map(width).max().unwrap_or_default().saturating_sub(16)
}

/// Moves the selection of the part that has the keys.
pub(in crate::tui) fn step(state: &mut State, by: isize) {
    let part = state.diff.part;
    let last = state.diff.length(part).saturating_sub(1);
    let now = state.diff.selected(part);
    let mut next = now.saturating_add_signed(by).min(last);
    if part == Part::List {
        // Headings are passed over, in the direction of the move and at its end against it.
        let heading = |at: usize| matches!(state.diff.items.get(at), Some(Item::Heading(_)));
        let down = (next..=last).find(|at| !heading(*at));
        let up = (0..=next).rev().find(|at| !heading(*at));
        next = if by < 0 { up.or(down) } else { down.or(up) }.unwrap_or(now);
    }
    select(state, part, next);
}

/// Selects a line of a part and brings it on the screen.
pub(super) fn select(state: &mut State, part: Part, line: usize) {
    let before = state.diff.hunk().map(|(index, _)| index);
    let (rows, height) = (state.diff.length(part), height(state, part));
    if let Some(at) = state.diff.at.get_mut(part as usize) {
        *at = (line, follow(at.1, line, rows, height));
        // A heading above the first line of its section stays on the screen.
        if part == Part::List && at.1 == 1 {
            at.1 = 0;
        }
    }
    let now = state.diff.hunk().map(|(index, _)| index);
    // Every line about a place shows its own lines of it.
    if part == Part::List && (before != now || !matches!(state.diff.items.get(line), Some(Item::Place(_)))) {
        to_hunk_start(state);
    }
}

/// Shows a place from its first changed line on, with what stands around it.
pub(super) fn to_hunk_start(state: &mut State) {
    state.diff.left = 0;
    let goal = state.diff.items.get(state.diff.selected(Part::List)).and_then(|item| list::goal(&state.diff, item));
    let wanted = goal.and_then(|(_, span)| span).map(|span| span.start);
    let holds = |row: &Row| row.new.zip(wanted).is_some_and(|(span, at)| span.start <= at && at < span.end);
    let first = state
        .diff
        .hunk()
        .map_or(0, |(_, hunk)| hunk.rows.iter().position(holds).unwrap_or_else(|| first_changed(hunk)));
    let height = height(state, Part::Rows);
    let last = state.diff.length(Part::Rows).saturating_sub(height);
    let top = first.saturating_sub(height / 3).min(last);
    if let Some(at) = state.diff.at.get_mut(Part::Rows as usize) {
        *at = (first, top);
    }
}

fn turn(state: &mut State, by: usize) {
    let parts = [Part::List, Part::Rows, Part::Steps];
    let now = parts.iter().position(|part| *part == state.diff.part).unwrap_or_default();
    if let Some(part) = parts.get((now + by) % parts.len()) {
        state.diff.part = *part;
        fit(state);
    }
}

/// To the next or previous place by risk.
fn walk(state: &mut State, forward: bool) {
    let hunks: Vec<usize> =
        state.diff.items.iter().enumerate().filter(|(_, i)| matches!(i, Item::Place(_))).map(|(at, _)| at).collect();
    let now = state.diff.selected(Part::List);
    let next = match forward {
        true => hunks.iter().find(|at| **at > now),
        false => hunks.iter().rev().find(|at| **at < now),
    };
    match next {
        Some(next) => {
            let number = hunks.iter().position(|at| at == next).unwrap_or_default() + 1;
            select(state, Part::List, *next);
            to_hunk_start(state);
            if state.diff.part == Part::Steps {
                state.diff.part = Part::List;
            }
            let why = state.diff.hunk().map(|(_, hunk)| reasons(hunk)).unwrap_or_default();
            let why = if why.is_empty() { String::new() } else { format!(" · {why}") };
            state.say(format!("Place {number} of {}{why}", hunks.len()));
        }
        None if hunks.is_empty() => state.say("No place has changed."),
        None if forward => state.say("This was the last place."),
        None => state.say("This is the place of highest risk."),
    }
}

fn fold(state: &mut State) {
    let Some(found) = &state.diff.found else { return };
    let folded = found.diff.folded();
    let kept = state.diff.items.get(state.diff.selected(Part::List)).cloned();
    state.diff.unfolded = !state.diff.unfolded;
    state.diff.list();
    let again = kept.and_then(|kept| state.diff.items.iter().position(|item| *item == kept));
    select(state, Part::List, again.unwrap_or(1));
    let steps = state.diff.length(Part::Steps).saturating_sub(1);
    let step = state.diff.selected(Part::Steps).min(steps);
    select(state, Part::Steps, step);
    let what = if state.diff.unfolded { "are shown" } else { "are folded away" };
    state.say(format!(
        "{} and equal steps {what}.",
        crate::text::many(folded, "file of no weight", "files of no weight")
    ));
}

pub(super) fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    let text = match state.diff.part {
        Part::Rows => state.diff.hunk().and_then(|(_, hunk)| {
            let (old, new) = state.diff.sources(hunk);
            let row = hunk.rows.get(state.diff.selected(Part::Rows))?;
            Some(row.text(old.map(|s| &**s), new.map(|s| &**s)).to_owned())
        }),
        _ => state.diff.goal().ok().map(|(doc, _)| state.docs.name(doc)),
    };
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        state.say("There is nothing to copy here.");
        return Vec::new();
    };
    let what = if state.diff.part == Part::Rows { "line" } else { "path" };
    crate::tui::state::copy::text_as(state, action, what, &text)
}

/// A click selects a line; on the selected line it goes there.
pub(in crate::tui) fn click(state: &mut State, at: Position) {
    let [list, right] = areas(state);
    let part = match () {
        () if list.contains(at) => Part::List,
        () if right.contains(at) && state.diff.part == Part::Steps => Part::Steps,
        () if right.contains(at) => Part::Rows,
        () => return,
    };
    let area = if part == Part::List { list } else { right };
    let Some(row) = usize::from(at.y).checked_sub(usize::from(area.y) + 1) else { return };
    let line = state.diff.top(part) + row;
    let heading = part == Part::List && matches!(state.diff.items.get(line), Some(Item::Heading(_)));
    if row >= height(state, part) || line >= state.diff.length(part) || heading {
        return;
    }
    let again = state.diff.part == part && state.diff.selected(part) == line;
    state.diff.part = part;
    select(state, part, line);
    if again && let Ok(goal) = state.diff.goal() {
        state.go(goal);
    }
}

/// The wheel scrolls what it is over.
pub(in crate::tui) fn wheel(state: &mut State, at: Position, by: isize) {
    let [list, _] = areas(state);
    let part = match state.diff.part {
        _ if list.contains(at) => Part::List,
        Part::Steps => Part::Steps,
        _ => Part::Rows,
    };
    let most = state.diff.length(part).saturating_sub(height(state, part));
    if let Some((_, top)) = state.diff.at.get_mut(part as usize) {
        *top = top.saturating_add_signed(by).min(most);
    }
}

/// Brings the selection back on the screen after the screen changed its size.
pub(in crate::tui) fn fit(state: &mut State) {
    for part in [Part::List, Part::Rows, Part::Steps] {
        let selected = state.diff.selected(part);
        let (rows, height) = (state.diff.length(part), height(state, part));
        if let Some(at) = state.diff.at.get_mut(part as usize) {
            at.1 = follow(at.1, selected.min(rows.saturating_sub(1)), rows, height);
        }
    }
}
