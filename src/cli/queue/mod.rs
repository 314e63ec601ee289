//! `cerebro queue`: packages that wait for a decision.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::{Exit, Global, Outcome, open};
use crate::ledger::Order;
use crate::queue::{Queue, canonical};
use crate::text::escape;

mod add;
pub(super) mod gather;
mod list;

/// Arguments of `cerebro queue`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[group(id = "queue")]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    open: OpenArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put packages into the queue: archives, folders of them, feeds (.jsonl).
    Add {
        /// Archives, unpacked packages, folders that hold such, feeds in JSON lines.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the queue.
    List {
        /// table: for people; json: one object (schema cerebro-queue/1).
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
        /// What comes first.
        #[arg(long, value_enum, default_value = "mixed")]
        order: Order,
    },
    /// Open the workbench on the next package (also without a word after queue).
    Open(OpenArgs),
    /// Take packages out of the queue; what was decided stays in the ledger.
    Remove {
        /// Paths as cerebro queue list prints them.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
struct OpenArgs {
    /// What comes first.
    #[arg(long, value_enum, default_value = "mixed")]
    order: Order,
    #[command(flatten)]
    workbench: open::Args,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Args {
    /// Whether the workbench is to be opened.
    pub fn opens(&self) -> bool {
        matches!(self.command, None | Some(Command::Open(_)))
    }
}

/// Does what the word after `queue` says.
///
/// # Errors
/// When the ledger cannot be used or there is no terminal to open the workbench on.
pub fn run(args: &Args, global: &Global) -> Outcome {
    match &args.command {
        None => open::queue(args.open.order, &args.open.workbench, global),
        Some(Command::Open(args)) => open::queue(args.order, &args.workbench, global),
        Some(Command::Add { paths }) => add::run(paths, global),
        Some(Command::List { format, order }) => {
            let mut queue = Queue::new(global.existing_ledger()?)?;
            let listing = queue.list(*order)?;
            let out = io::stdout().lock();
            match format {
                Format::Table => list::table(&listing, queue.accuracy(), out)?,
                Format::Json => list::json(&listing, queue.accuracy(), out)?,
            }
            Ok(Exit::Done)
        }
        Some(Command::Remove { paths }) => remove(paths, global),
    }
}

fn remove(paths: &[PathBuf], global: &Global) -> Outcome {
    let mut queue = Queue::new(global.existing_ledger()?)?;
    // What is gone from the disk is removed by its name as it stands in the queue.
    let named = |path: &PathBuf| canonical(path).unwrap_or_else(|_| path.to_string_lossy().into_owned());
    let paths: Vec<String> = paths.iter().map(named).collect();
    let mut unknown = 0;
    for path in &paths {
        if !queue.has(path)? {
            unknown += 1;
            writeln!(io::stderr(), "not in the queue: {}; cerebro queue list prints the paths", escape(path))?;
        }
    }
    let removed = queue.remove(&paths)?;
    writeln!(io::stdout(), "{removed} removed, {unknown} were not in the queue")?;
    Ok(if unknown == 0 { Exit::Done } else { Exit::Incomplete })
}

/// What was left out, one line each, up to which all are told.
const TOLD: usize = 20;

/// Says on stderr what was left out and why, each reason once with its count where it came often.
fn explain(left_out: &BTreeMap<String, usize>) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for (why, count) in left_out.iter().take(TOLD) {
        let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
        writeln!(err, "left out: {why}{times}")?;
    }
    let more = left_out.len().saturating_sub(TOLD);
    if more > 0 {
        writeln!(err, "left out: {more} more; add them by name to see why")?;
    }
    Ok(())
}

/// Whether progress may be drawn.
fn watched() -> bool {
    io::stderr().is_terminal()
}
