//! Reading another version and comparing the two.

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::Case;
use crate::sandbox::{News, Sandbox};

use super::super::derived::comparison::Found;
use super::latest::Latest;
use super::{Answer, Opener, Post, Ticket, guarded};

/// How far a comparison is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The other archive is being read.
    Opening,
    /// Its code is being read.
    Reading,
    /// The two are being compared.
    Comparing,
}

impl Progress {
    /// What goes on, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Opening => "reading the other version's archive",
            Self::Reading => "reading the other version's code",
            Self::Comparing => "comparing the two versions",
        }
    }
}

/// What a worker says of a comparison.
#[derive(Debug)]
pub enum Comparison {
    /// It goes on.
    Progress(Progress),
    /// It is done, or could not be done; `None` where a newer one came.
    Done(Option<Result<Found, String>>),
}

/// Another version to be compared with.
#[derive(Debug)]
pub struct DiffWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// The other version's archive or folder.
    pub path: PathBuf,
    /// This version.
    pub case: Arc<Case>,
}

/// A request that a newer one replaced is given up between its stages.
pub(super) fn start(open: Opener, sandbox: Arc<Sandbox>, to: &Post) -> Latest<DiffWork> {
    let given_up = |work: DiffWork| Answer::Diffed { ticket: work.ticket, news: Comparison::Done(None) };
    Latest::start("versions", to, given_up, move |work, tell, stale| {
        let tell = |news| tell(Answer::Diffed { ticket: work.ticket, news });
        let go_on = |progress| {
            tell(Comparison::Progress(progress));
            !stale()
        };
        let done = guarded("comparing", || compare(&open, &sandbox, &work, &go_on));
        tell(Comparison::Done(done.and_then(|result| result).transpose()));
    })
}

/// Reads the other version as this one was read and compares; `None` where a newer request came.
fn compare(
    open: &Opener,
    sandbox: &Sandbox,
    work: &DiffWork,
    go_on: &dyn Fn(Progress) -> bool,
) -> Result<Option<Found>, String> {
    let DiffWork { path, case: new, .. } = work;
    if !go_on(Progress::Opening) {
        return Ok(None);
    }
    let old = open(path, &new.reading, &mut |news| {
        if let News::Opened(_) = news {
            go_on(Progress::Reading);
        }
    })?;
    if !go_on(Progress::Comparing) {
        return Ok(None);
    }
    let diff = sandbox.diff(&old, new).map_err(|error| error.to_string())?;
    Ok(Some(Found::new(diff, Arc::new(old), Arc::clone(new))))
}
