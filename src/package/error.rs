//! Why a path could not be opened.

use serde::{Deserialize, Serialize};

use super::budget::Exceeded;
use crate::text::escape;

/// Why a path could not be opened as a package. The text says what, where and what to do, on one line, escaped.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub enum OpenError {
    /// The content is no archive of a known kind, or holds no file.
    #[error(
        "{path} is not a package: {why}; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder"
    )]
    NotAPackage {
        /// The path as given, escaped.
        path: String,
        /// What was found instead.
        why: String,
    },
    /// An archive that breaks off or contradicts itself so that nothing reliable can be read.
    #[error("{path} is damaged: {why}; fetch it again, or unpack what is left of it and give the folder")]
    Damaged {
        /// The path as given, escaped.
        path: String,
        /// Where it breaks.
        why: String,
    },
    /// More than the limits allow: too large, too many files, or a bomb.
    #[error("{path} is over the limits: {why}; it may be an archive bomb, look at it in an isolated place")]
    OverLimits {
        /// The path as given, escaped.
        path: String,
        /// Which limit, and by what.
        why: String,
    },
    /// Encrypted members that no known password opens.
    #[error("{path} is encrypted and {tried} does not open it; pass the right one with --password")]
    Encrypted {
        /// The path as given, escaped.
        path: String,
        /// Which passwords were tried, never the given one itself.
        tried: String,
    },
    /// The file system refused. It does so where the file system is, so this one never travels; it stands last because
    /// binary forms number the others.
    #[serde(skip)]
    #[error("cannot read {path}: {source}; check the path and its permissions")]
    Io {
        /// The path as given, escaped.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl OpenError {
    /// The same about another path, for an error that came from a process that may have been taken over: what it says is
    /// escaped once more.
    #[must_use]
    pub fn told_of(self, shown: &str) -> Self {
        let again = |text: String| escape(&text).into_owned();
        let path = again(shown.to_owned());
        match self {
            Self::NotAPackage { why, .. } => Self::NotAPackage { path, why: again(why) },
            Self::Damaged { why, .. } => Self::Damaged { path, why: again(why) },
            Self::OverLimits { why, .. } => Self::OverLimits { path, why: again(why) },
            Self::Encrypted { tried, .. } => Self::Encrypted { path, tried: again(tried) },
            Self::Io { source, .. } => Self::Io { path, source },
        }
    }
}

/// The same without the path, for the readers of formats, which do not know it.
#[derive(Debug)]
pub(super) enum Failure {
    NotAPackage(String),
    Damaged(String),
    OverLimits(String),
    Encrypted,
}

impl Failure {
    /// An error that came through a reader: the budget's, a decompressor's, or that of the archive's own structure.
    pub(super) fn from_io(error: &std::io::Error) -> Self {
        match cause::<Exceeded>(error) {
            Some(exceeded) => Self::OverLimits(exceeded.to_string()),
            None if error.kind() == std::io::ErrorKind::OutOfMemory => {
                Self::OverLimits("it needs more memory than its reader may have".to_owned())
            }
            None => Self::Damaged(escape(&error.to_string()).into_owned()),
        }
    }

    pub(super) fn at(self, path: &str, password_given: bool) -> OpenError {
        let path = escape(path).into_owned();
        match self {
            Self::NotAPackage(why) => OpenError::NotAPackage { path, why },
            Self::Damaged(why) => OpenError::Damaged { path, why },
            Self::OverLimits(why) => OpenError::OverLimits { path, why },
            Self::Encrypted => {
                let tried = if password_given { "the given password" } else { "the password `infected`" };
                OpenError::Encrypted { path, tried: tried.to_owned() }
            }
        }
    }
}

impl From<Exceeded> for Failure {
    fn from(exceeded: Exceeded) -> Self {
        Self::OverLimits(exceeded.to_string())
    }
}

/// The error of this type in the chain of an I/O error; archive readers wrap those of the reader below them.
pub(super) fn cause<E: std::error::Error + 'static>(error: &std::io::Error) -> Option<&E> {
    let mut next = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
    while let Some(inner) = next {
        if let Some(found) = inner.downcast_ref::<E>() {
            return Some(found);
        }
        next = match inner.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
            None => inner.source(),
        };
    }
    None
}
