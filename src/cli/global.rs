//! What the options that several subcommands share say, and what is opened by them.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::{common, model_folder};
use crate::config::{self, Settings};
use crate::ledger::{Ledger, LedgerError, ReviewPolicy};
use crate::model::Model;
use crate::package::OpenOptions;
use crate::report::Reporter;
use crate::sandbox::{self, Sandbox, SandboxError};
use crate::text::escape;

/// The shared options, wherever they were given.
#[derive(Debug, Clone)]
pub struct Global {
    /// Model folder.
    pub model: Option<PathBuf>,
    /// Where the model runs.
    pub device: String,
    /// Folder with config.toml.
    pub config: Option<PathBuf>,
    /// File that the log goes to.
    pub log: Option<PathBuf>,
    /// Ledger of the analysts' labels.
    pub ledger: Option<PathBuf>,
    /// Name written beside labels.
    pub actor: Option<String>,
    /// Password of encrypted zips.
    pub password: Option<String>,
    /// Whether packages are read in a confined process.
    pub sandbox: sandbox::Mode,
    /// Who reports, by the configuration.
    pub reporter: Reporter,
    /// Which packages go to a second analyst, by the configuration.
    pub review: ReviewPolicy,
}

/// A value, if some level knows the option: what was typed, the innermost first, before what the environment says.
fn given<T: Clone + Send + Sync + 'static>(levels: &[&ArgMatches], id: &str) -> Option<T> {
    let known = levels.iter().rev().filter_map(|level| {
        let value = level.try_get_one::<T>(id).ok().flatten()?;
        Some((level.value_source(id) == Some(ValueSource::CommandLine), value))
    });
    let known: Vec<(bool, &T)> = known.collect();
    known.iter().find(|(typed, _)| *typed).or(known.first()).map(|(_, value)| (*value).clone())
}

impl Global {
    /// Where the configuration lies: the named folder, else the user's.
    #[must_use]
    pub fn config_folder(&self) -> Option<PathBuf> {
        self.config.clone().or_else(config::folder)
    }

    /// What was given on the way to the innermost subcommand, the innermost first; then what the environment says.
    pub(super) fn of(levels: &[&ArgMatches]) -> Self {
        Self {
            model: given(levels, common::MODEL),
            device: given(levels, common::DEVICE).unwrap_or_else(|| common::AUTO.to_owned()),
            config: given(levels, common::CONFIG),
            log: given(levels, common::LOG),
            ledger: given(levels, common::LEDGER),
            actor: given(levels, common::ACTOR),
            password: given(levels, common::PASSWORD),
            sandbox: given(levels, common::SANDBOX).unwrap_or_default(),
            reporter: Reporter::default(),
            review: ReviewPolicy::default(),
        }
    }

    /// These options, and where they say nothing, the configuration's. What is wrong with keys and colors is fatal for the
    /// workbench, which says so itself, and worth a warning everywhere else.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub(super) fn configured(&self, workbench: bool) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if let Some(named) = self.config.as_ref().filter(|named| !named.is_dir()) {
            let named = named.display().to_string();
            return Err(format!(
                "--config {}: there is no such folder; name the one that holds {}",
                escape(&named),
                config::FILE
            )
            .into());
        }
        let (settings, faults) = Settings::load(self.config_folder().as_deref())?;
        let Settings { model, ledger, reporter, contact, inspector, second_malicious, second_others, .. } = settings;
        for fault in faults.iter().filter(|_| !workbench) {
            let _ = writeln!(io::stderr(), "cerebro: warning: {}", escape(&fault.to_string()));
        }
        let mut global = self.clone();
        global.model = global.model.or(model);
        global.ledger = global.ledger.or(ledger);
        global.reporter = Reporter { name: reporter, contact, inspector };
        global.review = ReviewPolicy { malicious: second_malicious, others: second_others };
        Ok(global)
    }

    /// How packages are opened.
    #[must_use]
    pub fn open_options(&self) -> OpenOptions {
        OpenOptions { password: self.password.clone(), ..OpenOptions::default() }
    }

    /// What reads packages. Where the system cannot confine it, that is said on stderr.
    ///
    /// # Errors
    /// When no process can be begun for it, or it cannot be confined and must be.
    pub(super) fn sandbox(&self) -> Result<Sandbox, SandboxError> {
        let sandbox = Sandbox::new(self.sandbox, self.open_options())?;
        if let Some(warning) = sandbox.warning() {
            let _ = writeln!(io::stderr(), "cerebro: warning: {warning}");
        }
        Ok(sandbox)
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
        let model = Model::load(&self.model_folder()?, &self.device.parse()?)?;
        if let Some(mismatch) = model.mismatch() {
            writeln!(io::stderr(), "the model {} was {mismatch}", escape(model.name()))?;
        }
        Ok(model)
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
        Ok(Ledger::open(&self.ledger_path()?, &self.actor_name())?.with_policy(self.review))
    }

    /// Whether there is a ledger to be looked at, or one is missing: looking must make none.
    pub(super) fn has_ledger(&self) -> bool {
        self.ledger_path().is_ok_and(|path| Ledger::is_on_server(&path) || path.exists() || Ledger::was_there(&path))
    }

    /// Opens the ledger to read labels: a missing one is an error, for a mistyped name must not look like an empty ledger.
    pub(super) fn existing_ledger(&self) -> Result<Ledger, Box<dyn Error + Send + Sync>> {
        let path = self.ledger_path()?;
        if !self.has_ledger() {
            let path = path.display();
            return Err(format!(
                "there is no ledger at {path}; label packages first (cerebro PATH), or name one with --ledger FILE"
            )
            .into());
        }
        Ok(Ledger::open(&path, &self.actor_name())?.with_policy(self.review))
    }

    /// The name written beside labels.
    fn actor_name(&self) -> String {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.actor.clone().or_else(user).unwrap_or_else(|| "unknown".to_owned())
    }
}
