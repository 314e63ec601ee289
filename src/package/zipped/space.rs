//! Which bytes of a zip belong to what, and which to nothing.

use std::ops::Range;

use super::directory::Member;
use super::records::{self, DESCRIPTOR, Local, STREAMED};

/// The bytes of a member: its local header, its data, the descriptor behind them.
pub(super) fn member(bytes: &[u8], member: &Member) -> Range<usize> {
    let Some(local) = &member.local else { return member.data.clone() };
    let record = &member.record;
    let descriptor = descriptor(bytes, local, member.data.end, record.crc, record.packed, record.size);
    local.at..descriptor.unwrap_or(member.data.end)
}

/// Behind the descriptor that repeats check sum and sizes, where one stands behind the data. It may have a signature, and numbers
/// of 32 or 64 bits.
pub(super) fn descriptor(bytes: &[u8], local: &Local, at: usize, crc: u32, packed: u64, size: u64) -> Option<usize> {
    if local.flags & STREAMED == 0 {
        return None;
    }
    let signed = usize::from(records::is_at(bytes, at, DESCRIPTOR)) * DESCRIPTOR.len();
    // Without signature too: the check sum itself may begin like one.
    let starts = [at.checked_add(signed)?, at];
    starts.into_iter().find_map(|start| {
        if records::u32_at(bytes, start)? != crc {
            return None;
        }
        let start = start.checked_add(4)?;
        let short = |at: usize| records::u32_at(bytes, at).map(u64::from);
        if records::u64_at(bytes, start) == Some(packed) && records::u64_at(bytes, start.checked_add(8)?) == Some(size)
        {
            return start.checked_add(16);
        }
        let same = short(start)? == packed && short(start.checked_add(4)?)? == size;
        same.then_some(start.checked_add(8)?)
    })
}

/// What the ranges leave free of `0..len`.
pub(super) fn gaps(mut taken: Vec<Range<usize>>, len: usize) -> Vec<Range<usize>> {
    taken.sort_unstable_by_key(|range| range.start);
    let mut free = Vec::new();
    let mut at = 0;
    for range in taken {
        if range.start > at {
            free.push(at..range.start.min(len));
        }
        at = at.max(range.end);
    }
    if at < len {
        free.push(at..len);
    }
    free
}

/// Whether two of the ranges share bytes.
pub(super) fn overlap(mut ranges: Vec<Range<usize>>) -> bool {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut at = 0;
    ranges.into_iter().filter(|range| !range.is_empty()).any(|range| {
        let shared = range.start < at;
        at = at.max(range.end);
        shared
    })
}
