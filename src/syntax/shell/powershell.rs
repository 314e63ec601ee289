//! PowerShell, statement by statement: a list of tokens in which constant expressions are worked out.

use std::collections::HashMap;

use super::output::text_of;
use super::{Collector, Command, HOLE, MAX_WORD, Redirect, Script, Word, add_recipe};
use crate::syntax::decode;
use crate::text::Span;

/// Most tokens of one statement.
const MAX_TOKENS: usize = 4_000;

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name, operator or bare word, lower case where case says nothing.
    Bare(String),
    /// A string, with the decoders it went through.
    Text(String, Vec<&'static str>),
    /// Bytes that a decoder yielded.
    Bytes(Vec<u8>, Vec<&'static str>),
    /// A bracket, comma or sign.
    Sign(char),
}

/// Reads a text.
pub(super) fn read(text: &str) -> Script {
    let mut reader = Reader {
        out: Collector::default(),
        variables: HashMap::new(),
        tokens: Vec::new(),
        start: 0,
        input: Vec::new(),
    };
    reader.text(text);
    reader.out.script
}

struct Reader {
    out: Collector,
    variables: HashMap<String, Token>,
    tokens: Vec<Token>,
    /// Where the statement begins.
    start: usize,
    input: Vec<usize>,
}

impl Reader {
    fn text(&mut self, text: &str) {
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = text.get(at..).unwrap_or_default();
            if self.out.full() {
                return;
            }
            if self.tokens.is_empty() {
                self.start = at;
            }
            let mut used = c.len_utf8();
            match c {
                '#' if self.tokens.is_empty() || text.get(..at).is_some_and(|t| t.ends_with(char::is_whitespace)) => {
                    used = rest.find('\n').unwrap_or(rest.len());
                }
                '<' if rest.starts_with("<#") => used = rest.find("#>").map_or(rest.len(), |end| end + 2),
                '\'' | '"' => used = self.quoted(rest, c),
                '@' if rest.starts_with("@'") || rest.starts_with("@\"") => used = self.here(rest),
                '`' if rest.starts_with("`\n") || rest.starts_with("`\r\n") => {
                    used = rest.find('\n').map_or(1, |n| n + 1)
                }
                ';' | '{' | '}' => self.end(at, false),
                '\n' if depth == 0 => self.end(at, false),
                '|' => self.end(at, true),
                '(' | ')' | ',' | '+' | '=' | '&' | '>' => {
                    match c {
                        '(' => depth += 1,
                        ')' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    self.push(Token::Sign(c));
                }
                c if c.is_whitespace() => {}
                _ => used = self.bare(rest),
            }
            at += used.max(1);
        }
        self.end(text.len(), false);
    }

    /// A string in quotes; yields the bytes it takes.
    fn quoted(&mut self, rest: &str, quote: char) -> usize {
        let mut value = String::new();
        let mut chars = rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '`' if quote == '"' => {
                    if let Some((_, next)) = chars.next() {
                        value.push(match next {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            other => other,
                        });
                    }
                }
                _ if c == quote => {
                    if chars.next_if(|(_, next)| *next == quote).is_some() {
                        value.push(quote);
                        continue;
                    }
                    let (value, recipe) = if quote == '"' { self.filled(&value) } else { (value, Vec::new()) };
                    self.push(Token::Text(value, recipe));
                    return at + 1;
                }
                _ => value.push(c),
            }
        }
        self.push(Token::Text(value, Vec::new()));
        rest.len()
    }

    /// A here-string; yields the bytes it takes.
    fn here(&mut self, rest: &str) -> usize {
        let quote = if rest.starts_with("@'") { "\n'@" } else { "\n\"@" };
        let end = rest.find(quote).unwrap_or(rest.len());
        let start = rest.find('\n').map_or(2, |n| n + 1).min(end);
        let value = rest.get(start..end).unwrap_or_default().to_owned();
        self.push(Token::Text(value, Vec::new()));
        (end + quote.len()).min(rest.len())
    }

    /// A bare word; yields the bytes it takes.
    fn bare(&mut self, rest: &str) -> usize {
        let end = rest.find(|c: char| c.is_whitespace() || "(){},;|'\"=+>".contains(c)).unwrap_or(rest.len());
        let end = end.max(1);
        let word: String = rest.get(..end).unwrap_or_default().chars().filter(|c| *c != '`').collect();
        let lower = word.to_ascii_lowercase();
        match lower.strip_prefix('$').and_then(|name| self.variables.get(name)) {
            Some(value) => {
                let value = value.clone();
                self.push(value);
            }
            None => self.push(Token::Bare(word)),
        }
        end
    }

    /// A string in double quotes with the variables put in that are known.
    fn filled(&self, text: &str) -> (String, Vec<&'static str>) {
        let mut out = String::new();
        let mut recipe = Vec::new();
        let mut parts = text.split('$');
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let braced = part.strip_prefix('{').and_then(|p| p.split_once('}'));
            let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(part.len());
            let (name, rest) = braced.unwrap_or_else(|| part.split_at(end));
            match self.variables.get(&name.to_ascii_lowercase()) {
                Some(Token::Text(value, how)) if out.len() + value.len() <= MAX_WORD => {
                    out.push_str(value);
                    out.push_str(rest);
                    add_recipe(&mut recipe, how);
                }
                _ => {
                    out.push('$');
                    out.push_str(part);
                }
            }
        }
        (out, recipe)
    }

    fn push(&mut self, token: Token) {
        if self.tokens.len() >= MAX_TOKENS {
            self.out.cut(format!("a PowerShell statement of more than {MAX_TOKENS} parts"));
            return;
        }
        let size = match &token {
            Token::Text(text, _) | Token::Bare(text) => text.len(),
            Token::Bytes(bytes, _) => bytes.len(),
            Token::Sign(_) => 1,
        };
        if !self.out.spend(size) {
            return;
        }
        self.tokens.push(token);
        while self.reduce() {}
    }

    /// Works out a constant expression at the end of the tokens; each turn leaves fewer of them.
    fn reduce(&mut self) -> bool {
        use Token::{Bare, Bytes, Sign, Text};
        let end = self.tokens.len();
        let tail = |n: usize| self.tokens.get(end.saturating_sub(n)..).unwrap_or_default();
        let is = |word: &str, name: &str| word.eq_ignore_ascii_case(name);
        // 'a' + 'b', in place: sums of single characters are long.
        if let [Text(a, _), Sign('+'), Text(b, _)] = tail(3)
            && a.len() + b.len() <= MAX_WORD
        {
            if !self.out.spend(b.len()) {
                return false;
            }
            let last = self.tokens.pop();
            self.tokens.pop();
            if let (Some(Text(a, how)), Some(Text(b, more))) = (self.tokens.last_mut(), last) {
                a.push_str(&b);
                add_recipe(how, &more);
            }
            return true;
        }
        let (taken, made) = match (tail(2), tail(3), tail(4)) {
            // [char]104
            ([Bare(word), Bare(number)], ..) if is(word, "[char]") => match character(number) {
                Some(c) => (2, Text(c.to_string(), vec!["char"])),
                None => return false,
            },
            ([Bare(word), ..], ..) if tail(1).len() == 1 && self.char_in_one(word).is_some() => return false,
            // ('a'), where no function stands before it
            (_, [Sign('('), Text(text, how), Sign(')')], before) => {
                match before.first().filter(|_| before.len() == 4) {
                    Some(Bare(function)) if decodes(function) => match decode::base64(text.as_bytes()) {
                        Some(bytes) => (4, Bytes(bytes, [how.as_slice(), &["base64"]].concat())),
                        None => return false,
                    },
                    Some(Bare(function)) if function.to_ascii_lowercase().ends_with("getstring") => {
                        (4, Text(text.clone(), how.clone()))
                    }
                    Some(Bare(word)) if word.starts_with('.') || word.contains("::") => return false,
                    _ => (3, Text(text.clone(), how.clone())),
                }
            }
            (_, [Sign('('), Bytes(bytes, how), Sign(')')], before) => {
                match before.first().filter(|_| before.len() == 4) {
                    Some(Bare(function)) if function.to_ascii_lowercase().ends_with("getstring") => {
                        (4, Text(text_of(bytes), how.clone()))
                    }
                    Some(Bare(word)) if word.starts_with('.') || word.contains("::") => return false,
                    _ => (3, Bytes(bytes.clone(), how.clone())),
                }
            }
            _ => return self.reduce_long(),
        };
        self.tokens.truncate(end - taken);
        self.tokens.push(made);
        true
    }

    /// `[char]104` as one word.
    fn char_in_one(&self, word: &str) -> Option<char> {
        let lower = word.to_ascii_lowercase();
        character(lower.strip_prefix("[char]")?)
    }

    /// Longer forms: `'..'.Replace('a','b')`, `'..' -replace 'a','b'`, `'{1}{0}' -f 'b','a'`.
    fn reduce_long(&mut self) -> bool {
        use Token::{Bare, Sign, Text};
        let end = self.tokens.len();
        let tail = |n: usize| self.tokens.get(end.saturating_sub(n)..).unwrap_or_default();
        let made = match (tail(1), tail(5), tail(7)) {
            ([Bare(word)], ..) => self.char_in_one(word).map(|c| (1, Text(c.to_string(), vec!["char"]))),
            (_, _, [Text(text, how), Bare(method), Sign('('), Text(from, _), Sign(','), Text(to, _), Sign(')')])
                if method.eq_ignore_ascii_case(".replace") =>
            {
                replaced(text, from, to).map(|text| (7, Text(text, how.clone())))
            }
            (_, [Text(text, how), Bare(operator), Text(from, _), Sign(','), Text(to, _)], _)
                if operator.eq_ignore_ascii_case("-replace") || operator.eq_ignore_ascii_case("-creplace") =>
            {
                replaced(text, from, to).map(|text| (5, Text(text, how.clone())))
            }
            _ => None,
        };
        let Some((taken, made)) = made else { return false };
        self.tokens.truncate(end - taken);
        self.tokens.push(made);
        true
    }

    /// Ends a statement: an assignment, or a command that the next one may read from.
    fn end(&mut self, at: usize, piped: bool) {
        let tokens = std::mem::take(&mut self.tokens);
        let input = std::mem::take(&mut self.input);
        let span = Span { start: self.start, end: at };
        if tokens.is_empty() {
            return;
        }
        let tokens = formatted(tokens);
        if let [Token::Bare(name), Token::Sign('='), value @ ..] = tokens.as_slice()
            && let Some(name) = name.strip_prefix('$')
        {
            let name = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
            match values(value).as_slice() {
                [one] => self.variables.insert(name, (*one).clone()),
                _ => self.variables.remove(&name),
            };
        }
        let mut command = Command { span, input, ..Command::default() };
        let mut writes = false;
        for token in &tokens {
            match token {
                Token::Bare(text) if writes => {
                    command.redirects.push(Redirect { writes: true, errors: false, target: Word::plain(text) });
                    writes = false;
                }
                Token::Bare(text) => command.words.push(Word::plain(text)),
                Token::Text(text, recipe) => {
                    command.words.push(Word { text: text.clone(), from: Vec::new(), recipe: recipe.clone() });
                }
                Token::Bytes(bytes, recipe) => {
                    command.words.push(Word { text: text_of(bytes), from: Vec::new(), recipe: recipe.clone() });
                }
                Token::Sign('>') => writes = true,
                Token::Sign(_) => {}
            }
        }
        // A value on its own is what the next command reads.
        if let [value] = values(&tokens).as_slice()
            && let Some(word) = command.words.first().filter(|_| !matches!(value, Token::Bare(_)))
        {
            command.words = vec![Word::plain("write-output"), word.clone()];
        }
        let pushed = self.out.push(command);
        if piped {
            self.input.extend(pushed);
        }
    }
}

/// What is left without brackets and signs.
fn values(tokens: &[Token]) -> Vec<&Token> {
    tokens.iter().filter(|token| !matches!(token, Token::Sign(_))).collect()
}

fn decodes(function: &str) -> bool {
    function.to_ascii_lowercase().ends_with("::frombase64string")
}

fn character(number: &str) -> Option<char> {
    let lower = number.to_ascii_lowercase();
    let code = match lower.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => lower.parse().ok()?,
    };
    char::from_u32(code)
}

fn replaced(text: &str, from: &str, to: &str) -> Option<String> {
    (!from.is_empty() && text.matches(from).count() * to.len() <= MAX_WORD).then(|| text.replace(from, to))
}

/// Works out `'{1}{0}' -f 'b','a'` and `'a','b' -join ''`, whose ends only the statement's end tells.
fn formatted(tokens: Vec<Token>) -> Vec<Token> {
    use Token::{Bare, Sign, Text};
    let Some(at) = tokens.iter().position(|t| matches!(t, Bare(w) if w.eq_ignore_ascii_case("-f"))) else {
        return tokens;
    };
    let Some(Text(format, _)) = at.checked_sub(1).and_then(|before| tokens.get(before)) else { return tokens };
    let mut values: Vec<&str> = Vec::new();
    let mut used = at + 1;
    while let Some(Text(value, _)) = tokens.get(used) {
        values.push(value);
        used += 1;
        if tokens.get(used) != Some(&Sign(',')) {
            break;
        }
        used += 1;
    }
    let mut out = String::new();
    let mut parts = format.split('{');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let Some((number, rest)) = part.split_once('}') else { return tokens };
        let value = number.parse::<usize>().ok().and_then(|n| values.get(n)).copied();
        match value {
            Some(value) => out.push_str(value),
            None => out.push(HOLE),
        }
        out.push_str(rest);
        if out.len() > MAX_WORD {
            return tokens;
        }
    }
    let (before, after) = (tokens.get(..at - 1).unwrap_or_default(), tokens.get(used..).unwrap_or_default());
    [before, &[Text(out, vec!["format"])], after].concat()
}
