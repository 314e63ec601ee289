//! The worker that reads another version and compares the two.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::case::Case;
use crate::diff::Diff;

use super::super::app::diff::{Comparison, Found, Progress};
use super::slot::Slot;
use super::{Answer, Message, Opener, Ticket, answer, guarded};

/// A request for a comparison.
pub(super) struct Request {
    pub ticket: Ticket,
    pub path: PathBuf,
    pub case: Arc<Case>,
}

/// Compares as long as requests come. A request that a newer one replaced is given up between its stages.
pub(super) fn serve(open: &Opener, slot: &Slot<Request>, to: &Sender<Message>) {
    while let Some((request, turn)) = slot.take() {
        let ticket = request.ticket;
        let tell = |news| answer(to, Answer::Diffed { ticket, news });
        let go_on = |progress| {
            tell(Comparison::Progress(progress));
            !slot.replaced(turn)
        };
        let done = guarded("comparing", || compare(open, &request, &go_on)).and_then(|result| result).transpose();
        tell(Comparison::Done(done));
    }
}

/// Reads the other version as this one was read and compares; `None` where a newer request came.
fn compare(open: &Opener, request: &Request, go_on: &dyn Fn(Progress) -> bool) -> Result<Option<Found>, String> {
    let Request { path, case: new, .. } = request;
    if !go_on(Progress::Opening) {
        return Ok(None);
    }
    let old = open(path, &new.reading, &mut |_| {
        go_on(Progress::Reading);
    })?;
    if !go_on(Progress::Comparing) {
        return Ok(None);
    }
    let diff = Diff::of(&old, new);
    Ok(Some(Found::new(diff, Arc::new(old), Arc::clone(new))))
}
