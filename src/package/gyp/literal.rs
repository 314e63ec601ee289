//! Literals of Python with their places: what a `binding.gyp` is made of, and what a `meson.build` looks like.

use crate::text::Span;

/// Nesting that is read; what lies deeper is [`Value::Other`].
const NESTING: usize = 100;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::package) enum Value {
    /// Adjacent strings are one.
    Text(Text),
    /// A list or tuple.
    List(Vec<Value>, Span),
    /// A dictionary; keys that are no text are left out.
    Dict(Vec<(Text, Value)>),
    /// A number, a name, something that is computed.
    Other,
}

/// A string, unescaped, and where all of its pieces stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::package) struct Text {
    pub text: String,
    pub span: Span,
}

impl Value {
    /// The texts of a list, or of a text alone.
    pub fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(values, _) => values.iter().filter_map(Self::text).collect(),
            _ => Vec::new(),
        }
    }

    /// A text.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Where a text or list stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span,
            Self::List(_, span) => *span,
            _ => Span::default(),
        }
    }
}

/// Reads one value, and says whether there is more in the text than literals: then Python computes something.
pub(in crate::package) fn parse(text: &str) -> (Value, bool) {
    let mut reader = Reader { text, at: 0, depth: 0, computed: false };
    let value = reader.value();
    reader.blank();
    let computed = reader.computed || reader.at < text.len();
    (value, computed)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    computed: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        let here = self.peek() == Some(c);
        self.at += if here { c.len_utf8() } else { 0 };
        here
    }

    /// Blanks, comments, lines that go on.
    fn blank(&mut self) {
        loop {
            match self.peek() {
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                Some(c) if c.is_whitespace() || c == '\\' || c == '\u{feff}' => self.at += c.len_utf8(),
                _ => return,
            }
        }
    }

    /// A value and what is added to it, up to a delimiter.
    fn value(&mut self) -> Value {
        if self.depth >= NESTING {
            self.computed = true;
            self.skip();
            return Value::Other;
        }
        self.depth += 1;
        let mut value = self.one();
        loop {
            self.blank();
            match self.peek() {
                None | Some(',' | ']' | '}' | ')' | ':') => break,
                Some('+') => {
                    self.at += 1;
                    self.blank();
                    value = match (value, self.one()) {
                        (Value::Text(left), Value::Text(right)) => {
                            let span = Span { start: left.span.start, end: right.span.end };
                            Value::Text(Text { text: left.text + &right.text, span })
                        }
                        (Value::List(mut left, from), Value::List(right, to)) => {
                            left.extend(right);
                            Value::List(left, Span { start: from.start, end: to.end })
                        }
                        (left, _) => {
                            self.computed = true;
                            left
                        }
                    };
                }
                Some(_) => {
                    self.computed = true;
                    self.skip();
                    break;
                }
            }
        }
        self.depth -= 1;
        value
    }

    fn one(&mut self) -> Value {
        self.blank();
        let start = self.at;
        match self.peek() {
            Some('{') => self.dict(),
            Some('[') => {
                let (values, _) = self.list(']');
                Value::List(values, Span { start, end: self.at })
            }
            Some('(') => {
                let (mut values, commas) = self.list(')');
                match values.pop() {
                    Some(only) if !commas && values.is_empty() => only,
                    last => {
                        values.extend(last);
                        Value::List(values, Span { start, end: self.at })
                    }
                }
            }
            _ if self.opening().is_some() => self.strings(),
            _ => {
                let word: String =
                    self.rest().chars().take_while(|c| c.is_alphanumeric() || "_.".contains(*c)).collect();
                let known = matches!(word.as_str(), "True" | "False" | "None")
                    || word.starts_with(|c: char| c.is_ascii_digit());
                self.at += word.len();
                self.computed |= !known;
                Value::Other
            }
        }
    }

    /// The values up to a closing bracket, and whether a comma stood between or behind them.
    fn list(&mut self, close: char) -> (Vec<Value>, bool) {
        self.at += 1;
        let mut values = Vec::new();
        let mut commas = false;
        loop {
            self.blank();
            if self.peek().is_none() || self.take(close) {
                return (values, commas);
            }
            if self.take(',') {
                commas = true;
                continue;
            }
            let before = self.at;
            values.push(self.value());
            self.step_from(before);
        }
    }

    fn dict(&mut self) -> Value {
        self.at += 1;
        let mut pairs = Vec::new();
        loop {
            self.blank();
            if self.peek().is_none() || self.take('}') {
                return Value::Dict(pairs);
            }
            if self.take(',') {
                continue;
            }
            let before = self.at;
            let key = self.value();
            self.blank();
            if self.take(':') {
                let value = self.value();
                if let Value::Text(key) = key {
                    pairs.push((key, value));
                }
            }
            self.step_from(before);
        }
    }

    /// Goes on where nothing was read: at a bracket that closes nothing.
    fn step_from(&mut self, before: usize) {
        if self.at == before {
            self.computed = true;
            self.at += self.peek().map_or(0, char::len_utf8);
        }
    }

    /// Passes over what is no literal, up to a delimiter outside of its brackets.
    fn skip(&mut self) {
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                ',' | ':' if open == 0 => return,
                ']' | '}' | ')' if open == 0 => return,
                ']' | '}' | ')' => open -= 1,
                '[' | '{' | '(' => open += 1,
                '#' => {
                    self.blank();
                    continue;
                }
                _ if self.opening().is_some() => {
                    self.strings();
                    continue;
                }
                _ => {}
            }
            self.at += c.len_utf8();
        }
    }

    /// The prefix and the quotes that a string begins with, where one begins.
    fn opening(&self) -> Option<(String, &'static str)> {
        let letters: String = self.rest().chars().take_while(|c| "rRbBuUfFtT".contains(*c)).take(3).collect::<String>();
        let rest = self.rest().get(letters.len()..).filter(|_| letters.len() < 3)?;
        let quotes = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quotes| rest.starts_with(quotes))?;
        Some((letters.to_ascii_lowercase(), quotes))
    }

    /// Adjacent strings.
    fn strings(&mut self) -> Value {
        let mut text = String::new();
        let start = self.at;
        let mut end = start;
        while let Some((prefix, quotes)) = self.opening() {
            self.at += prefix.len() + quotes.len();
            // What is put into a formatted string is computed.
            self.computed |= prefix.contains(['f', 't']);
            self.string(quotes, prefix.contains('r'), &mut text);
            end = self.at;
            self.blank();
        }
        Value::Text(Text { text, span: Span { start, end } })
    }

    fn string(&mut self, quotes: &str, raw: bool, text: &mut String) {
        while let Some(c) = self.peek() {
            if self.rest().starts_with(quotes) {
                self.at += quotes.len();
                return;
            }
            self.at += c.len_utf8();
            match c {
                '\n' if quotes.len() == 1 => {
                    self.computed = true;
                    return;
                }
                '\\' if raw => {
                    text.push(c);
                    if let Some(next) = self.peek() {
                        self.at += next.len_utf8();
                        text.push(next);
                    }
                }
                '\\' => self.escape(text),
                c => text.push(c),
            }
        }
        self.computed = true;
    }

    /// What a backslash begins.
    fn escape(&mut self, text: &mut String) {
        let Some(c) = self.peek() else { return };
        self.at += c.len_utf8();
        let code = match c {
            '\n' => return,
            'x' => self.digits(16, 2),
            'u' => self.digits(16, 4),
            'U' => self.digits(16, 8),
            '0'..='7' => {
                self.at -= 1;
                self.digits(8, 3)
            }
            _ => {
                let plain = match c {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    '\\' | '\'' | '"' => c,
                    // Every other backslash stays.
                    other => {
                        text.push('\\');
                        other
                    }
                };
                text.push(plain);
                return;
            }
        };
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let digits: Vec<u32> = self.rest().chars().map_while(|c| c.to_digit(radix)).take(most).collect();
        self.at += digits.len();
        digits.into_iter().fold(0, |all, digit| all.wrapping_mul(radix).wrapping_add(digit))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn shown(value: &Value) -> String {
        match value {
            Value::Text(text) => format!("{:?}", text.text),
            Value::List(values, _) => format!("[{}]", values.iter().map(shown).collect::<Vec<_>>().join(" ")),
            Value::Dict(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{}={}", k.text, shown(v))).collect();
                format!("{{{}}}", pairs.join(" "))
            }
            Value::Other => "?".to_owned(),
        }
    }

    #[rstest]
    #[case::adjacent("['<' '!(no' \"de a\" '.js)']", r#"["<!(node a.js)"]"#)]
    #[case::escapes(
        r"['n\x6fde \141\u0062\
c \d \'']",
        r#"["node abc \\d '"]"#
    )]
    #[case::raw(r"[r'\x41\'', R'''a'b''']", r#"["\\x41\\'" "a'b"]"#)]
    #[case::added("{'a': 'b' + 'c', 'd': ['e'] + ['f'],}", r#"{a="bc" d=["e" "f"]}"#)]
    #[case::parenthesised("('a'\n  'b')", r#""ab""#)]
    #[case::tuple("('a', 'b',)", r#"["a" "b"]"#)]
    #[case::comments("# x ' \n{ # y }\n 'a': 1, # 'b'\n}", "{a=?}")]
    fn literals_are_read(#[case] text: &str, #[case] expected: &str) {
        let (value, computed) = parse(text);
        assert_eq!((shown(&value).as_str(), computed), (expected, false));
    }

    #[rstest]
    #[case::call("{'a': f(1, ['x']), 'b': 'c'}", r#"{a=? b="c"}"#)]
    #[case::repeated("['a' * 2, 'b']", r#"["a" "b"]"#)]
    #[case::formatted("[f'a{b}', 'c']", r#"["a{b}" "c"]"#)]
    #[case::name("{'a': b, 'c': 'd'}", r#"{a=? c="d"}"#)]
    #[case::closed_too_often("['a', }, 'b']", r#"["a" ? "b"]"#)]
    #[case::open("{'a': ['b'", r#"{a=["b"]}"#)]
    #[case::comprehension("['x' for x in y]", r#"["x"]"#)]
    fn what_is_computed_is_said_and_hides_nothing(#[case] text: &str, #[case] expected: &str) {
        let (value, computed) = parse(text);
        assert_eq!(shown(&value), expected);
        assert!(computed || text.contains("['b'"));
    }

    #[test]
    fn a_text_knows_its_place() {
        let text = "['a' # c\n 'b', 'x']";
        let Value::List(values, _) = parse(text).0 else { panic!("a list") };
        let span = values[0].span();
        assert_eq!(&text[span.start..span.end], "'a' # c\n 'b'");
    }

    #[test]
    fn deep_nesting_ends() {
        let (_, computed) = parse(&"[".repeat(200_000));
        assert!(computed);
        let (_, computed) = parse(&"{'a':".repeat(100_000));
        assert!(computed);
    }
}
