//! Addresses of cryptocurrencies, told from other words by their checksum where they have a cheap one.

use sha2::{Digest, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The currency whose address a word is. Ethereum's and Monero's checksums need a hash that nothing else here needs: their
/// addresses are told by form alone. Solana's have no checksum and no form, so they are not looked for.
pub(super) fn currency(word: &str) -> Option<&'static str> {
    let bytes = word.as_bytes();
    match (bytes.first()?, bytes.len()) {
        (b'0', 42) if word.starts_with("0x") && bytes.iter().skip(2).all(u8::is_ascii_hexdigit) => {
            // 0x000... and 0xfff... are constants.
            let zeros = bytes.iter().skip(2).filter(|b| matches!(b, b'0' | b'f' | b'F')).count();
            (zeros < 20).then_some("ethereum")
        }
        (b'1' | b'3' | b'L' | b'M' | b'D' | b'T' | b'X' | b't', 26..=36) => base58(bytes),
        (b'b' | b'l', 42..=90) if word.starts_with("bc1") => bech32(word).then_some("bitcoin"),
        (b'l', 42..=90) if word.starts_with("ltc1") => bech32(word).then_some("litecoin"),
        (b'4' | b'8', 95) => {
            let form =
                matches!(bytes.get(1), Some(b'0'..=b'9' | b'A' | b'B')) && bytes.iter().all(|b| BASE58.contains(b));
            form.then_some("monero")
        }
        _ => None,
    }
}

/// Base58Check: 21 or 22 bytes and the first four of their double SHA-256; the version names the currency.
fn base58(word: &[u8]) -> Option<&'static str> {
    // Big-endian; an address has at most 26 bytes.
    let mut number = [0_u8; 27];
    for byte in word {
        let mut carry = u32::try_from(BASE58.iter().position(|c| c == byte)?).ok()?;
        for place in number.iter_mut().rev() {
            carry += u32::from(*place) * 58;
            *place = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    let checked = |length: usize| {
        let whole = number.get(number.len() - length - 4..)?;
        let (body, sum) = whole.split_at_checked(length)?;
        let hash = Sha256::digest(Sha256::digest(body));
        (hash.get(..4)? == sum && number.iter().take(number.len() - length - 4).all(|b| *b == 0))
            .then_some(body.to_vec())
    };
    if let Some(body) = checked(21) {
        return match body.first()? {
            0x00 | 0x05 => Some("bitcoin"),
            0x30 | 0x32 => Some("litecoin"),
            0x1e => Some("dogecoin"),
            0x41 => Some("tron"),
            0x4c => Some("dash"),
            _ => None,
        };
    }
    checked(22).filter(|body| body.starts_with(&[0x1c, 0xb8]) || body.starts_with(&[0x1c, 0xbd])).map(|_| "zcash")
}

/// The checksum of BIP 173 (1) or BIP 350 (`0x2bc830a3`).
fn bech32(word: &str) -> bool {
    let Some((prefix, data)) = word.rsplit_once('1') else { return false };
    let prefix = prefix.as_bytes();
    let mut sum: u32 = 1;
    let mut feed = |value: u32| {
        const STEPS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ value;
        for (bit, step) in STEPS.into_iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= step;
            }
        }
    };
    prefix.iter().for_each(|byte| feed(u32::from(byte >> 5)));
    feed(0);
    prefix.iter().for_each(|byte| feed(u32::from(byte & 31)));
    for byte in data.bytes() {
        match BECH32.iter().position(|c| *c == byte).and_then(|at| u32::try_from(at).ok()) {
            Some(value) => feed(value),
            None => return false,
        }
    }
    sum == 1 || sum == 0x2bc8_30a3
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // The published test addresses of the specifications: nobody holds a key of theirs but everybody.
    #[rstest]
    #[case("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", Some("bitcoin"))]
    #[case("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", None)]
    #[case("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", Some("bitcoin"))]
    #[case("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Some("bitcoin"))]
    #[case("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", None)]
    #[case("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Some("ethereum"))]
    #[case("0x0000000000000000000000000000000000000000", None)]
    #[case("3xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None)]
    fn wallets(#[case] word: &str, #[case] expected: Option<&str>) {
        assert_eq!(currency(word), expected);
    }

    #[test]
    fn monero_is_told_by_its_form() {
        let word = format!("4A{}", "b".repeat(93));
        assert_eq!(currency(&word), Some("monero"));
        assert_eq!(currency(&word.replace('b', "0")), None);
    }
}
