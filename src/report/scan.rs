//! What a scan says of one package: schema `cerebro-scan/1`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::behavior::Feature;
use crate::case::{Case, State};
use crate::model::Model;
use crate::package::{Ecosystem, Phase, Skip};

/// One line of `--format jsonl`. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Document {
    schema: &'static str,
    /// As given on the command line.
    pub path: String,
    sha256: String,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// By the manifest, else by the file name.
    pub name: Option<String>,
    /// By the manifest, else by the file name.
    pub version: Option<String>,
    /// The three-valued answer; `cannot_judge` where there is an error.
    pub state: State,
    /// For `cannot_judge`: the rule that applied.
    why: Option<String>,
    /// Of malice; none where the model read nothing.
    pub probability: Option<f32>,
    threshold: f32,
    /// Steps of the behavior sequence.
    pub steps: usize,
    windows: usize,
    phases: Phases,
    features: BTreeMap<Feature, usize>,
    /// What was not analysed, and why.
    pub skipped: Vec<Skip>,
    timing_ms: TimingMs,
    model: ModelId,
    /// Why there is no answer.
    pub error: Option<String>,
}

/// Steps per phase.
#[derive(Debug, Default, Serialize)]
struct Phases {
    install: usize,
    import: usize,
    run: usize,
}

/// Wall time per stage in milliseconds.
#[derive(Debug, Default, Serialize)]
struct TimingMs {
    open: f64,
    syntax: f64,
    behavior: f64,
    model: f64,
    total: f64,
}

#[derive(Debug, Serialize)]
struct ModelId {
    name: String,
    hash: String,
}

impl Document {
    /// Of a package of which nothing is known yet.
    #[must_use]
    pub fn new(path: &Path, model: &Model) -> Self {
        Self {
            schema: "cerebro-scan/1",
            path: path.to_string_lossy().into_owned(),
            sha256: String::new(),
            ecosystem: Ecosystem::Unknown,
            name: None,
            version: None,
            state: State::CannotJudge,
            why: None,
            probability: None,
            threshold: model.threshold(),
            steps: 0,
            windows: 0,
            phases: Phases::default(),
            features: BTreeMap::new(),
            skipped: Vec::new(),
            timing_ms: TimingMs::default(),
            model: ModelId { name: model.name().to_owned(), hash: model.hash().to_owned() },
            error: None,
        }
    }

    /// Tells what a case says.
    pub fn fill(&mut self, case: &Case) {
        let package = &case.package;
        self.sha256.clone_from(&package.sha256);
        self.ecosystem = package.ecosystem;
        self.name.clone_from(&package.name);
        self.version.clone_from(&package.version);
        self.steps = case.sequence.steps.len();
        for step in &case.sequence.steps {
            *self.features.entry(step.feature).or_default() += 1;
            let phase = match step.phase {
                Phase::Install => &mut self.phases.install,
                Phase::Import => &mut self.phases.import,
                Phase::Run => &mut self.phases.run,
            };
            *phase += 1;
        }
        self.skipped = case.skipped().into_iter().cloned().collect();
        if let Some(verdict) = &case.verdict {
            self.state = verdict.state;
            self.why.clone_from(&verdict.why);
            if let Some(judgement) = &verdict.judgement {
                self.probability = Some(judgement.probability);
                self.threshold = judgement.threshold;
                self.windows = judgement.windows.len();
            }
        }
        let timing = &case.timing;
        self.timing_ms = TimingMs {
            open: ms(timing.open),
            syntax: ms(timing.syntax),
            behavior: ms(timing.behavior),
            model: ms(timing.model),
            total: self.timing_ms.total,
        };
    }

    /// How long all of it took.
    pub fn took(&mut self, time: Duration) {
        self.timing_ms.total = ms(time);
    }
}

/// Milliseconds, exact to the microsecond.
fn ms(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}
