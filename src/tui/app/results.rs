//! Matches in the whole package: a list that grows while they are found, and a walk over it from anywhere.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::case::search::{Chunk, End, Ended, Hit, LISTED, LISTED_IN_ALL, Mode, Query, QueryError};
use crate::config::Action;
use crate::syntax::Doc;
use crate::text::{self, escape};

use super::super::worker::{News, PackageWork, Ticket, Work};
use super::renumber::Moves;
use super::view::View;
use super::{Effect, State, travel};

/// The matches of one document.
#[derive(Debug, Clone)]
pub struct Group {
    /// The document.
    pub doc: Doc,
    /// Its matches, as far as they are listed.
    pub hits: Vec<Hit>,
    /// How many it has.
    pub count: usize,
}

/// A row of the list, by index in the groups and in a group's matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Names a document.
    Document(usize),
    /// A match in it.
    Hit(usize, usize),
}

/// How far the search is.
#[derive(Debug, Clone, Copy, Default)]
pub enum Progress {
    /// Nothing was searched yet.
    #[default]
    None,
    /// It runs since then.
    Running(Instant),
    /// It has ended after so long.
    Ended(Ended, Duration),
}

/// What was searched in the whole package and what was found.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// What was typed; untrusted where it was pasted.
    pub typed: String,
    /// How it was read.
    pub mode: Mode,
    /// Matches by document, those with behaviors first.
    pub groups: Vec<Group>,
    /// The same as rows.
    pub rows: Vec<Row>,
    /// The selected row.
    pub selected: usize,
    /// First row on the screen.
    pub top: usize,
    /// How many matches there are.
    pub count: usize,
    /// Bytes looked at, and in all.
    pub bytes: (usize, usize),
    /// How long the first match took.
    pub first: Option<Duration>,
    /// How far the search is.
    pub progress: Progress,
    /// Whether n and N walk these matches.
    pub walked: bool,
    /// What is still to be searched for in the layers, which are decoded while the code is read.
    later: Option<Arc<Query>>,
    by_doc: HashMap<Doc, usize>,
    ticket: Ticket,
}

impl Results {
    /// Whether more is to come.
    #[must_use]
    pub fn running(&self) -> bool {
        matches!(self.progress, Progress::Running(_))
    }

    /// How long the search has run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match self.progress {
            Progress::None => Duration::ZERO,
            Progress::Running(since) => since.elapsed(),
            Progress::Ended(_, took) => took,
        }
    }

    /// A match, by its row.
    #[must_use]
    pub fn hit(&self, row: usize) -> Option<(Doc, Hit)> {
        let Row::Hit(group, hit) = *self.rows.get(row)? else { return None };
        let group = self.groups.get(group)?;
        Some((group.doc, *group.hits.get(hit)?))
    }

    /// The number of a match among those listed, from 1.
    #[must_use]
    pub fn number(&self, row: usize) -> usize {
        match self.rows.get(row) {
            // Every document before it, and its own, has a row for its name.
            Some(Row::Hit(group, _)) => row - group,
            _ => 0,
        }
    }

    /// The matches that touch a stretch of a document's text, while they are walked.
    #[must_use]
    pub fn within(&self, doc: Doc, range: &Range<usize>) -> Vec<Range<usize>> {
        let group = self.by_doc.get(&doc).filter(|_| self.walked).and_then(|group| self.groups.get(*group));
        let hits = group.map(|group| group.hits.as_slice()).unwrap_or_default().iter().filter(|hit| !hit.raw);
        hits.map(|hit| hit.span.start..hit.span.end)
            .filter(|hit| hit.start < range.end && range.start < hit.end)
            .collect()
    }

    fn take(&mut self, chunk: Chunk) {
        self.bytes = (chunk.bytes, chunk.of);
        for found in chunk.found {
            self.count += found.count;
            let group = match self.groups.last_mut().filter(|last| last.doc == found.doc) {
                Some(_) => self.groups.len() - 1,
                None => {
                    self.groups.push(Group { doc: found.doc, hits: Vec::new(), count: 0 });
                    self.rows.push(Row::Document(self.groups.len() - 1));
                    self.by_doc.insert(found.doc, self.groups.len() - 1);
                    self.groups.len() - 1
                }
            };
            let Some(known) = self.groups.get_mut(group) else { continue };
            known.count += found.count;
            let first = known.hits.len();
            known.hits.extend(found.hits);
            self.rows.extend((first..known.hits.len()).map(|hit| Row::Hit(group, hit)));
        }
    }
}

/// Searches the whole package for what was typed.
///
/// # Errors
/// When it cannot be read.
pub(super) fn search(state: &mut State, typed: &str, mode: Mode) -> Result<Vec<Effect>, QueryError> {
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
    state.search = super::Search::default();
    state.open_view(View::Results);
    Ok(vec![state.work(Work::Package(PackageWork { ticket, package, sequence, query }))])
}

/// Searches the layers once both they and the matches in the files are there.
pub(super) fn search_layers(state: &mut State) -> Vec<Effect> {
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
pub(super) fn arrived(state: &mut State, ticket: Ticket, news: News) -> Vec<Effect> {
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
pub(super) fn forget(state: &mut State) -> Vec<Effect> {
    let ticket = state.results.ticket;
    let ran = state.results.running();
    state.results = Results { ticket, ..Results::default() };
    state.results.ticket.renew();
    if ran { vec![Effect::Work(Work::StopPackage)] } else { Vec::new() }
}

/// Layers have other numbers. Matches among other layers and steps are forgotten, and so is a search that still runs: what it
/// is yet to bring has the old numbers.
pub(super) fn renumber(state: &mut State, moves: &Moves) -> Vec<Effect> {
    if state.results.running() || moves.steps_moved() {
        return forget(state);
    }
    let results = &mut state.results;
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

/// How the search stands, in a line.
#[must_use]
pub fn summary(results: &Results) -> String {
    let took = results.elapsed();
    let took = if took < Duration::from_secs(1) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
    };
    let documents = results.groups.len();
    let matches = match results.count {
        0 => "no match".to_owned(),
        1 => "1 match".to_owned(),
        count => format!("{count} matches in {}", crate::text::many(documents, "document", "documents")),
    };
    let (bytes, of) = results.bytes;
    let how = match results.progress {
        Progress::None => return String::new(),
        Progress::Running(_) => {
            let share = (bytes * 100).checked_div(of).unwrap_or(0);
            let of =
                if of < 1_000_000 { format!("{} KB", of.div_ceil(1000)) } else { format!("{:.1} MB", of as f64 / 1e6) };
            return format!("{matches} · {share} % of {of} · {took} · Esc stops");
        }
        Progress::Ended(Ended { end: End::Complete, .. }, _) if results.later.is_some() => {
            " · in files only: what is hidden in them is still being decoded".to_owned()
        }
        Progress::Ended(Ended { end: End::Complete, .. }, _) => String::new(),
        Progress::Ended(Ended { end: End::Stopped, .. }, _) => " · stopped".to_owned(),
        Progress::Ended(Ended { end: End::Full, .. }, _) => {
            format!(" · ended at {LISTED_IN_ALL} listed matches")
        }
    };
    let slow = match results.progress {
        Progress::Ended(Ended { slow: true, .. }, _) => " · slow pattern: matches over 1 KiB may be missing",
        _ => "",
    };
    let listed = match results.groups.iter().any(|group| group.count > group.hits.len()) {
        true => format!(" · at most {LISTED} listed of each"),
        false => String::new(),
    };
    format!("{matches} · {took}{how}{listed}{slow}")
}

/// What an action does in the list; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::in_list(action, height(state)) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left => document(state, false),
        Action::Right => document(state, true),
        Action::LineStart | Action::LineEnd | Action::Zoom | Action::Hex => {}
        Action::Open => open(state),
        Action::Results => state.leave_view(),
        Action::Search => return Some(super::input::open(state, Action::SearchPackage)),
        Action::Cancel if state.results.running() => return Some(vec![Effect::Work(Work::StopPackage)]),
        Action::Cancel => state.leave_view(),
        _ => return None,
    }
    Some(Vec::new())
}

/// Rows of the list on the screen.
fn height(state: &State) -> usize {
    usize::from(super::super::ui::results_list(state).height).max(1)
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
fn document(state: &mut State, forward: bool) {
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
pub(super) fn follow(state: &mut State) {
    let height = height(state);
    let results = &mut state.results;
    results.top = super::follow(results.top, results.selected, results.rows.len(), height);
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
    state.focus = super::Pane::Source;
    state.show_hit(doc, hit);
    state.results.walked = true;
    let (number, count) = (state.results.number(state.results.selected), state.results.count);
    let typed = escape(&state.results.typed).into_owned();
    state.say(format!("Match {number} of {count} of “{typed}” · {}", state.docs.name(doc)));
}

/// To the next or previous match of the package, in the code.
pub(super) fn walk(state: &mut State, forward: bool) {
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
pub(super) fn click(state: &mut State, row: usize) {
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
pub(super) fn wheel(state: &mut State, by: isize) {
    let most = state.results.rows.len().saturating_sub(height(state));
    state.results.top = state.results.top.saturating_add_signed(by).min(most);
}

/// The selected match with its place and its line, raw.
pub(super) fn line(state: &State) -> Option<String> {
    let (doc, hit) = state.results.hit(state.results.selected)?;
    let path = state.docs.raw_path(doc);
    match state.docs.source(doc).filter(|_| !hit.raw) {
        Some(source) => {
            let (line, column) = source.line_column(hit.span.start);
            Some(format!("{path}:{line}:{column} {}", source.line(line)))
        }
        None => {
            let bytes = state.docs.bytes(doc).get(hit.span.start..hit.span.end)?;
            Some(format!("{path}:0x{:x} {}", hit.span.start, text::hex(bytes)))
        }
    }
}
