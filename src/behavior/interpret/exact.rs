//! Exact evaluation of small self-contained functions, as decoders are.
//!
//! A call with constant arguments is tried out: every condition must be known, loops run to their end, exceptions are
//! thrown and caught. The first thing that is not known, or that reaches outside, ends the trial: all changes are taken
//! back and the function is walked like any other. What a successful trial met is noted afterwards.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::call::Argument;
use super::value::{Closure, Ref, Val, Value};
use super::{Flow, Frame, Interpreter, MAX_CALLS, fold};
use crate::behavior::feature::Feature;
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Function, NodeId, Unit};
use crate::text::Span;

/// Steps of all exact evaluations of a package.
pub(super) const FUEL: usize = 40_000_000;
/// Steps of one exact evaluation.
const FUEL_OF_ONE: usize = 36_000_000;
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
    call_path: Vec<String>,
}

/// A trial.
#[derive(Default)]
pub(super) struct Exact {
    failed: bool,
    fuel: usize,
    entered: HashSet<(usize, u32)>,
    /// Functions with a branch that was not taken: it is still to be shown.
    partly: HashSet<(usize, u32)>,
    created: Vec<((usize, u32), Ref)>,
    noted: Vec<Noted>,
    known: HashSet<(usize, Span, Feature, String)>,
    pub(super) told: HashMap<(usize, NodeId), Taint>,
    texts: Vec<(Frame, NodeId, String)>,
}

impl Exact {
    /// Whether it met something that is not known.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }
}

impl Interpreter<'_> {
    /// Calls a function of the package: exactly where that is possible.
    pub(super) fn invoke_exactly(&mut self, frame: &Frame, id: NodeId, closure: &Closure, args: Vec<Argument>) -> Val {
        if self.exact.is_none()
            && (self.folding && self.call_graph)
            && self.worth_trying(closure, &args)
            && let Some(val) = self.exactly(closure, args.clone())
        {
            if let Value::Str(text) = &val.value
                && self.concrete == 0
                && !args.iter().any(|arg| arg.val.as_str() == Some(&**text))
            {
                let text = text.clone();
                let taint = self.tell(frame, id, &text);
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
            !matches!(arg.val.value, Value::Unknown) && arg.val.as_str().is_none_or(|text| !text.contains(super::HOLE))
        };
        length <= longest
            && self.exact_fuel > 0
            && self.exact_failures.get(&key).is_none_or(|failures| *failures < MAX_FAILURES)
            && args.iter().all(known)
    }

    /// Tries a call; `None` when it could not be evaluated exactly, with every change taken back.
    fn exactly(&mut self, closure: &Closure, args: Vec<Argument>) -> Option<Val> {
        let unit = self.documents.get(closure.doc)?.unit.clone();
        let function = unit.functions.get(closure.function as usize)?;
        self.exact = Some(Box::new(Exact { fuel: FUEL_OF_ONE, ..Exact::default() }));
        self.heap.begin();
        self.concrete += 1;
        let flow = std::mem::replace(&mut self.flow, Flow::Next);
        let val = self.enter_exactly(closure, &unit, function, args);
        let thrown = std::mem::replace(&mut self.flow, flow) == Flow::Throw;
        self.concrete -= 1;
        let exact = self.exact.take()?;
        if exact.failed || thrown || matches!(val.value, Value::Unknown) {
            self.heap.roll_back();
            *self.exact_failures.entry((closure.doc, closure.function)).or_default() += 1;
            return None;
        }
        // What was created may still be walked: it stays.
        self.heap.commit(&val, exact.created.is_empty());
        self.replay(*exact);
        Some(val)
    }

    /// Notes what a successful trial met.
    fn replay(&mut self, exact: Exact) {
        for (key, at) in exact.created {
            self.note_created(key, at);
        }
        for key in exact.entered.difference(&exact.partly) {
            self.reached.insert(*key);
            self.waiting.remove(key);
        }
        self.told.extend(exact.told);
        for (frame, id, text) in exact.texts {
            self.note_text(&frame, id, &text);
        }
        let here = std::mem::take(&mut self.call_path);
        for noted in exact.noted {
            self.call_path = noted.call_path;
            self.emit_at(noted.document, noted.span, noted.feature, &noted.detail);
        }
        self.call_path = here;
    }

    /// A call within a trial.
    pub(super) fn enter_exactly(
        &mut self,
        closure: &Closure,
        unit: &Arc<Unit>,
        function: &Function,
        args: Vec<Argument>,
    ) -> Val {
        let key = (closure.doc, closure.function);
        if self.calls.len() >= MAX_CALLS {
            self.not_exact();
            return Val::default();
        }
        if let Some(exact) = &mut self.exact {
            exact.entered.insert(key);
        }
        self.enter(closure, unit, function, args)
    }

    /// Notes a function met as a value.
    pub(super) fn note_created(&mut self, key: (usize, u32), at: Ref) {
        if let Some(exact) = &mut self.exact {
            exact.created.push((key, at));
            return;
        }
        self.created.insert(key, at);
        if !self.reached.contains(&key) {
            self.waiting.insert(key);
        }
    }

    /// Ends the trial under way, if there is one: something is not known.
    pub(super) fn not_exact(&mut self) {
        if let Some(exact) = &mut self.exact
            && self.flow != Flow::Throw
        {
            exact.failed = true;
        }
    }

    /// Throws, in a trial; elsewhere an exception says nothing.
    pub(super) fn throw(&mut self) {
        if self.exact.is_some() {
            self.flow = Flow::Throw;
        }
    }

    /// Whether the trial may go on.
    pub(super) fn alive_exactly(&mut self) -> bool {
        let full = self.exact_fuel == 0 || self.heap.len() > super::MAX_HEAP;
        let Some(exact) = &mut self.exact else { return true };
        if exact.failed || full || exact.fuel == 0 {
            // Out of budget, not out of knowledge: that is told.
            self.exact_cut_short |= !exact.failed;
            exact.failed = true;
            return false;
        }
        exact.fuel -= 1;
        self.exact_fuel -= 1;
        true
    }

    /// Takes work beyond a step from the trial's budget.
    pub(super) fn charge_exactly(&mut self, cost: usize) {
        if let Some(exact) = &mut self.exact {
            exact.fuel = exact.fuel.saturating_sub(cost);
            self.exact_fuel = self.exact_fuel.saturating_sub(cost);
        }
    }

    /// Keeps a behavior until the trial has succeeded.
    pub(super) fn note_exact(&mut self, document: usize, span: Span, feature: Feature, detail: &str) {
        if self.seen.contains(&(document, span, feature, detail.into())) {
            return;
        }
        let Some(exact) = &mut self.exact else { return };
        if exact.known.insert((document, span, feature, detail.to_owned())) {
            let call_path = self.call_path.clone();
            exact.noted.push(Noted { document, span, feature, detail: detail.to_owned(), call_path });
        }
    }

    /// Keeps a text put together until the trial has succeeded.
    pub(super) fn keep_text(&mut self, frame: &Frame, id: NodeId, text: &str) {
        if let Some(exact) = &mut self.exact {
            if exact.texts.len() < MAX_TEXTS {
                exact.texts.push((frame.clone(), id, text.to_owned()));
            } else {
                self.exact_cut_short = true;
            }
        }
    }

    /// Something in the function being walked is left out.
    pub(super) fn partly_walked(&mut self) {
        if let (Some(exact), Some(key)) = (&mut self.exact, self.calls.last()) {
            exact.partly.insert(*key);
        }
    }

    pub(super) fn exact_branch(
        &mut self,
        frame: &Frame,
        truth: Option<bool>,
        then: NodeId,
        other: Option<NodeId>,
    ) -> Val {
        // One arm is left out, or what follows an arm that returns.
        self.partly_walked();
        match (truth, other) {
            (Some(true), _) => self.eval(frame, then),
            (Some(false), Some(other)) => self.eval(frame, other),
            (Some(false), None) => Value::Null.into(),
            (None, _) => {
                self.not_exact();
                Val::default()
            }
        }
    }

    pub(super) fn exact_loop(
        &mut self,
        frame: &Frame,
        each: Option<(NodeId, NodeId)>,
        test: Option<NodeId>,
        after: Option<NodeId>,
        body: NodeId,
        first: bool,
    ) {
        if let Some((target, iterable)) = each {
            let over = self.eval(frame, iterable);
            let Some(items) = fold::iterate(&self.heap, &over) else { return self.not_exact() };
            self.charge_exactly(items.len());
            if items.is_empty() {
                self.partly_walked();
            }
            for item in items {
                self.bind(frame, target, item);
                self.eval(frame, body);
                if !self.next_iteration() {
                    return;
                }
            }
            return;
        }
        for round in 0..MAX_ROUNDS {
            if let Some(test) = test
                && !(first && round == 0)
            {
                let val = self.eval(frame, test);
                match fold::truth(&self.heap, &val, frame.javascript) {
                    Some(true) => {}
                    Some(false) => {
                        if round == 0 {
                            self.partly_walked();
                        }
                        return;
                    }
                    None => return self.not_exact(),
                }
            }
            self.eval(frame, body);
            if !self.next_iteration() {
                return;
            }
            if let Some(after) = after {
                self.eval(frame, after);
            }
        }
        // Out of rounds, not out of knowledge.
        self.exact_cut_short = true;
        self.not_exact();
    }

    pub(super) fn exact_try(&mut self, frame: &Frame, body: NodeId, handlers: &[NodeId], finally: Option<NodeId>) {
        self.eval(frame, body);
        if !handlers.is_empty() {
            self.partly_walked();
        }
        if self.flow == Flow::Throw && !handlers.is_empty() {
            self.flow = Flow::Next;
            match handlers {
                [only] => {
                    self.eval(frame, *only);
                }
                // Which of several takes the exception is not known.
                _ => self.not_exact(),
            }
        }
        if let Some(finally) = finally {
            let flow = std::mem::replace(&mut self.flow, Flow::Next);
            self.eval(frame, finally);
            if self.flow == Flow::Next {
                self.flow = flow;
            }
        }
    }
}
