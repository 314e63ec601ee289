//! What is nested too deep to be walked on the spot: it is walked at the end of its entry, so that no depth of calls hides
//! when code runs.

use super::call::Argument;
use super::value::{Closure, Val};
use super::{Frame, Interpreter, MAX_CALLS};
use crate::behavior::CallSite;
use crate::syntax::ir::NodeId;

/// A walk put off, with the way to it.
pub(super) struct Late {
    what: What,
    call_path: Vec<String>,
    call_sites: Vec<Option<CallSite>>,
    guard: usize,
}

/// What is walked late.
pub(super) enum What {
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
}

impl Interpreter<'_> {
    /// Puts a walk off to the end of the entry. Of a longer way only the outermost part is kept: a step's place says the rest.
    pub(super) fn put_off(&mut self, what: What) {
        self.too_deep = true;
        let mut late =
            Late { what, call_path: self.call_path.clone(), call_sites: self.call_sites.clone(), guard: self.guard };
        late.call_path.truncate(MAX_CALLS);
        late.call_sites.truncate(MAX_CALLS);
        self.late.push_back(late);
    }

    /// Walks what was put off, and what is put off meanwhile. Each function, module and file is once per entry.
    pub(super) fn walk_late(&mut self) {
        while let Some(late) = self.late.pop_front() {
            self.call_path = late.call_path;
            self.call_sites = late.call_sites;
            self.guard = late.guard;
            match late.what {
                What::Call(closure, args) => {
                    if !self.expanded.contains_key(&(closure.doc, closure.function)) {
                        self.direct = true;
                        self.invoke(&closure, args);
                    }
                }
                What::Module { index, frame, body, holder } => self.walk_module(index, &frame, body, holder.as_ref()),
                What::Program(file) => self.start(file),
            }
        }
        self.call_path.clear();
        self.call_sites.clear();
        self.guard = 0;
    }
}
