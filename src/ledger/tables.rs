//! Statements and rows as both engines have them. Whoever keeps something in the ledger's tables writes its statements once, with
//! `?1`, `?2` for values.

use super::LedgerError;

/// A value that is given to a statement, or a cell of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// Nothing.
    Null,
    /// A number, or a time in milliseconds.
    Integer(i64),
    /// A share or a probability.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f32> for Value<'_> {
    fn from(value: f32) -> Self {
        Self::Real(value.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of an answer.
#[derive(Debug)]
pub(crate) struct Cells<'a>(pub Vec<Value<'a>>);

impl<'a> Cells<'a> {
    fn of<T>(&self, column: usize, read: impl FnOnce(Value<'a>) -> Option<T>) -> Result<Option<T>, LedgerError> {
        match self.0.get(column).copied() {
            None => Err(LedgerError::Cell { column }),
            Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or(LedgerError::Cell { column }),
        }
    }

    /// A number that may be missing.
    pub fn maybe_integer(&self, column: usize) -> Result<Option<i64>, LedgerError> {
        self.of(column, |value| match value {
            Value::Integer(integer) => Some(integer),
            _ => None,
        })
    }

    /// A probability that may be missing.
    pub fn maybe_real(&self, column: usize) -> Result<Option<f32>, LedgerError> {
        self.of(column, |value| match value {
            Value::Real(real) => Some(real as f32),
            _ => None,
        })
    }

    /// A text that may be missing.
    pub fn maybe_text(&self, column: usize) -> Result<Option<&'a str>, LedgerError> {
        self.of(column, |value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    /// Bytes that may be missing.
    pub fn maybe_blob(&self, column: usize) -> Result<Option<&'a [u8]>, LedgerError> {
        self.of(column, |value| match value {
            Value::Blob(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// A number.
    pub fn integer(&self, column: usize) -> Result<i64, LedgerError> {
        self.maybe_integer(column)?.ok_or(LedgerError::Cell { column })
    }

    /// A text.
    pub fn text(&self, column: usize) -> Result<&'a str, LedgerError> {
        self.maybe_text(column)?.ok_or(LedgerError::Cell { column })
    }
}

/// What is done with a row of an answer.
pub(crate) type Look<'a> = &'a mut dyn FnMut(&Cells<'_>) -> Result<(), LedgerError>;

/// The ledger's tables.
pub(crate) trait Tables {
    /// Runs a statement; how many rows it changed.
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, LedgerError>;

    /// Shows every row of an answer, one at a time.
    fn query(&mut self, statement: &str, values: &[Value<'_>], look: Look<'_>) -> Result<(), LedgerError>;

    /// What a `SELECT` ends with that locks its rows until the transaction ends and leaves out those that others have locked.
    /// Empty where a transaction locks everything.
    fn locking(&self) -> &'static str;

    /// Whether the tables of known cases are there. A server has them from the beginning.
    fn has_known(&mut self) -> Result<bool, LedgerError> {
        Ok(true)
    }

    /// Makes the tables of known cases, where they are not there.
    fn make_known(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }
}

/// A transaction: what it did is there when it was committed, and none of it when it is dropped.
pub(crate) trait Transaction: Tables {
    /// Ends it. What it did is on the disk then.
    fn commit(self: Box<Self>) -> Result<(), LedgerError>;
}

/// The first row of an answer.
pub(crate) fn first<T>(
    tables: &mut dyn Tables,
    statement: &str,
    values: &[Value<'_>],
    mut read: impl FnMut(&Cells<'_>) -> Result<T, LedgerError>,
) -> Result<Option<T>, LedgerError> {
    let mut found = None;
    tables.query(statement, values, &mut |row| {
        if found.is_none() {
            found = Some(read(row)?);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Every row of an answer.
pub(crate) fn all<T, C: Default + Extend<T>>(
    tables: &mut dyn Tables,
    statement: &str,
    values: &[Value<'_>],
    mut read: impl FnMut(&Cells<'_>) -> Result<T, LedgerError>,
) -> Result<C, LedgerError> {
    let mut found = C::default();
    tables.query(statement, values, &mut |row| {
        found.extend(std::iter::once(read(row)?));
        Ok(())
    })?;
    Ok(found)
}
