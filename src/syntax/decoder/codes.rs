//! Characters written as numbers: `104, 101`, `0x68 0x65`, `chr(104)+chr(101)`, `String.fromCharCode(104,101)`.

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
/// Fewest numbers that are taken for characters without being asked to.
const FEW: usize = 4;

/// The characters of the numbers in a text, whatever separates them. Numbers below 256 are bytes; where one is larger, all are
/// characters.
pub(super) fn characters(text: &str, radix: u32) -> Result<Vec<u8>, String> {
    let numbers: Vec<u32> = words(text).filter_map(|word| number(word, radix)).collect();
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

/// In which base a text reads as a list of characters, if it does and is nothing else.
pub(super) fn likely(text: &str) -> Option<u32> {
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
        } else if word.len() > 1 && AROUND.binary_search(&word.to_ascii_lowercase().as_str()).is_err() {
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

/// The words and numbers of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
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
