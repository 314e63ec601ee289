//! Names, patterns, functions and classes.

use std::rc::Rc;

use crate::behavior::interpret::builtins::python::protocol::{OF_CLASS, PROPERTY};
use crate::behavior::interpret::value::{Closure, Object, Val, Value};
use crate::behavior::interpret::{Dialect, Flow, Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId};

impl Interpreter<'_> {
    /// Binds a pattern.
    pub fn bind(&mut self, frame: &Frame, target: NodeId, val: Val) {
        // What throws binds nothing.
        if self.control.flow == Flow::Throw {
            return;
        }
        let unit = &frame.unit;
        match unit.node(target) {
            Node::Name(name) => self.set_name(frame, name, val),
            Node::Member(object, name) => {
                let object = self.eval(frame, *object);
                self.set_member(frame, target, &object, name, val);
            }
            Node::Index(object, key) => {
                let object = self.eval(frame, *object);
                let key = self.eval(frame, *key);
                self.set_index(frame, target, &object, &key, val);
            }
            Node::Assign(inner, default) => {
                let val = if matches!(val.value, Value::Null | Value::Unknown) {
                    let default = self.eval(frame, *default);
                    let taint = val.taint;
                    if matches!(val.value, Value::Null) { default } else { val }.with(taint)
                } else {
                    val
                };
                self.bind(frame, *inner, val);
            }
            Node::Spread(inner) => self.bind(frame, *inner, val),
            Node::List(targets) => {
                let own = matches!(val.value, Value::Instance(_) | Value::Dict(_)) && frame.dialect.is_javascript();
                let val = if own { self.iterated(frame, target, val) } else { val };
                let items = builtins::iterate(&self.heap, &val);
                let taint = self.heap.carried(&val);
                let mut from = 0;
                for (place, part) in targets.iter().enumerate() {
                    let left = targets.len() - place - 1;
                    let item = match (unit.node(*part), &items) {
                        (Node::Spread(_), Some(items)) => {
                            // What stands behind it takes the last items.
                            let end = items.len().saturating_sub(left).max(from);
                            let rest = items.get(from..end).map(<[Val]>::to_vec).unwrap_or_default();
                            from = end;
                            self.heap.list(rest)
                        }
                        (_, Some(items)) => {
                            from += 1;
                            items.get(from - 1).cloned().unwrap_or_default()
                        }
                        _ => Val::unknown(taint),
                    };
                    self.bind(frame, *part, item);
                }
            }
            Node::Dict(entries) => {
                for (key, part) in entries {
                    let item = match unit.node(*key) {
                        Node::Null => val.clone(),
                        Node::Str(name) if frame.dialect.is_javascript() => self.member(frame, *key, &val, name),
                        _ => {
                            let key = self.eval(frame, *key);
                            self.indexed(frame, target, &val, &key)
                        }
                    };
                    // A missing member of a known object is undefined, so that the pattern's default applies.
                    let item = match item.value {
                        Value::Method(_) if matches!(val.value, Value::Dict(_)) => Value::Null.into(),
                        _ => item,
                    };
                    self.bind(frame, *part, item);
                }
            }
            Node::Null => {}
            _ => {
                self.eval(frame, target);
            }
        }
    }

    pub fn set_member(&mut self, frame: &Frame, at: NodeId, object: &Val, name: &str, val: Val) {
        self.note_property(frame, at, object, name, &val);
        match &object.value {
            Value::Dict(at) | Value::Instance(at) => {
                if let Some(Object::Dict(entries) | Object::Instance { fields: entries, .. }) = self.heap.get_mut(*at) {
                    entries.insert(name.into(), val);
                }
            }
            Value::List(at) if name == "length" => {
                let length = val.as_num().and_then(builtins::count);
                if let (Some(length), Some(Object::List(items))) = (length, self.heap.get_mut(*at)) {
                    items.truncate(length);
                }
            }
            Value::Func(at) | Value::List(at) => self.heap.set_property(*at, name, val),
            Value::Class(at) => {
                if let Some(Object::Class { scope, .. }) = self.heap.get(*at) {
                    let scope = *scope;
                    if let Some(scope) = self.heap.scope_mut(scope) {
                        scope.names.insert(name.into(), val);
                    }
                }
            }
            Value::Module(module) => {
                if let Some(scope) = self.modules.get(*module).map(|m| m.scope)
                    && let Some(scope) = self.heap.scope_mut(scope)
                {
                    scope.names.insert(name.into(), val);
                }
            }
            // `String.prototype.run = ..`
            Value::Path(path) if path.ends_with(".prototype") && self.heap.closure(&val).is_some() => {
                self.memo.prototypes.insert(name.into(), val);
            }
            // `new Image().src = ..`
            Value::Path(path) if matches!(name, "src" | "href" | "action") && frame.dialect.is_javascript() => {
                let path = path.to_string();
                self.address_set(frame, at, &path, val);
            }
            // `globalThis.x = ..` and `window.x = ..` bind a global.
            Value::Path(path) if frame.dialect.is_global(path) => {
                if self.heap.closure(&val).is_some() && name.starts_with("on") {
                    let heard = self.hears(frame, at, name.trim_start_matches("on"));
                    self.call_back(frame, &val, object.taint | heard);
                }
                self.memo.global_names.insert(name.into());
                let root = self.root_scope(frame.scope);
                if let Some(scope) = self.heap.scope_mut(root) {
                    scope.names.insert(name.into(), val);
                }
            }
            Value::Path(path) if !frame.dialect.is_javascript() && !path.ends_with(')') => {
                let path = format!("{path}.{name}");
                self.patch(frame, &path, val);
            }
            // A handler set as a property of something outside the package is called by it.
            Value::Path(_) | Value::Unknown if self.heap.closure(&val).is_some() && name.starts_with("on") => {
                let heard = self.hears(frame, at, name.trim_start_matches("on"));
                self.call_back(frame, &val, object.taint | heard);
            }
            // A member of what passes through a function in another's place is replaced in turn.
            Value::Path(_) | Value::Unknown if object.taint.has(Taint::TRAFFIC) => {
                self.note_redirected(frame, at, name, &val);
                self.call_back(frame, &val, object.taint);
            }
            _ => {}
        }
    }

    pub fn set_index(&mut self, frame: &Frame, at: NodeId, object: &Val, key: &Val, val: Val) {
        if let (Dialect::Python, Some(name)) = (frame.dialect, key.as_str()) {
            self.note_variable_set(frame, at, object, name, &val);
        }
        match (&object.value, &key.value) {
            (Value::List(at), Value::Num(_)) => {
                let place = key.as_num().filter(|n| n.fract() == 0.0 && (0.0..200_000.0).contains(n));
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                if let Some(place) = place.map(|n| n as usize) {
                    self.heap.set_item(*at, place, val);
                }
            }
            (Value::Path(path), Value::Str(name))
                if !frame.dialect.is_javascript()
                    && self.set_namespace_item(frame, &path.clone(), &name.clone(), val.clone()) => {}
            (Value::Instance(_), _)
                if self.protocol_call(frame, at, object, "__setitem__", vec![key.clone(), val.clone()]).is_some() => {}
            _ => {
                if let Some(key) = builtins::to_text(&self.heap, key, Dialect::JavaScript) {
                    self.set_member(frame, at, object, &key, val);
                } else if let Value::Dict(at) = object.value
                    && let Some(Object::Dict(entries)) = self.heap.get_mut(at)
                {
                    // An unknown key: what the value carries is in the object all the same.
                    entries.insert(crate::behavior::interpret::HOLE.into(), val);
                }
            }
        }
    }

    /// A function value in its scope.
    pub fn closure(&mut self, frame: &Frame, index: u32) -> Val {
        let unit = frame.unit.clone();
        let Some(function) = unit.functions.get(index as usize) else { return Val::default() };
        let defaults = if frame.dialect.is_javascript() {
            Rc::default()
        } else {
            Rc::new(function.params.iter().map(|p| p.default.map(|d| self.eval(frame, d))).collect())
        };
        let class = self.heap.scope_of(frame.scope).is_some_and(|s| s.class);
        // Arrows and plain functions alike: a known `this` of the surrounding code is the better guess.
        let this = (frame.dialect.is_javascript() && !class && !matches!(frame.this.value, Value::Null))
            .then(|| frame.this.clone());
        let closure = Closure {
            doc: frame.doc,
            function: index,
            scope: frame.scope,
            this,
            bound: Vec::new(),
            defaults,
            method: class && !frame.dialect.is_javascript(),
        };
        let at = self.heap.add(Object::Func(Box::new(closure)));
        self.note_created((frame.doc, index), at);
        Value::Func(at).into()
    }

    /// A class value: bases and body are walked now.
    pub fn class(&mut self, frame: &Frame, index: u32) -> Val {
        self.abandon_trial();
        let unit = frame.unit.clone();
        let Some(class) = unit.classes.get(index as usize) else { return Val::default() };
        let bases: Vec<Val> = class.bases.iter().map(|base| self.eval(frame, *base)).collect();
        let metaclass =
            class.metaclass.and_then(|meta| bases.get(class.bases.iter().position(|base| *base == meta)?)).cloned();
        let made_from = bases.clone();
        let scope = self.heap.scope(Some(frame.scope));
        if let Some(scope) = self.heap.scope_mut(scope) {
            scope.class = true;
        }
        let at = self.heap.add(Object::Class { scope, bases });
        let inner = Frame { scope, this: Value::Class(at).into(), ..frame.clone() };
        self.eval(&inner, class.body);
        let methods: Vec<(usize, u32)> = self
            .heap
            .scope_of(scope)
            .into_iter()
            .flat_map(|s| s.names.values())
            .filter_map(|val| self.heap.closure(val))
            .map(|closure| (closure.doc, closure.function))
            .collect();
        for method in methods {
            self.memo.method_of.insert(method, at);
            let function = self.documents.get(method.0).and_then(|d| d.unit.functions.get(method.1 as usize));
            if let Some(name) = function.and_then(|function| function.name.clone()) {
                let only = self.memo.only_methods.entry(name).or_insert(Some(method));
                *only = only.filter(|known| *known == method);
            }
        }
        if !frame.dialect.is_javascript() {
            self.class_made(frame, class.body, at, &made_from, metaclass.as_ref());
        }
        Value::Class(at).into()
    }

    /// A decorated definition: decorators of the package are called, others are told by the catalogue.
    pub fn decorated(&mut self, frame: &Frame, decorators: &[NodeId], definition: NodeId) -> Val {
        let unit = frame.unit.clone();
        // Their expressions run before what they decorate, their calls behind it and from the last to the first.
        let called: Vec<Val> = decorators.iter().map(|decorator| self.eval(frame, *decorator)).collect();
        let mut val = self.eval(frame, definition);
        for (decorator, called) in decorators.iter().zip(called).rev() {
            let plain = called.as_path().map(|path| path.replace("()", ""));
            match plain.as_deref() {
                Some("property" | "functools.cached_property" | "cached_property") => {
                    if let Value::Func(at) = val.value {
                        self.heap.set_property(at, PROPERTY, Value::Bool(true).into());
                    }
                }
                Some("staticmethod") => {
                    if let Value::Func(at) = val.value
                        && let Some(Object::Func(closure)) = self.heap.get_mut(at)
                    {
                        closure.method = false;
                    }
                }
                Some("classmethod") => {
                    if let Value::Func(at) = val.value {
                        self.heap.set_property(at, OF_CLASS, Value::Bool(true).into());
                    }
                }
                Some("functools.wraps" | "abc.abstractmethod") => {}
                Some("atexit.register") => {
                    let path = Val::path("atexit.register");
                    val = self.apply(frame, *decorator, &path, vec![val.into()]);
                }
                Some(_) if self.runs_or_calls(&called) => {
                    val = self.apply(frame, *decorator, &called, vec![val.into()]);
                }
                Some(_) => {}
                None => {
                    let result = self.apply(frame, *decorator, &called, vec![val.clone().into()]);
                    if !matches!(result.value, Value::Unknown | Value::Null) {
                        val = result;
                    }
                }
            }
        }
        if let Node::Assign(target, _) = unit.node(definition) {
            self.bind(frame, *target, val.clone());
        }
        val
    }
}
