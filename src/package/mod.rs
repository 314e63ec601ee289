//! Opens archives and folders in memory under limits; never writes or runs anything.
//!
//! [`open`] sniffs the content, not the name: a tar, plain or packed by gzip, bzip2, xz, lzma or zstd, a zip (also wheels and
//! eggs), a folder, or a zip that holds nothing but one such archive (the password zips of malware collections, password `infected`).

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::text::{Source, Span, hex};

mod assemble;
mod budget;
mod build;
pub(crate) mod bytes;
mod compression;
mod entries;
mod error;
mod folder;
mod gyp;
mod ini;
mod json;
mod layout;
mod manifest;
mod member;
mod mismatch;
mod purl;
mod read;
mod skip;
mod splice;
mod tarball;
mod xz;
mod zipped;

pub use entries::code_of_pth;
pub use error::OpenError;
pub use member::is_aside;
pub use purl::{normalise, purl};
pub use skip::{Loss, Skip};

/// Endings of file names that packages have, in lower case.
pub const ARCHIVE_ENDINGS: [&str; 17] = [
    ".tar.gz",
    ".tar.bz2",
    ".tar.xz",
    ".tar.lzma",
    ".tar.zst",
    ".tar.z",
    ".tgz",
    ".tbz2",
    ".tbz",
    ".txz",
    ".tlz",
    ".tzst",
    ".tar",
    ".zip",
    ".whl",
    ".egg",
    ".exe",
];

/// The registry family a package belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// JavaScript packages.
    Npm,
    /// Python packages.
    Pypi,
    /// Neither layout was recognised: every script is a run entry.
    Unknown,
}

impl Ecosystem {
    /// The ecosystem in a word, as JSON and the ledger have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Unknown => "unknown",
        }
    }

    /// The ecosystem that a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        [Self::Npm, Self::Pypi].into_iter().find(|ecosystem| ecosystem.word() == word).unwrap_or(Self::Unknown)
    }
}

/// When an entry runs. The order is the order of the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// While the package is installed (or when the interpreter starts).
    Install,
    /// When the package is imported.
    Import,
    /// When its commands or functions are called.
    Run,
}

impl Phase {
    /// The phase in a word: `install`, `import`, `run`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Import => "import",
            Self::Run => "run",
        }
    }
}

/// A member of the archive, decompressed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct File {
    /// Path inside the archive as stored, `/`-separated, untrusted (`package/index.js`).
    pub path: String,
    /// The bytes. Empty where the file was skipped for size.
    #[serde(with = "bytes")]
    pub bytes: Arc<[u8]>,
    /// The bytes decoded as the interpreter would, `None` for binary content.
    pub source: Option<Arc<Source>>,
}

/// Something that runs, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it runs.
    pub phase: Phase,
    /// What makes it run: `setup.py`, `postinstall`, `main`, `console_scripts tool`, ...
    pub name: String,
    /// What it runs.
    pub target: Target,
}

/// What an entry runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A whole file, by index in [`Package::files`].
    File(usize),
    /// A function of a file: entry points like `pkg.cli:main`.
    Function {
        /// Index in [`Package::files`].
        file: usize,
        /// Dotted name inside the module.
        name: String,
    },
    /// Shell text that stands in a file (a script of `package.json`).
    Shell {
        /// Index in [`Package::files`].
        file: usize,
        /// Where the text stands in that file.
        span: Span,
        /// The shell text, unescaped.
        text: String,
    },
    /// Named by the manifest but not in the archive; the text says what.
    Unresolved(String),
}

/// What sort of oddity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddness {
    /// How or where something is stored.
    #[default]
    Form,
    /// Compressed in a way that not every installer unpacks: some install what others refuse.
    Compression,
}

/// A trick or inconsistency of the archive itself: duplicate members, absolute paths, links, trailing bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oddity {
    /// The member concerned, or `""`.
    pub path: String,
    /// One plain sentence.
    pub what: String,
    /// Its sort.
    pub kind: Oddness,
}

impl Oddity {
    /// An oddity of form, at a path.
    #[must_use]
    pub fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), kind: Oddness::Form }
    }
}

/// What the manifest says of the package. Size-free facts only; absent fields are `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Index of the file the facts come from.
    pub file: Option<usize>,
    /// One-line description.
    pub description: Option<String>,
    /// Home page URL.
    pub homepage: Option<String>,
    /// Source repository URL.
    pub repository: Option<String>,
    /// Licence.
    pub license: Option<String>,
    /// Author or maintainer, as written.
    pub author: Option<String>,
    /// Names of declared run-time dependencies, with their version or URL as written.
    pub dependencies: Vec<(String, String)>,
    /// Names of the top-level importable modules (PyPI) or the main file (npm).
    pub modules: Vec<String>,
}

/// One package, read into memory and never changed after.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Package {
    /// The path as the user gave it.
    pub path: String,
    /// The name of the archive or folder itself: of the inner archive for a password zip.
    pub archive: String,
    /// SHA-256 of the archive (of the inner archive for a password zip; for a folder of its sorted names and contents), hex.
    pub sha256: String,
    /// Size of the archive in bytes.
    pub size: u64,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// Name by the manifest, else by the file name.
    pub name: Option<String>,
    /// Version by the manifest, else by the file name.
    pub version: Option<String>,
    /// The folder inside the archive that holds the package, with a trailing slash, or `""` (`package/`, `name-1.0/`).
    pub root: String,
    /// Where npm merges several first folders into one package: those folders, of which one may be `""`; else empty.
    pub tops: Vec<String>,
    /// Every member that is a regular file, sorted by path. What no installer unpacks (earlier copies, bytes beside the
    /// members) stands below `./`.
    pub files: Vec<File>,
    /// Facts of the manifest.
    pub manifest: Manifest,
    /// What runs, install first, then import, then run.
    pub entries: Vec<Entry>,
    /// Tricks of the archive.
    pub oddities: Vec<Oddity>,
    /// What was not read.
    pub skipped: Vec<Skip>,
}

/// A package as it lay on the disk: nothing of it has been read yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct RawPackage {
    path: String,
    name: String,
    content: RawContent,
}

#[derive(Debug, Serialize, Deserialize)]
enum RawContent {
    Archive(#[serde(with = "bytes")] Vec<u8>),
    Folder { members: Vec<member::Member>, skipped: Vec<Skip> },
}

/// How to open a package.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OpenOptions {
    /// Password of an encrypted zip; `infected` is tried by itself.
    pub password: Option<String>,
    /// Bounds on what is read.
    pub limits: Limits,
}

/// Bounds that keep a hostile archive from taking the machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Limits {
    /// Largest archive read, bytes.
    pub archive_bytes: u64,
    /// Largest single member kept, bytes.
    pub file_bytes: u64,
    /// Largest sum of all members kept, bytes.
    pub total_bytes: u64,
    /// Most members read.
    pub files: usize,
    /// Most bytes that one byte of the archive may unpack to, once more than 64 MiB have been unpacked.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { archive_bytes: 512 << 20, file_bytes: 64 << 20, total_bytes: 1 << 30, files: 100_000, ratio: 100 }
    }
}

impl Package {
    /// Index of the file with this path, as stored in the archive. Where npm merges folders, a path in one of them also
    /// finds the file that another brings to the same place.
    #[must_use]
    pub fn by_path(&self, path: &str) -> Option<usize> {
        layout::position(&self.files, &self.tops, path)
    }

    /// What a build runs that a file of the package tells: a `binding.gyp`, a `Makefile`, a `CMakeLists.txt`. `goals` are targets
    /// of make, none for the first.
    #[must_use]
    pub fn build_entries(&self, file: usize, goals: &[&str]) -> Vec<Entry> {
        entries::of_build(self, file, goals)
    }

    /// A path as it is within the package, without the folder that holds all of it.
    #[must_use]
    pub fn inside<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.root.as_str()).unwrap_or(path)
    }

    /// A file's text, `None` for binary content and where there is no such file.
    #[must_use]
    pub fn source(&self, file: usize) -> Option<&Arc<Source>> {
        self.files.get(file)?.source.as_ref()
    }
}

/// Opens a package: an archive, a folder, or a zip that holds nothing but one archive. All in memory.
///
/// # Errors
/// When the path cannot be read, is no package, is damaged, encrypted with an unknown password, or larger than the limits allow.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Package, OpenError> {
    unpack(fetch(path, options)?, options)
}

/// Takes a package's bytes from the disk, of a folder those of its files, and parses nothing: the half of [`open`] that
/// needs the file system.
///
/// # Errors
/// When the path cannot be read, is neither a file nor a folder, or is larger than the limits allow.
pub fn fetch(path: &Path, options: &OpenOptions) -> Result<RawPackage, OpenError> {
    read::fetch(path, options)
}

/// A package that is in memory already, as if it lay in a file of this name.
#[must_use]
pub fn in_memory(name: &str, bytes: Vec<u8>) -> RawPackage {
    RawPackage { path: name.to_owned(), name: name.to_owned(), content: RawContent::Archive(bytes) }
}

impl RawPackage {
    /// Where it lies, as it was named.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same under another file name, where it lies in a store that knows no names.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// What tells one archive from another: the hash of the file, with the name that says something of what is in it. None of
    /// a folder, whose files change one by one.
    #[must_use]
    pub fn identity(&self) -> Option<(String, &str)> {
        match &self.content {
            RawContent::Archive(bytes) => Some((hex(&Sha256::digest(bytes)), &self.name)),
            RawContent::Folder { .. } => None,
        }
    }
}

/// Reads a package from its bytes: the half of [`open`] that needs nothing but memory.
///
/// # Errors
/// When the bytes are no package, damaged, encrypted with an unknown password, or unpack to more than the limits allow.
pub fn unpack(raw: RawPackage, options: &OpenOptions) -> Result<Package, OpenError> {
    read::unpack(raw, options)
}

/// Opens an archive that is in memory already, as if it lay in a file of this name.
///
/// # Errors
/// As for [`open`].
pub fn open_bytes(name: &str, bytes: Vec<u8>, options: &OpenOptions) -> Result<Package, OpenError> {
    unpack(in_memory(name, bytes), options)
}
