//! What one step says in a sentence: a verb and what it is done to. Each is a rule over the step's feature and words, and says no
//! more than the step does: a text that names a secret is read only where something was seen to read there.

use crate::behavior::{Feature, Step};
use crate::case::Case;
use crate::text::Span;

/// Longest line on which two steps count as one statement; a minified file is one line.
const STATEMENT: usize = 300;
/// Bytes of a step's code in which a literal is looked for.
const SEARCHED: usize = 2000;
/// Most bytes of a text that shows what was matched.
const SHOWN: usize = 40;

/// What a step says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// What the code does.
    pub verb: &'static str,
    /// To what, in our words.
    pub noun: String,
    /// To what, in the package's words.
    pub shown: Option<String>,
}

impl Said {
    fn new(verb: &'static str, noun: impl Into<String>) -> Self {
        Self { verb, noun: noun.into(), shown: None }
    }

    fn showing(mut self, case: &Case, step: &Step) -> Self {
        self.shown = shown(case, step);
        self
    }
}

/// Steps before and behind one among which what belongs to it is looked for.
const NEAR: usize = 400;

/// What a step of an entry says by itself; none for what other steps say better, and for what says nothing.
pub(super) fn of_step(case: &Case, steps: &[Step], at: usize) -> Option<Said> {
    let step = steps.get(at)?;
    let steps = steps.get(at.saturating_sub(NEAR)..steps.len().min(at + NEAR)).unwrap_or_default();
    let detail = step.detail.as_str();
    let read = |other: &Step| {
        other.feature == Feature::CallFiles
            && ["read", "open", "copy", "archive", "sqlite", "list", "move"]
                .iter()
                .any(|word| other.detail.starts_with(word))
    };
    let written = |other: &Step| match other.feature {
        Feature::CallFiles => {
            ["write", "open write", "copy", "move", "make folder"].iter().any(|word| other.detail.starts_with(word))
        }
        Feature::CallSystem => other.detail == "registry",
        _ => false,
    };
    let by_shell = || steps.iter().any(|other| is_process(other) && overlaps(step, other.doc == step.doc, other.span));
    Some(match step.feature {
        Feature::ReadSecret => match detail {
            "environment whole" => Said::new("reads", "the whole environment"),
            "variable secret" => Said::new("reads", "secrets in environment variables"),
            "parameter" => Said::new("takes", "secrets as parameters"),
            _ if !is_text(case, step) => Said::new("reads", noun(detail)),
            _ if is_used(case, steps, step, read) => Said::new("reads", noun(detail)).showing(case, step),
            _ => Said::new("names", noun(detail)).showing(case, step),
        },
        Feature::CaptureInput => match detail {
            "keyboard" => Said::new("records", "the keyboard"),
            "screenshot" => Said::new("records", "the screen"),
            "microphone" => Said::new("records", "the microphone"),
            "clipboard" => Said::new("reads", "the clipboard"),
            "network calls" | "file calls" | "module loads" | "wallet calls" => {
                Said::new("puts itself into", format!("all {detail}"))
            }
            _ => Said::new("captures", detail),
        },
        Feature::Persist => {
            let noun = lasting(detail);
            let verb = match () {
                () if by_shell() => "sets up by a command",
                () if is_used(case, steps, step, written) => "writes to",
                () => "names",
            };
            Said::new(verb, noun).showing(case, step)
        }
        Feature::Destroy if is_text(case, step) && !by_shell() => {
            Said::new("names", "a command that deletes everything")
        }
        Feature::Destroy => match detail {
            "delete all" => Said::new("deletes", "everything it may"),
            "overwrite home folder" => Said::new("overwrites", "files of the home folder"),
            "overwrite system folder" => Said::new("overwrites", "files of the system"),
            _ => Said::new("deletes", detail.trim_start_matches("delete ")),
        },
        Feature::CheckEnvironment => match detail {
            "sleep" => Said::new("waits", ""),
            "ci" => Said::new("checks for", "a CI system"),
            "debugger" => Said::new("checks for", "a debugger"),
            "process list" => Said::new("lists", "running processes"),
            _ if is_text(case, step) => {
                Said::new("names", format!("{detail} software").replace("locale software", "locales"))
                    .showing(case, step)
            }
            _ => Said::new("checks for", detail),
        },
        Feature::HideCode => match detail {
            "research notice" => Said::new("says that it is", "research").showing(case, step),
            "reviewer text" => Said::new("speaks to", "automatic reviewers").showing(case, step),
            "code after blanks" => Said::new("hides", "code behind blanks"),
            "invisible text" => Said::new("hides", "text in invisible characters"),
            "bidi characters" => Said::new("hides", "code by characters that turn the direction"),
            "escaped text" => Said::new("hides", "texts in escapes"),
            "protector" => Said::new("hides", "itself with a protector"),
            "hex names" | "names that look alike" => Said::new("hides", "its names"),
            _ => Said::new("hides", detail),
        },
        // Code that hides hides what it calls too.
        Feature::EvaluateCode if detail == "attribute computed" => {
            steps.iter().find(|other| other.feature == Feature::HideCode)?;
            Said::new("calls", "something whose name is put together as it runs")
        }
        Feature::EvaluateCode => return evaluated(detail),
        Feature::CallFiles if detail.starts_with("write") && detail.ends_with("script") => {
            Said::new("writes", "a script to a file")
        }
        Feature::CallProcess => return started(case, steps, step),
        Feature::RunShell => match detail {
            "reverse shell" => Said::new("opens", "a reverse shell"),
            "encoded command" => Said::new("runs", "an encoded command"),
            "antivirus off" => Said::new("turns off", "the antivirus"),
            "install package" => Said::new("installs", "another package"),
            _ => return None,
        },
        Feature::LoadNative => match detail {
            _ if is_text(case, step) && !by_shell() => Said::new("names", "native code").showing(case, step),
            "inject memory" => Said::new("writes into", "executable memory"),
            _ => Said::new("loads", "native code"),
        },
        Feature::Publish => Said::new("publishes", "packages"),
        Feature::UseCollector if detail == "token literal" => Said::new("holds", "an access token"),
        Feature::UseCollector => {
            Said::new("names", format!("an address that collects data, {detail}")).showing(case, step)
        }
        _ => return None,
    })
}

fn evaluated(detail: &str) -> Option<Said> {
    let ways = ["exec", "eval", "function", "compile"];
    let evaluates = ways.iter().any(|way| detail.starts_with(way));
    match detail {
        "unmarshal" => Some(Said::new("loads", "serialized objects")),
        "write code" => Some(Said::new("writes", "code to a file")),
        // Where it comes from is a step of its own.
        _ if !evaluates || detail.contains("downloaded") || detail.contains("decoded") => None,
        _ if detail.starts_with("compile") => None,
        _ if detail.ends_with("constant") => Some(Said::new("runs", "a text as code")),
        _ => Some(Said::new("runs", "code that is put together as it runs")),
    }
}

/// A process that is started, by what is known of its name.
fn started(case: &Case, steps: &[Step], step: &Step) -> Option<Said> {
    const WAYS: [&str; 6] = ["process", "shell", "exec process", "script", "fork", "start"];
    // What the words leave open, and the words of what other steps say.
    const UNKNOWN: [&str; 7] = ["command", "program", "computed", "start", "script", "install", "package"];
    match step.detail.as_str() {
        "miner" => return Some(Said::new("names", "a miner").showing(case, step)),
        "elevation" => return Some(Said::new("asks for", "the rights of an administrator")),
        "agent unattended" => return Some(Said::new("starts", "an agent that asks nobody")),
        "container host folder" => return Some(Said::new("gives a container", "the whole disk")),
        _ => {}
    }
    let rest = WAYS.iter().find_map(|way| step.detail.strip_prefix(way))?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    // A step of its own says that.
    let rest = rest.replace(" reverse shell", "");
    let mut names: Vec<&str> = rest.split_whitespace().filter(|word| !UNKNOWN.contains(word)).collect();
    names.dedup();
    // What it is piped to is a step of its own.
    let piped = names.iter().position(|name| *name == "pipe").unwrap_or(names.len());
    names.truncate(piped);
    let silent = steps
        .iter()
        .any(|other| other.feature == Feature::SilentProcess && (other.doc, other.span) == (step.doc, step.span));
    let verb = if silent { "starts, out of sight," } else { "starts" };
    Some(match names.as_slice() {
        [] => Said { shown: literal(case, step, is_program), ..Said::new(verb, "a program") },
        names => {
            let begins = |text: &str| names.first().is_some_and(|name| text.starts_with(name));
            let shown = literal(case, step, begins).unwrap_or_else(|| names.join(", "));
            Said { verb, noun: String::new(), shown: Some(shown) }
        }
    })
}

/// Whether a text is the name of a program, by its ending.
fn is_program(text: &str) -> bool {
    const ENDINGS: [&str; 12] =
        [".exe", ".bat", ".cmd", ".ps1", ".vbs", ".sh", ".jar", ".msi", ".scr", ".bin", ".py", ".js"];
    let lower = text.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// The first literal in the code of a step of which something holds, short.
fn literal(case: &Case, step: &Step, holds: impl Fn(&str) -> bool) -> Option<String> {
    let written = case.source(step.doc)?.text.get(step.span.start..step.span.end)?;
    let mut rest = written.get(..written.len().min(SEARCHED)).unwrap_or(written);
    while let Some((at, quote)) = rest.char_indices().find(|(_, c)| matches!(c, '"' | '\'' | '`')) {
        let inside = rest.get(at + 1..)?;
        let text = inside.get(..inside.find(quote)?)?;
        if holds(text) {
            let cut: String = text.chars().take(SHOWN).collect();
            let more = if cut.len() < text.len() { "…" } else { "" };
            return Some(format!("{}{more}", cut.replace("://", "[:]//")));
        }
        rest = inside.get(text.len() + 1..)?;
    }
    None
}

/// Whether a step is about a process or a command line.
pub(super) fn is_process(step: &Step) -> bool {
    matches!(step.feature, Feature::CallProcess | Feature::RunShell)
}

fn overlaps(step: &Step, same: bool, span: Span) -> bool {
    same && step.span.overlaps(span)
}

/// Whether a step is a text, which by itself does nothing.
fn is_text(case: &Case, step: &Step) -> bool {
    let written = case.source(step.doc).and_then(|source| source.text.get(step.span.start..step.span.end));
    let prefix = |c: char| matches!(c, 'f' | 'F' | 'r' | 'R' | 'b' | 'B' | 'u' | 'U' | '(' | '[');
    step.why.matched.is_some()
        || written.is_some_and(|text| text.trim_start_matches(prefix).starts_with(['"', '\'', '`']))
}

/// Whether what a text names is used by a step of some sort: in the same statement, in a function that the statement calls, or
/// where data that is sent was seen to come from it.
fn is_used(case: &Case, steps: &[Step], step: &Step, by: impl Fn(&Step) -> bool) -> bool {
    let Some(source) = case.source(step.doc) else { return false };
    let line = source.line(step.line);
    let short = line.len() <= STATEMENT;
    // Data flows from what was read, where anything was.
    let reads = steps.iter().any(&by);
    steps.iter().any(|other| {
        if reads && other.why.source.is_some_and(|source| overlaps(step, source.doc == step.doc, source.span)) {
            return true;
        }
        if !by(other) {
            return false;
        }
        let here = other.doc == step.doc && (overlaps(step, true, other.span) || short && other.line == step.line);
        let from = |site: &crate::behavior::CallSite| {
            overlaps(step, site.doc == step.doc, site.span)
                || short && site.doc == step.doc && source.line_of(site.span.start) == step.line
        };
        // Equal steps are told once, so the call may be another one of the same function.
        let called = || {
            let name = other.call_path.last().map_or("", |name| name.rsplit('.').next().unwrap_or(name));
            short && !name.is_empty() && line.contains(&format!("{name}("))
        };
        here || other.call_sites.iter().flatten().any(from) || called()
    })
}

/// The words that matched, or the short text that the step is.
fn shown(case: &Case, step: &Step) -> Option<String> {
    if let Some(matched) = &step.why.matched {
        return (matched.len() <= SHOWN).then(|| matched.trim().to_owned());
    }
    let written = case.source(step.doc)?.text.get(step.span.start..step.span.end)?;
    let inside = written.trim_matches(['"', '\'', '`']);
    let text = written.len() != inside.len();
    (text && inside.len() <= SHOWN && !inside.contains('\n')).then(|| inside.to_owned())
}

/// Names of what is secret, as they are written.
fn noun(detail: &str) -> String {
    match detail {
        "ssh keys" => "SSH keys".to_owned(),
        "aws keys" => "AWS keys".to_owned(),
        "env file" => "an env file".to_owned(),
        "git config" => "git's settings".to_owned(),
        "telegram data" => "Telegram data".to_owned(),
        "discord data" => "Discord data".to_owned(),
        _ => detail.to_owned(),
    }
}

fn lasting(detail: &str) -> &str {
    match detail {
        "cron" => "cron jobs",
        "run key" => "the registry's run key",
        "service" => "system services",
        "shell profile" => "a shell's profile",
        "startup folder" => "the startup folder",
        "login key" => "the list of login keys",
        "editor hook" => "hooks of an editor or of git",
        "interpreter start" => "the start of the interpreter",
        "shortcut" => "a shortcut",
        "firewall" => "the firewall",
        "browser extension" => "a browser's extensions",
        other => other,
    }
}
