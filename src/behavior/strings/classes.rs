//! Classes of text: tables of patterns over lower-cased text, matched in one pass.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, Match};
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// What is wrong with a table.
pub(super) type Defect = Box<dyn std::error::Error>;

/// A class that a text belongs to, and where the text shows it.
#[derive(Debug)]
pub(super) struct Found<'a, K> {
    pub key: K,
    pub name: &'a str,
    pub start: usize,
    pub end: usize,
}

/// Where a pattern matches.
#[derive(Clone, Copy)]
enum Place {
    /// At these bytes.
    At(usize, usize),
    /// Where an expression of the set does.
    Expression(usize),
}

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
    /// Each by itself, made when the place of a match is asked for.
    single: Vec<OnceLock<Option<Regex>>>,
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
                            expressions.push(format!("{}(?:{pattern})", if begins { "(?:^|[^a-z0-9_])" } else { "" }));
                            expression_rows.push(rows.len());
                        }
                    }
                }
                rows.push((key, name.clone()));
            }
        }
        let plain = AhoCorasick::new(plain)?;
        let single = expressions.iter().map(|_| OnceLock::new()).collect();
        let expressions = RegexSetBuilder::new(expressions).unicode(false).build()?;
        Ok(Self { rows, words, plain, plain_rows, expressions, single, expression_rows })
    }

    /// The classes that a text belongs to, each once with a place that shows it, in the tables' order.
    pub(super) fn places(&self, text: &str) -> impl Iterator<Item = Found<'_, K>> {
        let mut found = self.matches(text);
        found.sort_by_key(|(row, place)| (*row, matches!(place, Place::Expression(_))));
        found.dedup_by_key(|(row, _)| *row);
        found.into_iter().filter_map(move |(row, place)| {
            let (key, name) = self.rows.get(row)?;
            let (start, end) = match place {
                Place::At(start, end) => (start, end),
                Place::Expression(which) => self.place_of(which, text).unwrap_or((0, text.len())),
            };
            Some(Found { key: *key, name, start, end })
        })
    }

    /// Where an expression of the set matches; what stands before the word that it begins with is left out.
    fn place_of(&self, which: usize, text: &str) -> Option<(usize, usize)> {
        let make = || RegexBuilder::new(self.expressions.patterns().get(which)?).unicode(false).build().ok();
        let found = self.single.get(which)?.get_or_init(make).as_ref()?.find(text.as_bytes())?;
        let begins = |at: &usize| text.as_bytes().get(*at).is_some_and(|byte| !b" \"'=(".contains(byte));
        let start = (found.start()..found.end()).find(begins).unwrap_or(found.start());
        Some((start, found.end()))
    }

    /// The classes that a text belongs to, each once, in the tables' order.
    pub(super) fn of(&self, text: &str) -> impl Iterator<Item = (K, &str)> {
        let mut rows: Vec<usize> = self.matches(text).into_iter().map(|(row, _)| row).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().filter_map(|row| self.rows.get(row)).map(|(key, name)| (*key, name.as_str()))
    }

    /// Every match: its row and where it stands.
    fn matches(&self, text: &str) -> Vec<(usize, Place)> {
        let bytes = text.as_bytes();
        let begins = |at: usize| {
            let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
            let inside = |at: usize| letter(at) || bytes.get(at) == Some(&b'_');
            !self.words || !letter(at) || at.checked_sub(1).is_none_or(|before| !inside(before))
        };
        let plain = self.plain.find_overlapping_iter(text).filter(|found| begins(found.start()));
        let row = |found: &Match| self.plain_rows.get(found.pattern().as_usize()).copied();
        let mut all: Vec<(usize, Place)> =
            plain.filter_map(|found| Some((row(&found)?, Place::At(found.start(), found.end())))).collect();
        if !self.expressions.is_empty() {
            let rows = |which: usize| Some((*self.expression_rows.get(which)?, Place::Expression(which)));
            all.extend(self.expressions.matches(bytes).iter().filter_map(rows));
        }
        all
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
    fn a_class_is_shown_where_it_stands() {
        let table = BTreeMap::from([("fruit".to_owned(), vec![r"pea(r|ch)\b".to_owned(), "plum".to_owned()])]);
        let classes = Classes::new([((), &table)], true).unwrap();
        let place = |text: &'static str| classes.places(text).map(|found| &text[found.start..found.end]).next();
        assert_eq!(place("a peach"), Some("peach"));
        assert_eq!(place("the pear, a plum"), Some("plum"), "what is plain comes first");
        assert_eq!(place("a spear"), None);
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
