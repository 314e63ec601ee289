//! Tricks in a zip's structure: what two readers could read differently.

use std::collections::HashMap;
use std::io::{Read, Seek};

use zip::ZipArchive;

use super::member::Contents;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// Length of an end record without its comment.
const END_LEN: usize = 22;

/// Notes duplicate names, local headers that contradict the central directory, shared bytes, and bytes before or after the archive.
pub(super) fn audit<R: Read + Seek>(bytes: &[u8], archive: &mut ZipArchive<R>, contents: &mut Contents) {
    let records = central_directory(bytes, archive.central_directory_start() as usize);
    duplicates(&records, contents);
    let offset = archive.offset() as usize;
    for record in &records {
        compare(bytes, offset, record, contents);
    }
    if matches!(archive.has_overlapping_files(), Ok(true)) {
        contents.odd("", "members of the zip share bytes: the shape of an archive bomb");
    }
    if !bytes.starts_with(LOCAL) && !bytes.starts_with(END) {
        contents.odd("", format!("{} bytes stand before the first member of the zip", first_member(offset, &records)));
    }
    end_records(bytes, archive.comment().len(), contents);
    if !archive.comment().is_empty() {
        contents.odd("", format!("the zip carries a comment of {} bytes", archive.comment().len()));
    }
}

/// Whether a zip has more records than this, found without reading them: a record costs far more memory than bytes.
pub(super) fn claims_more_than(bytes: &[u8], files: usize) -> bool {
    let Some(end) = bytes.windows(4).rposition(|four| four == END) else { return false };
    match u16_at(bytes, end + 10) {
        // Then the number stands elsewhere and may be anything: the records themselves are counted.
        Some(u16::MAX) => bytes.windows(4).filter(|four| *four == CENTRAL).take(files + 1).count() > files,
        _ => false,
    }
}

/// Looks for what follows the zip, and for a second end record that another reader could start from.
fn end_records(bytes: &[u8], comment: usize, contents: &mut Contents) {
    // An end record stands in the last 64 KiB, as far as its comment can reach.
    let from = bytes.len().saturating_sub(END_LEN + 0xFFFF);
    let tail = bytes.get(from..).unwrap_or(bytes);
    let ends: Vec<usize> = tail.windows(4).enumerate().filter(|(_, four)| *four == END).map(|(at, _)| at).collect();
    if ends.len() > 1 {
        contents.odd("", format!("the zip has {} end records: readers may start from different ones", ends.len()));
    }
    let after = ends.last().map_or(0, |at| tail.len().saturating_sub(at + END_LEN + comment));
    if ends.len() == 1 && after > 0 {
        contents.odd("", format!("{after} bytes follow the end of the zip"));
    }
}

fn first_member(offset: usize, records: &[Record]) -> usize {
    records.iter().map(|record| record.local).min().unwrap_or(0) + offset
}

/// What the central directory says of a member.
struct Record {
    name: Vec<u8>,
    method: u16,
    size: u32,
    local: usize,
    encrypted: bool,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Every record of the central directory, those of equal name too (the zip crate keeps only the last of them).
fn central_directory(bytes: &[u8], mut at: usize) -> Vec<Record> {
    let mut records = Vec::new();
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(CENTRAL)) {
        let Some((record, len)) = record(bytes, at) else { break };
        records.push(record);
        at += len;
    }
    records
}

fn record(bytes: &[u8], at: usize) -> Option<(Record, usize)> {
    let name_len = usize::from(u16_at(bytes, at + 28)?);
    let rest = usize::from(u16_at(bytes, at + 30)?) + usize::from(u16_at(bytes, at + 32)?);
    let record = Record {
        name: bytes.get(at + 46..at + 46 + name_len)?.to_vec(),
        method: u16_at(bytes, at + 10)?,
        size: u32_at(bytes, at + 24)?,
        local: u32_at(bytes, at + 42)? as usize,
        encrypted: u16_at(bytes, at + 8)? & 1 == 1,
    };
    Some((record, 46 + name_len + rest))
}

fn duplicates(records: &[Record], contents: &mut Contents) {
    let mut sizes: HashMap<&[u8], Vec<u32>> = HashMap::new();
    for record in records {
        sizes.entry(&record.name).or_default().push(record.size);
    }
    let mut repeated: Vec<_> = sizes.into_iter().filter(|(_, sizes)| sizes.len() > 1).collect();
    repeated.sort();
    for (name, sizes) in repeated {
        let list: Vec<String> = sizes.iter().take(8).map(ToString::to_string).collect();
        let what = format!(
            "the zip lists {} members of this name ({} bytes); the last is kept, as installers do",
            sizes.len(),
            list.join(", ")
        );
        contents.odd(String::from_utf8_lossy(name), what);
    }
}

/// Compares a record with its local header, which readers that stream the zip believe instead.
fn compare(bytes: &[u8], offset: usize, record: &Record, contents: &mut Contents) {
    // Zip64 keeps the real offset elsewhere.
    if record.local == u32::MAX as usize {
        return;
    }
    let path = String::from_utf8_lossy(&record.name).into_owned();
    let Some(local) = bytes.get(offset + record.local..).filter(|local| local.starts_with(LOCAL)) else {
        contents.odd(path, "the zip's directory points to a place that is no member");
        return;
    };
    let name_len = usize::from(u16_at(local, 26).unwrap_or(0));
    let name = local.get(30..30 + name_len).unwrap_or(&[]);
    if name != record.name {
        let name = String::from_utf8_lossy(name);
        contents.odd(path, format!("its local header names another file, {name}: readers disagree on what it is"));
        return;
    }
    let streamed = u16_at(local, 6).is_some_and(|flags| flags & 8 != 0);
    let size = u32_at(local, 22).unwrap_or(0);
    if !streamed && !record.encrypted && size != record.size && size != u32::MAX && record.size != u32::MAX {
        contents.odd(&path, format!("its local header says {size} bytes, the zip's directory {}", record.size));
    }
    if u16_at(local, 8) != Some(record.method) {
        contents.odd(path, "its local header and the zip's directory name different compression methods");
    }
}
