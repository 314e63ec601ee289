//! The interpreter: walks a package's code in the order in which it would run, on abstract values, and notes behaviors.
//!
//! One walk gives everything: names resolve by value (aliases, imports, attributes), constants fold, calls splice the callee
//! in, data carries its origins, and what `exec` would receive is parsed as a layer and walked in place. Nothing is run:
//! unknown stays unknown, both branches of an unknown condition are walked, a loop is walked once unless all it depends on
//! is constant.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;

use crate::behavior::feature::Feature;
use crate::behavior::progress::Following;
use crate::behavior::shell::Shell;
use crate::behavior::strings::Told;
use crate::behavior::taint::Taint;
use crate::behavior::{Part, Reading, Sequence, SequenceEntry, Step, Why};
use crate::package::{Package, Phase};
use crate::syntax::Doc;
use crate::syntax::ir::{NodeId, Unit};
use crate::text::{Source, Span};

mod builtins;
mod dialect;
mod effects;
mod entries;
mod eval;
mod heap;
mod imports;
mod scope;
mod state;
mod value;

pub use effects::summary::path_words as call_words;
pub use imports::module_words;

use dialect::Dialect;
use effects::network::NetworkNotes;
use eval::call::Argument;
use heap::Heap;
use state::budget::Budget;
use state::concrete::Trial;
use state::control::{Activation, Control, Flow};
use state::coverage::Coverage;
use state::deferred::Deferred;
use state::layers::Layers;
use state::memo::Memo;
use state::trace::Trace;
use value::{Ref, ScopeId, Val};

/// Most documents of a package whose calls are all followed closely enough to trust where data came from.
const SMALL: usize = 24;
/// Nested evaluations, a bound on the native stack.
const MAX_DEPTH: usize = 1200;
/// Nested calls of the package's functions.
const MAX_CALLS: usize = 48;
/// Objects and scopes on the heap, a bound on memory.
const MAX_HEAP: usize = 4_000_000;
/// Stands for an unknown part inside folded text.
const HOLE: &str = "\u{fffc}";

/// A document ready to be walked.
pub struct Document {
    /// The file or layer.
    pub doc: Doc,
    /// Its lowered tree.
    pub unit: Arc<Unit>,
    /// Its text.
    pub source: Arc<Source>,
}

/// Where a walk stands: the document, its names and its module.
#[derive(Clone)]
pub struct Frame {
    doc: usize,
    unit: Arc<Unit>,
    scope: ScopeId,
    this: Val,
    dialect: Dialect,
}

/// A module of the package as one phase sees it.
pub struct Module {
    doc: usize,
    scope: ScopeId,
    /// JavaScript's `module.exports` after the walk; the scope itself in Python.
    exports: Val,
}

/// Which parts of the analysis are on.
struct Options {
    call_graph: bool,
    folding: bool,
    data_flow: bool,
}

/// The state of one analysis.
pub struct Interpreter<'a> {
    package: &'a Package,
    documents: Vec<Document>,
    /// Document of a file, by file index.
    by_file: HashMap<usize, usize>,
    own_hosts: Vec<String>,
    options: Options,
    heap: Heap,
    modules: Vec<Module>,
    /// Module of a document in the phase being walked.
    module_of: HashMap<usize, usize>,
    /// `if __name__ == '__main__'` of imported modules, to be walked in the run phase.
    main_blocks: BTreeMap<usize, Vec<(Frame, NodeId)>>,
    /// Shell scripts that were read, by document.
    scripts: HashMap<usize, Shell>,
    /// The manifest as JSON, once it was asked for.
    manifest: Option<Option<Rc<serde_json::Value>>>,
    phase: Phase,
    control: Control,
    trace: Trace,
    memo: Memo,
    layers: Layers,
    coverage: Coverage,
    budget: Budget,
    /// The concrete evaluation under way.
    trial: Option<Box<Trial>>,
    /// Work put off to the end of the entry.
    deferred: VecDeque<Deferred>,
    /// How full the heap may get before it is worth freeing what nothing reaches.
    gc_threshold: usize,
    network: NetworkNotes,
    sequence: Sequence,
    following: Following<'a>,
}

impl<'a> Interpreter<'a> {
    /// Prepares a package whose files were lowered.
    pub fn new(
        package: &'a Package,
        documents: Vec<Document>,
        own_hosts: Vec<String>,
        reading: &Reading,
        following: Following<'a>,
    ) -> Self {
        let by_file = documents
            .iter()
            .enumerate()
            .filter_map(|(i, d)| match d.doc {
                Doc::File(file) => Some((file, i)),
                Doc::Layer(_) => None,
            })
            .collect();
        let bytes = documents.iter().map(|d| d.source.text.len()).sum();
        let nodes: usize = documents.iter().map(|d| d.unit.nodes.len()).sum();
        let options = Options {
            call_graph: reading.has(Part::CallGraph),
            folding: reading.has(Part::Folding),
            data_flow: reading.has(Part::Flow),
        };
        Self {
            package,
            documents,
            by_file,
            own_hosts,
            heap: Heap::default(),
            modules: Vec::new(),
            module_of: HashMap::default(),
            main_blocks: BTreeMap::new(),
            scripts: HashMap::default(),
            manifest: None,
            phase: Phase::Run,
            control: Control::default(),
            trace: Trace::default(),
            memo: Memo::default(),
            coverage: Coverage::default(),
            layers: Layers::with_room_for(bytes),
            budget: Budget::for_code(nodes, options.folding),
            trial: None,
            deferred: VecDeque::new(),
            gc_threshold: 0,
            network: NetworkNotes::default(),
            sequence: Sequence::default(),
            following,
            options,
        }
    }

    /// Walks every entry and returns what was found.
    pub fn run(mut self) -> Sequence {
        self.visit_entries();
        self.note_losses();
        self.end_notes();
        self.sequence
    }

    /// Notes a behavior at a node.
    fn emit(&mut self, frame: &Frame, at: NodeId, feature: Feature, detail: &str) {
        let span = frame.unit.span(at);
        self.emit_at(frame.doc, span, feature, detail);
    }

    /// Notes a behavior at a place.
    fn emit_at(&mut self, document: usize, span: Span, feature: Feature, detail: &str) {
        self.emit_why(document, span, feature, detail, Why::default());
    }

    /// Notes what a text tells at a place.
    fn emit_told(&mut self, document: usize, span: Span, told: &Told) {
        let why = Why { matched: told.matched.clone(), source: None };
        self.emit_why(document, span, told.feature, &told.detail, why);
    }

    /// Notes what happens at a node with data of an origin.
    fn emit_flow(&mut self, frame: &Frame, at: NodeId, feature: Feature, detail: &str, origin: Taint) {
        let place = origin.place_of(origin);
        // A value that carries so much that it is lost where the answer came in is a whole program's state, no code of it.
        if place.is_none() && origin.has(Taint::NET) && feature == Feature::RunDownloaded {
            return;
        }
        if place.is_some_and(|(document, _)| self.is_far(frame, document)) {
            return;
        }
        if let Some(place) = place.filter(|_| feature == Feature::SendData) {
            self.note_brought(place);
            if origin.has(Taint::ENV) && self.network.copies.contains(&place) {
                self.emit_at(place.0, place.1, Feature::ReadSecret, "environment whole");
            }
        }
        let source = place.and_then(|(document, span)| self.site_of(document, span));
        self.emit_why(frame.doc, frame.unit.span(at), feature, detail, Why { matched: None, source });
    }

    /// Whether data came in so far from here that only the summing up of many calls connects the two: in a large library
    /// that runs when it is called, what one caller hands to its code is not what its code does.
    fn is_far(&self, frame: &Frame, document: usize) -> bool {
        self.phase >= Phase::Run
            && self.documents.len() > SMALL
            && document != frame.doc
            && !self.trace.calls.iter().any(|(calling, _)| *calling == document)
    }

    /// Notes a behavior at a place, and what it was told by.
    fn emit_why(&mut self, document: usize, span: Span, feature: Feature, detail: &str, why: Why) {
        if self.trial.is_some() {
            self.record_in_trial(document, span, feature, detail, why);
            return;
        }
        if !self.memo.seen.insert((document, span, feature, detail.into())) {
            return;
        }
        // `setup.py publish`, a helper of the author's: nobody who installs the package gives that argument.
        let helper = feature == Feature::Publish && self.control.by_argument > 0;
        let detail = if helper { "publish by argument" } else { detail };
        let Some(document) = self.documents.get(document) else { return };
        let entry = self.sequence.entries.len().saturating_sub(1);
        let (line, column) = document.source.line_column(span.start);
        let step = Step {
            entry,
            phase: self.phase,
            feature,
            detail: detail.to_owned(),
            doc: document.doc,
            span,
            line,
            column,
            call_path: self.trace.call_path.clone(),
            call_sites: self.trace.call_sites.clone(),
            guarded: self.control.guard > 0,
            count: 1,
            why,
        };
        if let Some(last) = self.sequence.steps.last_mut()
            && (last.entry, last.feature, last.doc, &last.detail) == (entry, feature, step.doc, &step.detail)
            && last.call_path == step.call_path
        {
            last.count += 1;
            return;
        }
        self.sequence.steps.push(step);
    }

    /// Begins an entry: functions may be walked again, equal steps noted again.
    fn begin_entry(&mut self, phase: Phase, name: &str) {
        self.phase = phase;
        self.sequence.entries.push(SequenceEntry { phase, name: name.to_owned() });
        self.memo.seen.clear();
        self.memo.classified.clear();
        self.memo.expanded.clear();
        self.collect_garbage();
        self.control.flow = Flow::Next;
        self.control.guard = 0;
        self.trace.site = None;
    }

    /// Everything that arguments carry.
    fn carried_by(&self, args: &[Argument]) -> Taint {
        args.iter().fold(Taint::NONE, |all, arg| all | self.heap.carried(&arg.val))
    }
}
