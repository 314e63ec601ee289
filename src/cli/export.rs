//! `cerebro export`: the labelled packages as a dataset.

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use clap::ValueEnum;

use super::{Exit, Global, Outcome, output};
use crate::dataset::{self, Format, Parts, SplitBy};

/// Arguments of `cerebro export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// jsonl: for training (`cerebro train --data FILE`); csv: a table for people; dataset: a folder with a file for each part,
    /// tables and a card, as Hugging Face's `datasets` loads it; parquet: the same with Parquet files.
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Form,
    /// Write to a file instead of standard output (-); of a dataset the folder. What an earlier export wrote there is replaced.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// dataset, parquet: what decides on which side of the splits a cluster of near-duplicates stands. cluster: a hash of it; time: when it
    /// was labelled, the latest in the test part.
    #[arg(long, value_enum, default_value = "cluster")]
    split: Split,
    /// csv: leave cells that a spreadsheet would run as formulas as they are, without the leading '.
    #[arg(long)]
    keep_formulas: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Jsonl,
    Csv,
    Dataset,
    Parquet,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Split {
    Cluster,
    Time,
}

/// Writes the dataset.
///
/// # Errors
/// When there is no ledger, its chain does not hold, or the dataset cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let ledger = global.existing_ledger()?;
    let format = match args.format {
        Form::Jsonl => Format::Jsonl,
        Form::Csv => Format::Csv { neutralise: !args.keep_formulas },
        Form::Dataset | Form::Parquet => {
            let folder = output::file(args.out.as_deref())
                .ok_or("a dataset is a folder: say where with --out FOLDER, for instance --out my-labels")?;
            let by = match args.split {
                Split::Cluster => SplitBy::Cluster,
                Split::Time => SplitBy::Time,
            };
            let form = if matches!(args.format, Form::Parquet) { Parts::Parquet } else { Parts::Jsonl };
            let count = crate::text::many(dataset::write_folder(&ledger, folder, by, form)?, "package", "packages");
            writeln!(io::stderr(), "{count} written to {}", folder.display())?;
            return Ok(Exit::Done);
        }
    };
    match output::file(args.out.as_deref()) {
        None => {
            dataset::write(&ledger, format, BufWriter::new(io::stdout().lock()))?;
        }
        Some(path) => {
            let count = output::replace(path, |file| dataset::write(&ledger, format, BufWriter::new(file)))?;
            let count = crate::text::many(count, "package", "packages");
            writeln!(io::stderr(), "{count} written to {}", path.display())?;
        }
    }
    Ok(Exit::Done)
}
