//! Literals and what they tell.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::behavior::feature::Feature;
use crate::behavior::interpret::value::{BEHIND, Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::strings::{self, Told};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Node, NodeId};

/// Longest text whose judgement is kept, bytes, and most of them.
const SHORT: usize = 1 << 10;
const KEPT: usize = 1 << 16;

impl Interpreter<'_> {
    /// A string literal: what it tells is noted, and a path of secrets taints it.
    pub fn literal(&mut self, frame: &Frame, id: NodeId, text: &str) -> Val {
        let key = (frame.doc, id);
        // One allocation for all the times that a literal is evaluated.
        let text = match self.memo.texts.get(&key).filter(|known| ***known == *text) {
            Some(known) => Rc::clone(known),
            None => {
                let made: Rc<str> = text.into();
                self.memo.texts.insert(key, Rc::clone(&made));
                made
            }
        };
        let known = self.memo.classified.get(&key).or_else(|| self.trial.as_ref()?.told.get(&key));
        let taint = match known {
            Some(taint) => *taint,
            None => {
                let taint = self.classify(frame, id, &text);
                match &mut self.trial {
                    _ if self.control.muted > 0 => {}
                    Some(trial) => {
                        trial.told.insert(key, taint);
                    }
                    None => {
                        self.memo.classified.insert(key, taint);
                    }
                }
                taint
            }
        };
        Val::str(text, taint)
    }

    /// What a text tells. A short one is judged once: it stands in many places, and its place is walked in many entries.
    fn told(&mut self, text: &str) -> Rc<[Told]> {
        if text.len() <= SHORT
            && let Some(known) = self.memo.told.get(text)
        {
            return Rc::clone(known);
        }
        let mut told = strings::tell(text, &self.own_hosts);
        told.retain(|told| !strings::in_prose(text, told));
        let told: Rc<[Told]> = told.into();
        if text.len() > SHORT {
            return told;
        }
        if self.memo.told.len() < KEPT {
            self.memo.told.insert(text.into(), Rc::clone(&told));
        }
        told
    }

    /// Notes what a text tells and returns what it carries.
    pub fn classify(&mut self, frame: &Frame, id: NodeId, text: &str) -> Taint {
        if self.control.muted > 0 || text.len() < 4 {
            return Taint::NONE;
        }
        self.note_folded(frame, id, text);
        let mut taint = Taint::NONE;
        for told in self.told(text).iter() {
            // Nothing lasts by being looked for.
            if told.feature == Feature::Persist && self.control.asking > 0 {
                continue;
            }
            if self.means_else(frame.doc, told) {
                continue;
            }
            if told.feature == Feature::ReadSecret {
                taint |= Taint::SECRET;
            }
            if matches!(told.feature, Feature::ReadSecret | Feature::Persist) {
                self.note_text(frame, id, text);
            }
            self.emit_told(frame.doc, frame.unit.span(id), told);
        }
        taint.at(frame.doc, frame.unit.span(id))
    }

    /// Whether what a text tells means something else in its document: a zone or language in a table of many is asked for by
    /// none, and `.pth` is what weights of neural networks end in too.
    fn means_else(&self, document: usize, told: &Told) -> bool {
        const ELSEWHERE: [&str; 6] = ["Europe/London", "America/New_York", "Asia/Tokyo", "de_DE", "de_de", "fr_FR"];
        const WEIGHTS: [&str; 2] = ["import torch", "from torch"];
        let signs: &[&str] = match (told.feature, &*told.detail) {
            (Feature::CheckEnvironment, "locale") => &ELSEWHERE,
            (Feature::Persist, "interpreter start") if told.matched.as_deref() == Some(".pth") => &WEIGHTS,
            _ => return false,
        };
        let text = self.documents.get(document).map_or("", |document| document.source.text.as_str());
        signs.iter().any(|sign| text.contains(sign))
    }

    /// Notes what a folded text tells that its parts did not.
    pub fn classify_folded(&mut self, frame: &Frame, id: NodeId, text: &str, parts: &[Val]) -> Taint {
        // Inside a loop walked round by round text grows piece by piece: it tells where it is used.
        if self.control.muted > 0 || self.control.unrolling > 0 || !(4..=1_000_000).contains(&text.len()) {
            return Taint::NONE;
        }
        self.note_folded(frame, id, text);
        let told = self.told(text);
        if told.is_empty() {
            return Taint::NONE;
        }
        let known: Vec<Rc<[Told]>> = parts.iter().filter_map(Val::as_str).map(|part| self.told(part)).collect();
        let mut taint = Taint::NONE;
        let known = || known.iter().flat_map(|known| known.iter());
        for told in told.iter().filter(|told| !known().any(|known| known.says(told))) {
            if self.means_else(frame.doc, told) {
                continue;
            }
            if told.feature == Feature::ReadSecret {
                taint |= Taint::SECRET;
            }
            self.emit_told(frame.doc, frame.unit.span(id), told);
        }
        taint.at(frame.doc, frame.unit.span(id))
    }

    pub fn list(&mut self, frame: &Frame, items: &[NodeId]) -> Val {
        let mut vals = Vec::with_capacity(items.len());
        for item in items {
            let val = self.eval(frame, *item);
            let spread = matches!(frame.unit.node(*item), Node::Spread(_));
            let val = if spread && frame.dialect.is_javascript() { self.iterated(frame, *item, val) } else { val };
            match if spread { self.spread(frame, &val) } else { None } {
                Some(inner) => vals.extend(inner),
                None => {
                    let val = self.environment_read(frame, *item, val);
                    vals.push(val);
                }
            }
        }
        self.heap.list(vals)
    }

    /// The items that a spread value gives, where they are known.
    pub fn spread(&self, frame: &Frame, val: &Val) -> Option<Vec<Val>> {
        match &val.value {
            Value::List(_) => self.heap.items(val).cloned(),
            Value::Str(_) | Value::Bytes(_) if frame.dialect.is_javascript() => builtins::iterate(&self.heap, val),
            _ => None,
        }
    }

    pub fn dict(&mut self, frame: &Frame, entries: &[(NodeId, NodeId)]) -> Val {
        let mut map = BTreeMap::new();
        let mut taint = Taint::NONE;
        for (key, value) in entries {
            let spread = matches!(frame.unit.node(*value), Node::Spread(_));
            let key_val = if spread { Val::default() } else { self.eval_key(frame, *key) };
            let passed = usize::from(!spread && key_val.as_str() == Some("env"));
            self.control.passing += passed;
            let mut val = self.eval(frame, *value);
            self.control.passing -= passed;
            if spread || key_val.as_str() == Some("env") {
                val = self.environment_passed(frame, *value, val);
            } else if Self::is_environment(&val) {
                // It is read by whoever is given the object.
                val = val.with(Taint::ENV.at(frame.doc, frame.unit.span(*value)));
            } else {
                val = self.environment_read(frame, *value, val);
            }
            if let (Some(name), Value::Unknown) = (key_val.as_str(), &val.value) {
                val = self.named_secret(frame, *value, name, val);
            }
            taint |= self.heap.carried(&val);
            if let Some(name) = key_val.as_str() {
                self.note_preload(frame, *value, name, &val);
            }
            if spread {
                match &val.value {
                    Value::Path(_) if frame.dialect.is_javascript() => {
                        map.insert(BEHIND.into(), val);
                    }
                    // Any key may be in it.
                    Value::Unknown => {
                        map.insert(HOLE.into(), val);
                    }
                    _ => map.extend(self.heap.entries(&val).cloned().unwrap_or_default()),
                }
            } else if let Some(key) = builtins::to_text(&self.heap, &key_val, Dialect::JavaScript) {
                map.insert(key, val);
            }
        }
        self.heap.dict(map).with(taint)
    }

    /// A key's string is a name, not data: it tells nothing.
    pub fn eval_key(&mut self, frame: &Frame, key: NodeId) -> Val {
        self.control.muted += 1;
        let val = self.eval(frame, key);
        self.control.muted -= 1;
        val
    }

    pub fn is_environment(val: &Val) -> bool {
        val.as_path().is_some_and(|path| {
            matches!(&**path, "process.env" | "os.environ" | "Deno.env" | "Bun.env" | "os.environb")
        })
    }

    /// The whole environment used as data.
    pub fn environment_read(&mut self, frame: &Frame, at: NodeId, val: Val) -> Val {
        if Self::is_environment(&val) || self.holds_environment(&val, 3) {
            self.emit(frame, at, Feature::ReadSecret, "environment whole");
            return val.with(Taint::ENV.at(frame.doc, frame.unit.span(at)));
        }
        let store = val.as_path().is_some_and(|path| matches!(&**path, "localStorage" | "sessionStorage"));
        if store && frame.dialect.is_javascript() {
            self.emit(frame, at, Feature::ReadSecret, "browser data");
            return val.with(Taint::INPUT.at(frame.doc, frame.unit.span(at)));
        }
        val
    }

    /// Whether an object has the environment among its members.
    fn holds_environment(&self, val: &Val, nested: usize) -> bool {
        let is = |val: &Val| Self::is_environment(val) || nested > 0 && self.holds_environment(val, nested - 1);
        let entries = if val.taint.has(Taint::ENV) { self.heap.entries(val) } else { None };
        matches!(val.value, Value::Dict(_)) && entries.is_some_and(|entries| entries.values().any(is))
    }

    /// The environment handed on to a child process or copied into an object.
    pub fn environment_passed(&mut self, frame: &Frame, at: NodeId, val: Val) -> Val {
        if Self::is_environment(&val) {
            self.emit(frame, at, Feature::CallSystem, "environment copied");
            self.network.copies.insert((frame.doc, frame.unit.span(at)));
            return Val::unknown(Taint::ENV.at(frame.doc, frame.unit.span(at)));
        }
        val
    }
}
