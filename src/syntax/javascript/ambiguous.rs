//! Text that keeps the grammars of TypeScript in doubt: `a<b, a<b, ..` may be comparisons or the beginning of type arguments.
//!
//! The parser follows both readings and joins them at each comma; at the end of the text it goes through all the ways that
//! lead there, each as long as the text. No count of operations sees that, for it is one operation.

/// Angle brackets in doubt at one place. Code that people and minifiers write leaves two or three.
const MOST: usize = 64;

/// Whether so many `<` are in doubt at one place that a grammar with types must not read the text.
pub(super) fn is_flooded(text: &str) -> bool {
    // In doubt in each bracket that is open, innermost last, and in all of them.
    let mut open: Vec<usize> = vec![0];
    let mut all = 0;
    // Whether the last byte that is no blank ends something that can be compared.
    let mut operand = false;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' | b'\'' => {
                skip_string(&mut bytes, byte);
                operand = true;
                continue;
            }
            b'/' if bytes.peek() == Some(&b'/') => {
                bytes.by_ref().find(|byte| *byte == b'\n');
                continue;
            }
            b'(' | b'[' | b'{' => open.push(0),
            b')' | b']' | b'}' => {
                all -= open.pop().unwrap_or_default();
                if open.is_empty() {
                    open.push(0);
                }
            }
            b'<' if operand && !matches!(bytes.peek(), Some(b'<' | b'=')) => {
                if let Some(top) = open.last_mut() {
                    *top += 1;
                    all += 1;
                }
                if all > MOST {
                    return true;
                }
            }
            b'>' => {
                if let Some(top) = open.last_mut().filter(|top| **top > 0) {
                    *top -= 1;
                    all -= 1;
                }
            }
            // No type has these: the doubt is over.
            b';' | b'+' | b'*' | b'%' | b'!' | b'/' | b'^' | b'~' => all -= open.last_mut().map_or(0, std::mem::take),
            b'&' | b'|' | b'=' if bytes.peek() == Some(&byte) => all -= open.last_mut().map_or(0, std::mem::take),
            byte if byte.is_ascii_whitespace() => continue,
            _ => {}
        }
        operand = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b')' | b']') || !byte.is_ascii();
    }
    false
}

/// Goes behind a string that ends on its line.
fn skip_string(bytes: &mut impl Iterator<Item = u8>, quote: u8) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'\n' => return,
            byte if byte == quote => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::comparisons("a<b,", true)]
    #[case::with_blanks("a < b ,\n", true)]
    #[case::members("a.b<c.d|", true)]
    #[case::in_brackets("a<(b,", true)]
    #[case::in_objects("a<{b:", true)]
    #[case::statements("a<b;", false)]
    #[case::loops("for(i=0;i<n;i++){", false)]
    #[case::conditions("a<b&&", false)]
    #[case::type_arguments("f<T>(x),", false)]
    #[case::shifts("a<<b,", false)]
    #[case::elements("<a>b</a>,", false)]
    #[case::strings("'a<b',", false)]
    #[case::calls("f(a<b),", false)]
    fn only_what_stays_in_doubt_counts(#[case] piece: &str, #[case] flooded: bool) {
        assert_eq!(is_flooded(&piece.repeat(MOST + 2)), flooded, "{piece}");
        assert!(!is_flooded(&piece.repeat(MOST / 2)), "{piece}");
    }
}
