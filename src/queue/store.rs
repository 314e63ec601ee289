//! The rows of the queue: packages that wait for a decision, and who is looking at which. They lie beside the ledger's log, and
//! unlike its events they are changed and removed. Each statement is one that every engine of the ledger understands.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Arrived, Item, Judged, NewItem};
use crate::case::State;
use crate::case::similar::Signature;
use crate::ledger::LedgerError;
use crate::ledger::tables::{Cells, Tables, all, first};
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

/// A package that nobody else can take until the transaction ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// Its items: the one that was asked for, and those of the same archive where these were to be locked too.
    pub items: Vec<i64>,
}

/// Puts packages into the queue; says for each whether it is new. A path that is there already stays as it is.
pub fn add(tables: &mut dyn Tables, new: &[NewItem], now: Timestamp) -> Result<Vec<bool>, LedgerError> {
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
        let rows = tables.execute(
            "INSERT INTO item (path, sha256, name, version, ecosystem, added, published, source, failed) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (path) DO NOTHING",
            &[
                (&item.path).into(),
                sha256.into(),
                name.into(),
                version.into(),
                ecosystem.word().into(),
                now.as_millisecond().into(),
                item.published.map(Timestamp::as_millisecond).into(),
                (&item.source).into(),
                failed.into(),
            ],
        )?;
        added.push(rows > 0);
    }
    Ok(added)
}

/// Whether a path is in the queue.
pub fn has(tables: &mut dyn Tables, path: &str) -> Result<bool, LedgerError> {
    let found = first(tables, "SELECT number FROM item WHERE path = ?1", &[path.into()], |row| row.integer(0))?;
    Ok(found.is_some())
}

/// Takes packages out of the queue; how many were in it.
pub fn remove(tables: &mut dyn Tables, paths: &[String]) -> Result<usize, LedgerError> {
    let mut removed = 0;
    for gone in paths {
        let gone = [gone.into()];
        tables.execute("DELETE FROM lease WHERE item = (SELECT number FROM item WHERE path = ?1)", &gone)?;
        removed += tables.execute("DELETE FROM item WHERE path = ?1", &gone)?;
    }
    Ok(usize::try_from(removed).unwrap_or(usize::MAX))
}

/// Every item, in the order in which they were added.
pub fn items(tables: &mut dyn Tables) -> Result<Vec<Item>, LedgerError> {
    all(tables, &format!("SELECT {COLUMNS} FROM item ORDER BY number"), &[], read_item)
}

/// The seed of the random share.
pub fn seed(tables: &mut dyn Tables) -> Result<u64, LedgerError> {
    let seed = first(tables, "SELECT seed FROM queue_seed", &[], |row| row.integer(0))?.unwrap_or_default();
    Ok(u64::from_ne_bytes(seed.to_ne_bytes()))
}

/// Notes what the tool said of a package. Content that changed since it was added is the item's content from now on.
pub fn record(
    tables: &mut dyn Tables,
    number: i64,
    package: &Arrived,
    judged: Option<&Judged>,
    signature: Option<&Signature>,
) -> Result<(), LedgerError> {
    let (sha256, name, version, ecosystem, failed) = match package {
        Arrived::Package { sha256, name, version, ecosystem } => {
            (Some(sha256), Some(name), Some(version), Some(ecosystem.word()), None)
        }
        Arrived::Unreadable { why, .. } => (None, None, None, None, Some(why)),
    };
    let signature = signature.map(Signature::to_bytes);
    tables.execute(
        "UPDATE item SET sha256 = coalesce(?2, sha256), name = coalesce(?3, name), \
         version = coalesce(?4, version), ecosystem = coalesce(?5, ecosystem), failed = ?6, state = ?7, \
         probability = ?8, threshold = ?9, disagreement = ?10, model = ?11, extractor = ?12, signature = ?13 \
         WHERE number = ?1",
        &[
            number.into(),
            sha256.into(),
            name.into(),
            version.into(),
            ecosystem.into(),
            failed.into(),
            judged.map(|j| j.state.word()).into(),
            judged.and_then(|j| j.probability).into(),
            judged.and_then(|j| j.threshold).into(),
            judged.and_then(|j| j.disagreement).into(),
            judged.map(|j| &j.model).into(),
            judged.map(|j| &j.extractor).into(),
            signature.as_ref().into(),
        ],
    )?;
    Ok(())
}

/// Who holds what at a time, but for this holder; leases that have ended are gone after that.
pub fn held_by_others(tables: &mut dyn Tables, holder: &Holder, now: Timestamp) -> Result<Vec<Held>, LedgerError> {
    // What another transaction is ending or renewing is left to it.
    let ended =
        format!("DELETE FROM lease WHERE item IN (SELECT item FROM lease WHERE expires <= ?1{})", tables.locking());
    tables.execute(&ended, &[now.as_millisecond().into()])?;
    Ok(held(tables, now)?.into_iter().filter(|held| held.holder.id != holder.id).collect())
}

/// Keeps an item, and if wanted all of the same archive, from being taken by anybody else until the transaction ends; `None`
/// where another transaction does so, or the item is gone.
pub fn lock(tables: &mut dyn Tables, number: i64, archive: bool) -> Result<Option<Locked>, LedgerError> {
    let own = first(tables, "SELECT sha256 FROM item WHERE number = ?1", &[number.into()], |row| {
        Ok(row.text(0)?.to_owned())
    })?;
    let Some(sha256) = own else { return Ok(None) };
    let same = if archive { sha256.as_str() } else { "" };
    let which = "SELECT number FROM item WHERE number = ?1 OR (?2 <> '' AND sha256 = ?2) ORDER BY number";
    let values = [number.into(), same.into()];
    let locking = format!("{which}{}", tables.locking());
    let locked: Vec<i64> = all(tables, &locking, &values, |row| row.integer(0))?;
    let there: Vec<i64> = all(tables, which, &values, |row| row.integer(0))?;
    Ok((!locked.is_empty() && locked == there).then_some(Locked { sha256, items: locked }))
}

/// Takes the lease of an item that is locked. This holder's leases on other items than those of `keep` end.
pub fn hold(
    tables: &mut dyn Tables,
    holder: &Holder,
    item: i64,
    keep: &[i64],
    (now, expires): (Timestamp, Timestamp),
) -> Result<(), LedgerError> {
    release(tables, holder, keep)?;
    tables.execute(
        "INSERT INTO lease (item, holder, process, host, expires) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (item) DO UPDATE SET holder = excluded.holder, process = excluded.process, host = excluded.host, \
         expires = excluded.expires",
        &[
            item.into(),
            (&holder.id).into(),
            holder.process.into(),
            (&holder.host).into(),
            expires.as_millisecond().into(),
        ],
    )?;
    tables.execute("UPDATE item SET given = ?2 WHERE number = ?1", &[item.into(), now.as_millisecond().into()])?;
    Ok(())
}

/// Lets a holder's leases last longer.
pub fn renew(tables: &mut dyn Tables, holder: &Holder, expires: Timestamp) -> Result<(), LedgerError> {
    let values = [(&holder.id).into(), expires.as_millisecond().into()];
    tables.execute("UPDATE lease SET expires = ?2 WHERE holder = ?1", &values)?;
    Ok(())
}

/// Ends a holder's leases, except on some items.
pub fn release(tables: &mut dyn Tables, holder: &Holder, keep: &[i64]) -> Result<(), LedgerError> {
    let mine: Vec<i64> =
        all(tables, "SELECT item FROM lease WHERE holder = ?1", &[(&holder.id).into()], |row| row.integer(0))?;
    for item in mine.into_iter().filter(|item| !keep.contains(item)) {
        // Where it had ended, somebody else may have it by now.
        tables.execute("DELETE FROM lease WHERE item = ?1 AND holder = ?2", &[item.into(), (&holder.id).into()])?;
    }
    Ok(())
}

/// Who holds what at a time.
pub fn held(tables: &mut dyn Tables, now: Timestamp) -> Result<Vec<Held>, LedgerError> {
    let statement = "SELECT item, holder, process, host FROM lease WHERE expires > ?1 ORDER BY item";
    all(tables, statement, &[now.as_millisecond().into()], |row| {
        let process = u32::try_from(row.integer(2)?).map_err(|_| LedgerError::Cell { column: 2 })?;
        let holder = Holder { id: row.text(1)?.to_owned(), process, host: row.text(3)?.to_owned() };
        Ok(Held { item: row.integer(0)?, holder })
    })
}

fn read_item(row: &Cells<'_>) -> Result<Item, LedgerError> {
    let time = |at: i64| Timestamp::from_millisecond(at).unwrap_or_default();
    let text = |column| Ok::<_, LedgerError>(row.text(column)?.to_owned());
    let maybe_text = |column| Ok::<_, LedgerError>(row.maybe_text(column)?.map(str::to_owned));
    let judged = match row.maybe_text(10)?.and_then(State::from_word) {
        Some(state) => Some(Judged {
            state,
            probability: row.maybe_real(11)?,
            threshold: row.maybe_real(12)?,
            disagreement: row.maybe_real(13)?,
            model: maybe_text(14)?.unwrap_or_default(),
            extractor: maybe_text(15)?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Item {
        number: row.integer(0)?,
        path: PathBuf::from(row.text(1)?),
        sha256: text(2)?,
        name: text(3)?,
        version: text(4)?,
        ecosystem: Ecosystem::from_word(row.text(5)?),
        added: time(row.integer(6)?),
        published: row.maybe_integer(7)?.map(time),
        source: text(8)?,
        failed: maybe_text(9)?,
        judged,
        signature: row.maybe_blob(16)?.and_then(Signature::from_bytes),
        given: row.maybe_integer(17)?.map(time),
    })
}
