//! Bytes behind the end of a file's format: what they are.

use super::Note;
use super::reader::words;
use crate::text::many;

/// What data begins with, and what that is.
const MAGIC: [(&[u8], &str); 12] = [
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a Linux program (ELF)"),
    (b"MZ", "a Windows program"),
    (b"\x89PNG", "another image (PNG)"),
    (b"\xff\xd8\xff", "another image (JPEG)"),
    (b"<?php", "PHP code"),
    (b"#!", "a script"),
];

/// The end record of a zip archive, which readers look for from behind.
const ZIP_END: &[u8] = b"PK\x05\x06";

/// What stands behind the end, if anything does.
pub(super) fn note(bytes: &[u8], end: usize) -> Option<Note> {
    let rest = bytes.get(end..).filter(|rest| !rest.is_empty())?;
    let size = many(rest.len(), "byte", "bytes");
    if rest.iter().all(|byte| *byte == 0) {
        return Some(Note::usual(end, format!("{size} behind its end, all zero")));
    }
    Some(Note::odd(end, format!("{size} behind its end: {}", sort(rest))))
}

fn sort(rest: &[u8]) -> String {
    let known = MAGIC.iter().find(|(magic, _)| rest.starts_with(magic)).map(|(_, what)| (*what).to_owned());
    let zip =
        || rest.windows(ZIP_END.len()).any(|at| at == ZIP_END).then(|| "data with a zip archive in it".to_owned());
    known
        .or_else(zip)
        .unwrap_or_else(|| if is_text(rest) { format!("text: {}", words(rest)) } else { "data".to_owned() })
}

/// Whether bytes are text for the most part.
fn is_text(bytes: &[u8]) -> bool {
    let looked = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let plain = |byte: &&u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..);
    std::str::from_utf8(looked).map_or_else(|error| error.valid_up_to() + 4 > looked.len(), |_| true)
        && looked.iter().filter(plain).count() == looked.len()
}
