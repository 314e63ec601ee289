//! What the log records: one JSON body per event.
//!
//! A body never changes its meaning: a new kind of event (spans, reviews, a queue's leases) is a new variant of [`What`],
//! and a version that does not know it reads it as [`What::Unknown`] and leaves it alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::behavior::ModelText;
use crate::case::{Case, State};
use crate::package::Ecosystem;

/// An analyst's verdict on a package: the six values of the label taxonomy.
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
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Label {
    /// Does what it says.
    Benign,
    /// Spam, a squatted name, an empty package.
    Unwanted,
    /// A tool that attackers use too, and says so.
    DualUse,
    /// Acts like malware for a declared test or study.
    ResearchOrPentest,
    /// Suspicious, and not decided.
    SuspiciousUnresolved,
    /// Harms whoever installs or uses it.
    Malicious,
}

impl Label {
    /// The class number in exported datasets (`class_label` of formats.md 7.2).
    #[must_use]
    pub fn id(self) -> u8 {
        match self {
            Self::Benign => 0,
            Self::Unwanted => 1,
            Self::DualUse => 2,
            Self::ResearchOrPentest => 3,
            Self::SuspiciousUnresolved => 4,
            Self::Malicious => 5,
        }
    }
}

/// The tool's own answer at the moment of the decision: what the analyst saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The three-valued answer.
    pub state: State,
    /// Probability of malice, `None` where the model read nothing.
    pub probability: Option<f32>,
    /// From here on a package is flagged.
    pub threshold: Option<f32>,
    /// Name of the model.
    pub model: String,
    /// Hash of the model's files.
    pub model_hash: String,
}

/// A decision on one package, with everything an exported dataset needs of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// SHA-256 of the archive: what the label is about.
    pub sha256: String,
    /// Last component of the path that was opened.
    pub filename: String,
    /// Size of the archive in bytes.
    pub size: u64,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// Name by the manifest, `""` where unknown.
    pub name: String,
    /// Version by the manifest, `""` where unknown.
    pub version: String,
    /// The verdict.
    pub label: Label,
    /// What the model reads.
    pub text: ModelText,
    /// The tool's answer on the screen, `None` where there was none yet.
    pub shown: Option<Shown>,
    /// Which extraction wrote `text`.
    pub extractor: String,
}

impl Labelled {
    /// A decision on a case. `model` is the name and hash of the loaded model; the score is recorded only with it.
    #[must_use]
    pub fn new(case: &Case, label: Label, model: Option<(&str, &str)>, extractor: &str) -> Self {
        let package = &case.package;
        let shown = case.verdict.as_ref().zip(model).map(|(verdict, (name, hash))| Shown {
            state: verdict.state,
            probability: verdict.judgement.as_ref().map(|j| j.probability),
            threshold: verdict.judgement.as_ref().map(|j| j.threshold),
            model: name.to_owned(),
            model_hash: hash.to_owned(),
        });
        Self {
            sha256: package.sha256.clone(),
            filename: package.path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default().to_owned(),
            size: package.size,
            ecosystem: package.ecosystem,
            name: package.name.clone().unwrap_or_default(),
            version: package.version.clone().unwrap_or_default(),
            label,
            text: ModelText::clone(&case.text),
            shown,
            extractor: extractor.to_owned(),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// A package was labelled.
    Labelled(Box<Labelled>),
    /// An earlier label by the same actor was taken back.
    Undone {
        /// Number of the event taken back.
        event: i64,
    },
    /// Written by a later version of the tool.
    #[serde(other)]
    Unknown,
}

/// The body of an event, hashed and stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// When, UTC.
    pub time: Timestamp,
    /// Who.
    pub actor: String,
    /// Version of the tool that wrote the event.
    pub tool: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// A stored event with its place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Number, from 1 without gaps.
    pub number: i64,
    /// Hash of the event before, [`super::chain::ROOT`] for the first.
    pub previous: String,
    /// SHA-256 over number, previous hash and body, hex.
    pub hash: String,
    /// What the event says.
    pub body: Body,
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn a_kind_of_a_later_version_is_left_alone() {
        let body =
            r#"{"time":"2026-11-20T18:01:00Z","actor":"a","tool":"9","kind":"span_marked","path":"x","start":3}"#;
        let body: Body = serde_json::from_str(body).unwrap();
        assert_eq!(body.what, What::Unknown);
        assert_eq!(body.actor, "a");
    }

    #[test]
    fn an_undo_is_written_as_documented() {
        let time = "2026-11-20T18:01:00Z".parse().unwrap();
        let body = Body { time, actor: "a".into(), tool: "0.1.0".into(), what: What::Undone { event: 4 } };
        let json = serde_json::to_string(&body).unwrap();
        assert_eq!(json, r#"{"time":"2026-11-20T18:01:00Z","actor":"a","tool":"0.1.0","kind":"undone","event":4}"#);
    }

    #[test]
    fn labels_have_the_class_numbers_and_names_of_the_taxonomy() {
        let names: Vec<(u8, String)> = Label::iter().map(|label| (label.id(), label.to_string())).collect();
        let expected = ["benign", "unwanted", "dual_use", "research_or_pentest", "suspicious_unresolved", "malicious"];
        let expected: Vec<_> = (0u8..).zip(expected.map(String::from)).collect();
        assert_eq!(names, expected);
    }
}
