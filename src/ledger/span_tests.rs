//! Marked bytes and how they are found again.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;

use super::{Anchor, Anchors, Lost, MarkedSpan, Place, SpanRole};
use crate::behavior::Reading;
use crate::case::Case;
use crate::package::{Ecosystem, File, Manifest, Package};
use crate::syntax::Doc;
use crate::text::{Source, Span};

/// Decoded: `import os; os.system('echo é')`.
pub(super) const SETUP: &str =
    "import base64\nexec(base64.b64decode('aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ2VjaG8gw6knKQ=='))\n";

pub(super) fn file(path: &str, bytes: &[u8]) -> File {
    let source = Source::decode(bytes, crate::text::Hint::Python).map(Arc::new);
    File { path: path.to_owned(), bytes: bytes.into(), source }
}

fn package(files: Vec<File>) -> Package {
    Package {
        path: "inbox/acme-1.0.tar.gz".to_owned(),
        archive: "acme-1.0.tar.gz".to_owned(),
        sha256: "5a".to_owned(),
        size: 99,
        ecosystem: Ecosystem::Pypi,
        name: Some("acme".to_owned()),
        version: Some("1.0".to_owned()),
        root: "acme-1.0/".to_owned(),
        tops: Vec::new(),
        files,
        manifest: Manifest::default(),
        entries: Vec::new(),
        oddities: Vec::new(),
        skipped: Vec::new(),
    }
}

pub(super) fn read(files: Vec<File>) -> Case {
    Case::read(Arc::new(package(files)), Duration::ZERO, &Reading::default())
}

pub(super) fn case() -> Case {
    read(vec![file("acme-1.0/acme/x.py", b"x = 1\n"), file("acme-1.0/setup.py", SETUP.as_bytes())])
}

fn mark(case: &Case, doc: Doc, text: &str) -> MarkedSpan {
    let start = case.source(doc).unwrap().text.find(text).unwrap();
    MarkedSpan::new(case, doc, Span { start, end: start + text.len() }, SpanRole::Loader, "").unwrap()
}

fn find(case: &Case, marked: &MarkedSpan) -> Anchor {
    Anchors::new(case).find(marked)
}

/// The text that a place shows.
fn text(case: &Case, anchor: Anchor) -> &str {
    let Place { doc, span } = anchor.place().expect("it was found");
    &case.source(doc).unwrap().text[span.start..span.end]
}

#[test]
fn a_span_says_what_it_is_for_people_and_for_finding_it_again() {
    let case = case();
    let marked = mark(&case, Doc::File(1), "exec(base64");
    assert_eq!(
        (marked.path.as_str(), marked.bytes, marked.text_bytes),
        ("acme-1.0/setup.py", Span { start: 14, end: 25 }, 11)
    );
    let place = marked.place.unwrap();
    assert_eq!((place.line_start, place.column_start, place.line_end, place.column_end), (2, 1, 2, 11));
    assert!(marked.features.contains(&"P4".to_owned()), "{:?}", marked.features);
    // `sha256sum` of the words themselves.
    assert_eq!(marked.text_sha256, "072bf05fd41747f4a18e4255aa39a7abdde450b9d6ff5310064ad2dddb2e71d7");
    assert_eq!(find(&case, &marked), Anchor::Exact(Place { doc: Doc::File(1), span: Span { start: 14, end: 25 } }));
}

#[test]
fn a_line_with_its_end_is_one_line() {
    let case = case();
    let place = mark(&case, Doc::File(1), "import base64\n").place.unwrap();
    assert_eq!((place.line_start, place.line_end, place.column_end), (1, 1, 14));
}

#[test]
fn a_span_in_a_decoded_text_is_found_by_that_text() {
    let case = case();
    assert_eq!(case.sequence.layers.len(), 1);
    let marked = mark(&case, Doc::Layer(0), "'echo é'");
    let layer = marked.layer.clone().unwrap();
    assert_eq!((layer.depth, layer.recipe.join(" ")), (1, "b64decode exec".to_owned()));
    assert_eq!(layer.bytes, Span { start: 21, end: 30 });
    // The expression it hangs from, in the file.
    let hangs = &SETUP[marked.bytes.start..marked.bytes.end];
    assert!(hangs.contains("aW1wb3J0"), "{hangs}");
    // Read anew with another layer before it.
    let other = "exec('import sys; sys.exit(0)  # long enough')\n";
    let again = read(vec![file("acme-1.0/setup.py", [other, SETUP].concat().as_bytes())]);
    assert_eq!(text(&again, find(&again, &marked)), "'echo é'");
    assert_eq!(find(&again, &marked).place().unwrap().doc, Doc::Layer(1));
    // Not decoded any more.
    let plain = read(vec![file("acme-1.0/setup.py", b"import os\n")]);
    assert_eq!(find(&plain, &marked), Anchor::Lost(Lost::Layer));
}

#[test]
fn a_file_that_moved_is_found_by_its_content() {
    let marked = mark(&case(), Doc::File(1), "exec(base64");
    let moved = read(vec![file("acme-1.0/setup.py", b"pass\n"), file("acme-1.0/old/setup.py", SETUP.as_bytes())]);
    let anchor = find(&moved, &marked);
    assert!(matches!(anchor, Anchor::Moved(Place { doc: Doc::File(1), .. })), "{anchor:?}");
    assert_eq!(text(&moved, anchor), "exec(base64");
}

#[rstest]
#[case::changed("5a", SETUP.replace("base64", "base32"), Lost::File)]
#[case::other_version("5b", SETUP.to_owned(), Lost::OtherPackage)]
fn what_is_not_there_is_said(#[case] sha256: &str, #[case] content: String, #[case] why: Lost) {
    let marked = mark(&case(), Doc::File(1), "exec(base64");
    let package = Package { sha256: sha256.to_owned(), ..package(vec![file("acme-1.0/setup.py", content.as_bytes())]) };
    let case = Case::read(Arc::new(package), Duration::ZERO, &Reading::default());
    assert_eq!(find(&case, &marked), Anchor::Lost(why));
}

#[test]
fn offsets_are_believed_only_with_the_bytes_they_had() {
    let case = case();
    let mut marked = mark(&case, Doc::File(1), "exec(base64");
    marked.bytes = Span { start: 13, end: 24 };
    assert_eq!(find(&case, &marked), Anchor::Lost(Lost::Bytes));
    marked.bytes = Span { start: 0, end: usize::MAX };
    assert_eq!(find(&case, &marked), Anchor::Lost(Lost::Bytes));
}

#[test]
fn offsets_count_bytes_of_the_file_as_it_is_stored() {
    let text = "# é\nprint('日本')\n";
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let case = read(vec![file("a.py", &utf16)]);
    let marked = mark(&case, Doc::File(0), "'日本'");
    // A mark of two bytes, then ten characters of two bytes each.
    assert_eq!((marked.bytes, marked.text_bytes), (Span { start: 22, end: 30 }, 8));
    assert_eq!(super::span::digest(&utf16[22..30]), marked.text_sha256);
    assert_eq!(self::text(&case, find(&case, &marked)), "'日本'");
}

#[test]
fn bytes_of_what_is_no_text_can_be_marked() {
    let mut binary = file("a.bin", b"x");
    (binary.bytes, binary.source) = (Arc::from(*b"\x7fELF\x02\x01\x01\x00"), None);
    let case = read(vec![binary]);
    let marked = MarkedSpan::new(&case, Doc::File(0), Span { start: 1, end: 4 }, SpanRole::Payload, "").unwrap();
    assert_eq!((marked.place, marked.text_bytes), (None, 3));
    assert_eq!(find(&case, &marked), Anchor::Exact(Place { doc: Doc::File(0), span: Span { start: 1, end: 4 } }));
}

#[rstest]
#[case::empty(Doc::File(1), 3, 3)]
#[case::backwards(Doc::File(1), 4, 3)]
#[case::beyond(Doc::File(1), 3, 4000)]
#[case::no_file(Doc::File(7), 0, 1)]
#[case::beyond_a_layer(Doc::Layer(0), 0, 4000)]
#[case::no_layer(Doc::Layer(7), 0, 1)]
fn there_is_no_span_of_nothing(#[case] doc: Doc, #[case] start: usize, #[case] end: usize) {
    assert_eq!(MarkedSpan::new(&case(), doc, Span { start, end }, SpanRole::Decoy, ""), None);
}
