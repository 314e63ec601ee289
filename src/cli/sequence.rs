//! `cerebro sequence`: the behavior sequence of one package, schema `cerebro-sequence/1`.

use std::borrow::Cow;
use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use super::{Exit, Global, Outcome, fit, reading};
use crate::behavior::{Feature, Step};
use crate::case::Case;
use crate::evidence::{self, Evidence, Indicator, Origin, Place, Role, indicator};
use crate::package::{Ecosystem, Phase, Skip};
use crate::syntax::{DecodedBy, Doc, decoder};
use crate::text::{Span, escape, width, write_json_line};

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
    /// Print the text of one layer instead, by its id: decoded code, the listing of a pickle or of marshalled code.
    #[arg(long, value_name = "ID", conflicts_with = "format")]
    layer: Option<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Text,
}

/// Prints the sequence. No model is needed.
///
/// # Errors
/// When the package cannot be read or the output cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    let reading = args.reading.reading();
    let case = global.sandbox()?.read(&args.path, &reading, &mut |_| {})?;
    let mut out = BufWriter::new(io::stdout().lock());
    match (args.layer, args.format) {
        (Some(id), _) => write_layer(&mut out, &case, id)?,
        (None, Format::Json) => write_json_line(&mut out, &Document::new(&case))?,
        (None, Format::Text) => write_text(&mut out, &case)?,
    }
    out.flush()?;
    Ok(if case.skipped().is_empty() { Exit::Done } else { Exit::Incomplete })
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    ecosystem: Ecosystem,
    name: Option<&'a str>,
    version: Option<&'a str>,
    steps: Vec<StepLine<'a>>,
    layers: Vec<LayerLine<'a>>,
    text: &'a str,
    skipped: Vec<&'a Skip>,
    evidence: Vec<EvidenceLine<'a>>,
    indicators: Vec<IndicatorLine<'a>>,
}

#[derive(Debug, Serialize)]
struct EvidenceLine<'a> {
    kind: evidence::Kind,
    what: &'a str,
    /// Where it stands; `None` for what concerns the whole package.
    place: Option<At<'a>>,
}

#[derive(Debug, Serialize)]
struct IndicatorLine<'a> {
    kind: indicator::Kind,
    value: &'a str,
    class: &'a str,
    role: Role,
    odd: Option<&'a str>,
    places: Vec<PlaceLine<'a>>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct PlaceLine<'a> {
    #[serde(flatten)]
    at: At<'a>,
    from: Origin,
    aside: bool,
}

/// A place in a file or layer; the whole document where there is no span.
#[derive(Debug, Serialize)]
struct At<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    span: Option<[usize; 2]>,
    layer: Option<usize>,
}

impl<'a> At<'a> {
    fn new(case: &'a Case, doc: Doc, span: Option<Span>) -> Self {
        let source = case.source(doc);
        let place = span.zip(source).map(|(span, source)| source.line_column(span.start));
        Self {
            file: path_of(case, doc),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            span: span.map(|span| bytes_of(case, doc, span)),
            layer: match doc {
                Doc::File(_) => None,
                Doc::Layer(layer) => Some(layer),
            },
        }
    }
}

#[derive(Debug, Serialize)]
struct StepLine<'a> {
    phase: Phase,
    entry: &'a str,
    feature: Feature,
    phrase: &'static str,
    detail: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    span: [usize; 2],
    layer: Option<usize>,
    call_path: &'a [String],
    guarded: bool,
    count: usize,
    /// The words that it was told by.
    matched: Cow<'a, str>,
    /// Of data that is sent or run: where it came in and by which calls it got here. The step's own place is the sink.
    flow: Option<Flow<'a>>,
}

#[derive(Debug, Serialize)]
struct Flow<'a> {
    source: At<'a>,
    words: Cow<'a, str>,
    way: &'a [String],
    sink: Cow<'a, str>,
}

/// Longest words shown, characters.
const WORDS: usize = 200;

/// What stands at a place, cut where it is long.
fn words_at(case: &Case, doc: Doc, span: Span) -> Cow<'_, str> {
    let text = case.source(doc).and_then(|source| source.text.get(span.start..span.end)).unwrap_or_default();
    shortened(text)
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(WORDS) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

#[derive(Debug, Serialize)]
struct LayerLine<'a> {
    id: usize,
    parent: Parent<'a>,
    recipe: &'a [String],
    /// By whose decoding it is there: the code's own, or a literal that was decoded here.
    by: DecodedBy,
    sha256: &'a str,
    bytes: usize,
    span: [usize; 2],
}

/// Where a layer was decoded from: a file by its path or a layer by its id.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Parent<'a> {
    File(&'a str),
    Layer(usize),
}

impl<'a> Document<'a> {
    fn new(case: &'a Case) -> Self {
        let layers = case.sequence.layers.iter().enumerate().map(|(id, layer)| LayerLine {
            id,
            parent: match layer.parent {
                Doc::File(_) => Parent::File(path_of(case, layer.parent)),
                Doc::Layer(parent) => Parent::Layer(parent),
            },
            recipe: &layer.recipe,
            by: layer.by,
            sha256: &layer.sha256,
            bytes: layer.bytes,
            span: bytes_of(case, layer.parent, layer.span),
        });
        Self {
            schema: "cerebro-sequence/1",
            ecosystem: case.package.ecosystem,
            name: case.package.name.as_deref(),
            version: case.package.version.as_deref(),
            steps: case.sequence.steps.iter().map(|step| StepLine::new(case, step)).collect(),
            layers: layers.collect(),
            text: &case.text.text,
            skipped: case.skipped(),
            evidence: case.evidence.iter().map(|evidence| EvidenceLine::new(case, evidence)).collect(),
            indicators: case.indicators.iter().map(|indicator| IndicatorLine::new(case, indicator)).collect(),
        }
    }
}

impl<'a> EvidenceLine<'a> {
    fn new(case: &'a Case, evidence: &'a Evidence) -> Self {
        let place = evidence.doc.map(|doc| At::new(case, doc, evidence.span));
        Self { kind: evidence.kind, what: &evidence.what, place }
    }
}

impl<'a> IndicatorLine<'a> {
    fn new(case: &'a Case, indicator: &'a Indicator) -> Self {
        let place = |place: &Place| PlaceLine {
            at: At::new(case, place.doc, Some(place.span)),
            from: place.origin,
            aside: place.aside,
        };
        Self {
            kind: indicator.kind,
            value: &indicator.value,
            class: &indicator.class,
            role: indicator.role,
            odd: indicator.odd.as_deref(),
            places: indicator.places.iter().map(place).collect(),
            more: indicator.more,
        }
    }
}

impl<'a> StepLine<'a> {
    fn new(case: &'a Case, step: &'a Step) -> Self {
        Self {
            phase: step.phase,
            entry: case.sequence.entries.get(step.entry).map_or("", |entry| &entry.name),
            feature: step.feature,
            phrase: step.feature.phrase(),
            detail: &step.detail,
            file: path_of(case, step.doc),
            line: step.line,
            column: step.column,
            span: bytes_of(case, step.doc, step.span),
            layer: match step.doc {
                Doc::File(_) => None,
                Doc::Layer(layer) => Some(layer),
            },
            call_path: &step.call_path,
            guarded: step.guarded,
            count: step.count,
            matched: match &step.why.matched {
                Some(words) => shortened(words),
                None => words_at(case, step.doc, step.span),
            },
            flow: step.why.source.map(|source| Flow {
                source: At::new(case, source.doc, Some(source.span)),
                words: words_at(case, source.doc, source.span),
                way: &step.call_path,
                sink: words_at(case, step.doc, step.span),
            }),
        }
    }
}

/// Bytes as the archive stores them, or as the decoder yielded them.
fn bytes_of(case: &Case, doc: Doc, span: Span) -> [usize; 2] {
    let Span { start, end } = case.source(doc).map_or(span, |source| source.to_file(span));
    [start, end]
}

/// Path of the file in which a document stands.
fn path_of(case: &Case, doc: Doc) -> &str {
    case.file_of(doc).map_or("", |file| &file.path)
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
    for step in &sequence.steps {
        if group != Some(step.entry) {
            group = Some(step.entry);
            let entry = sequence.entries.get(step.entry).map_or("", |entry| &entry.name);
            writeln!(out, "\n{}: {}", phase_name(step.phase), escape(entry))?;
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

/// The text of a layer, line by line, hidden characters as marks.
fn write_layer(out: &mut impl Write, case: &Case, id: usize) -> Result<(), Box<dyn Error + Send + Sync>> {
    let layers = &case.sequence.layers;
    let layer = layers.get(id).ok_or_else(|| format!("there is no layer {id}: the package has {}", layers.len()))?;
    match layer.text() {
        Some(source) => {
            for line in source.text.lines() {
                let mut cells = line.split('\t').map(escape);
                write!(out, "{}", cells.next().unwrap_or_default())?;
                cells.try_for_each(|cell| write!(out, "\t{cell}"))?;
                writeln!(out)?;
            }
        }
        None => writeln!(out, "{}", decoder::preview(layer.content()))?,
    }
    Ok(())
}

/// The phase in a word.
pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Install => "install",
        Phase::Import => "import",
        Phase::Run => "run",
    }
}
