//! Golden exports of a small log.

use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::behavior::{ModelText, Piece, Reading};
use crate::case::State;
use crate::ledger::{FileSeen, Label, Labelled, Shown};
use crate::package::Ecosystem;

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
    }
}

/// Two people, three packages: one hostile name, one label undone and given again, one disagreement.
fn log(path: &Path) -> Ledger {
    let mut ann = Ledger::open(path, "ann").unwrap().with_clock(noon);
    let mut bob = Ledger::open(path, "bob").unwrap().with_clock(later);
    ann.label(decision("=cmd()\u{202E}\u{1B}[2J", Label::Malicious, Some(0.98125))).unwrap();
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
