//! The options that several subcommands share, and which subcommand uses which.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Arg, ArgMatches, Command, value_parser};
use strum::VariantNames as _;

use crate::sandbox::Mode;

/// Ids of the options.
pub(super) const MODEL: &str = "model";
pub(super) const DEVICE: &str = "device";
pub(super) const CONFIG: &str = "config";
pub(super) const LOG: &str = "log";
pub(super) const LEDGER: &str = "ledger";
pub(super) const ACTOR: &str = "actor";
pub(super) const PASSWORD: &str = "password";
pub(super) const SANDBOX: &str = "sandbox";

/// The device unless another is named.
pub(super) const AUTO: &str = "auto";

const MODELS: &[&str] = &[MODEL, DEVICE];
const PROGRAM: &[&str] = &[CONFIG, LOG];
const PACKAGES: &[&str] = &[PASSWORD, SANDBOX];
const ALL: &[&str] = &[MODEL, DEVICE, CONFIG, LOG, LEDGER, ACTOR, PASSWORD, SANDBOX];

/// What a command does with the options.
#[derive(Debug, Default)]
struct Uses {
    /// These it needs.
    needs: &'static [&'static [&'static str]],
    /// These change nothing, but scripts that give them to every command need not tell commands apart.
    bears: &'static [&'static str],
}

/// What the command behind `cerebro` does with the options. All bear those of the program itself, which the help of
/// `cerebro` lists once.
fn uses(command: &str) -> Uses {
    let (needs, bears): (&[&[&str]], &[&str]) = match command {
        "" => (&[ALL], &[]),
        "scan" | "diff" | "explain" | "serve" => (&[MODELS, PACKAGES], &[LEDGER, ACTOR]),
        "sequence" | "decode" => (&[PACKAGES], &[LEDGER, ACTOR]),
        "report" => (&[MODELS, &[LEDGER], PACKAGES], &[ACTOR]),
        "iocs" => (&[&[LEDGER], PACKAGES], &[ACTOR]),
        "similar" => (&[&[LEDGER, ACTOR], PACKAGES], &[]),
        "queue" | "queue open" => (&[MODELS, &[LEDGER, ACTOR], PACKAGES], &[]),
        "queue add" => (&[&[LEDGER], PACKAGES], &[ACTOR]),
        "queue list" | "queue remove" | "export" => (&[&[LEDGER]], &[ACTOR]),
        "ledger" | "ledger verify" | "ledger restore" | "ledger log" | "ledger show" | "ledger agreement"
        | "ledger roles" => (&[&[LEDGER]], &[ACTOR]),
        "suppressions" | "suppressions list" | "suppressions export" => (&[&[LEDGER]], &[ACTOR]),
        "suppressions import" | "suppressions lift" => (&[&[LEDGER, ACTOR]], &[]),
        "train" | "eval" => (&[MODELS, PACKAGES], &[]),
        "classify" => (&[MODELS], &[]),
        _ => (&[], &[]),
    };
    Uses { needs, bears }
}

fn option(id: &'static str) -> Arg {
    let arg = Arg::new(id).long(id);
    let path = |arg: Arg| arg.value_parser(value_parser!(PathBuf));
    match id {
        MODEL => path(arg)
            .value_name("DIR")
            .env("CEREBRO_MODEL")
            .help("Model folder: config.json, tokenizer.json, model.safetensors [default: the shipped model]"),
        DEVICE => arg.value_name("DEVICE").default_value(AUTO).help("Where the model runs: auto, cpu, cuda:N or metal"),
        CONFIG => path(arg)
            .value_name("DIR")
            .env("CEREBRO_CONFIG")
            .help("Folder with config.toml [default: cerebro in the user's configuration folder]"),
        LOG => path(arg)
            .value_name("FILE")
            .env("CEREBRO_LOG")
            .help("Write what the program does, with times, to the end of this file"),
        LEDGER => path(arg)
            .value_name("FILE|URL")
            .env("CEREBRO_LEDGER")
            .hide_env_values(true)
            .help(
                "Ledger of the analysts' labels, a file or postgres://... [default: cerebro/ledger.sqlite in the \
                 user's data folder]",
            ),
        ACTOR => {
            arg.value_name("NAME").env("CEREBRO_ACTOR").help("Name written beside your labels [default: the user name]")
        }
        SANDBOX => arg
            .value_name("MODE")
            .default_value(<&str>::from(Mode::default()))
            .value_parser(PossibleValuesParser::new(Mode::VARIANTS).try_map(|name| name.parse::<Mode>()))
            .env("CEREBRO_SANDBOX")
            .help("Read packages in a process without rights: require it, as far as the system can (auto), or do without (off)"),
        _ => arg.value_name("WORD").help("Password of encrypted zips; `infected` is tried by itself"),
    }
}

/// Gives each command the options that it needs, and hidden those that it bears.
pub(super) fn fit(command: Command, path: &str) -> Command {
    let Uses { needs, bears } = uses(path);
    let needed: Vec<&str> = needs.concat();
    let borne = ALL.iter().copied().filter(|id| !needed.contains(id) && (bears.contains(id) || PROGRAM.contains(id)));
    let hidden: Vec<Arg> = borne.map(|id| option(id).hide(true)).collect();
    let offered: Vec<Arg> = ALL.iter().copied().filter(|id| needed.contains(id)).map(option).collect();
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = command.args(offered).args(hidden);
    names.into_iter().fold(command, |command, name| {
        let inner = format!("{path} {name}");
        command.mut_subcommand(name, |sub| fit(sub, inner.trim_start()))
    })
}

/// Whether an option is one of the shared ones.
pub(super) fn is_shared(id: &str) -> bool {
    ALL.contains(&id)
}

/// What was parsed for each word of the command line, from `cerebro` to the innermost subcommand, and that one's words.
pub(super) fn levels(matches: &ArgMatches) -> (Vec<&ArgMatches>, String) {
    let (mut levels, mut words) = (vec![matches], String::from("cerebro"));
    let mut inner = matches;
    while let Some((name, next)) = inner.subcommand() {
        words = format!("{words} {name}");
        levels.push(next);
        inner = next;
    }
    (levels, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help;

    /// Every command and every one within another, by its words.
    fn commands(command: &Command, path: &str, found: &mut Vec<(String, Vec<String>)>) {
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set()).map(|arg| arg.get_id().to_string());
        found.push((path.to_owned(), shown.collect()));
        for sub in command.get_subcommands() {
            commands(sub, format!("{path} {}", sub.get_name()).trim_start(), found);
        }
    }

    #[test]
    fn every_command_offers_what_it_needs_and_nothing_else() {
        let mut found = Vec::new();
        commands(&help::command(), "", &mut found);
        assert!(found.len() > 15, "{found:?}");
        for (path, shown) in found {
            let needed = uses(&path).needs.concat();
            for id in ALL {
                assert_eq!(shown.iter().any(|arg| arg == id), needed.contains(id), "{id} of {path:?}");
            }
        }
    }
}
