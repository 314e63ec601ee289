//! `cerebro eval`: held-out figures.

use super::{Global, Outcome};

/// Arguments of `cerebro eval`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the subcommand.
///
/// # Errors
/// Says what is missing.
pub fn run(_args: &Args, _global: &Global) -> Outcome {
    Err("eval is not built yet".into())
}
