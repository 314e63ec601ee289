//! Cross-validation by the common folds, which never split a campaign.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::metrics::threshold_over;
use super::probe;
use crate::behavior::ModelText;
use crate::model::calibration::Ensemble;
use crate::model::dataset::{Cohort, Example, FOLDS, Probe, ecosystem_name};
use crate::model::train::{Progress, Settings, train};
use crate::model::{Device, Margins, Model, ModelError};
use crate::package::Ecosystem;

/// What a model said of a package that it was not trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// The fold it belongs to.
    pub fold: usize,
    /// Its label.
    pub malicious: bool,
    /// What was done to it.
    pub probe: Probe,
    /// The network's log odds of the whole text.
    pub network: f64,
    /// The linear model's log odds of the whole text.
    pub linear: Option<f64>,
    /// Its highest of the files by themselves.
    pub linear_file: Option<f64>,
}

impl Prediction {
    /// Of a package that nothing is said of, least of all that it is malicious.
    #[must_use]
    pub fn empty(example: &Example, probe: Probe) -> Self {
        Self {
            sha256: example.sha256.clone(),
            fold: example.fold,
            malicious: example.malicious,
            probe,
            network: f64::NEG_INFINITY,
            linear: None,
            linear_file: None,
        }
    }

    fn of(model: &Model, example: &Example, text: &ModelText, probe: Probe) -> Result<Self, ModelError> {
        let Margins { network, linear, linear_file, .. } = model.judge(text)?.margins;
        Ok(Self { network, linear, linear_file, ..Self::empty(example, probe) })
    }

    /// What the two models said.
    #[must_use]
    pub fn margins(&self) -> Margins {
        let Self { network, linear, linear_file, .. } = *self;
        Margins { network, linear, linear_file, file: None }
    }
}

/// Lets a model judge examples, as they were read.
///
/// # Errors
/// When the device fails.
pub fn predict(model: &Model, examples: &[&Example]) -> Result<Vec<Prediction>, ModelError> {
    examples.par_iter().map(|example| Prediction::of(model, example, &example.text, example.probe)).collect()
}

/// Lets it judge what can be made of their texts: twins and updates. An update without anything new is not judged.
///
/// # Errors
/// When the device fails.
pub fn predict_probes(model: &Model, examples: &[&Example]) -> Result<Vec<Prediction>, ModelError> {
    let judged = probe::of_texts(model, examples);
    let said = judged.par_iter().map(|probe::Probed { probe, example, text }| {
        if text.text.is_empty() {
            Ok(Prediction::empty(example, *probe))
        } else {
            Prediction::of(model, example, text, *probe)
        }
    });
    said.collect()
}

/// One training of a cross-validation: on some packages, for a judgement of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Every fold but this one, for this one.
    Fold(usize),
    /// One ecosystem, for the other: what carries over between languages.
    From(Ecosystem),
    /// What was known before a year, for malware from it on and the benign packages of the first fold. Where no year is noted
    /// the package is older.
    Since(u16),
}

impl Split {
    /// The name of its files.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Fold(fold) => format!("fold-{fold}"),
            Self::From(ecosystem) => format!("from-{}", ecosystem_name(ecosystem)),
            Self::Since(year) => format!("since-{year}"),
        }
    }

    /// Whether a package is held out.
    fn holds_out(self, example: &Example) -> bool {
        match self {
            Self::Fold(fold) => example.fold == fold,
            Self::From(ecosystem) => example.ecosystem != ecosystem,
            Self::Since(year) if example.malicious => example.year.is_some_and(|of| of >= year),
            Self::Since(_) => example.fold == 0,
        }
    }

    /// The packages to train on: no campaign stands on both sides, even where one works in both ecosystems.
    #[must_use]
    pub fn training(self, examples: &[Example]) -> Vec<Example> {
        let held_out: HashSet<&str> = examples.iter().filter(|e| self.holds_out(e)).map(|e| e.group.as_str()).collect();
        let kept = examples.iter().filter(|e| !self.holds_out(e) && !held_out.contains(e.group.as_str()));
        kept.cloned().collect()
    }

    fn file(self, out: &Path) -> PathBuf {
        out.join(format!("{}.csv", self.name()))
    }
}

/// How and from what a split's model is trained.
pub struct Recipe<'a> {
    /// BERT checkpoint to start from.
    pub base: &'a Path,
    /// How it is trained.
    pub settings: &'a Settings,
    /// Where.
    pub device: &'a Device,
}

/// Trains on one side of a split, judges the other, as it is and probed, with those of its packages that are among `altered`
/// too, and keeps the predictions in `out`. A split that is there already is not run again; one that was interrupted goes on from its
/// checkpoint. Returns `false` where `watch` stopped it.
///
/// # Errors
/// When training fails or the disk refuses.
pub fn run(
    examples: &[Example],
    altered: &[Example],
    split: Split,
    recipe: &Recipe<'_>,
    out: &Path,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<bool, ModelError> {
    let path = split.file(out);
    if path.exists() {
        return Ok(true);
    }
    let folder = out.join(split.name());
    if !folder.join("cerebro.json").exists() {
        let Recipe { base, settings, device } = recipe;
        if !train(&split.training(examples), base, &folder, settings, device, true, watch)? {
            return Ok(false);
        }
    }
    let model = Model::load(&folder, recipe.device)?;
    let held_out: Vec<&Example> = examples.iter().filter(|e| split.holds_out(e)).collect();
    let mut predictions = predict(&model, &held_out)?;
    predictions.extend(predict_probes(&model, &held_out)?);
    let altered: Vec<&Example> =
        altered.iter().filter(|e| split.holds_out(e) && (e.malicious || e.probe != Probe::Padded)).collect();
    predictions.extend(predict(&model, &altered)?);
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

/// What is known of each example, in their order: `None` for one that was not judged.
pub type Known = Vec<Option<Prediction>>;

/// Everything that was said under some splits. `None` while one of them is missing.
///
/// # Errors
/// When a file cannot be read.
pub fn read(splits: &[Split], out: &Path) -> Result<Option<Vec<Prediction>>, ModelError> {
    let mut said = Vec::new();
    for split in splits {
        let path = split.file(out);
        if !path.exists() {
            return Ok(None);
        }
        let opened = File::open(&path).map_err(|e| ModelError::file(&path, &e))?;
        for row in csv::Reader::from_reader(BufReader::new(opened)).deserialize::<Prediction>() {
            said.push(row.map_err(|e| ModelError::file(&path, &e))?);
        }
    }
    Ok(Some(said))
}

/// What was said of each example under a probe.
#[must_use]
pub fn by_example(examples: &[Example], said: &[Prediction], probe: Probe) -> Known {
    let found: HashMap<&str, &Prediction> =
        said.iter().filter(|said| said.probe == probe).map(|said| (said.sha256.as_str(), said)).collect();
    examples.iter().map(|example| found.get(example.sha256.as_str()).copied().cloned()).collect()
}

/// The predictions for the examples as they are, one for each.
///
/// # Errors
/// When they are of other data.
pub fn plain(examples: &[Example], said: &[Prediction], out: &Path) -> Result<Vec<Prediction>, ModelError> {
    let known = by_example(examples, said, Probe::Plain).into_iter().zip(examples);
    let complete = known.map(|(prediction, example)| {
        prediction.ok_or_else(|| {
            let what = format!(
                "has no prediction for {}: these are predictions for other data, use another folder",
                example.sha256
            );
            ModelError::file(out, &what)
        })
    });
    complete.collect()
}

/// Margins of the examples to fit on.
fn margins<'a>(
    examples: &'a [Example],
    predictions: &'a [Prediction],
    keep: impl Fn(&Example) -> bool,
) -> Vec<(f64, Option<f64>, bool)> {
    let kept = examples.iter().zip(predictions).filter(|(e, _)| !e.suspect && keep(e));
    kept.map(|(e, p)| (p.network, p.margins().linear(), e.malicious)).collect()
}

/// Probabilities of out-of-fold predictions: those of a fold by a calibration that is fitted on the others.
#[must_use]
pub fn calibrate(examples: &[Example], predictions: &[Prediction]) -> Vec<f64> {
    let fits: Vec<Ensemble> =
        (0..FOLDS).map(|fold| Ensemble::fit(&margins(examples, predictions, |e| e.fold != fold))).collect();
    let probability = |p: &Prediction| fits.get(p.fold).copied().unwrap_or_default().probability(&p.margins());
    predictions.iter().map(probability).collect()
}

/// The calibration of the finished model, and its threshold: out of fold at most one in a hundred benign packages was flagged,
/// where each cohort of them weighs the same, and at most one in two hundred ordinary projects.
#[must_use]
pub fn operating_point(examples: &[Example], predictions: &[Prediction]) -> (Ensemble, f64) {
    let rows = margins(examples, predictions, |_| true);
    let ensemble = Ensemble::fit(&rows);
    let probabilities: Vec<Option<f64>> =
        predictions.iter().map(|p| Some(ensemble.probability(&p.margins()))).collect();
    let cohorts = benign(examples, &probabilities, |_| true);
    let [_, ordinary, _] = &cohorts;
    let thresholds = [threshold_over(&cohorts, 0.01), quiet(ordinary)];
    (ensemble, thresholds.into_iter().filter(|t| t.is_finite()).reduce(f64::max).unwrap_or(0.5))
}

/// How far above the loudest of a few ordinary projects the threshold lies, in log odds: those that nobody has seen are louder.
const MARGIN: f64 = 0.25;

/// The threshold at which one in two hundred ordinary projects is flagged; where there are fewer, [`MARGIN`] above the loudest.
fn quiet(ordinary: &[f64]) -> f64 {
    let threshold = threshold_over(&[ordinary.to_vec()], 0.005);
    let Some(loudest) = ordinary.iter().copied().reduce(f64::max).filter(|_| threshold.is_infinite()) else {
        return threshold;
    };
    let odds = loudest / (1.0 - loudest).max(f64::EPSILON) * MARGIN.exp();
    odds / (1.0 + odds)
}

/// The scores of the benign packages that `keep` takes, by cohort.
pub(super) fn benign(examples: &[Example], scores: &[Option<f64>], keep: impl Fn(&Example) -> bool) -> [Vec<f64>; 3] {
    [Cohort::Registry, Cohort::Ordinary, Cohort::Talkative].map(|cohort| {
        let of = examples.iter().zip(scores).filter(|(e, _)| !e.malicious && e.cohort == cohort && keep(e));
        of.filter_map(|(_, score)| *score).collect()
    })
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
                cohort: Cohort::Registry,
                name: String::new(),
                year: None,
                probe: crate::model::dataset::Probe::Plain,
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
            Prediction { network: margin, linear: Some(margin / 2.0), ..Prediction::empty(e, Probe::Plain) }
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
    fn the_operating_point_flags_one_benign_in_a_hundred_of_each_cohort() {
        let mut examples = examples();
        // Four of the loudest are ordinary projects: one of them flagged is a quarter of a half.
        for index in [191, 193, 195, 197] {
            examples[index].cohort = Cohort::Ordinary;
        }
        let predictions = predictions(&examples, |i, e| match i {
            _ if e.malicious => 1.0,
            // The only one that lies further above the ordinary ones than the threshold.
            199 => 3.0,
            _ => i as f64 / 150.0,
        });
        let (ensemble, threshold) = operating_point(&examples, &predictions);
        let flagged = |p: &&Prediction| !p.malicious && ensemble.probability(&p.margins()) >= threshold;
        let flagged = predictions.iter().filter(flagged).count();
        assert!(flagged == 1, "{flagged}");
    }

    #[test]
    fn predictions_of_a_missing_fold_are_none_and_of_other_data_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples();
        let splits: Vec<Split> = (0..FOLDS).map(Split::Fold).collect();
        assert!(read(&splits, folder.path()).unwrap().is_none());
        for split in &splits {
            let head = "sha256,fold,malicious,probe,network,linear,linear_file\n";
            fs::write(split.file(folder.path()), head).unwrap();
        }
        let said = read(&splits, folder.path()).unwrap().unwrap();
        let error = plain(&examples, &said, folder.path()).unwrap_err().to_string();
        assert!(error.contains("other data"), "{error}");
    }

    #[test]
    fn malware_of_a_year_is_told_from_what_was_known_before() {
        let mut examples = examples();
        for (index, example) in examples.iter_mut().enumerate() {
            example.group = index.to_string();
            example.year = (index % 20 == 0).then_some(2024 + (index / 100) as u16);
        }
        let split = Split::Since(2025);
        let held_out: Vec<&Example> = examples.iter().filter(|e| split.holds_out(e)).collect();
        assert_eq!(held_out.iter().filter(|e| e.malicious).count(), 5);
        assert!(held_out.iter().all(|e| e.malicious || e.fold == 0));
        assert_eq!(split.training(&examples).len(), 200 - held_out.len());
    }

    #[test]
    fn no_campaign_stands_on_both_sides_of_a_split() {
        let mut examples = examples();
        for (index, example) in examples.iter_mut().enumerate() {
            example.group = (index / 10).to_string();
            example.ecosystem = if index % 20 < 12 { Ecosystem::Npm } else { Ecosystem::Pypi };
        }
        let training = Split::From(Ecosystem::Npm).training(&examples);
        // Of twenty, ten are of a group in npm only; of the other group two are in npm and eight in PyPI.
        assert_eq!(training.len(), 100);
        assert!(training.iter().all(|e| e.ecosystem == Ecosystem::Npm));
    }
}
