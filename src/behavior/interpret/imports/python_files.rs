//! The package's own files as Python code reads and loads them: opened, read through the import system, run as modules.

use std::rc::Rc;

use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Frame, HOLE, Interpreter, builtins};
use crate::behavior::taint::Taint;
use crate::syntax::ir::NodeId;
use crate::syntax::{decode, lower};

/// Longest file whose content is a value, bytes.
const MAX_READ: usize = 4 << 20;
/// Most lines of a file that a loop goes through one by one.
const MAX_LINES: usize = 200;
/// Longest JSON text of a file that becomes a value, bytes.
const MAX_JSON: usize = 256 << 10;

/// Begins the mark of an opened file in a path: `open(#12b)` is the package's file 12 as bytes.
const OPENED: &str = "(#";

/// A path outside the package without its calls, which the catalogue knows.
pub fn plain_path(path: &str) -> String {
    let Some((before, after)) = path.split_once(OPENED) else { return path.replace("()", "") };
    let after = after.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{after}").replace("()", "")
}

/// The opened file that a path holds: its index, and whether it is read as bytes.
fn opened(path: &str) -> Option<(usize, bool)> {
    let (mark, _) = path.split_once(OPENED)?.1.split_once(')')?;
    let file = mark.trim_end_matches('b');
    Some((file.parse().ok()?, file.len() < mark.len()))
}

impl Interpreter<'_> {
    /// What `__file__` is in a module: below a folder that is not known.
    pub fn python_file_text(&self, document: usize) -> Option<Val> {
        let path = self.file_of(document)?;
        Some(Val::str(format!("{HOLE}/{}", self.package.inside(&path)), Taint::NONE))
    }

    /// What a file of the package holds.
    pub fn content(&mut self, file: usize, as_bytes: bool) -> Option<Val> {
        if let Some(known) = self.memo.contents.get(&(file, as_bytes)).cloned() {
            if self.memo.reads.last() != Some(&(file, as_bytes)) {
                self.memo.reads.push((file, as_bytes));
            }
            return Some(known);
        }
        if !self.options.folding || !self.options.call_graph {
            return None;
        }
        let found = self.package.files.get(file).filter(|found| found.bytes.len() <= MAX_READ)?;
        let val = match (&found.source, as_bytes) {
            (Some(source), false) => Val::str(source.text.as_str(), Taint::FILE),
            _ => Val::bytes(found.bytes.to_vec(), Taint::FILE),
        };
        self.memo.contents.insert((file, as_bytes), val.clone());
        self.memo.reads.push((file, as_bytes));
        Some(val)
    }

    /// The file of the package whose whole text this is: the very value that was read, or the latest that is equal.
    pub fn file_with_text(&self, text: &Val) -> Option<usize> {
        let bytes = text.as_bytes()?;
        let content = |read: &&(usize, bool)| self.memo.contents.get(read).and_then(Val::as_bytes);
        let mut reads = self.memo.reads.iter().rev();
        let same = reads.clone().find(|read| content(read).is_some_and(|known| std::ptr::eq(known, bytes)));
        same.or_else(|| reads.find(|read| content(read) == Some(bytes))).map(|(file, _)| *file)
    }

    /// What an opened file holds, if a value is one.
    pub fn content_of(&mut self, val: &Val) -> Option<Val> {
        let path = val.as_path()?.clone();
        let (file, as_bytes) = opened(&path)?;
        let content = self.content(file, as_bytes)?;
        self.unpacked(&path, content)
    }

    /// `gzip.open(..)` and kin unpack what they read.
    fn unpacked(&mut self, path: &str, content: Val) -> Option<Val> {
        let unpack = match path.split(OPENED).next()? {
            "gzip.open" | "gzip.GzipFile" => decode::inflate,
            "bz2.open" | "bz2.BZ2File" => decode::bunzip2,
            "lzma.open" | "lzma.LZMAFile" => decode::unlzma,
            _ => return Some(content),
        };
        let made = Val::bytes(unpack(content.as_bytes()?)?, content.taint | Taint::DECODED);
        self.carry_recipe(&content, &made, Some("unpack"));
        Some(made)
    }

    /// The lines of an opened file that a loop goes through; any other value as it is.
    pub fn lines_of(&mut self, val: Val) -> Val {
        if let Some(classes) = self.subclasses(&val) {
            return classes;
        }
        let Some(path) = val.as_path() else { return val };
        if !path.contains(OPENED) || !path.ends_with(')') {
            return val;
        }
        self.content_of(&val).and_then(|content| self.lines(&content)).unwrap_or(val)
    }

    fn lines(&mut self, content: &Val) -> Option<Val> {
        let text = content.as_str()?;
        let lines: Vec<Val> = text.split_inclusive('\n').map(|line| Val::str(line, content.taint)).collect();
        (lines.len() <= MAX_LINES).then(|| self.heap.list(lines))
    }

    /// The folder of a package that code names: by a dotted name, as a module, or its own.
    fn folder_of(&self, frame: &Frame, package: Option<&Val>) -> Option<String> {
        let own = || self.file_of(frame.doc);
        let path = match package.map(|val| &val.value) {
            Some(Value::Str(name)) => {
                let file = self.find_python(frame, name)?;
                self.package.files.get(file)?.path.clone()
            }
            Some(Value::Module(module)) => self.file_of(self.modules.get(*module)?.doc)?,
            _ => own()?,
        };
        Some(path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned()))
    }

    /// A file named beside a package's modules.
    fn resource(&self, frame: &Frame, package: Option<&Val>, name: &str) -> Option<usize> {
        let folder = self.folder_of(frame, package)?;
        self.package.by_path(&super::resolve(&format!("{folder}/x"), name)?)
    }

    /// What a call yields that opens, reads or loads one of the package's files. `None`: it is no such call.
    pub fn python_file_call(
        &mut self,
        frame: &Frame,
        id: NodeId,
        path: &str,
        plain: &str,
        args: &[Argument],
    ) -> Option<Val> {
        let named = |name: &str| args.iter().find(|arg| arg.name.as_deref() == Some(name)).map(|arg| arg.val.clone());
        let place = |at: usize| args.iter().filter(|arg| arg.name.is_none()).nth(at).map(|arg| arg.val.clone());
        let text = |val: Option<Val>| val.and_then(|val| val.as_str().map(str::to_owned));
        if let Some((file, as_bytes)) = opened(path) {
            return self.opened_call(frame, id, (file, as_bytes), path, plain);
        }
        match plain {
            "open" | "io.open" | "codecs.open" | "file" | "pathlib.Path.open" | "io.FileIO" | "tokenize.open"
            | "io.open_code" | "gzip.open" | "bz2.open" | "lzma.open" | "gzip.GzipFile" | "bz2.BZ2File"
            | "lzma.LZMAFile" => {
                let file = self.own_file(frame, &text(place(0).or_else(|| named("file")))?)?;
                let mode = text(named("mode").or_else(|| place(1))).unwrap_or_default();
                let unpacks = plain.contains("gz") || plain.contains("bz2") || plain.contains("lzma");
                let bytes = mode.contains('b') || unpacks || plain.starts_with("io.open_code") || plain == "io.FileIO";
                let name = if unpacks { plain } else { "open" };
                let mark = if bytes { "b" } else { "" };
                Some(Val::path(format!("{name}{OPENED}{file}{mark})")).with(Taint::FILE))
            }
            "pathlib.Path.read_text" | "pathlib.Path.read_bytes" => {
                let file = self.own_file(frame, &text(place(0))?)?;
                self.content(file, plain.ends_with("bytes"))
            }
            "linecache.getlines" => {
                let file = self.own_file(frame, &text(place(0))?)?;
                let content = self.content(file, false)?;
                self.lines(&content)
            }
            "pkgutil.get_data"
            | "pkg_resources.resource_string"
            | "importlib.resources.read_binary"
            | "importlib.resources.read_text"
            | "importlib_resources.read_text"
            | "importlib_resources.read_binary" => {
                let file = self.resource(frame, place(0).as_ref(), &text(place(1))?)?;
                self.content(file, !plain.ends_with("text"))
            }
            "importlib.resources.open_text" | "importlib.resources.open_binary" | "pkg_resources.resource_stream" => {
                let file = self.resource(frame, place(0).as_ref(), &text(place(1))?)?;
                let mark = if plain.ends_with("text") { "" } else { "b" };
                Some(Val::path(format!("open{OPENED}{file}{mark})")).with(Taint::FILE))
            }
            "pkg_resources.resource_filename" | "importlib.resources.path" => {
                let file = self.resource(frame, place(0).as_ref(), &text(place(1))?)?;
                let path = self.package.files.get(file)?.path.clone();
                Some(Val::str(format!("{HOLE}/{}", self.package.inside(&path)), Taint::NONE))
            }
            "importlib.resources.files" | "importlib_resources.files" => {
                let folder = self.folder_of(frame, place(0).as_ref())?;
                Some(Val::str(
                    format!("{HOLE}/{}", self.package.inside(&format!("{folder}/")).trim_end_matches('/')),
                    Taint::NONE,
                ))
            }
            "importlib.resources.as_file" => place(0).filter(|val| val.as_str().is_some()),
            _ if plain.ends_with("__loader__.get_data")
                || plain.ends_with(".loader.get_data")
                || plain.ends_with("Loader.get_data") =>
            {
                let file = self.own_file(frame, &text(place(0))?)?;
                self.content(file, true)
            }
            "json.load" | "tomllib.load" => {
                let content = self.content_of(&place(0)?)?;
                let fits = content.as_bytes()?.len() <= MAX_JSON && plain == "json.load";
                fits.then(|| builtins::function(&mut self.heap, "json.loads", &[content], Dialect::Python)).flatten()
            }
            "marshal.load" | "pickle.load" | "cPickle.load" | "dill.load" => {
                let content = self.content_of(&place(0)?)?;
                self.load_serialized(frame, id, plain, &[content])
            }
            "importlib.util.spec_from_file_location"
            | "importlib.machinery.SourceFileLoader"
            | "imp.load_source"
            | "importlib.machinery.SourcelessFileLoader" => {
                let file =
                    self.own_file(frame, &text(place(1).or_else(|| named("location")).or_else(|| named("path")))?)?;
                if plain == "imp.load_source" {
                    return self.module_of_file(file);
                }
                Some(Val::path(format!("{plain}{OPENED}{file})")))
            }
            "importlib.util.module_from_spec" => {
                let (file, _) = opened(place(0)?.as_path()?)?;
                self.site_at(frame, id);
                self.module_of_file(file)
            }
            _ => None,
        }
    }

    /// A method of an opened file or of a loader that has one.
    fn opened_call(
        &mut self,
        frame: &Frame,
        id: NodeId,
        (file, as_bytes): (usize, bool),
        path: &str,
        plain: &str,
    ) -> Option<Val> {
        let last = plain.rsplit('.').next().unwrap_or(plain);
        match last {
            "read" | "read1" | "readall" | "getvalue" => {
                let content = self.content(file, as_bytes)?;
                self.unpacked(path, content)
            }
            "readlines" => {
                let content = self.content(file, as_bytes)?;
                self.lines(&content)
            }
            "exec_module" | "load_module" | "create_module" | "get_code" => {
                self.site_at(frame, id);
                let module = self.module_of_file(file)?;
                Some(if last == "get_code" { Val::path("types.CodeType()") } else { module })
            }
            "get_data" | "get_source" => self.content(file, last == "get_data"),
            // `with open(..) as f`, `f.__enter__()`
            "__enter__" | "__iter__" | "detach" => {
                Some(Val::path(path.trim_end_matches(".__enter__")).with(Taint::FILE))
            }
            _ => None,
        }
    }

    /// A file of the package loaded as a module, whatever it is called.
    fn module_of_file(&mut self, file: usize) -> Option<Val> {
        self.text_as(file, Dialect::Python)?;
        Some(self.module_value(file))
    }

    /// The document of a file whose text is run as code of a language, whatever it is called.
    fn text_as(&mut self, file: usize, dialect: Dialect) -> Option<usize> {
        if let Some(known) = self.by_file.get(&file) {
            let same = self.documents.get(*known).is_some_and(|d| Dialect::of(d.unit.language) == dialect);
            return same.then_some(*known);
        }
        let source = self.package.files.get(file)?.source.clone()?;
        if !self.options.call_graph || self.trial.is_some() {
            return None;
        }
        let unit = lower(&source.text, dialect.language());
        // A text of another kind, given to the wrong reader.
        if unit.unread * 2 > source.text.len() {
            return None;
        }
        Some(self.add_document(file, unit, source))
    }

    /// Runs the text of a file of the package where `exec` or `eval` is given it, in the names of the caller.
    pub fn run_own_text(&mut self, frame: &Frame, id: NodeId, file: usize) -> Option<Val> {
        let document = self.text_as(file, frame.dialect)?;
        self.memo.executed.insert(document);
        let label = self.file_of(document).unwrap_or_default();
        Some(self.visit_in(frame, id, document, frame.dialect, label))
    }

    /// `exec(code, names)`: the names of a known dictionary are those that the code sees, and what it binds is put there.
    pub fn with_names(
        &mut self,
        frame: &Frame,
        id: NodeId,
        names: Option<&Val>,
        run: impl FnOnce(&mut Self, &Frame) -> Val,
    ) -> Val {
        let Some(names) = names.filter(|names| matches!(names.value, Value::Dict(_))) else { return run(self, frame) };
        let entries = self.heap.entries(names).cloned().unwrap_or_default();
        let scope = self.heap.scope(None);
        if let Some(scope) = self.heap.scope_mut(scope) {
            for (name, val) in entries {
                scope.names.insert((&*name).into(), val);
            }
        }
        let inner = Frame { scope, ..frame.clone() };
        let val = run(self, &inner);
        let bound: Vec<(Rc<str>, Val)> = self
            .heap
            .scope_of(scope)
            .into_iter()
            .flat_map(|scope| scope.names.iter())
            .map(|(name, val)| (Rc::from(&**name), val.clone()))
            .collect();
        for (name, val) in bound {
            self.set_member(frame, id, names, &name, val);
        }
        val
    }

    /// Folders that code adds to where modules are looked for.
    pub fn add_search_path(&mut self, values: &[Val]) {
        for val in values {
            let texts: Vec<String> = match self.heap.items(val) {
                Some(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
                None => val.as_str().map(str::to_owned).into_iter().collect(),
            };
            for text in texts {
                let below = text.strip_prefix(HOLE).unwrap_or(&text).trim_matches('/');
                if below.contains(HOLE) || text.starts_with('/') {
                    continue;
                }
                let folder = super::resolve(&format!("{}x", self.package.root), below);
                if let Some(folder) = folder.filter(|folder| !self.memo.search.contains(folder))
                    && self.memo.search.len() < 16
                {
                    self.memo.search.push(folder);
                }
            }
        }
    }
}
