//! What shell text starts, walked where it starts: files, modules, builds, scripts of the manifest.

use std::rc::Rc;

use crate::behavior::interpret::effects::shell::WHOLE;
use crate::behavior::interpret::imports::resolve;
use crate::behavior::interpret::state::deferred::Work;
use crate::behavior::interpret::{Frame, HOLE, Interpreter, MAX_CALLS};
use crate::behavior::shell::{self, Code};
use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::syntax::shell::Dialect as ShellDialect;
use crate::text::Span;

/// Whether the first part of a path is a folder that is known only when it runs.
fn is_some_folder(folder: &str) -> bool {
    let named = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'{' | b'}'));
    !folder.is_empty()
        && (folder.chars().all(|c| HOLE.contains(c))
            || folder.strip_prefix('$').is_some_and(named)
            || folder.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(named))
}

impl Interpreter<'_> {
    /// A file started as a process of its own.
    pub fn run_file(&mut self, frame: &Frame, target: &str, code: Option<Code>) {
        let here = self.file_of(frame.doc).unwrap_or_default();
        let target = target.replace('\\', "/");
        let near = resolve(&here, &target);
        let root = resolve(&format!("{}x", self.package.root), &target);
        let name = target.rsplit('/').next().unwrap_or(&target).to_owned();
        if name.contains('*') {
            return self.run_files(&here, &target, &name, code);
        }
        let mut found = if matches!(&*target, "." | "./") { self.own_program() } else { None };
        // `$PWD/a.js`, `$(pwd)/a.js`, and the folder of the code itself.
        let below = target.split_once('/').filter(|(folder, _)| is_some_folder(folder)).map(|(_, below)| below);
        let places = below.map_or([None, None], |below| {
            [resolve(&here, &format!("./{below}")), resolve(&format!("{}x", self.package.root), &format!("./{below}"))]
        });
        for candidate in [near, root].into_iter().chain(places).flatten() {
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
        }
        // It is followed, but what else it may be is said.
        if unknown && target.contains(['$', '%']) && found.is_some() && name.contains('.') {
            self.note_unresolved(&format!("{target} is known only when it runs; the package has one {name}"));
        }
        if let (Some(file), Some(Code::Shell(dialect))) = (found, code)
            && !self.by_file.contains_key(&file)
        {
            if self.trace.call_path.len() < MAX_CALLS {
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

    /// Files that a pattern names: `node *.js`.
    fn run_files(&mut self, here: &str, target: &str, name: &str, code: Option<Code>) {
        const MOST: usize = 8;
        let Some((before, after)) = name.split_once('*').filter(|(_, after)| !after.contains('*')) else { return };
        let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
        let anywhere = is_some_folder(folder);
        let place = resolve(here, &format!("./{folder}/x")).unwrap_or_default();
        let place = place.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let fits = |path: &str| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            (anywhere || folder == place)
                && name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        };
        let found: Vec<String> =
            self.package.files.iter().map(|file| file.path.clone()).filter(|path| fits(path)).take(MOST).collect();
        for path in found {
            let file = self.package.by_path(&path);
            let readable = match (file, code) {
                (Some(file), Some(Code::JavaScript)) => self.as_code(file, Language::JavaScript).is_some(),
                (Some(file), Some(Code::Python)) => self.as_code(file, Language::Python).is_some(),
                _ => false,
            };
            if let Some(file) = file.filter(|_| readable) {
                self.start_or_defer(file);
            }
        }
    }

    /// The file that `node .` starts in the package's own folder.
    fn own_program(&mut self) -> Option<usize> {
        let main = self.manifest().and_then(|json| json.get("main")?.as_str().map(str::to_owned));
        let main = main.unwrap_or_else(|| "index.js".to_owned());
        let path = resolve(&format!("{}x", self.package.root), &format!("./{}", main.trim_start_matches("./")))?;
        self.find_javascript(&path)
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
        if self.trace.call_path.len() < MAX_CALLS {
            self.start(file);
        } else {
            self.defer(Work::Program(file));
        }
    }

    /// `python -m name`: the module, or the package with its `__main__.py`.
    pub fn run_module(&mut self, frame: &Frame, name: &str) {
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
    pub fn run_build(&mut self, frame: &Frame, program: &str, files: &[String], goals: &[String]) {
        let here = self.file_of(frame.doc).unwrap_or_default();
        let places = [here, format!("{}x", self.package.root)];
        let found =
            files.iter().find_map(|file| places.iter().find_map(|from| self.package.by_path(&resolve(from, file)?)));
        let path = found.and_then(|file| self.package.files.get(file)).map(|file| file.path.clone());
        match (found, path) {
            (Some(file), Some(path)) => {
                let document = self.text_document(Doc::File(file));
                if self.trace.call_path.len() < MAX_CALLS && self.first_visit(document, WHOLE) {
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

    /// The manifest whose scripts code of a document names: its own package's, which may be a bundled one.
    fn manifest_of(&self, document: usize) -> Option<usize> {
        let path = self.file_of(document).unwrap_or_default();
        let bundled = path.rfind("/node_modules/").map(|at| at + "/node_modules/".len());
        let folder = bundled.and_then(|from| {
            let name = path.get(from..)?;
            let scoped = usize::from(name.starts_with('@'));
            let (at, _) = name.match_indices('/').nth(scoped)?;
            path.get(..from + at)
        });
        folder.and_then(|folder| self.package.by_path(&format!("{folder}/package.json"))).or(self.package.manifest.file)
    }

    /// `npm run name`, once per entry.
    pub fn run_manifest_script(&mut self, document: usize, name: &str) {
        let Some(file) = self.manifest_of(document) else { return };
        let Some(source) = self.package.files.get(file).and_then(|f| f.source.clone()) else { return };
        let own = if self.package.manifest.file == Some(file) { self.manifest() } else { None };
        let json = own.or_else(|| serde_json::from_str(&source.text).ok().map(Rc::new));
        let Some(json) = json else { return };
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
                self.run_manifest_script(document, &name);
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
            if self.trace.call_path.len() >= MAX_CALLS {
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
}
