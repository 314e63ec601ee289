//! Members of things outside the package that code sets: hooks on the functions of others, and variables that make every
//! interpreter load code.

use crate::behavior::catalogue::Takes;
use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Frame, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId, Unit};

impl Interpreter<'_> {
    /// Notes what setting a member does.
    pub fn note_property(&mut self, frame: &Frame, target: NodeId, object: &Val, name: &str, val: &Val) {
        let Value::Path(path) = &object.value else { return };
        self.note_variable_set(frame, target, object, name, val);
        let plain = frame.dialect.normalised(&format!("{}.{name}", path.replace("()", "")));
        let Some(rule) = frame.dialect.catalogue().write_of(&plain) else { return };
        if rule.takes == Some(Takes::Hook) {
            // A function put where none was (a stand-in for an old system) sees nothing of others.
            let stands_in = self.heap.closure(val).is_some() && goes_on(&frame.unit, target, name);
            if stands_in || proxied(&frame.unit, target) {
                self.emit(frame, target, rule.feature, rule.words.as_deref().unwrap_or_default());
            }
        } else {
            self.effect(frame, target, rule, &plain, Taint::NONE, &[Argument::from(val.clone())]);
        }
    }

    /// Notes a variable of the environment that makes interpreters load code.
    pub fn note_variable_set(&mut self, frame: &Frame, at: NodeId, object: &Val, name: &str, val: &Val) {
        if Self::is_environment(object) {
            self.note_preload(frame, at, name, val);
        }
    }

    /// The same of a variable that a child process is given.
    pub fn note_preload(&mut self, frame: &Frame, at: NodeId, name: &str, val: &Val) {
        let loads = |text: &str| {
            let mut words = text.split([' ', '=']);
            words.any(|word| matches!(word, "--require" | "-r" | "--import" | "--loader" | "--experimental-loader"))
        };
        if name == "NODE_OPTIONS" && val.as_str().is_some_and(loads) {
            self.emit(frame, at, Feature::Persist, "interpreter start");
        }
    }
}

/// Whether a file keeps or calls the function that it replaces: `old = fetch`, `{ fetch: old } = window`, `fetch.apply(..)`.
fn goes_on(unit: &Unit, target: NodeId, name: &str) -> bool {
    let names = |id: NodeId| match unit.node(id) {
        Node::Name(known) | Node::Member(_, known) => &**known == name,
        Node::Index(_, key) => matches!(unit.node(*key), Node::Str(known) if &**known == name),
        _ => false,
    };
    let taken = |pattern: NodeId| match unit.node(pattern) {
        Node::Dict(entries) => {
            entries.iter().any(|(key, _)| matches!(unit.node(*key), Node::Str(known) if &**known == name))
        }
        _ => false,
    };
    unit.nodes.iter().any(|node| match node {
        Node::Assign(to, value) => *to != target && names(*value) || taken(*to),
        Node::Member(of, method) => matches!(&**method, "apply" | "call" | "bind") && names(*of),
        _ => false,
    })
}

/// Whether what is set is a `Proxy` of something, which all calls pass.
fn proxied(unit: &Unit, target: NodeId) -> bool {
    let makes = |value: NodeId| match unit.node(value) {
        Node::Call { callee, new: true, .. } => matches!(unit.node(*callee), Node::Name(name) if &**name == "Proxy"),
        _ => false,
    };
    unit.nodes.iter().any(|node| matches!(node, Node::Assign(to, value) if *to == target && makes(*value)))
}
