//! Data that stands for code: pickles and marshalled code objects, read without loading them.
//!
//! What they would do is written as Python-like text, one statement a line, which is lowered and walked like any other.

mod marshal;
mod pickle;

pub use marshal::{code_listing, compiled_listing};
pub use pickle::pickle_listing;

/// Longest listing, bytes.
const MAX_LISTING: usize = 4 << 20;
/// The last line of a listing that a bound cut short.
pub const CUT: &str = "# the listing ends here: a limit was reached\n";

/// A text literal that Python reads as this text.
fn text_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A bytes literal that Python reads as these bytes.
fn bytes_literal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push_str("b'");
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\'' => out.push_str("\\'"),
            32..127 => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('\'');
    out
}

/// Reads bytes in order.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A little-endian number of some bytes, at most eight.
    fn number(&mut self, length: usize) -> Option<u64> {
        let bytes = self.take(length)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Bytes behind their length, a little-endian number of some bytes.
    fn counted(&mut self, length: usize) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number(length)?).ok()?;
        self.take(length)
    }

    /// The text up to the end of its line.
    fn line(&mut self) -> Option<&'a str> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let line = self.take(end)?;
        self.byte()?;
        std::str::from_utf8(line).ok().map(|line| line.trim_end_matches('\r'))
    }
}
