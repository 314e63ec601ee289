//! Copies of the ledger that the program keeps beside it, and putting one back.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::head::{Head, beside, private_file, unused};
use super::store::{Sqlite, Store as _};
use super::{LedgerError, Verified};

/// How many copies are kept, the newest.
const KEPT: usize = 3;
/// So many events without a copy are too many.
const BEHIND: i64 = 100;
/// A ledger up to this size is copied whenever it is opened or closed with something new in it.
const SMALL: u64 = 4 << 20;
/// A copy older than this is replaced whatever is new.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// When it is asked whether a copy is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// At the beginning or end of a session.
    Border,
    /// After an event.
    Within,
}

/// The copies of a ledger with how many events each has, newest first.
pub(super) fn list(ledger: &Path) -> Vec<(i64, PathBuf)> {
    let folder = ledger.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let start = beside(ledger, "backup-");
    let start = start.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(i64, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            Some((name.strip_prefix(&start)?.parse().ok()?, entry.path()))
        })
        .collect();
    found.sort_by_key(|(events, _)| std::cmp::Reverse(*events));
    found
}

/// Makes a copy of a sound ledger of so many events, if one is due, and removes the oldest.
pub(super) fn keep(store: &Sqlite, events: i64, moment: Moment) -> Result<(), LedgerError> {
    let ledger = store.path();
    let copies = list(ledger);
    let newest = copies.first().map_or(0, |(events, _)| *events);
    if events <= newest || !is_due(ledger, &copies, events - newest, moment) {
        return Ok(());
    }
    let new = unused(ledger);
    let io = |source| LedgerError::Io { path: new.clone(), source };
    private_file(&new).map_err(io)?;
    let copied = store.copy_to(&new);
    let placed = copied.and_then(|()| fs::rename(&new, beside(ledger, &format!("backup-{events:012}"))).map_err(io));
    if placed.is_err() {
        // What failed is told; a leftover costs only space.
        let _ = fs::remove_file(&new);
    }
    placed?;
    for (_, old) in copies.iter().skip(KEPT - 1) {
        let _ = fs::remove_file(old);
    }
    Ok(())
}

fn is_due(ledger: &Path, copies: &[(i64, PathBuf)], behind: i64, moment: Moment) -> bool {
    let old = |(_, copy): &(i64, PathBuf)| {
        fs::metadata(copy).and_then(|about| about.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > OLD))
    };
    let small = || fs::metadata(ledger).is_ok_and(|about| about.len() <= SMALL);
    behind >= BEHIND || (moment == Moment::Border && (copies.first().is_none_or(old) || small()))
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// How many events the copy has, and the hash of the last one.
    pub verified: Verified,
    /// How many events the ledger is known to have had.
    pub known: i64,
    /// Where the file lies that was in its place, if there was one.
    pub aside: Option<PathBuf>,
}

/// Puts the newest sound copy in the place of a ledger. The file that was there is kept under another name.
pub(super) fn restore(ledger: &Path) -> Result<Restored, LedgerError> {
    let sound = list(ledger).into_iter().find_map(|(_, copy)| {
        let verified = Sqlite::open_existing(&copy).and_then(|store| super::verify(&mut *store.read()?)).ok()?;
        Some((copy, verified))
    });
    let Some((copy, verified)) = sound else { return Err(LedgerError::NoBackup { path: ledger.to_path_buf() }) };
    let io = |source| LedgerError::Io { path: ledger.to_path_buf(), source };
    let new = unused(ledger);
    let mut target = private_file(&new).map_err(io)?;
    let mut source = fs::File::open(&copy).map_err(io)?;
    std::io::copy(&mut source, &mut target).and_then(|_| target.sync_all()).map_err(io)?;
    let aside = (1..).map(|n| beside(ledger, &format!("damaged-{n}"))).find(|place| !place.exists());
    let aside = aside.filter(|_| ledger.exists());
    if let Some(aside) = &aside {
        fs::rename(ledger, aside).map_err(io)?;
    }
    // The journal of the file that was there would be played back into the copy.
    let journal = |path: &Path| {
        let mut path = path.as_os_str().to_owned();
        path.push("-journal");
        PathBuf::from(path)
    };
    if let (Some(aside), true) = (&aside, journal(ledger).exists()) {
        fs::rename(journal(ledger), journal(aside)).map_err(io)?;
    }
    let known = Head::load(ledger).map_or(verified.events, |head| head.events.max(verified.events));
    fs::rename(&new, ledger).map_err(io)?;
    // The log has fewer events from now on, and that is known.
    match fs::remove_file(Head::path(ledger)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let head = Head { events: verified.events, hash: verified.head.clone(), stamp: None, checkpoint: None };
    head.save(ledger).map_err(io)?;
    Ok(Restored { verified, known, aside })
}
