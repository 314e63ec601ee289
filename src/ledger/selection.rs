//! How a package came before the analyst: kept beside a label, since a sample is worth more the less it was picked.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// What comes first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Order {
    /// What is most likely malicious.
    Risk,
    /// What is closest to the threshold.
    Uncertainty,
    /// What was published, or else added, first.
    Age,
    /// Of ten: three by risk, three by uncertainty, three on which the parts of the model disagree, one at random.
    #[default]
    Mixed,
}

/// Why a package stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Why {
    /// Its probability.
    Risk,
    /// Its closeness to the threshold.
    Uncertain,
    /// The network and the linear model say different things.
    Disagreement,
    /// Its age.
    Age,
    /// By lot, whatever the tool says of it: from these the tool's accuracy can be estimated without bias.
    Random,
    /// It stands beside its near-duplicate.
    Alike,
    /// The analyst picked it from the list.
    Chosen,
}

impl Why {
    /// Whether the reason follows from what the tool says of a package: before it was read, that is no reason yet.
    #[must_use]
    pub fn is_said(self) -> bool {
        matches!(self, Self::Risk | Self::Uncertain | Self::Disagreement)
    }
}

/// How a package came before the analyst, kept beside the label: a sample that was drawn by lot is worth more than one that
/// was picked for its score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The order of the queue.
    pub order: Order,
    /// Why the package stood where it stood.
    pub why: Why,
    /// For a label that was given to near-duplicates together: the SHA-256 of the package that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
}
