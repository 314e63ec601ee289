//! Python's imports: names to files, holders before what they hold.

use crate::behavior::interpret::imports::module_words;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter};
use crate::syntax::ir::{Bind, Import, NodeId};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// Names that `import *` binds at the cost of a step.
const NAMES_PER_STEP: usize = 4;

#[derive(Deserialize)]
struct Standard {
    names: BTreeSet<String>,
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static STANDARD: LazyLock<Standard> = LazyLock::new(|| {
    toml::from_str(include_str!("../../catalogue/standard.toml"))
        .unwrap_or_else(|error| panic!("built-in names: {error}"))
});

/// Whether a dotted name is of Python's standard library, or of what comes with every Python.
pub fn is_standard(name: &str) -> bool {
    let root = name.split('.').next().unwrap_or(name);
    STANDARD.names.contains(root) || matches!(root, "pip" | "setuptools" | "wheel")
}

impl Interpreter<'_> {
    pub fn import_python(&mut self, frame: &Frame, id: NodeId, import: &Import) {
        self.site_at(frame, id);
        let base = self.base_of(frame, import);
        let external = import.level == 0
            && self.find_python(frame, &base).is_none()
            && self.find_python(frame, base.split('.').next().unwrap_or(&base)).is_none();
        if external {
            // A name imported from a package may be a module of its own: `from urllib import request`.
            let feature = frame.dialect.catalogue().module(&import.module);
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
                            None => Val::path(Dialect::Python.normalised(&format!("{}.{member}", import.module))),
                        },
                    };
                    self.set(frame, local, val);
                }
            }
            Bind::Star => {
                if let Some(Val { value: Value::Module(module), .. }) = self.python_module(frame, &base) {
                    let scope = self.modules.get(module).map(|m| m.scope);
                    let names = scope.and_then(|s| self.heap.scope_of(s)).map(|s| &s.names);
                    let listed = names.and_then(|names| self.heap.items(names.get("__all__")?));
                    // A list put together by code may hold more than is known.
                    let listed = listed.filter(|listed| listed.iter().all(|item| item.as_str().is_some()));
                    let public: Vec<_> = names
                        .into_iter()
                        .flat_map(|names| names.iter())
                        .filter(|(name, _)| match &listed {
                            Some(listed) => listed.iter().any(|item| item.as_str() == Some(name)),
                            None => !name.starts_with('_'),
                        })
                        .map(|(name, val)| (name.clone(), val.clone()))
                        .collect();
                    // Modules that all import each other in full would cost the cube of their number.
                    self.spend(public.len() / NAMES_PER_STEP);
                    for (name, val) in public {
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
    pub fn namespace(&mut self, frame: &Frame, name: &str) -> Val {
        let mut val = self.python_module(frame, name).unwrap_or_default();
        for part in name.split('.').skip(1).collect::<Vec<_>>().into_iter().rev() {
            val = self.heap.dict(BTreeMap::from([(part.into(), val)]));
        }
        val
    }

    /// `from m import *` of a library: the names that the catalogue knows of it.
    pub fn import_star(&mut self, frame: &Frame, module: &str) {
        let prefix = format!("{module}.");
        let paths = frame.dialect.catalogue().groups().iter().flat_map(|group| &group.names);
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
    pub fn base_of(&self, frame: &Frame, import: &Import) -> String {
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
    pub fn find_python(&self, frame: &Frame, name: &str) -> Option<usize> {
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
            let library = standard || frame.dialect.catalogue().module(name).is_some();
            let beside = (!library).then(|| found(near.trim_start_matches('/'))).flatten();
            let added = || self.memo.search.iter().find_map(|folder| found(&format!("{folder}/{relative}")));
            beside.or_else(|| if standard { None } else { added() })
        })
    }

    /// A module of the package by name.
    pub fn python_module(&mut self, frame: &Frame, name: &str) -> Option<Val> {
        let file = self.find_python(frame, name)?;
        // The packages that hold a module are walked before it; a folder between them may be none.
        let site = self.trace.site;
        for parent in self.holders(frame, name) {
            self.trace.site = site;
            if self.by_file.contains_key(&parent) && self.trace.calls.len() < crate::behavior::interpret::MAX_CALLS {
                self.module_value(parent);
            }
        }
        self.trace.site = site;
        self.by_file.contains_key(&file).then(|| self.module_value(file))
    }

    /// The `__init__.py` of each package around a module, outermost first; of a relative import only those that do not hold
    /// the importing file as well, which are being walked.
    pub fn holders(&self, frame: &Frame, name: &str) -> Vec<usize> {
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
    pub fn import_by_name(&mut self, frame: &Frame, id: NodeId, name: &str, root: bool) -> Val {
        self.site_at(frame, id);
        if let Some(module) = self.python_module(frame, name) {
            return module;
        }
        if let Some(feature) = frame.dialect.catalogue().module(name) {
            self.emit(frame, id, feature, &format!("import {}", module_words(name)));
        }
        let bound = if root { name.split('.').next().unwrap_or(name) } else { name };
        Val::path(Dialect::Python.normalised(bound))
    }

    /// A name of a module of the package.
    pub fn module_member(&mut self, frame: &Frame, module: usize, name: &str) -> Val {
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
}
