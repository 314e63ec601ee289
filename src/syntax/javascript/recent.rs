//! Valid syntax that the grammars do not know yet: a text of the same length that they read the same way.
//!
//! Only a text whose tree has errors is written anew, and the new tree is taken only where it has fewer. Names and literals
//! are taken from the real text, so that nothing of the writing shows.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::flow;

/// A rule: what it finds, and what is written over its group.
pub(super) struct Rule(pub &'static LazyLock<Regex>, pub With);

/// What is written over a piece of text.
#[derive(Clone, Copy)]
pub(super) enum With {
    /// Blanks.
    Blanks,
    /// A sign at its first byte.
    Sign(u8),
    /// A word no longer than the piece, then blanks.
    Word(&'static str),
}

/// A built-in pattern that does not parse is a defect of this crate, found by every test.
macro_rules! patterns {
    ($($name:ident = $text:literal;)*) => {
        $(#[allow(clippy::panic)]
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).unwrap_or_else(|error| panic!("built-in pattern: {error}")));)*
    };
}
pub(super) use patterns;

patterns! {
    // `export type * from 'a'` is gone once the types are.
    TYPE_STAR = r"\b(export\s+type\s+\*[^;\n]*;?)";
    // Attributes behind what is exported on from elsewhere.
    ATTRIBUTES = r#"\bexport\s+(?:\*[^;\n'"]*|\{[^{}]*\}\s*)from\s*['"]_*['"]\s*((?:with|assert)\s*\{[^{}]*\})"#;
    // A parameter that has the name of a type; a tag with arguments of types.
    NAMED_AS_TYPE = r"\(\s*(any|unknown|never|string|number|boolean|object|symbol|void)\s*\)\s*=>";
    TYPED_TAG = r"[\w$](<[\w\[\],.|& ]+>)__";
    DEFER = r"\bimport\s+(defer)\s+\*";
    SOURCE = r"\bimport\s+(source)\s+[A-Za-z_$][\w$]*\s+from\b";
    PHASE = r"\bimport\s*(\.\s*(?:defer|source))\s*\(";
    VARIANCE = r"[<,]\s*(?:const\s+)?((?:in\s+)?out|in)\s+[A-Za-z_$]";
    // Both declare a name, and at the end of the block something is called that stands elsewhere.
    USING = r"(?m)(?:^|[;{}(])\s*(using|await\s+using)\s+[A-Za-z_$][\w$]*\s*(?:=[^=]|of\b)";
    ASSERTED = r"_['\x22]\s*(assert)\s*\{";
    ACCESSOR = r"\b(?:static|override|private|public|protected|declare|readonly|abstract)\s+(accessor)\s+[#\[\w]";
    // A line that ends a statement or member without a sign, and one that would go on with it.
    DECORATED = r"[}](\s*\n)\s*@";
    DECORATED_TYPE = r"(?m)^[ \t]*(?:export\s+|declare\s+)*type\s+\w[^\n;]*[\w)\]>](\n)\s*@";
    CALL_SIGNATURE = r#"[\w)\]}>"'](\s*\n)[ \t]*<[^<>()\n]*>\s*\("#;
}

/// The text that the grammars may read; `None` where no rule finds anything. `flow` says whether types of Flow are taken out.
pub(super) fn rewritten(text: &str, flow: bool) -> Option<String> {
    let mut page = Page::new(text);
    page.apply(&[
        Rule(&TYPE_STAR, With::Blanks),
        Rule(&DEFER, With::Blanks),
        Rule(&SOURCE, With::Blanks),
        Rule(&PHASE, With::Blanks),
        Rule(&VARIANCE, With::Blanks),
        Rule(&ACCESSOR, With::Blanks),
        Rule(&USING, With::Word("let")),
        Rule(&ASSERTED, With::Word("with")),
        Rule(&ATTRIBUTES, With::Blanks),
        Rule(&NAMED_AS_TYPE, With::Word("_")),
        Rule(&TYPED_TAG, With::Blanks),
        Rule(&DECORATED, With::Sign(b';')),
        Rule(&DECORATED_TYPE, With::Sign(b';')),
    ]);
    page.decorators();
    if flow {
        flow::take_out(&mut page);
    } else {
        page.apply(&[Rule(&CALL_SIGNATURE, With::Sign(b';'))]);
    }
    page.done()
}

/// A text being written over.
pub(super) struct Page {
    /// The code alone: comments are blank, strings are filled, every byte stands where it stood.
    pub code: String,
    out: Vec<u8>,
    changed: bool,
}

impl Page {
    pub fn new(text: &str) -> Self {
        Self { code: code_of(text), out: text.as_bytes().to_vec(), changed: false }
    }

    /// Writes over the first group of everything that the rules find.
    pub fn apply(&mut self, rules: &[Rule]) {
        for Rule(pattern, with) in rules {
            let found: Vec<Range<usize>> =
                pattern.captures_iter(&self.code).filter_map(|found| Some(found.get(1)?.range())).collect();
            for range in found {
                match with {
                    With::Blanks => self.blank(range),
                    With::Sign(sign) => self.sign(range.start, *sign),
                    With::Word(word) => {
                        self.blank(range.clone());
                        for (at, sign) in range.zip(word.bytes()) {
                            self.sign(at, sign);
                        }
                    }
                }
            }
        }
    }

    /// Writes blanks over a piece; line ends stay.
    pub fn blank(&mut self, range: Range<usize>) {
        for at in range {
            if !matches!(self.out.get(at), Some(b'\n' | b'\r')) {
                self.sign(at, b' ');
            }
        }
    }

    /// Writes a sign over a byte.
    pub fn sign(&mut self, at: usize, sign: u8) {
        if let Some(byte) = self.out.get_mut(at) {
            *byte = sign;
            self.changed = true;
        }
    }

    /// Where the bracket closes that opens at a place.
    pub fn closing(&self, open: usize) -> Option<usize> {
        /// Longest piece in brackets that is looked through, bytes.
        const LONGEST: usize = 1 << 12;
        let mut depth = 0_usize;
        for (at, byte) in self.code.as_bytes().get(open..)?.iter().take(LONGEST).enumerate() {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(open + at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// `@(expression)`: before a class a statement of its own, before a member a field of that name.
    fn decorators(&mut self) {
        const BEFORE_CLASS: [&str; 5] = ["export", "default", "abstract", "declare", "class"];
        let found: Vec<usize> = self.code.match_indices("@(").map(|(at, _)| at).take(1000).collect();
        for at in found {
            let Some(close) = self.closing(at + 1) else { continue };
            let rest = self.code.get(close + 1..).unwrap_or_default();
            let word: String = rest
                .trim_start_matches(|c: char| c.is_whitespace())
                .chars()
                .take_while(char::is_ascii_alphabetic)
                .collect();
            let class = BEFORE_CLASS.contains(&word.as_str()) || rest.trim_start().starts_with('@');
            let parted = rest.starts_with(char::is_whitespace);
            self.sign(at, b' ');
            if !class {
                self.sign(at + 1, b'[');
                self.sign(close, b']');
            }
            if parted {
                self.sign(close + 1, b';');
            }
        }
    }

    fn done(self) -> Option<String> {
        // Signs are written over whole characters but for blanks over pieces of code, which may hold any.
        if self.changed { String::from_utf8(self.out).ok() } else { None }
    }
}

/// A text in which comments are blank and strings filled.
fn code_of(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    // Open templates, by the depth of the braces at which their code ends.
    let mut templates: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let next = bytes.get(at + 1).copied();
        let end = match (byte, next) {
            (b'/', Some(b'/')) => behind(bytes, at, b"\n").saturating_sub(1).max(at + 1),
            (b'/', Some(b'*')) => behind(bytes, at + 2, b"*/"),
            (b'"' | b'\'', _) => string_end(bytes, at + 1, byte),
            (b'`', _) => template_end(bytes, at + 1, &mut templates, depth),
            (b'}', _) if templates.last() == Some(&depth) => {
                templates.pop();
                template_end(bytes, at + 1, &mut templates, depth)
            }
            _ => {
                depth = match byte {
                    b'{' => depth + 1,
                    b'}' => depth.saturating_sub(1),
                    _ => depth,
                };
                out.push(if byte.is_ascii() { byte } else { b'_' });
                at += 1;
                continue;
            }
        };
        let filler = if byte == b'/' { b' ' } else { b'_' };
        let piece = bytes.get(at..end.min(bytes.len())).unwrap_or_default();
        let last = piece.len().saturating_sub(1);
        out.extend(piece.iter().enumerate().map(|(place, byte)| match byte {
            b'\n' => b'\n',
            b'"' | b'\'' if filler == b'_' && (place == 0 || place == last) => *byte,
            _ => filler,
        }));
        at += piece.len().max(1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn behind(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(what.len()).position(|window| window == what).map_or(bytes.len(), |found| from + found + what.len())
}

/// The place behind a string, which ends on its line.
fn string_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The place behind the text of a template: its end, or the code in it.
fn template_end(bytes: &[u8], from: usize, templates: &mut Vec<usize>, depth: usize) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at).copied() {
        match (byte, bytes.get(at + 1)) {
            (b'\\', _) => at += 1,
            (b'`', _) => return at + 1,
            (b'$', Some(b'{')) => {
                templates.push(depth);
                return at + 2;
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a // b\nc", "a     \nc")]
    #[case("a /* b\n*/ c", "a     \n   c")]
    #[case("'a\\'b' + \"c\"", "'____' + \"_\"")]
    #[case("`a${ b + `c` }d` + e", "____ b + ___ ___ + e")]
    fn code_is_what_no_string_or_comment_is(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(code_of(text), expected);
    }

    #[rstest]
    #[case("export type * from './a';\nf()", "                         \nf()")]
    #[case("a(); export type * from './a'; b()", "a();                           b()")]
    #[case("export * as a from 'b' with { c: 'd' };", "export * as a from 'b'                ;")]
    #[case("export { a as b } from \"c\" assert { 'd': 'e' }", "export { a as b } from \"c\"                    ")]
    #[case("let x: { m: (any) => void }", "let x: { m: (_  ) => void }")]
    #[case("f(sql<never[]>`a`)", "f(sql         `a`)")]
    #[case("import defer * as a from 'b'", "import       * as a from 'b'")]
    #[case("import source a from 'b'", "import        a from 'b'")]
    #[case("class Q<in out T, out U> {}", "class Q<       T,     U> {}")]
    #[case("for (await using a of b) {}", "for (let         a of b) {}")]
    #[case("{ using a = b }", "{ let   a = b }")]
    #[case("import a from 'b' assert { c: 'd' }", "import a from 'b' with   { c: 'd' }")]
    #[case("type A = B\n\n@C() class D {}", "type A = B;\n@C() class D {}")]
    #[case("@(a.b['c']()) class D {}", " (a.b['c']());class D {}")]
    #[case("class D { @(a) m() {} }", "class D {  [a];m() {} }")]
    #[case("interface A {\n  x: B\n  <T>(y: T): T\n}", "interface A {\n  x: B;  <T>(y: T): T\n}")]
    fn what_the_grammars_lack_is_written_anew(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(rewritten(text, false).as_deref(), Some(expected));
        assert_eq!(text.len(), expected.len());
    }

    #[test]
    fn strings_are_left_alone() {
        assert_eq!(rewritten("x = 'import defer * as a'; // import source a from b", true), None);
    }
}
