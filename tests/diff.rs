//! `cerebro diff` as a script meets it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const OLD: &str = "npm-color-names-1.4.1.tgz";
const NEW: &str = "npm-color-names-1.4.2.tgz";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

fn diff(old: &Path, new: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.env_remove("CEREBRO_MODEL").arg("diff").arg(old).arg(new).args(more).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.stdout.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')), "printable ASCII only");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_object_is_the_promised_one() {
    let output = diff(&sample(OLD), &sample(NEW), &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "a new hook behaves anew");
    let value = json(&output);
    assert_eq!(value["schema"], "cerebro-diff/1");
    let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "behaves_anew",
        "binaries",
        "dependencies",
        "entries",
        "evidence",
        "files",
        "hosts",
        "hunks",
        "indicators",
        "layout",
        "new",
        "new_steps",
        "old",
        "same_files",
        "schema",
        "skipped",
        "steps",
        "summary",
    ];
    assert_eq!(keys, expected);
    assert_eq!(value["entries"][0]["name"], "postinstall");
    assert_eq!(value["entries"][0]["old"], Value::Null);
    assert_eq!(value["hosts"], serde_json::json!(["names.color-cdn.invalid"]));
    assert_eq!(value["dependencies"][0]["by_address"], true);
    assert_eq!(value["files"][0]["path"], "package/scripts/prepare-names.js");
    let risks: Vec<u64> =
        value["hunks"].as_array().unwrap().iter().map(|hunk| hunk["risk"].as_u64().unwrap()).collect();
    assert!(risks[..4].is_sorted_by(|a, b| a >= b), "{risks:?}");
    assert_eq!(value["hunks"][4]["fold"], "formatting");
    let row = &value["hunks"][0]["rows"][8];
    assert_eq!((row["sign"].as_str(), row["line"].as_u64(), row["column"].as_u64()), (Some("added"), Some(9), Some(1)));
    assert_eq!(value["steps"].as_array().unwrap().len(), 8);
}

#[test]
fn the_text_has_what_is_new_first_and_folds_what_only_looks_different() {
    let output = diff(&sample(OLD), &sample(NEW), &[]);
    let text = text(&output);
    let order = [
        "what runs",
        "dependencies",
        "new hosts",
        "files (risk",
        "behavior (old",
        "package/scripts/prepare-names.js  risk",
    ];
    let places: Vec<usize> =
        order.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(text.contains("names[.]color-cdn[.]invalid") && !text.contains("const digits"), "{text}");
    let all = self::text(&diff(&sample(OLD), &sample(NEW), &["--all"]));
    assert!(all.contains("const digits"), "{all}");
}

#[test]
fn the_status_says_what_is_new() {
    assert_eq!(diff(&sample(NEW), &sample(NEW), &[]).status.code(), Some(0));
    // Back to the older version: what runs is gone, and nothing new came.
    assert_eq!(diff(&sample(NEW), &sample(OLD), &[]).status.code(), Some(0));
    let output = diff(&sample(OLD), &sample("README.md"), &[]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
}

#[test]
fn a_gap_without_news_has_a_status_of_its_own() {
    let folder = TempDir::new().unwrap();
    for version in ["a", "b"] {
        let root = folder.path().join(version);
        fs::create_dir_all(&root).unwrap();
        // A manifest that breaks off is not read to its end.
        fs::write(root.join("package.json"), "{\"name\": \"demo\", ").unwrap();
    }
    let output = diff(&folder.path().join("a"), &folder.path().join("b"), &[]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("old version: it is no valid JSON"), "{}", text(&output));
}

#[test]
fn nothing_of_a_package_acts_on_the_terminal() {
    let folder = TempDir::new().unwrap();
    let write = |version: &str, code: &str, name: &str| {
        let root = folder.path().join(version);
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("package.json"), format!("{{\"name\":\"{name}\",\"version\":\"1\"}}")).unwrap();
        fs::write(root.join("index.js"), code).unwrap();
    };
    write("a", "f()\n", "demo");
    write("b", "f('\u{1b}[2J\u{202e}')\n", "de\\u001b[31mmo");
    let output = diff(&folder.path().join("a"), &folder.path().join("b"), &["--all"]);
    let text = text(&output);
    assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
    assert!(text.contains("␛[2J<U+202E>"), "{text}");
}
