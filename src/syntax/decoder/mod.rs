//! Decoders that an analyst applies by hand, one after the other, to bytes that were pointed at.
//!
//! The work is done by [`super::decode`], which the walk over the code uses too; here each decoder has a name, a key where it
//! takes one, and a plain sentence for bytes that it does not fit. [`propose`] tries what fits, [`unfold`] goes on to the end.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::decode;
use crate::text::{Hint, Source};

mod codes;
mod encoded;
mod entity;
mod invisible;
pub mod literal;
mod propose;
mod score;
mod unfold;

pub use codes::in_code as characters_in_code;
pub use encoded::{Encoded, encoded};
pub use entity::plain as plain_of_entities;
pub use propose::{Found, Limits, Proposal, propose};
pub use unfold::{Unfolded, unfold};

/// Longest key of [`Decoder::Xor`], bytes.
const MAX_KEY: usize = 4096;

/// One decoder, with its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decoder {
    /// The value of a string literal, or of several that are joined.
    Literal,
    /// The value of the longest string in a piece of code.
    Longest,
    /// Base64, both alphabets.
    Base64,
    /// Base32.
    Base32,
    /// Python's base85.
    Base85,
    /// Ascii85.
    Ascii85,
    /// Pairs of hexadecimal digits.
    Hex,
    /// `%41`.
    Url,
    /// `\x41`, `\u0041`, `\101`, `\n`.
    Escapes,
    /// Numbers of characters, in this base unless they say their own.
    Codes(u32),
    /// `&#65;`, `&amp;`.
    Entities,
    /// Letters turned by so many places.
    Rot(u8),
    /// Exclusive or with a key that is repeated.
    Xor(Vec<u8>),
    /// Back to front.
    Reverse,
    /// gzip.
    Gzip,
    /// zlib.
    Zlib,
    /// Deflate without a header.
    Deflate,
    /// bzip2.
    Bzip2,
    /// xz, or lzma-alone.
    Xz,
    /// UTF-16 to UTF-8.
    Utf16,
    /// Variation selectors or tag characters, which no screen draws.
    Invisible,
}

impl Decoder {
    /// Every decoder in the order in which they are offered, those that take a key with the usual one.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::Base64,
            Self::Hex,
            Self::Escapes,
            Self::Codes(10),
            Self::Codes(16),
            Self::Codes(8),
            Self::Codes(2),
            Self::Zlib,
            Self::Gzip,
            Self::Deflate,
            Self::Bzip2,
            Self::Xz,
            Self::Reverse,
            Self::Rot(13),
            Self::Xor(Vec::new()),
            Self::Url,
            Self::Base32,
            Self::Base85,
            Self::Ascii85,
            Self::Entities,
            Self::Utf16,
            Self::Invisible,
            Self::Literal,
            Self::Longest,
        ]
    }

    /// What it undoes, in a few words.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Literal => "the value of string literals, joined",
            Self::Longest => "the longest string in a piece of code",
            Self::Base64 => "base64, standard or URL-safe",
            Self::Base32 => "RFC 4648 base32",
            Self::Base85 => "Python's base64.b85decode",
            Self::Ascii85 => "Ascii85, as Adobe's and base64.a85decode",
            Self::Hex => "pairs of hexadecimal digits",
            Self::Url => "percent escapes, %41",
            Self::Escapes => r"escapes of a literal: \x41 \u0041 \101 \n",
            Self::Codes(10) => "numbers of characters: 104, 0x65, chr(108)",
            Self::Codes(16) => "numbers of characters, hexadecimal",
            Self::Codes(8) => "numbers of characters, octal",
            Self::Codes(_) => "numbers of characters, binary",
            Self::Entities => "HTML entities: &#65; &amp;",
            Self::Rot(_) => "letters turned by N places: type rot N",
            Self::Xor(_) => "exclusive or: type xor KEY, text or 0x hex",
            Self::Reverse => "back to front",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate without a header",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz or lzma-alone",
            Self::Utf16 => "UTF-16 to UTF-8",
            Self::Invisible => "text in variation selectors or tag characters",
        }
    }

    /// Applies it.
    ///
    /// # Errors
    /// When it does not fit the bytes, or the result were larger than [`decode::MAX_DECODED`].
    pub fn apply(&self, bytes: &[u8]) -> Result<Vec<u8>, Misfit> {
        let out = self.decode(bytes)?;
        match u64::try_from(out.len()).is_ok_and(|len| len <= decode::MAX_DECODED) {
            _ if out.is_empty() => Err(Misfit(format!("{self} leaves nothing"))),
            true => Ok(out),
            false => Err(Misfit(format!("{self} yields more than {} MB", decode::MAX_DECODED >> 20))),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<Vec<u8>, Misfit> {
        let text = || std::str::from_utf8(bytes).map_err(|_| Misfit("the bytes are no UTF-8 text".to_owned()));
        let packed = |out: Option<Vec<u8>>| {
            let why = || format!("not {self}, damaged, or more than {} MB inside", decode::MAX_DECODED >> 20);
            out.ok_or_else(|| Misfit(why()))
        };
        let digits =
            |out: Option<Vec<u8>>, odd: &dyn Fn(u8) -> bool| out.ok_or_else(|| Misfit::digits(self, bytes, odd));
        match self {
            Self::Literal => literal::value(text()?).ok_or_else(|| Misfit("not only string literals".to_owned())),
            Self::Longest => {
                let found = literal::longest(text()?).map(|(_, value)| value);
                found.ok_or_else(|| Misfit("no string literal in it".to_owned()))
            }
            Self::Base64 => {
                let body = after_comma(bytes);
                digits(decode::base64(body), &|b| !b.is_ascii_alphanumeric() && !b"+/-_= \t\r\n".contains(&b))
            }
            Self::Base32 => digits(decode::base32(bytes), &|b| {
                !b.is_ascii_alphabetic() && !(b'2'..=b'7').contains(&b) && !b"= \t\r\n".contains(&b)
            }),
            Self::Base85 => {
                digits(decode::base85(bytes.trim_ascii()), &|b| !b.is_ascii_graphic() || b"\"',./:[\\]".contains(&b))
            }
            Self::Ascii85 => {
                digits(decode::ascii85(bytes), &|b| !(b'!'..=b'u').contains(&b) && !b"z~ \t\r\n".contains(&b))
            }
            Self::Hex => {
                let plain: Vec<u8> = hex_digits(bytes);
                digits(decode::hex(&plain), &|b| !b.is_ascii_hexdigit() && !b"x:,-\\ \t\r\n".contains(&b))
            }
            Self::Url => Ok(decode::url_bytes(text()?)),
            Self::Escapes => Ok(literal::unescaped(text()?, false)),
            Self::Codes(radix) => codes::characters(text()?, *radix).map_err(Misfit),
            Self::Entities => Ok(entity::plain(text()?).into_bytes()),
            Self::Rot(by) => Ok(decode::rot(text()?, *by).into_bytes()),
            Self::Xor(key) if key.is_empty() => Err(Misfit("type a key: xor KEY, or xor 0x5a".to_owned())),
            Self::Xor(key) => Ok(bytes.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect()),
            Self::Reverse => Ok(match std::str::from_utf8(bytes) {
                Ok(text) => text.chars().rev().collect::<String>().into_bytes(),
                Err(_) => bytes.iter().rev().copied().collect(),
            }),
            Self::Gzip => packed(decode::gunzip(bytes)),
            Self::Zlib => packed(decode::unzlib(bytes)),
            Self::Deflate => packed(decode::undeflate(bytes).map(|(out, _)| out)),
            Self::Bzip2 => packed(decode::bunzip2(bytes)),
            Self::Xz => packed(decode::unlzma(bytes)),
            Self::Invisible => match invisible::hidden(text()?) {
                out if out.is_empty() => Err(Misfit("no variation selectors or tag characters in it".to_owned())),
                out => Ok(out),
            },
            Self::Utf16 => utf16(bytes).ok_or_else(|| Misfit("too short for UTF-16".to_owned())),
        }
    }
}

/// Applies decoders one after the other.
///
/// # Errors
/// Which of them did not fit, from 0, and why.
pub fn apply(chain: &[Decoder], bytes: &[u8]) -> Result<Vec<u8>, (usize, Misfit)> {
    let mut held = bytes.to_vec();
    for (at, decoder) in chain.iter().enumerate() {
        held = decoder.apply(&held).map_err(|why| (at, why))?;
    }
    Ok(held)
}

/// The beginning of bytes in one line that is safe to show: text escaped, anything else as what it is and its first bytes.
#[must_use]
pub fn preview(bytes: &[u8]) -> String {
    const LOOK: usize = 400;
    match score::head(bytes) {
        Some(text) => {
            let text: String = text.trim_start().chars().take(LOOK).collect();
            crate::text::escape(&text).into_owned()
        }
        None => {
            let first: Vec<String> = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            let kind = score::magic(bytes).unwrap_or("binary");
            format!("{kind}: {}", first.join(" "))
        }
    }
}

/// The names of a chain, as [`super::Layer::recipe`] holds them.
#[must_use]
pub fn recipe(chain: &[Decoder]) -> Vec<String> {
    chain.iter().map(Decoder::to_string).collect()
}

/// Why a decoder does not fit, in a plain sentence without a full stop; may quote one untrusted byte as a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{0}")]
pub struct Misfit(String);

impl Misfit {
    /// The first byte that is no digit of the alphabet, or that there are too few of them.
    fn digits(decoder: &Decoder, bytes: &[u8], odd: &dyn Fn(u8) -> bool) -> Self {
        match bytes.iter().position(|byte| odd(*byte)) {
            Some(at) => {
                let byte = bytes.get(at).copied().unwrap_or_default();
                Self(format!("not {decoder}: byte {at} is 0x{byte:02x}"))
            }
            None => Self(format!("not {decoder}: the digits do not come out even")),
        }
    }
}

impl fmt::Display for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal => f.write_str("literal"),
            Self::Longest => f.write_str("longest string"),
            Self::Base64 => f.write_str("base64"),
            Self::Base32 => f.write_str("base32"),
            Self::Base85 => f.write_str("base85"),
            Self::Ascii85 => f.write_str("ascii85"),
            Self::Hex => f.write_str("hex"),
            Self::Url => f.write_str("url"),
            Self::Escapes => f.write_str("escapes"),
            Self::Codes(10) => f.write_str("codes"),
            Self::Codes(radix) => write!(f, "codes {radix}"),
            Self::Entities => f.write_str("entities"),
            Self::Rot(13) => f.write_str("rot13"),
            Self::Rot(by) => write!(f, "rot {by}"),
            Self::Xor(key) if key.is_empty() => f.write_str("xor"),
            Self::Xor(key) => write!(f, "xor 0x{}", crate::text::hex(key)),
            Self::Reverse => f.write_str("reverse"),
            Self::Gzip => f.write_str("gzip"),
            Self::Zlib => f.write_str("zlib"),
            Self::Deflate => f.write_str("deflate"),
            Self::Bzip2 => f.write_str("bzip2"),
            Self::Xz => f.write_str("xz"),
            Self::Utf16 => f.write_str("utf-16"),
            Self::Invisible => f.write_str("invisible"),
        }
    }
}

impl FromStr for Decoder {
    type Err = String;

    /// Reads a name as [`fmt::Display`] writes it, `rot N`, `xor KEY` with the key as text, `xor 0xKEY` in hexadecimal.
    fn from_str(typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        let (word, rest) = typed.split_once(' ').unwrap_or((typed, ""));
        if word.eq_ignore_ascii_case("xor") {
            let key = match rest.strip_prefix("0x") {
                Some(digits) => decode::hex(digits.as_bytes()).ok_or("a key in hexadecimal has pairs of digits")?,
                None => rest.as_bytes().to_vec(),
            };
            return match key.len() {
                0 => Err("type a key behind xor: text, or 0x and hexadecimal digits".to_owned()),
                1..=MAX_KEY => Ok(Self::Xor(key)),
                _ => Err(format!("a key has at most {MAX_KEY} bytes")),
            };
        }
        if word.eq_ignore_ascii_case("rot") {
            let by = rest.trim().parse::<u8>().ok().filter(|by| (1..26).contains(by));
            return by.map(Self::Rot).ok_or_else(|| "type how many places behind rot: 1 to 25".to_owned());
        }
        let named = Self::all().into_iter().find(|decoder| decoder.to_string().eq_ignore_ascii_case(typed));
        named.ok_or_else(|| format!("no decoder is called {typed}"))
    }
}

/// What follows the comma of a `data:` URL, or all of it.
fn after_comma(bytes: &[u8]) -> &[u8] {
    let head = bytes.get(..bytes.len().min(200)).unwrap_or(bytes);
    let comma = head.starts_with(b"data:").then(|| head.iter().position(|byte| *byte == b',')).flatten();
    comma.and_then(|comma| bytes.get(comma + 1..)).unwrap_or(bytes)
}

/// The digits of `68 65`, `68:65`, `0x68, 0x65` and `\x68\x65`.
fn hex_digits(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut escape = false;
    for byte in bytes {
        match byte {
            b':' | b',' | b'-' | b'\\' => escape = *byte == b'\\',
            byte if byte.is_ascii_whitespace() => escape = false,
            b'x' | b'X' if escape => escape = false,
            // The nought before it is no digit of a byte.
            b'x' | b'X' if out.last() == Some(&b'0') && out.len() % 2 == 1 => {
                out.pop();
            }
            _ => {
                escape = false;
                out.push(*byte);
            }
        }
    }
    out
}

/// UTF-16 by its mark, or by where the zeros stand.
fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let marked = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    if bytes.len() < 2 {
        return None;
    }
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let mark: &[u8] = match zeros(0) > zeros(1) {
        _ if marked => b"",
        true => b"\xFE\xFF",
        false => b"\xFF\xFE",
    };
    Source::decode(&[mark, bytes].concat(), Hint::Other).map(|source| source.text.into_bytes())
}

#[cfg(test)]
mod tests;
