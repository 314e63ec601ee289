//! Analysts' decisions: an append-only log, in a file or on a server, from which the state is folded.
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
//! A log on a server has the same events with the same hashes. Of what lies beside a file only `.head` and `.checkpoint` are
//! kept of it, on this machine, and `.kept`: what was decided while the server was away.
//!
//! Beside the log lies the [queue](crate::queue): what waits for a decision. It is working state and may change.

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
mod kept;
mod labelled;
mod open;
mod outbox;
mod review;
mod role;
mod selection;
mod span;
mod store;
mod suppression;
pub(crate) mod tables;
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
pub(crate) use working::Knowing;

use backup::Moment;
use fold::{Act, Fold};
use head::Head;
use kept::{Kept, WAITING};
use outbox::Outbox;
use store::{Purpose, Row, Store};
use tables::Tables;

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
    store: Box<dyn Store>,
    fold: Fold,
    /// What is counted beside the log while a server is away.
    kept: Option<Kept>,
    /// Where that is kept; none for a file.
    outbox: Option<Outbox>,
    /// What is noted of it outside its file.
    noted: Head,
    actor: String,
    clock: Option<fn() -> Timestamp>,
    policy: ReviewPolicy,
}

impl Ledger {
    /// Takes the time from elsewhere, for logs that must come out the same every time.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> Timestamp) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Takes in what others have written since. Where the server of a ledger is away, what is known stays known.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn refresh(&mut self) -> Result<(), LedgerError> {
        if !self.settle()? {
            return Ok(());
        }
        let Self { store, fold, .. } = self;
        match store.read().and_then(|mut tables| take_in_new(fold, &mut *tables)) {
            Err(LedgerError::Offline { .. }) => return Ok(()),
            read => read?,
        }
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
    pub fn label(&mut self, mut labelled: Labelled) -> Result<Option<Standing>, LedgerError> {
        let (sha256, policy) = (labelled.sha256.clone(), self.policy);
        self.append(|fold, actor| {
            labelled.given.second = fold.is_due(policy, &labelled.sha256, actor);
            Some(What::Labelled(Box::new(labelled)))
        })?;
        Ok(self.state(&sha256).cloned())
    }

    /// Appends what `choose` asks for. It is asked with the log locked and every event known, so that it judges by what is there
    /// and no other process can come between. Where the server of a ledger is away, it judges by what is known, and what it asks
    /// for is kept.
    fn append(&mut self, choose: impl FnOnce(&Fold, &str) -> Option<What>) -> Result<(), LedgerError> {
        let mut choose = Some(choose);
        let mut body = self.body(What::Unknown);
        let mut chosen = false;
        let appended = if self.settle()? { self.append_now(&mut choose, &mut body, &mut chosen) } else { Ok(false) };
        match appended {
            Ok(true) => {}
            Ok(false) | Err(LedgerError::Offline { .. }) if self.outbox.is_some() => {
                if let Some(what) = choose.and_then(|choose| choose(&self.fold, &self.actor)) {
                    (body.what, chosen) = (what, true);
                }
                return if chosen { self.keep(&body) } else { Ok(()) };
            }
            Ok(false) => {}
            Err(error) => return Err(error),
        }
        self.refresh()
    }

    /// Appends what `choose` asks for, which stands in `body` then if it asked for something.
    fn append_now(
        &mut self,
        choose: &mut Option<impl FnOnce(&Fold, &str) -> Option<What>>,
        body: &mut Body,
        chosen: &mut bool,
    ) -> Result<bool, LedgerError> {
        let Self { store, fold, actor, .. } = self;
        let mut transaction = store.begin(Purpose::Append)?;
        take_in_new(fold, &mut *transaction)?;
        if let Some(what) = choose.take().and_then(|choose| choose(fold, actor)) {
            (body.what, *chosen) = (what, true);
            let last = store::end(&mut *transaction)?;
            if last != fold.end() {
                drop(transaction);
                return Err(store.rolled_back(last.0, fold.last));
            }
            store::insert(&mut *transaction, &last, &store::written(body)?)?;
            transaction.commit()?;
        }
        Ok(true)
    }

    /// Records a marked span, unless this actor has marked the same bytes in the same role already. Answers with the span that
    /// stands now.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was recorded.
    pub fn mark(&mut self, marked: MarkedSpan) -> Result<Option<StandingSpan>, LedgerError> {
        let wanted = marked.clone();
        let same = |fold: &Fold, actor: &str| {
            fold.spans(&wanted.sha256).find(|span| span.actor == actor && span.marked.same_bytes(&wanted)).cloned()
        };
        self.append(|fold, actor| same(fold, actor).is_none().then(|| What::SpanMarked(Box::new(marked))))?;
        Ok(same(&self.fold, &self.actor))
    }

    /// Removes a span that this actor marked, by the number of the event that did. `None` where it does not stand or somebody
    /// else marked it.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was removed.
    pub fn unmark(&mut self, event: i64) -> Result<Option<StandingSpan>, LedgerError> {
        let mut removed = None;
        self.append(|fold, actor| {
            removed = fold.span(event).filter(|span| span.actor == actor).cloned();
            removed.is_some().then_some(What::SpanRemoved { event })
        })?;
        Ok(removed)
    }

    /// Records the role of an indicator, unless it has that role already.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was recorded.
    pub fn set_role(&mut self, set: RoleSet) -> Result<(), LedgerError> {
        self.append(|fold, _| (fold.roles.of(&set) != set.role).then(|| What::RoleSet(Box::new(set))))
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
        self.append(|fold, actor| {
            last = fold.last_undone_by(actor);
            last.as_ref().map(|(event, _)| What::Redone { event: *event })
        })?;
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
        self.append(|fold, actor| {
            last = choose(fold, actor);
            last.as_ref().map(|act| What::Undone { event: act.event() })
        })?;
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
        self.append(|_, _| Some(What::PassedOver { sha256: sha256.to_owned(), queued: queued.clone() }))
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
        if number >= WAITING {
            return self.waiting_event(number).ok_or(LedgerError::NoEvent { event: number });
        }
        let Row { number, previous, hash, body } =
            store::row(&mut *self.store.read()?, number)?.ok_or(LedgerError::NoEvent { event: number })?;
        Ok(Event { number, previous, hash, body: store::parse(number, &body)? })
    }

    /// Shows every event to `look`, in order and one at a time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn events(&self, mut look: impl FnMut(Event)) -> Result<(), LedgerError> {
        store::each(&mut *self.store.read()?, 0, |Row { number, previous, hash, body }| {
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
        verify(&mut *self.store.read()?)
    }

    /// The time as it would be written beside an event now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        if let Some(clock) = self.clock {
            return clock();
        }
        let now = now();
        now.checked_add(self.store.ahead()).unwrap_or(now)
    }

    fn body(&self, what: What) -> Body {
        let time = self.now();
        Body { time, actor: self.actor.clone(), tool: env!("CARGO_PKG_VERSION").to_owned(), what }
    }
}

/// Checks the whole chain of a log.
fn verify(tables: &mut dyn Tables) -> Result<Verified, LedgerError> {
    let mut verified = Verified { events: 0, head: ROOT.to_owned() };
    store::each(tables, 0, |row| {
        chain::check(verified.events, &verified.head, &row)?;
        store::parse(row.number, &row.body)?;
        verified = Verified { events: row.number, head: row.hash };
        Ok(())
    })?;
    Ok(verified)
}

/// Takes in the events after the last one that is known.
fn take_in_new(fold: &mut Fold, tables: &mut dyn Tables) -> Result<(), LedgerError> {
    store::each(tables, fold.last, |row| take_in(fold, row))
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
