//! Functions made of text, and calls put together from functions: `Function(..)`, `call`, `apply`, `bind`.

use std::sync::Arc;

use crate::behavior::interpret::eval::call::{Argument, positional};
use crate::behavior::interpret::state::deferred::Work;
use crate::behavior::interpret::value::{BOUND, Closure, Object, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;
use crate::syntax::lower;

impl Interpreter<'_> {
    /// `Function(a, b, body)`: a function of the package from here on. It is walked where it is called, or at the end of the
    /// entry; `None` where its text is not known.
    pub fn function_of_text(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        values: &[Val],
        carried: Taint,
    ) -> Option<Val> {
        if self.trial.is_some() {
            self.abandon_trial();
            return None;
        }
        let (code, params) = values.split_last()?;
        let body = builtins::to_text(&self.heap, code, Dialect::JavaScript)?.replace(HOLE, "_");
        let params: Option<Vec<_>> =
            params.iter().map(|param| builtins::to_text(&self.heap, param, Dialect::JavaScript)).collect();
        let params = params?.join(",");
        let params: Vec<Arc<str>> =
            params.split(',').map(|name| name.trim().into()).filter(|name| !is_empty(name)).collect();
        let word = plain.rsplit('.').next().unwrap_or(plain);
        self.note_recipe(code);
        let recipe = [self.recipe_of(code), vec![word.to_owned()]].concat();
        let kind = format!("function ({})", params.join(","));
        let document = self.layer_document(frame, id, &kind, &body, recipe, |this| {
            let mut unit = lower(&body, Dialect::JavaScript.language());
            this.budget.fuel += unit.nodes.len() * 10;
            unit.become_function(&format!("layer {}", this.sequence.layers.len()), &params);
            Arc::new(unit)
        })?;
        let function = self.documents.get(document)?.unit.functions.len().checked_sub(1)?;
        let function = u32::try_from(function).ok()?;
        let label = self.layer_label(document);
        self.site_at(frame, id);
        self.enter_path(label);
        self.note_run(document);
        self.note_obfuscation(document);
        self.leave_path();
        let closure = Closure::of(document, function, frame.scope);
        let at = self.heap.add(Object::Func(Box::new(closure.clone())));
        self.note_created((document, function), at);
        self.queue(Work::Call(closure, Vec::new()));
        Some(Val { value: Value::Func(at), taint: carried.without(Taint::DECODED) })
    }

    /// `f.call(this, ..)`, `f.apply(this, [..])`, `f.bind(this, ..)` of a function outside the package, and the same by
    /// `Function.prototype`. `None`: not one of them.
    pub(super) fn indirect_call(
        &mut self,
        frame: &Frame,
        id: NodeId,
        plain: &str,
        values: &[Val],
        receiver: Taint,
    ) -> Option<Val> {
        if let Some(how) = plain.strip_prefix("Function.prototype.") {
            let (called, rest) = values.split_first()?;
            return match how {
                "call.call" => Some(self.call_with(frame, id, called, rest.get(1..).unwrap_or_default().to_vec())),
                "apply.call" | "call.apply" => {
                    let list = rest.last().and_then(|list| builtins::iterate(&self.heap, list)).unwrap_or_default();
                    let skip = usize::from(how == "call.apply");
                    Some(self.call_with(frame, id, called, list.into_iter().skip(skip).collect()))
                }
                // What `call.bind(f)` gives takes `this` first.
                "call.bind" => Some(called.clone()),
                "bind.call" => Some(self.bind_values(called, rest.get(1..).unwrap_or_default())),
                _ => None,
            };
        }
        let (base, how) = plain.rsplit_once('.')?;
        let rest = || values.get(1..).unwrap_or_default();
        // `import('lib').then(lib => ..)`
        if how == "then" && !base.contains('(') && Dialect::JavaScript.catalogue().module(base).is_some() {
            let callback = values.first().filter(|callback| callback.is_callable())?;
            return Some(self.call_with(frame, id, callback, vec![Val::path(base).with(receiver)]));
        }
        let given = match how {
            "call" => rest().to_vec(),
            "apply" => values.get(1).and_then(|list| builtins::iterate(&self.heap, list)).unwrap_or_default(),
            "bind" if rest().is_empty() => return Some(Val::path(base).with(receiver)),
            "bind" => return Some(self.bind_values(&Val::path(base).with(receiver), rest())),
            _ => return None,
        };
        // Methods that happen to be called so: `jest.fn().call`, a phone's `call`.
        let known = Dialect::JavaScript.catalogue().call(base).is_some() || builtins::is_native(base);
        known.then(|| self.call_with(frame, id, &Val::path(base).with(receiver), given))
    }

    fn call_with(&mut self, frame: &Frame, id: NodeId, called: &Val, values: Vec<Val>) -> Val {
        self.dispatch(frame, id, called, values.into_iter().map(Argument::from).collect(), false)
    }

    /// A function outside the package with its first arguments.
    fn bind_values(&mut self, called: &Val, values: &[Val]) -> Val {
        let held = std::iter::once(called.clone()).chain(values.iter().cloned()).collect();
        Val::method(self.heap.list(held), BOUND)
    }

    /// Calls what `bind_values` made, or a method taken from a value: `[].map.call(list, f)`.
    pub fn call_bound(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        if name == BOUND {
            let held = self.heap.items(receiver)?.clone();
            let (called, bound) = held.split_first()?;
            let all = bound.iter().cloned().chain(positional(args)).collect();
            return Some(self.call_with(frame, id, called, all));
        }
        let Value::Method(method) = &receiver.value else { return None };
        let mut values = positional(args);
        if values.is_empty() || !matches!(name, "call" | "apply" | "bind") {
            return None;
        }
        let this = values.remove(0);
        let (own, method) = (method.0.clone(), method.1.clone());
        let this = match (&own.value, &this.value) {
            (_, Value::Null) => own,
            // What was bound before stays bound.
            _ if *method == *BOUND => own,
            // `[].slice.call(text)` goes through the characters.
            (Value::List(_), Value::Str(_)) => {
                let items = builtins::iterate(&self.heap, &this).unwrap_or_default();
                self.heap.list(items)
            }
            _ => this,
        };
        let given = match name {
            "call" => values,
            "apply" => values.first().and_then(|list| builtins::iterate(&self.heap, list)).unwrap_or_default(),
            _ => return Some(Val::method(this, &method)),
        };
        Some(self.method_call(frame, id, &this, &method, given.into_iter().map(Argument::from).collect()))
    }
}

fn is_empty(name: &Arc<str>) -> bool {
    name.is_empty()
}
