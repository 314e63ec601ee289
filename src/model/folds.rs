//! Cross-validation by the common folds, which never split a campaign.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dataset::{Example, FOLDS};
use super::metrics::{Mix, Scored, recall_at_fpr};
use super::train::{Progress, Settings, train};
use super::{Device, Model, ModelError};

/// What a model said of a package that it was not trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// The fold it belongs to.
    pub fold: usize,
    /// Its label.
    pub malicious: bool,
    /// Logit margin of the whole text.
    pub margin: f64,
    /// Margin of the linear model beside the network.
    pub linear: Option<f64>,
    /// Margin of the first window.
    pub first: f64,
    /// Highest margin of a window.
    pub highest: f64,
    /// Mean margin of the windows.
    pub mean: f64,
    /// How many windows.
    pub windows: usize,
}

/// Lets a model judge examples.
///
/// # Errors
/// When the device fails.
pub fn predict(model: &Model, examples: &[&Example]) -> Result<Vec<Prediction>, ModelError> {
    examples
        .par_iter()
        .map(|example| {
            let judgement = model.judge(&example.text)?;
            let margins: Vec<f64> = judgement.windows.iter().map(super::Window::margin).collect();
            Ok(Prediction {
                sha256: example.sha256.clone(),
                fold: example.fold,
                malicious: example.malicious,
                margin: super::judge::combine(&margins),
                linear: model.linear_margin(&example.text),
                first: margins.first().copied().unwrap_or_default(),
                highest: margins.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                mean: margins.iter().sum::<f64>() / margins.len().max(1) as f64,
                windows: margins.len(),
            })
        })
        .collect()
}

/// The file of a finished fold's predictions.
fn file(out: &Path, fold: usize) -> PathBuf {
    out.join(format!("fold-{fold}.csv"))
}

/// Trains on every fold but `fold`, judges that one, and keeps the predictions in `out`. A fold that is there already is
/// not run again; one that was interrupted goes on from its checkpoint. Returns `false` where `watch` stopped it.
///
/// # Errors
/// When training fails or the disk refuses.
pub fn run_fold(
    examples: &[Example],
    fold: usize,
    base: &Path,
    out: &Path,
    settings: &Settings,
    device: &Device,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<bool, ModelError> {
    let path = file(out, fold);
    if path.exists() {
        return Ok(true);
    }
    let folder = out.join(format!("fold-{fold}"));
    if !folder.join("cerebro.json").exists() {
        let others: Vec<Example> = examples.iter().filter(|e| e.fold != fold).cloned().collect();
        if !train(&others, base, &folder, settings, device, true, watch)? {
            return Ok(false);
        }
    }
    let model = Model::load(&folder, device)?;
    let held_out: Vec<&Example> = examples.iter().filter(|e| e.fold == fold).collect();
    let predictions = predict(&model, &held_out)?;
    let new = path.with_extension("new");
    let refused = |e: &dyn std::fmt::Display| ModelError::file(&new, e);
    let mut writer = csv::Writer::from_writer(BufWriter::new(File::create(&new).map_err(|e| refused(&e))?));
    for prediction in &predictions {
        writer.serialize(prediction).map_err(|e| refused(&e))?;
    }
    writer.flush().map_err(|e| refused(&e))?;
    fs::rename(&new, &path).map_err(|e| refused(&e))?;
    Ok(true)
}

/// The predictions of all folds in the order of the examples, or `None` while a fold is missing.
///
/// # Errors
/// When a file cannot be read, or is of other data.
pub fn collect(examples: &[Example], out: &Path) -> Result<Option<Vec<Prediction>>, ModelError> {
    let mut found = std::collections::HashMap::new();
    for fold in 0..FOLDS {
        let path = file(out, fold);
        if !path.exists() {
            return Ok(None);
        }
        let opened = File::open(&path).map_err(|e| ModelError::file(&path, &e))?;
        for row in csv::Reader::from_reader(BufReader::new(opened)).deserialize::<Prediction>() {
            let row = row.map_err(|e| ModelError::file(&path, &e))?;
            found.insert(row.sha256.clone(), row);
        }
    }
    examples
        .iter()
        .map(|example| {
            found.get(&example.sha256).cloned().ok_or_else(|| {
                let what = format!(
                    "has no prediction for {}: these are predictions for other data, use another folder",
                    example.sha256
                );
                ModelError::file(out, &what)
            })
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Some)
}

/// Margins of the examples to fit on.
fn margins<'a>(
    examples: &'a [Example],
    predictions: &'a [Prediction],
    keep: impl Fn(&Example) -> bool,
) -> Vec<(f64, Option<f64>, bool)> {
    let kept = examples.iter().zip(predictions).filter(|(e, _)| !e.suspect && keep(e));
    kept.map(|(e, p)| (p.margin, p.linear, e.malicious)).collect()
}

/// Probabilities of out-of-fold predictions: those of a fold by a calibration that is fitted on the others.
#[must_use]
pub fn calibrate(examples: &[Example], predictions: &[Prediction]) -> Vec<f64> {
    let fits: Vec<Mix> = (0..FOLDS).map(|fold| Mix::fit(&margins(examples, predictions, |e| e.fold != fold))).collect();
    let probability = |p: &Prediction| fits.get(p.fold).copied().unwrap_or_default().probability(p.margin, p.linear);
    predictions.iter().map(probability).collect()
}

/// The calibration of the finished model, and the threshold at which one in a hundred benign packages was flagged out of
/// fold.
#[must_use]
pub fn operating_point(examples: &[Example], predictions: &[Prediction]) -> (Mix, f64) {
    let rows = margins(examples, predictions, |_| true);
    let mix = Mix::fit(&rows);
    let scored: Vec<Scored> = rows.iter().map(|r| (mix.probability(r.0, r.1), r.2)).collect();
    let (threshold, _) = recall_at_fpr(&scored, 0.01);
    (mix, if threshold.is_finite() { threshold } else { 0.5 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::ModelText;
    use crate::package::Ecosystem;

    fn examples() -> Vec<Example> {
        (0..200)
            .map(|i: usize| Example {
                sha256: i.to_string(),
                ecosystem: Ecosystem::Npm,
                malicious: i.is_multiple_of(2),
                group: String::new(),
                fold: i % FOLDS,
                suspect: false,
                code_bytes: None,
                text: ModelText::default(),
                reading: crate::behavior::Reading::default(),
            })
            .collect()
    }

    fn predictions(examples: &[Example], margin: impl Fn(usize, &Example) -> f64) -> Vec<Prediction> {
        let predict = |(i, e): (usize, &Example)| {
            let margin = margin(i, e);
            Prediction {
                sha256: e.sha256.clone(),
                fold: e.fold,
                malicious: e.malicious,
                margin,
                linear: Some(margin / 2.0),
                first: margin,
                highest: margin,
                mean: margin,
                windows: 1,
            }
        };
        examples.iter().enumerate().map(predict).collect()
    }

    #[test]
    fn a_fold_is_calibrated_by_the_others() {
        let examples = examples();
        // Fold 0's margins run the wrong way; that must not turn its own calibration.
        let predictions = predictions(&examples, |_, e| if e.malicious == (e.fold != 0) { 2.0 } else { -2.0 });
        let probabilities = calibrate(&examples, &predictions);
        assert!(probabilities[0] < 0.05 && examples[0].malicious);
        assert!(probabilities[2] > 0.6 && examples[2].malicious);
    }

    #[test]
    fn the_operating_point_flags_one_benign_in_a_hundred() {
        let examples = examples();
        let predictions = predictions(&examples, |i, e| if e.malicious { 1.0 } else { i as f64 / 150.0 });
        let (mix, threshold) = operating_point(&examples, &predictions);
        let flagged = |p: &&Prediction| !p.malicious && mix.probability(p.margin, p.linear) >= threshold;
        let flagged = predictions.iter().filter(flagged).count();
        assert!(flagged <= 1, "{flagged}");
    }

    #[test]
    fn predictions_of_a_missing_fold_are_none_and_of_other_data_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples();
        assert!(collect(&examples, folder.path()).unwrap().is_none());
        for fold in 0..FOLDS {
            fs::write(file(folder.path(), fold), "sha256,fold,malicious,margin,linear,first,highest,mean,windows\n")
                .unwrap();
        }
        let error = collect(&examples, folder.path()).unwrap_err().to_string();
        assert!(error.contains("other data"), "{error}");
    }
}
