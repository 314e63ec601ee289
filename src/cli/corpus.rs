//! Turns a corpus index, or a JSONL dataset, into the examples that training and evaluation read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;

use super::donors::Donors;
use super::scan::jobs::{Event, in_order};
use crate::behavior::Reading;
use crate::model::dataset::{Cohort, Dataset, Example, FOLDS, Origin, Probe, Undecided, fold_of, named, read_jsonl};
use crate::package::{Ecosystem, Package};
use crate::sandbox::Sandbox;
use crate::text::escape;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// A row of the corpus index; further columns are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub sha256: String,
    pub label: String,
    pub ecosystem: String,
    pub name: Option<String>,
    pub version: Option<String>,
    pub file: String,
    pub campaign_group: String,
    pub fold: Option<usize>,
    pub suspect_label: Option<String>,
    pub code_bytes: Option<u64>,
    pub year: Option<u16>,
    pub note: Option<String>,
}

/// Reads the examples of `path`: a `.csv` index whose packages lie in `files/` beside it, or a JSONL dataset, whose texts
/// are written already.
///
/// # Errors
/// When the file cannot be read, or a dataset's texts were read otherwise than asked. A package that cannot be opened is
/// left out with a line on stderr.
pub fn read(path: &Path, sandbox: &Sandbox, reading: &Reading, alter: Probe) -> Result<Vec<Example>, Error> {
    Ok(read_one(path, sandbox, reading, alter)?.examples.into_iter().map(|(example, _)| example).collect())
}

/// Reads several such files as one dataset, in which the last file that knows a package is believed. Says on stderr of how
/// many packages another file was not believed, and which were left out because they are labelled neither way.
///
/// # Errors
/// As of [`read`].
pub fn read_all(paths: &[PathBuf], sandbox: &Sandbox, reading: &Reading) -> Result<Dataset, Error> {
    let mut data = Dataset::default();
    let mut dropped = 0;
    for path in paths {
        dropped += data.add(read_one(path, sandbox, reading, Probe::Plain)?);
    }
    if dropped > 0 {
        writeln!(stderr(), "packages in several files: {dropped}; of each the last file holds")?;
    }
    if !data.undecided.is_empty() {
        let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
        for undecided in &data.undecided {
            *labels.entry(&undecided.label).or_default() += 1;
        }
        let listed: Vec<String> = labels.iter().map(|(label, count)| format!("{count} {}", escape(label))).collect();
        let count = data.undecided.len();
        writeln!(stderr(), "left out {count} labelled neither malicious nor benign: {}", listed.join(", "))?;
    }
    Ok(data)
}

fn read_one(path: &Path, sandbox: &Sandbox, reading: &Reading, alter: Probe) -> Result<Dataset, Error> {
    let shown = path.display();
    let file = File::open(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        let rows: Vec<Row> = csv::Reader::from_reader(BufReader::new(file))
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|e| format!("{shown} is not a corpus index: {e}"))?;
        let folder = path.parent().unwrap_or(Path::new(".")).join("files");
        let donors = if alter == Probe::Padded { Donors::open(&rows, &folder, sandbox) } else { Donors::default() };
        let altered = |row: &Row, package: Package| match alter {
            Probe::Padded => package.with_files(donors.files(row)),
            Probe::FullManifest | Probe::EmptyManifest => with_manifest(package, alter == Probe::FullManifest),
            Probe::Plain | Probe::Twin | Probe::Update => package,
        };
        extract(path, &rows, |row| example(row, &folder, sandbox, reading, (alter, &altered)))
    } else {
        let data = read_jsonl(BufReader::new(file), path).map_err(|e| format!("{shown}: {e}"))?;
        match data.examples.iter().find(|(e, _)| e.reading != *reading && *reading != Reading::default()) {
            Some(_) => Err(format!(
                "{shown} holds texts that were read otherwise: give --vocabulary and --without with the corpus index"
            )
            .into()),
            None => Ok(data),
        }
    }
}

fn extract(
    index: &Path,
    rows: &[Row],
    example: impl Fn(&Row) -> Result<Option<Example>, String> + Sync,
) -> Result<Dataset, Error> {
    let started = Instant::now();
    let mut data = Dataset::default();
    let mut done = 0;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    in_order(
        rows.iter(),
        jobs,
        |row| row.file.clone(),
        example,
        |event| {
            let Event::Next(example) = event else { return Ok(()) };
            // Answers come in the order of the rows.
            let Some(row) = rows.get(done) else { return Ok(()) };
            done += 1;
            match example {
                Ok(Some(example)) => {
                    let name = example.name.clone();
                    // The header is line 1.
                    data.examples.push((example, Origin { file: index.to_owned(), line: done + 1, name }));
                }
                Ok(None) => {
                    data.undecided.push(Undecided { sha256: row.sha256.clone(), label: row.label.clone() });
                }
                Err(what) => writeln!(stderr(), "left out {}: {what}", escape(&row.file))?,
            }
            let left = started.elapsed().mul_f64((rows.len() - done) as f64 / done as f64).as_secs();
            let line = format!("reading packages: {done}/{}, {left} s left", rows.len());
            if stderr().is_terminal() {
                write!(stderr(), "\r{line}  {}", if done == rows.len() { "\n" } else { "" })?;
            } else if done.is_multiple_of(200) {
                writeln!(stderr(), "{line}")?;
            }
            Ok(())
        },
    )?;
    Ok(data)
}

impl Row {
    /// Its ecosystem.
    pub fn ecosystem(&self) -> Ecosystem {
        match self.ecosystem.as_str() {
            "npm" => Ecosystem::Npm,
            "pypi" => Ecosystem::Pypi,
            _ => Ecosystem::Unknown,
        }
    }
}

/// The cohort that an index names: in its notes, and by the groups of attacks on real projects.
fn cohort(malicious: bool, note: &str, group: &str) -> Cohort {
    match (malicious, note) {
        (true, _) if group.starts_with("nh-") => Cohort::Attack,
        (false, note) if note.starts_with("ordinary project") => Cohort::Ordinary,
        (false, note) if note.starts_with("talkative") => Cohort::Talkative,
        _ => Cohort::Registry,
    }
}

/// What a publisher can type for nothing, all of it or none.
fn with_manifest(mut package: Package, full: bool) -> Package {
    let said = |text: &str| full.then(|| text.to_owned());
    package.manifest.homepage = said("https://project.example.com");
    package.manifest.repository = said("https://code.example.com/project");
    package.manifest.license = said("MIT");
    package.manifest.author = said("Maintainers <maintainers@example.com>");
    package.manifest.description = said("A library for everyday tasks");
    package
}

/// What is done to a package before it is read.
type Altered<'a> = dyn Fn(&Row, Package) -> Package + Sync + 'a;

fn example(
    row: &Row,
    folder: &Path,
    sandbox: &Sandbox,
    reading: &Reading,
    (probe, altered): (Probe, &Altered<'_>),
) -> Result<Option<Example>, String> {
    let malicious = match row.label.as_str() {
        "malicious" => true,
        "benign" => false,
        _ => return Ok(None),
    };
    let path = folder.join(&row.file);
    let case = if probe == Probe::Plain {
        sandbox.read(&path, reading, &mut |_| {})
    } else {
        let opened = sandbox.open(&path);
        opened.and_then(|it| sandbox.read_again(Arc::new(altered(row, Arc::unwrap_or_clone(it))), reading))
    };
    let case = case.map_err(|e| e.to_string())?;
    let group = if row.campaign_group.is_empty() { row.sha256.clone() } else { row.campaign_group.clone() };
    Ok(Some(Example {
        sha256: row.sha256.clone(),
        ecosystem: row.ecosystem(),
        malicious,
        fold: row.fold.filter(|fold| *fold < FOLDS).unwrap_or_else(|| fold_of(&group)),
        cohort: cohort(malicious, row.note.as_deref().unwrap_or_default(), &group),
        name: named(&row.name, &row.version),
        year: row.year,
        probe,
        group,
        suspect: row.suspect_label.as_deref().is_some_and(|s| !matches!(s, "" | "0" | "false")),
        code_bytes: row.code_bytes,
        text: case.text.as_ref().clone(),
        reading: reading.clone(),
    }))
}
