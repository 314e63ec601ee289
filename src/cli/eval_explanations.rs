//! `cerebro eval --explanations`: how faithful the ways to explain are, and whether they point at marked lines.

use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use serde::Deserialize;
use strum::IntoEnumIterator as _;

use super::{Exit, Global, Outcome, corpus};
use crate::behavior::{ModelText, Reading};
use crate::model::Model;
use crate::model::dataset::Probe;
use crate::model::evaluate::metrics::Share;
use crate::model::explain::measure::{Faith, Report, SEEDS, SHARES, faithfulness};
use crate::model::explain::pointing::{Marks, hits, read_marks};
use crate::model::explain::{Choice, Method};
use crate::text::escape;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Options of the measure.
#[derive(Debug, Clone, clap::Args)]
// `cerebro eval` has a group of the name that this one would have.
#[group(id = "explanation_options")]
pub struct Args {
    /// Measure the ways to explain instead: how faithful they are to the model, and with --marks where they point.
    #[arg(long, conflicts_with_all = ["folds", "baseline_only"])]
    explanations: bool,
    /// With --explanations: measure on so many texts, chosen by their hash; 0 measures on none.
    #[arg(long, value_name = "N", requires = "explanations")]
    sample: Option<usize>,
    /// With --explanations and a corpus index: CSV of lines that a person marked (sha256,path,first_line,last_line,role).
    #[arg(long, value_name = "FILE", requires = "explanations")]
    marks: Option<PathBuf>,
}

impl Args {
    /// Whether the measure was asked for.
    pub fn asked(&self) -> bool {
        self.explanations
    }
}

/// Measures and prints Markdown tables.
///
/// # Errors
/// When the data cannot be read or the model cannot run.
pub fn run(args: &Args, data: &Path, reading: &Reading, global: &Global) -> Outcome {
    let model = global.load_model()?;
    if args.sample != Some(0) {
        let mut examples = corpus::read(data, &global.sandbox()?, reading, Probe::Plain)?;
        examples.retain(|example| !example.suspect);
        examples.sort_by(|a, b| a.sha256.cmp(&b.sha256));
        examples.truncate(args.sample.unwrap_or(usize::MAX));
        let texts: Vec<&ModelText> = examples.iter().map(|example| &example.text).collect();
        let methods: Vec<Method> = Method::iter().collect();
        let done = AtomicUsize::new(0);
        // A text is heard of twice, one without steps not at all.
        let of = 2 * texts.len();
        let report = faithfulness(&model, &texts, &methods, || show("explaining", 1 + done.fetch_add(1, Relaxed), of))?;
        write!(stdout(), "{}", table(&report))?;
    }
    if let Some(path) = &args.marks {
        let file = File::open(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let marks = read_marks(BufReader::new(file))?;
        let found = pointing(&model, &marks, data, global)?;
        write!(stdout(), "\n{}", pointing_table(&found))?;
    }
    Ok(Exit::Done)
}

fn show(what: &str, done: usize, of: usize) {
    // Progress that cannot be shown is no reason to stop.
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r{what}: {done}/{of}  {}", if done == of { "\n" } else { "" });
    } else if done.is_multiple_of(100) {
        let _ = writeln!(stderr(), "{what}: {done}/{of}");
    }
}

/// Faithfulness as Markdown.
fn table(report: &Report) -> String {
    let mut out = format!("{} packages with at least two steps that differ\n\n", report.packages);
    out += "| method | comprehensiveness at";
    let shares: Vec<String> = SHARES.iter().map(|share| format!("{:.0}", share * 100.0)).collect();
    out += &format!(
        " {} % | area | normalised | sufficiency at the same | area | normalised | ms median, p90 |\n",
        shares.join(", ")
    );
    out += "|---|---|---|---|---|---|---|---|\n";
    let numbers = |values: &[f64; 5]| values.map(|v| format!("{v:.3}")).join(" ");
    let mut row = |name: &str, faith: &Faith, times: &[Duration]| {
        let (areas, normal) = (faith.areas(), report.normalised(faith));
        let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share).round() as usize);
        let time = match (at(0.5), at(0.9)) {
            (Some(median), Some(high)) => format!("{:.0}, {:.0}", ms(median), ms(high)),
            _ => "-".to_owned(),
        };
        out += &format!(
            "| {name} | {} | {:.3} | {:.2} | {} | {:.3} | {:.2} | {time} |\n",
            numbers(&faith.comprehensiveness),
            areas.0,
            normal.0,
            numbers(&faith.sufficiency),
            areas.1,
            normal.1,
        );
    };
    for (method, faith, times) in &report.methods {
        row(&method.to_string(), faith, times);
    }
    row(&format!("random, mean of {SEEDS}"), &report.random, &[]);
    row("bound, by search", &report.bound, &[]);
    out
}

fn ms(time: &Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A row of the corpus index, as far as it says where an archive lies.
#[derive(Debug, Deserialize)]
struct Row {
    sha256: String,
    file: String,
}

/// Per method: hits of the strongest step and of the strongest three; and what chance would hit.
struct Pointing {
    methods: Vec<(Method, Share, Share)>,
    by_chance: (f64, f64),
}

fn pointing(model: &Model, marks: &Marks, index: &Path, global: &Global) -> Result<Pointing, Failure> {
    let shown = index.display();
    let file = File::open(index).map_err(|e| format!("cannot read {shown}: {e}"))?;
    let rows: Vec<Row> = csv::Reader::from_reader(BufReader::new(file))
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|e| format!("--marks needs a corpus index, which {shown} is not: {e}"))?;
    let folder = index.parent().unwrap_or(Path::new(".")).join("files");
    let none = Share { hits: 0, of: 0 };
    let mut methods: Vec<(Method, Share, Share)> = Method::iter().map(|method| (method, none, none)).collect();
    let mut by_chance = (0.0, 0.0);
    let rows: Vec<&Row> = rows.iter().filter(|row| marks.contains_key(&row.sha256)).collect();
    let sandbox = global.sandbox()?;
    for (done, row) in rows.iter().enumerate() {
        let case = match sandbox.read(&folder.join(&row.file), model.reading(), &mut |_| {}) {
            Ok(case) => case,
            Err(error) => {
                writeln!(stderr(), "left out {}: {}", escape(&row.file), escape(&error.to_string()))?;
                continue;
            }
        };
        let marked = marks.get(&row.sha256).map_or(&[][..], Vec::as_slice);
        let mut chance = (0.0, 0.0);
        for (method, first, three) in &mut methods {
            let pieces = model.explain(&case.text, *method, Choice::default())?.pieces;
            // Without any step, nothing is pointed at.
            let found = hits(&case.package, &case.sequence, &case.text, &pieces, marked);
            for (share, hit) in [(first, found.is_some_and(|f| f.first)), (three, found.is_some_and(|f| f.three))] {
                share.of += 1;
                share.hits += usize::from(hit);
            }
            chance = found.map_or((0.0, 0.0), |found| found.by_chance);
        }
        by_chance = (by_chance.0 + chance.0, by_chance.1 + chance.1);
        show("pointing", done + 1, rows.len());
    }
    Ok(Pointing { methods, by_chance })
}

/// Pointing as Markdown.
fn pointing_table(pointing: &Pointing) -> String {
    let mut out = String::from(
        "| method | packages | strongest step is marked | one of the strongest three is |\n|---|---|---|---|\n",
    );
    for (method, first, three) in &pointing.methods {
        let share = |share: &Share| {
            let (low, high) = share.interval();
            format!("{:.3} ({low:.2}-{high:.2})", share.value())
        };
        out += &format!("| {method} | {} | {} | {} |\n", first.of, share(first), share(three));
    }
    let of = pointing.methods.first().map_or(0, |(_, first, _)| first.of);
    let mean = |sum: f64| sum / of.max(1) as f64;
    let (first, three) = pointing.by_chance;
    out += &format!("| random, expected | {of} | {:.3} | {:.3} |\n", mean(first), mean(three));
    out
}
