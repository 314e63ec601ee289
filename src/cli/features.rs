//! `cerebro features`: features of a corpus for experiments.

use super::{Global, Outcome};

/// Arguments of `cerebro features`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the subcommand.
///
/// # Errors
/// Says what is missing.
pub fn run(_args: &Args, _global: &Global) -> Outcome {
    Err("features is not built yet".into())
}
