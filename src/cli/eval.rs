//! `cerebro eval`: measures on held-out campaigns.

use std::fs::File;
use std::io::{BufWriter, Write as _, stderr, stdout};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Exit, Global, Outcome, corpus, eval_explanations, reading, train};
use crate::model::calibration::Ensemble;
use crate::model::config::Card;
use crate::model::dataset::{Example, FOLDS, ecosystem_name, write_jsonl};
use crate::model::evaluate::folds::{self, Prediction, Recipe, Split};
use crate::model::evaluate::metrics::ece;
use crate::model::evaluate::tables::{Column, decisions, padding, table, yardstick};
use crate::model::evaluate::{baseline, card};
use crate::model::linear::LinearSettings;
use crate::model::train::store::write_card;
use crate::model::{Device, Margins};
use crate::package::Ecosystem;

/// Trained on one ecosystem, judging the other.
const TRANSFERS: [Split; 2] = [Split::From(Ecosystem::Pypi), Split::From(Ecosystem::Npm)];

/// Arguments of `cerebro eval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Corpus index (.csv, packages in files/ beside it) or dataset (.jsonl with text and pieces).
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Only the baselines: code size, and logistic regression on pieces and their pairs in five folds.
    #[arg(long, conflicts_with = "folds")]
    baseline_only: bool,
    /// Cross-validate: train on four folds of --base, judge the fifth, five times. Finished folds are kept in --out.
    #[arg(long, requires = "base", requires = "out")]
    folds: bool,
    /// With --folds: also train on each ecosystem alone and judge the other.
    #[arg(long, requires = "folds")]
    transfer: bool,
    /// With --folds: run only this fold (0 to 4; 5 from PyPI to npm, 6 back), for instance to spread them over machines.
    #[arg(long, value_name = "N", requires = "folds")]
    only: Option<usize>,
    /// BERT checkpoint to start from.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// Folder for predictions, and with --folds for the folds' models.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// With --folds: write the calibration and threshold found on held-out folds into this model's cerebro.json, the figures
    /// into its MEASURED.md.
    #[arg(long, value_name = "DIR", requires = "folds")]
    calibrate: Option<PathBuf>,
    /// Also write what was read as a JSONL dataset, which is read back much faster than packages.
    #[arg(long, value_name = "FILE")]
    save_texts: Option<PathBuf>,
    /// Put so many files of benign packages of the same fold into each malicious package before it is read.
    #[arg(long, value_name = "N", default_value_t = 0)]
    splice: usize,
    /// With --folds: the same packages as --data, read with --splice; tells what such padding costs.
    #[arg(long, value_name = "FILE", requires = "folds")]
    spliced: Option<PathBuf>,
    /// Print so many of the linear model's features with the largest weights.
    #[arg(long, value_name = "N", default_value_t = 0)]
    strongest: usize,
    /// Inverse of the L2 penalty of the logistic regression.
    #[arg(long, value_name = "C", default_value_t = LinearSettings::default().c)]
    linear_c: f64,
    #[command(flatten)]
    explanations: eval_explanations::Args,
    #[command(flatten)]
    reading: reading::ReadAs,
    #[command(flatten)]
    tuning: train::Tuning,
}

/// Runs the subcommand.
///
/// # Errors
/// When the data cannot be read or the model cannot run.
pub fn run(args: &Args, global: &Global) -> Outcome {
    if args.explanations.asked() {
        return eval_explanations::run(&args.explanations, &args.data, &args.reading.reading(), global);
    }
    let examples = corpus::read(&args.data, &global.sandbox()?, &args.reading.reading(), args.splice)?;
    if let Some(path) = &args.save_texts {
        let file = File::create(path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        write_jsonl(&examples, BufWriter::new(file))?;
    }
    match (&args.base, &args.out) {
        (Some(base), Some(out)) if args.folds => cross_validate(args, global, &examples, base, out)?,
        _ if args.baseline_only => baselines(args, &examples)?,
        _ => measure(args, global, &examples)?,
    }
    let suspects = examples.iter().filter(|e| e.suspect).count();
    writeln!(stderr(), "{} packages, of which {suspects} with a suspect label were left out", examples.len())?;
    Ok(Exit::Done)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn settings(args: &Args) -> LinearSettings {
    LinearSettings { c: args.linear_c, ..LinearSettings::default() }
}

/// The linear model without each of its parts: what each is worth.
fn parts(args: &Args, examples: &[Example]) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let all = settings(args);
    let by = |name, settings, files| (name, baseline::by_linear(examples, settings, files));
    vec![
        by("linear", all, true),
        by("linear, whole packages only", all, false),
        by("linear, without concepts", LinearSettings { concepts: 0.0, ..all }, true),
        by("linear, without pairs (order)", LinearSettings { pairs: false, ..all }, true),
        by("linear, without words", LinearSettings { words: 0.0, ..all }, true),
    ]
}

fn columns<'a>(scores: &'a [(&'a str, Vec<Option<f64>>)]) -> Vec<Column<'a>> {
    scores.iter().map(|(name, scores)| Column { name, scores }).collect()
}

fn baselines(args: &Args, examples: &[Example]) -> Result<(), Failure> {
    let mut scores = vec![("code size", baseline::by_size(examples))];
    scores.extend(parts(args, examples));
    write!(stdout(), "{}\n{}", table(examples, &columns(&scores)), yardstick(examples, &columns(&scores)))?;
    for (feature, weight) in baseline::fit(examples, usize::MAX, settings(args)).strongest(args.strongest) {
        writeln!(stdout(), "{weight:8.3}  {}", crate::text::escape(feature))?;
    }
    Ok(())
}

/// Measures the named model on data that it was, one hopes, not trained on.
fn measure(args: &Args, global: &Global, examples: &[Example]) -> Result<(), Failure> {
    let model = global.load_model()?;
    let all: Vec<&Example> = examples.iter().collect();
    let known = folds::predict(&model, &all, false)?;
    let said: Vec<f64> = known.iter().map(|p| model.ensemble().probability(&p.margins())).collect();
    if let Some(out) = &args.out {
        write_predictions(out, examples, &known, &said, f64::from(model.threshold()))?;
    }
    let said: Vec<Option<f64>> = said.into_iter().map(Some).collect();
    let mut scores = vec![("code size", baseline::by_size(examples))];
    scores.push(("linear, five folds", baseline::by_linear(examples, settings(args), true)));
    scores.push((model.name(), said.clone()));
    let threshold = f64::from(model.threshold());
    let columns = columns(&scores);
    writeln!(stdout(), "{}\n{}", table(examples, &columns), yardstick(examples, &columns))?;
    writeln!(stdout(), "{}", decisions(examples, &said, threshold))?;
    Ok(())
}

fn cross_validate(args: &Args, global: &Global, examples: &[Example], base: &Path, out: &Path) -> Result<(), Failure> {
    let device: Device = global.device.parse()?;
    let tuning = args.tuning.settings();
    let spliced = match &args.spliced {
        Some(path) => corpus::read(path, &global.sandbox()?, &args.reading.reading(), 0)?,
        None => Vec::new(),
    };
    std::fs::create_dir_all(out).map_err(|e| format!("cannot make {}: {e}", out.display()))?;
    let all: Vec<Split> = (0..FOLDS).map(Split::Fold).chain(TRANSFERS).collect();
    let recipe = Recipe { base, settings: &tuning, device: &device };
    for (index, split) in all.iter().enumerate() {
        let wanted = match args.only {
            Some(only) => only == index,
            None => args.transfer || matches!(split, Split::Fold(_)),
        };
        if wanted {
            folds::run(examples, &spliced, *split, &recipe, out, &mut |p| train::show(&split.name(), p))?;
        }
    }
    let Some(known) = folds::collect_folds(examples, out)? else {
        writeln!(stderr(), "other folds are not finished yet; the report comes with the last one")?;
        return Ok(());
    };
    let (ensemble, threshold) = folds::operating_point(examples, &known);
    let probabilities = folds::calibrate(examples, &known);
    write_predictions(out, examples, &known, &probabilities, threshold)?;
    let report = report(args, examples, &known, ensemble, threshold, &probabilities, out)?;
    write!(stdout(), "{report}")?;
    if let Some(folder) = &args.calibrate {
        let mut card = Card::load(folder)?;
        (card.ensemble, card.threshold) = (ensemble, threshold as f32);
        card.calibration_error = Some(calibration_error(examples, &probabilities) as f32);
        write_card(folder, &card)?;
        card::write(folder, &report)?;
        writeln!(stderr(), "wrote calibration, threshold and figures to {}", folder.display())?;
    }
    Ok(())
}

/// Of the packages whose label is not in doubt.
fn calibration_error(examples: &[Example], probabilities: &[f64]) -> f64 {
    let kept = examples.iter().zip(probabilities).filter(|(example, _)| !example.suspect);
    let scored: Vec<_> = kept.map(|(example, probability)| (*probability, example.malicious)).collect();
    ece(&scored)
}

/// Every table of a cross-validation.
fn report(
    args: &Args,
    examples: &[Example],
    known: &[Prediction],
    ensemble: Ensemble,
    threshold: f64,
    probabilities: &[f64],
    out: &Path,
) -> Result<String, Failure> {
    let by = |score: &dyn Fn(&Margins) -> f64| -> Vec<Option<f64>> {
        known.iter().map(|p| Some(score(&p.margins()))).collect()
    };
    let both = by(&|m| ensemble.log_odds(m));
    let linear = settings(args);
    let scores = vec![
        ("code size", baseline::by_size(examples)),
        ("bag of pieces and pairs", {
            let bare = LinearSettings { words: 0.0, concepts: 0.0, ..linear };
            baseline::by_linear(examples, bare, false)
        }),
        ("linear", by(&|m| m.linear().unwrap_or_default())),
        ("BERT", by(&|m| m.network)),
        ("**both**", both.clone()),
    ];
    let mut text = format!("{}\n", table(examples, &columns(&scores)));
    text += "One in a hundred benign packages flagged, where each kind of them weighs a third:\n\n";
    text += &format!("{}\n", yardstick(examples, &columns(&scores)));
    let held_out: Vec<Option<f64>> = probabilities.iter().copied().map(Some).collect();
    text += "Decisions and calibration; each fold by a calibration that was fitted on the other four:\n\n";
    text += &decisions(examples, &held_out, threshold);
    let folds: Vec<Split> = (0..FOLDS).map(Split::Fold).collect();
    if let Some(padded) = folds::collect(examples, &folds, true, out)?.filter(|p| p.iter().flatten().count() > 0) {
        let padded: Vec<Option<f64>> = padded.iter().map(|p| Some(ensemble.log_odds(&p.as_ref()?.margins()))).collect();
        text += "\nFiles of benign packages put into each malicious one:\n\n";
        text += &padding(examples, &both, &padded);
    }
    if let Some(transfer) = folds::collect(examples, &TRANSFERS, false, out)? {
        let by = |score: &dyn Fn(&Margins) -> Option<f64>| -> Vec<Option<f64>> {
            transfer.iter().map(|p| score(&p.as_ref()?.margins())).collect()
        };
        let scores = vec![
            ("linear", by(&Margins::linear)),
            ("BERT", by(&|m| Some(m.network))),
            ("both", by(&|m| Some(ensemble.log_odds(m)))),
        ];
        text += "\nTrained on the other ecosystem alone:\n\n";
        text += &table(examples, &columns(&scores));
    }
    text += "\nThe linear model without one of its parts:\n\n";
    text += &table(examples, &columns(&parts(args, examples)));
    Ok(text)
}

/// What was said of each package, for whoever wants to measure something else.
fn write_predictions(
    out: &Path,
    examples: &[Example],
    known: &[Prediction],
    probabilities: &[f64],
    threshold: f64,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Line<'a> {
        sha256: &'a str,
        ecosystem: &'static str,
        fold: usize,
        malicious: bool,
        suspect: bool,
        network: f64,
        linear: Option<f64>,
        probability: f64,
        flagged: bool,
    }
    std::fs::create_dir_all(out).map_err(|e| format!("cannot make {}: {e}", out.display()))?;
    let path = out.join("predictions.csv");
    let mut writer = csv::Writer::from_path(&path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    for ((example, prediction), &probability) in examples.iter().zip(known).zip(probabilities) {
        let margins = prediction.margins();
        writer.serialize(Line {
            sha256: &example.sha256,
            ecosystem: ecosystem_name(example.ecosystem),
            fold: example.fold,
            malicious: example.malicious,
            suspect: example.suspect,
            network: margins.network,
            linear: margins.linear(),
            probability,
            flagged: probability >= threshold,
        })?;
    }
    writer.flush()?;
    Ok(())
}
