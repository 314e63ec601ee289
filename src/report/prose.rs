//! Sentences of reports: our own words, and text of the package between them, which every format makes harmless in its way.

use crate::text::escape;

/// Most characters of one piece of quoted text.
const LONGEST: usize = 300;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Ours.
    Own(String),
    /// The package's, untrusted.
    Quoted(String),
}

/// A sentence, or a line of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// How deep it stands in its list.
    pub depth: usize,
    parts: Vec<Part>,
}

impl Line {
    /// An empty line of a list.
    #[must_use]
    pub fn at(depth: usize) -> Self {
        Self { depth, parts: Vec::new() }
    }

    /// Goes on in our own words. Nothing of a package may be in them.
    #[must_use]
    pub fn own(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Own(text.into()));
        self
    }

    /// Goes on with text of the package.
    #[must_use]
    pub fn quoted(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Quoted(text.into()));
        self
    }

    /// Goes on with words that are ours where they are only letters, digits and blanks, such as the details of a step.
    #[must_use]
    pub fn words(self, text: &str) -> Self {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        if plain { self.own(text) } else { self.quoted(text) }
    }

    /// Goes on with all of another line.
    #[must_use]
    pub fn line(mut self, line: Self) -> Self {
        self.parts.extend(line.parts);
        self
    }

    /// As Markdown: what is quoted is code, in which nothing is formatted or linked.
    #[must_use]
    pub fn markdown(&self) -> String {
        let part = |part: &Part| match part {
            Part::Own(text) => text.clone(),
            Part::Quoted(text) => code(&shortened(text)),
        };
        self.parts.iter().map(part).collect()
    }

    /// As plain text without tags and control characters.
    #[must_use]
    pub fn plain(&self) -> String {
        let part = |part: &Part| match part {
            Part::Own(text) => text.clone(),
            Part::Quoted(text) if text.contains(char::is_whitespace) => format!("\"{}\"", untagged(&shortened(text))),
            Part::Quoted(text) => untagged(&shortened(text)),
        };
        self.parts.iter().map(part).collect()
    }
}

/// Escaped and at most so long.
fn shortened(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    let cut = if end < text.len() { "…" } else { "" };
    format!("{}{cut}", escape(text.get(..end).unwrap_or_default()))
}

/// A text without the signs that tags are made of.
#[must_use]
pub fn untagged(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

/// Text in which Markdown formats nothing: between backticks, more of them than stand in it. Give it escaped text.
#[must_use]
pub fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = longest_run(text, '`');
    let fence = "`".repeat(longest + 1);
    // Blanks at both ends are taken away by a reader, who takes those that we add.
    let gap = if longest > 0 || text.starts_with(' ') || text.ends_with(' ') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// Lines as a block of code, with a fence that none of them closes. Give it escaped lines.
#[must_use]
pub fn block(language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

/// How many of a sign stand together at most.
fn longest_run(text: &str, sign: char) -> usize {
    text.split(|c| c != sign).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn what_is_quoted_is_harmless_in_every_format() {
        let line = Line::at(0).own("runs ").quoted("<b>`x`</b>\u{1B}[2J a").own(" at ").words("ssh keys").words("@all");
        assert_eq!(line.markdown(), "runs `` <b>`x`</b>␛[2J a `` at ssh keys`@all`");
        assert_eq!(line.plain(), "runs \"‹b›`x`‹/b›␛[2J a\" at ssh keys@all");
    }

    #[test]
    fn what_is_long_is_cut() {
        let line = Line::at(0).quoted("é".repeat(1000));
        assert_eq!(line.plain().chars().count(), LONGEST + 1);
    }

    #[rstest]
    #[case("a", "`a`")]
    #[case("a`b", "`` a`b ``")]
    #[case("``", "``` `` ```")]
    #[case(" a", "`  a `")]
    #[case("", "")]
    fn code_is_closed_by_nothing_in_it(#[case] text: &str, #[case] is: &str) {
        assert_eq!(code(text), is);
    }

    #[test]
    fn a_block_is_closed_by_nothing_in_it() {
        let lines = ["```".to_owned(), "# x".to_owned()];
        assert_eq!(block("", &lines), "````\n```\n# x\n````\n");
    }
}
