//! The languages' own functions that move values around.

use super::call::Argument;
use super::value::{Closure, Object, Val, Value};
use super::{Frame, HOLE, Interpreter, fold};
use crate::behavior::feature::Feature;
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Language, Node, NodeId};
use crate::syntax::lower;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Interpreter<'_> {
    /// The language's own functions that move values around. `None`: not one of them.
    pub(super) fn language(
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
        if frame.javascript {
            return self.language_javascript(frame, id, plain, values, args, carried);
        }
        match plain {
            "getattr" => {
                let name = text(1).map(str::to_owned);
                let object = first?.clone();
                match name {
                    Some(name) => Some(self.member(frame, id, &object, &name)),
                    None => {
                        self.emit(frame, id, Feature::P4, "attribute computed");
                        Some(Val::unknown(carried))
                    }
                }
            }
            "setattr" => None,
            "globals.get" | "locals.get" | "vars.get" | "globals.__getitem__" | "__dict__.get" => {
                let name = text(0)?.to_owned();
                Some(self.lookup(frame, &name))
            }
            "str" | "unicode" if args.is_empty() => Some(Val::str("", Taint::NONE)),
            "bytes" | "bytearray" if args.is_empty() => Some(Val::bytes(Vec::new(), Taint::NONE)),
            "int" if args.is_empty() => Some(Val::num(0.0)),
            "list" | "tuple" | "set" if args.is_empty() => Some(self.heap.list(Vec::new())),
            "codecs.getencoder" | "codecs.getdecoder" => {
                let rule = Self::catalogue(frame).call(plain)?;
                self.effect(frame, id, rule, plain, Taint::NONE, args);
                Some(Val::path(format!("{plain}:{}", text(0)?)))
            }
            // What these give takes text and yields it coded, with the length read.
            _ if plain.starts_with("codecs.getencoder:") || plain.starts_with("codecs.getdecoder:") => {
                let (kind, codec) = plain.split_once(':')?;
                let path = if kind == "codecs.getencoder" { "codecs.encode" } else { "codecs.decode" };
                let made =
                    fold::function(&mut self.heap, path, &[first?.clone(), Val::str(codec, Taint::NONE)], false)?;
                self.carry_recipe(first?, &made, Some(codec));
                Some(self.heap.list(vec![made, Val::default()]))
            }
            "operator.attrgetter" => Some(Val::path(format!("operator.attrgetter:{}", text(0)?))),
            _ if plain.starts_with("operator.attrgetter:") => {
                let (_, names) = plain.split_once(':')?;
                let mut object = first?.clone();
                for name in names.split('.') {
                    object = self.member(frame, id, &object, name);
                }
                Some(object)
            }
            // `os.__getattribute__('system')`, `os.__dict__.get('system')`
            _ if attribute_of(plain).is_some() => {
                let (object, name) = (Val::path(attribute_of(plain)?).with(carried), text(0)?.to_owned());
                Some(self.member(frame, id, &object, &name))
            }
            "ast.literal_eval" => self.literal_value(frame, text(0)?),
            "__import__" | "importlib.import_module" | "importlib.__import__" => {
                let rule = Self::catalogue(frame).call(plain)?;
                self.effect(frame, id, rule, plain, Taint::NONE, args);
                let name = text(0)?.to_owned();
                // `__import__('a.b')` yields `a`; `import_module` the module itself.
                let whole = plain == "importlib.import_module"
                    || args.iter().any(|a| a.name.as_deref() == Some("fromlist"))
                    || values.len() > 3;
                Some(self.import_by_name(frame, id, &name, !whole))
            }
            "os.environ.get" | "os.getenv" | "os.environ.pop" | "os.environ.setdefault" => {
                let name = text(0).map(str::to_owned);
                match name {
                    Some(name) => Some(self.variable(frame, id, &name)),
                    None => {
                        self.emit(frame, id, Feature::R2, "variable computed");
                        Some(Val::unknown(carried | Taint::ENV))
                    }
                }
            }
            "functools.partial" | "partial" => self.bind_front(values),
            "map" => {
                let callback = first?.clone();
                let items = fold::iterate(&self.heap, values.get(1)?);
                match items {
                    Some(items) if items.len() <= 20_000 && self.concrete_fuel > 0 => {
                        self.concrete += 1;
                        let out =
                            items.into_iter().map(|item| self.apply(frame, id, &callback, vec![item.into()])).collect();
                        self.concrete -= 1;
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
                self.call_back(frame, &callback, carried);
                Some(values.get(1).cloned().unwrap_or_default())
            }
            "dict" => {
                let mut entries: BTreeMap<_, _> = first.and_then(|v| self.heap.entries(v)).cloned().unwrap_or_default();
                entries.extend(args.iter().filter_map(|a| Some((a.name.as_deref()?.into(), a.val.clone()))));
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
            "iter" | "next" | "str.join" => Some(first.cloned().unwrap_or_default()),
            "setuptools.setup" | "distutils.core.setup" | "setup" | "numpy.distutils.core.setup" | "skbuild.setup" => {
                let commands = args.iter().find(|a| a.name.as_deref() == Some("cmdclass")).map(|a| a.val.clone());
                if let Some(commands) = commands {
                    let overridden: Vec<Val> =
                        self.heap.entries(&commands).into_iter().flat_map(|e| e.values()).cloned().collect();
                    if !overridden.is_empty() {
                        self.emit(frame, id, Feature::P2, "install command");
                    }
                    for command in overridden {
                        self.call_back(frame, &command, Taint::NONE);
                    }
                }
                Some(Value::Null.into())
            }
            _ => None,
        }
    }

    /// The name that `require` is given; `__dirname + '/x'` is a path beside the script, if there is such a file.
    fn module_name(&self, frame: &Frame, name: &str) -> Option<String> {
        let Some(below) = name.strip_prefix(HOLE) else {
            return (!name.contains(HOLE)).then(|| name.to_owned());
        };
        let near = format!(".{}", below.strip_prefix('/').map(|_| below).filter(|below| !below.contains(HOLE))?);
        let target = super::import::resolve(&self.file_of(frame.doc)?, &near)?;
        self.find_javascript(&target).map(|_| near)
    }

    pub(super) fn language_javascript(
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
                self.language_javascript(frame, id, "require", &values, args, carried)
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
                let length = fold::count(first?.as_num()?).filter(|n| *n <= 20_000)?;
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
        self.muted += 1;
        let val = self.eval(&inner, body);
        self.muted -= 1;
        self.heap.items(&val)?.first().cloned()
    }

    /// `partial(f, ..)`.
    pub(super) fn bind_front(&mut self, values: &[Val]) -> Option<Val> {
        let (first, rest) = values.split_first()?;
        let closure = self.heap.closure(first)?.clone();
        let bound = [closure.bound.clone(), rest.to_vec()].concat();
        let at = self.heap.add(Object::Func(Box::new(Closure { bound, ..closure })));
        Some(Value::Func(at).into())
    }
}

/// The path whose attribute a call of this path reads.
fn attribute_of(plain: &str) -> Option<&str> {
    [".__getattribute__", ".__getattr__", ".__dict__.get", ".__dict__.__getitem__"]
        .iter()
        .find_map(|end| plain.strip_suffix(end))
}
