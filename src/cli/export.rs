//! `cerebro export`: the labelled packages as a dataset.

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use clap::ValueEnum;

use super::{Exit, Global, Outcome, output};
use crate::dataset::{self, Format};

/// Arguments of `cerebro export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// jsonl: for training (`cerebro train --data FILE`); csv: a table for people.
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Form,
    /// Write to a file instead of standard output (-). An existing file is replaced when the new one is complete.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// csv: leave cells that a spreadsheet would run as formulas as they are, without the leading '.
    #[arg(long)]
    keep_formulas: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Jsonl,
    Csv,
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
