//! What the log records: one JSON body per event.
//!
//! A body never changes its meaning: a new kind of event (reviews, a queue's leases) is a new variant of [`What`],
//! and a version that does not know it reads it as [`What::Unknown`] and leaves it alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::labelled::Labelled;
use super::role::RoleSet;
use super::selection::Queued;
use super::span::MarkedSpan;
use super::suppression::Suppression;

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
    /// Somebody decided between labels that others had given.
    Adjudicated(Box<Labelled>),
    /// Bytes of a package were given a role.
    SpanMarked(Box<MarkedSpan>),
    /// A span that the same actor marked no longer stands.
    SpanRemoved {
        /// Number of the event that marked it.
        event: i64,
    },
    /// An indicator was given a role.
    RoleSet(Box<RoleSet>),
    /// Evidence is hidden from lists from now on.
    Suppressed(Box<Suppression>),
    /// A suppression no longer stands.
    SuppressionLifted {
        /// Number of the event that made it.
        event: i64,
    },
    /// What the same actor did earlier was taken back: a label, a span, a role, a suppression, or the removal of one.
    Undone {
        /// Number of the event taken back.
        event: i64,
    },
    /// What the same actor took back was done again.
    Redone {
        /// Number of the event that had taken it back.
        event: i64,
    },
    /// A package of the queue was looked at and left without a label.
    PassedOver {
        /// SHA-256 of the archive.
        sha256: String,
        /// How it came before the analyst.
        queued: Queued,
    },
    /// Written by a later version of the tool.
    #[serde(other)]
    Unknown,
}

impl What {
    /// Gives the events that this one is about other numbers.
    pub(super) fn renumber<E>(&mut self, mut number: impl FnMut(i64) -> Result<i64, E>) -> Result<(), E> {
        match self {
            Self::SpanRemoved { event }
            | Self::SuppressionLifted { event }
            | Self::Undone { event }
            | Self::Redone { event } => *event = number(*event)?,
            Self::Labelled(labelled) | Self::Adjudicated(labelled) => {
                for event in &mut labelled.given.adjudicates {
                    *event = number(*event)?;
                }
            }
            Self::SpanMarked(_) | Self::RoleSet(_) | Self::Suppressed(_) | Self::PassedOver { .. } | Self::Unknown => {}
        }
        Ok(())
    }
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
    use crate::ledger::{MarkedLayer, PlaceInText, SpanRole};
    use crate::text::Span;

    #[test]
    fn a_kind_of_a_later_version_is_left_alone() {
        let body = r#"{"time":"2026-11-20T18:01:00Z","actor":"a","tool":"9","kind":"reviewed","path":"x","start":3}"#;
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
    fn a_span_is_written_as_documented() {
        let span = MarkedSpan {
            sha256: "5a".into(),
            path: "package/a.js".into(),
            file_sha256: "77".into(),
            bytes: Span { start: 3, end: 9 },
            layer: Some(MarkedLayer {
                sha256: "1a".into(),
                recipe: vec!["base64".into()],
                depth: 1,
                bytes: Span { start: 0, end: 4 },
            }),
            place: Some(PlaceInText { line_start: 1, column_start: 1, line_end: 1, column_end: 4 }),
            text_sha256: "ee".into(),
            text_bytes: 4,
            role: SpanRole::BenignReason,
            note: String::new(),
            features: vec!["P4".into()],
        };
        let json = serde_json::to_string(&What::SpanMarked(Box::new(span.clone()))).unwrap();
        let expected = r#"{"kind":"span_marked","sha256":"5a","path":"package/a.js","file_sha256":"77","bytes":{"start":3,"end":9},"layer":{"sha256":"1a","recipe":["base64"],"depth":1,"bytes":{"start":0,"end":4}},"place":{"line_start":1,"column_start":1,"line_end":1,"column_end":4},"text_sha256":"ee","text_bytes":4,"role":"benign_reason","features":["P4"]}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<What>(&json).unwrap(), What::SpanMarked(Box::new(span)));
    }

    #[test]
    fn labels_have_the_class_numbers_and_names_of_the_taxonomy() {
        let names: Vec<(u8, String)> = Label::iter().map(|label| (label.id(), label.to_string())).collect();
        let expected = ["benign", "unwanted", "dual_use", "research_or_pentest", "suspicious_unresolved", "malicious"];
        let expected: Vec<_> = (0u8..).zip(expected.map(String::from)).collect();
        assert_eq!(names, expected);
    }
}
