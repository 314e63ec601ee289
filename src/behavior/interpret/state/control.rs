//! Control flow: where the walk goes next, and how certain it is to come here.

use crate::behavior::interpret::value::Val;
use crate::behavior::taint::Taint;
use crate::syntax::ir::Label;

/// Why a walk does not go on to the next statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    #[default]
    Next,
    /// A loop or switch ends, or what has the label.
    Break(Option<Label>),
    /// A round of a loop ends, of the one with the label.
    Continue(Option<Label>),
    /// A function ends.
    Return,
    /// An exception; only where code is evaluated concretely.
    Throw,
}

/// What a function call collects.
#[derive(Default)]
pub struct Activation {
    /// What it returns, as far as it was met.
    pub returned: Option<Val>,
    /// What it has yielded so far, and whether it returned something besides.
    pub yielded: Vec<Val>,
    pub ended: bool,
    /// The guard depth at entry: a `return` deeper than that may not happen.
    pub guard: usize,
}

/// Where the walk goes.
#[derive(Default)]
pub struct Control {
    /// Why it does not go on.
    pub flow: Flow,
    /// Calls under way.
    pub activations: Vec<Activation>,
    /// Conditions around the walk whose outcome is not known.
    pub guard: usize,
    /// Conditions on the command line's arguments around the walk.
    pub by_argument: usize,
    /// Strings say nothing here: metadata arguments of `setup()`.
    pub muted: usize,
    /// Inside the arguments of a call that only asks whether a path is there.
    pub asking: usize,
    /// Inside what a child process gets as its environment.
    pub passing: usize,
    /// Inside a loop that is walked item by item: constant conditions choose.
    pub unrolling: usize,
    /// Jumps met that may not happen: a loop with one is not walked round by round.
    pub unsure_exits: usize,
    /// Names bound where that may not happen: a loop that such names steer is not walked to its end.
    pub unsure_writes: usize,
    /// What the calls of the `try` under way gave that comes from outside the machine.
    pub fetched: Taint,
    /// The same of the `try` whose handler is walked.
    pub caught: Taint,
    /// What the body of the `try` under way threw, where that is known.
    pub thrown: Option<Val>,
    /// The same of the `try` whose handler is walked.
    pub caught_value: Option<Val>,
    /// Without the call graph: the next call is one that the walk makes by itself.
    pub direct: bool,
    /// The document that runs as a program of its own, not as an import.
    pub program: Option<usize>,
}
