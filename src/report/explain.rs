//! Which steps speak for malicious and which against: schema `cerebro-explain/1`.

use serde::Serialize;

use super::model::ModelLine;
use super::place::path_of;
use crate::behavior::Step;
use crate::case::Case;
use crate::model::explain::{Explanation, Method};
use crate::model::{Judgement, Model};
use crate::package::{Phase, Skip};
use crate::syntax::Doc;

/// The whole answer. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    sha256: &'a str,
    name: Option<&'a str>,
    version: Option<&'a str>,
    model: ModelLine,
    probability: f32,
    threshold: f32,
    method: Method,
    signed: bool,
    note: &'a str,
    tokens: Vec<TokenLine<'a>>,
    /// `score`: the steps are listed by score, highest first, equal ones in run order.
    order: &'static str,
    steps: Vec<StepLine<'a>>,
    facts: Vec<FactLine<'a>>,
    skipped: Vec<&'a Skip>,
}

#[derive(Debug, Serialize)]
struct TokenLine<'a> {
    window: usize,
    text: &'a str,
    score: f64,
    piece: Option<usize>,
}

#[derive(Debug, Serialize)]
struct StepLine<'a> {
    index: usize,
    phase: Phase,
    words: &'a str,
    path: String,
    line: usize,
    score: f64,
}

/// What the model read that is no step: a fact of the package or the name of a phase.
#[derive(Debug, Serialize)]
struct FactLine<'a> {
    words: &'a str,
    score: f64,
}

impl<'a> Document<'a> {
    /// What an explanation tells of a case.
    #[must_use]
    pub fn new(case: &'a Case, model: &'a Model, judgement: &'a Judgement, explanation: &'a Explanation) -> Self {
        let tokens =
            judgement.windows.iter().zip(&explanation.tokens).enumerate().flat_map(|(window, (read, scores))| {
                read.tokens.iter().zip(scores).map(move |(token, score)| TokenLine {
                    window,
                    text: &token.text,
                    score: *score,
                    piece: token.piece,
                })
            });
        Self {
            schema: "cerebro-explain/1",
            sha256: &case.package.sha256,
            name: case.package.name.as_deref(),
            version: case.package.version.as_deref(),
            model: ModelLine::of(model),
            probability: judgement.probability,
            threshold: judgement.threshold,
            method: explanation.method,
            signed: explanation.method.signed(),
            note: &explanation.note,
            tokens: tokens.collect(),
            order: "score",
            steps: steps(case, explanation),
            facts: facts(case, explanation),
            skipped: case.skipped(),
        }
    }
}

/// All steps, the highest score first.
fn steps<'a>(case: &'a Case, explanation: &Explanation) -> Vec<StepLine<'a>> {
    let mut lines = Vec::with_capacity(case.sequence.steps.len());
    for (piece, score) in case.text.pieces.iter().zip(&explanation.pieces) {
        let words = case.text.text.get(piece.range.clone()).unwrap_or_default();
        lines.extend(piece.steps.iter().filter_map(|index| {
            let step = case.sequence.steps.get(*index)?;
            let path = place(case, step);
            Some(StepLine { index: *index, phase: step.phase, words, path, line: step.line, score: *score })
        }));
    }
    lines.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
    lines
}

/// What is no step, the highest score first.
fn facts<'a>(case: &'a Case, explanation: &Explanation) -> Vec<FactLine<'a>> {
    let pieces = case.text.pieces.iter().zip(&explanation.pieces).filter(|(piece, _)| piece.steps.is_empty());
    let words = |range: &std::ops::Range<usize>| case.text.text.get(range.clone()).unwrap_or_default();
    let mut lines: Vec<FactLine<'a>> =
        pieces.map(|(piece, score)| FactLine { words: words(&piece.range), score: *score }).collect();
    lines.sort_by(|a, b| b.score.total_cmp(&a.score));
    lines
}

/// Path of the file that a step stands in; of a layer, with its number.
#[must_use]
pub fn place(case: &Case, step: &Step) -> String {
    let path = path_of(case, step.doc);
    match step.doc {
        Doc::File(_) => path.to_owned(),
        Doc::Layer(layer) => format!("{path} layer {layer}"),
    }
}
