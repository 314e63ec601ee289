//! Where statements may start, for a text that is cut: at lines that are not indented, outside strings of three quotes.

/// Bytes of a statement, or of several short ones, before the next may start; a word that only begins statements may do so
/// sooner.
const SHORT: usize = 256;
/// Bytes after which a text is cut at any line, and anywhere.
const LONG: usize = 8 << 10;
const LONGEST: usize = 2 * LONG;

/// Words that begin statements.
const WORDS: [&str; 14] =
    ["@", "async", "class", "def", "del", "exec", "for", "from", "if", "import", "print", "try", "while", "with"];

/// Offsets, ascending, the first 0.
pub(super) fn of(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let (mut last, mut at) = (0, 0);
    let mut open = None;
    let mut blank = false;
    for line in text.split_inclusive('\n') {
        let first = line.chars().next().unwrap_or(' ');
        let begins = open.is_none() && !first.is_whitespace() && !matches!(first, ')' | ']' | '}' | '#');
        let soon = blank || WORDS.iter().any(|word| is_word(line, word));
        if at > last && (begins && (soon || at - last >= SHORT) || at - last >= LONG) {
            starts.push(at);
            last = at;
        }
        let end = at + line.len();
        while end - last > LONGEST {
            let cut = (last + LONGEST..end).find(|cut| text.is_char_boundary(*cut)).unwrap_or(end);
            if cut == end {
                break;
            }
            starts.push(cut);
            last = cut;
        }
        open = strings(line, open);
        blank = line.trim().is_empty();
        at = end;
    }
    starts
}

fn is_word(line: &str, word: &str) -> bool {
    let rest = line.strip_prefix(word);
    rest.is_some_and(|rest| word == "@" || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The quote of the string of three that is open behind a line, given the one before it.
fn strings(line: &str, mut open: Option<u8>) -> Option<u8> {
    let bytes = line.as_bytes();
    let three = |at: usize, quote: u8| bytes.get(at..at + 3).is_some_and(|next| next.iter().all(|byte| *byte == quote));
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        match (open, byte) {
            (_, b'\\') => at += 1,
            (Some(quote), _) if three(at, quote) => {
                open = None;
                at += 2;
            }
            (Some(_), _) => {}
            (None, b'#') => return None,
            (None, b'"' | b'\'') if three(at, byte) => {
                open = Some(byte);
                at += 2;
            }
            (None, b'"' | b'\'') => {
                at += 1;
                while let Some(inner) = bytes.get(at).filter(|inner| **inner != byte && **inner != b'\n') {
                    at += if *inner == b'\\' { 2 } else { 1 };
                }
            }
            (None, _) => {}
        }
        at += 1;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        crate::syntax::stretch::pieces(text, of)
    }

    #[test]
    fn a_word_that_begins_statements_starts_one_behind_anything() {
        let bad = "x=(\n".repeat(5);
        assert_eq!(pieces(&format!("{bad}import os\nos.system('x')\n")), [bad.as_str(), "import os\nos.system('x')\n"]);
    }

    #[test]
    fn what_stands_in_a_string_starts_nothing() {
        let text = "a = '''\nimport os\n'''\nimport sys\n";
        assert_eq!(pieces(text), ["a = '''\nimport os\n'''\n", "import sys\n"]);
        assert_eq!(pieces("a = 'it' # '''\nimport b\n"), ["a = 'it' # '''\n", "import b\n"]);
    }

    #[test]
    fn what_is_long_is_cut() {
        assert!(pieces(&"  (\n".repeat(LONG)).iter().all(|piece| piece.len() <= LONG + 4));
        assert!(pieces(&"é(".repeat(LONG * 4)).iter().all(|piece| piece.len() <= LONGEST + 1));
    }
}
