//! Turns a corpus index, or a JSONL dataset, into the examples that training and evaluation read.

use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Write as _, stderr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::scan::jobs::{Event, in_order};
use crate::behavior::Reading;
use crate::case::Case;
use crate::model::dataset::{Example, FOLDS, fold_of, read_jsonl};
use crate::package::{self, Ecosystem, OpenOptions};
use crate::text::escape;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// A row of the corpus index; further columns are ignored.
#[derive(Debug, Deserialize)]
struct Row {
    sha256: String,
    label: String,
    ecosystem: String,
    file: String,
    campaign_group: String,
    fold: Option<usize>,
    suspect_label: Option<String>,
    code_bytes: Option<u64>,
}

/// Reads the examples of `path`: a `.csv` index whose packages lie in `files/` beside it, or a JSONL dataset, whose texts
/// are written already.
///
/// # Errors
/// When the file cannot be read, or a dataset's texts were read otherwise than asked. A package that cannot be opened is left out with a line on stderr.
pub fn read(path: &Path, options: &OpenOptions, reading: &Reading) -> Result<Vec<Example>, Error> {
    let shown = path.display();
    let file = File::open(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        let rows: Vec<Row> = csv::Reader::from_reader(BufReader::new(file))
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|e| format!("{shown} is not a corpus index: {e}"))?;
        let folder = path.parent().unwrap_or(Path::new(".")).join("files");
        extract(&rows, &folder, options, reading)
    } else {
        let examples = read_jsonl(BufReader::new(file)).map_err(|e| format!("{shown}: {e}"))?;
        match examples.iter().find(|example| example.reading != *reading && *reading != Reading::default()) {
            Some(_) => Err(format!(
                "{shown} holds texts that were read otherwise: give --vocabulary and --without with the corpus index"
            )
            .into()),
            None => Ok(examples),
        }
    }
}

fn extract(rows: &[Row], folder: &Path, options: &OpenOptions, reading: &Reading) -> Result<Vec<Example>, Error> {
    let started = Instant::now();
    let mut examples = Vec::with_capacity(rows.len());
    let mut done = 0;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    in_order(
        rows,
        jobs,
        |row| (row.file.clone(), example(row, folder, options, reading)),
        |event| {
            let Event::Next((file, example)) = event else { return Ok(()) };
            match example {
                Ok(example) => examples.extend(example),
                Err(what) => writeln!(stderr(), "left out {}: {what}", escape(&file))?,
            }
            done += 1;
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
    Ok(examples)
}

fn example(row: &Row, folder: &Path, options: &OpenOptions, reading: &Reading) -> Result<Option<Example>, String> {
    let malicious = match row.label.as_str() {
        "malicious" => true,
        "benign" => false,
        _ => return Ok(None),
    };
    let package = package::open(&folder.join(&row.file), options).map_err(|e| e.to_string())?;
    let case = Case::read(Arc::new(package), Duration::ZERO, reading);
    let group = if row.campaign_group.is_empty() { row.sha256.clone() } else { row.campaign_group.clone() };
    Ok(Some(Example {
        sha256: row.sha256.clone(),
        ecosystem: match row.ecosystem.as_str() {
            "npm" => Ecosystem::Npm,
            "pypi" => Ecosystem::Pypi,
            _ => Ecosystem::Unknown,
        },
        malicious,
        fold: row.fold.filter(|fold| *fold < FOLDS).unwrap_or_else(|| fold_of(&group)),
        group,
        suspect: row.suspect_label.as_deref().is_some_and(|s| !matches!(s, "" | "0" | "false")),
        code_bytes: row.code_bytes,
        text: case.text.as_ref().clone(),
        reading: reading.clone(),
    }))
}
