//! Tokens to text.

use super::token::{Break, Space, Token};
use super::{Piece, Pretty};

/// Blanks of one step of indentation.
const STEP: usize = 2;
/// Deepest indentation that is shown as such, in steps.
const DEEPEST: u16 = 40;
/// Columns from which on a line is broken where that is allowed.
const LONG: usize = 100;

/// Writes the tokens with new white space between them.
pub(super) fn lay_out(text: &str, tokens: &[Token]) -> Pretty {
    let mut out = Writer { text, pretty: Pretty::default(), column: 0, indent: 0 };
    out.pretty.text.reserve(text.len() + text.len() / 2);
    let mut before: Option<Token> = None;
    let mut at = 0;
    for token in tokens.iter().filter(|token| token.start < token.end) {
        let gap = text.get(at..token.start).unwrap_or_default();
        let mut between = before;
        // What stands between tokens and is no white space is kept: a hidden character, what the parser left out.
        let odd = gap.trim_matches(plain);
        if !odd.is_empty() {
            let start = at + gap.find(|c| !plain(c)).unwrap_or_default();
            let stray = Token { indent: out.indent, ..Token::new(start, start + odd.len()) };
            out.put(between, &stray, gap.get(..start - at).unwrap_or_default());
            between = Some(stray);
        }
        let gap = gap.rsplit(|c| !plain(c)).next().unwrap_or_default();
        out.put(between, token, gap);
        before = Some(*token);
        at = token.end;
    }
    let rest = text.get(at..).unwrap_or_default();
    let odd = rest.trim_matches(plain);
    if !odd.is_empty() {
        let start = at + rest.find(|c| !plain(c)).unwrap_or_default();
        out.put(before, &Token::new(start, start + odd.len()), rest.get(..start - at).unwrap_or_default());
    }
    if !out.pretty.text.is_empty() {
        out.pretty.text.push('\n');
    }
    out.pretty
}

/// White space that says nothing but where tokens end.
fn plain(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

struct Writer<'a> {
    text: &'a str,
    pretty: Pretty,
    column: usize,
    /// Steps of indentation of the line being written.
    indent: u16,
}

impl Writer<'_> {
    /// Writes a token behind another; `gap` is the white space that the original has between them.
    fn put(&mut self, before: Option<Token>, token: &Token, gap: &str) {
        let Some(text) = self.text.get(token.start..token.end) else { return };
        let lines = gap.bytes().filter(|byte| *byte == b'\n').count();
        if let Some(before) = before {
            let first_line = text.find('\n').unwrap_or(text.len());
            let long = token.wrap && self.column + first_line > LONG;
            let breaks = match token.line {
                _ if before.to_line_end => true,
                Break::Always => true,
                Break::Never => false,
                Break::Kept => lines > 0 || long,
            };
            if breaks {
                self.new_line(lines > 1 && token.line == Break::Always, token.indent);
            } else if self.apart(&before, token, text, !gap.is_empty()) {
                self.pretty.text.push(' ');
                self.column += 1;
            }
        }
        let (original, pretty, length) = (token.start, self.pretty.text.len(), text.len());
        self.pretty.text.push_str(text);
        self.column = match text.rfind('\n') {
            Some(line) => text.len() - line - 1,
            None => self.column + text.len(),
        };
        match self.pretty.pieces.last_mut() {
            Some(last) if last.original + last.length == original && last.pretty + last.length == pretty => {
                last.length += length;
            }
            _ => self.pretty.pieces.push(Piece { original, pretty, length }),
        }
    }

    fn new_line(&mut self, blank: bool, indent: u16) {
        if blank {
            self.pretty.text.push('\n');
        }
        self.pretty.text.push('\n');
        self.column = usize::from(indent.min(DEEPEST)) * STEP;
        self.pretty.text.extend(std::iter::repeat_n(' ', self.column));
        self.indent = indent;
    }

    /// Whether a blank goes between two tokens of a line.
    fn apart(&self, before: &Token, token: &Token, text: &str, gap: bool) -> bool {
        let last = self.pretty.text.chars().next_back();
        let first = text.chars().next();
        if gap {
            // Two words, or two signs that would read as one, stay apart; elsewhere a blank is taken only from in front of a
            // comma.
            let word =
                |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_$#@\\".contains(c) || !c.is_ascii());
            return token.space != Space::Behind || (word(last) && word(first)) || last == first;
        }
        let asked =
            matches!(before.space, Space::Around | Space::Behind) && !matches!(first, Some(',' | ';' | ')' | ']'));
        let asks = match token.space {
            Space::Around => true,
            Space::Before => !matches!(last, Some('(' | '[' | '!' | '.' | '~')),
            Space::Behind | Space::Plain => false,
        };
        asked || asks
    }
}
