//! What a user types or is asked for: listeners of a page, parameters that are secrets. Both tell something where what they
//! are given leaves the machine.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::Val;
use crate::behavior::interpret::{Frame, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId};
use crate::text::Span;

/// Events of a page that bring what its user does, and what they are.
const HEARD: [(&str, &str); 10] = [
    ("keydown", "keyboard"),
    ("keyup", "keyboard"),
    ("keypress", "keyboard"),
    ("beforeinput", "form"),
    ("input", "form"),
    ("change", "form"),
    ("submit", "form"),
    ("paste", "clipboard"),
    ("copy", "clipboard"),
    ("cut", "clipboard"),
];
/// Names of parameters, without case and separators, that take a secret.
const SECRETS: [&str; 11] = [
    "mnemonic",
    "mnemonicphrase",
    "mnemonicwords",
    "seedphrase",
    "seedwords",
    "recoveryphrase",
    "secretphrase",
    "privatekey",
    "secretkey",
    "walletkey",
    "keypair",
];

impl Interpreter<'_> {
    /// What the function that a call hands to a page's events is called with.
    pub fn heard(&mut self, frame: &Frame, id: NodeId, plain: &str, args: &[Argument]) -> Taint {
        if !frame.dialect.is_javascript() {
            return Taint::NONE;
        }
        let (holder, name) = plain.rsplit_once('.').unwrap_or(("", plain));
        let jquery = holder.split('.').next().is_some_and(|root| matches!(root, "$" | "jQuery"));
        let event = match name {
            "addEventListener" => args.first().and_then(|arg| arg.val.as_str()),
            "on" | "bind" | "one" if jquery => args.first().and_then(|arg| arg.val.as_str()),
            _ if jquery => Some(name),
            _ => None,
        };
        let event = event.and_then(|event| event.split(['.', ' ']).next()).map(str::to_owned);
        event.map_or(Taint::NONE, |event| self.hears(frame, id, &event))
    }

    /// What a handler is called with that is set for an event (`onkeydown`).
    pub fn hears(&mut self, frame: &Frame, id: NodeId, event: &str) -> Taint {
        let Some((_, kind)) = HEARD.iter().find(|(known, _)| *known == event) else { return Taint::NONE };
        let place = (frame.doc, frame.unit.span(id));
        self.network.brought.insert(place, (Feature::CaptureInput, kind));
        Taint::INPUT.at(place.0, place.1)
    }

    /// Binds a parameter of which nothing is known; one that is named as a secret carries one.
    pub fn bind_unknown(&mut self, frame: &Frame, target: NodeId, val: Val) {
        let unit = frame.unit.clone();
        self.bind(frame, target, val.clone());
        let members = match unit.node(target) {
            Node::Dict(entries) => entries.iter().map(|(key, part)| (Some(*key), *part)).collect(),
            _ => vec![(None, target)],
        };
        for (key, part) in members {
            // `{ mnemonic = '' }`
            let name = match unit.node(part) {
                Node::Assign(name, _) => *name,
                _ => part,
            };
            let own = matches!(unit.node(name), Node::Name(known) if is_secret(known));
            let asked = key.is_some_and(|key| matches!(unit.node(key), Node::Str(known) if is_secret(known)));
            if own || asked && matches!(unit.node(name), Node::Name(_)) {
                let place = (frame.doc, unit.span(name));
                self.network.brought.insert(place, (Feature::ReadSecret, "parameter"));
                self.bind(frame, name, Val::unknown(val.taint | Taint::SECRET.at(place.0, place.1)));
            }
        }
    }

    /// A value of which nothing is known but that the name of its entry says it is a secret, in data that may be sent.
    pub fn named_secret(&mut self, frame: &Frame, at: NodeId, name: &str, val: Val) -> Val {
        // Most names are longer, shorter, or begin otherwise.
        let likely = |first: char| matches!(first.to_ascii_lowercase(), 'm' | 's' | 'r' | 'p' | 'w' | 'k');
        if !(6..=20).contains(&name.len()) || !name.starts_with(likely) || !is_secret(name) {
            return val;
        }
        let place = (frame.doc, frame.unit.span(at));
        self.network.brought.insert(place, (Feature::ReadSecret, "parameter"));
        val.with(Taint::SECRET.at(place.0, place.1))
    }

    /// Notes, where data is sent, that it was typed or asked for.
    pub fn note_brought(&mut self, place: (usize, Span)) {
        if let Some((feature, detail)) = self.network.brought.get(&place).copied() {
            self.emit_at(place.0, place.1, feature, detail);
        }
    }
}

/// Whether a parameter of this name takes a secret.
fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRETS.contains(&plain.as_str())
}
