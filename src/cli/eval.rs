//! `cerebro eval`: measures on held-out campaigns.

use std::fs::File;
use std::io::{BufWriter, Write as _, stderr, stdout};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Exit, Global, Outcome, corpus, eval_explanations, reading, train};
use crate::model::config::Card;
use crate::model::dataset::{Example, FOLDS, Probe, ecosystem_name, write_jsonl};
use crate::model::evaluate::folds::{self, Prediction, Recipe, Split};
use crate::model::evaluate::metrics::ece;
use crate::model::evaluate::robustness::Probes;
use crate::model::evaluate::tables::{Column, decisions, padding, table, yardstick};
use crate::model::evaluate::{baseline, card};
use crate::model::linear::LinearSettings;
use crate::model::train::store::write_card;
use crate::model::{Device, Margins};
use crate::package::Ecosystem;

/// Trained on one ecosystem, judging the other.
const TRANSFERS: [Split; 2] = [Split::From(Ecosystem::Pypi), Split::From(Ecosystem::Npm)];
/// Trained on what was known before a year.
const TIME: [Split; 1] = [Split::Since(2024)];
/// What is done to packages before they are read; the rest is made of their texts.
const ALTERATIONS: [Probe; 4] = [Probe::Plain, Probe::Padded, Probe::FullManifest, Probe::EmptyManifest];

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
    /// With --folds: also train on each ecosystem alone and judge the other, and on what was known before 2024 and judge the
    /// malware since.
    #[arg(long, requires = "folds")]
    transfer: bool,
    /// With --folds: run only this fold (0 to 4; 5 from PyPI to npm, 6 back, 7 since 2024), for instance to spread them over
    /// machines.
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
    /// Alter the packages of a corpus index before they are read: padded (ten files of benign packages of the same fold in
    /// each malicious one), full-manifest, empty-manifest.
    #[arg(long, value_name = "HOW", default_value_t = Probe::Plain, value_parser = alteration)]
    alter: Probe,
    /// The same packages as --data, altered and saved with --save-texts: tells what that does to the verdicts. May be given
    /// several times.
    #[arg(long, value_name = "FILE")]
    altered: Vec<PathBuf>,
    #[command(flatten)]
    explanations: eval_explanations::Args,
    #[command(flatten)]
    reading: reading::ReadAs,
    #[command(flatten)]
    tuning: train::Tuning,
}

/// One of [`ALTERATIONS`].
fn alteration(word: &str) -> Result<Probe, String> {
    let known = |probe: &Probe| ALTERATIONS.contains(probe);
    word.parse()
        .ok()
        .filter(known)
        .ok_or_else(|| format!("is none of {}", ALTERATIONS.map(|p| p.to_string()).join(", ")))
}

/// Runs the subcommand.
///
/// # Errors
/// When the data cannot be read or the model cannot run.
pub fn run(args: &Args, global: &Global) -> Outcome {
    if args.explanations.asked() {
        return eval_explanations::run(&args.explanations, &args.data, &args.reading.reading(), global);
    }
    let examples = corpus::read(&args.data, &global.sandbox()?, &args.reading.reading(), args.alter)?;
    if let Some(path) = &args.save_texts {
        let file = File::create(path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        write_jsonl(&examples, BufWriter::new(file))?;
    }
    match (&args.base, &args.out) {
        (Some(base), Some(out)) if args.folds => cross_validate(args, global, &examples, base, out)?,
        _ if args.baseline_only => baselines(&examples)?,
        _ => measure(args, global, &examples)?,
    }
    let suspects = examples.iter().filter(|e| e.suspect).count();
    writeln!(stderr(), "{} packages, of which {suspects} with a suspect label were left out", examples.len())?;
    Ok(Exit::Done)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The linear model without each of its parts: what each is worth.
fn parts(examples: &[Example]) -> Vec<(&'static str, Vec<Option<f64>>)> {
    let all = LinearSettings::default();
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

fn baselines(examples: &[Example]) -> Result<(), Failure> {
    let mut scores = vec![("code size", baseline::by_size(examples))];
    scores.extend(parts(examples));
    write!(stdout(), "{}\n{}", table(examples, &columns(&scores)), yardstick(examples, &columns(&scores)))?;
    Ok(())
}

/// Measures the named model on data that it was, one hopes, not trained on.
fn measure(args: &Args, global: &Global, examples: &[Example]) -> Result<(), Failure> {
    let model = global.load_model()?;
    let all: Vec<&Example> = examples.iter().collect();
    let known = folds::predict(&model, &all)?;
    let mut said = known.clone();
    said.extend(folds::predict_probes(&model, &all)?);
    let altered = altered(args, global)?;
    said.extend(folds::predict(&model, &altered.iter().collect::<Vec<_>>())?);
    let threshold = f64::from(model.threshold());
    let probes = Probes { examples, predictions: &said, ensemble: model.ensemble(), threshold }.tables();
    let said: Vec<f64> = known.iter().map(|p| model.ensemble().probability(&p.margins())).collect();
    if let Some(out) = &args.out {
        write_predictions(out, examples, &known, &said, threshold)?;
    }
    let said: Vec<Option<f64>> = said.into_iter().map(Some).collect();
    let mut scores = vec![("code size", baseline::by_size(examples))];
    scores.push(("linear, five folds", baseline::by_linear(examples, LinearSettings::default(), true)));
    scores.push((model.name(), said.clone()));
    let columns = columns(&scores);
    writeln!(stdout(), "{}\n{}", table(examples, &columns), yardstick(examples, &columns))?;
    writeln!(stdout(), "{}{probes}", decisions(examples, &said, threshold))?;
    Ok(())
}

fn cross_validate(args: &Args, global: &Global, examples: &[Example], base: &Path, out: &Path) -> Result<(), Failure> {
    let device: Device = global.device.parse()?;
    let tuning = args.tuning.settings();
    let altered = altered(args, global)?;
    std::fs::create_dir_all(out).map_err(|e| format!("cannot make {}: {e}", out.display()))?;
    let all: Vec<Split> = (0..FOLDS).map(Split::Fold).chain(TRANSFERS).chain(TIME).collect();
    let recipe = Recipe { base, settings: &tuning, device: &device };
    for (index, split) in all.iter().enumerate() {
        let wanted = match args.only {
            Some(only) => only == index,
            None => args.transfer || matches!(split, Split::Fold(_)),
        };
        if wanted {
            folds::run(examples, &altered, *split, &recipe, out, &mut |p| train::show(&split.name(), p))?;
        }
    }
    let folds: Vec<Split> = (0..FOLDS).map(Split::Fold).collect();
    let Some(said) = folds::read(&folds, out)? else {
        writeln!(stderr(), "other folds are not finished yet; the report comes with the last one")?;
        return Ok(());
    };
    let known = folds::plain(examples, &said, out)?;
    let (ensemble, threshold) = folds::operating_point(examples, &known);
    let probabilities = folds::calibrate(examples, &known);
    write_predictions(out, examples, &known, &probabilities, threshold)?;
    let probes = Probes { examples, predictions: &said, ensemble, threshold };
    let report = report(&probes, &known, &probabilities, out)?;
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

/// The packages of --altered.
fn altered(args: &Args, global: &Global) -> Result<Vec<Example>, Failure> {
    let mut altered = Vec::new();
    for path in &args.altered {
        altered.extend(corpus::read(path, &global.sandbox()?, &args.reading.reading(), Probe::Plain)?);
    }
    match altered.iter().any(|example| example.probe == Probe::Plain) {
        true => Err("--altered: a package in it is as it was; write it with --alter and --save-texts".into()),
        false => Ok(altered),
    }
}

/// Of the packages whose label is not in doubt.
fn calibration_error(examples: &[Example], probabilities: &[f64]) -> f64 {
    let kept = examples.iter().zip(probabilities).filter(|(example, _)| !example.suspect);
    let scored: Vec<_> = kept.map(|(example, probability)| (*probability, example.malicious, 1.0)).collect();
    ece(&scored)
}

/// Every table of a cross-validation.
fn report(probes: &Probes<'_>, known: &[Prediction], probabilities: &[f64], out: &Path) -> Result<String, Failure> {
    let Probes { examples, predictions, ensemble, threshold } = *probes;
    let by = |score: &dyn Fn(&Margins) -> f64| -> Vec<Option<f64>> {
        known.iter().map(|p| Some(score(&p.margins()))).collect()
    };
    let both = by(&|m| ensemble.log_odds(m));
    let scores = vec![
        ("code size", baseline::by_size(examples)),
        ("bag of pieces and pairs", {
            let bare = LinearSettings { words: 0.0, concepts: 0.0, ..LinearSettings::default() };
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
    let scores_of = |said: &[Prediction], probe, score: &dyn Fn(&Margins) -> Option<f64>| -> Vec<Option<f64>> {
        let known = folds::by_example(examples, said, probe);
        known.iter().map(|p| score(&p.as_ref()?.margins())).collect()
    };
    let padded = scores_of(predictions, Probe::Padded, &|m| Some(ensemble.log_odds(m)));
    if padded.iter().any(Option::is_some) {
        text += "\nTen files of benign packages put into each malicious one:\n\n";
        text += &padding(examples, &both, &padded);
    }
    text += &probes.tables();
    let of_split = |said: &[Prediction]| {
        vec![
            ("linear", scores_of(said, Probe::Plain, &Margins::linear)),
            ("BERT", scores_of(said, Probe::Plain, &|m| Some(m.network))),
            ("both", scores_of(said, Probe::Plain, &|m| Some(ensemble.log_odds(m)))),
        ]
    };
    if let Some(transfer) = folds::read(&TRANSFERS, out)? {
        text += "\nTrained on the other ecosystem alone:\n\n";
        text += &table(examples, &columns(&of_split(&transfer)));
    }
    if let Some(time) = folds::read(&TIME, out)? {
        text +=
            "\nTrained on what was known before 2024, malware since then and benign packages of one fold judged:\n\n";
        text += &yardstick(examples, &columns(&of_split(&time)));
    }
    text += "\nThe linear model without one of its parts:\n\n";
    text += &table(examples, &columns(&parts(examples)));
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
