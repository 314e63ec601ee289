//! Imports and requires: modules of the package are walked where they are first imported, others become paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::value::{Object, Val, Value};
use super::{Flow, Frame, Interpreter, Module};
use crate::behavior::feature::Feature;
use crate::syntax::Doc;
use crate::syntax::ir::{Bind, Import, NodeId};

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

#[derive(Deserialize)]
struct Standard {
    names: BTreeSet<String>,
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static STANDARD: LazyLock<Standard> = LazyLock::new(|| {
    toml::from_str(include_str!("../catalogue/standard.toml")).unwrap_or_else(|error| panic!("built-in names: {error}"))
});

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

    fn set(&mut self, frame: &Frame, name: &Arc<str>, val: Val) {
        if let Some(scope) = self.heap.scope_mut(frame.scope) {
            scope.names.insert(name.clone(), val);
        }
    }

    /// `require(name)`.
    pub(super) fn require(&mut self, frame: &Frame, id: NodeId, name: &str) -> Val {
        let name = name.strip_prefix("node:").unwrap_or(name);
        if name.starts_with('.') || name.starts_with('/') {
            let from = self.file_of(frame.doc).unwrap_or_default();
            let Some(target) = resolve(&from, name) else { return Val::default() };
            return match self.find_javascript(&target) {
                Some(file) => self.module_value(file),
                None => {
                    self.emit(frame, id, Feature::P4, "require missing file");
                    Val::default()
                }
            };
        }
        if Some(name) == self.package.name.as_deref() {
            let main = self.package.entries.iter().find_map(|e| match (&e.target, e.name.as_str()) {
                (crate::package::Target::File(file), "main") => Some(*file),
                _ => None,
            });
            if let Some(file) = main {
                return self.module_value(file);
            }
        }
        if let Some(feature) = Self::catalogue(frame).module(name) {
            self.emit(frame, id, feature, &format!("import {}", module_words(name)));
        }
        Val::path(name.strip_suffix("/promises").map_or_else(|| name.to_owned(), |base| format!("{base}.promises")))
    }

    /// The value of a module of the package, walked now if this phase has not walked it.
    fn module_value(&mut self, file: usize) -> Val {
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
        let holder = javascript.then(|| self.heap.dict(BTreeMap::from([("exports".into(), exports.clone())])));
        if let (Some(holder), Some(scope)) = (&holder, self.heap.scope_mut(scope)) {
            scope.names.insert("module".into(), holder.clone());
            scope.names.insert("exports".into(), exports.clone());
        }
        // A module's code is certain where its import is; its own exits end only itself.
        let flow = std::mem::replace(&mut self.flow, Flow::Next);
        let concrete = std::mem::take(&mut self.concrete);
        let muted = std::mem::take(&mut self.muted);
        let path = self.file_of(document).unwrap_or_default();
        self.call_path.push(path);
        self.note_disguise(document);
        let frame = Frame { doc: document, unit: unit.clone(), scope, this: Value::Null.into(), javascript };
        if self.call_path.len() <= super::MAX_CALLS {
            self.eval(&frame, unit.body);
        }
        self.call_path.pop();
        self.muted = muted;
        self.concrete = concrete;
        self.flow = flow;
        let assigned = holder.and_then(|holder| self.heap.entries(&holder).and_then(|e| e.get("exports").cloned()));
        if let (Some(module), Some(assigned)) = (self.modules.get_mut(index), assigned) {
            module.exports = assigned;
        }
        index
    }

    fn import_python(&mut self, frame: &Frame, id: NodeId, import: &Import) {
        let base = self.base_of(frame, import);
        let external = import.level == 0
            && self.find_python(frame, &base).is_none()
            && self.find_python(frame, base.split('.').next().unwrap_or(&base)).is_none();
        if external {
            // A name imported from a package may be a module of its own: `from urllib import request`.
            let feature = Self::catalogue(frame).module(&import.module);
            if let Some(feature) = feature {
                self.emit(frame, id, feature, &format!("import {}", module_words(&import.module)));
            }
        }
        match &import.bind {
            Bind::Root => {
                let root: Arc<str> = import.module.split('.').next().unwrap_or(&import.module).into();
                if external {
                    self.set(frame, &root, Val::path(&*root));
                } else {
                    self.python_module(frame, &base);
                    let val = match self.python_module(frame, &root) {
                        Some(module) => module,
                        None => self.namespace(frame, &base),
                    };
                    self.set(frame, &root, val);
                }
            }
            Bind::Module(local) => {
                let val = self.python_module(frame, &base).unwrap_or_else(|| Val::path(&*import.module));
                self.set(frame, local, val);
            }
            Bind::Names(names) => {
                let module = self.python_module(frame, &base);
                for (member, local) in names {
                    let val = match &module {
                        Some(module) => {
                            let val = self.member(frame, id, module, member);
                            if matches!(val.value, Value::Unknown) {
                                self.python_module(frame, &format!("{base}.{member}")).unwrap_or(val)
                            } else {
                                val
                            }
                        }
                        None => match self.python_module(frame, &format!("{base}.{member}")) {
                            Some(module) => module,
                            None if import.level > 0 => Val::default(),
                            None => Val::path(super::member::normalised(&format!("{}.{member}", import.module), false)),
                        },
                    };
                    self.set(frame, local, val);
                }
            }
            Bind::Star => {
                if let Some(Val { value: Value::Module(module), .. }) = self.python_module(frame, &base) {
                    let scope = self.modules.get(module).map(|m| m.scope);
                    let names = scope.and_then(|s| self.heap.scope_of(s)).map(|s| s.names.clone()).unwrap_or_default();
                    for (name, val) in names.into_iter().filter(|(name, _)| !name.starts_with('_')) {
                        self.set(frame, &name, val);
                    }
                } else if import.level == 0 {
                    self.import_star(frame, &import.module);
                }
            }
            Bind::Nothing | Bind::ReExport(_) => {}
        }
    }

    /// The root of a dotted name whose folders hold no `__init__.py`.
    fn namespace(&mut self, frame: &Frame, name: &str) -> Val {
        let mut val = self.python_module(frame, name).unwrap_or_default();
        for part in name.split('.').skip(1).collect::<Vec<_>>().into_iter().rev() {
            val = self.heap.dict(BTreeMap::from([(part.into(), val)]));
        }
        val
    }

    /// `from m import *` of a library: the names that the catalogue knows of it.
    fn import_star(&mut self, frame: &Frame, module: &str) {
        let prefix = format!("{module}.");
        let paths = Self::catalogue(frame).groups().iter().flat_map(|group| &group.names);
        let names: BTreeSet<String> = paths
            .filter_map(|path| path.strip_prefix(&prefix).map(|rest| rest.split('.').next().unwrap_or(rest).to_owned()))
            .filter(|name| name != "*")
            .collect();
        for name in names {
            let val = Val::path(format!("{prefix}{name}"));
            self.set(frame, &name.as_str().into(), val);
        }
    }

    /// The absolute dotted name that an import means.
    fn base_of(&self, frame: &Frame, import: &Import) -> String {
        if import.level == 0 {
            return import.module.to_string();
        }
        let path = self.file_of(frame.doc).unwrap_or_default();
        let mut folders: Vec<&str> = path.split('/').collect();
        folders.pop();
        for _ in 1..import.level {
            folders.pop();
        }
        let mut name = format!("/{}", folders.join("/"));
        if !import.module.is_empty() {
            name.push('/');
            name.push_str(&import.module.replace('.', "/"));
        }
        name
    }

    /// The file of a dotted module name (or of a path that [`Self::base_of`] made, which begins with `/`).
    fn find_python(&self, frame: &Frame, name: &str) -> Option<usize> {
        let found = |base: &str| {
            ["/__init__.py", ".py", ".pyw"].iter().find_map(|ending| self.package.by_path(&format!("{base}{ending}")))
        };
        if let Some(path) = name.strip_prefix('/') {
            return found(&path.replace('.', "/")).or_else(|| found(path));
        }
        let relative = name.replace('.', "/");
        let root = &self.package.root;
        let here = self.file_of(frame.doc).unwrap_or_default();
        let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A script's own folder comes first on Python's path, but a module named as the library it wraps does not hide it.
        let near = format!("{folder}/{relative}");
        found(&format!("{root}{relative}")).or_else(|| found(&format!("{root}src/{relative}"))).or_else(|| {
            let standard = STANDARD.names.contains(name.split('.').next().unwrap_or(name));
            let library = standard || Self::catalogue(frame).module(name).is_some();
            (!library).then(|| found(near.trim_start_matches('/'))).flatten()
        })
    }

    /// A module of the package by name.
    fn python_module(&mut self, frame: &Frame, name: &str) -> Option<Val> {
        let file = self.find_python(frame, name)?;
        // The packages that hold a module are walked before it; a folder between them may be none.
        for parent in self.holders(frame, name) {
            if self.by_file.contains_key(&parent) && self.calls.len() < super::MAX_CALLS {
                self.module_value(parent);
            }
        }
        self.by_file.contains_key(&file).then(|| self.module_value(file))
    }

    /// The `__init__.py` of each package around a module, outermost first; of a relative import only those that do not hold
    /// the importing file as well, which are being walked.
    fn holders(&self, frame: &Frame, name: &str) -> Vec<usize> {
        let here = self.file_of(frame.doc).unwrap_or_default();
        let relative = name.starts_with('/');
        let sign = if relative { '/' } else { '.' };
        let ends = name.match_indices(sign).map(|(at, _)| at).filter(|at| *at > 0).take(32);
        let holders = ends.filter_map(|end| {
            let holder = name.get(..end)?;
            let around = relative && here.starts_with(&format!("{}/", holder.trim_start_matches('/')));
            self.find_python(frame, holder).filter(|_| !around)
        });
        holders.collect()
    }

    /// `__import__(name)`.
    pub(super) fn import_by_name(&mut self, frame: &Frame, id: NodeId, name: &str, root: bool) -> Val {
        if let Some(module) = self.python_module(frame, name) {
            return module;
        }
        if let Some(feature) = Self::catalogue(frame).module(name) {
            self.emit(frame, id, feature, &format!("import {}", module_words(name)));
        }
        let bound = if root { name.split('.').next().unwrap_or(name) } else { name };
        Val::path(super::member::normalised(bound, false))
    }

    /// A name of a module of the package.
    pub(super) fn module_member(&mut self, frame: &Frame, module: usize, name: &str) -> Val {
        let Some(found) = self.modules.get(module) else { return Val::default() };
        let (scope, document) = (found.scope, found.doc);
        if let Some(val) = self.heap.scope_of(scope).and_then(|s| s.names.get(name)) {
            return val.clone();
        }
        // A submodule not imported yet.
        let path = self.file_of(document).unwrap_or_default();
        match path.strip_suffix("/__init__.py") {
            Some(folder) => self.python_module(frame, &format!("/{folder}/{name}")).unwrap_or_default(),
            None => Val::default(),
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
fn module_words(name: &str) -> String {
    name.trim_start_matches('@').replace(['.', '/', '_', '-'], " ").to_ascii_lowercase()
}
