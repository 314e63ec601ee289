//! Opening a ledger, and what lies beside it.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::backup::{self, Moment, Restored};
use super::fold::Fold;
use super::head::{Head, Stamp};
use super::store::{self, Sqlite, Store};
use super::{Ledger, LedgerError, ROOT, ReviewPolicy, checkpoint, now, take_in};

impl Ledger {
    /// Where the ledger lies unless the user names another: `cerebro/ledger.sqlite` in the user's data folder.
    ///
    /// # Errors
    /// When the user has no home folder.
    pub fn default_path() -> Result<PathBuf, LedgerError> {
        let folders = etcetera::choose_base_strategy().map_err(|_| LedgerError::NoHome)?;
        Ok(folders.data_dir().join("cerebro").join("ledger.sqlite"))
    }

    /// Opens a ledger and verifies it, making a new one (readable by the user only) where there never was one. `actor` is
    /// written beside every event and decides what [`Self::undo`] takes back.
    ///
    /// # Errors
    /// When the file cannot be read or written, is no ledger, or is not what it was.
    pub fn open(path: &Path, actor: &str) -> Result<Self, LedgerError> {
        // Before the log itself: it may grow meanwhile.
        let noted = Head::load(path);
        let known = known_events(path, noted.as_ref());
        if !path.exists() && known > 0 {
            return Err(LedgerError::Gone { path: path.to_path_buf(), known });
        }
        let mut store = Sqlite::open(path)?;
        let before = Stamp::of(path);
        let mut head =
            noted.clone().unwrap_or(Head { events: 0, hash: ROOT.to_owned(), stamp: None, checkpoint: None });
        let untouched = head.stamp.is_some() && head.stamp == before;
        let mut fold = Fold::default();
        if let Some(kept) = head.checkpoint.as_deref().filter(|_| untouched).and_then(|c| checkpoint::load(path, c))
            && store::hash_of(&mut *store.read()?, kept.last)?.as_deref() == Some(kept.head())
        {
            fold = kept;
        }
        let kept = fold.last;
        store::each(&mut *store.read()?, fold.last, |row| {
            let number = row.number;
            take_in(&mut fold, row)?;
            if number == head.events && fold.head() != head.hash {
                return Err(LedgerError::Broken { event: number, what: "another event was there before" });
            }
            Ok(())
        })?;
        // Without what was noted, the newest backup tells.
        let known = if noted.is_some() { head.events } else { known };
        if fold.last < known {
            return Err(LedgerError::RolledBack { path: path.to_path_buf(), there: fold.last, known });
        }
        store.stamp = before.filter(|before| Stamp::of(path) == Some(*before));
        if fold.last - kept >= checkpoint::EVERY {
            match checkpoint::save(path, &fold) {
                Ok(hash) => head.checkpoint = Some(hash),
                Err(error) => tracing::warn!("no checkpoint was written beside {}: {error}", path.display()),
            }
        }
        let (store, actor) = (Box::new(store), actor.to_owned());
        let mut ledger = Self { store, fold, noted: head, actor, clock: now, policy: ReviewPolicy::default() };
        // One that is only read, and never was written to, need not have anything beside it.
        if ledger.fold.last > 0 {
            ledger.note(noted.is_none());
            ledger.copy(Moment::Border);
        }
        Ok(ledger)
    }

    /// A ledger that lies nowhere and is gone with this value, for practice.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn in_memory(actor: &str) -> Result<Self, LedgerError> {
        let store = Box::new(Sqlite::in_memory()?);
        let noted = Head { events: 0, hash: ROOT.to_owned(), stamp: None, checkpoint: None };
        let (fold, policy) = (Fold::default(), ReviewPolicy::default());
        Ok(Self { store, fold, noted, actor: actor.to_owned(), clock: now, policy })
    }

    /// Whether there once was a ledger with events in it at this place.
    #[must_use]
    pub fn was_there(path: &Path) -> bool {
        known_events(path, Head::load(path).as_ref()) > 0
    }

    /// Puts the newest sound backup in the place of a ledger that is damaged, gone or shorter than it was.
    ///
    /// # Errors
    /// When the ledger is sound, there is no sound backup, or the disk refuses.
    pub fn restore(path: &Path) -> Result<Restored, LedgerError> {
        if path.exists()
            && let Ok(ledger) = Self::open(path, "")
        {
            return Err(LedgerError::Sound { path: path.to_path_buf(), events: ledger.fold.last });
        }
        backup::restore(path)
    }

    /// Notes outside the file where the log ends, unless that is noted already.
    pub(super) fn note(&mut self, anew: bool) {
        let Some(beside) = self.store.beside() else { return };
        let (events, hash) = self.fold.end();
        let head = Head { events, hash, stamp: self.store.stamp(), checkpoint: self.noted.checkpoint.clone() };
        if head == self.noted && !anew {
            return;
        }
        // The event is in the log. What is noted lags behind it, which is no harm.
        if let Err(error) = head.save(beside) {
            tracing::warn!("{} was not written: {error}", Head::path(beside).display());
        }
        self.noted = head;
    }

    /// Copies the file, if a copy is due.
    pub(super) fn copy(&self, moment: Moment) {
        let Some(file) = self.store.file() else { return };
        if let Err(error) = backup::keep(file, self.fold.last, moment) {
            tracing::warn!("no backup was made: {error}");
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if self.fold.last > 0 {
            self.note(false);
            self.copy(Moment::Border);
        }
    }
}

/// How many events a ledger is known to have had, from what lies beside it.
fn known_events(path: &Path, noted: Option<&Head>) -> i64 {
    let copied = backup::list(path).first().map_or(0, |(events, _)| *events);
    noted.map_or(0, |head| head.events).max(copied)
}
