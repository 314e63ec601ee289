//! JSON that is safe to print: everything but printable ASCII leaves as `\u` escapes, so that nothing in a string can act on
//! a terminal, and a reader still gets every character back.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};

/// Escapes what serde_json leaves alone: DEL and everything beyond ASCII.
struct Ascii(CompactFormatter);

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c: char| c == '\u{7F}' || !c.is_ascii()) {
            let (plain, tail) = rest.split_at(at);
            self.0.write_string_fragment(writer, plain)?;
            let mut chars = tail.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        self.0.write_string_fragment(writer, rest)
    }
}

/// Writes a value as one line of JSON in printable ASCII, with a line feed.
///
/// # Errors
/// When the writer fails or the value has no JSON form; the kind of the writer's error is kept.
pub fn write_json_line(mut writer: impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut writer, Ascii(CompactFormatter)))?;
    writer.write_all(b"\n")
}

/// A value as indented JSON in printable ASCII, with a line feed.
#[must_use]
pub fn json_ascii(value: &serde_json::Value) -> String {
    // Only strings can hold anything else, and there an escape means the same.
    let mut text = String::new();
    for c in format!("{value:#}").chars() {
        match c {
            '\u{7F}' => text.push_str("\\u007f"),
            _ if c.is_ascii() => text.push(c),
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_printable_ascii_and_reads_back() {
        let all: String = ('\0'..='\u{2FF}').chain("\u{202E}\u{FEFF}日😀\u{10FFFF}".chars()).collect();
        let value = serde_json::json!({ "text": all, "n": [1, 2.5, null] });
        let mut line = Vec::new();
        write_json_line(&mut line, &value).unwrap();
        assert_eq!(line.pop(), Some(b'\n'));
        assert!(line.iter().all(|byte| (b' '..=b'~').contains(byte)));
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&line).unwrap(), value);
    }

    #[test]
    fn indented_json_is_printable_ascii_too() {
        let all: String = ('\0'..='\u{2FF}').chain("\u{202E}日😀".chars()).collect();
        let value = serde_json::json!({ "text": all, "n": [1, null] });
        let text = json_ascii(&value);
        assert!(text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn surrogate_pairs_are_written_as_json_wants_them() {
        let mut line = Vec::new();
        write_json_line(&mut line, &"a😀\u{7F}b").unwrap();
        assert_eq!(line, b"\"a\\ud83d\\ude00\\u007fb\"\n");
    }

    #[test]
    fn a_closed_pipe_is_still_a_closed_pipe() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(write_json_line(Closed, &"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
