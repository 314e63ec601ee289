//! Where a code file talks to people: comments and Python's docstrings. One pass; what it cannot tell is code.

use crate::syntax::ir::Language;

/// Byte ranges of comments in order. Strings and regular expressions are stepped over, so that `'http://a'` is no comment.
pub(in crate::evidence) fn ranges(text: &str, language: Language) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let python = language == Language::Python;
    let mut found = Vec::new();
    let mut at = 0;
    // The last byte that was neither blank nor comment: what a `/` or a string follows says what it is.
    let mut last = b';';
    while let Some(byte) = bytes.get(at).copied() {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let end = match byte {
            b'#' if python => {
                let end = to_line_end(bytes, at);
                found.push((at, end));
                at = end;
                continue;
            }
            b'/' if !python && rest.starts_with(b"//") => {
                let end = to_line_end(bytes, at);
                found.push((at, end));
                at = end;
                continue;
            }
            b'/' if !python && rest.starts_with(b"/*") => {
                let end = text.get(at + 2..).and_then(|t| t.find("*/")).map_or(bytes.len(), |found| at + found + 4);
                found.push((at, end));
                at = end;
                continue;
            }
            b'/' if !python
                && matches!(
                    last,
                    b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b'}' | b';'
                ) =>
            {
                regex_end(bytes, at)
            }
            b'"' | b'\'' if python && rest.starts_with(&[byte; 3]) => {
                let end = string_end(bytes, at + 3, &[byte; 3], false);
                // A statement that is only a string; one that follows an operator or bracket is a value.
                if !matches!(last, b'(' | b',' | b'[' | b'{' | b'=' | b'+' | b'%' | b'\\' | b'.')
                    && begins_line(bytes, at)
                {
                    found.push((at, end));
                }
                end
            }
            b'"' | b'\'' => string_end(bytes, at + 1, &[byte], true),
            b'`' if !python => string_end(bytes, at + 1, b"`", false),
            _ => at + 1,
        };
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
        at = end.max(at + 1);
    }
    found
}

/// Whether an offset lies in one of the ranges.
pub(super) fn holds(ranges: &[(usize, usize)], offset: usize) -> bool {
    let after = ranges.partition_point(|(start, _)| *start <= offset);
    after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, end)| offset < *end)
}

fn to_line_end(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).position(|b| *b == b'\n').map_or(bytes.len(), |found| at + found)
}

/// Whether only blanks and a string's prefix stand before on the line.
fn begins_line(bytes: &[u8], at: usize) -> bool {
    let front = bytes.get(..at).unwrap_or(&[]);
    let front = front.iter().rev().skip_while(|b| matches!(b, b'r' | b'R' | b'u' | b'U'));
    front.copied().find(|b| !matches!(b, b' ' | b'\t')).is_none_or(|b| b == b'\n')
}

/// The end of a string that began before `at`; one of a single line ends with it.
fn string_end(bytes: &[u8], mut at: usize, close: &[u8], one_line: bool) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if one_line => return at,
            _ if bytes.get(at..).is_some_and(|rest| rest.starts_with(close)) => return at + close.len(),
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Longest pattern: what is not closed by then was a division, and looking on would make many of them quadratic.
const MAX_REGEX: usize = 4096;

fn regex_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    let mut class = false;
    while let Some(byte) = bytes.get(at).filter(|_| at - start < MAX_REGEX) {
        match byte {
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return at + 1,
            // It was a division.
            b'\n' => return start + 1,
            _ => {}
        }
        at += 1;
    }
    start + 1
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("x = 'http://a' # see http://b\n", "# see http://b")]
    #[case("\"\"\"Docs of it.\"\"\"\nx = 1", "\"\"\"Docs of it.\"\"\"")]
    #[case("def f():\n    r'''Docs'''\n", "'''Docs'''")]
    #[case("exec(\n'''code''')", "")]
    #[case("a = '#' + \"it's\" # c", "# c")]
    fn python(#[case] text: &str, #[case] expected: &str) {
        check(text, Language::Python, expected);
    }

    #[rstest]
    #[case("fetch('http://a') // see http://b\nx", "// see http://b")]
    #[case("/* a\n b */ f()", "/* a\n b */")]
    #[case("x = /\"[/]\\//.test(y) // c", "// c")]
    #[case("x = `// ${a}`; // c", "// c")]
    #[case("a = b / c; // d", "// d")]
    fn javascript(#[case] text: &str, #[case] expected: &str) {
        check(text, Language::JavaScript, expected);
    }

    fn check(text: &str, language: Language, expected: &str) {
        let found = ranges(text, language);
        let shown: Vec<&str> = found.iter().map(|(start, end)| &text[*start..*end]).collect();
        assert_eq!(shown.join("|"), expected);
        assert!(found.iter().all(|(start, end)| holds(&found, *start) && !holds(&found, *end)));
    }
}
