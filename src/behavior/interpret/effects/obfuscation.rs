//! Marks of code that does not want to be read, seen in the text itself: they say nothing of what it does.

use std::sync::LazyLock;

use regex::Regex;

use crate::behavior::feature::Feature;
use crate::behavior::interpret::Interpreter;
use crate::text::Span;

/// Blanks before code that push it out of sight.
const BLANKS: usize = 150;
/// So many made-up names make a text machine-obfuscated.
const MADE_UP: usize = 20;

/// A built-in pattern that does not parse is a defect of this crate, found by the tests below.
#[allow(clippy::panic)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("built-in pattern: {error}"))
}

static HEX_NAMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b_0x[0-9a-f]{4,6}\b"));
static ALIKE_NAMES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:[Il1]{8,}|[O0]{8,}|_{6,}|[oO0]{10,}|[lI]{8,}|[MNmn]{12,}|[SsX]{14,})\b"));
static ESCAPED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\\x[0-9a-fA-F]{2}){12}"));
static PROTECTOR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"__pyarmor__|pyarmor_runtime|pytransform|pyobfuscate|Hyperion|jsfuck|javascript-obfuscator|Kramer|BlankOBF|PlusOBF",
    )
});

/// The marks of a text with the first place of each.
fn marks(text: &str) -> Vec<(&'static str, Span)> {
    let mut out = Vec::new();
    if let Some(place) = padded(text) {
        out.push(("code after blanks", place));
    }
    let many = |pattern: &Regex| {
        let mut found = pattern.find_iter(text);
        let first = found.next()?;
        (found.take(MADE_UP).count() + 1 >= MADE_UP).then(|| Span { start: first.start(), end: first.end() })
    };
    out.extend(many(&HEX_NAMES).map(|span| ("hex names", span)));
    out.extend(many(&ALIKE_NAMES).map(|span| ("names that look alike", span)));
    let once = |pattern: &Regex| pattern.find(text).map(|m| Span { start: m.start(), end: m.end() });
    out.extend(once(&ESCAPED).map(|span| ("escaped text", span)));
    out.extend(once(&PROTECTOR).map(|span| ("protector", span)));
    let bidi = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    out.extend(
        text.char_indices()
            .find(|(_, c)| bidi(*c))
            .map(|(start, c)| ("bidi characters", Span { start, end: start + c.len_utf8() })),
    );
    out
}

/// Code behind a long run of blanks that follows other code on its line.
fn padded(text: &str) -> Option<Span> {
    let mut run = 0;
    let mut code_before = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => {
                run = 0;
                code_before = false;
            }
            b' ' | b'\t' => run += 1,
            b'\r' => {}
            _ => {
                if run >= BLANKS && code_before && !matches!(byte, b'#' | b'*' | b'\\') {
                    return Some(Span { start: at, end: at + 1 });
                }
                run = 0;
                code_before = true;
            }
        }
    }
    None
}

impl Interpreter<'_> {
    /// Notes the marks of a document as its walk begins.
    pub fn note_obfuscation(&mut self, document: usize) {
        let Some(source) = self.documents.get(document).map(|d| d.source.clone()) else { return };
        for (mark, span) in marks(&source.text) {
            self.emit_at(document, span, Feature::X9, mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(format!("x = 1;{}evil()", " ".repeat(200)), "code after blanks")]
    #[case(format!("{}deeply_indented()", " ".repeat(200)), "")]
    #[case((0..30).map(|i| format!("var _0x{i:04x};")).collect(), "hex names")]
    #[case("s = '".to_owned() + &"\\x41".repeat(20) + "'", "escaped text")]
    #[case("a = 1 # \u{202e} b".to_owned(), "bidi characters")]
    #[case("def ordinary(): return 1".to_owned(), "")]
    fn disguises_are_marked(#[case] text: String, #[case] expected: &str) {
        assert_eq!(marks(&text).iter().map(|(mark, _)| *mark).collect::<Vec<_>>().join(", "), expected);
    }
}
