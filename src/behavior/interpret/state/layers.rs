//! Layers: texts that code would decode and run. They are parsed and walked where they would run.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::behavior::feature::Feature;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Document, Flow, Frame, HOLE, Interpreter};
use crate::behavior::taint::Taint;
use crate::syntax::ir::{NodeId, Unit};
use crate::syntax::{Doc, Layer, lower};
use crate::text::{Source, hex};

/// Most layers of one package.
const MAX_LAYERS: usize = 300;
/// Most bytes of all layers: so many, and so many for a byte of code, up to a bound. A few kilobytes of compressed text would
/// otherwise be hours of reading.
const LAYER_BYTES: usize = 4 << 20;
const LAYER_BYTES_PER_BYTE: usize = 8;
const MAX_LAYER_BYTES: usize = 24 << 20;

/// Layers by their content, and how decoded values came to be.
#[derive(Default)]
pub struct Layers {
    /// Document of a layer, by kind and content.
    pub documents: HashMap<String, usize>,
    /// Bytes of all layers so far.
    pub bytes: usize,
    /// Most bytes of all layers.
    pub room: usize,
    /// How a value was decoded, by the address of its text; the value is kept so that the address stays its own.
    pub recipes: HashMap<usize, (Val, Rc<Vec<String>>)>,
    /// Constant keys that ciphers were made with.
    pub keys: Vec<Rc<[u8]>>,
}

impl Layers {
    /// Room for the layers that a package with so many bytes of code may have.
    pub fn with_room_for(bytes: usize) -> Self {
        let room = MAX_LAYER_BYTES.min(bytes.saturating_mul(LAYER_BYTES_PER_BYTE).saturating_add(LAYER_BYTES));
        Self { room, ..Self::default() }
    }
}

impl Interpreter<'_> {
    /// What `exec`, `eval` or `Function` receives.
    pub fn run_code(&mut self, frame: &Frame, id: NodeId, plain: &str, values: &[Val], carried: Taint) -> Val {
        // `Function(a, b, body)`: the last argument is the code.
        let code = if plain.ends_with("Function") { values.last() } else { values.first() };
        let Some(code) = code.filter(|_| self.options.folding) else { return Val::unknown(carried) };
        if frame.dialect.is_javascript() && plain.ends_with("Function") {
            let made = self.function_of_text(frame, id, plain, values, carried);
            return made.unwrap_or_else(|| Val::unknown(carried));
        }
        if !frame.dialect.is_javascript() && self.run_by_name(frame, plain, values) {
            return Val::unknown(carried);
        }
        let opened = self.content_of(code);
        let code = opened.as_ref().unwrap_or(code);
        let text = match &code.value {
            Value::Str(text) => text.to_string(),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            // `eval(f)` of a function, `vm.Script` of a path: nothing to unfold.
            _ => return Val::unknown(carried),
        };
        let word = plain.rsplit('.').next().unwrap_or(plain);
        self.note_recipe(code);
        let recipe = [self.recipe_of(code), vec![word.to_owned()]].concat();
        let names = values.get(1).filter(|_| !frame.dialect.is_javascript());
        let val = self.with_names(frame, id, names, |this, inner| {
            let own = this.file_with_text(code);
            let run = own.and_then(|file| this.run_own_text(inner, id, file));
            run.unwrap_or_else(|| this.layer(inner, id, &text.replace(HOLE, "_"), frame.dialect, recipe))
        });
        val.with(carried.without(Taint::DECODED))
    }

    /// Code given to a child interpreter.
    pub fn run_layer(&mut self, frame: &Frame, id: NodeId, text: &str, dialect: Dialect, how: &str) {
        self.run_recipe(frame, id, text, dialect, vec![how.to_owned()]);
    }

    /// Code given to a child interpreter, and how it came to be.
    pub fn run_recipe(&mut self, frame: &Frame, id: NodeId, text: &str, dialect: Dialect, recipe: Vec<String>) {
        let scope = self.heap.scope(None);
        let frame = Frame { scope, ..frame.clone() };
        self.layer(&frame, id, text, dialect, recipe);
    }

    /// Code that is written to a file: what is dropped is walked as if it ran there.
    pub fn written_code(&mut self, frame: &Frame, id: NodeId, values: &[Val]) {
        let Some(val) = values.iter().find(|v| self.options.folding && v.as_bytes().is_some_and(|b| b.len() >= 40))
        else {
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
        self.emit(&frame, id, Feature::EvaluateCode, "write code");
        // Where both languages' signs are met, it is the language of the code that writes it.
        let dialect = match frame.dialect {
            Dialect::JavaScript if javascript => Dialect::JavaScript,
            Dialect::Python if !python => Dialect::JavaScript,
            _ => Dialect::Python,
        };
        self.guarded(|this| this.layer(&frame, id, &text, dialect, recipe));
    }

    /// Parses a derived text, once per content, and walks it in the frame's names.
    pub fn layer(&mut self, frame: &Frame, id: NodeId, text: &str, dialect: Dialect, recipe: Vec<String>) -> Val {
        if self.trial.is_some() {
            self.abandon_trial();
            return Val::default();
        }
        // Nothing but unknown parts is no text.
        if text.chars().all(|c| c == '_' || c.is_whitespace()) {
            return Val::default();
        }
        let added = self.layer_document(frame, id, "code", text, recipe, |this| {
            let unit = lower(text, dialect.language());
            this.budget.fuel += unit.nodes.len() * 10;
            Arc::new(unit)
        });
        let Some(document) = added else { return Val::default() };
        let label = self.layer_label(document);
        self.visit_in(frame, id, document, dialect, label)
    }

    /// Walks a document in a frame's names: what `exec` and `eval` do.
    pub fn visit_in(&mut self, frame: &Frame, id: NodeId, document: usize, dialect: Dialect, label: String) -> Val {
        let Some(unit) = self.documents.get(document).map(|d| d.unit.clone()) else { return Val::default() };
        // Code that runs itself again is walked once.
        let key = (document, u32::MAX);
        if self.trace.calls.contains(&key) || self.trace.calls.len() >= crate::behavior::interpret::MAX_CALLS + 64 {
            return Val::default();
        }
        self.trace.calls.push(key);
        self.site_at(frame, id);
        self.enter_path(label);
        self.note_run(document);
        let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
        self.note_obfuscation(document);
        let inner = Frame { doc: document, unit: unit.clone(), dialect, ..frame.clone() };
        let val = self.within(&inner, &unit.lexical, |this, inner| this.eval(inner, unit.body));
        self.control.flow = flow;
        self.leave_path();
        self.trace.calls.pop();
        val
    }

    /// The document of a derived text, made where that text is not known yet as what it is read as (`kind`): the same
    /// bytes may be code and shell text. `None` when a bound is hit.
    pub fn layer_document(
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
        if let Some(document) = self.layers.documents.get(&key) {
            return Some(*document);
        }
        if self.sequence.layers.len() >= MAX_LAYERS || self.layers.bytes + text.len() > self.layers.room {
            self.budget.unopened = (self.budget.unopened.0 + 1, self.budget.unopened.1 + text.len());
            return None;
        }
        self.layers.bytes += text.len();
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
        self.layers.documents.insert(key, self.documents.len() - 1);
        Some(self.documents.len() - 1)
    }

    /// What the call path says of a layer.
    pub fn layer_label(&self, document: usize) -> String {
        match self.documents.get(document).map(|d| d.doc) {
            Some(Doc::Layer(layer)) => format!("layer {layer}"),
            _ => "layer".to_owned(),
        }
    }

    /// Remembers how `made` came from `source`; `step` is the decoder's name, `None` where only the form changed.
    pub fn carry_recipe(&mut self, source: &Val, made: &Val, step: Option<&str>) {
        if !made.taint.has(Taint::DECODED) {
            return;
        }
        let mut recipe = self.recipe_of(source);
        recipe.extend(step.map(str::to_owned));
        if let Some(address) = address(made) {
            self.layers.recipes.insert(address, (made.clone(), Rc::new(recipe)));
        }
    }

    /// A decoded value with no recipe came from a loop or a join of decoded parts.
    pub fn note_recipe(&mut self, val: &Val) {
        if val.taint.has(Taint::DECODED)
            && let Some(address) = address(val)
        {
            let held = || (val.clone(), Rc::new(vec!["computed".to_owned()]));
            self.layers.recipes.entry(address).or_insert_with(held);
        }
    }

    pub fn recipe_of(&self, val: &Val) -> Vec<String> {
        let found = address(val).and_then(|address| self.layers.recipes.get(&address));
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
