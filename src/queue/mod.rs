//! The queue: packages that wait for a decision, in an order, each given to one workbench at a time.
//!
//! What the queue knows is working state and may be changed or thrown away. What was decided is in the log alone: whether a
//! package is done is whether it has a label there.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

pub mod feed;
mod item;
pub mod known;
mod listing;
mod order;
mod store;
#[cfg(test)]
mod tests;

pub use item::{Arrived, Item, Judged, NewItem};
pub use listing::Listing;
pub use order::{Row, arrange};

use crate::case::similar::Signature;
use crate::ledger::{Knowing, Label, Labelled, Ledger, LedgerError, Order, Queued, Standing, Why};
use store::{Held, Holder};

/// How long a package stays with a workbench that says nothing: one that was killed gives its package back after that.
pub const LEASE: Duration = Duration::from_secs(5 * 60);

/// What came of asking for the next package.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This one, and nobody else is given it.
    Given(Box<Item>, Queued),
    /// Nothing is left to be given.
    End {
        /// Of so many packages the queue consists.
        all: usize,
        /// So many have no label because they were passed over.
        passed: usize,
        /// So many are with other workbenches.
        held: usize,
    },
}

/// How well the tool did on the random share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Accuracy {
    /// Packages drawn by lot that both the tool and an analyst called malicious or benign.
    pub labelled: usize,
    /// Of these, the tool and the analyst agreed on so many.
    pub agreed: usize,
    /// Packages drawn by lot and labelled that the tool could not judge, or the analyst not decide.
    pub undecided: usize,
}

/// What may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// What has no label, if nobody else has the same archive.
    Undecided,
    /// The item, whatever is known of its archive.
    This,
}

/// The queue of a ledger.
#[derive(Debug)]
pub struct Queue {
    ledger: Ledger,
    holder: Holder,
    seed: u64,
}

impl Queue {
    /// The queue of an open ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn new(ledger: Ledger) -> Result<Self, LedgerError> {
        let seed = ledger.look(store::seed)?;
        let process = std::process::id();
        let host = host();
        // The time tells two runs of the same process number apart, the count two queues of one process.
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let id = format!("{host}:{process}:{}:{count}", Timestamp::now().as_nanosecond());
        Ok(Self { ledger, holder: Holder { id, process, host }, seed })
    }

    /// The ledger itself, for what is decided.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Whether a path is in the queue.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn has(&self, path: &str) -> Result<bool, LedgerError> {
        self.ledger.look(|tables| store::has(tables, path))
    }

    /// Puts packages into the queue; says for each whether it is new.
    ///
    /// # Errors
    /// When the ledger cannot be written; then nothing was added.
    pub fn add(&mut self, new: &[NewItem]) -> Result<Vec<bool>, LedgerError> {
        let now = self.ledger.now();
        self.ledger.work(|tables| store::add(tables, new, now))
    }

    /// Takes packages out of the queue; how many were in it. Their labels stay.
    ///
    /// # Errors
    /// When the ledger cannot be written; then nothing was removed.
    pub fn remove(&mut self, paths: &[String]) -> Result<usize, LedgerError> {
        self.ledger.work(|tables| store::remove(tables, paths))
    }

    /// The queue in an order.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn list(&mut self, order: Order) -> Result<Listing, LedgerError> {
        self.ledger.refresh()?;
        let mut items = self.ledger.look(store::items)?;
        let rows = arrange(&items, order, self.seed);
        // They have done their work, and are the largest part of an item.
        items.iter_mut().for_each(|item| item.signature = None);
        let mine = &self.holder.id;
        let now = self.ledger.now();
        let held = self.ledger.look(|tables| store::held(tables, now))?;
        let others = held.into_iter().filter(|held| held.holder.id != *mine);
        let others = others.map(|held| (held.item, held.holder.process)).collect();
        let labels = items.iter().map(|item| self.label_of(&item.sha256)).collect();
        let due = items.iter().map(|item| self.ledger.is_due(&item.sha256)).collect();
        Ok(Listing { items, rows, labels, due, others, order })
    }

    fn label_of(&self, sha256: &str) -> Option<Label> {
        self.ledger.visible(sha256).map(|standing| standing.label)
    }

    /// Gives out the next package in an order: one without a label that no other workbench has. `passed` were seen and left
    /// for later. Packages that this workbench had before go back, except those of `keep`.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn next(&mut self, order: Order, passed: &[i64], keep: &[i64]) -> Result<Next, LedgerError> {
        let mut listing = self.list(order)?;
        let without: Vec<i64> = passed.iter().chain(keep).copied().collect();
        let mut others_hold = 0;
        let chosen = self.take(keep, Wanted::Undecided, |knowing, held| {
            // Labels may have come between the listing and the transaction.
            listing.labels = listing.items.iter().map(|item| knowing.label(&item.sha256)).collect();
            others_hold = held.len();
            listing.candidates(&without, held)
        })?;
        let row = chosen.and_then(|number| listing.row_of(number));
        Ok(match row.and_then(|row| listing.at(row)) {
            Some((row, item, _)) => Next::Given(Box::new(item.clone()), Queued { order, why: row.why, like: None }),
            None => {
                let unlabelled = |number: &&i64| {
                    let row = listing.row_of(**number);
                    row.and_then(|row| listing.at(row)).is_some_and(|(.., label)| label.is_none())
                };
                let passed = passed.iter().filter(unlabelled).count();
                Next::End { all: listing.items.len(), passed, held: others_hold }
            }
        })
    }

    /// Takes one package; `None` where another workbench has it, or it is in the queue no longer.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn open(&mut self, number: i64, order: Order, keep: &[i64]) -> Result<Option<(Item, Queued)>, LedgerError> {
        let listing = self.list(order)?;
        let found = listing.row_of(number).and_then(|row| listing.at(row));
        let Some((_, item, _)) = found else { return Ok(None) };
        let chosen = self.take(keep, Wanted::This, |_, _| vec![number])?;
        // Picked by hand, also where it is in the random share: who picks, picks for a reason.
        let queued = Queued { order, why: Why::Chosen, like: None };
        Ok(chosen.map(|_| (item.clone(), queued)))
    }

    /// Takes the lease of the first of some items that nobody else has or is about to take. Where there is none, what one has
    /// stays one's own.
    fn take(
        &mut self,
        keep: &[i64],
        wanted: Wanted,
        candidates: impl FnOnce(&Knowing<'_>, &[Held]) -> Vec<i64>,
    ) -> Result<Option<i64>, LedgerError> {
        let now = self.ledger.now();
        let expires = now.checked_add(LEASE).unwrap_or(now);
        let Self { ledger, holder, .. } = self;
        ledger.work_knowing(|tables, knowing| {
            let held = store::held_by_others(tables, holder, now)?;
            for item in candidates(knowing, &held) {
                let Some(locked) = store::lock(tables, item, wanted == Wanted::Undecided)? else { continue };
                // Another transaction may have taken it before the lock, and decided and given it back since.
                let held = store::held_by_others(tables, holder, now)?;
                knowing.refresh(tables)?;
                let decided = wanted == Wanted::Undecided && knowing.label(&locked.sha256).is_some();
                if !decided && held.iter().all(|held| !locked.items.contains(&held.item)) {
                    store::hold(tables, holder, item, keep, (now, expires))?;
                    return Ok(Some(item));
                }
            }
            Ok(None)
        })
    }

    /// Keeps what this workbench has for another [`LEASE`].
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn renew(&mut self) -> Result<(), LedgerError> {
        let now = self.ledger.now();
        let expires = now.checked_add(LEASE).unwrap_or(now);
        self.ledger.work(|tables| store::renew(tables, &self.holder, expires))
    }

    /// Gives back what this workbench has, except for some.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn release(&mut self, keep: &[i64]) -> Result<(), LedgerError> {
        self.ledger.work(|tables| store::release(tables, &self.holder, keep))
    }

    /// Notes what came of reading a package.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn record(
        &mut self,
        number: i64,
        package: &Arrived,
        judged: Option<&Judged>,
        signature: Option<&Signature>,
    ) -> Result<(), LedgerError> {
        self.ledger.work(|tables| store::record(tables, number, package, judged, signature))
    }

    /// Logs that a package was looked at and left without a label.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn passed_over(&mut self, sha256: &str, queued: &Queued) -> Result<(), LedgerError> {
        self.ledger.passed_over(sha256, queued)
    }

    /// Labels a package; see [`Ledger::label`].
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn label(&mut self, labelled: Labelled) -> Result<Option<Standing>, LedgerError> {
        self.ledger.label(labelled)
    }

    /// How well the tool did on the packages that came by lot.
    #[must_use]
    pub fn accuracy(&self) -> Accuracy {
        let mut accuracy = Accuracy::default();
        for standing in self.ledger.records().filter(|standing| standing.random) {
            match standing.agreed {
                Some(agreed) => {
                    accuracy.labelled += 1;
                    accuracy.agreed += usize::from(agreed);
                }
                None => accuracy.undecided += 1,
            }
        }
        accuracy
    }
}

/// The canonical form of a path, under which a package is in the queue.
///
/// # Errors
/// When there is nothing at the path, or its name is not UTF-8.
pub fn canonical(path: &Path) -> Result<String, String> {
    let shown = || crate::text::escape(&path.to_string_lossy()).into_owned();
    let canonical = std::fs::canonicalize(path).map_err(|e| format!("cannot read {}: {e}", shown()))?;
    canonical.into_os_string().into_string().map_err(|_| format!("{}: the name is not UTF-8; rename it", shown()))
}

/// The machine's name, as far as the system tells it without asking a network.
fn host() -> String {
    let named = std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok();
    let file =
        || std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    named.or_else(|| file().ok()).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_default()
}
