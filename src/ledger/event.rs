//! What the log records: one JSON body per event.
//!
//! A body never changes its meaning: a new kind of event (spans, reviews, a queue's leases) is a new variant of [`What`],
//! and a version that does not know it reads it as [`What::Unknown`] and leaves it alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::labelled::Labelled;

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
