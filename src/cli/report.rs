//! `cerebro report`: what an analyst sends: to a colleague, a registry, a collection of records.

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use super::others::{Others, attach};
use super::{Exit, Global, Outcome, output};
use crate::behavior::Reading;
use crate::report::{Decided, Dossier, Format};

/// Arguments of `cerebro report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The package: an archive, a folder or a password zip.
    path: PathBuf,
    /// For whom.
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
    /// Write to a file instead of standard output (-). An existing file is replaced when the new one is complete.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    others: Others,
    /// osv: name the files and decoded texts with their hashes too, which not every collection takes yet.
    #[arg(long)]
    ioc_files: bool,
}

/// Writes the report. The label, the marked lines and the roles of indicators are those of the ledger.
///
/// # Errors
/// When the package cannot be read, must not be reported as it is, or the output cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    if args.ioc_files && args.format != Format::Osv {
        return Err("--ioc-files goes with --format osv".into());
    }
    let named = args.others.named()?;
    let model = match global.load_model() {
        Ok(model) => Some(model),
        Err(error) if global.model.is_some() => return Err(error),
        Err(_) => None,
    };
    let reading = model.as_ref().map_or_else(Reading::default, |model| model.reading().clone());
    let case = global.sandbox()?.read(&args.path, &reading, &mut |_| {})?;
    let case = match &model {
        Some(model) => case.judge(model)?,
        None => case,
    };
    let case = attach(case, &args.path, &named);
    let decided = match global.has_ledger() {
        true => Decided::of(&global.existing_ledger()?, &case),
        false => Decided::default(),
    };
    let dossier = Dossier { case: &case, decided: &decided, reporter: &global.reporter };
    let text = args.format.write(&dossier, args.ioc_files)?;
    match output::file(args.out.as_deref()) {
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        Some(path) => output::replace(path, |mut file| file.write_all(text.as_bytes()))?,
    }
    Ok(if case.skipped().is_empty() { Exit::Done } else { Exit::Incomplete })
}
