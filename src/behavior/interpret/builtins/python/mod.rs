//! Python's own functions that move values around.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Closure, Object, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Language, Node, NodeId};
use crate::syntax::lower;
use std::collections::BTreeMap;
use std::sync::Arc;

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
                let rule = frame.dialect.catalogue().call(plain)?;
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
                let items = builtins::iterate(&self.heap, values.get(1)?);
                match items {
                    Some(items) if items.len() <= 20_000 && self.budget.unroll_fuel > 0 => {
                        self.control.unrolling += 1;
                        let out =
                            items.into_iter().map(|item| self.apply(frame, id, &callback, vec![item.into()])).collect();
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

    /// `partial(f, ..)`.
    pub fn bind_front(&mut self, values: &[Val]) -> Option<Val> {
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
