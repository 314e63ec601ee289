//! `Makefile`: the recipes of the targets that a build makes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Command, Read};
use crate::text::Span;

/// Variables inside variables that are followed.
const NESTING: usize = 8;
/// What may stand before a line of a recipe.
const SILENT: [char; 5] = ['@', '-', '+', ' ', '\t'];
/// Longest text that variables grow to, bytes.
const LONGEST: usize = 1 << 14;

/// A rule: what it needs, and its recipe with the places of the lines.
#[derive(Default)]
struct Rule {
    needs: Vec<String>,
    recipe: Vec<(Span, String)>,
}

/// The lines of every target's recipe with their places, variables put in; targets in order.
pub(in crate::package) fn recipes(text: &str) -> Vec<(String, Span, String)> {
    let file = Makefile::parse(text);
    let lines = file.order.iter().filter_map(|name| Some((name, file.rules.get(name)?)));
    let lines = lines.flat_map(|(name, rule)| rule.recipe.iter().map(move |(span, line)| (name, span, line)));
    let shown = |(name, span, line): (&String, &Span, &String)| {
        (name.clone(), *span, file.expand(line.trim_start_matches(SILENT), name, 0))
    };
    lines.map(shown).collect()
}

/// Reads the recipes of some targets and of what they need; without a name those of the first.
pub(super) fn read(text: &str, goals: &[&str]) -> Read {
    let file = Makefile::parse(text);
    let mut read = Read::default();
    let first = file.order.iter().find(|name| !name.starts_with('.')).map(String::as_str);
    let mut pending: Vec<(&str, bool)> = if goals.is_empty() { first.into_iter().collect() } else { goals.to_vec() }
        .into_iter()
        .rev()
        .map(|g| (g, false))
        .collect();
    let mut known = BTreeSet::new();
    for (span, text) in &file.shell {
        read.commands.push(Command { by: "shell".to_owned(), span: *span, text: file.expand(text, "", 0) });
    }
    while let Some((name, done)) = pending.pop() {
        let Some(rule) = file.rules.get(name) else { continue };
        if done {
            read.commands.extend(rule.recipe.iter().map(|(span, line)| Command {
                by: name.to_owned(),
                span: *span,
                text: file.expand(line.trim_start_matches(SILENT), name, 0),
            }));
        } else if known.insert(name) {
            // What a target needs is made before it.
            pending.push((name, true));
            pending.extend(rule.needs.iter().rev().map(|need| (need.as_str(), false)));
        }
    }
    read
}

#[derive(Default)]
struct Makefile {
    rules: BTreeMap<String, Rule>,
    order: Vec<String>,
    variables: BTreeMap<String, String>,
    /// Commands that run while make reads: `$(shell …)`, `NAME != …`.
    shell: Vec<(Span, String)>,
}

impl Makefile {
    fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut current: Vec<String> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let start = at;
            // A backslash at its end joins a line with the next.
            loop {
                let rest = text.get(at..).unwrap_or_default();
                let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
                at += end;
                let joined = rest.get(..end).unwrap_or_default().trim_end().ends_with('\\');
                if !joined || at >= text.len() {
                    break;
                }
            }
            let line = text.get(start..at).unwrap_or_default().trim_end();
            let span = Span { start, end: start + line.len() };
            if let Some(recipe) = line.strip_prefix('\t') {
                for name in &current {
                    if let Some(rule) = file.rules.get_mut(name) {
                        rule.recipe.push((span, recipe.to_owned()));
                    }
                }
                continue;
            }
            let line = line.replace("\\\n", " ");
            let line = line.split(" #").next().unwrap_or(&line);
            if line.trim_start().starts_with('#') || line.trim().is_empty() {
                continue;
            }
            file.line(line, span, &mut current);
        }
        file
    }

    fn line(&mut self, line: &str, span: Span, current: &mut Vec<String>) {
        if let Some(at) = line.find("$(shell ") {
            let inside = line.get(at + 1..).unwrap_or_default();
            let end = super::closing(inside, 0).unwrap_or(inside.len());
            self.shell.push((span, inside.get("(shell ".len()..end).unwrap_or_default().to_owned()));
        }
        let assigns = line.find('=').filter(|at| {
            let before = line.get(..*at).unwrap_or_default();
            !before.trim_end_matches([':', '?', '+', '!']).contains(':')
        });
        if let Some(at) = assigns {
            let (name, value) = line.split_at(at);
            let value = value.get(1..).unwrap_or_default().trim().to_owned();
            if name.ends_with('!') {
                self.shell.push((span, value.clone()));
            }
            let name = name.trim_end_matches([':', '?', '+', '!']).trim().trim_start_matches("export ").trim();
            self.variables.entry(name.to_owned()).or_insert(value);
            return;
        }
        let Some((names, needs)) = line.split_once(':') else { return };
        let (needs, recipe) = needs.split_once(';').unwrap_or((needs, ""));
        *current = names.split_whitespace().map(str::to_owned).collect();
        for name in current.iter() {
            if !self.rules.contains_key(name) {
                self.order.push(name.clone());
            }
            let rule = self.rules.entry(name.clone()).or_default();
            rule.needs
                .extend(needs.trim_start_matches(':').split_whitespace().filter(|n| *n != "|").map(str::to_owned));
            if !recipe.trim().is_empty() {
                rule.recipe.push((span, recipe.trim().to_owned()));
            }
        }
    }

    /// `$(NAME)` by its value; what make does not know stays a variable of the shell.
    fn expand(&self, text: &str, target: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let close = match after.as_bytes().first() {
                Some(b'(') => after.find(')'),
                Some(b'{') => after.find('}'),
                Some(b'$') => {
                    out.push('$');
                    rest = after.get(1..).unwrap_or_default();
                    continue;
                }
                Some(b'@') => {
                    out.push_str(target);
                    rest = after.get(1..).unwrap_or_default();
                    continue;
                }
                _ => None,
            };
            let Some(close) = close else {
                out.push('$');
                rest = after;
                continue;
            };
            let name = after.get(1..close).unwrap_or_default();
            rest = after.get(close + 1..).unwrap_or_default();
            match (name, self.variables.get(name)) {
                (_, Some(value)) if depth < NESTING && out.len() < LONGEST => {
                    out.push_str(&self.expand(value, target, depth + 1));
                }
                ("MAKE", _) => out.push_str("make"),
                ("CURDIR", _) => out.push('.'),
                _ => {
                    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                    out.push_str(&format!("${plain}"));
                }
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TEXT: &str = "PY ?= python3\nV := $(shell node v.js)\n.PHONY: all\nall: gen | dir\n\t@$(PY) a.py $$HOME $@\ngen: ; sh \\\n gen.sh\nclean:\n\t-rm -rf x\n";

    #[rstest]
    #[case::first(&[], "shell: node v.js|gen: sh \\\n gen.sh|all: python3 a.py $HOME all")]
    #[case::named(&["clean"], "shell: node v.js|clean: rm -rf x")]
    #[case::unknown(&["no"], "shell: node v.js")]
    fn recipes_are_read_in_order(#[case] goals: &[&str], #[case] expected: &str) {
        let found: Vec<String> = read(TEXT, goals).commands.iter().map(|c| format!("{}: {}", c.by, c.text)).collect();
        assert_eq!(found.join("|"), expected.replace("\\\n", " "));
    }

    #[test]
    fn all_recipes_are_told_in_order() {
        let names: Vec<String> = recipes(TEXT).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["all", "gen", "clean"]);
    }

    #[test]
    fn a_variable_that_holds_itself_ends() {
        let text = "A = $(A) $(A) $(A)\nall:\n\techo $(A)\n";
        assert!(read(text, &[]).commands[0].text.len() < 100_000);
    }
}
