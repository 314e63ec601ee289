//! A place for one request, where a newer one replaces the one that waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Shared between the loop, which puts, and one worker, which takes.
pub(super) struct Slot<T>(Arc<Shared<T>>);

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
    pub fn put(&self, request: T) -> Option<T> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.turn.fetch_add(1, Ordering::Relaxed);
        let old = waiting.request.replace(request);
        self.0.wake.notify_one();
        old
    }

    /// Waits for a request; `None` once closed.
    pub fn take(&self) -> Option<(T, u64)> {
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
    pub fn cancel(&self) -> Option<T> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.turn.fetch_add(1, Ordering::Relaxed);
        waiting.request.take()
    }

    /// Whether a newer request has come since.
    pub fn replaced(&self, turn: u64) -> bool {
        self.0.turn.load(Ordering::Relaxed) != turn
    }

    /// Ends the worker: what it does is stale, and nothing more comes.
    pub fn close(&self) {
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
