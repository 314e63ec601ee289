//! The xz format: the frames of its streams and blocks, walked here so that a block's window is bounded and nothing that
//! follows a stream goes unseen; the data is unpacked by `lzma-rust2`.

use std::io::{self, Read};

use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;

use super::budget::{Budget, Counted, Exceeded};

pub(super) const MAGIC: [u8; 6] = [0xFD, b'7', b'z', b'X', b'Z', 0];

/// Largest window of a block; `xz -9` asks for half of it.
const WINDOW: u32 = 128 << 20;
/// Most bytes of windows of all blocks together: each is cleared before its block is unpacked.
const WINDOWS: u64 = 4 << 30;

/// Unpacks one stream and moves `rest` behind it.
pub(super) fn stream(rest: &mut &[u8], out: &mut Vec<u8>, budget: &Budget) -> io::Result<()> {
    let head = take(rest, 12)?;
    let check = check_len(head.get(7).copied().unwrap_or(0));
    let mut windows = 0_u64;
    while let Some(size) = rest.first().filter(|size| **size != 0) {
        let header = take(rest, (usize::from(*size) + 1) * 4)?;
        let block = Block::parse(header).ok_or_else(|| broken("a block of the xz stream has no readable header"))?;
        let window = block.window.min(WINDOW);
        windows += u64::from(window);
        if windows > WINDOWS {
            return Err(Exceeded::Windows(WINDOWS).into());
        }
        let before = rest.len();
        let reader = block.reader(&mut *rest, window)?;
        Counted { inner: reader, budget }.read_to_end(out)?;
        let packed = before - rest.len();
        take(rest, packed.next_multiple_of(4) - packed + check)?;
    }
    index(rest)
}

/// The index and the foot of a stream say nothing that the blocks did not.
fn index(rest: &mut &[u8]) -> io::Result<()> {
    let before = rest.len();
    take(rest, 1)?;
    let records = number(rest).ok_or_else(|| broken("the index of the xz stream is cut"))?;
    for _ in 0..records.saturating_mul(2) {
        number(rest).ok_or_else(|| broken("the index of the xz stream is cut"))?;
    }
    let len = before - rest.len();
    take(rest, len.next_multiple_of(4) - len + 4 + 12).map(drop)
}

/// What a block's header says of how it is packed.
struct Block {
    window: u32,
    /// Filters behind the window's, the last applied first: their number and their one setting.
    filters: Vec<(u64, u8)>,
}

impl Block {
    fn parse(header: &[u8]) -> Option<Self> {
        let flags = *header.get(1)?;
        let mut rest = header.get(2..header.len().checked_sub(4)?)?;
        for bit in [0x40, 0x80] {
            if flags & bit != 0 {
                number(&mut rest)?;
            }
        }
        let mut filters = Vec::new();
        for _ in 0..=flags & 3 {
            let (id, len) = (number(&mut rest)?, number(&mut rest)?);
            let settings = take(&mut rest, usize::try_from(len).ok()?).ok()?;
            filters.push((id, settings.first().copied().unwrap_or(0)));
        }
        let (LZMA2, size) = filters.pop()? else { return None };
        let window = match size {
            40 => u32::MAX,
            0..40 => (2 | u32::from(size & 1)) << (size / 2 + 11),
            _ => return None,
        };
        Some(Self { window, filters })
    }

    fn reader<'r>(&self, packed: &'r mut &[u8], window: u32) -> io::Result<Box<dyn Read + 'r>> {
        let mut reader: Box<dyn Read + 'r> = Box::new(Lzma2Reader::new(packed, window, None));
        for (filter, setting) in self.filters.iter().rev() {
            reader = match filter {
                3 => Box::new(DeltaReader::new(reader, usize::from(*setting) + 1)),
                4 => Box::new(BcjReader::new_x86(reader, 0)),
                5 => Box::new(BcjReader::new_ppc(reader, 0)),
                6 => Box::new(BcjReader::new_ia64(reader, 0)),
                7 => Box::new(BcjReader::new_arm(reader, 0)),
                8 => Box::new(BcjReader::new_arm_thumb(reader, 0)),
                9 => Box::new(BcjReader::new_sparc(reader, 0)),
                10 => Box::new(BcjReader::new_arm64(reader, 0)),
                11 => Box::new(BcjReader::new_riscv(reader, 0)),
                _ => return Err(broken("a block of the xz stream names a filter that is not known")),
            };
        }
        Ok(reader)
    }
}

/// The number of the filter that every block ends with.
const LZMA2: u64 = 0x21;

/// Length of the check behind a block.
fn check_len(kind: u8) -> usize {
    match kind & 0xF {
        0 => 0,
        kind => 4 << ((kind - 1) / 3),
    }
}

/// A number of seven bits a byte, the lowest first.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> io::Result<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(len).ok_or_else(|| broken("the xz stream is cut"))?;
    *rest = after;
    Ok(taken)
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
