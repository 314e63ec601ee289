//! How much bytes look like what an analyst is after: code, readable text, a file of a known kind.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Language;

use super::literal;
use crate::syntax::budget;

/// Bytes looked at; the beginning of a text tells what it is.
const LOOK: usize = 16 << 10;
/// Longest text that is parsed for its score.
const PARSED: usize = 64 << 10;
/// Rounds of a hundred parser operations for that.
const ROUNDS: usize = 2000;

/// What bytes are worth and why, `0.0` to `1.0`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    pub value: f32,
    pub why: &'static str,
}

/// A file's first bytes. Sources: the specifications of the formats (RFC 1950, 1952, PNG, PKWARE's appnote, System V ABI ...).
const MAGIC: [(&[u8], &str); 20] = [
    (b"\x7fELF", "a Linux program (ELF)"),
    (b"MZ\x90\0", "a Windows program (PE)"),
    (b"\xfe\xed\xfa\xcf", "a macOS program (Mach-O)"),
    (b"\xcf\xfa\xed\xfe", "a macOS program (Mach-O)"),
    (b"\0asm", "WebAssembly"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b\x08", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"OggS", "Ogg media"),
    (b"RIFF", "RIFF media"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xca\xfe\xba\xbe", "compiled Java or a macOS program"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
];

/// What the first bytes say.
pub(super) fn magic(bytes: &[u8]) -> Option<&'static str> {
    let named = MAGIC.iter().find(|(head, _)| bytes.starts_with(head)).map(|(_, name)| *name);
    // RFC 1950: the method, and a check that 31 divides the first two bytes.
    let zlib = || match bytes.get(..2) {
        Some([0x78, flags]) if (0x7800 + u16::from(*flags)).is_multiple_of(31) => Some("zlib data"),
        _ => None,
    };
    named.or_else(zlib)
}

/// Whether these are the first bytes of compressed data, which are on the way and not the end of it.
pub(super) fn compressed(bytes: &[u8]) -> bool {
    magic(bytes).is_some_and(|name| name.ends_with(" data"))
}

/// Words that code is made of, in both languages and in shells.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) \b(?: import|from|def|class|return|lambda|except|exec|eval|print|self|None|True|False|function|const|let|var
        |require|module|exports|async|await|new|this|typeof|null|undefined|document|window|process|child_process|execSync
        |subprocess|os\.|sys\.|base64|zlib|urllib|requests|socket|fetch|http|https|Buffer|JSON|console|if|else|for|while|try
        |curl|wget|powershell|cmd|bash|chmod|echo|sudo )\b",
    )
    .ok()
});

/// How many words of code stand in a text, at most a dozen.
pub(super) fn words(text: &str) -> usize {
    WORDS.as_ref().map_or(0, |words| words.find_iter(text).take(12).count())
}

/// A quick score, by what the bytes look like.
pub(super) fn quick(bytes: &[u8]) -> Score {
    if let Some(name) = magic(bytes) {
        return Score { value: if compressed(bytes) { 0.35 } else { 0.8 }, why: name };
    }
    let look = head(bytes);
    let Some(text) = look else {
        return Score { value: 0.02, why: "binary" };
    };
    let words = words(text);
    if words < 2 && !text.contains("://") && is_encoded(text) {
        return Score { value: 0.12, why: "looks encoded still" };
    }
    let marks =
        ["://", "();", ") {", "=>", "==", "('", "(\"", "/bin/", "\\\\"].iter().filter(|m| text.contains(*m)).count();
    let spaced = text.split_ascii_whitespace().take(3).count() >= 3;
    // A row of numbers without a letter is no prose: characters by their numbers, most of all.
    if spaced && !text.contains(char::is_alphabetic) {
        return Score { value: 0.12, why: "looks encoded still" };
    }
    let short = if text.len() < 8 { 0.5 } else { 1.0 };
    // In prose and code most characters are small letters, digits and blanks; printable noise is a third of them.
    let usual =
        text.chars().filter(|c| c.is_lowercase() || c.is_numeric() || c.is_whitespace() || *c > '\u{7F}').count();
    if usual * 2 < text.chars().count() {
        return Score { value: 0.1, why: "hardly a word" };
    }
    #[allow(clippy::cast_precision_loss)]
    let value = 0.25 + 0.03 * words as f32 + 0.03 * marks.min(4) as f32 + if spaced { 0.08 } else { 0.0 };
    let why = match () {
        () if words + marks >= 3 => "reads as code",
        () if text.contains("://") => "holds an address",
        () => "readable text",
    };
    Score { value: value * short, why }
}

/// The score that proposals are ordered by: it also asks the grammars, and what a wrapper is worth that holds one long string.
pub(super) fn full(bytes: &[u8]) -> Score {
    let mut score = quick(bytes);
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| score.value >= 0.25 && magic(bytes).is_none()) else {
        return score;
    };
    if literal::longest(text).is_some_and(|(span, _)| (span.end - span.start) * 10 > text.len() * 7) {
        return Score { value: score.value * 0.5, why: "code around one long string" };
    }
    if text.len() <= PARSED && text.contains(['(', '=']) {
        let parses =
            |grammar: Language| budget::parse(text, &grammar, ROUNDS).is_some_and(|tree| !tree.root_node().has_error());
        if parses(tree_sitter_python::LANGUAGE.into()) {
            score = Score { value: score.value + 0.15, why: "parses as Python" };
        } else if parses(tree_sitter_javascript::LANGUAGE.into()) {
            score = Score { value: score.value + 0.15, why: "parses as JavaScript" };
        }
    }
    if entropy(bytes) > 5.6 {
        score.value -= 0.05;
    }
    score
}

/// The beginning of bytes that are text: UTF-8 and hardly a control character.
pub(super) fn head(bytes: &[u8]) -> Option<&str> {
    let look = bytes.get(..bytes.len().min(LOOK)).unwrap_or(bytes);
    let text = match std::str::from_utf8(look) {
        Ok(text) => text,
        // The cut went through a character.
        Err(error) if look.len() - error.valid_up_to() < 4 && look.len() < bytes.len() => {
            std::str::from_utf8(look.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count();
    // Letters of many scripts side by side are what random bytes give.
    (odd * 50 <= text.len()).then_some(text)
}

/// Whether a text is one long word of a decoder's alphabet.
fn is_encoded(text: &str) -> bool {
    let longest = text.split_ascii_whitespace().map(str::len).max().unwrap_or_default();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_=% \\\r\n\t".contains(&b));
    let strange = text.bytes().filter(|b| b.is_ascii_punctuation()).count() * 4 > text.len();
    longest >= 24 && (plain || (strange && longest * 2 > text.len()))
}

/// Shannon entropy of the bytes looked at, bits a byte.
#[allow(clippy::cast_precision_loss)]
pub(super) fn entropy(bytes: &[u8]) -> f32 {
    let look = bytes.get(..bytes.len().min(LOOK)).unwrap_or(bytes);
    let mut counts = [0_u32; 256];
    for byte in look {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = look.len().max(1) as f32;
    counts.iter().filter(|count| **count > 0).map(|count| *count as f32 / total).map(|p| -p * p.log2()).sum()
}
