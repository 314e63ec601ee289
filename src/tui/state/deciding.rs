//! What goes with the decision on the package on the screen.

use crate::ledger::Hiding;

/// What is known and asked before a label.
#[derive(Debug, Clone, Default)]
pub struct Deciding {
    /// Whether a second opinion is asked: what the first analyst said is hidden.
    pub second: bool,
    /// What analysts hid of the package from lists.
    pub hiding: Hiding,
}
