//! The view that explains: every piece that the model read with its score by two methods, the attention of each layer and
//! head on the selected one, and what the model would say without some of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use strum::IntoEnumIterator as _;

use crate::behavior::CallSite;
use crate::config::Action;
use crate::model::explain::{Choice, Method};

use super::super::worker::{ExplainWork, Ticket, WhatIfWork, Work};
use super::explained::Ranked;
use super::view::View;
use super::{Effect, State, travel};

/// The view's state.
#[derive(Debug, Clone)]
pub struct Compare {
    /// Pieces of the model's text, in the order of the screen.
    pub rows: Arc<Vec<usize>>,
    /// Index in `rows`.
    pub selected: usize,
    /// First row on the screen.
    pub top: usize,
    /// Whether the strongest come first, or what runs first.
    pub ranked: bool,
    /// The method on the right side.
    pub method: Method,
    /// What it says, once it has.
    pub beside: Option<Arc<Ranked>>,
    /// Pieces hidden from the model.
    pub hidden: BTreeSet<usize>,
    /// The probability without them, once the model has said.
    pub probability: Option<f32>,
    ticket: Ticket,
    asked: Ticket,
}

impl Default for Compare {
    fn default() -> Self {
        Self {
            rows: Arc::default(),
            selected: 0,
            top: 0,
            ranked: true,
            method: Method::LeaveOneOut,
            beside: None,
            hidden: BTreeSet::new(),
            probability: None,
            ticket: Ticket::default(),
            asked: Ticket::default(),
        }
    }
}

impl Compare {
    /// The selected piece.
    #[must_use]
    pub fn piece(&self) -> Option<usize> {
        self.rows.get(self.selected).copied()
    }

    /// Forgets what was said of another text.
    pub fn forget(&mut self) {
        let (ticket, asked) = (self.ticket.renew(), self.asked.renew());
        *self = Self { ranked: self.ranked, method: self.method, ticket, asked, ..Self::default() };
    }
}

/// Puts the rows in order, keeping the selected piece.
pub(super) fn order(state: &mut State) {
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
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    state.open_view(View::Explain);
    fill(state)
}

/// Lists the pieces while the view is open; the second method is asked for if it has not spoken.
pub(super) fn fill(state: &mut State) -> Vec<Effect> {
    if state.view != View::Explain || super::judgement(state.case.as_deref()).is_none() {
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
pub(super) fn keep_apart(state: &mut State) -> Vec<Effect> {
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
    if super::judgement(Some(&case)).is_none() {
        return Vec::new();
    }
    let (method, choice) = (state.compare.method, state.tokens.choice);
    vec![state.work(Work::Compare(ExplainWork { ticket, judge, case, method, choice }))]
}

/// Takes the second explanation in.
pub(super) fn take(state: &mut State, ticket: Ticket, made: Option<Result<Ranked, String>>) {
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
pub(super) fn what_if(state: &mut State) -> Vec<Effect> {
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
pub(super) fn show_all(state: &mut State) -> Vec<Effect> {
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
pub(super) fn weighed(state: &mut State, ticket: Ticket, result: Option<Result<f32, String>>) {
    if state.compare.asked != ticket {
        return;
    }
    match result {
        Some(Ok(probability)) => {
            state.compare.probability = Some(probability);
            let whole = super::judgement(state.case.as_deref()).map_or(0.0, |j| j.probability);
            let percent = super::super::ui::percent;
            let count = crate::text::many(state.compare.hidden.len(), "piece", "pieces");
            state.say(format!("Without {count}: {} instead of {}.", percent(probability), percent(whole)));
        }
        Some(Err(why)) => state.complain(&why),
        None => {}
    }
}

/// What an action does in this view; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
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

/// Rows on the screen.
pub fn height(state: &State) -> usize {
    usize::from(super::super::layout::explain(state.areas().body).table.height.saturating_sub(1)).max(1)
}

fn step(state: &mut State, by: isize) {
    let last = state.compare.rows.len().saturating_sub(1);
    state.compare.selected = state.compare.selected.saturating_add_signed(by).min(last);
    follow(state);
}

/// Scrolls so that the selection is on the screen.
pub(super) fn follow(state: &mut State) {
    let height = height(state);
    let compare = &mut state.compare;
    compare.top = super::follow(compare.top, compare.selected, compare.rows.len(), height);
}

/// Selects the row at a line of the table; on the selected row, goes to its place.
pub(super) fn click(state: &mut State, row: usize) -> Vec<Effect> {
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
pub(super) fn choose(state: &mut State, layer: usize, head: usize) -> Vec<Effect> {
    state.tokens.choice = Choice { layer: Some(layer), head: Some(head) };
    state.tokens.method = Method::Attention;
    let mut effects = super::explained::show(state);
    effects.extend(keep_apart(state));
    effects
}

/// How much of its attention `[CLS]` gives to a piece, `[layer][head]`, of the window that gives the most.
#[must_use]
pub fn overview(state: &State, piece: usize) -> Vec<Vec<f32>> {
    let Some(judgement) = super::judgement(state.case.as_deref()) else { return Vec::new() };
    let tokens: Vec<(usize, usize)> =
        state.spoken.tokens(piece).iter().filter_map(|token| state.spoken.in_window(*token)).collect();
    let of = |tokens: &[(usize, usize)]| -> Vec<Vec<f32>> {
        let window = tokens.first().and_then(|(window, _)| judgement.windows.get(*window));
        let on = |weights: &Vec<f32>| -> f32 { tokens.iter().filter_map(|(_, token)| weights.get(*token)).sum() };
        let maps = window.map_or(&[][..], |window| window.cls_attention.as_slice());
        maps.iter().map(|heads| heads.iter().map(on).collect()).collect()
    };
    let total = |maps: &Vec<Vec<f32>>| maps.iter().flatten().sum::<f32>();
    let all = tokens.chunk_by(|a, b| a.0 == b.0).map(of);
    // A piece that no window holds has the attention of none: the overview keeps its shape.
    all.max_by(|a, b| total(a).total_cmp(&total(b))).unwrap_or_else(|| {
        let maps = judgement.windows.first().map_or(&[][..], |window| window.cls_attention.as_slice());
        maps.iter().map(|heads| vec![0.0; heads.len()]).collect()
    })
}

/// What a row says of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Its words; untrusted.
    pub text: String,
    /// Where its first step stands; `None` for what the package says of itself.
    pub place: Option<CallSite>,
    /// How many steps it speaks for.
    pub steps: usize,
}

/// The words of a piece, where it stands, and how many steps it speaks for.
#[must_use]
pub fn words(state: &State, piece: usize) -> Option<Words> {
    let case = state.case.as_ref()?;
    let known = case.text.pieces.get(piece)?;
    let text = case.text.text.get(known.range.clone()).unwrap_or_default().trim().to_owned();
    let step = known.steps.first().and_then(|step| case.sequence.steps.get(*step));
    let place = step.map(|step| CallSite { doc: step.doc, span: step.span });
    Some(Words { text, place, steps: known.steps.len() })
}
