//! Characters that act on a terminal or hide from the eye, and their visible marks.

use std::borrow::Cow;

use super::lookalike::Lookalikes;
use super::source::Span;

/// Whether a character is invisible, moves the cursor, changes the order of what is shown, or means nothing outside its
/// author's font: controls, line separators, bidi controls, zero-width and filler characters, variation selectors, tag
/// characters, private use and non-characters. Sources: Unicode's Default_Ignorable_Code_Point and Bidi_Control.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    // Nearly all of every text, so it is asked first.
    !matches!(c, ' '..='~')
        && matches!(u32::from(c),
        0x00..=0x1F | 0x7F..=0x9F | 0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xE000..=0xF8FF
        | 0xFDD0..=0xFDEF | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xFFFE..=0xFFFF
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF | 0xF0000..=0x0010_FFFF)
}

/// The visible mark of a hidden character: a control picture (`␛`) or the code point (`<U+202E>`).
#[must_use]
pub fn mark(c: char) -> String {
    let picture = match u32::from(c) {
        control @ 0..=0x1F => char::from_u32(0x2400 + control),
        0x7F => Some('␡'),
        _ => None,
    };
    picture.map_or_else(|| format!("<U+{:04X}>", u32::from(c)), String::from)
}

/// Makes a text safe for one line of a terminal, a log, an error or an export: every hidden character becomes its mark,
/// line breaks and tabs too, so does a letter that passes for another, and nothing is dropped.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let mut lookalikes = Lookalikes::new(text);
    let mut marked = |(at, c): (usize, char)| is_hidden(c) || lookalikes.is(at, c);
    let Some((first, _)) = text.char_indices().find(|here| marked(*here)) else { return Cow::Borrowed(text) };
    let (before, rest) = text.split_at(first);
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(before);
    for (at, c) in rest.char_indices() {
        if marked((first + at, c)) { shown.push_str(&mark(c)) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// The hidden characters of a text of many lines with their byte offsets. Tabs and line ends (`\n`, `\r\n`) are not hidden.
pub fn hidden_characters(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    text.char_indices().filter(|(at, c)| match c {
        '\t' | '\n' => false,
        '\r' => text.as_bytes().get(at + 1) != Some(&b'\n'),
        c => is_hidden(*c),
    })
}

/// The letters of a text of many lines that pass for Latin ones where they stand, each with the word that it stands in.
pub fn lookalikes(text: &str) -> impl Iterator<Item = (usize, char, Span)> + '_ {
    let mut lookalikes = Lookalikes::new(text);
    text.char_indices().filter_map(move |(at, c)| {
        let word = lookalikes.is(at, c).then(|| lookalikes.word())?;
        Some((at, c, Span { start: word.start, end: word.end }))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("naïve 日本 😀", "naïve 日本 😀")]
    #[case::escape("\u{1B}[2J", "␛[2J")]
    #[case::eight_bit("\u{9B}2J", "<U+009B>2J")]
    #[case::lines("a\r\n\tb\u{7F}", "a␍␊␉b␡")]
    #[case::bidi("a\u{202E}b\u{2066}\u{061C}\u{200F}", "a<U+202E>b<U+2066><U+061C><U+200F>")]
    #[case::zero_width("a\u{200B}\u{FEFF}\u{2060}", "a<U+200B><U+FEFF><U+2060>")]
    #[case::separators("\u{2028}\u{2029}", "<U+2028><U+2029>")]
    #[case::tags("\u{E0041}\u{FE0F}\u{E0100}", "<U+E0041><U+FE0F><U+E0100>")]
    #[case::private("\u{E000}\u{F0000}\u{10FFFF}", "<U+E000><U+F0000><U+10FFFF>")]
    #[case::lookalikes("pаypal: с нами", "p<U+0430>ypal: с нами")]
    #[case::fillers("\u{3164}\u{115F}\u{AD}\u{2800}", "<U+3164><U+115F><U+00AD><U+2800>")]
    fn escapes(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(escape(text), shown);
    }

    #[test]
    fn nothing_hidden_is_left_in_any_escaped_text() {
        let all: String = ('\0'..=char::MAX).collect();
        assert!(!escape(&all).contains(is_hidden));
    }

    #[test]
    fn line_ends_and_tabs_are_not_hidden() {
        let found: Vec<_> = hidden_characters("a\tb\r\nc\rd\u{200B}\n").collect();
        assert_eq!(found, [(6, '\r'), (8, '\u{200B}')]);
    }
}
