//! The behavior sequence of one package: schema `cerebro-sequence/1`.

use serde::Serialize;

use super::evidence::Evidence;
use super::external::External;
use super::head::Head;
use super::indicator::Indicator;
use super::layer::{self, Layer};
use super::step::Step;
use crate::case::Case;
use crate::package::Skip;

/// The whole answer. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    steps: Vec<Step<'a>>,
    layers: Vec<Layer<'a>>,
    text: &'a str,
    skipped: Vec<&'a Skip>,
    evidence: Vec<Evidence<'a>>,
    indicators: Vec<Indicator<'a>>,
    /// What others say; null where nobody does.
    external: Option<External<'a>>,
}

impl<'a> Document<'a> {
    /// What a case tells.
    #[must_use]
    pub fn new(case: &'a Case) -> Self {
        Self {
            head: Head::new("cerebro-sequence/1", case),
            steps: case.sequence.steps.iter().map(|step| Step::new(case, step)).collect(),
            layers: layer::all(case).collect(),
            text: &case.text.text,
            skipped: case.skipped(),
            evidence: case.evidence.iter().map(|evidence| Evidence::new(case, evidence)).collect(),
            indicators: case.indicators.iter().map(|indicator| Indicator::new(case, indicator)).collect(),
            external: External::of(case),
        }
    }
}
