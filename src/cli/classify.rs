//! `cerebro classify`: a BERT classifier over a text, for comparison with others.

use super::{Global, Outcome};

/// Arguments of `cerebro classify`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the subcommand.
///
/// # Errors
/// Says what is missing.
pub fn run(_args: &Args, _global: &Global) -> Outcome {
    Err("classify is not built yet".into())
}
