//! Opening packages of the queue: the one that is looked at, the one after it, and in the background all others.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use tracing::debug;

use crate::behavior::Reading;
use crate::case::Case;
use crate::evidence::hidden;
use crate::ledger::Queued;
use crate::queue::Item;
use crate::sandbox::News;

use super::super::derived::docs::Docs;
use super::super::derived::shown::Shown;
use super::latest::{Latest, Tell};
use super::{Answer, Ask, Judge, Post, Ticket, Told, answer, guarded};

/// The sample that the guided tour is on: it comes with the program, so that the tour needs no other file.
pub const SAMPLE: (&str, &[u8]) =
    ("npm-hook-stealer.tgz", include_bytes!("../../../samples/npm-hook-stealer.tgz").as_slice());

/// Opens and reads a package; the last argument hears of it on the way.
pub type Opener = Arc<dyn Fn(&Path, &Reading, &mut dyn FnMut(News<'_>)) -> Result<Case, String> + Send + Sync>;

/// The same of one package.
pub type OpenFirst = Box<dyn FnOnce(&mut dyn FnMut(News<'_>)) -> Result<Case, String> + Send>;

/// A package that is read and judged before it is asked for.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The item of the queue.
    pub item: Item,
    /// How it comes before the analyst.
    pub queued: Queued,
    /// The analysis; with a verdict where there is a model.
    pub shown: Shown,
    /// Hidden characters in all texts.
    pub hidden: usize,
    /// Hash of the model that gave the verdict, `""` where there is none.
    pub model: String,
}

impl Ready {
    /// Bytes of all its files.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shown.case.package.files.iter().map(|file| file.bytes.len()).sum()
    }
}

/// Opens and reads a package for the screen, telling each stage.
pub(super) fn show(ticket: Ticket, open: impl FnOnce(&mut dyn FnMut(News<'_>)) -> Result<Case, String>, to: &Post) {
    let mut told = |news: News<'_>| match news {
        News::Opened(package) => {
            debug!(sha256 = %package.sha256, files = package.files.len(), bytes = package.size, "the archive is open");
            answer(to, Answer::Opened { ticket, docs: Docs::new(Arc::clone(package), Arc::default()) });
        }
        News::Progress(progress) => answer(to, Answer::Progress { ticket, progress }),
    };
    let read = || {
        let case = open(&mut told)?;
        let hidden = hidden::count(&case.package);
        Ok((Box::new(Shown::new(case)), hidden))
    };
    match guarded("reading the package", read).and_then(|r| r) {
        Ok((shown, hidden)) => answer(to, Answer::Read { ticket, shown, hidden }),
        Err(why) => answer(to, Answer::Failed { ticket, why }),
    }
}

/// Opens and reads a package, without a verdict.
fn whole(path: &Path, open: &Opener) -> Result<(Case, usize), String> {
    let read = || {
        let case = open(path, &Reading::default(), &mut |_| {})?;
        let hidden = hidden::count(&case.package);
        Ok((case, hidden))
    };
    guarded("reading the package", read).and_then(|r| r)
}

/// Lets the model read the case on the screen.
pub(super) fn judged(shown: &Shown, judge: &Judge) -> Result<Box<Shown>, String> {
    let case = (judge.read)(Case::clone(&shown.case))?;
    Ok(Box::new(shown.judged(case)))
}

/// A package that is opened, read and judged before it is asked for.
#[derive(Debug)]
pub struct AheadWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// It.
    pub item: Item,
    /// How it comes.
    pub queued: Queued,
    /// The model, if there is one.
    pub judge: Option<Arc<Judge>>,
}

/// The worker that makes the package after this one ready.
pub(super) fn start(open: Opener, to: &Post) -> Latest<Box<AheadWork>> {
    let given_up = |work: Box<AheadWork>| {
        let ready = Err("another package comes next".to_owned());
        Answer::Ahead { ticket: work.ticket, number: work.item.number, ready }
    };
    Latest::start("ahead", to, given_up, move |work, tell, _| ahead(*work, &open, tell))
}

fn ahead(work: AheadWork, open: &Opener, tell: Tell<'_>) {
    let AheadWork { ticket, item, queued, judge } = work;
    let number = item.number;
    let ready = whole(&item.path, open).and_then(|(case, hidden)| {
        // Where the model fails now it is asked again, and fails, when the package is on the screen.
        let read = judge.and_then(|judge| {
            let case = guarded("the model", || (judge.read)(case.clone())).and_then(|r| r).ok()?;
            Some((case, judge.hash.clone()))
        });
        let (case, model) = read.unwrap_or((case, String::new()));
        let shown = guarded("reading the code", || Shown::new(case))?;
        Ok(Box::new(Ready { item, queued, shown, hidden, model }))
    });
    tell(Answer::Ahead { ticket, number, ready });
}

/// Reads a package for its place in the order; the queue notes what came of it.
pub(super) fn survey(number: i64, path: &Path, open: &Opener, judge: &Judge, queue: &Sender<Ask>, to: &Post) {
    let read = match whole(path, open) {
        Ok((case, _)) => match guarded("the model", || (judge.read)(case)).and_then(|r| r) {
            Ok(case) => Ok(Arc::new(case)),
            // The fault of the model is not noted as one of the package.
            Err(why) => return answer(to, Answer::Queue(Told::Stopped(why))),
        },
        Err(why) => Err(why),
    };
    // The queue's worker lives as long as anybody waits for its answer.
    let _ = queue.send(Ask::Read { number, read, model: judge.hash.clone(), background: true });
}

/// Reads packages that are to have the same label as one like them, each by itself.
pub(super) fn alike(items: &[(i64, PathBuf)], open: &Opener, to: &Post) {
    for (_, path) in items {
        answer(to, Answer::Alike(whole(path, open).map(|(case, _)| Arc::new(case))));
    }
}
