//! Analysts' decisions: an append-only log in SQLite from which the state is folded.
//!
//! Every decision and every undo is an event that carries time, actor, versions and the hash of the event before it.
//! Nothing is ever changed or removed; [`Ledger::verify`] shows whether somebody did. An event is on the disk when the call
//! that wrote it returns, and a process killed at any moment leaves either the whole event or none of it. Several processes
//! may write to one ledger at once.
//!
//! Opening a ledger verifies it: the chain of hashes, and that it is no shorter than is known of it from outside the file. What
//! lies beside it, all readable by the user only: `.head` (number and hash of the last event), `.checkpoint` (the state of a
//! long log that was verified) and `.backup-N` (copies).
//!
//! Beside the log lies the [queue](crate::queue): what waits for a decision. It is working state and may change.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use jiff::Timestamp;

mod agreement;
mod anchor;
mod backup;
pub(crate) mod chain;
mod checkpoint;
mod error;
mod event;
mod fold;
pub mod guideline;
mod head;
mod labelled;
mod review;
mod role;
mod selection;
mod span;
mod store;
mod suppression;
mod taxonomy;
mod working;

#[cfg(test)]
mod review_tests;
#[cfg(test)]
mod role_tests;
#[cfg(test)]
mod span_tests;
#[cfg(test)]
mod suppression_tests;

pub use agreement::{Agreement, Estimate, Pace, Report as AgreementReport};
pub use anchor::{Anchor, Anchors, Lost, Place};
pub use backup::Restored;
pub use chain::ROOT;
pub use error::LedgerError;
pub use event::{Body, Event, Label, What};
pub use fold::{Redone, Standing, StandingSpan, Undone};
pub use labelled::{FileSeen, Given, Labelled, Shown};
pub use review::{Disagreement, ReviewPolicy};
pub use role::{IndicatorRole, RoleSet, StandingRole};
pub use selection::{Order, Queued, Why};
pub use span::{MarkedLayer, MarkedSpan, PlaceInText, SpanRole};
pub use suppression::{Finding, HiddenBy, Hiding, Scope, StandingSuppression, Suppression};
pub use taxonomy::{Facet, TAGS, Tag, Taxonomy};

use backup::Moment;
use fold::{Act, Fold};
use head::{Head, Stamp};
use store::{Row, Store};

/// What [`Ledger::verify`] found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events there are.
    pub events: i64,
    /// Hash of the last one, [`ROOT`] where there is none. Whoever notes it can later show that the log only grew.
    pub head: String,
}

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
    fold: Fold,
    /// What is noted of it outside its file.
    noted: Head,
    actor: String,
    clock: fn() -> Timestamp,
    policy: ReviewPolicy,
}

impl Ledger {
    /// Where the ledger lies unless the user names another: `cerebro/ledger.sqlite` in the user's data folder.
    ///
    /// # Errors
    /// When the user has no home folder.
    pub fn default_path() -> Result<PathBuf, LedgerError> {
        let folders = etcetera::choose_base_strategy().map_err(|_| LedgerError::NoHome)?;
        Ok(folders.data_dir().join("cerebro").join("ledger.sqlite"))
    }

    /// Opens a ledger and verifies it, making a new one (readable by the user only) where there never was one. `actor` is
    /// written beside every event and decides what [`Self::undo`] takes back.
    ///
    /// # Errors
    /// When the file cannot be read or written, is no ledger, or is not what it was.
    pub fn open(path: &Path, actor: &str) -> Result<Self, LedgerError> {
        // Before the log itself: it may grow meanwhile.
        let noted = Head::load(path);
        let known = known_events(path, noted.as_ref());
        if !path.exists() && known > 0 {
            return Err(LedgerError::Gone { path: path.to_path_buf(), known });
        }
        let mut store = Store::open(path)?;
        let before = Stamp::of(path);
        let mut head =
            noted.clone().unwrap_or(Head { events: 0, hash: ROOT.to_owned(), stamp: None, checkpoint: None });
        let untouched = head.stamp.is_some() && head.stamp == before;
        let mut fold = Fold::default();
        if let Some(kept) = head.checkpoint.as_deref().filter(|_| untouched).and_then(|c| checkpoint::load(path, c))
            && store.hash_of(kept.last)?.as_deref() == Some(kept.head())
        {
            fold = kept;
        }
        let kept = fold.last;
        store.each(fold.last, |row| {
            let number = row.number;
            take_in(&mut fold, row)?;
            if number == head.events && fold.head() != head.hash {
                return Err(LedgerError::Broken { event: number, what: "another event was there before" });
            }
            Ok(())
        })?;
        // Without what was noted, the newest backup tells.
        let known = if noted.is_some() { head.events } else { known };
        if fold.last < known {
            return Err(LedgerError::RolledBack { path: path.to_path_buf(), there: fold.last, known });
        }
        store.stamp = before.filter(|before| Stamp::of(path) == Some(*before));
        if fold.last - kept >= checkpoint::EVERY {
            match checkpoint::save(path, &fold) {
                Ok(hash) => head.checkpoint = Some(hash),
                Err(error) => tracing::warn!("no checkpoint was written beside {}: {error}", path.display()),
            }
        }
        let mut ledger =
            Self { store, fold, noted: head, actor: actor.to_owned(), clock: now, policy: ReviewPolicy::default() };
        // One that is only read, and never was written to, need not have anything beside it.
        if ledger.fold.last > 0 {
            ledger.note(noted.is_none());
            ledger.copy(Moment::Border);
        }
        Ok(ledger)
    }

    /// A ledger that lies nowhere and is gone with this value, for practice.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn in_memory(actor: &str) -> Result<Self, LedgerError> {
        let store = Store::in_memory()?;
        let noted = Head { events: 0, hash: ROOT.to_owned(), stamp: None, checkpoint: None };
        let (fold, policy) = (Fold::default(), ReviewPolicy::default());
        Ok(Self { store, fold, noted, actor: actor.to_owned(), clock: now, policy })
    }

    /// Whether there once was a ledger with events in it at this place.
    #[must_use]
    pub fn was_there(path: &Path) -> bool {
        known_events(path, Head::load(path).as_ref()) > 0
    }

    /// Puts the newest sound backup in the place of a ledger that is damaged, gone or shorter than it was.
    ///
    /// # Errors
    /// When the ledger is sound, there is no sound backup, or the disk refuses.
    pub fn restore(path: &Path) -> Result<Restored, LedgerError> {
        if path.exists()
            && let Ok(ledger) = Self::open(path, "")
        {
            return Err(LedgerError::Sound { path: path.to_path_buf(), events: ledger.fold.last });
        }
        backup::restore(path)
    }

    /// Notes outside the file where the log ends, unless that is noted already.
    fn note(&mut self, anew: bool) {
        if !self.store.on_disk {
            return;
        }
        let (events, hash) = self.fold.end();
        let head = Head { events, hash, stamp: self.store.stamp, checkpoint: self.noted.checkpoint.clone() };
        if head == self.noted && !anew {
            return;
        }
        // The event is in the log. What is noted lags behind it, which is no harm.
        if let Err(error) = head.save(self.store.path()) {
            tracing::warn!("{} was not written: {error}", Head::path(self.store.path()).display());
        }
        self.noted = head;
    }

    /// Copies the file, if a copy is due.
    fn copy(&self, moment: Moment) {
        if !self.store.on_disk {
            return;
        }
        if let Err(error) = backup::keep(&self.store, self.fold.last, moment) {
            tracing::warn!("no backup was made: {error}");
        }
    }

    /// Takes the time from elsewhere, for logs that must come out the same every time.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> Timestamp) -> Self {
        self.clock = clock;
        self
    }

    /// Takes in what other processes have written since.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn refresh(&mut self) -> Result<(), LedgerError> {
        let Self { store, fold, .. } = self;
        store.each(fold.last, |row| take_in(fold, row))?;
        if self.fold.last > self.noted.events {
            self.note(false);
            self.copy(Moment::Within);
        }
        Ok(())
    }

    /// Records a decision. When this returns the event is on the disk.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was recorded.
    pub fn label(&mut self, labelled: Labelled) -> Result<Option<Standing>, LedgerError> {
        let sha256 = labelled.sha256.clone();
        let mut body = self.body(What::Unknown);
        let Self { store, fold, policy, actor, .. } = self;
        store.append(fold.end(), |rows| {
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            let mut labelled = labelled;
            labelled.given.second = fold.is_due(*policy, &labelled.sha256, actor);
            body.what = What::Labelled(Box::new(labelled));
            Ok(Some(body))
        })?;
        self.refresh()?;
        Ok(self.state(&sha256).cloned())
    }

    fn append(&mut self, body: Body) -> Result<(), LedgerError> {
        let Self { store, fold, .. } = self;
        store.append(fold.end(), |rows| {
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            Ok(Some(body))
        })?;
        self.refresh()
    }

    /// Records a marked span, unless this actor has marked the same bytes in the same role already. Answers with the span that
    /// stands now.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was recorded.
    pub fn mark(&mut self, marked: MarkedSpan) -> Result<Option<StandingSpan>, LedgerError> {
        let wanted = marked.clone();
        let body = self.body(What::SpanMarked(Box::new(marked)));
        let Self { store, fold, actor, .. } = self;
        let actor = actor.clone();
        let same = |fold: &Fold| {
            fold.spans(&wanted.sha256).find(|span| span.actor == actor && span.marked.same_bytes(&wanted)).cloned()
        };
        store.append(fold.end(), |rows| {
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            Ok(same(fold).is_none().then_some(body))
        })?;
        self.refresh()?;
        Ok(same(&self.fold))
    }

    /// Removes a span that this actor marked, by the number of the event that did. `None` where it does not stand or somebody
    /// else marked it.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was removed.
    pub fn unmark(&mut self, event: i64) -> Result<Option<StandingSpan>, LedgerError> {
        let mut removed = None;
        let body = self.body(What::SpanRemoved { event });
        let Self { store, fold, actor, .. } = self;
        store.append(fold.end(), |rows| {
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            removed = fold.span(event).filter(|span| span.actor == *actor).cloned();
            Ok(removed.is_some().then_some(body))
        })?;
        self.refresh()?;
        Ok(removed)
    }

    /// Records the role of an indicator, unless it has that role already.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was recorded.
    pub fn set_role(&mut self, set: RoleSet) -> Result<(), LedgerError> {
        let wanted = set.clone();
        let body = self.body(What::RoleSet(Box::new(set)));
        let Self { store, fold, .. } = self;
        store.append(fold.end(), |rows| {
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            Ok((fold.roles.of(&wanted) != wanted.role).then_some(body))
        })?;
        self.refresh()
    }

    /// Takes back the last thing that this actor did and that still holds, in this session or an earlier one: a label, a marked
    /// span, the removal of one, or the role of an indicator. `None` where there is nothing. A package whose label is taken back has the one it had before.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was undone.
    pub fn undo(&mut self) -> Result<Option<Undone>, LedgerError> {
        self.take_back(Fold::last_by)
    }

    /// Takes back the last mark or removal of a mark that this actor made in an archive and that still holds.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was undone.
    pub fn undo_span(&mut self, sha256: &str) -> Result<Option<Undone>, LedgerError> {
        self.take_back(|fold, actor| fold.last_span_by(actor, Some(sha256)))
    }

    /// Takes back the last label that this actor gave one package.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was undone.
    pub fn undo_label(&mut self, sha256: &str) -> Result<Option<Undone>, LedgerError> {
        self.take_back(|fold, actor| fold.own(sha256, actor))
    }

    /// Takes back the last role that this actor gave an indicator; `about` names it, whatever role it has.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was undone.
    pub fn undo_role(&mut self, about: &RoleSet) -> Result<Option<Undone>, LedgerError> {
        self.take_back(|fold, actor| fold.roles.own(about, actor).cloned().map(Act::Role))
    }

    /// Does again what this actor took back last, unless they did something else since. `None` where there is nothing.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was done again.
    pub fn redo(&mut self) -> Result<Option<Redone>, LedgerError> {
        let mut last = None;
        let mut body = self.body(What::Unknown);
        let Self { store, fold, actor, .. } = self;
        store.append(fold.end(), |rows| {
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            last = fold.last_undone_by(actor);
            Ok(last.as_ref().map(|(event, _)| {
                body.what = What::Redone { event: *event };
                body
            }))
        })?;
        self.refresh()?;
        Ok(last.map(|(_, act)| match act {
            Act::Labelled(standing) => Redone::Label(standing),
            Act::Marked(span) => Redone::Marked(span),
            Act::Removed(_, span) => Redone::Removed(span),
            Act::Role(role) => Redone::Role(role),
            Act::Suppressed(standing) => Redone::Suppressed(standing),
            Act::Lifted(_, _, standing) => Redone::Lifted(standing),
        }))
    }

    fn take_back(&mut self, choose: impl Fn(&Fold, &str) -> Option<Act>) -> Result<Option<Undone>, LedgerError> {
        let mut last = None;
        let mut body = self.body(What::Unknown);
        let Self { store, fold, actor, .. } = self;
        store.append(fold.end(), |rows| {
            rows.into_iter().try_for_each(|row| take_in(fold, row))?;
            last = choose(fold, actor);
            Ok(last.as_ref().map(|act| {
                body.what = What::Undone { event: act.event() };
                body
            }))
        })?;
        self.refresh()?;
        Ok(last.map(|act| match act {
            Act::Labelled(removed) => {
                Undone::Label { restored: self.state(&removed.sha256).cloned(), removed: Box::new(removed) }
            }
            Act::Marked(span) => Undone::Marked(span),
            Act::Removed(_, span) => Undone::Removed(span),
            Act::Role(removed) => Undone::Role { restored: self.fold.roles.of(&removed.set), removed },
            Act::Suppressed(standing) => Undone::Suppressed(standing),
            Act::Lifted(_, _, standing) => Undone::Lifted(standing),
        }))
    }

    /// Every marked span of an archive that stands, oldest first, as of the last [`Self::refresh`].
    pub fn spans(&self, sha256: &str) -> impl Iterator<Item = &StandingSpan> {
        self.fold.spans(sha256)
    }

    /// The roles that analysts gave to indicators of an archive, as of the last [`Self::refresh`].
    pub fn roles(&self, sha256: &str) -> impl Iterator<Item = &StandingRole> {
        self.fold.roles.current(sha256)
    }

    /// Logs that a package of the queue was looked at and left without a label.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was recorded.
    pub fn passed_over(&mut self, sha256: &str, queued: &Queued) -> Result<(), LedgerError> {
        let body = self.body(What::PassedOver { sha256: sha256.to_owned(), queued: queued.clone() });
        self.append(body)
    }

    /// The label that a package has, as of the last [`Self::refresh`].
    #[must_use]
    pub fn state(&self, sha256: &str) -> Option<&Standing> {
        self.fold.current(sha256)
    }

    /// Every label of a package that stands, oldest first.
    pub fn history(&self, sha256: &str) -> impl Iterator<Item = &Standing> {
        self.fold.history(sha256)
    }

    /// The label of every package that has one, in the order in which they were given.
    pub fn records(&self) -> impl Iterator<Item = &Standing> {
        self.fold.all_current()
    }

    /// Who writes to the log through this ledger.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// A name for a person that does not tell who it is: `a1` for the first who wrote to the log.
    #[must_use]
    pub fn pseudonym(&self, actor: &str) -> String {
        let known = self.fold.actors.iter().position(|known| known == actor);
        format!("a{}", known.unwrap_or(self.fold.actors.len()) + 1)
    }

    /// When the last event happened.
    #[must_use]
    pub fn last_time(&self) -> Option<Timestamp> {
        self.fold.last_time
    }

    /// Hash of the last event, [`ROOT`] where there is none.
    #[must_use]
    pub fn head(&self) -> &str {
        self.fold.head()
    }

    /// One event in full.
    ///
    /// # Errors
    /// When there is no such event or the file cannot be read.
    pub fn event(&self, number: i64) -> Result<Event, LedgerError> {
        self.store.event(number)
    }

    /// Shows every event to `look`, in order and one at a time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn events(&self, mut look: impl FnMut(Event)) -> Result<(), LedgerError> {
        self.store.each(0, |Row { number, previous, hash, body }| {
            look(Event { number, previous, hash, body: store::parse(number, &body)? });
            Ok(())
        })
    }

    /// Checks the whole chain.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] names the first event that was changed, moved or removed. Events cut off at the end are seen when
    /// the ledger is opened.
    pub fn verify(&self) -> Result<Verified, LedgerError> {
        verify(&self.store)
    }

    /// The time as it would be written beside an event now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn body(&self, what: What) -> Body {
        let time = self.now();
        Body { time, actor: self.actor.clone(), tool: env!("CARGO_PKG_VERSION").to_owned(), what }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if self.fold.last > 0 {
            self.note(false);
            self.copy(Moment::Border);
        }
    }
}

/// How many events a ledger is known to have had, from what lies beside it.
fn known_events(path: &Path, noted: Option<&Head>) -> i64 {
    let copied = backup::list(path).first().map_or(0, |(events, _)| *events);
    noted.map_or(0, |head| head.events).max(copied)
}

/// Checks the whole chain of a file.
fn verify(store: &Store) -> Result<Verified, LedgerError> {
    let mut verified = Verified { events: 0, head: ROOT.to_owned() };
    store.each(0, |row| {
        chain::check(verified.events, &verified.head, &row)?;
        store::parse(row.number, &row.body)?;
        verified = Verified { events: row.number, head: row.hash };
        Ok(())
    })?;
    Ok(verified)
}

fn take_in(fold: &mut Fold, row: Row) -> Result<(), LedgerError> {
    chain::check(fold.last, fold.head(), &row)?;
    let body = store::parse(row.number, &row.body)?;
    fold.apply(row.number, row.hash, body);
    Ok(())
}

/// The system's time in milliseconds, which is as exact as anybody reads it.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
