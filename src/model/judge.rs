//! A loaded model at work.

use candle_core::Tensor;
use serde::Serialize;

use super::bert::encoder::{Classifier, Maps};
use super::calibration::Ensemble;
use super::config::{BertConfig, Card};
use super::linear::Linear;
use super::slice::Slice;
use super::window::{Reader, windows};
use super::{Judgement, Margins, ModelError, Token, Window};
use crate::behavior::{ModelText, Reading};

/// A loaded classifier.
pub struct Model {
    pub(super) network: Classifier,
    pub(super) reader: Reader,
    pub(super) linear: Option<Linear>,
    pub(super) config: BertConfig,
    pub(super) card: Card,
    pub(super) hash: String,
    pub(super) device: String,
}

/// What a classifier says of one text, unabridged: how our encoder is compared with others.
#[derive(Debug, Clone, Serialize)]
pub struct Classification {
    /// Tokens with `[CLS]` and `[SEP]`.
    pub tokens: Vec<String>,
    /// Their ids.
    pub ids: Vec<u32>,
    /// One number per class.
    pub logits: Vec<f32>,
    /// Their softmax.
    pub probabilities: Vec<f32>,
    /// `[layer][head][from][to]`, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Vec<Vec<Vec<Vec<f32>>>>>,
}

/// What speaks against malicious, with more than two classes the strongest: the class and its logit.
pub(super) fn against(logits: &[f32], malicious: usize) -> (usize, f32) {
    let others = logits.iter().copied().enumerate().filter(|(class, _)| *class != malicious);
    others.fold((malicious, f32::NEG_INFINITY), |best, other| if other.1 > best.1 { other } else { best })
}

/// The margin of a text from those of its windows. What runs at install and import stands in the first window, so it
/// counts most; another window speaks up only where it is more alarming.
pub(super) fn combine(margins: &[f64]) -> f64 {
    let first = margins.first().copied().unwrap_or_default();
    let highest = margins.iter().copied().fold(first, f64::max);
    0.7 * first + 0.3 * highest
}

impl Model {
    /// The model's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// SHA-256, hex, over the files that decide what the model says: the same hash means the same answers.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// `cpu`, `cuda:0`, `metal`.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// How packages must be read for it.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        &self.card.reading
    }

    /// From this probability on a package is flagged.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.card.threshold
    }

    /// How far a probability was off on held-out campaigns, on average; `None` where that was not measured.
    #[must_use]
    pub fn calibration_error(&self) -> Option<f32> {
        self.card.calibration_error
    }

    /// That it was trained on the texts of another extractor, as one plain sentence.
    #[must_use]
    pub fn mismatch(&self) -> Option<String> {
        self.card.mismatch()
    }

    /// How the two models' log odds make one.
    #[must_use]
    pub fn ensemble(&self) -> Ensemble {
        self.card.ensemble
    }

    /// Names of the classes in the order of [`Classification::logits`].
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.config.labels
    }

    /// Most tokens that the network can read at once.
    fn longest(&self) -> usize {
        self.config.bert.max_position_embeddings
    }

    /// The files that alarm the linear model most, at most so many, with what it says of each.
    pub(super) fn alarming(&self, text: &ModelText, most: usize) -> Vec<(Slice, f64)> {
        let mut ranked = self.linear.as_ref().map_or_else(Vec::new, |linear| linear.ranked(text));
        ranked.truncate(most);
        ranked
    }

    /// Reads a text, window by window. The same text gives the same numbers, bit for bit.
    ///
    /// # Errors
    /// When the device fails.
    pub fn judge(&self, text: &ModelText) -> Result<Judgement, ModelError> {
        let alarming = self.alarming(text, 1);
        let windows = self.read(self.framed(text)?)?;
        let margins = Margins {
            network: combine(&windows.iter().map(Window::margin).collect::<Vec<_>>()),
            linear: self.linear.as_ref().map(|linear| linear.margin(text)),
            linear_file: alarming.first().map(|(_, margin)| *margin),
            file: alarming.first().map(|(slice, _)| slice.file),
        };
        let probability = self.card.ensemble.probability(&margins) as f32;
        if !probability.is_finite() {
            return Err(self.no_number());
        }
        Ok(Judgement { probability, threshold: self.card.threshold, windows, margins, device: self.device.clone() })
    }

    /// The windows of a text, not read yet.
    pub(super) fn framed(&self, text: &ModelText) -> Result<Vec<Vec<Token>>, ModelError> {
        let tokens = self.reader.tokens(text)?;
        let most = self.card.window.min(self.longest()).saturating_sub(2);
        let cut = windows(&tokens, most, self.card.overlap).into_iter();
        Ok(cut.map(|range| self.reader.frame(tokens.get(range).unwrap_or_default())).collect())
    }

    fn no_number(&self) -> ModelError {
        ModelError::NoNumber(self.name().to_owned())
    }

    fn read(&self, framed: Vec<Vec<Token>>) -> Result<Vec<Window>, ModelError> {
        let malicious = self.config.malicious();
        let ids: Vec<Vec<u32>> = framed.iter().map(|tokens| tokens.iter().map(|t| t.id).collect()).collect();
        let mut read = Vec::with_capacity(framed.len());
        for (tokens, reading) in framed.into_iter().zip(self.network.read_all(&ids)?) {
            if !reading.logits.iter().all(|logit| logit.is_finite()) {
                return Err(self.no_number());
            }
            let yes = reading.logits.get(malicious).copied().unwrap_or_default();
            let (_, no) = against(&reading.logits, malicious);
            let cls_attention =
                reading.attention.iter().map(|map| map.squeeze(1)?.to_vec2()).collect::<candle_core::Result<_>>()?;
            read.push(Window { tokens, logits: [no, yes], cls_attention });
        }
        Ok(read)
    }

    /// Runs the bare classifier over a text, which is cut off where it exceeds what the network can read at once.
    ///
    /// # Errors
    /// When the device fails.
    pub fn classify(&self, text: &str, attention: bool) -> Result<Classification, ModelError> {
        let text = ModelText { text: text.to_owned(), pieces: Vec::new() };
        let mut tokens = self.reader.tokens(&text)?;
        tokens.truncate(self.longest().saturating_sub(2));
        let tokens = self.reader.frame(&tokens);
        let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
        let reading = self.network.read(&ids, if attention { Maps::Full } else { Maps::Cls })?;
        if !reading.logits.iter().all(|logit| logit.is_finite()) {
            return Err(self.no_number());
        }
        let maps = |maps: &[Tensor]| maps.iter().map(Tensor::to_vec3).collect::<candle_core::Result<_>>();
        Ok(Classification {
            tokens: tokens.into_iter().map(|token| token.text).collect(),
            ids,
            probabilities: softmax(&reading.logits),
            logits: reading.logits,
            attention: if attention { Some(maps(&reading.attention)?) } else { None },
        })
    }
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
    let total: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}
