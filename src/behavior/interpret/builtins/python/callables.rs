//! Functions as values: bound in front, called by other functions, called with what those hand on.

use std::rc::Rc;

use crate::behavior::catalogue::Takes;
use crate::behavior::interpret::eval::call::{Argument, positional};
use crate::behavior::interpret::value::{Closure, Object, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Methods that stand for what `functools` and `operator` make: their receiver is a list of what they were given.
const PARTIAL: &str = "functools.partial";
const METHOD_CALLER: &str = "operator.methodcaller";
const ATTRIBUTE_GETTER: &str = "operator.attrgetter";
const ITEM_GETTER: &str = "operator.itemgetter";
/// Most items that a function is called with one by one.
const MAX_ITEMS: usize = 5_000;

/// A call that another call makes.
pub struct Handed {
    /// What is called.
    called: Val,
    /// What it is given.
    args: Vec<Argument>,
}

impl Interpreter<'_> {
    /// `partial(f, ..)` and kin: a value that remembers what it was given.
    pub fn bound_callable(&mut self, plain: &str, args: &[Argument]) -> Option<Val> {
        let kind = match plain {
            "functools.partial" | "partial" | "functools.partialmethod" => PARTIAL,
            METHOD_CALLER => METHOD_CALLER,
            ATTRIBUTE_GETTER => ATTRIBUTE_GETTER,
            ITEM_GETTER => ITEM_GETTER,
            _ => return None,
        };
        let first = args.first().filter(|arg| arg.name.is_none())?;
        // A function of the package keeps its own form.
        if kind == PARTIAL
            && args.iter().all(|arg| arg.name.is_none())
            && let Some(closure) = self.heap.closure(&first.val).cloned()
        {
            let rest = args.iter().skip(1).map(|arg| arg.val.clone());
            let bound = closure.bound.iter().cloned().chain(rest).collect();
            let at = self.heap.add(Object::Func(Box::new(Closure { bound, ..closure })));
            return Some(Value::Func(at).into());
        }
        let named = args.iter().filter_map(|arg| Some((Rc::from(arg.name.as_deref()?), arg.val.clone()))).collect();
        let mut held = vec![self.heap.dict(named)];
        held.extend(args.iter().filter(|arg| arg.name.is_none()).map(|arg| arg.val.clone()));
        Some(Val::method(self.heap.list(held), kind))
    }

    /// A call of what [`Self::bound_callable`] made.
    pub fn call_bound_callable(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        kind: &str,
        args: &[Argument],
    ) -> Option<Val> {
        if ![PARTIAL, METHOD_CALLER, ATTRIBUTE_GETTER, ITEM_GETTER].contains(&kind) {
            return None;
        }
        let held = self.heap.items(receiver)?.clone();
        let (named, held) = held.split_first()?;
        let named = self.heap.entries(named).cloned().unwrap_or_default();
        let named = named.into_iter().map(|(name, val)| Argument { name: Some((&*name).into()), val });
        let (first, rest) = held.split_first()?;
        match kind {
            PARTIAL => {
                let all = rest.iter().cloned().map(Argument::from).chain(args.iter().cloned()).chain(named).collect();
                Some(self.apply(frame, id, first, all))
            }
            METHOD_CALLER => {
                let object = args.first()?.val.clone();
                let method = self.member(frame, id, &object, first.as_str()?);
                let all = rest.iter().cloned().map(Argument::from).chain(named).collect();
                Some(self.apply(frame, id, &method, all))
            }
            _ => {
                let object = args.first()?.val.clone();
                let mut out = Vec::new();
                for key in held {
                    let mut found = object.clone();
                    match (kind, key.as_str()) {
                        (ATTRIBUTE_GETTER, names) => {
                            for name in names?.split('.') {
                                found = self.member(frame, id, &found, name);
                            }
                        }
                        _ => found = self.indexed(frame, id, &found, key),
                    }
                    out.push(found);
                }
                if out.len() == 1 { out.pop() } else { Some(self.heap.list(out)) }
            }
        }
    }

    /// The call that a function outside the package makes of a function it is handed, with the arguments that are known.
    pub fn handed(&self, plain: &str, args: &[Argument]) -> Option<Handed> {
        let named = |name: &str| args.iter().find(|arg| arg.name.as_deref() == Some(name)).map(|arg| arg.val.clone());
        let place = |at: usize| args.iter().filter(|arg| arg.name.is_none()).nth(at).map(|arg| arg.val.clone());
        let rest = |at: usize| {
            args.iter()
                .filter(move |arg| arg.name.is_some())
                .chain(args.iter().filter(|arg| arg.name.is_none()).skip(at))
                .cloned()
                .collect::<Vec<_>>()
        };
        let listed = |val: Option<Val>| -> Vec<Argument> {
            val.and_then(|val| self.heap.items(&val).cloned())
                .unwrap_or_default()
                .into_iter()
                .map(Argument::from)
                .collect()
        };
        let by_name = |val: Option<Val>| -> Vec<Argument> {
            let entries = val.and_then(|val| self.heap.entries(&val).cloned()).unwrap_or_default();
            entries.into_iter().map(|(name, val)| Argument { name: Some((&*name).into()), val }).collect()
        };
        let last = plain.rsplit('.').next().unwrap_or(plain);
        let (called, args) = match last {
            "Thread" | "Process" | "Greenlet" => {
                let mut args = listed(named("args").or_else(|| place(3)));
                args.extend(by_name(named("kwargs").or_else(|| place(4))));
                (named("target").or_else(|| place(1))?, args)
            }
            "Timer" if plain != "timeit.Timer" => {
                let mut args = listed(named("args").or_else(|| place(2)));
                args.extend(by_name(named("kwargs").or_else(|| place(3))));
                (named("function").or_else(|| place(1))?, args)
            }
            "callback" if plain.contains("ExitStack") => (place(0)?, rest(1)),
            "start_new_thread" | "apply" | "apply_async" | "start_new" => {
                (place(0)?, listed(place(1).or_else(|| named("args"))))
            }
            "enter" | "enterabs" => (place(2)?, listed(place(3).or_else(|| named("argument")))),
            "submit" | "call_soon" | "call_soon_threadsafe" | "to_thread" | "runcall" | "runfunc" | "spawn"
                if self.runs_or_calls(&place(0)?) =>
            {
                (place(0)?, rest(1))
            }
            "timeit" | "repeat" | "Timer" if plain.starts_with("timeit.") => {
                (place(0).or_else(|| named("stmt"))?, Vec::new())
            }
            "call" if plain == "operator.call" => (place(0)?, rest(1)),
            "register" if plain == "atexit.register" => (place(0)?, rest(1)),
            "call_later" | "call_at" | "run_in_executor" | "after" | "finalize" | "signal"
                if self.runs_or_calls(&place(1)?) =>
            {
                (place(1)?, rest(2))
            }
            "run" if self.runs_or_calls(&place(0)?) => (place(0)?, rest(1)),
            _ => return None,
        };
        self.runs_or_calls(&called).then_some(Handed { called, args })
    }

    /// Whether to follow a call of a value: a function, a method, or what lies outside the package and runs code or commands.
    pub fn runs_or_calls(&self, val: &Val) -> bool {
        matches!(val.value, Value::Func(_) | Value::Method(_)) || self.has_effect(val)
    }

    /// Whether a value is a function outside the package that runs code or commands, asks another machine or changes files.
    fn has_effect(&self, val: &Val) -> bool {
        let rule = val.as_path().and_then(|path| Dialect::Python.catalogue().call(path));
        matches!(
            rule.and_then(|rule| rule.takes),
            Some(
                Takes::Code
                    | Takes::Compile
                    | Takes::Shell
                    | Takes::Argv
                    | Takes::Native
                    | Takes::Url
                    | Takes::Send
                    | Takes::Download
                    | Takes::Delete
            )
        )
    }

    /// Makes the call that was handed on.
    pub fn call_handed(&mut self, frame: &Frame, id: NodeId, handed: Handed) {
        let Handed { called, args } = handed;
        let arity = self.heap.closure(&called).and_then(|closure| {
            let function = self.documents.get(closure.doc)?.unit.functions.get(closure.function as usize)?;
            Some(function.params.len())
        });
        // What a function of the package is given may not be known.
        let args =
            if args.is_empty() { vec![Argument::from(Val::unknown(Taint::NONE)); arity.unwrap_or(0)] } else { args };
        self.apply(frame, id, &called, args);
    }

    /// Functions that call a function with the items of a list. `None`: not one of them, or nothing known of the items.
    pub fn called_with_items(&mut self, frame: &Frame, id: NodeId, plain: &str, args: &[Argument]) -> Option<Val> {
        let named = |name: &str| args.iter().find(|arg| arg.name.as_deref() == Some(name)).map(|arg| arg.val.clone());
        let place = |at: usize| args.iter().filter(|arg| arg.name.is_none()).nth(at).map(|arg| arg.val.clone());
        let last = plain.rsplit('.').next().unwrap_or(plain);
        let (function, over, result) = match plain {
            "sorted" | "min" | "max" | "itertools.groupby" => {
                (named("key").or_else(|| place(1).filter(|_| plain == "itertools.groupby"))?, place(0)?, None)
            }
            "heapq.nlargest" | "heapq.nsmallest" => (named("key")?, place(1)?, None),
            "itertools.starmap" | "itertools.takewhile" | "itertools.dropwhile" | "itertools.filterfalse" => {
                (place(0)?, place(1)?, Some(last))
            }
            "itertools.accumulate" => (place(1)?, place(0)?, Some("reduce")),
            "functools.reduce" | "reduce" => (place(0)?, place(1)?, Some("reduce")),
            _ if matches!(last, "map" | "imap" | "imap_unordered" | "map_async" | "starmap") && plain != "map" => {
                (place(0)?, place(1)?, Some(last))
            }
            _ => return None,
        };
        // A text's or number's own function moves nothing.
        let telling = self.runs_or_calls(&function) || (result.is_some() && matches!(function.value, Value::Path(_)));
        let walked = telling && self.budget.unroll_fuel > 0;
        // `min(a, b, key=f)`
        let several = matches!(plain, "min" | "max") && place(1).is_some();
        let over = if several { self.heap.list(positional(args)) } else { over };
        let items = walked.then(|| builtins::iterate_within(&self.heap, &over, MAX_ITEMS)).flatten();
        let Some(items) = items else {
            if telling && result.is_none() {
                let taint = self.heap.carried(&over);
                self.apply(frame, id, &function, vec![Val::unknown(taint).into()]);
            }
            return None;
        };
        self.control.unrolling += 1;
        let mut held = place(2).filter(|_| result == Some("reduce"));
        let mut out = Vec::new();
        for item in items {
            let given = match (result, held.take()) {
                (Some("reduce"), Some(before)) => vec![before.into(), item.into()],
                (Some("reduce"), None) => {
                    held = Some(item);
                    continue;
                }
                (Some("starmap"), _) => {
                    self.heap.items(&item).cloned().unwrap_or_default().into_iter().map(Argument::from).collect()
                }
                _ => vec![item.into()],
            };
            let made = self.apply(frame, id, &function, given);
            if result == Some("reduce") {
                held = Some(made);
            } else {
                out.push(made);
            }
        }
        self.control.unrolling -= 1;
        match result {
            Some("reduce") if plain == "itertools.accumulate" => None,
            Some("reduce") => held,
            Some("starmap" | "map" | "imap" | "imap_unordered") => Some(self.heap.list(out)),
            _ => None,
        }
    }
}
