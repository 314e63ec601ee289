//! What builds of native code run: commands in the files of cmake, meson, make and cargo.
//!
//! None of these files is run here. Every command that they hold is told, whatever its condition: on which machine the build
//! runs nobody knows.

pub(super) mod cargo;
mod cmake;
pub(super) mod make;
mod meson;

use std::collections::BTreeSet;

use super::entries::Tree;
use super::member::inside;
use super::{Entry, Phase, Target};
use crate::text::Span;

/// Most commands told of one build.
const COMMANDS: usize = 100;
/// Most files that a build reads.
const FILES: usize = 64;

/// A command of a build file.
struct Command {
    /// What runs it: `execute_process`, a target of make.
    by: String,
    /// Where it stands.
    span: Span,
    text: String,
}

/// A build file, read.
#[derive(Default)]
struct Read {
    commands: Vec<Command>,
    /// Files that are read as well, by their paths from the file's folder.
    others: Vec<String>,
}

/// What a build runs that begins with a file, by its path below the root; `goals` are targets of make, none for the first.
pub(super) fn entries(tree: Tree<'_>, path: &str, goals: &[&str]) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    let mut pending = vec![path.to_owned()];
    while let Some(path) = pending.pop() {
        let Some(file) = tree.file(&path).filter(|file| known.insert(*file) && known.len() <= FILES) else { continue };
        let (folder, name) = path.rsplit_once('/').map_or(("", path.as_str()), |(folder, name)| (folder, name));
        let text = tree.text(&path).unwrap_or_default();
        let read = match name {
            "CMakeLists.txt" => cmake::read(text),
            "meson.build" => meson::read(text, |path| tree.file(&inside(folder, path).unwrap_or_default()).is_some()),
            "Cargo.toml" => cargo::read(tree, folder),
            _ if name.ends_with(".cmake") => cmake::read(text),
            _ => make::read(text, goals),
        };
        let entry = |command: Command| Entry {
            phase: Phase::Install,
            name: format!("{path}: {}", command.by),
            target: Target::Shell { file, span: command.span, text: command.text },
        };
        found.extend(read.commands.into_iter().map(entry));
        pending.extend(read.others.iter().rev().filter_map(|other| inside(folder, other)));
    }
    let more = found.len().saturating_sub(COMMANDS);
    found.truncate(COMMANDS);
    if more > 0 {
        let target = Target::Unresolved(format!("{more} more commands are not listed"));
        found.push(Entry { phase: Phase::Install, name: path.to_owned(), target });
    }
    found
}

/// The build files that the back end of a PyPI package reads, by their paths below the root.
pub(super) fn files(tree: Tree<'_>, backend: &str) -> Vec<&'static str> {
    let setup = tree.text("setup.py").unwrap_or_default();
    let legacy = backend.starts_with("setuptools") || backend.is_empty();
    let reads = |file: &str| match file {
        "meson.build" => backend.starts_with("mesonpy"),
        "CMakeLists.txt" => {
            backend.starts_with("scikit_build")
                || backend.contains("cmake")
                || legacy && setup.contains("cmake")
                || legacy && setup.contains("skbuild")
        }
        "Cargo.toml" => backend.starts_with("maturin") || legacy && setup.contains("rust"),
        _ => false,
    };
    ["meson.build", "CMakeLists.txt", "Cargo.toml"].into_iter().filter(|file| reads(file)).collect()
}

/// Where the bracket closes that opens at a place, strings passed over.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.get(open..)?.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) => quote = Some(open).filter(|open| *open != c),
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(open + at);
                }
            }
            _ => {}
        }
    }
    None
}

/// A text whose comments are blank, so that everything else stays where it is.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut quote = None;
        let mut from = line.len();
        for (at, c) in line.char_indices() {
            match (quote, c) {
                (None, '#') => {
                    from = at;
                    break;
                }
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), _) if open == c => quote = None,
                _ => {}
            }
        }
        let (code, comment) = line.split_at(from);
        out.push_str(code);
        out.extend(comment.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    }
    out
}
