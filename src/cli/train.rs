//! `cerebro train`: fine-tuning.

use super::{Global, Outcome};

/// Arguments of `cerebro train`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the subcommand.
///
/// # Errors
/// Says what is missing.
pub fn run(_args: &Args, _global: &Global) -> Outcome {
    Err("train is not built yet".into())
}
