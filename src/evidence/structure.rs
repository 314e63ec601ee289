//! The shape of code files: giant lines, giant files; and code pushed out of sight ([`super::offscreen`]).

use super::{Evidence, Kind, offscreen};
use crate::package::File;
use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::text::Span;

/// A line of code that nobody wrote by hand, bytes.
const GIANT_LINE: usize = 5000;
/// A code file that nobody reads, bytes.
const GIANT_FILE: usize = 5_000_000;

/// Evidence of one file's shape.
pub(super) fn in_file(at: usize, file: &File) -> Vec<Evidence> {
    let Some(source) = &file.source else { return Vec::new() };
    let Some(language) = Language::of(&file.path, &source.text) else { return Vec::new() };
    let doc = Some(Doc::File(at));
    let mut found = offscreen::in_file(at, file, source, language);
    if file.bytes.len() > GIANT_FILE {
        let size = file.bytes.len() / 1_000_000;
        let what = format!("{}: a code file of {size} MB", file.path);
        found.push(Evidence { kind: Kind::GiantFile, what, doc, span: None, reported: None });
    }
    let (start, length) = longest_line(&source.text);
    if length > GIANT_LINE {
        let line = source.line_of(start);
        let built = built(&file.path, &source.text).map(|sign| format!("; {sign}")).unwrap_or_default();
        let what = format!("{}: line {line} is {length} bytes long{built}", file.path);
        found.push(Evidence {
            kind: Kind::GiantLine,
            what,
            doc,
            span: Some(Span { start, end: start + length }),
            reported: None,
        });
    }
    found
}

/// Start and length of the longest line, the first of equals.
fn longest_line(text: &str) -> (usize, usize) {
    let (mut longest, mut start) = ((0, 0), 0);
    for line in text.split_inclusive('\n') {
        let length = line.trim_end_matches(['\n', '\r']).len();
        if length > longest.1 {
            longest = (start, length);
        }
        start += line.len();
    }
    longest
}

/// By what sign a file is the output of a bundler or minifier, which has such lines for an honest reason.
fn built(path: &str, text: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    if name.contains(".min.") || name.contains("-min.") {
        return Some("its name says that it is minified");
    }
    let mut cut = text.len().min(4000);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let head = text.get(..cut).unwrap_or("");
    let mut cut = text.len().saturating_sub(400);
    while !text.is_char_boundary(cut) {
        cut += 1;
    }
    let tail = text.get(cut..).unwrap_or("");
    if [
        "__webpack_require__",
        "webpackChunk",
        "__rollup",
        "parcelRequire",
        "__commonJS",
        "__toESM",
        "webpackUniversalModuleDefinition",
    ]
    .iter()
    .any(|sign| head.contains(sign))
    {
        return Some("it begins like a bundler's output");
    }
    if tail.contains("sourceMappingURL=") {
        return Some("it names a source map, as a bundler's output does");
    }
    let folders = ["/dist/", "/umd/", "/bundle/", "/vendor/", "/static/"];
    if name.contains("bundle") || folders.iter().any(|folder| lower.contains(folder)) {
        return Some("its place is one for built files");
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;

    use super::*;
    use crate::text::Source;

    fn evidence(path: &str, text: String) -> Vec<String> {
        let bytes = text.clone().into_bytes();
        let file =
            File { path: path.to_owned(), bytes: bytes.into(), source: Some(Arc::new(Source::new(text.clone()))) };
        let found = in_file(0, &file);
        assert!(found.iter().all(|e| e.span.is_none_or(|span| span.start < span.end && span.end <= text.len())));
        found.into_iter().map(|e| format!("{:?} {}", e.kind, e.what)).collect()
    }

    #[rstest]
    #[case("a.js", "OffScreen a.js: code after 200 blanks at 2:206, off the screen")]
    #[case("a.txt", "")]
    fn only_code_can_be_off_the_screen(#[case] path: &str, #[case] expected: &str) {
        let text = format!("x\nx = 1{}run()\n", " ".repeat(200));
        assert_eq!(evidence(path, text).join("\n"), expected);
    }

    #[rstest]
    #[case("lib/a.js", "", "GiantLine lib/a.js: line 2 is 6000 bytes long")]
    #[case("lib/a.min.js", "", "GiantLine lib/a.min.js: line 2 is 6000 bytes long; its name says that it is minified")]
    #[case(
        "lib/a.js",
        "\n//# sourceMappingURL=a.js.map",
        "GiantLine lib/a.js: line 2 is 6000 bytes long; it names a source map, as a bundler's output does"
    )]
    fn giant_lines(#[case] path: &str, #[case] tail: &str, #[case] expected: &str) {
        assert_eq!(evidence(path, format!("a\n{}{tail}", "b".repeat(6000))), [expected]);
    }

    #[test]
    fn giant_files() {
        let text = "x = 1\n".repeat(900_000);
        assert_eq!(evidence("a.py", text), ["GiantFile a.py: a code file of 5 MB"]);
    }
}
