//! Where the grammar differs from the interpreter: the parser gets a text of the same length that it reads rightly.
//!
//! Spans stay true, and names and literals are taken from the real text.

use std::borrow::Cow;

/// Continued blank lines, or lines of comment, in a row that are left as they are. The grammar's scanner reads ahead over all
/// of them before each one: fifty thousand cost a minute.
const RUN: usize = 32;

/// Python ends lines at a lone carriage return as well, the grammar does not: code behind `# comment\r` would be lost.
pub(super) fn unify_line_ends(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let lone = |i: usize| bytes.get(i) == Some(&b'\r') && bytes.get(i + 1) != Some(&b'\n');
    if !text.contains('\r') || !(0..bytes.len()).any(lone) {
        return Cow::Borrowed(text);
    }
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        out.push(if c == '\r' && chars.peek() != Some(&'\n') { '\n' } else { c });
    }
    Cow::Owned(out)
}

/// The text to parse.
pub(super) fn for_parser(text: &str) -> Cow<'_, str> {
    let mut masked = None;
    mask_exec(text, &mut masked);
    mask_lazy(text, &mut masked);
    mask_defaults(text, &mut masked);
    mask_continuations(text, &mut masked);
    join_comments(text, &mut masked);
    super::indent::limit(text, &mut masked);
    masked.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The grammar knows Python 2's `exec` of a name or a literal only. `exec value` at the start of a statement is written as the
/// equally long `del  value`, which takes any expression; the lowering of `del` reads the word in the real text.
fn mask_exec(text: &str, masked: &mut Option<String>) {
    for (at, word) in text.match_indices("exec") {
        let before = text.get(..at).unwrap_or("").trim_end_matches([' ', '\t']);
        let starts = before.is_empty() || before.ends_with(['\n', ';', ':']);
        let after = text.get(at + word.len()..).unwrap_or("");
        let value = after.trim_start_matches([' ', '\t']);
        let operand =
            value.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\'' | '`' | '[' | '{'));
        let next = value.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        let operator = matches!(next, "in" | "is" | "and" | "or" | "if" | "not" | "for" | "else" | "as");
        if starts && operand && !operator && value.len() < after.len() {
            masked.get_or_insert_with(|| text.to_owned()).replace_range(at..at + word.len(), "del ");
        }
    }
}

/// `lazy import a` imports when the name is first used (PEP 810), which may be at once. Blanks would be an indent: a statement
/// that says nothing takes the place of the word.
fn mask_lazy(text: &str, masked: &mut Option<String>) {
    for (at, word) in text.match_indices("lazy ") {
        let before = text.get(..at).unwrap_or("").trim_end_matches([' ', '\t']);
        let starts = before.is_empty() || before.ends_with(['\n', ';', ':']);
        let next = text.get(at + word.len()..).unwrap_or("").trim_start_matches([' ', '\t']);
        if starts && (next.starts_with("import ") || next.starts_with("from ")) {
            masked.get_or_insert_with(|| text.to_owned()).replace_range(at..at + word.len(), "0;   ");
        }
    }
}

/// `class A[T = int]`: the grammar lacks defaults of type parameters (PEP 696), which run only if somebody asks for them.
fn mask_defaults(text: &str, masked: &mut Option<String>) {
    for word in ["class ", "def ", "type "] {
        for (at, _) in text.match_indices(word) {
            let before = text.get(..at).unwrap_or("").trim_end_matches([' ', '\t']);
            let starts = before.is_empty() || before.ends_with(['\n', ';', ':']) || before.ends_with("async");
            let rest = text.get(at + word.len()..).unwrap_or("");
            let name =
                rest.trim_start_matches([' ', '\t']).trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            let open = at + word.len() + (rest.len() - name.len());
            if starts && name.len() < rest.len() && name.starts_with('[') {
                for default in defaults(text, open) {
                    masked
                        .get_or_insert_with(|| text.to_owned())
                        .replace_range(default.clone(), &" ".repeat(default.len()));
                }
            }
        }
    }
}

/// The defaults in a list of type parameters that opens at a place: from each `=` up to the comma or the end.
fn defaults(text: &str, open: usize) -> Vec<std::ops::Range<usize>> {
    /// Longest list that is looked through, bytes.
    const LONGEST: usize = 1 << 12;
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut from = None;
    let mut quote = None;
    for (at, c) in text.get(open..).unwrap_or("").char_indices().take(LONGEST) {
        match (quote, c) {
            (Some(sign), _) => quote = Some(sign).filter(|sign| *sign != c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '=') if depth == 1 => from = from.or(Some(open + at)),
            (None, ',') if depth == 1 => found.extend(from.take().map(|from| from..open + at)),
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.extend(from.take().map(|from| from..open + at));
                    return found;
                }
            }
            _ => {}
        }
    }
    // A list without an end is none.
    Vec::new()
}

/// Writes blanks over long runs of backslashes at line ends, but for the first of them.
fn mask_continuations(text: &str, masked: &mut Option<String>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        let (mut end, mut count, mut first) = (start, 0, start);
        loop {
            end += match bytes.get(end..).unwrap_or_default() {
                [b'\\', b'\n', ..] => 2,
                [b'\\', b'\r', b'\n', ..] => 3,
                _ => break,
            };
            if count == 0 {
                first = end;
            }
            count += 1;
            end += bytes.get(end..).unwrap_or_default().iter().take_while(|b| matches!(b, b' ' | b'\t' | 0x0c)).count();
        }
        if count > RUN {
            masked.get_or_insert_with(|| text.to_owned()).replace_range(first..end, &" ".repeat(end - first));
        }
        at = end.max(start + 1);
    }
}

/// Makes one comment of a long run of lines of comment. True inside a string as well: a line that starts with `#` and follows
/// another is either part of the string still, or a comment.
fn join_comments(text: &str, masked: &mut Option<String>) {
    let is_break = |c: char| matches!(c, '\n' | '\r');
    let (mut start, mut end, mut count) = (0, 0, 0);
    let mut at = 0;
    // The empty last line ends the last run.
    for line in text.split_inclusive('\n').chain(std::iter::once("end")) {
        let word = line.trim_matches([' ', '\t', '\x0c', '\n', '\r']);
        if word.starts_with('#') {
            if count == 0 {
                start = at;
            }
            count += 1;
            end = at + line.trim_end_matches(is_break).len();
        } else if !word.is_empty() && word != "\\" {
            if count > RUN {
                let lines = text.get(start..end).unwrap_or("").split_inclusive('\n');
                let joined: String = lines
                    .map(|line| if line.trim() == "\\" { line.replace('\\', " ") } else { line.to_owned() })
                    .map(|line| line.replace(is_break, " "))
                    .collect();
                masked.get_or_insert_with(|| text.to_owned()).replace_range(start..end, &joined);
            }
            count = 0;
        }
        at += line.len();
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("exec code", "del  code")]
    #[case("if a: exec 'b' in c", "if a: del  'b' in c")]
    #[case("exec(code)", "exec(code)")]
    #[case("exec = 1", "exec = 1")]
    #[case("x.exec y", "x.exec y")]
    #[case("exec in names", "exec in names")]
    #[case("a = b + \\\n c", "a = b + \\\n c")]
    #[case("lazy import a", "0;   import a")]
    #[case("x = 1; lazy from a import b", "x = 1; 0;   from a import b")]
    #[case("lazy = 1", "lazy = 1")]
    #[case("class A[T = int, **P = [int, str]]: pass", "class A[T      , **P             ]: pass")]
    #[case("def f[T: (str, bytes), U = ']']() -> T: pass", "def f[T: (str, bytes), U      ]() -> T: pass")]
    #[case("type B[*Ts = *tuple[int, ...]] = int", "type B[*Ts                   ] = int")]
    #[case("type[a] = 1", "type[a] = 1")]
    #[case("async def f[T = int](a=1): pass", "async def f[T      ](a=1): pass")]
    fn what_the_grammar_lacks_is_masked(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(for_parser(text), expected);
    }

    #[test]
    fn a_long_run_of_continued_lines_is_blanked() {
        let text = format!("a = {}b", "\\\n \\\r\n".repeat(50));
        let masked = for_parser(&text);
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked.matches('\\').count(), 1);
        assert!(masked.ends_with(" b"));
    }

    #[test]
    fn a_long_run_of_comments_becomes_one() {
        let text = format!("if a:\n  b\n{}  c\n", "  # '\n\\\n\r\n".repeat(50));
        let masked = for_parser(&text);
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked.lines().filter(|line| line.trim_start().starts_with('#')).count(), 1);
        assert!(masked.ends_with("\n  c\n"));
        assert!(!masked.contains('\\') || masked.matches('\\').count() == 1);
    }

    #[rstest]
    #[case("a\rb\r\nc\n", "a\nb\r\nc\n")]
    #[case("a\n\r", "a\n\n")]
    fn a_lone_carriage_return_ends_a_line(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(unify_line_ends(text), expected);
    }
}
