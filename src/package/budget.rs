//! Counts what really comes out of decompressors, whatever headers claim, and stops at the limits.

use std::cell::Cell;
use std::io::{self, Read};

use super::Limits;

/// From here on the ratio counts: small texts of repeated lines compress well.
const RATIO_FROM: u64 = 64 << 20;

/// Which limit was hit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Exceeded {
    #[error("it unpacks to more than {0} bytes")]
    Total(u64),
    #[error("it unpacks to more than {0} times its size")]
    Ratio(u64),
    #[error("it holds more than {0} members")]
    Files(usize),
    #[error("it is made of more than {0} compressed streams")]
    Streams(usize),
    #[error("its xz blocks ask for more than {0} bytes of windows")]
    Windows(u64),
}

impl From<Exceeded> for io::Error {
    fn from(exceeded: Exceeded) -> Self {
        Self::other(exceeded)
    }
}

/// What one package may still use. Shared by all levels of an archive within an archive.
#[derive(Debug)]
pub(super) struct Budget {
    pub limits: Limits,
    packed: u64,
    // Cells, because the reader under an archive and the loop over its members both draw on one budget.
    unpacked: Cell<u64>,
    files: Cell<usize>,
}

impl Budget {
    pub fn new(limits: &Limits, packed: u64) -> Self {
        Self { limits: limits.clone(), packed, unpacked: Cell::new(0), files: Cell::new(0) }
    }

    /// Counts unpacked bytes.
    pub fn take(&self, bytes: u64) -> Result<(), Exceeded> {
        let unpacked = self.unpacked.get().saturating_add(bytes);
        self.unpacked.set(unpacked);
        if unpacked > self.limits.total_bytes {
            return Err(Exceeded::Total(self.limits.total_bytes));
        }
        if unpacked > RATIO_FROM && unpacked / self.packed.max(1) >= self.limits.ratio {
            return Err(Exceeded::Ratio(self.limits.ratio));
        }
        Ok(())
    }

    /// Counts a member.
    pub fn member(&self) -> Result<(), Exceeded> {
        self.files.set(self.files.get() + 1);
        if self.files.get() > self.limits.files { Err(Exceeded::Files(self.limits.files)) } else { Ok(()) }
    }
}

/// A reader whose bytes are counted against the budget.
pub(super) struct Counted<'b, R> {
    pub inner: R,
    pub budget: &'b Budget,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.take(read as u64)?;
        Ok(read)
    }
}
