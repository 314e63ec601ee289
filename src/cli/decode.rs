//! `cerebro decode`: the texts that a package's code would decode and run, without running anything.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::output::Format;
use super::{Exit, Global, Outcome};
use crate::behavior::Reading;
use crate::case::Case;
use crate::report::decode::Document;
use crate::report::place::path_of;
use crate::syntax::{DecodedBy, decoder};
use crate::text::{escape, many, write_json_line};

/// Arguments of `cerebro decode`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The package: an archive, a folder or a password zip.
    path: PathBuf,
    /// json: one object (schema cerebro-decode/1) with every text as it is; text: for people.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Prints every layer.
///
/// # Errors
/// When the package cannot be read or the output cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let case = global.sandbox()?.read(&args.path, &Reading::default(), &mut |_| {})?;
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => write_json_line(&mut out, &Document::new(&case))?,
        Format::Text => write_text(&mut out, &case)?,
    }
    out.flush()?;
    Ok(if case.skipped().is_empty() { Exit::Done } else { Exit::Incomplete })
}

fn write_text(out: &mut impl Write, case: &Case) -> io::Result<()> {
    let layers = &case.sequence.layers;
    if layers.is_empty() {
        writeln!(out, "nothing in the package is decoded")?;
    }
    for (id, layer) in layers.iter().enumerate() {
        let gap = if id == 0 { "" } else { "\n" };
        let by = if layer.by == DecodedBy::Literal { ", decoded here, not by the program's own call" } else { "" };
        let size = many(layer.bytes, "byte", "bytes");
        writeln!(out, "{gap}== {id}: {}, {size}{by}", layer.recipe.join(" > "))?;
        writeln!(out, "   from {}, sha256 {}", escape(path_of(case, layer.parent)), layer.sha256)?;
        match layer.text() {
            Some(source) => write_lines(out, &source.text)?,
            None => writeln!(out, "{}", decoder::preview(layer.content()))?,
        }
    }
    for skip in case.skipped() {
        writeln!(out, "\nnot analysed: {}: {}", escape(&skip.path), escape(&skip.reason))?;
    }
    Ok(())
}

/// A text line by line, hidden characters as marks.
pub(super) fn write_lines(out: &mut impl Write, text: &str) -> io::Result<()> {
    for line in text.lines() {
        let mut cells = line.split('\t').map(escape);
        write!(out, "{}", cells.next().unwrap_or_default())?;
        cells.try_for_each(|cell| write!(out, "\t{cell}"))?;
        writeln!(out)?;
    }
    Ok(())
}
