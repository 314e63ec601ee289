//! The hash chain that makes a changed, removed or moved event visible.

use sha2::{Digest as _, Sha256};

use super::LedgerError;
use super::store::Row;
use crate::text::hex;

/// What the first event names as its predecessor.
pub const ROOT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of an event: SHA-256 over its number, the hash before it and the bytes of its JSON body, each on a line, hex.
#[must_use]
pub fn hash(number: i64, previous: &str, body: &str) -> String {
    hex(&Sha256::digest(format!("{number}\n{previous}\n{body}")))
}

/// Checks that an event is the next one after the event of this number and hash.
pub(super) fn check(last: i64, head: &str, row: &Row) -> Result<(), LedgerError> {
    let broken = |what| Err(LedgerError::Broken { event: row.number, what });
    if row.number != last + 1 {
        return broken("an event before it is missing");
    }
    if row.previous != head {
        return broken("it does not follow the event before it");
    }
    if row.hash != hash(row.number, &row.previous, &row.body) {
        return broken("its content does not match its hash");
    }
    Ok(())
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
