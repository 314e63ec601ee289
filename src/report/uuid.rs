//! UUIDs that follow from what they name (version 5 of RFC 9562), so that the same report has the same ids.

use sha1::{Digest as _, Sha1};

/// Of everything that this program names.
pub const OURS: u128 = 0x6c1f_0c52_91d3_4d8e_a7c4_2b8e_5d0f_3a71;

/// The UUID of a name.
#[must_use]
pub fn of_name(space: u128, name: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(space.to_be_bytes());
    hash.update(name.as_bytes());
    let digest: [u8; 20] = hash.finalize().into();
    let number = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    // Version and variant have their fixed bits.
    let number = number & !(0xF << 76) & !(0x3 << 62) | (0x5 << 76) | (0x2 << 62);
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_the_standard_has_it() {
        // The example of RFC 9562, appendix A.4: the name www.example.com of the space of domains.
        let domains = 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8;
        assert_eq!(of_name(domains, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }
}
