//! `cerebro scan` as scripts and people meet it, with a model whose answer is known beforehand.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::common::constant_model::model;

const SURELY_MALICIOUS: f32 = 4.0;
const SURELY_BENIGN: f32 = -4.0;

fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name).to_str().unwrap().to_owned()
}

fn command(folder: &TempDir, margin: f32, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("CEREBRO_CONFIG", folder.path())
        .args(["scan", "--device", "cpu", "--model"])
        .arg(model(folder.path(), margin))
        .args(args);
    command
}

fn scan(folder: &TempDir, margin: f32, args: &[&str]) -> Output {
    let output = command(folder, margin, args).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "no progress where there is no terminal, and no error");
    output
}

fn rows(output: &Output) -> Vec<Value> {
    std::str::from_utf8(&output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A package in which nothing is done.
fn idle(folder: &TempDir) -> String {
    let root = folder.path().join("idle");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("package.json"), r#"{"name":"idle\u001b[2J\u202e","version":"1.0.0"}"#).unwrap();
    "idle".to_owned()
}

const KEYS: [&str; 22] = [
    "schema",
    "path",
    "sha256",
    "ecosystem",
    "name",
    "version",
    "state",
    "why",
    "probability",
    "threshold",
    "steps",
    "windows",
    "phases",
    "features",
    "skipped",
    "timing_ms",
    "model",
    "against",
    "new_steps",
    "external",
    "error",
    "cached",
];

#[test]
fn one_promised_object_per_package_in_the_order_given() {
    let folder = TempDir::new().unwrap();
    let names = ["npm-hook-stealer.tgz", "pypi-link-check.whl", "pypi-install-override-locked.zip", "npm-csv-peek.tgz"];
    let mut args = vec!["--format".to_owned(), "jsonl".to_owned(), "--jobs".to_owned(), "3".to_owned()];
    args.extend(names.map(sample));
    let output = scan(&folder, SURELY_BENIGN, &args.iter().map(String::as_str).collect::<Vec<_>>());
    let rows = rows(&output);
    assert_eq!(rows.len(), names.len());
    for (row, name) in rows.iter().zip(names) {
        let text = row.to_string();
        assert!(KEYS.iter().all(|key| text.contains(&format!("\"{key}\":"))), "{text}");
        assert_eq!(row.as_object().unwrap().len(), KEYS.len());
        assert_eq!((&row["schema"], &row["path"]), (&"cerebro-scan/1".into(), &sample(name).into()));
        assert_eq!(
            (&row["state"], &row["error"], &row["model"]["name"]),
            (&"benign".into(), &Value::Null, &"model".into())
        );
        // sigmoid(-4)
        assert!((row["probability"].as_f64().unwrap() - 0.017_986).abs() < 1e-5, "{text}");
        let sum = |key: &str| row[key].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>();
        let steps = row["steps"].as_u64().unwrap();
        assert!(steps > 0);
        assert_eq!((sum("phases"), sum("features")), (steps, steps));
        assert!(row["windows"].as_u64().unwrap() > 0);
        let times = row["timing_ms"].as_object().unwrap();
        let stages: f64 =
            ["open", "syntax", "behavior", "model"].iter().map(|stage| times[*stage].as_f64().unwrap()).sum();
        assert!(stages <= times["total"].as_f64().unwrap() + 0.01, "{times:?}");
    }
    assert_eq!((&rows[0]["ecosystem"], &rows[1]["ecosystem"]), (&"npm".into(), &"pypi".into()));
    let incomplete = rows.iter().any(|row| !row["skipped"].as_array().unwrap().is_empty());
    assert_eq!(output.status.code(), Some(if incomplete { 3 } else { 0 }));
}

#[test]
fn the_number_of_jobs_changes_nothing_but_time() {
    let folder = TempDir::new().unwrap();
    let (stealer, dates) = (sample("npm-hook-stealer.tgz"), sample("pypi-link-check.whl"));
    let of = |jobs: &str| {
        let args =
            ["--format", "jsonl", "--jobs", jobs, stealer.as_str(), "missing.tgz", dates.as_str(), stealer.as_str()];
        let mut rows = rows(&scan(&folder, SURELY_MALICIOUS, &args));
        rows.iter_mut().for_each(|row| row["timing_ms"] = Value::Null);
        rows
    };
    assert_eq!(of("1"), of("4"));
}

#[test]
fn against_a_former_version_only_what_is_new_is_judged() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (sample("npm-color-names-1.4.1.tgz"), sample("npm-color-names-1.4.2.tgz"));
    let of = |margin: f32, new: &str, old: &str| {
        let output = scan(&folder, margin, &["--format", "jsonl", new, "--against", old]);
        (rows(&output).remove(0), output.status.code())
    };
    let (row, status) = of(SURELY_MALICIOUS, &new, &old);
    assert_eq!((&row["state"], status, &row["against"]["version"]), (&"malicious".into(), Some(1), &"1.4.1".into()));
    assert_eq!(row["against"]["sha256"].as_str().unwrap().len(), 64);
    let steps = row["new_steps"].as_array().unwrap();
    assert!(!steps.is_empty() && steps.len() <= row["steps"].as_u64().unwrap() as usize, "{row}");
    assert!(steps.iter().all(|step| step["file"].is_string() && step["line"].is_u64() && step["score"].is_f64()));
    // Where nothing is new, the model has nothing to say, whatever it says of the whole.
    let (row, status) = of(SURELY_MALICIOUS, &new, &new);
    assert_eq!((&row["state"], &row["probability"], status), (&"benign".into(), &Value::Null, Some(0)));
    assert_eq!((&row["new_steps"], &row["windows"]), (&Value::Array(Vec::new()), &0.into()));
    let (row, _) = of(SURELY_MALICIOUS, &new, "missing.tgz");
    assert!(row["error"].as_str().unwrap().contains("missing.tgz"), "{row}");
    let output = command(&folder, SURELY_BENIGN, &[&new, &new, "--against", &old]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && error.contains("--against: 2 packages"), "{error}");
}

#[test]
fn one_bad_archive_is_one_object_with_an_error() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("cut.tgz"), &fs::read(sample("npm-hook-stealer.tgz")).unwrap()[..300]).unwrap();
    let good = sample("npm-csv-peek.tgz");
    let output = scan(&folder, SURELY_BENIGN, &["--format", "jsonl", "cut.tgz", good.as_str()]);
    let rows = rows(&output);
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["error"].as_str().unwrap().contains("cut.tgz"), "{}", rows[0]);
    assert_eq!((&rows[0]["sha256"], &rows[0]["state"]), (&"".into(), &"cannot_judge".into()));
    assert_eq!((&rows[1]["state"], &rows[1]["error"]), (&"benign".into(), &Value::Null));
    assert_eq!(output.status.code(), Some(2));
}

#[rstest]
#[case::flagged(SURELY_MALICIOUS, &["npm-csv-peek.tgz"], &[], 1)]
#[case::flagged_and_error(SURELY_MALICIOUS, &["npm-csv-peek.tgz"], &["missing.tgz"], 1)]
#[case::error(SURELY_BENIGN, &["npm-csv-peek.tgz"], &["missing.tgz", "idle"], 2)]
#[case::cannot_judge(SURELY_MALICIOUS, &[], &["idle"], 3)]
#[case::nothing_flagged(SURELY_BENIGN, &["npm-csv-peek.tgz"], &[], 0)]
fn the_exit_status_tells_the_worst(
    #[case] margin: f32,
    #[case] samples: &[&str],
    #[case] others: &[&str],
    #[case] status: i32,
) {
    let folder = TempDir::new().unwrap();
    idle(&folder);
    let paths: Vec<String> =
        samples.iter().map(|name| sample(name)).chain(others.iter().map(|s| (*s).to_owned())).collect();
    let output = scan(&folder, margin, &paths.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(status), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_package_without_behavior_is_not_called_benign() {
    let folder = TempDir::new().unwrap();
    let row = rows(&scan(&folder, SURELY_BENIGN, &["--format", "jsonl", &idle(&folder)])).remove(0);
    assert_eq!((&row["state"], &row["probability"], &row["steps"]), (&"cannot_judge".into(), &Value::Null, &0.into()));
    assert_eq!(row["name"], "idle\u{1b}[2J\u{202e}", "JSON gives the name back as it is");
}

#[test]
fn nothing_that_is_printed_can_act_on_the_terminal() {
    let folder = TempDir::new().unwrap();
    let path = idle(&folder);
    let output = scan(&folder, SURELY_BENIGN, &["--format", "jsonl", &path]);
    assert!(output.stdout.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')));
    let output = scan(&folder, SURELY_BENIGN, &[&path]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("idle␛[2J<U+202E> 1.0.0"), "{table}");
    assert!(!table.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn the_table_is_aligned_and_ends_with_a_count() {
    let folder = TempDir::new().unwrap();
    let good = sample("npm-csv-peek.tgz");
    let output = scan(&folder, SURELY_MALICIOUS, &[good.as_str(), "missing.tgz", &idle(&folder)]);
    let table = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 5, "{table}");
    let column = lines[0].find("PATH").unwrap();
    for (line, path) in lines[1..4].iter().zip([good.as_str(), "cannot read missing.tgz: ", "idle"]) {
        assert!(line.chars().skip(column).collect::<String>().starts_with(path), "{table}");
    }
    assert!(
        lines[1].starts_with("malicious ") && lines[2].starts_with("error ") && lines[3].starts_with("cannot judge ")
    );
    assert!(lines[4].starts_with("3 scanned: 1 malicious, 0 benign, 1 cannot judge, 1 failed"), "{table}");
}

#[rstest]
#[case("jsonl")]
#[case("table")]
fn a_reader_that_went_away_is_no_error(#[case] format: &str) {
    let folder = TempDir::new().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let good = sample("npm-csv-peek.tgz");
    let args = ["--format", format, good.as_str(), good.as_str()];
    let output = command(&folder, SURELY_MALICIOUS, &args).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_terminal_sees_how_far_the_scan_is_and_no_trace_of_it_afterwards() {
    let folder = TempDir::new().unwrap();
    let size = portable_pty::PtySize { rows: 24, cols: 200, ..Default::default() };
    let pty = portable_pty::native_pty_system().openpty(size).unwrap();
    let mut builder = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_cerebro"));
    builder.args(["scan", "--device", "cpu", "--jobs", "1", "--model"]);
    builder.arg(model(folder.path(), SURELY_BENIGN));
    builder.arg(sample("npm-csv-peek.tgz"));
    builder.arg("missing\u{1b}[2J.tgz");
    builder.cwd(folder.path());
    let mut child = pty.slave.spawn_command(builder).unwrap();
    drop(pty.slave);
    let mut seen = Vec::new();
    // Linux answers EIO, not an end, when the last writer is gone.
    let _ = std::io::Read::read_to_end(&mut pty.master.try_clone_reader().unwrap(), &mut seen);
    assert_eq!(child.wait().unwrap().exit_code(), 2);

    let all = String::from_utf8_lossy(&seen);
    assert!(all.contains("0/2  ") && all.contains("1/2  "), "{all}");
    assert!(all.contains("missing␛[2J.tgz") && !all.contains("\u{1b}[2J"), "{all}");
    let mut screen = vt100::Parser::new(24.try_into().unwrap(), 200.try_into().unwrap(), 0);
    screen.process(&seen);
    let lines: Vec<String> = screen.screen().rows(0, 200).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines[0].starts_with("STATE") && lines[3].starts_with("2 scanned"), "{lines:#?}");
}

fn fed(folder: &TempDir, input: &[u8], args: &[&str]) -> Output {
    let mut child = command(folder, SURELY_BENIGN, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn paths_on_standard_input_are_scanned_and_a_bad_one_costs_itself_alone() {
    let folder = TempDir::new().unwrap();
    let input = [sample("npm-csv-peek.tgz"), "no such.tgz".to_owned(), sample("pypi-link-check.whl")].join("\0");
    let output = fed(&folder, input.as_bytes(), &["--stdin0", "--format", "jsonl"]);
    let rows = rows(&output);
    let told: Vec<_> = rows.iter().map(|row| (row["name"].as_str(), row["error"].is_string())).collect();
    assert_eq!(told, [(Some("demo-csv-peek"), false), (None, true), (Some("demo-link-check"), false)]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_files_of_a_stream_are_scanned() {
    let folder = TempDir::new().unwrap();
    let mut stream = tar::Builder::new(Vec::new());
    for name in ["npm-csv-peek.tgz", "pypi-link-check.whl"] {
        stream.append_path_with_name(sample(name), format!("batch/{name}")).unwrap();
    }
    let output = fed(&folder, &stream.into_inner().unwrap(), &["--stdin-tar", "--format", "jsonl"]);
    let by_path = rows(&scan(&folder, SURELY_BENIGN, &["--format", "jsonl", &sample("pypi-link-check.whl")]));
    let rows = rows(&output);
    assert_eq!(rows[1]["path"], "batch/pypi-link-check.whl");
    for key in KEYS.iter().filter(|key| !["path", "timing_ms"].contains(key)) {
        assert_eq!(rows[1][key], by_path[0][key], "{key}");
    }
}

#[test]
fn what_is_known_is_told_again_and_what_changed_is_read() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("demo.tgz");
    fs::copy(sample("npm-csv-peek.tgz"), &copy).unwrap();
    let args = ["--format", "jsonl", "--cache", "known.sqlite", "demo.tgz"];
    let told = |margin: f32| rows(&scan(&folder, margin, &args)).remove(0);
    let (first, second) = (told(SURELY_BENIGN), told(SURELY_BENIGN));
    assert_eq!((&first["cached"], &second["cached"]), (&Value::Bool(false), &Value::Bool(true)));
    for key in KEYS.iter().filter(|key| !["cached", "timing_ms"].contains(key)) {
        assert_eq!(first[key], second[key], "{key}");
    }
    let table = scan(&folder, SURELY_BENIGN, &["--cache", "known.sqlite", "demo.tgz"]);
    assert!(String::from_utf8_lossy(&table.stdout).ends_with("; 1 known from before\n"));
    // Another model has an answer of its own, and other bytes have one.
    assert_eq!(
        (told(SURELY_MALICIOUS)["cached"].clone(), told(SURELY_MALICIOUS)["state"].clone()),
        (false.into(), "malicious".into())
    );
    fs::copy(sample("npm-json-client.tgz"), &copy).unwrap();
    assert_eq!(told(SURELY_BENIGN)["name"], "demo-json-client");
    // What could not be read is tried again.
    fs::write(&copy, "no archive").unwrap();
    assert!(
        [told(SURELY_BENIGN), told(SURELY_BENIGN)].iter().all(|row| row["cached"] == false && row["error"].is_string())
    );
}

#[test]
fn what_a_lock_file_pins_is_scanned_by_its_hash() {
    let folder = TempDir::new().unwrap();
    let bytes = fs::read(sample("pypi-link-check.whl")).unwrap();
    fs::create_dir(folder.path().join("wheels")).unwrap();
    fs::write(folder.path().join("wheels/demo_link_check-0.3.1-py3-none-any.whl"), &bytes).unwrap();
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let pins = format!("demo-link-check==0.3.1 --hash=sha256:{hash}\nabsent==1.0 --hash=sha256:{}\n", "0".repeat(64));
    fs::write(folder.path().join("requirements.txt"), pins).unwrap();
    let args = ["--lockfile", "requirements.txt", "--from", "wheels", "--format", "jsonl"];
    let output = scan(&folder, SURELY_BENIGN, &args);
    let rows = rows(&output);
    assert_eq!((&rows[1]["sha256"], &rows[1]["name"]), (&hash.into(), &"demo-link-check".into()));
    assert!(rows[0]["error"].as_str().unwrap().starts_with("absent 1.0: no archive with its hash lies in wheels"));
    assert_eq!(output.status.code(), Some(2), "a package that is not there is not benign");
}
