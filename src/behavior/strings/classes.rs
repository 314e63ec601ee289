//! Classes of text: tables of patterns over lower-cased text, matched in one pass.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use regex::bytes::{RegexSet, RegexSetBuilder};

/// What is wrong with a table.
pub(super) type Defect = Box<dyn std::error::Error>;

/// Several tables of classes, each with patterns over normalised text, told apart by a key.
///
/// Most patterns are plain text: one automaton finds them all. The rest is a set of expressions over bytes, which need no
/// table of Unicode and so run as an automaton too.
#[derive(Debug)]
pub(super) struct Classes<K> {
    rows: Vec<(K, String)>,
    words: bool,
    plain: AhoCorasick,
    /// The row of each plain pattern.
    plain_rows: Vec<usize>,
    expressions: RegexSet,
    /// The row of each expression.
    expression_rows: Vec<usize>,
}

impl<K: Copy> Classes<K> {
    /// Classes of tables, in their order. Where they are of words, a pattern that begins with a letter or digit begins a
    /// word.
    pub(super) fn new<'a>(
        tables: impl IntoIterator<Item = (K, &'a BTreeMap<String, Vec<String>>)>,
        words: bool,
    ) -> Result<Self, Defect> {
        let mut rows = Vec::new();
        let (mut plain, mut plain_rows) = (Vec::new(), Vec::new());
        let (mut expressions, mut expression_rows) = (Vec::new(), Vec::new());
        for (key, table) in tables {
            for (name, patterns) in table {
                for pattern in patterns {
                    match literal(pattern) {
                        Some(text) => {
                            plain.push(text);
                            plain_rows.push(rows.len());
                        }
                        None => {
                            let begins = words && pattern.starts_with(|c: char| c.is_ascii_alphanumeric());
                            expressions.push(format!("{}(?:{pattern})", if begins { "(?:^|[^a-z0-9])" } else { "" }));
                            expression_rows.push(rows.len());
                        }
                    }
                }
                rows.push((key, name.clone()));
            }
        }
        let plain = AhoCorasick::new(plain)?;
        let expressions = RegexSetBuilder::new(expressions).unicode(false).build()?;
        Ok(Self { rows, words, plain, plain_rows, expressions, expression_rows })
    }

    /// The classes that a text belongs to, each once, in the tables' order.
    pub(super) fn of(&self, text: &str) -> impl Iterator<Item = (K, &str)> {
        let bytes = text.as_bytes();
        let begins = |at: usize| {
            let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
            !self.words || !letter(at) || at.checked_sub(1).is_none_or(|before| !letter(before))
        };
        let plain = self.plain.find_overlapping_iter(text).filter(|found| begins(found.start()));
        let mut found: Vec<usize> =
            plain.filter_map(|found| self.plain_rows.get(found.pattern().as_usize())).copied().collect();
        if !self.expressions.is_empty() {
            let matches = self.expressions.matches(bytes);
            found.extend(matches.iter().filter_map(|pattern| self.expression_rows.get(pattern)));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|row| self.rows.get(row)).map(|(key, name)| (*key, name.as_str()))
    }
}

impl Classes<()> {
    /// Classes of one table.
    pub(super) fn of_table(table: &BTreeMap<String, Vec<String>>) -> Result<Self, Defect> {
        Self::new([((), table)], false)
    }

    /// The names of the classes that a text belongs to, in the table's order.
    pub(super) fn names(&self, text: &str) -> impl Iterator<Item = &str> {
        self.of(text).map(|(_, name)| name)
    }
}

/// The text that a pattern matches, if it is the only one.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(char::is_ascii_punctuation)?),
            '.' | '^' | '$' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => return None,
            _ => text.push(c),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r"ix\.io", Some("ix.io"))]
    #[case("opera gx", Some("opera gx"))]
    #[case(r"\boast", None)]
    #[case("seed ?phrase", None)]
    fn a_pattern_without_choice_is_plain_text(#[case] pattern: &str, #[case] text: Option<&str>) {
        assert_eq!(literal(pattern).as_deref(), text);
    }

    #[test]
    fn classes_are_found_once_each_in_the_order_of_the_tables() {
        let table = |rows: &[(&str, &[&str])]| -> BTreeMap<String, Vec<String>> {
            rows.iter().map(|(name, of)| ((*name).to_owned(), of.iter().map(|p| (*p).to_owned()).collect())).collect()
        };
        let first = table(&[("fruit", &["plum", "lum", r"pea(r|ch)\b"]), ("tree", &["pear"])]);
        let second = table(&[("any", &["^p"])]);
        let classes = Classes::new([(1, &first), (2, &second)], false).unwrap();
        assert_eq!(classes.of("pear and plum").collect::<Vec<_>>(), [(1, "fruit"), (1, "tree"), (2, "any")]);
        assert_eq!(classes.of("a pears").collect::<Vec<_>>(), [(1, "tree")]);
        assert_eq!(classes.of("nothing").count(), 0);
        let words = Classes::new([(1, &first)], true).unwrap();
        assert_eq!(words.of("a plum").collect::<Vec<_>>(), [(1, "fruit")]);
        assert_eq!(words.of("splum, speach").count(), 0);
    }
}
