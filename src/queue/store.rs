//! The rows of the queue: packages that wait for a decision, and who is looking at which. They lie in the ledger's file, which
//! has the tables, and unlike its events they are changed and removed.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Arrived, Item, Judged, NewItem};
use crate::case::State;
use crate::case::similar::Signature;
use crate::package::Ecosystem;

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

/// Puts packages into the queue; says for each whether it is new. A path that is there already stays as it is.
pub fn add(connection: &Connection, new: &[NewItem], now: Timestamp) -> rusqlite::Result<Vec<bool>> {
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
        let rows = connection.execute(
            "INSERT INTO item (path, sha256, name, version, ecosystem, added, published, source, failed) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (path) DO NOTHING",
            params![
                item.path,
                sha256,
                name,
                version,
                ecosystem.word(),
                now.as_millisecond(),
                item.published.map(Timestamp::as_millisecond),
                item.source,
                failed,
            ],
        )?;
        added.push(rows > 0);
    }
    Ok(added)
}

/// Whether a path is in the queue.
pub fn has(connection: &Connection, path: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT number FROM item WHERE path = ?1")?;
    let found: Option<i64> = statement.query_row([path], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

/// Takes packages out of the queue; how many were in it.
pub fn remove(connection: &Connection, paths: &[String]) -> rusqlite::Result<usize> {
    let mut removed = 0;
    for gone in paths {
        connection.execute("DELETE FROM lease WHERE item = (SELECT number FROM item WHERE path = ?1)", [gone])?;
        removed += connection.execute("DELETE FROM item WHERE path = ?1", [gone])?;
    }
    Ok(removed)
}

/// Every item, in the order in which they were added.
pub fn items(connection: &Connection) -> rusqlite::Result<Vec<Item>> {
    let query = format!("SELECT {COLUMNS} FROM item ORDER BY number");
    connection.prepare_cached(&query)?.query_map([], read_item)?.collect()
}

/// The seed of the random share.
pub fn seed(connection: &Connection) -> rusqlite::Result<u64> {
    let seed: i64 = connection.query_row("SELECT seed FROM queue_seed", [], |row| row.get(0))?;
    Ok(u64::from_ne_bytes(seed.to_ne_bytes()))
}

/// Notes what the tool said of a package. Content that changed since it was added is the item's content from now on.
pub fn record(
    connection: &Connection,
    number: i64,
    package: &Arrived,
    judged: Option<&Judged>,
    signature: Option<&Signature>,
) -> rusqlite::Result<()> {
    let (sha256, name, version, ecosystem, failed) = match package {
        Arrived::Package { sha256, name, version, ecosystem } => {
            (Some(sha256), Some(name), Some(version), Some(ecosystem.word()), None)
        }
        Arrived::Unreadable { why, .. } => (None, None, None, None, Some(why)),
    };
    let mut statement = connection.prepare_cached(
        "UPDATE item SET sha256 = coalesce(?2, sha256), name = coalesce(?3, name), \
         version = coalesce(?4, version), ecosystem = coalesce(?5, ecosystem), failed = ?6, state = ?7, \
         probability = ?8, threshold = ?9, disagreement = ?10, model = ?11, extractor = ?12, signature = ?13 \
         WHERE number = ?1",
    )?;
    statement
        .execute(params![
            number,
            sha256,
            name,
            version,
            ecosystem,
            failed,
            judged.map(|j| j.state.word()),
            judged.and_then(|j| j.probability),
            judged.and_then(|j| j.threshold),
            judged.and_then(|j| j.disagreement),
            judged.map(|j| &j.model),
            judged.map(|j| &j.extractor),
            signature.map(Signature::to_bytes),
        ])
        .map(drop)
}

/// Takes the lease of the item that `choose` names, knowing what others hold. Once one is chosen, this holder's leases on other
/// items than those of `keep` end.
pub fn lease(
    connection: &Connection,
    holder: &Holder,
    keep: &[i64],
    (now, expires): (Timestamp, Timestamp),
    choose: impl FnOnce(&[Held]) -> Option<i64>,
) -> rusqlite::Result<Option<i64>> {
    connection.execute("DELETE FROM lease WHERE expires <= ?1", [now.as_millisecond()])?;
    let others: Vec<Held> = held(connection, now)?.into_iter().filter(|held| held.holder.id != holder.id).collect();
    let chosen = choose(&others);
    // Where there is nothing to go on to, what one has stays one's own.
    if let Some(item) = chosen {
        release(connection, holder, keep)?;
        connection.execute(
            "INSERT INTO lease (item, holder, process, host, expires) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (item) DO UPDATE SET holder = ?2, process = ?3, host = ?4, expires = ?5",
            params![item, holder.id, holder.process, holder.host, expires.as_millisecond()],
        )?;
        connection.execute("UPDATE item SET given = ?2 WHERE number = ?1", params![item, now.as_millisecond()])?;
    }
    Ok(chosen)
}

/// Lets a holder's leases last longer.
pub fn renew(connection: &Connection, holder: &Holder, expires: Timestamp) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE lease SET expires = ?2 WHERE holder = ?1", params![holder.id, expires.as_millisecond()])
        .map(drop)
}

/// Ends a holder's leases, except on some items.
pub fn release(connection: &Connection, holder: &Holder, keep: &[i64]) -> rusqlite::Result<()> {
    let mine: Vec<i64> = connection
        .prepare_cached("SELECT item FROM lease WHERE holder = ?1")?
        .query_map([&holder.id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for item in mine.into_iter().filter(|item| !keep.contains(item)) {
        connection.execute("DELETE FROM lease WHERE item = ?1", [item])?;
    }
    Ok(())
}

/// Who holds what at a time.
pub fn held(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Held>> {
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
    let judged = match state.as_deref().and_then(State::from_word) {
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
        ecosystem: Ecosystem::from_word(&ecosystem),
        added: time(row.get(6)?),
        published: row.get::<_, Option<i64>>(7)?.map(time),
        source: row.get(8)?,
        failed: row.get(9)?,
        judged,
        signature: signature.as_deref().and_then(Signature::from_bytes),
        given: row.get::<_, Option<i64>>(17)?.map(time),
    })
}
