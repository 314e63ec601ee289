//! Workers that look for something: in one document or the lines of a pane, in the whole package, among the names of files
//! and layers.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::behavior::Sequence;
use crate::case::search::{self, Chunk, End, Ended, Query};
use crate::package::Package;
use crate::text::Source;

use super::super::app::finder::{Matched, Names};
use super::super::app::listed::Listed;
use super::super::app::search::Matches;
use super::slot::Slot;
use super::{Answer, Message, Ticket, answer, guarded, spawn};

/// Most matches kept of one document that is searched by itself.
const MOST: usize = 100_000;

/// A search in what one pane shows.
#[derive(Debug)]
pub struct FindWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// What to search.
    pub query: Arc<Query>,
    /// Where.
    pub within: FindIn,
}

/// What one pane shows.
#[derive(Debug)]
pub enum FindIn {
    /// A document.
    Doc {
        /// Its text, where it is one.
        source: Option<Arc<Source>>,
        /// Its bytes; `None` for a layer, which is its text.
        bytes: Option<Arc<[u8]>>,
    },
    /// Lines.
    Lines(Listed),
}

/// A search in the whole package.
#[derive(Debug)]
pub struct PackageWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// Where to search.
    pub package: Arc<Package>,
    /// With the layers to search.
    pub sequence: Arc<Sequence>,
    /// What for.
    pub query: Arc<Query>,
}

/// A look for files and layers whose name has some letters in it.
#[derive(Debug)]
pub struct PathsWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// The files.
    pub package: Arc<Package>,
    /// The layers.
    pub sequence: Arc<Sequence>,
    /// What was typed.
    pub typed: String,
}

/// What a search in the whole package brings.
#[derive(Debug)]
pub enum News {
    /// Some of it; more is to come.
    Chunk(Chunk),
    /// The end.
    Ended(Ended),
}

const STOPPED: News = News::Ended(Ended { end: End::Stopped, slow: false });

/// The running workers.
pub(super) struct Seekers {
    send: Sender<Message>,
    pane: Slot<FindWork>,
    package: Slot<PackageWork>,
    paths: Slot<PathsWork>,
}

impl Seekers {
    pub fn start(send: &Sender<Message>) -> Self {
        let (pane, package, paths) = (Slot::default(), Slot::default(), Slot::default());
        let (slot, to) = (pane.clone(), send.clone());
        spawn("find", move || in_pane(&slot, &to));
        let (slot, to) = (package.clone(), send.clone());
        spawn("search", move || in_package(&slot, &to));
        let (slot, to) = (paths.clone(), send.clone());
        spawn("paths", move || in_paths(&slot, &to));
        Self { send: send.clone(), pane, package, paths }
    }

    pub fn find(&self, work: FindWork) {
        self.not_found(self.pane.put(work));
    }

    pub fn stop_finding(&self) {
        self.not_found(self.pane.cancel());
    }

    fn not_found(&self, replaced: Option<FindWork>) {
        if let Some(FindWork { ticket, .. }) = replaced {
            answer(&self.send, Answer::Found { ticket, matches: None });
        }
    }

    pub fn search(&self, work: PackageWork) {
        if let Some(old) = self.package.put(work) {
            answer(&self.send, Answer::Searched { ticket: old.ticket, news: STOPPED });
        }
    }

    pub fn stop(&self) {
        if let Some(old) = self.package.cancel() {
            answer(&self.send, Answer::Searched { ticket: old.ticket, news: STOPPED });
        }
    }

    pub fn paths(&self, work: PathsWork) {
        if let Some(old) = self.paths.put(work) {
            answer(&self.send, Answer::Matched { ticket: old.ticket, matched: None });
        }
    }

    pub fn close(&self) {
        self.pane.close();
        self.package.close();
        self.paths.close();
    }
}

fn in_pane(slot: &Slot<FindWork>, to: &Sender<Message>) {
    while let Some((FindWork { ticket, query, within }, turn)) = slot.take() {
        let stop = || slot.replaced(turn);
        let matches = guarded("searching", || match &within {
            FindIn::Doc { source, bytes } => {
                let text = source.as_ref().map_or(&[][..], |source| source.text.as_bytes());
                let bytes = bytes.as_deref().unwrap_or(text);
                search::in_document(source.as_deref(), bytes, &query.pattern, MOST, &stop).map(Matches::Hits)
            }
            FindIn::Lines(listed) => listed.holding(&query.pattern, &stop).map(Matches::Lines),
        });
        answer(to, Answer::Found { ticket, matches: matches.transpose() });
    }
}

fn in_package(slot: &Slot<PackageWork>, to: &Sender<Message>) {
    while let Some((PackageWork { ticket, package, sequence, query }, turn)) = slot.take() {
        let mut tell = |chunk| answer(to, Answer::Searched { ticket, news: News::Chunk(chunk) });
        let ended =
            guarded("searching", || search::search(&package, &sequence, &query, &|| slot.replaced(turn), &mut tell));
        let news = ended.map_or(STOPPED, News::Ended);
        answer(to, Answer::Searched { ticket, news });
    }
}

fn in_paths(slot: &Slot<PathsWork>, to: &Sender<Message>) {
    // The names of the last package: each key asks for the same ones.
    let mut known: Option<(Arc<Package>, Arc<Sequence>, Names)> = None;
    while let Some((PathsWork { ticket, package, sequence, typed }, turn)) = slot.take() {
        let same = known.as_ref().is_some_and(|(p, s, _)| Arc::ptr_eq(p, &package) && Arc::ptr_eq(s, &sequence));
        if !same {
            let names = Names::new(&package, &sequence);
            known = Some((package, sequence, names));
        }
        let matched = known.as_ref().and_then(|(_, _, names)| {
            guarded("matching names", || Matched::new(names, &typed, &|| slot.replaced(turn))).ok().flatten()
        });
        answer(to, Answer::Matched { ticket, matched });
    }
}
