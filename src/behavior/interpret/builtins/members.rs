//! Members that every value of JavaScript has, whatever it holds.

use crate::behavior::interpret::value::{Object, TRAP, Val, Value};
use crate::behavior::interpret::{Dialect, Interpreter, builtins};
use crate::behavior::taint::Taint;

impl Interpreter<'_> {
    /// `constructor`, `name`, `call` and kin. `None`: not one of them.
    pub fn member_of_any(&mut self, object: &Val, name: &str) -> Option<Val> {
        let path = |path: &str| Some(Val::path(path).with(object.taint));
        match (name, &object.value) {
            // `[].filter.constructor` is `Function`, and so is that of whatever makes functions or values.
            ("constructor", Value::Func(_) | Value::Method(_) | Value::Class(_)) => path("Function"),
            ("constructor", Value::Path(known)) if is_callable(known) => path("Function"),
            ("constructor", Value::List(_)) => path("Array"),
            ("constructor", Value::Str(_)) => path("String"),
            ("constructor", Value::Num(_)) => path("Number"),
            ("constructor", Value::Bool(_)) => path("Boolean"),
            ("constructor", Value::Regex(_)) => path("RegExp"),
            ("constructor", Value::Dict(_)) if !self.heap.entries(object)?.contains_key("constructor") => {
                path("Object")
            }
            ("constructor", Value::Instance(at)) => match self.heap.get(*at)? {
                Object::Instance { class, .. } => Some(Value::Class(*class).into()),
                _ => None,
            },
            ("name", Value::Path(known))
                if builtins::is_native(known) || Dialect::JavaScript.catalogue().is_exact(known) =>
            {
                Some(Val::str(known.rsplit('.').next().unwrap_or(known), Taint::NONE))
            }
            ("name", Value::Method(method)) if builtins::native_text(object).is_some() => {
                Some(Val::str(&*method.1, Taint::NONE))
            }
            ("source", Value::Regex(parts)) => Some(Val::str(&*parts.0, object.taint)),
            ("flags", Value::Regex(parts)) => Some(Val::str(&*parts.1, object.taint)),
            ("call" | "apply" | "bind", Value::Method(_)) => Some(Val::method(object.clone(), name)),
            _ => None,
        }
    }

    /// What the trap of a proxy gives for a member, where that tells something.
    pub fn trapped(&mut self, object: &Val, name: &str) -> Option<Val> {
        let trap = self.heap.entries(object)?.get(TRAP)?.clone();
        let closure = self.heap.closure(&trap)?.clone();
        let made = self.invoke(&closure, vec![object.clone().into(), Val::str(name, Taint::NONE).into()]);
        (!matches!(made.value, Value::Unknown | Value::Null)).then_some(made)
    }

    /// What a getter of an object or of its class gives.
    pub fn getter(&mut self, object: &Val, name: &str) -> Option<Val> {
        let name = format!("get:{name}");
        let getter = match &object.value {
            Value::Dict(_) => self.heap.entries(object)?.get(name.as_str())?.clone(),
            Value::Instance(at) => match self.heap.get(*at)? {
                Object::Instance { class, .. } => {
                    let class = *class;
                    self.class_member(class, &name, Some(object)).filter(|val| matches!(val.value, Value::Func(_)))?
                }
                _ => return None,
            },
            _ => return None,
        };
        let getter = self.bound(getter, object);
        let closure = self.heap.closure(&getter)?.clone();
        Some(self.invoke(&closure, Vec::new()))
    }

    /// An object as the text or number that its own methods make of it.
    pub fn primitive(&mut self, val: Val) -> Val {
        let (Value::Dict(_) | Value::Instance(_)) = val.value else { return val };
        let methods = ["toString", "valueOf", "toJSON"];
        let found = methods.iter().find_map(|name| match val.value {
            Value::Dict(_) => self.heap.entries(&val)?.get(*name).cloned(),
            Value::Instance(at) => match self.heap.get(at)? {
                Object::Instance { class, .. } => {
                    let class = *class;
                    self.class_member(class, name, Some(&val))
                }
                _ => None,
            },
            _ => None,
        });
        let Some(method) = found else { return val };
        let method = self.bound(method, &val);
        match self.heap.closure(&method).cloned() {
            Some(closure) => self.invoke(&closure, Vec::new()).with(val.taint),
            None => val,
        }
    }
}

/// Whether a path outside the package is a function: its constructor is `Function`.
fn is_callable(path: &str) -> bool {
    let plain = path.replace("()", "");
    plain == "constructor"
        || plain.ends_with(".constructor")
        || builtins::is_native(&plain)
        || Dialect::JavaScript.catalogue().call(&plain).is_some_and(|_| !path.ends_with("()"))
}
