//! Codecs of escapes, and those of Python 2 that turn bytes into bytes.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Written;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `unicode_escape`, or `raw_unicode_escape`, which knows `\u` and `\U` only; other bytes are Latin-1.
pub(super) fn read(bytes: &[u8], raw: bool, out: &mut Written) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (c, length) = match rest {
            [b'\\', kind @ (b'u' | b'U'), digits @ ..] => {
                let count = if *kind == b'u' { 4 } else { 8 };
                (number(digits, count, 16), 2 + count)
            }
            [b'\\', other, ..] if raw => {
                out.push('\\', at);
                out.push(char::from(*other), at + 1);
                at += 2;
                continue;
            }
            [b'\\', b'x', digits @ ..] => (number(digits, 2, 16), 4),
            [b'\\', digits @ ..] if digits.first().is_some_and(|digit| (b'0'..=b'7').contains(digit)) => {
                let count = digits.iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                (number(digits, count, 8), 1 + count)
            }
            [b'\\', b'\n', ..] => {
                at += 2;
                continue;
            }
            [b'\\', b'N', b'{', ..] => {
                // A character by its name: it takes its place, whichever it is.
                let length = rest.iter().position(|byte| *byte == b'}').map_or(rest.len(), |end| end + 1);
                (Some(char::REPLACEMENT_CHARACTER), length)
            }
            [b'\\', kind, ..] => (control(*kind), 2),
            [byte, ..] => (Some(char::from(*byte)), 1),
            [] => break,
        };
        match c {
            Some(c) => {
                out.push(c, at);
                at += length;
            }
            // No escape: the backslash stays.
            None => {
                out.push('\\', at);
                at += 1;
            }
        }
    }
}

fn number(digits: &[u8], count: usize, radix: u32) -> Option<char> {
    let digits = std::str::from_utf8(digits.get(..count)?).ok()?;
    let code = u32::from_str_radix(digits, radix).ok()?;
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn control(kind: u8) -> Option<char> {
    Some(match kind {
        b'\\' | b'\'' | b'"' => char::from(kind),
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'v' => '\u{B}',
        _ => return None,
    })
}

/// Letters turned by thirteen places.
pub(super) fn read_rot13(bytes: &[u8], out: &mut Written) {
    let begin = behind_cookie(bytes);
    for (at, byte) in bytes.iter().enumerate() {
        let turned = match byte {
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            _ => *byte,
        };
        out.push(char::from(if at < begin { *byte } else { turned }), at);
    }
}

/// What stands behind the cookie's line is decoded to other bytes, which are the code. Where it cannot be, it stays.
pub(super) fn read_behind_cookie(bytes: &[u8], decode: fn(&[u8]) -> Option<Vec<u8>>, out: &mut Written) {
    let begin = behind_cookie(bytes);
    let (head, rest) = bytes.split_at_checked(begin).unwrap_or((bytes, b""));
    for (at, byte) in head.iter().enumerate() {
        out.push(char::from(*byte), at);
    }
    let decoded = decode(rest).unwrap_or_else(|| rest.to_vec());
    let text =
        String::from_utf8(decoded).unwrap_or_else(|error| error.as_bytes().iter().map(|b| char::from(*b)).collect());
    text.chars().for_each(|c| out.push(c, begin));
}

pub(super) fn hex(bytes: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u32> = bytes
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(*byte).to_digit(16))
        .collect::<Option<_>>()?;
    digits.chunks(2).map(|pair| u8::try_from(pair.iter().fold(0, |value, digit| value * 16 + digit)).ok()).collect()
}

pub(super) fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(digits).ok()
}

/// The place behind the line that names the encoding: the first, or the second.
fn behind_cookie(bytes: &[u8]) -> usize {
    let line = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| from + end + 1)
    };
    let first = line(0);
    let named = |line: &[u8]| line.windows(6).any(|word| word == b"coding");
    if named(bytes.get(..first).unwrap_or_default()) { first } else { line(first) }
}
