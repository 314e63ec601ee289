//! Scopes: the names of one, and what a name means in many.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::behavior::catalogue::Takes;
use crate::behavior::interpret::value::{ScopeId, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter};

/// Up to how many names lie in a row.
const FEW: usize = 16;

/// Names with their values, by name. Every call of a function has a scope and most scopes hold a handful: those lie in one
/// small allocation, where a tree would take half a kilobyte for the first name.
#[derive(Debug, Clone)]
pub enum Names {
    /// Sorted.
    Few(Vec<(Arc<str>, Val)>),
    /// More than [`FEW`].
    Many(BTreeMap<Arc<str>, Val>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Names {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Val> {
        match self {
            Self::Few(row) => row.get(row.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?).map(|(_, val)| val),
            Self::Many(tree) => tree.get(name),
        }
    }

    /// Whether the name is bound.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) {
        match self {
            Self::Few(row) => row.retain(|(known, _)| **known != *name),
            Self::Many(tree) => {
                tree.remove(name);
            }
        }
    }

    /// Binds a name.
    pub fn insert(&mut self, name: Arc<str>, val: Val) {
        match self {
            Self::Few(row) => match row.binary_search_by(|(known, _)| known.cmp(&name)) {
                Ok(at) => {
                    if let Some(slot) = row.get_mut(at) {
                        slot.1 = val;
                    }
                }
                Err(at) if row.len() < FEW => row.insert(at, (name, val)),
                Err(_) => {
                    let mut tree: BTreeMap<_, _> = std::mem::take(row).into_iter().collect();
                    tree.insert(name, val);
                    *self = Self::Many(tree);
                }
            },
            Self::Many(tree) => {
                tree.insert(name, val);
            }
        }
    }

    /// Names with their values, by name.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (&Arc<str>, &Val)> + '_> {
        match self {
            Self::Few(row) => Box::new(row.iter().map(|(name, val)| (name, val))),
            Self::Many(tree) => Box::new(tree.iter()),
        }
    }

    /// Values, by name.
    pub fn values(&self) -> impl Iterator<Item = &Val> {
        self.iter().map(|(_, val)| val)
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
            assert_eq!(matches!(names, Names::Many(_)), expected.len() > FEW);
        }
        assert!(names.contains_key("n22") && !names.contains_key("n23"));
    }
}
