//! Imports and requires: modules of the package are walked where they are first imported, others become paths.

mod dynamic_source;
pub mod javascript;
mod own_text;
pub mod python;
pub mod python_files;
mod submodules;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::behavior::interpret::state::deferred::Work;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Flow, Frame, Interpreter, Module};
use crate::syntax::Doc;
use crate::syntax::ir::NodeId;

impl Interpreter<'_> {
    /// Binds a name in the innermost scope.
    pub fn set(&mut self, frame: &Frame, name: &Arc<str>, val: Val) {
        if let Some(scope) = self.heap.scope_mut(frame.scope) {
            scope.names.insert(name.clone(), val);
        }
    }

    /// The value of a module of the package, walked now if this phase has not walked it.
    pub fn module_value(&mut self, file: usize) -> Val {
        let known = self.by_file.get(&file).filter(|_| self.options.call_graph);
        let Some(document) = known.copied() else { return Val::default() };
        let javascript = self.documents.get(document).is_some_and(|d| d.unit.language.is_javascript());
        let module = self.load(document);
        if javascript {
            self.modules.get(module).map(|m| m.exports.clone()).unwrap_or_default()
        } else {
            Value::Module(module).into()
        }
    }

    /// Walks a module once per phase and yields its index.
    pub fn load(&mut self, document: usize) -> usize {
        if let Some(module) = self.module_of.get(&document) {
            return *module;
        }
        let index = self.modules.len();
        if self.trial.is_some() {
            self.abandon_trial();
            return index;
        }
        let scope = self.heap.scope(None);
        let unit = self.documents.get(document).map(|d| d.unit.clone());
        let dialect = unit.as_ref().map_or(Dialect::Python, |u| Dialect::of(u.language));
        let javascript = dialect.is_javascript();
        let exports = if javascript { self.heap.dict(BTreeMap::new()) } else { Value::Module(index).into() };
        self.modules.push(Module { doc: document, scope, exports: exports.clone() });
        self.module_of.insert(document, index);
        if let Some(of) = self.documents.get(document) {
            self.following.enter(document, of, self.sequence.steps.len());
        }
        let Some(unit) = unit else { return index };
        if self.budget.fuel == 0 {
            self.budget.unvisited.insert(document);
        }
        let holder = javascript.then(|| {
            self.heap.dict(BTreeMap::from([
                ("exports".into(), exports.clone()),
                ("require".into(), Val::path("require")),
                ("constructor".into(), Val::path("Module")),
            ]))
        });
        if !javascript
            && let Some(path) = self.python_file_text(document)
            && let Some(scope) = self.heap.scope_mut(scope)
        {
            scope.names.insert("__file__".into(), path);
        }
        if let (Some(holder), Some(scope)) = (&holder, self.heap.scope_mut(scope)) {
            scope.names.insert("module".into(), holder.clone());
            scope.names.insert("exports".into(), exports.clone());
        }
        // A module's code is certain where its import is; its own exits end only itself.
        let flow = std::mem::replace(&mut self.control.flow, Flow::Next);
        let concrete = std::mem::take(&mut self.control.unrolling);
        let muted = std::mem::take(&mut self.control.muted);
        let path = self.file_of(document).unwrap_or_default();
        self.enter_path(path);
        self.note_run(document);
        self.note_obfuscation(document);
        let frame = Frame { doc: document, unit: unit.clone(), scope, this: Value::Null.into(), dialect };
        if self.trace.call_path.len() <= crate::behavior::interpret::MAX_CALLS {
            self.visit_module(index, &frame, unit.body, holder.as_ref());
        } else {
            self.defer(Work::Module { index, frame, body: unit.body, holder });
        }
        self.leave_path();
        self.control.muted = muted;
        self.control.unrolling = concrete;
        self.control.flow = flow;
        index
    }

    /// Walks a module's top level and takes what it exports.
    pub fn visit_module(&mut self, index: usize, frame: &Frame, body: NodeId, holder: Option<&Val>) {
        self.eval(frame, body);
        let assigned = holder.and_then(|holder| self.heap.entries(holder).and_then(|e| e.get("exports").cloned()));
        if let (Some(module), Some(assigned)) = (self.modules.get_mut(index), assigned) {
            module.exports = assigned;
        }
    }

    /// The path of a document's file; for a layer, of the file its chain begins in.
    pub fn file_of(&self, document: usize) -> Option<String> {
        let mut doc = self.documents.get(document)?.doc;
        loop {
            match doc {
                Doc::File(file) => return self.package.files.get(file).map(|f| f.path.clone()),
                Doc::Layer(layer) => doc = self.sequence.layers.get(layer)?.parent,
            }
        }
    }
}

/// A path relative to a file, `..` resolved; `None` when it leaves the package.
pub fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A module's name as words.
pub fn module_words(name: &str) -> String {
    name.trim_start_matches('@').replace(['.', '/', '_', '-'], " ").to_ascii_lowercase()
}
