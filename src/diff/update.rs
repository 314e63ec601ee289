//! The verdict of a difference: what a package does that a former version did not, judged by itself.
//!
//! The former version is the context: a step is new when no step of it has the same words in the same phase. What was read
//! of neither is no reason for trust, so the rules of [`Rule`] hold for the new version as they do without a former one.

use serde::{Deserialize, Serialize};

use crate::case::{Case, Rule, State, Verdict};
use crate::model::explain::{Choice, Method};
use crate::model::{Model, ModelError, slice, update};

/// What the tool says of an update.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Update {
    /// The answer, of the new steps alone; benign without a judgement where nothing new behaves.
    pub verdict: Verdict,
    /// The new steps, that which speaks most for malicious first.
    pub steps: Vec<NewStep>,
}

/// A step that no step of the former version says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NewStep {
    /// Index in the new version's `Sequence::steps`.
    pub step: usize,
    /// Log odds that it adds; equal steps of a phase have one score.
    pub score: f64,
}

impl Update {
    /// Lets the model judge what is new. Both versions must have been read its way.
    ///
    /// # Errors
    /// When the device fails.
    pub fn of(old: &Case, new: &Case, model: &Model) -> Result<Self, ModelError> {
        let added = update::added(&old.text, &new.text);
        let text = slice::text_of(&new.text, &added);
        let (mut judgement, mut steps) = (None, Vec::new());
        if !added.is_empty() {
            judgement = Some(model.judge(&text)?);
            let explanation = model.explain(&text, Method::DEFAULT, Choice::default())?;
            for (piece, score) in text.pieces.iter().zip(&explanation.pieces) {
                steps.extend(piece.steps.iter().map(|step| NewStep { step: *step, score: *score }));
            }
            steps.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.step.cmp(&b.step)));
        }
        let malicious = judgement.as_ref().is_some_and(|said| said.probability >= said.threshold);
        let rule = if malicious { None } else { Rule::before(new).or_else(|| Rule::after(new, 0.0)) };
        let state = match &rule {
            Some(_) => State::CannotJudge,
            None if malicious => State::Malicious,
            None => State::Benign,
        };
        let verdict = Verdict { state, why: rule.map(|rule| rule.sentence()), judgement: judgement.map(Into::into) };
        Ok(Self { verdict, steps })
    }
}
