//! Text as a part of a URI.

use std::fmt::Write as _;

/// A text with everything but letters, digits and `-._~` as percent signs and digits.
#[must_use]
pub fn percent_encoded(part: &str) -> String {
    part.bytes().fold(String::with_capacity(part.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
