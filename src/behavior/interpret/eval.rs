//! Expressions and statements.

use super::value::{Val, Value};
use super::{Flow, Frame, Interpreter, MAX_DEPTH, fold};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId, Op};

impl Interpreter<'_> {
    /// Walks a node and yields what is known of its value.
    pub(super) fn eval(&mut self, frame: &Frame, id: NodeId) -> Val {
        if !self.alive() {
            return Val::default();
        }
        if self.depth >= MAX_DEPTH {
            self.cut_short = true;
            return Val::default();
        }
        self.depth += 1;
        let val = self.eval_node(frame, id);
        self.depth -= 1;
        val
    }

    pub(super) fn eval_node(&mut self, frame: &Frame, id: NodeId) -> Val {
        let unit = frame.unit.clone();
        match unit.node(id) {
            Node::Null => Value::Null.into(),
            Node::Bool(truth) => Value::Bool(*truth).into(),
            Node::Num(number) => Val::num(*number),
            Node::Str(text) => self.literal(frame, id, text),
            Node::Bytes(bytes) => {
                let taint = std::str::from_utf8(bytes).map_or(Taint::NONE, |text| self.literal(frame, id, text).taint);
                Val::bytes(&bytes[..], taint)
            }
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
            Node::Unary(op, inner) => {
                let val = self.eval(frame, *inner);
                fold::unary(&self.heap, *op, &val, frame.javascript)
                    .unwrap_or_else(|| Val::unknown(val.taint))
                    .with(if *op == Op::Not { Taint::NONE } else { val.taint })
            }
            Node::Binary(op, operands) => self.binary(frame, id, *op, operands),
            Node::Logic(logic, operands) => self.logic(frame, *logic, operands),
            Node::Assign(target, value) => {
                let val = self.eval(frame, *value);
                self.bind(frame, *target, val.clone());
                val
            }
            Node::Update(op, target, value) => {
                let old = self.eval(frame, *target);
                let new = self.eval(frame, *value);
                let val = self.combine(*op, &old, &new, frame.javascript);
                self.bind(frame, *target, val.clone());
                val
            }
            Node::If { test, then, other } => self.branch(frame, *test, *then, *other),
            Node::Loop { each, test, after, body } => {
                self.walk_loop(frame, *each, *test, *after, *body);
                Value::Null.into()
            }
            Node::Comprehension { element, each, conditions, dict } => {
                self.comprehension(frame, *element, each, conditions, *dict)
            }
            Node::Try { body, handlers, finally } => {
                self.eval(frame, *body);
                let flow = self.flow;
                // Handlers may run whatever the body's end was: walked as guarded code.
                for handler in handlers {
                    self.guarded(|this| this.eval(frame, *handler));
                }
                if self.flow == Flow::Next || self.guard > 0 {
                    self.flow = flow;
                }
                if let Some(finally) = finally {
                    let flow = std::mem::replace(&mut self.flow, Flow::Next);
                    self.eval(frame, *finally);
                    self.flow = flow;
                }
                Value::Null.into()
            }
            Node::Seq(children) => {
                let mut last = Value::Null.into();
                for child in children {
                    if self.flow != Flow::Next {
                        break;
                    }
                    last = self.eval(frame, *child);
                }
                last
            }
            Node::Return(value) => {
                let val = value.map_or_else(
                    || Value::Null.into(),
                    |value| {
                        let val = self.eval(frame, value);
                        self.environment_read(frame, value, val)
                    },
                );
                self.give_back(val, true);
                Value::Null.into()
            }
            Node::Yield(value) => {
                let val = value.map_or_else(Val::default, |value| self.eval(frame, value));
                self.give_back(val.clone(), false);
                Val::unknown(Taint::NONE)
            }
            Node::Break => self.jump(Flow::Break),
            Node::Continue => self.jump(Flow::Continue),
            Node::Throw(value) => {
                if let Some(value) = value {
                    self.eval(frame, *value);
                }
                Value::Null.into()
            }
            Node::Import(import) => {
                self.import(frame, id, import);
                Value::Null.into()
            }
            Node::Delete(_) => Value::Null.into(),
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
    pub(super) fn guarded<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.guard += 1;
        let flow = std::mem::replace(&mut self.flow, Flow::Next);
        let out = walk(self);
        self.flow = flow;
        self.guard -= 1;
        out
    }

    pub(super) fn jump(&mut self, flow: Flow) -> Val {
        if self.concrete > 0 && self.guard <= self.certain_guard() {
            self.flow = flow;
        }
        Value::Null.into()
    }

    /// The guard depth that counts as certain for the innermost activation.
    pub(super) fn certain_guard(&self) -> usize {
        self.activations.last().map_or(0, |a| a.guard)
    }

    pub(super) fn give_back(&mut self, val: Val, ends: bool) {
        let guard = self.guard;
        let Some(activation) = self.activations.last_mut() else { return };
        let certain = guard <= activation.guard;
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
            self.flow = Flow::Return;
        }
    }

    pub(super) fn branch(&mut self, frame: &Frame, test: NodeId, then: NodeId, other: Option<NodeId>) -> Val {
        if let Some(runs) = self.program_test(frame, test) {
            // Certain, one way or the other: run as a program, or imported.
            return match (runs, other) {
                (true, _) => self.eval(frame, then),
                (false, other) => {
                    self.main_blocks.entry(frame.doc).or_default().push((frame.clone(), then));
                    other.map_or_else(|| Value::Null.into(), |other| self.eval(frame, other))
                }
            };
        }
        let test_val = self.eval(frame, test);
        let truth = fold::truth(&self.heap, &test_val, frame.javascript);
        if let (Some(truth), true) = (truth, self.concrete > 0 && self.concrete_fuel > 0) {
            return match (truth, other) {
                (true, _) => self.eval(frame, then),
                (false, Some(other)) => self.eval(frame, other),
                (false, None) => Value::Null.into(),
            };
        }
        let first =
            if truth == Some(true) { self.eval(frame, then) } else { self.guarded(|this| this.eval(frame, then)) };
        if self.flow != Flow::Next && truth == Some(true) {
            // Code after a certain exit is dead; the other branch is still shown.
            let flow = std::mem::replace(&mut self.flow, Flow::Next);
            if let Some(other) = other {
                self.guarded(|this| this.eval(frame, other));
            }
            self.flow = flow;
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
}
