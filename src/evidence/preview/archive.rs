//! Archives inside a package: their members with their sizes.

use super::{Note, Preview};
use crate::package::{self, Limits, OpenOptions};
use crate::text::many;

/// What archives begin with.
const MAGIC: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "zip archive"),
    (b"\x1f\x8b", "tar archive, packed by gzip"),
    (b"BZh", "tar archive, packed by bzip2"),
    (b"\xfd7zXZ\0", "tar archive, packed by xz"),
    (b"\x28\xb5\x2f\xfd", "tar archive, packed by zstd"),
    (b"\x04\x22\x4d\x18", "LZ4 data"),
];

/// Where a tar's header says that it is one.
const TAR: std::ops::Range<usize> = 257..262;

/// An archive's members; `None` where it is none.
pub(super) fn preview(bytes: &[u8]) -> Option<Preview> {
    let tar = (bytes.get(TAR) == Some(b"ustar")).then_some("tar archive");
    let kind = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind).or(tar)?;
    let limits = Limits { archive_bytes: 128 << 20, total_bytes: 512 << 20, files: 20_000, ..Limits::default() };
    let options = OpenOptions { limits, ..OpenOptions::default() };
    let package = match package::open_bytes("archive", bytes.to_vec(), &options) {
        Ok(package) => package,
        Err(_) => {
            let kind = kind.strip_prefix("tar archive, packed by ").map_or(kind.to_owned(), |by| format!("{by} data"));
            return Some(Preview { what: format!("{kind} that cannot be listed"), ..Preview::default() });
        }
    };
    let what = format!("{kind}, {}", many(package.files.len(), "file", "files"));
    let odd = package.oddities.iter().map(|oddity| match oddity.path.as_str() {
        "" => Note::odd(0, oddity.what.clone()),
        path => Note::odd(0, format!("{path}: {}", oddity.what)),
    });
    let notes = odd.chain(package.skipped.iter().map(|skip| Note::odd(0, format!("{}: {}", skip.path, skip.reason))));
    let rows = package.files.iter().map(|file| (file.path.clone(), file.bytes.len() as u64));
    Some(Preview { what, notes: notes.collect(), picture: None, rows: rows.collect() })
}
