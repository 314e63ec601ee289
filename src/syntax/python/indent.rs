//! Keeps the grammar's scanner from ending the process.
//!
//! The scanner saves its stack of indentations in 1,024 bytes, two for each, with up to 257 bytes before them, and the
//! library aborts when they do not fit. The stack only ever holds rising widths, so it cannot be longer than the number of
//! different widths in the text: wider lines than the [`WIDTHS`] smallest are moved to the left edge. Python itself allows a
//! hundred levels.

use std::collections::BTreeSet;
use std::ops::Range;

/// Different indentations left in a text: 257 + 2 x 380 < 1,024.
const WIDTHS: usize = 380;

/// Blanks that start a line, as the scanner measures them.
struct Indent {
    width: u16,
    blanks: Range<usize>,
}

/// Moves lines to the left edge where a text has too many different indentations.
pub(super) fn limit(text: &str, masked: &mut Option<String>) {
    // After other masks: a joined comment has no line starts in it.
    let source = masked.as_deref().unwrap_or(text);
    let mut widths = BTreeSet::new();
    for indent in indents(source) {
        widths.insert(indent.width);
    }
    let Some(widest) = widths.iter().nth(WIDTHS).copied() else { return };
    let wide: Vec<Range<usize>> =
        indents(source).filter(|indent| indent.width >= widest).map(|indent| indent.blanks).collect();
    let out = masked.get_or_insert_with(|| text.to_owned());
    for blanks in wide.into_iter().filter(|blanks| !blanks.is_empty()) {
        // A form feed sets the width back to nothing.
        out.replace_range(blanks.clone(), &(" ".repeat(blanks.len() - 1) + "\x0c"));
    }
}

/// Where lines of code start. A continued blank line adds to the width of the next, as in the scanner.
fn indents(text: &str) -> impl Iterator<Item = Indent> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            // The next line, from its first byte.
            let line = at + bytes.get(at..)?.iter().position(|b| *b == b'\n')? + 1;
            let (mut end, mut width) = (line, 0_u16);
            loop {
                end += match bytes.get(end..).unwrap_or_default() {
                    [b' ', ..] => {
                        width = width.wrapping_add(1);
                        1
                    }
                    [b'\t', ..] => {
                        width = width.wrapping_add(8);
                        1
                    }
                    [b'\r' | 0x0c, ..] => {
                        width = 0;
                        1
                    }
                    [b'\\', b'\n', ..] => 2,
                    [b'\\', b'\r', b'\n', ..] => 3,
                    _ => break,
                };
            }
            at = end;
            match bytes.get(end) {
                // A blank line.
                Some(b'\n') | None => {}
                Some(_) => return Some(Indent { width, blanks: line..end }),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_text_stays() {
        let text: String = (0..100).map(|i| format!("{}if a:\n", " ".repeat(i))).collect();
        let mut masked = None;
        limit(&text, &mut masked);
        assert_eq!(masked, None);
    }

    #[test]
    fn no_more_widths_are_left_than_the_scanner_can_save() {
        let text: String =
            (0..1_000).map(|i| format!("if a:\n{}\\\n{}", " ".repeat(i / 2), " ".repeat(i - i / 2))).collect();
        let mut masked = None;
        limit(&text, &mut masked);
        let masked = masked.unwrap();
        assert_eq!(masked.len(), text.len());
        assert!(indents(&masked).map(|indent| indent.width).collect::<BTreeSet<_>>().len() <= WIDTHS + 1);
    }
}
