//! `cerebro iocs`: the indicators of one package.

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use clap::ValueEnum;

use super::{Exit, Global, Outcome};
use crate::behavior::Reading;
use crate::report::{Decided, Dossier, iocs, misp};
use crate::text::write_json_line;

/// Arguments of `cerebro iocs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The package: an archive, a folder or a password zip.
    path: PathBuf,
    /// json: one object (schema cerebro-iocs/1); csv: a table, defanged; misp: an event with those of the attack.
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Csv,
    Misp,
}

/// Prints the indicators. No model is needed; the roles that analysts gave are those of the ledger.
///
/// # Errors
/// When the package cannot be read or the output cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let case = global.sandbox()?.read(&args.path, &Reading::default(), &mut |_| {})?;
    let decided = match global.has_ledger() {
        true => Decided::of(&global.existing_ledger()?, &case),
        false => Decided::default(),
    };
    let dossier = Dossier { case: &case, decided: &decided, reporter: &global.reporter };
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => write_json_line(&mut out, &iocs::Document::new(&dossier))?,
        Format::Csv => out.write_all(iocs::csv(&dossier).as_bytes())?,
        Format::Misp => write_json_line(&mut out, &misp::indicators(&dossier))?,
    }
    out.flush()?;
    Ok(if case.skipped().is_empty() { Exit::Done } else { Exit::Incomplete })
}
