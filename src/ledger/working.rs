//! Working state in the ledger's file: tables beside the log whose rows may change, unlike its events. Whoever keeps them, the
//! [queue](crate::queue), reads and writes through what is given here.

use rusqlite::{Connection, Transaction};

use super::store::rows_after;
use super::{Label, Ledger, LedgerError, take_in};

/// Items that wait, and who holds which. The seed decides which packages the random share consists of; drawn once, so that the share stays the same.
pub(super) const SCHEMA: &str = "
CREATE TABLE item (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    path         TEXT NOT NULL UNIQUE,
    sha256       TEXT NOT NULL,
    name         TEXT NOT NULL,
    version      TEXT NOT NULL,
    ecosystem    TEXT NOT NULL,
    added        INTEGER NOT NULL,
    published    INTEGER,
    source       TEXT NOT NULL,
    failed       TEXT,
    state        TEXT,
    probability  REAL,
    threshold    REAL,
    disagreement REAL,
    model        TEXT,
    extractor    TEXT,
    signature    BLOB,
    given        INTEGER
) STRICT;
CREATE INDEX item_by_package ON item (sha256);
CREATE TABLE lease (
    item    INTEGER PRIMARY KEY REFERENCES item (number) ON DELETE CASCADE,
    holder  TEXT NOT NULL,
    process INTEGER NOT NULL,
    host    TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE TABLE queue_seed (seed INTEGER NOT NULL) STRICT;
INSERT INTO queue_seed VALUES (random());
";

impl Ledger {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        self.store.look(look)
    }

    /// Writes working state in one transaction.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was.
    pub(crate) fn work<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        self.store.write(|transaction, sql| work(transaction).map_err(sql))
    }

    /// Writes working state in one transaction, knowing the label of every archive that this analyst may see. Nobody can come between.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was.
    pub(crate) fn work_knowing<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &dyn Fn(&str) -> Option<Label>) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        let Self { store, fold, policy, actor, .. } = self;
        store.write(|transaction, sql| {
            let rows = rows_after(transaction, fold.last).map_err(sql)?;
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            let visible = |sha256: &str| fold.current(sha256).filter(|_| !fold.is_due(*policy, sha256, actor));
            work(transaction, &|sha256| visible(sha256).map(|standing| standing.label)).map_err(sql)
        })
    }
}
