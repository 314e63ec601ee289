//! Datasets: the labelled packages as JSON lines for training and as a table for people.
//!
//! A dataset follows from the log alone: the same log gives the same bytes, whoever writes it, where and when. The time in
//! it is that of the log's last event. People appear as `a1`, `a2`, ... in the order in which they first wrote to the log.

use std::io::{self, Write};

use crate::ledger::{Ledger, LedgerError};
use crate::text::write_json_line;

mod features;
mod folder;
mod groups;
mod parquet;
mod record;
mod table;

#[cfg(test)]
mod tests;

pub use folder::{Parts, write as write_folder};
pub use groups::SplitBy;
pub use record::Record;

/// The form of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line, schema `triage-jsonl/1`, every key on every line and no nulls.
    Jsonl,
    /// RFC 4180 with a header.
    Csv {
        /// Whether cells that a spreadsheet would run as formulas get a leading `'`.
        neutralise: bool,
    },
}

/// Why a dataset could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The log cannot be read or was tampered with.
    #[error("nothing was exported: {0}")]
    Ledger(#[from] LedgerError),
    /// The dataset cannot be written.
    #[error("cannot write the dataset: {0}")]
    Io(#[from] io::Error),
}

/// Writes the labels of some archives as JSON lines, after checking the log's chain. Answers how many of them have one.
///
/// # Errors
/// When the log was tampered with or cannot be read, or the dataset cannot be written.
pub fn write_some(ledger: &Ledger, archives: &[String], mut out: impl Write) -> Result<usize, DatasetError> {
    ledger.verify()?;
    let groups = groups::grouped(ledger, SplitBy::default())?;
    let mut count = 0;
    // What is due for a second opinion of this analyst is no answer to be read.
    for standing in archives.iter().filter_map(|sha256| ledger.visible(sha256)) {
        write_json_line(&mut out, &Record::new(ledger, standing, groups.get(&standing.sha256))?)?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

/// Writes the label of every package that has one, after checking the log's chain. Answers how many there are.
///
/// # Errors
/// When the log was tampered with or cannot be read, or the dataset cannot be written.
pub fn write(ledger: &Ledger, format: Format, mut out: impl Write) -> Result<usize, DatasetError> {
    ledger.verify()?;
    let mut count = 0;
    match format {
        Format::Jsonl => {
            let groups = groups::grouped(ledger, SplitBy::default())?;
            for standing in ledger.records() {
                write_json_line(&mut out, &Record::new(ledger, standing, groups.get(&standing.sha256))?)?;
                count += 1;
            }
        }
        Format::Csv { neutralise } => {
            let mut table = table::Table::new(&mut out, neutralise)?;
            for standing in ledger.records() {
                // A cell says nothing of groups.
                table.row(&Record::new(ledger, standing, None)?)?;
                count += 1;
            }
            table.finish()?;
        }
    }
    out.flush()?;
    Ok(count)
}
