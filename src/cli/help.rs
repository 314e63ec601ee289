//! What the program says of its commands: in groups, each with an example.

use std::fmt::Write as _;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory as _};

use super::{Cli, common};

/// The commands by what one wants, each with an example; the first is the workbench itself.
pub(super) const GROUPS: [(&str, &[(&str, &str)]); 3] = [
    (
        "Triage",
        &[
            (WORKBENCH, "cerebro samples/npm-hook-stealer.tgz"),
            ("scan", "cerebro scan samples/npm-csv-peek.tgz samples/pypi-setup-exec.tar.gz"),
            ("sequence", "cerebro sequence samples/npm-hook-stealer.tgz"),
            ("diff", "cerebro diff samples/npm-color-names-1.4.1.tgz samples/npm-color-names-1.4.2.tgz"),
            ("explain", "cerebro explain samples/npm-hook-stealer.tgz"),
            ("decode", "cerebro decode samples/npm-obfuscated-loader.tgz"),
            ("iocs", "cerebro iocs samples/npm-hook-stealer.tgz --format csv"),
            ("report", "cerebro report samples/npm-hook-stealer.tgz"),
            ("similar", "cerebro similar samples/npm-hook-stealer.tgz"),
            ("queue", "cerebro queue add samples"),
            ("serve", "cerebro serve --unix cerebro.sock"),
        ],
    ),
    (
        "Labels and data",
        &[
            ("export", "cerebro export --out labels.jsonl"),
            ("ledger", "cerebro ledger verify"),
            ("suppressions", "cerebro suppressions list"),
            ("train", "cerebro train --data labels.jsonl --base models/cerebro --out models/mine"),
            ("eval", "cerebro eval --data labels.jsonl"),
        ],
    ),
    (
        "Reference",
        &[
            ("features", "cerebro features --format json"),
            ("classify", "cerebro classify --text steps.txt"),
            ("generate", "cerebro generate completions bash"),
            ("help", "cerebro help scan"),
        ],
    ),
];

/// What stands in the list for the workbench, which is no subcommand.
const WORKBENCH: &str = "[PATH]";
const ABOUT_WORKBENCH: &str = "Open the workbench on a package; without one, on the start screen with a guided tour";
const ABOUT_HELP: &str = "Print this, or the help of a command";

/// Columns of the names.
const NAMES: usize = 13;

/// The command line as it is parsed, printed and completed.
pub(super) fn command() -> Command {
    let mut command = common::fit(Cli::command(), "");
    for (name, example) in GROUPS.iter().flat_map(|(_, commands)| *commands) {
        // The help command is clap's own.
        if *name != WORKBENCH && *name != "help" {
            let text =
                format!("Example:\n  {example}\n\n--config DIR and --log FILE work here too: see cerebro --help.");
            command = command.mut_subcommand(name, |sub| sub.after_help(text));
        }
    }
    let template = format!(
        "{{about-with-newline}}\nNothing of a package is ever unpacked to disk or run, and nothing is fetched from a network.\n\n\
         {{usage-heading}} {{usage}}\n\n{}{{options}}{{after-help}}",
        groups(&command)
    );
    command.help_template(template)
}

/// The groups as help prints them, and the heading of the options that follow.
fn groups(command: &Command) -> String {
    let styles = command.get_styles();
    let (heading, literal, example_style) = (styles.get_header(), styles.get_literal(), styles.get_placeholder());
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (title, commands) in GROUPS {
        let _ = writeln!(text, "{heading}{title}:{heading:#}");
        for (name, example) in commands {
            let about = match *name {
                WORKBENCH => ABOUT_WORKBENCH.to_owned(),
                "help" => ABOUT_HELP.to_owned(),
                _ => command
                    .find_subcommand(name)
                    .and_then(Command::get_about)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            };
            let _ = writeln!(text, "  {literal}{name:<NAMES$}{literal:#}{about}");
            let _ = writeln!(text, "  {:NAMES$}{example_style}$ {example}{example_style:#}", "");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{heading}Options:{heading:#}");
    text
}

/// Why an option that was given before the subcommand is none of its: said, not silently dropped.
pub(super) fn misplaced(matches: &ArgMatches) -> Option<String> {
    let (levels, words) = common::levels(matches);
    let (inner, outer) = levels.split_last()?;
    let given = |level: &ArgMatches, id: &str| {
        level.try_contains_id(id).is_ok() && level.value_source(id) == Some(ValueSource::CommandLine)
    };
    let known = |id: &str| inner.try_contains_id(id).is_ok();
    let command = command();
    let mut options = command.get_arguments();
    options.find_map(|arg| {
        let id = arg.get_id().as_str();
        // A shared option holds wherever it stands.
        let lost = outer.iter().any(|level| given(level, id)) && !(common::is_shared(id) && known(id));
        let long = arg.get_long().filter(|_| lost)?;
        Some(match known(id) {
            true => format!("write --{long} behind {words}; before it, it is lost"),
            false => format!("{words} does not use --{long}; see {words} --help"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_contradict_nothing() {
        command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_an_example_that_can_be_parsed() {
        let listed: Vec<&str> = GROUPS.iter().flat_map(|(_, commands)| *commands).map(|(name, _)| *name).collect();
        for sub in command().get_subcommands() {
            assert!(listed.contains(&sub.get_name()), "{} is in no group", sub.get_name());
        }
        for (name, example) in GROUPS.iter().flat_map(|(_, commands)| *commands).filter(|(name, _)| *name != "help") {
            let matches = command().try_get_matches_from(example.split(' ')).unwrap();
            let of = matches.subcommand_name().unwrap_or(WORKBENCH);
            assert_eq!(of, *name, "{example}");
            assert_eq!(misplaced(&matches), None, "{example}");
        }
    }

    #[rstest::rstest]
    #[case("cerebro --model m scan x", None)]
    #[case("cerebro --device cuda:0 scan x", None)]
    #[case("cerebro --ledger l scan x", None)]
    #[case("cerebro --log f features", None)]
    #[case("cerebro --ledger l features", Some("cerebro features does not use --ledger"))]
    #[case("cerebro --model m queue list", Some("cerebro queue list does not use --model"))]
    #[case("cerebro --theme dark queue", Some("write --theme behind cerebro queue"))]
    #[case("cerebro --no-mouse scan x", Some("cerebro scan does not use --no-mouse"))]
    fn an_option_before_the_subcommand_holds_or_is_refused(#[case] line: &str, #[case] wrong: Option<&str>) {
        let matches = command().try_get_matches_from(line.split(' ')).unwrap();
        let said = misplaced(&matches);
        assert_eq!(said.is_some(), wrong.is_some(), "{said:?}");
        assert!(said.is_none_or(|said| said.starts_with(wrong.unwrap())));
    }

    #[test]
    fn what_a_subcommand_cannot_use_is_refused() {
        for line in ["cerebro features --model m", "cerebro generate man --ledger l", "cerebro export --device cpu"] {
            assert!(command().try_get_matches_from(line.split(' ')).is_err(), "{line}");
        }
        for line in ["cerebro scan x --ledger l", "cerebro diff x y --ledger l", "cerebro generate config --config c"] {
            assert!(command().try_get_matches_from(line.split(' ')).is_ok(), "{line}");
        }
    }
}
