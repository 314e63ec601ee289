//! What is known of the packages that are worked through.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ledger::{Label, Order, Queued};
use crate::queue::{Item, Listing};
use crate::text::escape;

use crate::tui::state::shown::Shown;
use crate::tui::view::queue::table::Table;
use crate::tui::worker::{Ready, Ticket};

/// Cases kept in memory beside the one on the screen and the one made ready: the one before, to go back at once.
const KEPT: usize = 1;
/// Bytes of files up to which a case is kept.
pub(super) const KEPT_BYTES: usize = 128 << 20;

/// A package that the queue gave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Number of the item.
    pub number: i64,
    /// Name and version, escaped.
    pub title: String,
    /// How it came.
    pub queued: Queued,
}

impl Handed {
    pub(super) fn new(item: &Item, queued: Queued) -> Self {
        Self { number: item.number, title: escape(&item.title()).into_owned(), queued }
    }
}

/// How far the package after this one is.
#[derive(Debug, Default)]
pub(super) enum Ahead {
    /// It was not asked for yet.
    #[default]
    Unasked,
    /// The ledger is asked which one it is.
    Asked,
    /// It is being opened, read and judged.
    Reading,
    /// It is there.
    Ready(Box<Ready>),
    /// There is none.
    End,
}

/// Where one goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// On to the next one, leaving the one on the screen without a label.
    Pass,
    /// On to the next one.
    On,
    /// On to the next one because this one has a label now.
    Done,
    /// Back to the one before.
    Back,
    /// To one that was picked, or whose label was taken back.
    To,
}

/// A label that the near-duplicates of a package may get too.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) number: i64,
    pub(super) sha256: String,
    pub(super) label: Label,
    /// Whether it should have evidence and has none.
    pub(super) lacking: bool,
}

/// Packages that are being labelled together.
#[derive(Debug, Clone)]
pub(super) struct Alike {
    pub(super) label: Label,
    /// The archive that they are near-duplicates of; none for those that were selected in the table.
    pub(super) like: Option<String>,
    pub(super) all: usize,
    pub(super) answered: usize,
    pub(super) labelled: usize,
}

impl Alike {
    pub(super) fn of(label: Label, like: Option<String>) -> Self {
        Self { label, like, all: 0, answered: 0, labelled: 0 }
    }

    /// What they are called.
    pub(super) fn noun(&self) -> &'static str {
        if self.like.is_some() { "near-duplicates" } else { "selected packages" }
    }
}

/// The packages that are worked through.
#[derive(Debug)]
pub struct Batch {
    /// What comes first.
    pub order: Order,
    /// The packages in this order, once known, or why they are not.
    pub listing: Option<Result<Arc<Listing>, String>>,
    /// The package on the screen, if the queue gave it out.
    pub current: Option<Handed>,
    /// Since when it is on the screen.
    pub since: Instant,
    pub(super) told_minutes: u64,
    /// What the table shows.
    pub table: Table,
    pub(super) ahead: Ahead,
    pub(super) kept: Vec<Ready>,
    pub(super) behind: Vec<Handed>,
    pub(super) passed: Vec<i64>,
    pub(super) begun_again: bool,
    /// What stood first in the list when the package after this one was asked for.
    pub(super) expected: Option<i64>,
    pub(super) waiting: Option<Way>,
    pub(super) asked: Ticket,
    pub(super) fetched: Ticket,
    pub(super) surveying: Option<i64>,
    pub(super) stopped: bool,
    /// What was recorded, to be said with the name of the package that comes now.
    pub(super) note: Option<String>,
    /// What was taken back, to be said when its package is here.
    pub(super) returned: Option<String>,
    pub(super) offer: Option<Offer>,
    pub(super) alike: Option<Alike>,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            order: Order::default(),
            listing: None,
            current: None,
            since: Instant::now(),
            told_minutes: 0,
            table: Table::default(),
            ahead: Ahead::default(),
            kept: Vec::new(),
            behind: Vec::new(),
            passed: Vec::new(),
            begun_again: false,
            expected: None,
            waiting: None,
            asked: Ticket::default(),
            fetched: Ticket::default(),
            surveying: None,
            stopped: false,
            note: None,
            returned: None,
            offer: None,
            alike: None,
        }
    }
}

impl Batch {
    /// A queue of which the first package is on its way.
    #[must_use]
    pub fn begun(order: Order) -> Self {
        Self { order, waiting: Some(Way::On), ..Self::default() }
    }

    /// The packages in order, where they are known.
    #[must_use]
    pub fn list(&self) -> Option<&Arc<Listing>> {
        self.listing.as_ref()?.as_ref().ok()
    }

    /// Whole minutes that the package has been on the screen.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        self.since.elapsed().as_secs() / 60
    }

    /// Whether the minutes on the screen are out of date.
    pub(in crate::tui) fn minute_passed(&mut self) -> bool {
        let now = self.minutes();
        self.current.is_some() && std::mem::replace(&mut self.told_minutes, now) != now
    }

    /// How long the minutes on the screen stay true.
    #[must_use]
    pub fn until_next_minute(&self) -> Option<Duration> {
        self.current.as_ref()?;
        let elapsed = self.since.elapsed();
        // A little later, so that the minute is over when it is looked at.
        Some(Duration::from_secs(60 - elapsed.as_secs() % 60) + Duration::from_millis(5))
    }

    /// Whether the package after this one can be shown at once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self.ahead, Ahead::Ready(_))
    }

    /// Whether another package is on its way to the screen.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether a package is being read in the background.
    #[must_use]
    pub fn is_surveying(&self) -> bool {
        self.surveying.is_some()
    }

    /// Whether this is the package that was labelled last: a copy of it under another name has that label too, which the list
    /// may not know yet.
    pub(super) fn is_labelled(&self, sha256: &str) -> bool {
        self.offer.as_ref().is_some_and(|offer| offer.sha256 == sha256)
    }

    /// What stands first in the list of what can come next; a list in another order does not tell.
    pub(super) fn first_waiting(&self) -> Option<i64> {
        let listing = self.list().filter(|listing| listing.order == self.order)?;
        let current = self.current.as_ref().map(|current| current.number);
        (0..listing.rows.len()).find_map(|row| {
            let (_, item, label) = listing.at(row)?;
            let waits = label.is_none() && item.failed.is_none() && listing.holder(item.number).is_none();
            let here = Some(item.number) == current || self.passed.contains(&item.number);
            (waits && !here).then_some(item.number)
        })
    }

    /// The packages that are held for later.
    pub(in crate::tui) fn held(&self) -> impl Iterator<Item = &Shown> {
        let ahead = match &self.ahead {
            Ahead::Ready(ready) => Some(&ready.shown),
            _ => None,
        };
        ahead.into_iter().chain(self.kept.iter().map(|ready| &ready.shown))
    }

    pub(super) fn forget_ahead(&mut self) {
        // What is still being made is for an order, or a place in it, that holds no longer.
        self.fetched.renew();
        if let Ahead::Ready(ready) = std::mem::take(&mut self.ahead) {
            self.keep(*ready);
        }
    }

    pub(super) fn keep(&mut self, ready: Ready) {
        self.kept.retain(|kept| kept.item.number != ready.item.number);
        if ready.bytes() <= KEPT_BYTES {
            self.kept.insert(0, ready);
            // One more while the one ahead is not taken: it may be the one that is asked for again.
            self.kept.truncate(KEPT + 1);
        }
    }

    pub(super) fn kept(&mut self, number: i64) -> Option<Ready> {
        let at = self.kept.iter().position(|kept| kept.item.number == number)?;
        Some(self.kept.remove(at))
    }
}
