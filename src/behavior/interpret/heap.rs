//! Where the objects and scopes of a walk live, with a journal that takes a trial's changes back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::HashMap;

use crate::behavior::interpret::builtins::Patterns;
use crate::behavior::interpret::value::{Closure, Object, Ref, Scope, ScopeId, Val, Value};
use crate::behavior::taint::Taint;

/// Items from which on it is kept what all of them carry.
const MANY: usize = 64;

/// All objects and scopes of one analysis, dropped together: the cycles that closures make cannot leak.
#[derive(Debug, Default)]
pub struct Heap {
    pub objects: Vec<Object>,
    pub scopes: Vec<Scope>,
    /// Slots to be used again.
    pub free_objects: Vec<usize>,
    pub free_scopes: Vec<usize>,
    /// Properties set on functions and lists, which JavaScript allows.
    pub properties: HashMap<Ref, BTreeMap<Rc<str>, Val>>,
    /// Patterns that were compiled.
    pub patterns: Patterns,
    /// What the items of long lists and dictionaries carry, until something in them changes.
    carried: RefCell<HashMap<usize, Taint>>,
    journal: Option<Journal>,
    /// Items of the lists made since garbage was last looked for.
    pub items_made: usize,
    /// Counts what keeps the scope that it was made in: functions, classes, frames put off.
    escapes: usize,
}

/// What the heap was before a trial: see [`Heap::begin`].
#[derive(Debug, Default)]
struct Journal {
    objects_before: usize,
    scopes_before: usize,
    objects: HashMap<usize, Object>,
    scopes: HashMap<usize, Scope>,
    properties: HashMap<Ref, Option<BTreeMap<Rc<str>, Val>>>,
}

impl Heap {
    /// Puts an object on the heap.
    pub fn add(&mut self, object: Object) -> Ref {
        if matches!(object, Object::Func(_) | Object::Class { .. }) {
            self.escape();
        }
        // A trial's objects lie behind all others, so that they can be cut off.
        let free = if self.journal.is_none() { self.free_objects.pop() } else { None };
        if let Some((at, slot)) = free.and_then(|at| Some((at, self.objects.get_mut(at)?))) {
            *slot = object;
            self.changed(at);
            return Ref(at);
        }
        self.objects.push(object);
        self.changed(self.objects.len() - 1);
        Ref(self.objects.len() - 1)
    }

    /// Forgets what was kept of an object.
    fn changed(&mut self, at: usize) {
        let carried = self.carried.get_mut();
        if !carried.is_empty() {
            carried.remove(&at);
        }
    }

    /// Looks at an object.
    pub fn get(&self, at: Ref) -> Option<&Object> {
        self.objects.get(at.0)
    }

    /// Changes an object.
    pub fn get_mut(&mut self, at: Ref) -> Option<&mut Object> {
        self.changed(at.0);
        let found = self.objects.get_mut(at.0)?;
        if let Some(journal) = &mut self.journal
            && at.0 < journal.objects_before
        {
            journal.objects.entry(at.0).or_insert_with(|| found.clone());
        }
        Some(found)
    }

    /// A property set on a function or list.
    pub fn property(&self, at: Ref, name: &str) -> Option<&Val> {
        self.properties.get(&at)?.get(name)
    }

    /// Sets a property of a function or list.
    pub fn set_property(&mut self, at: Ref, name: &str, val: Val) {
        if let Some(journal) = &mut self.journal
            && at.0 < journal.objects_before
        {
            journal.properties.entry(at).or_insert_with(|| self.properties.get(&at).cloned());
        }
        self.properties.entry(at).or_default().insert(name.into(), val);
    }

    /// From here on every change can be taken back.
    pub fn begin(&mut self) {
        self.journal = Some(Journal {
            objects_before: self.objects.len(),
            scopes_before: self.scopes.len(),
            ..Journal::default()
        });
    }

    /// Keeps the changes since [`Heap::begin`]; `result` is all that the outside gets of what was made since.
    pub fn commit(&mut self, result: &Val, unneeded: bool) {
        let Some(journal) = self.journal.take() else { return };
        let untouched = journal.objects.is_empty() && journal.scopes.is_empty() && journal.properties.is_empty();
        if unneeded && untouched && result.is_constant() {
            self.objects.truncate(journal.objects_before);
            self.scopes.truncate(journal.scopes_before);
            self.properties.retain(|at, _| at.0 < journal.objects_before);
        }
    }

    /// Takes the changes since [`Heap::begin`] back.
    pub fn roll_back(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        self.carried.get_mut().clear();
        self.objects.truncate(journal.objects_before);
        self.scopes.truncate(journal.scopes_before);
        for (at, object) in journal.objects {
            if let Some(slot) = self.objects.get_mut(at) {
                *slot = object;
            }
        }
        for (at, scope) in journal.scopes {
            if let Some(slot) = self.scopes.get_mut(at) {
                *slot = scope;
            }
        }
        self.properties.retain(|at, _| at.0 < journal.objects_before);
        for (at, properties) in journal.properties {
            match properties {
                Some(properties) => self.properties.insert(at, properties),
                None => self.properties.remove(&at),
            };
        }
    }

    /// A list value.
    pub fn list(&mut self, items: Vec<Val>) -> Val {
        let taint = items.iter().fold(Taint::NONE, |all, item| all | item.taint);
        self.items_made += items.len();
        Val { value: Value::List(self.add(Object::List(items))), taint }
    }

    /// A dictionary value.
    pub fn dict(&mut self, entries: BTreeMap<Rc<str>, Val>) -> Val {
        let taint = entries.values().fold(Taint::NONE, |all, item| all | item.taint);
        Val { value: Value::Dict(self.add(Object::Dict(entries))), taint }
    }

    /// The elements of a list value.
    pub fn items(&self, val: &Val) -> Option<&Vec<Val>> {
        match (&val.value, self.get(as_ref(&val.value)?)?) {
            (Value::List(_), Object::List(items)) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dictionary value or the fields of an instance.
    pub fn entries(&self, val: &Val) -> Option<&BTreeMap<Rc<str>, Val>> {
        match self.get(as_ref(&val.value)?)? {
            Object::Dict(entries) | Object::Instance { fields: entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The closure of a function value.
    pub fn closure(&self, val: &Val) -> Option<&Closure> {
        match (&val.value, self.get(as_ref(&val.value)?)?) {
            (Value::Func(_), Object::Func(closure)) => Some(closure),
            _ => None,
        }
    }

    /// A new scope.
    pub fn scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        let made = Scope { parent, ..Scope::default() };
        let free = if self.journal.is_none() { self.free_scopes.pop() } else { None };
        if let Some((at, slot)) = free.and_then(|at| Some((at, self.scopes.get_mut(at)?))) {
            *slot = made;
            return ScopeId(at);
        }
        self.scopes.push(made);
        ScopeId(self.scopes.len() - 1)
    }

    /// Notes that something made now keeps its scope.
    pub fn escape(&mut self) {
        self.escapes += 1;
    }

    /// How much was made so far that keeps a scope.
    pub fn escapes(&self) -> usize {
        self.escapes
    }

    /// Gives a scope back, unless something made since `escapes` was asked for may keep it.
    pub fn release(&mut self, id: ScopeId, escapes: usize) {
        if self.escapes != escapes {
            return;
        }
        if id.0 + 1 == self.scopes.len() {
            self.scopes.pop();
        } else if self.journal.is_none()
            && let Some(scope) = self.scopes.get_mut(id.0)
        {
            *scope = Scope::default();
            self.free_scopes.push(id.0);
        }
    }

    /// Changes a scope.
    pub fn scope_mut(&mut self, id: ScopeId) -> Option<&mut Scope> {
        let found = self.scopes.get_mut(id.0)?;
        if let Some(journal) = &mut self.journal
            && id.0 < journal.scopes_before
        {
            journal.scopes.entry(id.0).or_insert_with(|| found.clone());
        }
        Some(found)
    }

    /// Looks at a scope.
    pub fn scope_of(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id.0)
    }

    /// Everything that a value carries, one level into lists and dictionaries.
    pub fn carried(&self, val: &Val) -> Taint {
        let Some((at, object)) = as_ref(&val.value).and_then(|at| Some((at, self.get(at)?))) else { return val.taint };
        let inside = match object {
            Object::List(items) => self.carried_of(at, items.len(), items.iter()),
            Object::Dict(entries) | Object::Instance { fields: entries, .. } => {
                self.carried_of(at, entries.len(), entries.values())
            }
            _ => Taint::NONE,
        };
        val.taint | inside
    }

    /// What values carry that an object holds. A loop asks that of a long list in each round.
    fn carried_of<'a>(&self, at: Ref, count: usize, values: impl Iterator<Item = &'a Val>) -> Taint {
        let all = || values.fold(Taint::NONE, |all, val| all | val.taint);
        if count < MANY {
            return all();
        }
        if let Some(known) = self.carried.borrow().get(&at.0) {
            return *known;
        }
        let all = all();
        self.carried.borrow_mut().insert(at.0, all);
        all
    }

    /// Puts a value at a place of a list, which grows up to it.
    pub fn set_item(&mut self, at: Ref, place: usize, val: Val) {
        let known = self.carried.get_mut().get(&at.0).copied();
        let Some(Object::List(items)) = self.get_mut(at) else { return };
        if place >= items.len() {
            items.resize(place + 1, Value::Null.into());
        }
        let Some(slot) = items.get_mut(place) else { return };
        // A loop that fills a long list and reads it again must not go through all of it in each round.
        let unchanged = slot.taint.is_none() && val.taint.is_none();
        *slot = val;
        if let Some(known) = known.filter(|_| unchanged) {
            self.carried.get_mut().insert(at.0, known);
        }
    }

    /// Adds values to the end of a list; how many it has then.
    pub fn append(&mut self, at: Ref, more: impl Iterator<Item = Val>) -> Option<usize> {
        let known = self.carried.get_mut().get(&at.0).copied();
        let Some(Object::List(items)) = self.get_mut(at) else { return None };
        let before = items.len();
        items.extend(more);
        let count = items.len();
        let added = items.iter().skip(before).fold(Taint::NONE, |all, item| all | item.taint);
        if let Some(known) = known {
            self.carried.get_mut().insert(at.0, known | added);
        }
        Some(count)
    }

    /// How many objects and scopes there are: the measure of memory used.
    pub fn len(&self) -> usize {
        self.objects.len() + self.scopes.len() - self.free_objects.len() - self.free_scopes.len()
    }
}

/// The heap index in a value.
pub fn as_ref(value: &Value) -> Option<Ref> {
    match value {
        Value::List(at) | Value::Dict(at) | Value::Func(at) | Value::Class(at) | Value::Instance(at) => Some(*at),
        _ => None,
    }
}
