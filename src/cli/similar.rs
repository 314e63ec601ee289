//! `cerebro similar`: the known cases that a package is like; lists of hashes of bad ones.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::output::Format;
use super::{Exit, Global, Outcome};
use crate::behavior::Reading;
use crate::queue::known::{self, Probe};
use crate::report::similar::{Compared, Document};
use crate::text::{escape, many, write_json_line};

/// Largest list of hashes, bytes.
const LIST: u64 = 512 << 20;
/// Most lines of behavior told of one case.
const LINES: usize = 6;

/// Arguments of `cerebro similar`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The package: an archive, a folder or a password zip.
    #[arg(required_unless_present = "known_bad")]
    path: Option<PathBuf>,
    /// json: one object (schema cerebro-similar/1); text: for people.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Most cases that are told.
    #[arg(long, value_name = "N", default_value_t = 20)]
    most: usize,
    /// Take in a list of SHA-256 of bad archives or files first, one a line; what the list is called is its file's name.
    #[arg(long, value_name = "FILE")]
    known_bad: Option<PathBuf>,
}

/// Prints the known cases that a package is like: decided ones of the ledger, and what lists of hashes know.
///
/// # Errors
/// When the package or the list cannot be read, or the ledger cannot be used.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let mut ledger = match &args.known_bad {
        Some(_) => global.open_ledger()?,
        None => global.existing_ledger()?,
    };
    if let Some(list) = &args.known_bad {
        let text = read(list)?;
        let name = list.file_name().unwrap_or(list.as_os_str()).to_string_lossy();
        let came = known::import(&mut ledger, &name, &text)?;
        let known = if came.known > 0 { format!(", {} known before", came.known) } else { String::new() };
        let odd = if came.odd > 0 {
            format!(", {} without a SHA-256", many(came.odd, "line", "lines"))
        } else {
            String::new()
        };
        writeln!(io::stderr(), "{} taken in from {}{known}{odd}", many(came.new, "hash", "hashes"), escape(&name))?;
    }
    let Some(path) = &args.path else { return Ok(Exit::Done) };
    let case = global.sandbox()?.read(path, &Reading::default(), &mut |_| {})?;
    known::refresh(&mut ledger)?;
    let probe = Probe::of(&case);
    known::remember(&mut ledger, &probe)?;
    let mut found: Vec<Compared> = Vec::new();
    for like in known::similar(&ledger, &probe, args.most)? {
        let differing = known::differing(&ledger, &like.sha256, &case.text.text)?;
        found.push((like, differing));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => write_json_line(&mut out, &Document::new(&case, &found))?,
        Format::Text => write_text(&mut out, &found)?,
    }
    out.flush()?;
    Ok(if case.skipped().is_empty() { Exit::Done } else { Exit::Incomplete })
}

fn read(path: &Path) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let named = |what: &str| format!("{}: {what}; name a text file with a SHA-256 on each line", path.display());
    if fs::metadata(path).map_err(|error| named(&error.to_string()))?.len() > LIST {
        return Err(named("it is larger than 512 MB").into());
    }
    let bytes = fs::read(path).map_err(|error| named(&error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write_text(out: &mut impl Write, found: &[Compared]) -> io::Result<()> {
    if found.is_empty() {
        return writeln!(out, "no known case is like it");
    }
    for (known, (here, there)) in found {
        let label = known.label.map_or_else(|| "known as bad".to_owned(), |label| label.to_string().replace('_', " "));
        let share =
            |share: Option<f64>| share.map_or_else(|| "  - ".to_owned(), |share| format!("{:>3.0}%", share * 100.0));
        let name = match (known.list.is_empty(), known.file.is_empty()) {
            (true, _) => format!("{} {}", known.name, known.version),
            (false, true) => format!("the archive, by {}", known.list),
            (false, false) => format!("the file {}, by {}", known.file, known.list),
        };
        let same = if known.same { "  the same bytes" } else { "" };
        writeln!(
            out,
            "code {} behavior {}  {label:<22}  {}{same}",
            share(known.code),
            share(known.behavior),
            escape(name.trim_end())
        )?;
        for (sign, lines) in [('+', here), ('-', there)] {
            for line in lines.iter().take(LINES) {
                writeln!(out, "    {sign} {}", escape(line))?;
            }
            if lines.len() > LINES {
                writeln!(out, "    {sign} and {} more", lines.len() - LINES)?;
            }
        }
    }
    Ok(())
}
