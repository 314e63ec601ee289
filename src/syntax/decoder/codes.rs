//! Characters written as numbers: `104, 101`, `0x68 0x65`, `chr(104)+chr(101)`, `String.fromCharCode(104,101)`.

use crate::text::Span;

/// Words of code that stand around such numbers.
const AROUND: [&str; 25] = [
    "apply",
    "array",
    "buffer",
    "bytearray",
    "bytes",
    "char",
    "chr",
    "chrw",
    "decode",
    "for",
    "from",
    "fromcharcode",
    "fromcodepoint",
    "in",
    "join",
    "list",
    "map",
    "new",
    "null",
    "of",
    "string",
    "this",
    "uint8array",
    "unichr",
    "utf8",
];
/// Fewest numbers that are taken for characters without being asked to: in a list by itself, and in a line of code.
const FEW: usize = 2;
const FEW_IN_CODE: usize = 4;

/// The characters of the numbers in a text, whatever separates them; of a text with other words in it, those of its longest
/// list. Numbers below 256 are bytes; where one is larger, all are characters.
pub(super) fn characters(text: &str, radix: u32) -> Result<Vec<u8>, String> {
    let numbers = if words(text).all(|word| number(word, radix).is_some() || is_around(word)) {
        words(text).filter_map(|word| number(word, radix)).collect()
    } else {
        list(text, radix).1
    };
    if numbers.is_empty() {
        return Err("no numbers in it".to_owned());
    }
    let bytes: Option<Vec<u8>> = numbers.iter().map(|number| u8::try_from(*number).ok()).collect();
    if let Some(bytes) = bytes {
        return Ok(bytes);
    }
    let text: Option<String> = numbers.iter().map(|number| char::from_u32(*number)).collect();
    text.map(String::into_bytes).ok_or_else(|| "a number in it is no character's".to_owned())
}

/// In which base a text reads as a list of characters, or as code with such a list in it.
pub(super) fn likely(text: &str) -> Option<u32> {
    alone(text).or_else(|| in_code(text).map(|_| 10))
}

/// Where the longest list of characters in code stands, from its first number to its last; `None` where there is none worth
/// the name.
#[must_use]
pub fn in_code(text: &str) -> Option<Span> {
    let is_plain = |number: &&u32| matches!(number, 9 | 10 | 13 | 32..=126);
    let (span, list) = list(text, 10);
    let plain = list.iter().filter(is_plain).count();
    let readable = list.iter().all(|number| is_plain(&number) || *number >= 160);
    (list.len() >= FEW_IN_CODE && readable && plain * 4 >= list.len() * 3).then_some(span)
}

/// In which base a text reads as a list of characters and nothing else.
pub(super) fn alone(text: &str) -> Option<u32> {
    // Text, and the signs of other decoders.
    if text.contains(['\'', '"', '`', '%', '&', '\\']) {
        return None;
    }
    let (mut count, mut pairs, mut letters, mut eights, mut threes, mut zeros) =
        (0_usize, true, false, true, true, false);
    for word in words(text) {
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        if digits || (word.len() == 2 && word.bytes().all(|b| b.is_ascii_hexdigit())) {
            letters |= !digits;
            pairs &= word.len() == 2;
            eights &= word.len() == 8 && word.bytes().all(|b| matches!(b, b'0' | b'1'));
            threes &= word.len() == 3 && word.bytes().all(|b| (b'0'..=b'7').contains(&b));
            zeros |= word.len() > 1 && word.starts_with('0');
            count += 1;
        } else if number(word, 10).is_some() {
            // It says its base.
            (pairs, eights, threes) = (false, false, false);
            count += 1;
        } else if !is_around(word) {
            return None;
        }
    }
    match () {
        () if count < FEW => None,
        () if letters => pairs.then_some(16),
        () if eights => Some(2),
        () if threes && zeros => Some(8),
        () => Some(10),
    }
}

/// The longest list of numbers in a text, and where it stands: nothing is between them but signs of lists and calls, and the
/// words of those.
fn list(text: &str, radix: u32) -> (Span, Vec<u32>) {
    let nothing = || (Span { start: 0, end: 0 }, Vec::new());
    let (mut best, mut open): ((Span, Vec<u32>), (Span, Vec<u32>)) = (nothing(), nothing());
    let mut end = 0;
    for (start, word) in placed_words(text) {
        let between = text.get(end..start).unwrap_or_default();
        end = start + word.len();
        let number = number(word, radix).filter(|_| word.starts_with(|c: char| c.is_ascii_digit()));
        let joined = between.chars().all(|c| c.is_whitespace() || ",()[]+.".contains(c));
        let closed = !joined || number.is_none() && !is_around(word);
        if closed {
            if open.1.len() > best.1.len() {
                best = std::mem::replace(&mut open, nothing());
            }
            open.1.clear();
        }
        if let Some(number) = number {
            let from = if open.1.is_empty() { start } else { open.0.start };
            open.0 = Span { start: from, end };
            open.1.push(number);
        }
    }
    if open.1.len() > best.1.len() { open } else { best }
}

/// Whether a word stands around numbers of characters in code and says nothing else.
fn is_around(word: &str) -> bool {
    word.len() == 1 && !word.starts_with(|c: char| c.is_ascii_digit())
        || AROUND.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

/// The words and numbers of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    placed_words(text).map(|(_, word)| word)
}

/// The words and numbers of a text, each with the byte where it begins.
fn placed_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let apart = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let mut at = 0;
    text.split_inclusive(apart).filter_map(move |piece| {
        let start = at;
        at += piece.len();
        Some((start, piece.trim_end_matches(apart))).filter(|(_, word)| !word.is_empty())
    })
}

/// A number, in the base that it says or in this one.
fn number(word: &str, radix: u32) -> Option<u32> {
    let lower = word.to_ascii_lowercase();
    let (digits, radix) = match (lower.get(..2), lower.get(2..)) {
        (Some("0x"), Some(digits)) => (digits, 16),
        (Some("0o"), Some(digits)) => (digits, 8),
        (Some("0b"), Some(digits)) if radix != 16 => (digits, 2),
        _ => (lower.as_str(), radix),
    };
    u32::from_str_radix(digits, radix).ok()
}
