//! Why a package was not read: it is none, or the worker that read it was ended.

use std::path::Path;
use std::time::Duration;

use crate::package::OpenError;
use crate::text::escape;

/// Why a package was not read. The text says what, where and what to do, on one line, escaped.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A defect of ours, met while reading it.
    #[error("{path}: the analysis failed, please report it: {why}")]
    Panicked {
        /// The path as given, escaped.
        path: String,
        /// The panic's message, escaped.
        why: String,
    },
    /// The process that read it is no more.
    #[error("{path}: the process that read it {end}")]
    Ended {
        /// The path as given, escaped.
        path: String,
        /// What ended it.
        end: End,
    },
    /// No process can be begun.
    #[error("no process can be begun to read packages in: {0}; --sandbox off reads them without one")]
    Start(String),
    /// The system cannot confine it.
    #[error("{0}, and --sandbox require asks for it; --sandbox auto reads packages in a process with limits only")]
    Unconfined(&'static str),
}

impl SandboxError {
    pub(super) fn panicked(path: &Path, why: &str) -> Self {
        Self::Panicked { path: shown(path), why: escape(why).into_owned() }
    }

    pub(super) fn ended(path: &Path, end: End) -> Self {
        Self::Ended { path: shown(path), end }
    }
}

fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}

/// What ended a worker, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum End {
    /// It asked for more memory than it may have.
    #[error(
        "needed more than {} MiB of memory and was ended; it may be an attack on the reader: look at it in an isolated place",
        .0 >> 20
    )]
    Memory(u64),
    /// It used more processor time than it may.
    #[error(
        "needed more than {} s of processor time and was ended; it may be an attack on the reader: look at it in an isolated place",
        .0.as_secs()
    )]
    Processor(Duration),
    /// It did not answer in time.
    #[error(
        "gave no answer in {} s and was ended; if the machine is busy try again, else look at it in an isolated place",
        .0.as_secs_f32()
    )]
    Deadline(Duration),
    /// Its stack ran over.
    #[error("nested deeper than its stack and was ended; please report it")]
    Stack,
    /// A signal ended it.
    #[error("was ended by signal {0}; nothing of it is known: try again, and report it if that happens twice")]
    Signal(i32),
    /// It ended by itself.
    #[error("ended with status {0} before it had answered; please report it")]
    Exit(i32),
    /// What it answered is no answer.
    #[error(
        "answered what cannot be read ({0}) and was ended; it may have been taken over: look at it in an isolated place"
    )]
    Garbled(String),
}
