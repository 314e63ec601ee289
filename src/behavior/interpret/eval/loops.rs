//! Loops and comprehensions: item by item where everything is constant, once where it is not.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::behavior::interpret::value::{Object, Val, Value};
use crate::behavior::interpret::{Dialect, Flow, Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Block, Label, Node, NodeId};

/// Most items of one loop or comprehension walked one by one.
pub const MAX_ITERATIONS: usize = 20_000;

/// Most rounds of a loop whose condition is written as always true.
const MAX_ENDLESS: usize = 200;

/// A loop.
pub struct Loop<'a> {
    /// Target and what is gone through.
    pub each: Option<(NodeId, NodeId)>,
    /// The condition.
    pub test: Option<NodeId>,
    /// What follows a round.
    pub after: Option<NodeId>,
    /// A round.
    pub body: NodeId,
    /// Whether the first round comes before the condition.
    pub first: bool,
    /// What jumps call it.
    pub label: Option<Label>,
    /// Names bound anew each round.
    pub names: &'a [Arc<str>],
}

/// What a comprehension makes.
struct Made {
    items: Vec<Val>,
    /// Whether all of them are known.
    known: bool,
    /// What its first loop goes through.
    first: Option<Val>,
}

impl Interpreter<'_> {
    /// Statements with names of their own. A loop over items binds them anew each round, as closures see it.
    pub fn block(&mut self, frame: &Frame, block: &Block) -> Val {
        if block.names.is_empty() {
            return self.eval(frame, block.body);
        }
        let unit = &frame.unit;
        match unit.node(block.body) {
            Node::Loop { each: Some(_), .. } => {
                self.coverage.visit(frame.doc, block.body);
                self.any_loop(frame, block.body, &block.names);
                Value::Null.into()
            }
            _ => self.within(frame, &block.names, |this, inner| this.eval(inner, block.body)),
        }
    }

    /// Walks with names of its own.
    pub fn within<T>(&mut self, frame: &Frame, names: &[Arc<str>], walk: impl FnOnce(&mut Self, &Frame) -> T) -> T {
        if names.is_empty() {
            return walk(self, frame);
        }
        let escapes = self.heap.escapes();
        let scope = self.heap.scope(Some(frame.scope));
        if let Some(scope) = self.heap.scope_mut(scope) {
            scope.passes = !frame.dialect.is_javascript();
            scope.handler = scope.passes;
            for name in names {
                scope.names.insert(name.clone(), Value::Null.into());
            }
        }
        let inner = Frame { scope, ..frame.clone() };
        let out = walk(self, &inner);
        self.heap.release(scope, escapes);
        out
    }

    /// `with (object) body`: the members that are known are names there.
    pub fn with_object(&mut self, frame: &Frame, object: &Val, body: NodeId) -> Val {
        let members: Vec<(Rc<str>, Val)> = match &object.value {
            Value::Path(_) => self.library(object),
            _ => self.heap.entries(object).into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
        };
        let scope = self.heap.scope(Some(frame.scope));
        if let Some(scope) = self.heap.scope_mut(scope) {
            for (name, val) in members {
                scope.names.insert((&*name).into(), val);
            }
        }
        let inner = Frame { scope, ..frame.clone() };
        self.eval(&inner, body)
    }

    /// A loop; `names` are bound anew each round.
    pub fn any_loop(&mut self, frame: &Frame, id: NodeId, names: &[Arc<str>]) {
        let &Node::Loop { each, test, after, body, first, label } = frame.unit.node(id) else { return };
        let parts = Loop { each, test, after, body, first, label, names };
        if self.trial.is_some() {
            self.concrete_loop(frame, &parts);
        } else {
            self.visit_loop(frame, &parts);
        }
    }

    /// A round of a loop over items.
    pub fn round(&mut self, frame: &Frame, names: &[Arc<str>], target: NodeId, item: Val, body: NodeId) {
        if names.is_empty() {
            self.bind(frame, target, item);
            self.eval(frame, body);
        } else {
            self.within(frame, names, |this, inner| {
                this.bind(inner, target, item);
                this.eval(inner, body);
            });
        }
    }

    fn visit_loop(&mut self, frame: &Frame, parts: &Loop<'_>) {
        let &Loop { each, test, after, body, label, names, .. } = parts;
        if let Some((target, iterable)) = each {
            let over = self.eval(frame, iterable);
            let over = self.iterated(frame, iterable, over);
            match self.unrolled(&over).filter(|items| !items.is_empty()) {
                Some(items) => {
                    self.budget.unroll_fuel = self.budget.unroll_fuel.saturating_sub(items.len());
                    self.control.unrolling += 1;
                    for item in items {
                        self.round(frame, names, target, item, body);
                        if self.budget.unroll_fuel == 0 || !self.next_iteration(label) {
                            break;
                        }
                    }
                    self.control.unrolling -= 1;
                }
                _ => {
                    let taint = self.heap.carried(&over);
                    let item = item_of(&over, taint);
                    self.round(frame, names, target, item, body);
                    self.next_iteration(label);
                }
            }
            self.let_go(frame, iterable, &over);
            return;
        }
        let mut rounds = 0;
        let (exits, writes) = (self.control.unsure_exits, self.control.unsure_writes);
        loop {
            let known = match test {
                Some(test) => {
                    let val = self.eval(frame, test);
                    builtins::truth(&self.heap, &val, frame.dialect)
                }
                None => Some(true),
            };
            // A known condition walks the loop round by round as long as the budget lasts; `while True` with no known way
            // out ends after one round.
            let by_rounds = known.is_some() && self.budget.unroll_fuel > 0 && rounds < MAX_ITERATIONS;
            if known == Some(false) && rounds > 0 {
                break;
            }
            if by_rounds {
                self.control.unrolling += 1;
            }
            self.eval(frame, body);
            let more = self.next_iteration(label);
            if more && let Some(after) = after {
                self.eval(frame, after);
            }
            if by_rounds {
                self.control.unrolling -= 1;
            }
            rounds += 1;
            // An exit that may or may not be taken, or a loop that runs until something outside ends it: once says it all.
            let endless = known == Some(true) && test.is_none_or(|test| is_constant(frame, test));
            if !more
                || !by_rounds
                || known == Some(false)
                || self.control.unsure_exits > exits
                || (endless || self.control.unsure_writes > writes) && rounds >= MAX_ENDLESS
            {
                break;
            }
        }
    }

    /// Empties the list that a `range` made for one loop: nothing else holds it, and a program may have many.
    fn let_go(&mut self, frame: &Frame, iterable: NodeId, over: &Val) {
        let unit = frame.unit.clone();
        let Node::Call { callee, .. } = unit.node(iterable) else { return };
        let Node::Name(name) = unit.node(*callee) else { return };
        if self.trial.is_none()
            && let Value::List(at) = over.value
            && self.lookup(frame, name).as_path().is_some_and(|path| matches!(&**path, "range" | "xrange"))
            && let Some(Object::List(items)) = self.heap.get_mut(at)
        {
            *items = Vec::new();
        }
    }

    /// What a loop goes through item by item.
    fn unrolled(&self, over: &Val) -> Option<Vec<Val>> {
        (self.budget.unroll_fuel > 0).then(|| builtins::iterate_within(&self.heap, over, MAX_ITERATIONS)).flatten()
    }

    /// Ends one round of a loop with that label; whether another may follow.
    pub fn next_iteration(&mut self, label: Option<Label>) -> bool {
        if self.trial.as_ref().is_some_and(|trial| trial.failed()) {
            return false;
        }
        match self.control.flow {
            Flow::Next => true,
            Flow::Continue(to) if to.is_none() || to == label => {
                self.control.flow = Flow::Next;
                true
            }
            Flow::Break(from) if from.is_none() || from == label => {
                self.control.flow = Flow::Next;
                false
            }
            // What goes on is outside.
            Flow::Break(_) | Flow::Continue(_) | Flow::Return | Flow::Throw => false,
        }
    }

    pub fn comprehension(
        &mut self,
        frame: &Frame,
        element: NodeId,
        each: &[(NodeId, NodeId)],
        conditions: &[NodeId],
        dict: bool,
    ) -> Val {
        let inner = Frame { scope: self.heap.scope(Some(frame.scope)), ..frame.clone() };
        let mut names = Vec::new();
        each.iter().for_each(|(target, _)| targets(frame, *target, &mut names));
        if let Some(scope) = self.heap.scope_mut(inner.scope) {
            scope.passes = true;
            for name in names {
                scope.names.insert(name, Value::Null.into());
            }
        }
        // What the first loop goes through is evaluated outside.
        let first = each.first().map(|(_, over)| self.eval(frame, *over));
        let mut made = Made { items: Vec::new(), known: true, first };
        let taint = self.comprehend(&inner, element, each, conditions, &mut made);
        let out = made.items;
        if !made.known {
            return Val::unknown(taint);
        }
        if dict {
            let pairs = out.iter().filter_map(|pair| {
                let items = self.heap.items(pair)?;
                let key: Rc<str> = builtins::to_text(&self.heap, items.first()?, Dialect::JavaScript)?;
                Some((key, items.get(1)?.clone()))
            });
            let map: BTreeMap<Rc<str>, Val> = pairs.collect();
            return self.heap.dict(map).with(taint);
        }
        self.heap.list(out).with(taint)
    }

    fn comprehend(
        &mut self,
        frame: &Frame,
        element: NodeId,
        each: &[(NodeId, NodeId)],
        conditions: &[NodeId],
        made: &mut Made,
    ) -> Taint {
        let Some(((target, iterable), rest)) = each.split_first() else {
            for condition in conditions {
                let val = self.eval(frame, *condition);
                match builtins::truth(&self.heap, &val, frame.dialect) {
                    Some(true) => {}
                    Some(false) => {
                        self.passed_by(frame, element);
                        return Taint::NONE;
                    }
                    None => {
                        self.abandon_trial();
                        made.known = false;
                    }
                }
            }
            let val = self.eval(frame, element);
            let taint = self.heap.carried(&val);
            made.items.push(val);
            return taint;
        };
        let over = match made.first.take() {
            Some(over) => over,
            None => self.eval(frame, *iterable),
        };
        let over = self.iterated(frame, *iterable, over);
        let mut taint = self.heap.carried(&over);
        match self.unrolled(&over) {
            Some(items) => {
                self.control.unrolling += 1;
                for item in items {
                    self.bind(frame, *target, item);
                    taint |= self.comprehend(frame, element, rest, conditions, made);
                    if self.budget.unroll_fuel == 0 {
                        made.known = false;
                        break;
                    }
                }
                self.control.unrolling -= 1;
            }
            _ => {
                self.abandon_trial();
                made.known = false;
                let item = item_of(&over, taint);
                self.bind(frame, *target, item);
                taint |= self.comprehend(frame, element, rest, conditions, made);
            }
        }
        taint
    }
}

/// The names that a target binds.
fn targets(frame: &Frame, target: NodeId, names: &mut Vec<Arc<str>>) {
    match frame.unit.node(target) {
        Node::Name(name) => names.push(name.clone()),
        Node::Spread(inner) => targets(frame, *inner, names),
        Node::List(parts) => parts.iter().for_each(|part| targets(frame, *part, names)),
        _ => {}
    }
}

/// Whether a condition is the same in every round: `true`, `1`, `!![]`.
pub fn is_constant(frame: &Frame, test: NodeId) -> bool {
    let mut test = test;
    while let Node::Unary(_, inner) = frame.unit.node(test) {
        test = *inner;
    }
    matches!(frame.unit.node(test), Node::Bool(_) | Node::Num(_) | Node::List(_) | Node::Null | Node::Str(_))
}

/// What an unknown iterable yields: of something outside the package, what a call of it would.
fn item_of(over: &Val, taint: Taint) -> Val {
    match over.as_path() {
        Some(path) => Val::path(format!("{path}()")).with(taint),
        None => Val::unknown(taint),
    }
}
