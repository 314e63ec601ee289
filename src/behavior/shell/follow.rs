//! What a command starts: files and scripts of the package, code on the command line or on its input.

use super::data::{fetches, is_socket};
use super::options::{self, Target};
use super::outside::{NAMES, is_computed};
use super::{Act, Code, Given, Walk, table};
use crate::behavior::feature::Feature;
use crate::behavior::taint::Taint;
use crate::syntax::decode;
use crate::syntax::shell::{Dialect, HOLE, Output, Word};

/// Modules of Python that install packages.
const INSTALLERS: [&str; 3] = ["pip", "pip3", "ensurepip"];

impl Walk {
    /// Follows one command.
    pub(super) fn follow(&mut self, given: &Given<'_>, first: &str) {
        let program = given.program.as_str();
        if given.command.redirects.iter().any(|redirect| is_socket(&redirect.target.text)) {
            self.mark("reverse shell", given.span);
        }
        match program {
            _ if table::is(program, "shells") => self.interpreter(given, Code::Shell(Dialect::Bash)),
            _ if table::is(program, "python") => self.interpreter(given, Code::Python),
            "npm" | "yarn" | "pnpm" | "bun" => self.package_manager(given),
            "deno" => self.deno(given),
            _ if table::is(program, "javascript") => self.interpreter(given, Code::JavaScript),
            _ if table::is(program, "other") => self.other_language(given),
            "go" if has(given, "run") => {
                let files = given.args.iter().skip_while(|arg| arg.text != "run").skip(1);
                if let Some(file) = files.into_iter().find(|arg| !arg.text.starts_with('-')) {
                    self.file(given, &file.text, None);
                }
            }
            "eval" => self.evaluate(given, &joined(given.args), given.carried, Dialect::Bash, "eval"),
            "." | "source" => {
                self.ran(given, given.carried);
                self.files(given);
            }
            "pip" | "uv" | "pipx" | "easy_install" if has(given, "install") || has(given, "add") => {
                self.mark("install package", given.span);
            }
            "npx" | "bunx" | "pnpx" => self.package_runner(given, given.args),
            "run-s" | "run-p" | "npm-run-all" | "npm-run-all2" => self.scripts(given),
            "nodemon" | "concurrently" => self.watcher(given),
            "corepack" | "dotenv" | "env-cmd" | "dotenvx" | "c8" | "nyc" => self.behind_flags(given),
            _ if table::is(program, "keepers") => self.keeper(given),
            "trap" => {
                if let Some(text) = given.args.first().filter(|text| text.text.contains(char::is_whitespace)) {
                    self.evaluate(given, text, given.carried, Dialect::Bash, "eval");
                }
            }
            "alias" => {
                for (name, meant) in given.args.iter().filter_map(|arg| Some((arg.text.split_once('=')?, arg))) {
                    let meant = Word { text: name.1.to_owned(), ..meant.clone() };
                    self.aliases.insert(name.0.to_owned(), meant);
                }
            }
            "env" | "su" | "script" | "runuser" | "flock" | "sg" => self.behind_option(given),
            "watch" => self.evaluate(given, &joined(given.args), given.carried, Dialect::Bash, "command line"),
            "find" => self.found(given),
            "cmd" => self.command_line(given),
            "start" => self.started(given),
            "powershell" => self.powershell(given),
            "iex" => {
                self.mark("evaluate", given.span);
                let text = given
                    .args
                    .iter()
                    .find(|arg| arg.text.contains(char::is_whitespace) || arg.text.contains(['.', '-', '(']));
                let known = text.cloned().filter(|_| !fetches(given)).or_else(|| given.input.clone());
                let carried = given.carried | given.reads | if fetches(given) { Taint::NET } else { Taint::NONE };
                self.evaluate(given, &known.unwrap_or_else(unknown), carried, Dialect::PowerShell, "iex");
            }
            "crontab" if !has(given, "-l") => self.step(given.span, Feature::Persist, "cron"),
            "schtasks" if has(given, "/create") => self.step(given.span, Feature::Persist, "service"),
            "launchctl" if has(given, "load") || has(given, "bootstrap") => {
                self.step(given.span, Feature::Persist, "service")
            }
            "nc" | "ncat" | "socat"
                if given.args.iter().any(|arg| {
                    ["-e", "-c", "--exec"].contains(&arg.text.as_str())
                        || arg.text.to_ascii_lowercase().starts_with("exec:")
                }) =>
            {
                self.mark("reverse shell", given.span);
            }
            "mshta" | "regsvr32" | "rundll32" | "wscript" | "cscript" | "msiexec" => {
                let remote = given.args.iter().any(|arg| arg.text.contains("://"));
                if remote {
                    self.step(given.span, Feature::RunDownloaded, "run downloaded program");
                }
                self.files(given);
            }
            "cd" | "pushd" => self.moved(given),
            "chmod" | "cp" | "mv" | "ln" | "copy" | "move" => self.renamed(given),
            "at" | "batch" => self.input(given, Code::Shell(Dialect::Bash)),
            "uv" | "pipx" | "poetry" | "pdm" | "hatch" | "rye" | "pipenv" if has(given, "run") => {
                self.behind_run(given)
            }
            "lerna" | "nx" | "turbo" if has(given, "run") => {
                let names = given.args.iter().skip_while(|arg| arg.text != "run").skip(1);
                if let Some(name) = names.into_iter().find(|arg| !arg.text.starts_with('-')) {
                    self.act(given.span, Act::Script(name.text.clone()));
                }
            }
            "gulp" => self.file(given, "./gulpfile.js", Some(Code::JavaScript)),
            "grunt" => self.file(given, "./Gruntfile.js", Some(Code::JavaScript)),
            _ => self.program(given, first),
        }
        // `powershell` text that evaluates what it fetched in the middle of a statement.
        if program != "iex"
            && given
                .args
                .iter()
                .any(|arg| ["iex", "invoke-expression"].contains(&arg.text.to_ascii_lowercase().as_str()))
            && fetches(given)
        {
            self.mark("evaluate", given.span);
            self.step(given.span, Feature::RunDownloaded, "run downloaded code");
        }
    }

    /// Code that runs: decoded and downloaded code have steps of their own.
    pub(super) fn ran(&mut self, given: &Given<'_>, carried: Taint) {
        if carried.has(Taint::NET) {
            self.step(given.span, Feature::RunDownloaded, "run downloaded code");
        }
        if carried.has(Taint::DECODED) {
            self.step(given.span, Feature::RunDecoded, "run decoded command");
        }
    }

    /// Shell text that a command evaluates.
    pub(super) fn evaluate(&mut self, given: &Given<'_>, text: &Word, carried: Taint, dialect: Dialect, how: &str) {
        self.ran(given, carried);
        if text.text.chars().any(|c| c != HOLE && !c.is_whitespace()) {
            self.code(given, Code::Shell(dialect), text, how);
        } else {
            self.unknown_code(given, &text.text, carried);
        }
    }

    /// `sh`, `python`, `node`: what is loaded first, then code after a flag, a file, or what stands on the input.
    pub(super) fn interpreter(&mut self, given: &Given<'_>, code: Code) {
        // `tsx watch a.ts`
        if let Some((first, rest)) = given.args.split_first()
            && first.text == "watch"
            && given.program != "node"
            && code == Code::JavaScript
        {
            return self.interpreter(&given.with(rest), code);
        }
        let line = options::read(code, given.args);
        for file in &line.before {
            self.preload(given, file, code);
        }
        match line.target {
            Target::Code(text, arguments) => {
                self.ran(given, given.carried);
                let known = text.text.chars().any(|c| c != HOLE && !c.is_whitespace());
                if known {
                    self.code_with(given, code, &text, arguments, "command line");
                }
                if !known && !given.inside.0.is_empty() {
                    for name in given.inside.0 {
                        self.file(given, name, Some(code));
                    }
                    return;
                }
                // Shell text that is nothing but a variable tells it of itself.
                if !known || !matches!(code, Code::Shell(_)) && is_computed(&text.text) {
                    self.unknown_code(given, &text.text, given.carried);
                }
            }
            Target::Module(module) if INSTALLERS.contains(&module) => {
                if has(given, "install") {
                    self.mark("install package", given.span);
                }
            }
            Target::Module(module) => self.act(given.span, Act::Module(module.to_owned())),
            Target::Script(name) => self.act(given.span, Act::Script(name.to_owned())),
            // `node $npm_execpath run x`: npm itself is the script.
            Target::File(file) if code == Code::JavaScript && table::plain(&file.text) == "npm" => {
                let at = given.args.iter().position(|arg| std::ptr::eq(arg, file)).unwrap_or_default();
                self.again(given, given.args.get(at..).unwrap_or_default());
            }
            Target::File(file) if file.text == "{}" && given.by_xargs && !self.listed(given).is_empty() => {
                self.ran(given, given.carried);
                for name in self.listed(given) {
                    self.file(given, &name, Some(code));
                }
            }
            Target::File(file) if file.text.chars().all(|c| c == HOLE) && !given.inside.1.is_empty() => {
                for name in given.inside.1 {
                    self.file(given, name, Some(code));
                }
            }
            Target::File(file) if file.text.chars().all(|c| c == HOLE) || file.text == "{}" => {
                self.ran(given, given.carried);
                self.unknown_code(given, "", given.carried);
            }
            Target::File(file) => self.file(given, &file.text, Some(code)),
            Target::Input => self.input(given, code),
        }
    }

    /// `uv run a.py`, `poetry run python a.py`
    fn behind_run(&mut self, given: &Given<'_>) {
        let at = given.args.iter().position(|arg| arg.text == "run").map_or(0, |at| at + 1);
        let words = given.args.get(at..).unwrap_or_default();
        let from = words.iter().position(|arg| !arg.text.starts_with('-')).unwrap_or(words.len());
        let words = words.get(from..).unwrap_or_default();
        match words.first() {
            Some(first) if first.text.ends_with(".py") => self.file(given, &first.text, Some(Code::Python)),
            Some(_) => self.again(given, words),
            None => {}
        }
    }

    /// What an interpreter reads on its input.
    fn input(&mut self, given: &Given<'_>, code: Code) {
        self.ran(given, given.reads);
        let from = given.command.redirects.iter().rev().find(|redirect| !redirect.writes).map(|r| &r.target.text);
        let from = from.filter(|path| !path.starts_with(['&', '/']) && path.contains(|c: char| !c.is_ascii_digit()));
        match (&given.input, from) {
            // `xargs node` is given names, not code.
            _ if given.by_xargs && !self.listed(given).is_empty() => {
                for name in self.listed(given) {
                    self.file(given, &name, Some(code));
                }
            }
            (None, None) if !given.by_xargs && !given.files.is_empty() => {
                for name in &given.files {
                    self.file(given, name, Some(code));
                }
            }
            (Some(text), _) => self.code(given, code, text, "input"),
            (None, Some(path)) if path.chars().any(|c| c != HOLE) => self.file(given, path, Some(code)),
            (None, None) if given.command.input.is_empty() && !given.by_xargs => {}
            _ => self.unknown_code(given, "", given.reads),
        }
    }

    /// The names that `xargs` gives to a command, as far as they are known.
    fn listed(&self, given: &Given<'_>) -> Vec<String> {
        match &given.input {
            Some(text) => text.text.split_whitespace().take(NAMES).map(str::to_owned).collect(),
            None => given.names.clone(),
        }
    }

    /// What an interpreter loads before the script: a file, a `data:` address that is code itself, or a package.
    pub(super) fn preload(&mut self, given: &Given<'_>, what: &Word, code: Code) {
        let path = what.text.strip_prefix("file://").unwrap_or(&what.text);
        if let Some((kind, data)) = path.strip_prefix("data:").and_then(|rest| rest.split_once(',')) {
            let mut text = Word { text: decode::url(data), ..what.clone() };
            if kind.ends_with(";base64")
                && let Some(bytes) = decode::base64(text.text.as_bytes())
            {
                text.text = Output { bytes, recipe: Vec::new() }.text();
                text.recipe.push("base64");
                self.ran(given, Taint::DECODED);
            }
            self.code(given, code, &text, "command line");
        } else if path.starts_with("node:") {
        } else if code == Code::JavaScript && !path.starts_with(['.', '/', '\\', '~', '$', '%', HOLE]) {
            self.act(given.span, Act::Unresolved(format!("{path} is code of another package")));
        } else {
            self.file(given, path, Some(code));
        }
    }

    /// A file that runs: written or fetched by a command before, or a file of the package.
    pub(super) fn file(&mut self, given: &Given<'_>, path: &str, code: Option<Code>) {
        if self.was_fetched(path) {
            self.step(given.span, Feature::RunDownloaded, "run downloaded program");
        }
        let copied = self.copies.get(&path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase()).cloned();
        let path = copied.as_deref().unwrap_or(path);
        match self.was_written(path) {
            Some(text) => {
                let lower = path.to_ascii_lowercase();
                let guessed = match () {
                    () if lower.ends_with(".py") => Code::Python,
                    () if lower.ends_with(".js") => Code::JavaScript,
                    () if lower.ends_with(".ps1") => Code::Shell(Dialect::PowerShell),
                    () if lower.ends_with(".bat") || lower.ends_with(".cmd") => Code::Shell(Dialect::Batch),
                    () => Code::Shell(Dialect::Bash),
                };
                let code = code.unwrap_or(guessed);
                if !text.recipe.is_empty() {
                    self.ran(given, Taint::DECODED);
                }
                self.code(given, code, &text, "written file");
            }
            None => {
                let absolute = path.starts_with(['/', '~', '$', '%', HOLE]);
                // To an interpreter a bare word is a file; elsewhere it may be a program of the system.
                let path = if code.is_some() && !absolute && !path.contains(['/', '\\', '.']) {
                    &format!("./{path}")
                } else {
                    path
                };
                let folder = if absolute || copied.is_some() { "" } else { self.folder.as_str() };
                self.act(given.span, Act::Run(format!("{folder}{path}"), code));
            }
        }
    }

    /// `perl`, `ruby`, `php`: languages that are not read.
    fn other_language(&mut self, given: &Given<'_>) {
        self.ran(given, given.carried | given.reads);
        let is_code = |arg: &Word| match given.program.as_str() {
            "php" => arg.text == "-r",
            // `-ne`, `-pie`: letters may stand together.
            _ => arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.ends_with(['e', 'E']),
        };
        if given.args.iter().any(is_code) {
            let what = format!("{} runs code on its command line, which is not read", given.program);
            self.act(given.span, Act::Unresolved(what));
        } else {
            self.files(given);
        }
    }

    /// Every argument that could be a file.
    fn files(&mut self, given: &Given<'_>) {
        if let Some(file) = given
            .args
            .iter()
            .find(|arg| !arg.text.starts_with(['-', '/']) && !arg.text.is_empty() || arg.text.starts_with("/tmp/"))
        {
            self.file(given, &file.text, None);
        }
    }

    /// A program that is none of those known: perhaps a file.
    fn program(&mut self, given: &Given<'_>, first: &str) {
        let lower = first.to_ascii_lowercase();
        let script =
            [".js", ".sh", ".py", ".bat", ".cmd", ".ps1", ".exe", ".bash"].iter().any(|end| lower.ends_with(end));
        if first.contains('/') || first.contains('\\') || script || self.was_fetched(first) {
            self.file(given, first, None);
        }
    }

    /// `cd folder`: relative paths after it begin there.
    fn moved(&mut self, given: &Given<'_>) {
        let folder = given.args.iter().find(|arg| !arg.text.starts_with(['-', '/']) && !arg.text.is_empty());
        match folder.map(|folder| folder.text.trim_end_matches('/')) {
            // What is not a folder below the package leads nowhere: paths stay as they are written.
            Some(folder) if self.folder.len() + folder.len() < 500 && !folder.starts_with(['$', '~', '%', HOLE]) => {
                self.folder = format!("{}{folder}/", self.folder);
            }
            _ => self.folder.clear(),
        }
    }

    /// A file under another name is still the same one, fetched or not.
    fn renamed(&mut self, given: &Given<'_>) {
        let paths: Vec<&str> =
            given.args.iter().map(|arg| arg.text.as_str()).filter(|arg| !arg.starts_with('-')).collect();
        if let [from, to] = paths.as_slice()
            && given.program != "chmod"
        {
            if self.was_fetched(from) {
                self.fetched.insert(to.rsplit(['/', '\\']).next().unwrap_or(to).to_ascii_lowercase());
            }
            if !from.ends_with('/') && !self.was_fetched(from) && self.was_written(from).is_none() {
                self.copied(from, to);
            }
            if let Some(text) = self.was_written(from) {
                self.written.insert(to.rsplit(['/', '\\']).next().unwrap_or(to).to_ascii_lowercase(), text);
            }
        }
    }

    /// Remembers that a file lies elsewhere too, under its own name in a folder.
    pub(super) fn copied(&mut self, from: &str, to: &str) {
        let plain = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        let (name, own) = (plain(to), plain(from));
        let source = self.copies.get(&own).cloned().unwrap_or_else(|| format!("{}{from}", self.folder));
        if !name.is_empty() && name != own && name != "." && !from.contains(['*', HOLE]) {
            self.copies.insert(name, source);
        }
    }
}

fn has(given: &Given<'_>, word: &str) -> bool {
    given.args.iter().any(|arg| arg.text.eq_ignore_ascii_case(word))
}

fn unknown() -> Word {
    Word::plain("")
}

pub(super) fn joined(words: &[Word]) -> Word {
    let mut all = Word::default();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            all.text.push(' ');
        }
        all.text.push_str(&word.text);
        for step in &word.recipe {
            if !all.recipe.contains(step) {
                all.recipe.push(step);
            }
        }
    }
    all
}
