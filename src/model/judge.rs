//! A loaded model at work.

use std::collections::BTreeMap;

use candle_core::Tensor;
use serde::Serialize;

use super::bert::encoder::{Classifier, Maps};
use super::calibration::Ensemble;
use super::config::{BertConfig, Card};
use super::linear::Linear;
use super::slice::{self, Slice};
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

/// So many files the network reads by themselves, those that alarm the linear model most: a payload is seldom spread over more.
pub(super) const READ_ALONE: usize = 2;

/// The network's margins of the whole text and, the highest, of a file by itself, from those of the windows with the file
/// that each tells of.
pub(super) fn by_part(windows: impl Iterator<Item = (Option<usize>, f64)>) -> (f64, Option<f64>) {
    let mut parts: BTreeMap<Option<usize>, Vec<f64>> = BTreeMap::new();
    for (file, margin) in windows {
        parts.entry(file).or_default().push(margin);
    }
    let whole = parts.remove(&None).map_or(0.0, |margins| combine(&margins));
    (whole, parts.values().map(|margins| combine(margins)).reduce(f64::max))
}

/// What speaks against malicious, with more than two classes the strongest: the class and its logit.
pub(super) fn against(logits: &[f32], malicious: usize) -> (usize, f32) {
    let others = logits.iter().copied().enumerate().filter(|(class, _)| *class != malicious);
    others.fold((malicious, f32::NEG_INFINITY), |best, other| if other.1 > best.1 { other } else { best })
}

/// A window that is not read yet: the file that it tells of, its tokens.
pub(super) type Framed = (Option<usize>, Vec<Token>);

/// The margin of a text from those of its windows. What runs at install and import stands in the first window, so it
/// counts most; another window speaks up only where it is more alarming.
fn combine(margins: &[f64]) -> f64 {
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
        let alarming = self.alarming(text, READ_ALONE);
        let windows = self.read(self.framed(text, &alarming)?)?;
        let (network, network_file) = by_part(windows.iter().map(|window| (window.file, window.margin())));
        let margins = Margins {
            network,
            network_file,
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

    /// The windows of a text and of its alarming files, not read yet.
    pub(super) fn framed(&self, text: &ModelText, alarming: &[(Slice, f64)]) -> Result<Vec<Framed>, ModelError> {
        let mut framed = self.framed_text(text, None)?;
        for (slice, _) in alarming {
            framed.extend(self.framed_slice(text, slice)?);
        }
        Ok(framed)
    }

    fn framed_text(&self, text: &ModelText, file: Option<usize>) -> Result<Vec<Framed>, ModelError> {
        let tokens = self.reader.tokens(text)?;
        let most = self.card.window.min(self.longest()).saturating_sub(2);
        let cut = windows(&tokens, most, self.card.overlap).into_iter();
        Ok(cut.map(|range| (file, self.reader.frame(tokens.get(range).unwrap_or_default()))).collect())
    }

    /// The windows of what one file tells; tokens keep their places in the whole text.
    fn framed_slice(&self, text: &ModelText, slice: &Slice) -> Result<Vec<Framed>, ModelError> {
        let own = slice::text_of(text, &slice.pieces);
        let mut framed = self.framed_text(&own, Some(slice.file))?;
        for token in framed.iter_mut().flat_map(|(_, tokens)| tokens) {
            let Some(piece) = token.piece else { continue };
            let whole = slice.pieces.get(piece).copied();
            let start = |text: &ModelText, piece: Option<usize>| {
                piece.and_then(|piece| text.pieces.get(piece)).map_or(0, |piece| piece.range.start)
            };
            let (from, to) = (start(&own, Some(piece)), start(text, whole));
            token.range = token.range.start + to - from..token.range.end + to - from;
            token.piece = whole;
        }
        Ok(framed)
    }

    fn no_number(&self) -> ModelError {
        ModelError::NoNumber(self.name().to_owned())
    }

    fn read(&self, framed: Vec<Framed>) -> Result<Vec<Window>, ModelError> {
        let malicious = self.config.malicious();
        let ids: Vec<Vec<u32>> = framed.iter().map(|(_, tokens)| tokens.iter().map(|t| t.id).collect()).collect();
        let mut read = Vec::with_capacity(framed.len());
        for ((file, tokens), reading) in framed.into_iter().zip(self.network.read_all(&ids)?) {
            if !reading.logits.iter().all(|logit| logit.is_finite()) {
                return Err(self.no_number());
            }
            let yes = reading.logits.get(malicious).copied().unwrap_or_default();
            let (_, no) = against(&reading.logits, malicious);
            let cls_attention =
                reading.attention.iter().map(|map| map.squeeze(1)?.to_vec2()).collect::<candle_core::Result<_>>()?;
            read.push(Window { file, tokens, logits: [no, yes], cls_attention });
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
