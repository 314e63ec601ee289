//! The SQLite file: schema, safe opening, appending, reading. The tables of working
//! state beside the events are in [`working`].

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Progress;
use rusqlite::{Connection, MAIN_DB, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::event::{Body, Event};
use super::head::{Stamp, private_file, unused};
use super::{LedgerError, chain, working};

/// `CRBO`: tells our files from other SQLite files.
const APPLICATION_ID: i32 = 0x4352_424F;
/// Version of the schema: 1 has the events, 2 the queue beside them.
const SCHEMA_VERSION: i32 = 2;

/// Bytes of SQLite's smallest page.
const SHORTEST: u64 = 512;

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
    /// Whether it is a file; one in memory has nothing beside it.
    pub on_disk: bool,
    /// The file as it is, if nobody else has written to it since all of it was verified.
    pub stamp: Option<Stamp>,
}

impl Store {
    /// Opens a ledger, making it (private to the user) where there is none.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let io = |source| LedgerError::Io { path: path.to_path_buf(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_folder(folder).map_err(io)?;
        }
        match fs::metadata(path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => create(path)?,
            Err(error) => return Err(io(error)),
        }
        let mut store = Self::open_existing(path)?;
        store.prepare()?;
        Ok(store)
    }

    /// A ledger in memory alone.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = PathBuf::from(":memory:");
        let mut connection = Connection::open_in_memory().map_err(|source| LedgerError::sql(&path, source))?;
        make_tables(&mut connection).map_err(|source| LedgerError::sql(&path, source))?;
        let mut store = Self { connection, path, on_disk: false, stamp: None };
        store.prepare()?;
        Ok(store)
    }

    /// Opens a file that must be a ledger.
    pub fn open_existing(path: &Path) -> Result<Self, LedgerError> {
        let io = |source| LedgerError::Io { path: path.to_path_buf(), source };
        let about = fs::metadata(path).map_err(io)?;
        if !about.is_file() {
            return Err(io(std::io::Error::other("it is no file")));
        }
        // SQLite would take what is shorter than a page for a new database.
        if about.len() < SHORTEST {
            return Err(LedgerError::Short { path: path.to_path_buf(), bytes: about.len() });
        }
        let sql = |source| LedgerError::sql(path, source);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
        // Another workbench may hold the lock for the length of one commit.
        connection.busy_timeout(Duration::from_secs(10)).map_err(sql)?;
        let store = Self { connection, path: path.to_path_buf(), on_disk: true, stamp: None };
        if store.pragma("application_id")? != APPLICATION_ID {
            return Err(LedgerError::NotALedger { path: path.to_path_buf() });
        }
        Ok(store)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn prepare(&mut self) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let version = self.pragma("user_version")?;
        if version > SCHEMA_VERSION {
            return Err(LedgerError::Newer { path, version });
        }
        if version < SCHEMA_VERSION {
            self.migrate()?;
        }
        // A rollback journal keeps the ledger one file. EXTRA also syncs the folder after the journal is removed, without
        // which a power cut could bring back the journal and with it the state before the last commit.
        self.connection
            .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA trusted_schema = OFF;")
            .map_err(|source| LedgerError::sql(&path, source))
    }

    /// Brings the file of an earlier version up to date: the events stay as they are, the queue's tables come beside them.
    fn migrate(&mut self) -> Result<(), LedgerError> {
        self.write(|transaction, sql| {
            // Read again under the lock: another process may just have done it.
            let version: i32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql)?;
            if version < SCHEMA_VERSION {
                transaction.execute_batch(working::SCHEMA).map_err(sql)?;
                transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(sql)?;
            }
            Ok(())
        })
    }

    fn pragma(&self, name: &str) -> Result<i32, LedgerError> {
        self.connection.pragma_query_value(None, name, |row| row.get(0)).map_err(|e| self.sql(e))
    }

    /// Does what changes the file in one transaction, with the lock held from its beginning.
    pub fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &dyn Fn(rusqlite::Error) -> LedgerError) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let Self { connection, path, stamp, .. } = self;
        let sql = |source| LedgerError::sql(path, source);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        // Nobody else writes from here on. Whoever did before may have changed what was verified.
        let ours = stamp.is_some() && *stamp == Stamp::of(path);
        let answer = work(&transaction, &sql)?;
        transaction.commit().map_err(sql)?;
        *stamp = if ours { Stamp::of(path) } else { None };
        Ok(answer)
    }

    /// Reads the file.
    pub fn look<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LedgerError> {
        look(&self.connection).map_err(|e| self.sql(e))
    }

    fn sql(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::sql(&self.path, source)
    }

    /// Copies the whole file, also while others write to it.
    pub fn copy_to(&self, place: &Path) -> Result<(), LedgerError> {
        self.connection.backup(MAIN_DB, place, None::<fn(Progress)>).map_err(|e| self.sql(e))
    }

    /// Appends the event that `decide` asks for to a log that ends with number and hash of `after`. `decide` is called with the
    /// write lock held, after it has been shown every event past that, so that it judges by what is there and no other process
    /// can come between.
    pub fn append(
        &mut self,
        after: (i64, String),
        decide: impl FnOnce(Vec<Row>) -> Result<Option<Body>, LedgerError>,
    ) -> Result<(), LedgerError> {
        let path = self.path.clone();
        self.write(|transaction, sql| {
            let rows = rows_after(transaction, after.0).map_err(sql)?;
            let end = rows.last().map_or(after, |row| (row.number, row.hash.clone()));
            let Some(body) = decide(rows)? else { return Ok(()) };
            let body = serde_json::to_string(&body).map_err(|source| LedgerError::Body { event: 0, source })?;
            let last: Option<(i64, String)> = transaction
                .query_row("SELECT number, hash FROM event ORDER BY number DESC LIMIT 1", [], |r| {
                    Ok((r.get(0)?, r.get(1)?))
                })
                .optional()
                .map_err(sql)?;
            let last = last.unwrap_or_else(|| (0, chain::ROOT.to_owned()));
            if last != end {
                return Err(LedgerError::RolledBack { path: path.clone(), there: last.0, known: end.0 });
            }
            let number = end.0 + 1;
            let hash = chain::hash(number, &end.1, &body);
            transaction
                .execute(
                    "INSERT INTO event (number, previous, hash, body) VALUES (?1, ?2, ?3, ?4)",
                    params![number, end.1, hash, body],
                )
                .map(drop)
                .map_err(sql)
        })
    }

    /// The hash of an event, if there is such an event.
    pub fn hash_of(&self, number: i64) -> Result<Option<String>, LedgerError> {
        self.connection
            .query_row("SELECT hash FROM event WHERE number = ?1", [number], |row| row.get(0))
            .optional()
            .map_err(|e| self.sql(e))
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

/// The events after a number, in order.
pub(super) fn rows_after(connection: &Connection, after: i64) -> rusqlite::Result<Vec<Row>> {
    connection.prepare_cached(AFTER)?.query_map([after], read_row)?.collect()
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row { number: row.get(0)?, previous: row.get(1)?, hash: row.get(2)?, body: row.get(3)? })
}

/// Makes an empty ledger. It is there whole or not at all, whenever the process is killed and whoever makes it at the same time.
fn create(path: &Path) -> Result<(), LedgerError> {
    let io = |source| LedgerError::Io { path: path.to_path_buf(), source };
    let sql = |source| LedgerError::sql(path, source);
    let new = unused(path);
    // Before SQLite does, which would make it readable by everyone.
    private_file(&new).map_err(io)?;
    let mut connection = Connection::open(&new).map_err(sql)?;
    make_tables(&mut connection).map_err(sql)?;
    drop(connection);
    // Unlike a rename, a link never takes the place of what another process has just made.
    let linked = fs::hard_link(&new, path);
    let placed = match linked {
        Ok(()) => Ok(()),
        Err(_) if path.exists() => Ok(()),
        // A file system without links.
        Err(_) => return fs::rename(&new, path).map_err(io),
    };
    // A leftover costs only space.
    let _ = fs::remove_file(&new);
    placed
}

/// Makes an empty database a ledger.
fn make_tables(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute_batch(working::SCHEMA)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
