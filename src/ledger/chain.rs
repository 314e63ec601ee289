//! The hash chain that makes a changed, removed or moved event visible.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// What the first event names as its predecessor.
pub const ROOT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of an event: SHA-256 over its number, the hash before it and the bytes of its JSON body, each on a line, hex.
#[must_use]
pub fn hash(number: i64, previous: &str, body: &str) -> String {
    hex(&Sha256::digest(format!("{number}\n{previous}\n{body}")))
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_changes_the_hash() {
        let base = hash(1, ROOT, "{}");
        assert_eq!(base.len(), 64);
        assert_eq!(base, hash(1, ROOT, "{}"));
        for other in [hash(2, ROOT, "{}"), hash(1, &base, "{}"), hash(1, ROOT, "{ }")] {
            assert_ne!(base, other);
        }
    }
}
