//! Members of things outside the package that code sets: hooks on the functions of others, and what a browser then fetches.

use crate::behavior::catalogue::Takes;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Frame, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId, Unit};

impl Interpreter<'_> {
    /// Notes what setting a member does.
    pub fn note_property(&mut self, frame: &Frame, target: NodeId, object: &Val, name: &str, val: &Val) {
        let Value::Path(path) = &object.value else { return };
        let plain = frame.dialect.normalised(&format!("{}.{name}", path.replace("()", "")));
        let Some(rule) = frame.dialect.catalogue().write_of(&plain) else { return };
        if rule.takes == Some(Takes::Hook) {
            // A function put where none was (a stand-in for an old system) sees nothing of others.
            if self.heap.closure(val).is_some() && goes_on(&frame.unit, target, name) {
                self.emit(frame, target, rule.feature, rule.words.as_deref().unwrap_or_default());
            }
        } else {
            self.effect(frame, target, rule, &plain, Taint::NONE, &[Argument::from(val.clone())]);
        }
    }
}

/// Whether a file keeps or calls the function that it replaces: `old = fetch`, `fetch.apply(..)`.
fn goes_on(unit: &Unit, target: NodeId, name: &str) -> bool {
    let names = |id: NodeId| match unit.node(id) {
        Node::Name(known) | Node::Member(_, known) => &**known == name,
        _ => false,
    };
    unit.nodes.iter().any(|node| match node {
        Node::Assign(to, value) => *to != target && names(*value),
        Node::Member(of, method) => matches!(&**method, "apply" | "call" | "bind") && names(*of),
        _ => false,
    })
}
