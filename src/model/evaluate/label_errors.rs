//! Labels that a model contradicts: the likeliest mistakes among them, to be looked at before they are learnt.

use rayon::prelude::*;

use crate::model::dataset::Example;
use crate::model::{Model, ModelError};

/// A label that is not what the model says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelError {
    /// Which of the examples.
    pub index: usize,
    /// What the model says instead: the probability that the package is malicious.
    pub probability: f32,
    /// The probability that the model leaves to the label; the smaller, the stronger the contradiction.
    pub left: f32,
}

/// Lets a model judge labelled packages and lists those that it decides otherwise, the strongest contradiction first.
///
/// A model that was trained on a wrong label has half come to believe it, so that an older model, or one of other packages,
/// finds more.
///
/// # Errors
/// When the device fails.
pub fn label_errors(model: &Model, examples: &[&Example]) -> Result<Vec<LabelError>, ModelError> {
    let judged: Vec<Option<LabelError>> = examples
        .par_iter()
        .enumerate()
        .map(|(index, example)| {
            let judgement = model.judge(&example.text)?;
            let probability = judgement.probability;
            let left = if example.malicious { probability } else { 1.0 - probability };
            let agrees = (probability >= judgement.threshold) == example.malicious;
            Ok((!agrees).then_some(LabelError { index, probability, left }))
        })
        .collect::<Result<_, ModelError>>()?;
    let mut found: Vec<LabelError> = judged.into_iter().flatten().collect();
    found.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.index.cmp(&b.index)));
    Ok(found)
}
