//! `cerebro export`: the labelled packages as a dataset.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Exit, Global, Outcome};
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
    match args.out.as_deref().filter(|path| *path != Path::new("-")) {
        None => {
            dataset::write(&ledger, format, BufWriter::new(io::stdout().lock()))?;
        }
        Some(path) => {
            // A reader must never find half a dataset, so it takes its name only when it is complete.
            let partial = partial(path);
            let refused = |error: io::Error| format!("cannot write {}: {error}", path.display());
            let file = File::create(&partial).map_err(refused)?;
            let written = dataset::write(&ledger, format, BufWriter::new(&file));
            let finished = written.map_err(|error| format!("{}: {error}", path.display())).and_then(|count| {
                file.sync_all().and_then(|()| fs::rename(&partial, path)).map_err(refused)?;
                Ok(count)
            });
            if finished.is_err() {
                // The error that led here is the one to tell.
                let _ = fs::remove_file(&partial);
            }
            let count = finished?;
            writeln!(
                io::stderr(),
                "{} written to {}",
                crate::text::many(count, "package", "packages"),
                path.display()
            )?;
        }
    }
    Ok(Exit::Done)
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}
