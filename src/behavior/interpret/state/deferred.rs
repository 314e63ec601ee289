//! What is nested too deep to be walked on the spot: it is walked at the end of its entry, so that no depth of calls hides
//! when code runs.

use crate::behavior::CallSite;
use crate::behavior::interpret::eval::call::Argument;
use crate::behavior::interpret::value::{Closure, Val};
use crate::behavior::interpret::{Frame, Interpreter, MAX_CALLS};
use crate::syntax::ir::NodeId;

/// A walk put off, with the way to it.
pub struct Deferred {
    what: Work,
    call_path: Vec<String>,
    call_sites: Vec<Option<CallSite>>,
    guard: usize,
}

/// What is walked late.
pub enum Work {
    /// A function that nothing in this entry called before.
    Call(Closure, Vec<Argument>),
    /// The top level of a module, and the object that holds its exports.
    Module {
        /// Where it stands in the modules.
        index: usize,
        /// Where the walk stands in it.
        frame: Frame,
        /// Its top level.
        body: NodeId,
        /// JavaScript's `module`.
        holder: Option<Val>,
    },
    /// A file started as a process of its own.
    Program(usize),
    /// A part of the code that a known condition or a certain exit left out.
    Passed(Frame, NodeId),
}

impl Interpreter<'_> {
    /// Puts a walk off to the end of the entry. Of a longer way only the outermost part is kept: a step's place says the rest.
    pub fn defer(&mut self, what: Work) {
        self.budget.too_deep = true;
        self.queue(what);
    }

    /// Keeps work for the end of the entry, with the way to it.
    pub fn queue(&mut self, what: Work) {
        let mut deferred = Deferred {
            what,
            call_path: self.trace.call_path.clone(),
            call_sites: self.trace.call_sites.clone(),
            guard: self.control.guard,
        };
        deferred.call_path.truncate(MAX_CALLS);
        deferred.call_sites.truncate(MAX_CALLS);
        self.deferred.push_back(deferred);
    }

    /// Walks what was put off, and what is put off meanwhile. Each function, module and file is once per entry.
    pub fn run_deferred(&mut self) {
        while let Some(deferred) = self.deferred.pop_front() {
            self.trace.call_path = deferred.call_path;
            self.trace.call_sites = deferred.call_sites;
            self.control.guard = deferred.guard;
            match deferred.what {
                Work::Call(closure, args) => {
                    if !self.memo.expanded.contains_key(&(closure.doc, closure.function)) {
                        self.control.direct = true;
                        self.invoke(&closure, args);
                    }
                }
                Work::Module { index, frame, body, holder } => self.visit_module(index, &frame, body, holder.as_ref()),
                Work::Program(file) => self.start(file),
                Work::Passed(frame, id) => self.visit_passed(&frame, id),
            }
        }
        self.trace.call_path.clear();
        self.trace.call_sites.clear();
        self.control.guard = 0;
    }
}
