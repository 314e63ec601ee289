//! Characters that act on a terminal or hide from the eye, and their visible marks.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

use super::lookalike::Lookalikes;
use super::source::Span;

/// Most code points drawn of one grapheme: stacked combining marks otherwise run over the lines above.
pub(super) const GRAPHEME: usize = 8;

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
/// line breaks and tabs too, so does a letter that passes for another, and of a grapheme of more than eight code points the
/// rest is counted. Nothing is dropped without a mark.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let mut lookalikes = Lookalikes::new(text);
    let mut marked = |(at, c): (usize, char)| is_hidden(c) || lookalikes.is(at, c);
    let (before, rest) = match (stacked(text), text.char_indices().find(|here| marked(*here))) {
        (true, _) => {
            lookalikes = Lookalikes::new(text);
            ("", text)
        }
        (false, Some((first, _))) => text.split_at(first),
        (false, None) => return Cow::Borrowed(text),
    };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(before);
    for (at, grapheme) in rest.grapheme_indices(true) {
        let (mut drawn, mut left) = (0, 0);
        for (inside, c) in grapheme.char_indices() {
            if is_hidden(c) || lookalikes.is(before.len() + at + inside, c) {
                shown.push_str(&uncounted(&mut left));
                shown.push_str(&mark(c));
                drawn = 0;
            } else if drawn < GRAPHEME {
                shown.push(c);
                drawn += 1;
            } else {
                left += 1;
            }
        }
        shown.push_str(&uncounted(&mut left));
    }
    Cow::Owned(shown)
}

/// The mark for the code points of a grapheme that are not drawn, of which there are none from now on.
fn uncounted(left: &mut usize) -> String {
    match std::mem::take(left) {
        0 => String::new(),
        left => rest_mark(left),
    }
}

/// The mark for code points of a grapheme that are not drawn.
pub(super) fn rest_mark(left: usize) -> String {
    format!("<+{left}>")
}

/// Whether a text may hold a grapheme of more code points than are drawn: all but its first are outside ASCII.
fn stacked(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        run = if c.is_ascii() { 0 } else { run + 1 };
        run >= GRAPHEME
    })
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

    #[rstest]
    #[case::eight("a", 7, "")]
    #[case::nine("a", 8, "<+1>")]
    #[case::after_a_space("word ", 31_736, "<+31729>")]
    #[case::without_a_base("", 20, "<+12>")]
    fn a_stack_of_combining_marks_is_cut_and_counted(#[case] base: &str, #[case] count: usize, #[case] rest: &str) {
        let text = format!("{base}{}b", "\u{301}".repeat(count));
        let drawn = count.min(if base.is_empty() { 8 } else { 7 });
        assert_eq!(escape(&text), format!("{base}{}{rest}b", "\u{301}".repeat(drawn)));
    }

    #[test]
    fn a_hidden_character_parts_a_stack() {
        let text = format!("a{}\u{34F}{}", "\u{301}".repeat(9), "\u{302}".repeat(9));
        let shown = format!("a{}<+2><U+034F>{}<+1>", "\u{301}".repeat(7), "\u{302}".repeat(8));
        assert_eq!(escape(&text), shown);
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
