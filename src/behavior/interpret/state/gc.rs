//! Freeing what a walk no longer reaches: the scopes of calls that ended and the values that they made.

use crate::behavior::interpret::Interpreter;
use crate::behavior::interpret::heap::{Heap, as_ref};
use crate::behavior::interpret::value::{Closure, Object, Ref, ScopeId, Val, Value};

/// Objects and scopes made since the last time that are worth looking for others to free.
const WORTH: usize = 20_000;
/// So many items of lists count as one of them: a `range` of a hundred thousand is one object.
const ITEMS: usize = 16;

/// What a walk still holds outside the heap.
#[derive(Default)]
pub struct Roots<'a> {
    /// Values.
    pub vals: Vec<&'a Val>,
    /// Objects.
    pub objects: Vec<Ref>,
    /// Scopes.
    pub scopes: Vec<ScopeId>,
}

/// What was reached and not yet looked into.
#[derive(Default)]
struct Pending {
    objects: Vec<Ref>,
    scopes: Vec<ScopeId>,
}

impl Pending {
    fn val(&mut self, val: &Val) {
        let held = match &val.value {
            // A method's receiver is no method.
            Value::Method(method) => &method.0.value,
            value => value,
        };
        // Modules are roots themselves.
        self.objects.extend(as_ref(held));
    }

    fn closure(&mut self, closure: &Closure) {
        self.scopes.push(closure.scope);
        closure
            .this
            .iter()
            .chain(&closure.bound)
            .chain(closure.defaults.iter().flatten())
            .for_each(|val| self.val(val));
    }

    fn object(&mut self, object: &Object) {
        match object {
            Object::List(items) => items.iter().for_each(|val| self.val(val)),
            Object::Dict(entries) => entries.values().for_each(|val| self.val(val)),
            Object::Func(closure) => self.closure(closure),
            Object::Class { scope, bases } => {
                self.scopes.push(*scope);
                bases.iter().for_each(|val| self.val(val));
            }
            Object::Instance { class, fields } => {
                self.objects.push(*class);
                fields.values().for_each(|val| self.val(val));
            }
            Object::Free => {}
        }
    }
}

impl Heap {
    /// Frees what the roots do not reach. Not in a trial: what it would take back must stay.
    fn collect(&mut self, roots: &Roots<'_>) {
        let mut objects = vec![false; self.objects.len()];
        let mut scopes = vec![false; self.scopes.len()];
        let mut pending = Pending { objects: roots.objects.clone(), scopes: roots.scopes.clone() };
        roots.vals.iter().for_each(|val| pending.val(val));
        loop {
            if let Some(at) = pending.objects.pop() {
                let Some(reached) = objects.get_mut(at.0) else { continue };
                if !std::mem::replace(reached, true) {
                    self.objects.get(at.0).into_iter().for_each(|object| pending.object(object));
                    self.properties.get(&at).into_iter().flat_map(|p| p.values()).for_each(|val| pending.val(val));
                }
            } else if let Some(at) = pending.scopes.pop() {
                let Some(reached) = scopes.get_mut(at.0) else { continue };
                if !std::mem::replace(reached, true)
                    && let Some(scope) = self.scopes.get(at.0)
                {
                    pending.scopes.extend(scope.parent);
                    scope.names.held().for_each(|val| pending.val(val));
                }
            } else {
                break;
            }
        }
        self.properties.retain(|at, _| objects.get(at.0).copied().unwrap_or_default());
        self.free_objects = unreached(&objects);
        self.free_scopes = unreached(&scopes);
        for at in &self.free_objects {
            self.objects.get_mut(*at).into_iter().for_each(|object| *object = Object::Free);
        }
        for at in &self.free_scopes {
            self.scopes
                .get_mut(*at)
                .into_iter()
                .for_each(|scope| *scope = crate::behavior::interpret::value::Scope::default());
        }
    }
}

/// The places to be used again, the first last.
fn unreached(reached: &[bool]) -> Vec<usize> {
    reached.iter().enumerate().rev().filter(|(_, reached)| !**reached).map(|(at, _)| at).collect()
}

impl Interpreter<'_> {
    /// Frees what nothing reaches any more, if enough was made since the last time. Only between two walks: no call may be
    /// under way whose values only the native stack holds.
    pub fn collect_garbage(&mut self) {
        if self.trial.is_some()
            || !self.control.activations.is_empty()
            || !self.deferred.is_empty()
            || self.heap.len() + self.heap.items_made / ITEMS < self.gc_threshold
        {
            return;
        }
        (self.control.thrown, self.control.caught_value) = (None, None);
        // A function that was walked is found by its name again only if it is the one method of that name.
        let (waiting, only) = (&self.memo.waiting, &self.memo.only_methods);
        let named: std::collections::HashSet<_> = only.values().flatten().collect();
        self.memo.created.retain(|key, _| waiting.contains(key) || named.contains(key));

        let mut roots = Roots::default();
        roots.vals.extend(self.modules.iter().map(|module| &module.exports));
        roots.scopes.extend(self.modules.iter().map(|module| module.scope));
        roots.vals.extend(self.memo.prototypes.values());
        roots.vals.extend(self.memo.instances.values().chain(self.memo.expanded.values()));
        roots.vals.extend(self.memo.patched.values());
        roots.objects.extend(self.memo.created.values().chain(self.memo.method_of.values()));
        for (frame, _) in self.main_blocks.values().flatten() {
            roots.scopes.push(frame.scope);
            roots.vals.push(&frame.this);
        }
        self.heap.collect(&roots);
        self.heap.items_made = 0;
        self.gc_threshold = self.heap.len() * 2 + WORTH;
    }
}
