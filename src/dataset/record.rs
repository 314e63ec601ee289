//! One line of the dataset: formats.md 7.2, schema `triage-jsonl/1`, with `text` and `pieces` for training.
//!
//! Every key stands on every line and none is null: what nobody has recorded is `""`, `-1` or `[]`. A column that is empty in
//! the first rows is otherwise guessed wrong by the readers of data frames.

use std::io;

use jiff::Timestamp;
use serde::Serialize;

use super::groups::Grouped;
use crate::behavior::{Piece, Reading};
use crate::evidence::indicator::Kind;
use crate::ledger::{
    FileSeen, IndicatorRole, Label, Labelled, Ledger, LedgerError, MarkedSpan, SpanRole, Standing, StandingRole, What,
};
use crate::package::{Ecosystem, purl};

/// A package version with the label it has.
#[derive(Debug, Serialize)]
pub struct Record {
    schema: &'static str,
    /// Unique in the export and never given to another revision.
    pub record_id: String,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// Name, `""` where unknown.
    pub name: String,
    /// Version, `""` where unknown.
    pub version: String,
    purl: String,
    /// The archive.
    pub artifact: Artifact,
    /// The verdict.
    pub label: Label,
    label_id: u8,
    /// From 0 to 1, -1 where the analyst gave none.
    pub label_confidence: f64,
    uncertain: bool,
    origin: String,
    /// How it got among the packages.
    pub injection: String,
    /// What makes it run.
    pub trigger: Vec<String>,
    condition: Vec<String>,
    /// What it is after.
    pub objective: Vec<String>,
    /// How it goes about it.
    pub technique: Vec<String>,
    /// The techniques of MITRE ATT&CK that these stand for.
    pub attack_ids: Vec<&'static str>,
    /// What the analysts marked, oldest first.
    pub spans: Vec<Span>,
    /// The indicators that an analyst gave a role, as they are written, not defanged.
    pub iocs: Vec<Ioc>,
    decode_chain: Vec<String>,
    rationale: String,
    /// What the tool said when the label was given.
    pub model: Model,
    /// The last label of each person that stands.
    pub annotations: Vec<Annotation>,
    /// Share of the people who gave this label.
    pub agreement: f64,
    adjudicated_by: String,
    gold: bool,
    group: Group,
    split: &'static str,
    files: Vec<File>,
    selection: &'static str,
    provenance: Provenance,
    reading: Reading,
    text: String,
    pieces: Vec<Piece>,
}

/// The archive that was labelled.
#[derive(Debug, Serialize)]
pub struct Artifact {
    filename: String,
    /// SHA-256, hex.
    pub sha256: String,
    size: u64,
    fetched_at: &'static str,
    source: &'static str,
}

/// What the tool said when the label was given.
#[derive(Debug, Serialize)]
pub struct Model {
    name: String,
    version: String,
    /// Probability of malice, -1 where the model read nothing.
    pub score: f32,
    top_label: &'static str,
    shown_before_label: bool,
}

/// One person's label.
#[derive(Debug, Serialize)]
pub struct Annotation {
    /// Pseudonym.
    pub annotator: String,
    /// The verdict.
    pub label: Label,
    /// Seconds for which the package had been on the screen, -1 where nobody knows.
    pub seconds: f32,
    /// When.
    pub created_at: Timestamp,
    /// Whether neither a score nor somebody else's label was there to see.
    blind: bool,
}

/// Bytes that an analyst marked. Their text never enters a dataset; the hashes and offsets find it again.
#[derive(Debug, Serialize)]
pub struct Span {
    path: String,
    file_sha256: String,
    byte_start: usize,
    byte_end: usize,
    line_start: i64,
    line_end: i64,
    layer: usize,
    layer_sha256: String,
    layer_recipe: Vec<String>,
    layer_byte_start: i64,
    layer_byte_end: i64,
    role: SpanRole,
    tags: Vec<String>,
    text_sha256: String,
    text_bytes: usize,
    note: String,
}

impl From<&MarkedSpan> for Span {
    fn from(span: &MarkedSpan) -> Self {
        // No number of this size is cut off: they count bytes and lines of files in memory.
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let layer = span.layer.as_ref();
        Self {
            path: span.path.clone(),
            file_sha256: span.file_sha256.clone(),
            byte_start: span.bytes.start,
            byte_end: span.bytes.end,
            line_start: span.place.map_or(-1, |place| number(place.line_start)),
            line_end: span.place.map_or(-1, |place| number(place.line_end)),
            layer: layer.map_or(0, |layer| layer.depth),
            layer_sha256: layer.map(|layer| layer.sha256.clone()).unwrap_or_default(),
            layer_recipe: layer.map(|layer| layer.recipe.clone()).unwrap_or_default(),
            layer_byte_start: layer.map_or(-1, |layer| number(layer.bytes.start)),
            layer_byte_end: layer.map_or(-1, |layer| number(layer.bytes.end)),
            role: span.role,
            tags: span.features.clone(),
            text_sha256: span.text_sha256.clone(),
            text_bytes: span.text_bytes,
            note: span.note.clone(),
        }
    }
}

/// An indicator with the role that an analyst gave it.
#[derive(Debug, Serialize)]
pub struct Ioc {
    kind: String,
    value: String,
    role: IndicatorRole,
    /// Pseudonym of who gave it.
    annotator: String,
}

#[derive(Debug, Serialize)]
struct Group {
    campaign: String,
    cluster: String,
    near_dup_of: String,
    first_seen: String,
}

/// A file in which behaviors were found. Its text never enters a dataset; the hash finds it again.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    sha256: String,
    size: usize,
    language: String,
    text: &'static str,
    text_omitted: &'static str,
}

impl From<FileSeen> for File {
    fn from(FileSeen { path, sha256, size, language }: FileSeen) -> Self {
        Self { path, sha256, size, language, text: "", text_omitted: "policy" }
    }
}

#[derive(Debug, Serialize)]
struct Provenance {
    tool: &'static str,
    tool_version: String,
    rules_version: String,
    exported_at: String,
    ledger_head: String,
}

impl Record {
    /// Its marked spans as rows of a table.
    pub(super) fn span_rows(&self, mut row: impl FnMut(&[String]) -> io::Result<()>) -> io::Result<()> {
        self.spans.iter().try_for_each(|span| {
            row(&[
                self.record_id.clone(),
                span.path.clone(),
                span.file_sha256.clone(),
                span.byte_start.to_string(),
                span.byte_end.to_string(),
                span.line_start.to_string(),
                span.line_end.to_string(),
                span.layer.to_string(),
                span.layer_sha256.clone(),
                span.layer_byte_start.to_string(),
                span.layer_byte_end.to_string(),
                span.role.to_string(),
                span.tags.join(";"),
                span.note.clone(),
            ])
        })
    }

    /// Its indicators as rows of a table, defanged.
    pub(super) fn ioc_rows(&self, mut row: impl FnMut(&[String]) -> io::Result<()>) -> io::Result<()> {
        self.iocs.iter().try_for_each(|ioc| {
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == ioc.kind);
            let value = kind.map_or_else(|| ioc.value.clone(), |kind| kind.defang(&ioc.value));
            row(&[self.record_id.clone(), ioc.kind.clone(), value, ioc.role.to_string(), ioc.annotator.clone()])
        })
    }

    /// Gathers what the log knows of a package.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn new(ledger: &Ledger, standing: &Standing, grouped: Option<&Grouped>) -> Result<Self, LedgerError> {
        let (tool_version, labelled) = labelled(ledger, standing.event)?;
        let annotations = annotations(ledger, standing)?;
        let agreeing = annotations.iter().filter(|a| a.label == standing.label).count();
        let agreement = agreeing as f64 / annotations.len().max(1) as f64;
        let said = labelled.taxonomy;
        let named = if labelled.name.is_empty() {
            format!("sha256:{}", labelled.sha256)
        } else {
            format!("{}@{}", labelled.name, labelled.version)
        };
        Ok(Self {
            schema: "triage-jsonl/1",
            record_id: format!("{}/{named}#r{}", labelled.ecosystem.word(), standing.revision),
            ecosystem: labelled.ecosystem,
            purl: purl(labelled.ecosystem, &labelled.name, &labelled.version),
            name: labelled.name,
            version: labelled.version,
            artifact: Artifact {
                filename: labelled.filename,
                sha256: labelled.sha256,
                size: labelled.size,
                fetched_at: "",
                source: "file",
            },
            label: labelled.label,
            label_id: labelled.label.id(),
            label_confidence: said.confidence.map_or(-1.0, |percent| f64::from(percent) / 100.0),
            uncertain: said.confidence.is_some_and(|percent| percent < 50),
            attack_ids: said.attack_ids(),
            origin: said.origin.into_iter().next().unwrap_or_default(),
            injection: said.injection.into_iter().next().unwrap_or_default(),
            trigger: said.trigger,
            condition: said.condition,
            objective: said.objective,
            technique: said.technique,
            spans: ledger.spans(&standing.sha256).map(|span| Span::from(&*span.marked)).collect(),
            iocs: iocs(ledger, &standing.sha256),
            decode_chain: labelled.decode_chain,
            rationale: said.rationale,
            model: match labelled.shown {
                None => Model {
                    name: String::new(),
                    version: String::new(),
                    score: -1.0,
                    top_label: "",
                    shown_before_label: false,
                },
                Some(shown) => Model {
                    name: shown.model,
                    version: shown.model_hash,
                    score: shown.probability.unwrap_or(-1.0),
                    top_label: shown.state.word(),
                    shown_before_label: !labelled.given.blind,
                },
            },
            annotations,
            agreement,
            adjudicated_by: if standing.adjudicates { ledger.pseudonym(&standing.actor) } else { String::new() },
            gold: false,
            group: Group {
                campaign: said.campaign,
                cluster: grouped.map(|group| group.cluster.clone()).unwrap_or_default(),
                near_dup_of: grouped.map(|group| group.like.clone()).unwrap_or_default(),
                first_seen: grouped.map(|group| group.first_seen.to_string()).unwrap_or_default(),
            },
            split: grouped.map_or("", |group| group.split.into()),
            files: labelled.files.into_iter().map(File::from).collect(),
            selection: "",
            provenance: Provenance {
                tool: "cerebro",
                tool_version,
                rules_version: labelled.extractor,
                exported_at: ledger.last_time().map(|time| time.to_string()).unwrap_or_default(),
                ledger_head: ledger.head().to_owned(),
            },
            reading: labelled.reading,
            text: labelled.text.text,
            pieces: labelled.text.pieces,
        })
    }
}

fn iocs(ledger: &Ledger, sha256: &str) -> Vec<Ioc> {
    let one = |role: &StandingRole| {
        let (kind, value) = (role.set.indicator.clone(), role.set.value.clone());
        Some(Ioc { kind, value, role: role.set.role?, annotator: ledger.pseudonym(&role.actor) })
    };
    ledger.roles(sha256).filter_map(one).collect()
}

/// The decision that an event records, with the version of the tool that wrote it.
pub(super) fn labelled(ledger: &Ledger, event: i64) -> Result<(String, Labelled), LedgerError> {
    let body = ledger.event(event)?.body;
    match body.what {
        What::Labelled(labelled) | What::Adjudicated(labelled) => Ok((body.tool, *labelled)),
        _ => Err(LedgerError::Broken { event, what: "it is no label" }),
    }
}

fn annotations(ledger: &Ledger, standing: &Standing) -> Result<Vec<Annotation>, LedgerError> {
    let mut annotations: Vec<Annotation> = Vec::new();
    // What was decided between others is told beside them.
    for label in ledger.history(&standing.sha256).filter(|label| !label.adjudicates) {
        let (_, decision) = labelled(ledger, label.event)?;
        let annotator = ledger.pseudonym(&label.actor);
        let alone = annotations.iter().all(|earlier| earlier.annotator == annotator);
        annotations.retain(|earlier| earlier.annotator != annotator);
        annotations.push(Annotation {
            blind: (alone || decision.given.second) && (decision.given.blind || decision.shown.is_none()),
            annotator,
            label: label.label,
            seconds: decision.given.seconds.unwrap_or(-1.0),
            created_at: label.time,
        });
    }
    Ok(annotations)
}
