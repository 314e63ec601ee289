//! How image files are built: where each ends, and what stands in it beside the image.

use image::ImageFormat;

use super::Note;
use super::reader::{be16, be32, le16, le32, part, words};
use crate::text::many;

/// An image file as it is built.
pub(super) struct Found {
    /// Its format, for whoever decodes it.
    pub format: ImageFormat,
    /// The same for the eye.
    pub name: &'static str,
    /// What it carries.
    pub notes: Vec<Note>,
    /// Where the format says that it ends; `None` where it breaks off before.
    pub end: Option<usize>,
}

/// Reads the structure of an image.
pub(super) fn of(bytes: &[u8]) -> Option<Found> {
    type Walk = fn(&[u8], &mut Vec<Note>) -> Option<usize>;
    let (format, name, walk): (_, _, Walk) = match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => (ImageFormat::Png, "PNG", png),
        [0xff, 0xd8, 0xff, ..] => (ImageFormat::Jpeg, "JPEG", jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => (ImageFormat::Gif, "GIF", gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => (ImageFormat::WebP, "WebP", webp),
        [b'B', b'M', ..] if (40..=124).contains(&le32(bytes, 14)?) => (ImageFormat::Bmp, "BMP", bmp),
        [0, 0, 1, 0, low, high, ..] if (1..=64).contains(&u16::from_le_bytes([*low, *high])) => {
            (ImageFormat::Ico, "ICO", ico)
        }
        _ => return None,
    };
    let mut notes = Vec::new();
    let end = walk(bytes, &mut notes);
    if end.is_none() {
        notes.push(Note::odd(bytes.len(), "it breaks off before its end"));
    }
    Some(Found { format, name, notes, end })
}

fn sized(length: usize) -> String {
    many(length, "byte", "bytes")
}

/// The chunks of PNG and of its animations that hold the image and how it is to be shown.
const PNG_CHUNKS: [&[u8]; 22] = [
    b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"bKGD", b"pHYs", b"sBIT", b"hIST",
    b"sPLT", b"tIME", b"acTL", b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI", b"oFFs", b"sTER",
];

fn png(bytes: &[u8], notes: &mut Vec<Note>) -> Option<usize> {
    let mut at = 8;
    loop {
        let length = be32(bytes, at)?;
        let name = bytes.get(at + 4..at + 8)?;
        let next = at.checked_add(12)?.checked_add(length)?;
        if next > bytes.len() {
            return None;
        }
        let content = part(bytes, at + 8, length);
        match name {
            b"IEND" => return Some(next),
            b"tEXt" | b"iTXt" | b"zTXt" => {
                let key = content.iter().position(|byte| *byte == 0).unwrap_or(content.len());
                let text = match name {
                    b"tEXt" => format!(": {}", words(part(content, key + 1, length))),
                    _ => String::new(),
                };
                let key = words(part(content, 0, key));
                notes.push(Note::odd(at, format!("text '{key}', {}{text}", sized(length))));
            }
            b"eXIf" => notes.push(Note::usual(at, format!("EXIF data, {}", sized(length)))),
            name if PNG_CHUNKS.contains(&name) => {}
            name => notes.push(Note::odd(at, format!("a chunk '{}' of its own, {}", words(name), sized(length)))),
        }
        at = next;
    }
}

fn jpeg(bytes: &[u8], notes: &mut Vec<Note>) -> Option<usize> {
    let mut at = 2;
    loop {
        // A marker may have any number of fill bytes before it.
        while bytes.get(at) == Some(&0xff) && bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        if bytes.get(at) != Some(&0xff) {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        if marker == 0xd9 {
            return Some(at + 2);
        }
        let length = be16(bytes, at + 2)?;
        let content = part(bytes, at + 4, length.checked_sub(2)?);
        let size = sized(content.len());
        match marker {
            0xfe => notes.push(Note::odd(at, format!("a comment, {size}: {}", words(content)))),
            0xe1 if content.starts_with(b"Exif") => notes.push(Note::usual(at, format!("EXIF data, {size}"))),
            0xe1 if content.starts_with(b"http") => notes.push(Note::usual(at, format!("XMP data, {size}"))),
            0xe0 | 0xe2 | 0xed | 0xee => {}
            0xe1..=0xef => notes.push(Note::odd(at, format!("application data {}, {size}", marker - 0xe0))),
            _ => {}
        }
        at = at.checked_add(2)?.checked_add(length)?;
        if marker == 0xda {
            // The image itself: until a marker that is none of those that stand in it.
            let rest = bytes.get(at..)?;
            let end =
                rest.windows(2).position(|two| matches!(two, [0xff, next] if !matches!(next, 0 | 0xd0..=0xd7 | 0xff)));
            at += end?;
        }
    }
}

fn gif(bytes: &[u8], notes: &mut Vec<Note>) -> Option<usize> {
    let colors = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + colors(*bytes.get(10)?);
    loop {
        match *bytes.get(at)? {
            0x3b => return Some(at + 1),
            0x2c => at = blocks(bytes, at + 11 + colors(*bytes.get(at + 9)?))?.1,
            0x21 => {
                let (kind, start) = (*bytes.get(at + 1)?, at);
                let (length, next) = blocks(bytes, at + 2)?;
                at = next;
                let content = part(bytes, start + 3, length);
                match kind {
                    0xfe => notes.push(Note::odd(start, format!("a comment, {}: {}", sized(length), words(content)))),
                    0x01 => notes.push(Note::odd(start, format!("plain text, {}", sized(length)))),
                    0xff if !content.starts_with(b"NETSCAPE") && !content.starts_with(b"ANIMEXTS") => {
                        let name = words(part(content, 0, 11));
                        notes.push(Note::usual(start, format!("data of '{name}', {}", sized(length))));
                    }
                    _ => {}
                }
            }
            _ => return None,
        }
    }
}

/// How long the blocks from a place on are together, and where they end.
fn blocks(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut length = 0;
    loop {
        match usize::from(*bytes.get(at)?) {
            0 => return Some((length, at + 1)),
            block => {
                length += block;
                at += block + 1;
            }
        }
    }
}

fn webp(bytes: &[u8], notes: &mut Vec<Note>) -> Option<usize> {
    let end = le32(bytes, 4)?.checked_add(8).filter(|end| *end <= bytes.len())?;
    let mut at = 12;
    while at + 8 <= end {
        let (name, length) = (part(bytes, at, 4), le32(bytes, at + 4)?);
        match name {
            b"EXIF" => notes.push(Note::usual(at, format!("EXIF data, {}", sized(length)))),
            b"XMP " => notes.push(Note::usual(at, format!("XMP data, {}", sized(length)))),
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {}
            name => notes.push(Note::odd(at, format!("a chunk '{}' of its own, {}", words(name), sized(length)))),
        }
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
    }
    Some(end)
}

fn bmp(bytes: &[u8], _: &mut Vec<Note>) -> Option<usize> {
    le32(bytes, 2).filter(|end| (54..=bytes.len()).contains(end))
}

fn ico(bytes: &[u8], notes: &mut Vec<Note>) -> Option<usize> {
    let count = le16(bytes, 4)?;
    let ends = (0..count).map(|entry| {
        let at = 6 + entry * 16;
        le32(bytes, at + 12)?.checked_add(le32(bytes, at + 8)?).filter(|end| *end <= bytes.len())
    });
    let end = ends.collect::<Option<Vec<usize>>>()?.into_iter().max()?;
    notes.push(Note::usual(6, many(count, "size", "sizes")));
    Some(end)
}
