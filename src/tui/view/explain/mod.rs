//! The view that explains: every piece that the model read with its score by two methods, the attention of each layer and
//! head on the selected one, and what the model would say without some of them.

use crate::behavior::CallSite;
use crate::config::{Action, Context};
use crate::model::explain::Method;
use crate::tui::layout;
use crate::tui::state::State;
use crate::tui::state::explained::Ranked;
use crate::tui::view::code;
use crate::tui::view::contract::{self, Contract};
use crate::tui::worker::Ticket;
use std::collections::BTreeSet;
use std::sync::Arc;

pub mod draw;
mod update;

pub(in crate::tui) use update::{
    choose, click, fill, follow, keep_apart, open, order, perform, show_all, take, weighed, what_if,
};

/// Why the model says so, as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Explain,
    areas: |_, _| {},
    command: perform,
    elsewhere: |state, action| match action {
        Action::Explain => Some(open(state)),
        Action::WhatIf => Some(what_if(state)),
        Action::ShowAll => Some(show_all(state)),
        Action::MethodBeside | Action::Rank => {
            state.say("This belongs to the view that explains.");
            Some(Vec::new())
        }
        _ => None,
    },
    click: |state, at| {
        let areas = layout::explain(state.areas().body);
        if let Some(row) = contract::line_of(areas.table, at) {
            return click(state, row);
        }
        areas.cell(at).map_or_else(Vec::new, |(layer, head)| choose(state, layer, head))
    },
    wheel: contract::wheel_selects,
    target: |state| {
        let case = state.case.as_ref()?;
        let steps = state.compare.piece().and_then(|piece| case.text.pieces.get(piece)).map(|piece| &piece.steps);
        let first = steps.and_then(|steps| case.sequence.steps.get(*steps.first()?));
        first.map(|step| (step.doc, Some(step.span)))
    },
    copy: code::copy::of_pane,
    draw: |state, areas, buf| draw::draw(state, areas.body, buf),
};

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

/// Rows on the screen.
pub fn height(state: &State) -> usize {
    usize::from(crate::tui::layout::explain(state.areas().body).table.height.saturating_sub(1)).max(1)
}

/// How much of its attention `[CLS]` gives to a piece, `[layer][head]`, of the window that gives the most.
#[must_use]
pub fn overview(state: &State, piece: usize) -> Vec<Vec<f32>> {
    let Some(judgement) = crate::tui::derived::judgement(state.case.as_deref()) else { return Vec::new() };
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
