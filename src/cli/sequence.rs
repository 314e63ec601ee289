//! `cerebro sequence`: the behavior sequence of one package.

use super::{Global, Outcome};

/// Arguments of `cerebro sequence`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the subcommand.
///
/// # Errors
/// Says what is missing.
pub fn run(_args: &Args, _global: &Global) -> Outcome {
    Err("sequence is not built yet".into())
}
