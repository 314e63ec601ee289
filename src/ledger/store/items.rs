//! The queue's tables: packages that wait for a decision, and who is looking at which. Working state, unlike the events: rows
//! are changed and removed, and what was decided is in the events alone.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{LedgerError, Row, Store, rows_after};
use crate::ledger::queue::{Arrived, Item, Judged, NewItem, Signature};
use crate::package::Ecosystem;

/// The seed decides which packages the random share consists of; drawn once, so that the share stays the same.
pub(super) const SCHEMA: &str = "
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

const COLUMNS: &str = "number, path, sha256, name, version, ecosystem, added, published, source, failed, state, probability, \
                       threshold, disagreement, model, extractor, signature, given";

/// A running workbench, as the one who holds a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Different for every run.
    pub id: String,
    /// Process number.
    pub process: u32,
    /// The machine.
    pub host: String,
}

/// A package that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The item's number.
    pub item: i64,
    /// By whom.
    pub holder: Holder,
}

impl Store {
    /// Puts packages into the queue; says for each whether it is new. A path that is there already stays as it is.
    pub fn add_items(&mut self, new: &[NewItem], now: Timestamp) -> Result<Vec<bool>, LedgerError> {
        let path = self.path.clone();
        let sql = |source| LedgerError::sql(&path, source);
        self.write(|transaction| {
            let mut added = Vec::with_capacity(new.len());
            for item in new {
                let (sha256, name, version, ecosystem, failed) = match &item.arrived {
                    Arrived::Package { sha256, name, version, ecosystem } => {
                        (sha256.as_str(), name.as_str(), version.as_str(), *ecosystem, None)
                    }
                    Arrived::Unreadable { why, name, version, ecosystem } => {
                        ("", name.as_str(), version.as_str(), *ecosystem, Some(why.as_str()))
                    }
                };
                let rows = transaction
                    .execute(
                        "INSERT INTO item (path, sha256, name, version, ecosystem, added, published, source, failed) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (path) DO NOTHING",
                        params![
                            item.path,
                            sha256,
                            name,
                            version,
                            ecosystem_word(ecosystem),
                            now.as_millisecond(),
                            item.published.map(Timestamp::as_millisecond),
                            item.source,
                            failed,
                        ],
                    )
                    .map_err(sql)?;
                added.push(rows > 0);
            }
            Ok(added)
        })
    }

    /// Whether a path is in the queue.
    pub fn has_item(&self, path: &str) -> Result<bool, LedgerError> {
        let found: Option<i64> = self
            .connection
            .prepare_cached("SELECT number FROM item WHERE path = ?1")
            .and_then(|mut statement| statement.query_row([path], |row| row.get(0)).optional())
            .map_err(|e| self.sql(e))?;
        Ok(found.is_some())
    }

    /// Takes packages out of the queue; how many were in it.
    pub fn remove_items(&mut self, paths: &[String]) -> Result<usize, LedgerError> {
        let path = self.path.clone();
        let sql = |source| LedgerError::sql(&path, source);
        self.write(|transaction| {
            let mut removed = 0;
            for gone in paths {
                transaction
                    .execute("DELETE FROM lease WHERE item = (SELECT number FROM item WHERE path = ?1)", [gone])
                    .map_err(sql)?;
                removed += transaction.execute("DELETE FROM item WHERE path = ?1", [gone]).map_err(sql)?;
            }
            Ok(removed)
        })
    }

    /// Every item, in the order in which they were added.
    pub fn items(&self) -> Result<Vec<Item>, LedgerError> {
        let query = format!("SELECT {COLUMNS} FROM item ORDER BY number");
        self.connection
            .prepare_cached(&query)
            .and_then(|mut statement| statement.query_map([], read_item)?.collect())
            .map_err(|e| self.sql(e))
    }

    /// The seed of the random share.
    pub fn queue_seed(&self) -> Result<u64, LedgerError> {
        let seed: i64 =
            self.connection.query_row("SELECT seed FROM queue_seed", [], |row| row.get(0)).map_err(|e| self.sql(e))?;
        Ok(u64::from_ne_bytes(seed.to_ne_bytes()))
    }

    /// Notes what the tool said of a package. Content that changed since it was added is the item's content from now on.
    pub fn record_judged(
        &mut self,
        number: i64,
        package: &Arrived,
        judged: Option<&Judged>,
        signature: Option<&Signature>,
    ) -> Result<(), LedgerError> {
        let (sha256, name, version, ecosystem, failed) = match package {
            Arrived::Package { sha256, name, version, ecosystem } => {
                (Some(sha256), Some(name), Some(version), Some(ecosystem_word(*ecosystem)), None)
            }
            Arrived::Unreadable { why, .. } => (None, None, None, None, Some(why)),
        };
        let path = self.path.clone();
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE item SET sha256 = coalesce(?2, sha256), name = coalesce(?3, name), \
                 version = coalesce(?4, version), ecosystem = coalesce(?5, ecosystem), failed = ?6, state = ?7, \
                 probability = ?8, threshold = ?9, disagreement = ?10, model = ?11, extractor = ?12, signature = ?13 \
                 WHERE number = ?1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        number,
                        sha256,
                        name,
                        version,
                        ecosystem,
                        failed,
                        judged.map(|j| state_word(j.state)),
                        judged.and_then(|j| j.probability),
                        judged.and_then(|j| j.threshold),
                        judged.and_then(|j| j.disagreement),
                        judged.map(|j| &j.model),
                        judged.map(|j| &j.extractor),
                        signature.map(Signature::to_bytes),
                    ])
                })
                .map(drop)
                .map_err(|source| LedgerError::sql(&path, source))
        })
    }

    /// Who holds what at a time.
    pub fn held(&self, now: Timestamp) -> Result<Vec<Held>, LedgerError> {
        held(&self.connection, now).map_err(|e| self.sql(e))
    }

    /// Takes the lease of the item that `choose` names. It is called with the write lock held, after it has been shown every
    /// event past `after` and every lease that others hold, so that no two workbenches can choose the same item. Once one is
    /// chosen, this holder's leases on other items than those of `keep` end.
    pub fn lease(
        &mut self,
        after: i64,
        holder: &Holder,
        keep: &[i64],
        (now, expires): (Timestamp, Timestamp),
        choose: impl FnOnce(Vec<Row>, &[Held]) -> Result<Option<i64>, LedgerError>,
    ) -> Result<Option<i64>, LedgerError> {
        let path = self.path.clone();
        let sql = |source| LedgerError::sql(&path, source);
        self.write(|transaction| {
            let rows = rows_after(transaction, after).map_err(sql)?;
            transaction.execute("DELETE FROM lease WHERE expires <= ?1", [now.as_millisecond()]).map_err(sql)?;
            let others: Vec<Held> =
                held(transaction, now).map_err(sql)?.into_iter().filter(|held| held.holder.id != holder.id).collect();
            let chosen = choose(rows, &others)?;
            // Where there is nothing to go on to, what one has stays one's own.
            if let Some(item) = chosen {
                release(transaction, holder, keep).map_err(sql)?;
                transaction
                    .execute(
                        "INSERT INTO lease (item, holder, process, host, expires) VALUES (?1, ?2, ?3, ?4, ?5) \
                     ON CONFLICT (item) DO UPDATE SET holder = ?2, process = ?3, host = ?4, expires = ?5",
                        params![item, holder.id, holder.process, holder.host, expires.as_millisecond()],
                    )
                    .map_err(sql)?;
                transaction
                    .execute("UPDATE item SET given = ?2 WHERE number = ?1", params![item, now.as_millisecond()])
                    .map_err(sql)?;
            }
            Ok(chosen)
        })
    }

    /// Lets this holder's leases last longer.
    pub fn renew_leases(&mut self, holder: &Holder, expires: Timestamp) -> Result<(), LedgerError> {
        let path = self.path.clone();
        self.write(|transaction| {
            transaction
                .execute(
                    "UPDATE lease SET expires = ?2 WHERE holder = ?1",
                    params![holder.id, expires.as_millisecond()],
                )
                .map(drop)
                .map_err(|source| LedgerError::sql(&path, source))
        })
    }

    /// Ends this holder's leases, except on some items.
    pub fn release(&mut self, holder: &Holder, keep: &[i64]) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let sql = |source| LedgerError::sql(&path, source);
        self.write(|transaction| release(transaction, holder, keep).map_err(sql))
    }
}

fn release(connection: &Connection, holder: &Holder, keep: &[i64]) -> rusqlite::Result<()> {
    let mine: Vec<i64> = connection
        .prepare_cached("SELECT item FROM lease WHERE holder = ?1")?
        .query_map([&holder.id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for item in mine.into_iter().filter(|item| !keep.contains(item)) {
        connection.execute("DELETE FROM lease WHERE item = ?1", [item])?;
    }
    Ok(())
}

fn held(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Held>> {
    connection
        .prepare_cached("SELECT item, holder, process, host FROM lease WHERE expires > ?1 ORDER BY item")?
        .query_map([now.as_millisecond()], |row| {
            let holder = Holder { id: row.get(1)?, process: row.get(2)?, host: row.get(3)? };
            Ok(Held { item: row.get(0)?, holder })
        })?
        .collect()
}

fn read_item(row: &rusqlite::Row<'_>) -> rusqlite::Result<Item> {
    let time = |at: i64| Timestamp::from_millisecond(at).unwrap_or_default();
    let path: String = row.get(1)?;
    let ecosystem: String = row.get(5)?;
    let state: Option<String> = row.get(10)?;
    let judged = match state.as_deref().and_then(read_state) {
        Some(state) => Some(Judged {
            state,
            probability: row.get(11)?,
            threshold: row.get(12)?,
            disagreement: row.get(13)?,
            model: row.get::<_, Option<String>>(14)?.unwrap_or_default(),
            extractor: row.get::<_, Option<String>>(15)?.unwrap_or_default(),
        }),
        None => None,
    };
    let signature: Option<Vec<u8>> = row.get(16)?;
    Ok(Item {
        number: row.get(0)?,
        path: PathBuf::from(path),
        sha256: row.get(2)?,
        name: row.get(3)?,
        version: row.get(4)?,
        ecosystem: read_ecosystem(&ecosystem),
        added: time(row.get(6)?),
        published: row.get::<_, Option<i64>>(7)?.map(time),
        source: row.get(8)?,
        failed: row.get(9)?,
        judged,
        signature: signature.as_deref().and_then(Signature::from_bytes),
        given: row.get::<_, Option<i64>>(17)?.map(time),
    })
}

fn ecosystem_word(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "pypi",
        Ecosystem::Unknown => "unknown",
    }
}

fn read_ecosystem(word: &str) -> Ecosystem {
    match word {
        "npm" => Ecosystem::Npm,
        "pypi" => Ecosystem::Pypi,
        _ => Ecosystem::Unknown,
    }
}

fn state_word(state: crate::case::State) -> &'static str {
    match state {
        crate::case::State::Malicious => "malicious",
        crate::case::State::Benign => "benign",
        crate::case::State::CannotJudge => "cannot_judge",
    }
}

fn read_state(word: &str) -> Option<crate::case::State> {
    match word {
        "malicious" => Some(crate::case::State::Malicious),
        "benign" => Some(crate::case::State::Benign),
        "cannot_judge" => Some(crate::case::State::CannotJudge),
        _ => None,
    }
}
