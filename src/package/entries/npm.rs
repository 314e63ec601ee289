//! Entries of an npm package: lifecycle scripts, what `require` and `import` load, commands.

use std::collections::HashSet;

use super::super::json::{Item, Json};
use super::super::member::inside;
use super::{Entry, Facts, Phase, Target, Tree};

/// In the order in which npm runs them on installation. `prepare` and what stands around it runs for git and folder installs,
/// `dependencies` after each change of a project's own dependencies.
const LIFECYCLE: [&str; 7] =
    ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "dependencies"];
/// What node and bundlers try after a path without an ending.
const ENDINGS: [&str; 9] = ["", ".js", ".cjs", ".mjs", ".json", ".ts", ".node", ".jsx", ".tsx"];

/// Most paths of `main`, `exports` and the like that are followed; real packages have some hundred.
const TARGETS: usize = 2000;
/// Most scripts of bundled packages that are told.
const BUNDLED: usize = 50;
/// Most files of `directories.bin` that are told.
const COMMANDS: usize = 100;
/// Most subpath patterns of `exports` that are matched against the files.
const PATTERNS: usize = 100;

pub(super) fn find(tree: Tree<'_>, facts: &Facts) -> Vec<Entry> {
    let Some(root) = facts.json.as_ref().and_then(super::super::json::Json::root) else { return Vec::new() };
    let mut entries = install(tree, root, facts);
    entries.extend(import(tree, root));
    entries.extend(run(tree, root));
    entries
}

fn install(tree: Tree<'_>, root: Item<'_>, facts: &Facts) -> Vec<Entry> {
    let mut entries = match facts.manifest.file {
        Some(file) => hooks(tree, root, file, "", &LIFECYCLE),
        None => Vec::new(),
    };
    entries.extend(bundled(tree, root, facts));
    entries
}

/// The scripts that npm runs of a package in a folder: those of its manifest, else the build with its `binding.gyp`.
fn hooks(tree: Tree<'_>, root: Item<'_>, file: usize, folder: &str, names: &[&str]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let scripts = root.get("scripts");
    let script = |name: &str| scripts.and_then(|scripts| scripts.get(name)).filter(|script| script.text().is_some());
    for name in names {
        if let Some(script) = script(name) {
            let text = script.text().unwrap_or_default().to_owned();
            let target = Target::Shell { file, span: script.span(), text };
            entries.push(Entry { phase: Phase::Install, name: (*name).to_owned(), target });
        }
    }
    let gyp = format!("{folder}binding.gyp");
    if tree.file(&gyp).is_some()
        && script("install").is_none()
        && script("preinstall").is_none()
        && root.get("gypfile").is_none_or(|own| tree.slice(file, own) != Some("false"))
    {
        let at = entries.iter().position(|entry: &Entry| entry.name != "preinstall").unwrap_or(entries.len());
        entries.splice(at..at, super::super::gyp::entries(tree, &gyp, "node-gyp rebuild (binding.gyp)"));
    }
    entries
}

/// The scripts of packages that lie in this one: npm runs them as those of every dependency.
fn bundled(tree: Tree<'_>, root: Item<'_>, facts: &Facts) -> Vec<Entry> {
    let all = |list| facts.manifest.file.and_then(|file| tree.slice(file, list)) == Some("true");
    let named = |name| root.get(name).is_some_and(|list| list.elements().next().is_some() || all(list));
    if !named("bundleDependencies") && !named("bundledDependencies") {
        return Vec::new();
    }
    let mut entries = Vec::new();
    let manifest = |path: &str| {
        let folder = path.strip_suffix("package.json")?;
        let name = folder.rsplit_once("node_modules/")?.1.trim_end_matches('/');
        (name.split('/').count() == 1 + usize::from(name.starts_with('@')))
            .then(|| (folder.to_owned(), name.to_owned()))
    };
    for (file, path) in tree.paths() {
        let Some((folder, name)) = manifest(path) else { continue };
        let json = Json::parse(tree.text(path).unwrap_or_default());
        let Some(root) = json.root() else { continue };
        let own = hooks(tree, root, file, &folder, &["preinstall", "install", "postinstall"]);
        entries
            .extend(own.into_iter().map(|entry| Entry { name: format!("{} of bundled {name}", entry.name), ..entry }));
        if entries.len() >= BUNDLED {
            let what = format!("more than {BUNDLED} scripts of bundled packages: the others are not listed");
            let target = Target::Unresolved(what);
            entries.push(Entry { phase: Phase::Install, name: "bundled packages".to_owned(), target });
            break;
        }
    }
    entries
}

fn import(tree: Tree<'_>, root: Item<'_>) -> Vec<Entry> {
    let mut targets: Vec<(String, String)> = Vec::new();
    // Packages of type declarations write an empty main.
    let main = root.get("main").and_then(Item::text).filter(|main| !main.is_empty());
    if let Some(main) = main {
        targets.push(("main".to_owned(), main.to_owned()));
    }
    if let Some(module) = root.get("module").and_then(Item::text) {
        targets.push(("module".to_owned(), module.to_owned()));
    }
    exports(tree, root.get("exports"), &mut targets);
    if let Some(browser) = root.get("browser") {
        match browser.text() {
            Some(path) => targets.push(("browser".to_owned(), path.to_owned())),
            // A map of replacements; `false` leaves a module out.
            None => targets
                .extend(browser.members().filter_map(|(_, to)| Some(("browser".to_owned(), to.text()?.to_owned())))),
        }
    }
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    let mut absent = HashSet::new();
    let more = targets.len().saturating_sub(TARGETS);
    targets.truncate(TARGETS);
    if more > 0 {
        entries.push(import_entry(
            "exports".to_owned(),
            Target::Unresolved(format!("{more} more paths are not followed")),
        ));
    }
    for (name, path) in targets {
        match resolve(tree, &path) {
            Some(file) if seen.insert(file) => entries.push(import_entry(name, Target::File(file))),
            Some(_) => {}
            None if absent.insert(path.clone()) => {
                entries.push(import_entry(name.clone(), Target::Unresolved(format!("{name}: {path}"))));
            }
            None => {}
        }
    }
    // Node falls back to index.js where main is absent or leads nowhere.
    let main_found = entries.iter().any(|entry| entry.name == "main" && matches!(entry.target, Target::File(_)));
    if !main_found
        && root.get("exports").is_none()
        && let Some(file) = resolve(tree, "index").filter(|file| seen.insert(*file))
    {
        entries.insert(0, import_entry("index".to_owned(), Target::File(file)));
    }
    entries
}

fn import_entry(name: String, target: Target) -> Entry {
    Entry { phase: Phase::Import, name, target }
}

/// All files that `exports` names, whatever the condition and subpath.
fn exports(tree: Tree<'_>, exports: Option<Item<'_>>, targets: &mut Vec<(String, String)>) {
    // A list instead of recursion: nesting is the attacker's choice.
    let mut patterns = 0;
    let mut pending: Vec<(Item<'_>, String)> = exports.map(|item| (item, "exports".to_owned())).into_iter().collect();
    while let Some((item, name)) = pending.pop() {
        if let Some(path) = item.text() {
            match path.split_once('*') {
                None => targets.push((name, path.to_owned())),
                // A pattern costs a walk over all files.
                Some(_) if patterns == PATTERNS => targets.push((name, path.to_owned())),
                Some((before, after)) => {
                    patterns += 1;
                    let before = before.trim_start_matches("./");
                    let matching = tree.paths().filter(|(_, path)| path.starts_with(before) && path.ends_with(after));
                    // A pattern also matches data, types and documents; only code can be an entry.
                    let code = matching.filter(|(_, path)| is_code(path));
                    targets.extend(code.map(|(_, path)| (name.clone(), path.to_owned())));
                }
            }
            continue;
        }
        let mut inner: Vec<_> = item
            .members()
            // Type declarations hold no code.
            .filter(|(key, _)| !key.starts_with("types"))
            .map(|(key, value)| (value, if key.starts_with('.') { format!("exports {key}") } else { name.clone() }))
            .chain(item.elements().map(|value| (value, name.clone())))
            .collect();
        // A stack gives back the last first.
        inner.reverse();
        pending.extend(inner);
    }
}

fn run(tree: Tree<'_>, root: Item<'_>) -> Vec<Entry> {
    let Some(bin) = root.get("bin") else { return bin_folder(tree, root) };
    let own_name = root.get("name").and_then(Item::text).unwrap_or("bin");
    let own_name = own_name.rsplit('/').next().unwrap_or(own_name);
    let commands: Vec<(&str, &str)> = match bin.text() {
        Some(path) => vec![(own_name, path)],
        None => bin.members().filter_map(|(name, path)| Some((name, path.text()?))).collect(),
    };
    let command = |(name, path): (&str, &str)| {
        let target = match resolve(tree, path) {
            Some(file) => Target::File(file),
            None => Target::Unresolved(format!("bin {name}: {path}")),
        };
        Entry { phase: Phase::Run, name: format!("bin {name}"), target }
    };
    commands.into_iter().map(command).collect()
}

/// Without `bin`, every file of the folder that `directories.bin` names is a command of its own name.
fn bin_folder(tree: Tree<'_>, root: Item<'_>) -> Vec<Entry> {
    let folder = root.get("directories").and_then(|folders| folders.get("bin")).and_then(Item::text);
    let Some(folder) = folder.and_then(|folder| inside("", folder)).filter(|folder| !folder.is_empty()) else {
        return Vec::new();
    };
    let within = tree.paths().filter_map(|(file, path)| {
        let name = path.strip_prefix(folder.as_str())?.strip_prefix('/')?;
        (!name.starts_with('.') && !name.contains("/.")).then_some((file, name))
    });
    let entry = |(file, name): (usize, &str)| {
        let command = name.rsplit('/').next().unwrap_or(name);
        Entry { phase: Phase::Run, name: format!("bin {command}"), target: Target::File(file) }
    };
    within.take(COMMANDS).map(entry).collect()
}

/// The file that node loads for a path relative to the package's root.
fn resolve(tree: Tree<'_>, path: &str) -> Option<usize> {
    let base = inside("", path)?;
    let beside = ENDINGS.iter().find_map(|ending| tree.file(&format!("{base}{ending}")));
    let folder = if base.is_empty() { String::new() } else { format!("{base}/") };
    beside.or_else(|| ENDINGS.iter().skip(1).find_map(|ending| tree.file(&format!("{folder}index{ending}"))))
}

fn is_code(path: &str) -> bool {
    let code = [".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx"];
    code.iter().any(|ending| path.ends_with(ending))
        && ![".d.ts", ".d.cts", ".d.mts"].iter().any(|end| path.ends_with(end))
}
