//! What the build of an sdist runs: `setup.py`, an in-tree back end, hooks that the project names to its back end, native builds.

use std::collections::BTreeSet;

use super::super::gyp;
use super::super::member::inside;
use super::super::{build as native, ini};
use super::{Entry, Facts, Phase, Target, Tree, module_file};

/// Packages whose build back ends run code of the project only where it asks for that.
const BACKENDS: [&str; 13] = [
    "setuptools",
    "hatchling",
    "flit_core",
    "flit",
    "poetry",
    "pdm",
    "maturin",
    "scikit_build_core",
    "mesonpy",
    "uv_build",
    "pbr",
    "jupyter_packaging",
    "whey",
];
/// What pip and build call of a back end, in their order (PEP 517, PEP 660).
const BACKEND_HOOKS: [&str; 8] = [
    "get_requires_for_build_sdist",
    "build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_wheel",
    "build_wheel",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_editable",
    "build_editable",
];
/// What hatchling calls of the classes in a hook's file.
const HATCH_HOOKS: [&str; 12] = [
    "get_build_hook",
    "get_metadata_hook",
    "get_version_source",
    "get_builder",
    "dependencies",
    "clean",
    "initialize",
    "finalize",
    "update",
    "get_known_classifiers",
    "get_version_data",
    "build_standard",
];
/// What pdm-backend calls of a hook's file.
const PDM_HOOKS: [&str; 6] = [
    "pdm_build_hook_enabled",
    "pdm_build_clean",
    "pdm_build_initialize",
    "pdm_build_update_setup_kwargs",
    "pdm_build_update_files",
    "pdm_build_finalize",
];
/// What setuptools calls of a command's class.
const COMMAND_HOOKS: [&str; 3] = ["initialize_options", "finalize_options", "run"];
/// Most lines of a value that is written out.
const LINES: usize = 40;
/// Most entries of one build.
const MOST: usize = 60;

/// Adds everything that a build runs, in run order.
pub(super) fn entries(tree: Tree<'_>, facts: &Facts, entries: &mut Vec<Entry>) {
    let backend = backend(facts);
    let mut build = Build { tree, facts, found: Vec::new() };
    if let Some(file) = tree.file("setup.py") {
        build.push("setup.py".to_owned(), Target::File(file));
    }
    build.required();
    build.dynamic(&backend);
    build.classes();
    match backend.split(['.', ':']).next().unwrap_or_default() {
        "hatchling" => build.hatch(),
        "pdm" => build.pdm(),
        "poetry" => build.poetry(),
        _ => {}
    }
    build.backend();
    for file in native::files(tree, &backend) {
        build.found.extend(native::entries(tree, file, &[]));
        if file == "Cargo.toml"
            && let Some(path) = tree.text(file).and_then(native::cargo::script).filter(|path| tree.file(path).is_some())
        {
            let what = format!("{path} is Rust, which cargo builds and runs, and which is not read");
            build.push(format!("{file}: build script"), Target::Unresolved(what));
        }
    }
    let mut known = BTreeSet::new();
    build.found.retain(|entry| known.insert(format!("{:?}", entry.target)));
    build.found.truncate(MOST);
    entries.append(&mut build.found);
}

/// The build back end that the project names; without one setuptools runs its `setup.py`.
fn backend(facts: &Facts) -> String {
    let system = facts.pyproject.as_ref().and_then(|project| project.get("build-system"));
    let backend = system.and_then(|system| system.get("build-backend")).and_then(toml::Value::as_str);
    backend.unwrap_or_default().trim().to_owned()
}

struct Build<'p> {
    tree: Tree<'p>,
    facts: &'p Facts,
    found: Vec<Entry>,
}

impl Build<'_> {
    fn push(&mut self, name: String, target: Target) {
        self.found.push(Entry { phase: Phase::Install, name, target });
    }

    /// A value of `pyproject.toml`.
    fn at(&self, path: &[&str]) -> Option<&toml::Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.facts.pyproject.as_ref()?.get(*first)?, |value, key| value.get(*key))
    }

    fn text_at(&self, path: &[&str]) -> Option<String> {
        self.at(path).and_then(toml::Value::as_str).map(str::to_owned)
    }

    /// A module in one of the folders that the project keeps its own in.
    fn module(&self, module: &str) -> Option<usize> {
        let cfg = ini::parse(self.tree.text("setup.cfg").unwrap_or_default());
        let listed =
            cfg.get("options", "package_dir").unwrap_or_default().lines().filter_map(|line| line.split_once('='));
        let mut folders: Vec<String> =
            listed.filter(|(name, _)| name.trim().is_empty()).map(|(_, folder)| folder.trim().to_owned()).collect();
        folders.extend(self.text_at(&["tool", "setuptools", "package-dir", ""]));
        folders.extend(["", "src", "lib"].map(str::to_owned));
        folders.iter().find_map(|folder| module_file(self.tree, folder.trim_matches(['.', '/']), module))
    }

    /// The module of a dotted name, and what is left of the name: a class, a function.
    fn object(&self, name: &str) -> Option<(usize, String)> {
        if let Some((module, object)) = name.split_once(':') {
            return Some((self.module(module.trim())?, object.trim().to_owned()));
        }
        let cuts = name.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
        cuts.iter().rev().find_map(|at| Some((self.module(name.get(..*at)?)?, name.get(at + 1..)?.to_owned())))
    }

    /// `setup_requires`: setuptools fetches and imports these packages before it builds.
    fn required(&mut self) {
        const USUAL: [&str; 4] = ["setuptools", "wheel", "setuptools_scm", "pbr"];
        let cfg = ini::parse(self.tree.text("setup.cfg").unwrap_or_default());
        let listed = cfg.get("options", "setup_requires").unwrap_or_default().split(['\n', ';']).map(str::trim);
        let other = |line: &&str| {
            let name = line.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).next().unwrap_or_default();
            !name.is_empty() && !USUAL.contains(&name.replace('-', "_").as_str())
        };
        let lines: Vec<String> = listed.filter(other).map(str::to_owned).collect();
        for line in lines {
            self.push("setup_requires".to_owned(), Target::Unresolved(format!("{line} is code of another package")));
        }
    }

    /// `attr: package.module.NAME`: setuptools imports the module where the value is not written out.
    fn dynamic(&mut self, backend: &str) {
        let mut names = Vec::new();
        let cfg = ini::parse(self.tree.text("setup.cfg").unwrap_or_default());
        for section in ["metadata", "options"] {
            let values = cfg.options(section).filter_map(|(_, value)| value.strip_prefix("attr:"));
            names.extend(values.map(|name| name.trim().to_owned()));
        }
        let table = self.at(&["tool", "setuptools", "dynamic"]).and_then(toml::Value::as_table);
        let attributes = table.into_iter().flat_map(toml::Table::values).filter_map(|value| value.get("attr"));
        names.extend(attributes.filter_map(|name| Some(name.as_str()?.to_owned())));
        if backend.starts_with("flit") {
            let own = self.text_at(&["tool", "flit", "module", "name"]);
            let own = own.or_else(|| self.text_at(&["tool", "flit", "metadata", "module"]));
            let own = own.or_else(|| self.text_at(&["project", "name"]));
            names.extend(own.map(|name| format!("{}.__version__", name.replace('-', "_"))));
        }
        for name in names {
            let Some((module, attribute)) = name.rsplit_once('.') else { continue };
            match self.module(module) {
                Some(file) if is_written_out(self.text_of(file), attribute) => {}
                Some(file) => self.push(format!("attr: {name}"), Target::File(file)),
                None => {}
            }
        }
    }

    fn text_of(&self, file: usize) -> &str {
        self.tree.files.get(file).and_then(|file| file.source.as_ref()).map_or("", |source| source.text.as_str())
    }

    /// Commands of setuptools that are classes of the package: `cmdclass`.
    fn classes(&mut self) {
        let cfg = ini::parse(self.tree.text("setup.cfg").unwrap_or_default());
        let pairs = cfg.get("options", "cmdclass").unwrap_or_default().lines().filter_map(|line| line.split_once('='));
        let mut classes: Vec<String> = pairs.map(|(_, class)| class.trim().to_owned()).collect();
        let table = self.at(&["tool", "setuptools", "cmdclass"]).and_then(toml::Value::as_table);
        classes.extend(table.into_iter().flat_map(toml::Table::values).filter_map(|c| Some(c.as_str()?.to_owned())));
        for class in classes {
            let name = format!("cmdclass {class}");
            match self.object(&class) {
                Some((file, object)) => {
                    self.push(name.clone(), Target::File(file));
                    self.functions(&name, file, &object, &COMMAND_HOOKS);
                }
                None => self.push(name, Target::Unresolved(format!("{class} is no class of the package"))),
            }
        }
    }

    /// Functions below an object of a file, where the file's text has their names.
    fn functions(&mut self, name: &str, file: usize, object: &str, hooks: &[&str]) {
        let text = self.text_of(file);
        let of = |hook: &&&str| text.contains(**hook);
        let dotted = |hook: &&str| if object.is_empty() { (*hook).to_owned() } else { format!("{object}.{hook}") };
        let targets: Vec<String> = hooks.iter().filter(of).map(dotted).collect();
        for function in targets {
            self.push(format!("{name}: {function}"), Target::Function { file, name: function });
        }
    }

    /// A file that a back end loads for its hooks.
    fn hook_file(&mut self, path: &str, hooks: &[&str]) {
        let name = format!("build hook {path}");
        let Some(file) = inside("", path).and_then(|path| self.tree.file(&path)) else {
            self.push(name, Target::Unresolved(format!("{path} is not in the package")));
            return;
        };
        self.push(name.clone(), Target::File(file));
        for function in defined(self.text_of(file), hooks) {
            self.push(format!("{name}: {function}"), Target::Function { file, name: function });
        }
    }

    fn hatch(&mut self) {
        // `hatch.toml` holds the same tables without `tool.hatch` before them.
        let own =
            self.tree.text("hatch.toml").and_then(|text| text.parse::<toml::Table>().ok()).map(toml::Value::Table);
        let tables: Vec<toml::Value> = self.at(&["tool", "hatch"]).cloned().into_iter().chain(own).collect();
        let mut files = Vec::new();
        let mut code = Vec::new();
        for table in &tables {
            let at = |path: &[&str]| path.iter().try_fold(table, |value, key| value.get(*key));
            let path = |hook: &toml::Value| {
                hook.get("path").and_then(toml::Value::as_str).unwrap_or("hatch_build.py").to_owned()
            };
            files.extend(at(&["build", "hooks", "custom"]).map(path));
            files.extend(at(&["metadata", "hooks", "custom"]).map(path));
            let targets = at(&["build", "targets"]).and_then(toml::Value::as_table);
            for (name, target) in targets.into_iter().flatten() {
                files.extend(target.get("hooks").and_then(|hooks| hooks.get("custom")).map(path));
                files.extend((name == "custom").then(|| path(target)));
            }
            let version = table.get("version");
            let source = version.and_then(|version| version.get("source")).and_then(toml::Value::as_str);
            let file = version.and_then(|version| version.get("path")).and_then(toml::Value::as_str);
            if source == Some("code") {
                code.extend(file.map(str::to_owned));
            }
        }
        for path in code {
            if let Some(file) = inside("", &path).and_then(|path| self.tree.file(&path)) {
                self.push(format!("version of {path}"), Target::File(file));
            }
        }
        for path in files {
            self.hook_file(&path, &HATCH_HOOKS);
        }
    }

    fn pdm(&mut self) {
        let custom = self.text_at(&["tool", "pdm", "build", "custom-hook"]);
        // The file is taken by its name alone.
        let custom = custom.or_else(|| self.tree.file("pdm_build.py").map(|_| "pdm_build.py".to_owned()));
        if let Some(path) = custom {
            self.hook_file(&path, &PDM_HOOKS);
        }
        if let Some(path) = self.text_at(&["tool", "pdm", "build", "setup-script"]) {
            self.hook_file(&path, &["build"]);
        }
        if let Some(getter) = self.text_at(&["tool", "pdm", "version", "getter"])
            && let Some((file, name)) = self.object(&getter)
        {
            self.push(format!("version of {getter}"), Target::Function { file, name });
        }
    }

    fn poetry(&mut self) {
        let script = self.text_at(&["tool", "poetry", "build"]);
        if let Some(path) = script.or_else(|| self.text_at(&["tool", "poetry", "build", "script"])) {
            self.hook_file(&path, &["build"]);
        }
    }

    /// An in-tree build back end (PEP 517 `backend-path`), or one of another package that is not known.
    fn backend(&mut self) {
        let Some(system) = self.at(&["build-system"]) else { return };
        let Some(backend) = system.get("build-backend").and_then(toml::Value::as_str).map(str::to_owned) else {
            return;
        };
        let name = format!("build backend {backend}");
        let Some(paths) = system.get("backend-path").and_then(toml::Value::as_array) else {
            let package = backend.split(['.', ':']).next().unwrap_or(&backend).trim();
            if !BACKENDS.contains(&package) {
                self.push(name, Target::Unresolved(format!("{backend} is code of another package")));
            }
            return;
        };
        let (module, object) = backend.split_once(':').unwrap_or((&backend, ""));
        let folders: Vec<String> = paths.iter().filter_map(|path| Some(path.as_str()?.to_owned())).collect();
        let found = folders.iter().find_map(|folder| module_file(self.tree, &inside("", folder)?, module.trim()));
        match found {
            Some(file) => {
                self.push(name.clone(), Target::File(file));
                self.functions(&name, file, object.trim(), &BACKEND_HOOKS);
                if !object.trim().is_empty() {
                    // Asked for a hook that the object does not have.
                    self.functions(&name, file, object.trim(), &["__getattr__"]);
                }
            }
            None => self.push(name, Target::Unresolved(format!("build backend {backend} in {}", folders.join(", ")))),
        }
    }
}

/// Functions of these names that a text defines at its top or in a class there, as `name` and `Class.name`.
fn defined(text: &str, names: &[&str]) -> Vec<String> {
    let mut class = None;
    let mut found = Vec::new();
    for line in text.lines() {
        let inner = line.trim_start();
        let after = |keyword: &str| {
            let name = inner.strip_prefix("async ").unwrap_or(inner).strip_prefix(keyword)?;
            name.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().filter(|name| !name.is_empty())
        };
        if inner.len() == line.len() {
            if let Some(name) = after("class ") {
                class = Some(name);
                continue;
            }
            let goes_on = inner.is_empty() || inner.starts_with(['#', ')', '@']);
            class = class.filter(|_| goes_on);
        }
        let Some(name) = after("def ").filter(|name| names.contains(name)) else { continue };
        match class {
            Some(class) => found.push(format!("{class}.{name}")),
            None if inner.len() == line.len() => found.push(name.to_owned()),
            None => {}
        }
    }
    found
}

/// Whether a text gives a name at its top a value that is a literal, which back ends read without running the text.
fn is_written_out(text: &str, name: &str) -> bool {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let Some(rest) = line.strip_prefix(name) else { continue };
        let value = match rest.trim_start().split_once('=') {
            Some((before, value))
                if (before.trim().is_empty() || before.starts_with(':')) && !value.starts_with('=') =>
            {
                value
            }
            _ => continue,
        };
        let begin = from + line.len() - value.len();
        // A value in brackets goes over several lines.
        let ends = text.get(begin..).unwrap_or_default().match_indices('\n').map(|(at, _)| begin + at);
        let mut ends = ends.chain(std::iter::once(text.len())).take(LINES);
        return ends.any(|end| {
            let value = text.get(begin..end).unwrap_or_default().trim();
            !value.is_empty() && !gyp::parse(value).1
        });
    }
    false
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("V = '1.0'\n", true)]
    #[case("V: str = '1' '.0'  # x\n", true)]
    #[case("V = (\n  1,\n  2,\n)\n", true)]
    #[case("V = str(1) + '.0'\n", false)]
    #[case("V = W\n", false)]
    #[case("def f():\n    V = '1'\n", false)]
    #[case("if V == '1': pass\n", false)]
    #[case("", false)]
    fn literals_are_told_from_what_is_computed(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_written_out(text, "V"), expected);
    }

    #[test]
    fn functions_and_methods_are_found() {
        let text = "def a(): pass\nclass C(B):\n    def a(self): pass\n    def b(self): pass\n\n    x = 1\ny = 1\nif y:\n    def a(): pass\nasync def b(): pass\n";
        assert_eq!(defined(text, &["a", "b"]), ["a", "C.a", "C.b", "b"]);
    }
}
