//! Commands and plugins of a PyPI package: entry points and script files.

use std::collections::HashSet;

use super::super::ini;
use super::pypi::module_file;
use super::{Entry, Facts, Phase, Target, Tree};

/// The groups of what a user starts; those of every other group are loaded by the program whose plugins they are.
const COMMANDS: [&str; 2] = ["console_scripts", "gui_scripts"];
/// Groups whose functions others call without being asked: builds of any package, every run of pytest.
const AUTOMATIC: [&str; 8] = [
    "egg_info.writers",
    "setuptools.finalize_distribution_options",
    "setuptools.file_finders",
    "distutils.commands",
    "distutils.setup_keywords",
    "setuptools.installation",
    "pytest11",
    "virtualenv.create",
];
/// Most plugins told.
const PLUGINS: usize = 100;

/// Entry points of every group, wherever they are declared.
pub(super) fn points(tree: Tree<'_>, facts: &Facts, roots: &[String], entries: &mut Vec<Entry>) {
    let mut seen = HashSet::new();
    let mut plugins = 0;
    for (group, name, value) in declared(tree, facts) {
        // `module:function [extra]`; without a function the module itself is the command.
        let value = value.split('[').next().unwrap_or_default().trim();
        let (module, function) = value.split_once(':').unwrap_or((value, ""));
        let (module, function) = (module.trim(), function.trim());
        if !seen.insert((name.clone(), module.to_owned(), function.to_owned())) {
            continue;
        }
        let command = COMMANDS.contains(&group.as_str());
        plugins += usize::from(!command);
        if plugins > PLUGINS && !command {
            continue;
        }
        let file = roots.iter().find_map(|root| module_file(tree, root.trim_end_matches('/'), module));
        let called = command || AUTOMATIC.contains(&group.as_str());
        let target = match file {
            // A plugin is imported; what its program calls of it then, that program decides.
            Some(file) if function.is_empty() || !called => Target::File(file),
            Some(file) => Target::Function { file, name: function.to_owned() },
            None => Target::Unresolved(format!("{group} {name}: {value}")),
        };
        let phase = if command { Phase::Run } else { Phase::Import };
        entries.push(Entry { phase, name: format!("{group} {name}"), target });
    }
    if plugins > PLUGINS {
        let what = format!("{} more plugins are not listed", plugins - PLUGINS);
        entries.push(Entry { phase: Phase::Import, name: "entry points".to_owned(), target: Target::Unresolved(what) });
    }
}

/// Group, name and value of every declared entry point.
fn declared(tree: Tree<'_>, facts: &Facts) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (_, path) in tree.paths().filter(|(_, path)| is_entry_points(path)) {
        let sections = ini::parse(tree.text(path).unwrap_or(""));
        let mut known = HashSet::new();
        for group in sections.names().filter(|group| known.insert(*group)) {
            let options = sections.options(group);
            found.extend(options.map(|(name, value)| (group.to_owned(), name.to_owned(), value.to_owned())));
        }
    }
    let sections = ini::parse(tree.text("setup.cfg").unwrap_or(""));
    for (group, lines) in sections.options("options.entry_points") {
        let pairs = lines.lines().filter_map(|line| line.split_once('='));
        found.extend(pairs.map(|(name, value)| (group.to_owned(), name.trim().to_owned(), value.trim().to_owned())));
    }
    let table = |path: &[&str]| {
        let mut value = facts.pyproject.as_ref()?.get(*path.first()?)?;
        for key in path.iter().skip(1) {
            value = value.get(key)?;
        }
        value.as_table()
    };
    let mut add = |group: &str, pairs: &toml::Table| {
        let texts = pairs.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        found.extend(texts.map(|(name, value)| (group.to_owned(), name, value)));
    };
    let places: [(&str, &[&str]); 3] = [
        ("console_scripts", &["project", "scripts"]),
        ("gui_scripts", &["project", "gui-scripts"]),
        ("console_scripts", &["tool", "poetry", "scripts"]),
    ];
    for (group, path) in places {
        if let Some(pairs) = table(path) {
            add(group, pairs);
        }
    }
    let groups: [&[&str]; 2] = [&["project", "entry-points"], &["tool", "poetry", "plugins"]];
    for path in groups {
        for (group, pairs) in table(path).into_iter().flatten() {
            if let Some(pairs) = pairs.as_table() {
                add(group, pairs);
            }
        }
    }
    found
}

fn is_entry_points(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, file)| {
        file == "entry_points.txt"
            && (folder.ends_with(".dist-info") || folder.ends_with(".egg-info") || folder == "EGG-INFO")
    })
}

/// Scripts that are installed as files: a wheel's `*.data/scripts`, an egg's, those beside the folders for imports of another
/// built package, an sdist's `bin` and `scripts` folders and what `setup.cfg` lists.
pub(super) fn scripts(tree: Tree<'_>, built: bool, sites: &[String], entries: &mut Vec<Entry>) {
    let listed = ini::parse(tree.text("setup.cfg").unwrap_or(""));
    let listed: HashSet<&str> = listed.get("options", "scripts").unwrap_or("").lines().map(str::trim).collect();
    for (at, path) in tree.paths() {
        let mut parts = path.split('/');
        let installed = match (parts.next(), parts.next()) {
            (Some(data), Some("scripts")) if data.ends_with(".data") => true,
            (Some("bin" | "scripts"), Some(_)) if !built => is_script(tree, at, path),
            (Some("EGG-INFO"), Some("scripts")) | (Some("SCRIPTS"), Some(_)) if built => true,
            _ if !sites.is_empty() && in_scripts_folder(path) => true,
            _ => listed.contains(path),
        };
        if installed {
            let name = path.rsplit('/').next().unwrap_or(path);
            entries.push(Entry { phase: Phase::Run, name: format!("script {name}"), target: Target::File(at) });
        }
    }
}

/// Whether a path of an installed tree is in its folder for commands: `usr/bin/x`, `Scripts/x`.
fn in_scripts_folder(path: &str) -> bool {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder.rsplit('/').next().unwrap_or(folder));
    matches!(folder, Some("bin" | "Scripts")) && !path.contains("-packages/")
}

fn is_script(tree: Tree<'_>, at: usize, path: &str) -> bool {
    path.ends_with(".py") || tree.files.get(at).is_some_and(|file| file.bytes.starts_with(b"#!"))
}
