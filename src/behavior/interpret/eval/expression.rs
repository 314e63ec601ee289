//! Expressions and statements.

use std::rc::Rc;

use crate::behavior::interpret::builtins::python::is_authors;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Flow, Frame, Interpreter, MAX_DEPTH, builtins};
use crate::behavior::taint::Taint;
use crate::package::Phase;
use crate::syntax::ir::{Logic, Node, NodeId, Op, Unit};

/// Most values that are kept of what a generator yields.
const MAX_YIELDED: usize = 1_000;

impl Interpreter<'_> {
    /// Walks a node and yields what is known of its value.
    pub fn eval(&mut self, frame: &Frame, id: NodeId) -> Val {
        if self.control.flow == Flow::Throw || !self.alive() {
            return Val::default();
        }
        if self.budget.depth >= MAX_DEPTH {
            if self.trial.is_some() {
                self.abandon_trial();
            } else {
                self.budget.cut_short = true;
            }
            return Val::default();
        }
        self.budget.depth += 1;
        self.coverage.visit(frame.doc, id);
        let val = self.eval_node(frame, id);
        self.budget.depth -= 1;
        val
    }

    pub fn eval_node(&mut self, frame: &Frame, id: NodeId) -> Val {
        let unit = &frame.unit;
        match unit.node(id) {
            Node::Null => Value::Null.into(),
            Node::Bool(truth) => Value::Bool(*truth).into(),
            Node::Num(number) => Val::num(*number),
            Node::Integer(text) => {
                let number = builtins::integers::literal(text).and_then(|n| builtins::integers::value(n, Taint::NONE));
                number.unwrap_or_default()
            }
            Node::Str(text) => self.literal(frame, id, text),
            Node::Bytes(bytes) => {
                let taint = std::str::from_utf8(bytes).map_or(Taint::NONE, |text| self.literal(frame, id, text).taint);
                Val::bytes(&bytes[..], taint)
            }
            Node::Regex(regex) => Value::Regex(Rc::new((regex.0.to_string(), regex.1.to_string()))).into(),
            Node::Name(name) => self.lookup(frame, name),
            Node::Template(parts) => self.template(frame, id, parts),
            Node::List(items) => self.list(frame, items),
            Node::Dict(entries) => self.dict(frame, entries),
            Node::Spread(inner) | Node::Await(inner) => self.eval(frame, *inner),
            Node::Member(object, name) => {
                let object = self.eval(frame, *object);
                self.member(frame, id, &object, name)
            }
            Node::Index(object, key) => {
                let object = self.eval(frame, *object);
                let key = self.eval(frame, *key);
                self.indexed(frame, id, &object, &key)
            }
            Node::Slice(object, parts) => self.sliced(frame, id, *object, *parts),
            Node::Call { callee, args, new } => self.call(frame, id, *callee, args, *new),
            Node::Function(index) => self.closure(frame, *index),
            Node::Class(index) => self.class(frame, *index),
            Node::Unary(Op::Keys, inner) => {
                let val = self.eval(frame, *inner);
                self.keys(val)
            }
            Node::Unary(op, inner) => {
                let val = self.eval(frame, *inner);
                builtins::unary(&self.heap, *op, &val, frame.dialect)
                    .unwrap_or_else(|| Val::unknown(val.taint))
                    .with(if *op == Op::Not { Taint::NONE } else { val.taint })
            }
            Node::Binary(op, operands) => self.binary(frame, id, *op, operands),
            Node::Logic(logic, operands) => self.logic(frame, *logic, operands),
            Node::Assign(target, value) => {
                let passed = usize::from(is_child_environment(frame.unit.node(*target)));
                self.control.passing += passed;
                let mut val = self.eval(frame, *value);
                self.control.passing -= passed;
                // Bun's environment is read by its members; a copy of the whole has another end.
                if val.as_path().is_some_and(|path| &**path == "Bun.env") {
                    val = self.environment_read(frame, *value, val);
                }
                self.bind(frame, *target, val.clone());
                val
            }
            Node::Update(op, target, value) => {
                let old = self.eval(frame, *target);
                let new = self.eval(frame, *value);
                let val = self.combine(*op, &old, &new, frame.dialect);
                self.bind(frame, *target, val.clone());
                val
            }
            Node::Step(op, target) => {
                let old = self.eval(frame, *target);
                let before = match builtins::unary(&self.heap, Op::Plus, &old, frame.dialect) {
                    Some(number) => number.with(old.taint),
                    None => old.clone(),
                };
                let val = self.combine(*op, &before, &Val::num(1.0), frame.dialect);
                self.bind(frame, *target, val);
                before
            }
            Node::If { test, then, other } => self.branch(frame, *test, *then, *other),
            Node::Loop { .. } => {
                self.any_loop(frame, id, &[]);
                Value::Null.into()
            }
            Node::Switch { value, cases } => {
                self.switch(frame, *value, cases);
                Value::Null.into()
            }
            Node::Comprehension { element, each, conditions, dict } => {
                self.comprehension(frame, *element, each, conditions, *dict)
            }
            Node::Try { body, handlers, finally } if self.trial.is_some() => {
                self.concrete_try(frame, *body, handlers, *finally);
                Value::Null.into()
            }
            Node::Try { body, handlers, finally } => {
                let outer = std::mem::take(&mut self.control.fetched);
                let outer_thrown = self.control.thrown.take();
                self.eval(frame, *body);
                let thrown = std::mem::replace(&mut self.control.thrown, outer_thrown);
                let caught_value = std::mem::replace(&mut self.control.caught_value, thrown);
                let fetched = self.control.fetched;
                self.control.fetched |= outer;
                let caught = std::mem::replace(&mut self.control.caught, fetched);
                let flow = self.control.flow;
                // Handlers may run whatever the body's end was: walked as guarded code.
                for handler in handlers {
                    self.guarded(|this| this.eval(frame, *handler));
                }
                self.control.caught = caught;
                self.control.caught_value = caught_value;
                if self.control.flow == Flow::Next || self.control.guard > 0 {
                    self.control.flow = flow;
                }
                if let Some(finally) = finally {
                    let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
                    self.eval(frame, *finally);
                    self.control.flow = flow;
                }
                Value::Null.into()
            }
            Node::Seq(children) => {
                let mut last = Value::Null.into();
                for (place, child) in children.iter().enumerate() {
                    if self.control.flow != Flow::Next {
                        for left in children.iter().skip(place) {
                            self.passed_by(frame, *left);
                        }
                        break;
                    }
                    last = self.eval(frame, *child);
                }
                last
            }
            Node::Block(block) => self.block(frame, block),
            Node::Managed(parts) => self.managed(frame, &parts.0, parts.1),
            Node::With(object, body) => {
                let object = self.eval(frame, *object);
                self.with_object(frame, &object, *body)
            }
            // An error that a request throws holds its answer: `error.response.data`.
            Node::Caught => self.control.caught_value.clone().unwrap_or_default().with(self.control.caught),
            Node::Return(value) => {
                let val = value.map_or_else(|| Value::Null.into(), |value| self.eval(frame, value));
                self.give_back(val, true);
                Value::Null.into()
            }
            Node::Yield(value) => {
                self.abandon_trial();
                let val = value.map_or_else(Val::default, |value| self.eval(frame, value));
                let delegated = value.is_some_and(|value| matches!(frame.unit.node(value), Node::Call { .. }));
                let items = self.heap.items(&val).filter(|_| delegated).cloned();
                if let Some(activation) = self.control.activations.last_mut()
                    && activation.yielded.len() < MAX_YIELDED
                {
                    match items {
                        // `yield*`, `yield from` of another generator.
                        Some(items) => activation.yielded.extend(items.into_iter().take(MAX_YIELDED)),
                        None => activation.yielded.push(val.clone()),
                    }
                }
                self.give_back(val, false);
                Val::unknown(Taint::NONE)
            }
            Node::Labeled(label, body) => {
                let val = self.eval(frame, *body);
                if self.control.flow == Flow::Break(Some(*label)) {
                    self.control.flow = Flow::Next;
                }
                val
            }
            Node::Break(label) => self.jump(Flow::Break(*label)),
            Node::Continue(label) => self.jump(Flow::Continue(*label)),
            Node::Throw(value) => {
                if let Some(value) = value {
                    let thrown = self.eval(frame, *value);
                    // Of an exception of the language nothing is known but that.
                    let plain = thrown.as_path().is_some_and(|path| path.contains('('));
                    if !plain && !matches!(thrown.value, Value::Unknown | Value::Null) {
                        self.control.thrown = Some(thrown);
                    }
                }
                self.throw();
                Value::Null.into()
            }
            Node::Import(import) => {
                self.import(frame, id, import);
                Value::Null.into()
            }
            Node::Delete(target) => {
                self.abandon_trial();
                self.delete(frame, *target);
                Value::Null.into()
            }
            Node::Decorated(decorators, definition) => self.decorated(frame, decorators, *definition),
            Node::Opaque(children) => {
                let mut taint = Taint::NONE;
                for child in children {
                    taint |= self.eval(frame, *child).taint;
                }
                Val::unknown(taint)
            }
        }
    }

    /// Walks code that may not run.
    pub fn guarded<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.control.guard += 1;
        let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
        let out = walk(self);
        self.control.flow = flow;
        self.control.guard -= 1;
        out
    }

    pub fn jump(&mut self, flow: Flow) -> Val {
        if self.control.flow == Flow::Throw {
            return Val::default();
        }
        if self.control.unrolling > 0 && self.control.guard <= self.certain_guard() {
            self.control.flow = flow;
        } else {
            self.control.unsure_exits += 1;
        }
        Value::Null.into()
    }

    /// The guard depth that counts as certain for the innermost activation.
    pub fn certain_guard(&self) -> usize {
        self.control.activations.last().map_or(0, |a| a.guard)
    }

    pub fn give_back(&mut self, val: Val, ends: bool) {
        if self.control.flow == Flow::Throw {
            return;
        }
        let guard = self.control.guard;
        let Some(activation) = self.control.activations.last_mut() else { return };
        let certain = guard <= activation.guard;
        activation.ended |= ends && !matches!(val.value, Value::Null);
        activation.returned = Some(match activation.returned.take() {
            // The most telling of several returns is kept; what they carry is joined.
            Some(before) => {
                let taint = before.taint | val.taint;
                let keep = if matches!(val.value, Value::Null | Value::Unknown) { before } else { val };
                keep.with(taint)
            }
            None => val,
        });
        if ends && certain {
            self.control.flow = Flow::Return;
        } else if ends {
            self.control.unsure_exits += 1;
        }
    }

    pub fn branch(&mut self, frame: &Frame, test: NodeId, then: NodeId, other: Option<NodeId>) -> Val {
        if self.trial.is_none()
            && let Some(runs) = self.program_test(frame, test)
        {
            // Certain, one way or the other: run as a program, or imported.
            return match (runs, other) {
                (true, _) => self.eval(frame, then),
                (false, other) => {
                    self.heap.escape();
                    self.main_blocks.entry(frame.doc).or_default().push((frame.clone(), then));
                    other.map_or_else(|| Value::Null.into(), |other| self.eval(frame, other))
                }
            };
        }
        let test_val = self.eval(frame, test);
        self.asked_truth(frame, test, &test_val);
        let asks = usize::from(test_val.taint.has(Taint::ARGUMENTS));
        self.control.by_argument += asks;
        let authors = asks > 0 && self.phase == Phase::Install && asks_author(&frame.unit, test);
        let val = self.arms(frame, &test_val, then, other, authors);
        self.control.by_argument -= asks;
        val
    }

    /// What a condition leads to. What only the package's author asks for (`setup.py publish`) is no part of an installation.
    fn arms(&mut self, frame: &Frame, test: &Val, then: NodeId, other: Option<NodeId>, authors: bool) -> Val {
        let truth = builtins::truth(&self.heap, test, frame.dialect);
        if self.trial.is_some() {
            return self.concrete_branch(frame, truth, then, other);
        }
        if let (Some(truth), true) = (truth, self.control.unrolling > 0 && self.budget.unroll_fuel > 0) {
            if let Some(left) = if truth { other } else { Some(then) } {
                self.passed_by(frame, left);
            }
            return match (truth, other) {
                (true, _) => self.eval(frame, then),
                (false, Some(other)) => self.eval(frame, other),
                (false, None) => Value::Null.into(),
            };
        }
        let phase = self.phase;
        if authors {
            self.phase = Phase::Run;
        }
        let first =
            if truth == Some(true) { self.eval(frame, then) } else { self.guarded(|this| this.eval(frame, then)) };
        self.phase = phase;
        if self.control.flow != Flow::Next && truth == Some(true) {
            // Code after a certain exit is dead; the other branch is still shown.
            let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
            if let Some(other) = other {
                self.guarded(|this| this.eval(frame, other));
            }
            self.control.flow = flow;
            return first;
        }
        let second = other.map(|other| self.guarded(|this| this.eval(frame, other)));
        match (truth, second) {
            (Some(false), Some(second)) => second,
            (_, Some(second)) => {
                let taint = first.taint | second.taint;
                let keep = if matches!(first.value, Value::Unknown | Value::Null) { second } else { first };
                keep.with(taint)
            }
            (_, None) => first,
        }
    }

    /// A `switch`: the cases that run where that is known, else every case as one that may run.
    fn switch(&mut self, frame: &Frame, value: NodeId, cases: &[(Option<NodeId>, NodeId)]) {
        let value = self.eval(frame, value);
        if self.control.unrolling > 0 && self.budget.unroll_fuel > 0 && value.is_constant() {
            let mut entered = None;
            let mut known = true;
            for (place, (test, _)) in cases.iter().enumerate() {
                let Some(test) = test else { continue };
                let test = self.eval(frame, *test);
                match builtins::binary(&mut self.heap, Op::Eq, &value, &test, frame.dialect).map(|v| v.value) {
                    Some(Value::Bool(true)) => {
                        entered = Some(place);
                        break;
                    }
                    Some(Value::Bool(false)) => {}
                    _ => known = false,
                }
            }
            if known {
                let entered = entered.or_else(|| cases.iter().position(|(test, _)| test.is_none()));
                self.mark_partial();
                for (_, body) in cases {
                    self.passed_by(frame, *body);
                }
                for (_, body) in cases.iter().skip(entered.unwrap_or(cases.len())) {
                    self.eval(frame, *body);
                    if self.control.flow != Flow::Next {
                        break;
                    }
                }
                if self.control.flow == Flow::Break(None) {
                    self.control.flow = Flow::Next;
                }
                return;
            }
        }
        self.abandon_trial();
        let exits = self.control.unsure_exits;
        for (test, body) in cases {
            if let Some(test) = test {
                self.eval(frame, *test);
            }
            self.guarded(|this| this.eval(frame, *body));
        }
        // A `break` here ends a case, not the loop around.
        self.control.unsure_exits = exits;
    }
}

/// Whether a condition compares the arguments with commands of the author's.
fn asks_author(unit: &Unit, test: NodeId) -> bool {
    let authors = |id: &NodeId| match unit.node(*id) {
        Node::Str(text) => is_authors(text),
        Node::List(items) => {
            !items.is_empty()
                && items.iter().all(|item| matches!(unit.node(*item), Node::Str(text) if is_authors(text)))
        }
        _ => false,
    };
    match unit.node(test) {
        Node::Binary(Op::Eq | Op::In, sides) => sides.iter().any(authors),
        Node::Logic(Logic::And, parts) => parts.iter().any(|part| asks_author(unit, *part)),
        Node::Logic(Logic::Or, parts) => parts.iter().all(|part| asks_author(unit, *part)),
        _ => false,
    }
}

/// Whether what is assigned is named as the environment that a child process gets: `env = dict(os.environ)`.
fn is_child_environment(target: &Node) -> bool {
    match target {
        Node::Name(name) | Node::Member(_, name) => {
            let name = name.to_ascii_lowercase();
            name == "environ" || name == "environment" || name == "env" || name.ends_with("_env")
        }
        _ => false,
    }
}
