//! JavaScript's imports and requires: names to files as node finds them.

use std::collections::BTreeMap;

use super::{module_words, resolve};
use crate::behavior::feature::Feature;
use crate::behavior::interpret::value::{BEHIND, Object, Val, Value};
use crate::behavior::interpret::{Frame, Interpreter};
use crate::package::{Phase, Target};
use crate::syntax::ir::{Bind, Import, Language, NodeId};

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
    /// An `import` or `export from`.
    pub fn import_javascript(&mut self, frame: &Frame, id: NodeId, import: &Import) {
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
                        None if module.as_path().is_some() => BTreeMap::from([(BEHIND.into(), module)]),
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

    /// `require(name)`.
    pub fn require(&mut self, frame: &Frame, id: NodeId, name: &str) -> Val {
        self.site_at(frame, id);
        let name = name.strip_prefix("node:").unwrap_or(name);
        if let Some(exports) = self.data_address(frame, id, name) {
            self.emit(frame, id, Feature::EvaluateCode, "require computed");
            return exports;
        }
        // `./gzip.node` may be the name of a script without its ending.
        let script = || {
            let from = self.file_of(frame.doc).unwrap_or_default();
            let found = resolve(&from, name).and_then(|target| self.find_javascript(&target));
            let file = found.and_then(|file| self.package.files.get(file));
            file.is_some_and(|file| !file.path.ends_with(".node"))
        };
        if name.ends_with(".node") && !script() {
            self.emit(frame, id, Feature::LoadNative, "native");
        }
        if name.starts_with('.') || name.starts_with('/') {
            let from = self.file_of(frame.doc).unwrap_or_default();
            let Some(target) = resolve(&from, name) else { return Val::default() };
            return match self.find_javascript(&target) {
                Some(file) => {
                    self.as_code(file, Language::JavaScript);
                    match self.own_json(file) {
                        Some(val) => val,
                        None => self.module_value(file),
                    }
                }
                None => {
                    self.emit(frame, id, Feature::EvaluateCode, "require missing file");
                    self.note_unresolved(&format!("{name} is not in the package"));
                    Val::default()
                }
            };
        }
        if let Some(file) = self.own_module(name) {
            self.as_code(file, Language::JavaScript);
            return self.module_value(file);
        }
        if let Some(feature) = frame.dialect.catalogue().module(name) {
            self.emit(frame, id, feature, &format!("import {}", module_words(name)));
        }
        Val::path(name.strip_suffix("/promises").map_or_else(|| name.to_owned(), |base| format!("{base}.promises")))
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
    pub fn find_javascript(&self, target: &str) -> Option<usize> {
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
