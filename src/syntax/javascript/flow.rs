//! Types of Flow, which the grammar of TypeScript's types nearly reads: what it cannot is taken out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::recent::{Page, Rule, With, patterns};

/// Most statements and casts of one text.
const MOST: usize = 20_000;

patterns! {
    STATEMENT = r"(?m)^[ \t]*((?:export\s+)?(?:declare\s+(?:export\s+)?(?:default\s+)?[A-Za-z]|opaque\s+type\s+\w|type\s+[A-Za-z_$][\w$]*\s*(?:<[^=;\n]*>)?\s*(?::[^=;\n]*)?=[^=>]|interface\s+[A-Za-z_$]|import\s+typeof\b|import\s+type\s+[^=;]*\bfrom\b|export\s+type\s*[{*]))";
    TYPEOF_NAME = r"[{,]\s*(typeof\s+[A-Za-z_$][\w$]*(?:\s+as\s+[A-Za-z_$][\w$]*)?)\s*[,}]";
    CHECKS = r"(%checks(?:\s*\([^)\n]*\))?)";
    MAYBE = r#"(?:[:<|&,(\[]|=>)\s*(\?)\s*[\w${(\[*?'"]"#;
    EXACT_OPEN = r"\{(\|)";
    EXACT_CLOSE = r"(\|)\}";
    EXISTENTIAL = r"[<,]\s*(\*)\s*[>,]";
    INEXACT = r"(\.\.\.)\s*[,}|]";
    SIGIL = r"[{,;|<\n]\s*([+-])\s*[A-Za-z_$\[][\w$\]]*\s*\??\s*[:>,=]";
    FUNCTION_BOUND = r"\bfunction\s*\*?\s*[\w$]*\s*(<[^()\n]*>)\s*\(";
    METHOD_BOUND = r"(?m)^\s*(?:async\s+|static\s+)*[\w$]+\s*(<[^()\n;]*:[^()\n;]*>)\s*\(";
    CLASS_BOUND = r"\bclass\s+[\w$]+\s*(<[^{}\n]*:[^{}\n]*>)";
    CAST = r"\(\s*[^\s(){};:,][^(){};:,?]*(?:\([^()]*\))?\s*(:)[^:]";
}

/// Takes out what only Flow knows.
pub(super) fn take_out(page: &mut Page) {
    statements(page);
    page.apply(&[
        Rule(&TYPEOF_NAME, With::Blanks),
        Rule(&CHECKS, With::Blanks),
        Rule(&MAYBE, With::Blanks),
        Rule(&EXACT_OPEN, With::Blanks),
        Rule(&EXACT_CLOSE, With::Blanks),
        Rule(&EXISTENTIAL, With::Sign(b'_')),
        Rule(&INEXACT, With::Blanks),
        Rule(&SIGIL, With::Blanks),
        Rule(&FUNCTION_BOUND, With::Blanks),
        Rule(&METHOD_BOUND, With::Blanks),
        Rule(&CLASS_BOUND, With::Blanks),
    ]);
    casts(page);
}

/// Declarations of types, from their first word to their end.
fn statements(page: &mut Page) {
    let starts: Vec<usize> =
        STATEMENT.captures_iter(&page.code).filter_map(|found| Some(found.get(1)?.start())).take(MOST).collect();
    let mut done = 0;
    for start in starts {
        if start < done {
            continue;
        }
        let end = statement_end(&page.code, start);
        page.blank(start..end);
        done = end;
    }
}

/// A statement ends at a semicolon outside of its brackets, or at a line end where the next line does not go on with it.
fn statement_end(code: &str, start: usize) -> usize {
    let bytes = code.as_bytes();
    let mut depth = 0_usize;
    let mut last = b' ';
    for (at, byte) in bytes.iter().copied().enumerate().skip(start) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
            }
            b';' if depth == 0 => return at + 1,
            b'\n' if depth == 0 => {
                let next = bytes.iter().skip(at).copied().find(|byte| !byte.is_ascii_whitespace()).unwrap_or(b';');
                if !b"=|&,:<?>".contains(&last) && !b"|&=?:.".contains(&next) {
                    return at;
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    bytes.len()
}

/// `(value: Type)`: the type goes. Parameters look the same, but a body or an arrow follows them.
fn casts(page: &mut Page) {
    let found: Vec<Range<usize>> = CAST
        .captures_iter(&page.code)
        .filter_map(|found| Some(found.get(0)?.start()..found.get(1)?.start()))
        .take(MOST)
        .collect();
    for Range { start: open, end: colon } in found {
        cast(page, open, colon);
    }
    // `((value: Type): Other)`: the outer one begins with a bracket.
    let doubled: Vec<usize> = page.code.match_indices("((").map(|(at, _)| at).take(MOST).collect();
    for open in doubled {
        let Some(inner) = page.closing(open + 1) else { continue };
        let rest = page.code.get(inner + 1..).unwrap_or_default();
        let colon = inner + 1 + (rest.len() - rest.trim_start().len());
        if page.code.get(colon..).is_some_and(|rest| rest.starts_with(':')) {
            cast(page, open, colon);
        }
    }
}

fn cast(page: &mut Page, open: usize, colon: usize) {
    let Some(close) = page.closing(open) else { return };
    let before = page.code.get(..open).unwrap_or_default().trim_end();
    let after = page.code.get(close + 1..).unwrap_or_default().trim_start();
    // Parameters stand behind a name, and before a body, an arrow or the type of what they yield.
    let named =
        before.ends_with(|c: char| c.is_ascii_alphanumeric() || "_$>)".contains(c)) && !before.ends_with("return");
    let parameters = after.starts_with("=>") || after.starts_with('{') && !before.ends_with("return");
    let typed = after.strip_prefix(':').is_some_and(|rest| {
        let end = rest.find([';', ')', ',', '\n']).unwrap_or(rest.len());
        rest.get(..end).is_some_and(|kind| kind.contains("=>") || kind.contains('{'))
    });
    if !named && !parameters && !typed {
        page.blank(colon..close);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::recent::rewritten;

    #[rstest]
    #[case("opaque type ID: string = string;\nf()", "                                \nf()")]
    #[case("export type P = {|\n  +x: number,\n|};\nf()", "                  \n             \n   \nf()")]
    #[case("declare var z: ?string\nf()", "                      \nf()")]
    #[case("import typeof A from './a';", "                           ")]
    #[case("import { type A, typeof B } from './a'", "import { type A,          } from './a'")]
    #[case("function f<T: Object>(x: ?T): T %checks { }", "function f           (x:  T): T         { }")]
    #[case("const y = ((cp: any): typeof cp);", "const y = ((cp     )           );")]
    #[case("const y = (1: any);", "const y = (1     );")]
    #[case("class A { +x: T; }", "class A {  x: T; }")]
    #[case("let a: Array<*>", "let a: Array<_>")]
    fn types_are_taken_out(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(rewritten(text, true).as_deref(), Some(expected));
    }

    #[rstest]
    #[case("const f = (x: any) => x")]
    #[case("const f = (x: any): T => x")]
    #[case("function f(x: any) { }")]
    #[case("type = 3")]
    #[case("declare(x)")]
    fn what_is_no_flow_stays(#[case] text: &str) {
        assert_eq!(rewritten(text, true), None);
    }
}
