//! The bytes of a zip that belong to no member of its directories: unlisted members, gaps, comments, extra fields.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::error::Failure;
use super::directory::Directories;
use super::records::{self, CENTRAL, DESCRIPTOR, LOCAL, Local, Record, STREAMED};
use super::unpack::{self, Content};
use super::{Reader, name, space};

/// So many bytes hide nothing that could be read.
const FEW: usize = 4;
/// Most stretches of bytes that are shown as files.
const STRETCHES: usize = 200;

/// Extra field that aligns the data behind it.
const ALIGNMENT: u16 = 0xD935;

/// Extra fields that zip tools write, with the most bytes that theirs have: sizes of zip64, times, owners, names, AES.
const FIELDS: [(u16, usize); 11] = [
    (0x0001, 28),
    (0x000A, 36),
    (0x000D, 12),
    (0x5455, 13),
    (0x5855, 12),
    (0x7855, 4),
    (0x7875, 11),
    (0x756E, 14),
    // Compared with the name.
    (0x7075, usize::MAX),
    (0x9901, 7),
    (0xCAFE, 0),
];

/// Tells of every byte that no member of a directory accounts for, and keeps what can be read of it.
pub(super) fn read(found: &Directories, reader: &mut Reader<'_>) -> Result<(), Failure> {
    let bytes = reader.bytes;
    let members: Vec<Range<usize>> = found.python.iter().map(|member| space::member(bytes, member)).collect();
    if space::overlap(members.clone()) {
        reader.contents.odd("", "members of the zip share bytes: the shape of an archive bomb");
    }
    let others = found.others.iter().map(|member| space::member(bytes, member));
    let taken = members.into_iter().chain(others).chain(found.spans.clone()).collect();
    for gap in space::gaps(taken, bytes.len()) {
        let len = gap.len();
        let told = match () {
            () if gap.start == 0 => {
                reader.contents.odd("", format!("{len} bytes stand before the first member of the zip"));
                true
            }
            () if gap.start >= found.end => {
                reader.contents.odd("", format!("{len} bytes follow the end of the zip"));
                true
            }
            () => false,
        };
        region(reader, gap, told)?;
    }
    if !found.comment.is_empty() {
        reader.contents.odd("", format!("the zip carries a comment of {} bytes", found.comment.len()));
        let comment = reader.slice(found.comment.clone());
        reader.contents.aside("comment", comment, reader.budget)?;
    }
    extras(found, reader)
}

/// Bytes between what is known. A local header there begins a member that no directory lists.
fn region(reader: &mut Reader<'_>, gap: Range<usize>, told: bool) -> Result<(), Failure> {
    let bytes = reader.bytes;
    // Where the bytes begin that are nothing known.
    let mut raw = gap.start;
    let mut at = gap.start;
    while at < gap.end {
        let next = if let Some(local) = Local::read(bytes, at).filter(|local| local.plausible(bytes)) {
            Some(unlisted(reader, &local, gap.end)?)
        } else {
            stray_records(reader, at)
        };
        match next {
            Some(next) => {
                stretch(reader, raw..at, told)?;
                at = next.max(at + 1);
                raw = at;
            }
            None => at = next_signature(bytes, at + 1..gap.end),
        }
    }
    stretch(reader, raw..gap.end, told)
}

fn next_signature(bytes: &[u8], within: Range<usize>) -> usize {
    let windows = bytes.get(within.start..bytes.len().min(within.end + 3)).unwrap_or(&[]).windows(LOCAL.len());
    let found = windows.enumerate().find(|(_, four)| *four == LOCAL || *four == CENTRAL);
    found.map_or(within.end, |(at, _)| (within.start + at).min(within.end))
}

/// Records of a directory that no end record leads to; their members, if there are any, are found by their local headers.
fn stray_records(reader: &mut Reader<'_>, start: usize) -> Option<usize> {
    let mut behind = start;
    let mut count = 0_usize;
    while let Some(record) = Record::read(reader.bytes, behind, 0) {
        behind = record.end;
        count += 1;
    }
    if count == 0 {
        return None;
    }
    let what =
        format!("{count} records of a directory at byte {start} are read by nobody who starts from an end record");
    reader.contents.odd("", what);
    Some(behind)
}

/// A member that no directory lists. Returns where it ends.
fn unlisted(reader: &mut Reader<'_>, local: &Local, end: usize) -> Result<usize, Failure> {
    let bytes = reader.bytes;
    let data = local.data();
    let streamed = local.flags & STREAMED != 0 && local.packed == 0;
    let packed = match (streamed, local.method) {
        (false, _) => usize::try_from(local.packed).unwrap_or(usize::MAX),
        (true, 0) => stored_until(bytes, data, end) - data,
        // The compressed data say themselves where they end.
        (true, _) => end.saturating_sub(data),
    };
    let mut data_end = data.saturating_add(packed).min(bytes.len());
    let name = name::decoded(reader.slice(local.name.clone()), local.flags);
    let name = name.split('\0').next().unwrap_or_default().to_owned();
    let path = reader.path(name.trim_end_matches('/'));
    reader.contents.odd(
        &path,
        format!(
            "its local header at byte {} is in no directory of the zip: readers that stream unpack it, Python, so pip, does not",
            local.at
        ),
    );
    if local.flags & records::ENCRYPTED != 0 {
        reader.contents.skip(&path, "an encrypted member that no directory of the zip lists");
        return Ok(data_end);
    }
    let size = if streamed { 0 } else { local.size };
    let unpacked = match unpack::unpack(local.method, local.flags, reader.slice(data..data_end), size, reader.budget)? {
        Content::Bytes(unpacked, used) => {
            if streamed {
                data_end = data.saturating_add(used).min(data_end);
            }
            unpacked
        }
        Content::Broken(unpacked, why) => {
            reader.contents.skip(&path, format!("it cannot be unpacked: {why}"));
            unpacked
        }
        Content::TooLarge(size) => {
            reader.contents.skip(&path, format!("it has {size} bytes, more than the limit for one file"));
            Vec::new()
        }
        Content::Method(method) => {
            reader.contents.skip(&path, format!("it is compressed by {method}, which is not read"));
            Vec::new()
        }
    };
    if !name.ends_with('/') || !unpacked.is_empty() {
        reader.hidden(path, unpacked, "unlisted")?;
    }
    // A descriptor has 12 bytes, 16 with its signature.
    let behind = match local.flags & STREAMED {
        0 => data_end,
        _ if records::is_at(bytes, data_end, DESCRIPTOR) => data_end.saturating_add(16),
        _ => data_end.saturating_add(12),
    };
    Ok(behind.min(bytes.len()))
}

/// Where stored data end whose size only their descriptor gives.
fn stored_until(bytes: &[u8], data: usize, end: usize) -> usize {
    let within = bytes.get(data..end).unwrap_or(&[]);
    let fits = |at: &usize| records::u32_at(bytes, data + at + 8).map(|len| len as usize) == Some(*at);
    let mut signs =
        within.windows(DESCRIPTOR.len()).enumerate().filter(|(_, four)| *four == DESCRIPTOR).map(|(at, _)| at);
    signs.find(fits).map_or(end.max(data), |at| data + at)
}

/// Tells of bytes that are nothing known, unless that was done for the whole region, and keeps them.
fn stretch(reader: &mut Reader<'_>, range: Range<usize>, told: bool) -> Result<(), Failure> {
    if range.is_empty() {
        return Ok(());
    }
    if !told {
        let what = format!("{} bytes at byte {} belong to no member of the zip", range.len(), range.start);
        reader.contents.odd("", what);
    }
    keep(reader, range)
}

/// Keeps a stretch of the archive as a file, if it can hold something.
pub(super) fn keep(reader: &mut Reader<'_>, range: Range<usize>) -> Result<(), Failure> {
    let bytes = reader.slice(range.clone());
    let same = bytes.first().is_some_and(|first| bytes.iter().all(|byte| byte == first));
    if bytes.len() <= FEW || same {
        return Ok(());
    }
    reader.stretches += 1;
    let size = bytes.len() as u64;
    if reader.stretches > STRETCHES {
        if reader.stretches == STRETCHES + 1 {
            let why =
                format!("more than {STRETCHES} stretches of the zip belong to no member; the others are not shown");
            reader.contents.skip("", why);
        }
        return Ok(());
    }
    if size > reader.budget.limits.file_bytes {
        let name = format!("bytes {}-{}", range.start, range.end);
        reader
            .contents
            .skip("", format!("{name} of the zip belong to no member and are more than the limit for one file"));
        return Ok(());
    }
    reader.budget.take(size)?;
    let name = format!("bytes {}-{}", range.start, range.end);
    Ok(reader.contents.aside(&name, bytes, reader.budget)?)
}

/// What members carry beside their data, sort by sort.
#[derive(Default)]
struct Carried {
    members: usize,
    bytes: usize,
    /// The first such member, and where its bytes are.
    first: String,
    at: usize,
}

/// Extra fields that no zip tool writes, bytes behind the fields, comments of members.
fn extras(found: &Directories, reader: &mut Reader<'_>) -> Result<(), Failure> {
    let mut carried: BTreeMap<String, Carried> = BTreeMap::new();
    let mut shown: Vec<Range<usize>> = Vec::new();
    for member in found.python.iter().chain(&found.others) {
        let record = &member.record;
        let mut stretches: Vec<(String, Range<usize>)> = Vec::new();
        if !record.comment.is_empty() {
            stretches.push(("a comment".to_owned(), record.comment.clone()));
        }
        let central = reader.slice(record.extra.clone());
        stretches.extend(unknown_fields(central, record.extra.start));
        if let Some(local) = &member.local {
            let extra = reader.slice(local.extra.clone());
            // Most tools write the same twice.
            if extra != central {
                stretches.extend(unknown_fields(extra, local.extra.start));
            }
        }
        for (sort, range) in stretches {
            let carried = carried.entry(sort).or_insert_with(|| Carried {
                first: name::decoded(reader.slice(record.name.clone()), record.flags),
                at: range.start,
                ..Carried::default()
            });
            carried.members += 1;
            carried.bytes += range.len();
            shown.push(range);
        }
    }
    for (sort, Carried { members, bytes, first, at }) in carried {
        let more = match members {
            1 => String::new(),
            _ => format!(", and {} more members do; {bytes} bytes in all", members - 1),
        };
        reader.contents.odd(first, format!("it carries {sort} at byte {at} of the zip{more}"));
    }
    shown.into_iter().try_for_each(|range| keep(reader, range))
}

/// The fields of extra data that are of no known kind or longer than theirs, and what stands behind the fields.
fn unknown_fields(extra: &[u8], start: usize) -> Vec<(String, Range<usize>)> {
    let mut behind = 0;
    let mut unknown = Vec::new();
    for field in records::fields(extra) {
        behind = field.at + field.content.len();
        let known = FIELDS.iter().any(|(id, most)| *id == field.id && field.content.len() <= *most);
        // Zeros align data; the field for that says first to how many bytes.
        let zeros = if field.id == ALIGNMENT { field.content.get(2..).unwrap_or(&[]) } else { field.content };
        if !known && zeros.iter().any(|byte| *byte != 0) {
            let sort = format!("an extra field of an unknown kind (0x{:04x})", field.id);
            unknown.push((sort, start + field.at..start + behind));
        }
    }
    if behind < extra.len() {
        unknown.push(("bytes behind its extra fields".to_owned(), start + behind..start + extra.len()));
    }
    unknown
}
