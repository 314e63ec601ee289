//! `cerebro suppressions`: what hides evidence from lists, as a file that colleagues can share.

use std::io::{self, Write as _, stdout};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Exit, Global, Outcome, output};
use crate::ledger::{StandingSuppression, Suppression};
use crate::text::{escape, json_ascii, many};

/// Arguments of `cerebro suppressions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Wanted,
}

#[derive(Debug, clap::Subcommand)]
enum Wanted {
    /// Print what is hidden, why and until when; those that have ended too.
    List,
    /// Write them as one object (schema cerebro-suppressions/1).
    Export {
        /// Write to a file instead of standard output (-). A file that is there is replaced.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Take in what somebody exported. Those that are there already are left alone, and the file is taken in whole or not at all.
    Import {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Show the evidence again that one hides.
    Lift {
        /// Its number, as list prints it.
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
}

const SCHEMA: &str = "cerebro-suppressions/1";

/// The file that is exported and imported.
#[derive(Debug, Serialize, Deserialize)]
struct Document {
    schema: String,
    suppressions: Vec<Suppression>,
}

/// Runs the subcommand.
///
/// # Errors
/// When there is no ledger, it cannot be written, or the file is none that was exported.
pub fn run(args: &Args, global: &Global) -> Outcome {
    match &args.what {
        Wanted::List => {
            let ledger = global.existing_ledger()?;
            let now = ledger.now();
            let mut out = stdout().lock();
            for standing in ledger.suppressions() {
                writeln!(out, "{}", line(standing, now))?;
            }
            if ledger.suppressions().next().is_none() {
                writeln!(out, "nothing is hidden")?;
            }
        }
        Wanted::Export { out } => {
            let ledger = global.existing_ledger()?;
            let author = |standing: &StandingSuppression| Suppression {
                author: standing.author().to_owned(),
                ..Suppression::clone(&standing.suppression)
            };
            let suppressions: Vec<Suppression> = ledger.suppressions().map(author).collect();
            let count = many(suppressions.len(), "suppression", "suppressions");
            let text = json_ascii(&serde_json::to_value(Document { schema: SCHEMA.to_owned(), suppressions })?);
            match output::file(out.as_deref()) {
                None => write!(stdout(), "{text}")?,
                Some(path) => {
                    output::replace(path, |mut file| file.write_all(text.as_bytes()))?;
                    writeln!(io::stderr(), "{count} written to {}", escape(&path.to_string_lossy()))?;
                }
            }
        }
        Wanted::Import { file } => {
            let suppressions = read(file)?;
            let mut ledger = global.open_ledger()?;
            let before: Vec<i64> = ledger.suppressions().map(|standing| standing.event).collect();
            let all = suppressions.len();
            for suppression in suppressions {
                ledger.suppress(suppression)?;
            }
            let added = ledger.suppressions().filter(|standing| !before.contains(&standing.event)).count();
            writeln!(stdout(), "{added} added, {} already there", all - added)?;
        }
        Wanted::Lift { number } => {
            let mut ledger = global.existing_ledger()?;
            match ledger.lift(*number)? {
                Some(standing) => writeln!(stdout(), "lifted: {}", line(&standing, ledger.now()))?,
                None => {
                    return Err(format!(
                        "no suppression has the number {number}; cerebro suppressions list prints those that stand"
                    )
                    .into());
                }
            }
        }
    }
    Ok(Exit::Done)
}

/// One of them in a line, escaped.
fn line(standing: &StandingSuppression, now: Timestamp) -> String {
    let hidden = &standing.suppression;
    let until = match hidden.expires {
        None => String::new(),
        Some(end) => {
            let word = if standing.is_expired(now) { "ended" } else { "until" };
            format!(", {word} {}", end.strftime("%Y-%m-%d"))
        }
    };
    let scope = if hidden.of.is_empty() { hidden.scope.to_string() } else { format!("{} {}", hidden.scope, hidden.of) };
    let path = if hidden.path.is_empty() { "the archive" } else { &hidden.path };
    let text = format!(
        "{:>6}  {}  {path}  sha256 {}…  {scope}  by {}{until}: {}",
        standing.event,
        hidden.rule,
        hidden.content.get(..12).unwrap_or(&hidden.content),
        standing.author(),
        hidden.reason
    );
    escape(&text).into_owned()
}

/// Reads a file whole, and says everything that is wrong with it.
fn read(file: &Path) -> Result<Vec<Suppression>, String> {
    let named = escape(&file.to_string_lossy()).into_owned();
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {named}: {error}"))?;
    let document: Document = serde_json::from_str(&text)
        .map_err(|error| format!("{named} is no file that cerebro suppressions export wrote: {error}"))?;
    if document.schema != SCHEMA {
        return Err(format!("{named} has the schema {:?}; this version reads {SCHEMA}", document.schema));
    }
    let faults: Vec<String> = (1..)
        .zip(&document.suppressions)
        .filter(|(_, suppression)| !suppression.faults().is_empty())
        .map(|(number, suppression)| format!("suppression {number}: {}", suppression.faults().join("; ")))
        .collect();
    if faults.is_empty() { Ok(document.suppressions) } else { Err(format!("{named}: {}", faults.join(". "))) }
}
