//! Sentences in reports: the text of the package in them is made harmless in the way of each format.

use crate::case::story::{Part, Sentence};
use crate::text::escape;

/// Most characters of one piece of quoted text.
const LONGEST: usize = 300;

/// Sentences as the formats write them.
pub trait Prose {
    /// As Markdown: what is quoted is code, in which nothing is formatted or linked.
    fn markdown(&self) -> String;

    /// As plain text without tags and control characters.
    fn plain(&self) -> String;
}

impl Prose for Sentence {
    fn markdown(&self) -> String {
        let part = |part: &Part| if part.quoted { code(&shortened(&part.text)) } else { part.text.clone() };
        self.parts().iter().map(part).collect()
    }

    fn plain(&self) -> String {
        let part = |part: &Part| match part.quoted {
            false => part.text.clone(),
            true if part.text.contains(char::is_whitespace) => format!("\"{}\"", untagged(&shortened(&part.text))),
            true => untagged(&shortened(&part.text)),
        };
        self.parts().iter().map(part).collect()
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
        let line =
            Sentence::at(0).own("runs ").quoted("<b>`x`</b>\u{1B}[2J a").own(" at ").words("ssh keys").words("@all");
        assert_eq!(line.markdown(), "runs `` <b>`x`</b>␛[2J a `` at ssh keys`@all`");
        assert_eq!(line.plain(), "runs \"‹b›`x`‹/b›␛[2J a\" at ssh keys@all");
    }

    #[test]
    fn what_is_long_is_cut() {
        let line = Sentence::at(0).quoted("é".repeat(1000));
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
