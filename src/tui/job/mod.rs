//! Workers: everything that takes longer than a frame.
//!
//! They answer through the loop's one channel. Work of which only the newest matters carries a [`Ticket`]; the state drops an
//! answer whose ticket is no longer the newest, and the worker stops early once it is replaced.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tracing::{debug, error};

use crate::behavior::Sequence;
use crate::case::Case;
use crate::ledger::queue::Order;
use crate::model::Judgement;
use crate::model::explain::{Explanation, Method};
use crate::package::Package;
use crate::session::Session;
use crate::syntax::Doc;
use crate::syntax::color::{Painted, Painter, Syntaxes, Wanted};
use crate::text::Source;

use super::app::Message;
use super::app::columns::Columns;
use super::app::diff::Comparison;
use super::app::shaped::Shaped;
use super::app::tokens::Layout;

mod clip;
mod decode;
mod explain;
mod labels;
mod model;
mod names;
mod queue;
mod reading;
mod request;
mod resume;
mod seek;
mod slot;
mod spans;
mod versions;

pub use labels::{FileLabels, Labels, Taken, TakenBack, word};
pub use model::{Load, Loaded};
pub use names::Named;
pub use queue::{Ask, EXTRACTOR, OpenQueue, Told};
pub use reading::{Opener, Ready};
pub use request::{Answer, Discarded, Recorded, Work, Written};
pub use seek::{FindIn, FindWork, News, PackageWork, PathsWork};
pub use spans::{KeptSpan, Marking, marked_at, role_word};

use decode::{DecodeWork, ProposeWork};
use explain::{ExplainWork, Explainers};
use model::LoadWork;
use names::NamesWork;
use reading::AheadWork;
use seek::Seekers;
use slot::Slot;

/// Stack of the thread that parses: hostile code nests deeper than any other.
const STACK: usize = 256 << 20;
/// Documents whose parse states are kept.
const PAINTERS: usize = 8;

/// Number of a request; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticket(u64);

impl Ticket {
    /// The number of a new request, which makes older ones stale. No two requests ever have the same number, so an answer
    /// that was asked for the package before this one is stale too.
    pub fn renew(&mut self) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.0 = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        *self
    }
}

/// A function that lets the model read a case.
pub type Read = Box<dyn Fn(Case) -> Result<Case, String> + Send + Sync>;

/// A function that explains what the model said of a case.
pub type Explain = Box<dyn Fn(&Case, Method) -> Result<Explanation, String> + Send + Sync>;

/// A function that says how likely malice would be without some pieces of the model's text.
pub type Without = Box<dyn Fn(&Case, &[usize]) -> Result<f32, String> + Send + Sync>;

/// A loaded model.
pub struct Judge {
    /// Its name.
    pub name: String,
    /// Hash of its files.
    pub hash: String,
    /// How far a probability was off on held-out campaigns, on average; `None` where that was not measured.
    pub calibration_error: Option<f32>,
    /// Where they lie.
    pub folder: PathBuf,
    /// Lets it read.
    pub read: Read,
    /// Explains.
    pub explain: Explain,
    /// Says what it would say without.
    pub without: Without,
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What comes on the screen first.
pub enum First {
    /// A package.
    Package(Box<dyn FnOnce() -> Result<Package, String> + Send>),
    /// The next one of the queue.
    Queue(Order),
}

/// What the workbench is opened on. Each function runs on its own worker, after the first frame.
pub struct Start {
    /// What is shown first.
    pub first: First,
    /// Opens the packages of the queue.
    pub open: Opener,
    /// Opens the queue, once it is asked for.
    pub queue: OpenQueue,
    /// Loads the model.
    pub load: Box<dyn FnOnce() -> Result<Judge, String> + Send>,
    /// Loads another model later, in a folder that the analyst names, or looks for the first one again.
    pub reload: Load,
    /// Opens the ledger.
    pub labels: Box<dyn FnOnce() -> Result<Box<dyn Labels>, String> + Send>,
    /// Where cases were left; none where that is not wanted.
    pub session: Option<Session>,
}

struct PaintWork {
    ticket: Ticket,
    doc: Doc,
    path: String,
    source: Arc<Source>,
    lines: Vec<Wanted>,
}

type MeasureWork = (Ticket, Doc, Arc<Source>);
type ShapeWork = (Ticket, Doc, String, Arc<Source>, Arc<Sequence>);
type LayWork = (Ticket, Arc<Judgement>, usize);

/// The running workers. Dropping it lets them end.
pub struct Workers {
    send: Sender<Message>,
    paint: Slot<PaintWork>,
    measure: Slot<MeasureWork>,
    seek: Seekers,
    load: Slot<LoadWork>,
    explain: Explainers,
    lay: Slot<LayWork>,
    names: Slot<NamesWork>,
    versions: Slot<versions::Request>,
    shape: Slot<ShapeWork>,
    propose: Slot<ProposeWork>,
    decode: Slot<DecodeWork>,
    labels: Sender<labels::Request>,
    clip: Sender<String>,
    discard: Sender<Discarded>,
    resume: Sender<resume::Request>,
    open: Opener,
    ahead: Slot<AheadWork>,
    queue: Sender<Ask>,
    queue_ended: Option<JoinHandle<()>>,
    /// The workers that write: what they were given is on the disk before the program ends.
    writing: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts them: the archive, the model and the ledger are opened at once, side by side.
    #[must_use]
    pub fn start(start: Start, send: Sender<Message>) -> Self {
        let Start { first, open, queue, load, reload, labels, session } = start;
        let (ask, asks) = channel();
        let to = send.clone();
        let queue_ended = spawn("queue", move || queue::serve(queue, &asks, &to));
        match first {
            First::Package(open) => {
                let to = send.clone();
                spawn("open", move || reading::show(Ticket::default(), open, &to));
            }
            First::Queue(order) => {
                let (ticket, passed, keep) = (Ticket::default(), Vec::new(), Vec::new());
                // Its worker lives as long as we do.
                let _ = ask.send(Ask::Next { ticket, order, passed, keep });
            }
        }
        let ahead = Slot::default();
        let (slot, to, opener) = (ahead.clone(), send.clone(), Arc::clone(&open));
        spawn("ahead", move || {
            while let Some((work, _)) = slot.take() {
                reading::ahead(work, &opener, &to);
            }
        });
        let loading = Slot::default();
        let (slot, to) = (loading.clone(), send.clone());
        spawn("model", move || model::serve(load, &reload, &slot, &to));
        let (label, requests) = channel();
        let to = send.clone();
        let ledger = spawn("ledger", move || labels::serve(labels, &requests, &to));
        let (resume, requests) = channel();
        let to = send.clone();
        let places = spawn("resume", move || resume::serve(session.as_ref(), &requests, &to));
        let writing = ledger.into_iter().chain(places).collect();
        let (clip, texts) = channel();
        let to = send.clone();
        spawn("clipboard", move || clip::serve(&texts, &to));
        let (paint, measure) = (Slot::default(), Slot::default());
        let (slot, to) = (paint.clone(), send.clone());
        spawn("paint", move || painting(&slot, &to));
        let (slot, to) = (measure.clone(), send.clone());
        spawn("measure", move || measuring(&slot, &to));
        let explain = Explainers::start(&send);
        let lay = Slot::default();
        let (slot, to) = (lay.clone(), send.clone());
        spawn("lay", move || laying(&slot, &to));
        let (discard, discarded) = channel::<Discarded>();
        spawn("discard", move || discarded.into_iter().for_each(drop));
        let names = Slot::default();
        let (slot, to) = (names.clone(), send.clone());
        spawn("names", move || naming(&slot, &to));
        let seek = Seekers::start(&send);
        let versions = Slot::default();
        let (slot, to) = (versions.clone(), send.clone());
        let opener = Arc::clone(&open);
        spawn("versions", move || versions::serve(&opener, &slot, &to));
        let (shape, propose, decode) = (Slot::default(), Slot::default(), Slot::default());
        let (slot, to) = (shape.clone(), send.clone());
        spawn("shape", move || shaping(&slot, &to));
        let (slot, to) = (propose.clone(), send.clone());
        spawn("propose", move || decode::proposing(&slot, &to));
        let (slot, to) = (decode.clone(), send.clone());
        spawn("decode", move || decode::decoding(&slot, &to));
        let load = loading;
        Self {
            send,
            paint,
            measure,
            seek,
            explain,
            lay,
            names,
            versions,
            shape,
            propose,
            decode,
            load,
            labels: label,
            clip,
            discard,
            resume,
            open,
            ahead,
            queue: ask,
            queue_ended,
            writing,
        }
    }

    /// Hands work out. Every request is answered once, also one that a newer one replaces.
    pub fn take(&self, work: Work) {
        match work {
            Work::Paint { ticket, doc, path, source, lines } => {
                if let Some(old) = self.paint.put(PaintWork { ticket, doc, path, source, lines }) {
                    answer(&self.send, Answer::Painted { ticket: old.ticket, doc: old.doc, lines: None });
                }
            }
            Work::Measure { ticket, doc, source } => {
                if let Some((ticket, doc, _)) = self.measure.put((ticket, doc, source)) {
                    answer(&self.send, Answer::Measured { ticket, doc, columns: Arc::default() });
                }
            }
            Work::Find(work) => self.seek.find(work),
            Work::StopFind => self.seek.stop_finding(),
            Work::Package(work) => self.seek.search(work),
            Work::StopPackage => self.seek.stop(),
            Work::Paths(work) => self.seek.paths(work),
            Work::Role(set) => {
                let _ = self.labels.send(labels::Request::Role(set));
            }
            Work::Load { ticket, folder, known, shown } => {
                if let Some(old) = self.load.put(LoadWork { ticket, folder, known, shown }) {
                    answer(&self.send, Answer::Loaded { ticket: old.ticket, loaded: Ok(Loaded::Same) });
                }
            }
            Work::Judge { ticket, judge, shown } => {
                let to = self.send.clone();
                spawn("judge", move || {
                    let judged = guarded("the model", || reading::judged(&shown, &judge)).and_then(|r| r);
                    answer(&to, Answer::Judged { ticket, judged });
                });
            }
            Work::Explain { ticket, judge, case, method, choice } => {
                self.explain.explain(ExplainWork { ticket, judge, case, method, choice });
            }
            Work::Compare { ticket, judge, case, method, choice } => {
                self.explain.compare(ExplainWork { ticket, judge, case, method, choice });
            }
            Work::WhatIf { ticket, judge, case, hidden } => self.explain.what_if((ticket, judge, case, hidden)),
            Work::Lay { ticket, judgement, width } => {
                if let Some((ticket, ..)) = self.lay.put((ticket, judgement, width)) {
                    answer(&self.send, Answer::Laid { ticket, layout: None });
                }
            }
            Work::Discard(discarded) => {
                let _ = self.discard.send(discarded);
            }
            Work::Names { ticket, case, doc, within, around, definitions } => {
                if let Some(old) = self.names.put(NamesWork { ticket, case, doc, within, around, definitions }) {
                    let definitions = old.definitions;
                    answer(&self.send, Answer::Named { ticket: old.ticket, definitions, found: None });
                }
            }
            Work::Diff { ticket, path, case } => {
                if let Some(old) = self.versions.put(versions::Request { ticket, path, case }) {
                    answer(&self.send, Answer::Diffed { ticket: old.ticket, news: Comparison::Done(None) });
                }
            }
            Work::Shape { ticket, doc, path, source, sequence } => {
                if let Some((ticket, ..)) = self.shape.put((ticket, doc, path, source, sequence)) {
                    answer(&self.send, Answer::Shaped { ticket, made: None });
                }
            }
            Work::Propose { ticket, bytes, brute } => {
                if let Some((ticket, ..)) = self.propose.put((ticket, bytes, brute)) {
                    answer(&self.send, Answer::Proposed { ticket, found: None });
                }
            }
            Work::Decode { ticket, bytes, chain } => {
                if let Some((ticket, ..)) = self.decode.put((ticket, bytes, chain)) {
                    answer(&self.send, Answer::Decoded { ticket, tried: None });
                }
            }
            Work::Keep { ticket, case, change } => {
                let to = self.send.clone();
                spawn("keep", move || {
                    let kept = decode::keep(&case, &change);
                    answer(&to, Answer::Kept { ticket, base: case, change, kept });
                });
            }
            Work::Label { case, label, model, queued } => {
                // The ledger's worker lives as long as we do.
                let _ = self.labels.send(labels::Request::Label { case, label, model, queued });
            }
            Work::Open { ticket, path } => {
                let (to, open) = (self.send.clone(), Arc::clone(&self.open));
                spawn("open", move || reading::show(ticket, || open(&path), &to));
            }
            Work::Queue(ask) => {
                let _ = self.queue.send(ask);
            }
            Work::Ahead { ticket, item, queued, judge } => {
                if let Some(old) = self.ahead.put(AheadWork { ticket, item: *item, queued, judge }) {
                    let ready = Err("another package comes next".to_owned());
                    answer(&self.send, Answer::Ahead { ticket: old.ticket, number: old.item.number, ready });
                }
            }
            Work::Survey { number, path, judge } => {
                let (to, open, ask) = (self.send.clone(), Arc::clone(&self.open), self.queue.clone());
                spawn("survey", move || reading::survey(number, &path, &open, &judge, &ask, &to));
            }
            Work::Alike { items } => {
                let (to, open) = (self.send.clone(), Arc::clone(&self.open));
                spawn("alike", move || reading::alike(&items, &open, &to));
            }
            Work::Spans(case) => {
                let _ = self.labels.send(labels::Request::Spans(case));
            }
            Work::Mark(marking) => {
                let _ = self.labels.send(labels::Request::Mark(marking));
            }
            Work::Unmark(event) => {
                let _ = self.labels.send(labels::Request::Unmark(event));
            }
            Work::Undo { spans_of } => {
                let _ = self.labels.send(labels::Request::Undo { spans_of });
            }
            Work::State(sha256) => {
                let _ = self.labels.send(labels::Request::State(sha256));
            }
            Work::LastPlace(sha256) => {
                let _ = self.resume.send(resume::Request::Find(sha256));
            }
            Work::KeepPlace(sha256, place) => {
                let _ = self.resume.send(resume::Request::Keep(sha256, place));
            }
        }
    }

    /// Gives a text to the system's clipboard.
    pub fn clip(&self, text: String) {
        let _ = self.clip.send(text);
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.paint.close();
        self.measure.close();
        self.seek.close();
        self.load.close();
        self.explain.close();
        self.lay.close();
        self.names.close();
        self.versions.close();
        self.shape.close();
        self.propose.close();
        self.decode.close();
        self.ahead.close();
        // What this workbench has goes back to the queue before the process ends.
        let _ = self.queue.send(Ask::Close);
        if let Some(queue) = self.queue_ended.take() {
            let _ = queue.join();
        }
        // Both end once nobody can ask them for more, after what they were asked for.
        self.labels = channel().0;
        self.resume = channel().0;
        for worker in self.writing.drain(..) {
            let _ = worker.join();
        }
    }
}

/// A thread that cannot be started is a machine out of memory: there is nobody to tell but the loop, which then waits for an
/// answer that does not come and can still be left with `q`.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(run).ok()
}

fn answer(to: &Sender<Message>, answer: Answer) {
    // The loop has ended: nobody waits for answers any more.
    let _ = to.send(Message::Answer(answer));
}

/// Turns a panic into an error: hostile input must not take the workbench down with it.
fn guarded<T>(what: &str, run: impl FnOnce() -> T) -> Result<T, String> {
    let started = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(run));
    debug!(ms = started.elapsed().as_millis(), "{what}");
    done.map_err(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
        error!("{what} failed: {said}");
        format!("{what} failed inside cerebro, which is a fault of ours: {said}")
    })
}

fn naming(slot: &Slot<NamesWork>, to: &Sender<Message>) {
    while let Some((work, turn)) = slot.take() {
        let found = guarded("looking for names", || names::find(&work, &|| slot.replaced(turn)));
        let (ticket, definitions) = (work.ticket, work.definitions);
        answer(to, Answer::Named { ticket, definitions, found: found.unwrap_or_default() });
    }
}

fn painting(slot: &Slot<PaintWork>, to: &Sender<Message>) {
    let mut syntaxes: Option<Arc<Syntaxes>> = None;
    // A model that has the package read another way may give a layer's number to another text.
    let mut painters: HashMap<(Doc, *const Source), Painter> = HashMap::new();
    while let Some((work, turn)) = slot.take() {
        let PaintWork { ticket, doc, path, source, lines } = work;
        // The first document loads the syntaxes, so the first frame does not wait for them.
        let syntaxes = syntaxes.get_or_insert_with(|| Arc::new(Syntaxes::load()));
        let key = (doc, Arc::as_ptr(&source));
        if painters.len() >= PAINTERS && !painters.contains_key(&key) {
            painters.clear();
        }
        let painter = painters.entry(key).or_insert_with(|| Painter::new(syntaxes, &path, source));
        let painted = guarded("coloring", || painter.paint(&lines, &|| slot.replaced(turn)));
        let failed = painted.is_err();
        // A grammar that fails leaves the text plain; it is painted so, or it would be asked for again and again.
        let painted = painted.unwrap_or_else(|_| {
            Some(lines.into_iter().map(|(line, range)| (line, Painted { range, runs: Vec::new() })).collect())
        });
        answer(to, Answer::Painted { ticket, doc, lines: painted });
        if failed || guarded("coloring", || painter.settle(&|| slot.replaced(turn))).is_err() {
            painters.remove(&key);
        }
    }
}

fn measuring(slot: &Slot<MeasureWork>, to: &Sender<Message>) {
    while let Some(((ticket, doc, source), turn)) = slot.take() {
        let columns = Columns::measure(&source, &|| slot.replaced(turn)).unwrap_or_default();
        answer(to, Answer::Measured { ticket, doc, columns: Arc::new(columns) });
    }
}

fn shaping(slot: &Slot<ShapeWork>, to: &Sender<Message>) {
    while let Some(((ticket, doc, path, source, sequence), _)) = slot.take() {
        let made = guarded("laying the text out", || Shaped::new(doc, &path, &source, &sequence)).and_then(|made| made);
        answer(to, Answer::Shaped { ticket, made: Some(made) });
    }
}

fn laying(slot: &Slot<LayWork>, to: &Sender<Message>) {
    while let Some(((ticket, judgement, width), _)) = slot.take() {
        let layout = guarded("laying the tokens out", || Layout::new(&judgement, width)).ok();
        answer(to, Answer::Laid { ticket, layout });
    }
}
