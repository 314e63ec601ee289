//! Texts that stand for something else: base64, hexadecimal digits, characters that show nothing.

use std::sync::LazyLock;

use regex::Regex;

use super::{Told, pattern, told};
use crate::behavior::feature::Feature;
use crate::syntax::decode;

static BASE64: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z0-9+/_-]+={0,2}$"));
static HEX: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[0-9a-fA-F]{2})+$"));

/// Whether a text holds a run of characters that show nothing: they carry what they stand for in their numbers.
pub(super) fn hides(text: &str) -> bool {
    const RUN: usize = 8;
    if text.is_ascii() {
        return false;
    }
    let mut run = 0;
    text.chars().any(|c| {
        let shown = !matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{3164}' | '\u{ffa0}');
        run = if shown { 0 } else { run + 1 };
        run >= RUN
    })
}

/// Base64 or hexadecimal text that decodes to more than a word.
pub(super) fn blob(text: &str) -> Option<Told> {
    let body = text.trim();
    let compact: std::borrow::Cow<'_, str> = if body.contains(['\n', '\r']) {
        body.split_ascii_whitespace().collect::<String>().into()
    } else {
        body.into()
    };
    if HEX.is_match(&compact) {
        let digits = compact.bytes().filter(u8::is_ascii_digit).count();
        // Digests are everywhere and say nothing.
        let digest = [32, 40, 56, 64, 96, 128].contains(&compact.len());
        let holds = file_start(&hex_start(&compact)).map(|kind| format!("hex {kind}"));
        let words = holds.unwrap_or_else(|| "hex blob".to_owned());
        return (compact.len() >= 48 && digits < compact.len() && !digest).then(|| told(Feature::UseLongString, words));
    }
    let mixed = compact.bytes().any(|b| b.is_ascii_digit())
        && compact.bytes().any(|b| b.is_ascii_uppercase())
        && compact.bytes().any(|b| b.is_ascii_lowercase());
    if !mixed || !BASE64.is_match(&compact) {
        return None;
    }
    let decoded = decode::base64(compact.as_bytes())?;
    let printable = decoded.iter().filter(|b| (32..127).contains(*b) || matches!(b, 9 | 10 | 13)).count();
    if printable * 10 >= decoded.len() * 9 {
        Some(told(Feature::UseBase64, "base64 text"))
    } else {
        let kind = file_start(&decoded).unwrap_or("data");
        (compact.len() >= 80).then(|| told(Feature::UseBase64, format!("base64 {kind}")))
    }
}

/// The first bytes of hexadecimal text.
fn hex_start(text: &str) -> Vec<u8> {
    let digit = |c: char| c.to_digit(16).and_then(|d| u8::try_from(d).ok());
    let digits: Vec<u8> = text.chars().take(8).filter_map(digit).collect();
    digits.chunks_exact(2).filter_map(|pair| Some(pair.first()? << 4 | pair.get(1)?)).collect()
}

/// What a file is that begins so: a program or an archive.
fn file_start(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    if begins(b"MZ") || begins(b"\x7fELF") || begins(b"\xcf\xfa\xed\xfe") {
        Some("program")
    } else if begins(b"PK\x03\x04")
        || begins(b"\x1f\x8b")
        || begins(b"BZh")
        || begins(b"\xfd7zX")
        || begins(b"7z\xbc\xaf")
    {
        Some("archive")
    } else {
        None
    }
}
