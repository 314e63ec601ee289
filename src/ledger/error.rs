//! Why a ledger cannot be used, and what to do.

use std::path::{Path, PathBuf};

use super::head::Head;

/// Why a ledger could not be used. The text says what, where and what to do; what to do comes first, for it may be cut to a line
/// of the screen.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The user's data folder is unknown.
    #[error("the user's data folder is unknown (no home folder is set); name a ledger with --ledger FILE")]
    NoHome,
    /// The file system refused.
    #[error("cannot open the ledger {}: {source}; name another with --ledger FILE", path.display())]
    Io {
        /// The ledger's path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error("the ledger {} cannot be used: {source}", path.display())]
    Sql {
        /// The ledger's path.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file is no database, or one that holds together no more.
    #[error("the ledger is damaged, or is none; cerebro ledger restore puts a backup back: {} ({source})", path.display())]
    Damaged {
        /// The ledger's path.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A file that is shorter than any ledger.
    #[error("the ledger has only {bytes} bytes; cerebro ledger restore puts a backup back: {} (to begin a new one, delete the file)", path.display())]
    Short {
        /// The ledger's path.
        path: PathBuf,
        /// How long it is.
        bytes: u64,
    },
    /// It was there, and is not.
    #[error("the ledger with {known} events is gone; cerebro ledger restore puts a backup back: {} (to begin a new one, delete {} and the backups)", path.display(), Head::path(path).display())]
    Gone {
        /// The ledger's path.
        path: PathBuf,
        /// How many events it is known to have had.
        known: i64,
    },
    /// It was longer.
    #[error("the ledger ends with event {there} but had {known}; cerebro ledger restore puts a backup back: {} (it was cut off, or is an older copy; to go on with it, delete {} and the backups with more events)", path.display(), Head::path(path).display())]
    RolledBack {
        /// The ledger's path.
        path: PathBuf,
        /// How many events there are.
        there: i64,
        /// How many events it is known to have had.
        known: i64,
    },
    /// There is nothing to put back.
    #[error("no backup of the ledger {} is sound; nothing was changed", path.display())]
    NoBackup {
        /// The ledger's path.
        path: PathBuf,
    },
    /// There is no reason to put something back.
    #[error("the ledger {} is sound and has all {events} events; nothing was changed", path.display())]
    Sound {
        /// The ledger's path.
        path: PathBuf,
        /// How many events there are.
        events: i64,
    },
    /// An SQLite file of something else.
    #[error("{} is a database of another program; name a ledger with --ledger FILE", path.display())]
    NotALedger {
        /// The file's path.
        path: PathBuf,
    },
    /// Written by a later version of the tool.
    #[error("the ledger {} was written by a later version of cerebro (format {version}); update cerebro", path.display())]
    Newer {
        /// The ledger's path.
        path: PathBuf,
        /// Its format.
        version: i32,
    },
    /// The address of a server is wrong.
    #[error("the address of the ledger's server cannot be used: {what}")]
    Address {
        /// What is wrong with it; nothing of it itself, for it may hold a password.
        what: &'static str,
    },
    /// The server cannot be reached now.
    #[error("offline: the ledger's server cannot be reached: {place} ({why})")]
    Offline {
        /// The server, without a password.
        place: String,
        /// Why not, escaped.
        why: String,
    },
    /// The server does not let this person do that.
    #[error("the ledger's server does not allow that: {why}; its owner gives roles (cerebro ledger roles): {place}")]
    Refused {
        /// The server, without a password.
        place: String,
        /// What it said, escaped.
        why: String,
    },
    /// Something on the server is wrong.
    #[error("the ledger {place} cannot be used: {why}")]
    Server {
        /// The server, without a password.
        place: String,
        /// What it said, escaped.
        why: String,
    },
    /// The log on the server was longer.
    #[error("the ledger on the server ends with event {there} but had {known}: ask who keeps it, it was cut off or an older copy was put back: {place} (to go on with it, delete {})", head.display())]
    ServerRolledBack {
        /// The server, without a password.
        place: String,
        /// How many events there are.
        there: i64,
        /// How many events it is known to have had.
        known: i64,
        /// What knows that.
        head: PathBuf,
    },
    /// The server's tables are of a later version of the tool.
    #[error("the ledger {place} was made by a later version of cerebro (format {version}); update cerebro")]
    NewerServer {
        /// The server, without a password.
        place: String,
        /// Its format.
        version: i64,
    },
    /// What works on a file was asked of a server.
    #[error(
        "the ledger {place} is on a server, whose keeper makes copies of it and puts them back (pg_dump); nothing was changed"
    )]
    OnAServer {
        /// The server, without a password.
        place: String,
    },
    /// What works on a server was asked of a file.
    #[error("roles are for a ledger on a server: name one with --ledger postgres://...")]
    NoServer,
    /// There is no such event.
    #[error("there is no event {event} in the ledger")]
    NoEvent {
        /// Its number.
        event: i64,
    },
    /// A row holds something else than what this program writes.
    #[error("a row of the ledger's tables holds something strange in its column {column}")]
    Cell {
        /// The column of the answer, from 0.
        column: usize,
    },
    /// An event's JSON is not what this version writes.
    #[error("event {event} of the ledger cannot be read: {}", crate::text::escape(&source.to_string()))]
    Body {
        /// The event's number.
        event: i64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The chain does not hold: an event was changed, moved or removed.
    #[error("the ledger was changed at event {event}: {what}; cerebro ledger restore puts a backup back")]
    Broken {
        /// The first event that does not fit.
        event: i64,
        /// What does not fit.
        what: &'static str,
    },
}

impl LedgerError {
    /// What SQLite said of a file.
    pub(super) fn sql(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged { path, source },
            _ => Self::Sql { path, source },
        }
    }
}
