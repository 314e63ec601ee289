//! JSON with spans, read without recursion and as leniently as possible: the place of a script's text is needed for every
//! highlight, and nesting that overflows a parser's stack must not hide the scripts beside it.

use crate::text::Span;

/// A parsed text. Values lie in one list, children after their parents.
#[derive(Debug)]
pub(super) struct Json {
    nodes: Vec<Node>,
    /// Byte at which the text stopped to be JSON; what stands before it was kept.
    pub broken: Option<usize>,
}

#[derive(Debug)]
struct Node {
    value: Value,
    span: Span,
}

#[derive(Debug)]
enum Value {
    Object(Vec<(String, usize)>),
    Array(Vec<usize>),
    Text(String),
    /// Numbers, `true`, `false`, `null`.
    Word,
}

/// A value of a parsed text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'j> {
    json: &'j Json,
    at: usize,
}

impl<'j> Item<'j> {
    fn node(self) -> Option<&'j Node> {
        self.json.nodes.get(self.at)
    }

    /// A member of an object; of several with one name the last, as `JSON.parse` has it.
    pub fn get(self, name: &str) -> Option<Self> {
        self.members().filter(|(key, _)| *key == name).last().map(|(_, item)| item)
    }

    /// The members of an object in order.
    pub fn members(self) -> impl Iterator<Item = (&'j str, Self)> {
        let members = match self.node().map(|node| &node.value) {
            Some(Value::Object(members)) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(move |(key, at)| (key.as_str(), Self { json: self.json, at: *at }))
    }

    /// The elements of an array in order.
    pub fn elements(self) -> impl Iterator<Item = Self> {
        let elements = match self.node().map(|node| &node.value) {
            Some(Value::Array(elements)) => elements.as_slice(),
            _ => &[],
        };
        elements.iter().map(move |at| Self { json: self.json, at: *at })
    }

    /// The text of a string, unescaped.
    pub fn text(self) -> Option<&'j str> {
        match self.node().map(|node| &node.value) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Where the value stands; for a string what is between its quotes.
    pub fn span(self) -> Span {
        self.node().map(|node| node.span).unwrap_or_default()
    }
}

impl Json {
    pub fn root(&self) -> Option<Item<'_>> {
        (!self.nodes.is_empty()).then_some(Item { json: self, at: 0 })
    }

    pub fn parse(text: &str) -> Self {
        let mut reader = Reader { text, at: 0 };
        let mut nodes: Vec<Node> = Vec::new();
        // Containers still open, each with the key that waits for its value.
        let mut open: Vec<(usize, Option<String>)> = Vec::new();
        let broken = loop {
            let start = reader.skip_blank();
            let Some(byte) = reader.peek() else { break (!open.is_empty() || nodes.is_empty()).then_some(start) };
            let mut value = None;
            match (byte, open.last_mut()) {
                (_, None) if !nodes.is_empty() => break Some(start),
                (b',' | b':', Some(_)) => reader.at += 1,
                (b'}' | b']', Some((container, _))) => {
                    reader.at += 1;
                    if let Some(node) = nodes.get_mut(*container) {
                        node.span.end = reader.at;
                    }
                    open.pop();
                }
                (b'{', _) => {
                    reader.at += 1;
                    value = Some((Value::Object(Vec::new()), Span { start, end: reader.at }));
                }
                (b'[', _) => {
                    reader.at += 1;
                    value = Some((Value::Array(Vec::new()), Span { start, end: reader.at }));
                }
                (b'"', _) => {
                    let Some((string, span)) = reader.string() else { break Some(start) };
                    match open.last_mut() {
                        Some((container, key @ None)) if is_object(&nodes, *container) => *key = Some(string),
                        _ => value = Some((Value::Text(string), span)),
                    }
                }
                _ => match reader.word() {
                    0 => break Some(start),
                    len => value = Some((Value::Word, Span { start, end: start + len })),
                },
            }
            let Some((value, span)) = value else { continue };
            let at = nodes.len();
            let container = matches!(value, Value::Object(_) | Value::Array(_));
            nodes.push(Node { value, span });
            if let Some((parent, key)) = open.last_mut() {
                match nodes.get_mut(*parent).map(|node| &mut node.value) {
                    Some(Value::Object(members)) => match key.take() {
                        Some(key) => members.push((key, at)),
                        None => break Some(start),
                    },
                    Some(Value::Array(elements)) => elements.push(at),
                    _ => {}
                }
            }
            if container {
                open.push((at, None));
            }
        };
        Self { nodes, broken }
    }
}

fn is_object(nodes: &[Node], at: usize) -> bool {
    matches!(nodes.get(at).map(|node| &node.value), Some(Value::Object(_)))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_blank(&mut self) -> usize {
        self.at += self.rest().bytes().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at
    }

    fn word(&mut self) -> usize {
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let len = self.rest().bytes().take_while(part).count();
        self.at += len;
        len
    }

    /// A string from its opening quote; its span is without the quotes.
    fn string(&mut self) -> Option<(String, Span)> {
        let start = self.at + 1;
        let mut text = String::new();
        let mut characters = self.text.get(start..)?.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.at = start + at + 1;
                    return Some((text, Span { start, end: start + at }));
                }
                '\\' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{C}'),
                    'u' => {
                        let first = hex_unit(&mut characters)?;
                        let mut ahead = characters.clone();
                        let second = match (0xD800..0xDC00).contains(&first) {
                            true if ahead.next()?.1 == '\\' && ahead.next()?.1 == 'u' => hex_unit(&mut ahead),
                            _ => None,
                        };
                        match second.filter(|unit| (0xDC00..0xE000).contains(unit)) {
                            Some(second) => {
                                text.extend(char::decode_utf16([first, second]).filter_map(Result::ok));
                                characters = ahead;
                            }
                            None => text.push(char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER)),
                        }
                    }
                    other => text.push(other),
                },
                c => text.push(c),
            }
        }
        None
    }
}

fn hex_unit(characters: &mut std::str::CharIndices<'_>) -> Option<u16> {
    (0..4).try_fold(0_u16, |unit, _| Some(unit * 16 + u16::try_from(characters.next()?.1.to_digit(16)?).ok()?))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_string_knows_its_place() {
        let text = r#"{"name": "x", "scripts": {"a\"b": "node \u0061.js", "n": [1, true, "z"]}}"#;
        let json = Json::parse(text);
        let scripts = json.root().unwrap().get("scripts").unwrap();
        let script = scripts.get("a\"b").unwrap();
        assert_eq!(script.text(), Some("node a.js"));
        assert_eq!(&text[script.span().start..script.span().end], r"node \u0061.js");
        let texts: Vec<_> = scripts.get("n").unwrap().elements().map(Item::text).collect();
        assert_eq!(texts, [None, None, Some("z")]);
        assert_eq!(json.broken, None);
    }

    #[test]
    fn the_last_of_equal_names_counts() {
        let json = Json::parse(r#"{"main": "a", "main": "b"}"#);
        assert_eq!(json.root().unwrap().get("main").unwrap().text(), Some("b"));
    }

    #[rstest]
    #[case::pair(r#""\ud83d\ude00""#, "😀")]
    #[case::lone(r#""\ud83dx""#, "\u{FFFD}x")]
    #[case::lone_then_escape(r#""\ud83d\n""#, "\u{FFFD}\n")]
    #[case::controls(r#""\b\f\r\t\/""#, "\u{8}\u{C}\r\t/")]
    fn unescapes(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Json::parse(text).root().unwrap().text(), Some(expected));
    }

    #[test]
    fn deep_nesting_does_not_hide_what_follows() {
        let deep = "[".repeat(500_000) + &"]".repeat(500_000);
        let json = Json::parse(&format!(r#"{{"a": {deep}, "b": "c"}}"#));
        assert_eq!(json.root().unwrap().get("b").unwrap().text(), Some("c"));
    }

    #[rstest]
    #[case::cut(r#"{"a": "b", "c": "#, Some(16))]
    #[case::comment("{\"a\": \"b\", // c\n}", Some(11))]
    #[case::two(r#"{"a": "b"} {}"#, Some(11))]
    fn what_stands_before_an_error_is_kept(#[case] text: &str, #[case] broken: Option<usize>) {
        let json = Json::parse(text);
        assert_eq!(json.broken, broken);
        assert_eq!(json.root().unwrap().get("a").unwrap().text(), Some("b"));
    }

    #[test]
    fn nothing_is_no_json() {
        assert!(Json::parse("").root().is_none());
        assert_eq!(Json::parse("  ").broken, Some(2));
    }
}
