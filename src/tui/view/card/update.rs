//! What keys and mouse do in it, and what workers bring.

use crate::config::Action;
use crate::tui::state::walk;
use crate::tui::state::{Effect, State};
use crate::tui::view::card::{Leads, STRIDE, chosen, evidence, goal, is_outdated, lines, selected_leads, why};
use crate::tui::widget::travel;
use std::sync::Arc;

/// Keeps the evidence in the order in which it stands: the analyst has begun to read it.
fn hold(state: &mut State) {
    if state.card.listed.is_none() && state.case.is_some() {
        state.card.listed = Some(Arc::new(evidence(state)));
    }
}

/// Lays the lines out anew, once after each change. What is selected stays so, wherever it stands now.
pub(in crate::tui) fn lay(state: &mut State) {
    state.card.lines = Arc::new(lines::lines(state));
    let lines = Arc::clone(&state.card.lines);
    let selected = match state.card.chosen {
        Some(wanted) => (0..lines.len()).position(|line| chosen(state, &lines, line) == Some(wanted)),
        // What one reads first.
        None => {
            let first = lines.iter().position(|line| line.heat.is_some() && line.leads.is_some());
            first.or_else(|| lines.iter().position(|line| line.leads.is_some()))
        }
    };
    if let Some(line) = selected {
        state.card.selected = line;
    }
}

/// What an action does on the card; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    hold(state);
    if let Some(by) = travel::rows(action, STRIDE, STRIDE) {
        select(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left => turn(state, -1),
        Action::Right => turn(state, 1),
        Action::LineStart | Action::LineEnd | Action::Zoom | Action::Hex | Action::Filter => {}
        Action::Card if is_outdated(state) => {
            state.card.again();
            settle(state);
            state.say("The evidence stands in the order of the explanation.");
        }
        Action::Card => {
            state.say("This is the card; Enter goes to what a line or word is about, h and l to the words.")
        }
        Action::Open => return Some(follow(state, selected_leads(state))),
        _ => return None,
    }
    Some(Vec::new())
}

/// Goes where a line leads.
pub(in crate::tui) fn follow(state: &mut State, leads: Option<Leads>) -> Vec<Effect> {
    match leads {
        Some(Leads::Place(goal)) => state.go(goal),
        Some(Leads::Exhibit(index)) => walk::show(state, index),
        Some(Leads::Action(action)) => return state.hand_on(action),
        None => state.say("This line leads nowhere."),
    }
    Vec::new()
}

/// Moves the selection over the words that lead somewhere, from line to line.
fn turn(state: &mut State, by: isize) {
    let lines = Arc::clone(&state.card.lines);
    let words = lines.iter().enumerate().flat_map(|(line, of)| (0..of.jumps.len()).map(move |word| (line, word)));
    let words: Vec<(usize, usize)> = words.collect();
    let here = (state.card.selected, state.card.word);
    let on_word = words.binary_search(&here);
    let next = match (on_word, by < 0) {
        (Ok(at), _) => at.saturating_add_signed(by).min(words.len() - 1),
        (Err(at), true) => at.saturating_sub(1),
        (Err(at), false) => at.min(words.len().saturating_sub(1)),
    };
    if let Some((line, word)) = words.get(next) {
        if *line != state.card.selected {
            choose(state, *line);
        }
        state.card.word = *word;
        preview(state);
    }
}

/// Moves the selection over the lines that lead somewhere.
fn select(state: &mut State, by: isize) {
    let lines = Arc::clone(&state.card.lines);
    let leading: Vec<usize> = (0..lines.len()).filter(|i| lines.get(*i).is_some_and(|l| l.leads.is_some())).collect();
    let now = leading.partition_point(|line| *line < state.card.selected);
    let next = now.saturating_add_signed(by).min(leading.len().saturating_sub(1));
    if let Some(line) = leading.get(next) {
        choose(state, *line);
    }
}

/// Selects a line, and remembers what it is about.
fn choose(state: &mut State, line: usize) {
    (state.card.selected, state.card.word) = (line, 0);
    state.card.chosen = chosen(state, &state.card.lines, line);
    preview(state);
}

/// Finds the selected line again after the card has changed under it.
pub(in crate::tui) fn settle(state: &mut State) {
    lay(state);
    preview(state);
}

/// The selected line's place in the source beside the card, and its step in the sequence below, where there is room for them.
pub(in crate::tui) fn preview(state: &mut State) {
    if let Some(goal) = goal(state) {
        state.show_place(goal);
    }
    if state.areas().right.is_some()
        && let Some(step) = why::step(state)
    {
        state.steps.select(step);
        state.follow();
    }
}

/// Selects the strongest evidence, which is what one reads first.
pub(in crate::tui) fn begin(state: &mut State) {
    (state.card.word, state.card.chosen) = (0, None);
    lay(state);
    preview(state);
}

/// A click on a line selects it; on the selected line it goes there.
pub(in crate::tui) fn click(state: &mut State, row: usize, column: usize) -> Vec<Effect> {
    hold(state);
    let Some(line) = state.card.lines.get(row).cloned() else { return Vec::new() };
    let word = line.word_at(column);
    if state.card.selected == row && word.is_none_or(|word| word == state.card.word) {
        let leads = selected_leads(state);
        return leads.map_or_else(Vec::new, |leads| follow(state, Some(leads)));
    }
    if line.leads.is_some() {
        choose(state, row);
        state.card.word = word.unwrap_or_default();
        preview(state);
    }
    Vec::new()
}
