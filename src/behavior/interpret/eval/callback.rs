//! Functions handed to other functions: walked where they are passed.

use crate::behavior::catalogue::Takes;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Closure, Object, Ref, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;

/// Most calls of a callback over the items of a constant list.
const MAX_CALLBACK_ITEMS: usize = 5_000;

/// Methods of a list that call a function with its items.
const GOES_THROUGH: [&str; 12] = [
    "map",
    "forEach",
    "filter",
    "reduce",
    "reduceRight",
    "some",
    "every",
    "find",
    "findLast",
    "findIndex",
    "flatMap",
    "sort",
];

impl Interpreter<'_> {
    /// `list.map(f)` and its kin: the callback is walked for the items.
    pub fn list_callback(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        let callback = &args.first()?.val;
        if !callback.is_callable() || !GOES_THROUGH.contains(&name) {
            return None;
        }
        if self.budget.unroll_fuel == 0 {
            return None;
        }
        let mut items = builtins::iterate_within(&self.heap, receiver, MAX_CALLBACK_ITEMS)?;
        if items.is_empty() && self.trial.is_none() {
            // Something may be put in it later.
            let (callback, taint) = (callback.clone(), self.heap.carried(receiver));
            self.guarded(|this| this.call_back(frame, &callback, taint));
        }
        if matches!(name, "reduceRight" | "findLast") {
            items.reverse();
        }
        self.control.unrolling += 1;
        let mut out = Vec::new();
        let mut held = if name.starts_with("reduce") { args.get(1).map(|a| a.val.clone()) } else { None };
        // What the callback said of each item, where it was asked.
        let mut said = Vec::new();
        for (place, item) in items.iter().enumerate() {
            #[allow(clippy::cast_precision_loss)]
            let place = Val::num(place as f64);
            let arguments = match (name, held.take()) {
                ("reduce" | "reduceRight", Some(before)) => vec![before.into(), item.clone().into(), place.into()],
                ("reduce" | "reduceRight", None) => {
                    held = Some(item.clone());
                    continue;
                }
                ("sort", _) => vec![item.clone().into(), item.clone().into()],
                _ if matches!(callback.value, Value::Func(_)) => {
                    vec![item.clone().into(), place.into(), receiver.clone().into()]
                }
                _ => vec![item.clone().into(), place.into()],
            };
            let result = self.apply(frame, id, callback, arguments);
            match name {
                "reduce" | "reduceRight" => held = Some(result),
                "map" => out.push(result),
                "flatMap" => match self.heap.items(&result) {
                    Some(inner) => out.extend(inner.clone()),
                    None => out.push(result),
                },
                _ => said.push(builtins::truth(&self.heap, &result, frame.dialect)),
            }
        }
        self.control.unrolling -= 1;
        // Items before the first that is wanted must be known not to be.
        let first = |wanted: bool| {
            let place = said.iter().position(|said| *said != Some(!wanted));
            place.map_or(Some(None), |place| (said.get(place) == Some(&Some(wanted))).then_some(Some(place)))
        };
        #[allow(clippy::cast_precision_loss)]
        let known = match name {
            "reduce" | "reduceRight" => Some(held.unwrap_or_default()),
            "map" | "flatMap" => Some(self.heap.list(out)),
            "filter" => {
                let kept = items.into_iter().zip(&said).filter(|(_, said)| **said != Some(false));
                let kept = kept.map(|(item, _)| item).collect();
                Some(self.heap.list(kept))
            }
            "sort" => Some(receiver.clone()),
            "forEach" => Some(Value::Null.into()),
            "find" | "findLast" => first(true)
                .map(|place| place.and_then(|place| items.get(place).cloned()).unwrap_or_else(|| Value::Null.into())),
            "findIndex" => first(true).map(|place| Val::num(place.map_or(-1.0, |place| place as f64))),
            "some" => first(true).map(|place| Value::Bool(place.is_some()).into()),
            "every" => first(false).map(|place| Value::Bool(place.is_none()).into()),
            _ => None,
        };
        if known.is_none() {
            self.abandon_trial();
        }
        Some(known.unwrap_or_else(|| Val::unknown(self.heap.carried(receiver))))
    }

    /// `text.replace(pattern, f)`: the function is called for each match.
    pub fn text_callback(
        &mut self,
        frame: &Frame,
        id: NodeId,
        receiver: &Val,
        name: &str,
        args: &[Argument],
    ) -> Option<Val> {
        let text = receiver.as_str()?;
        let [pattern, callback] = args else { return None };
        if !frame.dialect.is_javascript() || !matches!(name, "replace" | "replaceAll") {
            return None;
        }
        self.heap.closure(&callback.val)?;
        let matches = builtins::matches_of(&self.heap, &pattern.val, text)?;
        if matches.groups.len() > MAX_CALLBACK_ITEMS || self.budget.unroll_fuel == 0 {
            return None;
        }
        self.control.unrolling += 1;
        let mut made = String::new();
        let mut taint = receiver.taint;
        let mut groups = matches.groups.into_iter();
        for between in matches.between {
            made.push_str(&between);
            if let Some(groups) = groups.next() {
                let arguments = groups.into_iter().map(|group| Val::str(group, receiver.taint).into()).collect();
                let by = self.apply(frame, id, &callback.val, arguments);
                taint |= by.taint;
                match builtins::to_text(&self.heap, &by, Dialect::JavaScript) {
                    Some(by) => made.push_str(&by),
                    None => made.push_str(crate::behavior::interpret::HOLE),
                }
                if made.len() > builtins::MAX_TEXT {
                    self.control.unrolling -= 1;
                    return Some(Val::unknown(taint));
                }
            }
        }
        self.control.unrolling -= 1;
        let made = Val::str(made, taint);
        self.charge(&made);
        Some(made)
    }

    /// Walks a function handed to code outside the package.
    pub fn call_back(&mut self, frame: &Frame, callback: &Val, taint: Taint) {
        if matches!(callback.value, Value::Func(_) | Value::Class(_)) {
            self.abandon_trial();
        }
        if let Some(closure) = self.heap.closure(callback).cloned() {
            let params = self.documents.get(closure.doc).and_then(|d| d.unit.functions.get(closure.function as usize));
            let arity = params.map_or(0, |f| f.params.len()).saturating_sub(usize::from(closure.method));
            let args = vec![Argument::from(Val::unknown(taint)); arity];
            self.invoke(&closure, args);
        } else if let Value::Class(class) = callback.value {
            // A class handed over (a setup command, a request handler): its methods are what is run.
            self.visit_class(frame, class);
        }
    }

    /// Walks every function among the arguments.
    pub fn call_back_all(&mut self, frame: &Frame, id: NodeId, args: &[Argument], taint: Taint) {
        for arg in args {
            self.call_back(frame, &arg.val, taint);
            // `.then(eval)`: what runs code or commands is called with what the call hands on.
            if let Value::Path(path) = &arg.val.value {
                let takes = frame.dialect.catalogue().call(path).and_then(|rule| rule.takes);
                if matches!(takes, Some(Takes::Code | Takes::Shell | Takes::Argv)) {
                    let path = path.clone();
                    self.external(frame, id, &path, arg.val.taint, vec![Val::unknown(taint).into()]);
                }
            }
        }
    }

    /// Walks the methods of a class on one instance.
    pub fn visit_class(&mut self, frame: &Frame, class: Ref) {
        let Some(Object::Class { scope, .. }) = self.heap.get(class) else { return };
        let methods: Vec<Val> = self
            .heap
            .scope_of(*scope)
            .into_iter()
            .flat_map(|s| s.names.values())
            .filter(|val| self.heap.closure(val).is_some())
            .cloned()
            .collect();
        let this = self.instantiate(frame, NodeId(0), class, Vec::new());
        for method in methods {
            if let Some(closure) = self.heap.closure(&method).cloned() {
                let key = (closure.doc, closure.function);
                if !self.memo.expanded.contains_key(&key) {
                    self.invoke(&Closure { this: Some(this.clone()), ..closure }, Vec::new());
                }
            }
        }
    }
}
