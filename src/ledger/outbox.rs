//! The local journal of a ledger on a server: decisions that were made while it was away. They are on this machine's disk when
//! the analyst is told that they are kept, and are sent in their order.
//!
//! It is a small SQLite file, which is what writes whole lines or none, and lets several workbenches write at once. A line
//! stays after it was sent, without its text: a later one may be about the event that it has become.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::LedgerError;
use super::head::{beside, private_file_to_append};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS kept (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    after  INTEGER NOT NULL,
    body   TEXT NOT NULL,
    sent   INTEGER
) STRICT;
";

/// Something that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number among all that were ever kept here.
    pub number: i64,
    /// The last event that was known when it was decided.
    pub after: i64,
    /// The body of the event.
    pub body: String,
}

/// The journal.
#[derive(Debug)]
pub(super) struct Outbox {
    connection: Connection,
    path: PathBuf,
}

impl Outbox {
    /// The journal beside this path, made where there is none.
    pub fn open(ledger: &Path) -> Result<Self, LedgerError> {
        let path = beside(ledger, "kept");
        if !path.exists() {
            let io = |source| LedgerError::Io { path: path.clone(), source };
            // Before SQLite does, which would make it readable by everyone. It is opened without being emptied.
            private_file_to_append(&path).map_err(io)?;
        }
        let sql = |source| LedgerError::sql(&path, source);
        let connection = Connection::open(&path).map_err(sql)?;
        // Another workbench may be sending.
        connection.busy_timeout(Duration::from_secs(30)).map_err(sql)?;
        let settings = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA trusted_schema = OFF;";
        connection.execute_batch(settings).and_then(|()| connection.execute_batch(SCHEMA)).map_err(sql)?;
        Ok(Self { connection, path })
    }

    fn sql(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::sql(&self.path, source)
    }

    /// Keeps the body of an event. It is on the disk when this returns.
    pub fn add(&self, after: i64, body: &str) -> Result<(), LedgerError> {
        let insert = "INSERT INTO kept (after, body) VALUES (?1, ?2)";
        self.connection.execute(insert, params![after, body]).map(drop).map_err(|e| self.sql(e))
    }

    /// How many wait to be sent.
    pub fn waiting(&self) -> Result<usize, LedgerError> {
        let count = "SELECT count(*) FROM kept WHERE sent IS NULL";
        let count: i64 = self.connection.query_row(count, [], |row| row.get(0)).map_err(|e| self.sql(e))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// What waits to be sent after a line, in order.
    pub fn lines(&self, after: i64) -> Result<Vec<Line>, LedgerError> {
        lines(&self.connection, after).map_err(|e| self.sql(e))
    }

    /// Begins sending; nobody else does until it ends.
    pub fn send(&mut self) -> Result<Sending<'_>, LedgerError> {
        let Self { connection, path } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        Ok(Sending { transaction: transaction.map_err(|source| LedgerError::sql(path, source))?, path })
    }
}

/// What is being sent.
pub(super) struct Sending<'a> {
    transaction: Transaction<'a>,
    path: &'a Path,
}

impl Sending<'_> {
    fn sql(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::sql(self.path, source)
    }

    /// What is to be sent, in order.
    pub fn lines(&self) -> Result<Vec<Line>, LedgerError> {
        lines(&self.transaction, 0).map_err(|e| self.sql(e))
    }

    /// The event that a line has become.
    pub fn event_of(&self, line: i64) -> Result<Option<i64>, LedgerError> {
        let query = "SELECT sent FROM kept WHERE number = ?1 AND sent IS NOT NULL";
        self.transaction.query_row(query, [line], |row| row.get(0)).optional().map_err(|e| self.sql(e))
    }

    /// Notes which event a line has become.
    pub fn sent(&self, line: i64, event: i64) -> Result<(), LedgerError> {
        let update = "UPDATE kept SET sent = ?2, body = '' WHERE number = ?1";
        self.transaction.execute(update, [line, event]).map(drop).map_err(|e| self.sql(e))
    }

    /// Ends it: what was sent is not sent again.
    pub fn end(self) -> Result<(), LedgerError> {
        self.transaction.commit().map_err(|source| LedgerError::sql(self.path, source))
    }
}

fn lines(connection: &Connection, after: i64) -> rusqlite::Result<Vec<Line>> {
    let query = "SELECT number, after, body FROM kept WHERE sent IS NULL AND number > ?1 ORDER BY number";
    let read = |row: &rusqlite::Row<'_>| Ok(Line { number: row.get(0)?, after: row.get(1)?, body: row.get(2)? });
    connection.prepare_cached(query)?.query_map([after], read)?.collect()
}
