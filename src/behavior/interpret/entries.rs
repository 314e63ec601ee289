//! What runs: the package's entries in order, then every script and function that nothing reached.

use super::value::{Closure, Object, Val};
use super::{Document, Frame, Interpreter};
use crate::behavior::feature::Feature;
use crate::behavior::shell;
use crate::package::{Phase, Target};
use crate::syntax::Doc;
use crate::syntax::ir::{Node, NodeId, Unit};
use crate::text::Span;

use std::sync::Arc;

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
    pub(super) fn walk_entries(&mut self) {
        let entries = self.package.entries.clone();
        let mut phase = None;
        for entry in entries {
            if phase != Some(entry.phase) {
                if entry.phase == Phase::Run {
                    self.walk_submodules();
                }
                phase = Some(entry.phase);
                // Each phase is a process of its own: modules are walked anew.
                self.module_of.clear();
            }
            self.begin_entry(entry.phase, &entry.name);
            match entry.target {
                Target::File(file) => {
                    self.program = self.by_file.get(&file).copied().filter(|_| entry.phase != Phase::Import);
                    self.walk_file(file);
                    self.program = None;
                }
                Target::Function { file, name } => self.walk_function(file, &name),
                Target::Shell { file, span, text } => self.walk_shell(file, span, &text),
                Target::Unresolved(_) => {}
            }
            self.drop_empty_entry();
        }
        if phase != Some(Phase::Run) {
            self.walk_submodules();
        }
        self.walk_rest();
    }

    /// Entries without a step say nothing in the sequence; the package's own list still names them.
    pub(super) fn drop_empty_entry(&mut self) {
        let last = self.sequence.entries.len().saturating_sub(1);
        if self.sequence.steps.last().is_none_or(|step| step.entry != last) {
            self.sequence.entries.pop();
        }
    }

    fn walk_file(&mut self, file: usize) {
        if !self.call_graph && !self.call_path.is_empty() {
            return;
        }
        if let Some(document) = self.by_file.get(&file).copied() {
            self.load(document);
        } else if self.package.files.get(file).is_some_and(|f| f.path.ends_with(".pth")) {
            self.walk_pth(file);
        } else if self.package.files.get(file).is_some_and(|f| f.path.ends_with(".gyp")) {
            self.walk_gyp(file);
        } else {
            self.walk_script(file);
        }
    }

    /// A shell script of the package.
    fn walk_script(&mut self, file: usize) {
        let Some((path, source)) =
            self.package.files.get(file).and_then(|f| Some((f.path.as_str(), f.source.clone()?)))
        else {
            return;
        };
        let by_name = [".sh", ".bash", ".bat", ".cmd", ".ps1"].iter().any(|ending| path.ends_with(ending));
        let by_line = source.text.starts_with("#!") && source.text.lines().next().is_some_and(|l| l.ends_with("sh"));
        if !(by_name || by_line) || source.text.len() > 1 << 20 {
            return;
        }
        let span = Span { start: 0, end: source.text.len().min(80) };
        self.walk_shell(file, span, &source.text);
    }

    /// Lines of a `.pth` that begin with `import` are code.
    fn walk_pth(&mut self, file: usize) {
        let Some(source) = self.package.files.get(file).and_then(|f| f.source.clone()) else { return };
        let lines: Vec<&str> =
            source.text.lines().filter(|l| l.starts_with("import ") || l.starts_with("import\t")).collect();
        if lines.is_empty() {
            return;
        }
        let document = self.text_document(Doc::File(file));
        let frame = self.loose_frame(document);
        self.emit(&frame, NodeId(1), Feature::X3, "interpreter start");
        self.run_layer(&frame, NodeId(1), &lines.join("\n"), false, "pth");
    }

    /// Commands in a `binding.gyp` run at configuration: `<!(command)`.
    fn walk_gyp(&mut self, file: usize) {
        let Some(source) = self.package.files.get(file).and_then(|f| f.source.clone()) else { return };
        let mut rest = source.text.as_str();
        while let Some(at) = rest.find("<!") {
            let start = source.text.len() - rest.len() + at;
            let tail = rest.get(at + 2..).unwrap_or_default().trim_start_matches('@');
            let command = tail.strip_prefix('(').and_then(|t| t.split_once(')')).map(|(command, _)| command.to_owned());
            if let Some(command) = command {
                self.walk_shell(file, Span { start, end: start + command.len() + 4 }, &command);
            }
            rest = tail;
        }
    }

    fn walk_function(&mut self, file: usize, name: &str) {
        let Some(document) = self.by_file.get(&file).copied() else { return };
        let module = self.load(document);
        let Some(scope) = self.modules.get(module).map(|m| m.scope) else { return };
        let mut parts = name.split('.');
        let first = parts.next().unwrap_or_default();
        let Some(mut val) = self.heap.scope_of(scope).and_then(|s| s.names.get(first)).cloned() else { return };
        let frame = self.loose_frame(document);
        for part in parts {
            val = self.member(&frame, NodeId(0), &val, part);
        }
        self.direct = true;
        self.call_back(&frame, &val, crate::behavior::taint::Taint::NONE);
    }

    /// Shell text that stands in a file.
    pub(super) fn walk_shell(&mut self, file: usize, span: Span, text: &str) {
        let document = match self.by_file.get(&file) {
            Some(document) => *document,
            None => self.text_document(Doc::File(file)),
        };
        let told = shell::read(text);
        self.shell_talks(document, span, text);
        let shown: Vec<&str> = told.words.iter().map(String::as_str).take(6).collect();
        self.emit_at(document, span, Feature::P3, &format!("script {}", shown.join(" ")));
        for told in crate::behavior::strings::tell(text, &self.own_hosts) {
            self.emit_at(document, span, told.feature, &told.detail);
        }
        for mark in told.words.iter().filter(|w| w.contains(' ')) {
            self.emit_at(document, span, Feature::P3, mark);
        }
        if told.silent {
            self.emit_at(document, span, Feature::X2, "silent process");
        }
        let frame = self.loose_frame(document);
        self.start(&frame, NodeId(0), &told);
    }

    /// Walks what shell text starts: code on the command line, files and scripts of the package.
    pub(super) fn start(&mut self, frame: &Frame, id: NodeId, told: &shell::Shell) {
        for (javascript, code) in &told.code {
            self.run_layer(frame, id, &code.replace(super::HOLE, "_"), *javascript, "command line");
        }
        for target in &told.runs {
            self.run_file(frame, target);
        }
        for script in &told.scripts {
            self.run_manifest_script(script);
        }
    }

    /// A file started as a process of its own.
    fn run_file(&mut self, frame: &Frame, target: &str) {
        let here = self.file_of(frame.doc).unwrap_or_default();
        let target = target.replace('\\', "/");
        let near = super::import::resolve(&here, &target);
        let root = super::import::resolve(&format!("{}x", self.package.root), &target);
        let name = target.rsplit('/').next().unwrap_or(&target).to_owned();
        let mut found = None;
        for candidate in [near, root].into_iter().flatten() {
            found = found
                .or_else(|| self.find_javascript(&candidate))
                .or_else(|| self.package.by_path(&format!("{candidate}.py")));
        }
        // A path with an unknown folder: the package's only file of that name.
        if found.is_none() && target.contains(super::HOLE) && name.contains('.') {
            let ending = format!("/{name}");
            let mut files = (0..self.package.files.len())
                .filter(|i| self.package.files.get(*i).is_some_and(|f| f.path.ends_with(&ending)));
            found = files.next().filter(|_| files.next().is_none());
        }
        if let Some(file) = found
            && self.call_path.len() < super::MAX_CALLS
        {
            let outer = std::mem::replace(&mut self.program, self.by_file.get(&file).copied());
            self.walk_file(file);
            self.program = outer;
        }
    }

    /// `npm run name`.
    fn run_manifest_script(&mut self, name: &str) {
        let label = format!("npm run {name}");
        if self.call_path.contains(&label) || self.call_path.len() > 8 {
            return;
        }
        let manifest = self.package.manifest.file;
        let Some(source) = manifest.and_then(|file| self.package.files.get(file)).and_then(|f| f.source.clone()) else {
            return;
        };
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&source.text) else { return };
        let Some(text) = json.get("scripts").and_then(|s| s.get(name)).and_then(|t| t.as_str()) else { return };
        let start = source.text.find(&format!("\"{name}\"")).unwrap_or(0);
        self.call_path.push(label);
        if let Some(file) = manifest {
            self.walk_shell(file, Span { start, end: start + name.len() + 2 }, text);
        }
        self.call_path.pop();
    }

    /// A document for a text that is not code, so that steps can point into it.
    fn text_document(&mut self, doc: Doc) -> usize {
        if let Some(known) = self.documents.iter().position(|d| d.doc == doc) {
            return known;
        }
        let source = match doc {
            Doc::File(file) => self.package.files.get(file).and_then(|f| f.source.clone()),
            Doc::Layer(_) => None,
        };
        let source = source.unwrap_or_else(|| Arc::new(crate::text::Source::new(String::new())));
        let whole = Span { start: 0, end: source.text.len().min(80) };
        let unit = Unit {
            language: crate::syntax::ir::Language::JavaScript,
            nodes: vec![Node::Null, Node::Null],
            spans: vec![whole, whole],
            functions: Vec::new(),
            classes: Vec::new(),
            body: NodeId(0),
            partial: None,
        };
        self.documents.push(Document { doc, unit: Arc::new(unit), source });
        self.documents.len() - 1
    }

    /// A frame with no names of its own.
    fn loose_frame(&mut self, document: usize) -> Frame {
        let unit = self.documents.get(document).map(|d| d.unit.clone());
        let unit = unit.unwrap_or_else(|| {
            Arc::new(crate::syntax::ir::Builder::new(crate::syntax::ir::Language::Python).finish(NodeId(0)))
        });
        let javascript = unit.language.is_javascript();
        let scope = self.heap.scope(None);
        let this = Val::from(super::value::Value::Null);
        Frame { doc: document, unit, scope, this, javascript }
    }

    /// Code that no entry reached: files first imported by nobody, then functions called by nobody, file by file; tests,
    /// documentation and examples last.
    fn walk_rest(&mut self) {
        let mut files: Vec<(bool, usize, usize)> = self
            .by_file
            .iter()
            .map(|(file, document)| {
                let path = self.package.files.get(*file).map_or("", |f| f.path.as_str());
                let inside = path.strip_prefix(self.package.root.as_str()).unwrap_or(path);
                (is_aside(inside), *file, *document)
            })
            .collect();
        let walked: std::collections::HashSet<usize> = self.modules.iter().map(|m| m.doc).collect();
        // What an entry imports is no mere test or example, whatever its folder is called.
        for (aside, _, document) in &mut files {
            *aside &= !walked.contains(document);
        }
        files.sort_unstable();
        for (aside, file, document) in files {
            let path = self.package.files.get(file).map(|f| f.path.clone()).unwrap_or_default();
            let inside = path.strip_prefix(self.package.root.as_str()).unwrap_or(&path).to_owned();
            let about = if aside {
                "aside"
            } else if walked.contains(&document) {
                "not called"
            } else {
                "not imported"
            };
            self.begin_entry(Phase::Run, &format!("{about}: {inside}"));
            if !walked.contains(&document) {
                self.program = Some(document);
                self.load(document);
                self.program = None;
            }
            self.walk_main_blocks(document);
            self.walk_uncalled(document);
            self.drop_empty_entry();
        }
    }

    /// Walks the functions of a document that nothing called, outermost first.
    fn walk_uncalled(&mut self, document: usize) {
        while let Some(key) = self.waiting.range((document, 0)..=(document, u32::MAX)).next().copied() {
            self.waiting.remove(&key);
            let Some(Object::Func(closure)) = self.created.get(&key).and_then(|at| self.heap.get(*at)) else {
                continue;
            };
            let closure = closure.clone();
            let this = match self.method_of.get(&key).copied() {
                Some(class) => {
                    let held = self.instances.get(&class.0).cloned();
                    let instance = held.unwrap_or_else(|| {
                        let frame = self.loose_frame(document);
                        self.instantiate(&frame, NodeId(0), class, Vec::new())
                    });
                    self.instances.insert(class.0, instance.clone());
                    Some(instance)
                }
                None => closure.this.clone(),
            };
            if !self.reached.contains(&key) {
                self.direct = true;
                self.invoke(&Closure { this, ..closure }, Vec::new());
            }
        }
    }
}

/// Whether a path inside the package is of a file that its users do not run: tests, documentation, examples.
pub(super) fn is_aside(inside: &str) -> bool {
    inside.split('/').any(|folder| ASIDE.contains(&folder.to_ascii_lowercase().as_str()))
        || inside.rsplit('/').next().is_some_and(|name| {
            name.contains(".test.") || name.contains(".spec.") || name.starts_with("test_") || name == "conftest.py"
        })
}
