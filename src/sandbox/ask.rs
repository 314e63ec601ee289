//! What is asked of the texts of a package that is open already.

use std::path::Path;
use std::sync::Arc;

use super::process::{Ended, Process};
use super::task::{Outcome, Painters, Task};
use super::{Mode, Sandbox, SandboxError, half, lock};
use crate::case::Case;
use crate::diff::{Diff, Version};
use crate::evidence::preview::{Picture, Preview};
use crate::syntax::beautify::{Format, Pretty};
use crate::syntax::decoder::{Decoder, Found, Limits, Misfit, Unfolded};
use crate::syntax::ir::Language;
use crate::syntax::symbols::Symbol;
use crate::text::{Source, Span, escape};

/// Workers for small jobs that are kept for the next one.
const SPARE: usize = 2;

/// Each of these is done in a worker that reads no packages. `path` says in errors what it was about.
impl Sandbox {
    /// The names that stand in a stretch of a text, each once, in order; `None` where it cannot be parsed.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn names_in(
        &self,
        path: &str,
        text: &Arc<Source>,
        language: Language,
        within: Span,
    ) -> Result<Option<Vec<String>>, SandboxError> {
        let task = Task::Names { text: Arc::clone(text), language, within };
        match self.task(path, task, &|| false)? {
            Outcome::Names(names) => Ok(names),
            _ => Err(half(path.as_ref())),
        }
    }

    /// Where each of some names is defined and used in a text, in order.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn symbols(
        &self,
        path: &str,
        text: &Arc<Source>,
        language: Language,
        names: &[String],
    ) -> Result<Vec<Vec<Symbol>>, SandboxError> {
        let task = Task::Symbols { text: Arc::clone(text), language, names: names.to_vec() };
        let Outcome::Symbols(found) = self.task(path, task, &|| false)? else { return Err(half(path.as_ref())) };
        // A place is one where the name stands.
        let stands = |name: &String, symbol: &Symbol| text.text.get(symbol.span.start..symbol.span.end) == Some(name);
        let all = |(name, places): (&String, &Vec<Symbol>)| places.iter().all(|symbol| stands(name, symbol));
        if found.len() != names.len() || !names.iter().zip(&found).all(all) {
            return Err(half(path.as_ref()));
        }
        let told = |symbol: Symbol| Symbol { defines: symbol.defines.map(|what| escape(&what).into_owned()), ..symbol };
        Ok(found.into_iter().map(|places| places.into_iter().map(told).collect()).collect())
    }

    /// A text laid out to be read; `None` where it is neither JavaScript nor JSON.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn beautify(&self, path: &str, text: &Arc<Source>) -> Result<Option<(Format, Pretty)>, SandboxError> {
        let task = Task::Beautify { path: path.to_owned(), text: Arc::clone(text) };
        match self.task(path, task, &|| false)? {
            Outcome::Beautified(None) => Ok(None),
            Outcome::Beautified(Some((format, pretty))) if pretty.is_of(&text.text) => Ok(Some((format, pretty))),
            _ => Err(half(path.as_ref())),
        }
    }

    /// Chains of decoders that fit bytes, best first.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn propose(
        &self,
        path: &str,
        bytes: &Arc<[u8]>,
        limits: Limits,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Found, SandboxError> {
        let task = Task::Propose { bytes: Arc::clone(bytes), limits };
        match self.task(path, task, stop)? {
            Outcome::Proposed(found) => {
                Ok(Found { stopped: found.stopped.map(|why| escape(&why).into_owned()), ..found })
            }
            _ => Err(half(path.as_ref())),
        }
    }

    /// What decoders yield, or which of them does not fit.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn decode(
        &self,
        path: &str,
        bytes: &Arc<[u8]>,
        chain: &[Decoder],
    ) -> Result<Result<Vec<u8>, (usize, Misfit)>, SandboxError> {
        let task = Task::Decode { bytes: Arc::clone(bytes), chain: chain.to_vec() };
        match self.task(path, task, &|| false)? {
            Outcome::Decoded(bytes) => Ok(Ok(bytes)),
            Outcome::Misfit(at, why) => Ok(Err((at, why))),
            _ => Err(half(path.as_ref())),
        }
    }

    /// Decodes bytes until nothing fits any more; the second answer says which bound ended it.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn unfold(&self, path: &str, bytes: &Arc<[u8]>) -> Result<(Vec<Unfolded>, Option<String>), SandboxError> {
        let task = Task::Unfold { bytes: Arc::clone(bytes) };
        match self.task(path, task, &|| false)? {
            Outcome::Unfolded(layers, stopped) => Ok((layers, stopped.map(|why| escape(&why).into_owned()))),
            _ => Err(half(path.as_ref())),
        }
    }

    /// What bytes that are no text show to the eye; `None` where they are of no kind that is known.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn preview(&self, path: &str, bytes: &Arc<[u8]>) -> Result<Option<Preview>, SandboxError> {
        let whole = |seen: &Preview| seen.picture.as_ref().is_none_or(Picture::is_whole);
        match self.task(path, Task::Preview { bytes: Arc::clone(bytes) }, &|| false)? {
            Outcome::Previewed(None) => Ok(None),
            Outcome::Previewed(Some(seen)) if whole(&seen) => Ok(Some(*seen)),
            _ => Err(half(path.as_ref())),
        }
    }

    /// What changed between two versions.
    ///
    /// # Errors
    /// When the worker was ended over it.
    pub fn diff(&self, old: &Case, new: &Case) -> Result<Diff, SandboxError> {
        let path = &new.package.path;
        if self.mode == Mode::Off {
            return Ok(Diff::of(old, new));
        }
        let task = Task::Compare(Box::new(old.clone()), Box::new(new.clone()));
        match self.task(path, task, &|| false)? {
            // What the two are is known here.
            Outcome::Compared(diff) => Ok(Diff { old: Version::of(old), new: Version::of(new), ..*diff }),
            _ => Err(half(path.as_ref())),
        }
    }

    fn task(&self, path: &str, task: Task, stop: &(dyn Fn() -> bool + Sync)) -> Result<Outcome, SandboxError> {
        if self.mode == Mode::Off {
            return Ok(task.run(&mut Painters::default(), stop));
        }
        let spare = || lock(&self.spare).pop();
        let mut waiting = std::iter::from_fn(spare);
        let mut worker = waiting.find(Process::is_alive).map_or_else(|| self.begin(), Ok)?;
        let answer = worker.run(task, self.limits.deadline, stop);
        let (outcome, worker) = self.told(path, worker, answer)?;
        let mut spare = lock(&self.spare);
        if spare.len() < SPARE {
            spare.push(worker);
        }
        Ok(outcome)
    }

    /// What a worker answered, with the worker where it can go on.
    pub(super) fn told<T>(
        &self,
        path: &str,
        worker: Process,
        answer: Result<T, Ended>,
    ) -> Result<(T, Process), SandboxError> {
        let path: &Path = path.as_ref();
        match answer {
            Ok(answer) => Ok((answer, worker)),
            // What a panic left behind in it is not used again.
            Err(Ended::Panicked(why)) => Err(SandboxError::panicked(path, &why)),
            Err(Ended::Refused(_)) => Err(half(path)),
            Err(Ended::Garbled(what)) => Err(SandboxError::ended(path, worker.end(&self.limits, &what))),
        }
    }
}
