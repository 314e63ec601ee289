//! `cerebro classify`: one text through a BERT classifier, unabridged.

use std::io::{BufWriter, Read as _, Write as _, stdin, stdout};
use std::path::{Path, PathBuf};

use super::{Exit, Global, Outcome};
use crate::text::write_json_line;

/// Arguments of `cerebro classify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File with the text, or - for standard input.
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// How to print the answer.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Add the attention maps, [layer][head][from][to].
    #[arg(long)]
    attention: bool,
}

/// Form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON object.
    Json,
}

/// Runs the subcommand.
///
/// # Errors
/// When the text cannot be read or the model cannot run.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let text = if args.text == Path::new("-") {
        let mut text = String::new();
        stdin().read_to_string(&mut text).map_err(|e| format!("standard input: {e}"))?;
        text
    } else {
        std::fs::read_to_string(&args.text).map_err(|e| format!("cannot read {}: {e}", args.text.display()))?
    };
    let model = global.load_model()?;
    let answer = model.classify(&text, args.attention)?;
    let mut out = BufWriter::new(stdout().lock());
    match args.format {
        Format::Json => write_json_line(&mut out, &answer)?,
    }
    out.flush()?;
    Ok(Exit::Done)
}
