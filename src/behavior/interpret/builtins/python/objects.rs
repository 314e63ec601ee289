//! Python's objects seen from inside: attributes that every object has, the dictionaries behind modules and scopes, and names
//! set on what lies outside the package.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Object, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// A class of the running interpreter, which of them is not known.
const ANY_CLASS: &str = "object.__subclasses__()()";
/// The globals of such a class's module.
const ANY_GLOBALS: &str = "object.__subclasses__.__globals__";
/// Classes that the way over `object.__subclasses__()` is taken for.
const CLASSES: [&str; 9] = [
    "subprocess.Popen",
    "os._wrap_close",
    "warnings.catch_warnings",
    "warnings.WarningMessage",
    "_frozen_importlib.BuiltinImporter",
    "importlib._bootstrap_external.FileLoader",
    "codecs.IncrementalDecoder",
    "site.Quitter",
    "socket.socket",
];
/// Modules whose functions are looked for by name alone, the most telling first.
const SOURCES: [&str; 4] = ["os", "subprocess", "sys", "importlib"];
/// Names of functions that Python calls by itself once they are set.
const HOOKS: [&str; 8] = [
    "sys.excepthook",
    "sys.displayhook",
    "sys.unraisablehook",
    "sys.breakpointhook",
    "threading.excepthook",
    "builtins.__import__",
    "builtins.__build_class__",
    "__import__",
];

/// A dictionary of names.
enum Namespace {
    /// `globals()`, `locals()`, `vars()`.
    Scope,
    /// That of a module or class outside the package; empty: the built-in names.
    Outside(String),
    /// `sys.modules`.
    Modules,
}

/// The dictionary that a path without its calls stands for.
fn namespace(plain: &str) -> Option<Namespace> {
    match plain {
        "globals" | "locals" | "vars" => Some(Namespace::Scope),
        "__dict__" | "builtins" | "builtins.__dict__" => Some(Namespace::Outside(String::new())),
        "sys.modules" => Some(Namespace::Modules),
        _ => plain.strip_suffix(".__dict__").map(|holder| Namespace::Outside(holder.to_owned())),
    }
}

impl Interpreter<'_> {
    /// Attributes that begin with two underscores. `None`: as any other.
    pub fn special_member(&mut self, object: &Val, name: &str) -> Option<Val> {
        let path = |path: &str| Some(Val::path(path).with(object.taint));
        let outside = object.as_path().map(|path| path.to_string());
        match (name, outside.as_deref()) {
            ("__call__", Some(_)) => Some(object.clone()),
            ("__call__", None) => matches!(object.value, Value::Func(_) | Value::Method(_)).then(|| object.clone()),
            ("__func__" | "__wrapped__" | "__origin__", _) => {
                matches!(object.value, Value::Func(_) | Value::Path(_)).then(|| object.clone())
            }
            // The names of the built-in module are reached as its attributes and as a dictionary's items.
            ("__dict__", Some("builtins")) => path("builtins"),
            ("__builtins__" | "__builtin__", _) => path("builtins"),
            ("__globals__" | "func_globals", Some(known)) => match known {
                _ if known.starts_with("object.__subclasses__") => path(ANY_GLOBALS),
                _ => path(&format!("{}.__dict__", known.split('.').next().unwrap_or(known))),
            },
            ("__globals__" | "func_globals", None) => path("globals()"),
            ("__self__", Some(known)) if !known.contains('.') => path("builtins"),
            ("__loader__", Some(_)) => path("importlib.machinery.SourceFileLoader"),
            ("__class__", Some(known)) if !known.ends_with(')') => path("type"),
            ("__class__", None) => match object.value {
                Value::Str(_) => path("str"),
                Value::Bytes(_) => path("bytes"),
                Value::List(_) => path("list"),
                Value::Num(_) | Value::Int(_) => path("int"),
                Value::Dict(_) => path("dict"),
                Value::Func(_) => path("type"),
                Value::Instance(at) => match self.heap.get(at)? {
                    Object::Instance { class, .. } => Some(Value::Class(*class).into()),
                    _ => None,
                },
                _ => None,
            },
            ("__base__" | "__bases__", None) if matches!(object.value, Value::Class(_)) => {
                let Value::Class(at) = object.value else { return None };
                let Object::Class { bases, .. } = self.heap.get(at)? else { return None };
                let bases = if bases.is_empty() { vec![Val::path("object")] } else { bases.clone() };
                if name == "__base__" { bases.into_iter().next() } else { Some(self.heap.list(bases)) }
            }
            ("__base__", _) => path("object"),
            ("__bases__" | "__mro__", _) => {
                let items = vec![object.clone(), Val::path("object")];
                let skipped = usize::from(name == "__bases__");
                Some(self.heap.list(items.into_iter().skip(skipped).collect()))
            }
            ("__name__" | "__qualname__", Some(known)) if !known.contains('(') && known != "__name__" => {
                Some(Val::str(known.rsplit('.').next().unwrap_or(known), Taint::NONE))
            }
            ("__name__" | "__qualname__", None) => self.own_name(object),
            // The initializer of a class of the interpreter keeps the way to its module.
            ("__init__", Some(known)) if known.starts_with("object.__subclasses__") => path(ANY_CLASS),
            _ => Self::protocol_member(object, name),
        }
    }

    /// Methods of the object protocol, bound to any value.
    fn protocol_member(object: &Val, name: &str) -> Option<Val> {
        let outside = matches!(object.value, Value::Path(_));
        let known = matches!(name, "__getattribute__" | "__getitem__" | "__setitem__" | "__contains__" | "__add__");
        (known && !outside && !matches!(object.value, Value::Instance(_) | Value::Class(_)))
            .then(|| Val::method(object.clone(), name))
    }

    /// The name that a function or class was defined under.
    fn own_name(&self, object: &Val) -> Option<Val> {
        let closure = self.heap.closure(object)?;
        let function = self.documents.get(closure.doc)?.unit.functions.get(closure.function as usize)?;
        Some(Val::str(&**function.name.as_ref()?, Taint::NONE))
    }

    /// Methods that reach an attribute or an item by its name, of any value. `None`: not one of them.
    pub fn special_method(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        let val = |at: usize| args.get(at).map(|arg| arg.val.clone());
        match name {
            "__getattribute__" | "__getattr__" if !matches!(receiver.value, Value::Instance(_)) => {
                // `type(os).__getattribute__(os, 'system')`
                let (object, key) = match (val(0)?, val(1)) {
                    (object, Some(key)) => (object, key),
                    (key, None) => (receiver.clone(), key),
                };
                let key = key.as_str()?.to_owned();
                Some(self.member(frame, id, &object, &key))
            }
            "__getitem__" => Some(self.indexed(frame, id, receiver, &val(0)?)),
            "__setitem__" => {
                self.set_index(frame, id, receiver, &val(0)?, val(1)?);
                Some(Value::Null.into())
            }
            "__contains__" => {
                builtins::binary(&mut self.heap, crate::syntax::ir::Op::In, &val(0)?, receiver, Dialect::Python)
            }
            "__add__" => {
                builtins::binary(&mut self.heap, crate::syntax::ir::Op::Add, receiver, &val(0)?, Dialect::Python)
            }
            // A module's or an object's own dictionary.
            "update"
                if matches!(
                    receiver.value,
                    Value::Module(_) | Value::Instance(_) | Value::Class(_) | Value::Dict(_)
                ) =>
            {
                for (key, val) in self.given_entries(args) {
                    self.set_member(frame, id, receiver, &key, val);
                }
                Some(Value::Null.into())
            }
            "get" | "setdefault" if matches!(receiver.value, Value::Module(_)) => {
                let key = val(0)?.as_str()?.to_owned();
                Some(self.member(frame, id, receiver, &key))
            }
            _ => None,
        }
    }

    /// The entries that `update(..)` or `dict(..)` is given: a dictionary, pairs, keywords.
    pub fn given_entries(&self, args: &[Argument]) -> Vec<(Rc<str>, Val)> {
        let mut out = Vec::new();
        for arg in args {
            match (&arg.name, &arg.val.value) {
                (Some(name), _) if &**name != "**" => out.push(((&**name).into(), arg.val.clone())),
                (_, Value::List(_)) => {
                    let pairs = self.heap.items(&arg.val).into_iter().flatten();
                    out.extend(pairs.filter_map(|pair| {
                        let pair = self.heap.items(pair)?;
                        Some((pair.first()?.as_str()?.into(), pair.get(1)?.clone()))
                    }));
                }
                _ => out.extend(self.heap.entries(&arg.val).into_iter().flatten().map(|(k, v)| (k.clone(), v.clone()))),
            }
        }
        out
    }

    /// A method of a dictionary of names: `globals().update(..)`, `vars(os).get(..)`, `sys.modules.get(..)`.
    pub fn namespace_method(&mut self, frame: &Frame, id: NodeId, plain: &str, args: &[Argument]) -> Option<Val> {
        let (holder, method) = plain.rsplit_once('.')?;
        // The built-in names as a dictionary, whose prefix is left out of paths.
        let space = namespace(holder)?;
        let val = |at: usize| args.get(at).filter(|arg| arg.name.is_none()).map(|arg| arg.val.clone());
        let key = || val(0).and_then(|key| key.as_str().map(str::to_owned));
        match method {
            "get" | "__getitem__" | "pop" => Some(self.name_in(frame, id, &space, &key()?)),
            "setdefault" | "__setitem__" => {
                let (key, val) = (key()?, val(1)?);
                self.set_name_in(frame, &space, &key, val.clone());
                Some(val)
            }
            "update" => {
                for (key, val) in self.given_entries(args) {
                    self.set_name_in(frame, &space, &key, val);
                }
                Some(Value::Null.into())
            }
            "copy" => Some(Val::path(format!("{holder}{}", if matches!(space, Namespace::Scope) { "()" } else { "" }))),
            "items" | "keys" | "values" | "__iter__" => {
                let Namespace::Outside(module) = &space else { return None };
                let names = self.names_of(frame, module);
                let mut out = Vec::new();
                for name in names {
                    let key = Val::str(name.as_str(), Taint::NONE);
                    out.push(match method {
                        "items" => {
                            let val = self.name_in(frame, id, &space, &name);
                            self.heap.list(vec![key, val])
                        }
                        "values" => self.name_in(frame, id, &space, &name),
                        _ => key,
                    });
                }
                (!out.is_empty()).then(|| self.heap.list(out))
            }
            _ => None,
        }
    }

    /// The names that the catalogue knows of a module, or of the built-in ones.
    pub fn names_of(&self, frame: &Frame, module: &str) -> BTreeSet<String> {
        let prefix = if module.is_empty() || module == "builtins" { String::new() } else { format!("{module}.") };
        let paths = frame.dialect.catalogue().groups().iter().flat_map(|group| &group.names);
        let below = paths.filter_map(|path| path.strip_prefix(&prefix));
        let names = below.filter(|rest| !prefix.is_empty() || !rest.contains('.'));
        names.map(|rest| rest.split('.').next().unwrap_or(rest).to_owned()).filter(|name| name != "*").collect()
    }

    fn name_in(&mut self, frame: &Frame, id: NodeId, space: &Namespace, key: &str) -> Val {
        match space {
            Namespace::Scope => self.lookup(frame, key),
            Namespace::Outside(module) if module.is_empty() => self.built_in(frame, key),
            Namespace::Outside(module) => {
                let module = Val::path(module.as_str());
                self.member(frame, id, &module, key)
            }
            Namespace::Modules => self.python_module(frame, key).unwrap_or_else(|| Val::path(key)),
        }
    }

    /// A built-in name, as it was set if it was.
    pub fn built_in(&self, frame: &Frame, name: &str) -> Val {
        self.memo.patched.get(name).cloned().unwrap_or_else(|| frame.dialect.global(name))
    }

    fn set_name_in(&mut self, frame: &Frame, space: &Namespace, key: &str, val: Val) {
        match space {
            Namespace::Scope => {
                let root = self.root_scope(frame.scope);
                if let Some(scope) = self.heap.scope_mut(root) {
                    scope.names.insert(key.into(), val);
                }
            }
            Namespace::Outside(module) if module.is_empty() => self.patch(frame, key, val),
            Namespace::Outside(module) => self.patch(frame, &format!("{module}.{key}"), val),
            Namespace::Modules => {}
        }
    }

    /// A name set on something outside the package. What the catalogue knows keeps its meaning: a wrapper set in its place
    /// does not hide what calls of it do.
    pub fn patch(&mut self, frame: &Frame, path: &str, val: Val) {
        self.abandon_trial();
        let path = frame.dialect.normalised(&path.replace("()", ""));
        if HOOKS.contains(&path.as_str()) {
            self.call_back(frame, &val, Taint::NONE);
        }
        let known =
            frame.dialect.catalogue().call(&path).is_some() || frame.dialect.catalogue().read_of(&path).is_some();
        if !known && !matches!(val.value, Value::Unknown | Value::Null) && self.memo.patched.len() < 10_000 {
            self.memo.patched.insert(path.as_str().into(), val);
        }
    }

    /// An item of a dictionary of names. `None`: the path is no such dictionary.
    pub fn namespace_item(&mut self, frame: &Frame, id: NodeId, path: &str, key: &Val) -> Option<Val> {
        let plain = path.replace("()", "");
        if path == ANY_GLOBALS || plain == ANY_GLOBALS {
            return Some(self.found_anywhere(frame, key.as_str()?));
        }
        if plain == "object.__subclasses__" {
            return Some(Val::path(ANY_CLASS));
        }
        let space = namespace(&plain)?;
        if let Some(key) = key.as_str() {
            return Some(self.name_in(frame, id, &space, key));
        }
        // `sys.modules[__name__]`
        match (space, key.as_path().map(|path| &**path)) {
            (Namespace::Modules, Some("__name__")) => {
                let module = self.module_of.get(&frame.doc).copied();
                Some(module.map_or_else(|| Val::path("globals()"), |module| Value::Module(module).into()))
            }
            _ => None,
        }
    }

    /// Sets an item of a dictionary of names; whether the path is one.
    pub fn set_namespace_item(&mut self, frame: &Frame, path: &str, key: &str, val: Val) -> bool {
        let Some(space) = namespace(&path.replace("()", "")) else { return false };
        self.set_name_in(frame, &space, key, val);
        true
    }

    /// A name in the globals of a module nobody knows: where the standard library has it.
    fn found_anywhere(&self, frame: &Frame, name: &str) -> Val {
        if matches!(name, "__builtins__" | "builtins") {
            return Val::path("builtins");
        }
        let catalogue = frame.dialect.catalogue();
        let found = SOURCES.iter().map(|module| format!("{module}.{name}")).find(|path| catalogue.call(path).is_some());
        Val::path(found.unwrap_or_else(|| name.to_owned()))
    }

    /// `object.__subclasses__()` gone through: classes by which code reaches modules that it does not import.
    pub fn subclasses(&mut self, val: &Val) -> Option<Val> {
        let all = val.as_path().is_some_and(|path| &**path == "object.__subclasses__()");
        all.then(|| self.heap.list(CLASSES.iter().map(|class| Val::path(*class)).collect()))
    }

    /// How such a class shows itself.
    pub fn class_text(val: &Val) -> Option<Val> {
        let path = val.as_path().filter(|path| CLASSES.contains(&&***path))?;
        Some(Val::str(format!("<class '{path}'>"), Taint::NONE))
    }

    /// What a class nobody knows is taken for when it is called with a command.
    pub fn unknown_class(path: &str) -> Option<&'static str> {
        (path == ANY_CLASS).then_some("subprocess.Popen")
    }

    /// `type(name, bases, names)`.
    pub fn made_class(&mut self, frame: &Frame, values: &[Val]) -> Option<Val> {
        let [_, bases, names] = values else { return None };
        let bases = self.heap.items(bases).cloned().unwrap_or_default();
        let entries: BTreeMap<Rc<str>, Val> = self.heap.entries(names).cloned().unwrap_or_default();
        let scope = self.heap.scope(Some(frame.scope));
        if let Some(scope) = self.heap.scope_mut(scope) {
            scope.class = true;
            for (name, val) in entries {
                scope.names.insert((&*name).into(), val);
            }
        }
        Some(Value::Class(self.heap.add(Object::Class { scope, bases })).into())
    }
}
