//! The documents say what the program does: keys, subcommands, options, JSON and figures are the real ones, and every link
//! leads somewhere. `CEREBRO_UPDATE_DOCS=1 cargo test documents` writes the tables of keys anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cerebro::config::{Action, Config, Depth, FILE, Keymap};
use cerebro::ledger::{IndicatorRole, Ledger, RoleSet, Scope, Suppression};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const FRONT: &str = "README.md";
const WORKBENCH: &str = "src/tui/README.md";
const SUBCOMMANDS: &str = "src/cli/README.md";
const CONFIGURATION: &str = "src/config/README.md";
const LEDGER: &str = "src/ledger/README.md";
const CARD: &str = "models/cerebro/README.md";
const MEASURED: &str = "models/cerebro/MEASURED.md";

/// Where documents lie; a folder that is not the project's, such as one of a benchmark's tools, is none of ours.
const FOLDERS: [&str; 6] = [".github", "models", "samples", "src", "tests", "themes"];

const BEGIN: &str = "writes them anew -->\n";
const END: &str = "<!-- end of keys -->";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"))
}

/// Every document of the repository.
fn documents() -> Vec<PathBuf> {
    let is_document = |path: &Path| path.extension().is_some_and(|ending| ending == "md");
    let entries = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut found: Vec<PathBuf> = entries(&root()).into_iter().filter(|path| is_document(path)).collect();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|name| root().join(name)).filter(|path| path.is_dir()).collect();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if is_document(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 10, "{found:?}");
    found
}

/// The lines of a document that are prose, without what stands in code blocks.
fn prose(text: &str) -> Vec<&str> {
    let mut code = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            code ^= fence;
            !code && !fence
        })
        .collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(text) {
        let Some((marks, heading)) = line.split_once(' ') else { continue };
        if marks.is_empty() || !marks.chars().all(|c| c == '#') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        let anchor: String = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let again = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(again).find(|anchor| !anchors.contains(anchor));
        anchors.extend(free);
    }
    anchors
}

/// The targets of a document's links and pictures.
fn links(text: &str) -> Vec<String> {
    let of = |line: &str| {
        let after = line.match_indices("](").map(|(at, _)| line[at + 2..].split(')').next().unwrap().to_owned());
        after.collect::<Vec<_>>()
    };
    prose(text).into_iter().flat_map(of).collect()
}

/// The code blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    text.split(begin.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let folder = document.parent().unwrap();
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { document.clone() } else { folder.join(path) };
            let leads = target.exists()
                && (anchor.is_empty() || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor));
            if !leads {
                wrong.push(format!("{}: {link}", document.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn links_and_headings_are_found() {
    let text =
        "# A `code` title, it's 1\n\n## Twice\n[a](b.md#c) ![d](e.svg)\n```sh\n# no heading [f](g)\n```\n## Twice\n";
    assert_eq!(links(text), ["b.md#c", "e.svg"]);
    assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), ["a-code-title-its-1", "twice", "twice-1"]);
}

#[test]
fn the_front_page_is_short() {
    let text = read(FRONT);
    let (lines, bytes) = (text.lines().count(), text.len());
    assert!(lines <= 150 && bytes <= 8 << 10, "{lines} lines, {bytes} bytes; details belong into the manual");
}

#[test]
fn every_manual_page_leads_back_to_the_front_page_and_is_reached_from_it() {
    let front = root().join(FRONT);
    let reached: BTreeSet<PathBuf> = links(&read(FRONT))
        .iter()
        .filter_map(|link| root().join(link.split('#').next()?).canonicalize().ok())
        .collect();
    let pages = documents().into_iter().filter(|page| page.ends_with(FRONT) && *page != front);
    // The packages that samples are made from have documents of their own.
    for page in pages.filter(|page| !page.starts_with(root().join("samples/src"))) {
        assert!(reached.contains(&page.canonicalize().unwrap()), "{} is not in the manual", page.display());
        let text = fs::read_to_string(&page).unwrap();
        let back = links(&text).iter().any(|link| page.with_file_name(link).canonicalize().is_ok_and(|to| to == front));
        assert!(back, "{} does not lead back", page.display());
    }
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
    let text = read(WORKBENCH);
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if std::env::var_os("CEREBRO_UPDATE_DOCS").is_some() {
        fs::write(root().join(WORKBENCH), format!("{before}{BEGIN}{}{END}{after}", keys())).unwrap();
    } else {
        assert_eq!(written, keys(), "write them anew: CEREBRO_UPDATE_DOCS=1 cargo test documents");
    }
}

#[test]
fn the_ten_keys_to_begin_with_do_what_they_say() {
    let means = [
        ("n", Action::Next),
        ("Enter", Action::Open),
        ("(", Action::Back),
        ("c", Action::Card),
        ("o", Action::Origin),
        ("I", Action::Indicators),
        ("S", Action::SearchPackage),
        ("v", Action::Mark),
        ("m", Action::LabelMalicious),
        ("u", Action::Undo),
    ];
    let text = read(FRONT);
    let (_, table) = text.split_once("| key | |\n|---|---|\n").unwrap();
    let shown: Vec<&str> = table.lines().map_while(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(shown, means.map(|(key, _)| key));
    let keymap = Keymap::built_in().unwrap();
    for (key, action) in means {
        assert!(keymap.keys(action).iter().any(|other| other == key), "{key} is not {}", action.name());
    }
}

fn cerebro(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CEREBRO_")) {
        command.env_remove(name);
    }
    let output = command.args(arguments).current_dir(root()).output().unwrap();
    assert_ne!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the program takes: the options of every subcommand, `""` for none, and the words behind each. The completions say it
/// whatever the help looks like.
#[derive(Default)]
struct Taken {
    options: BTreeMap<String, BTreeSet<String>>,
    words: BTreeMap<String, BTreeSet<String>>,
}

fn taken() -> Taken {
    let mut taken = Taken::default();
    for line in cerebro(&["generate", "completions", "fish"]).lines() {
        let Some((condition, rest)) = line.strip_prefix("complete -c cerebro -n \"").and_then(|l| l.split_once("\" "))
        else {
            continue;
        };
        let of =
            condition.split_once("using_subcommand ").map_or("", |(_, name)| name.split([';', ' ']).next().unwrap());
        if of == "help" {
            continue;
        }
        let rest = rest.strip_prefix("-f ").unwrap_or(rest);
        let mut words = rest.split(' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("-l"), Some(name), ..) | (Some("-s"), _, Some("-l"), Some(name)) => {
                taken.options.entry(of.to_owned()).or_default().insert(format!("--{name}"));
            }
            (Some("-a"), Some(name), ..) if name != "\"help\"" => {
                taken.words.entry(of.to_owned()).or_default().insert(name.trim_matches('"').to_owned());
            }
            _ => {}
        }
    }
    assert!(taken.words[""].len() > 5 && taken.options[""].len() > 5 && taken.options["scan"].contains("--jobs"));
    taken
}

/// The section of a document under a heading, up to the next one of its rank or above.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("there is no {heading:?}"));
    let rank = heading.split(' ').next().unwrap().len();
    let next = (1..=rank).filter_map(|rank| rest.find(&format!("\n{} ", "#".repeat(rank)))).min();
    &rest[..next.unwrap_or(rest.len())]
}

/// The long options that a text names.
fn options(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| {
        rest.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect::<String>()
    };
    let starts = text.match_indices("--").filter(|(at, _)| text[..*at].ends_with(['`', ' ', '[', '(']));
    starts.map(|(at, _)| format!("--{}", name(&text[at + 2..]))).filter(|option| option.len() > 3).collect()
}

#[test]
fn every_subcommand_and_option_of_the_program_is_named_and_no_other() {
    let (front, page, taken) = (read(FRONT), read(SUBCOMMANDS), taken());
    let mut known: BTreeSet<String> = section(&page, "## Options for all").lines().flat_map(options).collect();
    known.extend(["--help", "--version"].map(str::to_owned));
    for command in &taken.words[""] {
        assert!(front.contains(&format!("`cerebro {command}")), "{FRONT} does not name cerebro {command}");
    }
    for (command, options_of) in &taken.options {
        let heading = if command.is_empty() { "## The workbench".to_owned() } else { format!("## `{command}`") };
        let own = section(&page, &heading);
        // A section may point to another for what both take.
        let others = links(own).into_iter().filter_map(|link| Some(link.strip_prefix('#')?.to_owned()));
        let others = others.filter_map(|anchor| {
            page.lines().find(|line| line.starts_with("## ") && anchors(line).contains(&anchor)).map(str::to_owned)
        });
        let named: BTreeSet<String> = std::iter::once(own.to_owned())
            .chain(others.map(|heading| section(&page, &heading).to_owned()))
            .flat_map(|text| options(&text))
            .chain(known.clone())
            .collect();
        let missing: Vec<&String> = options_of.difference(&named).collect();
        assert!(missing.is_empty(), "{SUBCOMMANDS} does not name {missing:?} under {heading:?}");
        let words = taken.words.get(command).into_iter().flatten().filter(|_| !command.is_empty());
        let unnamed: Vec<&String> = words.filter(|word| !own.contains(&format!("cerebro {command} {word}"))).collect();
        assert!(unnamed.is_empty(), "{SUBCOMMANDS} does not name {unnamed:?} under {heading:?}");
    }
    let all: BTreeSet<String> = taken.options.into_values().flatten().collect();
    let invented: Vec<String> = options(&page).difference(&all).cloned().collect();
    assert!(invented.is_empty(), "{SUBCOMMANDS} names {invented:?}, which the program does not take");
}

/// The keys of an object and of what it holds, by way; of a list only the first element counts. Where one of both has nothing,
/// nothing below is compared.
fn compare(way: &str, shown: &Value, real: &Value, wrong: &mut Vec<String>) {
    match (shown, real) {
        // The keys are codes of behaviors.
        (Value::Object(_), Value::Object(_)) if way.ends_with(".features") => {}
        (Value::Object(shown), Value::Object(real)) => {
            let (said, is): (BTreeSet<_>, BTreeSet<_>) = (shown.keys().collect(), real.keys().collect());
            wrong.extend(said.symmetric_difference(&is).map(|key| format!("{way}.{key}")));
            for (key, value) in shown {
                compare(&format!("{way}.{key}"), value, real.get(key).unwrap_or(&Value::Null), wrong);
            }
        }
        (Value::Array(shown), Value::Array(real)) => {
            if let (Some(shown), Some(real)) = (shown.first(), real.first()) {
                compare(&format!("{way}[]"), shown, real, wrong);
            }
        }
        _ => {}
    }
}

/// The JSON that a page shows, by schema.
fn shown(page: &str) -> BTreeMap<String, Value> {
    let documents = blocks(page, "json").into_iter().map(|block| serde_json::from_str::<Value>(block).expect(block));
    documents.filter_map(|json| Some((json["schema"].as_str()?.to_owned(), json))).collect()
}

#[test]
fn the_json_that_the_manual_shows_has_the_keys_of_the_real_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    // Its manifest cannot be read, so that something is skipped.
    fs::create_dir(at("package")).unwrap();
    fs::write(at("package/package.json"), "{\"name\":\"demo\"").unwrap();
    let (package, ledger) = (at("package"), at("ledger.sqlite"));
    let loader = "samples/npm-obfuscated-loader.tgz";
    let (old, new) = ("samples/npm-color-names-1.4.1.tgz", "samples/npm-color-names-1.4.2.tgz");
    cerebro(&["queue", "add", loader, "--ledger", &ledger]);
    let undone = at("undone.sqlite");
    let mut log = Ledger::open(Path::new(&undone), "ann").unwrap();
    let role =
        RoleSet { sha256: "5a".into(), indicator: "url".into(), value: "https://example.com".into(), role: None };
    log.set_role(RoleSet { role: Some(IndicatorRole::C2), ..role }).unwrap();
    log.undo().unwrap();
    let hidden = Suppression {
        rule: "behavior/X1".into(),
        path: "dist/*.min.js".into(),
        content: "5a".repeat(32),
        scope: Scope::Package,
        of: "npm/demo".into(),
        author: String::new(),
        reason: "decodes its own table".into(),
        expires: "2027-01-01T00:00:00Z".parse().ok(),
    };
    log.suppress(hidden).unwrap();
    drop(log);
    let list = at("bad.txt");
    let archive = fs::read(root().join(loader)).unwrap();
    let hash: String = Sha256::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(&list, hash).unwrap();
    let commands = [
        vec!["similar", loader, "--known-bad", &list, "--format", "json", "--ledger", &undone],
        vec!["ledger", "agreement", "--format", "json", "--ledger", &undone],
        vec!["suppressions", "export", "--ledger", &undone],
        vec!["scan", loader, "--format", "jsonl"],
        vec!["scan", &package, "--format", "jsonl"],
        vec!["sequence", loader, "--format", "json"],
        vec!["diff", old, new, "--format", "json"],
        vec!["explain", loader, "--format", "json"],
        vec!["decode", loader, "--format", "json"],
        vec!["iocs", loader, "--format", "json"],
        vec!["ledger", "show", "2", "--ledger", &undone],
        vec!["queue", "list", "--format", "json", "--ledger", &ledger],
    ];
    let mut shown = shown(&(read(SUBCOMMANDS) + &read(LEDGER)));
    let mut compared = BTreeSet::new();
    for arguments in commands {
        let real: Value = serde_json::from_str(&cerebro(&arguments)).unwrap();
        let schema = real["schema"].as_str().unwrap();
        let mut wrong = Vec::new();
        compare(schema, &shown[schema], &real, &mut wrong);
        assert!(wrong.is_empty(), "on one side only: {wrong:?}");
        compared.insert(schema.to_owned());
    }
    shown.retain(|schema, _| !compared.contains(schema));
    assert!(shown.is_empty(), "compared with nothing: {:?}", shown.keys());
}

#[test]
fn the_figures_of_the_front_page_and_of_the_model_card_are_those_that_were_measured() {
    let (front, card, measured) = (read(FRONT), read(CARD), read(MEASURED));
    let figures = section(&front, "## How good it is");
    let words = figures.split(|c: char| !c.is_ascii_digit() && c != '.');
    let figures: Vec<&str> = words.filter(|word| word.len() == 5 && word.contains('.')).collect();
    assert!(figures.len() >= 10, "{figures:?}");
    for figure in figures {
        assert!(card.contains(figure), "{figure} is not in {CARD}");
        assert!(measured.contains(figure), "{figure} is not in {MEASURED}");
    }
}

#[test]
fn every_sample_that_is_named_is_there() {
    let mut seen = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let words = text.split(|c: char| c.is_whitespace() || ['`', '(', ')', ',', ';'].contains(&c));
        for name in words.filter_map(|word| word.strip_prefix("samples/")).filter(|name| name.contains('.')) {
            assert!(root().join("samples").join(name).exists(), "{}: samples/{name}", document.display());
            seen += 1;
        }
    }
    assert!(seen > 2);
}

#[test]
fn the_configuration_that_is_shown_is_one() {
    let text = read(CONFIGURATION);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), blocks(&text, "toml")[0]).unwrap();
    let config = Config::load(Some(folder.path()), Depth::True).unwrap();
    assert_eq!(config.keys.keys(Action::LabelMalicious), ["F12"]);
    assert_eq!(config.settings.ledger, Some(folder.path().join("team.sqlite")));
}

/// A promise whose test was renamed or dropped is no promise: names of three words and more in backquotes are tests.
#[test]
fn every_test_that_is_named_is_there() {
    let mut code = String::new();
    let mut folders = vec![root().join("src"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                code.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let is_test = |word: &&str| {
        word.matches('_').count() > 1 && word.chars().all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    for document in ["SECURITY.md", ".github/CONTRIBUTING.md"] {
        let text = read(document);
        let named: Vec<&str> = text.split('`').filter(is_test).collect();
        assert!(named.len() > 10, "{document}: {named:?}");
        for name in named {
            assert!(code.contains(&format!("fn {name}(")), "{document} names the test {name}, which is not there");
        }
    }
}
