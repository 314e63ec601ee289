//! Reads what others say of a package from files that an analyst saved: findings of other scanners, a record of how the package
//! behaved when it was run elsewhere, what a registry keeps of it. Nothing is fetched.
//!
//! Which format a file has is told by its content. The files are as untrusted as the package: their size, number and nesting are
//! bounded, what they say of a place is looked up in the package and never believed, and every text of theirs is shown
//! through [`crate::text`] alone.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::case::Case;
use crate::case::external::{External, Report, Says};

mod format;
mod package_analysis;
mod place;
mod registry;
mod scanner;

use format::Read;
use place::Places;
use registry::Digests;

/// Most bytes of one file.
pub const BYTES: u64 = 32 << 20;
/// Most files that are taken for one package.
pub const FILES: usize = 32;
/// Most findings, and most acts, that are listed of one file.
pub const LISTED: usize = 5000;
/// Endings of files beside a package that are looked into.
const ENDINGS: [&str; 5] = [".json", ".sarif", ".ndjson", ".jsonl", ".provenance"];

/// Why nothing was read from a file.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// It cannot be read.
    #[error("{file}: {why}; name a file that can be read")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system says.
        why: io::Error,
    },
    /// It is too long.
    #[error("{file}: it is larger than {} MB; findings of one package are not, so give those of this package alone", BYTES >> 20)]
    Oversized {
        /// Its path.
        file: String,
    },
    /// It is in none of the formats.
    #[error(
        "{file}: {why}; known are JSON of GuardDog, malcontent and package-analysis, SARIF, ndjson of YARA-X, packuments of npm, JSON of PyPI and attestations"
    )]
    Unknown {
        /// Its path.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// There are too many of them.
    #[error("{0} files are named; name at most {FILES} for one package")]
    Many(usize),
}

/// Files that were named for a package.
#[derive(Debug, Clone, Default)]
pub struct Named(Vec<PathBuf>);

impl Named {
    /// These files, each looked into, so that what is wrong with one is said before anything else is done.
    ///
    /// # Errors
    /// When one of them cannot be read, or is in no format that is known.
    pub fn new(files: &[PathBuf]) -> Result<Self, ExternalError> {
        if files.len() > FILES {
            return Err(ExternalError::Many(files.len()));
        }
        for file in files {
            understood(&file.display().to_string(), &bytes(file)?)?;
        }
        Ok(Self(files.to_vec()))
    }

    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The case with what the named files say of it, and those that lie beside the package and are named after it.
#[must_use]
pub fn attach(case: Case, path: &Path, named: &Named) -> Case {
    let mut files = named.0.clone();
    for file in beside(path) {
        if files.len() < FILES && !files.iter().any(|known| same(known, &file)) {
            files.push(file);
        }
    }
    let name = |file: &Path| file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let files = files.iter().map(|file| (name(file), bytes(file)));
    tell(case, path, files)
}

/// The case with what files say of it, by their names and contents; `path` is where the package lies, whose hash may be asked for.
#[must_use]
pub fn tell(
    case: Case,
    path: &Path,
    files: impl IntoIterator<Item = (String, Result<Vec<u8>, ExternalError>)>,
) -> Case {
    let mut told =
        Told { places: Places::new(&case), digests: OnceCell::new(), external: External::default(), case: &case, path };
    for (name, bytes) in files {
        let report = match bytes.and_then(|bytes| understood(&name, &bytes)) {
            Ok(read) => told.take(read),
            Err(error) => Report { error: Some(error.to_string()), ..report("", Says::Nothing, String::new()) },
        };
        told.external.reports.push(Report { file: name, ..report });
    }
    let external = told.external;
    if external.reports.is_empty() { case } else { case.with_external(Arc::new(external)) }
}

fn report(source: &str, says: Says, words: String) -> Report {
    Report { file: String::new(), source: source.to_owned(), says, words, listed: 0, left_out: 0, error: None }
}

/// What was told so far of a case.
struct Told<'c> {
    case: &'c Case,
    path: &'c Path,
    places: Places,
    digests: OnceCell<Digests>,
    external: External,
}

impl Told<'_> {
    /// Takes in what one file says; answers with the report of it.
    fn take(&mut self, read: Read) -> Report {
        let Self { case, path, places, digests, external } = self;
        match read {
            Read::Findings(scan) => {
                let left_out = scan.findings.len().saturating_sub(LISTED);
                let listed = scan.findings.len() - left_out;
                let findings = scan.findings.into_iter().take(LISTED);
                external.findings.extend(findings.map(|found| places.finding(case, &scan.source, found)));
                Report { listed, left_out, ..report(&place::short(&scan.source), scan.says, scan.words) }
            }
            Read::Run(mut run) => {
                case.agree(&mut run.acts);
                let (listed, left_out) = (run.acts.len(), run.left_out);
                external.observed.extend(run.acts);
                Report { listed, left_out, ..report("package-analysis", Says::Nothing, run.words) }
            }
            Read::Registry(registry) => {
                let all = registry.releases.len();
                let mut history = registry::history(case, registry, digests.get_or_init(|| Digests::of(case, path)));
                // An attestation that was told before.
                if let Some(known) = external.history.take() {
                    history.facts.extend(known.facts);
                    history.mismatches.extend(known.mismatches);
                }
                let listed = history.releases.len();
                external.history = Some(history);
                let words = crate::text::many(all, "release", "releases");
                Report { listed, left_out: all - listed, ..report("registry", Says::Nothing, words) }
            }
            Read::Attested(attested) => {
                let digests = digests.get_or_init(|| Digests::of(case, path));
                attested.tell(case, digests, external.history.get_or_insert_default());
                Report { listed: 1, ..report("attestation", Says::Nothing, "not verified".to_owned()) }
            }
        }
    }
}

/// Files beside a package whose names begin with its own: `demo-1.0.tgz.guarddog.json` is of `demo-1.0.tgz`.
fn beside(package: &Path) -> Vec<PathBuf> {
    let Some(name) = package.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let folder = package.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let belongs = |entry: &fs::DirEntry| {
        let file = entry.file_name();
        let rest = file.to_str().and_then(|file| file.strip_prefix(name)).and_then(|rest| rest.strip_prefix('.'));
        let known = rest.is_some_and(|rest| ENDINGS.iter().any(|ending| format!(".{rest}").ends_with(ending)));
        known && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let mut found: Vec<PathBuf> = entries.filter_map(Result::ok).filter(belongs).map(|entry| entry.path()).collect();
    found.sort_unstable();
    found
}

fn same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// The bytes of a file.
fn bytes(path: &Path) -> Result<Vec<u8>, ExternalError> {
    let file = || path.display().to_string();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|opened| opened.take(BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|why| ExternalError::Unreadable { file: file(), why })?;
    if bytes.len() as u64 > BYTES { Err(ExternalError::Oversized { file: file() }) } else { Ok(bytes) }
}

/// What they say.
fn understood(file: &str, bytes: &[u8]) -> Result<Read, ExternalError> {
    let unknown = |why| ExternalError::Unknown { file: file.to_owned(), why };
    format::read(&parse(bytes).map_err(unknown)?)
        .ok_or_else(|| unknown("it is JSON of a kind that is not known".to_owned()))
}

/// One JSON value, or one on each line. The parser refuses nesting deeper than 128.
fn parse(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let whole = match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => return Ok(vec![value]),
        Err(error) => error,
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut values = Vec::new();
    for line in lines {
        match serde_json::from_slice(line) {
            Ok(value) => values.push(value),
            Err(_) => return Err(format!("it is no valid JSON: {whole}")),
        }
    }
    if values.is_empty() { Err("it is empty".to_owned()) } else { Ok(values) }
}
