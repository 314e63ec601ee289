//! Golden exports of a small log.

use std::path::Path;

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::behavior::{ModelText, Piece, Reading};
use crate::case::State;
use crate::ledger::{
    FileSeen, Given, IndicatorRole, Label, Labelled, MarkedLayer, MarkedSpan, PlaceInText, RoleSet, Shown, SpanRole,
    Taxonomy,
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
        taxonomy: match label {
            Label::Malicious => Taxonomy {
                objective: vec!["exfil_files".to_owned(), "worm".to_owned()],
                trigger: vec!["install".to_owned()],
                injection: vec!["typosquat".to_owned()],
                confidence: Some(90),
                campaign: "=spring".to_owned(),
                rationale: "posts the token".to_owned(),
                ..Taxonomy::default()
            },
            _ => Taxonomy::default(),
        },
        given: Given { seconds: (label == Label::Malicious).then_some(42.5), ..Given::default() },
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

/// Names and kinds of features by their path, as the card's header declares them.
fn declared(card: &str) -> Vec<(String, String)> {
    let header = card.split("  features:\n").nth(1).unwrap().split("\n  splits:").next().unwrap();
    let mut path: Vec<(usize, String)> = Vec::new();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in header.lines() {
        let depth = line.len() - line.trim_start().len();
        let line = line.trim_start();
        if let Some(name) = line.strip_prefix("- name: ") {
            path.retain(|(at, _)| *at < depth);
            path.push((depth, name.to_owned()));
            let names: Vec<&str> = path.iter().map(|(_, name)| name.as_str()).collect();
            found.push((names.join("."), String::new()));
        } else if let Some((_, kind)) = found.last_mut()
            && kind.is_empty()
        {
            *kind = line.trim_end_matches(':').to_owned();
        }
    }
    found
}

/// Does a value fit what the card declares?
fn fits(value: &serde_json::Value, path: &str, declared: &[(String, String)], seen: &mut Vec<String>) {
    use serde_json::Value;
    let kind = declared.iter().find(|(name, _)| name == path).map(|(_, kind)| kind.as_str());
    let inner = |fields: &Value, seen: &mut Vec<String>| {
        for (name, value) in fields.as_object().unwrap() {
            fits(value, &format!("{path}.{name}"), declared, seen);
        }
    };
    seen.push(path.to_owned());
    match (kind, value) {
        (Some("dtype: string" | "dtype"), Value::String(_)) | (Some("dtype: bool"), Value::Bool(_)) => {}
        (Some("dtype: int64"), Value::Number(number)) => assert!(number.is_i64(), "{path}"),
        (Some("dtype: float64"), Value::Number(number)) => assert!(number.is_f64(), "{path}"),
        (Some("sequence: string"), Value::Array(items)) => assert!(items.iter().all(Value::is_string), "{path}"),
        (Some("sequence: int64"), Value::Array(items)) => assert!(items.iter().all(Value::is_i64), "{path}"),
        (Some("struct"), Value::Object(_)) => inner(value, seen),
        (Some("list"), Value::Array(items)) => items.iter().for_each(|item| inner(item, seen)),
        _ => panic!("{path} is declared as {kind:?} and is {value}"),
    }
}

#[test]
fn a_folder_has_what_its_card_declares() {
    let folder = TempDir::new().unwrap();
    let ledger = log(&folder.path().join("l.sqlite"));
    let to = folder.path().join("labels");
    assert_eq!(write_folder(&ledger, &to, SplitBy::Cluster, Parts::Jsonl).unwrap(), 3);
    let card = std::fs::read_to_string(to.join("README.md")).unwrap();
    let declared = declared(&card);
    let mut seen = Vec::new();
    let mut rows = 0;
    for file in std::fs::read_dir(to.join("data")).unwrap() {
        let file = file.unwrap().path();
        let split = file.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(card.contains(&format!("  - split: {split}\n    path: data/{split}.jsonl")), "{card}");
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(record["split"], split.as_str());
            for (name, value) in record.as_object().unwrap() {
                fits(value, name, &declared, &mut seen);
            }
            rows += 1;
        }
    }
    assert_eq!(rows, 3);
    for (name, _) in &declared {
        assert!(seen.contains(name), "{name} is declared and stands in no line");
    }
    let spans = std::fs::read_to_string(to.join("spans.csv")).unwrap();
    assert_eq!(spans.lines().count(), 3, "{spans}");
    assert!(spans.contains(",exfil,D2;X11,"), "{spans}");
    let iocs = std::fs::read_to_string(to.join("iocs.csv")).unwrap();
    assert!(iocs.contains("hxxps://collect[.]example[.]com/"), "{iocs}");
    assert!([&spans, &iocs].iter().all(|table| !table.contains('\u{1b}')));
    let again = folder.path().join("again");
    write_folder(&ledger, &again, SplitBy::Cluster, Parts::Jsonl).unwrap();
    for name in ["README.md", "spans.csv", "iocs.csv", "cases.csv"] {
        assert_eq!(std::fs::read(to.join(name)).unwrap(), std::fs::read(again.join(name)).unwrap(), "{name}");
    }
}

/// A number in letters: digits are all alike to the comparison.
fn letters(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

/// A log of some packages: every third one is a copy of the one before under another name, every fourth a new version.
fn many(path: &Path, count: usize) -> Ledger {
    /// A second later each time.
    fn tick() -> Timestamp {
        static SECONDS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
        let seconds = SECONDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        noon().saturating_add(jiff::Span::new().seconds(seconds)).unwrap()
    }
    let mut ledger = Ledger::open(path, "ann").unwrap().with_clock(tick);
    for number in 0..count {
        let like = if number % 3 == 2 { number - 1 } else { number };
        let words: Vec<String> = (0..12).map(|at| letters(like * 31 + at)).collect();
        let named = if number % 4 == 3 { number - 3 } else { number };
        let mut label = decision(&format!("demo-{named}"), Label::Malicious, None);
        label.sha256 = format!("{number:08x}").repeat(8);
        label.text = ModelText { text: words.join(" "), pieces: Vec::new() };
        ledger.label(label).unwrap();
    }
    ledger
}

#[test]
fn near_duplicates_and_versions_stand_on_one_side() {
    let folder = TempDir::new().unwrap();
    let ledger = many(&folder.path().join("l.sqlite"), 120);
    for by in [SplitBy::Cluster, SplitBy::Time] {
        let groups = groups::grouped(&ledger, by).unwrap();
        let of = |number: usize| &groups[&format!("{number:08x}").repeat(8)];
        for number in 0..120 {
            if number % 3 == 2 {
                assert_eq!(of(number).cluster, of(number - 1).cluster);
            }
            if number % 4 == 3 {
                assert_eq!(of(number).cluster, of(number - 3).cluster);
            }
        }
        let mut sides = std::collections::HashMap::new();
        for group in groups.values() {
            assert_eq!(*sides.entry(&group.cluster).or_insert(group.split), group.split);
        }
        let test = groups.values().filter(|group| group.split == groups::Split::Test).count();
        assert!((1..60).contains(&test), "{test}");
        if by == SplitBy::Time {
            let first_of_test = groups.values().filter(|g| g.split == groups::Split::Test).map(|g| g.first_seen).min();
            let last_of_train = groups.values().filter(|g| g.split == groups::Split::Train).map(|g| g.first_seen).max();
            assert!(last_of_train <= first_of_test);
        }
    }
}

/// A log of ten thousand labels, kept where `DATASET` says, for `tests/load_dataset.py` and a clock.
#[test]
#[ignore = "for measurements: DATASET=FOLDER"]
fn ten_thousand_labels_in_a_folder() {
    let folder = std::path::PathBuf::from(std::env::var_os("DATASET").expect("DATASET names a folder"));
    let ledger = many(&folder.join("ledger.sqlite"), 10_000);
    let started = std::time::Instant::now();
    write_folder(&ledger, &folder.join("labels"), SplitBy::Cluster, Parts::Jsonl).unwrap();
    println!("10,000 labels: {:?}", started.elapsed());
    let started = std::time::Instant::now();
    write_folder(&ledger, &folder.join("columns"), SplitBy::Cluster, Parts::Parquet).unwrap();
    println!("the same as columns: {:?}", started.elapsed());
}

#[test]
fn the_same_log_gives_the_same_columns_and_an_export_replaces_the_other_form() {
    let folder = TempDir::new().unwrap();
    let ledger = many(&folder.path().join("l"), 40);
    let out = |name: &str, form| {
        let out = folder.path().join(name);
        write_folder(&ledger, &out, SplitBy::default(), form).unwrap();
        out
    };
    let (one, other) = (out("a", Parts::Parquet), out("b", Parts::Parquet));
    for part in ["train", "validation", "test"] {
        let path = format!("data/{part}.parquet");
        let bytes = std::fs::read(one.join(&path)).ok();
        assert_eq!(bytes, std::fs::read(other.join(&path)).ok());
        assert!(bytes.is_none_or(|bytes| bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1")));
    }
    assert!(std::fs::read_to_string(one.join("README.md")).unwrap().contains("path: data/train.parquet"));
    out("a", Parts::Jsonl);
    assert!(one.join("data/train.jsonl").exists() && !one.join("data/train.parquet").exists());
}
