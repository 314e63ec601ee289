//! `cerebro ledger`: whether the ledger is what it was, and putting a backup back.

use std::io::{Write as _, stdout};

use super::{Exit, Global, Outcome};
use crate::ledger::Ledger;
use crate::text::{escape, many};

/// Arguments of `cerebro ledger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Check every event of the ledger, and that none is missing.
    Verify,
    /// Put the newest sound backup in the place of a ledger that is damaged, gone or shorter than it was; the file that was
    /// there is kept.
    Restore,
}

/// Runs the subcommand.
///
/// # Errors
/// When the ledger is not what it was, or no backup can be put back.
pub fn run(args: &Args, global: &Global) -> Outcome {
    match args.what {
        What::Verify => {
            let verified = global.existing_ledger()?.verify()?;
            writeln!(stdout(), "{}, head {}", many(verified.events, "event", "events"), verified.head)?;
        }
        What::Restore => {
            let path = global.ledger_path()?;
            let restored = Ledger::restore(&path)?;
            let shown = |path: &std::path::Path| escape(&path.to_string_lossy()).into_owned();
            let events = many(restored.verified.events, "event", "events");
            writeln!(stdout(), "restored {} with {events}, head {}", shown(&path), restored.verified.head)?;
            let lost = restored.known - restored.verified.events;
            if lost > 0 {
                let lost = many(lost, "event is", "events are");
                writeln!(stdout(), "{lost} newer than the backup and may still be in the file that was there")?;
            }
            if let Some(aside) = restored.aside {
                writeln!(stdout(), "the file that was there is now {}", shown(&aside))?;
            }
        }
    }
    Ok(Exit::Done)
}
