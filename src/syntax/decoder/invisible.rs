//! Text in characters that are not drawn: variation selectors, each a byte, and tag characters, each an ASCII character.

/// Fewest such characters that hide something: an emoji may have one, a flag has six.
const FEW: usize = 8;

/// The byte that a variation selector stands for: the 16 of the first block, then the 240 of the second.
fn selector(c: char) -> Option<u8> {
    let byte = match u32::from(c) {
        code @ 0xFE00..=0xFE0F => code - 0xFE00,
        code @ 0xE0100..=0xE01EF => code - 0xE0100 + 16,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

/// The ASCII character that a tag character stands for.
fn tag(c: char) -> Option<u8> {
    let code = u32::from(c);
    if (0xE0000..=0xE007F).contains(&code) { u8::try_from(code - 0xE0000).ok() } else { None }
}

/// What the characters say that are not drawn; those that are drawn only carry them. Empty where there are none.
pub(super) fn hidden(text: &str) -> Vec<u8> {
    let bytes: Vec<u8> = text.chars().filter_map(selector).collect();
    // Emoji have the one selector after another character each; then the text is in the tags.
    let tags: Vec<u8> = text.chars().filter_map(tag).collect();
    if tags.len() > bytes.len() { tags } else { bytes }
}

/// Whether there are more of them than an honest text has in a row.
pub(super) fn is_likely(text: &[u8]) -> bool {
    // Their first bytes in UTF-8; nearly every text has none of these.
    let begins = |byte: &u8| matches!(byte, 0xEF | 0xF3);
    if text.iter().filter(|byte| begins(byte)).take(FEW).count() < FEW {
        return false;
    }
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let mut row = 0;
    text.chars().any(|c| {
        row = if selector(c).is_some() || tag(c).is_some() { row + 1 } else { 0 };
        row >= FEW
    })
}
