//! The records of a zip: the end of its directory, the directory, the headers before its members.

use std::ops::Range;

/// Begins a local header.
pub(super) const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Begins a record of a directory.
pub(super) const CENTRAL: [u8; 4] = *b"PK\x01\x02";
/// Begins an end record.
pub(super) const END: [u8; 4] = *b"PK\x05\x06";
/// Begins a zip64 end record.
const END64: [u8; 4] = *b"PK\x06\x06";
/// Begins a locator of a zip64 end record.
const LOCATOR64: [u8; 4] = *b"PK\x06\x07";
/// May begin a data descriptor.
pub(super) const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Length of an end record without its comment.
pub(super) const END_LEN: usize = 22;
const END64_LEN: usize = 56;
const LOCATOR64_LEN: usize = 20;
const CENTRAL_LEN: usize = 46;
const LOCAL_LEN: usize = 30;

/// Extra field with the numbers that do not fit into 32 bits.
const ZIP64: u16 = 0x0001;

/// The member is encrypted.
pub(super) const ENCRYPTED: u16 = 1;
/// Sizes and check sum follow the data instead of standing before it.
pub(super) const STREAMED: u16 = 1 << 3;
/// The name is UTF-8.
pub(super) const UTF8: u16 = 1 << 11;

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Whether a record of this kind begins there.
pub(super) fn is_at(bytes: &[u8], at: usize, signature: [u8; 4]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(&signature))
}

/// A stretch of the archive, if it is inside.
fn range(bytes: &[u8], start: usize, len: u16) -> Option<Range<usize>> {
    let range = start..start.checked_add(usize::from(len))?;
    bytes.get(range.clone()).map(|_| range)
}

/// An end record: where a directory is and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// Where it stands.
    pub at: usize,
    /// Where the records that end the zip begin: a zip64 end record stands before it.
    pub start: usize,
    /// Number of this part of the zip, 0 for the first.
    pub disk: u32,
    /// Records of the directory.
    pub count: u64,
    /// Bytes of the directory.
    pub size: u64,
    /// Where the directory begins, counted from the first byte of the zip.
    pub offset: u64,
    /// The comment, as far as there is one.
    pub comment: Range<usize>,
}

impl End {
    /// The end record at a place, by its own numbers.
    pub fn read(bytes: &[u8], at: usize) -> Option<Self> {
        if !is_at(bytes, at, END) {
            return None;
        }
        let comment = at.checked_add(END_LEN)?;
        let comment_len = usize::from(u16_at(bytes, at + 20)?);
        Some(Self {
            at,
            start: at,
            disk: u32::from(u16_at(bytes, at + 4)?),
            count: u64::from(u16_at(bytes, at + 10)?),
            size: u64::from(u32_at(bytes, at + 12)?),
            offset: u64::from(u32_at(bytes, at + 16)?),
            comment: comment..bytes.len().min(comment.checked_add(comment_len)?),
        })
    }

    /// The same by the numbers of a zip64 end record: the one right before its locator, where Python looks, and the one that the
    /// locator points to.
    pub fn zip64(&self, bytes: &[u8]) -> [Option<Self>; 2] {
        let Some(locator) = self.locator(bytes) else { return [None, None] };
        let pointed = u64_at(bytes, locator + 8).and_then(|at| usize::try_from(at).ok());
        let before = locator.checked_sub(END64_LEN);
        let read = |at: Option<usize>| {
            let at = at.filter(|at| is_at(bytes, *at, END64))?;
            Some(Self {
                start: if Some(at) == before { at } else { locator },
                disk: u32_at(bytes, at.checked_add(16)?)?,
                count: u64_at(bytes, at.checked_add(32)?)?,
                size: u64_at(bytes, at.checked_add(40)?)?,
                offset: u64_at(bytes, at.checked_add(48)?)?,
                ..self.clone()
            })
        };
        [read(before), read(pointed.filter(|at| Some(*at) != before))]
    }

    fn locator(&self, bytes: &[u8]) -> Option<usize> {
        self.at.checked_sub(LOCATOR64_LEN).filter(|at| is_at(bytes, *at, LOCATOR64))
    }

    /// All bytes of the records that end the zip, and their comment.
    pub fn span(&self, bytes: &[u8]) -> Range<usize> {
        let start = self.locator(bytes).unwrap_or(self.at).min(self.start);
        start..self.comment.end
    }
}

/// What a directory says of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    /// Bytes in the archive.
    pub packed: u64,
    /// Bytes when unpacked.
    pub size: u64,
    /// Attributes; the upper half is the Unix mode.
    pub attributes: u32,
    /// Where its local header is; `None` where that is outside of the archive.
    pub local: Option<usize>,
    pub name: Range<usize>,
    pub extra: Range<usize>,
    pub comment: Range<usize>,
    /// Behind the record.
    pub end: usize,
}

impl Record {
    /// The record at a place. `shift` is added to its offset, which counts from the first byte of the zip.
    pub fn read(bytes: &[u8], at: usize, shift: i64) -> Option<Self> {
        if !is_at(bytes, at, CENTRAL) {
            return None;
        }
        let name = range(bytes, at.checked_add(CENTRAL_LEN)?, u16_at(bytes, at + 28)?)?;
        let extra = range(bytes, name.end, u16_at(bytes, at + 30)?)?;
        let comment = range(bytes, extra.end, u16_at(bytes, at + 32)?)?;
        let [size, packed, local] = large(
            bytes.get(extra.clone())?,
            [u32_at(bytes, at + 24)?, u32_at(bytes, at + 20)?, u32_at(bytes, at + 42)?],
        );
        let local = i64::try_from(local).ok().and_then(|local| usize::try_from(local.checked_add(shift)?).ok());
        Some(Self {
            flags: u16_at(bytes, at + 8)?,
            method: u16_at(bytes, at + 10)?,
            crc: u32_at(bytes, at + 16)?,
            packed,
            size,
            attributes: u32_at(bytes, at + 38)?,
            local,
            end: comment.end,
            name,
            extra,
            comment,
        })
    }

    pub fn encrypted(&self) -> bool {
        self.flags & ENCRYPTED != 0
    }

    /// Whether its mode is that of a symbolic link.
    pub fn symlink(&self) -> bool {
        (self.attributes >> 16) & 0o170_000 == 0o120_000
    }
}

/// The header that stands before a member's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local {
    pub at: usize,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed: u64,
    pub size: u64,
    pub name: Range<usize>,
    pub extra: Range<usize>,
}

impl Local {
    pub fn read(bytes: &[u8], at: usize) -> Option<Self> {
        if !is_at(bytes, at, LOCAL) {
            return None;
        }
        let name = range(bytes, at.checked_add(LOCAL_LEN)?, u16_at(bytes, at + 26)?)?;
        let extra = range(bytes, name.end, u16_at(bytes, at + 28)?)?;
        let [size, packed] = large(bytes.get(extra.clone())?, [u32_at(bytes, at + 22)?, u32_at(bytes, at + 18)?]);
        Some(Self {
            at,
            flags: u16_at(bytes, at + 6)?,
            method: u16_at(bytes, at + 8)?,
            crc: u32_at(bytes, at + 14)?,
            packed,
            size,
            name,
            extra,
        })
    }

    /// Where the member's data begin.
    pub fn data(&self) -> usize {
        self.extra.end
    }

    /// Whether this can be a header, and not four bytes that happen to look like one: it has a name that can be shown and a
    /// method that exists.
    pub fn plausible(&self, bytes: &[u8]) -> bool {
        let name = bytes.get(self.name.clone()).unwrap_or(&[]);
        let printable = !name.is_empty() && !name.iter().any(|byte| (1..0x20).contains(byte));
        printable && (self.method <= 20 || (90..=99).contains(&self.method))
    }
}

/// Numbers of 32 bits that say where they are full that the real one stands in the zip64 extra field, in their order.
fn large<const N: usize>(extra: &[u8], stored: [u32; N]) -> [u64; N] {
    let mut field = fields(extra).find(|field| field.id == ZIP64).map_or(&[][..], |field| field.content);
    stored.map(|number| match (number, field.split_first_chunk()) {
        (u32::MAX, Some((real, rest))) => {
            field = rest;
            u64::from_le_bytes(*real)
        }
        _ => u64::from(number),
    })
}

/// A field of a record's extra data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'b> {
    pub id: u16,
    /// Where its content begins in the extra data.
    pub at: usize,
    pub content: &'b [u8],
}

/// The fields of extra data, as far as they are whole.
pub(super) fn fields(extra: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let id = u16_at(extra, at)?;
        let len = usize::from(u16_at(extra, at + 2)?);
        let start = at + 4;
        let content = extra.get(start..start + len)?;
        at = start + len;
        Some(Field { id, at: start, content })
    })
}
