//! The line to the server, and the tables at its other end.

use std::cell::RefMut;
use std::collections::HashMap;
use std::error::Error as _;
use std::io;
use std::time::Instant;

use bytes::BytesMut;
use postgres::fallible_iterator::FallibleIterator as _;

use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, GenericClient, Statement};

use super::Address;
use crate::ledger::LedgerError;
use crate::ledger::tables::{Cells, Look, Tables, Transaction, Value};
use crate::text::escape;

/// What the server has prepared on this line.
pub(super) type Statements = HashMap<String, Statement>;

/// A line to the server.
#[derive(Default)]
pub(super) struct Line {
    pub client: Option<Client>,
    pub statements: Statements,
    /// Whether it was cut.
    pub broken: bool,
    /// When the server could last not be reached, and why.
    pub away: Option<(Instant, String)>,
    /// Whom the server let in.
    pub user: String,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("user", &self.user).field("broken", &self.broken).finish_non_exhaustive()
    }
}

/// Notes whether a line is still whole, and says what is wrong.
pub(super) struct Whole<'a> {
    broken: &'a mut bool,
    address: &'a Address,
}

impl Whole<'_> {
    /// What a failure means.
    pub fn failed(&mut self, error: postgres::Error) -> LedgerError {
        let told = told(self.address, &error);
        *self.broken |= matches!(told, LedgerError::Offline { .. });
        told
    }
}

impl Line {
    /// Whether it can be used.
    pub fn is_whole(&self) -> bool {
        !self.broken && self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    /// Its parts, each to be used by itself.
    pub fn parts<'a>(
        &'a mut self,
        address: &'a Address,
    ) -> Result<(&'a mut Client, &'a mut Statements, Whole<'a>), LedgerError> {
        let away = || LedgerError::Offline { place: address.shown.clone(), why: "there is no connection".to_owned() };
        let client = self.client.as_mut().ok_or_else(away)?;
        Ok((client, &mut self.statements, Whole { broken: &mut self.broken, address }))
    }
}

/// What a failure means: that the server is away for now, that it forbids something, or something that waiting does not mend.
pub(super) fn told(address: &Address, error: &postgres::Error) -> LedgerError {
    let place = address.shown.clone();
    let mut why = error.to_string();
    let mut cause = error.source();
    let mut cut = error.is_closed();
    while let Some(source) = cause {
        why = format!("{why}: {source}");
        if let Some(source) = source.downcast_ref::<io::Error>() {
            // What rustls refuses is invalid data, and will be tomorrow.
            cut |= source.kind() != io::ErrorKind::InvalidData;
        }
        cause = source.source();
    }
    let Some(said) = error.as_db_error() else {
        let why = escape(&why).into_owned();
        cut |= why.starts_with("timeout");
        return if cut { LedgerError::Offline { place, why } } else { LedgerError::Server { place, why } };
    };
    let why = escape(said.message()).into_owned();
    match said.code().code() {
        // Shutting down, starting up, too many clients, a connection that ended, a log that somebody else holds for too long.
        "57P01" | "57P02" | "57P03" | "53300" | "25P03" | "55P03" => LedgerError::Offline { place, why },
        code if code.starts_with("08") => LedgerError::Offline { place, why },
        "42501" => LedgerError::Refused { place, why },
        code if code.starts_with("28") => LedgerError::Refused { place, why },
        _ => LedgerError::Server { place, why },
    }
}

/// The tables as they are read.
pub(super) struct Open<'a> {
    pub line: RefMut<'a, Line>,
    pub address: &'a Address,
}

/// The tables in a transaction.
pub(super) struct Changing<'a> {
    pub transaction: postgres::Transaction<'a>,
    pub statements: &'a mut Statements,
    pub whole: Whole<'a>,
}

/// The statement as the server has prepared it.
fn prepared(
    client: &mut impl GenericClient,
    statements: &mut Statements,
    text: &str,
) -> Result<Statement, postgres::Error> {
    if let Some(statement) = statements.get(text) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(&text.replace('?', "$"))?;
    statements.insert(text.to_owned(), statement.clone());
    Ok(statement)
}

fn execute(
    client: &mut impl GenericClient,
    statements: &mut Statements,
    whole: &mut Whole<'_>,
    text: &str,
    values: &[Value<'_>],
) -> Result<u64, LedgerError> {
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
    let done = prepared(client, statements, text).and_then(|statement| client.execute(&statement, &values));
    done.map_err(|error| whole.failed(error))
}

fn query(
    client: &mut impl GenericClient,
    statements: &mut Statements,
    whole: &mut Whole<'_>,
    text: &str,
    values: &[Value<'_>],
    look: Look<'_>,
) -> Result<(), LedgerError> {
    let statement = prepared(client, statements, text).map_err(|error| whole.failed(error))?;
    let rows = client.query_raw(&statement, values.iter().map(|value| value as &(dyn ToSql + Sync)));
    let mut rows = rows.map_err(|error| whole.failed(error))?;
    while let Some(row) = rows.next().map_err(|error| whole.failed(error))? {
        let cell = |column| row.try_get(column).map_err(|_| LedgerError::Cell { column });
        look(&Cells((0..row.len()).map(cell).collect::<Result<_, _>>()?))?;
    }
    Ok(())
}

impl Tables for Open<'_> {
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, LedgerError> {
        let (client, statements, mut whole) = self.line.parts(self.address)?;
        execute(client, statements, &mut whole, statement, values)
    }

    fn query(&mut self, statement: &str, values: &[Value<'_>], look: Look<'_>) -> Result<(), LedgerError> {
        let (client, statements, mut whole) = self.line.parts(self.address)?;
        query(client, statements, &mut whole, statement, values, look)
    }

    fn locking(&self) -> &'static str {
        LOCKING
    }
}

impl Tables for Changing<'_> {
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, LedgerError> {
        execute(&mut self.transaction, self.statements, &mut self.whole, statement, values)
    }

    fn query(&mut self, statement: &str, values: &[Value<'_>], look: Look<'_>) -> Result<(), LedgerError> {
        query(&mut self.transaction, self.statements, &mut self.whole, statement, values, look)
    }

    fn locking(&self) -> &'static str {
        LOCKING
    }
}

const LOCKING: &str = " FOR UPDATE SKIP LOCKED";

impl Transaction for Changing<'_> {
    fn commit(self: Box<Self>) -> Result<(), LedgerError> {
        let Self { transaction, mut whole, .. } = *self;
        transaction.commit().map_err(|error| whole.failed(error))
    }
}

type Strange = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Strange> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(integer) => integer.to_sql(of, out),
            Self::Real(real) => real.to_sql(of, out),
            // The one character that the server cannot keep; names that packages give themselves may have it.
            Self::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(of, out),
            Self::Text(text) => text.to_sql(of, out),
            Self::Blob(bytes) => bytes.to_sql(of, out),
        }
    }

    fn accepts(of: &Type) -> bool {
        [Type::INT8, Type::FLOAT8, Type::TEXT, Type::BYTEA].contains(of)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Strange> {
        Ok(match *of {
            Type::INT4 => Self::Integer(i32::from_sql(of, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(of, raw)?),
            Type::FLOAT8 => Self::Real(f64::from_sql(of, raw)?),
            Type::BYTEA => Self::Blob(raw),
            _ => Self::Text(FromSql::from_sql(of, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Strange> {
        Ok(Self::Null)
    }

    fn accepts(of: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::FLOAT8, Type::TEXT, Type::BYTEA].contains(of)
    }
}
