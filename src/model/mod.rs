//! From a text to a verdict, and what was learnt for it.
//!
//! `bert` is the network, `linear` the model beside it, `judge` the two at work on a text; `train` makes them,
//! `evaluate` measures them, `explain` says why they answered as they did.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub mod bert;
pub mod calibration;
mod check;
pub mod config;
pub mod dataset;
pub mod device;
pub mod evaluate;
pub mod explain;
pub mod judge;
pub mod linear;
pub mod load;
pub mod slice;
pub mod train;
pub mod update;
pub mod window;

pub use device::Device;
pub use judge::{Classification, Model};

/// What the model says of one text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judgement {
    /// Calibrated probability that the package is malicious.
    pub probability: f32,
    /// From here on a package is flagged.
    pub threshold: f32,
    /// What the network read, window by window.
    pub windows: Vec<Window>,
    /// What the two models said.
    #[serde(default)]
    pub margins: Margins,
    /// `cpu`, `cuda:0`, `metal`.
    pub device: String,
}

/// Log odds of the two models, before calibration. The linear model judges files by themselves too: a payload of a few lines
/// speaks up in a package of thousands. The network reads the whole alone: measured, its word on single files raised more false
/// alarms than it found malware.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Margins {
    /// The network's, of the whole text.
    pub network: f64,
    /// The linear model's, of the whole text.
    pub linear: Option<f64>,
    /// The linear model's highest, of the files by themselves.
    pub linear_file: Option<f64>,
    /// The file of that, by index in the package.
    pub file: Option<usize>,
}

impl Margins {
    /// The file that alarms the linear model more by itself than the whole does.
    #[must_use]
    pub fn deciding_file(&self) -> Option<usize> {
        self.file.filter(|_| self.linear_file > self.linear)
    }

    /// The linear model's log odds of the package: of the whole, or of a file that alarms more by itself.
    #[must_use]
    pub fn linear(&self) -> Option<f64> {
        let whole = self.linear?;
        Some(self.linear_file.map_or(whole, |file| file.max(whole)))
    }
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

impl Window {
    /// How much more the logits speak for malicious than for benign.
    #[must_use]
    pub fn margin(&self) -> f64 {
        let [benign, malicious] = self.logits;
        f64::from(malicious) - f64::from(benign)
    }
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
    #[error("the model could not run: {}", plain(.0))]
    Tensor(#[from] candle_core::Error),
    /// What the model says is no number.
    #[error("the model {0} answers with a number that is none: it is damaged or was trained badly; use another")]
    NoNumber(String),
    /// A setting of a training that makes no sense.
    #[error("--{name} {value}: {what}")]
    Setting {
        /// The option's name.
        name: &'static str,
        /// What it was set to.
        value: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The loss of a training is no number any more.
    #[error("the loss is no number at step {step}: the training has come apart and nothing was written; lower --lr")]
    Diverged {
        /// Number of the step from 1.
        step: usize,
    },
    /// The device is not there or not built in.
    #[error("device {device}: {why}")]
    Device {
        /// Its name.
        device: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The tokenizer failed, or is none of BERT's.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// A file is missing, unreadable or not what it should be.
    #[error("{path}: {what}")]
    File {
        /// Where.
        path: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A line of a dataset is not what was expected.
    #[error("line {line} of the dataset: {what}")]
    Dataset {
        /// Line number from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// An error of the tensor library without the backtrace that it adds where one is asked for.
fn plain(error: &candle_core::Error) -> String {
    use candle_core::Error;
    match error {
        Error::WithBacktrace { inner, .. } => plain(inner),
        Error::Context { inner, context } => format!("{context}: {}", plain(inner)),
        Error::WithPath { inner, path } => format!("{}: {}", path.display(), plain(inner)),
        other => other.to_string(),
    }
}

impl ModelError {
    pub(crate) fn file(path: &Path, what: &dyn std::fmt::Display) -> Self {
        Self::File { path: path.display().to_string(), what: what.to_string() }
    }
}
