//! The behavior sequence as rows: a header per entry, then its steps.

use crate::behavior::Sequence;

/// A row of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Header of an entry, by index.
    Entry(usize),
    /// A step, by index.
    Step(usize),
}

/// Steps as rows, with a header before the first of each entry.
pub(in crate::tui) fn rows(sequence: &Sequence, steps: impl Iterator<Item = usize>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut entry = None;
    for index in steps {
        let Some(step) = sequence.steps.get(index) else { continue };
        if entry != Some(step.entry) {
            entry = Some(step.entry);
            rows.push(Row::Entry(step.entry));
        }
        rows.push(Row::Step(index));
    }
    rows
}
