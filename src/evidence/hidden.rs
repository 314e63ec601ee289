//! Characters that the eye does not see or takes for others, and encodings that a file asks for in vain.

use std::collections::BTreeSet;

use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{Evidence, Kind};
use crate::package::{File, Package};
use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::text::{Source, Span, hidden_characters, is_hidden, lookalikes, many, mark};

/// Most places with hidden characters, and most words with lookalikes, told one by one of a file.
const EACH: usize = 50;
/// Bytes between two hidden characters of a line that are told of together.
const TOGETHER: usize = 80;

/// How many characters of all texts and of the files' names the eye does not see or takes for others; those that honest texts
/// are full of do not count.
#[must_use]
pub fn count(package: &Package) -> usize {
    let sources = package.files.par_iter().filter_map(|file| file.source.as_ref());
    let in_texts: usize = sources.map(|source| hidden_in(source).count() + lookalikes(&source.text).count()).sum();
    // A folder's name stands in the paths of all its files.
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for path in paths(package).map(|(path, _)| path) {
        known.extend(strange(path).into_iter().filter_map(|(at, c)| path.get(..at + c.len_utf8())));
    }
    in_texts + known.len()
}

fn hidden_in(source: &Source) -> impl Iterator<Item = (usize, char)> {
    hidden_characters(&source.text).filter(|(at, c)| !is_ordinary(source, *at, *c))
}

/// The names of all files, and of what was skipped.
fn paths(package: &Package) -> impl Iterator<Item = (&str, Option<Doc>)> {
    let files = package.files.iter().enumerate().map(|(at, file)| (file.path.as_str(), Some(Doc::File(at))));
    let known: BTreeSet<&str> = package.files.iter().map(|file| file.path.as_str()).collect();
    let skipped = package.skipped.iter().map(|skip| skip.path.as_str());
    files.chain(skipped.filter(move |path| !known.contains(path)).map(|path| (path, None)))
}

/// What a name holds that the eye does not see or takes for something else.
fn strange(path: &str) -> Vec<(usize, char)> {
    let hidden = path.char_indices().filter(|(_, c)| is_hidden(*c));
    let mut all: Vec<(usize, char)> = hidden.chain(lookalikes(path).map(|(at, c, _)| (at, c))).collect();
    all.sort_unstable();
    all
}

/// Evidence of the files' names, of an archive and of a folder alike.
pub(super) fn in_names(package: &Package) -> Vec<Evidence> {
    let told = paths(package).filter_map(|(path, doc)| {
        let all = strange(path);
        let (_, first) = all.first()?;
        let mark = mark(*first);
        let what = match all.len() {
            1 => format!("{path}: its name holds {mark}, which is hidden or passes for another character"),
            count => format!(
                "{path}: its name holds {count} characters that are hidden or pass for others, the first is {mark}"
            ),
        };
        Some(Evidence { kind: Kind::HiddenCharacters, what, doc, span: None, reported: None })
    });
    told.collect()
}

/// Evidence of one file: one for an encoding that hides what runs, one for each place with hidden characters, one for each word
/// with lookalikes.
pub(super) fn in_file(at: usize, file: &File) -> Vec<Evidence> {
    let Some(source) = &file.source else { return Vec::new() };
    let doc = Some(Doc::File(at));
    let told = places(file, source).into_iter().chain(words(file, source));
    let told =
        told.map(|(what, span)| Evidence { kind: Kind::HiddenCharacters, what, doc, span: Some(span), reported: None });
    let encoded = source.encoding.rewrites_ascii().then(|| {
        let name = source.encoding.name();
        let what = format!("{}: its encoding is {name}: what runs is not what its bytes show", file.path);
        Evidence { kind: Kind::HiddenCharacters, what, doc, span: None, reported: None }
    });
    encoded.into_iter().chain(told).collect()
}

/// The places of a file with hidden characters: those near each other on one line are one.
fn places(file: &File, source: &Source) -> Vec<(String, Span)> {
    let mut found: Vec<(Span, usize, char)> = Vec::new();
    let mut more = 0;
    let mut last = Span::default();
    for (at, c) in hidden_in(source) {
        let end = at + c.len_utf8();
        let between = source.text.get(last.end..at).unwrap_or_default();
        let same = last.end > 0 && between.len() <= TOGETHER && !between.contains('\n');
        last = Span { start: at, end };
        let told = found.len();
        match found.last_mut() {
            Some(_) if same && more > 0 => {}
            Some((span, count, _)) if same => {
                span.end = end;
                *count += 1;
            }
            // One beyond those that are told says where the rest begins.
            _ if told <= EACH => {
                found.push((last, 1, c));
                more = usize::from(told == EACH);
            }
            _ => more += 1,
        }
    }
    let told = found.iter().enumerate().map(|(index, (span, count, first))| {
        let (line, column) = source.line_column(span.start);
        let what = if index == EACH {
            many(more, "more place", "more places") + " with hidden characters, the first"
        } else {
            many(*count, "hidden character", "hidden characters") + if *count == 1 { ":" } else { ", the first is" }
        };
        (format!("{}: {what} {} at {line}:{column}", file.path, mark(*first)), *span)
    });
    told.collect()
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
    let python = Language::of(&file.path, &source.text) == Some(Language::Python);
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
        let (first, sign) = letters.first().map_or((String::new(), false), |(_, c)| (mark(*c), !c.is_alphabetic()));
        // Python compares names by this form (PEP 3131).
        let read: String = source.text.get(span.start..span.end).unwrap_or_default().nfkc().collect();
        let why = match () {
            () if sign => "looks like a sign of code and is another".to_owned(),
            () if python && read.is_ascii() => format!("is {read} to Python"),
            () => format!("looks Latin, but {first} in it is another letter"),
        };
        (format!("{}: {shown} at {line}:{column} {why}", file.path), *span)
    };
    let mut told: Vec<(String, Span)> = places.iter().take(EACH).map(word).collect();
    if let Some((span, _)) = places.get(EACH) {
        let more = many(places.len() - EACH, "more word", "more words");
        told.push((format!("{}: {more} with letters that pass for Latin ones", file.path), *span));
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
        c => c > '\u{7F}' && source.encoding.is_single_byte(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;

    use super::*;
    use crate::package::{Loss, Skip};
    use crate::text::Hint;

    fn evidence(bytes: &[u8]) -> Vec<Evidence> {
        let source = Source::decode(bytes, Hint::Python).map(Arc::new);
        in_file(3, &File { path: "a.py".to_owned(), bytes: bytes.into(), source })
    }

    #[rstest]
    #[case::none("plain\ttext\r\nx\u{C}\n", None)]
    #[case::emoji("👩\u{200D}💻 ❤\u{FE0F}\u{200D}🔥 1\u{FE0F}\u{20E3}", None)]
    #[case::persian("می\u{200C}خواهم", None)]
    #[case::bidi("ab\n\u{202E}x\u{2066}", Some(("a.py: 2 hidden characters, the first is <U+202E> at 2:1", 3, 10)))]
    #[case::joiner_in_a_name("ad\u{200D}min", Some(("a.py: 1 hidden character: <U+200D> at 1:3", 2, 5)))]
    #[case::data_in_selectors("😀\u{FE0F}\u{FE01}\u{E0100}", Some(("a.py: 2 hidden characters, the first is <U+FE01> at 1:3", 7, 14)))]
    #[case::escape("x = '\u{1B}[2J'", Some(("a.py: 1 hidden character: ␛ at 1:6", 5, 6)))]
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
        let many: String = (0..EACH + 4).map(|n| format!("nаme{n} = {n}\n")).collect();
        let found = evidence(many.as_bytes());
        assert_eq!(found.last().unwrap().what, "a.py: 4 more words with letters that pass for Latin ones");
        let at = many.find("nаme50").unwrap();
        assert_eq!((found.len(), found[EACH].span.unwrap().start), (EACH + 1, at));
    }

    #[test]
    fn every_place_with_hidden_characters_is_told() {
        let near = "x\u{200B}yz\u{200B}";
        let told: Vec<String> = evidence(format!("{near}\na\u{200B}{}{near}", "b".repeat(100)).as_bytes())
            .into_iter()
            .map(|e| e.what)
            .collect();
        let expected = [
            "a.py: 2 hidden characters, the first is <U+200B> at 1:2",
            "a.py: 1 hidden character: <U+200B> at 2:2",
            "a.py: 2 hidden characters, the first is <U+200B> at 2:104",
        ];
        assert_eq!(told, expected);
        let found = evidence(format!("{near}\n").repeat(EACH + 97).as_bytes());
        assert_eq!(found.len(), EACH + 1);
        assert_eq!(found[EACH].what, "a.py: 97 more places with hidden characters, the first <U+200B> at 51:2");
        let found = evidence(format!("{near}\n").repeat(EACH + 1).as_bytes());
        assert_eq!(found[EACH].what, "a.py: 1 more place with hidden characters, the first <U+200B> at 51:2");
    }

    #[test]
    fn names_are_told_and_counted() {
        let mut package = crate::evidence::tests::package();
        let file = |path: &str| File { path: path.to_owned(), bytes: [].into(), source: None };
        let names =
            ["plain.js", "r\u{430}\u{443}/a.js", "r\u{430}\u{443}/b.js", "\u{1B}[2J\n.js", "док/нам.js", "日本.js"];
        package.files = names.map(file).into();
        package.skipped = vec![Skip::new(Loss::Member, "a\u{202E}sj", "")];
        let told: Vec<_> = in_names(&package).into_iter().map(|e| (e.what, e.doc)).collect();
        let two = "its name holds 2 characters that are hidden or pass for others, the first is";
        let expected = [
            (format!("{}: {two} <U+0430>", names[1]), Some(Doc::File(1))),
            (format!("{}: {two} <U+0430>", names[2]), Some(Doc::File(2))),
            (format!("{}: {two} ␛", names[3]), Some(Doc::File(3))),
            ("a\u{202E}sj: its name holds <U+202E>, which is hidden or passes for another character".to_owned(), None),
        ];
        assert_eq!(told, expected);
        assert_eq!(count(&package), 5);
    }

    #[rstest]
    #[case::hides("utf-7", true)]
    #[case::turns("rot13", true)]
    #[case::plain("koi8-r", false)]
    fn an_encoding_that_hides_what_runs_is_told(#[case] name: &str, #[case] told: bool) {
        let found = evidence(format!("# coding: {name}\nx = 1\n").as_bytes());
        assert_eq!(found.iter().any(|found| found.what.contains("what runs is not")), told, "{found:?}");
    }

    #[test]
    fn bytes_of_an_unknown_encoding_are_not_counted() {
        assert_eq!(evidence(b"\x82\xB1\xAD\xFF"), []);
    }
}
