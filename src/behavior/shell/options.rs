//! The command lines of `node`, `python` and `sh`: which arguments are options and their values, which is code, which the
//! script. What stands behind the script belongs to the script.

use super::Code;
use crate::syntax::shell::Word;

/// What an interpreter is told to run.
pub(super) enum Target<'a> {
    /// Code among the arguments, and what stands behind it.
    Code(Word, &'a [Word]),
    /// A file.
    File(&'a Word),
    /// A module of Python by its name.
    Module(&'a str),
    /// A script of the manifest.
    Script(&'a str),
    /// What stands on its input.
    Input,
}

/// A command line, read.
pub(super) struct Line<'a> {
    /// Files and modules that run before, in order.
    pub before: Vec<Word>,
    /// What runs then.
    pub target: Target<'a>,
}

/// Options of node that name code to run first.
const PRELOADS: [&str; 5] = ["-r", "--require", "--import", "--loader", "--experimental-loader"];
/// Options of node, and of programs that take its options, with a value that is no code.
const NODE_VALUES: [&str; 26] = [
    "-C",
    "-P",
    "-O",
    "--conditions",
    "--project",
    "--tsconfig",
    "--import-map",
    "--config",
    "--input-type",
    "--experimental-default-type",
    "--title",
    "--env-file",
    "--env-file-if-exists",
    "--icu-data-dir",
    "--openssl-config",
    "--redirect-warnings",
    "--diagnostic-dir",
    "--disable-warning",
    "--disable-proto",
    "--dns-result-order",
    "--unhandled-rejections",
    "--watch-path",
    "--test-reporter",
    "--stack-trace-limit",
    "--max-http-header-size",
    "--inspect-port",
];

pub(super) fn read(code: Code, args: &[Word]) -> Line<'_> {
    match code {
        Code::JavaScript => node(args),
        Code::Python => python(args),
        Code::Shell(_) => shell(args),
    }
}

/// Files and modules that options of node run first: those of a command, or the words of `NODE_OPTIONS`.
pub(super) fn preloads(options: &[Word]) -> Vec<Word> {
    node(options).before
}

fn node(args: &[Word]) -> Line<'_> {
    let mut before = Vec::new();
    let mut code = None;
    let mut rest = args;
    let mut target = Target::Input;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let text = first.text.as_str();
        if text == "--" {
            target = tail.first().map_or(Target::Input, Target::File);
            break;
        }
        if text == "-" {
            break;
        }
        if text.is_empty() {
            continue;
        }
        if !text.starts_with('-') {
            target = Target::File(first);
            break;
        }
        let (flag, value) = match text.split_once('=') {
            Some((flag, value)) => (flag, Some(Word { text: value.to_owned(), ..first.clone() })),
            None => (text, None),
        };
        let apart = value.is_none();
        let taken = || value.clone().or_else(|| tail.first().cloned());
        let used = match flag {
            _ if PRELOADS.contains(&flag) => {
                before.extend(taken());
                true
            }
            "-e" | "--eval" | "-pe" | "-ep" => {
                code = taken();
                true
            }
            // Without code of its own it only says that the result is printed.
            "-p" | "--print" => {
                let own = taken().filter(|next| !apart || !next.text.starts_with('-'));
                let used = own.is_some();
                code = own.or(code);
                used
            }
            "--run" => match tail.first() {
                Some(name) if apart => return Line { before, target: Target::Script(&name.text) },
                _ => {
                    let name = text.split_once('=').map_or("", |(_, name)| name);
                    return Line { before, target: Target::Script(name) };
                }
            },
            _ => NODE_VALUES.contains(&flag),
        };
        if used && apart {
            rest = tail.get(1..).unwrap_or_default();
        }
    }
    Line { before, target: code.map_or(target, |code| Target::Code(code, &[])) }
}

fn python(args: &[Word]) -> Line<'_> {
    let before = Vec::new();
    let mut rest = args;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let text = first.text.as_str();
        match text {
            "" => continue,
            "-" => break,
            "--" => return Line { before, target: tail.first().map_or(Target::Input, Target::File) },
            "--check-hash-based-pycs" => {
                rest = tail.get(1..).unwrap_or_default();
                continue;
            }
            _ if text.starts_with("--") || text.starts_with("-V:") => continue,
            _ => {}
        }
        let Some(letters) = text.strip_prefix('-') else { return Line { before, target: Target::File(first) } };
        // Letters may stand together; the one that takes a value takes what is left of the word, or the next one.
        let Some(at) = letters.find(['c', 'm', 'W', 'X']) else { continue };
        let (letter, attached) = letters.get(at..).unwrap_or_default().split_at(1);
        let target = match letter {
            "c" if attached.is_empty() => tail.first().cloned().map(|code| Target::Code(code, &[])),
            "c" => Some(Target::Code(Word { text: attached.to_owned(), ..first.clone() }, &[])),
            "m" if attached.is_empty() => tail.first().map(|name| Target::Module(&name.text)),
            "m" => Some(Target::Module(attached)),
            _ => {
                if attached.is_empty() {
                    rest = tail.get(1..).unwrap_or_default();
                }
                continue;
            }
        };
        return Line { before, target: target.unwrap_or(Target::Input) };
    }
    Line { before, target: Target::Input }
}

fn shell(args: &[Word]) -> Line<'_> {
    let mut before = Vec::new();
    let mut rest = args;
    let mut is_code = false;
    let mut input = false;
    while let Some((first, tail)) = rest.split_first() {
        let text = first.text.as_str();
        if !text.is_empty() && !text.starts_with(['-', '+']) {
            break;
        }
        rest = tail;
        let mut valued = matches!(text, "--rcfile" | "--init-file");
        if valued {
            before.extend(tail.first().cloned());
        } else if text == "--command" {
            is_code = true;
        } else if let Some(code) = text.strip_prefix("--command=") {
            return Line { before, target: Target::Code(Word { text: code.to_owned(), ..first.clone() }, tail) };
        } else if text == "--" || text == "-" {
            break;
        } else if let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.starts_with('-')) {
            // `-lc`, `-ic` and `-xec` are `-c` with others; `-o pipefail` takes a value.
            is_code |= letters.contains('c');
            input |= letters.contains('s');
            valued = letters.ends_with(['o', 'O']);
        }
        if valued {
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    let target = match rest.first() {
        Some(code) if is_code => Target::Code(code.clone(), rest.get(1..).unwrap_or_default()),
        Some(file) if !input => Target::File(file),
        _ => Target::Input,
    };
    Line { before, target }
}
