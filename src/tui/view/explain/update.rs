//! What keys and mouse do in it, and what workers bring.

use crate::config::Action;
use crate::model::explain::{Choice, Method};
use crate::tui::state::explained::Ranked;
use crate::tui::state::{Effect, State};
use crate::tui::view::View;
use crate::tui::view::explain::height;
use crate::tui::widget::travel;
use crate::tui::worker::{ExplainWork, Ticket, WhatIfWork, Work};
use std::sync::Arc;
use strum::IntoEnumIterator as _;

/// Puts the rows in order, keeping the selected piece.
pub(in crate::tui) fn order(state: &mut State) {
    let Some(case) = state.case.clone() else { return };
    let before = state.compare.piece();
    let rows = match state.explanation.as_ref().filter(|_| state.compare.ranked) {
        Some(explanation) => Arc::clone(&explanation.order),
        None => Arc::new((0..case.text.pieces.len()).collect()),
    };
    let compare = &mut state.compare;
    compare.selected = before.and_then(|piece| rows.iter().position(|row| *row == piece)).unwrap_or_default();
    compare.rows = rows;
    follow(state);
}

/// Opens the view; before the model has read, it fills when the model has.
pub(in crate::tui) fn open(state: &mut State) -> Vec<Effect> {
    state.open_view(View::Explain);
    fill(state)
}

/// Lists the pieces while the view is open; the second method is asked for if it has not spoken.
pub(in crate::tui) fn fill(state: &mut State) -> Vec<Effect> {
    if state.view != View::Explain || crate::tui::derived::judgement(state.case.as_deref()).is_none() {
        return Vec::new();
    }
    order(state);
    if state.compare.beside.is_some() { Vec::new() } else { ask(state) }
}

/// The next method that is not the one it stands beside.
fn next_method(state: &mut State) {
    let mut methods = Method::iter().cycle().skip_while(|method| *method != state.compare.method).skip(1);
    state.compare.method = methods.find(|method| *method != state.tokens.method).unwrap_or_default();
}

/// After the first method changed: a method is not compared with itself.
pub(in crate::tui) fn keep_apart(state: &mut State) -> Vec<Effect> {
    if state.compare.method != state.tokens.method {
        return Vec::new();
    }
    next_method(state);
    state.compare.beside = None;
    fill(state)
}

/// Asks for the second explanation.
fn ask(state: &mut State) -> Vec<Effect> {
    state.compare.beside = None;
    let ticket = state.compare.ticket.renew();
    let (Some(case), Some(Ok(judge))) = (state.case.clone(), state.judge.clone()) else { return Vec::new() };
    if crate::tui::derived::judgement(Some(&case)).is_none() {
        return Vec::new();
    }
    let (method, choice) = (state.compare.method, state.tokens.choice);
    vec![state.work(Work::Compare(ExplainWork { ticket, judge, case, method, choice }))]
}

/// Takes the second explanation in.
pub(in crate::tui) fn take(state: &mut State, ticket: Ticket, made: Option<Result<Ranked, String>>) {
    if state.compare.ticket != ticket {
        return;
    }
    match made {
        Some(Ok(ranked)) => state.compare.beside = Some(Arc::new(ranked)),
        Some(Err(why)) => state.complain(&why),
        None => {}
    }
}

/// Hides the selected piece or step from the model, or shows it again, and asks what it says then.
pub(in crate::tui) fn what_if(state: &mut State) -> Vec<Effect> {
    let pieces: Vec<usize> = match state.view {
        View::Explain => state.compare.piece().into_iter().collect(),
        _ => state.steps.step().map(|step| state.spoken.pieces(step).to_vec()).unwrap_or_default(),
    };
    if pieces.is_empty() {
        state.say("The model has read nothing of this.");
        return Vec::new();
    }
    for piece in pieces {
        if !state.compare.hidden.remove(&piece) {
            state.compare.hidden.insert(piece);
        }
    }
    weigh(state)
}

/// Shows everything to the model again.
pub(in crate::tui) fn show_all(state: &mut State) -> Vec<Effect> {
    if state.compare.hidden.is_empty() {
        state.say("Nothing is hidden from the model.");
        return Vec::new();
    }
    state.compare.hidden.clear();
    weigh(state)
}

fn weigh(state: &mut State) -> Vec<Effect> {
    state.compare.probability = None;
    let ticket = state.compare.asked.renew();
    if state.compare.hidden.is_empty() {
        state.say("The model reads everything again.");
        return Vec::new();
    }
    let (Some(case), Some(Ok(judge))) = (state.case.clone(), state.judge.clone()) else {
        state.compare.hidden.clear();
        state.say("There is no model to ask.");
        return Vec::new();
    };
    let hidden = state.compare.hidden.iter().copied().collect();
    vec![state.work(Work::WhatIf(WhatIfWork { ticket, judge, case, hidden }))]
}

/// Takes in what the model says without the hidden pieces.
pub(in crate::tui) fn weighed(state: &mut State, ticket: Ticket, result: Option<Result<f32, String>>) {
    if state.compare.asked != ticket {
        return;
    }
    match result {
        Some(Ok(probability)) => {
            state.compare.probability = Some(probability);
            let whole = crate::tui::derived::judgement(state.case.as_deref()).map_or(0.0, |j| j.probability);
            let percent = crate::tui::widget::strip::percent;
            let count = crate::text::many(state.compare.hidden.len(), "piece", "pieces");
            state.say(format!("Without {count}: {} instead of {}.", percent(probability), percent(whole)));
        }
        Some(Err(why)) => state.complain(&why),
        None => {}
    }
}

/// What an action does in this view; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let page = isize::try_from(height(state)).unwrap_or(1).max(1);
    if let Some(by) = travel::rows(action, page / 2, page) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom => {}
        Action::Rank => {
            state.compare.ranked = !state.compare.ranked;
            order(state);
        }
        Action::MethodBeside => {
            next_method(state);
            return Some(ask(state));
        }
        Action::Open => {
            let step = state.compare.piece().and_then(|piece| {
                let case = state.case.as_ref()?;
                case.text.pieces.get(piece)?.steps.first().copied()
            });
            let goal = step.and_then(|step| state.docs.sequence().steps.get(step)).map(|s| (s.doc, Some(s.span)));
            match goal {
                Some(goal) => {
                    state.go(goal);
                    if let Some(step) = step {
                        state.steps.select(step);
                        state.follow();
                    }
                }
                None => state.say("This is what the package says of itself; it stands at no place in the code."),
            }
        }
        _ => return None,
    }
    Some(Vec::new())
}

pub(super) fn step(state: &mut State, by: isize) {
    let last = state.compare.rows.len().saturating_sub(1);
    state.compare.selected = state.compare.selected.saturating_add_signed(by).min(last);
    follow(state);
}

/// Scrolls so that the selection is on the screen.
pub(in crate::tui) fn follow(state: &mut State) {
    let height = height(state);
    let compare = &mut state.compare;
    compare.top = crate::tui::state::follow(compare.top, compare.selected, compare.rows.len(), height);
}

/// Selects the row at a line of the table; on the selected row, goes to its place.
pub(in crate::tui) fn click(state: &mut State, row: usize) -> Vec<Effect> {
    let Some(row) = row.checked_sub(1).map(|row| row + state.compare.top) else { return Vec::new() };
    if row >= state.compare.rows.len() {
        return Vec::new();
    }
    if state.compare.selected == row {
        return perform(state, Action::Open).unwrap_or_default();
    }
    state.compare.selected = row;
    Vec::new()
}

/// Chooses the attention of one layer and head, as a click on the overview does.
pub(in crate::tui) fn choose(state: &mut State, layer: usize, head: usize) -> Vec<Effect> {
    state.tokens.choice = Choice { layer: Some(layer), head: Some(head) };
    state.tokens.method = Method::Attention;
    let mut effects = crate::tui::state::explained::show(state);
    effects.extend(keep_apart(state));
    effects
}
