//! Going to matches of a search, in whatever pane has the focus.

use std::time::{Duration, Instant};

use tracing::debug;

use crate::case::search::{Hit, Mode, Query, QueryError};
use crate::config::Action;
use crate::syntax::Doc;

use crate::tui::state::search::{Asked, Matches, Search, Within};
use crate::tui::state::{Effect, Pane, State};
use crate::tui::view::results;
use crate::tui::view::{View, code};
use crate::tui::worker::{FindIn, FindWork, Ticket, Work};

/// A search that takes longer says that it runs.
const SLOW: Duration = Duration::from_secs(1);
/// Most keys that count while a search runs.
const KEYS: usize = 64;
/// Lines that are looked through at once for a text, well under a millisecond: keys typed ahead act on the match.
const AT_ONCE: usize = 1000;

/// Starts a search from the prompt; an empty line ends the one before.
///
/// # Errors
/// When what was typed cannot be read.
pub(in crate::tui) fn search(state: &mut State, typed: String, mode: Mode) -> Result<Vec<Effect>, QueryError> {
    if state.view == View::Queue {
        crate::tui::view::queue::table::filter(state, typed);
        return Ok(Vec::new());
    }
    if typed.is_empty() {
        return Ok(end(state));
    }
    let query = Query::here(&typed, mode)?;
    state.asked_before.clone_from(&typed);
    state.results.walked = false;
    state.search = Search::new(typed, query);
    if !matches!(state.view, View::Code) {
        state.open_view(View::Code);
        code::update::focus(state, Pane::Source);
    }
    Ok(next(state, true))
}

/// The next match of the search in the focused pane, then of the search in the whole package, or the next evidence when
/// nothing is searched.
pub(in crate::tui) fn next(state: &mut State, forward: bool) -> Vec<Effect> {
    if state.search.needle.is_empty() {
        if state.results.walked {
            results::walk(state, forward);
            return Vec::new();
        }
        return crate::tui::state::walk::step(state, forward);
    }
    let within = match (state.listed(), state.viewer.doc) {
        (Some(listed), _) => Within::Lines(listed.id()),
        (None, Some(doc)) => Within::Doc(doc),
        (None, None) => return Vec::new(),
    };
    if state.search.knows(&within) {
        go(state, &within, forward);
        return Vec::new();
    }
    // Keys pressed before the answer count when it is here; asked again with each, a held key would never get one.
    if let Some(asked) = state.search.asked.as_mut().filter(|asked| asked.within == within) {
        if asked.ways.len() < KEYS {
            asked.ways.push(forward);
        }
        return Vec::new();
    }
    ask(state, within, forward)
}

/// Has matches looked for, and goes to the first of them.
fn ask(state: &mut State, within: Within, forward: bool) -> Vec<Effect> {
    let Some(query) = state.search.query.clone() else { return Vec::new() };
    let place = match (state.listed(), &within) {
        (Some(listed), Within::Lines(_)) if listed.len() <= AT_ONCE && query.pattern.is_quick() => {
            let lines = listed.holding(&query.pattern, &|| false).unwrap_or_default();
            state.search.take(within.clone(), Matches::Lines(lines));
            go(state, &within, forward);
            return Vec::new();
        }
        (Some(listed), Within::Lines(_)) => FindIn::Lines(listed),
        (_, Within::Doc(doc)) => FindIn::Doc {
            source: state.docs.source(*doc).cloned(),
            bytes: match doc {
                Doc::File(file) => state.package().and_then(|package| Some(package.files.get(*file)?.bytes.clone())),
                Doc::Layer(_) => None,
            },
        },
        (None, Within::Lines(_)) => return Vec::new(),
    };
    let ticket = Ticket::default().renew();
    state.search.asked = Some(Asked { ticket, within, ways: vec![forward], since: Instant::now() });
    vec![state.work(Work::Find(FindWork { ticket, query, within: place }))]
}

/// Takes in what was found, and goes to the match that was asked for.
pub(in crate::tui) fn found(state: &mut State, ticket: Ticket, matches: Option<Result<Matches, String>>) {
    let Some(Asked { within, ways, since, .. }) = state.search.asked.take_if(|asked| asked.ticket == ticket) else {
        debug!("matches of a search that is no longer wanted are dropped");
        return;
    };
    if since.elapsed() > SLOW {
        state.notice = None;
    }
    // One may have turned to another document or pane meanwhile, or what is listed has changed.
    let shown = match &within {
        Within::Doc(doc) => state.viewer.doc == Some(*doc),
        Within::Lines(id) => state.listed().is_some_and(|listed| listed.id() == *id),
    };
    match matches {
        Some(Ok(matches)) if shown => {
            state.search.take(within.clone(), matches);
            ways.into_iter().for_each(|forward| go(state, &within, forward));
        }
        Some(Err(why)) => state.complain(&why),
        _ => {}
    }
}

/// Says that a search still runs, once that needs to be said.
pub(in crate::tui) fn tell(state: &mut State) {
    if state.search.asked.as_ref().is_some_and(|asked| asked.since.elapsed() > SLOW) {
        let (needle, key) = (crate::text::escape(&state.search.needle), state.key(Action::Cancel));
        state.say(format!("Searching for “{needle}”… {key} stops it."));
    }
}

/// Ends the search of the focused pane, also one that still runs.
pub(in crate::tui) fn end(state: &mut State) -> Vec<Effect> {
    if std::mem::take(&mut state.search).asked.is_none() {
        return Vec::new();
    }
    state.say("The search was stopped.");
    vec![Effect::Work(Work::StopFind)]
}

fn go(state: &mut State, within: &Within, forward: bool) {
    match within {
        Within::Doc(doc) => in_source(state, *doc, forward),
        Within::Lines(_) => in_lines(state, forward),
    }
}

fn in_lines(state: &mut State, forward: bool) {
    let lines = state.search.lines.as_ref().map_or(&[][..], |(_, lines)| lines);
    let now = match state.focus {
        Pane::Files => state.files.selected,
        Pane::Sequence => state.steps.selected,
        Pane::Tokens => state.tokens.selected,
        Pane::Source => return,
    };
    let last = lines.len().checked_sub(1);
    let index = if forward {
        let after = lines.partition_point(|line| *line <= now);
        last.map(|last| if after > last { 0 } else { after })
    } else {
        lines.partition_point(|line| *line < now).checked_sub(1).or(last)
    };
    let Some((index, line)) = index.and_then(|index| Some((index, *lines.get(index)?))) else {
        return nothing(state);
    };
    let text = format!("Match {} of {}", index + 1, lines.len());
    match state.focus {
        Pane::Files => {
            state.files.selected = line;
            state.follow_files();
        }
        Pane::Sequence => {
            state.steps.selected = line;
            code::update::from_steps(state);
        }
        Pane::Tokens => {
            state.tokens.selected = line;
            code::update::from_tokens(state);
            state.follow();
        }
        Pane::Source => {}
    }
    state.say(text);
}

fn nothing(state: &mut State) {
    state.say(format!("Nothing here holds “{}”.", crate::text::escape(&state.search.needle)));
}

fn in_source(state: &mut State, doc: Doc, forward: bool) {
    let source = state.docs.source(doc).cloned();
    let found = &state.search.found;
    // Where the cursor is, in the numbers of the matches; the match that one is at counts by its start.
    let at = match &source {
        Some(_) if !state.viewer.hex => {
            let here = state.line_span(state.viewer.cursor).unwrap_or_default();
            let now = state.viewer.span.filter(|span| here.start <= span.start && span.start <= here.end);
            now.map_or((here.start, 0), |span| (span.start, 1))
        }
        _ => state.viewer.bytes.map_or((state.viewer.byte, 0), |bytes| (bytes.start, 1)),
    };
    let hit = if forward {
        found.iter().position(|hit| hit.span.start >= at.0 + at.1).or_else(|| (!found.is_empty()).then_some(0))
    } else {
        found.iter().rposition(|hit| hit.span.start < at.0).or_else(|| found.len().checked_sub(1))
    };
    let Some((index, hit)) = hit.and_then(|i| Some((i, *found.get(i)?))) else {
        return nothing(state);
    };
    let text = format!("Match {} of {}", index + 1, found.len());
    state.show_hit(doc, hit);
    state.say(text);
}

impl State {
    /// Shows a match in the source pane, wherever that stands: as text, or as bytes where it is none.
    pub(in crate::tui) fn show_hit(&mut self, doc: Doc, hit: Hit) {
        match self.docs.source(doc) {
            Some(_) if !hit.raw => self.show_place((doc, Some(hit.span))),
            _ => {
                self.show_place((doc, None));
                self.viewer.hex = true;
                self.viewer.span = None;
                self.viewer.bytes = Some(hit.span);
                self.fit_hex();
                self.put_on_byte(hit.span.start);
            }
        }
    }
}
