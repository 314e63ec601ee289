//! Shell text in the walk: its steps, walked where it runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::behavior::Why;
use crate::behavior::feature::Feature;
use crate::behavior::interpret::{Dialect, Document, Frame, HOLE, Interpreter, MAX_CALLS};
use crate::behavior::shell::{self, Act, Code, Shell};
use crate::behavior::strings::{self, Told};
use crate::package::{Loss, Skip};
use crate::syntax::Doc;
use crate::syntax::ir::{Builder, Language, NodeId, Unit};
use crate::syntax::shell::{Dialect as ShellDialect, MAX_TEXT};
use crate::text::{Source, Span};

/// Marks a shell text among the functions of a document that were walked in this entry; scripts of the manifest count down.
pub const WHOLE: u32 = u32::MAX - 1;

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
    pub fn visit_script_as(&mut self, file: usize, given: Option<ShellDialect>) {
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
    pub fn first_visit(&mut self, document: usize, which: u32) -> bool {
        self.memo.expanded.insert((document, which), crate::behavior::interpret::value::Val::default()).is_none()
    }

    /// A document that is shell text from start to end.
    fn whole_text(&mut self, document: usize, text: &str, dialect: ShellDialect) {
        // One script may be run by many entries; it is parsed once.
        let known = self.scripts.get(&document).cloned();
        let told = known.unwrap_or_else(|| shell::read_as(text, dialect));
        self.scripts.entry(document).or_insert_with(|| told.clone());
        self.record_shell_network_use(document, beginning(text), text);
        self.summary(document, beginning(text), &told);
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
            self.emit_told(document, span, &told);
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
        self.emit_at(document, span, Feature::RunShell, &format!("script {}", shown.join(" ")));
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
                        if !known.iter().any(|known| known.says(&told)) {
                            self.emit_told(frame.doc, at, &told);
                        }
                    }
                }
                Act::Step(feature, detail) => {
                    // What one command line fetches, decodes, reads and hands on stands in that line.
                    let flows = matches!(feature, Feature::SendData | Feature::RunDownloaded | Feature::RunDecoded);
                    let source = if flows { self.site_of(frame.doc, at) } else { None };
                    self.emit_why(frame.doc, at, feature, &detail, Why { matched: None, source });
                }
                Act::Run(path, code) => self.run_file(frame, &path, code),
                Act::Module(name) => self.run_module(frame, &name),
                Act::Build(program, files, goals) => self.run_build(frame, &program, &files, &goals),
                Act::Script(name) => self.run_manifest_script(frame.doc, &name),
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
        let plain = |_: &mut Self| text_unit(beginning(text));
        let added = self.layer_document(frame, id, "shell", text, recipe, plain);
        let Some(document) = added else { return };
        // Code that runs itself again is walked once.
        let call = (document, WHOLE);
        if self.trace.calls.contains(&call)
            || self.trace.calls.len() >= MAX_CALLS + 64
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
        let unit = text_unit(beginning(&source.text));
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

/// Where what a text does as a whole is shown: its first bytes, up to a whole character.
fn beginning(text: &str) -> Span {
    let end = (0..=text.len().min(80)).rev().find(|at| text.is_char_boundary(*at));
    Span { start: 0, end: end.unwrap_or(0) }
}
