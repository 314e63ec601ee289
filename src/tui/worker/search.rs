//! Looking for something: in one document or the lines of a pane, in the whole package, among the names of files
//! and layers.

use std::sync::Arc;

use crate::behavior::Sequence;
use crate::case::search::{self, Chunk, End, Ended, Hit, Query};
use crate::package::Package;
use crate::text::Source;

use super::super::derived::listed::Listed;
use super::super::derived::names::{Matched, Names};
use super::latest::Latest;
use super::{Answer, Post, Ticket, guarded};

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

/// What a worker found.
#[derive(Debug)]
pub enum Matches {
    /// In a document, in order.
    Hits(Vec<Hit>),
    /// Lines of a pane, ascending.
    Lines(Vec<usize>),
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

/// The worker that searches what one pane shows.
pub(super) fn in_pane(to: &Post) -> Latest<FindWork> {
    let given_up = |work: FindWork| Answer::Found { ticket: work.ticket, matches: None };
    Latest::start("find", to, given_up, |FindWork { ticket, query, within }, tell, stale| {
        let stop = || stale();
        let matches = guarded("searching", || match &within {
            FindIn::Doc { source, bytes } => {
                let text = source.as_ref().map_or(&[][..], |source| source.text.as_bytes());
                let bytes = bytes.as_deref().unwrap_or(text);
                search::in_document(source.as_deref(), bytes, &query.pattern, MOST, &stop).map(Matches::Hits)
            }
            FindIn::Lines(listed) => listed.holding(&query.pattern, &stop).map(Matches::Lines),
        });
        tell(Answer::Found { ticket, matches: matches.transpose() });
    })
}

/// The worker that searches the whole package.
pub(super) fn in_package(to: &Post) -> Latest<PackageWork> {
    let given_up = |work: PackageWork| Answer::Searched { ticket: work.ticket, news: STOPPED };
    Latest::start("search", to, given_up, |PackageWork { ticket, package, sequence, query }, tell, stale| {
        let mut found = |chunk| tell(Answer::Searched { ticket, news: News::Chunk(chunk) });
        let ended = guarded("searching", || search::search(&package, &sequence, &query, &|| stale(), &mut found));
        let news = ended.map_or(STOPPED, News::Ended);
        tell(Answer::Searched { ticket, news });
    })
}

/// The worker that looks for files and layers by their names.
pub(super) fn in_paths(to: &Post) -> Latest<PathsWork> {
    let given_up = |work: PathsWork| Answer::Matched { ticket: work.ticket, matched: None };
    // The names of the last package: each key asks for the same ones.
    let mut known: Option<(Arc<Package>, Arc<Sequence>, Names)> = None;
    Latest::start("paths", to, given_up, move |PathsWork { ticket, package, sequence, typed }, tell, stale| {
        let same = known.as_ref().is_some_and(|(p, s, _)| Arc::ptr_eq(p, &package) && Arc::ptr_eq(s, &sequence));
        if !same {
            let names = Names::new(&package, &sequence);
            known = Some((package, sequence, names));
        }
        let matched = known.as_ref().and_then(|(_, _, names)| {
            guarded("matching names", || Matched::new(names, &typed, &|| stale())).ok().flatten()
        });
        tell(Answer::Matched { ticket, matched });
    })
}
