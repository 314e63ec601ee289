//! The state that was folded from a verified log, kept so that opening a long one reads only what came after.
//!
//! It is believed only if its hash is the one that the [`Head`](super::head::Head) names and nobody has written to the log's
//! file since all of it was verified.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::fold::Fold;
use super::head::{beside, write};
use crate::text::hex;

/// So many events behind the checkpoint make a new one worth its writing.
pub(super) const EVERY: i64 = 1000;

/// Another version may fold otherwise.
const FORMAT: &str = concat!("cerebro ", env!("CARGO_PKG_VERSION"), " checkpoint 3");

fn path(ledger: &Path) -> PathBuf {
    beside(ledger, "checkpoint")
}

/// Writes the state of a ledger; answers with the hash of the file.
pub(super) fn save(ledger: &Path, fold: &Fold) -> io::Result<String> {
    let bytes = postcard::to_stdvec(&(FORMAT, fold)).map_err(io::Error::other)?;
    write(&path(ledger), &bytes)?;
    Ok(hex(&Sha256::digest(&bytes)))
}

/// Reads the state of a ledger, if the file has this hash.
pub(super) fn load(ledger: &Path, hash: &str) -> Option<Fold> {
    let bytes = fs::read(path(ledger)).ok()?;
    if hex(&Sha256::digest(&bytes)) != hash {
        return None;
    }
    let (format, mut fold): (String, Fold) = postcard::from_bytes(&bytes).ok()?;
    if format != FORMAT {
        return None;
    }
    fold.index();
    Some(fold)
}
