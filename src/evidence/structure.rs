//! The shape of code files: code pushed out of sight, giant lines, giant files.

use super::{Evidence, Kind};
use crate::package::File;
use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::text::{Source, Span};

/// Blanks in a row that push what follows off any screen.
const BLANKS: usize = 150;
/// Columns that a line is indented further than the one before, which push it off any screen.
const JUMP: usize = 150;
/// Columns between tab stops, as the viewer has them.
const TAB: usize = 4;
/// A line of code that nobody wrote by hand, bytes.
const GIANT_LINE: usize = 5000;
/// A code file that nobody reads, bytes.
const GIANT_FILE: usize = 5_000_000;

/// Evidence of one file's shape.
pub(super) fn in_file(at: usize, file: &File) -> Vec<Evidence> {
    let Some(source) = &file.source else { return Vec::new() };
    if Language::of(&file.path, &source.text).is_none() {
        return Vec::new();
    }
    let doc = Some(Doc::File(at));
    let mut found = Vec::new();
    let shape = Shape::of(&source.text);
    let mut off_screen = |at: Option<(usize, usize)>, how: &dyn Fn(usize) -> String| {
        let Some((start, blanks)) = at else { return };
        let (line, column) = source.line_column(start);
        let what = format!("{}: {} at {line}:{column}, off the screen", file.path, how(blanks));
        let end = line_end(source, start);
        found.push(Evidence { kind: Kind::OffScreen, what, doc, span: Some(Span { start, end }) });
    };
    off_screen(shape.after_blanks, &|blanks| format!("code after {blanks} blanks"));
    off_screen(shape.jump, &|further| format!("a line indented {further} columns further than the one before"));
    if file.bytes.len() > GIANT_FILE {
        let size = file.bytes.len() / 1_000_000;
        let what = format!("{}: a code file of {size} MB", file.path);
        found.push(Evidence { kind: Kind::GiantFile, what, doc, span: None });
    }
    let (start, length) = shape.longest;
    if length > GIANT_LINE {
        let line = source.line_of(start);
        let built = built(&file.path, &source.text).map(|sign| format!("; {sign}")).unwrap_or_default();
        let what = format!("{}: line {line} is {length} bytes long{built}", file.path);
        found.push(Evidence { kind: Kind::GiantLine, what, doc, span: Some(Span { start, end: start + length }) });
    }
    found
}

fn line_end(source: &Source, start: usize) -> usize {
    let line = source.line_of(start);
    (source.line_start(line) + source.line(line).len()).max(start)
}

/// What one pass over a text finds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    /// Start and length of the longest line.
    longest: (usize, usize),
    /// Where code stands behind blanks and other code, and how many blanks.
    after_blanks: Option<(usize, usize)>,
    /// Where a line begins that is indented far more than the one before, and by how many columns.
    jump: Option<(usize, usize)>,
}

impl Shape {
    fn of(text: &str) -> Self {
        let mut shape = Self::default();
        let mut start = 0;
        let mut indent_before = 0;
        for line in text.split_inclusive('\n') {
            let length = line.trim_end_matches(['\n', '\r']).len();
            if length > shape.longest.1 {
                shape.longest = (start, length);
            }
            if length > BLANKS && shape.after_blanks.is_none() {
                shape.after_blanks = behind_blanks(line).map(|(at, blanks)| (start + at, blanks));
            }
            let trimmed = line.trim_start_matches([' ', '\t']);
            if !trimmed.trim_end().is_empty() {
                let indent = columns(line.get(..line.len() - trimmed.len()).unwrap_or_default());
                if indent >= indent_before + JUMP && shape.jump.is_none() && is_code(trimmed) {
                    shape.jump = Some((start + line.len() - trimmed.len(), indent - indent_before));
                }
                indent_before = indent;
            }
            start += line.len();
        }
        shape
    }
}

/// Columns that blanks take.
fn columns(blanks: &str) -> usize {
    blanks.bytes().fold(0, |column, byte| if byte == b'\t' { column + TAB - column % TAB } else { column + 1 })
}

/// Whether a line without its indent is more than a comment, a continued line or a closing bracket.
fn is_code(line: &str) -> bool {
    !line.starts_with(['#', '*', '\\', ')', ']', '}', '|', '+', '-', '^', '~'])
        && !line.starts_with("//")
        && !line.starts_with("/*")
        && line.contains(|c: char| c.is_alphabetic())
}

/// Code behind a long run of blanks that follows other code on its line. A comment or a line's continuation behind blanks
/// is a matter of style.
fn behind_blanks(line: &str) -> Option<(usize, usize)> {
    let mut run = 0;
    let mut code_before = false;
    for (at, byte) in line.bytes().enumerate() {
        if matches!(byte, b' ' | b'\t') {
            run += 1;
            continue;
        }
        if run >= BLANKS && code_before && !matches!(byte, b'#' | b'*' | b'\\' | b'\r' | b'\n') {
            return Some((at, run));
        }
        run = 0;
        code_before = true;
    }
    None
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
    fn code_behind_blanks(#[case] path: &str, #[case] expected: &str) {
        let text = format!("x\nx = 1{}run()\n", " ".repeat(200));
        assert_eq!(evidence(path, text).join("\n"), expected);
    }

    #[rstest]
    #[case::first_line(format!("{}deep()", " ".repeat(300)), "300 columns further than the one before at 1:301", 300)]
    #[case::below(
        format!("def f():\n    a()\n\n{}run()\n    b()\n", " ".repeat(400)),
        "396 columns further than the one before at 4:401",
        418
    )]
    #[case::tabs(format!("x = 1\r\n{}run()\r\n", "\t".repeat(50)), "200 columns further than the one before at 2:51", 57)]
    fn lines_indented_out_of_sight(#[case] text: String, #[case] expected: &str, #[case] start: usize) {
        for path in ["a.py", "a.js"] {
            let told = format!("OffScreen {path}: a line indented {expected}, off the screen");
            assert_eq!(evidence(path, text.clone()), [told]);
        }
        assert_eq!(Shape::of(&text).jump.unwrap().0, start);
    }

    #[rstest]
    #[case(format!("{}a()\n{}b()", " ".repeat(140), " ".repeat(280)))]
    #[case(format!("x = f(1,\n{}# why\n{}) + 2", " ".repeat(200), " ".repeat(400)))]
    #[case(format!("x = 1{}# why", " ".repeat(300)))]
    #[case(format!("x = 1{}\r\n", " ".repeat(300)))]
    fn indents_comments_and_trailing_blanks_are_not_told(#[case] text: String) {
        assert!(evidence("a.py", text).is_empty());
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
