use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rstest::rstest;

use super::*;
use crate::behavior::Reading;
use crate::case::Case;
use crate::package::{Ecosystem, Entry, File, Manifest, Package, Phase, Target};
use crate::text::{Hint, Source};

fn text(path: &str, text: &str) -> File {
    File { path: path.to_owned(), bytes: text.as_bytes().into(), source: Some(Arc::new(Source::new(text.to_owned()))) }
}

fn case(mut files: Vec<File>) -> Case {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let runs = files.iter().position(|file| file.path == "package/z.js");
    let package = Package {
        path: "x.tgz".to_owned(),
        archive: String::new(),
        sha256: String::new(),
        size: 0,
        ecosystem: Ecosystem::Npm,
        name: None,
        version: None,
        root: "package/".to_owned(),
        tops: Vec::new(),
        files,
        manifest: Manifest::default(),
        entries: runs
            .map(|file| Entry { phase: Phase::Install, name: "postinstall".to_owned(), target: Target::File(file) })
            .into_iter()
            .collect(),
        oddities: Vec::new(),
        skipped: Vec::new(),
    };
    Case::read(Arc::new(package), Duration::ZERO, &Reading::default())
}

/// Everything found, chunks put together.
fn all(case: &Case, typed: &str) -> (Vec<Found>, Ended) {
    let query = Query::parse(typed, Mode::Literal).unwrap();
    let mut all: Vec<Found> = Vec::new();
    let end = search(&case.package, &case.sequence, &query, &|| false, &mut |chunk| {
        for found in chunk.found {
            match all.last_mut().filter(|last| last.doc == found.doc) {
                Some(last) => {
                    last.hits.extend(found.hits);
                    last.count += found.count;
                }
                None => all.push(found),
            }
        }
    });
    (all, end)
}

/// Finds as `path start-end`; `!` for bytes of the file.
fn shown(case: &Case, typed: &str) -> Vec<String> {
    let name = |doc| match doc {
        Doc::File(_) => case.file_of(doc).unwrap().path.strip_prefix("package/").unwrap().to_owned(),
        Doc::Layer(layer) => format!("layer {layer}"),
    };
    let one =
        |doc, hit: &Hit| format!("{} {}-{}{}", name(doc), hit.span.start, hit.span.end, if hit.raw { "!" } else { "" });
    all(case, typed)
        .0
        .iter()
        .flat_map(|found| found.hits.iter().map(|hit| one(found.doc, hit)).collect::<Vec<_>>())
        .collect()
}

fn mixed() -> Case {
    case(vec![
        text("package/a.md", "Exec and exec.\n"),
        text("package/lib/b.py", "x = 1\n"),
        File {
            path: "package/logo.png".to_owned(),
            bytes: b"\x89PNG\r\n\x1a\n\0exec\xde\xad\xbe\xef".as_slice().into(),
            source: None,
        },
        text("package/z.js", "eval(Buffer.from('cmVxdWlyZSgnb3MnKS5leGVjKCdpZCcp', 'base64').toString())\n"),
    ])
}

#[rstest]
#[case::any_case("exec", "layer 0 14-18, a.md 0-4, a.md 9-13, logo.png 9-13!")]
#[case::exact("Exec", "a.md 0-4")]
#[case::steps_first(
    "e",
    "z.js 0-1, z.js 9-10, z.js 38-39, z.js 57-58, layer 0 1-2, layer 0 6-7, layer 0 14-15, layer 0 16-17, a.md 0-1, a.md 2-3, a.md 9-10, a.md 11-12, logo.png 9-10!, logo.png 11-12!"
)]
#[case::regex(r"re:^\w+ and", "a.md 0-8")]
#[case::regex_case(r"re:\Wand\W", "a.md 4-9")]
#[case::hex("hex:de ad ?? e?", "logo.png 13-17!")]
#[case::hex_nibble("hex:?8504e47", "")]
#[case::hex_high("hex:?9504e47", "logo.png 0-4!")]
#[case::hex_in_text("hex:65786563", "layer 0 14-18, a.md 9-13, logo.png 9-13!")]
#[case::name("*.md exec", "a.md 0-4, a.md 9-13")]
#[case::names("*.png *.py exec", "logo.png 9-13!")]
#[case::layers("in:layers exec", "layer 0 14-18")]
#[case::filter_behind("exec *.md", "a.md 0-4, a.md 9-13")]
#[case::filter_among("exec *.md and", "a.md 0-8")]
#[case::filters_around("*.md re:exec in:files", "a.md 0-4, a.md 9-13")]
#[case::files("in:files re:re.?", "")]
#[case::folder("in:LIB/ 1", "lib/b.py 4-5")]
#[case::literal("lit:*.md exec", "")]
#[case::dots("lit:os').", "layer 0 9-14")]
fn finds(#[case] typed: &str, #[case] expected: &str) {
    assert_eq!(shown(&mixed(), typed).join(", "), expected);
}

#[rstest]
#[case("", QueryError::Empty)]
#[case("*.js in:lib/ ", QueryError::Empty)]
#[case("re:", QueryError::Empty)]
#[case("hex: ", QueryError::Empty)]
#[case("in: x", QueryError::Where)]
#[case("re:ab(c", QueryError::Invalid { at: 3, what: "unclosed group".to_owned() })]
#[case("*.js re:é[z-a]", QueryError::Invalid { at: 3, what: "invalid character class range, the start must be <= the end".to_owned() })]
#[case("hex:0 xf", QueryError::Invalid { at: 3, what: "bytes are written as pairs of 0-9 and a-f, ? for any digit".to_owned() })]
#[case("hex:de a", QueryError::Invalid { at: 4, what: "this digit has no second one: a byte is two".to_owned() })]
#[case(r"re:(\w{200}){200}", QueryError::Large)]
fn a_query_that_cannot_be_read_says_where(#[case] typed: &str, #[case] expected: QueryError) {
    assert_eq!(Query::parse(typed, Mode::Literal).unwrap_err(), expected);
}

#[test]
fn the_mode_of_the_prompt_holds_where_no_prefix_names_another() {
    assert_eq!(Query::parse("*.js a.b", Mode::Regex).unwrap().mode, Mode::Regex);
    assert_eq!(Query::parse("*.js lit:a.b", Mode::Regex).unwrap().mode, Mode::Literal);
    assert_eq!(Query::here("*.js a", Mode::Literal).unwrap().mode, Mode::Literal);
    assert_eq!(Query::mode_of("*.js re:", Mode::Literal), Mode::Regex);
    assert_eq!(Query::mode_of("in:x ", Mode::Hex), Mode::Hex);
}

#[test]
fn bytes_of_a_text_in_another_encoding_lead_to_its_characters() {
    let bytes: Vec<u8> = [vec![0xFF, 0xFE], "aé日b".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let source = Source::decode(&bytes, Hint::Other).map(Arc::new);
    let case = case(vec![File { path: "package/u.txt".to_owned(), bytes: bytes.into(), source }]);
    // U+65E5 is e5 65 here; what begins in the middle of a character is no text.
    assert_eq!(shown(&case, "hex:e565"), ["u.txt 3-6"]);
    assert_eq!(shown(&case, "hex:00e5"), ["u.txt 5-7!"]);
}

#[test]
fn matches_on_the_edges_of_stretches_are_found_once() {
    let mut long = "x".repeat(2 * STRETCH + 100);
    for at in [STRETCH - 2, 2 * STRETCH - 4, 2 * STRETCH] {
        long.replace_range(at..at + 4, "exec");
    }
    let case = case(vec![text("package/long.txt", &long)]);
    let places: Vec<usize> = all(&case, "exec").0[0].hits.iter().map(|hit| hit.span.start).collect();
    assert_eq!(places, [STRETCH - 2, 2 * STRETCH - 4, 2 * STRETCH]);
    let query = Query::here("exec", Mode::Literal).unwrap();
    let source = Source::new(long);
    let found = in_document(Some(&source), &[], &query.pattern, 100, &|| false).unwrap();
    assert_eq!(found.iter().map(|hit| hit.span.start).collect::<Vec<_>>(), places);
    let few = in_document(Some(&source), &[], &query.pattern, 2, &|| false).unwrap();
    assert_eq!(few, found[..2]);
    assert_eq!(in_document(Some(&source), &[], &query.pattern, 2, &|| true), None);
    let runs = all(&case, "re:[xec]+exec").0;
    assert!(runs[0].hits.windows(2).all(|two| two[0].span.end <= two[1].span.start), "{runs:?}");
}

#[test]
fn what_is_listed_is_bounded_and_the_rest_is_counted() {
    let case = case(vec![text("package/a.txt", &"ab ".repeat(LISTED + 77)), text("package/b.txt", "ab")]);
    let (found, end) = all(&case, "ab");
    let counts: Vec<(usize, usize)> = found.iter().map(|found| (found.hits.len(), found.count)).collect();
    assert_eq!(
        (counts.as_slice(), end),
        (&[(LISTED, LISTED + 77), (1, 1)][..], Ended { end: End::Complete, slow: false })
    );
}

#[test]
fn so_many_documents_that_not_all_matches_are_listed_end_the_search() {
    let files = (0..40).map(|i| text(&format!("package/f{i:02}.txt"), &"ab ".repeat(STRETCH / 2))).collect();
    let (found, end) = all(&case(files), "ab");
    assert_eq!(found.iter().map(|found| found.hits.len()).sum::<usize>(), LISTED_IN_ALL);
    assert_eq!(end.end, End::Full);
    assert!(found.iter().all(|found| found.count >= found.hits.len()));
}

#[test]
fn empty_matches_are_none() {
    let (found, _) = all(&mixed(), "*.py re:1*");
    assert_eq!(found.iter().map(|found| found.count).sum::<usize>(), 1);
}

#[test]
fn documents_come_by_path_however_many_threads_look() {
    let files = (0..300).map(|i| text(&format!("package/f{i:03}.txt"), &format!("{}ab\n", "x\n".repeat(i)))).collect();
    let case = case(files);
    let once = shown(&case, "ab");
    assert_eq!(once.len(), 300);
    assert!(once.is_sorted());
}

#[test]
fn a_pattern_that_is_slow_on_what_it_reads_says_so() {
    let case = case(vec![text("package/a.txt", &"a".repeat(3 << 10))]);
    assert!(all(&case, "re:(?-i)(?:[a-z]{0,99}){0,90}[0-9]").1.slow);
    assert!(!all(&case, "re:[a-z]+[0-9]").1.slow);
}

/// Patterns that take other engines for ever, and those that make a linear one slow: many states, all of them awake.
#[rstest]
#[case("re:(a+)+$")]
#[case("re:(a|aa)*b")]
#[case("re:.*?[^A-Z]|[a-z]*$")]
#[case(r"re:(?:\w{0,5}){0,8}[0-9]")]
#[case("re:(?:[a-z]{0,50}){0,50}[0-9]")]
#[case("re:(?-i)(?:[a-z]{0,99}){0,90}[0-9]")]
#[case(r"re:\w{35}[0-9]")]
#[case("re:(x+x+)+y")]
fn no_pattern_goes_on_after_it_was_told_to_stop(#[case] typed: &str) {
    let case = case(vec![text("package/a.txt", &"a".repeat(2 << 20))]);
    let query = Query::parse(typed, Mode::Literal).unwrap();
    let asked = AtomicUsize::new(0);
    let started = Instant::now();
    let stop = || {
        asked.fetch_add(1, Ordering::Relaxed);
        started.elapsed() > Duration::from_millis(50)
    };
    search(&case.package, &case.sequence, &query, &stop, &mut |_| {});
    assert!(asked.load(Ordering::Relaxed) > 0);
    assert!(started.elapsed() < Duration::from_secs(20), "{typed}: {:?}", started.elapsed());
}
