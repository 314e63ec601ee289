//! Bytes in serde's data model as bytes and not as a list of numbers, which binary formats write one by one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserializer, Serializer};

/// Writes bytes.
pub(crate) fn serialize<S: Serializer>(bytes: impl AsRef<[u8]>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(bytes.as_ref())
}

/// Reads bytes; a list of numbers, as formats of text have it, is taken too.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, B: for<'a> From<&'a [u8]>>(from: D) -> Result<B, D::Error> {
    from.deserialize_byte_buf(Bytes(PhantomData))
}

struct Bytes<B>(PhantomData<B>);

impl<'de, B: for<'a> From<&'a [u8]>> Visitor<'de> for Bytes<B> {
    type Value = B;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<B, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<B, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = numbers.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes.as_slice().into())
    }
}
