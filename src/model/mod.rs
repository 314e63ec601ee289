//! Tokenizer, BERT encoder, classifier, training, devices.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::behavior::ModelText;

pub mod baseline;
pub mod dataset;
pub mod linear;
pub mod metrics;
pub mod report;

/// What the model says of one text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judgement {
    /// Calibrated probability that the package is malicious.
    pub probability: f32,
    /// From here on a package is flagged.
    pub threshold: f32,
    /// What was read, window by window.
    pub windows: Vec<Window>,
    /// `cpu`, `cuda:0`, `metal`.
    pub device: String,
}

/// One stretch of at most 512 tokens, cut at step borders.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Window {
    /// The tokens with `[CLS]` and `[SEP]`.
    pub tokens: Vec<Token>,
    /// Raw logits of the classes benign, malicious.
    pub logits: [f32; 2],
    /// Attention of `[CLS]`: `[layer][head][token]`, each row sums to 1.
    pub cls_attention: Vec<Vec<Vec<f32>>>,
}

/// One token of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The piece as the vocabulary spells it (`##env`).
    pub text: String,
    /// Vocabulary id.
    pub id: u32,
    /// Bytes of `ModelText::text`; empty for `[CLS]` and `[SEP]`.
    pub range: Range<usize>,
    /// Index in `ModelText::pieces`, `None` for special tokens.
    pub piece: Option<usize>,
}

/// Why the model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The device or the tensor library failed.
    #[error("the model could not run: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A line of a dataset is not what was expected.
    #[error("line {line} of the dataset: {what}")]
    Dataset {
        /// Line number from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// A loaded classifier.
pub struct Model;

impl Model {
    /// Loads a model folder onto a device (`auto`, `cpu`, `cuda:N`, `metal`).
    ///
    /// # Errors
    /// When the folder is no model or the device is not there.
    pub fn load(_folder: &Path, _device: &str) -> Result<Self, ModelError> {
        Err(candle_core::Error::Msg("not there yet".to_owned()).into())
    }

    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        ""
    }

    /// Hash of its files, hex.
    #[must_use]
    pub fn hash(&self) -> &str {
        ""
    }

    /// The probability from which on a package is flagged.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        0.5
    }

    /// Reads a text, window by window.
    ///
    /// # Errors
    /// When the device fails.
    pub fn judge(&self, _text: &ModelText) -> Result<Judgement, ModelError> {
        Err(candle_core::Error::Msg("not there yet".to_owned()).into())
    }
}
