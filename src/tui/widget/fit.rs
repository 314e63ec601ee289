//! Texts cut to a width, with a sign where something is missing.

use unicode_width::UnicodeWidthChar as _;

/// Cuts the end.
pub(in crate::tui) fn end(text: &str, width: usize) -> String {
    if crate::text::width(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or_default();
        if used > width {
            break;
        }
        cut.push(c);
    }
    if width > 0 {
        cut.push('…');
    }
    cut
}

/// Cuts the start: of a path, the end says more.
pub(in crate::tui) fn start(text: &str, width: usize) -> String {
    if crate::text::width(text) <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let mut kept: Vec<char> = Vec::new();
    for c in text.chars().rev() {
        used += c.width().unwrap_or_default();
        if used > width {
            break;
        }
        kept.push(c);
    }
    if width > 0 {
        kept.push('…');
    }
    kept.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("abcdef", 6, "abcdef", "abcdef")]
    #[case("abcdef", 4, "abc…", "…def")]
    #[case("日本語", 4, "日…", "…語")]
    #[case("abc", 0, "", "")]
    fn cuts(#[case] text: &str, #[case] width: usize, #[case] at_end: &str, #[case] at_start: &str) {
        assert_eq!((end(text, width).as_str(), start(text, width).as_str()), (at_end, at_start));
    }

    /// Characters whose widths depend on their neighbors, or that terminals give two columns.
    #[test]
    fn nothing_is_wider_than_it_may_be() {
        for text in ["👍🏽👍🏽👍🏽", "🇩🇪🇫🇷🇯🇵", "e\u{301}e\u{301}e\u{301}", "한국어", "가가", "ｆｕｌｌ", "لالالا", "a日b本c"]
        {
            for width in 0..10 {
                for cut in [end(text, width), start(text, width)] {
                    assert!(crate::text::width(&cut) <= width, "{text} {width}: {cut:?}");
                }
            }
        }
    }
}
