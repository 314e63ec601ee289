//! Untrusted bytes made safe to show: decoding, line index, visible marks, display widths, byte spans.
//!
//! Offsets are bytes of the decoded text; [`Source::to_file`] leads back to the bytes of the file. Lines and columns count
//! from 1. Text that came out of a package goes through [`escape`] (one line: terminal, log, error, export) or [`marks`]
//! (the viewer, which keeps the way back to the bytes) and through nothing else.

mod cell;
mod codec;
mod decode;
mod escape;
mod json;
mod lookalike;
mod marks;
mod source;
mod uri;

pub use cell::neutral;
pub use codec::Codec;
pub use decode::{Encoding, Hint};
pub use escape::{escape, hidden_characters, is_hidden, lookalikes, mark};
pub use json::{json_ascii, write_json_line};
pub use marks::{Marks, Segment, TAB, marks};
pub use source::{Source, Span};
pub use uri::percent_encoded;

/// Columns that a text takes on a terminal. Give it escaped text: a control character has no width of its own.
#[must_use]
pub fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// A count with its noun.
#[must_use]
pub fn many<N: std::fmt::Display + PartialEq + From<u8>>(count: N, one: &str, more: &str) -> String {
    let noun = if count == N::from(1) { one } else { more };
    format!("{count} {noun}")
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for digit in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(digit), 16));
        }
        out
    })
}
