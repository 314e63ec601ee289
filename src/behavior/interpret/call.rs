//! Calls: functions and classes of the package, methods of values, callbacks.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::value::{Closure, Object, Ref, Val, Value};
use super::{Activation, Flow, Frame, Interpreter, MAX_CALLS, fold};
use crate::behavior::feature::Feature;
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Arg, Function, Node, NodeId, ParamKind, Unit};

/// Longest function, bytes, that is walked again for each function it is handed.
const MAX_FORWARDER: usize = 200;

/// An argument as evaluated.
#[derive(Debug, Clone, Default)]
pub struct Argument {
    /// Keyword, in Python.
    pub name: Option<Arc<str>>,
    /// Its value.
    pub val: Val,
}

impl From<Val> for Argument {
    fn from(val: Val) -> Self {
        Self { name: None, val }
    }
}

/// What a call expression calls.
enum Receiver {
    /// A method of a value.
    Method(Val, Rc<str>),
    /// Any other value.
    Called(Val),
}

/// Values of the positional arguments.
pub(super) fn positional(args: &[Argument]) -> Vec<Val> {
    args.iter().filter(|arg| arg.name.is_none()).map(|arg| arg.val.clone()).collect()
}

impl Interpreter<'_> {
    /// A call expression.
    pub(super) fn call(&mut self, frame: &Frame, id: NodeId, callee: NodeId, args: &[Arg], new: bool) -> Val {
        let unit = frame.unit.clone();
        if let Node::Name(name) = unit.node(callee)
            && &**name == "super"
        {
            for arg in args {
                self.eval(frame, arg.value);
            }
            return self.parent_class(frame);
        }
        let called = match self.receiver(frame, callee) {
            Receiver::Method(receiver, name) => {
                let mut evaluated = Vec::with_capacity(args.len());
                for arg in args {
                    self.argument(frame, arg, &mut evaluated);
                }
                if self.flow == Flow::Throw {
                    return Val::default();
                }
                return self.method_call(frame, id, &receiver, &name, evaluated);
            }
            Receiver::Called(called) => called,
        };
        let muted = self.is_metadata_call(&called);
        let mut evaluated = Vec::with_capacity(args.len());
        for arg in args {
            let quiet = muted && arg.name.as_deref().is_some_and(is_metadata);
            self.muted += usize::from(quiet);
            self.argument(frame, arg, &mut evaluated);
            self.muted -= usize::from(quiet);
        }
        let val = self.dispatch(frame, id, &called, evaluated, new);
        // The package's own decoder: its result stands nowhere else.
        if let (Value::Func(_), Value::Str(text)) = (&called.value, &val.value)
            && val.taint.has(Taint::DECODED)
        {
            let text = text.clone();
            self.note_folded(frame, id, &text);
        }
        val
    }

    /// Evaluates an argument; a spread list or dictionary gives several.
    fn argument(&mut self, frame: &Frame, arg: &Arg, evaluated: &mut Vec<Argument>) {
        let val = self.eval(frame, arg.value);
        let val = self.environment_read(frame, arg.value, val);
        match (frame.unit.node(arg.value), &val.value) {
            (Node::Spread(_), Value::List(_)) => {
                let items = self.heap.items(&val).cloned().unwrap_or_default();
                evaluated.extend(items.into_iter().map(Argument::from));
            }
            (Node::Spread(_), Value::Dict(_)) if arg.name.is_some() => {
                let entries = self.heap.entries(&val).cloned().unwrap_or_default();
                evaluated.extend(entries.into_iter().map(|(key, val)| Argument { name: Some((&*key).into()), val }));
            }
            _ => evaluated.push(Argument { name: arg.name.clone(), val }),
        }
    }

    /// What is called: a method of a text, number or list needs no value of its own, which in loops would fill the heap.
    fn receiver(&mut self, frame: &Frame, callee: NodeId) -> Receiver {
        let plain = |val: &Val| matches!(val.value, Value::Str(_) | Value::Bytes(_) | Value::Num(_) | Value::List(_));
        match frame.unit.node(callee) {
            Node::Member(object, name) => {
                let object = self.eval(frame, *object);
                if plain(&object) && !self.has_property(&object, name) {
                    return Receiver::Method(object, (&**name).into());
                }
                let called = self.member(frame, callee, &object, name);
                Receiver::Called(self.of_object(frame, called, &object))
            }
            Node::Index(object, key) => {
                let object = self.eval(frame, *object);
                let key = self.eval(frame, *key);
                match &key.value {
                    Value::Str(name)
                        if frame.javascript
                            && plain(&object)
                            && name.parse::<f64>().is_err()
                            && !self.has_property(&object, name) =>
                    {
                        Receiver::Method(object, name.clone())
                    }
                    _ => {
                        let called = self.indexed(frame, callee, &object, &key);
                        Receiver::Called(self.of_object(frame, called, &object))
                    }
                }
            }
            _ => Receiver::Called(self.eval(frame, callee)),
        }
    }

    /// A function taken from an object to be called: the object is its `this`.
    fn of_object(&mut self, frame: &Frame, called: Val, object: &Val) -> Val {
        if frame.javascript && matches!(object.value, Value::Dict(_)) { self.bound(called, object) } else { called }
    }

    fn has_property(&self, object: &Val, name: &str) -> bool {
        matches!(&object.value, Value::List(at) if self.heap.property(*at, name).is_some())
    }

    fn is_metadata_call(&self, called: &Val) -> bool {
        called.as_path().is_some_and(|path| {
            matches!(
                &**path,
                "setuptools.setup" | "distutils.core.setup" | "setup" | "numpy.distutils.core.setup" | "skbuild.setup"
            )
        })
    }

    /// Calls a value with arguments already evaluated.
    pub(super) fn dispatch(&mut self, frame: &Frame, id: NodeId, called: &Val, args: Vec<Argument>, new: bool) -> Val {
        if self.flow == Flow::Throw {
            return Val::default();
        }
        match &called.value {
            Value::Func(_) => match self.heap.closure(called).cloned() {
                Some(closure) if new => {
                    let this = self.fresh(called);
                    let result = self.invoke(&Closure { this: Some(this.clone()), ..closure }, args);
                    if matches!(result.value, Value::Unknown | Value::Null) { this.with(result.taint) } else { result }
                }
                Some(closure) => self.invoke_exactly(frame, id, &closure, args),
                None => Val::default(),
            },
            Value::Class(at) => self.instantiate(frame, id, *at, args),
            Value::Path(path) => {
                let path = path.clone();
                self.external(frame, id, &path, called.taint, args)
            }
            Value::Method(at) => match self.heap.get(*at).cloned() {
                Some(Object::Method(receiver, name)) => self.method_call(frame, id, &receiver, &name, args),
                _ => Val::default(),
            },
            Value::Instance(at) => {
                let names = ["__call__", "call"];
                let found = names.iter().find_map(|name| match self.heap.get(*at) {
                    Some(Object::Instance { class, .. }) => {
                        let class = *class;
                        self.class_member(class, name, Some(called))
                    }
                    _ => None,
                });
                match found {
                    Some(method) if self.heap.closure(&method).is_some() => {
                        self.dispatch(frame, id, &method, args, false)
                    }
                    _ => Val::unknown(called.taint | self.carried_by(&args)),
                }
            }
            _ => {
                if matches!(called.value, Value::Null) && frame.javascript {
                    self.throw();
                } else {
                    self.not_exact();
                }
                let taint = called.taint | self.carried_by(&args);
                self.call_back_all(frame, id, &args, taint);
                Val::unknown(taint)
            }
        }
    }

    /// What `new` of a function makes: an object with what the function's prototype has.
    fn fresh(&mut self, function: &Val) -> Val {
        let prototype = match &function.value {
            Value::Func(at) => self.heap.property(*at, "prototype").cloned(),
            _ => None,
        };
        let entries = prototype.and_then(|prototype| self.heap.entries(&prototype).cloned()).unwrap_or_default();
        self.heap.dict(entries)
    }

    /// Calls a value with plain values: decorators, callbacks.
    pub(super) fn apply(&mut self, frame: &Frame, id: NodeId, called: &Val, args: Vec<Argument>) -> Val {
        self.dispatch(frame, id, called, args, false)
    }

    /// Walks a function of the package.
    pub(super) fn invoke(&mut self, closure: &Closure, args: Vec<Argument>) -> Val {
        let key = (closure.doc, closure.function);
        let Some(document) = self.documents.get(closure.doc) else { return Val::default() };
        let unit = document.unit.clone();
        let Some(function) = unit.functions.get(closure.function as usize) else { return Val::default() };
        if self.exact.is_some() {
            return self.enter_exactly(closure, &unit, function, args);
        }
        let taint = self.carried_by(&args);
        if !self.call_graph && !std::mem::take(&mut self.direct) {
            return Val::unknown(taint);
        }
        let known = self.expanded.get(&key).cloned();
        let recursive = self.calls.iter().filter(|call| **call == key).count();
        // Walked already in this entry: again only if the arguments can make a difference.
        let telling = taint != Taint::NONE
            || args.iter().any(|a| match a.val.value {
                Value::Unknown | Value::Null => false,
                // A short function may do nothing but call what it is given.
                Value::Path(_) => function.span.end - function.span.start < MAX_FORWARDER,
                _ => true,
            });
        if let Some(known) = &known
            && (recursive > 0 && self.concrete == 0 || !telling || self.concrete_fuel == 0)
        {
            return known.clone().with(taint);
        }
        if recursive > 24 || self.calls.len() >= MAX_CALLS {
            return Val::unknown(taint);
        }
        self.expanded.entry(key).or_insert_with(|| Val::unknown(Taint::NONE));
        self.reached.insert(key);
        self.waiting.remove(&key);

        // Inside a function that was walked before, only its value is new work: that is bounded by its own budget.
        if known.is_some() {
            self.concrete_fuel = self.concrete_fuel.saturating_sub(20);
        }
        let returned = self.enter(closure, &unit, function, args);
        self.expanded.insert(key, returned.clone());
        returned
    }

    /// Walks a function's body in a scope of its own and yields what it returns.
    pub(super) fn enter(
        &mut self,
        closure: &Closure,
        unit: &Arc<Unit>,
        function: &Function,
        args: Vec<Argument>,
    ) -> Val {
        let key = (closure.doc, closure.function);
        let javascript = unit.language.is_javascript();
        let scope = self.heap.scope(Some(closure.scope));
        if let Some(names) = self.heap.scope_mut(scope) {
            names.outer.clone_from(&function.outer_names);
            for local in &function.locals {
                names.names.insert(local.clone(), Value::Null.into());
            }
        }
        let this = closure.this.clone().unwrap_or_else(|| Value::Null.into());
        let frame = Frame { doc: closure.doc, unit: unit.clone(), scope, this: this.clone(), javascript };
        self.bind_params(&frame, closure, &function.params, args);

        let name = function.name.as_deref().unwrap_or("<anonymous>");
        self.call_path.push(name.to_owned());
        self.calls.push(key);
        self.activations.push(Activation { returned: None, guard: self.guard });
        let flow = std::mem::replace(&mut self.flow, Flow::Next);
        self.eval(&frame, function.body);
        if self.flow != Flow::Throw {
            self.flow = flow;
        }
        let returned = self.activations.pop().and_then(|a| a.returned).unwrap_or_else(|| Value::Null.into());
        self.calls.pop();
        self.call_path.pop();
        returned
    }

    fn bind_params(
        &mut self,
        frame: &Frame,
        closure: &Closure,
        params: &[crate::syntax::ir::Param],
        args: Vec<Argument>,
    ) {
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
        if frame.javascript {
            let all = self.heap.list(given.clone());
            if let Some(scope) = self.heap.scope_mut(frame.scope) {
                scope.names.insert("arguments".into(), all);
            }
        }
        let mut positional = given.into_iter();
        for (place, param) in params.iter().enumerate() {
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
                        Some(val) if !(frame.javascript && matches!(val.value, Value::Null)) => val,
                        _ => match closure.defaults.get(place) {
                            Some(Some(default)) => default.clone(),
                            _ => match param.default {
                                Some(default) if frame.javascript => self.eval(frame, default),
                                None if self.exact.is_some() && frame.javascript => Value::Null.into(),
                                _ => Val::unknown(loose),
                            },
                        },
                    }
                }
            };
            self.bind(frame, param.target, val);
        }
    }

    /// `C(..)`, `new C(..)`: the constructor is walked on a fresh instance.
    pub(super) fn instantiate(&mut self, frame: &Frame, id: NodeId, class: Ref, args: Vec<Argument>) -> Val {
        let at = self.heap.add(Object::Instance { class, fields: BTreeMap::new() });
        let this: Val = Value::Instance(at).into();
        // JavaScript fields stand in the class scope: methods find them there.
        for name in ["__new__", "__init__", "constructor", "__init_subclass__"] {
            if let Some(method) = self.class_member(class, name, Some(&this))
                && self.heap.closure(&method).is_some()
            {
                self.dispatch(frame, id, &method, args.clone(), false);
            }
        }
        this.with(self.carried_by(&args))
    }

    /// `super()`: the instance as seen from its bases.
    fn parent_class(&mut self, frame: &Frame) -> Val {
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

    fn fields(&self, at: Ref) -> BTreeMap<Rc<str>, Val> {
        match self.heap.get(at) {
            Some(Object::Instance { fields, .. }) => fields.clone(),
            _ => BTreeMap::new(),
        }
    }

    /// A method of a value.
    fn method_call(&mut self, frame: &Frame, id: NodeId, receiver: &Val, name: &str, args: Vec<Argument>) -> Val {
        if let Some(val) = self.function_method(frame, id, receiver, name, &args) {
            return val;
        }
        if let Some(val) = self.list_callback(frame, id, receiver, name, &args) {
            return val;
        }
        if let Some(val) = self.text_callback(frame, id, receiver, name, &args) {
            return val;
        }
        let carried = self.carried_by(&args);
        let values = positional(&args);
        if self.folding
            && let Some(val) = fold::method(&mut self.heap, receiver, name, &values, frame.javascript)
        {
            if val.taint.has(Taint::DECODED) && !receiver.taint.has(Taint::DECODED) {
                self.emit(
                    frame,
                    id,
                    Feature::E2,
                    &format!("decode {}", values.first().and_then(Val::as_str).unwrap_or(name)),
                );
            }
            self.charge(&val);
            self.charge(receiver);
            self.carry_recipe(receiver, &val, None);
            // Appending to a list taints the list for whoever holds it: its items carry it.
            if let Value::Str(text) = &val.value
                && matches!(name, "join" | "replace" | "decode" | "toString" | "concat" | "format" | "encode")
            {
                let text = text.clone();
                let taint = self.tell(frame, id, &text);
                return val.with(taint);
            }
            return val;
        }
        // A path was folded to its text: `Path('a').read_text()`.
        if matches!(receiver.value, Value::Str(_)) && !frame.javascript {
            let path = format!("pathlib.Path.{name}");
            if Self::catalogue(frame).call(&path).is_some() {
                let args = std::iter::once(receiver.clone().into()).chain(args).collect();
                return self.external(frame, id, &path, receiver.taint, args);
            }
        }
        if matches!(receiver.value, Value::Unknown) {
            return self.unknown_method(frame, id, receiver, name, args);
        }
        self.not_exact();
        let taint = self.heap.carried(receiver) | carried;
        self.call_back_all(frame, id, &args, taint);
        Val::unknown(taint)
    }

    /// `f.call(..)`, `f.apply(..)`, `f.bind(..)`.
    fn function_method(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        let closure = self.heap.closure(receiver)?.clone();
        let mut values = positional(args);
        let this = if values.is_empty() { None } else { Some(values.remove(0)) };
        let this = this.filter(|v| !matches!(v.value, Value::Null | Value::Unknown)).or_else(|| closure.this.clone());
        match name {
            "call" => Some(self.invoke_exactly(
                frame,
                id,
                &Closure { this, ..closure },
                values.into_iter().map(Argument::from).collect(),
            )),
            "apply" => {
                let items = values.first().and_then(|list| self.heap.items(list)).cloned().unwrap_or_default();
                Some(self.invoke_exactly(
                    frame,
                    id,
                    &Closure { this, ..closure },
                    items.into_iter().map(Argument::from).collect(),
                ))
            }
            "bind" => {
                let bound = [closure.bound.clone(), values].concat();
                let at = self.heap.add(Object::Func(Closure { this, bound, ..closure }));
                Some(Value::Func(at).into())
            }
            // What it would be tested for is its form; that only counts where everything is known.
            "toString" if self.exact.is_some() => {
                let document = self.documents.get(closure.doc)?;
                let function = document.unit.functions.get(closure.function as usize)?;
                Some(Val::str(document.source.text.get(function.span.start..function.span.end)?, Taint::NONE))
            }
            "toString" => Some(Val::unknown(Taint::NONE)),
            _ => None,
        }
    }
}

/// Keywords of `setup()` whose strings describe the package and do nothing.
fn is_metadata(name: &str) -> bool {
    !matches!(
        name,
        "cmdclass"
            | "ext_modules"
            | "distclass"
            | "entry_points"
            | "setup_requires"
            | "install_requires"
            | "dependency_links"
    )
}
