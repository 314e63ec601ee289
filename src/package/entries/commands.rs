//! Commands of a PyPI package: entry points and script files.

use std::collections::HashSet;

use super::super::ini;
use super::pypi::module_file;
use super::{Entry, Facts, Phase, Target, Tree};

/// Console and GUI entry points, wherever they are declared.
pub(super) fn points(tree: Tree<'_>, facts: &Facts, roots: &[String], entries: &mut Vec<Entry>) {
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
pub(super) fn scripts(tree: Tree<'_>, wheel: bool, entries: &mut Vec<Entry>) {
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
