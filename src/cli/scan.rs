//! `cerebro scan`: the pipeline without a screen, one object per package.

use super::{Global, Outcome};

/// Arguments of `cerebro scan`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the subcommand.
///
/// # Errors
/// Says what is missing.
pub fn run(_args: &Args, _global: &Global) -> Outcome {
    Err("scan is not built yet".into())
}
