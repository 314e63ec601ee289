//! Jobs that were handed out, and who waits for what they make.

use std::fmt;

use crate::tui::state::{Effect, State};
use crate::tui::worker::{Job, JobWork, Made, Ticket, Work};

/// Takes in what a job made.
type Take = Box<dyn FnOnce(&mut State, Made) -> Vec<Effect> + Send>;

/// The newest job of each name, until it is answered.
#[derive(Default)]
pub struct Jobs(Vec<(&'static str, Ticket, Take)>);

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, ..)| name)).finish()
    }
}

impl State {
    /// Hands out a job. `take` gets what it makes, unless another job of the same name is handed out, or another package is
    /// opened, before that.
    pub(in crate::tui) fn ask<J: Job>(
        &mut self,
        job: J,
        take: impl FnOnce(&mut Self, J::Made) -> Vec<Effect> + Send + 'static,
    ) -> Effect {
        let ticket = Ticket::default().renew();
        let take: Take = Box::new(move |state, made| match made.downcast::<J::Made>() {
            Ok(made) => take(state, *made),
            Err(_) => Vec::new(),
        });
        self.jobs.0.retain(|(name, ..)| *name != J::NAME);
        self.jobs.0.push((J::NAME, ticket, take));
        self.work(Work::Job(JobWork::new(ticket, job)))
    }

    /// Takes in what a job made, or says why it made nothing.
    pub(in crate::tui) fn take_made(&mut self, ticket: Ticket, made: Result<Made, String>) -> Vec<Effect> {
        let Some(at) = self.jobs.0.iter().position(|(_, waits, _)| *waits == ticket) else { return Vec::new() };
        let (.., take) = self.jobs.0.swap_remove(at);
        match made {
            Ok(made) => take(self, made),
            Err(why) => {
                self.complain(&why);
                Vec::new()
            }
        }
    }
}
