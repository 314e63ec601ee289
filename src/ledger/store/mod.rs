//! Where a ledger is kept: the engines, and what both have. The statements on the log are written here once.

use std::path::Path;

use jiff::SignedDuration;

use super::event::Body;
use super::head::Stamp;
use super::tables::{Cells, Tables, Transaction, first};
use super::{LedgerError, chain};

mod server;
mod sqlite;

pub(super) use server::{Address, Postgres, ROLES, is_server};
pub(super) use sqlite::Sqlite;

/// An event as it is stored, its body not yet parsed.
#[derive(Debug)]
pub(super) struct Row {
    pub number: i64,
    pub previous: String,
    pub hash: String,
    pub body: String,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To append to the log: nobody else does until it ends.
    Append,
    /// To change working state.
    Work,
}

/// An engine that keeps a log and working state beside it.
pub(super) trait Store: std::fmt::Debug + Send {
    /// The tables, to be read.
    fn read(&self) -> Result<Box<dyn Tables + '_>, LedgerError>;

    /// The tables, to be changed.
    fn begin(&mut self, purpose: Purpose) -> Result<Box<dyn Transaction + '_>, LedgerError>;

    /// Where the notes on this ledger lie beside; none for one in memory.
    fn beside(&self) -> Option<&Path>;

    /// The state of its file, if nobody else has written to it since all of it was verified.
    fn stamp(&self) -> Option<Stamp>;

    /// By how much its clock is ahead of this machine's: what several machines note has one clock.
    fn ahead(&self) -> SignedDuration;

    /// What is said of a log that ends with the event `there` and had more.
    fn rolled_back(&self, there: i64, known: i64) -> LedgerError;

    /// The file of which copies can be made, where it is one.
    fn file(&self) -> Option<&Sqlite>;
}

const COLUMNS: &str = "SELECT number, previous, hash, body FROM event";

/// Shows every event after a number to `look`, in order and one at a time.
pub(super) fn each(
    tables: &mut dyn Tables,
    after: i64,
    mut look: impl FnMut(Row) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let statement = format!("{COLUMNS} WHERE number > ?1 ORDER BY number");
    tables.query(&statement, &[after.into()], &mut |row| look(read_row(row)?))
}

/// One event, if there is such an event.
pub(super) fn row(tables: &mut dyn Tables, number: i64) -> Result<Option<Row>, LedgerError> {
    first(tables, &format!("{COLUMNS} WHERE number = ?1"), &[number.into()], read_row)
}

/// The hash of an event, if there is such an event.
pub(super) fn hash_of(tables: &mut dyn Tables, number: i64) -> Result<Option<String>, LedgerError> {
    let statement = "SELECT hash FROM event WHERE number = ?1";
    first(tables, statement, &[number.into()], |row| Ok(row.text(0)?.to_owned()))
}

/// Number and hash of the last event.
pub(super) fn end(tables: &mut dyn Tables) -> Result<(i64, String), LedgerError> {
    let statement = "SELECT number, hash FROM event ORDER BY number DESC LIMIT 1";
    let last = first(tables, statement, &[], |row| Ok((row.integer(0)?, row.text(1)?.to_owned())))?;
    Ok(last.unwrap_or_else(|| (0, chain::ROOT.to_owned())))
}

/// Appends an event to a log that ends with this number and hash; its own.
pub(super) fn insert(
    tables: &mut dyn Tables,
    (last, previous): &(i64, String),
    body: &str,
) -> Result<(i64, String), LedgerError> {
    let number = last + 1;
    let hash = chain::hash(number, previous, body);
    let statement = "INSERT INTO event (number, previous, hash, body) VALUES (?1, ?2, ?3, ?4)";
    tables.execute(statement, &[number.into(), previous.into(), (&hash).into(), body.into()])?;
    Ok((number, hash))
}

/// The event with this very body after a number: what was sent and never answered may have arrived.
pub(super) fn find(tables: &mut dyn Tables, after: i64, body: &str) -> Result<Option<i64>, LedgerError> {
    let statement = "SELECT number FROM event WHERE number > ?1 AND body = ?2 ORDER BY number LIMIT 1";
    first(tables, statement, &[after.into(), body.into()], |row| row.integer(0))
}

/// Writes a body as it is stored.
pub(super) fn written(body: &Body) -> Result<String, LedgerError> {
    serde_json::to_string(body).map_err(|source| LedgerError::Body { event: 0, source })
}

/// Reads a stored body.
pub(super) fn parse(number: i64, body: &str) -> Result<Body, LedgerError> {
    serde_json::from_str(body).map_err(|source| LedgerError::Body { event: number, source })
}

fn read_row(row: &Cells<'_>) -> Result<Row, LedgerError> {
    let text = |column| Ok::<_, LedgerError>(row.text(column)?.to_owned());
    Ok(Row { number: row.integer(0)?, previous: text(1)?, hash: text(2)?, body: text(3)? })
}
