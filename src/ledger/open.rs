//! Opening a ledger, and what lies beside it.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::backup::{self, Moment, Restored};
use super::fold::Fold;
use super::head::{Head, Stamp, private_folder};
use super::outbox::Outbox;
use super::store::{self, Address, Postgres, ROLES, Sqlite, Store, is_server};
use super::{Ledger, LedgerError, ReviewPolicy, checkpoint, take_in};

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
        if is_server(path) {
            let folder = Self::default_path()?.parent().map(Path::to_path_buf).unwrap_or_default();
            return Self::open_server(path.to_str().unwrap_or_default(), &folder);
        }
        // Before the log itself: it may grow meanwhile.
        let noted = Head::load(path);
        let known = known_events(path, noted.as_ref());
        if !path.exists() && known > 0 {
            return Err(LedgerError::Gone { path: path.to_path_buf(), known });
        }
        let mut store = Sqlite::open(path)?;
        let before = Stamp::of(path);
        let mut head = noted.clone().unwrap_or_else(Head::none);
        let untouched = head.stamp.is_some() && head.stamp == before;
        // Without what was noted, the newest backup tells.
        let known = if noted.is_some() { head.events } else { known };
        let fold = read_all(&store, path, &mut head, known, untouched)?;
        store.stamp = before.filter(|before| Stamp::of(path) == Some(*before));
        let mut ledger = Self::of(Box::new(store), fold, head, actor.to_owned());
        // One that is only read, and never was written to, need not have anything beside it.
        if ledger.fold.last > 0 {
            ledger.note(noted.is_none());
            ledger.copy(Moment::Border);
        }
        Ok(ledger)
    }

    /// Opens a ledger on a server, `postgres://USER@HOST:PORT/DATABASE`, and verifies what is new in it. Who writes to it is whom
    /// the server lets in. What belongs beside it on this machine lies in a folder: how long the log is known to be, and what is
    /// decided while the server is away.
    ///
    /// # Errors
    /// When the server cannot be reached or lets nobody in, or the log is not what it was.
    pub fn open_server(address: &str, folder: &Path) -> Result<Self, LedgerError> {
        let address = Address::parse(address)?;
        private_folder(folder).map_err(|source| LedgerError::Io { path: folder.to_path_buf(), source })?;
        let store = Postgres::open(address, folder)?;
        let place = store.beside().map(Path::to_path_buf).unwrap_or_default();
        let mut head = Head::load(&place).unwrap_or_else(Head::none);
        let known = head.events;
        // The server lets nobody change what was verified; `verify` and every export read all of it again.
        let fold = read_all(&store, &place, &mut head, known, true)?;
        let actor = store.user();
        let mut ledger = Self::of(Box::new(store), fold, head, actor);
        ledger.outbox = Some(Outbox::open(&place)?);
        ledger.note(false);
        // What cannot be sent stays kept, and the ledger is none the worse for it.
        if let Err(error) = ledger.settle() {
            tracing::warn!("what was kept could not be sent: {error}");
        }
        Ok(ledger)
    }

    fn of(store: Box<dyn Store>, fold: Fold, noted: Head, actor: String) -> Self {
        let (kept, outbox, policy) = (None, None, ReviewPolicy::default());
        Self { store, fold, kept, outbox, noted, actor, clock: None, policy }
    }

    /// Whether a ledger is on a server, by its place.
    #[must_use]
    pub fn is_on_server(path: &Path) -> bool {
        is_server(path)
    }

    /// Makes the roles of a team on a server, and the tables where there are none. Answers what server that is.
    ///
    /// # Errors
    /// When it is no server, or does not let this person make roles.
    pub fn make_roles(path: &Path) -> Result<String, LedgerError> {
        let address = path.to_str().filter(|_| is_server(path)).ok_or(LedgerError::NoServer)?;
        let store = Postgres::open(Address::parse(address)?, Path::new(""))?;
        store.make_roles()?;
        Ok(store.shown().to_owned())
    }

    /// The script that makes the roles of a team.
    #[must_use]
    pub fn roles_script() -> &'static str {
        ROLES
    }

    /// A ledger that lies nowhere and is gone with this value, for practice.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn in_memory(actor: &str) -> Result<Self, LedgerError> {
        let store = Box::new(Sqlite::in_memory()?);
        Ok(Self::of(store, Fold::default(), Head::none(), actor.to_owned()))
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
        if is_server(path) {
            let address = Address::parse(path.to_str().unwrap_or_default())?;
            return Err(LedgerError::OnAServer { place: address.shown });
        }
        if path.exists()
            && let Ok(ledger) = Self::open(path, "")
        {
            return Err(LedgerError::Sound { path: path.to_path_buf(), events: ledger.fold.last });
        }
        backup::restore(path)
    }

    /// Notes outside the file where the log ends, unless that is noted already.
    pub(super) fn note(&mut self, anew: bool) {
        let Some(beside) = self.store.beside().filter(|_| self.kept.is_none()) else { return };
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

/// Folds the log, from a checkpoint where it is to be believed, and checks that it is no shorter than is known.
fn read_all(store: &dyn Store, path: &Path, head: &mut Head, known: i64, untouched: bool) -> Result<Fold, LedgerError> {
    let mut tables = store.read()?;
    let mut fold = Fold::default();
    if let Some(kept) = head.checkpoint.as_deref().filter(|_| untouched).and_then(|c| checkpoint::load(path, c))
        && store::hash_of(&mut *tables, kept.last)?.as_deref() == Some(kept.head())
    {
        fold = kept;
    }
    let kept = fold.last;
    store::each(&mut *tables, fold.last, |row| {
        let number = row.number;
        take_in(&mut fold, row)?;
        if number == head.events && fold.head() != head.hash {
            return Err(LedgerError::Broken { event: number, what: "another event was there before" });
        }
        Ok(())
    })?;
    if fold.last < known {
        return Err(store.rolled_back(fold.last, known));
    }
    if fold.last - kept >= checkpoint::EVERY {
        match checkpoint::save(path, &fold) {
            Ok(hash) => head.checkpoint = Some(hash),
            Err(error) => tracing::warn!("no checkpoint was written beside {}: {error}", path.display()),
        }
    }
    Ok(fold)
}

/// How many events a ledger is known to have had, from what lies beside it.
fn known_events(path: &Path, noted: Option<&Head>) -> i64 {
    let copied = backup::list(path).first().map_or(0, |(events, _)| *events);
    noted.map_or(0, |head| head.events).max(copied)
}
