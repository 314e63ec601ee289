//! `cerebro features`: the catalogue of behaviors, schema `cerebro-features/1`.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::LazyLock;

use clap::ValueEnum;
use serde::Serialize;

use super::{Exit, Outcome, cut};
use crate::behavior::catalogue::{Group, JAVASCRIPT, PYTHON};
use crate::behavior::guideline::OSSF;
use crate::behavior::{Example, Feature, WordTable, strings, vocabulary};
use crate::ledger::{Label, guideline::Guideline};
use crate::text::{width, write_json_line};
use crate::tui::worker::word;

/// Arguments of `cerebro features`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// json: one object (schema cerebro-features/1) with every name; table: for people.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Table,
}

#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    vocabulary: Contract,
    features: Vec<Row>,
    labels: Vec<LabelRow>,
    ossf: Vec<OssfRow>,
}

/// A label as `guidelines` of the workbench say it.
#[derive(Debug, Serialize)]
struct LabelRow {
    label: Label,
    definition: &'static str,
    example: &'static str,
    unlike: &'static str,
}

/// What the OSSF counts as malicious, or does not.
#[derive(Debug, Serialize)]
struct OssfRow {
    verdict: &'static str,
    what: &'static str,
}

/// By what a model knows whether it reads the words that it was trained on.
#[derive(Debug, Serialize)]
struct Contract {
    extractor: u32,
    hash: &'static str,
}

impl Contract {
    fn of(table: &'static WordTable) -> Self {
        Self { extractor: table.version, hash: &table.hash }
    }
}

#[derive(Debug, Serialize)]
struct Row {
    code: &'static str,
    phrase: &'static str,
    published: bool,
    technique: Option<&'static str>,
    severity: u8,
    definition: &'static str,
    example: Example,
    unlike: &'static str,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
struct Rule {
    language: &'static str,
    #[serde(flatten)]
    group: Group,
}

/// Prints the catalogue.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &Args) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    let texts = strings::groups();
    let rows: Vec<Row> = Feature::ALL.iter().map(|feature| row(*feature, &texts)).collect();
    match args.format {
        Format::Json => {
            let vocabulary = Contract::of(vocabulary());
            let schema = "cerebro-features/1";
            let document = Document { schema, vocabulary, features: rows, labels: labels(), ossf: ossf() };
            write_json_line(&mut out, &document)?;
        }
        Format::Table => {
            // A pipe gets whole lines, a terminal what fits.
            let columns = if io::stdout().is_terminal() {
                crossterm::terminal::size().map_or(usize::MAX, |(columns, _)| usize::from(columns))
            } else {
                usize::MAX
            };
            for row in &rows {
                write_row(&mut out, row, columns)?;
            }
            for LabelRow { label, definition, example, unlike } in labels() {
                writeln!(out, "label {}", word(label))?;
                for (what, text) in [("means", definition), ("for example", example), ("but not", unlike)] {
                    writeln!(out, "    {}", cut(&format!("{what:<11}  {text}"), columns.saturating_sub(4)))?;
                }
                writeln!(out)?;
            }
            writeln!(out, "what the OSSF counts as malicious")?;
            for OssfRow { verdict, what } in ossf() {
                writeln!(out, "    {}", cut(&format!("{verdict:<11}  {what}"), columns.saturating_sub(4)))?;
            }
            writeln!(out, "\n{}", contract())?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn labels() -> Vec<LabelRow> {
    let row = |label: Label| {
        let Guideline { definition, example, unlike } = label.guideline();
        LabelRow { label, definition, example, unlike }
    };
    Label::ALL.into_iter().map(row).collect()
}

fn ossf() -> Vec<OssfRow> {
    OSSF.into_iter().map(|(verdict, what)| OssfRow { verdict, what }).collect()
}

/// The version of the program, and by what a model knows its words.
pub(super) fn long_version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| format!("{}\n{}", env!("CARGO_PKG_VERSION"), contract()));
    &VERSION
}

/// By what a model knows the words of this program.
fn contract() -> String {
    let Contract { extractor, hash } = Contract::of(vocabulary());
    format!("extractor {extractor}, vocabulary {hash}")
}

fn row(feature: Feature, texts: &[Group]) -> Row {
    let languages = [("python", PYTHON.groups()), ("javascript", JAVASCRIPT.groups()), ("both", texts)];
    let rules = languages.into_iter().flat_map(|(language, groups)| {
        let of_feature = groups.iter().filter(move |group| group.feature == feature);
        of_feature.map(move |group| Rule { language, group: group.clone() })
    });
    Row {
        code: feature.code(),
        phrase: feature.phrase(),
        published: feature.is_published(),
        technique: feature.technique(),
        severity: feature.severity(),
        definition: feature.guideline().definition,
        example: feature.example(),
        unlike: feature.guideline().unlike,
        rules: rules.collect(),
    }
}

fn write_row(out: &mut impl Write, row: &Row, columns: usize) -> io::Result<()> {
    let ours = if row.published { "" } else { "  (beyond the published 16)" };
    let technique = row.technique.map(|technique| format!(", {technique}")).unwrap_or_default();
    writeln!(out, "{}  {}{ours}  severity {}{technique}", row.code, row.phrase, row.severity)?;
    writeln!(out, "    {}", cut(&format!("{:<10}  {}", "means", row.definition), columns.saturating_sub(4)))?;
    for (language, code) in [("python", row.example.python), ("javascript", row.example.javascript)] {
        writeln!(out, "    {}", cut(&format!("{language:<10}  for example  {code}"), columns.saturating_sub(4)))?;
    }
    writeln!(out, "    {}", cut(&format!("{:<10}  but not      {}", "python", row.unlike), columns.saturating_sub(4)))?;
    let words = row.rules.iter().filter_map(|rule| rule.group.words.as_deref()).map(width).max().unwrap_or(0);
    for Rule { language, group } in &row.rules {
        let watches = format!("{:?}", group.watches).to_lowercase();
        let said = group.words.as_deref().unwrap_or("");
        let names = group.names.join(", ");
        let line = format!("{language:<10}  {watches:<6}  {said:<words$}  {:>3}  {names}", group.names.len());
        writeln!(out, "    {}", cut(&line, columns.saturating_sub(4)))?;
    }
    writeln!(out)
}
