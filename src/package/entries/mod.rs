//! What runs, and when: the entries of a package in run order (install, import, run).

mod build;
mod commands;
mod npm;
mod project;
mod pypi;

pub use pypi::code_of_pth;
pub(super) use pypi::module_file;

use super::layout::{self, Layout};
use super::manifest::Facts;
use super::{Ecosystem, Entry, File, Package, Phase, Target};

/// The files of a package, by paths below its root.
#[derive(Clone, Copy)]
pub(super) struct Tree<'p> {
    files: &'p [File],
    root: &'p str,
    /// The first folders that npm merges, where there are several.
    tops: &'p [String],
}

impl<'p> Tree<'p> {
    /// Index of a file by its path below the root.
    pub fn file(self, path: &str) -> Option<usize> {
        layout::position(self.files, self.tops, &format!("{}{path}", self.root))
    }

    pub fn text(self, path: &str) -> Option<&'p str> {
        self.files.get(self.file(path)?)?.source.as_ref().map(|source| source.text.as_str())
    }

    /// The text of a value in a file.
    fn slice(self, file: usize, item: super::json::Item<'_>) -> Option<&'p str> {
        let span = item.span();
        self.files.get(file)?.source.as_ref()?.text.get(span.start..span.end)
    }

    /// All files below the root with their index.
    fn paths(self) -> impl Iterator<Item = (usize, &'p str)> {
        let below = move |file: &'p File| layout::below(self.root, self.tops, &file.path);
        self.files.iter().enumerate().filter_map(move |(at, file)| Some((at, below(file)?)))
    }
}

/// Entries in the order in which they would run.
pub(super) fn find(files: &[File], layout: &Layout, facts: &Facts) -> Vec<Entry> {
    let tree = Tree { files, root: &layout.root, tops: &layout.tops };
    let mut entries = match layout.ecosystem {
        Ecosystem::Npm => npm::find(tree, facts),
        Ecosystem::Pypi => pypi::find(tree, facts, &layout.sites),
        Ecosystem::Unknown => scripts(tree),
    };
    if layout.ecosystem != Ecosystem::Unknown {
        entries.extend(project::entries(tree));
    }
    // Stable: within a phase the order is that of the rules.
    entries.sort_by_key(|entry| entry.phase);
    entries
}

/// What a build runs that a file tells; see [`Package::build_entries`].
pub(super) fn of_build(package: &Package, file: usize, goals: &[&str]) -> Vec<Entry> {
    let tree = Tree { files: &package.files, root: &package.root, tops: &package.tops };
    let path = package.files.get(file).and_then(|file| layout::below(&package.root, &package.tops, &file.path));
    match path {
        Some(path) if path.ends_with(".gyp") => super::gyp::entries(tree, path, path),
        Some(path) => super::build::entries(tree, path, goals),
        None => Vec::new(),
    }
}

/// Of a layout that fits no rule, everything that an interpreter could be given.
fn scripts(tree: Tree<'_>) -> Vec<Entry> {
    const ENDINGS: [&str; 13] =
        ["py", "pyw", "js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx", "sh", "bash", "pth"];
    let is_script = |at: usize, path: &str| {
        let by_name =
            path.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()));
        by_name || tree.files.get(at).is_some_and(|file| file.bytes.starts_with(b"#!"))
    };
    let found =
        tree.paths().filter(|(at, path)| is_script(*at, path) && !path.ends_with(".d.ts") && !path.contains("/._"));
    found.map(|(at, path)| Entry { phase: Phase::Run, name: path.to_owned(), target: Target::File(at) }).collect()
}
