//! Methods that Python calls by itself: of context managers, classes as they are made, operators, attributes that are missing.

use super::folds;
use crate::behavior::interpret::eval::call::{Argument, positional};
use crate::behavior::interpret::imports::python::is_standard;
use crate::behavior::interpret::value::{Object, Ref, Val, Value};
use crate::behavior::interpret::{Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId, Op};

/// Shorter texts are names and keys rather than code or commands.
const SHORT: usize = 12;
/// The mark of a function that `@classmethod` makes a method of its class.
pub const OF_CLASS: &str = "classmethod:";
/// Set on the function behind a property.
pub const PROPERTY: &str = "property:";
/// Set on a class: what makes its instances.
pub const METACLASS: &str = "metaclass:";

impl Interpreter<'_> {
    /// What a function returned when it was walked in this entry, if what it is given now can hardly make a difference: no
    /// code, no function.
    fn walked_before(&self, function: &Val, args: &[Val]) -> Option<Val> {
        let closure = self.heap.closure(function)?;
        let plain = |val: &Val| match &val.value {
            Value::Unknown | Value::Null | Value::Num(_) | Value::Bool(_) | Value::Instance(_) | Value::Class(_) => {
                true
            }
            Value::Str(text) => text.len() < SHORT,
            _ => false,
        };
        let known = self.memo.expanded.get(&(closure.doc, closure.function))?;
        args.iter().all(plain).then(|| known.clone())
    }

    /// Calls a method of an instance's class if the package defines it.
    pub fn protocol_call(
        &mut self,
        frame: &Frame,
        id: NodeId,
        object: &Val,
        name: &str,
        args: Vec<Val>,
    ) -> Option<Val> {
        let Value::Instance(at) = object.value else { return None };
        let Object::Instance { class, .. } = self.heap.get(at)? else { return None };
        let class = *class;
        let held = self.class_member(class, name, None)?;
        self.heap.closure(&held)?;
        if let Some(known) = self.walked_before(&held, &args) {
            return Some(known);
        }
        let method = self.bound(held, object);
        Some(self.dispatch(frame, id, &method, args.into_iter().map(Argument::from).collect(), false))
    }

    /// A built-in function that asks an object for a method of its class.
    pub fn built_in_protocol(&mut self, frame: &Frame, id: NodeId, plain: &str, object: &Val) -> Option<Val> {
        let names: &[&str] = match plain {
            "str" | "print" | "format" => &["__str__", "__format__", "__repr__"],
            "repr" => &["__repr__"],
            "len" => &["__len__"],
            "bool" | "any" | "all" => &["__bool__", "__len__"],
            "int" | "float" => &["__int__", "__index__", "__float__"],
            "iter" | "list" | "tuple" | "set" | "sorted" | "sum" | "max" | "min" | "map" | "enumerate" => &["__iter__"],
            "next" => &["__next__"],
            "hash" => &["__hash__"],
            "bytes" => &["__bytes__"],
            "dir" => &["__dir__"],
            "abs" => &["__abs__"],
            "copy.copy" | "copy.deepcopy" => &["__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__"],
            "pickle.dumps" | "pickle.dump" => &["__reduce__", "__reduce_ex__", "__getstate__"],
            "os.fspath" | "open" => &["__fspath__"],
            _ => return None,
        };
        let val = names.iter().find_map(|name| self.protocol_call(frame, id, object, name, Vec::new()))?;
        // What is given to `print` and kin is not what they yield.
        (!matches!(plain, "print" | "pickle.dumps" | "pickle.dump" | "open" | "copy.copy" | "copy.deepcopy"))
            .then_some(val)
    }

    /// What a loop over an object goes through.
    pub fn iterated(&mut self, frame: &Frame, id: NodeId, over: Val) -> Val {
        if frame.dialect.is_javascript() {
            return self.own_iterator(frame, id, &over).unwrap_or(over);
        }
        if !matches!(over.value, Value::Instance(_)) {
            return self.lines_of(over);
        }
        let Some(iterator) =
            ["__iter__", "__aiter__"].iter().find_map(|name| self.protocol_call(frame, id, &over, name, Vec::new()))
        else {
            return over;
        };
        for name in ["__next__", "__anext__"] {
            if let Some(item) = self.protocol_call(frame, id, &iterator, name, Vec::new()) {
                return Val::unknown(item.taint);
            }
        }
        iterator
    }

    /// What a condition asks of an object.
    pub fn asked_truth(&mut self, frame: &Frame, id: NodeId, val: &Val) {
        if !frame.dialect.is_javascript() && matches!(val.value, Value::Instance(_)) {
            self.built_in_protocol(frame, id, "bool", val);
        }
    }

    /// What an attribute of an instance's class computes when it is read: a property, a descriptor.
    fn computed_member(&mut self, frame: &Frame, id: NodeId, object: &Val, name: &str) -> Option<Val> {
        let Value::Instance(at) = object.value else { return None };
        let Object::Instance { class, fields } = self.heap.get(at)? else { return None };
        if fields.contains_key(name) {
            return None;
        }
        let class = *class;
        let held = self.class_member(class, name, None)?;
        match held.value {
            Value::Func(at) if self.heap.property(at, PROPERTY).is_some() => {
                if let Some(known) = self.walked_before(&held, &[]) {
                    return Some(known);
                }
                let method = self.bound(held, object);
                Some(self.dispatch(frame, id, &method, Vec::new(), false))
            }
            Value::Instance(_) => {
                self.protocol_call(frame, id, &held, "__get__", vec![object.clone(), Value::Class(class).into()])
            }
            _ => None,
        }
    }

    /// `with a as b: ..`
    pub fn managed(&mut self, frame: &Frame, items: &[NodeId], body: NodeId) -> Val {
        let mut entered = Vec::with_capacity(items.len());
        for item in items {
            let (target, value) = match frame.unit.node(*item) {
                Node::Assign(target, value) => (Some(*target), *value),
                _ => (None, *item),
            };
            let manager = self.eval(frame, value);
            let val = ["__enter__", "__aenter__"]
                .iter()
                .find_map(|name| self.protocol_call(frame, value, &manager, name, Vec::new()));
            if let Some(target) = target {
                self.coverage.visit(frame.doc, *item);
                // A list manages nothing: it is what a generator yields, under `contextlib.contextmanager`.
                let yielded = || self.heap.items(&manager).and_then(|items| items.first()).cloned();
                let val = val.or_else(yielded).unwrap_or_else(|| manager.clone());
                self.bind(frame, target, val);
            }
            entered.push((value, manager));
        }
        let val = self.eval(frame, body);
        for (at, manager) in entered.into_iter().rev() {
            let flow = std::mem::take(&mut self.control.flow);
            for name in ["__exit__", "__aexit__"] {
                self.protocol_call(frame, at, &manager, name, vec![Value::Null.into(); 3]);
            }
            self.control.flow = flow;
        }
        val
    }

    /// What runs because a class was made: its metaclass, and what its bases want to know of it.
    pub fn class_made(&mut self, frame: &Frame, id: NodeId, class: Ref, bases: &[Val], metaclass: Option<&Val>) {
        let this = Val::from(Value::Class(class));
        if let Some(metaclass) = metaclass {
            self.heap.set_property(class, METACLASS, metaclass.clone());
            match metaclass.value {
                Value::Class(meta) => {
                    for name in ["__prepare__", "__new__", "__init__"] {
                        let method = self.class_member(meta, name, Some(&this));
                        if let Some(method) = method.filter(|method| self.heap.closure(method).is_some()) {
                            self.dispatch(
                                frame,
                                id,
                                &method,
                                vec![Argument::from(Val::unknown(Taint::NONE)); 3],
                                false,
                            );
                        }
                    }
                }
                _ if self.runs_or_calls(metaclass) => {
                    self.apply(frame, id, metaclass, vec![Argument::from(Val::unknown(Taint::NONE)); 3]);
                }
                _ => {}
            }
        }
        for base in bases {
            let Value::Class(base) = base.value else { continue };
            if Some(base) == metaclass.and_then(|meta| if let Value::Class(at) = meta.value { Some(at) } else { None })
            {
                continue;
            }
            let hook = self.class_member(base, "__init_subclass__", Some(&this));
            if let Some(hook) = hook.filter(|hook| self.heap.closure(hook).is_some()) {
                self.dispatch(frame, id, &hook, Vec::new(), false);
            }
        }
        let Some(Object::Class { scope, .. }) = self.heap.get(class) else { return };
        let vals = self.heap.scope_of(*scope).into_iter().flat_map(|scope| scope.names.values());
        let names: Vec<Val> = vals.filter(|val| matches!(val.value, Value::Instance(_))).cloned().collect();
        for descriptor in names {
            self.protocol_call(frame, id, &descriptor, "__set_name__", vec![this.clone(), Val::default()]);
        }
    }

    /// `C()` of a class whose metaclass says what that does.
    pub fn metaclass_call(&mut self, frame: &Frame, id: NodeId, class: Ref, args: &[Argument]) -> Option<Val> {
        let Value::Class(meta) = self.heap.property(class, METACLASS)?.value else { return None };
        let method = self.class_member(meta, "__call__", Some(&Value::Class(class).into()))?;
        self.heap.closure(&method)?;
        Some(self.dispatch(frame, id, &method, args.to_vec(), false))
    }

    /// An operator that a class of the package defines.
    pub fn operator_call(&mut self, frame: &Frame, id: NodeId, op: Op, a: &Val, b: &Val) -> Option<Val> {
        if frame.dialect.is_javascript()
            || !matches!(a.value, Value::Instance(_)) && !matches!(b.value, Value::Instance(_))
        {
            return None;
        }
        let (name, reflected) = match op {
            Op::Add => ("__add__", "__radd__"),
            Op::Sub => ("__sub__", "__rsub__"),
            Op::Mul => ("__mul__", "__rmul__"),
            Op::Div => ("__truediv__", "__rtruediv__"),
            Op::FloorDiv => ("__floordiv__", "__rfloordiv__"),
            Op::Mod => ("__mod__", "__rmod__"),
            Op::Pow => ("__pow__", "__rpow__"),
            Op::BitAnd => ("__and__", "__rand__"),
            Op::BitOr => ("__or__", "__ror__"),
            Op::BitXor => ("__xor__", "__rxor__"),
            Op::Shl => ("__lshift__", "__rlshift__"),
            Op::Shr => ("__rshift__", "__rrshift__"),
            Op::Eq => ("__eq__", "__eq__"),
            Op::NotEq => ("__ne__", "__ne__"),
            Op::Lt => ("__lt__", "__gt__"),
            Op::LtEq => ("__le__", "__ge__"),
            Op::Gt => ("__gt__", "__lt__"),
            Op::GtEq => ("__ge__", "__le__"),
            Op::In | Op::NotIn => ("", "__contains__"),
            _ => return None,
        };
        let found = if name.is_empty() { None } else { self.protocol_call(frame, id, a, name, vec![b.clone()]) };
        found.or_else(|| self.protocol_call(frame, id, b, reflected, vec![a.clone()]))
    }

    /// An attribute that an instance or a module does not have: `__getattr__` is asked.
    pub fn missing_member(&mut self, frame: &Frame, id: NodeId, object: &Val, name: &str) -> Option<Val> {
        if let Some(val) = self.computed_member(frame, id, object, name) {
            return Some(val);
        }
        let asked = Val::str(name, Taint::NONE);
        match object.value {
            Value::Instance(at) => {
                let Object::Instance { class, fields } = self.heap.get(at)? else { return None };
                let class = *class;
                if fields.contains_key(name) || self.has_member(class, name) {
                    return None;
                }
                self.protocol_call(frame, id, object, "__getattr__", vec![asked])
            }
            Value::Module(module) => {
                let scope = self.modules.get(module)?.scope;
                let names = &self.heap.scope_of(scope)?.names;
                if names.contains_key(name) {
                    return None;
                }
                let hook = names.get("__getattr__")?.clone();
                self.heap.closure(&hook)?;
                Some(self.dispatch(frame, id, &hook, vec![asked.into()], false))
            }
            _ => None,
        }
    }

    /// Whether a class or one of its bases in the package has a name.
    fn has_member(&self, class: Ref, name: &str) -> bool {
        let mut open = vec![class];
        let mut looked = 0;
        while let Some(class) = open.pop().filter(|_| looked < 32) {
            looked += 1;
            let Some(Object::Class { scope, bases }) = self.heap.get(class) else { continue };
            if self.heap.scope_of(*scope).is_some_and(|scope| scope.names.contains_key(name)) {
                return true;
            }
            open.extend(
                bases.iter().filter_map(|base| if let Value::Class(at) = base.value { Some(at) } else { None }),
            );
        }
        false
    }

    /// A member as Python finds it. `None`: as any other language does.
    pub fn python_member(&mut self, frame: &Frame, id: NodeId, object: &Val, name: &str) -> Option<Val> {
        if name.starts_with("__")
            && let Some(val) = self.special_member(object, name)
        {
            return Some(val);
        }
        match &object.value {
            // The module that another one holds under a name of its own.
            Value::Path(path)
                if matches!(name, "_os" | "_sys" | "_subprocess") && is_standard(path)
                    || name == "os" && matches!(&**path, "os.path" | "posixpath" | "ntpath" | "genericpath") =>
            {
                Some(Val::path(name.trim_start_matches('_')).with(object.taint))
            }
            Value::Path(path) => {
                if &**path == "builtins" {
                    let of_dictionary = matches!(
                        name,
                        "get"
                            | "update"
                            | "items"
                            | "keys"
                            | "values"
                            | "setdefault"
                            | "pop"
                            | "__getitem__"
                            | "__setitem__"
                    );
                    return Some(if of_dictionary {
                        Val::path(format!("__dict__.{name}"))
                    } else {
                        self.built_in(frame, name)
                    });
                }
                if !self.memo.patched.is_empty() {
                    let full = frame.dialect.normalised(&format!("{path}.{name}"));
                    return self.memo.patched.get(full.as_str()).cloned();
                }
                None
            }
            // `Color.RED.value` of an enumeration.
            Value::Str(_) if name == "value" => Some(object.clone()),
            Value::Str(_) => self.path_attribute(object, name),
            Value::Instance(_) | Value::Module(_) if !name.starts_with("__") => {
                self.missing_member(frame, id, object, name)
            }
            _ => None,
        }
    }

    /// Arguments in the order of the parameters' names, as far as they are given without a gap.
    pub fn in_order(&self, args: &[Argument], names: &[&str]) -> Vec<Val> {
        let mut given = positional(args);
        for name in names.iter().skip(given.len()) {
            let Some(arg) = args.iter().find(|arg| arg.name.as_deref() == Some(name)) else { break };
            given.push(arg.val.clone());
        }
        given
    }

    /// A method as Python finds it. `None`: as any other language does.
    pub fn python_method(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        match &receiver.value {
            Value::List(_) if name.contains('.') => return self.call_bound_callable(frame, id, receiver, name, args),
            // `list.sort(key=f)`
            Value::List(_) if name == "sort" => {
                let named: Vec<Argument> =
                    std::iter::once(receiver.clone().into()).chain(args.iter().cloned()).collect();
                self.called_with_items(frame, id, "sorted", &named);
            }
            Value::List(_) if matches!(name, "group" | "groups") => return self.match_method(receiver, name, args),
            Value::Num(_) | Value::Int(_) if name == "to_bytes" => {
                let given = self.in_order(args, &["length", "byteorder"]);
                return builtins::method(&mut self.heap, receiver, name, &given, frame.dialect);
            }
            Value::Str(text) if name == "format" && self.options.folding => {
                let places = positional(args);
                let names: Vec<_> =
                    args.iter().filter_map(|arg| Some((arg.name.as_deref()?.into(), arg.val.clone()))).collect();
                if let Some(val) = folds::format(&self.heap, &text.clone(), &places, &names) {
                    let taint =
                        val.as_str().map(str::to_owned).map_or(Taint::NONE, |made| self.classify(frame, id, &made));
                    return Some(val.with(taint | receiver.taint));
                }
            }
            Value::Str(_) | Value::Bytes(_) => {
                if let Some(val) = self.path_method(receiver, name, args) {
                    return Some(val);
                }
                let folded = if self.options.folding {
                    folds::method(&mut self.heap, receiver, name, &positional(args))
                } else {
                    None
                };
                if let Some(val) = folded {
                    self.charge(&val);
                    self.carry_recipe(receiver, &val, None);
                    return Some(val);
                }
            }
            _ => {}
        }
        self.special_method(frame, id, receiver, name, args)
    }
}
