//! What a command runs that the package does not hold: code of another package, code that is fetched, what is known only when
//! it runs. Nothing of it is a step; it is named among what the entries come to run.

use super::{Act, Given, Walk};
use crate::behavior::taint::Taint;
use crate::syntax::shell::{HOLE, Word};

/// Flags of package runners and managers that name a package.
const NAMES_PACKAGE: [&str; 5] = ["-p", "--package", "--from", "--spec", "--with"];
/// Flags of theirs that take another value.
const TAKES_VALUE: [&str; 7] = ["--prefix", "-C", "--cwd", "--dir", "--registry", "--index-url", "--loglevel"];
/// Most names told of one command.
const NAMES: usize = 8;

impl Walk {
    /// Names what a command runs from outside of the package, if it does.
    pub(super) fn outside(&mut self, given: &Given<'_>, first: &str) {
        let args = given.args;
        let told = match given.program.as_str() {
            "npx" | "pnpx" | "bunx" | "uvx" => runner(args),
            "npm" | "yarn" | "pnpm" | "bun" => manager(args),
            "pip" | "easy_install" | "conda" => after(args, "install").and_then(installed),
            "pipx" => after(args, "run").and_then(runner).or_else(|| after(args, "install").and_then(installed)),
            "uv" => {
                let installs = || ["install", "add"].iter().find_map(|word| after(args, word)).and_then(installed);
                after(args, "tool").and_then(|rest| after(rest, "run")).and_then(runner).or_else(installs)
            }
            "python" | "py" | "pypy" => after(args, "-m")
                .filter(|rest| rest.first().is_some_and(|module| module.text.starts_with("pip")))
                .and_then(|rest| after(rest, "install"))
                .and_then(installed),
            "node-gyp" => Some("binding.gyp is built, and commands in it run".to_owned()),
            "prebuild-install" | "node-pre-gyp" => Some(format!("{} fetches a program or builds one", given.program)),
            "deno" | "mshta" | "regsvr32" | "msiexec" | "wscript" | "cscript" | "rundll32" => {
                let remote = args.iter().find(|arg| arg.text.contains("://"));
                remote.map(|address| format!("code fetched from {}", address.text))
            }
            // A path is looked for among the files, and told where it leads nowhere.
            _ if !self.cmdlets && is_computed(first) && !first.contains(['/', '\\']) => Some(computed(first)),
            _ => None,
        };
        if let Some(what) = told {
            self.act(given.span, Act::Unresolved(what));
        }
    }

    /// Says that a command runs code that no text tells: what `carried` says of it, or how it is written.
    pub(super) fn unknown_code(&mut self, given: &Given<'_>, written: &str, carried: Taint) {
        let program = &given.program;
        let what = match carried.has(Taint::NET) {
            true => format!("{program} runs code that is fetched"),
            false if written.trim().is_empty() || written.chars().all(|c| c == HOLE || c.is_whitespace()) => {
                format!("{program} runs code that is known only when it runs")
            }
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

fn computed(text: &str) -> String {
    format!("{} is known only when it runs", text.replace(HOLE, "…"))
}

/// What stands behind a word of the arguments.
fn after<'a>(args: &'a [Word], word: &str) -> Option<&'a [Word]> {
    let at = args.iter().position(|arg| arg.text == word)?;
    args.get(at + 1..)
}

/// `npx --yes name arguments`: the package that is fetched and run.
fn runner(args: &[Word]) -> Option<String> {
    packages(args, 1)
}

/// `npm exec name`, `yarn dlx name`, `npm create name`, `npm install name`.
fn manager(args: &[Word]) -> Option<String> {
    let at = args.iter().position(|arg| !arg.text.starts_with('-'))?;
    let rest = args.get(at + 1..)?;
    match args.get(at)?.text.as_str() {
        "exec" | "x" | "dlx" | "create" | "init" => packages(rest, 1),
        "install" | "i" | "add" => installed(rest),
        "run" | "run-script" => rest.first().filter(|script| is_computed(&script.text)).map(|s| computed(&s.text)),
        _ => None,
    }
}

/// Packages whose own installation runs their code.
fn installed(args: &[Word]) -> Option<String> {
    packages(args, NAMES)
}

/// The packages that arguments name, those of flags and the first few others.
fn packages(args: &[Word], most: usize) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
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
            // A file or folder of the package itself.
            _ if arg.starts_with(['.', '/', '~']) => others += 1,
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
        [] => None,
        [one] if is_computed(one) => Some(computed(one)),
        [one] => Some(format!("{one} is code of another package")),
        all => Some(format!("{} are code of other packages", all.join(", "))),
    }
}
