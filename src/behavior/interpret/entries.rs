//! What runs: the package's entries in order, then every script and function that nothing reached.

use crate::behavior::feature::Feature;
use crate::behavior::interpret::value::{Closure, Object, Value};
use crate::behavior::interpret::{Dialect, Interpreter};
use crate::package::{Ecosystem, Phase, Target};
use crate::syntax::Doc;
use crate::syntax::ir::{Language, NodeId};
use crate::syntax::shell;

/// Folders whose code a user of the package does not run.
const ASIDE: [&str; 12] = [
    "test",
    "tests",
    "__tests__",
    "spec",
    "docs",
    "doc",
    "example",
    "examples",
    "benchmark",
    "benchmarks",
    "fixtures",
    "demo",
];

impl Interpreter<'_> {
    pub fn visit_entries(&mut self) {
        let entries = self.package.entries.clone();
        let mut phase = None;
        for (index, entry) in entries.into_iter().enumerate() {
            if phase != Some(entry.phase) {
                if entry.phase == Phase::Run {
                    self.visit_submodules();
                }
                phase = Some(entry.phase);
                // Each phase is a process of its own: modules are walked anew.
                self.module_of.clear();
                self.memo.patched.clear();
                self.memo.search.clear();
            }
            self.begin_entry(entry.phase, &entry.name);
            self.trace.own_entry = Some(index);
            match entry.target {
                Target::File(file) => {
                    if let Some(language) = self.loaded_as(file, entry.phase) {
                        self.as_code(file, language);
                    }
                    self.control.program = self.by_file.get(&file).copied().filter(|_| entry.phase != Phase::Import);
                    self.visit_file(file);
                    self.control.program = None;
                    if is_native(self.package.files.get(file).map_or("", |f| f.path.as_str())) {
                        self.trace.site = None;
                        self.note_unread(file);
                    }
                }
                Target::Function { file, name } => self.visit_function(file, &name),
                Target::Shell { file, span, text } => self.visit_shell(file, span, &text),
                Target::Unresolved(_) => {}
            }
            self.end_entry();
            self.trace.own_entry = None;
        }
        if phase != Some(Phase::Run) {
            self.visit_submodules();
        }
        self.visit_rest();
    }

    /// The language that an entry's file is code of whatever it is called: Node loads what a manifest names, and the build of
    /// an sdist what its project names.
    fn loaded_as(&self, file: usize, phase: Phase) -> Option<Language> {
        let found = self.package.files.get(file)?;
        let script =
            found.source.as_ref().is_some_and(|source| shell::Dialect::of(&found.path, &source.text).is_some());
        let other = [".pth", ".gyp"].iter().any(|ending| found.path.ends_with(ending));
        match self.package.ecosystem {
            _ if script || other => None,
            Ecosystem::Npm => Some(Language::JavaScript),
            Ecosystem::Pypi if phase == Phase::Install => Some(Language::Python),
            _ => None,
        }
    }

    /// Ends an entry. One without a step says nothing in the sequence; the package's own list still names it.
    pub fn end_entry(&mut self) {
        self.run_deferred();
        let last = self.sequence.entries.len().saturating_sub(1);
        if self.sequence.steps.last().is_none_or(|step| step.entry != last) {
            self.sequence.entries.pop();
        }
    }

    pub fn visit_file(&mut self, file: usize) {
        if !self.options.call_graph && !self.trace.call_path.is_empty() {
            return;
        }
        if let Some(document) = self.by_file.get(&file).copied() {
            self.load(document);
        } else if self.package.files.get(file).is_some_and(|f| f.path.ends_with(".pth")) {
            self.visit_pth(file);
        } else if self.package.files.get(file).is_some_and(|f| f.path.ends_with(".gyp")) {
            self.visit_gyp(file);
        } else {
            self.visit_script(file);
        }
    }

    /// Lines of a `.pth` that begin with `import` are code.
    fn visit_pth(&mut self, file: usize) {
        let Some(source) = self.package.files.get(file).and_then(|f| f.source.clone()) else { return };
        let lines: Vec<&str> = crate::package::code_of_pth(&source.text).collect();
        if lines.is_empty() {
            return;
        }
        let document = self.text_document(Doc::File(file));
        let frame = self.detached_frame(document);
        self.emit(&frame, NodeId(1), Feature::Persist, "interpreter start");
        self.run_layer(&frame, NodeId(1), &lines.join("\n"), Dialect::Python, "pth");
    }

    /// A `binding.gyp` as the Python that gyp evaluates; its commands are entries of their own.
    fn visit_gyp(&mut self, file: usize) {
        if let Some(document) = self.as_code(file, Language::Python) {
            self.load(document);
        }
    }

    /// Everything that a build runs which a file tells; `false` where that is nothing.
    pub fn visit_build(&mut self, file: usize, goals: &[String]) -> bool {
        let goals: Vec<&str> = goals.iter().map(String::as_str).collect();
        let entries = self.package.build_entries(file, &goals);
        let found = !entries.is_empty();
        for entry in entries {
            match entry.target {
                Target::File(file) => self.visit_file(file),
                Target::Function { file, name } => self.visit_function(file, &name),
                Target::Shell { file, span, text } => self.visit_shell(file, span, &text),
                Target::Unresolved(what) => self.note_unresolved(&what),
            }
        }
        found
    }

    fn visit_function(&mut self, file: usize, name: &str) {
        let Some(document) = self.as_code(file, Language::Python) else { return };
        let module = self.load(document);
        let Some(scope) = self.modules.get(module).map(|m| m.scope) else { return };
        let mut parts = name.split('.');
        let first = parts.next().unwrap_or_default();
        let Some(mut val) = self.heap.scope_of(scope).and_then(|s| s.names.get(first)).cloned() else { return };
        let frame = self.detached_frame(document);
        for part in parts {
            // A method is called on an instance.
            if let Value::Class(class) = val.value {
                val = self.instantiate(&frame, NodeId(0), class, Vec::new());
            }
            val = self.member(&frame, NodeId(0), &val, part);
        }
        self.control.direct = true;
        self.call_back(&frame, &val, crate::behavior::taint::Taint::NONE);
    }

    /// Code that no entry reached: files first imported by nobody, then functions called by nobody, file by file; tests,
    /// documentation and examples after the others, and last what no installer unpacks, which may be anything.
    fn visit_rest(&mut self) {
        let mut files: Vec<(Rest, usize, usize)> = self
            .by_file
            .iter()
            .map(|(file, document)| {
                let path = self.package.files.get(*file).map_or("", |f| f.path.as_str());
                let rest = match () {
                    () if crate::package::is_aside(path) => Rest::NotInstalled,
                    () if is_aside(self.package.inside(path)) => Rest::Aside,
                    () => Rest::Package,
                };
                (rest, *file, *document)
            })
            .collect();
        let modules = self.modules.iter().map(|m| m.doc);
        let walked: std::collections::HashSet<usize> = modules.chain(self.memo.executed.iter().copied()).collect();
        // What an entry imports is no mere test or example, whatever its folder is called.
        for (rest, ..) in files.iter_mut().filter(|(.., document)| walked.contains(document)) {
            *rest = Rest::Package;
        }
        files.sort_unstable();
        for (rest, file, document) in files {
            let path = self.package.files.get(file).map(|f| f.path.clone()).unwrap_or_default();
            let inside = self.package.inside(&path).to_owned();
            let about = if rest == Rest::Aside {
                "aside"
            } else if walked.contains(&document) {
                "not called"
            } else {
                "not imported"
            };
            self.begin_entry(Phase::Run, &format!("{about}: {inside}"));
            if !walked.contains(&document) {
                self.control.program = Some(document);
                self.load(document);
                self.control.program = None;
            }
            self.visit_main_blocks(document);
            self.visit_uncalled(document);
            self.end_entry();
        }
        self.visit_serialized();
        self.visit_layers();
        self.visit_unvisited();
    }

    /// Functions of layers that nothing called, those of layers found on the way too.
    fn visit_layers(&mut self) {
        let mut document = 0;
        while let Some(doc) = self.documents.get(document).map(|d| d.doc) {
            let waiting = self.memo.waiting.range((document, 0)..=(document, u32::MAX)).next().is_some();
            if let (Doc::Layer(layer), true) = (doc, waiting) {
                self.begin_entry(Phase::Run, &format!("not called: layer {layer}"));
                self.visit_uncalled(document);
                self.end_entry();
            }
            document += 1;
        }
    }

    /// Compiled files and pickles: what they hold is listed and walked.
    fn visit_serialized(&mut self) {
        let frozen = |path: &str| [".pyc", ".pyo", ".pkl", ".pickle"].iter().any(|ending| path.ends_with(ending));
        let files: Vec<usize> = (0..self.package.files.len())
            .filter(|i| self.package.files.get(*i).is_some_and(|f| frozen(&f.path)))
            .collect();
        for file in files {
            let Some((path, bytes)) = self.package.files.get(file).map(|f| (f.path.clone(), f.bytes.clone())) else {
                continue;
            };
            let inside = self.package.inside(&path);
            self.begin_entry(Phase::Run, &format!("not imported: {inside}"));
            let document = self.text_document(Doc::File(file));
            let frame = self.detached_frame(document);
            self.serialized_file(&frame, &path, &bytes);
            self.end_entry();
        }
    }

    /// Walks the functions of a document that nothing called, outermost first.
    pub fn visit_uncalled(&mut self, document: usize) {
        while let Some(key) = self.memo.waiting.range((document, 0)..=(document, u32::MAX)).next().copied() {
            self.run_deferred();
            self.collect_garbage();
            self.memo.waiting.remove(&key);
            let Some(Object::Func(closure)) = self.memo.created.get(&key).and_then(|at| self.heap.get(*at)) else {
                continue;
            };
            let closure = (**closure).clone();
            let this = match self.memo.method_of.get(&key).copied() {
                Some(class) => {
                    let held = self.memo.instances.get(&class.0).cloned();
                    let instance = held.unwrap_or_else(|| {
                        let frame = self.detached_frame(document);
                        self.instantiate(&frame, NodeId(0), class, Vec::new())
                    });
                    self.memo.instances.insert(class.0, instance.clone());
                    Some(instance)
                }
                None => closure.this.clone(),
            };
            if !self.memo.reached.contains(&key) {
                self.control.direct = true;
                self.invoke(&Closure { this, ..closure }, Vec::new());
            }
        }
    }
}

/// What a file is that no entry reached, in the order in which such files are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rest {
    /// A part of the package.
    Package,
    /// Tests, documentation, examples.
    Aside,
    /// Bytes of the archive that no installer unpacks.
    NotInstalled,
}

/// Machine code that an import loads.
fn is_native(path: &str) -> bool {
    [".so", ".pyd"].iter().any(|ending| path.ends_with(ending))
}

/// Whether a path inside the package is of a file that its users do not run: tests, documentation, examples.
pub fn is_aside(inside: &str) -> bool {
    inside.split('/').any(|folder| ASIDE.contains(&folder.to_ascii_lowercase().as_str()))
        || inside.rsplit('/').next().is_some_and(|name| {
            name.contains(".test.") || name.contains(".spec.") || name.starts_with("test_") || name == "conftest.py"
        })
}
