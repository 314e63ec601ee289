//! Help, man page, completions, configuration: what the program says of itself, letter by letter.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use cerebro::config::{Action, Config, Depth, Settings};
use serde_json::Value;
use strum::IntoEnumIterator as _;
use tempfile::TempDir;

/// The program without the settings of whoever runs the tests: help would name their values.
fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CEREBRO_")) {
        command.env_remove(name);
    }
    command.args(args).output().unwrap()
}

fn printed(args: &[&str]) -> String {
    let output = run(args);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The subcommands as `--help` lists them.
fn subcommands() -> Vec<String> {
    let help = printed(&["--help"]);
    let (commands, _) = help.split_once("\nOptions:\n").unwrap();
    let named = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let names: Vec<String> =
        named.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned).collect();
    assert!(names.len() > 5, "{names:?}");
    names.into_iter().filter(|name| name != "help").collect()
}

#[test]
fn help() {
    let mut all = printed(&["--help"]);
    for name in subcommands() {
        write!(all, "\n==== cerebro {name} --help\n{}", printed(&[&name, "--help"])).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn man_page() {
    insta::assert_snapshot!(printed(&["generate", "man"]));
}

#[test]
fn every_subcommand_has_a_man_page() {
    let main = printed(&["generate", "man"]);
    for name in subcommands() {
        assert!(main.contains(&format!("cerebro\\-{name}(1)")), "{name}");
        let page = printed(&["generate", "man", &name]);
        assert!(page.contains(&format!("cerebro\\-{name}")) && page.contains(".SH DESCRIPTION"), "{page}");
    }
    let output = run(&["generate", "man", "cook"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("\"cook\"") && said.contains("scan"), "{said}");
}

/// The shortest of them; the others are made from the same tables.
#[test]
fn completions_for_fish() {
    insta::assert_snapshot!(printed(&["generate", "completions", "fish"]));
}

#[rstest::rstest]
#[case("bash")]
#[case("zsh")]
#[case("fish")]
#[case("powershell")]
#[case("elvish")]
fn completions_name_everything(#[case] shell: &str) {
    let text = printed(&["generate", "completions", shell]);
    for name in subcommands() {
        assert!(text.contains(&name), "{shell} does not know {name}");
    }
    for word in ["model", "ledger", "theme", "config-schema"] {
        assert!(text.contains(word), "{shell} does not know {word}");
    }
}

#[test]
fn the_shells_that_are_here_can_read_their_completions() {
    let folder = TempDir::new().unwrap();
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let file = folder.path().join(shell);
        fs::write(&file, printed(&["generate", "completions", shell])).unwrap();
        // Where a shell is not installed there is nothing to ask.
        if let Ok(output) = Command::new(shell).arg(check).arg(&file).output() {
            assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn the_printed_configuration_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let text = printed(&["generate", "config"]);
    fs::write(folder.path().join("config.toml"), &text).unwrap();
    let read = Config::load(Some(folder.path()), Depth::True).unwrap();
    let built_in = Config::load(None, Depth::True).unwrap();
    assert_eq!(read.settings, Settings::default());
    for action in Action::iter() {
        assert_eq!(read.keys.keys(action), built_in.keys.keys(action));
        assert!(text.contains(&format!("= \"{}\"", action.name())), "{} is not in it", action.name());
    }
}

#[test]
fn the_schema_names_every_action_and_nothing_else() {
    let schema: Value = serde_json::from_str(&printed(&["generate", "config-schema"])).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let actions = schema["$defs"]["keys"]["additionalProperties"]["oneOf"].as_array().unwrap();
    let mut names: Vec<&str> = actions.iter().map(|action| action["const"].as_str().unwrap()).collect();
    let mut expected: Vec<&str> = Action::iter().map(Action::name).chain(["none"]).collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn a_wrong_configuration_stops_no_generating() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("config.toml"), "mous = true\n").unwrap();
    let folder = folder.path().to_str().unwrap();
    assert!(run(&["generate", "config", "--config", folder]).status.success());
    let scan = run(&["scan", "x", "--config", folder]);
    let said = String::from_utf8(scan.stderr).unwrap();
    assert_eq!(scan.status.code(), Some(2));
    assert!(said.contains("config.toml:1: ") && said.contains("mous"), "{said}");
}

#[test]
fn the_configuration_names_model_and_ledger_and_the_command_line_comes_first() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("config.toml"), "model = \"no-model\"\nledger = \"no-ledger\"\n").unwrap();
    let config = folder.path().to_str().unwrap();
    let said = |args: &[&str]| String::from_utf8(run(args).stderr).unwrap();
    let package = folder.path().join("package");
    fs::create_dir(&package).unwrap();
    fs::write(package.join("package.json"), "{\"name\":\"a\",\"version\":\"1.0.0\"}").unwrap();
    let package = package.to_str().unwrap();
    assert!(said(&["scan", package, "--config", config]).contains("no-model"));
    assert!(said(&["scan", package, "--config", config, "--model", "other"]).contains("other"));
    assert!(said(&["export", "--config", config]).contains("no-ledger"));
    assert!(said(&["export", "--config", config, "--ledger", "other"]).contains("other"));
}

#[test]
fn a_log_is_written_only_when_asked_and_escaped() {
    let folder = TempDir::new().unwrap();
    let package = folder.path().join("pack\u{1b}[2Jage");
    fs::create_dir(&package).unwrap();
    fs::write(package.join("package.json"), "{\"name\":\"a\",\"version\":\"1.0.0\"}").unwrap();
    let log = folder.path().join("log.txt");
    let (package, file) = (package.to_str().unwrap(), log.to_str().unwrap());
    run(&["sequence", package]);
    assert!(!log.exists());
    assert!(run(&["sequence", package, "--log", file]).status.success());
    let first = fs::read_to_string(&log).unwrap();
    assert!(first.contains("the code is read") && first.contains("behavior_ms="), "{first}");
    let missing = format!("{package}/nothing");
    assert_eq!(run(&["sequence", &missing, "--log", file]).status.code(), Some(2));
    let both = fs::read_to_string(&log).unwrap();
    assert!(both.starts_with(&first) && both.contains("ERROR") && both.contains("␛[2J"), "{both}");
    assert!(both.lines().all(|line| !line.contains(char::is_control)), "{both}");
    let nowhere = run(&["sequence", package, "--log", folder.path().to_str().unwrap()]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8(nowhere.stderr).unwrap().contains("cannot write the log"));
}
