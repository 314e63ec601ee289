//! Ciphers whose key lies beside the data.

use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt as _, KeyInit as _};
use sha2::{Digest as _, Sha256};

use super::decode;

/// Length of a Fernet token's frame: version, time and start vector in front, signature behind.
const HEAD: usize = 25;
const SIGNATURE: usize = 32;

/// What a Fernet token holds, if this is its key (the specification is the `spec` repository of the Fernet project).
#[must_use]
pub fn fernet(key: &[u8], token: &[u8]) -> Option<Vec<u8>> {
    let key = decode::base64(key).filter(|key| key.len() == 32)?;
    let token = decode::base64(token)?;
    let (signing, encrypting) = key.split_at_checked(16)?;
    let (signed, signature) = token.split_at_checked(token.len().checked_sub(SIGNATURE)?)?;
    if hmac(signing, signed) != signature {
        return None;
    }
    let (head, data) = signed.split_at_checked(HEAD)?;
    let mut before: [u8; 16] = head.get(9..)?.try_into().ok()?;
    let cipher = Aes128::new(&Array::try_from(encrypting).ok()?);
    let mut out = Vec::with_capacity(data.len());
    for chunk in data.chunks_exact(16) {
        let mut block = Array::try_from(chunk).ok()?;
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(before).map(|(a, b)| a ^ b));
        before = chunk.try_into().ok()?;
    }
    let padding = usize::from(*out.last()?);
    out.truncate(out.len().checked_sub(padding)?);
    Some(out)
}

/// HMAC with SHA-256 (RFC 2104), for keys no longer than a block.
fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let padded = |mask: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ mask).collect() };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(data).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The token of the specification's `verify.json`.
    #[test]
    fn a_token_opens_with_its_key_alone() {
        let key = b"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
        let token =
            b"gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
        assert_eq!(fernet(key, token).as_deref(), Some(&b"hello"[..]));
        assert_eq!(fernet(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", token), None);
    }
}
