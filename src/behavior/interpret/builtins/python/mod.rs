//! Python's own functions that move values around.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::eval::invoke::FIELDS;
use crate::behavior::interpret::value::{BEHIND, Object, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::decoder;
use crate::syntax::ir::{Language, Node, NodeId};
use crate::syntax::lower;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

mod callables;
pub mod folds;
mod objects;
mod paths;
mod patterns;
pub mod protocol;
mod structs;

impl Interpreter<'_> {
    /// The language's own functions that move values around. `None`: not one of them.
    pub fn python_builtin(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        values: &[Val],
        args: &[Argument],
        carried: Taint,
    ) -> Option<Val> {
        let first = values.first();
        let text = |at: usize| values.get(at).and_then(Val::as_str);
        if let Some(val) = self.namespace_method(frame, id, plain, args) {
            return Some(val);
        }
        if self.options.folding
            && let Some(val) = first.and_then(|path| paths::function(plain, path))
        {
            return Some(val);
        }
        if let Some(object @ Val { value: Value::Instance(_), .. }) = first
            && let Some(val) = self.built_in_protocol(frame, id, plain, object)
        {
            return Some(val);
        }
        match plain {
            "getattr" => {
                let name = text(1).map(str::to_owned);
                let object = first?.clone();
                match name {
                    Some(_)
                        if matches!(object.value, Value::Unknown) && values.get(2).is_some_and(Val::is_callable) =>
                    {
                        values.get(2).cloned()
                    }
                    Some(name) => Some(self.member(frame, id, &object, &name)),
                    None => {
                        self.emit(frame, id, Feature::EvaluateCode, "attribute computed");
                        Some(Val::unknown(carried))
                    }
                }
            }
            "setattr" | "object.__setattr__" | "type.__setattr__" => {
                let (object, name) = (first?.clone(), text(1)?.to_owned());
                self.set_member(frame, id, &object, &name, values.get(2)?.clone());
                Some(Value::Null.into())
            }
            "sys.path.insert" | "sys.path.append" | "sys.path.extend" | "site.addsitedir" => {
                self.add_search_path(values);
                None
            }
            "sys.meta_path.insert" | "sys.meta_path.append" | "sys.path_hooks.insert" | "sys.path_hooks.append" => {
                for hook in values {
                    if let Value::Instance(at) = hook.value
                        && let Some(Object::Instance { class, .. }) = self.heap.get(at)
                    {
                        let class = *class;
                        self.visit_class(frame, class);
                    }
                    self.call_back(frame, hook, Taint::NONE);
                }
                None
            }
            "dir" if first.is_some_and(|object| object.as_path().is_some()) => {
                let module = first?.as_path()?.to_string();
                let names = self.names_of(frame, &module);
                let names: Vec<Val> = names.into_iter().map(|name| Val::str(name, Taint::NONE)).collect();
                (!names.is_empty()).then(|| self.heap.list(names))
            }
            "int.from_bytes" => {
                let given = self.in_order(args, &["bytes", "byteorder"]);
                let made = builtins::function(&mut self.heap, plain, &given, Dialect::Python)?;
                Some(made.with(carried))
            }
            "codecs.lookup" => Some(Val::path(format!("codecs.lookup:{}", text(0)?))),
            _ if plain.starts_with("codecs.lookup:") => {
                let (codec, way) = plain.strip_prefix("codecs.lookup:")?.split_once('.')?;
                let path = if way == "encode" { "codecs.encode" } else { "codecs.decode" };
                let codec = Val::str(codec, Taint::NONE);
                let made = builtins::function(&mut self.heap, path, &[first?.clone(), codec], Dialect::Python)?;
                self.carry_recipe(first?, &made, Some("codec"));
                Some(self.heap.list(vec![made, Val::default()]))
            }
            "re.sub" | "re.findall" | "re.split" => self.pattern_call(frame, id, plain, args),
            "os.path.join" if values.iter().any(|val| val.as_str().is_none()) => {
                self.joined_path(frame, id, values);
                None
            }
            "staticmethod" | "classmethod" | "ast.parse" | "ast.unparse" => first.cloned(),
            "types.SimpleNamespace" | "argparse.Namespace" => {
                let entries = self.given_entries(args).into_iter().collect();
                Some(self.heap.dict(entries))
            }
            "type" if values.len() == 3 => self.made_class(frame, values),
            "next" => {
                let from = first?;
                let (Value::List(at), Some(items)) = (&from.value, self.heap.items(from)) else {
                    return Some(from.clone());
                };
                if items.is_empty() {
                    return values.get(1).cloned();
                }
                let Some(Object::List(items)) = self.heap.get_mut(*at) else { return None };
                Some(items.remove(0))
            }
            _ if plain.ends_with(".mro") || plain == "type.mro" => {
                let class = plain.strip_suffix(".mro").unwrap_or(plain);
                let class = first.cloned().unwrap_or_else(|| Val::path(class));
                Some(self.heap.list(vec![class, Val::path("object")]))
            }
            "globals.__call__" | "locals.__call__" => {
                Some(Val::path(format!("{}()", plain.trim_end_matches(".__call__"))))
            }
            "str" | "repr" if first.is_some_and(|val| Self::class_text(val).is_some()) => Self::class_text(first?),
            _ if plain.ends_with("Importer.load_module") => {
                let name = text(0)?.to_owned();
                Some(self.import_by_name(frame, id, &name, false))
            }
            "str" | "unicode" if args.is_empty() => Some(Val::str("", Taint::NONE)),
            "bytes" | "bytearray" if args.is_empty() => Some(Val::bytes(Vec::new(), Taint::NONE)),
            "int" if args.is_empty() => Some(Val::num(0.0)),
            "list" | "tuple" | "set" if args.is_empty() => Some(self.heap.list(Vec::new())),
            "codecs.getencoder" | "codecs.getdecoder" => {
                let rule = frame.dialect.catalogue().call(plain)?;
                self.effect(frame, id, rule, plain, Taint::NONE, args);
                Some(Val::path(format!("{plain}:{}", text(0)?)))
            }
            // What these give takes text and yields it coded, with the length read.
            _ if plain.starts_with("codecs.getencoder:") || plain.starts_with("codecs.getdecoder:") => {
                let (kind, codec) = plain.split_once(':')?;
                let path = if kind == "codecs.getencoder" { "codecs.encode" } else { "codecs.decode" };
                let made = builtins::function(
                    &mut self.heap,
                    path,
                    &[first?.clone(), Val::str(codec, Taint::NONE)],
                    Dialect::Python,
                )?;
                self.carry_recipe(first?, &made, Some(codec));
                Some(self.heap.list(vec![made, Val::default()]))
            }
            "functools.partial"
            | "partial"
            | "functools.partialmethod"
            | "operator.methodcaller"
            | "operator.attrgetter"
            | "operator.itemgetter" => self.bound_callable(plain, args),
            "functools.reduce" | "reduce" | "itertools.starmap" => self.called_with_items(frame, id, plain, args),
            "sorted"
            | "min"
            | "max"
            | "heapq.nlargest"
            | "heapq.nsmallest"
            | "itertools.takewhile"
            | "itertools.dropwhile"
            | "itertools.filterfalse"
            | "itertools.groupby"
            | "itertools.accumulate" => {
                self.called_with_items(frame, id, plain, args);
                None
            }
            _ if plain != "map"
                && [".map", ".imap", ".imap_unordered", ".starmap", ".map_async"]
                    .iter()
                    .any(|end| plain.ends_with(end)) =>
            {
                self.called_with_items(frame, id, plain, args);
                None
            }
            // `os.__getattribute__('system')`, `os.__dict__.get('system')`
            _ if attribute_of(plain).is_some() => {
                // `object.__getattribute__(os, 'system')`
                let (object, name) = match (text(0), text(1)) {
                    (None, Some(name)) => (first?.clone(), name.to_owned()),
                    (name, _) => (Val::path(attribute_of(plain)?).with(carried), name?.to_owned()),
                };
                Some(self.member(frame, id, &object, &name))
            }
            "ast.literal_eval" => self.literal_value(frame, text(0)?),
            "__import__" | "importlib.import_module" | "importlib.__import__" => {
                let rule = frame.dialect.catalogue().call(plain)?;
                self.effect(frame, id, rule, plain, Taint::NONE, args);
                let named =
                    args.iter().find(|arg| arg.name.as_deref() == Some("name")).and_then(|arg| arg.val.as_str());
                let name = text(0).or(named)?.to_owned();
                // `__import__('a.b')` yields `a`; `import_module` the module itself.
                let whole = plain == "importlib.import_module"
                    || args.iter().any(|a| a.name.as_deref() == Some("fromlist"))
                    || values.len() > 3;
                // `import_module('.v', 'pkg')`
                let name = match (name.strip_prefix('.'), text(1)) {
                    (Some(below), Some(package)) => format!("{package}.{below}"),
                    _ => name,
                };
                Some(self.import_by_name(frame, id, &name, !whole))
            }
            "collections.namedtuple" => {
                let names: Vec<Rc<str>> = match &values.get(1)?.value {
                    Value::Str(names) => {
                        names.split([' ', ',']).filter(|name| !name.is_empty()).map(Rc::from).collect()
                    }
                    _ => {
                        let names = self.heap.items(values.get(1)?)?;
                        names.iter().filter_map(Val::as_str).map(Rc::from).collect()
                    }
                };
                let scope = self.heap.scope(None);
                let class = self.heap.add(Object::Class { scope, bases: Vec::new() });
                let names = names.into_iter().map(|name| Val::str(name, Taint::NONE)).collect();
                let names = self.heap.list(names);
                self.heap.set_property(class, FIELDS, names);
                Some(Value::Class(class).into())
            }
            "html.unescape" => Some(Val::str(decoder::plain_of_entities(text(0)?), carried)),
            "os.environ.get" | "os.getenv" | "os.environ.pop" | "os.environ.setdefault" => {
                let name = text(0).map(str::to_owned);
                match name {
                    Some(name) => Some(self.variable(frame, id, &name)),
                    None => {
                        self.emit(frame, id, Feature::CallSystem, "variable computed");
                        Some(Val::unknown(carried | Taint::ENV))
                    }
                }
            }
            "map" => {
                let callback = first?.clone();
                let lists: Option<Vec<Vec<Val>>> =
                    values.iter().skip(1).map(|over| builtins::iterate(&self.heap, over)).collect();
                let shortest = lists.as_ref().and_then(|lists| lists.iter().map(Vec::len).min());
                let items = lists.filter(|lists| !lists.is_empty()).map(|lists| -> Vec<Vec<Argument>> {
                    let row =
                        |at: usize| lists.iter().filter_map(|list| list.get(at).cloned().map(Argument::from)).collect();
                    (0..shortest.unwrap_or(0)).map(row).collect()
                });
                match items {
                    Some(items) if items.len() <= 20_000 && self.budget.unroll_fuel > 0 => {
                        self.control.unrolling += 1;
                        let out = items.into_iter().map(|items| self.apply(frame, id, &callback, items)).collect();
                        self.control.unrolling -= 1;
                        Some(self.heap.list(out))
                    }
                    _ => {
                        let result = self.apply(frame, id, &callback, vec![Val::unknown(carried).into()]);
                        Some(Val::unknown(result.taint | carried))
                    }
                }
            }
            "filter" => {
                let callback = first?.clone();
                if matches!(callback.value, Value::Null) {
                    return Some(values.get(1).cloned().unwrap_or_default());
                }
                self.filtered(frame, id, &callback, values.get(1)?, carried)
            }
            "dict" => {
                let mut entries: BTreeMap<_, _> = first.and_then(|v| self.heap.entries(v)).cloned().unwrap_or_default();
                entries.extend(self.given_entries(args));
                Some(self.heap.dict(entries).with(carried))
            }
            "list" | "dict.fromkeys" if values.is_empty() => Some(self.heap.list(Vec::new())),
            "type" | "isinstance" | "issubclass" | "hasattr" | "callable" | "id" => Some(Val::unknown(Taint::NONE)),
            "print" | "logging.info" | "logging.debug" | "logging.warning" | "logging.error" => {
                Some(Value::Null.into())
            }
            "vars" if first.is_some() => {
                let object = first?.clone();
                Some(self.member(frame, id, &object, "__dict__"))
            }
            "locals" | "globals" | "vars" => Some(Val::path(format!("{plain}()"))),
            "iter" if values.len() == 2 => {
                let called = first?.clone();
                let val = self.apply(frame, id, &called, Vec::new());
                Some(Val::unknown(val.taint))
            }
            "iter" if first.is_some_and(|over| matches!(over.value, Value::List(_))) => {
                let items = self.heap.items(first?)?.clone();
                Some(self.heap.list(items))
            }
            "iter" => Some(first.cloned().unwrap_or_default()),
            "setuptools.setup" | "distutils.core.setup" | "setup" | "numpy.distutils.core.setup" | "skbuild.setup" => {
                let commands = args.iter().find(|a| a.name.as_deref() == Some("cmdclass")).map(|a| a.val.clone());
                if let Some(commands) = commands {
                    let entries: Vec<(Option<&str>, Val)> = self
                        .heap
                        .entries(&commands)
                        .into_iter()
                        .flatten()
                        .map(|(name, command)| (installs(name), command.clone()))
                        .collect();
                    for words in ["install command", "build command"] {
                        if entries.iter().any(|(known, _)| *known == Some(words)) {
                            self.emit(frame, id, Feature::CallProcess, words);
                        }
                    }
                    // `setup.py upload`: a helper of the author's, which nothing runs by itself.
                    let overridden =
                        entries.into_iter().filter(|(known, _)| known.is_some()).map(|(_, command)| command);
                    for command in overridden {
                        self.call_back(frame, &command, Taint::NONE);
                    }
                }
                Some(Value::Null.into())
            }
            _ => None,
        }
    }

    /// What a text that holds nothing but literals stands for.
    fn literal_value(&mut self, frame: &Frame, text: &str) -> Option<Val> {
        // Inside a tuple: a text that stands alone would be documentation.
        let unit = Arc::new(lower(&format!("({text}\n,)"), Language::Python));
        let literal = |node: &Node| {
            matches!(
                node,
                Node::Null
                    | Node::Bool(_)
                    | Node::Num(_)
                    | Node::Integer(_)
                    | Node::Str(_)
                    | Node::Bytes(_)
                    | Node::List(_)
                    | Node::Dict(_)
                    | Node::Seq(_)
                    | Node::Unary(..)
                    | Node::Binary(..)
            )
        };
        if text.len() > 1 << 20 || !unit.nodes.iter().all(literal) {
            return None;
        }
        let body = unit.body;
        let inner = Frame { unit, ..frame.clone() };
        self.control.muted += 1;
        let val = self.eval(&inner, body);
        self.control.muted -= 1;
        self.heap.items(&val)?.first().cloned()
    }

    /// `filter(f, items)`: the items that the function says yes to, or may.
    fn filtered(&mut self, frame: &Frame, id: NodeId, callback: &Val, over: &Val, carried: Taint) -> Option<Val> {
        let items = (self.budget.unroll_fuel > 0).then(|| builtins::iterate_within(&self.heap, over, 5_000)).flatten();
        let Some(items) = items else {
            self.call_back(frame, callback, carried);
            return Some(over.clone());
        };
        self.control.unrolling += 1;
        let mut kept = Vec::new();
        for item in items {
            let said = self.apply(frame, id, callback, vec![item.clone().into()]);
            if builtins::truth(&self.heap, &said, frame.dialect) != Some(false) {
                kept.push(item);
            }
        }
        self.control.unrolling -= 1;
        Some(self.heap.list(kept))
    }
}

/// The path whose attribute a call of this path reads.
fn attribute_of(plain: &str) -> Option<&str> {
    [".__getattribute__", ".__getattr__", ".__dict__.get", ".__dict__.__getitem__"]
        .iter()
        .find_map(|end| plain.strip_suffix(end))
}

/// What a command of setuptools is for, if an installation runs it or what it would hold is not known.
fn installs(command: &str) -> Option<&'static str> {
    match command {
        "install" | "develop" | "egg_info" | "easy_install" | HOLE | BEHIND => Some("install command"),
        _ if command.starts_with("install_") => Some("install command"),
        "build" | "bdist" | "editable_wheel" | "dist_info" => Some("build command"),
        _ if command.starts_with("build_") && !is_authors(command) || command.starts_with("bdist_") => {
            Some("build command")
        }
        _ => None,
    }
}

/// Whether a command of setuptools is one that no installation runs, only who works on the package.
pub fn is_authors(command: &str) -> bool {
    const AUTHORS: [&str; 26] = [
        "upload",
        "publish",
        "release",
        "deploy",
        "tag",
        "register",
        "twine",
        "test",
        "tests",
        "pytest",
        "tox",
        "coverage",
        "lint",
        "flake8",
        "pylint",
        "mypy",
        "black",
        "format",
        "docs",
        "doc",
        "build_docs",
        "build_sphinx",
        "clean",
        "bumpversion",
        "version",
        "benchmark",
    ];
    AUTHORS.contains(&command)
}
