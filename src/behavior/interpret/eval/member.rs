//! Members, items and slices of values.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::builtins::python::protocol::OF_CLASS;
use crate::behavior::interpret::eval::invoke::FIELDS;
use crate::behavior::interpret::imports::python_files::plain_path;
use crate::behavior::interpret::value::{BEHIND, Object, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter, MAX_DEPTH, builtins, dialect};
use crate::behavior::strings;
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Most functions of a table that are called where it is not known which.
const MAX_CHOICES: usize = 16;

impl Interpreter<'_> {
    pub fn sliced(&mut self, frame: &Frame, id: NodeId, object: NodeId, parts: [Option<NodeId>; 3]) -> Val {
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
        let folded =
            (known && self.options.folding).then(|| builtins::slice(&mut self.heap, &object, bounds)).flatten();
        if let Some(val) = &folded {
            self.charge(val);
        }
        // Text read backwards is text decoded.
        if let (Some(Val { value: Value::Str(text), taint }), Some(step)) = (&folded, bounds[2])
            && step < 0.0
        {
            let (text, taint) = (text.clone(), *taint | Taint::DECODED.at(frame.doc, frame.unit.span(id)));
            let told = if self.control.unrolling == 0 { self.classify(frame, id, &text) } else { Taint::NONE };
            return Val::str(text, taint | told);
        }
        folded.unwrap_or_else(|| Val::unknown(self.heap.carried(&object)))
    }

    /// `object.name`.
    pub fn member(&mut self, frame: &Frame, id: NodeId, object: &Val, name: &str) -> Val {
        if frame.dialect.is_javascript()
            && let Some(val) = self.member_of_any(object, name)
        {
            return val;
        }
        if !frame.dialect.is_javascript()
            && let Some(val) = self.python_member(frame, id, object, name)
        {
            return val;
        }
        match &object.value {
            Value::Path(path) if path.len() > crate::behavior::interpret::eval::external::MAX_PATH => {
                Val::unknown(object.taint)
            }
            // The module that a default import of it is.
            Value::Path(path) if name == "default" && frame.dialect.is_library(path) => object.clone(),
            Value::Path(path) => {
                if frame.dialect.is_global(path)
                    && let Some(val) = self.global_set(frame, name)
                {
                    return val;
                }
                let path = frame.dialect.normalised(&format!("{path}.{name}"));
                self.path_read(frame, id, &path, object.taint)
            }
            Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Num(_) | Value::Int(_) => {
                #[allow(clippy::cast_precision_loss)]
                if frame.dialect.is_javascript()
                    && (name == "length" || name == "size" && matches!(object.value, Value::List(_)))
                {
                    self.charge_trial(object.as_str().map_or(0, str::len) / 64);
                    let len = match &object.value {
                        Value::Str(text) => text.chars().count(),
                        Value::Bytes(bytes) => bytes.len(),
                        _ => self.heap.items(object).map_or(0, Vec::len),
                    };
                    return Val::num(len as f64);
                }
                if let Value::List(at) = &object.value
                    && let Some(val) = self.heap.property(*at, name)
                {
                    return val.clone();
                }
                if frame.dialect.is_javascript() && self.trial.is_some() && !dialect::javascript::is_method(name) {
                    return Value::Null.into();
                }
                Val::method(object.clone(), name)
            }
            Value::Dict(_) => {
                if let Some(found) = self.heap.entries(object).and_then(|entries| entries.get(name)) {
                    return found.clone();
                }
                if frame.dialect.is_javascript()
                    && let Some(val) = self.getter(object, name).or_else(|| self.trapped(object, name))
                {
                    return val;
                }
                // `export * from 'library'`, a copy of a library, a prototype.
                let entries = self.heap.entries(object);
                let behind = entries.and_then(|e| e.get(BEHIND).or_else(|| e.get("__proto__"))).cloned();
                match behind {
                    Some(library) if name != BEHIND && self.budget.depth < MAX_DEPTH => {
                        self.budget.depth += 1;
                        let val = self.member(frame, id, &library, name);
                        self.budget.depth -= 1;
                        val
                    }
                    Some(_) => Val::default(),
                    None if frame.dialect.is_javascript()
                        && self.trial.is_some()
                        && !dialect::javascript::is_method(name) =>
                    {
                        Value::Null.into()
                    }
                    None => Val::method(object.clone(), name),
                }
            }
            Value::Instance(_) | Value::Class(_) | Value::Module(_) if name == "__dict__" => object.clone(),
            Value::Instance(at) => self.instance_member(object, *at, name),
            Value::Class(at) => self.class_member(*at, name, None).unwrap_or_else(|| Val::unknown(object.taint)),
            Value::Module(module) => self.module_member(frame, *module, name),
            Value::Func(at) => match self.heap.property(*at, name) {
                Some(val) => val.clone(),
                None if frame.dialect.is_javascript() && name == "prototype" => {
                    let prototype = self.heap.dict(std::collections::BTreeMap::new());
                    self.heap.set_property(*at, name, prototype.clone());
                    prototype
                }
                None if frame.dialect.is_javascript()
                    && self.trial.is_some()
                    && !dialect::javascript::is_method(name) =>
                {
                    Value::Null.into()
                }
                None => Val::method(object.clone(), name),
            },
            Value::Regex(_) => Val::method(object.clone(), name),
            Value::Method(_) => Val::unknown(object.taint),
            Value::Null if frame.dialect.is_javascript() && self.trial.is_some() => {
                self.throw();
                Val::default()
            }
            Value::Unknown | Value::Null | Value::Bool(_) => Val::method(Val::unknown(object.taint), name),
        }
    }

    /// What was set on the global object under a name.
    fn global_set(&self, frame: &Frame, name: &str) -> Option<Val> {
        if !self.memo.global_names.contains(name) {
            return None;
        }
        let root = self.root_scope(frame.scope);
        self.heap.scope_of(root)?.names.get(name).cloned()
    }

    /// Reading an attribute outside the package.
    pub fn path_read(&mut self, frame: &Frame, id: NodeId, path: &str, taint: Taint) -> Val {
        let plain = plain_path(path);
        if !frame.dialect.is_javascript()
            && let Some(text) = dialect::python::string_constant(&plain)
        {
            return Val::str(text, taint);
        }
        // `localStorage.getItem` reads `localStorage`.
        let holder = plain.split_once('.').map_or("", |(holder, _)| holder);
        let catalogue = frame.dialect.catalogue();
        let sets =
            ["getItem", "setItem", "removeItem", "clear", "set", "remove"].iter().any(|name| plain.ends_with(name));
        let whole = || Some(catalogue.read_of(holder)?).filter(|_| frame.dialect.is_javascript() && !sets);
        if let Some(rule) = catalogue.read_of(&plain).or_else(whole) {
            let words =
                rule.words.clone().unwrap_or_else(|| crate::behavior::interpret::effects::summary::path_words(&plain));
            let (feature, gives) = (rule.feature, rule.gives);
            self.emit(frame, id, feature, &words);
            return Val::path(path).with(taint | gives.at(frame.doc, frame.unit.span(id)));
        }
        if let Some(key) = plain.strip_prefix("localStorage.").or_else(|| plain.strip_prefix("sessionStorage."))
            && frame.dialect.is_javascript()
            && !key.contains("Item")
            && strings::holds_secret(key)
        {
            self.emit(frame, id, Feature::ReadSecret, "browser data");
            return Val::path(path).with(taint | Taint::INPUT.at(frame.doc, frame.unit.span(id)));
        }
        for prefix in ["process.env.", "Deno.env.", "Bun.env."] {
            let methods = ["toObject", "get", "has", "set", "delete"];
            if let Some(name) =
                plain.strip_prefix(prefix).filter(|name| prefix != "Deno.env." || !methods.contains(name))
                && frame.dialect.is_javascript()
            {
                let name = name.to_owned();
                return self.variable(frame, id, &name).with(taint);
            }
        }
        Val::path(path).with(taint)
    }

    /// `object[key]`.
    pub fn indexed(&mut self, frame: &Frame, id: NodeId, object: &Val, key: &Val) -> Val {
        self.charge_trial(object.as_str().map_or(0, str::len) / 64);
        if self.options.folding
            && let Some(val) = builtins::index(&self.heap, object, key, frame.dialect)
        {
            return val.with(object.taint);
        }
        // Any key is text in JavaScript: `[][[]]` asks for the member named by an empty text.
        let plain = matches!(object.value, Value::List(_) | Value::Str(_))
            && matches!(key.value, Value::List(_) | Value::Bool(_) | Value::Null);
        if (self.trial.is_some() || plain)
            && frame.dialect.is_javascript()
            && key.as_str().is_none()
            && let Some(name) = builtins::to_text(&self.heap, key, Dialect::JavaScript)
        {
            if plain && !dialect::javascript::is_method(&name) {
                return builtins::index(&self.heap, object, &Val::str(name, key.taint), Dialect::JavaScript)
                    .unwrap_or_else(|| Value::Null.into());
            }
            return self.member(frame, id, object, &name);
        }
        if let (Value::Path(path), Dialect::Python) = (&object.value, frame.dialect)
            && let Some(val) = self.namespace_item(frame, id, &path.clone(), key)
        {
            return val;
        }
        if let (Value::Instance(at), Some(place)) = (&object.value, key.as_num().and_then(builtins::count))
            && let Some(Object::Instance { class, fields }) = self.heap.get(*at)
            && let Some(names) = self.heap.property(*class, FIELDS).and_then(|names| self.heap.items(names))
        {
            let field = names.get(place).and_then(Val::as_str).and_then(|name| fields.get(name));
            return field.cloned().unwrap_or_default();
        }
        if let Value::Instance(_) = object.value
            && let Some(val) = self.protocol_call(frame, id, object, "__getitem__", vec![key.clone()])
        {
            return val;
        }
        if let Some(key) = key.as_str() {
            match (&object.value, frame.dialect) {
                (Value::Path(path), Dialect::Python) if &**path == "os.environ" => {
                    return self.variable(frame, id, key);
                }
                (Value::Path(path), Dialect::Python) => return Val::path(format!("{path}()")).with(object.taint),
                (Value::Module(_), Dialect::Python) => {
                    let key = key.to_owned();
                    return self.member(frame, id, object, &key);
                }
                (_, Dialect::JavaScript) => return self.member(frame, id, object, key),
                _ => {}
            }
        }
        if Self::is_environment(object) {
            self.emit(frame, id, Feature::CallSystem, "variable computed");
            return Val::unknown(object.taint | Taint::ENV.at(frame.doc, frame.unit.span(id)));
        }
        // All items are gone through, in each round of a loop that changes them.
        self.charge_items(self.heap.items(object).map_or(0, Vec::len));
        let carried = self.heap.carried(object);
        match self.choices(object).first() {
            Some(first) => first.clone().with(carried),
            None => Val::unknown(carried),
        }
    }

    /// What an item of a table of functions may be, whatever its key; nothing of a table of anything else or of a long one.
    pub fn choices(&self, table: &Val) -> Vec<Val> {
        let items: Vec<Val> = match &table.value {
            Value::List(_) => self.heap.items(table).into_iter().flatten().take(MAX_CHOICES + 1).cloned().collect(),
            Value::Dict(_) => self
                .heap
                .entries(table)
                .into_iter()
                .flatten()
                .map(|(_, val)| val.clone())
                .take(MAX_CHOICES + 1)
                .collect(),
            _ => return Vec::new(),
        };
        let functions = items.iter().all(|item| item.is_callable() && !matches!(item.value, Value::Method(_)));
        if functions && items.len() <= MAX_CHOICES && self.trial.is_none() { items } else { Vec::new() }
    }

    /// Reading one environment variable.
    pub fn variable(&mut self, frame: &Frame, id: NodeId, name: &str) -> Val {
        let words = strings::variable_words(name);
        let feature = if words == "secret" { Feature::ReadSecret } else { Feature::CallSystem };
        self.emit(frame, id, feature, &format!("variable {words}"));
        if words == "ci" {
            self.emit(frame, id, Feature::CheckEnvironment, "ci");
        }
        let taint = match words {
            "secret" => Taint::SECRET,
            "machine" => Taint::HOST,
            _ => Taint::NONE,
        };
        Val::unknown(taint.at(frame.doc, frame.unit.span(id)))
    }

    pub fn instance_member(&mut self, object: &Val, at: crate::behavior::interpret::Ref, name: &str) -> Val {
        let Some(Object::Instance { class, fields }) = self.heap.get(at) else { return Val::default() };
        if let Some(val) = fields.get(name) {
            return val.clone();
        }
        let class = *class;
        if let Some(val) = self.getter(object, name) {
            return val;
        }
        self.class_member(class, name, Some(object))
            .unwrap_or_else(|| Val::method(Val { value: Value::Unknown, taint: object.taint }, name))
    }

    /// A name of a class or its bases, bound to a receiver if there is one.
    pub fn class_member(
        &mut self,
        class: crate::behavior::interpret::Ref,
        name: &str,
        this: Option<&Val>,
    ) -> Option<Val> {
        let mut pending = vec![class];
        let mut looked = 0;
        while let Some(class) = pending.pop() {
            looked += 1;
            let Some(Object::Class { scope, bases, .. }) = self.heap.get(class) else { continue };
            if let Some(val) = self.heap.scope_of(*scope).and_then(|s| s.names.get(name)).cloned() {
                let of_class = matches!(val.value, Value::Func(at) if self.heap.property(at, OF_CLASS).is_some());
                return Some(match this {
                    Some(this) => self.bound(val, this),
                    None if of_class => self.bound(val, &Value::Class(class).into()),
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
    pub fn bound(&mut self, val: Val, this: &Val) -> Val {
        match self.heap.closure(&val).cloned() {
            Some(mut closure) if closure.this.is_none() => {
                closure.this = Some(this.clone());
                let at = self.heap.add(Object::Func(Box::new(closure)));
                Val { value: Value::Func(at), taint: val.taint }
            }
            _ => val,
        }
    }
}
