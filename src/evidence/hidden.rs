//! Characters that the eye does not see or takes for others, and encodings that a file asks for in vain.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{Evidence, Kind};
use crate::package::{File, Package};
use crate::syntax::Doc;
use crate::text::{Encoding, Source, Span, hidden_characters, is_hidden, lookalikes, mark};

/// Most words with lookalikes told one by one of a file.
const WORDS: usize = 8;

/// How many characters of all texts the eye does not see or takes for Latin letters; those that honest texts are full of do
/// not count.
#[must_use]
pub fn count(package: &Package) -> usize {
    let sources = package.files.par_iter().filter_map(|file| file.source.as_ref());
    sources.map(|source| hidden_in(source).count() + lookalikes(&source.text).count()).sum()
}

fn hidden_in(source: &Source) -> impl Iterator<Item = (usize, char)> {
    hidden_characters(&source.text).filter(|(at, c)| !is_ordinary(source, *at, *c))
}

/// Evidence of one file: one for all its hidden characters, one for each word with lookalikes, one for an encoding that was not
/// honoured.
pub(super) fn in_file(at: usize, file: &File) -> Vec<Evidence> {
    let Some(source) = &file.source else { return Vec::new() };
    let doc = Some(Doc::File(at));
    let mut found = Vec::new();
    let mut hidden = hidden_in(source);
    if let Some((start, first)) = hidden.next() {
        let count = 1 + hidden.count();
        let (line, column) = source.line_column(start);
        let number = if count == 1 { "1 hidden character".to_owned() } else { format!("{count} hidden characters") };
        let what = format!("{}: {number}, the first is {} at {line}:{column}", file.path, mark(first));
        let span = Some(Span { start, end: start + first.len_utf8() });
        found.push(Evidence { kind: Kind::HiddenCharacters, what, doc, span });
    }
    found.extend(words(file, source).into_iter().map(|(what, span)| Evidence {
        kind: Kind::HiddenCharacters,
        what,
        doc,
        span: Some(span),
    }));
    if let Some(name) = &source.refused {
        let read_as = source.encoding.name();
        let what =
            format!("{}: it asks for the encoding {name}, which is not read here; it was read as {read_as}", file.path);
        found.push(Evidence { kind: Kind::Skipped, what, doc, span: None });
    }
    found
}

/// The words of a file that look Latin and are not, each where it stands first.
fn words(file: &File, source: &Source) -> Vec<(String, Span)> {
    let mut places: Vec<(Span, Vec<(usize, char)>)> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (at, c, span) in lookalikes(&source.text) {
        match places.last_mut().filter(|(last, _)| at < last.end) {
            Some((_, letters)) => letters.push((at, c)),
            None if known.insert(source.text.get(span.start..span.end).unwrap_or_default()) => {
                places.push((span, vec![(at, c)]));
            }
            None => {}
        }
    }
    let word = |(span, letters): &(Span, Vec<(usize, char)>)| {
        let (line, column) = source.line_column(span.start);
        let mut shown = String::new();
        let mut from = span.start;
        for (at, c) in letters {
            shown.push_str(source.text.get(from..*at).unwrap_or_default());
            shown.push_str(&mark(*c));
            from = at + c.len_utf8();
        }
        shown.push_str(source.text.get(from..span.end).unwrap_or_default());
        let first = letters.first().map(|(_, c)| mark(*c)).unwrap_or_default();
        let what =
            format!("{}: {shown} at {line}:{column} looks Latin, but {first} in it is another letter", file.path);
        (what, *span)
    };
    let mut told: Vec<(String, Span)> = places.iter().take(WORDS).map(word).collect();
    if let Some((span, _)) = places.get(WORDS) {
        let more = places.len() - WORDS;
        told.push((format!("{}: {more} more words with letters that pass for Latin ones", file.path), *span));
    }
    told
}

/// Hidden characters that honest texts are full of: page breaks, those that join or style emoji and letters, and whatever a
/// text in an unknown one-byte encoding turns into.
fn is_ordinary(source: &Source, at: usize, c: char) -> bool {
    let before = || source.text.get(..at).and_then(|text| text.chars().next_back());
    let after = || source.text.get(at + c.len_utf8()..).and_then(|text| text.chars().next());
    let visible = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_hidden(c));
    match c {
        '\u{C}' => true,
        // `1\u{FE0F}` begins a keycap.
        '\u{FE0E}' | '\u{FE0F}' => visible(before()) || before().is_some_and(|c| c.is_ascii_digit() || c == '#'),
        '\u{200C}' | '\u{200D}' => {
            // An emoji may have its variation selector between.
            (visible(before()) || before() == Some('\u{FE0F}')) && visible(after())
        }
        c => c > '\u{7F}' && matches!(source.encoding, Encoding::Latin1 | Encoding::Cp1252),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;

    use super::*;
    use crate::text::Hint;

    fn evidence(bytes: &[u8]) -> Vec<Evidence> {
        let source = Source::decode(bytes, Hint::Python).map(Arc::new);
        in_file(3, &File { path: "a.py".to_owned(), bytes: bytes.into(), source })
    }

    #[rstest]
    #[case::none("plain\ttext\r\nx\u{C}\n", None)]
    #[case::emoji("👩\u{200D}💻 ❤\u{FE0F}\u{200D}🔥 1\u{FE0F}\u{20E3}", None)]
    #[case::persian("می\u{200C}خواهم", None)]
    #[case::bidi("ab\n\u{202E}x\u{2066}", Some(("a.py: 2 hidden characters, the first is <U+202E> at 2:1", 3, 6)))]
    #[case::joiner_in_a_name("ad\u{200D}min", Some(("a.py: 1 hidden character, the first is <U+200D> at 1:3", 2, 5)))]
    #[case::data_in_selectors("😀\u{FE0F}\u{FE01}\u{E0100}", Some(("a.py: 2 hidden characters, the first is <U+FE01> at 1:3", 7, 10)))]
    #[case::escape("x = '\u{1B}[2J'", Some(("a.py: 1 hidden character, the first is ␛ at 1:6", 5, 6)))]
    fn hidden_characters_of_a_file(#[case] text: &str, #[case] expected: Option<(&str, usize, usize)>) {
        let found = evidence(text.as_bytes());
        let shown = found.first().map(|e| (e.what.as_str(), e.span.unwrap().start, e.span.unwrap().end));
        assert_eq!(shown, expected);
        assert!(found.iter().all(|e| e.kind == Kind::HiddenCharacters && e.doc == Some(Doc::File(3))));
    }

    #[test]
    fn words_that_pass_for_latin_ones_are_told_once_each() {
        let found = evidence("import оs\nраypal = оs # о нас\nоs()".as_bytes());
        let told: Vec<_> =
            found.iter().map(|e| (e.what.as_str(), e.span.unwrap().start, e.span.unwrap().end)).collect();
        let expected = [
            ("a.py: <U+043E>s at 1:8 looks Latin, but <U+043E> in it is another letter", 7, 10),
            ("a.py: <U+0440><U+0430>ypal at 2:1 looks Latin, but <U+0440> in it is another letter", 11, 19),
        ];
        assert_eq!(told, expected);
        let many: String = (0..12).map(|n| format!("nаme{n} = {n}\n")).collect();
        let found = evidence(many.as_bytes());
        assert_eq!(found.last().unwrap().what, "a.py: 4 more words with letters that pass for Latin ones");
        assert_eq!((found.len(), found[8].span.unwrap().start), (WORDS + 1, many.find("nаme8").unwrap()));
    }

    #[test]
    fn bytes_of_an_unknown_encoding_are_not_counted() {
        assert_eq!(evidence(b"\x82\xB1\xAD\xFF"), []);
    }

    #[test]
    fn an_encoding_that_was_not_honoured_is_told() {
        let [found] = evidence(b"# coding: utf-7\n+AGU-").try_into().unwrap();
        assert_eq!(found.what, "a.py: it asks for the encoding utf-7, which is not read here; it was read as UTF-8");
        assert_eq!(found.kind, Kind::Skipped);
    }
}
