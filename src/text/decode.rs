//! Bytes to text, as the interpreter that would run the file reads them.

use serde::{Deserialize, Serialize};

use super::codec::{Codec, Step, Written};

/// What a file is for, as far as decoding cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Python source: PEP 263 cookies count.
    Python,
    /// Code of another language, or a manifest: always text.
    Code,
    /// Anything else: may be binary.
    Other,
}

/// How the bytes of a file were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// ISO 8859-1: what a cookie asked for, or the fallback that loses nothing.
    Latin1,
    /// Windows code page 1252.
    Cp1252,
    /// Another that Python knows.
    Codec(Codec),
}

impl Encoding {
    /// The usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Latin1 => "ISO-8859-1",
            Self::Cp1252 => "windows-1252",
            Self::Codec(codec) => codec.name(),
        }
    }

    /// Whether bytes that look like plain text may stand for another: what runs is then not what an editor shows.
    #[must_use]
    pub fn rewrites_ascii(self) -> bool {
        matches!(self, Self::Codec(codec) if codec.rewrites_ascii())
    }

    /// Whether each byte is one character.
    pub(crate) fn is_single_byte(self) -> bool {
        match self {
            Self::Latin1 | Self::Cp1252 => true,
            Self::Codec(codec) => codec.is_single_byte(),
            Self::Utf8 | Self::Utf16Le | Self::Utf16Be => false,
        }
    }

    /// How many bytes of the file a character stands for, where that follows from the character.
    pub(super) fn file_len(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16Le | Self::Utf16Be => c.len_utf16() * 2,
            Self::Latin1 | Self::Cp1252 | Self::Codec(_) => 1,
        }
    }
}

/// A text and how it was read.
pub(super) struct Decoded {
    pub text: String,
    pub encoding: Encoding,
    /// Bytes of the byte order mark, left out of the text.
    pub mark: usize,
    /// The cookie's name where it was not honoured.
    pub refused: Option<String>,
    /// Where text and file stop running in step, in encodings whose characters do not tell.
    pub steps: Vec<Step>,
}

impl Decoded {
    fn plain(text: String, encoding: Encoding) -> Self {
        Self { text, encoding, mark: 0, refused: None, steps: Vec::new() }
    }
}

pub(super) fn decode(bytes: &[u8], hint: Hint) -> Option<Decoded> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Some(Decoded { mark: 3, ..utf8_or_latin1(rest) });
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return Some(Decoded { mark: 2, ..Decoded::plain(utf16(rest, u16::from_le_bytes), Encoding::Utf16Le) });
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return Some(Decoded { mark: 2, ..Decoded::plain(utf16(rest, u16::from_be_bytes), Encoding::Utf16Be) });
    }
    if bytes.contains(&0) {
        match unmarked_utf16(bytes, hint) {
            Some(Encoding::Utf16Le) => {
                return Some(Decoded::plain(utf16(bytes, u16::from_le_bytes), Encoding::Utf16Le));
            }
            Some(_) => return Some(Decoded::plain(utf16(bytes, u16::from_be_bytes), Encoding::Utf16Be)),
            None if hint == Hint::Other => return None,
            // Node runs a script with NUL bytes in a comment: calling it binary would hide it.
            None => {}
        }
    }
    if hint == Hint::Other && mostly_controls(bytes) {
        return None;
    }
    let cookie = if hint == Hint::Python { cookie(bytes) } else { None };
    let Some(name) = cookie else { return Some(utf8_or_latin1(bytes)) };
    Some(match known(&name) {
        Some(Encoding::Latin1) => Decoded::plain(latin1(bytes), Encoding::Latin1),
        Some(Encoding::Cp1252) => Decoded::plain(cp1252(bytes), Encoding::Cp1252),
        Some(Encoding::Codec(codec)) => {
            let Written { text, steps, .. } = codec.decode(bytes);
            Decoded { steps, ..Decoded::plain(text, Encoding::Codec(codec)) }
        }
        Some(_) => utf8_or_latin1(bytes),
        None => Decoded { refused: Some(name), ..utf8_or_latin1(bytes) },
    })
}

/// Latin-1 loses nothing: every byte becomes the character of its number.
fn utf8_or_latin1(bytes: &[u8]) -> Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded::plain(text.to_owned(), Encoding::Utf8),
        Err(_) => Decoded::plain(latin1(bytes), Encoding::Latin1),
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Windows-1252, by the WHATWG table: its five unassigned bytes are the controls of the same number.
fn cp1252(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    let high = |byte: u8| HIGH.get(usize::from(byte).wrapping_sub(0x80)).copied();
    bytes.iter().map(|byte| high(*byte).unwrap_or(char::from(*byte))).collect()
}

/// An odd last byte becomes a replacement character like any other broken unit.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    let text = text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    text.chain(rest.iter().map(|_| char::REPLACEMENT_CHARACTER)).collect()
}

/// UTF-16 without a mark, recognised by where the NUL bytes stand. For code every pair must fit: with even one pair of two
/// other bytes, a script could hide from us behind a comment that is full of NULs.
fn unmarked_utf16(bytes: &[u8], hint: Hint) -> Option<Encoding> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let little = pairs.iter().filter(|[low, high]| *low != 0 && *high == 0).count();
    let big = pairs.iter().filter(|[high, low]| *high == 0 && *low != 0).count();
    let enough = if hint == Hint::Other { pairs.len() - pairs.len() / 4 } else { pairs.len() };
    match (little >= enough, big >= enough) {
        (true, false) => Some(Encoding::Utf16Le),
        (false, true) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

fn mostly_controls(bytes: &[u8]) -> bool {
    let sample = bytes.get(..64 << 10).unwrap_or(bytes);
    let ordinary = |byte: &&u8| matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B) || **byte >= 0x20;
    let controls = sample.len() - sample.iter().filter(ordinary).count();
    let broken = std::str::from_utf8(sample).err().is_some_and(|error| error.error_len().is_some());
    // Compressed and random content has one control byte in ten, and is no UTF-8.
    controls * 10 > sample.len() * 3 || (broken && controls * 20 > sample.len())
}

/// The encoding that a Python file names in a comment of its first two lines (PEP 263), lower case, `_` as `-`.
fn cookie(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|byte| *byte == b'\n' || *byte == b'\r');
    let mut first = lines.next()?;
    if first.is_empty() && bytes.starts_with(b"\r\n") {
        first = lines.next()?;
    }
    if let Some(name) = cookie_of_line(first) {
        return Some(name);
    }
    // The second line counts only after a blank or a comment.
    let blank = |line: &[u8]| matches!(line.trim_ascii_start().first(), None | Some(b'#'));
    let second = lines.next()?;
    // `\r\n` leaves an empty piece between the two lines.
    let second = if second.is_empty() { lines.next()? } else { second };
    if blank(first) { cookie_of_line(second) } else { None }
}

fn cookie_of_line(line: &[u8]) -> Option<String> {
    let comment = line.trim_ascii_start().strip_prefix(b"#")?;
    let comment = String::from_utf8_lossy(comment);
    comment.match_indices("coding").find_map(|(at, word)| {
        let rest = comment.get(at + word.len()..)?.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(rest.len());
        let name = rest.get(..end)?.to_ascii_lowercase().replace('_', "-");
        (!name.is_empty()).then_some(name)
    })
}

/// What CPython takes a name for. It knows two families by their beginning, whatever follows (`utf-8-unix`).
fn known(name: &str) -> Option<Encoding> {
    let begins = |with: &str| name.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    match name {
        _ if begins("utf-8") => Some(Encoding::Utf8),
        _ if ["latin-1", "iso-8859-1", "iso-latin-1"].iter().any(|family| begins(family)) => Some(Encoding::Latin1),
        "8859" | "cp819" | "csisolatin1" | "ibm819" | "iso8859" | "iso8859-1" | "iso-8859-1-1987" | "iso-ir-100"
        | "l1" | "latin" | "latin1" | "charmap" => Some(Encoding::Latin1),
        // The code page of a Windows machine: of most.
        "cp1252" | "windows-1252" | "1252" | "mbcs" | "oem" => Some(Encoding::Cp1252),
        // ASCII is a part of UTF-8.
        "utf8" | "u8" | "utf" | "utf8-ucs2" | "utf8-ucs4" | "cp65001" | "ascii" | "646" | "us-ascii" | "us"
        | "cp367" | "ansi-x3.4-1968" | "ansi-x3.4-1986" | "iso646-us" | "iso-646.irv-1991" | "iso-ir-6" => {
            Some(Encoding::Utf8)
        }
        name => Codec::named(name).map(Encoding::Codec),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::utf8("é".as_bytes(), Hint::Other, "é", Encoding::Utf8)]
    #[case::mark(b"\xEF\xBB\xBFx", Hint::Python, "x", Encoding::Utf8)]
    #[case::empty(b"", Hint::Other, "", Encoding::Utf8)]
    #[case::little_mark(b"\xFF\xFEa\0\xE9\0", Hint::Other, "aé", Encoding::Utf16Le)]
    #[case::big_mark(b"\xFE\xFF\0a\0\xE9", Hint::Code, "aé", Encoding::Utf16Be)]
    #[case::little(b"a\0b\0c\0", Hint::Code, "abc", Encoding::Utf16Le)]
    #[case::big(b"\0a\0b\0c", Hint::Other, "abc", Encoding::Utf16Be)]
    #[case::odd_end(b"\xFF\xFEa\0b", Hint::Other, "a\u{FFFD}", Encoding::Utf16Le)]
    #[case::lone_surrogate(b"\xFF\xFE\x00\xD8a\0", Hint::Other, "\u{FFFD}a", Encoding::Utf16Le)]
    #[case::fallback(b"caf\xE9", Hint::Code, "café", Encoding::Latin1)]
    #[case::nul_in_code(b"/*\0*/ run()", Hint::Code, "/*\0*/ run()", Encoding::Utf8)]
    #[case::latin_cookie(
        b"# -*- coding: latin-1 -*-\n'\xC3\xA9'",
        Hint::Python,
        "# -*- coding: latin-1 -*-\n'Ã©'",
        Encoding::Latin1
    )]
    #[case::second_line(
        b"#!/usr/bin/python\n# coding=iso-8859-1\n\xE9",
        Hint::Python,
        "#!/usr/bin/python\n# coding=iso-8859-1\né",
        Encoding::Latin1
    )]
    #[case::second_line_crlf(
        b"#!x\r\n# coding=latin1\r\n\xC3\xA9",
        Hint::Python,
        "#!x\r\n# coding=latin1\r\nÃ©",
        Encoding::Latin1
    )]
    #[case::after_code(
        b"x = 1\n# coding: latin-1\n\xC3\xA9",
        Hint::Python,
        "x = 1\n# coding: latin-1\né",
        Encoding::Utf8
    )]
    #[case::windows(b"# coding: cp1252\n\x80\x9D", Hint::Python, "# coding: cp1252\n€\u{9D}", Encoding::Cp1252)]
    #[case::cookie_is_for_python(b"# coding: latin-1\n\xC3\xA9", Hint::Code, "# coding: latin-1\né", Encoding::Utf8)]
    #[case::emacs(b"# coding: utf-8-unix\nx", Hint::Python, "# coding: utf-8-unix\nx", Encoding::Utf8)]
    fn reads_as_the_interpreter(
        #[case] bytes: &[u8],
        #[case] hint: Hint,
        #[case] text: &str,
        #[case] encoding: Encoding,
    ) {
        let decoded = decode(bytes, hint).unwrap();
        assert_eq!((decoded.text.as_str(), decoded.encoding), (text, encoding));
        assert_eq!(decoded.refused, None);
    }

    #[test]
    fn a_cookie_that_is_not_honoured_is_kept() {
        let decoded = decode(b"#coding:No_Such\neval", Hint::Python).unwrap();
        assert_eq!((decoded.refused.as_deref(), decoded.encoding), (Some("no-such"), Encoding::Utf8));
    }

    #[test]
    fn a_comment_full_of_nuls_does_not_hide_a_script() {
        let script = [b"/*".as_slice(), &b"a\0".repeat(1000), b"*/require('child_process')"].concat();
        assert!(decode(&script, Hint::Code).unwrap().text.ends_with("*/require('child_process')"));
    }

    #[rstest]
    #[case::nul(b"\x7FELF\0\0\x01")]
    #[case::controls(b"\x01\x02\x03ab")]
    #[case::image(b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR")]
    fn binary_is_no_text(#[case] bytes: &[u8]) {
        assert!(decode(bytes, Hint::Other).is_none());
    }
}
