//! The walk over all evidence in order of weight: steps and what stands beside them.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use crate::behavior::Step;
use crate::case::Case;
use crate::config::Action;
use crate::text::Span;

use crate::tui::derived::Goal;
pub use crate::tui::derived::order::{Exhibit, Order};
use crate::tui::state::renumber::Moves;
use crate::tui::state::{Effect, Pane, State};

/// Where the walk is, and the order that it takes.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// What was looked at, in that order: an order that changes on the way neither hides nor repeats anything.
    visited: Vec<Exhibit>,
    /// Index in it of what is looked at.
    at: Option<usize>,
    order: Arc<Order>,
    /// What is left out of it, and what a list shows then.
    left_out: HashSet<Exhibit>,
    listed: Option<Vec<(usize, usize)>>,
}

impl Deref for Walk {
    type Target = Order;

    fn deref(&self) -> &Order {
        &self.order
    }
}

impl Walk {
    /// Takes the exhibits in another order. What was looked at stays so.
    pub(in crate::tui) fn take(&mut self, order: Arc<Order>) {
        let before = std::mem::replace(&mut self.order, Arc::clone(&order));
        self.keep(|exhibit| order.again(exhibit, &before));
    }

    /// Leaves exhibits out, and says whether they are others than before: what was looked at stays so.
    pub(in crate::tui) fn leave_out(&mut self, case: &Case, hidden: HashSet<Exhibit>) -> bool {
        self.listed = (!hidden.is_empty()).then(|| self.order.by_sort(case, &hidden));
        let others = hidden != self.left_out;
        self.left_out = hidden;
        others
    }

    /// How many are left out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out.len()
    }

    /// The exhibits that are left out, the weightiest first.
    pub fn all_left_out(&self) -> impl Iterator<Item = Exhibit> + '_ {
        self.exhibits.iter().filter(|exhibit| self.left_out.contains(exhibit)).copied()
    }

    /// One exhibit for each sort of thing found that is not left out, the weightiest first, with how many there are of it. Indices
    /// in `exhibits`.
    #[must_use]
    pub fn listed(&self) -> &[(usize, usize)] {
        self.listed.as_deref().unwrap_or_else(|| self.sorts())
    }

    /// The order, to be kept with its case.
    pub(in crate::tui) fn order(&self) -> Arc<Order> {
        Arc::clone(&self.order)
    }

    /// Steps have other numbers. What stands beside them is known by what it says when the next order comes.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        self.keep(|exhibit| match exhibit {
            Exhibit::Step(step) => moves.step(step).map(Exhibit::Step),
            Exhibit::Evidence(_) => Some(exhibit),
        });
    }

    /// Gives what was looked at its new number; where that is gone, the walk is at what came before.
    fn keep(&mut self, now: impl Fn(Exhibit) -> Option<Exhibit>) {
        let so_far = self.at.map_or(0, |at| at + 1);
        let mut known = HashSet::new();
        self.at = None;
        for (index, exhibit) in std::mem::take(&mut self.visited).into_iter().enumerate() {
            self.visited.extend(now(exhibit).filter(|exhibit| known.insert(*exhibit)));
            if index < so_far {
                self.at = self.visited.len().checked_sub(1);
            }
        }
    }

    /// What is looked at.
    pub(in crate::tui) fn here(&self) -> Option<Exhibit> {
        self.visited.get(self.at?).copied()
    }

    fn visit(&mut self, exhibit: Exhibit) {
        let known = self.visited.iter().position(|visited| *visited == exhibit);
        self.at = Some(known.unwrap_or(self.visited.len()));
        if known.is_none() {
            self.visited.push(exhibit);
        }
    }

    /// What was looked at after this, then the strongest that was not looked at yet.
    fn next(&self) -> Option<Exhibit> {
        let after = self.visited.get(self.at.map_or(0, |at| at + 1)).copied();
        after.or_else(|| self.unvisited(&self.exhibits))
    }

    fn previous(&self) -> Option<Exhibit> {
        self.visited.get(self.at?.checked_sub(1)?).copied()
    }

    /// The first of these that was not looked at yet.
    fn unvisited(&self, exhibits: &[Exhibit]) -> Option<Exhibit> {
        let visited: HashSet<&Exhibit> = self.visited.iter().collect();
        exhibits.iter().find(|exhibit| !visited.contains(exhibit) && !self.left_out.contains(exhibit)).copied()
    }
}

/// To the next or previous exhibit, in the code.
pub(in crate::tui) fn step(state: &mut State, forward: bool) -> Vec<Effect> {
    let walk = &state.walk;
    match if forward { walk.next() } else { walk.previous() } {
        Some(exhibit) => look_at(state, exhibit),
        None if walk.exhibits.is_empty() => state.say("There is no evidence."),
        None if forward => match walk.left_out() {
            0 => state.say("This was the last piece of evidence."),
            hidden => {
                let key = state.key(Action::ShowHidden);
                let hidden = crate::text::many(hidden, "is", "are");
                state.say(format!("This was the last piece of evidence; {hidden} hidden, {key} shows what."));
            }
        },
        None if walk.at.is_none() => {
            let key = state.key(Action::Next);
            state.say(format!("The walk has not begun; {key} goes to the strongest evidence."));
        }
        None => state.say("The walk over the evidence began here."),
    }
    Vec::new()
}

/// Shows the exhibit at this place of the order.
pub(in crate::tui) fn show(state: &mut State, index: usize) {
    if let Some(exhibit) = state.walk.exhibits.get(index).copied() {
        look_at(state, exhibit);
    }
}

/// Shows one exhibit in the code, its exact bytes emphasised. One without a place is told where one is.
fn look_at(state: &mut State, exhibit: Exhibit) {
    let placed = state.case.as_ref().is_some_and(|case| place(case, exhibit).is_some());
    if !placed {
        state.walk.visit(exhibit);
        let told = match (exhibit, &state.case) {
            (Exhibit::Evidence(at), Some(case)) => {
                case.evidence.get(at).map(|e| format!("{}: {}", e.kind.word(), e.what))
            }
            _ => None,
        };
        let (at, count) = (state.walk.at.map_or(0, |at| at + 1), state.walk.exhibits.len());
        let told = told.unwrap_or_default();
        state.say(format!("Evidence {at} of {count} · {} · it has no place", crate::text::escape(&told)));
        return;
    }
    state.leave_mark();
    state.shapes.arrived = true;
    state.view = crate::tui::view::View::Code;
    state.walk.visit(exhibit);
    // One pane at a time: the bytes are what one came for.
    let alone = state.areas().tabs.is_some();
    let text = match exhibit {
        Exhibit::Step(step) => {
            state.focus = if alone { Pane::Source } else { state.right };
            state.fit();
            state.select_step(step);
            let details = state.walk.details(state.docs.sequence(), step);
            let known = state.docs.sequence().steps.get(step);
            known.map(|step| format!("{} {}", step.feature.code(), describe(step, &details)))
        }
        Exhibit::Evidence(evidence) => {
            let found = state.case.as_ref().and_then(|case| case.evidence.get(evidence).cloned());
            if let Some((doc, span)) = found.as_ref().and_then(|e| Some((e.doc?, e.span))) {
                state.focus = Pane::Source;
                state.fit();
                state.show_place((doc, span));
            }
            found.map(|e| format!("{}: {}", e.kind.word(), e.what))
        }
    };
    if alone {
        state.focus = Pane::Source;
        state.fit();
    }
    let text = text.unwrap_or_default();
    let count = state.walk.exhibits.len();
    let at = state.walk.at.map_or(0, |at| at + 1);
    state.say(format!("Evidence {at} of {count} · {}", crate::text::escape(&text)));
}

/// A behavior in words, with the technique it is an instance of.
#[must_use]
pub fn describe(step: &Step, details: &str) -> String {
    let mut text = step.feature.phrase().to_owned();
    // Before the details, which may be long.
    if let Some(technique) = step.feature.technique() {
        text.push_str(&format!(" ({technique})"));
    }
    if !details.is_empty() {
        text.push_str(&format!(": {details}"));
    }
    text
}

/// Where an exhibit stands.
#[must_use]
pub fn place(case: &Case, exhibit: Exhibit) -> Option<Goal> {
    match exhibit {
        Exhibit::Step(step) => case.sequence.steps.get(step).map(|s| (s.doc, Some(s.span))),
        Exhibit::Evidence(index) => {
            let evidence = case.evidence.get(index)?;
            evidence.doc.map(|doc| (doc, evidence.span.map(|s| Span { start: s.start, end: s.end })))
        }
    }
}
