//! The README says what the program does: its keys and its options are those of the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cerebro::config::{Action, Config, Depth, FILE, Keymap};

const BEGIN: &str = "writes them anew -->\n";
const END: &str = "<!-- end of keys -->";

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// The keys as a table for each view, from the action table and the built-in keymap.
fn keys() -> String {
    let keymap = Keymap::built_in().unwrap();
    let mut tables = String::new();
    for section in keymap.sections() {
        writeln!(tables, "\n| {} | |\n|---|---|", section.title).unwrap();
        for (action, keys) in section.lines {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            writeln!(tables, "| {} | {} |", keys.join(" "), action.describe()).unwrap();
        }
    }
    tables.push('\n');
    tables
}

#[test]
fn the_keys_are_those_of_the_program() {
    let text = fs::read_to_string(readme()).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if std::env::var_os("CEREBRO_UPDATE_README").is_some() {
        fs::write(readme(), format!("{before}{BEGIN}{}{END}{after}", keys())).unwrap();
    } else {
        assert_eq!(written, keys(), "write them anew: CEREBRO_UPDATE_README=1 cargo test --test readme");
    }
}

#[test]
fn every_subcommand_and_option_of_the_program_is_named() {
    let text = fs::read_to_string(readme()).unwrap();
    let help = Command::new(env!("CARGO_BIN_EXE_cerebro")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (commands, _) = help.split_once("\nOptions:\n").unwrap();
    let commands = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let commands: Vec<&str> = commands.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        assert!(text.contains(&format!("cerebro {command}")), "the README does not name cerebro {command}");
    }
    let options =
        help.split_whitespace().filter(|word| word.starts_with("--")).map(|word| word.trim_end_matches([',', ']']));
    for option in options.filter(|option| !["--help", "--version"].contains(option)) {
        assert!(text.contains(option), "the README does not name {option}");
    }
}

#[test]
fn every_file_it_points_to_is_there() {
    let text = fs::read_to_string(readme()).unwrap();
    let links = text.match_indices("](").map(|(at, _)| text[at + 2..].split(')').next().unwrap());
    let samples = text.split_whitespace().filter(|word| word.starts_with("samples/"));
    for path in links.chain(samples).filter(|path| !path.contains("://") && !path.starts_with('#')) {
        assert!(readme().with_file_name(path).exists(), "{path} is not there");
    }
}

#[test]
fn the_configuration_that_it_shows_is_one() {
    let text = fs::read_to_string(readme()).unwrap();
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), example).unwrap();
    let config = Config::load(Some(folder.path()), Depth::True).unwrap();
    assert_eq!(config.keys.keys(Action::LabelMalicious), ["F12"]);
    assert_eq!(config.settings.ledger, Some(folder.path().join("team.sqlite")));
}
