//! Scopes: the names of one, and what a name means in many.

use std::sync::Arc;

use foldhash::HashMap;

use crate::behavior::catalogue::Takes;
use crate::behavior::interpret::value::{ScopeId, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter};

/// Up to how many names lie in a row.
const FEW: usize = 16;

/// Names with their values. Every call of a function has a scope and most scopes hold a handful of names: those lie in one
/// small allocation.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// A bit for each of them: most look-ups go through scopes that do not have the name, and end here.
    seen: u64,
    rows: Rows,
}

#[derive(Debug, Clone)]
enum Rows {
    /// By name.
    Few(Vec<(Arc<str>, Val)>),
    /// More than [`FEW`].
    Many(HashMap<Arc<str>, Val>),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// The bit of a name.
fn bit(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let [first, last] = [bytes.first(), bytes.last()].map(|byte| usize::from(byte.copied().unwrap_or_default()));
    1 << ((first * 7 + last * 31 + bytes.len()) % 64)
}

impl Names {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Val> {
        if self.seen & bit(name) == 0 {
            return None;
        }
        match &self.rows {
            Rows::Few(row) => row.iter().find(|(known, _)| **known == *name).map(|(_, val)| val),
            Rows::Many(map) => map.get(name),
        }
    }

    /// Whether the name is bound.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) {
        match &mut self.rows {
            Rows::Few(row) => row.retain(|(known, _)| **known != *name),
            Rows::Many(map) => {
                map.remove(name);
            }
        }
    }

    /// Binds a name.
    pub fn insert(&mut self, name: Arc<str>, val: Val) {
        self.seen |= bit(&name);
        match &mut self.rows {
            Rows::Few(row) => {
                let place = row.partition_point(|(known, _)| *known < name);
                if let Some((known, slot)) = row.get_mut(place)
                    && *known == name
                {
                    *slot = val;
                } else if row.len() < FEW {
                    row.insert(place, (name, val));
                } else {
                    let mut map: HashMap<_, _> = std::mem::take(row).into_iter().collect();
                    map.insert(name, val);
                    self.rows = Rows::Many(map);
                }
            }
            Rows::Many(map) => {
                map.insert(name, val);
            }
        }
    }

    /// Names with their values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Val)> {
        let mut all: Vec<(&Arc<str>, &Val)> = match &self.rows {
            Rows::Few(row) => row.iter().map(|(name, val)| (name, val)).collect(),
            Rows::Many(map) => map.iter().collect(),
        };
        if matches!(self.rows, Rows::Many(_)) {
            all.sort_unstable_by_key(|(name, _)| *name);
        }
        all.into_iter()
    }

    /// Values, by name.
    pub fn values(&self) -> impl Iterator<Item = &Val> {
        self.iter().map(|(_, val)| val)
    }

    /// Values in no order.
    pub fn held(&self) -> impl Iterator<Item = &Val> {
        let (few, many) = match &self.rows {
            Rows::Few(row) => (Some(row), None),
            Rows::Many(map) => (None, Some(map)),
        };
        let few = few.into_iter().flatten().map(|(_, val)| val);
        few.chain(many.into_iter().flat_map(|map| map.values()))
    }
}

impl Interpreter<'_> {
    /// What a name stands for; a name bound nowhere is a global of the language.
    pub fn lookup(&mut self, frame: &Frame, name: &str) -> Val {
        if frame.dialect.is_javascript() && name == "this" {
            return match frame.this.value {
                Value::Null => Val::path("globalThis"),
                _ => frame.this.clone(),
            };
        }
        let mut scope = Some(frame.scope);
        let mut innermost = true;
        while let Some(id) = scope {
            let Some(found) = self.heap.scope_of(id) else { break };
            // Members of a JavaScript class are no names of its methods, nor of its own fields.
            if (innermost && !frame.dialect.is_javascript() || !found.class)
                && let Some(val) = found.names.get(name)
            {
                return val.clone();
            }
            innermost &= found.handler;
            scope = match found.globals.iter().any(|global| **global == *name) {
                true => Some(self.root_scope(id)),
                false => found.parent,
            };
        }
        match self.memo.patched.get(name) {
            Some(val) if !frame.dialect.is_javascript() => val.clone(),
            _ => frame.dialect.global(name),
        }
    }

    /// Binds a name where the language says.
    pub fn set_name(&mut self, frame: &Frame, name: &std::sync::Arc<str>, val: Val) {
        let mut at = frame.scope;
        if frame.dialect.is_javascript() {
            // Declared names were entered at the call: an assignment reaches the nearest scope that has the name.
            let mut scope = Some(frame.scope);
            let mut outermost = frame.scope;
            at = loop {
                let Some(id) = scope else { break outermost };
                let Some(found) = self.heap.scope_of(id) else { break outermost };
                // A class's members are bound where its body is walked, from nowhere else.
                if if found.class { id == frame.scope } else { found.names.contains_key(name) } {
                    break id;
                }
                outermost = id;
                scope = found.parent;
            };
        } else {
            while let Some(scope) = self.heap.scope_of(at).filter(|s| s.passes && !s.names.contains_key(name)) {
                at = scope.parent.unwrap_or(at);
            }
        }
        if !frame.dialect.is_javascript() && self.heap.scope_of(at).is_some_and(|s| s.outer.contains(name)) {
            at = self.outer_scope(at, name);
        }
        if self.heap.scope_of(at).is_some_and(|s| s.globals.contains(name)) {
            at = self.root_scope(at);
        }
        let guarded = self.control.guard > self.certain_guard();
        self.control.unsure_writes += usize::from(guarded);
        if let Some(scope) = self.heap.scope_mut(at) {
            let val = match scope.names.get(name) {
                // One of two branches: what either carries may flow on, and a known value is not lost to an unknown one.
                Some(before) if guarded => {
                    let taint = before.taint | val.taint;
                    let keep_before = matches!(val.value, Value::Null | Value::Unknown)
                        && !matches!(before.value, Value::Null | Value::Unknown)
                        || runs_code(frame.dialect, before) && !runs_code(frame.dialect, &val);
                    if keep_before { before.clone().with(taint) } else { val.with(taint) }
                }
                _ => val,
            };
            scope.names.insert(name.clone(), val);
        }
    }

    /// `del name`: from there on the name is whatever it is outside.
    pub fn delete(&mut self, frame: &Frame, target: crate::syntax::ir::NodeId) {
        if let crate::syntax::ir::Node::Name(name) = frame.unit.node(target)
            && !frame.dialect.is_javascript()
            && self.control.guard <= self.certain_guard()
            && let Some(scope) = self.heap.scope_mut(frame.scope)
        {
            scope.names.remove(name);
        }
    }

    /// The scope that a `global` or `nonlocal` name belongs to.
    fn outer_scope(&self, from: ScopeId, name: &str) -> ScopeId {
        let mut at = from;
        while let Some(parent) = self.heap.scope_of(at).and_then(|s| s.parent) {
            at = parent;
            if self.heap.scope_of(at).is_some_and(|s| !s.class && s.names.contains_key(name)) {
                break;
            }
        }
        at
    }

    /// The outermost scope around one.
    pub fn root_scope(&self, from: ScopeId) -> ScopeId {
        let mut at = from;
        while let Some(parent) = self.heap.scope_of(at).and_then(|s| s.parent) {
            at = parent;
        }
        at
    }
}

/// Whether a value is a function outside the package that runs code or commands.
fn runs_code(dialect: Dialect, val: &Val) -> bool {
    let Some(path) = val.as_path().filter(|path| !dialect.is_javascript() && path.len() < 40) else { return false };
    let takes = dialect.catalogue().call(path).and_then(|rule| rule.takes);
    matches!(takes, Some(Takes::Code | Takes::Shell | Takes::Argv))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn few_and_many_names_are_the_same_map() {
        let mut names = Names::default();
        let mut expected = BTreeMap::new();
        for i in 0..40_u32 {
            // Neither in order nor each once.
            let name: Arc<str> = format!("n{:02}", i * 7 % 23).into();
            names.insert(name.clone(), Val::num(f64::from(i)));
            expected.insert(name, f64::from(i));
            let held: Vec<_> = names.iter().map(|(name, val)| (name.clone(), val.as_num().unwrap())).collect();
            assert_eq!(held, expected.clone().into_iter().collect::<Vec<_>>());
            assert_eq!(matches!(names.rows, Rows::Many(_)), expected.len() > FEW);
            assert_eq!(names.held().count(), expected.len());
        }
        assert!(names.contains_key("n22") && !names.contains_key("n23"));
    }
}
