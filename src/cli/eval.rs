//! `cerebro eval`: measures on held-out campaigns.

use std::fs::File;
use std::io::{BufWriter, Write as _, stderr, stdout};
use std::path::PathBuf;

use super::{Exit, Global, Outcome, corpus};
use crate::model::baseline;
use crate::model::dataset::write_jsonl;
use crate::model::linear::LinearSettings;
use crate::model::report::{Column, table};

/// Arguments of `cerebro eval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Corpus index (.csv, packages in files/ beside it) or dataset (.jsonl with text and pieces).
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Only the baselines: code size, and logistic regression on pieces and their pairs in five folds.
    #[arg(long)]
    baseline_only: bool,
    /// Also write what was read as a JSONL dataset, which is read back much faster than packages.
    #[arg(long, value_name = "FILE")]
    save_texts: Option<PathBuf>,
    /// With the baselines: print so many of the features with the largest weights.
    #[arg(long, value_name = "N", default_value_t = 0)]
    strongest: usize,
    /// Inverse of the L2 penalty of the logistic regression.
    #[arg(long, value_name = "C", default_value_t = LinearSettings::default().c)]
    linear_c: f64,
}

/// Runs the subcommand.
///
/// # Errors
/// When the data cannot be read or the model cannot run.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let examples = corpus::read(&args.data, &global.open_options())?;
    if let Some(path) = &args.save_texts {
        let file = File::create(path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        write_jsonl(&examples, BufWriter::new(file))?;
    }
    if !args.baseline_only {
        return Err("only --baseline-only is built yet".into());
    }
    let settings = LinearSettings { c: args.linear_c, ..LinearSettings::default() };
    let size = baseline::by_size(&examples);
    let linear = baseline::by_linear(&examples, settings);
    let columns = [
        Column { name: "code size", scores: &size, threshold: None },
        Column { name: "linear", scores: &linear, threshold: None },
    ];
    write!(stdout(), "{}", table(&examples, &columns))?;
    if args.strongest > 0 {
        for (feature, weight) in baseline::fit(&examples, usize::MAX, settings).strongest(args.strongest) {
            writeln!(stdout(), "{weight:8.3}  {}", crate::text::escape(feature))?;
        }
    }
    let suspects = examples.iter().filter(|e| e.suspect).count();
    writeln!(stderr(), "{} packages, of which {suspects} with a suspect label were left out", examples.len())?;
    Ok(Exit::Done)
}
