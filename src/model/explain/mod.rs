//! Why the model answered as it did: what each token, piece and step added to the log odds.
//!
//! What is explained is the answer that is shown, the mixed log odds of network and linear model, not the network alone.
//! Attention and rollout are the exception: they show what the network looked at, which is no reason.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, VariantNames};

use super::{Model, ModelError};
use crate::behavior::ModelText;

pub mod attention;
mod gradient;
mod hiding;
mod linear;
pub mod measure;
pub mod pointing;
mod subject;

pub use attention::Choice;
use subject::Subject;

/// How an explanation is made.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    EnumIter,
    VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Method {
    /// The exact share of the linear model, and the network's gradients added up from a masked text to the text.
    Integrated,
    /// The exact share of the linear model, and the network's gradient times its input.
    Gradient,
    /// What the log odds lose when a piece is hidden.
    LeaveOneOut,
    /// Attention of `[CLS]`, averaged over layers and heads or of chosen ones.
    Attention,
    /// Attention followed through all layers.
    Rollout,
}

impl Default for Method {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Method {
    /// The method that measures best, see `cerebro eval --explanations`.
    pub const DEFAULT: Self = Self::Integrated;

    /// Whether scores speak for malicious where they are positive and against where they are negative. Without a sign they
    /// only say how much.
    #[must_use]
    pub fn signed(self) -> bool {
        !matches!(self, Self::Attention | Self::Rollout)
    }

    /// What the scores are, in a sentence.
    #[must_use]
    pub fn note(self) -> &'static str {
        match self {
            Self::LeaveOneOut => "log odds that are lost without the step",
            Self::Integrated => "log odds that a step adds, by integrated gradients and the linear model's exact share",
            Self::Gradient => "log odds that a step adds, by gradient times input and the linear model's exact share",
            Self::Attention => "share of the attention; attention is what the model looked at, not a reason",
            Self::Rollout => "attention followed through the layers; it is what the model looked at, not a reason",
        }
    }
}

/// A score for everything that the model read.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// How it was made.
    pub method: Method,
    /// What the scores are, and what was left out.
    pub note: String,
    /// Per window and token, in the order of [`super::Judgement::windows`]. The tokens of a piece add up to its score where
    /// scores are signed.
    pub tokens: Vec<Vec<f64>>,
    /// Per piece of the text.
    pub pieces: Vec<f64>,
}

impl Explanation {
    /// The score of each of `count` steps: that of the piece which speaks for it, so equal steps of a phase score alike.
    #[must_use]
    pub fn steps(&self, text: &ModelText, count: usize) -> Vec<f64> {
        let mut steps = vec![0.0; count];
        for (piece, score) in text.pieces.iter().zip(&self.pieces) {
            for step in &piece.steps {
                if let Some(slot) = steps.get_mut(*step) {
                    *slot += score;
                }
            }
        }
        steps
    }
}

impl Model {
    /// The log odds that a text is malicious; [`super::Judgement::probability`] is their logistic function.
    ///
    /// # Errors
    /// When the device fails.
    pub fn log_odds(&self, text: &ModelText) -> Result<f64, ModelError> {
        Ok(Subject::new(self, text)?.log_odds())
    }

    /// The log odds with some pieces hidden, an answer per set of pieces.
    ///
    /// # Errors
    /// When the device fails.
    pub fn without(&self, text: &ModelText, sets: &[Vec<usize>]) -> Result<Vec<f64>, ModelError> {
        Subject::new(self, text)?.without(sets)
    }

    /// Explains what the model says of a text. `choice` is the attention map, for [`Method::Attention`].
    ///
    /// # Errors
    /// When the device fails.
    pub fn explain(&self, text: &ModelText, method: Method, choice: Choice) -> Result<Explanation, ModelError> {
        if method == Method::Attention {
            let judgement = self.judge(text)?;
            return Ok(of_attention(&judgement.windows, text, choice));
        }
        explain(&Subject::new(self, text)?, method)
    }
}

/// The explanation by attention, from windows that were read already.
#[must_use]
pub fn of_attention(windows: &[super::Window], text: &ModelText, choice: Choice) -> Explanation {
    let tokens: Vec<Vec<f64>> = windows.iter().map(|window| attention::of_window(window, choice)).collect();
    let pieces = strongest(windows.iter().map(|window| window.tokens.as_slice()).zip(&tokens), text);
    let note = format!("{}: {}", choice.describe(), Method::Attention.note());
    Explanation { method: Method::Attention, note, tokens, pieces }
}

fn explain(subject: &Subject<'_>, method: Method) -> Result<Explanation, ModelError> {
    let mut note = method.note().to_owned();
    let (tokens, pieces) = match method {
        Method::Attention => {
            return Ok(of_attention(&subject.model.judge(subject.text)?.windows, subject.text, Choice::default()));
        }
        Method::Rollout => {
            let tokens = attention::rollout(subject)?;
            let pieces = strongest(subject.windows.iter().map(Vec::as_slice).zip(&tokens), subject.text);
            (tokens, pieces)
        }
        Method::Gradient => with_linear(subject, gradient::at_the_text(subject)?),
        Method::Integrated => {
            let (tokens, pieces) = with_linear(subject, gradient::integrated(subject)?);
            let all: Vec<usize> = (0..pieces.len()).collect();
            let empty = subject.without(&[all])?.first().copied().unwrap_or_default();
            let (whole, sum) = (subject.log_odds() - empty, pieces.iter().sum::<f64>());
            note += &format!(
                "; {} steps, the scores add up to {sum:.2} of the {whole:.2} between the text and an empty one",
                gradient::STEPS
            );
            (tokens, pieces)
        }
        Method::LeaveOneOut => {
            let found = hiding::leave_one_out(subject, hiding::BUDGET)?;
            if found.untried > 0 {
                note += &format!("; {} weak pieces of a long text were not tried and score 0", found.untried);
            }
            (spread(subject, &found.pieces), found.pieces)
        }
    };
    Ok(Explanation { method, note, tokens, pieces })
}

/// Scores of pieces where those of windows are shares: windows overlap, and a piece counts as where it has most.
fn strongest<'a>(windows: impl Iterator<Item = (&'a [super::Token], &'a Vec<f64>)>, text: &ModelText) -> Vec<f64> {
    let mut pieces = vec![0.0_f64; text.pieces.len()];
    for (tokens, scores) in windows {
        let mut own = vec![0.0_f64; text.pieces.len()];
        for (token, score) in tokens.iter().zip(scores) {
            if let Some(slot) = token.piece.and_then(|piece| own.get_mut(piece)) {
                *slot += score;
            }
        }
        pieces.iter_mut().zip(own).for_each(|(piece, own)| *piece = piece.max(own));
    }
    pieces
}

/// Adds up the network's scores per piece and puts the linear model's share on top.
fn with_linear(subject: &Subject<'_>, mut tokens: Vec<Vec<f64>>) -> (Vec<Vec<f64>>, Vec<f64>) {
    let scale = subject.model.card.ensemble.linear_scale;
    let mut pieces: Vec<f64> = match subject.terms() {
        Some(terms) => linear::contributions(terms, subject.text.pieces.len()).iter().map(|c| c * scale).collect(),
        None => vec![0.0; subject.text.pieces.len()],
    };
    let shares = spread(subject, &pieces);
    for ((window, scores), shares) in subject.windows.iter().zip(&mut tokens).zip(&shares) {
        for ((token, score), share) in window.iter().zip(scores).zip(shares) {
            if let Some(slot) = token.piece.and_then(|piece| pieces.get_mut(piece)) {
                *slot += *score;
            }
            *score += share;
        }
    }
    (tokens, pieces)
}

/// Scores of pieces, shared evenly by their tokens in all windows.
fn spread(subject: &Subject<'_>, pieces: &[f64]) -> Vec<Vec<f64>> {
    let mut counts = vec![0_usize; pieces.len()];
    for piece in subject.windows.iter().flatten().filter_map(|token| token.piece) {
        if let Some(count) = counts.get_mut(piece) {
            *count += 1;
        }
    }
    let share = |piece: Option<usize>| {
        let piece = piece?;
        Some(pieces.get(piece)? / (*counts.get(piece)?).max(1) as f64)
    };
    subject.windows.iter().map(|tokens| tokens.iter().map(|t| share(t.piece).unwrap_or_default()).collect()).collect()
}

#[cfg(test)]
mod tests;
