//! Shell text: which programs it runs, what is telling about how, what it fetches, sends and starts.
//!
//! The commands come from [`crate::syntax::shell`]; here they get their meaning, in run order.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::feature::Feature;
use super::taint::Taint;
use crate::syntax::shell::{self as reader, Dialect, Script, Word};
use crate::text::Span;

mod data;
mod follow;
mod marks;
mod options;
mod outside;
mod runner;
mod table;
#[cfg(test)]
mod tests;
mod windows;

pub(super) use outside::is_computed;

/// Shell text inside shell text that is followed.
const NESTING: usize = 12;
/// Most things that one text may tell.
const MAX_ACTS: usize = 20_000;

/// A language of code that shell text starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// For `python`.
    Python,
    /// For `node`.
    JavaScript,
    /// Shell text that was decoded.
    Shell(Dialect),
}

/// One thing that a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A text that may tell something by itself (an address, a path of secrets).
    Text(String),
    /// A behavior with its detail.
    Step(Feature, String),
    /// A file that is started, as written (`scripts/setup.js`), and the language that it is read in whatever it is called.
    Run(String, Option<Code>),
    /// A module of Python that is started (`python -m name`).
    Module(String),
    /// A program by its bare name that is none of the system's known ones.
    Program(String),
    /// A program that builds what the first of some files tells, which stand in the package or nowhere, and what it is to build.
    Build(String, Vec<String>, Vec<String>),
    /// A script of the manifest that is started (`npm run build`).
    Script(String),
    /// Something that runs and that the package does not hold, or that nobody can name without running it.
    Unresolved(String),
    /// Code that is given to an interpreter, and how it came to be.
    Code(Code, String, Vec<String>),
}

/// What a shell text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shell {
    /// Programs and telling marks in order, each once.
    pub words: Vec<String>,
    /// What it does in run order, with the command's place in the text.
    pub acts: Vec<(Span, Act)>,
    /// Whether it hides its window, output or lifetime.
    pub silent: bool,
    /// What was not read of it, and why.
    pub partial: Option<String>,
    /// The files that it fetches, by their plain names.
    pub fetched: BTreeSet<String>,
}

/// Reads shell text whose language only the text itself tells.
#[must_use]
pub fn read(text: &str) -> Shell {
    read_as(text, Dialect::guess(text))
}

/// Reads shell text that runs where some variables are set.
#[must_use]
pub fn read_in(text: &str, variables: Vec<(String, String)>) -> Shell {
    let mut walk = Walk { variables, ..Walk::default() };
    walk.text(text, Dialect::guess(text), None, Taint::NONE);
    walk.done()
}

/// Reads shell text.
#[must_use]
pub fn read_as(text: &str, dialect: Dialect) -> Shell {
    let mut walk = Walk::default();
    walk.text(text, dialect, None, Taint::NONE);
    walk.done()
}

/// What stands between quotes around a whole command line, which `cmd` takes off: `"curl.exe -O address"`.
fn unquoted(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let (first, _) = inner.split_once(char::is_whitespace)?;
    (!inner.contains('"') && table::is(&table::plain(first), "named")).then_some(inner)
}

/// Reads a command already split to words, as a process call takes it; a single word is shell text.
#[must_use]
pub fn read_words(words: &[String]) -> Shell {
    if let [text] = words {
        return read(unquoted(text).unwrap_or(text));
    }
    let command = reader::Command { words: words.iter().map(|word| Word::plain(word)).collect(), ..Default::default() };
    let mut walk = Walk::default();
    walk.script(
        &words.join(" "),
        &Script { commands: vec![command], partial: None },
        Some(Span { start: 0, end: 0 }),
        Taint::NONE,
    );
    walk.done()
}

/// Whether a word is the name of a program of the usual systems.
#[must_use]
pub fn is_program(word: &str) -> bool {
    let plain = table::plain(word);
    ["named", "system", "javascript", "python", "fetches", "sends", "runs"].iter().any(|class| table::is(&plain, class))
}

/// The words that programs put into a detail.
#[must_use]
pub fn words() -> Vec<String> {
    table::words().collect()
}

/// Whether a command says which programs it runs, and none of them runs what it is given: data among the arguments is no
/// code then.
#[must_use]
pub fn names_its_program(command: &[String]) -> bool {
    let shells = ["&&", "||", "|", ";", "&"];
    let one = command.len() == 1;
    let mut words = command
        .iter()
        .flat_map(|word| if one { word.split_whitespace().collect::<Vec<_>>() } else { vec![word.as_str()] });
    let Some(first) = words.next() else { return false };
    let program = table::plain(first);
    let runs = ["shells", "python", "javascript", "other", "runs", "wrapper", "wraps", "keepers", "fetches"];
    let plain = !first.contains(reader::HOLE) && !runs.iter().any(|class| table::is(&program, class));
    plain
        && ![
            "start",
            "open",
            "xdg-open",
            "chmod",
            "powershell",
            "cmd",
            "mshta",
            "rundll32",
            "regsvr32",
            "msiexec",
            "wscript",
            "cscript",
            "java",
            "pip",
            "explorer",
        ]
        .contains(&program.as_str())
        && !words.any(|word| shells.contains(&word) || one && word.ends_with(';'))
}

/// Whether a command starts one of some files, by their plain names: itself, or by a program that starts others.
#[must_use]
pub fn starts(command: &[String], files: &HashSet<String>) -> bool {
    let mut words = command.iter().flat_map(|word| word.split_whitespace()).map(|word| word.trim_matches(['"', '\'']));
    let plain = |word: &str| word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    let Some(first) = words.next() else { return false };
    let program = table::plain(first);
    let starts = ["shells", "python", "javascript", "other", "wrapper", "wraps", "keepers"];
    let starts = starts.iter().any(|class| table::is(&program, class))
        || ["start", "open", "chmod", "cmd", "powershell", "rundll32", "msiexec", "java"].contains(&program.as_str());
    // What fetches the file again names it too.
    let fetches = words.clone().any(|word| table::is(&table::plain(word), "fetches"));
    files.contains(&plain(first)) || starts && !fetches && words.any(|word| files.contains(&plain(word)))
}

/// The state of reading one text and those inside it.
#[derive(Default)]
struct Walk {
    shell: Shell,
    known: BTreeSet<String>,
    /// Marks of the commands' text, which the summary names after the programs.
    late: Vec<String>,
    /// Inside PowerShell, whose every cmdlet would be just another `command`.
    cmdlets: bool,
    /// Files that commands before have fetched.
    fetched: BTreeSet<String>,
    /// Files that commands before have copied, and where they lay.
    copies: BTreeMap<String, String>,
    /// Files that commands before have written, with their text.
    written: BTreeMap<String, Word>,
    /// The folder that `cd` went to, with a slash at its end; empty for where the text began.
    folder: String,
    /// Variables that are set around the text.
    variables: Vec<(String, String)>,
    /// The shells of their own that the walk is in, with the folder to go back to.
    subshells: Vec<(usize, String)>,
    /// Names that stand for words of a command.
    aliases: BTreeMap<String, Word>,
    depth: usize,
}

/// A command with what reaches it.
struct Given<'c> {
    program: String,
    args: &'c [Word],
    command: &'c reader::Command,
    /// What its input carries.
    reads: Taint,
    /// What its arguments carry.
    carried: Taint,
    /// The text on its input, where that is known.
    input: Option<Word>,
    /// The files whose text its input is, where their names are known.
    files: Vec<String>,
    /// The files whose names its input is.
    names: Vec<String>,
    /// The files whose text, and those whose names, commands inside its arguments print.
    inside: (&'c [String], &'c [String]),
    /// Whether what it reads are names for its arguments.
    by_xargs: bool,
    /// The command as it is written.
    written: &'c str,
    span: Span,
}

impl<'c> Given<'c> {
    /// The same command with other arguments.
    fn with(&self, args: &'c [Word]) -> Self {
        self.as_program(self.program.clone(), args)
    }

    /// Another command in its place.
    fn as_program(&self, program: String, args: &'c [Word]) -> Self {
        let (input, files, names) = (self.input.clone(), self.files.clone(), self.names.clone());
        Given { program, args, input, files, names, ..*self }
    }
}

impl Walk {
    fn done(mut self) -> Shell {
        self.shell.words.append(&mut self.late);
        self.shell.fetched = self.fetched;
        self.shell
    }

    /// Reads a text, at its own places or all at one place of the text around it.
    fn text(&mut self, text: &str, dialect: Dialect, place: Option<Span>, incoming: Taint) {
        self.text_with(text, dialect, &[], place, incoming);
    }

    /// The same of a text that is given arguments, its own name first.
    fn text_with(&mut self, text: &str, dialect: Dialect, arguments: &[Word], place: Option<Span>, incoming: Taint) {
        if self.depth >= NESTING {
            self.cut(format!("shell text inside shell text deeper than {NESTING}"));
            return;
        }
        self.depth += 1;
        let around = std::mem::replace(&mut self.cmdlets, dialect == Dialect::PowerShell);
        let script = reader::read_with(text, dialect, arguments, &self.variables);
        self.script(text, &script, place, incoming);
        self.cmdlets = around;
        self.depth -= 1;
    }

    fn script(&mut self, text: &str, script: &Script, place: Option<Span>, incoming: Taint) {
        if let Some(why) = &script.partial {
            self.cut(why.clone());
        }
        let mut prints: Vec<Taint> = Vec::with_capacity(script.commands.len());
        let around = std::mem::take(&mut self.subshells);
        for command in &script.commands {
            self.enter_subshells(&command.subshells);
            let unaliased = self.unaliased(command);
            let command = unaliased.as_ref().unwrap_or(command);
            let own = text.get(command.span.start..command.span.end).unwrap_or_default();
            let gives = self.command(command, own, &script.commands, &prints, place, incoming);
            prints.push(gives);
            let resolved: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
            let mut seen = format!("{own}\n{}", resolved.join(" "));
            for redirect in &command.redirects {
                seen.push_str(match (redirect.writes, redirect.errors) {
                    (true, true) => " 2> ",
                    (true, false) => " > ",
                    (false, _) => " < ",
                });
                seen.push_str(&redirect.target.text);
            }
            self.marks(&seen, command.background, place.unwrap_or(command.span));
        }
        self.enter_subshells(&[]);
        self.subshells = around;
    }

    /// Leaves the shells that have ended, and with them the folders that they went to.
    fn enter_subshells(&mut self, inside: &[usize]) {
        let same = self.subshells.iter().zip(inside).take_while(|((known, _), id)| known == *id).count();
        if let Some((_, folder)) = self.subshells.get(same) {
            self.folder.clone_from(folder);
            self.subshells.truncate(same);
        }
        for id in inside.iter().skip(same) {
            self.subshells.push((*id, self.folder.clone()));
        }
    }

    /// A command with the words that its first one is an alias for.
    fn unaliased(&self, command: &reader::Command) -> Option<reader::Command> {
        let (first, rest) = command.words.split_first()?;
        let meant = self.aliases.get(&first.text)?;
        let words = meant.text.split_whitespace().map(|text| Word { text: text.to_owned(), ..meant.clone() });
        Some(reader::Command { words: words.chain(rest.iter().cloned()).collect(), ..command.clone() })
    }

    fn command(
        &mut self,
        command: &reader::Command,
        written: &str,
        all: &[reader::Command],
        prints: &[Taint],
        place: Option<Span>,
        incoming: Taint,
    ) -> Taint {
        let span = place.unwrap_or(command.span);
        let from = |indices: &[usize]| indices.iter().filter_map(|at| prints.get(*at)).fold(Taint::NONE, |a, b| a | *b);
        let of = |word: &Word| from(&word.from) | data::carried(word);
        self.tell(command, span);
        let mut reads = from(&command.input) | command.stdin.as_ref().map_or(Taint::NONE, of);
        if command.input.is_empty() && command.stdin.is_none() {
            reads |= incoming;
        }
        for redirect in command.redirects.iter().filter(|redirect| !redirect.writes) {
            reads |= of(&redirect.target) | Taint::FILE;
        }
        let input = command.stdin.clone().or_else(|| {
            let [one] = command.input.as_slice() else { return None };
            let output = all.get(*one)?.output.as_ref()?;
            Some(Word { text: output.text(), from: vec![*one], recipe: output.recipe.clone() })
        });
        let words = table::bare(&command.words);
        let before = command.words.len() - words.len();
        let by_xargs = command.words.iter().take(before).any(|word| table::plain(&word.text) == "xargs");
        let Some((first, args)) = words.split_first() else { return reads };
        let carried = args.iter().map(of).fold(of(first), |a, b| a | b);
        let program = table::plain(&first.text);
        let word = table::shown(&first.text);
        if !(self.cmdlets && word == "command") && self.known.insert(word.clone()) {
            self.shell.words.push(word);
        }
        if table::is(&program, "telling") {
            self.step(span, Feature::RunShell, &program);
        }
        let before = |of: fn(&reader::Command) -> Vec<String>| -> Vec<String> {
            let unknown = command.input.iter().filter_map(|at| all.get(*at)).filter(|before| before.output.is_none());
            unknown.flat_map(of).take(outside::NAMES).collect()
        };
        let (files, names) = (before(data::printed), before(data::listed));
        let within = |of: fn(&reader::Command) -> Vec<String>| -> Vec<String> {
            let commands = command.words.iter().flat_map(|word| &word.from).filter_map(|at| all.get(*at));
            commands.flat_map(of).take(outside::NAMES).collect()
        };
        let (texts, paths) = (within(data::printed), within(data::listed));
        let inside = (texts.as_slice(), paths.as_slice());
        let given =
            Given { program, args, command, reads, carried, input, files, names, inside, by_xargs, written, span };
        self.pipe(&given);
        self.data(&given);
        self.node_options(&given);
        self.follow(&given, &first.text);
        self.outside(&given, &first.text);
        self.keep(&given);
        data::prints(&given)
    }

    /// What the words say by themselves, each and together.
    fn tell(&mut self, command: &reader::Command, span: Span) {
        let words = command.words.iter().chain(&command.assigned).chain(command.redirects.iter().map(|r| &r.target));
        let texts: Vec<&str> = words.map(|word| word.text.as_str()).collect();
        if texts.len() > 1 {
            let joined = texts.join(" ");
            if joined.len() <= 4096 {
                self.act(span, Act::Text(joined));
            }
        }
        for text in texts.iter().filter(|text| text.len() >= 4) {
            self.act(span, Act::Text((*text).to_owned()));
            // `$(hostname).a.example`: what is known of a host tells of it.
            let host = text.rsplit_once(reader::HOLE).map(|(_, rest)| rest.trim_start_matches('.'));
            if let Some(host) = host.filter(|host| host.contains('.') && !host.starts_with('/')) {
                self.act(span, Act::Text(host.to_owned()));
            }
        }
    }

    /// An interpreter that reads what another command prints.
    fn pipe(&mut self, given: &Given<'_>) {
        let reads = ["sh", "bash", "node", "python", "powershell", "iex"];
        if !given.command.input.is_empty() && reads.contains(&given.program.as_str()) {
            let mark = format!("pipe to {}", given.program);
            self.mark(&mark, given.span);
        }
    }

    /// A telling mark: a word of the summary and a step.
    fn mark(&mut self, mark: &str, span: Span) {
        if self.known.insert(mark.to_owned()) {
            self.shell.words.push(mark.to_owned());
        }
        self.step(span, Feature::RunShell, mark);
    }

    fn step(&mut self, span: Span, feature: Feature, detail: &str) {
        self.act(span, Act::Step(feature, detail.to_owned()));
    }

    fn act(&mut self, span: Span, act: Act) {
        if self.shell.acts.len() >= MAX_ACTS {
            self.cut(format!("shell text that tells more than {MAX_ACTS} things"));
            return;
        }
        self.shell.acts.push((span, act));
    }

    fn cut(&mut self, why: String) {
        self.shell.partial.get_or_insert(why);
    }
}
