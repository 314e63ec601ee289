//! clap definitions and one file per subcommand.
//!
//! A subcommand is a file with `Args` and `run(&Args, &Global) -> Outcome`, a variant of `Command`, an arm of
//! `dispatch`, a line in `help` and, if it shares options, one in `common`. It answers with an [`Exit`] or an error; only
//! `main` here prints errors and turns them into a status.

use std::error::Error;
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{ArgMatches, FromArgMatches as _, Parser, Subcommand};
use tracing::{debug, error};

use crate::config::ConfigError;
use crate::sandbox;
use crate::scan::caught;
use crate::text::escape;

mod agreement;
mod classify;
mod common;
mod corpus;
mod decode;
mod diff;
mod donors;
mod eval;
mod eval_explanations;
mod explain;
mod export;
mod features;
mod generate;
mod global;
mod help;
mod iocs;
mod ledger;
mod log;
mod model_folder;
mod open;
mod others;
mod output;
mod queue;
mod reading;
mod report;
mod scan;
mod sequence;
mod serve;
mod similar;
mod start;
mod suppressions;
mod train;

pub use global::Global;
use output::{cut, fit};

/// How the program ends. The numbers are a contract, see `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; for `scan`: nothing flagged; for `diff`: nothing new.
    Done,
    /// `scan` flagged at least one package; `diff` found something that runs or behaves anew.
    Flagged,
    /// `scan` could not read at least one package.
    Failed,
    /// Nothing was flagged, but something was not analysed.
    Incomplete,
    /// The workbench was ended by a signal.
    Signal(i32),
}

impl Exit {
    /// The process's exit status.
    fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Flagged => 1,
            Self::Failed => 2,
            Self::Incomplete => 3,
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(2),
        }
    }
}

/// What a subcommand answers. The error's text says what, where and what to do; it is printed once, escaped.
pub type Outcome = Result<Exit, Box<dyn Error + Send + Sync>>;

const HELP: &str = "\
Exit status:
  0  done; scan: nothing flagged; diff: nothing new that runs or behaves
  1  scan: at least one package is malicious; diff: new entries, steps, hosts or programs
  2  error: wrong usage, a package that cannot be read, no model
  3  scan: nothing flagged, but something was skipped or cannot be judged; sequence, explain, decode, iocs, report:
     something was skipped;
     diff: nothing new, but not all was compared; queue add: not all that was named could be read

A path that is named like a subcommand is opened with a leading ./ (cerebro ./scan).";

/// Terminal workbench for deciding whether an npm or PyPI package is malware.
#[derive(Debug, Parser)]
#[command(name = "cerebro", version, after_help = HELP)]
struct Cli {
    /// Package to open in the workbench: .tgz, .tar.gz, .zip, .whl, a folder, or a password zip that holds one.
    path: Option<PathBuf>,
    #[command(flatten)]
    open: open::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge packages without a screen.
    Scan(scan::Args),
    /// Print the behavior sequence of a package.
    Sequence(sequence::Args),
    /// Say what changed between two versions of a package.
    Diff(diff::Args),
    /// Say which steps speak for malicious and which against.
    Explain(explain::Args),
    /// Print the texts that the code of a package would decode and run.
    Decode(decode::Args),
    /// Print the indicators of a package: addresses, tokens, wallets, paths, hashes.
    Iocs(iocs::Args),
    /// Write a report of a package: Markdown, OSV, SARIF, MISP, STIX, drafts for the registries.
    Report(report::Args),
    /// Say which decided cases a package is like; take in lists of bad hashes.
    Similar(similar::Args),
    /// Print the catalogue of behaviors: what is looked for, with examples.
    Features(features::Args),
    /// Run a BERT classifier over a text and print logits and attention.
    Classify(classify::Args),
    /// Fine-tune a BERT checkpoint, or a finished model, on a corpus index and exported labels.
    Train(train::Args),
    /// Measure the model on held-out campaigns.
    Eval(eval::Args),
    /// Answer other programs on this machine over HTTP, with the same documents.
    Serve(serve::Args),
    /// Put packages into the queue, list it, open the workbench on the next one.
    Queue(queue::Args),
    /// Write the labelled packages as a dataset.
    Export(export::Args),
    /// Verify the ledger, or put a backup back.
    Ledger(ledger::Args),
    /// List, export, import or lift what hides evidence from lists.
    Suppressions(suppressions::Args),
    /// Print shell completions, a man page, a configuration to start from, or its schema.
    Generate(generate::Args),
}

/// Parses the arguments and runs what they ask for.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(ended) = sandbox::worker::entered() {
        return ended;
    }
    panic::set_hook(Box::new(report_panic));
    let mut command = help::command();
    // The long form tells by what a model knows its words. To put the table together takes longer than the rest of a start.
    if std::env::args_os().any(|argument| argument == "--version") {
        command = command.long_version(features::long_version());
    }
    let parsed = command.try_get_matches();
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // --help and --version come as errors too; a closed pipe there is nobody's problem.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let begun = Instant::now();
    let ended = caught(|| dispatch(&cli, &matches));
    debug!(ms = begun.elapsed().as_millis(), "the program ends");
    match ended {
        // The panic hook has said it.
        Err(_) => ExitCode::from(Exit::Failed.status()),
        Ok(Ok(exit)) => ExitCode::from(exit.status()),
        Ok(Err(error)) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            error!("{error}");
            // Nothing is left to tell the user when stderr itself is gone.
            let said = error.to_string();
            // Everything that is wrong with a configuration, line by line; of any other error a line break is no end.
            let lines = if error.is::<ConfigError>() { said.lines().collect() } else { vec![said.as_str()] };
            for line in lines {
                let _ = writeln!(io::stderr(), "cerebro: {}", escape(line));
            }
            ExitCode::from(Exit::Failed.status())
        }
    }
}

/// A panic is a bug of ours, but its message may quote the package (a slice's text, for instance), so it is escaped too.
fn report_panic(info: &PanicHookInfo<'_>) {
    error!("{info}");
    let _ = writeln!(io::stderr(), "cerebro: internal error, please report it: {}", escape(&info.to_string()));
}

fn dispatch(cli: &Cli, matches: &ArgMatches) -> Outcome {
    let global = Global::of(&common::levels(matches).0);
    if let Some(file) = &global.log {
        log::begin(file)?;
    }
    if cli.path.is_some() && cli.command.is_some() {
        return Err("give either a package to open or a subcommand, not both; see cerebro --help".into());
    }
    if let Some(wrong) = help::misplaced(matches) {
        return Err(wrong.into());
    }
    // These read nothing of the user's, so a mistake there must not stop them.
    match &cli.command {
        Some(Command::Features(args)) => return features::run(args),
        Some(Command::Generate(args)) => return generate::run(args),
        _ => {}
    }
    let workbench = match &cli.command {
        Some(Command::Queue(args)) => args.opens(),
        Some(_) => false,
        None => cli.path.is_some() || start::has_terminal(),
    };
    let global = &global.configured(workbench)?;
    match &cli.command {
        None => match &cli.path {
            Some(path) => open::run(path, &cli.open, global),
            None => start::run(&cli.open, global),
        },
        Some(command) => match command {
            Command::Scan(args) => scan::run(args, global),
            Command::Sequence(args) => sequence::run(args, global),
            Command::Diff(args) => diff::run(args, global),
            Command::Explain(args) => explain::run(args, global),
            Command::Decode(args) => decode::run(args, global),
            Command::Iocs(args) => iocs::run(args, global),
            Command::Report(args) => report::run(args, global),
            Command::Similar(args) => similar::run(args, global),
            Command::Features(args) => features::run(args),
            Command::Generate(args) => generate::run(args),
            Command::Classify(args) => classify::run(args, global),
            Command::Train(args) => train::run(args, global),
            Command::Eval(args) => eval::run(args, global),
            Command::Serve(args) => serve::run(args, global),
            Command::Queue(args) => queue::run(args, global),
            Command::Export(args) => export::run(args, global),
            Command::Ledger(args) => ledger::run(args, global),
            Command::Suppressions(args) => suppressions::run(args, global),
        },
    }
}

/// Whether the reader of our output went away (`cerebro scan ... | head`): no error, the user has seen enough.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            return true;
        }
        cause = error.source();
    }
    false
}
