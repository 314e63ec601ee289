//! `cerebro PATH`: the workbench.

use std::path::Path;

use super::{Global, Outcome};

/// Opens the workbench on a package.
///
/// # Errors
/// When the package cannot be read or the terminal cannot be used.
pub fn run(_path: &Path, _global: &Global) -> Outcome {
    Err("the workbench is not built yet; cerebro scan and cerebro sequence work without a screen".into())
}
