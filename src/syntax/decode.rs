//! Decoders: what a package's code does to its own data, done here without running that code.
//!
//! Each takes and returns bytes and is bounded by [`MAX_DECODED`]: a decompression bomb yields `None`, never memory.

use std::io::Read;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Largest output of one decoder, bytes.
pub const MAX_DECODED: u64 = 16 << 20;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Base64 in either alphabet; white space is ignored, as Python and Node do.
#[must_use]
pub fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let clean: Vec<u8> = bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(&clean).or_else(|_| URL_SAFE.decode(&clean)).ok()
}

/// Base64 text of bytes.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// RFC 4648 base32.
#[must_use]
pub fn base32(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() * 5 / 8);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes.iter().filter(|b| **b != b'=' && !b.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(digit);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

/// Python's `base64.b85decode`.
#[must_use]
pub fn base85(bytes: &[u8]) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let digit = |byte: u8| DIGITS.iter().position(|d| *d == byte).and_then(|d| u64::try_from(d).ok());
    let mut out = Vec::with_capacity(bytes.len() * 4 / 5);
    for group in bytes.chunks(5) {
        let mut value = 0_u64;
        for place in 0..5 {
            value = value * 85 + group.get(place).map_or(Some(84), |b| digit(*b))?;
        }
        let word = u32::try_from(value).ok()?.to_be_bytes();
        out.extend(word.iter().take(group.len().saturating_sub(1)));
    }
    Some(out)
}

/// Python's `base64.a85decode`: Ascii85, with or without Adobe's frame.
#[must_use]
pub fn ascii85(bytes: &[u8]) -> Option<Vec<u8>> {
    let body: Vec<u8> = bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let body = body.strip_prefix(b"<~").unwrap_or(&body);
    let body = body.strip_suffix(b"~>").unwrap_or(body);
    let mut out = Vec::with_capacity(body.len() * 4 / 5);
    let mut group = Vec::with_capacity(5);
    for byte in body {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(u64::from(byte - b'!')),
            _ => return None,
        }
        if group.len() == 5 {
            out.extend(u32::try_from(group.iter().fold(0, |n, digit| n * 85 + digit)).ok()?.to_be_bytes());
            group.clear();
        }
    }
    if !group.is_empty() {
        let given = group.len();
        group.resize(5, 84);
        let word = u32::try_from(group.iter().fold(0, |n, digit| n * 85 + digit)).ok()?.to_be_bytes();
        out.extend(word.iter().take(given - 1));
    }
    Some(out)
}

/// Python's `unicode_escape`: the escapes of a text literal undone.
#[must_use]
pub fn unicode_escape(text: &str) -> String {
    escapes(text, false)
}

/// The escapes of a literal undone, of Python's and JavaScript's both: also `\u{1F600}`, the rarer controls, and a line that
/// is continued.
#[must_use]
pub fn literal_escapes(text: &str) -> String {
    escapes(text, true)
}

fn escapes(text: &str, both: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let kind = after.chars().next();
        let (digits, radix) = match kind {
            Some('x') => (after.get(1..3), 16),
            Some('u') => (after.get(1..5), 16),
            Some('U') => (after.get(1..9), 16),
            Some('0'..='7') => {
                let length = after.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                (after.get(..length), 8)
            }
            _ => (None, 10),
        };
        let code = digits.and_then(|digits| Some((u32::from_str_radix(digits, radix).ok()?, digits.len())));
        let plain = match kind {
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some(c @ ('\\' | '\'' | '"')) => Some(c),
            Some(c) if both => rarer(c),
            _ => None,
        };
        if let Some(shorter) = both.then(|| braced(after, &mut out)).flatten() {
            rest = shorter;
            continue;
        }
        rest = match (code, plain) {
            (Some((code, length)), _) => {
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                after.get(length + usize::from(radix == 16)..).unwrap_or_default()
            }
            (None, Some(plain)) => {
                out.push(plain);
                after.get(1..).unwrap_or_default()
            }
            (None, None) => {
                out.push('\\');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

/// Escapes of one letter that are rare in text and known to literals.
fn rarer(c: char) -> Option<char> {
    match c {
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{C}'),
        'v' => Some('\u{B}'),
        c @ ('`' | '$' | '/') => Some(c),
        _ => None,
    }
}

/// Undoes `\u{...}` and a continued line, behind their backslash; what is left.
fn braced<'a>(after: &'a str, out: &mut String) -> Option<&'a str> {
    if let Some(rest) = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n')) {
        return Some(rest);
    }
    let (digits, rest) = after.strip_prefix("u{")?.split_once('}')?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(rest)
}

/// Pairs of hexadecimal digits; white space is ignored.
#[must_use]
pub fn hex(bytes: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = bytes
        .iter()
        .filter(|b| !b.is_ascii_whitespace())
        .map(|b| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let digits = digits?;
    digits
        .len()
        .is_multiple_of(2)
        .then(|| digits.chunks_exact(2).map(|p| p.iter().fold(0, |a, d| a * 16 + d)).collect())
}

/// zlib, gzip or raw deflate, whichever fits.
#[must_use]
pub fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    unzlib(bytes).or_else(|| gunzip(bytes)).or_else(|| undeflate(bytes).map(|(out, _)| out))
}

/// zlib (RFC 1950).
#[must_use]
pub fn unzlib(bytes: &[u8]) -> Option<Vec<u8>> {
    bounded(flate2::read::ZlibDecoder::new(bytes))
}

/// gzip (RFC 1952), all members.
#[must_use]
pub fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    bounded(flate2::read::MultiGzDecoder::new(bytes))
}

/// Raw deflate (RFC 1951), and how many bytes it took: the format has no checksum, so that what is left over is the only sign
/// that it was something else.
#[must_use]
pub fn undeflate(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut decoder = flate2::read::DeflateDecoder::new(bytes);
    let out = bounded(&mut decoder)?;
    Some((out, usize::try_from(decoder.total_in()).ok()?))
}

/// bzip2.
#[must_use]
pub fn bunzip2(bytes: &[u8]) -> Option<Vec<u8>> {
    bounded(bzip2::read::BzDecoder::new(bytes))
}

/// xz or lzma-alone, as Python's `lzma.decompress`.
#[must_use]
pub fn unlzma(bytes: &[u8]) -> Option<Vec<u8>> {
    bounded(lzma_rust2::XzReader::new(bytes, true))
        .or_else(|| bounded(lzma_rust2::LzmaReader::new_mem_limit(bytes, 128 << 10, None).ok()?))
}

/// `%41` escapes; what is no UTF-8 after that is marked.
#[must_use]
pub fn url(text: &str) -> String {
    String::from_utf8_lossy(&url_bytes(text)).into_owned()
}

/// The bytes that `%41` escapes stand for.
#[must_use]
pub fn url_bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let decoded = (*first == b'%').then(|| tail.get(..2).and_then(hex)).flatten();
        match decoded {
            Some(byte) => {
                out.extend(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

/// JavaScript's `unescape`: `%41` and `%u0041` stand for the character of that number.
#[must_use]
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (digits, length) = match after.strip_prefix('u') {
            Some(after) => (after.get(..4), 5),
            None => (after.get(..2), 2),
        };
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// ROT13.
#[must_use]
pub fn rot13(text: &str) -> String {
    rot(text, 13)
}

/// Letters turned by so many places of the alphabet.
#[must_use]
pub fn rot(text: &str, by: u8) -> String {
    let turn = |c: char, base: u8| char::from((u8::try_from(c).unwrap_or(base) - base + by % 26) % 26 + base);
    text.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            _ => c,
        })
        .collect()
}

/// Reads a decoder to its end, `None` on an error or past the bound.
fn bounded(reader: impl Read) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let read = reader.take(MAX_DECODED + 1).read_to_end(&mut out);
    (read.is_ok() && !out.is_empty() && out.len() as u64 <= MAX_DECODED).then_some(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn text_decoders_invert_their_encodings() {
        assert_eq!(base64(b"aGVs\nbG8").as_deref(), Some(&b"hello"[..]));
        assert_eq!(
            base64(&to_base64(&[251, 255, 0]).replace('+', "-").replace('/', "_").into_bytes()),
            Some(vec![251, 255, 0])
        );
        assert_eq!(base64(b"not base64!"), None);
        assert_eq!(base32(b"NBSWY3DP").as_deref(), Some(&b"hello"[..]));
        assert_eq!(base85(b"Xk~0{Zv").as_deref(), Some(&b"hello"[..]));
        assert_eq!(ascii85(b"BOu!rDZ").as_deref(), Some(&b"hello"[..]));
        assert_eq!(unicode_escape(r"\x68\u0065\154l\x6f\n\q"), "hello\n\\q");
        assert_eq!(hex(b"68 65 6c6C6f").as_deref(), Some(&b"hello"[..]));
        assert_eq!(hex(b"686"), None);
        assert_eq!(url("%68ell%6F%2"), "hello%2");
        assert_eq!(unescape("%68%u0065llo%2"), "hello%2");
        assert_eq!(rot13("Uryyb, 1"), "Hello, 1");
    }

    #[test]
    fn compressed_data_is_read_under_a_bound() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(b"hello").unwrap();
        assert_eq!(inflate(&encoder.finish().unwrap()).as_deref(), Some(&b"hello"[..]));
        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        bomb.write_all(&vec![0; 17 << 20]).unwrap();
        assert_eq!(inflate(&bomb.finish().unwrap()), None);
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(b"hello").unwrap();
        assert_eq!(bunzip2(&encoder.finish().unwrap()).as_deref(), Some(&b"hello"[..]));
        assert_eq!(unlzma(b"neither xz nor lzma"), None);
    }
}
