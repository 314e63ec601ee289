//! What of a package's behavior a model is given to read, and in which words.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

/// The words that a text is written in.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Vocabulary {
    /// Normalised details, each once per phase, and package facts: all features.
    #[default]
    Extended,
    /// The published sequence: the phrases of the 16 features, entry by entry, each step written.
    Paper,
}

/// A part of the analysis that can be left out, to measure what it is worth.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Display, EnumString, VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Part {
    /// The order of the steps: within a phase the words stand by the alphabet.
    Order,
    /// What a package says of itself: the text begins with the first phase.
    Facts,
    /// Calls and imports inside the package: every function is walked by itself.
    CallGraph,
    /// Constant folding, and with it the layers.
    Folding,
    /// Where data comes from.
    Flow,
}

/// How a package is turned into the text that a model reads. A model is trained on one reading and records it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// The words.
    pub vocabulary: Vocabulary,
    /// What is left out.
    pub without: BTreeSet<Part>,
}

impl Reading {
    /// Whether a part is kept.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        !self.without.contains(&part)
    }
}
