//! JavaScript's objects: copies of modules and objects through any container keep what they hold.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::behavior::interpret::eval::call::{Argument, positional};
use crate::behavior::interpret::value::{APPLIED, BEHIND, Object, TRAP, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Longest list made of nothing but a length.
const MAX_LENGTH: usize = 20_000;

impl Interpreter<'_> {
    /// Functions of `Object`, `Reflect`, `Map` and kin. `None`: not one of them.
    pub(super) fn object_builtin(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        values: &[Val],
        args: &[Argument],
        carried: Taint,
    ) -> Option<Val> {
        let first = values.first();
        match plain {
            "Object.keys" | "Object.getOwnPropertyNames" | "Reflect.ownKeys" => {
                let keys = self.own(first?)?.into_iter().map(|(key, val)| Val::str(key, val.taint)).collect();
                Some(self.heap.list(keys))
            }
            "Object.values" => {
                let values = self.own(first?)?.into_iter().map(|(_, val)| val).collect();
                Some(self.heap.list(values))
            }
            "Object.entries" => {
                let pairs = self.own(first?)?;
                let pairs = pairs.into_iter().map(|(key, val)| self.heap.list(vec![Val::str(key, val.taint), val]));
                let pairs = pairs.collect();
                Some(self.heap.list(pairs))
            }
            "Object.fromEntries" | "Map" | "WeakMap" => {
                let mut entries = BTreeMap::new();
                let pairs = first.map_or_else(|| Some(Vec::new()), |list| self.pairs(list))?;
                for (key, val) in pairs {
                    entries.insert(key, val);
                }
                Some(self.heap.dict(entries).with(carried))
            }
            "Set" | "WeakSet" => {
                let items = first.map_or_else(|| Some(Vec::new()), |list| builtins::iterate(&self.heap, list))?;
                Some(self.heap.list(items))
            }
            "Object.assign" => {
                let target = first?.clone();
                for value in values.iter().skip(1) {
                    if matches!(target.value, Value::Path(_)) {
                        for (key, val) in self.heap.entries(value).cloned().unwrap_or_default() {
                            self.set_member(frame, id, &target, &key, val);
                        }
                    }
                    self.copy_into(&target, value);
                }
                Some(target.with(carried))
            }
            "Object.setPrototypeOf" => {
                let target = first?.clone();
                if let Some(prototype) = values.get(1) {
                    self.behind(&target, prototype);
                }
                Some(target)
            }
            "Object.create" => {
                let made = self.heap.dict(BTreeMap::new());
                self.behind(&made, first?);
                if let Some(described) = values.get(1) {
                    self.define(frame, id, &made, described);
                }
                Some(made.with(carried))
            }
            "Object.defineProperty" | "Reflect.defineProperty" => {
                let (object, key) = (first?.clone(), values.get(1)?.clone());
                let val = self.described(values.get(2)?)?;
                self.set_index(frame, id, &object, &key, val);
                Some(object)
            }
            "Object.defineProperties" => {
                let object = first?.clone();
                self.define(frame, id, &object, values.get(1)?);
                Some(object)
            }
            "Object.getOwnPropertyDescriptor" | "Reflect.getOwnPropertyDescriptor" => {
                let val = self.indexed(frame, id, first?, values.get(1)?);
                Some(self.heap.dict(BTreeMap::from([("value".into(), val)])))
            }
            "Object.getOwnPropertyDescriptors" => {
                let own = self.own(first?)?;
                let own = own.into_iter().map(|(key, val)| {
                    let described = self.heap.dict(BTreeMap::from([("value".into(), val)]));
                    (key, described)
                });
                let entries = own.collect();
                Some(self.heap.dict(entries))
            }
            "Object.freeze"
            | "Object.seal"
            | "Object.preventExtensions"
            | "Object.getPrototypeOf"
            | "Reflect.getPrototypeOf"
            | "Object"
            | "structuredClone" => Some(first.cloned().unwrap_or_default()),
            "Proxy" => Some(self.proxy(first?, values.get(1)?)),
            "Reflect.construct" | "Reflect.apply" => {
                let list = values.get(if plain.ends_with("apply") { 2 } else { 1 })?;
                let items = builtins::iterate(&self.heap, list)?;
                let called = first?.clone();
                let new = plain.ends_with("construct");
                Some(self.dispatch(frame, id, &called, items.into_iter().map(Argument::from).collect(), new))
            }
            "Reflect.get" => {
                let (object, key) = (first?.clone(), values.get(1)?.clone());
                Some(self.indexed(frame, id, &object, &key))
            }
            "Reflect.set" => {
                let (object, key) = (first?.clone(), values.get(1)?.clone());
                self.set_index(frame, id, &object, &key, values.get(2)?.clone());
                Some(Value::Bool(true).into())
            }
            "Array.from" => {
                let items = self.sequence_of(first?)?;
                let list = self.heap.list(items);
                match positional(args).get(1) {
                    Some(_) => self.list_callback(frame, id, &list, "map", args.get(1..)?).or(Some(list)),
                    None => Some(list),
                }
            }
            "Array" if matches!(values, [Val { value: Value::Num(_), .. }]) => {
                let length = builtins::count(first?.as_num()?).filter(|n| *n <= MAX_LENGTH)?;
                Some(self.heap.list(vec![Value::Null.into(); length]))
            }
            "Array" | "Array.of" => Some(self.heap.list(values.to_vec())),
            _ => None,
        }
    }

    /// What is behind a proxy is what is reached; its traps for members and calls stand before it.
    fn proxy(&mut self, target: &Val, handlers: &Val) -> Val {
        let handlers = self.heap.entries(handlers).cloned().unwrap_or_default();
        for handler in handlers.values() {
            if let Some(closure) = self.heap.closure(handler).cloned() {
                let args = vec![target.clone().into(), Val::default().into(), Val::default().into()];
                self.invoke(&closure, args);
            }
        }
        let trap = |name: &str| handlers.get(name).filter(|trap| matches!(trap.value, Value::Func(_)));
        if let Some(apply) = trap("apply") {
            return Val::method(apply.clone(), APPLIED);
        }
        match trap("get") {
            Some(get) => {
                let made = self.heap.dict(BTreeMap::new());
                self.copy_into(&made, target);
                self.extend(&made, BTreeMap::from([(TRAP.into(), get.clone())]));
                made
            }
            None => target.clone(),
        }
    }

    /// Keys and values of an object, a list or a library that the catalogue knows.
    fn own(&self, val: &Val) -> Option<Vec<(Rc<str>, Val)>> {
        #[allow(clippy::cast_precision_loss)]
        Some(match &val.value {
            Value::Dict(_) | Value::Instance(_) => {
                let entries = self.heap.entries(val)?;
                let behind = entries.get(BEHIND).map(|library| self.library(library)).unwrap_or_default();
                let own = entries.iter().filter(|(key, _)| &***key != BEHIND);
                own.map(|(key, val)| (key.clone(), val.clone())).chain(behind).collect()
            }
            Value::List(_) | Value::Str(_) | Value::Bytes(_) => builtins::iterate(&self.heap, val)?
                .into_iter()
                .enumerate()
                .map(|(at, item)| (at.to_string().into(), item))
                .collect(),
            Value::Path(_) => Some(self.library(val)).filter(|members| !members.is_empty())?,
            _ => return None,
        })
    }

    /// The keys of a value as a list; of what is not known, the value itself.
    pub fn keys(&mut self, val: Val) -> Val {
        match self.own(&val) {
            Some(own) => {
                let keys = own.into_iter().map(|(key, _)| Val::str(key, val.taint)).collect();
                self.heap.list(keys)
            }
            None => val,
        }
    }

    /// What the catalogue knows of a library, by the names of its members.
    pub fn library(&self, library: &Val) -> Vec<(Rc<str>, Val)> {
        let Some(path) = library.as_path() else { return Vec::new() };
        let members = Dialect::JavaScript.catalogue().members(path);
        members.into_iter().map(|name| (name.into(), Val::path(format!("{path}.{name}")).with(library.taint))).collect()
    }

    /// The pairs of a list of pairs, or of a map.
    fn pairs(&self, list: &Val) -> Option<Vec<(Rc<str>, Val)>> {
        if matches!(list.value, Value::Dict(_)) {
            return self.own(list);
        }
        let pairs = builtins::iterate(&self.heap, list)?;
        Some(
            pairs
                .iter()
                .filter_map(|pair| {
                    let items = self.heap.items(pair)?;
                    let key = builtins::to_text(&self.heap, items.first()?, Dialect::JavaScript);
                    Some((key.unwrap_or_else(|| HOLE.into()), items.get(1).cloned().unwrap_or_default()))
                })
                .collect(),
        )
    }

    /// The items of what may be iterated, or of what only says how long it is.
    fn sequence_of(&self, val: &Val) -> Option<Vec<Val>> {
        if let Some(length) = self.heap.entries(val).and_then(|entries| entries.get("length")) {
            let length = builtins::count(length.as_num()?).filter(|n| *n <= MAX_LENGTH)?;
            return Some(vec![Value::Null.into(); length]);
        }
        builtins::iterate(&self.heap, val)
    }

    /// Copies an object's entries: of a library it keeps the way to it, of something unknown that it is there.
    pub fn copy_into(&mut self, target: &Val, from: &Val) {
        let more = match &from.value {
            Value::Path(_) => BTreeMap::from([(BEHIND.into(), from.clone())]),
            Value::Unknown => BTreeMap::from([(HOLE.into(), from.clone())]),
            _ => self.heap.entries(from).cloned().unwrap_or_default(),
        };
        self.extend(target, more);
    }

    fn extend(&mut self, target: &Val, more: BTreeMap<Rc<str>, Val>) {
        if let Value::Dict(at) | Value::Instance(at) = target.value
            && let Some(Object::Dict(entries) | Object::Instance { fields: entries, .. }) = self.heap.get_mut(at)
        {
            entries.extend(more);
        }
    }

    /// What an object falls back on: entries of its own go before.
    fn behind(&mut self, target: &Val, prototype: &Val) {
        let known = self.heap.entries(target).cloned().unwrap_or_default();
        self.copy_into(target, prototype);
        self.extend(target, known);
    }

    /// The value that a descriptor stands for; a getter is called.
    fn described(&mut self, described: &Val) -> Option<Val> {
        let entries = self.heap.entries(described)?;
        let (value, get) = (entries.get("value").cloned(), entries.get("get").cloned());
        Some(match (value, get) {
            (Some(value), _) => value,
            (None, Some(getter)) => match self.heap.closure(&getter).cloned() {
                Some(closure) => self.invoke(&closure, Vec::new()),
                None => Val::default(),
            },
            _ => Val::default(),
        })
    }

    fn define(&mut self, frame: &Frame, id: NodeId, object: &Val, described: &Val) {
        let entries = self.heap.entries(described).cloned().unwrap_or_default();
        for (key, described) in entries {
            if let Some(val) = self.described(&described) {
                self.set_index(frame, id, object, &Val::str(key, Taint::NONE), val);
            }
        }
        self.site_at(frame, id);
    }
}
