//! `cerebro sequence`: the behavior sequence of one package, schema `cerebro-sequence/1`.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::decode::write_lines;
use super::others::{Others, attach};
use super::output::Format;
use super::{Exit, Global, Outcome, fit, reading};
use crate::case::Case;
use crate::evidence::Kind;
use crate::package::Phase;
use crate::report::place::path_of;
use crate::report::sequence::Document;
use crate::syntax::{DecodedBy, Doc, decoder};
use crate::text::{escape, width, write_json_line};

/// Arguments of `cerebro sequence`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The package: an archive, a folder or a password zip.
    path: PathBuf,
    /// json: one object (schema cerebro-sequence/1); text: for people.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    reading: reading::ReadAs,
    #[command(flatten)]
    others: Others,
    /// Print the text of one layer instead, by its id: decoded code, the listing of a pickle or of marshalled code.
    #[arg(long, value_name = "ID", conflicts_with = "format")]
    layer: Option<usize>,
}

/// Prints the sequence. No model is needed.
///
/// # Errors
/// When the package cannot be read or the output cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let reading = args.reading.reading();
    let named = args.others.named()?;
    let case = attach(global.sandbox()?.read(&args.path, &reading, &mut |_| {})?, &args.path, &named);
    let mut out = BufWriter::new(io::stdout().lock());
    match (args.layer, args.format) {
        (Some(id), _) => write_layer(&mut out, &case, id)?,
        (None, Format::Json) => write_json_line(&mut out, &Document::new(&case))?,
        (None, Format::Text) => write_text(&mut out, &case)?,
    }
    out.flush()?;
    Ok(if case.skipped().is_empty() { Exit::Done } else { Exit::Incomplete })
}

fn write_text(out: &mut impl Write, case: &Case) -> io::Result<()> {
    let package = &case.package;
    let sequence = &case.sequence;
    let name = package.name.as_deref().unwrap_or("unnamed package");
    let version = package.version.as_deref().unwrap_or("");
    writeln!(out, "{}", escape(format!("{name} {version}").trim_end()))?;
    writeln!(out, "sha256 {}", package.sha256)?;
    let details = sequence.steps.iter().map(|step| width(&escape(&step.detail))).max().unwrap_or(0).min(48);
    let mut group = None;
    let mut phase = Phase::Install;
    for step in &sequence.steps {
        for over in PHASES.into_iter().filter(|over| (phase..step.phase).contains(over)) {
            write_observed(out, case, over)?;
        }
        phase = step.phase;
        if group != Some(step.entry) {
            group = Some(step.entry);
            let entry = sequence.entries.get(step.entry).map_or("", |entry| &entry.name);
            writeln!(out, "\n{}: {}", step.phase.word(), escape(entry))?;
        }
        let layer = match step.doc {
            Doc::File(_) => String::new(),
            Doc::Layer(layer) => format!(" layer {layer}"),
        };
        let times = if step.count > 1 { format!(" x{}", step.count) } else { String::new() };
        writeln!(
            out,
            "  {code:<3}  {phrase:<35}  {detail}  {file}{layer}:{line}:{column}{times}",
            code = step.feature.code(),
            phrase = step.feature.phrase(),
            detail = fit(&escape(&step.detail), details),
            file = escape(path_of(case, step.doc)),
            line = step.line,
            column = step.column,
        )?;
    }
    for over in PHASES.into_iter().filter(|over| *over >= phase) {
        write_observed(out, case, over)?;
    }
    if sequence.steps.is_empty() {
        writeln!(out, "\nno behavior was found")?;
    }
    if !sequence.layers.is_empty() {
        writeln!(out, "\nlayers")?;
    }
    for (id, layer) in sequence.layers.iter().enumerate() {
        let recipe = layer.recipe.join(" > ");
        let file = escape(path_of(case, layer.parent));
        let by = if layer.by == DecodedBy::Literal { "  decoded here, not by the program's own call" } else { "" };
        writeln!(out, "  {id}  {recipe}  {} bytes  sha256 {}  {file}{by}", layer.bytes, layer.sha256)?;
    }
    write_others(out, case)?;
    let skipped = case.skipped();
    if !skipped.is_empty() {
        writeln!(out, "\nnot analysed")?;
    }
    for skip in skipped {
        writeln!(out, "  {}: {}", escape(&skip.path), escape(&skip.reason))?;
    }
    writeln!(out, "\nwhat the model reads")?;
    for line in case.text.text.lines() {
        writeln!(out, "  {}", escape(line))?;
    }
    Ok(())
}

const PHASES: [Phase; 3] = [Phase::Install, Phase::Import, Phase::Run];

/// What was seen in a phase when the package ran elsewhere, and where the code says the same.
fn write_observed(out: &mut impl Write, case: &Case, phase: Phase) -> io::Result<()> {
    let mut seen = case.external.observed.iter().filter(|seen| seen.phase == phase).peekable();
    if seen.peek().is_some() {
        writeln!(out, "\n{}: seen when it ran", phase.word())?;
    }
    for seen in seen {
        let agreed = match seen.place {
            Some((file, span)) => {
                let doc = Doc::File(file);
                let line = span.zip(case.source(doc)).map(|(span, source)| format!(":{}", source.line_of(span.start)));
                format!("as {}{}", escape(path_of(case, doc)), line.unwrap_or_default())
            }
            None => "named by no code that was read".to_owned(),
        };
        writeln!(out, "  {:<12}  {}  {agreed}", seen.act.word(), escape(&seen.value))?;
    }
    Ok(())
}

/// What others say of the package.
fn write_others(out: &mut impl Write, case: &Case) -> io::Result<()> {
    let external = &case.external;
    if !external.reports.is_empty() {
        writeln!(out, "\nwhat others say")?;
    }
    for report in &external.reports {
        let file = escape(&report.file);
        match &report.error {
            Some(error) => writeln!(out, "  {file}: not read: {}", escape(error))?,
            None => {
                let left_out = match report.left_out {
                    0 => String::new(),
                    count => format!(", {count} more not listed"),
                };
                let words = format!("{}: {}{left_out}", report.source, report.words);
                writeln!(out, "  {}  {file}", escape(&words))?;
            }
        }
    }
    for evidence in case.evidence.iter().filter(|known| matches!(known.kind, Kind::Finding | Kind::Registry)) {
        writeln!(out, "  {}  {}", evidence.kind.word(), escape(&evidence.what))?;
    }
    for fact in external.history.iter().flat_map(|history| &history.facts) {
        writeln!(out, "  {}  {}", Kind::Registry.word(), escape(&fact.text))?;
    }
    for contradiction in case.contradictions() {
        writeln!(out, "  contradiction  {}", escape(&contradiction))?;
    }
    Ok(())
}

/// The text of a layer, line by line, hidden characters as marks.
fn write_layer(out: &mut impl Write, case: &Case, id: usize) -> Result<(), Box<dyn Error + Send + Sync>> {
    let layers = &case.sequence.layers;
    let layer = layers.get(id).ok_or_else(|| format!("there is no layer {id}: the package has {}", layers.len()))?;
    match layer.text() {
        Some(source) => write_lines(out, &source.text)?,
        None => writeln!(out, "{}", decoder::preview(layer.content()))?,
    }
    Ok(())
}
