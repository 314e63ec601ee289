//! What former scans said, by content: an archive that is known is not read again.
//!
//! One SQLite file that any number of scans use at once. An answer is kept under the archive's hash and file name and under
//! who gave it: program, extractor, vocabulary, model. Another of these has answers of its own, so nothing has to be thrown
//! away when one changes. It holds nothing that cannot be made again.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

/// Told to SQLite, so that no other database is taken for a cache: `CrbC`.
const APPLICATION_ID: i32 = 0x4372_6243;

/// Answers by content.
#[derive(Debug)]
pub struct Cache {
    connection: Mutex<Connection>,
    by: String,
}

/// Why a cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// SQLite refused.
    #[error("the cache {} cannot be used: {source}; name another with --cache FILE", path.display())]
    Sql {
        /// Where it is.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Another program's, or a ledger.
    #[error("{} is a database, but no cache; name another file with --cache FILE", .0.display())]
    Other(PathBuf),
}

impl Cache {
    /// Opens a cache, or begins one. `by` names whoever gives the answers: what it had no part in is not its own.
    ///
    /// # Errors
    /// When the file cannot be opened or is no cache.
    pub fn open(path: &Path, by: impl Into<String>) -> Result<Self, CacheError> {
        let sql = |source| CacheError::Sql { path: path.to_path_buf(), source };
        let connection = Connection::open(path).map_err(sql)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(sql)?;
        let known: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(sql)?;
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sql)?;
        if known != APPLICATION_ID && tables > 0 {
            return Err(CacheError::Other(path.to_path_buf()));
        }
        // What a power cut takes is made again: it costs a few answers, never a wrong one.
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; \
                 CREATE TABLE IF NOT EXISTS answer (archive TEXT, name TEXT, by TEXT, text TEXT NOT NULL, \
                 PRIMARY KEY (archive, name, by)) WITHOUT ROWID;",
            )
            .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
            .map_err(sql)?;
        Ok(Self { connection: Mutex::new(connection), by: by.into() })
    }

    /// What was said of an archive.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn get(&self, archive: &str, name: &str) -> rusqlite::Result<Option<String>> {
        self.lock()
            .prepare_cached("SELECT text FROM answer WHERE archive = ?1 AND name = ?2 AND by = ?3")?
            .query_row(params![archive, name, self.by], |row| row.get(0))
            .optional()
    }

    /// Keeps what is said of an archive.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put(&self, archive: &str, name: &str, text: &str) -> rusqlite::Result<()> {
        self.lock()
            .prepare_cached("INSERT OR REPLACE INTO answer (archive, name, by, text) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![archive, name, self.by, text])
            .map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_content_name_and_who_gave_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known.sqlite");
        let cache = Cache::open(&path, "model one").unwrap();
        assert_eq!(cache.get("ab", "a.tgz").unwrap(), None);
        cache.put("ab", "a.tgz", "benign").unwrap();
        cache.put("ab", "a.tgz", "malicious").unwrap();
        let again = Cache::open(&path, "model one").unwrap();
        assert_eq!(again.get("ab", "a.tgz").unwrap().as_deref(), Some("malicious"));
        assert_eq!(again.get("ab", "b.tgz").unwrap(), None);
        assert_eq!(Cache::open(&path, "model two").unwrap().get("ab", "a.tgz").unwrap(), None);
    }

    #[test]
    fn another_file_is_not_taken_for_a_cache() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("other.sqlite");
        Connection::open(&database).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
        assert!(matches!(Cache::open(&database, "x"), Err(CacheError::Other(_))));
        let text = folder.path().join("notes.txt");
        std::fs::write(&text, "not a database, but long enough to be looked at as one by SQLite: ".repeat(20)).unwrap();
        let error = Cache::open(&text, "x").unwrap_err().to_string();
        assert!(error.contains("--cache FILE") && std::fs::read(&text).unwrap().len() > 1000, "{error}");
    }
}
