//! `cerebro export`: the labelled packages as a dataset.

use super::{Global, Outcome};

/// Arguments of `cerebro export`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the subcommand.
///
/// # Errors
/// Says what is missing.
pub fn run(_args: &Args, _global: &Global) -> Outcome {
    Err("export is not built yet".into())
}
