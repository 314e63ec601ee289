//! Nothing is left out: what a known condition or a certain exit passes by is walked as well, as code that may not run.

use foldhash::HashSet;

use super::deferred::Work;
use crate::behavior::CallCount;
use crate::behavior::interpret::value::Closure;
use crate::behavior::interpret::{Frame, Interpreter};
use crate::package::{Loss, Phase, Skip};
use crate::syntax::Doc;
use crate::syntax::ir::{Node, NodeId, Unit};

/// Files told one by one that hold calls which were never interpreted.
const EACH: usize = 20;

/// Which nodes were evaluated, by document.
#[derive(Default)]
pub struct Coverage {
    seen: Vec<Vec<u64>>,
    /// What was put off because it was passed by.
    passed: HashSet<(usize, NodeId)>,
}

impl Coverage {
    /// Notes that a node is evaluated.
    pub fn visit(&mut self, document: usize, id: NodeId) {
        let (word, bit) = place(id);
        if let Some(slot) = self.seen.get_mut(document).and_then(|seen| seen.get_mut(word)) {
            *slot |= bit;
            return;
        }
        if self.seen.len() <= document {
            self.seen.resize(document + 1, Vec::new());
        }
        if let Some(seen) = self.seen.get_mut(document) {
            seen.resize((word + 1).next_power_of_two(), 0);
            seen.get_mut(word).into_iter().for_each(|slot| *slot |= bit);
        }
    }

    /// Whether it was.
    pub fn visited(&self, document: usize, id: NodeId) -> bool {
        let (word, bit) = place(id);
        self.seen.get(document).and_then(|seen| seen.get(word)).is_some_and(|slot| slot & bit != 0)
    }
}

fn place(id: NodeId) -> (usize, u64) {
    (id.0 as usize / 64, 1 << (id.0 % 64))
}

/// Whether a part of a tree may tell something: a call, a member, a text.
fn tells(unit: &Unit, id: NodeId) -> bool {
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        match unit.node(id) {
            Node::Call { .. } | Node::Member(..) | Node::Index(..) | Node::Str(_) | Node::Import(_) => return true,
            _ => unit.children_into(id, &mut open),
        }
    }
    false
}

/// Whether a call stands in a part of a tree.
fn holds_call(unit: &Unit, id: NodeId) -> bool {
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if matches!(unit.node(id), Node::Call { .. }) {
            return true;
        }
        unit.children_into(id, &mut open);
    }
    false
}

impl Interpreter<'_> {
    /// A part of the code that does not run, as far as is known: it is walked at the end of the entry unless it was walked
    /// by then. What a trial passes by is walked with the whole function.
    pub fn passed_by(&mut self, frame: &Frame, id: NodeId) {
        if self.trial.is_some()
            || self.coverage.visited(frame.doc, id)
            || !self.coverage.passed.insert((frame.doc, id))
            || !tells(&frame.unit, id)
        {
            return;
        }
        // The frame is kept, and with it its names.
        self.heap.escape();
        self.queue(Work::Passed(frame.clone(), id));
    }

    /// Walks what was passed by.
    pub fn visit_passed(&mut self, frame: &Frame, id: NodeId) {
        if !self.coverage.visited(frame.doc, id) {
            self.guarded(|this| this.eval(frame, id));
        }
    }

    /// Walks the calls of every document that nothing came to yet, as code that may not run, and counts all.
    pub fn visit_unvisited(&mut self) {
        let mut document = 0;
        while document < self.documents.len() {
            if self.options.call_graph && self.options.folding {
                self.visit_unvisited_in(document);
            }
            document += 1;
        }
        let counts: Vec<CallCount> = (0..self.documents.len()).map(|document| self.count_calls(document)).collect();
        for (document, count) in counts.iter().enumerate() {
            self.sequence.calls.held += count.held;
            self.sequence.calls.interpreted += count.interpreted;
            if count.interpreted < count.held && self.options.call_graph && self.options.folding {
                self.budget.passed_over.push((document, count.held - count.interpreted));
            }
        }
    }

    fn visit_unvisited_in(&mut self, document: usize) {
        let Some(known) = self.documents.get(document) else { return };
        let (unit, doc) = (known.unit.clone(), known.doc);
        let left = self.unvisited(document, &unit);
        if left.is_empty() || self.budget.fuel == 0 {
            return;
        }
        let name = match doc {
            Doc::File(file) => {
                self.package.files.get(file).map(|f| self.package.inside(&f.path).to_owned()).unwrap_or_default()
            }
            Doc::Layer(layer) => format!("layer {layer}"),
        };
        self.begin_entry(Phase::Run, &format!("not called: {name}"));
        let mut frame = self.detached_frame(document);
        if let Some(module) = self.modules.iter().rev().find(|module| module.doc == document) {
            frame.scope = module.scope;
        }
        for id in left {
            match unit.node(id) {
                // Its value is known; its inside was never walked.
                Node::Function(index) if self.coverage.visited(document, id) => {
                    let closure = Closure::of(document, *index, frame.scope);
                    self.control.direct = true;
                    self.guarded(|this| this.invoke(&closure, Vec::new()));
                }
                _ => self.visit_passed(&frame, id),
            }
            self.run_deferred();
        }
        self.visit_uncalled(document);
        self.end_entry();
    }

    /// The outermost parts of a document with calls that nothing came to.
    fn unvisited(&self, document: usize, unit: &Unit) -> Vec<NodeId> {
        let mut out = Vec::new();
        let mut open = vec![unit.body];
        while let Some(id) = open.pop() {
            let inside = match unit.node(id) {
                Node::Function(index) => unit.functions.get(*index as usize).map(|function| function.body),
                _ => None,
            };
            let left = !self.coverage.visited(document, id)
                || inside.is_some_and(|body| !self.coverage.visited(document, body));
            // A target or a pattern is bound, not evaluated: what stands in it is looked at by itself.
            let evaluated = matches!(unit.node(id), Node::Call { .. } | Node::Function(_))
                || self.coverage.visited(document, id)
                || !unit.children(id).iter().any(|child| self.coverage.visited(document, *child));
            if left && evaluated {
                // Where no call stands in it, none stands in its parts.
                if holds_call(unit, id) {
                    out.push(id);
                }
            } else {
                open.extend(unit.children(id).into_iter().rev());
            }
        }
        out
    }

    /// The calls that a document holds, and those of them that were interpreted.
    fn count_calls(&self, document: usize) -> CallCount {
        let mut count = CallCount::default();
        let Some(unit) = self.documents.get(document).map(|known| &known.unit) else { return count };
        let mut open = vec![unit.body];
        while let Some(id) = open.pop() {
            if matches!(unit.node(id), Node::Call { .. }) {
                count.held += 1;
                count.interpreted += usize::from(self.coverage.visited(document, id));
            }
            unit.children_into(id, &mut open);
        }
        count
    }

    /// Tells of calls that nothing came to.
    pub fn note_passed_over(&mut self, told: &mut Vec<Skip>) {
        // A walk that ended early has told so.
        if self.budget.cut_short {
            return;
        }
        let all = std::mem::take(&mut self.budget.passed_over);
        if let Some(more) = all.get(EACH..).filter(|more| !more.is_empty()) {
            let (files, calls) = (more.len(), more.iter().map(|(_, calls)| calls).sum::<usize>());
            let reason = format!("{calls} calls in {files} more files were never interpreted");
            told.push(Skip::new(Loss::Unwalked, "", reason));
        }
        for (document, calls) in all.into_iter().take(EACH) {
            let path = self.file_of(document).unwrap_or_default();
            let reason = format!("{calls} calls in it were never interpreted");
            told.push(Skip::new(Loss::Unwalked, path, reason).in_layer(self.layer_of(document)));
        }
    }
}
