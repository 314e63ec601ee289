//! A pattern ready to search with, and the texts that it searches.

use std::ops::Range;

use super::Hit;
use super::query::{Mode, QueryError};
use crate::text::{Source, Span};

/// Largest automaton of a regular expression, bytes: what is larger takes long for every byte that it reads.
const SIZE: usize = 2 << 20;
/// Memory of a lazily made automaton, bytes.
const CACHE: usize = 8 << 20;
/// An expression with a larger automaton than this is heavy: it takes long for every byte.
const HEAVY: usize = 160 << 10;
/// Bytes that a heavy expression is given at once.
const STRETCH: usize = 2 << 10;

/// A pattern of any mode. Every search is linear in what it reads: there is no backtracking.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// For texts; `None` where the pattern is one of bytes.
    text: Option<regex::Regex>,
    /// For what is no text, and for patterns of bytes.
    bytes: regex::bytes::Regex,
    /// Whether it is a plain text, which is found at the speed of memory.
    quick: bool,
    /// Whether it takes long for every byte that it reads.
    heavy: bool,
}

/// What is searched.
pub(super) enum Text<'a> {
    /// A decoded text.
    Text(&'a str),
    /// Bytes of a file; with the file's text, where it has one.
    Bytes(&'a [u8], Option<&'a Source>),
}

impl Pattern {
    /// Reads what was typed for a mode.
    ///
    /// # Errors
    /// When it is empty or cannot be read; the error says where.
    pub fn new(typed: &str, mode: Mode) -> Result<Self, QueryError> {
        if typed.trim().is_empty() && (typed.is_empty() || mode != Mode::Literal) {
            return Err(QueryError::Empty);
        }
        let written = match mode {
            Mode::Literal => regex::escape(typed),
            Mode::Regex => typed.to_owned(),
            Mode::Hex => {
                let built = regex::bytes::RegexBuilder::new(&hex(typed)?).size_limit(SIZE).build();
                let bytes = built.map_err(|_| QueryError::Large)?;
                return Ok(Self { text: None, bytes, quick: false, heavy: false });
            }
        };
        let exact = exact(typed, mode);
        let sized = |size: usize| {
            let mut builder = regex::RegexBuilder::new(&written);
            builder.case_insensitive(!exact).multi_line(true).size_limit(size).dfa_size_limit(CACHE).build()
        };
        let text = sized(SIZE);
        let heavy = mode == Mode::Regex && sized(HEAVY).is_err();
        let bytes = regex::bytes::RegexBuilder::new(&written)
            .case_insensitive(!exact)
            .multi_line(true)
            .size_limit(SIZE)
            .dfa_size_limit(CACHE)
            .build();
        let (text, bytes) = (text.map_err(|error| said(&error))?, bytes.map_err(|error| said(&error))?);
        Ok(Self { text: Some(text), bytes, quick: mode == Mode::Literal, heavy })
    }

    /// Whether it takes about as long whatever it is and whatever it reads: a text, not an expression.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.quick
    }

    /// Whether a short text holds a match, a name for instance.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        match &self.text {
            Some(pattern) => pattern.is_match(text),
            None => self.bytes.is_match(text.as_bytes()),
        }
    }

    /// The form of a document that this pattern searches.
    pub(super) fn choose<'a>(&self, source: Option<&'a Source>, bytes: &'a [u8]) -> Text<'a> {
        match (source, &self.text) {
            (Some(source), Some(_)) => Text::Text(&source.text),
            (source, _) => Text::Bytes(bytes, source),
        }
    }

    /// Looks for the first match at or after `at`, in what stands before `until`.
    ///
    /// An engine without backtracking still takes, for each byte, time in proportion to the pattern: minutes for a stretch of
    /// text. So a heavy one is given little at once, and half of that is gone on by.
    pub(super) fn step(&self, text: &Text<'_>, at: usize, until: usize) -> Step {
        let end = text.boundary(at + STRETCH);
        if self.heavy && end < until {
            return match self.find(text, at, end) {
                // What ends before the edge does so whatever stands behind it.
                Some(found) => {
                    let slow = found.end == end;
                    Step::found(text, found, slow)
                }
                None => Step { found: None, next: text.boundary(at + STRETCH / 2), slow: true },
            };
        }
        match self.find(text, at, until) {
            Some(found) => Step::found(text, found, false),
            None => Step { found: None, next: until, slow: false },
        }
    }

    fn find(&self, text: &Text<'_>, at: usize, until: usize) -> Option<Range<usize>> {
        match (text, &self.text) {
            (Text::Text(text), Some(pattern)) => pattern.find_at(text.get(..until)?, at).map(|found| found.range()),
            (Text::Text(text), None) => self.bytes.find_at(text.as_bytes().get(..until)?, at).map(|f| f.range()),
            (Text::Bytes(bytes, _), _) => self.bytes.find_at(bytes.get(..until)?, at).map(|found| found.range()),
        }
    }
}

/// What one look at a text brought.
pub(super) struct Step {
    pub found: Option<Range<usize>>,
    /// Where to look on.
    pub next: usize,
    /// Whether the pattern was given less to read than it asks for.
    pub slow: bool,
}

impl Step {
    fn found(text: &Text<'_>, found: Range<usize>, slow: bool) -> Self {
        let next = if found.is_empty() { text.boundary(found.end + 1) } else { found.end };
        Self { found: Some(found), next, slow }
    }
}

impl Text<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes, _) => bytes.len(),
        }
    }

    /// The first place at or after an offset where a character begins.
    pub fn boundary(&self, offset: usize) -> usize {
        match self {
            Self::Text(text) => (offset..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len()),
            Self::Bytes(bytes, _) => offset.min(bytes.len()),
        }
    }

    /// A match as the one who asked sees it: in the text, where the bytes are whole characters of one.
    pub fn hit(&self, span: Span) -> Hit {
        match self {
            Self::Text(_) => Hit { span, raw: false },
            Self::Bytes(_, source) => match source.and_then(|source| of_text(source, span)) {
                Some(span) => Hit { span, raw: false },
                None => Hit { span, raw: true },
            },
        }
    }
}

/// The stretch of the text that came from these bytes of the file, if there is one that did exactly.
fn of_text(source: &Source, span: Span) -> Option<Span> {
    let found = source.from_file(span);
    (source.to_file(found) == span && found.start < found.end).then_some(found)
}

/// Whether what was typed asks for its exact letters: it holds an upper-case one. In a regular expression `\W` and the like
/// do not count.
fn exact(typed: &str, mode: Mode) -> bool {
    if mode == Mode::Literal {
        return typed.chars().any(char::is_uppercase);
    }
    let mut chars = typed.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_uppercase() {
            return true;
        }
        if c == '\\' && chars.next().is_some_and(|kind| "pPxuU".contains(kind)) && chars.peek() == Some(&'{') {
            chars.by_ref().find(|c| *c == '}');
        }
    }
    false
}

/// `de ad ?? 0?` as a regular expression over bytes. Blanks between the pairs mean nothing.
fn hex(typed: &str) -> Result<String, QueryError> {
    let digits: Vec<(usize, char)> = typed.chars().enumerate().filter(|(_, c)| !c.is_whitespace()).collect();
    let mut written = String::from("(?s-u)");
    for pair in digits.chunks(2) {
        let (at, high) = pair.first().copied().unwrap_or_default();
        let Some((next, low)) = pair.get(1).copied() else {
            return Err(QueryError::Invalid {
                at: at + 1,
                what: "this digit has no second one: a byte is two".to_owned(),
            });
        };
        for (at, c) in [(at, high), (next, low)] {
            if c != '?' && !c.is_ascii_hexdigit() {
                let what = "bytes are written as pairs of 0-9 and a-f, ? for any digit".to_owned();
                return Err(QueryError::Invalid { at: at + 1, what });
            }
        }
        match (high, low) {
            ('?', '?') => written.push('.'),
            (high, '?') => written.push_str(&format!(r"[\x{high}0-\x{high}f]")),
            ('?', low) => {
                written.push('[');
                for high in "0123456789abcdef".chars() {
                    written.push_str(&format!(r"\x{high}{low}"));
                }
                written.push(']');
            }
            (high, low) => written.push_str(&format!(r"\x{high}{low}")),
        }
    }
    Ok(written)
}

/// The engine's error in a line. It draws the pattern with a mark below the place; the mark's column is what we tell.
fn said(error: &regex::Error) -> QueryError {
    let regex::Error::Syntax(message) = error else { return QueryError::Large };
    let mark = message.lines().find(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty());
    let at = mark.and_then(|line| line.find('^')).map_or(1, |column| column.saturating_sub(4) + 1);
    let what = message.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it cannot be read");
    QueryError::Invalid { at, what: what.to_owned() }
}
