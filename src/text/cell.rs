//! Cells of tables that a spreadsheet opens.

use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula: one that starts like one gets a leading `'`. The wide forms count too, as they
/// do in some locales.
#[must_use]
pub fn neutral(cell: &str) -> Cow<'_, str> {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if formula { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}
