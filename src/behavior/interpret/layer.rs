//! Layers: texts that code would decode and run. They are parsed and walked where they would run.

use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::value::{Val, Value};
use super::{Document, Flow, Frame, HOLE, Interpreter};
use crate::behavior::feature::Feature;
use crate::behavior::taint::Taint;
use crate::syntax::ir::{Language, NodeId, Unit};
use crate::syntax::{Doc, Layer, lower};
use crate::text::{Source, hex};

/// Most layers of one package.
const MAX_LAYERS: usize = 300;
/// Most bytes of all layers: so many, and so many for a byte of code, up to a bound. A few kilobytes of compressed text would
/// otherwise be hours of reading.
const LAYER_BYTES: usize = 4 << 20;
const LAYER_BYTES_PER_BYTE: usize = 8;
const MAX_LAYER_BYTES: usize = 24 << 20;

/// The bytes of all layers that a package with so many bytes of code may have.
pub(super) fn room(bytes: usize) -> usize {
    MAX_LAYER_BYTES.min(bytes.saturating_mul(LAYER_BYTES_PER_BYTE).saturating_add(LAYER_BYTES))
}

impl Interpreter<'_> {
    /// What `exec`, `eval` or `Function` receives.
    pub(super) fn run_code(&mut self, frame: &Frame, id: NodeId, plain: &str, values: &[Val], carried: Taint) -> Val {
        // `Function(a, b, body)`: the last argument is the code.
        let code = if plain.ends_with("Function") { values.last() } else { values.first() };
        let Some(code) = code.filter(|_| self.folding) else { return Val::unknown(carried) };
        if !frame.javascript && self.run_by_name(frame, plain, values) {
            return Val::unknown(carried);
        }
        let text = match &code.value {
            Value::Str(text) => text.to_string(),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            // `eval(f)` of a function, `vm.Script` of a path: nothing to unfold.
            _ => return Val::unknown(carried),
        };
        let word = plain.rsplit('.').next().unwrap_or(plain);
        self.note_recipe(code);
        let recipe = [self.recipe_of(code), vec![word.to_owned()]].concat();
        let val = self.layer(frame, id, &text.replace(HOLE, "_"), frame.javascript, recipe);
        if plain.ends_with("Function") {
            // The value is a function whose body was walked at its making.
            return Val::unknown(val.taint | carried.without(Taint::DECODED));
        }
        val.with(carried.without(Taint::DECODED))
    }

    /// Code given to a child interpreter.
    pub(super) fn run_layer(&mut self, frame: &Frame, id: NodeId, text: &str, javascript: bool, how: &str) {
        self.run_recipe(frame, id, text, javascript, vec![how.to_owned()]);
    }

    /// Code given to a child interpreter, and how it came to be.
    pub(super) fn run_recipe(&mut self, frame: &Frame, id: NodeId, text: &str, javascript: bool, recipe: Vec<String>) {
        let scope = self.heap.scope(None);
        let frame = Frame { scope, ..frame.clone() };
        self.layer(&frame, id, text, javascript, recipe);
    }

    /// Code that is written to a file: what is dropped is walked as if it ran there.
    pub(super) fn written_code(&mut self, frame: &Frame, id: NodeId, values: &[Val]) {
        let Some(val) = values.iter().find(|v| self.folding && v.as_bytes().is_some_and(|b| b.len() >= 40)) else {
            return;
        };
        let Some(text) = val.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return };
        let python = ["import ", "exec(", "eval("].iter().any(|sign| text.contains(sign)) && text.contains('(');
        let javascript =
            (text.contains("require(") || text.contains("=>") || text.contains("function")) && text.contains('(');
        if !python && !javascript {
            return;
        }
        let (text, recipe) = (text.replace(HOLE, "_"), [self.recipe_of(val), vec!["write".to_owned()]].concat());
        let scope = self.heap.scope(None);
        let frame = Frame { scope, ..frame.clone() };
        self.emit(&frame, id, Feature::P4, "write code");
        self.guarded(|this| this.layer(&frame, id, &text, if frame.javascript { javascript } else { !python }, recipe));
    }

    /// Parses a derived text, once per content, and walks it in the frame's names.
    pub(super) fn layer(
        &mut self,
        frame: &Frame,
        id: NodeId,
        text: &str,
        javascript: bool,
        recipe: Vec<String>,
    ) -> Val {
        if self.exact.is_some() {
            self.not_exact();
            return Val::default();
        }
        // Nothing but unknown parts is no text.
        if text.chars().all(|c| c == '_' || c.is_whitespace()) {
            return Val::default();
        }
        let added = self.layer_document(frame, id, "code", text, recipe, |this| {
            let unit = lower(text, if javascript { Language::JavaScript } else { Language::Python });
            this.fuel += unit.nodes.len() * 10;
            Arc::new(unit)
        });
        let Some(document) = added else { return Val::default() };
        let Some(unit) = self.documents.get(document).map(|d| d.unit.clone()) else { return Val::default() };
        // Code that runs itself again is walked once.
        let key = (document, u32::MAX);
        if self.calls.contains(&key) || self.calls.len() >= super::MAX_CALLS + 64 {
            return Val::default();
        }
        let label = self.layer_label(document);
        self.calls.push(key);
        self.site_at(frame, id);
        self.enter_path(label);
        self.note_run(document);
        let flow = std::mem::replace(&mut self.flow, Flow::Next);
        self.note_disguise(document);
        let inner = Frame { doc: document, unit: unit.clone(), javascript, ..frame.clone() };
        let val = self.eval(&inner, unit.body);
        self.flow = flow;
        self.leave_path();
        self.calls.pop();
        val
    }

    /// The document of a derived text, made where that text is not known yet as what it is read as (`kind`): the same
    /// bytes may be code and shell text. `None` when a bound is hit.
    pub(super) fn layer_document(
        &mut self,
        frame: &Frame,
        id: NodeId,
        kind: &str,
        text: &str,
        recipe: Vec<String>,
        unit: impl FnOnce(&mut Self) -> Arc<Unit>,
    ) -> Option<usize> {
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        let key = format!("{kind} {sha256}");
        if let Some(document) = self.layer_documents.get(&key) {
            return Some(*document);
        }
        if self.sequence.layers.len() >= MAX_LAYERS || self.layer_bytes + text.len() > self.layer_room {
            self.unopened = (self.unopened.0 + 1, self.unopened.1 + text.len());
            return None;
        }
        self.layer_bytes += text.len();
        let unit = unit(self);
        let source = Arc::new(Source::new(text.to_owned()));
        let written = recipe.last().is_some_and(|step| step == "write");
        let parent = self.documents.get(frame.doc).map_or(Doc::File(0), |d| d.doc);
        let doc = Doc::Layer(self.sequence.layers.len());
        self.sequence.layers.push(Layer::found(parent, frame.unit.span(id), recipe, source.clone()));
        // What is written to a file may be a part of something that is no code.
        if !written {
            self.note_unread_code(doc, &unit);
        }
        self.documents.push(Document { doc, unit, source });
        self.layer_documents.insert(key, self.documents.len() - 1);
        Some(self.documents.len() - 1)
    }

    /// What the call path says of a layer.
    pub(super) fn layer_label(&self, document: usize) -> String {
        match self.documents.get(document).map(|d| d.doc) {
            Some(Doc::Layer(layer)) => format!("layer {layer}"),
            _ => "layer".to_owned(),
        }
    }

    /// Remembers how `made` came from `source`; `step` is the decoder's name, `None` where only the form changed.
    pub(super) fn carry_recipe(&mut self, source: &Val, made: &Val, step: Option<&str>) {
        if !made.taint.has(Taint::DECODED) {
            return;
        }
        let mut recipe = self.recipe_of(source);
        recipe.extend(step.map(str::to_owned));
        if let Some(address) = address(made) {
            self.recipes.insert(address, (made.clone(), Rc::new(recipe)));
        }
    }

    /// A decoded value with no recipe came from a loop or a join of decoded parts.
    pub(super) fn note_recipe(&mut self, val: &Val) {
        if val.taint.has(Taint::DECODED)
            && let Some(address) = address(val)
        {
            let held = || (val.clone(), Rc::new(vec!["computed".to_owned()]));
            self.recipes.entry(address).or_insert_with(held);
        }
    }

    pub(super) fn recipe_of(&self, val: &Val) -> Vec<String> {
        let found = address(val).and_then(|address| self.recipes.get(&address));
        found.map(|(_, recipe)| recipe.to_vec()).unwrap_or_default()
    }
}

/// The address of a value's text or bytes.
fn address(val: &Val) -> Option<usize> {
    match &val.value {
        Value::Str(text) => Some(text.as_ptr() as usize),
        Value::Bytes(bytes) => Some(bytes.as_ptr() as usize),
        _ => None,
    }
}
