//! Where statements may start, for a text that is cut. It errs where a template or a regular expression looks like code; the
//! parser's answer on both sides of a cut decides what is kept.

/// Bytes of a statement, or of several short ones, before the next may start; a word that only begins statements may do so
/// sooner.
const SHORT: usize = 256;
/// Bytes after which a text is cut anywhere.
const LONG: usize = 8 << 10;

/// Words that begin statements.
const WORDS: [&str; 17] = [
    "async", "await", "class", "const", "export", "for", "function", "if", "import", "let", "module", "require",
    "return", "throw", "try", "var", "while",
];

/// Offsets, ascending, the first 0.
pub(super) fn of(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    let (mut last, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at).copied() {
        at = match byte {
            b'"' | b'\'' => behind_string(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => find(bytes, at, b"\n"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => find(bytes, at + 2, b"*/") + 2,
            _ => at + 1,
        };
        let length = at - last;
        let start = match byte {
            b'\n' => length >= SHORT || starts_statement(text, at),
            b';' => length >= SHORT,
            _ => length >= LONG,
        };
        if start && at < bytes.len() && text.is_char_boundary(at) {
            starts.push(at);
            last = at;
        }
    }
    starts
}

/// Whether a line begins with a word that begins statements, or follows an empty one.
fn starts_statement(text: &str, at: usize) -> bool {
    let line = text.get(at..).unwrap_or_default();
    if line.starts_with(|c: char| c.is_whitespace() || c == '}') {
        return false;
    }
    let word = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next().unwrap_or_default();
    WORDS.contains(&word) || text.get(..at).is_some_and(|before| before.ends_with("\n\n"))
}

/// The place behind a string that ends on its line.
fn behind_string(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            byte if Some(byte) == bytes.get(quote) => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(what.len()).position(|window| window == what).map_or(bytes.len(), |found| from + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        crate::syntax::stretch::pieces(text, of)
    }

    #[test]
    fn a_word_that_begins_statements_starts_one_behind_anything() {
        let bad = format!("{}\n", "{([".repeat(50));
        assert_eq!(pieces(&format!("{bad}require('x')\n")), [bad.as_str(), "require('x')\n"]);
        assert_eq!(pieces("x=`${\nx=`${\n\nrun()"), ["x=`${\nx=`${\n\n", "run()"]);
    }

    #[test]
    fn short_statements_stay_together_and_long_ones_are_cut() {
        let text = "a=1;".repeat(1000);
        let all = pieces(&text);
        assert!(all.len() > 10 && all.iter().rev().skip(1).all(|piece| (SHORT..SHORT + 4).contains(&piece.len())));
        assert!(pieces(&"(".repeat(LONG * 3)).iter().all(|piece| piece.len() <= LONG));
        assert_eq!(pieces(&format!("'{}'", "a;".repeat(1000))).len(), 1);
    }
}
