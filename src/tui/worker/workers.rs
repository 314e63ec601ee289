//! The running workers, and which of them gets what.

use std::sync::Arc;
use std::time::Duration;

use crate::behavior::Reading;
use crate::case::Case;
use crate::ledger::Order;
use crate::package::{self, OpenOptions};
use crate::sandbox::{News, Sandbox};

use super::each::Each;
use super::explain::Explainers;
use super::latest::Latest;
use super::{
    AheadWork, Answer, Ask, DecodeWork, DiffWork, Discarded, FindWork, First, LayWork, LedgerWork, LoadWork,
    MeasureWork, NamesWork, Opener, PackageWork, PaintWork, PathsWork, Post, ProposeWork, ResumeWork, SAMPLE,
    ShapeWork, Start, Ticket, WhatIfWork, Work, answer, beautify, clipboard, color, decode, diff, explain, guarded,
    ledger, measure, model, names, queue, reading, resume, search, spawn, tokens,
};

/// The running workers. Dropping it lets them end, the queue first: what this workbench has goes back before the process ends.
pub struct Workers {
    send: Post,
    open: Opener,
    sandbox: Arc<Sandbox>,
    queue: Each<Ask>,
    ledger: Each<LedgerWork>,
    resume: Each<ResumeWork>,
    clipboard: Each<String>,
    discard: Each<Discarded>,
    paint: Latest<PaintWork>,
    measure: Latest<MeasureWork>,
    find: Latest<FindWork>,
    package: Latest<PackageWork>,
    paths: Latest<PathsWork>,
    load: Latest<LoadWork>,
    explain: Explainers,
    compare: Explainers,
    what_if: Latest<WhatIfWork>,
    lay: Latest<LayWork>,
    names: Latest<NamesWork>,
    diff: Latest<DiffWork>,
    shape: Latest<ShapeWork>,
    propose: Latest<ProposeWork>,
    decode: Latest<DecodeWork>,
    ahead: Latest<Box<AheadWork>>,
}

impl Workers {
    /// Starts them: the archive, the model and the ledger are opened at once, side by side.
    #[must_use]
    pub fn start(start: Start, send: Post) -> Self {
        let Start { first, open, sandbox, queue, load, reload, labels, session } = start;
        let at_start = matches!(first, First::Start);
        let to = send.clone();
        let queue = Each::writing("queue", move |asks| queue::serve(queue, asks, &to));
        match first {
            First::Package(open) => {
                let to = send.clone();
                spawn("open", move || reading::show(Ticket::default(), open, &to));
            }
            First::Queue(order) => {
                let (ticket, passed, keep) = (Ticket::default(), Vec::new(), Vec::new());
                queue.submit(Ask::Next { ticket, order, passed, keep });
            }
            First::Start => queue.submit(Ask::Glance(Order::default())),
        }
        let load = model::start(load, reload, &send);
        let to = send.clone();
        let ledger = Each::writing("ledger", move |requests| ledger::serve(labels, requests, &to));
        let to = send.clone();
        let resume = Each::writing("resume", move |requests| resume::serve(session.as_ref(), requests, &to));
        if at_start {
            resume.submit(ResumeWork::Recent);
        } else {
            ledger.submit(LedgerWork::Open);
        }
        let to = send.clone();
        let caged = || Arc::clone(&sandbox);
        Self {
            queue,
            ledger,
            resume,
            clipboard: Each::start("clipboard", move |texts| clipboard::serve(texts, &to)),
            discard: Each::start("discard", |discarded| discarded.iter().for_each(drop)),
            paint: color::start(caged(), &send),
            measure: measure::start(&send),
            find: search::in_pane(&send),
            package: search::in_package(&send),
            paths: search::in_paths(&send),
            load,
            explain: Explainers::shown(&send),
            compare: Explainers::beside(&send),
            what_if: explain::what_if(&send),
            lay: tokens::start(&send),
            names: names::start(caged(), &send),
            diff: diff::start(Arc::clone(&open), caged(), &send),
            shape: beautify::start(caged(), &send),
            propose: decode::propose(caged(), &send),
            decode: decode::decode(caged(), &send),
            ahead: reading::start(Arc::clone(&open), &send),
            send,
            open,
            sandbox,
        }
    }

    /// Hands work out. Every request is answered once, also one that a newer one replaces.
    pub fn submit(&self, work: Work) {
        match work {
            Work::Paint(work) => self.paint.submit(work),
            Work::Measure(work) => self.measure.submit(work),
            Work::Find(work) => self.find.submit(work),
            Work::StopFind => self.find.cancel(),
            Work::Package(work) => self.package.submit(work),
            Work::StopPackage => self.package.cancel(),
            Work::Paths(work) => self.paths.submit(work),
            Work::Load(work) => self.load.submit(work),
            Work::Explain(work) => self.explain.submit(work),
            Work::Compare(work) => self.compare.submit(work),
            Work::WhatIf(work) => self.what_if.submit(work),
            Work::Lay(work) => self.lay.submit(work),
            Work::Discard(discarded) => self.discard.submit(discarded),
            Work::Names(work) => self.names.submit(work),
            Work::Diff(work) => self.diff.submit(work),
            Work::Shape(work) => self.shape.submit(work),
            Work::Propose(work) => self.propose.submit(work),
            Work::Decode(work) => self.decode.submit(work),
            Work::Ledger(work) => self.ledger.submit(work),
            Work::Resume(work) => self.resume.submit(work),
            Work::Queue(ask) => self.queue.submit(ask),
            Work::Ahead(work) => self.ahead.submit(work),
            Work::Judge { ticket, judge, shown } => self.once("judge", move |_, _, to| {
                let judged = guarded("the model", || reading::judged(&shown, &judge)).and_then(|r| r);
                answer(to, Answer::Judged { ticket, judged });
            }),
            Work::Update { ticket, judge, old, new } => self.once("update", move |_, _, to| {
                let update = guarded("judging the difference", || (judge.update)(&old, &new)).and_then(|r| r);
                answer(to, Answer::Updated { ticket, update });
            }),
            Work::Keep { ticket, case, change } => self.once("keep", move |_, sandbox, to| {
                let kept = decode::keep(sandbox, &case, &change);
                answer(to, Answer::Kept { ticket, base: case, change, kept });
            }),
            Work::Open { ticket, path } => self.once("open", move |open, _, to| {
                reading::show(ticket, |opened| open(&path, &Reading::default(), opened), to);
            }),
            Work::Survey { number, path, judge } => {
                let Some(queue) = self.queue.sender() else { return };
                self.once("survey", move |open, _, to| reading::survey(number, &path, open, &judge, &queue, to));
            }
            Work::Alike { items } => self.once("alike", move |open, _, to| reading::alike(&items, open, to)),
            Work::Job(job) => self.once(job.name, move |_, sandbox, to| job.run(sandbox, to)),
            Work::Sample { ticket } => self.once("open", move |_, _, to| {
                let (name, bytes) = SAMPLE;
                // It is ours, so it needs no cage.
                let read = |told: &mut dyn FnMut(News<'_>)| {
                    let package = package::open_bytes(name, bytes.to_vec(), &OpenOptions::default());
                    let package = Arc::new(package.map_err(|e| e.to_string())?);
                    told(News::Opened(&package));
                    Ok(Case::read(package, Duration::ZERO, &Reading::default()))
                };
                reading::show(ticket, read, to);
            }),
        }
    }

    /// Gives a text to the system's clipboard.
    pub fn clip(&self, text: String) {
        self.clipboard.submit(text);
    }

    /// Does something that nothing newer replaces on a thread of its own.
    fn once(&self, name: &str, run: impl FnOnce(&Opener, &Sandbox, &Post) + Send + 'static) {
        let (open, sandbox, to) = (Arc::clone(&self.open), Arc::clone(&self.sandbox), self.send.clone());
        spawn(name, move || run(&open, &sandbox, &to));
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // It ends by that and not when nobody can ask it any more: who reads in the background asks it for as long as that takes.
        self.queue.submit(Ask::Close);
    }
}
