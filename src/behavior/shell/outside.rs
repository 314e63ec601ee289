//! What a command runs that the package does not hold: code of another package, code that is fetched, what is known only when
//! it runs. Nothing of it is a step; it is named among what the entries come to run.

use super::options;
use super::{Act, Code, Given, Walk, table};
use crate::behavior::taint::Taint;
use crate::syntax::shell::{HOLE, Word};

/// Flags of package runners and managers that name a package.
pub(super) const NAMES_PACKAGE: [&str; 5] = ["-p", "--package", "--from", "--spec", "--with"];
/// Flags of theirs that take another value.
pub(super) const TAKES_VALUE: [&str; 7] =
    ["--prefix", "-C", "--cwd", "--dir", "--registry", "--index-url", "--loglevel"];
/// Longest text of a command that is told, characters.
const WRITTEN: usize = 100;
/// Most names told of one command.
pub(super) const NAMES: usize = 8;

impl Walk {
    /// Names what a command runs from outside of the package, if it does.
    pub(super) fn outside(&mut self, given: &Given<'_>, first: &str) {
        let args = given.args;
        let told = match given.program.as_str() {
            "npx" | "pnpx" | "bunx" | "uvx" => runner(given, args),
            "npm" | "yarn" | "pnpm" | "bun" => manager(given, args),
            "pip" | "easy_install" | "conda" => after(args, "install").and_then(|rest| installed(given, rest)),
            "pipx" => after(args, "run")
                .and_then(|rest| runner(given, rest))
                .or_else(|| after(args, "install").and_then(|rest| installed(given, rest))),
            "uv" => {
                let installs = || {
                    ["install", "add"].iter().find_map(|word| after(args, word)).and_then(|rest| installed(given, rest))
                };
                after(args, "tool")
                    .and_then(|rest| after(rest, "run"))
                    .and_then(|rest| runner(given, rest))
                    .or_else(installs)
            }
            "python" | "py" | "pypy" => after(args, "-m")
                .filter(|rest| rest.first().is_some_and(|module| module.text.starts_with("pip")))
                .and_then(|rest| after(rest, "install"))
                .and_then(|rest| installed(given, rest)),
            "prebuild-install" | "node-pre-gyp" => Some(format!("{} fetches a program or builds one", given.program)),
            "deno" | "mshta" | "regsvr32" | "msiexec" | "wscript" | "cscript" | "rundll32" => {
                let remote = args.iter().find(|arg| arg.text.contains("://"));
                remote.map(|address| format!("code fetched from {}", address.text))
            }
            // A path is looked for among the files, and told where it leads nowhere.
            _ if !self.cmdlets && is_computed(first) && !first.contains(['/', '\\']) => Some(computed(first, given)),
            _ => None,
        };
        self.built(given);
        if told.is_none() && !self.cmdlets && is_foreign(&given.program, first) && !self.was_fetched(first) {
            self.act(given.span, Act::Program(first.to_owned()));
        }
        if let Some(what) = told {
            self.act(given.span, Act::Unresolved(what));
        }
    }

    /// Says that a command runs code that no text tells: what `carried` says of it, or how it is written.
    pub(super) fn unknown_code(&mut self, given: &Given<'_>, written: &str, carried: Taint) {
        let program = &given.program;
        let what = match carried.has(Taint::NET) {
            true => format!("{program} runs code that is fetched"),
            false if written.chars().all(|c| c == HOLE || c.is_whitespace()) => match as_written(given) {
                Some(command) => format!("{program} runs code that is known only when it runs: {command}"),
                None => format!("{program} runs code that is known only when it runs"),
            },
            false => format!("{program} runs {}, which is known only when it runs", written.replace(HOLE, "…")),
        };
        self.act(given.span, Act::Unresolved(what));
    }
}

/// Whether a word, or a code of one word, stands for something that the text does not tell.
pub(in crate::behavior) fn is_computed(text: &str) -> bool {
    let named = |sign: char| text.split(sign).skip(1).any(|rest| rest.starts_with(is_name) || rest.starts_with('{'));
    !text.contains(char::is_whitespace)
        && (text.contains(HOLE) || named('$') || text.matches('%').count() >= 2 && named('%'))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '*')
}

/// What is computed, by its name, or by the command as it is written where there is none.
fn computed(text: &str, given: &Given<'_>) -> String {
    let written = text.contains(HOLE).then(|| as_written(given)).flatten();
    format!("{} is known only when it runs", written.unwrap_or_else(|| text.replace(HOLE, "…")))
}

/// A command on one line, cut where it is long.
fn as_written(given: &Given<'_>) -> Option<String> {
    let text = given.written.split_whitespace().collect::<Vec<_>>().join(" ").replace(HOLE, "…");
    match text.char_indices().nth(WRITTEN) {
        _ if text.is_empty() || text == given.program => None,
        Some((end, _)) => Some(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Some(text),
    }
}

/// Whether a word names a program that no system is known to hold: what npm puts on the path, or another package does.
fn is_foreign(program: &str, first: &str) -> bool {
    let plain = first.starts_with(|c: char| c.is_ascii_alphanumeric())
        && first.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@'));
    let script = [".js", ".sh", ".py", ".bat", ".ps1", ".bash"].iter().any(|end| first.ends_with(end));
    plain && !script && !table::is(program, "system") && !table::is(&first.to_ascii_lowercase(), "system")
}

impl Walk {
    /// What a build tool reads: its file may run any command.
    fn built(&mut self, given: &Given<'_>) {
        let value = |flags: &[&str]| {
            let at = given.args.iter().position(|arg| flags.contains(&arg.text.as_str()))?;
            given.args.get(at + 1).map(|word| word.text.as_str())
        };
        let (folder, names): (_, &[&str]) = match given.program.as_str() {
            "make" | "gmake" => (value(&["-C", "--directory"]), &["GNUmakefile", "makefile", "Makefile"]),
            "cmake" | "cmake-js" => (value(&["-S", "-d"]), &["CMakeLists.txt"]),
            "node-gyp" | "node-gyp-build" | "node-pre-gyp" => (value(&["-C", "--directory"]), &["binding.gyp"]),
            _ => return,
        };
        let folder = folder.map_or_else(String::new, |folder| format!("{}/", folder.trim_end_matches('/')));
        let own = value(&["-f", "--file"]).filter(|_| given.program.ends_with("make"));
        let names = own.into_iter().chain(names.iter().copied());
        let files = names.map(|name| format!("{}{folder}{name}", self.folder)).collect();
        let goals = match given.program.ends_with("make") {
            true => goals(given.args),
            false => Vec::new(),
        };
        self.act(given.span, Act::Build(given.program.clone(), files, goals));
    }

    /// Files that `NODE_OPTIONS` makes node load before any script.
    pub(super) fn node_options(&mut self, given: &Given<'_>) {
        if !given.written.contains("NODE_OPTIONS") {
            return;
        }
        let words = given.command.words.iter().map(|word| word.text.as_str());
        let words = words.skip_while(|word| !word.contains("NODE_OPTIONS=")).collect::<Vec<_>>().join(" ");
        let set = words.split_once("NODE_OPTIONS=").map(|(_, value)| value);
        let values = given.command.assigned.iter().map(|word| word.text.as_str()).chain(set);
        for value in values {
            let value = value.trim_start_matches("NODE_OPTIONS=").trim_matches(['"', '\'']);
            let options: Vec<Word> = value.split_whitespace().map(Word::plain).collect();
            for file in options::preloads(&options) {
                self.preload(given, &file, Code::JavaScript);
            }
        }
    }
}

/// The targets that `make` is told to make.
fn goals(args: &[Word]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = args.iter().map(|arg| arg.text.as_str());
    while let Some(arg) = rest.next() {
        match arg {
            "-C" | "--directory" | "-f" | "--file" | "-I" | "-o" | "-W" => drop(rest.next()),
            // A number may stand behind it.
            "-j" => {}
            _ if arg.starts_with('-') || arg.contains(['=', HOLE]) || arg.bytes().all(|b| b.is_ascii_digit()) => {}
            _ => found.push(arg.to_owned()),
        }
    }
    found
}

/// What stands behind a word of the arguments.
fn after<'a>(args: &'a [Word], word: &str) -> Option<&'a [Word]> {
    let at = args.iter().position(|arg| arg.text == word)?;
    args.get(at + 1..)
}

/// `npx --yes name arguments`: the package that is fetched and run.
fn runner(given: &Given<'_>, args: &[Word]) -> Option<String> {
    packages(given, args, 1)
}

/// `npm exec name`, `yarn dlx name`, `npm create name`, `npm install name`.
fn manager(given: &Given<'_>, args: &[Word]) -> Option<String> {
    let at = args.iter().position(|arg| !arg.text.starts_with('-'))?;
    let rest = args.get(at + 1..)?;
    match args.get(at)?.text.as_str() {
        "exec" | "x" | "dlx" | "create" | "init" => packages(given, rest, 1),
        "install" | "i" | "add" => installed(given, rest),
        "run" | "run-script" => {
            rest.first().filter(|script| is_computed(&script.text)).map(|s| computed(&s.text, given))
        }
        _ => None,
    }
}

/// Packages whose own installation runs their code.
fn installed(given: &Given<'_>, args: &[Word]) -> Option<String> {
    packages(given, args, NAMES)
}

/// The packages that arguments name, those of flags and the first few others.
fn packages(given: &Given<'_>, args: &[Word], most: usize) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    let mut folders: Vec<&str> = Vec::new();
    let mut rest = args.iter().map(|arg| arg.text.as_str());
    let mut others = 0;
    while let Some(arg) = rest.next() {
        let by_flag = arg.split_once('=').filter(|(flag, _)| NAMES_PACKAGE.contains(flag)).map(|(_, name)| name);
        match arg {
            _ if by_flag.is_some() => names.extend(by_flag),
            "-r" | "--requirement" => names.extend(rest.next()),
            _ if NAMES_PACKAGE.contains(&arg) => names.extend(rest.next()),
            _ if TAKES_VALUE.contains(&arg) => drop(rest.next()),
            _ if arg.starts_with('-') || arg.is_empty() => {}
            // The package itself, or a file or folder in it.
            "." | "./" => others += 1,
            _ if arg.starts_with(['.', '/', '~']) || arg.starts_with("file:") => {
                if most > 1 {
                    folders.push(arg);
                }
                others += 1;
            }
            // Every system that runs npm has it.
            "node" if most == 1 => others += 1,
            // npx runs what its `--call` says.
            "-c" | "--call" if most == 1 => return None,
            _ => {
                names.push(arg);
                others += 1;
            }
        }
        if others >= most || names.len() >= NAMES {
            break;
        }
    }
    match names.as_slice() {
        [] if !folders.is_empty() => Some(format!("{} is installed, and its own scripts run", folders.join(", "))),
        [] => None,
        [one] if is_computed(one) => Some(computed(one, given)),
        [one] => Some(format!("{one} is code of another package")),
        all => Some(format!("{} are code of other packages", all.join(", "))),
    }
}
