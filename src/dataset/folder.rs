//! A dataset as a folder: a file of JSON lines or a Parquet file for each part, tables of spans and indicators, and a card that declares the
//! features, so that Hugging Face's `datasets` loads it as it is.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use strum::IntoEnumIterator as _;

use super::groups::{Split, SplitBy, grouped};
use super::record::Record;
use super::{DatasetError, features, parquet, table};
use crate::ledger::Ledger;
use crate::text::write_json_line;

/// The card; `{..}` is filled in.
const CARD: &str = include_str!("card.md");

/// Writes the labels that stand into a folder, after checking the log's chain. Files of an earlier export are replaced, files of
/// others are left alone. Answers how many packages there are.
///
/// # Errors
/// When the log was tampered with or cannot be read, or the folder cannot be written.
pub fn write(ledger: &Ledger, folder: &Path, by: SplitBy, form: Parts) -> Result<usize, DatasetError> {
    ledger.verify()?;
    let groups = grouped(ledger, by)?;
    fs::create_dir_all(folder.join("data"))?;
    let mut parts: BTreeMap<&'static str, Part> = BTreeMap::new();
    let mut labels: BTreeMap<String, BTreeMap<&'static str, usize>> = BTreeMap::new();
    let mut spans = table::rows(create(folder, "spans.csv")?, &table::SPAN_COLUMNS)?;
    let mut iocs = table::rows(create(folder, "iocs.csv")?, &table::IOC_COLUMNS)?;
    let mut cases = table::Table::new(create(folder, "cases.csv")?, true)?;
    let mut count = 0;
    for standing in ledger.records() {
        let group = groups.get(&standing.sha256);
        let split: &'static str = group.map_or(Split::Train, |group| group.split).into();
        let record = Record::new(ledger, standing, group)?;
        if !parts.contains_key(split) {
            let file = BufWriter::new(File::create(folder.join(format!("{}.partial", form.path(split))))?);
            let columns = (form == Parts::Parquet).then(|| parquet::Writer::new(features::of(CARD)));
            parts.insert(split, Part { file, columns, rows: 0, bytes: 0 });
        }
        if let Some(part) = parts.get_mut(split) {
            match &mut part.columns {
                None => write_json_line(&mut part.file, &record)?,
                Some(columns) => columns.row(&serde_json::to_value(&record).map_err(io::Error::other)?)?,
            }
            part.rows += 1;
        }
        cases.row(&record)?;
        record.span_rows(|row| table::row(&mut spans, row))?;
        record.ioc_rows(|row| table::row(&mut iocs, row))?;
        *labels.entry(record.label.to_string()).or_default().entry(split).or_default() += 1;
        count += 1;
    }
    finish(spans, folder, "spans.csv")?;
    finish(iocs, folder, "iocs.csv")?;
    cases.finish()?;
    rename(folder, "cases.csv")?;
    // Parts of an earlier export that has packages where this one has none would be read with it.
    for split in Split::iter() {
        let name: &'static str = split.into();
        for other in [Parts::Jsonl, Parts::Parquet] {
            let path = other.path(name);
            if let Some(part) = parts.get_mut(name).filter(|_| other == form) {
                match part.columns.take() {
                    Some(columns) => columns.finish(&mut part.file)?,
                    None => part.file.flush()?,
                }
                rename(folder, &path)?;
                part.bytes = fs::metadata(folder.join(&path))?.len();
                continue;
            }
            match fs::remove_file(folder.join(&path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
    }
    fs::write(folder.join("README.md"), card(&parts, &labels, by, form, ledger))?;
    Ok(count)
}

/// The form of the parts of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// One JSON object a line.
    Jsonl,
    /// Columns, packed.
    Parquet,
}

impl Parts {
    /// Where a part lies in the folder.
    fn path(self, split: &str) -> String {
        let ending = match self {
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        };
        format!("data/{split}.{ending}")
    }
}

/// A part that is being written.
struct Part {
    file: BufWriter<File>,
    /// Its rows, where they are written as columns, which is done at the end.
    columns: Option<parquet::Writer>,
    rows: usize,
    bytes: u64,
}

fn create(folder: &Path, name: &str) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(folder.join(format!("{name}.partial")))?))
}

/// A file takes its name when it is complete.
fn rename(folder: &Path, name: &str) -> io::Result<()> {
    fs::rename(folder.join(format!("{name}.partial")), folder.join(name))
}

fn finish(mut rows: csv::Writer<BufWriter<File>>, folder: &Path, name: &str) -> io::Result<()> {
    rows.flush()?;
    rename(folder, name)
}

fn card(
    parts: &BTreeMap<&'static str, Part>,
    labels: &BTreeMap<String, BTreeMap<&'static str, usize>>,
    by: SplitBy,
    form: Parts,
    ledger: &Ledger,
) -> String {
    let splits: Vec<&'static str> =
        Split::iter().map(<&'static str>::from).filter(|name| parts.contains_key(name)).collect();
    let list = |line: &dyn Fn(&str) -> String| splits.iter().map(|name| line(name)).collect::<Vec<_>>().join("\n");
    let paths = list(&|name| format!("  - split: {name}\n    path: {}", form.path(name)));
    let sizes = list(&|name| {
        let (rows, bytes) = parts.get(name).map_or((0, 0), |part| (part.rows, part.bytes));
        format!("  - name: {name}\n    num_bytes: {bytes}\n    num_examples: {rows}")
    });
    let header = format!("| label | {} |\n|---|{}|", splits.join(" | "), vec!["---:"; splits.len()].join("|"));
    let body = labels.iter().map(|(label, counts)| {
        let cells: Vec<String> =
            splits.iter().map(|name| counts.get(name).copied().unwrap_or_default().to_string()).collect();
        format!("| {label} | {} |", cells.join(" | "))
    });
    let table = std::iter::once(header).chain(body).collect::<Vec<_>>().join("\n");
    let how = match by {
        SplitBy::Cluster => "by a hash of the cluster",
        SplitBy::Time => "by the time at which the first package of a cluster was labelled, the latest in `test`",
    };
    let when = ledger.last_time().map_or_else(|| "never".to_owned(), |time| time.to_string());
    [("{paths}", paths.as_str()), ("{sizes}", &sizes), ("{table}", &table), ("{how}", how), ("{when}", &when)]
        .into_iter()
        .fold(CARD.to_owned(), |card, (name, text)| card.replace(name, text))
}
