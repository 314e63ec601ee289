//! Programs that run other programs: package managers, package runners, `xargs`, `find`, watchers.

use super::outside::{NAMES_PACKAGE, TAKES_VALUE};
use super::{Act, Code, Given, NESTING, Walk, table};
use crate::behavior::feature::Feature;
use crate::syntax::shell::{Dialect, Word};

/// Options of `concurrently` and `nodemon` with a value that is no command.
const WATCHER_VALUES: [&str; 22] = [
    "-n",
    "--names",
    "-c",
    "--prefix-colors",
    "-p",
    "--prefix",
    "-m",
    "--max-processes",
    "-l",
    "--prefix-length",
    "-s",
    "--success",
    "-t",
    "--timestamp-format",
    "-w",
    "--watch",
    "-e",
    "--ext",
    "-i",
    "--ignore",
    "-d",
    "--delay",
];

impl Walk {
    /// Follows a command that stands in the arguments of another one.
    pub(super) fn again(&mut self, given: &Given<'_>, words: &[Word]) {
        let Some((first, args)) = table::bare(words).split_first() else { return };
        if self.depth >= NESTING {
            self.cut(format!("commands inside commands deeper than {NESTING}"));
            return;
        }
        self.depth += 1;
        let inner = given.as_program(table::plain(&first.text), args);
        self.follow(&inner, &first.text);
        self.outside(&inner, &first.text);
        self.depth -= 1;
    }

    /// `npx`, `npm exec`: an interpreter runs a file of the package, everything else is looked for among the packages.
    pub(super) fn package_runner(&mut self, given: &Given<'_>, args: &[Word]) {
        let mut rest = args;
        while let Some((first, tail)) = rest.split_first() {
            let text = first.text.as_str();
            if text == "-c" || text == "--call" {
                if let Some(code) = tail.first() {
                    self.evaluate(given, code, given.carried, Dialect::Bash, "command line");
                }
                return;
            }
            if !text.starts_with('-') && !text.is_empty() {
                break;
            }
            let valued = NAMES_PACKAGE.contains(&text) || TAKES_VALUE.contains(&text);
            rest = if valued { tail.get(1..).unwrap_or_default() } else { tail };
        }
        let Some(first) = rest.first() else { return };
        if follows(&first.text) {
            self.again(given, rest);
        } else if !first.text.starts_with('/') {
            self.file(given, &first.text, None);
        }
    }

    pub(super) fn package_manager(&mut self, given: &Given<'_>) {
        let words: Vec<&str> =
            given.args.iter().map(|arg| arg.text.as_str()).filter(|arg| !arg.starts_with('-')).collect();
        let behind = |word: &str| {
            let at = given.args.iter().position(|arg| arg.text == word).map_or(0, |at| at + 1);
            given.args.get(at..).unwrap_or_default()
        };
        match words.as_slice() {
            ["run", file, ..] if given.program == "bun" && file.contains(['.', '/']) => {
                self.file(given, file, Some(Code::JavaScript));
            }
            ["run" | "run-script" | "rum" | "urn", script, ..] => {
                self.act(given.span, Act::Script((*script).to_owned()))
            }
            [script @ ("start" | "test" | "stop" | "restart"), ..] => {
                self.act(given.span, Act::Script((*script).to_owned()))
            }
            ["install" | "i" | "add" | "ci", ..] => self.mark("install package", given.span),
            ["publish", ..] => {
                self.mark("publish", given.span);
                self.step(given.span, Feature::Publish, "publish");
            }
            [run @ ("exec" | "x" | "dlx"), ..] => self.package_runner(given, behind(run)),
            ["node", ..] if given.program != "npm" => {
                let at = given.args.iter().position(|arg| arg.text == "node").unwrap_or_default();
                self.again(given, given.args.get(at..).unwrap_or_default());
            }
            _ if given.program == "bun" => self.interpreter(given, Code::JavaScript),
            [script, ..] if given.program != "npm" => self.act(given.span, Act::Script((*script).to_owned())),
            _ => {}
        }
    }

    /// `corepack yarn build`: the command behind the first words.
    pub(super) fn behind_flags(&mut self, given: &Given<'_>) {
        let at = given.args.iter().position(|arg| !arg.text.starts_with('-')).unwrap_or(given.args.len());
        let words = given.args.get(at..).unwrap_or_default();
        if words.first().is_some_and(|first| follows(&first.text)) {
            self.again(given, words);
        }
    }

    /// `deno run file`, `deno eval code`, `deno task name`.
    pub(super) fn deno(&mut self, given: &Given<'_>) {
        let Some((first, rest)) = given.args.split_first() else { return };
        match first.text.as_str() {
            "run" | "serve" | "test" | "bench" => self.interpreter(&given.with(rest), Code::JavaScript),
            "eval" => {
                let code = rest.iter().find(|arg| !arg.text.starts_with('-'));
                if let Some(code) = code {
                    self.code(given, Code::JavaScript, code, "command line");
                }
            }
            "task" => self.scripts(&given.with(rest)),
            _ => self.interpreter(given, Code::JavaScript),
        }
    }

    /// `run-s NAME NAME`: scripts of the manifest; what stands behind `--` belongs to them.
    pub(super) fn scripts(&mut self, given: &Given<'_>) {
        for name in given.args.iter().take_while(|arg| arg.text != "--").filter(|arg| !arg.text.starts_with('-')) {
            self.act(given.span, Act::Script(name.text.clone()));
        }
    }

    /// `concurrently "command" "npm:name"`, `nodemon --exec command`, `nodemon file`.
    pub(super) fn watcher(&mut self, given: &Given<'_>) {
        let nodemon = given.program == "nodemon";
        let mut rest = given.args;
        while let Some((first, tail)) = rest.split_first() {
            rest = tail;
            let text = first.text.as_str();
            if nodemon && matches!(text, "-x" | "--exec") {
                if let Some(command) = tail.first() {
                    self.evaluate(given, command, given.carried, Dialect::Bash, "command line");
                }
                rest = tail.get(1..).unwrap_or_default();
            } else if WATCHER_VALUES.contains(&text) {
                rest = tail.get(1..).unwrap_or_default();
            } else if text.starts_with('-') || text.is_empty() {
                continue;
            } else if nodemon {
                self.file(given, text, Some(Code::JavaScript));
                return;
            } else if let Some(name) = text.strip_prefix("npm:") {
                self.act(given.span, Act::Script(name.to_owned()));
            } else {
                self.evaluate(given, first, given.carried, Dialect::Bash, "command line");
            }
        }
    }

    /// `pm2 start file`, `forever file`, `pm2 start "npm run name"`.
    pub(super) fn keeper(&mut self, given: &Given<'_>) {
        let orders = ["start", "restart", "reload", "startOrRestart", "startOrReload", "startOrGracefulReload"];
        let ordered = given.args.iter().position(|arg| orders.contains(&arg.text.as_str())).map_or(0, |at| at + 1);
        let rest = given.args.get(ordered..).unwrap_or_default();
        // Its options take values of which none looks like a script.
        let script =
            |arg: &&Word| !arg.text.starts_with('-') && (arg.text.contains(['.', '/', ' ']) || follows(&arg.text));
        let Some(at) = rest.iter().position(|arg| script(&arg)) else { return };
        let (Some(first), words) = (rest.get(at), rest.get(at..).unwrap_or_default()) else { return };
        if first.text.contains(char::is_whitespace) {
            self.evaluate(given, first, given.carried, Dialect::Bash, "command line");
        } else if follows(&first.text) {
            let words: Vec<Word> = words.iter().filter(|word| word.text != "--").cloned().collect();
            self.again(given, &words);
        } else {
            let other = [".sh", ".py", ".json", ".yml", ".yaml"].iter().any(|ending| first.text.ends_with(ending));
            self.file(given, &first.text, (!other).then_some(Code::JavaScript));
        }
    }

    /// `env -S 'command'`, `su user -c 'command'`: a command in one word.
    pub(super) fn behind_option(&mut self, given: &Given<'_>) {
        let splits = given.program == "env";
        let is_option = |text: &str| match text.strip_prefix('-') {
            _ if matches!(text, "--split-string" | "--command") => true,
            Some(letters) => !letters.starts_with('-') && letters.ends_with(if splits { 'S' } else { 'c' }),
            None => false,
        };
        let Some(at) = given.args.iter().position(|arg| is_option(&arg.text)) else { return };
        if let Some(command) = given.args.get(at + 1) {
            self.evaluate(given, command, given.carried, Dialect::Bash, "command line");
        }
    }

    /// `find … -exec command {} ;`: the files that it finds are known only when it runs, unless it looks for one by name.
    pub(super) fn found(&mut self, given: &Given<'_>) {
        let at = given.args.iter().position(|arg| matches!(arg.text.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir"));
        let Some(words) = at.and_then(|at| given.args.get(at + 1..)) else { return };
        let end = words.iter().position(|word| matches!(word.text.as_str(), ";" | "+" | "\\;")).unwrap_or(words.len());
        let name = super::data::found(given.args);
        let named = |word: &Word| match &name {
            Some(name) => Word { text: word.text.replace("{}", name), ..word.clone() },
            None => word.clone(),
        };
        let words: Vec<Word> = words.iter().take(end).map(named).collect();
        if table::bare(&words).first().is_some_and(|first| interprets(&first.text)) {
            self.again(given, &words);
        }
    }
}

/// Whether a program runs files of the package that its arguments name.
fn interprets(name: &str) -> bool {
    let plain = table::plain(name);
    ["shells", "python", "javascript", "other"].iter().any(|class| table::is(&plain, class))
}

/// Whether a program starts what is followed.
fn follows(name: &str) -> bool {
    let plain = table::plain(name);
    interprets(name) || table::is(&plain, "runs")
}
