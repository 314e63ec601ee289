//! A worker in a file: a job brings what it needs with it, and what it makes goes back to the view that asked. Of the jobs of
//! one name only what the newest makes is taken.

use std::any::Any;
use std::fmt;

use crate::sandbox::Sandbox;

use super::{Answer, Post, Ticket, answer, guarded};

/// Something that takes longer than a frame.
pub trait Job: Send + 'static {
    /// What it makes.
    type Made: Send + 'static;
    /// The worker's name.
    const NAME: &'static str;

    /// Makes it. What parses text of a package is asked of the sandbox.
    fn make(self, sandbox: &Sandbox) -> Self::Made;
}

/// What was made, of whatever type.
pub type Made = Box<dyn Any + Send>;

/// A job on its way.
pub struct JobWork {
    /// Newest wins.
    pub ticket: Ticket,
    pub(super) name: &'static str,
    make: Box<dyn FnOnce(&Sandbox) -> Made + Send>,
}

impl JobWork {
    /// A job with its number.
    pub fn new<J: Job>(ticket: Ticket, job: J) -> Self {
        Self { ticket, name: J::NAME, make: Box::new(move |sandbox| Box::new(job.make(sandbox))) }
    }

    /// Does it.
    pub(super) fn run(self, sandbox: &Sandbox, to: &Post) {
        let Self { ticket, name, make } = self;
        answer(to, Answer::Made { ticket, made: guarded(name, || make(sandbox)) });
    }
}

impl fmt::Debug for JobWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobWork").field("name", &self.name).finish_non_exhaustive()
    }
}
