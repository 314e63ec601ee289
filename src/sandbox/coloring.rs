//! Coloring texts in a worker of its own, which keeps what it learned of the last ones.

use std::mem;
use std::sync::Arc;

use super::process::Process;
use super::task::{Outcome, Painters, TEXTS, Task};
use super::{Mode, Sandbox, SandboxError, half};
use crate::syntax::color::{self, Painted, Wanted};
use crate::text::Source;

/// Colors texts. The worker never reads a package: what took it over could lie about colors alone.
#[derive(Debug)]
pub struct Coloring {
    sandbox: Arc<Sandbox>,
    worker: Option<Process>,
    /// The texts that the worker has, by their number.
    known: Vec<(String, Arc<Source>)>,
    /// In place of a worker where there is no cage.
    painters: Painters,
}

impl Coloring {
    /// Nothing is begun yet.
    #[must_use]
    pub fn new(sandbox: Arc<Sandbox>) -> Self {
        Self { sandbox, worker: None, known: Vec::new(), painters: Painters::default() }
    }

    /// Begins the worker before there is a text. Where that fails, coloring says so.
    pub fn warm_up(&mut self) {
        if self.sandbox.mode != Mode::Off && self.worker.is_none() {
            self.worker = self.sandbox.begin().ok();
        }
    }

    /// The colors of lines, in ascending order; `None` where told to stop.
    ///
    /// # Errors
    /// When the worker was ended over it, or answers something else. The next text has a new one.
    pub fn paint(
        &mut self,
        path: &str,
        source: &Arc<Source>,
        lines: &[Wanted],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<(usize, Painted)>>, SandboxError> {
        let mut worker = self.worker.take().filter(Process::is_alive);
        if worker.is_none() && self.sandbox.mode != Mode::Off {
            worker = Some(self.sandbox.begin()?);
            self.known.clear();
        }
        let known = self.known.iter().position(|(of, text)| of == path && Arc::ptr_eq(text, source));
        if known.is_none() && self.known.len() == TEXTS {
            self.known.clear();
        }
        let text = known.unwrap_or(self.known.len());
        let given = known.is_none().then(|| (path.to_owned(), Arc::clone(source)));
        self.known.extend(given.clone());
        let task = Task::Color { text, given, lines: lines.to_vec() };
        let outcome = match worker {
            None => task.run(&mut self.painters, stop),
            Some(mut worker) => {
                let answer = worker.run(task, self.sandbox.limits.deadline, stop);
                let (outcome, worker) = self.sandbox.told(path, worker, answer)?;
                self.worker = Some(worker);
                outcome
            }
        };
        match outcome {
            // What is painted is what was asked for, or it would be asked for again and again.
            Outcome::Colored(Some(painted)) if color::answers(&painted, lines) => Ok(Some(painted)),
            Outcome::Colored(None) if stop() => Ok(None),
            _ => {
                self.worker = None;
                Err(half(path.as_ref()))
            }
        }
    }

    /// Does in this process what a worker does by itself once it has answered.
    pub fn settle(&mut self, stop: &dyn Fn() -> bool) {
        self.painters.settle(stop);
    }

    /// Forgets a text over which something panicked in this process.
    pub fn forget(&mut self) {
        self.known.clear();
        self.painters = mem::take(&mut self.painters).emptied();
    }
}
