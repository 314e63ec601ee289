//! String literals of Python and JavaScript: their values, and how code puts one together from many.
//!
//! A scanner of its own and no grammar: what an analyst selects is seldom a whole program, and fifty layers of it are read in
//! a moment.

use super::decode;
use crate::text::Span;

/// Shortest value of [`longest`], bytes: shorter ones are names and keys.
const SHORTEST: usize = 16;

/// The value of a text that is nothing but literals: one, several joined by `+`, by standing side by side, or by `join` of a
/// list. `None` for anything else.
#[must_use]
pub fn value(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut parts = 0;
    let mut at = 0;
    // What `join` puts between the parts; only nothing is undone here.
    let mut last_empty = false;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(found) = Literal::at(text, at) {
            let value = found.value(text);
            last_empty = value.is_empty();
            out.extend(value);
            parts += 1;
            at = found.whole.end;
            continue;
        }
        let joined = rest.strip_prefix(".join").map(|rest| (rest.trim_start(), rest.len()));
        if let Some((after, left)) = joined {
            let by_argument = ["('')", "(\"\")", "(``)"].iter().any(|empty| after.starts_with(empty));
            if !last_empty && !by_argument {
                return None;
            }
            at = text.len() - left;
            continue;
        }
        let skip = joint(rest)?;
        at += skip;
    }
    (parts > 0).then_some(out)
}

/// The longest literal of a text, or run of joined ones, and its value; `None` where there is none worth the name.
#[must_use]
pub fn longest(text: &str) -> Option<(Span, Vec<u8>)> {
    let longer = |best: Option<Run>, run: Run| match best {
        Some(best) if best.length >= run.length => Some(best),
        _ => Some(run),
    };
    let best = runs(text).fold(None, longer)?;
    let value = best.value(text);
    (value.len() >= SHORTEST).then_some((best.span, value))
}

/// The literals of a text in order, those that are joined as one.
pub(super) fn runs(text: &str) -> impl Iterator<Item = Run> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut run: Option<Run> = None;
        while at < text.len() {
            if let Some(found) = Literal::at(text, at) {
                at = found.whole.end;
                match &mut run {
                    Some(run) => run.take(found),
                    None => run = Some(Run::new(found)),
                }
                continue;
            }
            let rest = text.get(at..).unwrap_or_default();
            match run.is_some().then(|| glue(rest)).flatten() {
                Some(skip) => at += skip,
                None if run.is_some() => break,
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        run
    })
}

/// The escapes of a literal's body undone. Escapes above `\x7f` are bytes, as in `b'\xff'`, unless the text holds characters
/// that no byte can be.
#[must_use]
pub fn unescaped(body: &str, bytes: bool) -> Vec<u8> {
    if !body.contains('\\') {
        return body.as_bytes().to_vec();
    }
    let text = decode::literal_escapes(body);
    let as_bytes = bytes || (body.is_ascii() && !body.contains("\\u"));
    let raw: Option<Vec<u8>> =
        as_bytes.then(|| text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()).flatten();
    raw.unwrap_or_else(|| text.into_bytes())
}

/// Literals that are joined.
pub(super) struct Run {
    pub(super) span: Span,
    parts: Vec<Literal>,
    length: usize,
}

impl Run {
    fn new(first: Literal) -> Self {
        Self { span: first.whole, length: first.body.end - first.body.start, parts: vec![first] }
    }

    fn take(&mut self, next: Literal) {
        self.span.end = next.whole.end;
        self.length += next.body.end - next.body.start;
        self.parts.push(next);
    }

    /// Bytes between the quotes.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// What the literals stand for, joined.
    pub(super) fn value(&self, text: &str) -> Vec<u8> {
        self.parts.iter().flat_map(|literal| literal.value(text)).collect()
    }
}

/// A literal in a text.
struct Literal {
    whole: Span,
    body: Span,
    raw: bool,
    bytes: bool,
}

impl Literal {
    /// The literal that begins at a place, with its prefix.
    fn at(text: &str, at: usize) -> Option<Self> {
        let all = text.as_bytes();
        let letters = all.get(at..)?.iter().take(3).take_while(|byte| b"rRbBuUfF".contains(byte)).count();
        let word_before = at.checked_sub(1).and_then(|before| all.get(before)).is_some_and(|b| part_of_word(*b));
        if letters > 2 || word_before {
            return None;
        }
        let open = at + letters;
        let quote = *all.get(open)?;
        if !matches!(quote, b'\'' | b'"' | b'`') || (quote == b'`' && letters > 0) {
            return None;
        }
        let prefix = all.get(at..open)?.to_ascii_lowercase();
        let triple = quote != b'`' && all.get(open..open + 3) == Some(&[quote; 3]);
        let width = if triple { 3 } else { 1 };
        let from = open + width;
        let mut here = from;
        loop {
            let byte = *all.get(here)?;
            if byte == b'\\' {
                here += 2;
            } else if byte == quote && (!triple || all.get(here..here + 3) == Some(&[quote; 3])) {
                break;
            } else if byte == b'\n' && !triple && quote != b'`' {
                return None;
            } else {
                here += 1;
            }
        }
        // Prefix and quotes are ASCII, so both ends are between characters.
        Some(Self {
            whole: Span { start: at, end: here + width },
            body: Span { start: from, end: here },
            raw: prefix.contains(&b'r'),
            bytes: prefix.contains(&b'b'),
        })
    }

    fn value(&self, text: &str) -> Vec<u8> {
        let body = text.get(self.body.start..self.body.end).unwrap_or_default();
        if self.raw { body.as_bytes().to_vec() } else { unescaped(body, self.bytes) }
    }
}

/// Length of what joins two literals and nothing else: `+`, white space, a continued line.
fn glue(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    match first {
        '+' => Some(1),
        c if c.is_whitespace() => Some(c.len_utf8()),
        '\\' if rest.starts_with("\\\n") => Some(2),
        '\\' if rest.starts_with("\\\r\n") => Some(3),
        _ => None,
    }
}

/// Length of what may stand around literals that are joined: also brackets, commas and `concat`.
fn joint(rest: &str) -> Option<usize> {
    if let Some(skip) = glue(rest) {
        return Some(skip);
    }
    let first = rest.chars().next()?;
    match first {
        '(' | ')' | '[' | ']' | ',' | ';' => Some(1),
        _ => rest.starts_with(".concat").then_some(7),
    }
}

fn part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}
