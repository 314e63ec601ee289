//! Methods of values that are not the package's own.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::{Argument, positional};
use crate::behavior::interpret::value::{APPLIED, Closure, Object, RESOLVED, Val, Value};
use crate::behavior::interpret::{Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

impl Interpreter<'_> {
    /// A method of a value.
    pub fn method_call(&mut self, frame: &Frame, id: NodeId, receiver: &Val, name: &str, args: Vec<Argument>) -> Val {
        if let Some(val) = self.function_method(frame, id, receiver, name, &args) {
            return val;
        }
        if frame.dialect.is_javascript()
            && let Some(val) = self.method_of_any(frame, id, receiver, name, &args)
        {
            return val;
        }
        if !frame.dialect.is_javascript()
            && let Some(val) = self.python_method(frame, id, receiver, name, &args)
        {
            return val;
        }
        if let Some(val) = self.list_callback(frame, id, receiver, name, &args) {
            return val;
        }
        if let Some(val) = self.text_callback(frame, id, receiver, name, &args) {
            return val;
        }
        let carried = self.carried_by(&args);
        let values = positional(&args);
        if self.options.folding
            && let Some(val) = builtins::method(&mut self.heap, receiver, name, &values, frame.dialect)
        {
            let here = val.taint.only(Taint::DECODED).at(frame.doc, frame.unit.span(id));
            let val = if val.taint.place_of(Taint::DECODED).is_none() { val.with(here) } else { val };
            // What a container hands out was decoded before.
            if val.taint.has(Taint::DECODED) && !self.heap.carried(receiver).has(Taint::DECODED) {
                self.emit(
                    frame,
                    id,
                    Feature::CallEncoding,
                    &format!("decode {}", values.first().and_then(Val::as_str).unwrap_or(name)),
                );
            }
            self.charge(&val);
            self.charge_use(receiver);
            self.carry_recipe(receiver, &val, None);
            // What the package's own files hold is no text of the code.
            if val.taint.has(Taint::FILE) && !val.taint.has(Taint::DECODED) {
                return val;
            }
            // Appending to a list taints the list for whoever holds it: its items carry it.
            if let Value::Str(text) = &val.value
                // What a file of the package holds is not what its code says.
                && (!val.taint.has(Taint::FILE) || val.taint.has(Taint::DECODED))
                && matches!(name, "join" | "replace" | "decode" | "toString" | "concat" | "format" | "encode")
            {
                let text = text.clone();
                let taint = self.classify(frame, id, &text);
                return val.with(taint);
            }
            return val;
        }
        // A path was folded to its text: `Path('a').read_text()`.
        if matches!(receiver.value, Value::Str(_)) && !frame.dialect.is_javascript() {
            let path = format!("pathlib.Path.{name}");
            if frame.dialect.catalogue().call(&path).is_some() {
                let args = std::iter::once(receiver.clone().into()).chain(args).collect();
                return self.external(frame, id, &path, receiver.taint, args);
            }
        }
        if matches!(receiver.value, Value::Unknown) {
            return self.unknown_method(frame, id, receiver, name, args);
        }
        self.abandon_trial();
        let taint = self.heap.carried(receiver) | carried;
        self.call_back_all(frame, id, &args, taint);
        Val::unknown(taint)
    }

    /// What every value of JavaScript can do: be called with a receiver, be waited for, have methods set on its kind.
    fn method_of_any(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        if name == RESOLVED {
            let mut given = positional(args);
            let val = if given.is_empty() { Val::default() } else { given.remove(0) };
            if let Value::List(at) = receiver.value
                && let Some(Object::List(items)) = self.heap.get_mut(at)
            {
                items.push(val);
            }
            return Some(Value::Null.into());
        }
        if name == APPLIED {
            let closure = self.heap.closure(receiver)?.clone();
            let given = self.heap.list(positional(args));
            return Some(self.invoke(&closure, vec![Val::default().into(), Val::default().into(), given.into()]));
        }
        if let Some(val) = self.call_bound(frame, id, receiver, name, args) {
            return Some(val);
        }
        if matches!(receiver.value, Value::Unknown | Value::Path(_)) {
            return None;
        }
        match name {
            // Of a value that is known: `Promise.resolve(text).then(eval)`.
            "then" => {
                let callback = args.first()?.val.clone();
                callback.is_callable().then(|| self.apply(frame, id, &callback, vec![receiver.clone().into()]))
            }
            "catch" | "finally" => {
                self.call_back_all(frame, id, args, Taint::NONE);
                Some(receiver.clone())
            }
            _ => {
                let method = self.memo.prototypes.get(name)?.clone();
                let closure = self.heap.closure(&method)?.clone();
                Some(self.invoke(&Closure { this: Some(receiver.clone()), ..closure }, args.to_vec()))
            }
        }
    }

    /// `f.call(..)`, `f.apply(..)`, `f.bind(..)`.
    pub fn function_method(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        let closure = self.heap.closure(receiver)?.clone();
        let mut values = positional(args);
        let this = if values.is_empty() { None } else { Some(values.remove(0)) };
        let this = this.filter(|v| !matches!(v.value, Value::Null | Value::Unknown)).or_else(|| closure.this.clone());
        match name {
            "call" | "apply" => {
                let given = match name {
                    "call" => values,
                    _ => values.first().and_then(|list| self.heap.items(list)).cloned().unwrap_or_default(),
                };
                let args = given.into_iter().map(Argument::from).collect();
                Some(self.invoke_concrete(frame, id, &Closure { this, ..closure }, args))
            }
            "bind" => {
                let bound = [closure.bound.clone(), values].concat();
                let at = self.heap.add(Object::Func(Box::new(Closure { this, bound, ..closure })));
                Some(Value::Func(at).into())
            }
            // What it would be tested for is its form; that only counts where everything is known.
            "toString" if self.trial.is_some() => {
                let document = self.documents.get(closure.doc)?;
                let function = document.unit.functions.get(closure.function as usize)?;
                Some(Val::str(document.source.text.get(function.span.start..function.span.end)?, Taint::NONE))
            }
            "toString" => Some(Val::unknown(Taint::NONE)),
            _ => None,
        }
    }
}
