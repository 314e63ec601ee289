//! What is known of the log outside its file: how many events it had and the hash of the last one.
//!
//! A file that was cut off or replaced by an older copy is a sound log in itself. That it once was longer is known only
//! elsewhere: in a small file beside it, written after each event. It is never ahead of the log, so that a process killed
//! between the two leaves nothing that looks like a loss.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::ROOT;

/// Number, hash and what helps to verify the log faster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// How many events there were.
    pub events: i64,
    /// Hash of the last one.
    pub hash: String,
    /// The state of the log's file when all of it had been verified and nobody else had written since.
    #[serde(default)]
    pub stamp: Option<Stamp>,
    /// SHA-256 of the checkpoint, where there is one.
    #[serde(default)]
    pub checkpoint: Option<String>,
}

/// What changes about a file whenever somebody writes to it. Whoever writes can set the times of the content, but not that of
/// the inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    size: u64,
    modified: [i64; 2],
    changed: [i64; 2],
    inode: [u64; 2],
}

impl Stamp {
    /// Of a file as it is; `None` where that cannot be told.
    #[cfg(unix)]
    pub fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let about = fs::metadata(path).ok()?;
        Some(Self {
            size: about.size(),
            modified: [about.mtime(), about.mtime_nsec()],
            changed: [about.ctime(), about.ctime_nsec()],
            inode: [about.dev(), about.ino()],
        })
    }

    /// Where the times of a file can be set by anybody, they tell nothing.
    #[cfg(not(unix))]
    pub fn of(_path: &Path) -> Option<Self> {
        None
    }
}

/// The path of a file that belongs to a ledger and lies beside it.
pub(super) fn beside(ledger: &Path, ending: &str) -> PathBuf {
    let mut path = ledger.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    path.into()
}

/// A name for a file that is not ready yet.
pub(super) fn unused(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    beside(path, &format!("new-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
}

/// Makes a file that only the user can read, in the place of an older one.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    private(fs::OpenOptions::new().write(true).truncate(true), path)
}

/// Makes a file that only the user can read, where there is none.
pub(super) fn private_file_to_append(path: &Path) -> io::Result<File> {
    private(fs::OpenOptions::new().append(true), path)
}

fn private(options: &mut fs::OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.create(true).open(path)
}

/// Makes a folder that only the user can read, where there is none.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file that only the user can read. A kill at any moment leaves the old or the new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = unused(path);
    let mut file = private_file(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

impl Head {
    /// Of a ledger of which nothing is known.
    pub fn none() -> Self {
        Self { events: 0, hash: ROOT.to_owned(), stamp: None, checkpoint: None }
    }

    /// Where it lies.
    pub fn path(ledger: &Path) -> PathBuf {
        beside(ledger, "head")
    }

    /// Reads what is known of a ledger; `None` where nothing is, and where the file cannot be read: then it tells nothing.
    pub fn load(ledger: &Path) -> Option<Self> {
        let path = Self::path(ledger);
        let text = fs::read(&path).ok()?;
        match serde_json::from_slice(&text) {
            Ok(head) => Some(head),
            Err(error) => {
                tracing::warn!("{} cannot be read and is written anew: {error}", path.display());
                None
            }
        }
    }

    /// Writes it, unless another process has seen more events.
    pub fn save(&self, ledger: &Path) -> io::Result<()> {
        if Self::load(ledger).is_some_and(|there| there.events > self.events) {
            return Ok(());
        }
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        write(&Self::path(ledger), format!("{text}\n").as_bytes())
    }
}
