//! Files that code runs as code whatever they are called: `require('./data.txt')`, `"main": "lib/start"`, `execfile('x.dat')`.

use std::rc::Rc;
use std::sync::Arc;

use crate::behavior::interpret::imports::resolve;
use crate::behavior::interpret::value::Val;
use crate::behavior::interpret::{Document, Frame, HOLE, Interpreter};
use crate::package::{Loss, Skip};
use crate::syntax::ir::{Language, Unit};
use crate::syntax::javascript::SYNTAX_ERRORS;
use crate::syntax::{Doc, lower, reads_whole};
use crate::text::Source;

/// Endings of what an engine loads as native or compiled code.
const OTHER: [&str; 3] = [".node", ".wasm", ".pyc"];

/// Endings of what bundlers let code load that is none.
const NO_CODE: [&str; 20] = [
    "css", "ejs", "glsl", "gql", "graphql", "hbs", "html", "json5", "less", "md", "mdx", "pug", "sass", "scss", "styl",
    "svelte", "svg", "txt", "vue", "yml",
];

impl Interpreter<'_> {
    /// The document of a file that is loaded as code, lowered now where its name did not say that it is code. Notes what is
    /// loaded and cannot be read.
    pub fn as_code(&mut self, file: usize, language: Language) -> Option<usize> {
        if let Some(known) = self.by_file.get(&file) {
            return Some(*known);
        }
        let found = self.package.files.get(file).filter(|_| self.options.call_graph && self.trial.is_none())?;
        // To Node a file of this name is data; Python does not ask.
        if language != Language::Python && std::path::Path::new(&found.path).extension().is_some_and(|e| e == "json") {
            return None;
        }
        let path = self.package.inside(&found.path);
        let source = found.source.clone().filter(|_| !OTHER.iter().any(|ending| path.ends_with(ending)));
        let Some(source) = source else {
            self.note_unresolved(&format!("{path} is native or compiled code, which is not read"));
            return None;
        };
        if let Some(refused) = self.memo.refused.get(&(file, language)).cloned() {
            self.note_unresolved(&refused);
            return None;
        }
        let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        let other = NO_CODE.contains(&ending.as_str());
        // A style sheet, a text: an engine refuses what is not of its language from end to end. Of what is no code by its name
        // that is known before it is read by its parts.
        let whole = !other || !language.is_javascript() || reads_whole(&source.text, language);
        let read = if whole { Ok(lower(&source.text, language)) } else { Err(SYNTAX_ERRORS.to_owned()) };
        let read = read.and_then(|mut unit| unit.partial.take().map_or(Ok(unit), Err));
        let unit = match read {
            Ok(unit) => unit,
            Err(reason) => {
                let refused: Rc<str> = format!("{path} does not read as code: {reason}").into();
                self.memo.refused.insert((file, language), Rc::clone(&refused));
                self.note_unresolved(&refused);
                if !other {
                    let reason = "it is loaded as code and does not read as such";
                    let skip = Skip::new(Loss::Unwalked, found.path.clone(), reason).of(source.text.len());
                    self.sequence.skipped.push(skip);
                }
                return None;
            }
        };
        Some(self.add_document(file, unit, source))
    }

    /// Takes a file's code in among the documents, with the budget that code of its size has.
    pub(super) fn add_document(&mut self, file: usize, unit: Unit, source: Arc<Source>) -> usize {
        self.budget.fuel += unit.nodes.len() * 10;
        self.sequence.code_files += 1;
        let document = self.documents.len();
        self.documents.push(Document { doc: Doc::File(file), unit: Arc::new(unit), source });
        self.by_file.insert(file, document);
        document
    }

    /// `execfile(path)`, `runpy.run_path(path)`, `imp.load_source(name, path)`, `runpy.run_module(name)`: whether a call runs
    /// a file or module by its name, which is walked then.
    pub fn run_by_name(&mut self, frame: &Frame, plain: &str, values: &[Val]) -> bool {
        let place = match plain {
            "execfile" | "runpy.run_path" | "runpy.run_module" => 0,
            "imp.load_source" => 1,
            _ => return false,
        };
        // Of an unknown name the call has told already.
        let name = values.get(place).and_then(Val::as_str).map(str::to_owned);
        let name = name.filter(|name| !name.contains(HOLE) || self.own_file(frame, name).is_some());
        let Some(name) = name else { return true };
        if plain == "runpy.run_module" {
            if self.python_module(frame, &name).is_none() {
                self.note_unresolved(&format!("module {name} is not in the package"));
            }
            return true;
        }
        let here = self.file_of(frame.doc).unwrap_or_default();
        let root = format!("{}x", self.package.root);
        let found = [here, root].iter().find_map(|from| self.package.by_path(&resolve(from, &name)?));
        let found = found.or_else(|| self.own_file(frame, &name));
        match found {
            Some(file) => {
                if self.as_code(file, Language::Python).is_some() {
                    self.start(file);
                }
            }
            None => self.note_unresolved(&format!("{name} is not in the package")),
        }
        true
    }

    /// Starts a script of the package that an unknown program is given, if it is one.
    pub fn start_script(&mut self, frame: &Frame, word: &str) {
        let ending = word.rsplit_once('.').map_or("", |(_, ending)| ending);
        let language = match ending {
            "js" | "cjs" | "mjs" | "ts" | "mts" | "cts" => Language::JavaScript,
            "py" => Language::Python,
            _ => return,
        };
        if let Some(file) = self.own_file(frame, word)
            && self.as_code(file, language).is_some()
        {
            self.start_or_defer(file);
        }
    }
}
