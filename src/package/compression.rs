//! The compressions around a tar: each stream of the file unpacked and counted, and every byte that is none of a stream.

use std::io::{self, Read};
use std::ops::Range;

use super::budget::{Budget, Counted, Exceeded};
use super::error::{Failure, cause};
use super::xz;

/// Most streams in one file; block gzip has some hundred, a flood of empty ones costs minutes.
const STREAMS: usize = 10_000;
/// Most memory for the window of an lzma stream, KiB.
const LZMA_MEMORY: u32 = 128 << 10;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Bzip2,
    Xz,
    /// The format before xz, which has no mark of its own.
    Lzma,
    Zstd,
}

impl Compression {
    /// By the first bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Self::Bzip2),
            _ if bytes.starts_with(&xz::MAGIC) => Some(Self::Xz),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            _ if is_lzma(bytes) => Some(Self::Lzma),
            _ => None,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Zstd => "zstd",
        }
    }
}

/// As xz itself guesses: settings that are possible, a window of a usual size, a length that is unknown or below 256 GiB.
fn is_lzma(bytes: &[u8]) -> bool {
    let (Some([settings, window @ ..]), Some(len)) =
        (bytes.first_chunk::<5>(), bytes.get(5..13).and_then(|len| Some(u64::from_le_bytes(len.try_into().ok()?))))
    else {
        return false;
    };
    let window = u32::from_le_bytes(*window);
    let usual = window == u32::MAX || window.count_ones() == 1 || window >> window.trailing_zeros().min(31) == 3;
    *settings == 0x5D && usual && window >= 4096 && (len == u64::MAX || len < 256 << 30)
}

/// Bytes of the file that are no packed data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extra {
    pub range: Range<usize>,
    /// Where they stand, to be put behind their number.
    pub place: String,
}

/// What came out of a file.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    pub bytes: Vec<u8>,
    /// Where each stream begins.
    pub streams: Vec<usize>,
    pub extras: Vec<Extra>,
    /// Why unpacking ended before the end.
    pub broken: Option<String>,
}

/// Unpacks all streams of a file. Only a limit is an error: what came out before a stream breaks is kept.
pub(super) fn unpack(packed: &[u8], compression: Compression, budget: &Budget) -> Result<Unpacked, Failure> {
    let mut unpacked = Unpacked::default();
    let mut rest = packed;
    while !rest.is_empty() {
        let at = packed.len() - rest.len();
        if unpacked.streams.len() >= STREAMS {
            return Err(Exceeded::Streams(STREAMS).into());
        }
        if compression == Compression::Zstd && !rest.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            let Some(len) = skippable(rest) else { break };
            let place = "stand in a frame that readers of zstd pass over".to_owned();
            unpacked.extras.push(Extra { range: at..at + len, place });
            rest = rest.get(len..).unwrap_or(&[]);
            continue;
        }
        if !unpacked.streams.is_empty() && Compression::of(rest) != Some(compression) {
            break;
        }
        unpacked.streams.push(at);
        if let Err(error) = stream(&mut rest, compression, at, &mut unpacked, budget) {
            if cause::<Exceeded>(&error).is_some() {
                return Err(Failure::from_io(&error));
            }
            unpacked.broken = Some(error.to_string());
            return Ok(unpacked);
        }
        // xz may pad between streams.
        let zeros = rest.iter().take_while(|byte| **byte == 0).count();
        let behind = rest.get(zeros..).unwrap_or(&[]);
        if compression == Compression::Xz && behind.starts_with(&xz::MAGIC) {
            rest = behind;
        }
    }
    // Tapes and some tools pad with zeros, which readers accept.
    if rest.iter().any(|byte| *byte != 0) {
        let place = format!("follow the end of the {} stream", compression.word());
        unpacked.extras.push(Extra { range: packed.len() - rest.len()..packed.len(), place });
    }
    Ok(unpacked)
}

/// Unpacks one stream and moves `rest` behind it.
fn stream(
    rest: &mut &[u8],
    compression: Compression,
    at: usize,
    unpacked: &mut Unpacked,
    budget: &Budget,
) -> io::Result<()> {
    let out = &mut unpacked.bytes;
    match compression {
        Compression::Gzip => {
            unpacked.extras.extend(gzip_fields(rest, at));
            let mut counted = Counted { inner: flate2::bufread::GzDecoder::new(*rest), budget };
            counted.read_to_end(out)?;
            *rest = counted.inner.into_inner();
        }
        Compression::Bzip2 => {
            let mut counted = Counted { inner: bzip2::bufread::BzDecoder::new(*rest), budget };
            counted.read_to_end(out)?;
            *rest = counted.inner.into_inner();
        }
        Compression::Xz => xz::stream(rest, out, budget)?,
        Compression::Lzma => {
            let inner = lzma_rust2::LzmaReader::new_mem_limit(&mut *rest, LZMA_MEMORY, None)?;
            Counted { inner, budget }.read_to_end(out)?;
        }
        Compression::Zstd => {
            let inner = ruzstd::decoding::StreamingDecoder::new(&mut *rest).map_err(io::Error::other)?;
            Counted { inner, budget }.read_to_end(out)?;
        }
    }
    Ok(())
}

/// Length of a frame of zstd that holds anything but packed data.
fn skippable(rest: &[u8]) -> Option<usize> {
    let [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, ..] = *rest else { return None };
    let len = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?.checked_add(8)?;
    Some(len.min(rest.len()))
}

/// Fields of a gzip header that no program needs: extra data, a comment, a name that is none.
fn gzip_fields(stream: &[u8], at: usize) -> Vec<Extra> {
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let mut found = Vec::new();
    let flags = stream.get(3).copied().unwrap_or(0);
    let mut next = 10;
    if flags & EXTRA != 0 {
        let len = match stream.get(next..next + 2) {
            Some([low, high]) => usize::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        };
        let end = (next + 2 + len).min(stream.len());
        let place = "stand in the extra field of the gzip header".to_owned();
        found.push(Extra { range: at + next + 2..at + end, place });
        next = end;
    }
    for (flag, field) in [(NAME, "name"), (COMMENT, "comment")] {
        if flags & flag == 0 {
            continue;
        }
        let text = stream.get(next..).unwrap_or(&[]).split(|byte| *byte == 0).next().unwrap_or(&[]);
        if flag == COMMENT || !is_name(text) {
            let place = format!("stand in the {field} field of the gzip header");
            found.push(Extra { range: at + next..at + next + text.len(), place });
        }
        next += text.len() + 1;
    }
    found.retain(|extra| !extra.range.is_empty());
    found
}

/// Whether a text is what tools write there: the name of the file before it was packed.
fn is_name(text: &[u8]) -> bool {
    text.len() <= 255 && text.iter().all(|byte| !byte.is_ascii_control())
}
