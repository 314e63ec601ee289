//! Entries of a PyPI package: the build, what the interpreter loads at its start, imports, commands.

use std::collections::{BTreeSet, HashSet};

use super::super::ini;
use super::{Entry, Facts, Phase, Target, Tree};

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

pub(super) fn find(tree: Tree<'_>, facts: &Facts) -> Vec<Entry> {
    // A wheel is installed by copying: a setup.py inside it never runs.
    let wheel = tree.paths().any(|(_, path)| is_wheel_info(path));
    let mut entries = Vec::new();
    if !wheel {
        build(tree, facts, &mut entries);
    }
    start(tree, &mut entries);
    let roots = import(tree, wheel, &mut entries);
    commands(tree, facts, &roots, &mut entries);
    scripts(tree, facts, wheel, &mut entries);
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
    let Some(system) = facts.pyproject.as_ref().and_then(|table| table.get("build-system")) else { return };
    let Some(backend) = system.get("build-backend").and_then(toml::Value::as_str) else { return };
    let Some(paths) = system.get("backend-path").and_then(toml::Value::as_array) else { return };
    let module = backend.split(':').next().unwrap_or(backend).trim();
    let folders: Vec<&str> = paths.iter().filter_map(toml::Value::as_str).collect();
    let found = folders.iter().find_map(|folder| {
        let folder = super::super::member::inside("", folder)?;
        module_file(tree, &folder, module)
    });
    let target = match found {
        Some(file) => Target::File(file),
        None => Target::Unresolved(format!("build backend {backend} in {}", folders.join(", "))),
    };
    entries.push(Entry { phase: Phase::Install, name: format!("build backend {backend}"), target });
}

/// What runs at every start of the interpreter once the package is installed.
fn start(tree: Tree<'_>, entries: &mut Vec<Entry>) {
    let install = |name: String, file| Entry { phase: Phase::Install, name, target: Target::File(file) };
    for (at, path) in tree.paths() {
        let name = path.rsplit('/').next().unwrap_or(path);
        if path.ends_with(".pth") {
            let text =
                tree.files.get(at).and_then(|file| file.source.as_ref()).map_or("", |source| source.text.as_str());
            // `site` runs the lines that begin with `import` and a blank.
            if text.lines().any(|line| line.starts_with("import ") || line.starts_with("import\t")) {
                entries.push(install(format!("{name} (interpreter start)"), at));
            }
        } else if matches!(name, "sitecustomize.py" | "usercustomize.py") && is_importable_place(path) {
            entries.push(install(format!("{name} (interpreter start)"), at));
        }
    }
}

/// Whether a module at this path would land at the top of the import path.
fn is_importable_place(path: &str) -> bool {
    matches!(path.rsplit_once('/').map_or("", |(folder, _)| folder), "" | "src") || path.contains(".data/")
}

/// Packages' `__init__.py` first, then modules. Returns the folders that stand at the top of the import path.
fn import(tree: Tree<'_>, wheel: bool, entries: &mut Vec<Entry>) -> Vec<String> {
    let mut roots: Vec<String> = vec![String::new()];
    if wheel {
        let data: BTreeSet<String> = tree
            .paths()
            .filter_map(|(_, path)| {
                let mut parts = path.split('/');
                let (data, place) = (parts.next()?, parts.next()?);
                (data.ends_with(".data") && matches!(place, "purelib" | "platlib")).then(|| format!("{data}/{place}/"))
            })
            .collect();
        roots.extend(data);
    } else {
        // Where setup.py may say `package_dir`: the two usual folders.
        roots.extend(["src/", "lib/"].map(str::to_owned));
    }
    let mut packages = BTreeSet::new();
    let mut modules = BTreeSet::new();
    for root in &roots {
        for (at, path) in tree.paths() {
            let Some(rest) = path.strip_prefix(root.as_str()) else { continue };
            match rest.split_once('/') {
                Some((package, "__init__.py")) if wheel || !NOT_INSTALLED.contains(&package) => {
                    packages.insert((package.to_owned(), at));
                }
                None => {
                    let Some(module) = rest.strip_suffix(".py") else { continue };
                    let started = matches!(module, "sitecustomize" | "usercustomize");
                    if !started && (wheel || !NOT_INSTALLED.contains(&module)) {
                        modules.insert((module.to_owned(), at));
                    }
                }
                _ => {}
            }
        }
    }
    // A namespace package has no __init__.py at the top: the packages one level down are what is imported.
    if packages.is_empty() && modules.is_empty() {
        for root in &roots {
            for (at, path) in tree.paths() {
                let Some(rest) = path.strip_prefix(root.as_str()) else { continue };
                let parts: Vec<&str> = rest.split('/').collect();
                if let [folders @ .., "__init__.py"] = parts.as_slice()
                    && let Some(top) = folders.first()
                    && (2..=3).contains(&folders.len())
                    && (wheel || !NOT_INSTALLED.contains(top))
                    && !top.ends_with(".data")
                {
                    packages.insert((folders.join("."), at));
                }
            }
        }
    }
    let all = packages.into_iter().chain(modules);
    entries.extend(all.map(|(name, at)| Entry {
        phase: Phase::Import,
        name: format!("import {name}"),
        target: Target::File(at),
    }));
    roots
}

/// Console and GUI entry points, wherever they are declared.
fn commands(tree: Tree<'_>, facts: &Facts, roots: &[String], entries: &mut Vec<Entry>) {
    let mut seen = HashSet::new();
    for (group, name, value) in declared_commands(tree, facts) {
        // `module:function [extra]`; without a function the module itself is the command.
        let value = value.split('[').next().unwrap_or_default().trim();
        let (module, function) = value.split_once(':').unwrap_or((value, ""));
        let (module, function) = (module.trim(), function.trim());
        if !seen.insert((name.clone(), module.to_owned(), function.to_owned())) {
            continue;
        }
        let file = roots.iter().find_map(|root| module_file(tree, root.trim_end_matches('/'), module));
        let target = match file {
            Some(file) if function.is_empty() => Target::File(file),
            Some(file) => Target::Function { file, name: function.to_owned() },
            None => Target::Unresolved(format!("{group} {name}: {value}")),
        };
        entries.push(Entry { phase: Phase::Run, name: format!("{group} {name}"), target });
    }
}

/// Group, name and value of every declared command.
fn declared_commands(tree: Tree<'_>, facts: &Facts) -> Vec<(&'static str, String, String)> {
    const GROUPS: [&str; 2] = ["console_scripts", "gui_scripts"];
    let mut found = Vec::new();
    for (_, path) in tree.paths().filter(|(_, path)| is_entry_points(path)) {
        let sections = ini::parse(tree.text(path).unwrap_or(""));
        for group in GROUPS {
            found.extend(sections.options(group).map(|(name, value)| (group, name.to_owned(), value.to_owned())));
        }
    }
    let sections = ini::parse(tree.text("setup.cfg").unwrap_or(""));
    for group in GROUPS {
        let lines = sections.get("options.entry_points", group).unwrap_or("").lines();
        let pairs = lines.filter_map(|line| line.split_once('='));
        found.extend(pairs.map(|(name, value)| (group, name.trim().to_owned(), value.trim().to_owned())));
    }
    let table = |path: &[&str]| {
        let mut value = facts.pyproject.as_ref()?.get(*path.first()?)?;
        for key in path.iter().skip(1) {
            value = value.get(key)?;
        }
        value.as_table()
    };
    let places: [(&str, &[&str]); 3] = [
        ("console_scripts", &["project", "scripts"]),
        ("gui_scripts", &["project", "gui-scripts"]),
        ("console_scripts", &["tool", "poetry", "scripts"]),
    ];
    for (group, path) in places {
        let pairs = table(path).into_iter().flatten();
        found.extend(pairs.filter_map(|(name, value)| Some((group, name.clone(), value.as_str()?.to_owned()))));
    }
    found
}

fn is_entry_points(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, file)| {
        file == "entry_points.txt"
            && (folder.ends_with(".dist-info") || folder.ends_with(".egg-info") || folder == "EGG-INFO")
    })
}

/// Scripts that are installed as files: a wheel's `*.data/scripts`, an sdist's `bin` and `scripts` folders and what
/// `setup.cfg` lists.
fn scripts(tree: Tree<'_>, _facts: &Facts, wheel: bool, entries: &mut Vec<Entry>) {
    let listed = ini::parse(tree.text("setup.cfg").unwrap_or(""));
    let listed: HashSet<&str> = listed.get("options", "scripts").unwrap_or("").lines().map(str::trim).collect();
    for (at, path) in tree.paths() {
        let mut parts = path.split('/');
        let installed = match (parts.next(), parts.next()) {
            (Some(data), Some("scripts")) if data.ends_with(".data") => true,
            (Some("bin" | "scripts"), Some(_)) if !wheel => is_script(tree, at, path),
            (Some("EGG-INFO"), Some("scripts")) => true,
            _ => listed.contains(path),
        };
        if installed {
            let name = path.rsplit('/').next().unwrap_or(path);
            entries.push(Entry { phase: Phase::Run, name: format!("script {name}"), target: Target::File(at) });
        }
    }
}

fn is_script(tree: Tree<'_>, at: usize, path: &str) -> bool {
    path.ends_with(".py") || tree.files.get(at).is_some_and(|file| file.bytes.starts_with(b"#!"))
}

/// The file of a dotted module below a folder.
fn module_file(tree: Tree<'_>, folder: &str, module: &str) -> Option<usize> {
    let path = module.replace('.', "/");
    let path = if folder.is_empty() { path } else { format!("{folder}/{path}") };
    tree.file(&format!("{path}.py")).or_else(|| tree.file(&format!("{path}/__init__.py")))
}
