//! What the shells of Windows are given: `cmd /c`, `start`, `powershell`.

use super::follow::joined;
use super::{Code, Given, Walk, table};
use crate::behavior::taint::Taint;
use crate::syntax::decode;
use crate::syntax::shell::{Dialect, Output, Word};

impl Walk {
    /// `cmd /c text`.
    pub(super) fn command_line(&mut self, given: &Given<'_>) {
        let flag = |arg: &&Word| arg.text.starts_with('/') && arg.text.len() <= 3 || arg.text.starts_with("/v:");
        let rest: Vec<&Word> = given.args.iter().skip_while(flag).collect();
        let mut text = Word::default();
        for (at, word) in rest.iter().enumerate() {
            if at > 0 {
                text.text.push(' ');
            }
            // The last program of a list keeps its arguments whole.
            let quoted = rest.len() > 1 && word.text.contains(char::is_whitespace);
            text.text.push_str(&if quoted { format!("\"{}\"", word.text) } else { word.text.clone() });
            text.origins(word);
        }
        if !text.text.trim().is_empty() {
            self.evaluate(given, &text, given.carried.without(Taint::NET), Dialect::Batch, "command line");
        }
    }

    /// `start "title" /b program arguments`: the title was a quoted word, which no longer shows.
    pub(super) fn started(&mut self, given: &Given<'_>) {
        let flag = |arg: &&Word| arg.text.starts_with('/') && arg.text.len() <= 10 || arg.text.is_empty();
        let rest: Vec<Word> = given.args.iter().skip_while(flag).cloned().collect();
        let Some(first) = rest.first() else { return };
        if first.text.contains('.') && !first.text.contains("://") {
            let word = table::shown(&first.text);
            if word != "command" && self.known.insert(word.clone()) {
                self.shell.words.push(word);
            }
            self.file(given, &first.text, None);
            return;
        }
        let text: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
        if table::is(&table::plain(&first.text), "named") {
            let inner = Word { text: text.join(" "), from: Vec::new(), recipe: first.recipe.clone() };
            self.evaluate(given, &inner, Taint::NONE, Dialect::Batch, "command line");
        }
    }

    /// `powershell -enc base64`, `-File x.ps1`, `-Command text`; every flag may be cut short.
    pub(super) fn powershell(&mut self, given: &Given<'_>) {
        let mut rest = given.args;
        while let Some((first, tail)) = rest.split_first() {
            let Some(flag) = first.text.strip_prefix(['-', '/']).map(str::to_ascii_lowercase) else { break };
            let is = |name: &str, least: usize| flag.len() >= least && name.starts_with(&flag);
            rest = tail;
            if is("encodedcommand", 1) || flag == "ec" {
                let Some(word) = tail.first() else { return };
                if let Some(bytes) = decode::base64(word.text.as_bytes()) {
                    let output = Output { bytes, recipe: Vec::new() };
                    let mut recipe = word.recipe.clone();
                    recipe.push("base64");
                    let text = Word { text: output.text(), from: Vec::new(), recipe };
                    self.evaluate(given, &text, Taint::DECODED, Dialect::PowerShell, "powershell");
                }
                return;
            }
            if is("file", 1) {
                if let Some(file) = tail.first() {
                    self.file(given, &file.text, Some(Code::Shell(Dialect::PowerShell)));
                }
                return;
            }
            if is("command", 1) {
                break;
            }
            // These take a value.
            if [
                "executionpolicy",
                "windowstyle",
                "version",
                "inputformat",
                "outputformat",
                "psconsolefile",
                "configurationname",
            ]
            .iter()
            .any(|name| is(name, 1))
                || flag == "ep"
            {
                rest = tail.get(1..).unwrap_or_default();
            }
        }
        let text = joined(rest);
        if text.text.trim() == "-" || text.text.trim().is_empty() {
            self.ran(given, given.reads);
            match given.input.clone() {
                Some(text) => self.code(given, Code::Shell(Dialect::PowerShell), &text, "input"),
                None if !given.command.input.is_empty() => self.unknown_code(given, "", given.reads),
                None => {}
            }
            return;
        }
        let trimmed = text.text.trim();
        let bare = trimmed
            .strip_prefix('\'')
            .and_then(|t| t.strip_suffix('\''))
            .filter(|t| !t.contains('\''))
            .unwrap_or(trimmed);
        let inner = Word { text: bare.to_owned(), ..text.clone() };
        self.evaluate(given, &inner, given.carried.without(Taint::NET), Dialect::PowerShell, "powershell");
    }
}
