//! Entries of a PyPI package: the build, what the interpreter loads at its start, imports, commands.

use std::collections::BTreeSet;

use super::super::member::inside;
use super::{Entry, Facts, Phase, Target, Tree, commands};

/// Top-level folders and modules of an sdist that are not installed.
const NOT_INSTALLED: [&str; 14] = [
    "test",
    "tests",
    "testing",
    "doc",
    "docs",
    "example",
    "examples",
    "sample",
    "samples",
    "benchmark",
    "benchmarks",
    "setup",
    "conftest",
    "noxfile",
];

/// Packages whose build backends run code of the project only where it asks for that.
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
/// Most native modules told.
const EXTENSIONS: usize = 30;
/// Most build hooks told.
const HOOKS: usize = 20;

pub(super) fn find(tree: Tree<'_>, facts: &Facts, sites: &[String]) -> Vec<Entry> {
    // What is built is installed by copying: a setup.py inside it never runs.
    let built = !sites.is_empty() || tree.paths().any(|(_, path)| is_wheel_info(path) || path == "EGG-INFO/PKG-INFO");
    let mut entries = Vec::new();
    if !built {
        build(tree, facts, &mut entries);
    }
    start(tree, sites, &mut entries);
    let roots = import(tree, built, sites, &mut entries);
    extensions(tree, built, &roots, &mut entries);
    commands::points(tree, facts, &roots, &mut entries);
    commands::scripts(tree, built, sites, &mut entries);
    entries
}

fn is_wheel_info(path: &str) -> bool {
    path.split_once('/')
        .is_some_and(|(folder, file)| folder.ends_with(".dist-info") && matches!(file, "METADATA" | "WHEEL" | "RECORD"))
}

/// `setup.py` and an in-tree build backend (PEP 517 `backend-path`).
fn build(tree: Tree<'_>, facts: &Facts, entries: &mut Vec<Entry>) {
    if let Some(file) = tree.file("setup.py") {
        entries.push(Entry { phase: Phase::Install, name: "setup.py".to_owned(), target: Target::File(file) });
    }
    let Some(project) = &facts.pyproject else { return };
    let hook = |name: String| {
        let what = format!("{name} is read with the modules of the package");
        Entry { phase: Phase::Install, name: format!("build hook {name}"), target: Target::Unresolved(what) }
    };
    entries.extend(hooks(project).into_iter().take(HOOKS).map(hook));
    let Some(system) = project.get("build-system") else { return };
    let Some(backend) = system.get("build-backend").and_then(toml::Value::as_str) else { return };
    let Some(paths) = system.get("backend-path").and_then(toml::Value::as_array) else {
        let package = backend.split(['.', ':']).next().unwrap_or(backend).trim();
        if !BACKENDS.contains(&package) {
            let target = Target::Unresolved(format!("{backend} is code of another package"));
            entries.push(Entry { phase: Phase::Install, name: format!("build backend {backend}"), target });
        }
        return;
    };
    let module = backend.split(':').next().unwrap_or(backend).trim();
    let folders: Vec<&str> = paths.iter().filter_map(toml::Value::as_str).collect();
    let found = folders.iter().find_map(|folder| {
        let folder = inside("", folder)?;
        module_file(tree, &folder, module)
    });
    let target = match found {
        Some(file) => Target::File(file),
        None => Target::Unresolved(format!("build backend {backend} in {}", folders.join(", "))),
    };
    entries.push(Entry { phase: Phase::Install, name: format!("build backend {backend}"), target });
}

/// Files and classes of the package that its build backend is told to run.
fn hooks(project: &toml::Table) -> Vec<String> {
    let at = |path: &[&str]| {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(project.get(*first)?, |value, key| value.get(*key))
    };
    let text = |path: &[&str]| at(path).and_then(toml::Value::as_str).map(str::to_owned);
    let mut found = Vec::new();
    for path in
        [["tool", "hatch", "build", "hooks", "custom"].as_slice(), &["tool", "hatch", "metadata", "hooks", "custom"]]
    {
        if let Some(hook) = at(path) {
            found.push(hook.get("path").and_then(toml::Value::as_str).unwrap_or("hatch_build.py").to_owned());
        }
    }
    let targets = at(&["tool", "hatch", "build", "targets"]).and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(toml::Table::values) {
        if let Some(hook) = target.get("hooks").and_then(|hooks| hooks.get("custom")) {
            found.push(hook.get("path").and_then(toml::Value::as_str).unwrap_or("hatch_build.py").to_owned());
        }
    }
    found.extend(text(&["tool", "poetry", "build"]).or_else(|| text(&["tool", "poetry", "build", "script"])));
    found.extend(text(&["tool", "pdm", "build", "custom-hook"]));
    let classes = at(&["tool", "setuptools", "cmdclass"]).and_then(toml::Value::as_table);
    found
        .extend(classes.into_iter().flat_map(toml::Table::values).filter_map(|class| Some(class.as_str()?.to_owned())));
    let mut known = BTreeSet::new();
    found.retain(|hook| known.insert(hook.clone()));
    found
}

/// What runs at every start of the interpreter once the package is installed.
fn start(tree: Tree<'_>, sites: &[String], entries: &mut Vec<Entry>) {
    let install = |name: String, file| Entry { phase: Phase::Install, name, target: Target::File(file) };
    for (at, path) in tree.paths() {
        let name = path.rsplit('/').next().unwrap_or(path);
        if path.ends_with(".pth") {
            let text =
                tree.files.get(at).and_then(|file| file.source.as_ref()).map_or("", |source| source.text.as_str());
            // `site` runs the lines that begin with `import` and a blank; a CR alone ends a line too.
            if text.split(['\n', '\r']).any(|line| line.starts_with("import ") || line.starts_with("import\t")) {
                entries.push(install(format!("{name} (interpreter start)"), at));
            }
        } else if is_started(path) && is_importable_place(path, sites) {
            let name = module_place(path).rsplit('/').next().unwrap_or(path);
            entries.push(install(format!("{name} (interpreter start)"), at));
        }
    }
}

/// Whether the interpreter imports the module or package at a path at its start.
fn is_started(path: &str) -> bool {
    let place = module_place(path);
    let name = place.rsplit('/').next().unwrap_or(place);
    matches!(name.strip_suffix(".py").unwrap_or(name), "sitecustomize" | "usercustomize") && path.ends_with(".py")
}

/// The path of a module, for a package that of its folder.
fn module_place(path: &str) -> &str {
    path.strip_suffix("/__init__.py").unwrap_or(path)
}

/// Whether a module at this path would land at the top of the import path.
fn is_importable_place(path: &str, sites: &[String]) -> bool {
    let folder = module_place(path).rsplit_once('/').map_or("", |(folder, _)| folder);
    matches!(folder, "" | "src")
        || path.contains(".data/")
        || sites.iter().any(|site| site.trim_end_matches('/') == folder)
}

/// Packages' `__init__.py` first, then modules. Returns the folders that stand at the top of the import path.
fn import(tree: Tree<'_>, built: bool, sites: &[String], entries: &mut Vec<Entry>) -> Vec<String> {
    let mut roots: Vec<String> = vec![String::new()];
    if built {
        let data: BTreeSet<String> = tree
            .paths()
            .filter_map(|(_, path)| {
                let mut parts = path.split('/');
                let (data, place) = (parts.next()?, parts.next()?);
                (data.ends_with(".data") && matches!(place, "purelib" | "platlib")).then(|| format!("{data}/{place}/"))
            })
            .collect();
        // A wheel has one such folder; thousands of them would only cost time.
        roots.extend(data.into_iter().take(4));
        roots.extend(sites.iter().filter(|site| !site.is_empty()).cloned());
    } else {
        // Where setup.py may say `package_dir`: the two usual folders.
        roots.extend(["src/", "lib/"].map(str::to_owned));
    }
    let mut packages = BTreeSet::new();
    let mut modules = BTreeSet::new();
    let importable =
        |name: &str| !matches!(name, "sitecustomize" | "usercustomize") && (built || !NOT_INSTALLED.contains(&name));
    for root in &roots {
        for (at, path) in tree.paths() {
            let Some(rest) = path.strip_prefix(root.as_str()) else { continue };
            match rest.split_once('/') {
                Some((package, "__init__.py")) if importable(package) => {
                    packages.insert((package.to_owned(), at));
                }
                None => {
                    let Some(module) = rest.strip_suffix(".py") else { continue };
                    // `._name.py` is what macOS leaves; no name with a dot can be imported.
                    if !module.contains('.') && importable(module) {
                        modules.insert((module.to_owned(), at));
                    }
                }
                _ => {}
            }
        }
    }
    if packages.is_empty() && modules.is_empty() {
        packages = below(tree, built, sites);
    }
    let all = packages.into_iter().chain(modules);
    entries.extend(all.map(|(name, at)| Entry {
        phase: Phase::Import,
        name: format!("import {name}"),
        target: Target::File(at),
    }));
    roots
}

/// Native modules, which an import loads like those of Python.
fn extensions(tree: Tree<'_>, built: bool, roots: &[String], entries: &mut Vec<Entry>) {
    let module = |(at, path): (usize, &str)| {
        let stem = path.strip_suffix(".so").or_else(|| path.strip_suffix(".pyd"))?;
        // `src/x/_speed.cpython-311-x86_64-linux-gnu.so` is `x._speed`.
        let root = roots.iter().rev().find(|root| stem.starts_with(root.as_str()))?;
        let inside = stem.strip_prefix(root.as_str())?;
        let (folder, name) = inside.rsplit_once('/').unwrap_or(("", inside));
        let name = name.split('.').next().filter(|name| !name.is_empty())?;
        let top = folder.split('/').next().unwrap_or_default();
        // Folders with a dot hold libraries that modules are linked with.
        let importable = !folder.contains('.') && (built || !NOT_INSTALLED.contains(&top));
        let dotted = if folder.is_empty() { name.to_owned() } else { format!("{}.{name}", folder.replace('/', ".")) };
        importable.then_some((dotted, at))
    };
    let found: Vec<(String, usize)> = tree.paths().filter_map(module).collect();
    let import = |name: String, target| Entry { phase: Phase::Import, name: format!("import {name}"), target };
    let more = found.len().saturating_sub(EXTENSIONS);
    entries.extend(found.into_iter().take(EXTENSIONS).map(|(name, at)| import(name, Target::File(at))));
    if more > 0 {
        let what = format!("{more} more native modules are not listed");
        entries.push(import("native modules".to_owned(), Target::Unresolved(what)));
    }
}

/// The file of a dotted module below a folder.
pub(super) fn module_file(tree: Tree<'_>, folder: &str, module: &str) -> Option<usize> {
    let path = module.replace('.', "/");
    let path = if folder.is_empty() { path } else { format!("{folder}/{path}") };
    tree.file(&format!("{path}.py")).or_else(|| tree.file(&format!("{path}/__init__.py")))
}

/// Without a package or module at the top: the topmost packages of namespace packages and unusual `package_dir`s; failing
/// those, every module, since a folder without `__init__.py` can be imported too.
fn below(tree: Tree<'_>, built: bool, sites: &[String]) -> BTreeSet<(String, usize)> {
    let counts = |path: &str| {
        let top = path.split('/').next().unwrap_or_default();
        (built || !NOT_INSTALLED.contains(&top)) && !path.split('/').any(|part| part.starts_with('.'))
    };
    let mut folders: Vec<(&str, usize)> = tree
        .paths()
        .filter(|(_, path)| counts(path))
        .filter_map(|(at, path)| Some((path.strip_suffix("/__init__.py")?, at)))
        .collect();
    folders.sort_unstable();
    // Sorted, a folder comes before those inside it, but `a-b` comes between `a` and `a/b`.
    let mut topmost: BTreeSet<(String, usize)> = BTreeSet::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (folder, at) in folders {
        let inside_another = folder.match_indices('/').any(|(end, _)| known.contains(folder.get(..end).unwrap_or("")));
        if !inside_another {
            topmost.insert((dotted(folder), at));
        }
        known.insert(folder);
    }
    if !topmost.is_empty() {
        return topmost;
    }
    let started = |path: &str| is_started(path) && is_importable_place(path, sites);
    let modules = tree.paths().filter(|(_, path)| counts(path) && *path != "setup.py" && !started(path));
    modules.filter_map(|(at, path)| Some((dotted(path.strip_suffix(".py")?), at))).collect()
}

fn dotted(path: &str) -> String {
    path.strip_prefix("src/").unwrap_or(path).replace('/', ".")
}
