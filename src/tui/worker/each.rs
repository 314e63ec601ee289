//! A worker that does every request, one after the other.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::spawn;

/// A running worker. Dropping it lets it end after what it was asked for.
pub(super) struct Each<Request> {
    requests: Option<Sender<Request>>,
    ended: Option<JoinHandle<()>>,
}

impl<Request: Send + 'static> Each<Request> {
    /// Begins one that writes: what it was given is on the disk before it is dropped.
    pub fn writing(name: &str, serve: impl FnOnce(&Receiver<Request>) + Send + 'static) -> Self {
        let (requests, asked) = channel();
        let ended = spawn(name, move || serve(&asked));
        Self { requests: Some(requests), ended }
    }

    /// Begins one that nobody waits for.
    pub fn start(name: &str, serve: impl FnOnce(&Receiver<Request>) + Send + 'static) -> Self {
        let mut worker = Self::writing(name, serve);
        worker.ended = None;
        worker
    }

    /// Hands a request over. The worker lives as long as this does.
    pub fn submit(&self, request: Request) {
        if let Some(requests) = &self.requests {
            let _ = requests.send(request);
        }
    }
}

impl<Request> Each<Request> {
    /// The other end of its queue, for a worker that hands it something.
    pub fn sender(&self) -> Option<Sender<Request>> {
        self.requests.clone()
    }
}

impl<Request> Drop for Each<Request> {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(ended) = self.ended.take() {
            let _ = ended.join();
        }
    }
}
