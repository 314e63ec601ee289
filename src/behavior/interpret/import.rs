//! Imports and requires: modules of the package are walked where they are first imported, others become paths.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::late::What;
use super::value::{Object, Val, Value};
use super::{Flow, Frame, Interpreter, Module};
use crate::behavior::feature::Feature;
use crate::package::{Phase, Target};
use crate::syntax::Doc;
use crate::syntax::ir::{Bind, Import, Language, NodeId};

/// The member under which `export * from 'library'` keeps the library.
pub(super) const RE_EXPORTED: &str = "export:*";

/// What node tries after a path, in order.
const ENDINGS: [&str; 14] = [
    "",
    ".js",
    ".cjs",
    ".mjs",
    ".json",
    ".ts",
    ".tsx",
    ".jsx",
    ".mts",
    ".cts",
    "/index.js",
    "/index.ts",
    "/index.cjs",
    "/index.mjs",
];

/// Names that are exported again at the cost of a step.
const NAMES_PER_STEP: usize = 4;

/// How many of [`ENDINGS`] stand for a file, before those that stand for a folder.
const BESIDE: usize = 10;

impl Interpreter<'_> {
    /// An import statement.
    pub(super) fn import(&mut self, frame: &Frame, id: NodeId, import: &Import) {
        if frame.javascript {
            self.import_javascript(frame, id, import);
        } else {
            self.import_python(frame, id, import);
        }
    }

    fn import_javascript(&mut self, frame: &Frame, id: NodeId, import: &Import) {
        let module = self.require(frame, id, &import.module);
        match &import.bind {
            Bind::Nothing => {}
            Bind::Module(name) => self.set(frame, name, module),
            Bind::Names(names) => {
                for (member, local) in names {
                    let val = if &**member == "default" {
                        self.default_export(frame, id, &module)
                    } else {
                        self.member(frame, id, &module, member)
                    };
                    self.set(frame, local, val);
                }
            }
            Bind::Root | Bind::Star => {}
            Bind::ReExport(name) => {
                let exports = self.lookup(frame, "exports");
                if let Value::Dict(at) = exports.value {
                    let entries = match name {
                        Some(name) => BTreeMap::from([(name.as_ref().into(), module)]),
                        None if module.as_path().is_some() => BTreeMap::from([(RE_EXPORTED.into(), module)]),
                        None => self.heap.entries(&module).cloned().unwrap_or_default(),
                    };
                    self.spend(entries.len() / NAMES_PER_STEP);
                    if let Some(Object::Dict(target)) = self.heap.get_mut(at) {
                        target.extend(entries);
                    }
                }
            }
        }
    }

    fn default_export(&mut self, frame: &Frame, id: NodeId, module: &Val) -> Val {
        match &module.value {
            Value::Dict(_) => {
                let found = self.heap.entries(module).and_then(|e| e.get("default").cloned());
                found.unwrap_or_else(|| module.clone())
            }
            Value::Path(_) => module.clone(),
            _ => {
                let val = self.member(frame, id, module, "default");
                if matches!(val.value, Value::Unknown) { module.clone() } else { val }
            }
        }
    }

    pub(super) fn set(&mut self, frame: &Frame, name: &Arc<str>, val: Val) {
        if let Some(scope) = self.heap.scope_mut(frame.scope) {
            scope.names.insert(name.clone(), val);
        }
    }

    /// `require(name)`.
    pub(super) fn require(&mut self, frame: &Frame, id: NodeId, name: &str) -> Val {
        self.site_at(frame, id);
        let name = name.strip_prefix("node:").unwrap_or(name);
        if name.starts_with('.') || name.starts_with('/') {
            let from = self.file_of(frame.doc).unwrap_or_default();
            let Some(target) = resolve(&from, name) else { return Val::default() };
            return match self.find_javascript(&target) {
                Some(file) => {
                    self.as_code(file, Language::JavaScript);
                    self.module_value(file)
                }
                None => {
                    self.emit(frame, id, Feature::P4, "require missing file");
                    self.note_unresolved(&format!("{name} is not in the package"));
                    Val::default()
                }
            };
        }
        if let Some(file) = self.own_module(name) {
            self.as_code(file, Language::JavaScript);
            return self.module_value(file);
        }
        if let Some(feature) = Self::catalogue(frame).module(name) {
            self.emit(frame, id, feature, &format!("import {}", module_words(name)));
        }
        Val::path(name.strip_suffix("/promises").map_or_else(|| name.to_owned(), |base| format!("{base}.promises")))
    }

    /// The value of a module of the package, walked now if this phase has not walked it.
    pub(super) fn module_value(&mut self, file: usize) -> Val {
        let known = self.by_file.get(&file).filter(|_| self.call_graph);
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
    pub(super) fn load(&mut self, document: usize) -> usize {
        if let Some(module) = self.module_of.get(&document) {
            return *module;
        }
        let index = self.modules.len();
        if self.exact.is_some() {
            self.not_exact();
            return index;
        }
        let scope = self.heap.scope(None);
        let unit = self.documents.get(document).map(|d| d.unit.clone());
        let javascript = unit.as_ref().is_some_and(|u| u.language.is_javascript());
        let exports = if javascript { self.heap.dict(BTreeMap::new()) } else { Value::Module(index).into() };
        self.modules.push(Module { doc: document, scope, exports: exports.clone() });
        self.module_of.insert(document, index);
        let Some(unit) = unit else { return index };
        if self.fuel == 0 {
            self.unwalked.insert(document);
        }
        let holder = javascript.then(|| {
            self.heap
                .dict(BTreeMap::from([("exports".into(), exports.clone()), ("require".into(), Val::path("require"))]))
        });
        if let (Some(holder), Some(scope)) = (&holder, self.heap.scope_mut(scope)) {
            scope.names.insert("module".into(), holder.clone());
            scope.names.insert("exports".into(), exports.clone());
        }
        // A module's code is certain where its import is; its own exits end only itself.
        let flow = std::mem::replace(&mut self.flow, Flow::Next);
        let concrete = std::mem::take(&mut self.concrete);
        let muted = std::mem::take(&mut self.muted);
        let path = self.file_of(document).unwrap_or_default();
        self.enter_path(path);
        self.note_run(document);
        self.note_disguise(document);
        let frame = Frame { doc: document, unit: unit.clone(), scope, this: Value::Null.into(), javascript };
        if self.call_path.len() <= super::MAX_CALLS {
            self.walk_module(index, &frame, unit.body, holder.as_ref());
        } else {
            self.put_off(What::Module { index, frame, body: unit.body, holder });
        }
        self.leave_path();
        self.muted = muted;
        self.concrete = concrete;
        self.flow = flow;
        index
    }

    /// Walks a module's top level and takes what it exports.
    pub(super) fn walk_module(&mut self, index: usize, frame: &Frame, body: NodeId, holder: Option<&Val>) {
        self.eval(frame, body);
        let assigned = holder.and_then(|holder| self.heap.entries(holder).and_then(|e| e.get("exports").cloned()));
        if let (Some(module), Some(assigned)) = (self.modules.get_mut(index), assigned) {
            module.exports = assigned;
        }
    }

    /// The path of a document's file; for a layer, of the file its chain begins in.
    pub(super) fn file_of(&self, document: usize) -> Option<String> {
        let mut doc = self.documents.get(document)?.doc;
        loop {
            match doc {
                Doc::File(file) => return self.package.files.get(file).map(|f| f.path.clone()),
                Doc::Layer(layer) => doc = self.sequence.layers.get(layer)?.parent,
            }
        }
    }

    /// The file that the package's own name, a path below it, or a `#name` of its `imports` stands for.
    fn own_module(&mut self, name: &str) -> Option<usize> {
        if name.starts_with('#') {
            return self.own_import(name);
        }
        let below = name.strip_prefix(self.package.name.as_deref().filter(|own| !own.is_empty())?)?;
        match below.strip_prefix('/') {
            Some(path) => self.find_javascript(&format!("{}{path}", self.package.root)),
            None if below.is_empty() => {
                let imports = self.package.entries.iter().filter(|entry| entry.phase == Phase::Import);
                imports.into_iter().find_map(|entry| match entry.target {
                    Target::File(file) => Some(file),
                    _ => None,
                })
            }
            None => None,
        }
    }

    /// The first file among the conditions of an entry of `imports`; `*` stands for any text.
    fn own_import(&mut self, name: &str) -> Option<usize> {
        let manifest = self.manifest()?;
        let (mut pending, star) =
            manifest.get("imports")?.as_object()?.iter().find_map(|(key, value)| match key.split_once('*') {
                None => (key == name).then_some((vec![value], "")),
                Some((before, after)) => Some((vec![value], name.strip_prefix(before)?.strip_suffix(after)?)),
            })?;
        while let Some(value) = pending.pop() {
            match value {
                serde_json::Value::String(target) => {
                    if target.len().saturating_mul(star.len().max(1)) > 1 << 16 {
                        return None;
                    }
                    let target = target.trim_start_matches("./").replace('*', star);
                    if let Some(file) = self.find_javascript(&format!("{}{target}", self.package.root)) {
                        return Some(file);
                    }
                }
                serde_json::Value::Object(conditions) => pending.extend(conditions.values().rev()),
                serde_json::Value::Array(choices) => pending.extend(choices.iter().rev()),
                _ => {}
            }
        }
        None
    }

    /// The file that node would load for a path.
    pub(super) fn find_javascript(&self, target: &str) -> Option<usize> {
        let (files, folders) = ENDINGS.split_at(BESIDE);
        let beside = |base: &str| files.iter().find_map(|ending| self.package.by_path(&format!("{base}{ending}")));
        let inside = |base: &str| folders.iter().find_map(|ending| self.package.by_path(&format!("{base}{ending}")));
        // A folder's own manifest names its main file.
        let main = || {
            let manifest = self.package.by_path(&format!("{target}/package.json"))?;
            let source = self.package.files.get(manifest)?.source.clone()?;
            let json: serde_json::Value = serde_json::from_str(&source.text).ok()?;
            let path = resolve(&format!("{target}/package.json"), json.get("main")?.as_str()?)?;
            beside(&path).or_else(|| inside(&path))
        };
        // TypeScript sources are imported by the name of what they compile to.
        let source = || {
            let base = target.strip_suffix(".js").or_else(|| target.strip_suffix(".mjs"))?;
            [".ts", ".tsx", ".mts"].iter().find_map(|ending| self.package.by_path(&format!("{base}{ending}")))
        };
        beside(target).or_else(main).or_else(|| inside(target)).or_else(source)
    }
}

/// A path relative to a file, `..` resolved; `None` when it leaves the package.
pub(super) fn resolve(from: &str, target: &str) -> Option<String> {
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
pub(super) fn module_words(name: &str) -> String {
    name.trim_start_matches('@').replace(['.', '/', '_', '-'], " ").to_ascii_lowercase()
}
