//! Marks of code that does not want to be read, seen in the text itself: they say nothing of what it does.

use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use crate::behavior::feature::Feature;
use crate::behavior::interpret::Interpreter;
use crate::syntax::Doc;
use crate::syntax::ir::{Node, NodeId, Unit};
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

static HEX_NAMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u:\b)_0x[0-9a-f]{4,6}(?-u:\b)"));
static ALIKE_NAMES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?-u:\b)(?:[Il1]{8,}|[O0]{8,}|_{6,}|[oO0]{10,}|[lI]{8,}|[MNmn]{12,}|[SsX]{14,})(?-u:\b)")
});
static ESCAPED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\\x[0-9a-fA-F]{2}){12,}"));
static PROTECTOR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"__pyarmor__|pyarmor_runtime|(?-u:\b)pytransform(?-u:\b)|pyobfuscate|javascript-obfuscator|(?:class|import|by|with|using|from) (?:Hyperion|Kramer|JSFuck)(?-u:\b)|(?:Kramer|Hyperion)\.__|BlankOBF|PlusOBF",
    )
});

/// Where made-up names stand in code: one in a comment or a picture made of letters is none. Declared names stand in no node,
/// so that half of what the text shows is enough.
fn made_up(text: &str, unit: &Unit, pattern: &Regex) -> Option<Span> {
    if pattern.find_iter(text).take(MADE_UP).count() < MADE_UP {
        return None;
    }
    let mut found = (0..).map(NodeId).zip(&unit.nodes).filter(|(_, node)| match node {
        Node::Name(name) | Node::Member(_, name) => pattern.is_match(name),
        _ => false,
    });
    let (first, _) = found.next()?;
    (found.take(MADE_UP).count() + 1 >= MADE_UP / 2).then(|| unit.span(first))
}

/// A run of escapes that spells text: bytes of a signature, a key or a picture are escaped because they are none.
fn escaped_text(text: &str) -> Option<Span> {
    let spelled = |run: &str| {
        let bytes: Vec<u8> = run.split("\\x").filter_map(|digits| u8::from_str_radix(digits, 16).ok()).collect();
        let readable = bytes.iter().filter(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')).count();
        readable * 10 >= bytes.len() * 9
    };
    ESCAPED.find_iter(text).find(|run| spelled(run.as_str())).map(|run| Span { start: run.start(), end: run.end() })
}

/// The marks of a text with the first place of each.
fn marks(text: &str, unit: &Unit) -> Vec<(&'static str, Span)> {
    let mut out = Vec::new();
    if let Some(place) = padded(text) {
        out.push(("code after blanks", place));
    }
    out.extend(made_up(text, unit, &HEX_NAMES).map(|span| ("hex names", span)));
    out.extend(made_up(text, unit, &ALIKE_NAMES).map(|span| ("names that look alike", span)));
    let once = |pattern: &Regex| pattern.find(text).map(|m| Span { start: m.start(), end: m.end() });
    out.extend(escaped_text(text).map(|span| ("escaped text", span)));
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
        // A text is the same whenever it is walked.
        let found = match self.memo.marks.get(&document) {
            Some(known) => Rc::clone(known),
            None => {
                let found: Rc<[_]> = self.marks_of(document).into();
                self.memo.marks.insert(document, Rc::clone(&found));
                found
            }
        };
        for (mark, span) in found.iter().copied() {
            self.emit_at(document, span, Feature::HideCode, mark);
        }
    }

    fn marks_of(&self, document: usize) -> Vec<(&'static str, Span)> {
        let Some(read) = self.documents.get(document) else { return Vec::new() };
        let mut found = marks(&read.source.text, &read.unit);
        if let Doc::File(file) = read.doc
            && let Some(file) = self.package.files.get(file)
            && let Some(place) = read.source.rewritten(&file.bytes)
        {
            found.push(("encoded source", place));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::syntax::ir::Language;
    use crate::syntax::lower;

    #[rstest]
    #[case(format!("x = 1;{}evil()", " ".repeat(200)), "code after blanks")]
    #[case(format!("{}deeply_indented()", " ".repeat(200)), "")]
    #[case((0..30).map(|i| format!("_0x{i:04x} = 1;")).collect(), "hex names")]
    #[case((0..30).map(|i| format!("# _0x{i:04x}\n")).collect(), "")]
    #[case((0..30).map(|i| format!("{} = {i}\n", "I".repeat(8 + i))).collect(), "names that look alike")]
    #[case("# |________|________|\n".repeat(30), "")]
    #[case(format!("x = f(){}", "  # |________|________|\n".repeat(30)), "")]
    #[case(r"s = b'\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49'".to_owned(), "")]
    #[case(r"key = b'\x9f\xd2\x05\x1c\xee\x80\x17\xa4\x3b\xc6\x02\x91\x5d\xf7'".to_owned(), "")]
    #[case("s = '".to_owned() + &"\\x41".repeat(20) + "'", "escaped text")]
    #[case("a = 1 # \u{202e} b".to_owned(), "bidi characters")]
    #[case("# Obfuscated with Kramer".to_owned(), "protector")]
    #[case("class Hyperion: pass".to_owned(), "protector")]
    #[case("def jsfuckToNumber(jsFuck): return 1".to_owned(), "")]
    #[case("author = 'A. Kramer'".to_owned(), "")]
    #[case("def ordinary(): return 1".to_owned(), "")]
    fn disguises_are_marked(#[case] text: String, #[case] expected: &str) {
        let unit = lower(&text, Language::Python);
        assert_eq!(marks(&text, &unit).iter().map(|(mark, _)| *mark).collect::<Vec<_>>().join(", "), expected);
    }
}
