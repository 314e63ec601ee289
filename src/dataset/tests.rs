//! Golden exports of a small log.

use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::behavior::{ModelText, Piece, Reading};
use crate::case::State;
use crate::ledger::{
    FileSeen, IndicatorRole, Label, Labelled, MarkedLayer, MarkedSpan, PlaceInText, RoleSet, Shown, SpanRole,
};
use crate::package::Ecosystem;
use crate::text::Span;

fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn later() -> Timestamp {
    "2026-11-20T12:30:00Z".parse().unwrap()
}

fn decision(name: &str, label: Label, probability: Option<f32>) -> Labelled {
    Labelled {
        sha256: name.bytes().map(|byte| format!("{byte:02x}")).collect(),
        filename: "archive.tgz".to_owned(),
        size: 321,
        ecosystem: Ecosystem::Npm,
        name: name.to_owned(),
        version: "2.4.1".to_owned(),
        label,
        text: ModelText {
            text: "install url webhook".to_owned(),
            pieces: vec![
                Piece { range: 0..7, steps: vec![], files: vec![] },
                Piece { range: 8..19, steps: vec![0, 2], files: vec![] },
            ],
        },
        reading: Reading::default(),
        shown: probability.map(|probability| Shown {
            state: State::Malicious,
            probability: Some(probability),
            threshold: Some(0.5),
            model: "demo".to_owned(),
            model_hash: "0123".to_owned(),
        }),
        extractor: "7".to_owned(),
        files: vec![FileSeen {
            path: "package/lib/setup.js".to_owned(),
            sha256: "77".to_owned(),
            size: 42,
            language: "javascript".to_owned(),
        }],
        decode_chain: vec!["base64".to_owned()],
        queued: None,
    }
}

/// Bytes of a decoded text, marked by hand, and bytes of a file that is no text.
fn spans(name: &str) -> [MarkedSpan; 2] {
    let binary = MarkedSpan {
        sha256: decision(name, Label::Malicious, None).sha256,
        path: "package/lib/a.node".to_owned(),
        file_sha256: "88".to_owned(),
        bytes: Span { start: 0, end: 4 },
        layer: None,
        place: None,
        text_sha256: "ee".to_owned(),
        text_bytes: 4,
        role: SpanRole::Payload,
        note: String::new(),
        features: Vec::new(),
    };
    let layer = MarkedLayer {
        sha256: "1a".to_owned(),
        recipe: vec!["base64".to_owned(), "exec".to_owned()],
        depth: 1,
        bytes: Span { start: 10, end: 19 },
    };
    let decoded = MarkedSpan {
        path: "package/lib/setup.js".to_owned(),
        file_sha256: "77".to_owned(),
        bytes: Span { start: 612, end: 40_483 },
        layer: Some(layer),
        place: Some(PlaceInText { line_start: 2, column_start: 1, line_end: 2, column_end: 9 }),
        text_bytes: 9,
        role: SpanRole::Exfil,
        note: "posts \u{1B}[2J the token".to_owned(),
        features: vec!["D2".to_owned(), "X11".to_owned()],
        ..binary.clone()
    };
    [decoded, binary]
}

/// Two people, three packages: one hostile name, one label undone and given again, one disagreement.
fn log(path: &Path) -> Ledger {
    let mut ann = Ledger::open(path, "ann").unwrap().with_clock(noon);
    let mut bob = Ledger::open(path, "bob").unwrap().with_clock(later);
    ann.label(decision("=cmd()\u{202E}\u{1B}[2J", Label::Malicious, Some(0.98125))).unwrap();
    for span in spans("=cmd()\u{202E}\u{1B}[2J") {
        ann.mark(span).unwrap();
    }
    let sha256 = decision("=cmd()\u{202E}\u{1B}[2J", Label::Malicious, None).sha256;
    let (indicator, value) = ("url".to_owned(), "https://collect.example.com/\u{1B}[2J".to_owned());
    ann.set_role(RoleSet { sha256, indicator, value, role: Some(IndicatorRole::Exfil) }).unwrap();
    ann.label(decision("@acme/demo", Label::Malicious, None)).unwrap();
    ann.undo().unwrap();
    ann.label(decision("@acme/demo", Label::SuspiciousUnresolved, None)).unwrap();
    ann.label(decision("acme-disputed", Label::Malicious, None)).unwrap();
    bob.label(decision("acme-disputed", Label::Benign, Some(0.25))).unwrap();
    bob
}

fn exported(ledger: &Ledger, format: Format) -> String {
    let mut out = Vec::new();
    write(ledger, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn jsonl_is_as_documented() {
    let folder = TempDir::new().unwrap();
    let ledger = log(&folder.path().join("l.sqlite"));
    // What changes with every release of the tool.
    let text = exported(&ledger, Format::Jsonl).replace(ledger.head(), "HEAD");
    insta::assert_snapshot!(text.replace(concat!("\"", env!("CARGO_PKG_VERSION"), "\""), "\"VERSION\""));
}

#[test]
fn csv_is_as_documented() {
    let folder = TempDir::new().unwrap();
    let ledger = log(&folder.path().join("l.sqlite"));
    insta::assert_snapshot!(exported(&ledger, Format::Csv { neutralise: true }));
}

#[test]
fn the_same_log_gives_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("l.sqlite");
    let first = exported(&log(&path), Format::Jsonl);
    let copy = folder.path().join("copy.sqlite");
    std::fs::copy(&path, &copy).unwrap();
    assert_eq!(exported(&Ledger::open(&copy, "somebody else").unwrap(), Format::Jsonl), first);
}

#[test]
fn every_line_has_the_same_keys_and_no_nulls() {
    fn keys(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
        assert!(!value.is_null(), "{at} is null");
        if let serde_json::Value::Object(map) = value {
            for (key, value) in map {
                found.push(format!("{at}.{key}"));
                keys(value, &format!("{at}.{key}"), found);
            }
        }
    }
    let folder = TempDir::new().unwrap();
    let text = exported(&log(&folder.path().join("l.sqlite")), Format::Jsonl);
    let all: Vec<Vec<String>> = text
        .lines()
        .map(|line| {
            let mut found = Vec::new();
            keys(&serde_json::from_str(line).unwrap(), "", &mut found);
            found
        })
        .collect();
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|line| *line == all[0]));
}

#[test]
fn every_span_has_the_fields_that_the_manual_shows() {
    let page = include_str!("../ledger/README.md");
    let example =
        page.split("A span of the dataset:\n\n```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example: serde_json::Value = serde_json::from_str(example).unwrap();
    let declared: Vec<&String> = example.as_object().unwrap().keys().collect();
    let folder = TempDir::new().unwrap();
    let text = exported(&log(&folder.path().join("l.sqlite")), Format::Jsonl);
    let mut seen = 0;
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        for span in record["spans"].as_array().unwrap() {
            let keys: Vec<&String> = span.as_object().unwrap().keys().collect();
            assert_eq!(keys, declared);
            assert!(span.as_object().unwrap().values().all(|value| !value.is_null()));
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_log_that_was_tampered_with_is_not_exported() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("l.sqlite");
    let ledger = log(&path);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("DROP TRIGGER event_is_never_changed; UPDATE event SET hash = 'x' WHERE number = 2")
        .unwrap();
    let mut out = Vec::new();
    let error = write(&ledger, Format::Jsonl, &mut out).unwrap_err().to_string();
    assert!(error.contains("event 2"), "{error}");
    assert!(out.is_empty());
}
