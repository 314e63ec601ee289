//! Going to matches of a search, in whatever pane has the focus.

use super::super::job::Work;
use super::search::holds;
use super::{Effect, Pane, State, act};

/// Starts a search from the prompt.
pub(super) fn search(state: &mut State, needle: String) -> Vec<Effect> {
    state.search = super::Search { needle, ..super::Search::default() };
    if state.search.needle.is_empty() { Vec::new() } else { next(state, true) }
}

/// The next match of the search in the focused pane, or the next evidence when nothing is searched.
pub(super) fn next(state: &mut State, forward: bool) -> Vec<Effect> {
    if state.search.needle.is_empty() {
        return super::walk::step(state, forward);
    }
    let needle = state.search.needle.clone();
    let around = |now: usize, count: usize| -> Vec<usize> {
        let order = (1..=count).map(|i| if forward { (now + i) % count } else { (now + count - i) % count });
        order.collect()
    };
    match state.focus {
        Pane::Source => return in_source(state, forward),
        Pane::Files => {
            let rows = around(state.files.selected, state.files.visible.len());
            let hit = rows.into_iter().find(|row| state.files.row(*row).is_some_and(|n| holds(&n.name, &needle)));
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
                    holds(&line, &needle) || holds(&state.docs.name(s.doc), &needle)
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
            let cells = around(state.tokens.selected, state.tokens.cells.len());
            let hit = cells.into_iter().find(|c| state.tokens.cells.get(*c).is_some_and(|c| holds(&c.text, &needle)));
            if let Some(cell) = hit {
                state.tokens.selected = cell;
                act::from_tokens(state);
                state.follow();
                return Vec::new();
            }
        }
    }
    state.say(format!("Nothing here holds “{}”.", crate::text::escape(&needle)));
    Vec::new()
}

fn in_source(state: &mut State, forward: bool) -> Vec<Effect> {
    let Some(doc) = state.viewer.doc else { return Vec::new() };
    let Some(source) = state.docs.source(doc).cloned() else { return Vec::new() };
    if state.search.doc != Some(doc) {
        let ticket = state.finding.renew();
        let needle = state.search.needle.clone();
        return vec![state.work(Work::Find { ticket, doc, source, needle, forward })];
    }
    let found = &state.search.found;
    let start = source.line_start(state.viewer.cursor);
    let now = state.viewer.span.filter(|s| source.line_of(s.start) == state.viewer.cursor);
    let hit = if forward {
        let after = now.map_or(start, |s| s.start + 1);
        found.iter().position(|r| r.start >= after).or_else(|| (!found.is_empty()).then_some(0))
    } else {
        let before = now.map_or(start, |s| s.start);
        found.iter().rposition(|r| r.start < before).or_else(|| found.len().checked_sub(1))
    };
    let Some((index, range)) = hit.and_then(|i| Some((i, found.get(i)?.clone()))) else {
        state.say(format!("Nothing here holds “{}”.", crate::text::escape(&state.search.needle)));
        return Vec::new();
    };
    let text = format!("Match {} of {}", index + 1, found.len());
    let (height, width) = (state.height(Pane::Source), state.text_width());
    state.viewer.hex = false;
    state.viewer.to_span(crate::text::Span { start: range.start, end: range.end }, &source, height, width);
    state.say(text);
    Vec::new()
}

/// Goes to the first match from where the cursor is, once the matches are known.
pub(super) fn found(state: &mut State, forward: bool) {
    in_source(state, forward);
}
