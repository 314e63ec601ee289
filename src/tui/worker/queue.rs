//! The queue's worker: what comes next, what is noted of a package that was read, and that what one has stays one's own.
//!
//! Packages themselves are opened by others ([`super::reading`]); this worker only talks to the ledger, so that asking for the
//! next package never waits for one that is being read.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::case::similar::Signature;
use crate::ledger::{Order, Queued};
use crate::model::config::Extractor;
use crate::queue::{Arrived, Item, Judged, LEASE, Listing, Next, Queue};

use super::{Answer, Post, Ticket, answer, guarded};

/// Which extraction wrote what the model reads.
pub static EXTRACTOR: LazyLock<String> = LazyLock::new(|| Extractor::ours().to_string());

/// How often leases are renewed.
const RENEWAL: Duration = Duration::from_secs(LEASE.as_secs() / 4);

/// The queue of a ledger, not opened yet.
pub struct OpenQueue {
    /// Opens it, and makes the ledger where there is none.
    pub open: Box<dyn FnOnce() -> Result<Queue, String> + Send>,
    /// Whether there is a ledger.
    pub exists: Box<dyn Fn() -> bool + Send>,
}

/// What is asked of the queue.
#[derive(Debug)]
pub enum Ask {
    /// The packages in an order.
    List(Order),
    /// The same, if there is a ledger: where there is none, none is made.
    Glance(Order),
    /// The next package, for this workbench alone.
    Next {
        /// Newest wins.
        ticket: Ticket,
        /// By which order.
        order: Order,
        /// Seen and left for later.
        passed: Vec<i64>,
        /// What this workbench had before and keeps.
        keep: Vec<i64>,
    },
    /// A package of the list, for this workbench alone.
    Open {
        /// Newest wins.
        ticket: Ticket,
        /// Its number.
        number: i64,
        /// By which order it is listed.
        order: Order,
    },
    /// Note what came of reading a package.
    Read {
        /// Its number.
        number: i64,
        /// The analysis, or why there is none.
        read: Result<Arc<Case>, String>,
        /// Hash of the model that gave the verdict.
        model: String,
        /// Whether it was read in the background.
        background: bool,
    },
    /// Log that a package was looked at and left without a label.
    Passed {
        /// SHA-256 of the package.
        sha256: String,
        /// How it came before the analyst.
        queued: Queued,
    },
    /// Give back what one has, and end.
    Close,
}

/// What the queue answers.
#[derive(Debug)]
pub enum Told {
    /// The packages in order, or why they cannot be listed.
    Listed {
        /// They.
        listing: Result<Arc<Listing>, String>,
        /// The package that was read in the background, where that is why they are listed anew.
        background: Option<i64>,
    },
    /// There is no ledger, so nothing can wait in it.
    NoLedger,
    /// The model failed on a package that was read in the background.
    Stopped(String),
    /// The next package.
    Next {
        /// Of the request.
        ticket: Ticket,
        /// It, the end, or why the queue cannot be used.
        next: Result<Next, String>,
    },
    /// A package of the list.
    Opened {
        /// Of the request.
        ticket: Ticket,
        /// It; `None` where another workbench has it or it is gone.
        item: Result<Option<Box<(Item, Queued)>>, String>,
    },
}

/// The list as the worker knows it.
struct Known {
    listing: Arc<Listing>,
    since: Instant,
    took: Duration,
}

pub(super) fn serve(ledger: OpenQueue, asks: &Receiver<Ask>, to: &Post) {
    // Opened at the first request: who opens one package by its path may never ask for the queue.
    let OpenQueue { open, exists } = ledger;
    let mut open = Some(open);
    let mut queue: Result<Queue, String> = Err(String::new());
    let mut known: Option<Known> = None;
    let mut renewed = Instant::now();
    loop {
        let ask = asks.recv_timeout(RENEWAL.saturating_sub(renewed.elapsed()));
        if renewed.elapsed() >= RENEWAL {
            renewed = Instant::now();
            if let Ok(queue) = &mut queue {
                // Where it fails now it is tried again in a minute, long before the lease ends.
                let _ = queue.renew();
            }
        }
        let ask = match ask {
            Ok(ask) => ask,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => Ask::Close,
        };
        if matches!(ask, Ask::Close) {
            if let Ok(queue) = &mut queue {
                // What cannot be given back now is free when its lease ends.
                let _ = queue.release(&[]);
            }
            return;
        }
        if open.is_some() && matches!(ask, Ask::Glance(_)) && !exists() {
            answer(to, Answer::Queue(Told::NoLedger));
            continue;
        }
        if let Some(open) = open.take() {
            queue = guarded("opening the queue", open).and_then(|r| r);
        }
        let told = match &mut queue {
            Ok(queue) => guarded("the queue", || take(queue, &mut known, ask)).unwrap_or_else(|why| {
                known = None;
                Some(Told::Listed { listing: Err(why), background: None })
            }),
            Err(why) => Some(refuse(ask, why.clone())),
        };
        if let Some(told) = told {
            answer(to, Answer::Queue(told));
        }
    }
}

/// The answer where there is no queue.
fn refuse(ask: Ask, why: String) -> Told {
    match ask {
        Ask::Next { ticket, .. } => Told::Next { ticket, next: Err(why) },
        Ask::Open { ticket, .. } => Told::Opened { ticket, item: Err(why) },
        Ask::Read { number, background: true, .. } => Told::Listed { listing: Err(why), background: Some(number) },
        Ask::List(_) | Ask::Glance(_) | Ask::Read { .. } | Ask::Passed { .. } | Ask::Close => {
            Told::Listed { listing: Err(why), background: None }
        }
    }
}

fn take(queue: &mut Queue, known: &mut Option<Known>, ask: Ask) -> Option<Told> {
    match ask {
        Ask::List(order) | Ask::Glance(order) => {
            Some(Told::Listed { listing: list(queue, known, order), background: None })
        }
        Ask::Next { ticket, order, passed, keep } => {
            Some(Told::Next { ticket, next: queue.next(order, &passed, &keep).map_err(|e| e.to_string()) })
        }
        Ask::Open { ticket, number, order } => {
            let item = queue.open(number, order, &[]).map_err(|e| e.to_string());
            Some(Told::Opened { ticket, item: item.map(|found| found.map(Box::new)) })
        }
        Ask::Read { number, read, model, background } => {
            let noted = note(queue, known, number, read, &model);
            let order = known.as_ref().map_or(Order::default(), |known| known.listing.order);
            let listing = match (noted, &*known) {
                (Err(why), _) => Err(why),
                // Sorting a long list after every package would take longer than reading them. Where the package that comes next
                // stands now must be known before it comes, and after the last one nobody asks again.
                (Ok(()), Some(known))
                    if background
                        && known.since.elapsed() < known.took * 10
                        && known.listing.next_unread(&model, &EXTRACTOR).is_some() =>
                {
                    Ok(Arc::clone(&known.listing))
                }
                (Ok(()), _) => list(queue, known, order),
            };
            Some(Told::Listed { listing, background: background.then_some(number) })
        }
        Ask::Passed { sha256, queued } => {
            let order = known.as_ref().map_or(queued.order, |known| known.listing.order);
            let logged = queue.passed_over(&sha256, &queued).map_err(|e| e.to_string());
            let listing = logged.and_then(|()| list(queue, known, order));
            Some(Told::Listed { listing, background: None })
        }
        Ask::Close => None,
    }
}

fn list(queue: &mut Queue, known: &mut Option<Known>, order: Order) -> Result<Arc<Listing>, String> {
    let started = Instant::now();
    let listing = Arc::new(queue.list(order).map_err(|e| e.to_string())?);
    *known = Some(Known { listing: Arc::clone(&listing), since: Instant::now(), took: started.elapsed() });
    Ok(listing)
}

/// Writes down what was read, and puts it into the list as known.
fn note(
    queue: &mut Queue,
    known: &mut Option<Known>,
    number: i64,
    read: Result<Arc<Case>, String>,
    model: &str,
) -> Result<(), String> {
    let (arrived, judged, signature) = match &read {
        Ok(case) => (Arrived::of(&case.package), Judged::of(case, model, &EXTRACTOR), Signature::of(case)),
        Err(why) => (Arrived::unreadable(why), None, None),
    };
    queue.record(number, &arrived, judged.as_ref(), signature.as_ref()).map_err(|e| e.to_string())?;
    if let Some(known) = known {
        Arc::make_mut(&mut known.listing).note(number, &arrived, judged);
    }
    Ok(())
}
