//! `cerebro diff`: what changed between two versions of a package, schema `cerebro-diff/1`.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use clap::ValueEnum;

use super::{Exit, Global, Outcome};
use crate::behavior::Reading;
use crate::case::Case;
use crate::diff::Diff;
use crate::model::Model;
use crate::report::diff::Document;
use crate::sandbox::Sandbox;
use crate::scan::caught;
use crate::text::write_json_line;

mod text;

/// Arguments of `cerebro diff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The version compared against: an archive, a folder or a password zip.
    old: PathBuf,
    /// The version looked at.
    new: PathBuf,
    /// json: one object (schema cerebro-diff/1); text: for people.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Show in text what is folded too: changes of form, what the build wrote, steps that stayed the same.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Text,
}

/// Prints what changed. No model is needed; where one is found, both probabilities are told.
///
/// # Errors
/// When a package cannot be read, a model that was named cannot be loaded, or the output cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let model = match global.load_model() {
        Ok(model) => Some(model),
        // Without a model there is a diff all the same; one that was asked for must not be missing silently.
        Err(error) if global.model.is_some() => return Err(error),
        Err(_) => None,
    };
    let sandbox = global.sandbox()?;
    let read = |path: &Path| read(path, &sandbox, model.as_ref());
    let (old, new) = thread::scope(|scope| {
        let old = scope.spawn(|| caught(|| read(&args.old)));
        let new = caught(|| read(&args.new));
        (old.join(), new)
    });
    let failed = |path: &Path, why: String| format!("{}: the analysis failed: {why}", path.display());
    let old = old.unwrap_or_else(|_| Err("no message".to_owned())).map_err(|why| failed(&args.old, why))??;
    let new = new.map_err(|why| failed(&args.new, why))??;
    let diff = sandbox.diff(&old, &new)?;
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => write_json_line(&mut out, &Document::new(&diff, &old, &new))?,
        Format::Text => text::write(&mut out, &diff, &old, &new, args.all)?,
    }
    out.flush()?;
    Ok(exit(&diff))
}

fn read(path: &Path, sandbox: &Sandbox, model: Option<&Model>) -> Result<Case, String> {
    let reading = model.map_or_else(Reading::default, |model| model.reading().clone());
    let case = sandbox.read(path, &reading, &mut |_| {}).map_err(|error| error.to_string())?;
    match model {
        Some(model) => case.judge(model).map_err(|error| error.to_string()),
        None => Ok(case),
    }
}

/// What is new is worth more than a gap, as everywhere.
fn exit(diff: &Diff) -> Exit {
    if diff.behaves_anew() {
        Exit::Flagged
    } else if !diff.skipped.is_empty() {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}
