//! What a scan says of one package: schema `cerebro-scan/1`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::external::External;
use super::model::ModelLine;
use super::place::path_of;
use crate::behavior::Feature;
use crate::case::{Case, State, Verdict};
use crate::diff::{self, Update};
use crate::model::Model;
use crate::package::{Ecosystem, Phase, Skip};

/// The schema's name.
const SCHEMA: &str = "cerebro-scan/1";

/// One line of `--format jsonl`. Every key is always there.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    #[serde(skip_deserializing, default = "schema")]
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
    model: ModelLine,
    /// The former version, where only what is new since then was judged.
    against: Option<Against>,
    /// With `against`: the steps that are new, that which speaks most for malicious first.
    pub new_steps: Vec<NewStep>,
    /// What others say; null where nobody does.
    external: Value,
    /// Why there is no answer.
    pub error: Option<String>,
    /// Whether this is what an earlier scan said of the same archive.
    pub cached: bool,
}

fn schema() -> &'static str {
    SCHEMA
}

/// A former version.
#[derive(Debug, Serialize, Deserialize)]
struct Against {
    sha256: String,
    version: Option<String>,
}

/// A step that the former version has nowhere in the same phase.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewStep {
    phase: Phase,
    feature: Feature,
    phrase: String,
    detail: String,
    /// The file that it stands in.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// Log odds that it adds to malicious.
    pub score: f64,
}

/// Steps per phase.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Phases {
    install: usize,
    import: usize,
    run: usize,
}

/// Wall time per stage in milliseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct TimingMs {
    open: f64,
    syntax: f64,
    behavior: f64,
    model: f64,
    total: f64,
}

impl NewStep {
    /// When it runs and what it does, in words. Untrusted.
    #[must_use]
    pub fn words(&self) -> String {
        let what = if self.detail.is_empty() { &self.phrase } else { &self.detail };
        format!("{} {what}", self.phase.word())
    }
}

impl Document {
    /// Of a package of which nothing is known yet.
    #[must_use]
    pub fn new(path: &str, model: &Model) -> Self {
        Self {
            schema: SCHEMA,
            path: path.to_owned(),
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
            model: ModelLine::of(model),
            against: None,
            new_steps: Vec::new(),
            external: Value::Null,
            error: None,
            cached: false,
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
            self.judged(verdict);
        }
        // Strings and numbers alone: to make a value of them cannot fail.
        self.external = serde_json::to_value(External::of(case)).unwrap_or_default();
        let timing = &case.timing;
        self.timing_ms = TimingMs {
            open: ms(timing.open),
            syntax: ms(timing.syntax),
            behavior: ms(timing.behavior),
            model: ms(timing.model),
            total: self.timing_ms.total,
        };
    }

    /// Tells of a package and of what the model says of the new in it. The verdict is that of the new alone.
    pub fn fill_update(&mut self, old: &Case, new: &Case, update: &Update) {
        self.fill(new);
        self.judged(&update.verdict);
        let (sha256, version) = (old.package.sha256.clone(), old.package.version.clone());
        self.against = Some(Against { sha256, version });
        let line = |new_step: &diff::NewStep| {
            let step = new.sequence.steps.get(new_step.step)?;
            Some(NewStep {
                phase: step.phase,
                feature: step.feature,
                phrase: step.feature.phrase().to_owned(),
                detail: step.detail.clone(),
                file: path_of(new, step.doc).to_owned(),
                line: step.line,
                score: new_step.score,
            })
        };
        self.new_steps = update.steps.iter().filter_map(line).collect();
    }

    fn judged(&mut self, verdict: &Verdict) {
        self.state = verdict.state;
        self.why.clone_from(&verdict.why);
        self.probability = verdict.judgement.as_ref().map(|judgement| judgement.probability);
        self.windows = verdict.judgement.as_ref().map_or(0, |judgement| judgement.windows.len());
        if let Some(judgement) = &verdict.judgement {
            self.threshold = judgement.threshold;
        }
    }

    /// Tells what an earlier scan said of the same archive, wherever it lay then.
    pub fn recall(&mut self, answer: Self) {
        let path = std::mem::take(&mut self.path);
        *self = Self { path, cached: true, ..answer };
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
