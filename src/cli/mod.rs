//! clap definitions and one file per subcommand.
//!
//! A subcommand is a file with `Args` and `run(&Args, &Global) -> Outcome`, a variant of `Command` and an arm of
//! `dispatch`. It answers with an [`Exit`] or an error; only `main` here prints errors and turns them into a status.

use std::error::Error;
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, Parser, Subcommand};
use tracing::{debug, error};

use crate::config::{self, ConfigError, Settings};
use crate::ledger::{Ledger, LedgerError};
use crate::model::Model;
use crate::package::OpenOptions;
use crate::text::escape;

mod classify;
mod corpus;
mod diff;
mod donors;
mod eval;
mod eval_explanations;
mod explain;
mod export;
mod features;
mod generate;
mod log;
mod model_folder;
mod open;
mod output;
mod queue;
mod reading;
mod scan;
mod sequence;
mod train;

use output::{caught, cut, fit};

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
  3  scan: nothing flagged, but something was skipped or cannot be judged; sequence, explain: something was skipped;
     diff: nothing new, but not all was compared; queue add: not all that was named could be read

A path that is named like a subcommand is opened with a leading ./ (cerebro ./scan).";

/// Terminal workbench for deciding whether an npm or PyPI package is malware.
///
/// Archives are read in memory. Nothing of a package is ever unpacked to disk or run, and there is no network access.
#[derive(Debug, Parser)]
#[command(name = "cerebro", version, after_help = HELP, arg_required_else_help = true)]
struct Cli {
    /// Package to open in the workbench: .tgz, .tar.gz, .zip, .whl, a folder, or a password zip that holds one.
    path: Option<PathBuf>,
    #[command(flatten)]
    open: open::Args,
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options that every subcommand accepts.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Model folder: config.json, tokenizer.json, model.safetensors [default: the shipped model].
    #[arg(long, global = true, value_name = "DIR", env = "CEREBRO_MODEL")]
    pub model: Option<PathBuf>,
    /// Where the model runs: auto, cpu, cuda:N or metal.
    #[arg(long, global = true, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Folder with config.toml [default: cerebro in the user's configuration folder].
    #[arg(long, global = true, value_name = "DIR", env = "CEREBRO_CONFIG")]
    pub config: Option<PathBuf>,
    /// Write what the program does, with times, to the end of this file.
    #[arg(long, global = true, value_name = "FILE", env = "CEREBRO_LOG")]
    pub log: Option<PathBuf>,
    /// Ledger of the analysts' labels [default: cerebro/ledger.sqlite in the user's data folder].
    #[arg(long, global = true, value_name = "FILE", env = "CEREBRO_LEDGER")]
    pub ledger: Option<PathBuf>,
    /// Name written beside your labels [default: the user name].
    #[arg(long, global = true, value_name = "NAME", env = "CEREBRO_ACTOR")]
    pub actor: Option<String>,
    /// Password of encrypted zips; `infected` is tried by itself.
    #[arg(long, global = true, value_name = "WORD")]
    pub password: Option<String>,
}

impl Global {
    /// Where the configuration lies: the named folder, else the user's.
    #[must_use]
    pub fn config_folder(&self) -> Option<PathBuf> {
        self.config.clone().or_else(config::folder)
    }

    /// These options, and where they say nothing, the configuration's. What is wrong with keys and colors is fatal for the
    /// workbench, which says so itself, and worth a warning everywhere else.
    ///
    /// # Errors
    /// When the configuration is wrong.
    fn configured(&self, workbench: bool) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if let Some(named) = self.config.as_ref().filter(|named| !named.is_dir()) {
            let named = named.display().to_string();
            return Err(format!(
                "--config {}: there is no such folder; name the one that holds {}",
                escape(&named),
                config::FILE
            )
            .into());
        }
        let (Settings { model, ledger, .. }, faults) = Settings::load(self.config_folder().as_deref())?;
        for fault in faults.iter().filter(|_| !workbench) {
            let _ = writeln!(io::stderr(), "cerebro: warning: {}", escape(&fault.to_string()));
        }
        let mut global = self.clone();
        global.model = global.model.or(model);
        global.ledger = global.ledger.or(ledger);
        Ok(global)
    }

    /// How packages are opened.
    #[must_use]
    pub fn open_options(&self) -> OpenOptions {
        OpenOptions { password: self.password.clone(), ..OpenOptions::default() }
    }

    /// The model folder: the named one, else the shipped one.
    ///
    /// # Errors
    /// When none is named and none is found.
    pub fn model_folder(&self) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
        self.model.clone().map_or_else(model_folder::find, Ok)
    }

    /// Loads the model onto the device.
    ///
    /// # Errors
    /// When there is no model, it cannot be read, or the device is not there.
    pub fn load_model(&self) -> Result<Model, Box<dyn Error + Send + Sync>> {
        Ok(Model::load(&self.model_folder()?, &self.device.parse()?)?)
    }

    /// Where the ledger lies, whether or not it is there yet.
    ///
    /// # Errors
    /// When none is named and the user has no data folder.
    pub fn ledger_path(&self) -> Result<PathBuf, LedgerError> {
        self.ledger.clone().map_or_else(Ledger::default_path, Ok)
    }

    /// Opens the ledger to write labels, making it where there is none.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_ledger(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(&self.ledger_path()?, &self.actor_name())
    }

    /// Opens the ledger to read labels: a missing one is an error, for a mistyped name must not look like an empty ledger.
    fn existing_ledger(&self) -> Result<Ledger, Box<dyn Error + Send + Sync>> {
        let path = self.ledger_path()?;
        if !path.exists() {
            let path = path.display();
            return Err(format!(
                "there is no ledger at {path}; label packages first (cerebro PATH), or name one with --ledger FILE"
            )
            .into());
        }
        Ok(Ledger::open(&path, &self.actor_name())?)
    }

    /// The name written beside labels.
    fn actor_name(&self) -> String {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.actor.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned())
    }
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
    /// Print the catalogue of behaviors: what is looked for, with examples.
    Features(features::Args),
    /// Run a BERT classifier over a text and print logits and attention.
    Classify(classify::Args),
    /// Fine-tune a BERT checkpoint, or a finished model, on a corpus index and exported labels.
    Train(train::Args),
    /// Measure the model on held-out campaigns.
    Eval(eval::Args),
    /// Put packages into the queue, list it, open the workbench on the next one.
    Queue(queue::Args),
    /// Write the labelled packages as a dataset.
    Export(export::Args),
    /// Print shell completions, a man page, a configuration to start from, or its schema.
    Generate(generate::Args),
}

/// Parses the arguments and runs what they ask for.
#[must_use]
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(report_panic));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // --help and --version come as errors too; a closed pipe there is nobody's problem.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let begun = Instant::now();
    let ended = caught(|| dispatch(&cli));
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

fn dispatch(cli: &Cli) -> Outcome {
    if let Some(file) = &cli.global.log {
        log::begin(file)?;
    }
    // These read nothing of the user's, so a mistake there must not stop them.
    match &cli.command {
        Some(Command::Features(args)) if cli.path.is_none() => return features::run(args),
        Some(Command::Generate(args)) if cli.path.is_none() => return generate::run(args),
        _ => {}
    }
    let workbench = cli.path.is_some() || matches!(&cli.command, Some(Command::Queue(args)) if args.opens());
    let global = &cli.global.configured(workbench)?;
    match (&cli.path, &cli.command) {
        (Some(path), None) => open::run(path, &cli.open, global),
        (None, Some(command)) => match command {
            Command::Scan(args) => scan::run(args, global),
            Command::Sequence(args) => sequence::run(args, global),
            Command::Diff(args) => diff::run(args, global),
            Command::Explain(args) => explain::run(args, global),
            Command::Features(args) => features::run(args),
            Command::Generate(args) => generate::run(args),
            Command::Classify(args) => classify::run(args, global),
            Command::Train(args) => train::run(args, global),
            Command::Eval(args) => eval::run(args, global),
            Command::Queue(args) => queue::run(args, global),
            Command::Export(args) => export::run(args, global),
        },
        (Some(_), Some(_)) => Err("give either a package to open or a subcommand, not both; see cerebro --help".into()),
        (None, None) => {
            let what = "nothing to do: give a package to open or a subcommand";
            Cli::command().error(clap::error::ErrorKind::MissingRequiredArgument, what).exit()
        }
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_arguments_contradict_nothing() {
        Cli::command().debug_assert();
    }
}
