//! Functions and classes of the package, walked where they are called.

use crate::behavior::interpret::dialect::javascript::HANDED_IN;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::scope::Names;
use crate::behavior::interpret::state::deferred::Work;
use crate::behavior::interpret::value::{Closure, Object, Ref, Val, Value};
use crate::behavior::interpret::{Activation, Dialect, Flow, Frame, Interpreter, MAX_CALLS};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Function, Node, NodeId, ParamKind, Unit};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Set on a class that `namedtuple` made: the names of its fields.
pub const FIELDS: &str = "fields:";
/// The field of an instance that is a text.
const AS_TEXT: &str = "text:";

/// Longest function, bytes, that is walked again for each function it is handed.
const MAX_FORWARDER: usize = 200;

impl Interpreter<'_> {
    /// Walks a function of the package.
    pub fn invoke(&mut self, closure: &Closure, args: Vec<Argument>) -> Val {
        let key = (closure.doc, closure.function);
        let Some(document) = self.documents.get(closure.doc) else { return Val::default() };
        let unit = document.unit.clone();
        let Some(function) = unit.functions.get(closure.function as usize) else { return Val::default() };
        if self.trial.is_some() {
            return self.enter_concrete(closure, &unit, function, args);
        }
        let taint = self.carried_by(&args);
        if !self.options.call_graph && !std::mem::take(&mut self.control.direct) {
            return Val::unknown(taint);
        }
        let known = self.memo.expanded.get(&key).cloned();
        let recursive = self.trace.calls.iter().filter(|call| **call == key).count();
        // Walked already in this entry: again only if the arguments can make a difference.
        let telling = taint != Taint::NONE
            || args.iter().any(|a| match a.val.value {
                Value::Unknown | Value::Null => false,
                // A short function may do nothing but call what it is given.
                Value::Path(_) => function.span.end - function.span.start < MAX_FORWARDER,
                _ => true,
            });
        if let Some(known) = &known
            && (recursive > 0 && self.control.unrolling == 0 || !telling || self.budget.unroll_fuel == 0)
        {
            return known.clone().with(taint);
        }
        // Layers are counted by themselves: a nest of fifty is a disguise, not a depth of calls.
        if self.control.activations.len() >= MAX_CALLS {
            // Called with other values before: that was walked.
            if known.is_none() {
                self.defer(Work::Call(closure.clone(), args));
            }
            return Val::unknown(taint);
        }
        if recursive > 24 {
            return Val::unknown(taint);
        }
        self.memo.expanded.entry(key).or_insert_with(|| Val::unknown(Taint::NONE));
        self.memo.reached.insert(key);
        self.memo.waiting.remove(&key);

        // Inside a function that was walked before, only its value is new work: that is bounded by its own budget.
        if known.is_some() {
            self.budget.unroll_fuel = self.budget.unroll_fuel.saturating_sub(20);
        }
        let returned = self.enter(closure, &unit, function, args);
        self.memo.expanded.insert(key, returned.clone());
        returned
    }

    /// Walks a function's body in a scope of its own and yields what it returns.
    pub fn enter(&mut self, closure: &Closure, unit: &Arc<Unit>, function: &Function, args: Vec<Argument>) -> Val {
        let key = (closure.doc, closure.function);
        let dialect = Dialect::of(unit.language);
        let escapes = self.heap.escapes();
        let scope = self.heap.scope(Some(closure.scope));
        let declared = self.memo.declared.entry(key).or_insert_with(|| Rc::new(declared(unit, function)));
        if let Some(made) = self.heap.scope_mut(scope) {
            made.outer.clone_from(&function.outer_names);
            made.globals.clone_from(&function.global_names);
            made.names = Names::clone(declared);
        }
        let this = closure.this.clone().unwrap_or_else(|| Value::Null.into());
        let frame = Frame { doc: closure.doc, unit: unit.clone(), scope, this: this.clone(), dialect };
        self.bind_params(&frame, closure, function, args);

        let name = function.name.as_deref().unwrap_or("<anonymous>");
        self.enter_path(name.to_owned());
        self.trace.calls.push(key);
        self.control.activations.push(Activation { guard: self.control.guard, ..Activation::default() });
        let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
        let passing = std::mem::take(&mut self.control.passing);
        self.eval(&frame, function.body);
        self.control.passing = passing;
        if self.control.flow != Flow::Throw {
            self.control.flow = flow;
        }
        let activation = self.control.activations.pop().unwrap_or_default();
        let returned = match activation.returned {
            // A generator is what it yields.
            Some(last) if !activation.yielded.is_empty() && !activation.ended => {
                self.heap.list(activation.yielded).with(last.taint)
            }
            last => last.unwrap_or_else(|| Value::Null.into()),
        };
        self.trace.calls.pop();
        self.leave_path();
        self.heap.release(scope, escapes);
        returned
    }

    pub fn bind_params(&mut self, frame: &Frame, closure: &Closure, function: &Function, args: Vec<Argument>) {
        let mut given: Vec<Val> = closure.bound.clone();
        if closure.method
            && let Some(this) = &closure.this
        {
            given.insert(0, this.clone());
        }
        let mut named: BTreeMap<Arc<str>, Val> = BTreeMap::new();
        let mut loose = Taint::NONE;
        for arg in args {
            match arg.name {
                Some(name) if &*name != "**" => {
                    named.insert(name, arg.val);
                }
                Some(_) => loose |= self.heap.carried(&arg.val),
                None => given.push(arg.val),
            }
        }
        if function.arguments {
            let all = self.heap.list(given.clone());
            if let Some(scope) = self.heap.scope_mut(frame.scope) {
                scope.names.insert("arguments".into(), all);
            }
        }
        let mut positional = given.into_iter();
        for (place, param) in function.params.iter().enumerate() {
            let name = match frame.unit.node(param.target) {
                Node::Name(name) => Some(name.clone()),
                _ => None,
            };
            let val = match param.kind {
                ParamKind::Rest => {
                    let rest: Vec<Val> = positional.by_ref().collect();
                    self.heap.list(rest)
                }
                ParamKind::Named => {
                    let rest = std::mem::take(&mut named).into_iter().map(|(k, v)| (Rc::from(&*k), v)).collect();
                    self.heap.dict(rest)
                }
                ParamKind::One => {
                    let by_name = name.as_ref().and_then(|name| named.remove(name));
                    match by_name.or_else(|| positional.next()) {
                        Some(val) if matches!(val.value, Value::Unknown) => self.handed_in(frame, closure, &name, val),
                        Some(val) if !(frame.dialect.is_javascript() && matches!(val.value, Value::Null)) => val,
                        _ => match closure.defaults.get(place) {
                            Some(Some(default)) => default.clone(),
                            _ => match param.default {
                                Some(default) if frame.dialect.is_javascript() => self.eval(frame, default),
                                None if self.trial.is_some() && frame.dialect.is_javascript() => Value::Null.into(),
                                _ => self.handed_in(frame, closure, &name, Val::unknown(loose)),
                            },
                        },
                    }
                }
            };
            match val.value {
                Value::Unknown | Value::Null if self.trial.is_none() => self.bind_unknown(frame, param.target, val),
                _ => self.bind(frame, param.target, val),
            }
        }
    }

    /// A parameter of which nothing is known, but that is called as something that every module has: bundlers hand it in.
    fn handed_in(&mut self, frame: &Frame, closure: &Closure, name: &Option<Arc<str>>, val: Val) -> Val {
        match name {
            Some(name) if frame.dialect.is_javascript() && HANDED_IN.contains(&&**name) && self.trial.is_none() => {
                let outer = Frame { scope: closure.scope, ..frame.clone() };
                self.lookup(&outer, name).with(val.taint)
            }
            _ => val,
        }
    }

    /// `C(..)`, `new C(..)`: the constructor is walked on a fresh instance.
    pub fn instantiate(&mut self, frame: &Frame, id: NodeId, class: Ref, args: Vec<Argument>) -> Val {
        if !frame.dialect.is_javascript() {
            self.metaclass_call(frame, id, class, &args);
        }
        let at = self.heap.add(Object::Instance { class, fields: BTreeMap::new() });
        let this: Val = Value::Instance(at).into();
        self.fill(class, at, &args);
        // JavaScript fields stand in the class scope: methods find them there.
        for name in ["__new__", "__init__", "constructor", "__init_subclass__"] {
            if let Some(method) = self.class_member(class, name, Some(&this))
                && self.heap.closure(&method).is_some()
            {
                let made = self.dispatch(frame, id, &method, args.clone(), false);
                // A constructor may give back another object.
                let object = matches!(made.value, Value::Dict(_) | Value::Func(_) | Value::Path(_));
                if object && name == "constructor" {
                    return made;
                }
            }
        }
        this.with(self.carried_by(&args))
    }

    /// What an instance of a class of Python is by what it is made of: a text, the fields of a named tuple.
    fn fill(&mut self, class: Ref, instance: Ref, args: &[Argument]) {
        let names = self.heap.property(class, FIELDS).and_then(|names| self.heap.items(names)).cloned();
        let mut filled: Vec<(Rc<str>, Val)> = Vec::new();
        if let Some(names) = names {
            let mut given = args.iter().filter(|arg| arg.name.is_none());
            for name in names.iter().filter_map(Val::as_str) {
                let named = || args.iter().find(|arg| arg.name.as_deref() == Some(name));
                if let Some(arg) = given.next().or_else(named) {
                    filled.push((name.into(), arg.val.clone()));
                }
            }
        } else if let Some(text) = args.first().filter(|arg| matches!(arg.val.value, Value::Str(_) | Value::Bytes(_)))
            && self.is_kind_of_text(class, 4)
        {
            filled.push((AS_TEXT.into(), text.val.clone()));
        }
        if !filled.is_empty()
            && let Some(Object::Instance { fields, .. }) = self.heap.get_mut(instance)
        {
            fields.extend(filled);
        }
    }

    /// Whether a class is derived from texts.
    fn is_kind_of_text(&self, class: Ref, nested: usize) -> bool {
        let Some(Object::Class { bases, .. }) = self.heap.get(class) else { return false };
        bases.iter().any(|base| match &base.value {
            Value::Path(path) => matches!(&**path, "str" | "bytes" | "collections.UserString"),
            Value::Class(base) => nested > 0 && self.is_kind_of_text(*base, nested - 1),
            _ => false,
        })
    }

    /// The text that an instance is.
    pub fn text_of_instance(&self, val: &Val) -> Option<Val> {
        match val.value {
            Value::Instance(_) => self.heap.entries(val)?.get(AS_TEXT).cloned(),
            _ => None,
        }
    }

    /// `super()`: the instance as seen from its bases.
    pub fn parent_class(&mut self, frame: &Frame) -> Val {
        let Value::Instance(at) = frame.this.value else { return Val::path("super()") };
        let Some(Object::Instance { class, .. }) = self.heap.get(at) else { return Val::default() };
        let Some(Object::Class { bases, .. }) = self.heap.get(*class) else { return Val::default() };
        match bases.first().map(|base| &base.value) {
            Some(Value::Class(base)) => {
                let object = Object::Instance { class: *base, fields: self.fields(at) };
                Value::Instance(self.heap.add(object)).into()
            }
            Some(Value::Path(path)) => Val::path(format!("{path}()")),
            _ => Val::path("super()"),
        }
    }

    pub fn fields(&self, at: Ref) -> BTreeMap<Rc<str>, Val> {
        match self.heap.get(at) {
            Some(Object::Instance { fields, .. }) => fields.clone(),
            _ => BTreeMap::new(),
        }
    }
}

/// The names that a call begins with. A parameter is the function's own name from the start, whatever it is called outside.
fn declared(unit: &Unit, function: &Function) -> Names {
    let mut names = Names::default();
    for local in &function.locals {
        names.insert(local.clone(), Value::Null.into());
    }
    if !unit.language.is_javascript() {
        return names;
    }
    let mut open: Vec<NodeId> = function.params.iter().map(|param| param.target).collect();
    while let Some(id) = open.pop() {
        match unit.node(id) {
            Node::Name(name) => names.insert(name.clone(), Value::Null.into()),
            Node::List(items) => open.extend(items),
            Node::Dict(entries) => open.extend(entries.iter().map(|(_, target)| *target)),
            Node::Spread(target) | Node::Assign(target, _) => open.push(*target),
            _ => {}
        }
    }
    names
}
