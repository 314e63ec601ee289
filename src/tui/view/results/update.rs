//! What keys and mouse do in it, and what workers bring.

use crate::case::search::{End, Ended, Mode, Query, QueryError};
use crate::config::Action;
use crate::text::escape;
use crate::tui::state::renumber::Moves;
use crate::tui::state::search::Search;
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::view::View;
use crate::tui::view::results::{Group, Progress, Results, Row, height};
use crate::tui::widget::prompt::{Prompt, Words};
use crate::tui::widget::travel;
use crate::tui::worker::{News, PackageWork, Ticket, Work};
use std::sync::Arc;
use std::time::Instant;

/// Searches the whole package for what was typed.
///
/// # Errors
/// When it cannot be read.
pub(in crate::tui) fn search(state: &mut State, typed: &str, mode: Mode) -> Result<Vec<Effect>, QueryError> {
    let query = Arc::new(Query::parse(typed, mode)?);
    let Some((package, sequence)) = state.docs.shared() else {
        state.say("Wait until the archive is read.");
        return Ok(Vec::new());
    };
    let later = if state.case.is_none() { query.in_layers().map(Arc::new) } else { None };
    typed.clone_into(&mut state.asked_before);
    let mut ticket = state.results.ticket;
    let ticket = ticket.renew();
    state.results = Results {
        typed: typed.to_owned(),
        mode: query.mode,
        progress: Progress::Running(Instant::now()),
        walked: true,
        later,
        ticket,
        ..Results::default()
    };
    state.search = Search::default();
    state.open_view(View::Results);
    Ok(vec![state.work(Work::Package(PackageWork { ticket, package, sequence, query }))])
}

/// Searches the layers once both they and the matches in the files are there.
pub(in crate::tui) fn search_layers(state: &mut State) -> Vec<Effect> {
    let Progress::Ended(Ended { end: End::Complete, .. }, took) = state.results.progress else { return Vec::new() };
    let Some((package, sequence)) = state.docs.shared().filter(|_| state.case.is_some()) else { return Vec::new() };
    let Some(query) = state.results.later.take().filter(|_| !sequence.layers.is_empty()) else { return Vec::new() };
    let ticket = state.results.ticket;
    // The time between the two is not the search's.
    let now = Instant::now();
    state.results.progress = Progress::Running(now.checked_sub(took).unwrap_or(now));
    vec![state.work(Work::Package(PackageWork { ticket, package, sequence, query }))]
}

/// Takes in what was found.
pub(in crate::tui) fn arrived(state: &mut State, ticket: Ticket, news: News) -> Vec<Effect> {
    let ended = matches!(news, News::Ended(_));
    if ended {
        state.working = state.working.saturating_sub(1);
    }
    if state.results.ticket != ticket {
        return Vec::new();
    }
    match news {
        News::Chunk(chunk) => {
            let nothing = state.results.count == 0;
            state.results.take(chunk);
            if nothing && state.results.count > 0 {
                state.results.first = Some(state.results.elapsed());
                // The first row names a document.
                state.results.selected = 1;
                preview(state);
            }
        }
        News::Ended(ended) => state.results.progress = Progress::Ended(ended, state.results.elapsed()),
    }
    follow(state);
    if ended { search_layers(state) } else { Vec::new() }
}

/// Forgets the matches of a case whose layers are no longer those that were searched.
pub(in crate::tui) fn forget(state: &mut State) -> Vec<Effect> {
    let ticket = state.results.ticket;
    let ran = state.results.running();
    state.results = Results { ticket, ..Results::default() };
    state.results.ticket.renew();
    if ran { vec![Effect::Work(Work::StopPackage)] } else { Vec::new() }
}

/// Layers have other numbers. Matches among other layers and steps are forgotten, and so is a search that still runs: what it
/// is yet to bring has the old numbers.
pub(in crate::tui) fn renumber(state: &mut State, moves: &Moves) -> Vec<Effect> {
    if state.results.running() || moves.steps_moved() {
        return forget(state);
    }
    let results = &mut state.results;
    results.marked.clear();
    let selected = results.hit(results.selected);
    results.groups.retain_mut(|group| match moves.doc(group.doc) {
        Some(doc) => {
            group.doc = doc;
            true
        }
        None => false,
    });
    results.count = results.groups.iter().map(|group| group.count).sum();
    results.by_doc = results.groups.iter().enumerate().map(|(at, group)| (group.doc, at)).collect();
    let rows = |(at, group): (usize, &Group)| {
        std::iter::once(Row::Document(at)).chain((0..group.hits.len()).map(move |hit| Row::Hit(at, hit)))
    };
    results.rows = results.groups.iter().enumerate().flat_map(rows).collect();
    let wanted = selected.and_then(|(doc, hit)| Some((moves.doc(doc)?, hit)));
    let same = (0..results.rows.len()).find(|row| wanted.is_some() && results.hit(*row) == wanted);
    // The first row names a document.
    results.selected = same.unwrap_or(1).min(results.rows.len().saturating_sub(1));
    follow(state);
    Vec::new()
}

/// What an action does in the list; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::in_list(action, height(state)) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left => document(state, false),
        Action::Right => document(state, true),
        Action::LineStart | Action::LineEnd | Action::Zoom | Action::Hex => {}
        Action::Open => open(state),
        Action::Select => select_row(state),
        Action::Export if state.results.marked.is_empty() => {
            let key = state.key(Action::Select);
            state.say(format!("Select matches first: {key} selects the row."));
        }
        Action::Export => {
            state.overlay = Some(Overlay::Prompt(Prompt::Words(Words::Export, "matches.txt".into())));
        }
        Action::Cancel if !state.results.marked.is_empty() => {
            state.results.marked.clear();
            state.say("Nothing is selected any more.");
        }
        Action::Results => state.leave_view(),
        Action::Search => return Some(state.hand_on(Action::SearchPackage)),
        Action::Cancel if state.results.running() => return Some(vec![Effect::Work(Work::StopPackage)]),
        Action::Cancel => state.leave_view(),
        _ => return None,
    }
    Some(Vec::new())
}

/// Selects the match too, or no longer, and goes on to the next.
fn select_row(state: &mut State) {
    let Some((doc, hit)) = state.results.hit(state.results.selected) else { return };
    let place = (doc, hit.span.start);
    let marked = &mut state.results.marked;
    if !marked.remove(&place) {
        marked.insert(place);
    }
    let count = marked.len();
    step(state, 1);
    let copy = state.key(Action::Copy);
    state.say(format!("{} selected; {copy} copies them.", crate::text::many(count, "match", "matches")));
}

/// Moves the selection over the matches; the names of documents are passed over.
fn step(state: &mut State, by: isize) {
    let results = &mut state.results;
    let last = results.rows.len().saturating_sub(1);
    let mut row = results.selected.saturating_add_signed(by).min(last);
    if let Some(Row::Document(_)) = results.rows.get(row) {
        row = if by < 0 && row > 0 { row - 1 } else { row + 1 };
    }
    results.selected = row.min(last);
    follow(state);
    preview(state);
}

/// To the first match of the next or previous document.
pub(super) fn document(state: &mut State, forward: bool) {
    let results = &mut state.results;
    let Some(Row::Hit(group, hit)) = results.rows.get(results.selected).copied() else { return };
    let wanted = match (forward, hit) {
        (true, _) => group + 1,
        (false, 0) => group.saturating_sub(1),
        (false, _) => group,
    };
    if let Some(row) = results.rows.iter().position(|row| *row == Row::Hit(wanted, 0)) {
        results.selected = row;
    }
    follow(state);
    preview(state);
}

/// Scrolls so that the selected match is on the screen, with the name of its document above the first one.
pub(in crate::tui) fn follow(state: &mut State) {
    let height = height(state);
    let results = &mut state.results;
    results.top = crate::tui::state::follow(results.top, results.selected, results.rows.len(), height);
    if results.selected == 1 {
        results.top = 0;
    }
}

/// The selected match in the source beside the list, where there is room for it.
fn preview(state: &mut State) {
    if let Some((doc, hit)) = state.results.hit(state.results.selected) {
        state.show_hit(doc, hit);
    }
}

/// Goes to the selected match.
fn open(state: &mut State) {
    let Some((doc, hit)) = state.results.hit(state.results.selected) else {
        return state.say("There is no match to go to.");
    };
    state.leave_mark();
    state.view = View::Code;
    state.focus = crate::tui::state::Pane::Source;
    state.show_hit(doc, hit);
    state.results.walked = true;
    let (number, count) = (state.results.number(state.results.selected), state.results.count);
    let typed = escape(&state.results.typed).into_owned();
    state.say(format!("Match {number} of {count} of “{typed}” · {}", state.docs.name(doc)));
}

/// To the next or previous match of the package, in the code.
pub(in crate::tui) fn walk(state: &mut State, forward: bool) {
    let results = &mut state.results;
    let from = results.selected;
    let next = if state.view == View::Results {
        // From the list one goes to the match that is selected there.
        results.hit(from).map(|_| from)
    } else if forward {
        (from + 1..results.rows.len()).find(|row| results.hit(*row).is_some())
    } else {
        (0..from).rev().find(|row| results.hit(*row).is_some())
    };
    match next {
        Some(row) => {
            results.selected = row;
            follow(state);
            open(state);
        }
        None if results.count == 0 => {
            let typed = escape(&results.typed).into_owned();
            state.say(format!("Nothing in the package matches “{typed}”."));
        }
        None if forward && results.running() => state.say("The search goes on; this is the last match so far."),
        None if forward => state.say("This was the last match in the package."),
        None => state.say("This is the first match in the package."),
    }
}

/// A click on a row selects it; on the selected row it goes there.
pub(in crate::tui) fn click(state: &mut State, row: usize) {
    let clicked = state.results.top + row;
    match state.results.rows.get(clicked) {
        Some(Row::Hit(..)) if state.results.selected == clicked => open(state),
        Some(Row::Hit(..)) => {
            state.results.selected = clicked;
            preview(state);
        }
        Some(Row::Document(_)) => {
            state.results.selected = clicked + 1;
            preview(state);
        }
        None => {}
    }
}

/// The wheel.
pub(in crate::tui) fn wheel(state: &mut State, by: isize) {
    let most = state.results.rows.len().saturating_sub(height(state));
    state.results.top = state.results.top.saturating_add_signed(by).min(most);
}
