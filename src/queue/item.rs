//! A package that waits for a decision, and what is known of it without opening it.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::similar::Signature;
use crate::case::{Case, State};
use crate::package::{Ecosystem, Package};

/// Something to put into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The path, canonical: one package is not added twice under two names.
    pub path: String,
    /// What was found there.
    pub arrived: Arrived,
    /// When it was published, by the feed.
    pub published: Option<Timestamp>,
    /// Where the feed says it comes from, `""` where it says nothing.
    pub source: String,
}

/// What was found at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// A package.
    Package {
        /// SHA-256 as of [`Package::sha256`].
        sha256: String,
        /// Name, `""` where unknown.
        name: String,
        /// Version, `""` where unknown.
        version: String,
        /// Registry family.
        ecosystem: Ecosystem,
    },
    /// An archive that could not be read: damaged, encrypted, over the limits, gone.
    Unreadable {
        /// What is wrong with it, and what to do.
        why: String,
        /// Name by the feed, `""` where unknown.
        name: String,
        /// Version by the feed, `""` where unknown.
        version: String,
        /// Registry family by the feed.
        ecosystem: Ecosystem,
    },
}

impl Arrived {
    /// What an opened package says of itself.
    #[must_use]
    pub fn of(package: &Package) -> Self {
        Self::Package {
            sha256: package.sha256.clone(),
            name: package.name.clone().unwrap_or_default(),
            version: package.version.clone().unwrap_or_default(),
            ecosystem: package.ecosystem,
        }
    }

    /// A package of which nothing is known but that it cannot be read.
    #[must_use]
    pub fn unreadable(why: impl Into<String>) -> Self {
        let (name, version) = (String::new(), String::new());
        Self::Unreadable { why: why.into(), name, version, ecosystem: Ecosystem::Unknown }
    }
}

/// What the tool said of a package when it was read for the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The three-valued answer.
    pub state: State,
    /// Probability of malice, `None` where the model read nothing.
    pub probability: Option<f32>,
    /// From here on a package is flagged.
    pub threshold: Option<f32>,
    /// How far the model's two parts, network and linear model, are from each other in probability; `None` where it has one.
    pub disagreement: Option<f32>,
    /// Hash of the model's files.
    pub model: String,
    /// Which extraction wrote the text that it read.
    pub extractor: String,
}

impl Judged {
    /// What a case's verdict says; `None` while it has none.
    #[must_use]
    pub fn of(case: &Case, model: &str, extractor: &str) -> Option<Self> {
        let verdict = case.verdict.as_ref()?;
        let judgement = verdict.judgement.as_ref();
        let disagreement = judgement.and_then(|judgement| {
            let margins = &judgement.margins;
            Some((sigmoid(margins.network) - sigmoid(margins.linear()?)).abs() as f32)
        });
        Some(Self {
            state: verdict.state,
            probability: judgement.map(|judgement| judgement.probability),
            threshold: judgement.map(|judgement| judgement.threshold),
            disagreement,
            model: model.to_owned(),
            extractor: extractor.to_owned(),
        })
    }

    /// Log odds above the threshold: positive from the threshold on. 0 where there is no probability: nothing is known that
    /// speaks for either side.
    #[must_use]
    pub fn margin(&self) -> f64 {
        match (self.probability, self.threshold) {
            (Some(probability), Some(threshold)) => log_odds(probability) - log_odds(threshold),
            _ => 0.0,
        }
    }

    /// Distance to the threshold in log odds; what could not be judged counts as being on it.
    #[must_use]
    pub fn certainty(&self) -> f64 {
        if self.state == State::CannotJudge { 0.0 } else { self.margin().abs() }
    }
}

/// Log odds of a probability, kept finite.
fn log_odds(probability: f32) -> f64 {
    let probability = f64::from(probability).clamp(1e-6, 1.0 - 1e-6);
    (probability / (1.0 - probability)).ln()
}

fn sigmoid(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

/// A package in the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Number, in the order of adding.
    pub number: i64,
    /// Where it lies.
    pub path: PathBuf,
    /// SHA-256 as of [`Package::sha256`], `""` while it could not be read.
    pub sha256: String,
    /// Name, `""` where unknown.
    pub name: String,
    /// Version, `""` where unknown.
    pub version: String,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// When it came into the queue.
    pub added: Timestamp,
    /// When it was published, by the feed.
    pub published: Option<Timestamp>,
    /// Where the feed says it comes from.
    pub source: String,
    /// Why it cannot be read.
    pub failed: Option<String>,
    /// What the tool said, `None` until it has been read.
    pub judged: Option<Judged>,
    /// What near-duplicates are found by, `None` where it holds no code.
    pub signature: Option<Signature>,
    /// When it was last given to somebody.
    pub given: Option<Timestamp>,
}

impl Item {
    /// Since when it waits, for the order by age: its publication where the feed tells it.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.published.unwrap_or(self.added)
    }

    /// Name and version, else the last part of the path. Untrusted.
    #[must_use]
    pub fn title(&self) -> String {
        if self.name.is_empty() {
            let last = self.path.file_name().unwrap_or(self.path.as_os_str());
            return last.to_string_lossy().into_owned();
        }
        format!("{} {}", self.name, self.version).trim_end().to_owned()
    }

    /// Whether it is to be read: it was not yet, or by another model or an earlier extraction.
    #[must_use]
    pub fn is_stale(&self, model: &str, extractor: &str) -> bool {
        self.failed.is_none() && self.judged.as_ref().is_none_or(|j| j.model != model || j.extractor != extractor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(state: State, probability: Option<f32>) -> Judged {
        Judged {
            state,
            probability,
            threshold: Some(0.3),
            disagreement: None,
            model: String::new(),
            extractor: String::new(),
        }
    }

    #[test]
    fn the_margin_is_zero_at_the_threshold_and_finite_at_the_ends() {
        assert_eq!(judged(State::Malicious, Some(0.3)).margin(), 0.0);
        assert!(judged(State::Malicious, Some(0.9)).margin() > 2.0);
        assert!(judged(State::Benign, Some(0.1)).margin() < -1.0);
        assert!(judged(State::Malicious, Some(1.0)).margin().is_finite());
        assert!(judged(State::Benign, Some(0.0)).margin().is_finite());
    }

    #[test]
    fn what_cannot_be_judged_is_as_uncertain_as_can_be() {
        assert_eq!(judged(State::CannotJudge, Some(0.01)).certainty(), 0.0);
        assert_eq!(judged(State::CannotJudge, None).certainty(), 0.0);
        let near = judged(State::Benign, Some(0.29)).certainty();
        assert!(near > 0.0 && near < judged(State::Malicious, Some(0.6)).certainty());
    }
}
