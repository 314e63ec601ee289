//! The baselines that stand beside the model in every report.

use rayon::prelude::*;

use crate::model::dataset::{Example, FOLDS};
use crate::model::linear::{Linear, LinearSettings};
use crate::model::train::Settings;
use crate::model::train::implants::implants;
use crate::model::train::sample::{fit_linear, weights};

/// Out-of-fold scores by code size alone: malicious packages are tiny, so smaller scores higher.
#[must_use]
pub fn by_size(examples: &[Example]) -> Vec<Option<f64>> {
    examples.iter().map(|e| e.code_bytes.map(|bytes| -(bytes as f64))).collect()
}

/// Out-of-fold log odds of the linear model: each fold is scored by a model of the other four; with `files`, a package by
/// its most alarming file where that alarms more than the whole.
#[must_use]
pub fn by_linear(examples: &[Example], settings: LinearSettings, files: bool) -> Vec<Option<f64>> {
    let models: Vec<Linear> = (0..FOLDS).into_par_iter().map(|fold| fit(examples, fold, settings)).collect();
    let margin = |model: &Linear, e: &Example| if files { model.highest(&e.text) } else { model.margin(&e.text) };
    examples.par_iter().map(|e| models.get(e.fold).map(|model| margin(model, e))).collect()
}

/// A linear model of every fold but one; a fold from [`FOLDS`] on leaves none out.
#[must_use]
pub fn fit(examples: &[Example], left_out: usize, settings: LinearSettings) -> Linear {
    let kept: Vec<&Example> = examples.iter().filter(|e| !e.suspect && e.fold != left_out).collect();
    let training = Settings::default();
    let weights = weights(&kept, &training);
    fit_linear(&kept, &weights, &implants(&kept, &weights, &training), &training, settings)
}
