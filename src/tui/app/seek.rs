//! Going to matches of a search, in whatever pane has the focus.

use crate::case::search::{Hit, Mode, Query, QueryError};
use crate::syntax::Doc;

use super::super::job::{FindWork, Work};
use super::view::View;
use super::{Effect, Pane, State, act, results};

/// Starts a search from the prompt; an empty line ends the one before.
///
/// # Errors
/// When what was typed cannot be read.
pub(super) fn search(state: &mut State, typed: String, mode: Mode) -> Result<Vec<Effect>, QueryError> {
    if state.view == View::Queue {
        super::queue::table::filter(state, typed);
        return Ok(Vec::new());
    }
    if typed.is_empty() {
        state.search = super::Search::default();
        return Ok(Vec::new());
    }
    let query = Query::here(&typed, mode)?;
    state.asked_before.clone_from(&typed);
    state.results.walked = false;
    state.search = super::Search::new(typed, query);
    if !matches!(state.view, View::Code) {
        state.open_view(View::Code);
        act::focus(state, Pane::Source);
    }
    Ok(next(state, true))
}

/// The next match of the search in the focused pane, then of the search in the whole package, or the next evidence when
/// nothing is searched.
pub(super) fn next(state: &mut State, forward: bool) -> Vec<Effect> {
    if state.search.needle.is_empty() {
        if state.results.walked {
            results::walk(state, forward);
            return Vec::new();
        }
        return super::walk::step(state, forward);
    }
    let around = |now: usize, count: usize| -> Vec<usize> {
        let order = (1..=count).map(|i| if forward { (now + i) % count } else { (now + count - i) % count });
        order.collect()
    };
    match state.focus {
        Pane::Source => return in_source(state, forward),
        Pane::Files => {
            let rows = around(state.files.selected, state.files.visible.len());
            let hit = rows.into_iter().find(|row| state.files.row(*row).is_some_and(|n| state.search.holds(&n.name)));
            if let Some(row) = hit {
                state.files.selected = row;
                state.follow_files();
                return Vec::new();
            }
        }
        Pane::Sequence => {
            let rows = around(state.steps.selected, state.steps.rows.len());
            let hit = rows.into_iter().find(|row| match state.steps.rows.get(*row) {
                Some(super::sequence::Row::Step(step)) => state.docs.sequence().steps.get(*step).is_some_and(|s| {
                    let line = format!("{} {} {}", s.feature.code(), s.feature.phrase(), s.detail);
                    state.search.holds(&line) || state.search.holds(&state.docs.name(s.doc))
                }),
                _ => false,
            });
            if let Some(row) = hit {
                state.steps.selected = row;
                act::from_steps(state);
                return Vec::new();
            }
        }
        Pane::Tokens => {
            let cells = around(state.tokens.selected, state.tokens.layout.cells.len());
            let hit = cells
                .into_iter()
                .find(|c| state.tokens.layout.cells.get(*c).is_some_and(|c| state.search.holds(&c.text)));
            if let Some(cell) = hit {
                state.tokens.selected = cell;
                act::from_tokens(state);
                state.follow();
                return Vec::new();
            }
        }
    }
    nothing(state);
    Vec::new()
}

fn nothing(state: &mut State) {
    state.say(format!("Nothing here holds “{}”.", crate::text::escape(&state.search.needle)));
}

fn in_source(state: &mut State, forward: bool) -> Vec<Effect> {
    let Some(doc) = state.viewer.doc else { return Vec::new() };
    let source = state.docs.source(doc).cloned();
    if state.search.doc != Some(doc) {
        let Some(query) = state.search.query.clone() else { return Vec::new() };
        let bytes = match doc {
            Doc::File(file) => state.package().and_then(|package| Some(package.files.get(file)?.bytes.clone())),
            Doc::Layer(_) => None,
        };
        let ticket = state.finding.renew();
        return vec![state.work(Work::Find(FindWork { ticket, doc, source, bytes, query, forward }))];
    }
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
        nothing(state);
        return Vec::new();
    };
    let text = format!("Match {} of {}", index + 1, found.len());
    state.show_hit(doc, hit);
    state.say(text);
    Vec::new()
}

impl State {
    /// Shows a match in the source pane, wherever that stands: as text, or as bytes where it is none.
    pub(super) fn show_hit(&mut self, doc: Doc, hit: Hit) {
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

/// Goes to the first match from where the cursor is, once the matches are known.
pub(super) fn found(state: &mut State, forward: bool) {
    in_source(state, forward);
}
