//! The running workers, and which of them gets what.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::behavior::Reading;
use crate::case::Case;
use crate::ledger::Order;
use crate::package::{self, OpenOptions, Package};

use super::super::app::complete::Completed;
use super::super::app::diff::Comparison;
use super::super::app::{Message, guide};
use super::decode::{self, DecodeWork, ProposeWork};
use super::documents::{self, MeasureWork, PaintWork, ShapeWork};
use super::explain::{ExplainWork, Explainers};
use super::model::{self, LoadWork, Loaded};
use super::names::{self, NamesWork};
use super::reading::{self, AheadWork, Opener};
use super::seek::Seekers;
use super::slot::Slot;
use super::tokens::{self, LayWork};
use super::{
    Answer, Ask, Discarded, First, Start, Ticket, Work, answer, clip, guarded, labels, queue, resume, spawn, versions,
};

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
        let at_start = matches!(first, First::Start);
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
            First::Start => {
                let _ = ask.send(Ask::Glance(Order::default()));
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
        if !at_start {
            // Its worker lives as long as we do.
            let _ = label.send(labels::Request::Open);
        }
        let to = send.clone();
        let ledger = spawn("ledger", move || labels::serve(labels, &requests, &to));
        let (resume, requests) = channel();
        if at_start {
            let _ = resume.send(resume::Request::Recent);
        }
        let to = send.clone();
        let places = spawn("resume", move || resume::serve(session.as_ref(), &requests, &to));
        let writing = ledger.into_iter().chain(places).collect();
        let (clip, texts) = channel();
        let to = send.clone();
        spawn("clipboard", move || clip::serve(&texts, &to));
        let (paint, measure) = (Slot::default(), Slot::default());
        let (slot, to) = (paint.clone(), send.clone());
        spawn("paint", move || documents::painting(&slot, &to));
        let (slot, to) = (measure.clone(), send.clone());
        spawn("measure", move || documents::measuring(&slot, &to));
        let explain = Explainers::start(&send);
        let lay = Slot::default();
        let (slot, to) = (lay.clone(), send.clone());
        spawn("lay", move || tokens::laying(&slot, &to));
        let (discard, discarded) = channel::<Discarded>();
        spawn("discard", move || discarded.into_iter().for_each(drop));
        let names = Slot::default();
        let (slot, to) = (names.clone(), send.clone());
        spawn("names", move || names::naming(&slot, &to));
        let seek = Seekers::start(&send);
        let versions = Slot::default();
        let (slot, to) = (versions.clone(), send.clone());
        let opener = Arc::clone(&open);
        spawn("versions", move || versions::serve(&opener, &slot, &to));
        let (shape, propose, decode) = (Slot::default(), Slot::default(), Slot::default());
        let (slot, to) = (shape.clone(), send.clone());
        spawn("shape", move || documents::shaping(&slot, &to));
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
            Work::Update { ticket, judge, old, new } => {
                let to = self.send.clone();
                spawn("update", move || {
                    let update = guarded("judging the difference", || (judge.update)(&old, &new)).and_then(|r| r);
                    answer(&to, Answer::Updated { ticket, update });
                });
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
                spawn("open", move || reading::show(ticket, |opened| open(&path, &Reading::default(), opened), &to));
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
            Work::Redo => {
                let _ = self.labels.send(labels::Request::Redo);
            }
            Work::Report { case, format, reporter } => {
                let _ = self.labels.send(labels::Request::Report { case, format, reporter });
            }
            Work::Save { path, text } => {
                let _ = self.labels.send(labels::Request::Save { path, text });
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
            Work::KeepPlace(left) => {
                let _ = self.resume.send(resume::Request::Keep(left));
            }
            Work::Recent => {
                let _ = self.resume.send(resume::Request::Recent);
            }
            Work::Complete { ticket, line } => {
                let to = self.send.clone();
                spawn("complete", move || {
                    let completed = guarded("completing the path", || Completed::of(&line)).unwrap_or_default();
                    answer(&to, Answer::Completed { ticket, completed });
                });
            }
            Work::Sample { ticket } => {
                let to = self.send.clone();
                spawn("open", move || {
                    let (name, bytes) = guide::SAMPLE;
                    // It is ours, so it needs no cage.
                    let read = |opened: &mut dyn FnMut(&Arc<Package>)| {
                        let package = package::open_bytes(name, bytes.to_vec(), &OpenOptions::default());
                        let package = Arc::new(package.map_err(|e| e.to_string())?);
                        opened(&package);
                        Ok(Case::read(package, Duration::ZERO, &Reading::default()))
                    };
                    reading::show(ticket, read, &to);
                });
            }
            Work::Practice(on) => {
                let _ = self.labels.send(labels::Request::Practice(on));
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
