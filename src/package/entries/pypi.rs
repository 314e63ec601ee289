//! Entries of a PyPI package: the build, what the interpreter loads at its start, imports, commands.

use std::collections::BTreeSet;

use super::{Entry, Facts, Phase, Target, Tree, build, commands};

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

/// Most functions that one `.start` file calls at the start.
const STARTS: usize = 20;
/// Most native modules told.
const EXTENSIONS: usize = 30;

pub(super) fn find(tree: Tree<'_>, facts: &Facts, sites: &[String]) -> Vec<Entry> {
    // What is built is installed by copying: a setup.py inside it never runs.
    let built = !sites.is_empty() || tree.paths().any(|(_, path)| is_wheel_info(path) || path == "EGG-INFO/PKG-INFO");
    let mut entries = Vec::new();
    if !built {
        build::entries(tree, facts, &mut entries);
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

/// What runs at every start of the interpreter once the package is installed.
fn start(tree: Tree<'_>, sites: &[String], entries: &mut Vec<Entry>) {
    let install = |name: String, file| Entry { phase: Phase::Install, name, target: Target::File(file) };
    for (at, path) in tree.paths() {
        let name = path.rsplit('/').next().unwrap_or(path);
        if path.ends_with(".pth") {
            let text =
                tree.files.get(at).and_then(|file| file.source.as_ref()).map_or("", |source| source.text.as_str());
            if code_of_pth(text).next().is_some() {
                entries.push(install(format!("{name} (interpreter start)"), at));
            }
        } else if path.ends_with(".start") && is_importable_place(path, sites) {
            entries.extend(started(tree, at, path));
        } else if is_started(path) && is_importable_place(path, sites) {
            let name = module_place(path).rsplit('/').next().unwrap_or(path);
            entries.push(install(format!("{name} (interpreter start)"), at));
        }
    }
}

/// The lines of a `.pth` that `site` executes: those that begin with `import` and a blank. It reads what lies between all the
/// line ends that Python knows (from 3.13 on; before, only CR and LF).
pub fn code_of_pth(text: &str) -> impl Iterator<Item = &str> {
    const ENDS: [char; 10] =
        ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    text.split(ENDS).filter(|line| line.starts_with("import ") || line.starts_with("import\t"))
}

/// The functions that a `.start` file names (PEP 829): the interpreter calls them at its start.
fn started(tree: Tree<'_>, at: usize, path: &str) -> Vec<Entry> {
    let text = tree.files.get(at).and_then(|file| file.source.as_ref()).map_or("", |source| source.text.as_str());
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = path.rsplit('/').next().unwrap_or(path);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let entry = |line: &str| {
        let (module, function) = line.split_once(':').unwrap_or((line, ""));
        let target = match module_file(tree, folder, module.trim()) {
            Some(file) if function.trim().is_empty() => Target::File(file),
            Some(file) => Target::Function { file, name: function.trim().to_owned() },
            None => Target::Unresolved(format!("{name}: {line}")),
        };
        Entry { phase: Phase::Install, name: format!("{name} (interpreter start)"), target }
    };
    lines.take(STARTS).map(entry).collect()
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
    } else {
        packages.extend(namespaces(tree, built, &roots));
    }
    let all = packages.into_iter().chain(modules);
    entries.extend(all.map(|(name, at)| Entry {
        phase: Phase::Import,
        name: format!("import {name}"),
        target: Target::File(at),
    }));
    roots
}

/// The topmost packages in folders without an `__init__.py`, which can be imported as well as those beside them: of what is
/// built those of all such folders, of an sdist those that it says it installs.
fn namespaces(tree: Tree<'_>, built: bool, roots: &[String]) -> BTreeSet<(String, usize)> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for (_, path) in tree.paths().filter(|(_, path)| path.ends_with(".egg-info/top_level.txt")) {
        named.extend(tree.text(path).unwrap_or_default().lines().map(str::trim));
    }
    let mut found = BTreeSet::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for root in roots {
        // What lies below another root has its names from there.
        let elsewhere =
            |path: &str| root.is_empty() && roots.iter().any(|o| !o.is_empty() && path.starts_with(o.as_str()));
        let inits = tree.paths().filter(|(_, path)| !elsewhere(path)).filter_map(|(at, path)| {
            let inside = path.strip_prefix(root.as_str())?.strip_suffix("/__init__.py")?;
            let top = inside.split('/').next()?;
            let counts = inside.split('/').all(is_identifier) && (built || named.contains(top));
            counts.then_some((inside, at))
        });
        let mut inits: Vec<(&str, usize)> = inits.collect();
        // Outer packages first: what lies in one is no topmost package.
        inits.sort_unstable_by_key(|(inside, _)| (inside.split('/').count(), *inside));
        for (inside, at) in inits {
            let outer = inside.match_indices('/').any(|(end, _)| known.contains(inside.get(..end).unwrap_or_default()));
            known.insert(inside.to_owned());
            if !outer && inside.contains('/') {
                found.insert((inside.replace('/', "."), at));
            }
        }
    }
    found
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
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
pub(in crate::package) fn module_file(tree: Tree<'_>, folder: &str, module: &str) -> Option<usize> {
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
