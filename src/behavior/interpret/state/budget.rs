//! What an analysis may still spend. Budgets count work, never time: the same bytes give the same answer anywhere.

use std::collections::BTreeSet;

use super::concrete;
use super::retained::Retained;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Interpreter, MAX_HEAP, builtins};

/// Items gone through that take as long as a step.
const ITEMS_PER_STEP: usize = 32;

/// Most items of the lists and dictionaries that folding makes.
const MOST_ITEMS: usize = 16_000_000;

/// Budgets and what was cut short because one was used up.
#[derive(Default)]
pub struct Budget {
    /// Steps of the walk.
    pub fuel: usize,
    /// What is kept of them for code that was not walked yet: nothing is walked again for its values alone below that.
    pub reserve: usize,
    /// Steps inside loops that are walked item by item, and for functions that are walked again with other values.
    pub unroll_fuel: usize,
    /// Steps of all concrete evaluations.
    pub trial_fuel: usize,
    /// Steps of concrete evaluations that failed.
    pub wasted: usize,
    /// Items of what was made.
    pub items: usize,
    /// Nested evaluations now.
    pub depth: usize,
    /// Large values that something holds, and whether they took more memory than they may.
    pub retained: Retained,
    /// Texts that code would run and that were not opened, and their bytes.
    pub unopened: (usize, usize),
    /// Documents that the walk came to when nothing was left to walk with.
    pub unvisited: BTreeSet<usize>,
    /// Documents with calls that were never interpreted, and how many.
    pub passed_over: Vec<(usize, usize)>,
    /// The walk ended early.
    pub cut_short: bool,
    /// Values are no longer kept.
    pub values_cut_short: bool,
    /// A concrete evaluation ended early.
    pub trial_cut_short: bool,
    /// Something was walked late, or not followed, because it was nested too deep.
    pub too_deep: bool,
}

impl Budget {
    /// The budget of a package with so many nodes of code.
    pub fn for_code(nodes: usize, folding: bool) -> Self {
        Self {
            fuel: 1_000_000 + nodes * 10,
            reserve: nodes * 4,
            unroll_fuel: if folding { 500_000 } else { 0 },
            trial_fuel: concrete::FUEL,
            ..Self::default()
        }
    }
}

impl Interpreter<'_> {
    /// Whether the walk may go on.
    pub fn alive(&mut self) -> bool {
        if self.trial.is_some() {
            return self.trial_alive();
        }
        if self.budget.fuel == 0 || self.heap.len() > MAX_HEAP {
            self.budget.cut_short = true;
            return false;
        }
        self.budget.fuel -= 1;
        if self.budget.fuel < self.budget.reserve {
            self.budget.unroll_fuel = 0;
        }
        if self.control.unrolling > 0 {
            self.budget.unroll_fuel = self.budget.unroll_fuel.saturating_sub(1);
        }
        true
    }

    /// Takes the work of making a value from the budgets, and looks at the memory that values take.
    pub fn charge(&mut self, made: &Val) {
        if matches!(made.value, Value::List(_) | Value::Dict(_)) {
            self.budget.items += builtins::length(&self.heap, made).unwrap_or_default();
        }
        if self.budget.items > MOST_ITEMS || !self.budget.retained.note(made) {
            // What comes after is walked, its texts unknown.
            self.options.folding = false;
            self.budget.values_cut_short = true;
        }
        self.charge_use(made);
    }

    /// Takes the work of going through a value from the budget of exact evaluations and constant loops.
    pub fn charge_use(&mut self, used: &Val) {
        let cost = builtins::cost(&self.heap, used);
        if self.trial.is_some() {
            self.charge_trial(cost);
        } else if self.control.unrolling > 0 {
            self.budget.unroll_fuel = self.budget.unroll_fuel.saturating_sub(cost);
        }
    }

    /// Takes the work of going through items from the budget of what is walked round by round.
    pub fn charge_items(&mut self, items: usize) {
        let steps = items / ITEMS_PER_STEP;
        if self.trial.is_some() {
            self.charge_trial(steps);
        } else if self.control.unrolling > 0 {
            self.budget.unroll_fuel = self.budget.unroll_fuel.saturating_sub(steps);
        }
    }

    /// Takes work beyond a step from the walk.
    pub fn spend(&mut self, steps: usize) {
        self.budget.fuel = self.budget.fuel.saturating_sub(steps);
    }
}
