//! Members of things outside the package that code sets: hooks on the functions of others, and variables that make every
//! interpreter load code.

use std::sync::Arc;

use foldhash::HashMap;

use crate::behavior::catalogue::Takes;
use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Frame, HOLE, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId, Unit};

/// Characters that the shortest address of a wallet has.
const WALLET: usize = 26;

impl Interpreter<'_> {
    /// Notes what setting a member does.
    pub fn note_property(&mut self, frame: &Frame, target: NodeId, object: &Val, name: &str, val: &Val) {
        let Value::Path(path) = &object.value else { return };
        self.note_variable_set(frame, target, object, name, val);
        let plain = frame.dialect.normalised(&format!("{}.{name}", path.replace("()", "")));
        match frame.dialect.catalogue().write_of(&plain) {
            Some(rule) if rule.takes == Some(Takes::Hook) => {
                let stands_in = self.stands_in(frame, target, name, val);
                if stands_in || proxied(&frame.unit, target) {
                    self.emit(frame, target, rule.feature, rule.words.as_deref().unwrap_or_default());
                }
                if stands_in {
                    self.replaces(frame, target, plain, val);
                }
            }
            Some(rule) => self.effect(frame, target, rule, &plain, Taint::NONE, &[Argument::from(val.clone())]),
            // Of any other package: that tells something once what passes is sent.
            None if is_foreign(path) && self.stands_in(frame, target, name, val) => {
                let place = (frame.doc, frame.unit.span(target));
                self.network.brought.insert(place, (Feature::CaptureInput, "calls"));
                self.replaces(frame, target, plain, val);
            }
            None => {}
        }
    }

    /// Whether a function is put in the place of one that the file keeps or calls. One put where none was (a stand-in for an old
    /// system) sees nothing of others.
    fn stands_in(&mut self, frame: &Frame, target: NodeId, name: &str, val: &Val) -> bool {
        if self.heap.closure(val).is_none() {
            return false;
        }
        // A file may set thousands of members.
        let kept = self.memo.kept.entry(frame.doc).or_insert_with(|| kept(&frame.unit));
        kept.get(name).is_some_and(|by| by.iter().any(|by| *by != target))
    }

    /// Notes that money which passes is sent to an address of the code's own.
    pub fn note_redirected(&mut self, frame: &Frame, at: NodeId, name: &str, val: &Val) {
        let receives = ["to", "recipient", "destination", "address", "payTo"].contains(&name);
        if receives
            && val.as_str().is_some_and(|text| text.len() >= WALLET && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            self.emit(frame, at, Feature::CaptureInput, "wallet recipient");
        }
    }

    /// Walks a function that is put in the place of another, with what passes through it.
    fn replaces(&mut self, frame: &Frame, target: NodeId, plain: String, val: &Val) {
        self.network.replaced.insert(plain);
        self.call_back(frame, val, Taint::TRAFFIC.at(frame.doc, frame.unit.span(target)));
    }

    /// Whether a request takes what passes elsewhere than where it was going: to an address that does not come with it, or
    /// over a connection of the code's own.
    pub fn takes_away(&self, plain: &str, receiver: Taint, args: &[Argument]) -> bool {
        let address = args.iter().find_map(|arg| match &arg.val.value {
            Value::Str(text) if text.contains("//") => Some((text.clone(), arg.val.taint)),
            Value::Dict(_) => self.host_of(&arg.val).map(|host| (host.into(), Taint::NONE)),
            _ => None,
        });
        match address {
            // `base + path` goes where its caller wants it to; `'https://..?q=' + data` does not.
            Some((text, taint)) => {
                !taint.has(Taint::TRAFFIC)
                    || text.find(HOLE).is_none_or(|hole| text.find('?').is_some_and(|q| q < hole))
            }
            None => {
                let method = plain.rsplit('.').next().unwrap_or_default();
                let writes =
                    ["end", "write", "send", "sendall", "send_message", "sendmail", "sendMail"].contains(&method);
                writes && !receiver.has(Taint::TRAFFIC) && !self.network.replaced.contains(plain)
            }
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

/// Whether a path names something of another package or of the language, not the module's own exports.
fn is_foreign(path: &str) -> bool {
    let root = path.split(['.', '(']).next().unwrap_or_default();
    !matches!(root, "module" | "exports" | "this" | "self" | "super")
}

/// The functions that a file keeps or calls, by name: `old = fetch`, `{ fetch: old } = window`, `fetch.apply(..)`. With each what
/// it is assigned to, or what is called.
pub type Kept = HashMap<Arc<str>, Vec<NodeId>>;

fn kept(unit: &Unit) -> Kept {
    let name = |id: NodeId| match unit.node(id) {
        Node::Name(name) | Node::Member(_, name) => Some(name),
        Node::Index(_, key) => match unit.node(*key) {
            Node::Str(name) => Some(name),
            _ => None,
        },
        _ => None,
    };
    let mut kept = Kept::default();
    let mut keep = |name: &Arc<str>, by: NodeId| kept.entry(Arc::clone(name)).or_default().push(by);
    for node in &unit.nodes {
        match node {
            Node::Assign(to, value) => {
                if let Some(name) = name(*value) {
                    keep(name, *to);
                }
                if let Node::Dict(entries) = unit.node(*to) {
                    for (key, _) in entries {
                        if let Node::Str(name) = unit.node(*key) {
                            keep(name, *to);
                        }
                    }
                }
            }
            Node::Member(of, method) if matches!(&**method, "apply" | "call" | "bind") => {
                if let Some(name) = name(*of) {
                    keep(name, *of);
                }
            }
            _ => {}
        }
    }
    kept
}

/// Whether what is set is a `Proxy` of something, which all calls pass.
fn proxied(unit: &Unit, target: NodeId) -> bool {
    let makes = |value: NodeId| match unit.node(value) {
        Node::Call { callee, new: true, .. } => matches!(unit.node(*callee), Node::Name(name) if &**name == "Proxy"),
        _ => false,
    };
    unit.nodes.iter().any(|node| matches!(node, Node::Assign(to, value) if *to == target && makes(*value)))
}
