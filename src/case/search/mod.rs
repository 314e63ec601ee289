//! Search in a whole package: every file, programs and pictures too, and every decoded layer.
//!
//! A text is searched as it is shown, decoded; what is no text, and a pattern of bytes, by the bytes of the file. Documents in
//! which behaviors were found come first, then the others by path, and matches come in that order however many threads look
//! for them.
//!
//! A document is cut into stretches that are searched by themselves, so that a single giant file keeps all threads busy. A
//! match belongs to the stretch that it begins in and may reach 16 KiB past its end; a longer match on such an edge is cut
//! there or not seen. Patterns that are slow on what they read are given less of it at once: between two looks at the stop
//! flag lies a second at most, whatever the pattern.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::behavior::Sequence;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text::{Source, Span};

mod pattern;
mod query;
#[cfg(test)]
mod tests;

pub use pattern::Pattern;
pub use query::{Filter, Mode, Query, QueryError};

use pattern::Text;

/// Bytes of a stretch.
const STRETCH: usize = 256 << 10;
/// How far past its stretch a match may reach.
const REACH: usize = 16 << 10;
/// Bytes looked at between two chunks: few at first, for an early answer.
const FIRST: usize = 1 << 20;
/// The most bytes looked at between two chunks.
const MOST: usize = 8 << 20;
/// The most stretches between two chunks: a hundred thousand empty files are work too.
const STRETCHES: usize = 4096;

/// Most matches listed of one document.
pub const LISTED: usize = 1000;
/// Most matches listed in all; the search ends there.
pub const LISTED_IN_ALL: usize = 20_000;
/// Most matches counted of one document.
pub const COUNTED: usize = 100_000;

/// A match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Where it stands: bytes of the document's text, or of the file itself.
    pub span: Span,
    /// Whether the span counts bytes of the file: it is no text, or the match is no whole characters of it.
    pub raw: bool,
}

/// Matches in one document. A large document comes in several of these, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The document.
    pub doc: Doc,
    /// Matches in ascending order, at most [`LISTED`] of a document.
    pub hits: Vec<Hit>,
    /// How many there are, those that are not listed included.
    pub count: usize,
}

/// What came to light since the last chunk, and how far the search is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunk {
    /// By document, in the order of the documents; may be empty.
    pub found: Vec<Found>,
    /// Bytes looked at so far.
    pub bytes: usize,
    /// Bytes to look at in all.
    pub of: usize,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Whether everything was looked at.
    pub end: End,
    /// Whether the pattern was so slow somewhere that a match there of more than 1 KiB may have been missed or cut.
    pub slow: bool,
}

/// What ended a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything was looked at.
    Complete,
    /// It was told to stop.
    Stopped,
    /// [`LISTED_IN_ALL`] matches were found; what is left was not looked at.
    Full,
}

/// A document to search.
struct Document<'a> {
    doc: Doc,
    text: Text<'a>,
}

/// A stretch of a document: its index in the list of documents, and the bytes in which matches may begin.
struct Stretch {
    document: usize,
    start: usize,
    end: usize,
}

/// What one stretch holds.
#[derive(Default)]
struct Held {
    spans: Vec<Span>,
    count: usize,
    slow: bool,
}

/// Threads of its own: while the model is explained, those that everything shares are busy for seconds.
static THREADS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| ThreadPoolBuilder::new().build().ok());

/// Runs something on the threads that search, so that an analyst does not wait for the model.
pub fn aside<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    match THREADS.as_ref() {
        Some(threads) => threads.install(run),
        None => run(),
    }
}

/// Searches a package and the layers of a sequence, telling `tell` chunk by chunk. `stop` is asked often, from several threads.
pub fn search(
    package: &Package,
    sequence: &Sequence,
    query: &Query,
    stop: &(dyn Fn() -> bool + Sync),
    tell: &mut dyn FnMut(Chunk),
) -> Ended {
    let documents = documents(package, sequence, query);
    let of = documents.iter().map(|document| document.text.len()).sum();
    let stretches: Vec<Stretch> =
        documents.iter().enumerate().flat_map(|(at, document)| cut(at, &document.text)).collect();
    let mut gathered = Gathered::default();
    let (mut rest, mut most, mut bytes, mut slow) = (stretches.as_slice(), FIRST, 0, false);
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(batch(rest, most));
        let one = |stretch: &Stretch| match documents.get(stretch.document) {
            Some(document) if gathered.counted(document.doc) < COUNTED => {
                hold(&document.text, &query.pattern, stretch, LISTED, stop)
            }
            _ => Held::default(),
        };
        let held: Vec<Held> = aside(|| batch.par_iter().map(one).collect());
        slow |= held.iter().any(|held| held.slow);
        if stop() {
            return Ended { end: End::Stopped, slow };
        }
        bytes += batch.iter().map(|stretch| stretch.end - stretch.start).sum::<usize>();
        let found = gathered.take(&documents, batch, held);
        tell(Chunk { found, bytes, of });
        if gathered.listed >= LISTED_IN_ALL {
            let end = if after.is_empty() && !gathered.cut { End::Complete } else { End::Full };
            return Ended { end, slow };
        }
        rest = after;
        most = (most * 2).min(MOST);
    }
    Ended { end: End::Complete, slow }
}

/// All matches in one document, ascending and at most so many. `None` when told to stop.
#[must_use]
pub fn in_document(
    source: Option<&Source>,
    bytes: &[u8],
    pattern: &Pattern,
    most: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<Hit>> {
    let text = pattern.choose(source, bytes);
    let mut found: Vec<Span> = Vec::new();
    for stretch in cut(0, &text) {
        let after = found.last().map_or(0, |last| last.end);
        let stretch = Stretch { start: stretch.start.max(after), ..stretch };
        let held = hold(&text, pattern, &stretch, most - found.len(), stop);
        found.extend(held.spans);
        if stop() {
            return None;
        }
        if found.len() >= most {
            break;
        }
    }
    Some(found.into_iter().map(|span| text.hit(span)).collect())
}

/// What is searched, in order.
fn documents<'a>(package: &'a Package, sequence: &'a Sequence, query: &Query) -> Vec<Document<'a>> {
    let steps: HashSet<Doc> = sequence.steps.iter().map(|step| step.doc).collect();
    let path = |doc: Doc| {
        let file = sequence.file_of(doc).and_then(|file| package.files.get(file));
        package.inside(file.map_or("", |file| file.path.as_str()))
    };
    let files = (0..package.files.len()).map(Doc::File);
    let layers = (0..sequence.layers.len()).map(Doc::Layer);
    let mut docs: Vec<Doc> = files.chain(layers).filter(|doc| query.filter.takes(*doc, path(*doc))).collect();
    docs.sort_by_cached_key(|doc| (!steps.contains(doc), path(*doc).to_owned(), *doc));
    let text = |doc: Doc| match doc {
        Doc::File(file) => {
            let file = package.files.get(file)?;
            Some(query.pattern.choose(file.source.as_deref(), &file.bytes))
        }
        Doc::Layer(layer) => {
            let source = &sequence.layers.get(layer)?.source;
            Some(query.pattern.choose(Some(source), source.text.as_bytes()))
        }
    };
    docs.into_iter().filter_map(|doc| Some(Document { doc, text: text(doc)? })).collect()
}

fn cut(document: usize, text: &Text<'_>) -> Vec<Stretch> {
    let mut stretches = Vec::with_capacity(text.len() / STRETCH + 1);
    let mut start = 0;
    while start < text.len() {
        let end = text.boundary((start + STRETCH).min(text.len()));
        stretches.push(Stretch { document, start, end });
        start = end;
    }
    stretches
}

/// How many of the next stretches are looked at before the next chunk.
fn batch(stretches: &[Stretch], most: usize) -> usize {
    let mut bytes = 0;
    let fits = stretches.iter().take(STRETCHES).take_while(|stretch| {
        let fits = bytes < most;
        bytes += stretch.end - stretch.start;
        fits
    });
    fits.count().max(1)
}

/// The matches that begin in a stretch.
fn hold(
    text: &Text<'_>,
    pattern: &Pattern,
    stretch: &Stretch,
    listed: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> Held {
    let until = text.boundary((stretch.end + REACH).min(text.len()));
    let mut held = Held::default();
    let mut at = stretch.start;
    while at < stretch.end && held.count < COUNTED && !stop() {
        let step = pattern.step(text, at, until);
        held.slow |= step.slow;
        let Some(found) = step.found else {
            at = step.next;
            continue;
        };
        if found.start >= stretch.end {
            break;
        }
        at = step.next;
        // `x*` fits between any two characters; nobody looks for that.
        if !found.is_empty() {
            held.count += 1;
            if held.spans.len() < listed {
                held.spans.push(Span { start: found.start, end: found.end });
            }
        }
    }
    held
}

/// Matches so far.
#[derive(Default)]
struct Gathered {
    /// Of every document: how many are listed, how many are counted, and where the last one ends.
    by_doc: HashMap<Doc, (usize, usize, usize)>,
    listed: usize,
    /// Whether the bound of all documents together kept one from the list.
    cut: bool,
}

impl Gathered {
    fn counted(&self, doc: Doc) -> usize {
        self.by_doc.get(&doc).map_or(0, |(_, counted, _)| *counted)
    }

    /// Puts the stretches of a batch together, in order.
    fn take(&mut self, documents: &[Document<'_>], batch: &[Stretch], held: Vec<Held>) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for (stretch, mut held) in batch.iter().zip(held) {
            let Some(document) = documents.get(stretch.document).filter(|_| held.count > 0) else { continue };
            let doc = document.doc;
            let (listed, counted, end) = self.by_doc.entry(doc).or_default();
            // A match that reaches into this stretch was found again in part.
            let before = held.spans.len();
            held.spans.retain(|span| span.start >= *end);
            held.count -= before - held.spans.len();
            held.spans.truncate(LISTED - *listed);
            self.cut |= held.spans.len() > LISTED_IN_ALL - self.listed;
            held.spans.truncate(LISTED_IN_ALL - self.listed);
            *end = held.spans.last().map_or(*end, |span| span.end);
            *listed += held.spans.len();
            *counted += held.count;
            self.listed += held.spans.len();
            if held.count == 0 {
                continue;
            }
            let hits = held.spans.into_iter().map(|span| document.text.hit(span));
            match all.last_mut().filter(|last| last.doc == doc) {
                Some(last) => {
                    last.hits.extend(hits);
                    last.count += held.count;
                }
                None => all.push(Found { doc, hits: hits.collect(), count: held.count }),
            }
        }
        all
    }
}
