//! Fonts: their tables, their name and how many glyphs they have.

use super::reader::{be16, be32, part};
use super::{Note, Preview, trailing};
use crate::text::many;

/// Most tables of a font.
const MOST_TABLES: usize = 512;

/// A table of the directory.
struct Table {
    tag: String,
    at: usize,
    stored: usize,
    length: usize,
}

/// A font's tables; `None` where it is no font.
pub(super) fn preview(bytes: &[u8]) -> Option<Preview> {
    let (kind, first, entry) = match bytes.get(..4)? {
        [0, 1, 0, 0] | b"true" => ("TrueType font", 12, 16),
        b"OTTO" => ("OpenType font", 12, 16),
        b"wOFF" => ("WOFF font", 44, 20),
        b"wOF2" => return Some(compressed(bytes)),
        _ => return None,
    };
    let count = be16(bytes, if entry == 16 { 4 } else { 12 }).filter(|count| (1..=MOST_TABLES).contains(count))?;
    let table = |index: usize| {
        let record = first + index * entry;
        let tag = part(bytes, record, 4);
        let printable = tag.len() == 4 && tag.iter().all(|byte| (0x20..0x7f).contains(byte));
        let (at, stored, length) = match entry {
            16 => (be32(bytes, record + 8)?, be32(bytes, record + 12)?, be32(bytes, record + 12)?),
            _ => (be32(bytes, record + 4)?, be32(bytes, record + 8)?, be32(bytes, record + 12)?),
        };
        printable.then(|| Table { tag: String::from_utf8_lossy(tag).into_owned(), at, stored, length })
    };
    let tables: Vec<Table> = (0..count).map(table).collect::<Option<_>>()?;
    let mut what = kind.to_owned();
    // Of a compressed table nothing more is read.
    let read = |tag: &str| tables.iter().find(|table| table.tag == tag && table.stored == table.length);
    if let Some(family) = read("name").and_then(|table| family(part(bytes, table.at, table.length))) {
        what = format!("{what} '{family}'");
    }
    if let Some(glyphs) = read("maxp").and_then(|table| be16(bytes, table.at.checked_add(4)?)) {
        what = format!("{what}, {}", many(glyphs, "glyph", "glyphs"));
    }
    what = format!("{what}, {}", many(count, "table", "tables"));
    let ends = tables.iter().map(|table| table.at.saturating_add(table.stored));
    let mut end = ends.max().unwrap_or_default();
    let mut notes = Vec::new();
    if end > bytes.len() {
        notes.push(Note::odd(bytes.len(), "it breaks off before its end"));
    }
    if entry == 20 {
        // What WOFF has behind the tables: the maker's words, and data that nothing reads.
        for (at, name) in [(24, "metadata"), (36, "private data")] {
            let (Some(offset), Some(length)) = (be32(bytes, at), be32(bytes, at + 4)) else { continue };
            if length > 0 {
                end = end.max(offset.saturating_add(length));
                notes.push(Note::odd(offset, format!("{name}, {}", many(length, "byte", "bytes"))));
            }
        }
    }
    // Tables are filled up to four bytes.
    notes.extend(trailing::note(bytes, end.saturating_add(3) & !3));
    let rows = tables.into_iter().map(|table| (table.tag, table.length as u64)).collect();
    Some(Preview { what, notes, picture: None, rows })
}

/// WOFF2 keeps its tables in one compressed stream.
fn compressed(bytes: &[u8]) -> Preview {
    let tables = be16(bytes, 12).map_or_else(String::new, |count| format!(", {}", many(count, "table", "tables")));
    let mut notes = Vec::new();
    let mut end = be32(bytes, 8).unwrap_or(bytes.len());
    for (at, length, name) in [(28, 32, "metadata"), (40, 44, "private data")] {
        let (Some(offset), Some(length)) = (be32(bytes, at), be32(bytes, length)) else { continue };
        if length > 0 {
            end = end.max(offset.saturating_add(length));
            notes.push(Note::odd(offset, format!("{name}, {}", many(length, "byte", "bytes"))));
        }
    }
    notes.extend(trailing::note(bytes, end));
    Preview { what: format!("WOFF2 font{tables}"), notes, picture: None, rows: Vec::new() }
}

/// The name of the family out of the table of names.
fn family(table: &[u8]) -> Option<String> {
    let (count, texts) = (be16(table, 2)?, be16(table, 4)?);
    (0..count.min(MOST_TABLES)).find_map(|index| {
        let record = 6 + index * 12;
        if be16(table, record + 6)? != 1 {
            return None;
        }
        let text = part(table, texts.checked_add(be16(table, record + 10)?)?, be16(table, record + 8)?);
        let name = match be16(table, record)? {
            0 | 3 => {
                let units =
                    text.chunks_exact(2).filter_map(|two| be16(two, 0).and_then(|unit| u16::try_from(unit).ok()));
                String::from_utf16_lossy(&units.collect::<Vec<u16>>())
            }
            _ => String::from_utf8_lossy(text).into_owned(),
        };
        Some(name).filter(|name| !name.is_empty())
    })
}
