//! The values of literals: escapes of strings and templates, number notations.

/// The text that a string literal's inner part stands for. An escape that JavaScript would refuse stands for itself.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = escape(after, &mut out);
    }
    out.push_str(rest);
    out
}

/// Writes what the escape at the start of `text` (its backslash taken off) stands for and returns the text after it.
fn escape<'t>(text: &'t str, out: &mut String) -> &'t str {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return text };
    let rest = chars.as_str();
    let plain = match first {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        // A line continued: the break is not part of the text.
        '\r' => return rest.strip_prefix('\n').unwrap_or(rest),
        '\n' | '\u{2028}' | '\u{2029}' => return rest,
        'x' => return number(rest, 2, out).unwrap_or(rest),
        'u' => return unicode(rest, out).unwrap_or(rest),
        '0'..='7' => return octal(text, out),
        other => other,
    };
    out.push(plain);
    rest
}

/// Reads exactly `digits` hexadecimal digits as one character.
fn number<'t>(text: &'t str, digits: usize, out: &mut String) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(digits)?;
    out.push(character(code(head)?));
    Some(rest)
}

/// Reads `XXXX`, a surrogate pair of two such escapes, or `{X...}`.
fn unicode<'t>(text: &'t str, out: &mut String) -> Option<&'t str> {
    if let Some(braced) = text.strip_prefix('{') {
        let (head, rest) = braced.split_once('}')?;
        out.push(character(code(head)?));
        return Some(rest);
    }
    let (head, rest) = text.split_at_checked(4)?;
    let high = code(head)?;
    let pair = (0xD800..0xDC00).contains(&high).then(|| low_surrogate(rest)).flatten();
    if let Some((low, rest)) = pair {
        out.push(character(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
        return Some(rest);
    }
    out.push(character(high));
    Some(rest)
}

fn low_surrogate(text: &str) -> Option<(u32, &str)> {
    let (head, rest) = text.strip_prefix("\\u")?.split_at_checked(4)?;
    code(head).filter(|low| (0xDC00..0xE000).contains(low)).map(|low| (low, rest))
}

/// Up to three octal digits, at most `377`.
fn octal<'t>(text: &'t str, out: &mut String) -> &'t str {
    let most = if text.starts_with(['0', '1', '2', '3']) { 3 } else { 2 };
    let length = text.bytes().take(most).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let (digits, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    out.push(character(u32::from_str_radix(digits, 8).unwrap_or_default()));
    rest
}

fn code(digits: &str) -> Option<u32> {
    if digits.starts_with('+') {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// A lone surrogate has no place in a Rust string.
fn character(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The value of a number literal in any notation. A big integer is read as the nearest double.
pub(super) fn parse_number(text: &str) -> f64 {
    let text: String = text.chars().filter(|c| *c != '_').collect();
    let text = text.strip_suffix('n').unwrap_or(&text);
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, text.get(2..)),
        [b'0', b'o' | b'O', ..] => (8, text.get(2..)),
        [b'0', b'b' | b'B', ..] => (2, text.get(2..)),
        // The old octal notation.
        [b'0', rest @ ..] if !rest.is_empty() && rest.iter().all(|b| (b'0'..=b'7').contains(b)) => (8, text.get(1..)),
        _ => return text.parse().unwrap_or(f64::NAN),
    };
    let digits = digits.unwrap_or_default().chars();
    digits.filter_map(|c| c.to_digit(radix)).fold(0.0, |value, digit| value * f64::from(radix) + f64::from(digit))
}

/// A number as a property name.
pub(super) fn number_name(value: f64) -> String {
    // Rust writes the shortest digits that read back as the same double, as JavaScript does below 1e21.
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r"plain", "plain")]
    #[case(r"a\nb\tc\\d", "a\nb\tc\\d")]
    #[case(r"\x65\x76al", "eval")]
    #[case(r"\u0065\u{76}\u{00061}l", "eval")]
    #[case(r"\145\166\1541", "evl1")]
    #[case(r"\0", "\0")]
    #[case(r"\477", "'7")]
    #[case(r"\uD83D\uDE00!", "\u{1F600}!")]
    #[case(r"\uD83Dx", "\u{FFFD}x")]
    #[case("a\\\nb\\\r\nc\\\u{2028}d", "abcd")]
    #[case(r#"\'\"\q"#, "'\"q")]
    #[case(r"\xZZ\u12\u{zz", "ZZ12{zz")]
    #[case("end\\", "end")]
    #[case("\\x\u{e9}1", "\u{e9}1")]
    fn strings_are_unescaped(#[case] raw: &str, #[case] value: &str) {
        assert_eq!(unescape(raw), value);
    }

    #[rstest]
    #[case("0", 0.0)]
    #[case("1_000", 1000.0)]
    #[case("0xFf", 255.0)]
    #[case("0b101", 5.0)]
    #[case("0o17", 15.0)]
    #[case("017", 15.0)]
    #[case("089", 89.0)]
    #[case(".5e1", 5.0)]
    #[case("5.", 5.0)]
    #[case("123n", 123.0)]
    #[case("0x1fn", 31.0)]
    fn numbers_are_read(#[case] text: &str, #[case] value: f64) {
        assert_eq!(parse_number(text), value);
    }
}
