//! A worker of which only the newest request matters: one that waits is replaced by a newer one, and one that is being worked
//! on becomes stale.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::{Answer, Post, answer, spawn};

/// A running worker. Dropping it lets it end.
pub(super) struct Latest<Request> {
    slot: Slot<Request>,
    to: Post,
    given_up: fn(Request) -> Answer,
}

/// Tells the loop what came of a request.
pub(super) type Tell<'t> = &'t dyn Fn(Answer);

/// Whether a newer request has come since.
pub(super) type Stale<'s> = &'s (dyn Fn() -> bool + Sync);

impl<Request: Send + 'static> Latest<Request> {
    /// Begins it. `work` answers each request; `given_up` is the answer to one that was replaced before it was begun.
    pub fn start(
        name: &str,
        to: &Post,
        given_up: fn(Request) -> Answer,
        work: impl FnMut(Request, Tell<'_>, Stale<'_>) + Send + 'static,
    ) -> Self {
        Self::set_up(name, to, given_up, |_| work)
    }

    /// The same where something is to be made ready by the worker before its first request.
    pub fn set_up<Work: FnMut(Request, Tell<'_>, Stale<'_>)>(
        name: &str,
        to: &Post,
        given_up: fn(Request) -> Answer,
        begin: impl FnOnce(Tell<'_>) -> Work + Send + 'static,
    ) -> Self {
        let slot: Slot<Request> = Slot::default();
        let (taken, told) = (slot.clone(), to.clone());
        spawn(name, move || {
            let tell = |done| answer(&told, done);
            let mut work = begin(&tell);
            while let Some((request, turn)) = taken.take() {
                work(request, &tell, &|| taken.replaced(turn));
            }
        });
        Self { slot, to: to.clone(), given_up }
    }

    /// Hands a request over. Every one is answered once, also one that this one replaces.
    pub fn submit(&self, request: Request) {
        self.give_up(self.slot.put(request));
    }

    /// Gives up whatever waits or is worked on.
    pub fn cancel(&self) {
        self.give_up(self.slot.cancel());
    }

    fn give_up(&self, replaced: Option<Request>) {
        if let Some(request) = replaced {
            answer(&self.to, (self.given_up)(request));
        }
    }
}

impl<Request> Drop for Latest<Request> {
    fn drop(&mut self) {
        self.slot.close();
    }
}

/// A place for one request, shared between the loop, which puts, and one worker, which takes.
struct Slot<Request>(Arc<Shared<Request>>);

struct Shared<T> {
    waiting: Mutex<Waiting<T>>,
    wake: Condvar,
    /// Grows with every request; a worker compares it to see whether its own is still the newest.
    turn: AtomicU64,
}

struct Waiting<T> {
    request: Option<T>,
    closed: bool,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        let waiting = Mutex::new(Waiting { request: None, closed: false });
        Self(Arc::new(Shared { waiting, wake: Condvar::new(), turn: AtomicU64::new(0) }))
    }
}

impl<T> Slot<T> {
    /// Leaves a request; gives back the one that it replaces, if that was still waiting.
    fn put(&self, request: T) -> Option<T> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.turn.fetch_add(1, Ordering::Relaxed);
        let old = waiting.request.replace(request);
        self.0.wake.notify_one();
        old
    }

    /// Waits for a request; `None` once closed.
    fn take(&self) -> Option<(T, u64)> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if waiting.closed {
                return None;
            }
            if let Some(request) = waiting.request.take() {
                return Some((request, self.0.turn.load(Ordering::Relaxed)));
            }
            waiting = self.0.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Makes what runs stale; gives back what was still waiting.
    fn cancel(&self) -> Option<T> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.turn.fetch_add(1, Ordering::Relaxed);
        waiting.request.take()
    }

    /// Whether a newer request has come since.
    fn replaced(&self, turn: u64) -> bool {
        self.0.turn.load(Ordering::Relaxed) != turn
    }

    /// Ends the worker: what it does is stale, and nothing more comes.
    fn close(&self) {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.0.turn.fetch_add(1, Ordering::Relaxed);
        self.0.wake.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wins_and_the_replaced_is_given_back() {
        let slot = Slot::default();
        assert_eq!(slot.put(1), None);
        assert_eq!(slot.put(2), Some(1));
        let (request, turn) = slot.take().unwrap();
        assert_eq!(request, 2);
        assert!(!slot.replaced(turn));
        assert_eq!(slot.put(3), None);
        assert!(slot.replaced(turn));
        assert_eq!(slot.cancel(), Some(3), "what waits is given back");
        assert_eq!(slot.put(4), None);
        let (_, turn) = slot.take().unwrap();
        assert_eq!(slot.cancel(), None);
        assert!(slot.replaced(turn), "what runs is stale");
        slot.close();
        assert_eq!(slot.take(), None);
    }
}
