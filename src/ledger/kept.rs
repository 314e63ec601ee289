//! Decisions that are made while the ledger's server is away: kept in the [journal](super::outbox), counted by this ledger as if
//! they were events, and sent in one piece when the server is back.

use super::event::{Body, Event};
use super::fold::Fold;
use super::store::{self, Purpose};
use super::{Ledger, LedgerError, take_in_new};

/// From this number on an event is none yet: it waits in the journal under what its number is beyond this one. Whoever comes
/// later in the order of deciding has the higher number, as with events.
pub(super) const WAITING: i64 = 1 << 60;

/// What is counted beside the log.
#[derive(Debug)]
pub(super) struct Kept {
    /// The log alone.
    log: Fold,
    /// What waits, by the number that it has until it is sent.
    bodies: Vec<(i64, Body)>,
}

impl Ledger {
    /// How many decisions wait on this machine for the server to be back; `None` where the ledger needs no server.
    #[must_use]
    pub fn kept(&self) -> Option<usize> {
        // A journal that cannot be read now has told so when something was to be kept.
        self.outbox.as_ref().map(|outbox| outbox.waiting().unwrap_or_default())
    }

    /// Sends what is kept, if the server is back. Answers how many still wait.
    ///
    /// # Errors
    /// When the server refuses them, or the journal cannot be read.
    pub fn send_kept(&mut self) -> Result<usize, LedgerError> {
        self.settle()?;
        Ok(self.kept().unwrap_or_default())
    }

    /// Whether nothing is kept, after trying to send what is.
    pub(super) fn settle(&mut self) -> Result<bool, LedgerError> {
        let Some(outbox) = &self.outbox else { return Ok(true) };
        if outbox.waiting()? == 0 {
            // Another workbench on this machine may have sent it.
            if let Some(kept) = self.kept.take() {
                self.fold = kept.log;
            }
            return Ok(true);
        }
        match self.send() {
            Ok(()) => Ok(true),
            Err(LedgerError::Offline { .. }) => {
                self.count()?;
                Ok(false)
            }
            Err(error) => {
                self.count()?;
                Err(error)
            }
        }
    }

    /// Keeps an event for later.
    pub(super) fn keep(&mut self, body: &Body) -> Result<(), LedgerError> {
        let after = self.kept.as_ref().map_or(self.fold.last, |kept| kept.log.last);
        if let Some(outbox) = &self.outbox {
            outbox.add(after, &store::written(body)?)?;
        }
        self.count()
    }

    /// Counts what was kept since, by this workbench or another one of this machine.
    fn count(&mut self) -> Result<(), LedgerError> {
        let Some(outbox) = &self.outbox else { return Ok(()) };
        let fold = &mut self.fold;
        let kept = self.kept.get_or_insert_with(|| Kept { log: fold.clone(), bodies: Vec::new() });
        let counted = kept.bodies.last().map_or(0, |(number, _)| number - WAITING);
        for line in outbox.lines(counted)? {
            let number = WAITING + line.number;
            let body = store::parse(number, &line.body)?;
            fold.apply(number, "kept".to_owned(), body.clone());
            kept.bodies.push((number, body));
        }
        Ok(())
    }

    /// Appends all that is kept to the log, in one transaction. What has arrived before, though nobody said so, is found by its
    /// body and not appended again.
    fn send(&mut self) -> Result<(), LedgerError> {
        let Self { store, fold, kept, outbox, .. } = self;
        let Some(outbox) = outbox else { return Ok(()) };
        let mut transaction = store.begin(Purpose::Append)?;
        let sending = outbox.send()?;
        if let Some(kept) = kept.take() {
            *fold = kept.log;
        }
        take_in_new(fold, &mut *transaction)?;
        let mut last = store::end(&mut *transaction)?;
        if last != fold.end() {
            drop(transaction);
            return Err(store.rolled_back(last.0, fold.last));
        }
        for line in sending.lines()? {
            let mut body = store::parse(WAITING + line.number, &line.body)?;
            let mut renumbered = false;
            body.what.renumber(|event| {
                if event < WAITING {
                    return Ok(event);
                }
                renumbered = true;
                sending.event_of(event - WAITING)?.ok_or(LedgerError::NoEvent { event })
            })?;
            let text = if renumbered { store::written(&body)? } else { line.body };
            let event = match store::find(&mut *transaction, line.after, &text)? {
                Some(event) => event,
                None => {
                    last = store::insert(&mut *transaction, &last, &text)?;
                    last.0
                }
            };
            sending.sent(line.number, event)?;
        }
        // In this order: what is sent twice is found, what is never sent is not.
        transaction.commit()?;
        sending.end()
    }

    /// Something that waits, as an event without a place in the chain yet.
    pub(super) fn waiting_event(&self, number: i64) -> Option<Event> {
        let (_, body) = self.kept.as_ref()?.bodies.iter().find(|(waiting, _)| *waiting == number)?;
        Some(Event { number, previous: String::new(), hash: String::new(), body: body.clone() })
    }
}
