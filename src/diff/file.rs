//! What became of a file between two versions, and what sort of file it is.

use serde::{Deserialize, Serialize};

use crate::evidence::binary::is_native;
use crate::package::{File, Package};
use crate::syntax::ir::Language;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// Its content is another.
    Changed,
    /// Only its path is another.
    Moved,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Something that an interpreter runs.
    Code,
    /// What tells an installer about the package.
    Manifest,
    /// Another text.
    Text,
    /// No text.
    Data,
    /// A program or library.
    Binary,
}

/// Why a file is folded away. It is listed and counted all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// Only blanks, line breaks, quotes, semicolons or trailing commas changed.
    Formatting,
    /// Only names of local variables changed, one for one, and the spelling of literals.
    Renaming,
    /// The tool that builds the package wrote it.
    Generated,
    /// The other kind of package has no such file: tests of a repository, the build files of an sdist.
    OtherLayout,
}

/// A file that is not the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// What became of it.
    pub change: Change,
    /// What it is.
    pub sort: Sort,
    /// Index in the old package's `files`.
    pub old: Option<usize>,
    /// Index in the new package's `files`.
    pub new: Option<usize>,
    /// Why it is folded away, where it is.
    pub fold: Option<Fold>,
    /// The highest of its places' risks: many harmless places do not add up to a dangerous one.
    pub risk: u32,
    /// Lines (of long lines, stretches) that came.
    pub added: usize,
    /// Lines that went.
    pub removed: usize,
    /// What could not be compared, one plain sentence.
    pub cut: Option<String>,
}

impl FileChange {
    /// The file's path: the new one where it has one. Untrusted.
    #[must_use]
    pub fn path<'p>(&self, old: &'p Package, new: &'p Package) -> &'p str {
        let path = |package: &'p Package, at: Option<usize>| {
            at.and_then(|at| package.files.get(at)).map(|file| file.path.as_str())
        };
        path(new, self.new).or_else(|| path(old, self.old)).unwrap_or_default()
    }
}

pub(super) fn sort(file: &File, runs: bool) -> Sort {
    const MANIFESTS: [&str; 12] = [
        "package.json",
        "pyproject.toml",
        "setup.cfg",
        "PKG-INFO",
        "METADATA",
        "entry_points.txt",
        "requires.txt",
        "binding.gyp",
        "MANIFEST.in",
        "package-lock.json",
        "npm-shrinkwrap.json",
        ".npmrc",
    ];
    const SCRIPTS: [&str; 9] = ["sh", "bash", "zsh", "bat", "cmd", "ps1", "pth", "php", "rb"];
    if is_native(&file.bytes) {
        return Sort::Binary;
    }
    let Some(source) = &file.source else { return Sort::Data };
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let script = ending.is_some_and(|ending| SCRIPTS.contains(&ending.as_str())) || source.text.starts_with("#!");
    match () {
        () if Language::of(&file.path, &source.text).is_some() || script => Sort::Code,
        () if MANIFESTS.contains(&name) => Sort::Manifest,
        () if runs => Sort::Code,
        () => Sort::Text,
    }
}
