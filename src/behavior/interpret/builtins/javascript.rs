//! JavaScript's own functions that move values around.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Object, Val, Value};
use crate::behavior::interpret::{Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;
use std::collections::BTreeMap;

impl Interpreter<'_> {
    /// The name that `require` is given; `__dirname + '/x'` is a path beside the script, if there is such a file.
    fn module_name(&self, frame: &Frame, name: &str) -> Option<String> {
        let Some(below) = name.strip_prefix(HOLE) else {
            return (!name.contains(HOLE)).then(|| name.to_owned());
        };
        let near = format!(".{}", below.strip_prefix('/').map(|_| below).filter(|below| !below.contains(HOLE))?);
        let target = crate::behavior::interpret::imports::resolve(&self.file_of(frame.doc)?, &near)?;
        self.find_javascript(&target).map(|_| near)
    }

    /// The language's own functions that move values around. `None`: not one of them.
    pub fn javascript_builtin(
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
            "require"
            | "import"
            | "module.require"
            | "process.mainModule.require"
            | "module._load"
            | "Module._load"
            | "createRequire"
            | "module.createRequire" => {
                if plain.ends_with("createRequire") {
                    return Some(Val::path("require"));
                }
                let name = first.and_then(Val::as_str).and_then(|name| self.module_name(frame, name));
                match name {
                    Some(name) => Some(self.require(frame, id, &name)),
                    None => {
                        self.emit(frame, id, Feature::P4, "require computed");
                        self.site_at(frame, id);
                        self.note_unresolved("a module whose name is computed");
                        Some(Val::unknown(carried))
                    }
                }
            }
            "require.call" | "require.apply" => {
                let given = values.get(1);
                let name = given.and_then(|given| self.heap.items(given)).map_or(given, |items| items.first());
                let values: Vec<Val> = name.cloned().into_iter().collect();
                self.javascript_builtin(frame, id, "require", &values, args, carried)
            }
            // A path below the script's own folder; which folder that is does not matter.
            "path.join" | "path.resolve" if first.is_some_and(|v| v.as_path().is_some_and(|p| &**p == "__dirname")) => {
                let parts: Option<Vec<&str>> = values.iter().skip(1).map(Val::as_str).collect();
                Some(Val::str(format!("{HOLE}/{}", parts?.join("/")), carried))
            }
            "require.resolve" | "Object.freeze" | "Promise.resolve" | "Object.create" | "util.promisify"
            | "promisify" | "Symbol" | "Object" => Some(first.cloned().unwrap_or_default()),
            "Promise.all" | "Promise.race" | "Promise.allSettled" | "Promise.any" => {
                Some(first.cloned().unwrap_or_default())
            }
            "JSON.stringify" | "encodeURIComponent" | "encodeURI" | "escape" => match first.map(|v| &v.value) {
                Some(Value::Str(_) | Value::Num(_)) => first.cloned(),
                _ => Some(Val::unknown(carried)),
            },
            "Object.assign" => {
                let mut entries = BTreeMap::new();
                for value in values {
                    entries.extend(self.heap.entries(value).cloned().unwrap_or_default());
                }
                if let Some(Value::Dict(at)) = first.map(|v| v.value.clone())
                    && let Some(Object::Dict(target)) = self.heap.get_mut(at)
                {
                    target.extend(entries);
                    return first.cloned().map(|v| v.with(carried));
                }
                Some(self.heap.dict(entries).with(carried))
            }
            "Object.defineProperty" => {
                // The getter or value of an export defined this way.
                let (object, name) = (first?.clone(), values.get(1)?.as_str()?.to_owned());
                let described = values.get(2)?;
                let entries = self.heap.entries(described)?;
                let (value, get) = (entries.get("value").cloned(), entries.get("get").cloned());
                let val = match (value, get) {
                    (Some(value), _) => value,
                    (None, Some(getter)) => match self.heap.closure(&getter).cloned() {
                        Some(closure) => self.invoke(&closure, Vec::new()),
                        None => Val::default(),
                    },
                    _ => Val::default(),
                };
                if let Value::Dict(at) = object.value
                    && let Some(Object::Dict(target)) = self.heap.get_mut(at)
                {
                    target.insert(name.into(), val);
                }
                Some(object)
            }
            "Reflect.construct" | "Reflect.apply" => {
                let list = values.get(if plain.ends_with("apply") { 2 } else { 1 })?;
                let items = self.heap.items(list)?.clone();
                let called = first?.clone();
                let new = plain.ends_with("construct");
                Some(self.dispatch(frame, id, &called, items.into_iter().map(Argument::from).collect(), new))
            }
            "Reflect.get" => {
                let (object, key) = (first?.clone(), values.get(1)?.clone());
                Some(self.indexed(frame, id, &object, &key))
            }
            "Array" if matches!(values, [Val { value: Value::Num(_), .. }]) => {
                let length = builtins::count(first?.as_num()?).filter(|n| *n <= 20_000)?;
                Some(self.heap.list(vec![Value::Null.into(); length]))
            }
            "Array" | "Array.of" => Some(self.heap.list(values.to_vec())),
            "console.log" | "console.error" | "console.warn" | "console.info" => Some(Value::Null.into()),
            "Function.prototype.call.bind" => None,
            "Promise" => {
                self.call_back_all(frame, id, args, carried);
                Some(Val::path("Promise()").with(carried))
            }
            _ => None,
        }
    }
}
