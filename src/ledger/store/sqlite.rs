//! The SQLite file: schema, safe opening, transactions.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use rusqlite::backup::Progress;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior, params_from_iter};

use super::super::LedgerError;
use super::super::head::{Stamp, private_file, private_folder, unused};
use super::super::tables::{Cells, Look, Tables, Transaction, Value};
use super::{Purpose, Store};

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

/// Items that wait, and who holds which. The seed decides which packages the random share consists of; drawn once, so that the share stays the same.
const WORKING: &str = "
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

/// Made when something is first kept in them, so that a ledger from before has them too.
const KNOWN: &str = "
CREATE TABLE IF NOT EXISTS known_case (
    sha256   TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    version  TEXT NOT NULL,
    event    INTEGER NOT NULL,
    code     BLOB,
    behavior BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_bad (
    sha256 TEXT PRIMARY KEY,
    list   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// An open ledger file.
#[derive(Debug)]
pub(in crate::ledger) struct Sqlite {
    connection: Connection,
    path: PathBuf,
    /// Whether it is a file; one in memory has nothing beside it.
    on_disk: bool,
    /// The file as it is, if nobody else has written to it since all of it was verified.
    pub(in crate::ledger) stamp: Option<Stamp>,
}

impl Sqlite {
    /// Opens a ledger, making it (private to the user) where there is none.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let io = |source| LedgerError::Io { path: path.to_path_buf(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_folder(folder).map_err(io)?;
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
        let Self { connection, path, .. } = self;
        let migrated = (|| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Read again under the lock: another process may just have done it.
            let version: i32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if version < SCHEMA_VERSION {
                transaction.execute_batch(WORKING)?;
                transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            }
            transaction.commit()
        })();
        migrated.map_err(|source| LedgerError::sql(path, source))
    }

    fn pragma(&self, name: &str) -> Result<i32, LedgerError> {
        self.connection.pragma_query_value(None, name, |row| row.get(0)).map_err(|e| self.sql(e))
    }

    fn sql(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::sql(&self.path, source)
    }

    /// Copies the whole file, also while others write to it.
    pub fn copy_to(&self, place: &Path) -> Result<(), LedgerError> {
        self.connection.backup(MAIN_DB, place, None::<fn(Progress)>).map_err(|e| self.sql(e))
    }
}

impl Store for Sqlite {
    fn read(&self) -> Result<Box<dyn Tables + '_>, LedgerError> {
        Ok(Box::new(Open { connection: &self.connection, path: &self.path }))
    }

    /// The lock is held from the beginning: nobody else writes, whatever it is for.
    fn begin(&mut self, _: Purpose) -> Result<Box<dyn Transaction + '_>, LedgerError> {
        let Self { connection, path, stamp, .. } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.map_err(|source| LedgerError::sql(path, source))?;
        // Whoever wrote before may have changed what was verified.
        let ours = stamp.is_some() && *stamp == Stamp::of(path);
        Ok(Box::new(Changing { transaction, path, stamp, ours }))
    }

    fn beside(&self) -> Option<&Path> {
        self.on_disk.then_some(&self.path)
    }

    fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    fn ahead(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    fn rolled_back(&self, there: i64, known: i64) -> LedgerError {
        LedgerError::RolledBack { path: self.path.clone(), there, known }
    }

    fn file(&self) -> Option<&Sqlite> {
        self.on_disk.then_some(self)
    }
}

/// The tables as they are read.
struct Open<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

/// The tables in a transaction.
struct Changing<'a> {
    transaction: rusqlite::Transaction<'a>,
    path: &'a Path,
    stamp: &'a mut Option<Stamp>,
    /// Whether nobody else has written since all of it was verified.
    ours: bool,
}

impl Open<'_> {
    fn sql(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::sql(self.path, source)
    }
}

impl Tables for Open<'_> {
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, LedgerError> {
        let mut statement = self.connection.prepare_cached(statement).map_err(|e| self.sql(e))?;
        let changed = statement.execute(params_from_iter(values)).map_err(|e| self.sql(e))?;
        Ok(changed as u64)
    }

    fn query(&mut self, statement: &str, values: &[Value<'_>], look: Look<'_>) -> Result<(), LedgerError> {
        let mut statement = self.connection.prepare_cached(statement).map_err(|e| self.sql(e))?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values)).map_err(|e| self.sql(e))?;
        while let Some(row) = rows.next().map_err(|e| self.sql(e))? {
            let cell = |column| match row.get_ref(column).map_err(|e| self.sql(e))? {
                ValueRef::Null => Ok(Value::Null),
                ValueRef::Integer(integer) => Ok(Value::Integer(integer)),
                ValueRef::Real(real) => Ok(Value::Real(real)),
                ValueRef::Text(text) => {
                    std::str::from_utf8(text).map(Value::Text).map_err(|_| LedgerError::Cell { column })
                }
                ValueRef::Blob(bytes) => Ok(Value::Blob(bytes)),
            };
            look(&Cells((0..columns).map(cell).collect::<Result<_, LedgerError>>()?))?;
        }
        Ok(())
    }

    fn locking(&self) -> &'static str {
        ""
    }

    fn has_known(&mut self) -> Result<bool, LedgerError> {
        let mut there = false;
        let query = "SELECT 1 FROM sqlite_master WHERE name = 'known_bad'";
        self.query(query, &[], &mut |_| {
            there = true;
            Ok(())
        })?;
        Ok(there)
    }

    fn make_known(&mut self) -> Result<(), LedgerError> {
        self.connection.execute_batch(KNOWN).map_err(|e| self.sql(e))
    }
}

impl Changing<'_> {
    fn open(&self) -> Open<'_> {
        Open { connection: &self.transaction, path: self.path }
    }
}

impl Tables for Changing<'_> {
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, LedgerError> {
        self.open().execute(statement, values)
    }

    fn query(&mut self, statement: &str, values: &[Value<'_>], look: Look<'_>) -> Result<(), LedgerError> {
        self.open().query(statement, values, look)
    }

    fn locking(&self) -> &'static str {
        self.open().locking()
    }

    fn has_known(&mut self) -> Result<bool, LedgerError> {
        self.open().has_known()
    }

    fn make_known(&mut self) -> Result<(), LedgerError> {
        self.open().make_known()
    }
}

impl Transaction for Changing<'_> {
    fn commit(self: Box<Self>) -> Result<(), LedgerError> {
        let Self { transaction, path, stamp, ours } = *self;
        transaction.commit().map_err(|source| LedgerError::sql(path, source))?;
        *stamp = if ours { Stamp::of(path) } else { None };
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(integer),
            Self::Real(real) => ValueRef::Real(real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
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
    transaction.execute_batch(WORKING)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()
}
