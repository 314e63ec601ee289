//! `cerebro eval`: measures on held-out campaigns.

use std::fs::File;
use std::io::{BufWriter, Write as _, stderr, stdout};
use std::path::{Path, PathBuf};

use super::{Exit, Global, Outcome, corpus, reading, train};
use crate::model::config::Card;
use crate::model::dataset::{Example, FOLDS, write_jsonl};
use crate::model::linear::LinearSettings;
use crate::model::report::{Column, decisions, table};
use crate::model::train::store::write_card;
use crate::model::{Device, baseline, folds};

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
    /// With --folds: run only this fold (0 to 4), for instance to spread folds over machines.
    #[arg(long, value_name = "N", requires = "folds")]
    only: Option<usize>,
    /// BERT checkpoint to start from.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// Folder for the folds' models and predictions.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// With --folds: write the calibration and threshold found on held-out folds into this model's cerebro.json.
    #[arg(long, value_name = "DIR", requires = "folds")]
    calibrate: Option<PathBuf>,
    /// Also write what was read as a JSONL dataset, which is read back much faster than packages.
    #[arg(long, value_name = "FILE")]
    save_texts: Option<PathBuf>,
    /// Put so many files of benign packages of the same fold into each malicious package before it is read.
    #[arg(long, value_name = "N", default_value_t = 0)]
    splice: usize,
    /// Print so many of the linear model's features with the largest weights.
    #[arg(long, value_name = "N", default_value_t = 0)]
    strongest: usize,
    /// Inverse of the L2 penalty of the logistic regression.
    #[arg(long, value_name = "C", default_value_t = LinearSettings::default().c)]
    linear_c: f64,
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
    let examples = corpus::read(&args.data, &global.open_options(), &args.reading.reading(), args.splice)?;
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

fn baselines(args: &Args, examples: &[Example]) -> Result<(), Failure> {
    let (size, linear) = (baseline::by_size(examples), baseline::by_linear(examples, settings(args)));
    let columns = [Column::ranking("code size", &size), Column::ranking("linear", &linear)];
    write!(stdout(), "{}", table(examples, &columns))?;
    for (feature, weight) in baseline::fit(examples, usize::MAX, settings(args)).strongest(args.strongest) {
        writeln!(stdout(), "{weight:8.3}  {}", crate::text::escape(feature))?;
    }
    Ok(())
}

/// Measures the named model on data that it was, one hopes, not trained on.
fn measure(args: &Args, global: &Global, examples: &[Example]) -> Result<(), Failure> {
    let model = global.load_model()?;
    let all: Vec<&Example> = examples.iter().collect();
    let size = baseline::by_size(examples);
    let linear = baseline::by_linear(examples, settings(args));
    let said = all
        .iter()
        .map(|e| model.judge(&e.text).map(|judgement| Some(f64::from(judgement.probability))))
        .collect::<Result<Vec<_>, _>>()?;
    let columns = [
        Column::ranking("code size", &size),
        Column::ranking("linear, five folds", &linear),
        Column { name: model.name(), scores: &said, threshold: Some(f64::from(model.threshold())) },
    ];
    writeln!(stdout(), "{}\n{}", table(examples, &columns), decisions(examples, &columns))?;
    Ok(())
}

fn cross_validate(args: &Args, global: &Global, examples: &[Example], base: &Path, out: &Path) -> Result<(), Failure> {
    let device: Device = global.device.parse()?;
    let tuning = args.tuning.settings();
    std::fs::create_dir_all(out).map_err(|e| format!("cannot make {}: {e}", out.display()))?;
    for fold in (0..FOLDS).filter(|fold| args.only.is_none_or(|only| only == *fold)) {
        let name = format!("fold {fold}");
        folds::run_fold(examples, fold, base, out, &tuning, &device, &mut |p| train::show(&name, p))?;
    }
    let Some(predictions) = folds::collect(examples, out)? else {
        writeln!(stderr(), "other folds are not finished yet; the report comes with the last one")?;
        return Ok(());
    };
    let size = baseline::by_size(examples);
    let linear = baseline::by_linear(examples, settings(args));
    let by = |score: fn(&folds::Prediction) -> f64| predictions.iter().map(|p| Some(score(p))).collect::<Vec<_>>();
    let (first, highest, mean) = (by(|p| p.first), by(|p| p.highest), by(|p| p.mean));
    let network = by(|p| p.margin);
    let (mix, threshold) = folds::operating_point(examples, &predictions);
    let both: Vec<Option<f64>> = folds::calibrate(examples, &predictions).into_iter().map(Some).collect();
    let columns = [
        Column::ranking("code size", &size),
        Column::ranking("linear", &linear),
        Column::ranking("BERT, first window", &first),
        Column::ranking("BERT, highest window", &highest),
        Column::ranking("BERT, mean of windows", &mean),
        Column::ranking("BERT", &network),
        Column { name: "BERT and linear", scores: &both, threshold: Some(threshold) },
    ];
    writeln!(stdout(), "{}\n{}", table(examples, &columns), decisions(examples, &columns))?;
    if let Some(folder) = &args.calibrate {
        let mut card = Card::load(folder)?;
        (card.mix, card.threshold) = (mix, threshold as f32);
        write_card(folder, &card)?;
        writeln!(stderr(), "wrote calibration and threshold to {}", folder.display())?;
    }
    Ok(())
}
