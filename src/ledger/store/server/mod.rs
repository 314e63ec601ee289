//! The PostgreSQL server: connecting, the formats of its tables, transactions. The tables lie in the schema `cerebro`.

use std::cell::{Cell, RefCell, RefMut};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use postgres::{Client, NoTls};

use super::super::LedgerError;
use super::super::head::Stamp;
use super::super::tables::{Tables, Transaction};
use super::{Purpose, Sqlite, Store};

mod address;
mod line;
mod tls;

pub(in crate::ledger) use address::{Address, is_server};
use line::{Changing, Line, Open, Statements};
use tls::Tls;

/// The script that makes the roles of a team.
pub(in crate::ledger) const ROLES: &str = include_str!("roles.sql");

/// What brings the tables from one format to the next, the first from nothing.
const FORMATS: [&str; 2] = [include_str!("log.sql"), include_str!("working.sql")];

/// `CRBO`: the lock of who appends to the log, or changes the tables' format.
const LOCK: i64 = 0x4352_424F;

/// So long after a server could not be reached it is not tried again: whoever works meanwhile must not wait each time.
const PAUSE: Duration = Duration::from_secs(2);

/// What every connection begins with. A client that is gone must not keep the log locked.
const BEGIN: &str = "SET search_path TO cerebro, pg_temp; SET client_min_messages TO warning; SET lock_timeout TO '15s'; \
                     SET idle_in_transaction_session_timeout TO '60s'";

/// A ledger on a server.
#[derive(Debug)]
pub(in crate::ledger) struct Postgres {
    address: Address,
    /// What lies beside a ledger lies on this machine under this path.
    beside: PathBuf,
    line: RefCell<Line>,
    /// By how much its clock is ahead of ours.
    ahead: Cell<SignedDuration>,
}

impl Postgres {
    /// Connects, and makes the tables where there are none. What belongs beside the ledger is kept in a folder of this machine.
    pub fn open(address: Address, folder: &Path) -> Result<Self, LedgerError> {
        let beside = folder.join(format!("server-{}", address.key));
        let store = Self { address, beside, line: RefCell::default(), ahead: Cell::default() };
        let mut line = store.line()?;
        store.prepare(&mut line)?;
        drop(line);
        Ok(store)
    }

    /// Whom the server let in.
    pub fn user(&self) -> String {
        self.line.borrow().user.clone()
    }

    /// The server as it is told.
    pub fn shown(&self) -> &str {
        &self.address.shown
    }

    /// Makes the roles of a team.
    pub fn make_roles(&self) -> Result<(), LedgerError> {
        let mut line = self.line()?;
        let (client, _, mut whole) = line.parts(&self.address)?;
        client.batch_execute(ROLES).map_err(|error| whole.failed(error))
    }

    /// The line to the server, anew where it was cut.
    fn line(&self) -> Result<RefMut<'_, Line>, LedgerError> {
        let busy = || "it is asked something else within an answer, which is a fault of ours".to_owned();
        let busy = |_| LedgerError::Server { place: self.address.shown.clone(), why: busy() };
        let mut line = self.line.try_borrow_mut().map_err(busy)?;
        self.connect(&mut line)?;
        Ok(line)
    }

    fn connect(&self, line: &mut Line) -> Result<(), LedgerError> {
        if line.is_whole() {
            return Ok(());
        }
        if let Some((at, why)) = &line.away
            && at.elapsed() < PAUSE
        {
            return Err(LedgerError::Offline { place: self.address.shown.clone(), why: why.clone() });
        }
        match self.dial() {
            Ok(new) => {
                *line = new;
                Ok(())
            }
            Err(error) => {
                line.client = None;
                if let LedgerError::Offline { why, .. } = &error {
                    line.away = Some((Instant::now(), why.clone()));
                }
                Err(error)
            }
        }
    }

    fn dial(&self) -> Result<Line, LedgerError> {
        let Address { config, roots, shown, .. } = &self.address;
        let failed = |error| line::told(&self.address, &error);
        let mut client: Client = if config.get_ssl_mode() == postgres::config::SslMode::Disable {
            config.connect(NoTls).map_err(failed)?
        } else {
            let tls = Tls::new(roots.as_deref());
            let tls = tls.map_err(|why| LedgerError::Server { place: shown.clone(), why })?;
            config.connect(tls).map_err(failed)?
        };
        client.batch_execute(BEGIN).map_err(failed)?;
        let asked = Instant::now();
        let before = jiff::Timestamp::now();
        let query = "SELECT session_user::text, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, \
                     current_setting('server_encoding')";
        let row = client.query_one(query, &[]).map_err(failed)?;
        let (user, there): (String, i64) = (row.get(0), row.get(1));
        if row.get::<_, String>(2) != "UTF8" {
            let why = "its encoding is not UTF8: make a database with that".to_owned();
            return Err(LedgerError::Server { place: shown.clone(), why });
        }
        // The answer was under way for half of the time.
        let here = before.as_millisecond() + i64::try_from(asked.elapsed().as_millis() / 2).unwrap_or(0);
        self.ahead.set(SignedDuration::from_millis(there - here));
        Ok(Line { client: Some(client), statements: Statements::default(), broken: false, away: None, user })
    }

    /// Brings the tables to the format that this version knows.
    fn prepare(&self, line: &mut Line) -> Result<(), LedgerError> {
        let newest = FORMATS.len() as i64;
        let (client, _, mut whole) = line.parts(&self.address)?;
        let version = format(client).map_err(|error| whole.failed(error))?;
        if version > newest {
            return Err(LedgerError::NewerServer { place: self.address.shown.clone(), version });
        }
        if version == newest {
            return Ok(());
        }
        let mut migrate = || {
            let mut transaction = client.transaction()?;
            transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
            // Read again under the lock: another client may just have done it.
            let version = format(&mut transaction)?;
            for change in FORMATS.iter().skip(usize::try_from(version).unwrap_or(0)) {
                transaction.batch_execute(change)?;
            }
            transaction.execute(
                "INSERT INTO cerebro.format (version) VALUES ($1) ON CONFLICT (one) DO UPDATE SET version = $1",
                &[&newest],
            )?;
            transaction.commit()
        };
        migrate().map_err(|error| whole.failed(error))
    }
}

/// The format of the tables, 0 where there are none.
fn format(client: &mut impl postgres::GenericClient) -> Result<i64, postgres::Error> {
    let there = client.query_one("SELECT to_regclass('cerebro.format') IS NOT NULL", &[])?;
    if !there.get::<_, bool>(0) {
        return Ok(0);
    }
    let row = client.query_opt("SELECT version FROM cerebro.format", &[])?;
    Ok(row.map_or(0, |row| row.get(0)))
}

impl Store for Postgres {
    fn read(&self) -> Result<Box<dyn Tables + '_>, LedgerError> {
        Ok(Box::new(Open { line: self.line()?, address: &self.address }))
    }

    fn begin(&mut self, purpose: Purpose) -> Result<Box<dyn Transaction + '_>, LedgerError> {
        drop(self.line()?);
        let Self { address, line, .. } = self;
        let (client, statements, mut whole) = line.get_mut().parts(address)?;
        let transaction = client.transaction();
        let mut transaction = match transaction {
            Ok(transaction) => transaction,
            Err(error) => return Err(whole.failed(error)),
        };
        if purpose == Purpose::Append
            && let Err(error) = transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        {
            return Err(whole.failed(error));
        }
        Ok(Box::new(Changing { transaction, statements, whole }))
    }

    fn beside(&self) -> Option<&Path> {
        Some(&self.beside)
    }

    fn stamp(&self) -> Option<Stamp> {
        None
    }

    fn ahead(&self) -> SignedDuration {
        self.ahead.get()
    }

    fn rolled_back(&self, there: i64, known: i64) -> LedgerError {
        LedgerError::ServerRolledBack {
            place: self.address.shown.clone(),
            there,
            known,
            head: super::super::head::Head::path(&self.beside),
        }
    }

    fn file(&self) -> Option<&Sqlite> {
        None
    }
}
