//! How well a model judges: held-out predictions, measures, baselines and the tables of a model card.

pub mod baseline;
pub mod card;
pub mod folds;
pub mod label_errors;
pub mod metrics;
pub mod probe;
pub mod robustness;
pub mod tables;
