//! The SQLite file: schema, safe opening, appending, reading. All SQL of the program is here and in [`items`].

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::event::{Body, Event};
use super::{LedgerError, chain};

mod items;

pub(super) use items::{Held, Holder};

/// `CRBO`: tells our files from other SQLite files.
const APPLICATION_ID: i32 = 0x4352_424F;
/// Version of the schema: 1 has the events, 2 the queue beside them.
const SCHEMA_VERSION: i32 = 2;

/// The triggers make the log append-only for every program that writes through SQLite; the chain shows what was done around it.
const SCHEMA: &str = "
CREATE TABLE event (
    number   INTEGER PRIMARY KEY,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL UNIQUE,
    body     TEXT NOT NULL
) STRICT;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_follows_the_last BEFORE INSERT ON event
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM event)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
";

const AFTER: &str = "SELECT number, previous, hash, body FROM event WHERE number > ?1 ORDER BY number";

/// An event as it is stored, its body not yet parsed.
#[derive(Debug)]
pub(super) struct Row {
    pub number: i64,
    pub previous: String,
    pub hash: String,
    pub body: String,
}

/// An open ledger file.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens a ledger, making it (private to the user) where there is none.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let io = |source| LedgerError::Io { path: path.to_path_buf(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_folder(folder).map_err(io)?;
        }
        create_private_file(path).map_err(io)?;
        let sql = |source| LedgerError::Sql { path: path.to_path_buf(), source };
        let connection = Connection::open(path).map_err(sql)?;
        let mut store = Self { connection, path: path.to_path_buf() };
        store.prepare()?;
        Ok(store)
    }

    /// A ledger in memory alone.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = PathBuf::from(":memory:");
        let opened = Connection::open_in_memory();
        let connection = opened.map_err(|source| LedgerError::Sql { path: path.clone(), source })?;
        let mut store = Self { connection, path };
        store.prepare()?;
        Ok(store)
    }

    fn prepare(&mut self) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let sql = |source| LedgerError::Sql { path: path.clone(), source };
        // Another workbench may hold the lock for the length of one commit.
        self.connection.busy_timeout(Duration::from_secs(10)).map_err(sql)?;
        let id = self.pragma("application_id")?;
        let version = self.pragma("user_version")?;
        if id != APPLICATION_ID {
            let transaction = self.begin()?;
            // Read again under the lock: another process may just have made the schema.
            let id: i32 = transaction.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(sql)?;
            if id != APPLICATION_ID {
                let tables: i64 =
                    transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sql)?;
                if id != 0 || tables > 0 {
                    return Err(LedgerError::NotALedger { path });
                }
                transaction.execute_batch(SCHEMA).map_err(sql)?;
                transaction.execute_batch(items::SCHEMA).map_err(sql)?;
                transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sql)?;
                transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(sql)?;
                transaction.commit().map_err(sql)?;
            }
        } else if version > SCHEMA_VERSION {
            return Err(LedgerError::Newer { path, version });
        } else if version < SCHEMA_VERSION {
            self.migrate()?;
        }
        // A rollback journal keeps the ledger one file. EXTRA also syncs the folder after the journal is removed, without
        // which a power cut could bring back the journal and with it the state before the last commit.
        self.connection
            .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA trusted_schema = OFF;")
            .map_err(sql)
    }

    /// Brings the file of an earlier version up to date: the events stay as they are, the queue's tables come beside them.
    fn migrate(&mut self) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let sql = |source| LedgerError::Sql { path: path.clone(), source };
        let transaction = self.begin()?;
        // Read again under the lock: another process may just have done it.
        let version: i32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql)?;
        if version < SCHEMA_VERSION {
            transaction.execute_batch(items::SCHEMA).map_err(sql)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(sql)?;
        }
        transaction.commit().map_err(sql)
    }

    fn pragma(&self, name: &str) -> Result<i32, LedgerError> {
        self.connection.pragma_query_value(None, name, |row| row.get(0)).map_err(|e| self.sql(e))
    }

    fn begin(&mut self) -> Result<Transaction<'_>, LedgerError> {
        let path = self.path.clone();
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| LedgerError::Sql { path, source })
    }

    fn sql(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::Sql { path: self.path.clone(), source }
    }

    /// Appends the event that `decide` asks for. `decide` is called with the write lock held, after it has been shown every
    /// event past `after`, so that it judges by what is there and no other process can come between.
    pub fn append(
        &mut self,
        after: i64,
        decide: impl FnOnce(Vec<Row>) -> Result<Option<Body>, LedgerError>,
    ) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let sql = |source| LedgerError::Sql { path: path.clone(), source };
        let transaction = self.begin()?;
        let rows = rows_after(&transaction, after).map_err(sql)?;
        let Some(body) = decide(rows)? else { return Ok(()) };
        let body = serde_json::to_string(&body).map_err(|source| LedgerError::Body { event: 0, source })?;
        let last: Option<(i64, String)> = transaction
            .query_row("SELECT number, hash FROM event ORDER BY number DESC LIMIT 1", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()
            .map_err(sql)?;
        let (last, previous) = last.unwrap_or_else(|| (0, chain::ROOT.to_owned()));
        let number = last + 1;
        let hash = chain::hash(number, &previous, &body);
        transaction
            .execute(
                "INSERT INTO event (number, previous, hash, body) VALUES (?1, ?2, ?3, ?4)",
                params![number, previous, hash, body],
            )
            .map_err(sql)?;
        transaction.commit().map_err(sql)
    }

    /// One event.
    pub fn event(&self, number: i64) -> Result<Event, LedgerError> {
        let row = self
            .connection
            .query_row("SELECT number, previous, hash, body FROM event WHERE number = ?1", [number], read_row)
            .map_err(|e| self.sql(e))?;
        let Row { number, previous, hash, body } = row;
        Ok(Event { number, previous, hash, body: parse(number, &body)? })
    }

    /// Shows every event after a number to `look`, in order and one at a time.
    pub fn each(&self, after: i64, mut look: impl FnMut(Row) -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        let sql = |e| self.sql(e);
        let mut statement = self.connection.prepare_cached(AFTER).map_err(sql)?;
        for row in statement.query_map([after], read_row).map_err(sql)? {
            look(row.map_err(sql)?)?;
        }
        Ok(())
    }
}

/// Reads a stored body.
pub(super) fn parse(number: i64, body: &str) -> Result<Body, LedgerError> {
    serde_json::from_str(body).map_err(|source| LedgerError::Body { event: number, source })
}

fn rows_after(connection: &Connection, after: i64) -> rusqlite::Result<Vec<Row>> {
    connection.prepare_cached(AFTER)?.query_map([after], read_row)?.collect()
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row { number: row.get(0)?, previous: row.get(1)?, hash: row.get(2)?, body: row.get(3)? })
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes the file before SQLite does, which would make it readable by everyone. An existing file keeps its mode.
fn create_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
