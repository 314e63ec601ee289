//! Exact evaluation of small self-contained functions, as decoders are.
//!
//! A call with constant arguments is tried out: every condition must be known, loops run to their end, exceptions are
//! thrown and caught. The first thing that is not known, or that reaches outside, ends the trial: all changes are taken
//! back and the function is walked like any other. What a successful trial met is noted afterwards.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::behavior::Why;
use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::eval::loops::{Loop, is_constant};
use crate::behavior::interpret::value::{Closure, Ref, Val, Value};
use crate::behavior::interpret::{Flow, Frame, Interpreter, MAX_CALLS, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Function, Node, NodeId, Unit};
use crate::text::Span;

/// Steps of all exact evaluations of a package.
pub const FUEL: usize = 40_000_000;
/// Steps of one exact evaluation.
const FUEL_OF_ONE: usize = 36_000_000;
/// Steps of failed trials after which every further one gets only [`FUEL_AFTER_WASTE`].
const MAX_WASTED: usize = 4_000_000;
/// Steps of one trial where many came to nothing.
const FUEL_AFTER_WASTE: usize = 100_000;
/// Failed trials after which a function is walked like any other.
const MAX_FAILURES: u8 = 2;
/// Longest function tried, bytes of its text.
const MAX_FUNCTION: usize = 1 << 16;
/// Longest function tried without arguments: a long one is a program, not a decoder.
const MAX_WITHOUT_ARGUMENTS: usize = 4096;
/// Most texts kept of one exact evaluation.
const MAX_TEXTS: usize = 10_000;
/// Most rounds of one loop.
const MAX_ROUNDS: usize = 1_000_000;

/// A behavior met in a trial.
struct Noted {
    document: usize,
    span: Span,
    feature: Feature,
    detail: String,
    why: Why,
    call_path: Vec<String>,
}

/// A trial.
#[derive(Default)]
pub struct Trial {
    failed: bool,
    fuel: usize,
    entered: HashSet<(usize, u32)>,
    /// Functions with a branch that was not taken: it is still to be shown.
    partly: HashSet<(usize, u32)>,
    created: Vec<((usize, u32), Ref)>,
    noted: Vec<Noted>,
    known: HashSet<(usize, Span, Feature, String)>,
    pub told: HashMap<(usize, NodeId), Taint>,
    texts: Vec<(Frame, NodeId, String)>,
}

impl Trial {
    /// Whether it met something that is not known.
    pub fn failed(&self) -> bool {
        self.failed
    }
}

impl Interpreter<'_> {
    /// Calls a function of the package: exactly where that is possible.
    pub fn invoke_concrete(&mut self, frame: &Frame, id: NodeId, closure: &Closure, args: Vec<Argument>) -> Val {
        if self.trial.is_none()
            && (self.options.folding && self.options.call_graph)
            && self.worth_trying(closure, &args)
            && let Some(val) = self.try_concrete(closure, args.clone())
        {
            if let Value::Str(text) = &val.value
                && self.control.unrolling == 0
                && !args.iter().any(|arg| arg.val.as_str() == Some(&**text))
            {
                let text = text.clone();
                let taint = self.classify(frame, id, &text);
                return val.with(taint);
            }
            return val;
        }
        self.invoke(closure, args)
    }

    fn worth_trying(&self, closure: &Closure, args: &[Argument]) -> bool {
        let key = (closure.doc, closure.function);
        let Some(unit) = self.documents.get(closure.doc).map(|d| &d.unit) else { return false };
        let Some(function) = unit.functions.get(closure.function as usize) else { return false };
        let length = function.span.end.saturating_sub(function.span.start);
        let longest = if args.is_empty() { MAX_WITHOUT_ARGUMENTS } else { MAX_FUNCTION };
        let known = |arg: &Argument| {
            let unknown = match &arg.val.value {
                Value::Unknown => true,
                // A member that is not known.
                Value::Method(method) => matches!(method.0.value, Value::Unknown | Value::Dict(_) | Value::Instance(_)),
                _ => false,
            };
            !unknown && arg.val.as_str().is_none_or(|text| !text.contains(crate::behavior::interpret::HOLE))
        };
        length <= longest
            && self.budget.trial_fuel > 0
            && self.memo.failed_trials.get(&key).is_none_or(|failures| *failures < MAX_FAILURES)
            && args.iter().all(known)
    }

    /// Tries a call; `None` when it could not be evaluated exactly, with every change taken back.
    fn try_concrete(&mut self, closure: &Closure, args: Vec<Argument>) -> Option<Val> {
        let unit = self.documents.get(closure.doc)?.unit.clone();
        let function = unit.functions.get(closure.function as usize)?;
        let fuel = if self.budget.wasted < MAX_WASTED { FUEL_OF_ONE } else { FUEL_AFTER_WASTE };
        self.trial = Some(Box::new(Trial { fuel, ..Trial::default() }));
        self.heap.begin();
        self.control.unrolling += 1;
        let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
        let val = self.enter_concrete(closure, &unit, function, args);
        let thrown = std::mem::replace(&mut self.control.flow, flow) == Flow::Throw;
        self.control.unrolling -= 1;
        let trial = self.trial.take()?;
        if trial.failed || thrown || matches!(val.value, Value::Unknown) {
            self.heap.roll_back();
            self.budget.wasted += fuel.saturating_sub(trial.fuel);
            *self.memo.failed_trials.entry((closure.doc, closure.function)).or_default() += 1;
            return None;
        }
        // What was created may still be walked: it stays.
        self.heap.commit(&val, trial.created.is_empty());
        self.replay(*trial);
        Some(val)
    }

    /// Notes what a successful trial met.
    fn replay(&mut self, trial: Trial) {
        for (key, at) in trial.created {
            self.note_created(key, at);
        }
        for key in trial.entered.difference(&trial.partly) {
            self.memo.reached.insert(*key);
            self.memo.waiting.remove(key);
        }
        self.memo.classified.extend(trial.told);
        for (frame, id, text) in trial.texts {
            self.note_text(&frame, id, &text);
        }
        let here = std::mem::take(&mut self.trace.call_path);
        for noted in trial.noted {
            self.trace.call_path = noted.call_path;
            self.emit_why(noted.document, noted.span, noted.feature, &noted.detail, noted.why);
        }
        self.trace.call_path = here;
    }

    /// A call within a trial.
    pub fn enter_concrete(
        &mut self,
        closure: &Closure,
        unit: &Arc<Unit>,
        function: &Function,
        args: Vec<Argument>,
    ) -> Val {
        let key = (closure.doc, closure.function);
        if self.trace.calls.len() >= MAX_CALLS {
            self.abandon_trial();
            return Val::default();
        }
        if let Some(trial) = &mut self.trial {
            trial.entered.insert(key);
        }
        self.enter(closure, unit, function, args)
    }

    /// Notes a function met as a value.
    pub fn note_created(&mut self, key: (usize, u32), at: Ref) {
        if let Some(trial) = &mut self.trial {
            trial.created.push((key, at));
            return;
        }
        self.memo.created.insert(key, at);
        if !self.memo.reached.contains(&key) {
            self.memo.waiting.insert(key);
        }
    }

    /// Ends the trial under way, if there is one: something is not known.
    pub fn abandon_trial(&mut self) {
        if let Some(trial) = &mut self.trial
            && self.control.flow != Flow::Throw
        {
            trial.failed = true;
        }
    }

    /// Throws, in a trial; elsewhere an exception says nothing.
    pub fn throw(&mut self) {
        if self.trial.is_some() {
            self.control.flow = Flow::Throw;
        }
    }

    /// Whether the trial may go on.
    pub fn trial_alive(&mut self) -> bool {
        let full = self.budget.trial_fuel == 0 || self.heap.len() > crate::behavior::interpret::MAX_HEAP;
        let Some(trial) = &mut self.trial else { return true };
        if trial.failed || full || trial.fuel == 0 {
            // Out of budget, not out of knowledge: that is told.
            self.budget.trial_cut_short |= !trial.failed;
            trial.failed = true;
            return false;
        }
        trial.fuel -= 1;
        self.budget.trial_fuel -= 1;
        true
    }

    /// Takes work beyond a step from the trial's budget.
    pub fn charge_trial(&mut self, cost: usize) {
        if let Some(trial) = &mut self.trial {
            trial.fuel = trial.fuel.saturating_sub(cost);
            self.budget.trial_fuel = self.budget.trial_fuel.saturating_sub(cost);
        }
    }

    /// Keeps a behavior until the trial has succeeded.
    pub fn record_in_trial(&mut self, document: usize, span: Span, feature: Feature, detail: &str, why: Why) {
        if self.memo.seen.contains(&(document, span, feature, detail.into())) {
            return;
        }
        let Some(trial) = &mut self.trial else { return };
        if trial.known.insert((document, span, feature, detail.to_owned())) {
            let call_path = self.trace.call_path.clone();
            trial.noted.push(Noted { document, span, feature, detail: detail.to_owned(), why, call_path });
        }
    }

    /// Keeps a text put together until the trial has succeeded.
    pub fn keep_text(&mut self, frame: &Frame, id: NodeId, text: &str) {
        if let Some(trial) = &mut self.trial {
            if trial.texts.len() < MAX_TEXTS {
                trial.texts.push((frame.clone(), id, text.to_owned()));
            } else {
                self.budget.trial_cut_short = true;
            }
        }
    }

    /// Something in the function being walked is left out.
    pub fn mark_partial(&mut self) {
        if let (Some(trial), Some(key)) = (&mut self.trial, self.trace.calls.last()) {
            trial.partly.insert(*key);
        }
    }

    pub fn concrete_branch(&mut self, frame: &Frame, truth: Option<bool>, then: NodeId, other: Option<NodeId>) -> Val {
        // One arm is left out, or what follows an arm that returns.
        self.mark_partial();
        match (truth, other) {
            (Some(true), _) => self.eval(frame, then),
            (Some(false), Some(other)) => self.eval(frame, other),
            (Some(false), None) => Value::Null.into(),
            (None, _) => {
                self.abandon_trial();
                Val::default()
            }
        }
    }

    pub fn concrete_loop(&mut self, frame: &Frame, parts: &Loop<'_>) {
        let &Loop { each, test, after, body, first, label, names } = parts;
        if let Some((target, iterable)) = each {
            let over = self.eval(frame, iterable);
            let Some(items) = builtins::iterate(&self.heap, &over) else { return self.abandon_trial() };
            self.charge_trial(items.len());
            if items.is_empty() {
                self.mark_partial();
            }
            for item in items {
                self.round(frame, names, target, item, body);
                if !self.next_iteration(label) {
                    return;
                }
            }
            return;
        }
        // `while (true) {}` is there to stop whoever looks on.
        let idle = after.is_none() && matches!(frame.unit.node(body), Node::Seq(parts) if parts.is_empty());
        if idle && test.is_none_or(|test| is_constant(frame, test)) {
            return self.abandon_trial();
        }
        for round in 0..MAX_ROUNDS {
            if let Some(test) = test
                && !(first && round == 0)
            {
                let val = self.eval(frame, test);
                match builtins::truth(&self.heap, &val, frame.dialect) {
                    Some(true) => {}
                    Some(false) => {
                        if round == 0 {
                            self.mark_partial();
                        }
                        return;
                    }
                    None => return self.abandon_trial(),
                }
            }
            self.eval(frame, body);
            if !self.next_iteration(label) {
                return;
            }
            if let Some(after) = after {
                self.eval(frame, after);
            }
        }
        // Out of rounds, not out of knowledge.
        self.budget.trial_cut_short = true;
        self.abandon_trial();
    }

    pub fn concrete_try(&mut self, frame: &Frame, body: NodeId, handlers: &[NodeId], finally: Option<NodeId>) {
        self.eval(frame, body);
        if !handlers.is_empty() {
            self.mark_partial();
        }
        if self.control.flow == Flow::Throw && !handlers.is_empty() {
            self.control.flow = Flow::Next;
            match handlers {
                [only] => {
                    self.eval(frame, *only);
                }
                // Which of several takes the exception is not known.
                _ => self.abandon_trial(),
            }
        }
        if let Some(finally) = finally {
            let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
            self.eval(frame, finally);
            if self.control.flow == Flow::Next {
                self.control.flow = flow;
            }
        }
    }
}
