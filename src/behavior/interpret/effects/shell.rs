//! Shell text in the walk: its steps, and what it starts, walked where it starts.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use crate::behavior::feature::Feature;
use crate::behavior::interpret::state::deferred::Work;
use crate::behavior::interpret::{Dialect, Document, Frame, HOLE, Interpreter};
use crate::behavior::shell::{self, Act, Code, Shell};
use crate::behavior::strings::{self, Told};
use crate::package::{Loss, Skip};
use crate::syntax::Doc;
use crate::syntax::ir::{Builder, Language, NodeId, Unit};
use crate::syntax::shell::{Dialect as ShellDialect, MAX_TEXT};
use crate::text::{Source, Span};

/// Marks a shell text among the functions of a document that were walked in this entry; scripts of the manifest count down.
const WHOLE: u32 = u32::MAX - 1;

/// Where steps of a shell text point.
#[derive(Clone, Copy)]
enum Place {
    /// To one place, which holds the text.
    At(Span),
    /// Each to its command in the document.
    Inside,
}

impl Interpreter<'_> {
    /// A shell script of the package, once per entry.
    pub fn visit_script(&mut self, file: usize) {
        self.visit_script_as(file, None);
    }

    /// The same of a file that a shell is given, whatever it is called.
    fn visit_script_as(&mut self, file: usize, given: Option<ShellDialect>) {
        let Some((path, source)) = self.package.files.get(file).and_then(|f| Some((f.path.clone(), f.source.clone()?)))
        else {
            return;
        };
        let Some(dialect) = given.or_else(|| ShellDialect::of(&path, &source.text)) else { return };
        if source.text.len() > MAX_TEXT {
            let reason = format!("a shell script of over {MAX_TEXT} bytes is not followed");
            self.sequence.skipped.push(Skip::new(Loss::Unwalked, path, reason).of(source.text.len()));
            return;
        }
        let document = self.text_document(Doc::File(file));
        if !self.first_visit(document, WHOLE) {
            return;
        }
        self.enter_path(path);
        self.note_run(document);
        self.whole_text(document, &source.text, dialect);
        self.leave_path();
    }

    /// Whether a text is walked for the first time in this entry.
    fn first_visit(&mut self, document: usize, which: u32) -> bool {
        self.memo.expanded.insert((document, which), crate::behavior::interpret::value::Val::default()).is_none()
    }

    /// A document that is shell text from start to end.
    fn whole_text(&mut self, document: usize, text: &str, dialect: ShellDialect) {
        // One script may be run by many entries; it is parsed once.
        let known = self.scripts.get(&document).cloned();
        let told = known.unwrap_or_else(|| shell::read_as(text, dialect));
        self.scripts.entry(document).or_insert_with(|| told.clone());
        self.record_shell_network_use(document, Span { start: 0, end: text.len().min(80) }, text);
        self.summary(document, Span { start: 0, end: text.len().min(80) }, &told);
        let frame = self.detached_frame(document);
        self.acts(&frame, NodeId(0), Place::Inside, told, &BTreeSet::new());
    }

    /// Shell text that stands at a place of a file.
    pub fn visit_shell(&mut self, file: usize, span: Span, text: &str) {
        let document = match self.by_file.get(&file) {
            Some(document) => *document,
            None => self.text_document(Doc::File(file)),
        };
        let mut told = shell::read_in(text, self.npm_variables(file, text));
        // npm and the builds of packages put the commands of other packages on the path; elsewhere nobody knows what is there.
        for (_, act) in &mut told.acts {
            if let Act::Program(name) = act {
                *act = Act::Unresolved(format!("{name} is code of another package"));
            }
        }
        self.record_shell_network_use(document, span, text);
        self.summary(document, span, &told);
        for told in strings::tell(text, &self.own_hosts) {
            self.emit_at(document, span, told.feature, &told.detail);
        }
        let frame = self.frame_at(document, span);
        self.acts(&frame, NodeId(0), Place::At(span), told, &BTreeSet::new());
    }

    /// The variables that npm and its kin set to what the manifest of a script says.
    fn npm_variables(&self, file: usize, text: &str) -> Vec<(String, String)> {
        const MOST: usize = 200;
        let found = self.package.files.get(file).filter(|f| f.path.ends_with("package.json"));
        let Some(source) = found.and_then(|f| f.source.as_ref()).filter(|_| text.contains("npm_package_")) else {
            return Vec::new();
        };
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&source.text) else { return Vec::new() };
        let mut pending = vec![("npm_package".to_owned(), &json)];
        let mut variables = Vec::new();
        while let Some((name, value)) = pending.pop() {
            if variables.len() >= MOST {
                break;
            }
            let plain = |key: &str| -> String {
                let kept = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                format!("{name}_{}", key.chars().map(kept).collect::<String>())
            };
            match value {
                serde_json::Value::String(text) => variables.push((name, text.clone())),
                serde_json::Value::Object(members) => {
                    pending.extend(members.iter().map(|(key, value)| (plain(key), value)));
                }
                serde_json::Value::Array(values) => {
                    pending.extend(values.iter().enumerate().map(|(at, value)| (plain(&at.to_string()), value)));
                }
                _ => {}
            }
        }
        variables
    }

    /// The step that says in a few words what a text runs.
    fn summary(&mut self, document: usize, span: Span, told: &Shell) {
        let shown: Vec<&str> = told.words.iter().map(String::as_str).take(6).collect();
        self.emit_at(document, span, Feature::P3, &format!("script {}", shown.join(" ")));
    }

    /// Notes what shell text in an argument tells beyond its parts, and walks what it starts.
    pub fn run_shell(&mut self, frame: &Frame, id: NodeId, words: &[String], told: Shell) {
        let known = words.iter().flat_map(|word| strings::tell(word, &self.own_hosts)).collect();
        self.acts(frame, id, Place::At(frame.unit.span(id)), told, &known);
    }

    /// What commands do, in run order. `known` was told before at the same place.
    fn acts(&mut self, frame: &Frame, id: NodeId, place: Place, told: Shell, known: &BTreeSet<Told>) {
        if let Some(reason) = told.partial {
            let path = self.file_of(frame.doc).unwrap_or_default();
            let skip = Skip::new(Loss::Walk, path, reason).in_layer(self.layer_of(frame.doc));
            if !self.sequence.skipped.contains(&skip) {
                self.sequence.skipped.push(skip);
            }
        }
        for (span, act) in told.acts {
            let at = match place {
                Place::At(at) => at,
                Place::Inside => span,
            };
            self.trace.site = self.site_of(frame.doc, at);
            // They cost no step of the walk.
            match &act {
                Act::Unresolved(what) => {
                    self.note_unresolved(what);
                    continue;
                }
                Act::Program(_) => continue,
                _ => {}
            }
            if !self.alive() {
                return;
            }
            match act {
                Act::Unresolved(_) | Act::Program(_) => {}
                Act::Text(text) => {
                    for told in strings::tell(&text, &self.own_hosts) {
                        if !known.contains(&told) {
                            self.emit_at(frame.doc, at, told.feature, &told.detail);
                        }
                    }
                }
                Act::Step(feature, detail) => self.emit_at(frame.doc, at, feature, &detail),
                Act::Run(path, code) => self.run_file(frame, &path, code),
                Act::Module(name) => self.run_module(frame, &name),
                Act::Build(program, files, goals) => self.run_build(frame, &program, &files, &goals),
                Act::Script(name) => self.run_manifest_script(&name),
                Act::Code(code, text, recipe) => {
                    let placed = match place {
                        Place::At(_) => frame.clone(),
                        Place::Inside => self.frame_at(frame.doc, at),
                    };
                    let id = if matches!(place, Place::Inside) { NodeId(0) } else { id };
                    self.started_code(&placed, id, code, &text.replace(HOLE, "_"), recipe);
                }
            }
        }
    }

    fn started_code(&mut self, frame: &Frame, id: NodeId, code: Code, text: &str, recipe: Vec<String>) {
        // What stands on the command line is plain to see; more than that was decoded.
        if !self.options.folding && recipe.len() > 1 {
            return;
        }
        match code {
            Code::Python => self.run_recipe(frame, id, text, Dialect::Python, recipe),
            Code::JavaScript => self.run_recipe(frame, id, text, Dialect::JavaScript, recipe),
            Code::Shell(dialect) => self.shell_layer(frame, id, text, dialect, recipe),
        }
    }

    /// Shell text that was decoded: a layer that is walked where it runs.
    fn shell_layer(&mut self, frame: &Frame, id: NodeId, text: &str, dialect: ShellDialect, recipe: Vec<String>) {
        let plain = |_: &mut Self| text_unit(Span { start: 0, end: text.len().min(80) });
        let added = self.layer_document(frame, id, "shell", text, recipe, plain);
        let Some(document) = added else { return };
        // Code that runs itself again is walked once.
        let call = (document, WHOLE);
        if self.trace.calls.contains(&call)
            || self.trace.calls.len() >= crate::behavior::interpret::MAX_CALLS + 64
            || !self.first_visit(document, WHOLE)
        {
            return;
        }
        let label = self.layer_label(document);
        self.trace.calls.push(call);
        self.site_at(frame, id);
        self.enter_path(label);
        self.note_run(document);
        self.whole_text(document, text, dialect);
        self.leave_path();
        self.trace.calls.pop();
    }

    /// A file started as a process of its own.
    fn run_file(&mut self, frame: &Frame, target: &str, code: Option<Code>) {
        let here = self.file_of(frame.doc).unwrap_or_default();
        let target = target.replace('\\', "/");
        let near = crate::behavior::interpret::imports::resolve(&here, &target);
        let root = crate::behavior::interpret::imports::resolve(&format!("{}x", self.package.root), &target);
        let name = target.rsplit('/').next().unwrap_or(&target).to_owned();
        let mut found = None;
        for candidate in [near, root].into_iter().flatten() {
            let other = [".py", ".sh", ".bat", ".cmd", ".ps1", "/__main__.py"];
            found = found
                .or_else(|| self.find_javascript(&candidate))
                .or_else(|| other.iter().find_map(|ending| self.package.by_path(&format!("{candidate}{ending}"))));
        }
        // A path with an unknown folder: the package's only file of that name.
        let unknown = target.contains(HOLE) || target.contains(['$', '%']) || target.starts_with('/');
        if found.is_none() && unknown && name.contains('.') {
            let ending = format!("/{name}");
            let mut files = (0..self.package.files.len())
                .filter(|i| self.package.files.get(*i).is_some_and(|f| f.path == name || f.path.ends_with(&ending)));
            found = files.next().filter(|_| files.next().is_none());
            // It is followed, but what else it may be is said.
            if found.is_some() && target.contains(['$', '%']) {
                self.note_unresolved(&format!("{target} is known only when it runs; the package has one {name}"));
            }
        }
        if let (Some(file), Some(Code::Shell(dialect))) = (found, code)
            && !self.by_file.contains_key(&file)
        {
            if self.trace.call_path.len() < crate::behavior::interpret::MAX_CALLS {
                self.visit_script_as(file, Some(dialect));
            } else {
                self.budget.too_deep = true;
            }
        } else if let Some(file) = found {
            // `node payload.dat`: an interpreter asks for no name. What it cannot read is noted there.
            let readable = match code {
                Some(Code::JavaScript) => self.as_code(file, Language::JavaScript).is_some(),
                Some(Code::Python) => self.as_code(file, Language::Python).is_some(),
                _ => true,
            };
            if readable {
                self.start_or_defer(file);
            }
        } else if let Some((_, path)) = target.rsplit_once("node_modules/") {
            let name = path.trim_start_matches(".bin/");
            self.note_unresolved(&format!("{name} is code of another package"));
        } else if target.contains(['$', '%']) {
            self.note_unresolved(&format!("{} is known only when it runs", target.replace(HOLE, "…")));
        } else if target.contains(HOLE) {
            let written = self.written_here();
            let written = written.unwrap_or_else(|| target.replace(HOLE, "…"));
            self.note_unresolved(&format!("{written} is known only when it runs"));
        } else if target.contains(['.', '/']) {
            self.note_unresolved(&format!("{target} is not in the package"));
        }
    }

    /// The text at the place that is noted now, on one line, cut where it is long.
    fn written_here(&self) -> Option<String> {
        const LONGEST: usize = 100;
        let site = self.trace.site?;
        let source = &self.documents.iter().find(|known| known.doc == site.doc)?.source;
        let text = source.text.get(site.span.start..site.span.end)?;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(LONGEST) {
            _ if text.is_empty() => None,
            Some((end, _)) => Some(format!("{}…", text.get(..end)?)),
            None => Some(text),
        }
    }

    /// Starts a file, at the end of the entry where calls are nested too deep.
    pub fn start_or_defer(&mut self, file: usize) {
        if self.trace.call_path.len() < crate::behavior::interpret::MAX_CALLS {
            self.start(file);
        } else {
            self.defer(Work::Program(file));
        }
    }

    /// `python -m name`: the module, or the package with its `__main__.py`.
    fn run_module(&mut self, frame: &Frame, name: &str) {
        let path = name.replace('.', "/");
        let here = self.file_of(frame.doc).unwrap_or_default();
        let root = self.package.root.clone();
        let near = here.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let found = |ending: &str| {
            let folders = [near.clone(), root.clone(), format!("{root}src/")];
            folders.iter().find_map(|folder| self.package.by_path(&format!("{folder}{path}{ending}")))
        };
        let module = found(".py");
        let package = if module.is_none() { found("/__init__.py") } else { None };
        let main = if module.is_none() { found("/__main__.py") } else { None };
        if let Some(file) = package {
            self.module_value(file);
        }
        match module.or(main) {
            Some(file) => self.start_or_defer(file),
            None if crate::behavior::interpret::imports::python::is_standard(name) => {}
            None if package.is_some() => self.note_unresolved(&format!("{path}/__main__.py is not in the package")),
            None => self.note_unresolved(&format!("{name} is code of another package")),
        }
    }

    /// A build: the commands of its file are followed; a file without any that is known is named.
    fn run_build(&mut self, frame: &Frame, program: &str, files: &[String], goals: &[String]) {
        let here = self.file_of(frame.doc).unwrap_or_default();
        let places = [here, format!("{}x", self.package.root)];
        let found = files.iter().find_map(|file| {
            places
                .iter()
                .find_map(|from| self.package.by_path(&crate::behavior::interpret::imports::resolve(from, file)?))
        });
        let path = found.and_then(|file| self.package.files.get(file)).map(|file| file.path.clone());
        match (found, path) {
            (Some(file), Some(path)) => {
                let document = self.text_document(Doc::File(file));
                if self.trace.call_path.len() < crate::behavior::interpret::MAX_CALLS
                    && self.first_visit(document, WHOLE)
                {
                    self.enter_path(path.clone());
                    self.note_run(document);
                    let followed = self.visit_build(file, goals);
                    self.leave_path();
                    if !followed {
                        let inside = self.package.inside(&path);
                        self.note_unresolved(&format!("{inside} is built by {program}, and commands in it run"));
                    }
                }
            }
            _ => {
                let name = files.last().map_or("", String::as_str);
                self.note_unresolved(&format!("{name} is not in the package, and {program} needs it"));
            }
        }
    }

    /// Walks a file as a program.
    pub fn start(&mut self, file: usize) {
        let outer = std::mem::replace(&mut self.control.program, self.by_file.get(&file).copied());
        self.visit_file(file);
        self.control.program = outer;
        self.note_unread(file);
        // Imported before: only what it does as a program is left.
        if let Some(document) = self.by_file.get(&file).copied() {
            self.visit_main_blocks(document);
        }
    }

    /// Says that a file that runs is in a language that is not read.
    pub fn note_unread(&mut self, file: usize) {
        let Some(known) = self.package.files.get(file) else { return };
        let text = known.source.as_ref().map(|source| source.text.as_str());
        let read = self.by_file.contains_key(&file)
            || [".pth", ".gyp"].iter().any(|ending| known.path.ends_with(ending))
            || text.is_some_and(|text| ShellDialect::of(&known.path, text).is_some());
        if read {
            return;
        }
        let name = known.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let what = match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "pl" | "pm" => "Perl",
            "rb" => "Ruby",
            "php" => "PHP",
            "go" => "Go",
            "lua" => "Lua",
            "vbs" | "vbe" | "wsf" => "VBScript",
            "jse" => "encoded JScript",
            "hta" => "an HTML application",
            "scpt" | "applescript" => "AppleScript",
            "jar" | "class" => "Java bytecode",
            "wasm" => "WebAssembly",
            _ if text.is_none() => "machine code or data",
            _ => "text of an unknown language",
        };
        let inside = self.package.inside(&known.path);
        let note = format!("{inside} is {what}, which is not read");
        self.note_unresolved(&note);
    }

    /// The package's own package.json, parsed once.
    pub fn manifest(&mut self) -> Option<Rc<serde_json::Value>> {
        let source = self.package.files.get(self.package.manifest.file?)?.source.as_ref()?;
        let parse = || Some(Rc::new(serde_json::from_str(&source.text).ok()?));
        self.manifest.get_or_insert_with(parse).clone()
    }

    /// `npm run name`, once per entry.
    fn run_manifest_script(&mut self, name: &str) {
        let Some(file) = self.package.manifest.file else { return };
        let Some(source) = self.package.files.get(file).and_then(|f| f.source.clone()) else { return };
        let Some(json) = self.manifest() else { return };
        let Some(scripts) = json.get("scripts").and_then(|scripts| scripts.as_object()) else { return };
        if let Some((before, after)) = name.split_once('*') {
            // `run-s build:*`: every script that the pattern fits.
            let fits = |key: &&String| {
                key.len() >= before.len() + after.len()
                    && key.starts_with(before)
                    && key.ends_with(after.trim_matches('*'))
            };
            let names: Vec<String> = scripts.keys().filter(fits).filter(|key| !key.contains('*')).cloned().collect();
            for name in names {
                self.run_manifest_script(&name);
            }
            return;
        }
        if !scripts.contains_key(name) && !shell::is_computed(name) {
            self.note_unresolved(&format!("{name} is not a script of package.json"));
        }
        // npm runs `prename` and `postname` as well.
        for name in [format!("pre{name}"), name.to_owned(), format!("post{name}")] {
            let Some(at) = scripts.keys().position(|key| *key == name) else { continue };
            let Some(text) = scripts.get(&name).and_then(|text| text.as_str()) else { continue };
            let which = WHOLE.saturating_sub(u32::try_from(at).unwrap_or(u32::MAX)).saturating_sub(1);
            let document = self.text_document(Doc::File(file));
            if self.trace.call_path.len() >= crate::behavior::interpret::MAX_CALLS {
                self.budget.too_deep = true;
                continue;
            }
            if !self.first_visit(document, which) {
                continue;
            }
            let from = source.text.find("\"scripts\"").unwrap_or(0);
            let key = format!("\"{name}\"");
            let start = source.text.get(from..).and_then(|rest| rest.find(&key)).map_or(0, |at| from + at);
            self.enter_path(format!("npm run {name}"));
            self.visit_shell(file, Span { start, end: start + name.len() + 2 }, text);
            self.leave_path();
        }
    }

    /// A document for a text that is not code, so that steps can point into it.
    pub fn text_document(&mut self, doc: Doc) -> usize {
        if let Some(known) = self.documents.iter().position(|d| d.doc == doc) {
            return known;
        }
        let source = match doc {
            Doc::File(file) => self.package.files.get(file).and_then(|f| f.source.clone()),
            Doc::Layer(_) => None,
        };
        let source = source.unwrap_or_else(|| Arc::new(Source::new(String::new())));
        let unit = text_unit(Span { start: 0, end: source.text.len().min(80) });
        self.documents.push(Document { doc, unit, source });
        self.documents.len() - 1
    }

    /// A frame with no names of its own.
    pub fn detached_frame(&mut self, document: usize) -> Frame {
        let unit = self.documents.get(document).map(|d| d.unit.clone());
        let unit = unit.unwrap_or_else(|| Arc::new(Builder::new(Language::Python).finish(NodeId(0))));
        self.frame_of(document, unit)
    }

    /// A frame whose first node stands at a place of a text that is not code.
    fn frame_at(&mut self, document: usize, span: Span) -> Frame {
        self.frame_of(document, text_unit(span))
    }

    fn frame_of(&mut self, document: usize, unit: Arc<Unit>) -> Frame {
        let dialect = Dialect::of(unit.language);
        let scope = self.heap.scope(None);
        let this = crate::behavior::interpret::value::Val::from(crate::behavior::interpret::value::Value::Null);
        Frame { doc: document, unit, scope, this, dialect }
    }
}

/// The tree of a text that is not code: nothing, at a place.
fn text_unit(span: Span) -> Arc<Unit> {
    Arc::new(Unit::of_text(Language::JavaScript, span))
}
