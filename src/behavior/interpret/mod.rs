//! The interpreter: walks a package's code in the order in which it would run, on abstract values, and notes behaviors.
//!
//! One walk gives everything: names resolve by value (aliases, imports, attributes), constants fold, calls splice the callee
//! in, data carries its origins, and what `exec` would receive is parsed as a layer and walked in place. Nothing is run:
//! unknown stays unknown, both branches of an unknown condition are walked, a loop is walked once unless all it depends on
//! is constant.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::catalogue::{Catalogue, JAVASCRIPT, PYTHON};
use super::feature::Feature;
use super::shell::Shell;
use super::taint::Taint;
use super::{CallSite, Part, Reading, Sequence, SequenceEntry, Step};
use crate::package::{Package, Phase};
use crate::syntax::Doc;
use crate::syntax::ir::{NodeId, Unit};
use crate::text::{Source, Span};

mod adopt;
mod assign;
mod call;
mod callback;
mod collect;
mod contact;
mod disguise;
mod effect;
mod entries;
mod eval;
mod exact;
mod external;
mod fold;
mod frozen;
mod heap;
mod import;
mod invoke;
mod kept;
mod language;
mod late;
mod layer;
mod literal;
mod loops;
mod losses;
mod member;
mod method;
mod module;
mod names;
mod operators;
mod python_import;
mod reach;
mod shell;
mod value;

use heap::Heap;
use value::{Ref, ScopeId, Val};

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
struct Frame {
    doc: usize,
    unit: Arc<Unit>,
    scope: ScopeId,
    this: Val,
    javascript: bool,
}

/// A module of the package as one phase sees it.
struct Module {
    doc: usize,
    scope: ScopeId,
    /// JavaScript's `module.exports` after the walk; the scope itself in Python.
    exports: Val,
}

/// Why a walk does not go on to the next statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
    Return,
    /// An exception; only where code is evaluated exactly.
    Throw,
}

/// What a function call collects.
struct Activation {
    returned: Option<Val>,
    /// The guard depth at entry: a `return` deeper than that may not happen.
    guard: usize,
}

/// The state of one analysis.
pub struct Interpreter<'a> {
    package: &'a Package,
    documents: Vec<Document>,
    /// Document of a file, by file index.
    by_file: HashMap<usize, usize>,
    own_hosts: Vec<String>,
    /// Which parts of the analysis are on.
    call_graph: bool,
    folding: bool,
    flow_of_data: bool,
    /// Without the call graph: the next call is one that the walk makes by itself.
    direct: bool,
    /// The document that runs as a program of its own, not as an import.
    program: Option<usize>,
    /// `if __name__ == '__main__'` of imported modules, to be walked in the run phase.
    main_blocks: BTreeMap<usize, Vec<(Frame, NodeId)>>,
    heap: Heap,
    modules: Vec<Module>,
    /// Module of a document in the phase being walked.
    module_of: HashMap<usize, usize>,
    sequence: Sequence,
    phase: Phase,
    seen: HashSet<(usize, Span, Feature, Rc<str>)>,
    /// Literals told in this entry, with what they carry.
    told: HashMap<(usize, NodeId), Taint>,
    /// Functions walked in this entry, with what they returned.
    expanded: HashMap<(usize, u32), Val>,
    /// Functions walked in any entry.
    reached: HashSet<(usize, u32)>,
    /// Functions met as values, to be walked at the end if nothing called them.
    created: BTreeMap<(usize, u32), Ref>,
    /// Those of them that nothing has called yet.
    waiting: BTreeSet<(usize, u32)>,
    /// The class of a method.
    method_of: HashMap<(usize, u32), Ref>,
    /// The only method of a name, `None` where several have it.
    only_methods: HashMap<Arc<str>, Option<(usize, u32)>>,
    /// One instance per class for methods that nothing called.
    instances: HashMap<usize, Val>,
    calls: Vec<(usize, u32)>,
    call_path: Vec<String>,
    /// From where each of the call path was entered.
    call_sites: Vec<Option<CallSite>>,
    /// The call, import or command under way.
    site: Option<CallSite>,
    /// The package's entry being walked, by index.
    own_entry: Option<usize>,
    activations: Vec<Activation>,
    guard: usize,
    /// Conditions on the command line's arguments around the walk.
    by_argument: usize,
    /// Strings say nothing here: metadata arguments of `setup()`.
    muted: usize,
    /// Inside a loop that is walked item by item: constant conditions choose.
    concrete: usize,
    flow: Flow,
    fuel: usize,
    concrete_fuel: usize,
    depth: usize,
    cut_short: bool,
    /// Large values that something holds, and whether they took more memory than they may.
    kept: kept::Kept,
    values_cut_short: bool,
    /// Most bytes of all layers.
    layer_room: usize,
    /// Texts that code would run and that were not opened, and their bytes.
    unopened: (usize, usize),
    /// Documents that the walk came to when nothing was left to walk with.
    unwalked: BTreeSet<usize>,
    /// Whether something was walked late, or not followed, because it was nested too deep.
    too_deep: bool,
    /// Walks put off to the end of the entry.
    late: VecDeque<late::Late>,
    /// Jumps met that may not happen: a loop with one is not walked round by round.
    unsure_exits: usize,
    /// How a value was decoded, by the address of its text; the value is kept so that the address stays its own.
    recipes: HashMap<usize, (Val, Rc<Vec<String>>)>,
    layer_documents: HashMap<String, usize>,
    /// Shell scripts that were read, by document.
    scripts: HashMap<usize, Shell>,
    /// The manifest as JSON, once it was asked for.
    manifest: Option<Option<Rc<serde_json::Value>>>,
    layer_bytes: usize,
    noted: contact::Noted,
    /// How full the heap may get before it is worth freeing what nothing reaches.
    tidy_at: usize,
    /// The exact evaluation under way.
    exact: Option<Box<exact::Exact>>,
    exact_fuel: usize,
    exact_cut_short: bool,
    /// Constant keys that ciphers were made with.
    keys: Vec<Rc<[u8]>>,
    /// How often the exact evaluation of a function failed.
    exact_failures: HashMap<(usize, u32), u8>,
}

impl<'a> Interpreter<'a> {
    /// Prepares a package whose files were lowered.
    pub fn new(package: &'a Package, documents: Vec<Document>, own_hosts: Vec<String>, reading: &Reading) -> Self {
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
        Self {
            package,
            documents,
            by_file,
            own_hosts,
            call_graph: reading.has(Part::CallGraph),
            folding: reading.has(Part::Folding),
            flow_of_data: reading.has(Part::Flow),
            direct: false,
            program: None,
            main_blocks: BTreeMap::new(),
            heap: Heap::default(),
            modules: Vec::new(),
            module_of: HashMap::new(),
            sequence: Sequence::default(),
            phase: Phase::Run,
            seen: HashSet::new(),
            told: HashMap::new(),
            expanded: HashMap::new(),
            reached: HashSet::new(),
            created: BTreeMap::new(),
            waiting: BTreeSet::new(),
            method_of: HashMap::new(),
            only_methods: HashMap::new(),
            instances: HashMap::new(),
            calls: Vec::new(),
            call_path: Vec::new(),
            call_sites: Vec::new(),
            site: None,
            own_entry: None,
            activations: Vec::new(),
            guard: 0,
            by_argument: 0,
            muted: 0,
            concrete: 0,
            flow: Flow::Next,
            fuel: 1_000_000 + nodes * 10,
            concrete_fuel: if reading.has(Part::Folding) { 500_000 } else { 0 },
            depth: 0,
            cut_short: false,
            kept: kept::Kept::default(),
            values_cut_short: false,
            layer_room: layer::room(bytes),
            unopened: (0, 0),
            unwalked: BTreeSet::new(),
            too_deep: false,
            late: VecDeque::new(),
            unsure_exits: 0,
            recipes: HashMap::new(),
            layer_documents: HashMap::new(),
            scripts: HashMap::new(),
            manifest: None,
            layer_bytes: 0,
            noted: contact::Noted::default(),
            tidy_at: 0,
            exact: None,
            exact_fuel: exact::FUEL,
            exact_cut_short: false,
            keys: Vec::new(),
            exact_failures: HashMap::new(),
        }
    }

    /// Walks every entry and returns what was found.
    pub fn run(mut self) -> Sequence {
        self.walk_entries();
        self.note_losses();
        self.end_notes();
        self.sequence
    }

    fn catalogue(frame: &Frame) -> &'static Catalogue {
        if frame.javascript { &JAVASCRIPT } else { &PYTHON }
    }

    /// Notes a behavior at a node.
    fn emit(&mut self, frame: &Frame, at: NodeId, feature: Feature, detail: &str) {
        let span = frame.unit.span(at);
        self.emit_at(frame.doc, span, feature, detail);
    }

    /// Notes a behavior at a place.
    fn emit_at(&mut self, document: usize, span: Span, feature: Feature, detail: &str) {
        if self.exact.is_some() {
            self.note_exact(document, span, feature, detail);
            return;
        }
        if !self.seen.insert((document, span, feature, detail.into())) {
            return;
        }
        // `setup.py publish`, a helper of the author's: nobody who installs the package gives that argument.
        let helper = feature == Feature::X10 && self.by_argument > 0;
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
            call_path: self.call_path.clone(),
            call_sites: self.call_sites.clone(),
            guarded: self.guard > 0,
            count: 1,
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
        self.seen.clear();
        self.told.clear();
        self.expanded.clear();
        self.tidy();
        self.flow = Flow::Next;
        self.guard = 0;
        self.site = None;
    }

    /// Whether the walk may go on.
    fn alive(&mut self) -> bool {
        if self.exact.is_some() {
            return self.alive_exactly();
        }
        if self.fuel == 0 || self.heap.len() > MAX_HEAP {
            self.cut_short = true;
            return false;
        }
        self.fuel -= 1;
        if self.concrete > 0 {
            self.concrete_fuel = self.concrete_fuel.saturating_sub(1);
        }
        true
    }

    /// Takes the work that folding took from the budget of constant loops, and looks at the memory that values take.
    fn charge(&mut self, made: &Val) {
        if !self.kept.note(made) {
            // What comes after is walked, its texts unknown.
            self.folding = false;
            self.values_cut_short = true;
        }
        if self.exact.is_some() {
            return self.charge_exactly(fold::cost(&self.heap, made));
        }
        if self.concrete > 0 {
            self.concrete_fuel = self.concrete_fuel.saturating_sub(fold::cost(&self.heap, made));
        }
    }

    /// Takes work beyond a step from the walk.
    fn spend(&mut self, steps: usize) {
        self.fuel = self.fuel.saturating_sub(steps);
    }

    /// Everything that arguments carry.
    fn carried_by(&self, args: &[call::Argument]) -> Taint {
        args.iter().fold(Taint::NONE, |all, arg| all | self.heap.carried(&arg.val))
    }
}
