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
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let next = bytes.get(at + 1).copied();
        at += 1;
        match (byte, next) {
            (b'"' | b'\'' | b'`', _) => {
                at = behind_string(bytes, at, byte);
                operand = true;
                continue;
            }
            (b'/', Some(b'/')) => {
                at = behind(bytes, at, b"\n");
                continue;
            }
            (b'/', Some(b'*')) => {
                at = behind(bytes, at + 1, b"*/");
                continue;
            }
            (b'(' | b'[' | b'{', _) => open.push(0),
            (b')' | b']' | b'}', _) => {
                all -= open.pop().unwrap_or_default();
                if open.is_empty() {
                    open.push(0);
                }
            }
            (b'<', next) if operand && !matches!(next, Some(b'<' | b'=')) => {
                if let Some(top) = open.last_mut() {
                    *top += 1;
                    all += 1;
                }
                if all > MOST {
                    return true;
                }
            }
            // An arrow closes nothing.
            (b'=', Some(b'>')) => at += 1,
            (b'>', _) => {
                if let Some(top) = open.last_mut().filter(|top| **top > 0) {
                    *top -= 1;
                    all -= 1;
                }
            }
            // No type has these: the doubt is over.
            (b';' | b'+' | b'*' | b'%' | b'!' | b'/' | b'^' | b'~', _)
            | (b'&', Some(b'&'))
            | (b'|', Some(b'|'))
            | (b'=', Some(b'=')) => all -= open.last_mut().map_or(0, std::mem::take),
            (byte, _) if byte.is_ascii_whitespace() => continue,
            _ => {}
        }
        operand = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b')' | b']') || !byte.is_ascii();
    }
    false
}

/// The place behind a string: one of quotes ends on its line; one of backticks with code in it is read as code.
fn behind_string(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at).copied() {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            b'$' if quote == b'`' && bytes.get(at) == Some(&b'{') => return from,
            byte if byte == quote => return at,
            _ => {}
        }
    }
    // One that never ends may be none.
    if quote == b'`' { from } else { at }
}

fn behind(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(what.len()).position(|window| window == what).map_or(bytes.len(), |found| from + found + what.len())
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
    #[case::as_functions("a<(b)=>c,", true)]
    #[case::with_comments("a</*;*/b,", true)]
    #[case::with_templates("a<`;`,", true)]
    #[case::in_templates("`${a<b,`", true)]
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
