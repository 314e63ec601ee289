//! Members, items and slices of values.

use super::value::{Object, Val, Value};
use super::{Frame, Interpreter, fold};
use crate::behavior::feature::Feature;
use crate::behavior::strings;
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

impl Interpreter<'_> {
    pub(super) fn sliced(&mut self, frame: &Frame, id: NodeId, object: NodeId, parts: [Option<NodeId>; 3]) -> Val {
        let object = self.eval(frame, object);
        let mut known = true;
        let bounds = parts.map(|part| {
            part.and_then(|part| {
                let val = self.eval(frame, part);
                if matches!(val.value, Value::Null) {
                    return None;
                }
                known &= val.as_num().is_some();
                val.as_num()
            })
        });
        let folded = (known && self.folding).then(|| fold::slice(&mut self.heap, &object, bounds)).flatten();
        if let Some(val) = &folded {
            self.charge(val);
        }
        // Text read backwards is text decoded.
        if let (Some(Val { value: Value::Str(text), taint }), Some(step)) = (&folded, bounds[2])
            && step < 0.0
        {
            let (text, taint) = (text.clone(), *taint | Taint::DECODED);
            let told = if self.concrete == 0 { self.tell(frame, id, &text) } else { Taint::NONE };
            return Val::str(text, taint | told);
        }
        folded.unwrap_or_else(|| Val::unknown(self.heap.carried(&object)))
    }

    /// `object.name`.
    pub(super) fn member(&mut self, frame: &Frame, id: NodeId, object: &Val, name: &str) -> Val {
        match &object.value {
            Value::Path(path) if path.len() > super::external::MAX_PATH => Val::unknown(object.taint),
            Value::Path(path) => {
                let path = normalised(&format!("{path}.{name}"), frame.javascript);
                self.path_read(frame, id, &path, object.taint)
            }
            Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Num(_) => {
                #[allow(clippy::cast_precision_loss)]
                if frame.javascript && name == "length" {
                    let len = match &object.value {
                        Value::Str(text) => text.chars().count(),
                        Value::Bytes(bytes) => bytes.len(),
                        _ => self.heap.items(object).map_or(0, Vec::len),
                    };
                    return Val::num(len as f64);
                }
                self.heap.method(object.clone(), name)
            }
            Value::Dict(_) => {
                let entries = self.heap.entries(object);
                if let Some(found) = entries.and_then(|entries| entries.get(name)) {
                    return found.clone();
                }
                // `export * from 'library'`
                let behind = entries.and_then(|entries| entries.get(super::import::RE_EXPORTED)).cloned();
                match behind {
                    Some(library) => self.member(frame, id, &library, name),
                    None => self.heap.method(object.clone(), name),
                }
            }
            Value::Instance(at) => self.instance_member(object, *at, name),
            Value::Class(at) => self.class_member(*at, name, None).unwrap_or_else(|| Val::unknown(object.taint)),
            Value::Module(module) => self.module_member(frame, *module, name),
            // `[].filter.constructor` is `Function`.
            Value::Func(_) | Value::Method(_) if frame.javascript && name == "constructor" => Val::path("Function"),
            Value::Func(_) => self.heap.method(object.clone(), name),
            Value::Method(_) => Val::unknown(object.taint),
            Value::Unknown | Value::Null | Value::Bool(_) => self.heap.method(Val::unknown(object.taint), name),
        }
    }

    /// Reading an attribute outside the package.
    pub(super) fn path_read(&mut self, frame: &Frame, id: NodeId, path: &str, taint: Taint) -> Val {
        let plain = path.replace("()", "");
        if let Some(rule) = Self::catalogue(frame).read_of(&plain) {
            let words = rule.words.clone().unwrap_or_else(|| super::effect::path_words(&plain));
            let (feature, gives) = (rule.feature, rule.gives);
            self.emit(frame, id, feature, &words);
            return Val::path(path).with(taint | gives);
        }
        for prefix in ["process.env.", "Deno.env."] {
            if let Some(name) = plain.strip_prefix(prefix)
                && frame.javascript
            {
                let name = name.to_owned();
                return self.variable(frame, id, &name).with(taint);
            }
        }
        Val::path(path).with(taint)
    }

    /// `object[key]`.
    pub(super) fn indexed(&mut self, frame: &Frame, id: NodeId, object: &Val, key: &Val) -> Val {
        if self.folding
            && let Some(val) = fold::index(&self.heap, object, key)
        {
            return val.with(object.taint);
        }
        if let Some(key) = key.as_str() {
            match (&object.value, frame.javascript) {
                (Value::Path(path), false) => match &**path {
                    "os.environ" => {
                        return self.variable(frame, id, key);
                    }
                    // `globals()['name']`, `__builtins__['name']`, `sys.modules['name']`
                    "globals()" | "locals()" | "vars()" | "__dict__" => return self.lookup(frame, key),
                    "sys.modules" => return Val::path(key),
                    _ => return Val::path(format!("{path}()")).with(object.taint),
                },
                (_, true) => return self.member(frame, id, object, key),
                _ => {}
            }
        }
        if Self::is_environment(object) {
            self.emit(frame, id, Feature::R2, "variable computed");
            return Val::unknown(object.taint | Taint::ENV);
        }
        Val::unknown(self.heap.carried(object))
    }

    /// Reading one environment variable.
    pub(super) fn variable(&mut self, frame: &Frame, id: NodeId, name: &str) -> Val {
        let words = strings::variable_words(name);
        let feature = if words == "secret" { Feature::R5 } else { Feature::R2 };
        self.emit(frame, id, feature, &format!("variable {words}"));
        if words == "ci" {
            self.emit(frame, id, Feature::X5, "ci");
        }
        Val::unknown(match words {
            "secret" => Taint::SECRET,
            "machine" => Taint::HOST,
            _ => Taint::NONE,
        })
    }

    pub(super) fn instance_member(&mut self, object: &Val, at: super::Ref, name: &str) -> Val {
        let Some(Object::Instance { class, fields }) = self.heap.get(at) else { return Val::default() };
        if let Some(val) = fields.get(name) {
            return val.clone();
        }
        let class = *class;
        self.class_member(class, name, Some(object))
            .unwrap_or_else(|| self.heap.method(Val { value: Value::Unknown, taint: object.taint }, name))
    }

    /// A name of a class or its bases, bound to a receiver if there is one.
    pub(super) fn class_member(&mut self, class: super::Ref, name: &str, this: Option<&Val>) -> Option<Val> {
        let mut pending = vec![class];
        let mut looked = 0;
        while let Some(class) = pending.pop() {
            looked += 1;
            let Some(Object::Class { scope, bases, .. }) = self.heap.get(class) else { continue };
            if let Some(val) = self.heap.scope_of(*scope).and_then(|s| s.names.get(name)).cloned() {
                return Some(match this {
                    Some(this) => self.bound(val, this),
                    None => val,
                });
            }
            for base in bases.clone().iter().rev() {
                match &base.value {
                    Value::Class(base) if looked < 16 => pending.push(*base),
                    // A base outside the package: its methods are that path's.
                    Value::Path(path) if pending.is_empty() => return Some(Val::path(format!("{path}().{name}"))),
                    _ => {}
                }
            }
        }
        None
    }

    /// A method with its receiver.
    pub(super) fn bound(&mut self, val: Val, this: &Val) -> Val {
        match self.heap.closure(&val).cloned() {
            Some(mut closure) if closure.this.is_none() => {
                closure.this = Some(this.clone());
                let at = self.heap.add(Object::Func(closure));
                Val { value: Value::Func(at), taint: val.taint }
            }
            _ => val,
        }
    }
}

/// Drops the prefixes that name the global object.
pub(super) fn normalised(path: &str, javascript: bool) -> String {
    let prefixes: &[&str] = if javascript {
        &["globalThis.", "window.", "global.", "self.", "process.mainModule.", "module.parent.", "top."]
    } else {
        &["builtins.", "__builtins__.", "__builtin__."]
    };
    let mut path = path;
    while let Some(rest) = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix)) {
        path = rest;
    }
    path.to_owned()
}
