//! String, bytes and number literals, read from their own text: no depth and no walk over their parts is needed.

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A string literal's text taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quoted<'a> {
    /// What stands between the quotes.
    pub content: &'a str,
    /// Where the content starts in the literal's text.
    pub offset: usize,
    /// `r`: escapes stay as they are.
    pub raw: bool,
    /// `b`.
    pub bytes: bool,
    /// `f` or `t`: braces hold expressions.
    pub format: bool,
    /// Python 2's backticks: the content is an expression.
    pub repr: bool,
}

impl<'a> Quoted<'a> {
    /// Takes a literal apart; an unterminated one reaches to its end.
    pub(super) fn new(literal: &'a str) -> Self {
        let prefix = literal.find(['\'', '"', '`']).unwrap_or(literal.len());
        let (flags, quoted) = literal.split_at_checked(prefix).unwrap_or((literal, ""));
        let has = |flag: char| flags.chars().any(|c| c.eq_ignore_ascii_case(&flag));
        let quote = ["\"\"\"", "'''", "\"", "'", "`"].into_iter().find(|quote| quoted.starts_with(quote)).unwrap_or("");
        let inner = quoted.strip_prefix(quote).unwrap_or(quoted);
        Self {
            content: if quote.is_empty() { inner } else { inner.strip_suffix(quote).unwrap_or(inner) },
            offset: prefix + quote.len(),
            raw: has('r'),
            bytes: has('b'),
            format: has('f') || has('t'),
            repr: quote == "`",
        }
    }
}

/// Undoes the escapes of a text literal.
pub(super) fn text<'a>(content: &'a str, raw: bool, format: bool) -> Cow<'a, str> {
    let content = if format && content.contains(['{', '}']) {
        Cow::Owned(content.replace("{{", "{").replace("}}", "}"))
    } else {
        Cow::Borrowed(content)
    };
    if raw || !content.contains('\\') {
        return content;
    }
    let mut out = String::with_capacity(content.len());
    unescape(&content, false, |piece| match piece {
        Piece::Text(text) => out += text,
        // Lone surrogates cannot stand in a Rust string; the mark keeps the length right.
        Piece::Code(code) => out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    });
    Cow::Owned(out)
}

/// Undoes the escapes of a bytes literal.
pub(super) fn bytes(content: &str, raw: bool) -> Vec<u8> {
    if raw || !content.contains('\\') {
        return content.as_bytes().to_vec();
    }
    let mut out = Vec::with_capacity(content.len());
    unescape(content, true, |piece| match piece {
        Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
        Piece::Code(code) => out.push((code & 0xff) as u8),
    });
    out
}

enum Piece<'a> {
    Text(&'a str),
    Code(u32),
}

fn unescape<'a>(content: &'a str, bytes: bool, mut emit: impl FnMut(Piece<'a>)) {
    let mut rest = content;
    while let Some((before, after)) = rest.split_once('\\') {
        emit(Piece::Text(before));
        let mut chars = after.chars();
        let Some(escape) = chars.next() else {
            emit(Piece::Text("\\"));
            return;
        };
        rest = chars.as_str();
        let code = match escape {
            '\n' => continue,
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                continue;
            }
            '\\' | '\'' | '"' => u32::from(escape),
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '0'..='7' => number(after, 1..=3, 8, &mut rest).unwrap_or(0),
            'x' => match number(rest, 2..=2, 16, &mut rest) {
                Some(code) => code,
                None => {
                    emit(Piece::Text("\\x"));
                    continue;
                }
            },
            'u' | 'U' if !bytes => match number(rest, if escape == 'u' { 4..=4 } else { 8..=8 }, 16, &mut rest) {
                Some(code) => code,
                None => {
                    emit(Piece::Text(if escape == 'u' { "\\u" } else { "\\U" }));
                    continue;
                }
            },
            _ => {
                // Not an escape: the backslash stays, as in Python. `\N{..}` stays as it is as well.
                emit(Piece::Text("\\"));
                rest = after;
                let kept = after.len() - chars.as_str().len();
                emit(Piece::Text(after.get(..kept).unwrap_or("")));
                rest = rest.get(kept..).unwrap_or("");
                continue;
            }
        };
        emit(Piece::Code(code));
    }
    emit(Piece::Text(rest));
}

/// Reads so many digits at the start of `text` and moves `rest` past them.
fn number<'a>(text: &'a str, digits: RangeInclusive<usize>, radix: u32, rest: &mut &'a str) -> Option<u32> {
    let count = text.bytes().take(*digits.end()).take_while(|b| char::from(*b).is_digit(radix)).count();
    if !digits.contains(&count) {
        return None;
    }
    let value = u32::from_str_radix(text.get(..count)?, radix).ok()?;
    *rest = text.get(count..)?;
    Some(value)
}

/// Whether a number is written as an integer.
pub(super) fn is_integer(literal: &str) -> bool {
    let hex = literal.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    hex || !literal.contains(['.', 'e', 'E', 'j', 'J'])
}

/// The value of an integer or float literal; `None` for a complex one.
pub(super) fn numeric(literal: &str) -> Option<f64> {
    let literal: Cow<str> =
        if literal.contains('_') { Cow::Owned(literal.replace('_', "")) } else { Cow::Borrowed(literal) };
    let literal = literal.trim_end_matches(['l', 'L']);
    let radix = |digits: &str, radix: u32| {
        digits.chars().try_fold(0.0, |value, digit| Some(value * f64::from(radix) + f64::from(digit.to_digit(radix)?)))
    };
    let bytes = literal.as_bytes();
    match (bytes.first(), bytes.get(1)) {
        (Some(b'0'), Some(b'x' | b'X')) => radix(literal.get(2..)?, 16),
        (Some(b'0'), Some(b'o' | b'O')) => radix(literal.get(2..)?, 8),
        (Some(b'0'), Some(b'b' | b'B')) => radix(literal.get(2..)?, 2),
        // Python 2's octal.
        (Some(b'0'), Some(_)) if literal.bytes().all(|b| matches!(b, b'0'..=b'7')) => radix(literal, 8),
        _ => literal.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#""a\n\t\\\'\"\x41\u0042\U00000043\103""#, "a\n\t\\'\"ABCC")]
    #[case("'one\\\ntwo'", "onetwo")]
    #[case("'one\\\r\ntwo'", "onetwo")]
    #[case(r"'\q\N{BULLET}\x4\u12'", r"\q\N{BULLET}\x4\u12")]
    #[case(r"r'\n\x41'", r"\n\x41")]
    #[case(r"'\0\1234'", "\0S4")]
    #[case(r"'''a'b'''", "a'b")]
    #[case("f'{{x}}'", "{x}")]
    #[case("'unterminated\\", "unterminated\\")]
    #[case(r"'\é'", r"\é")]
    fn a_text_literal_is_unescaped(#[case] literal: &str, #[case] expected: &str) {
        let quoted = Quoted::new(literal);
        assert_eq!(text(quoted.content, quoted.raw, quoted.format), expected);
    }

    #[rstest]
    #[case(r"b'\x00\xff\377\n\u0041'", b"\x00\xff\xff\n\\u0041")]
    #[case(r"rb'\x00'", b"\\x00")]
    #[case("b'\u{e9}'", b"\xc3\xa9")]
    fn a_bytes_literal_is_unescaped(#[case] literal: &str, #[case] expected: &[u8]) {
        let quoted = Quoted::new(literal);
        assert!(quoted.bytes);
        assert_eq!(bytes(quoted.content, quoted.raw), expected);
    }

    #[rstest]
    #[case("1_000", Some(1000.0))]
    #[case("0xFF", Some(255.0))]
    #[case("0b101", Some(5.0))]
    #[case("0o17", Some(15.0))]
    #[case("0777", Some(511.0))]
    #[case("00", Some(0.0))]
    #[case("10L", Some(10.0))]
    #[case("1.", Some(1.0))]
    #[case(".5e1", Some(5.0))]
    #[case("3j", None)]
    fn a_number_is_read(#[case] literal: &str, #[case] expected: Option<f64>) {
        assert_eq!(numeric(literal), expected);
    }
}
