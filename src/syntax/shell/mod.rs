//! Shell text read to the commands that it runs, in run order: words with their variables, quotes and substitutions resolved.
//!
//! Three languages, one result. What a command means is not known here; only what programs of text (`echo`, `base64 -d`)
//! print is, because words and inputs are made of it.

use crate::text::Span;

mod bash;
mod batch;
mod output;
mod powershell;
mod smooth;
mod word;

pub use output::Output;

/// Stands for an unknown part of a word.
pub const HOLE: char = '\u{fffc}';

/// Longest text that is read, bytes.
pub const MAX_TEXT: usize = 1 << 20;
/// Most commands of one text.
const MAX_COMMANDS: usize = 5_000;
/// Longest word or output, bytes.
const MAX_WORD: usize = 256 << 10;
/// Most bytes of all words: variables that double themselves grow without end.
const MAX_WORDS: usize = 8 << 20;

/// The language of a shell text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `sh` and its kin.
    Bash,
    /// `cmd.exe`.
    Batch,
    /// PowerShell.
    PowerShell,
}

impl Dialect {
    /// The language of a file by its name or `#!` line; `None`: not shell text.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("sh" | "bash" | "zsh" | "ksh" | "command") => return Some(Self::Bash),
            Some("bat" | "cmd") => return Some(Self::Batch),
            Some("ps1" | "psm1") => return Some(Self::PowerShell),
            _ => {}
        }
        let line = text.strip_prefix("#!")?.lines().next()?;
        let program = |word: &str| word.rsplit('/').next().unwrap_or(word).to_ascii_lowercase();
        let named = |names: &[&str]| line.split_whitespace().any(|word| names.contains(&program(word).as_str()));
        match () {
            () if named(&["sh", "bash", "zsh", "ksh", "dash", "ash"]) => Some(Self::Bash),
            () if named(&["pwsh", "powershell"]) => Some(Self::PowerShell),
            () => None,
        }
    }

    /// The language of a text handed to a process, by what stands in it: nothing else tells on which system it runs.
    #[must_use]
    pub fn guess(text: &str) -> Self {
        let first: String = text
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '@' | '"' | '(' | '&'))
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != '"')
            .filter(|c| *c != '^' && *c != '`')
            .collect::<String>()
            .to_ascii_lowercase();
        let program = first.rsplit(['/', '\\']).next().unwrap_or(&first);
        let program = program.strip_suffix(".exe").unwrap_or(program);
        const OF_WINDOWS: [&str; 17] = [
            "cmd",
            "start",
            "powershell",
            "pwsh",
            "certutil",
            "bitsadmin",
            "reg",
            "schtasks",
            "mshta",
            "rundll32",
            "regsvr32",
            "wscript",
            "cscript",
            "wmic",
            "msiexec",
            "rem",
            "setlocal",
        ];
        const OF_POWERSHELL: [&str; 9] = [
            "iex",
            "iwr",
            "irm",
            "invoke-expression",
            "invoke-webrequest",
            "invoke-restmethod",
            "start-process",
            "new-object",
            "set-executionpolicy",
        ];
        if OF_POWERSHELL.contains(&program) || text.trim_start().starts_with("$") && text.contains("New-Object") {
            return Self::PowerShell;
        }
        let tests = ["if exist ", "if not exist ", "if defined ", "if not defined "];
        let asks = text.trim_start().get(..16.min(text.trim_start().len())).unwrap_or_default().to_ascii_lowercase();
        let drive = text.as_bytes().windows(3).any(|w| matches!(w, [d, b':', b'\\'] if d.is_ascii_alphabetic()));
        if OF_WINDOWS.contains(&program)
            || drive
            || has_percent_variable(text)
            || text.starts_with("@echo")
            || tests.iter().any(|test| asks.starts_with(test))
        {
            return Self::Batch;
        }
        Self::Bash
    }
}

/// Whether `%NAME%` stands in a text. Escapes in addresses (`%20a%20`) have a digit first.
fn has_percent_variable(text: &str) -> bool {
    let inside = text.split_once('%').and_then(|(_, rest)| rest.rsplit_once('%'));
    inside.is_some_and(|(inside, _)| {
        inside.split('%').any(|name| {
            name.len() > 2
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
    })
}

/// A word of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// Its text with every quote and variable resolved as far as known; [`HOLE`] for the rest. Variables that the text
    /// does not set stay as they are (`$HOME`, `%TEMP%`).
    pub text: String,
    /// The commands whose output is part of it.
    pub from: Vec<usize>,
    /// How a known part was decoded.
    pub recipe: Vec<&'static str>,
}

impl Word {
    /// A word of known text.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    fn unknown() -> Self {
        Self { text: HOLE.to_string(), ..Self::default() }
    }

    fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.origins(other);
    }

    /// Takes over where another word's text came from.
    pub fn origins(&mut self, other: &Self) {
        for from in &other.from {
            if self.from.last() != Some(from) && self.from.len() < 64 {
                self.from.push(*from);
            }
        }
        add_recipe(&mut self.recipe, &other.recipe);
    }
}

/// Adds the steps that a recipe does not hold yet: doubled text must not double its recipe.
fn add_recipe(recipe: &mut Vec<&'static str>, other: &[&'static str]) {
    for step in other {
        if !recipe.contains(step) {
            recipe.push(step);
        }
    }
}

/// A file that a command's input or output is redirected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Whether the command writes it.
    pub writes: bool,
    /// Whether nothing but its errors go there.
    pub errors: bool,
    /// Its path.
    pub target: Word,
}

/// A command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments. Empty for a bare assignment or redirection.
    pub words: Vec<Word>,
    /// Values assigned in front of it or by it.
    pub assigned: Vec<Word>,
    /// Where it stands in the text.
    pub span: Span,
    /// The commands whose output it reads.
    pub input: Vec<usize>,
    /// Text of its input that stands in the script (a here-document).
    pub stdin: Option<Word>,
    /// Redirections to files.
    pub redirects: Vec<Redirect>,
    /// Whether nobody waits for it.
    pub background: bool,
    /// What it prints, where that follows from the text alone.
    pub output: Option<Output>,
    /// The shells of their own that it runs in (`( … )`, `$( … )`), outermost first: where one ends, what it set is forgotten.
    pub subshells: Vec<usize>,
}

/// A shell text, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Commands in run order: those whose output a command takes come before it.
    pub commands: Vec<Command>,
    /// Why not all of it was read, one plain sentence, if so.
    pub partial: Option<String>,
}

/// Reads a shell text.
#[must_use]
pub fn read(text: &str, dialect: Dialect) -> Script {
    read_with(text, dialect, &[], &[])
}

/// Reads a shell text that is given arguments, its `$0`, then `$1` and those behind it, and runs where variables are set.
#[must_use]
pub fn read_with(text: &str, dialect: Dialect, arguments: &[Word], variables: &[(String, String)]) -> Script {
    if text.len() > MAX_TEXT {
        return Script { commands: Vec::new(), partial: Some(format!("shell text over {MAX_TEXT} bytes is not read")) };
    }
    match dialect {
        Dialect::Bash => bash::read(text, arguments, variables),
        Dialect::Batch => batch::read(text, variables),
        Dialect::PowerShell => powershell::read(text),
    }
}

/// Collects the commands of a text under its bounds.
#[derive(Default)]
struct Collector {
    script: Script,
    bytes: usize,
}

impl Collector {
    /// Adds a command, with what it prints, and yields its index; `None` when the bound is hit.
    fn push(&mut self, mut command: Command) -> Option<usize> {
        if self.full() {
            return None;
        }
        let parts = command.words.iter().chain(&command.assigned).chain(command.stdin.as_ref());
        let bytes = parts.map(|word| word.text.len()).sum();
        if !self.spend(bytes) {
            return None;
        }
        command.output = output::of(&command, &self.script.commands);
        self.bytes += command.output.as_ref().map_or(0, |output| output.bytes.len());
        self.script.commands.push(command);
        Some(self.script.commands.len() - 1)
    }

    /// Takes from the budget of all words; `false` once it is spent.
    fn spend(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_WORDS {
            self.cut(format!("the words of one shell text grow over {MAX_WORDS} bytes"));
        }
        self.bytes <= MAX_WORDS
    }

    /// Notes that something was left out.
    fn cut(&mut self, why: String) {
        self.script.partial.get_or_insert(why);
    }

    fn full(&mut self) -> bool {
        if self.script.commands.len() >= MAX_COMMANDS {
            self.cut(format!("shell text of {MAX_COMMANDS} commands or more"));
        }
        self.bytes > MAX_WORDS || self.script.commands.len() >= MAX_COMMANDS
    }

    /// What a group of commands prints: known where each one's output is.
    fn printed(&self, indices: &[usize]) -> Option<Output> {
        output::joined(indices.iter().map(|at| self.script.commands.get(*at).and_then(|c| c.output.as_ref())))
    }
}
