//! Runs what reads hostile bytes in processes without rights, and brings back what they found: the [`Case`] of a package, and
//! later what the screen asks of its texts.
//!
//! ```text
//! this process                                    worker process: the same program, confined before it reads a byte
//! package::fetch --RawPackage--> stdin pipe  -->  package::unpack
//! Package        <-------------- stdout pipe <--  (as soon as the archive is open)
//!                                                 Case::read: syntax, behavior, evidence
//! [`Progress`]   <-------------- stdout pipe <--  how far it is, ten times a second
//! Case           <-------------- stdout pipe <--  what it found
//! a text, a [`Task`] ----------> stdin pipe  -->  colors, names, layout, decoders, what two versions differ in
//! [`Outcome`]    <-------------- stdout pipe <--
//! ```
//!
//! The worker has no file system, no network, no other program, no new process, no inherited descriptor and no environment
//! (see [`confine`]), and bounds on memory and processor time. Whatever ends a worker is an error of the one package it was
//! reading.
//!
//! A worker serves [`PACKAGES`] packages and is replaced. Measured on two cores: to begin one costs 2 ms of processor time for
//! the process and 15 ms for the patterns and tables that its first package needs, while a package of a corpus takes 68 ms
//! with the model; a process for each would make a scan a quarter dearer.
//!
//! Small jobs have workers of their own, which never read a package: one that colors ([`Coloring`], which keeps the parse states
//! of the last texts, so that scrolling on costs a few lines) and up to two that do the rest. They stay until one crashes. What
//! took such a worker over can lie about colors, names and the like, and about nothing that a verdict or a label hangs on. A
//! round trip takes 0.06 ms and handing over a text of 1 MB 3 ms (`cargo bench --bench cage`), where a frame has 16.
//!
//! Nothing of a package outlives its reading: what reads is functions from values to values, the only statics of the rooms to
//! the left are tables made without arguments (`tests/architecture.rs` looks), and a worker in which something panicked is not
//! used again.
//!
//! What comes back is data that hostile code may have made. Its lengths are checked while it is read, where the package lies is
//! not taken from it, and the rooms to the right look everything up that it says (places, documents, spans) and take nothing
//! for granted.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use strum::{EnumString, IntoStaticStr, VariantNames};
use tracing::debug;

use crate::behavior::{Progress, Reading};
use crate::case::Case;
use crate::package::{self, OpenOptions, Package, RawPackage};

mod ask;
mod coloring;
pub mod confine;
mod error;
mod process;
mod progress;
pub mod protocol;
mod task;
pub mod worker;

pub use coloring::Coloring;
pub use error::{End, SandboxError};
use process::{Ended, Heard, Process};
use protocol::{Found, Given};
pub use task::{Outcome, Task};

/// Packages that one worker reads before a new one takes its place.
pub const PACKAGES: usize = 32;

/// Whether packages are read in a confined process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Mode {
    /// Only so: where the system cannot confine it, nothing is read.
    Require,
    /// In a process with limits, confined as far as the system can; it is said once where it cannot.
    #[default]
    Auto,
    /// In this process.
    Off,
}

/// What is heard of a package while it is read.
#[derive(Debug, Clone, Copy)]
pub enum News<'n> {
    /// Its archive is open.
    Opened(&'n Arc<Package>),
    /// How far the reading of its code is; of a long one that is done by a worker.
    Progress(Progress),
}

/// What reading one package may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: u64,
    /// Processor time.
    pub processor: Duration,
    /// Time by the clock. It only ends a worker: then the answer is an error that says so.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 4 << 30, processor: Duration::from_secs(300), deadline: Duration::from_secs(900) }
    }
}

/// Reads packages in worker processes.
#[derive(Debug)]
pub struct Sandbox {
    mode: Mode,
    options: OpenOptions,
    limits: Limits,
    program: OsString,
    /// Workers that wait for a package.
    idle: Mutex<Vec<Process>>,
    /// Workers that wait for a small job. What took one of them over is never asked about a package.
    spare: Mutex<Vec<Process>>,
    warning: Option<&'static str>,
}

impl Sandbox {
    /// A sandbox whose workers are this very program. One worker is begun at once, to see what the system can.
    ///
    /// # Errors
    /// When no worker can be begun, or it cannot be confined and must be.
    pub fn new(mode: Mode, options: OpenOptions) -> Result<Self, SandboxError> {
        Self::of(process::this_program(), mode, options, Limits::default())
    }

    /// A sandbox whose workers are the named program.
    ///
    /// # Errors
    /// When no worker can be begun, or it cannot be confined and must be.
    pub fn of(
        program: impl Into<OsString>,
        mode: Mode,
        options: OpenOptions,
        limits: Limits,
    ) -> Result<Self, SandboxError> {
        let (program, idle, spare) = (program.into(), Mutex::default(), Mutex::default());
        let mut sandbox = Self { mode, options, limits, program, idle, spare, warning: None };
        if mode != Mode::Off {
            let first = sandbox.take()?;
            sandbox.warning = first.confinement.missing();
            sandbox.put_back(first);
        }
        Ok(sandbox)
    }

    /// What the system lacks to confine workers, one sentence; `None` where it lacks nothing.
    #[must_use]
    pub fn warning(&self) -> Option<&'static str> {
        self.warning
    }

    /// Opens a package and reads nothing of its code.
    ///
    /// # Errors
    /// When the package cannot be opened, or its worker was ended.
    pub fn open(&self, path: &Path) -> Result<Arc<Package>, SandboxError> {
        let raw = self.fetch(path)?;
        if self.mode == Mode::Off {
            return Ok(Arc::new(package::unpack(raw, &self.options)?));
        }
        let given = Given::Raw(raw, self.options.clone());
        let mut open = None;
        self.ask(path, given, None, &mut |heard| {
            if let Heard::Opened(package) = heard {
                open = Some(package);
            }
        })?;
        open.ok_or_else(|| half(path))
    }

    /// Opens and reads a package; `told` hears of it on the way.
    ///
    /// # Errors
    /// When the package cannot be opened, or its worker was ended.
    pub fn read(&self, path: &Path, reading: &Reading, told: &mut dyn FnMut(News<'_>)) -> Result<Case, SandboxError> {
        let started = Instant::now();
        let raw = self.fetch(path)?;
        let fetched = started.elapsed();
        let mut case = self.read_raw(raw, reading, told)?;
        case.timing.open += fetched;
        Ok(case)
    }

    /// Takes a package from the disk and reads nothing of it.
    ///
    /// # Errors
    /// When there is none, or it is larger than the limits allow.
    pub fn fetch(&self, path: &Path) -> Result<RawPackage, SandboxError> {
        Ok(package::fetch(path, &self.options)?)
    }

    /// Opens and reads a package that was taken from the disk or came by another way.
    ///
    /// # Errors
    /// When it cannot be opened, or its worker was ended.
    pub fn read_raw(
        &self,
        raw: RawPackage,
        reading: &Reading,
        tell: &mut dyn FnMut(News<'_>),
    ) -> Result<Case, SandboxError> {
        if self.mode == Mode::Off {
            let started = Instant::now();
            let package = Arc::new(package::unpack(raw, &self.options)?);
            let open = started.elapsed();
            tell(News::Opened(&package));
            return Ok(Case::read(package, open, reading));
        }
        let path = PathBuf::from(raw.path());
        let given = Given::Raw(raw, self.options.clone());
        let mut open = None;
        let found = self.ask(&path, given, Some(reading), &mut |heard| match heard {
            Heard::Opened(package) => {
                tell(News::Opened(&package));
                open = Some(package);
            }
            Heard::Progress(progress) => tell(News::Progress(progress)),
        })?;
        let (Some(package), Some(found)) = (open, found) else { return Err(half(&path)) };
        Ok(told(found.into_case(package, reading.clone())))
    }

    /// Reads the code of a package that is open, another way than it was read or for the first time.
    ///
    /// # Errors
    /// When its worker was ended.
    pub fn read_again(&self, package: Arc<Package>, reading: &Reading) -> Result<Case, SandboxError> {
        if self.mode == Mode::Off {
            return Ok(Case::read(package, Duration::ZERO, reading));
        }
        let path = Path::new(&package.path);
        let given = Given::Open(Arc::clone(&package));
        let found = self.ask(path, given, Some(reading), &mut |_| {})?.ok_or_else(|| half(path))?;
        Ok(told(found.into_case(package, reading.clone())))
    }

    fn ask(
        &self,
        path: &Path,
        given: Given,
        reading: Option<&Reading>,
        tell: &mut dyn FnMut(Heard),
    ) -> Result<Option<Box<Found>>, SandboxError> {
        let mut worker = self.take()?;
        let shown = path.to_string_lossy();
        // Where the package lies is known here; nobody is believed who says otherwise.
        let mut heard = |mut heard: Heard| {
            if let Heard::Opened(package) = &mut heard
                && let Some(package) = Arc::get_mut(package)
            {
                package.path = shown.as_ref().to_owned();
            }
            tell(heard);
        };
        match worker.read(given, reading, self.limits.deadline, &mut heard) {
            Ok(answer) => {
                self.put_back(worker);
                Ok(answer)
            }
            Err(Ended::Refused(error)) => {
                self.put_back(worker);
                Err(error.told_of(&shown).into())
            }
            // What a panic left behind in it is not used again.
            Err(Ended::Panicked(why)) => Err(SandboxError::panicked(path, &why)),
            Err(Ended::Garbled(what)) => Err(SandboxError::ended(path, worker.end(&self.limits, &what))),
        }
    }

    /// A worker that waits, else a new one.
    fn take(&self) -> Result<Process, SandboxError> {
        let waiting = || lock(&self.idle).pop();
        // One that was killed while it waited has harmed nobody.
        std::iter::from_fn(waiting).find(Process::is_alive).map_or_else(|| self.begin(), Ok)
    }

    fn begin(&self) -> Result<Process, SandboxError> {
        let worker = Process::begin(&self.program, &self.limits)?;
        match worker.confinement.missing() {
            Some(what) if self.mode == Mode::Require => Err(SandboxError::Unconfined(what)),
            _ => Ok(worker),
        }
    }

    fn put_back(&self, worker: Process) {
        if worker.served < PACKAGES {
            lock(&self.idle).push(worker);
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// No worker that goes on says less than it was asked.
fn half(path: &Path) -> SandboxError {
    SandboxError::ended(path, End::Garbled("half an answer".to_owned()))
}

/// The worker has no log.
fn told(case: Case) -> Case {
    let (steps, timing) = (case.sequence.steps.len(), &case.timing);
    let (syntax_ms, behavior_ms) = (timing.syntax.as_millis(), timing.behavior.as_millis());
    debug!(sha256 = %case.package.sha256, steps, syntax_ms, behavior_ms, "the code is read");
    case
}
