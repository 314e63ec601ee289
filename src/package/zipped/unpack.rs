//! Unpacks the data of a member by its method, with bounds on memory and output.

use std::io::{self, Read};

use super::super::budget::{Budget, Counted};
use super::super::error::Failure;
use super::super::xz;

/// Largest dictionary or window that a decompressor may ask for, KiB.
const WINDOW: u32 = 128 << 10;

/// The lzma stream ends with a marker.
const MARKED: u16 = 1 << 1;
/// Bytes at the end of an lzma stream that a decoder may leave unread.
const CODER: usize = 5;

/// What came out of a member.
pub(super) enum Content {
    /// Its bytes, and how many packed ones they took.
    Bytes(Vec<u8>, usize),
    /// More than the limit for one file; at least so many.
    TooLarge(u64),
    /// The bytes until something went wrong, and what.
    Broken(Vec<u8>, String),
    /// Compressed in a way that is not read.
    Method(&'static str),
}

/// Unpacks the data of a member that is not encrypted. `size` is what it should give.
pub(super) fn unpack(method: u16, flags: u16, packed: &[u8], size: u64, budget: &Budget) -> Result<Content, Failure> {
    if size > budget.limits.file_bytes {
        return Ok(Content::TooLarge(size));
    }
    match method {
        0 => stored(packed, budget),
        8 => {
            let mut decoder = flate2::bufread::DeflateDecoder::new(packed);
            let read = read(&mut decoder, budget)?;
            Ok(content(read, decoder.total_in()))
        }
        12 => {
            let mut decoder = bzip2::bufread::BzDecoder::new(packed);
            let read = read(&mut decoder, budget)?;
            Ok(content(read, decoder.total_in()))
        }
        14 => lzma(packed, (flags & MARKED == 0).then_some(size), budget),
        93 => zstd(packed, budget),
        95 => xz(packed, budget),
        other => Ok(Content::Method(name(other))),
    }
}

/// The name of a method of compression.
pub(super) fn name(method: u16) -> &'static str {
    match method {
        0 => "stored",
        1 => "shrink",
        2..=5 => "reduce",
        6 | 10 => "implode",
        8 => "deflate",
        9 => "deflate64",
        12 => "bzip2",
        14 => "lzma",
        93 | 20 => "zstd",
        95 => "xz",
        97 => "wavpack",
        98 => "ppmd",
        _ => "unknown",
    }
}

/// Which installers unpack a method, where not all do.
pub(super) fn who_reads(method: u16) -> Option<&'static str> {
    match method {
        0 | 8 => None,
        12 | 14 => Some("Python, so pip, unpacks it; other installers may not"),
        93 => Some("Python unpacks it from 3.14 on, so pip installs it there and nowhere else"),
        _ => Some("no installer unpacks it"),
    }
}

fn stored(packed: &[u8], budget: &Budget) -> Result<Content, Failure> {
    let size = packed.len() as u64;
    if size > budget.limits.file_bytes {
        return Ok(Content::TooLarge(size));
    }
    budget.take(size)?;
    Ok(Content::Bytes(packed.to_vec(), packed.len()))
}

/// The properties of the stream stand before it, in a header of this format alone. Without an end marker its size must be known.
fn lzma(packed: &[u8], size: Option<u64>, budget: &Budget) -> Result<Content, Failure> {
    let broken = |why: &str| Ok(Content::Broken(Vec::new(), why.to_owned()));
    let Some(([_, _, 5, 0, properties, d0, d1, d2, d3], mut rest)) = packed.split_first_chunk::<9>() else {
        return broken("its lzma header is not one");
    };
    let dictionary = u32::from_le_bytes([*d0, *d1, *d2, *d3]).min(WINDOW << 10);
    let stream =
        lzma_rust2::LzmaReader::new_with_props(&mut rest, size.unwrap_or(u64::MAX), *properties, dictionary, None);
    let read = match stream {
        Ok(mut decoder) => read(&mut decoder, budget)?,
        Err(error) => return broken(&error.to_string()),
    };
    let unread = if rest.len() > CODER { rest.len() } else { 0 };
    Ok(content(read, (packed.len() - unread) as u64))
}

fn zstd(packed: &[u8], budget: &Budget) -> Result<Content, Failure> {
    let mut rest = packed;
    let window = u64::from(WINDOW) << 10;
    let read = match ruzstd::decoding::StreamingDecoder::new_with_max_window_size(&mut rest, window) {
        Ok(mut decoder) => read(&mut decoder, budget)?,
        Err(error) => return Ok(Content::Broken(Vec::new(), error.to_string())),
    };
    Ok(content(read, (packed.len() - rest.len()) as u64))
}

fn xz(packed: &[u8], budget: &Budget) -> Result<Content, Failure> {
    let mut rest = packed;
    let mut bytes = Vec::new();
    let outcome = xz::stream(&mut rest, &mut bytes, budget);
    let ended = match outcome {
        Ok(()) if bytes.len() as u64 > budget.limits.file_bytes => Some(Ended::TooLarge),
        outcome => outcome.err().map(|error| ended(&error)).transpose()?,
    };
    Ok(content((ended, bytes), (packed.len() - rest.len()) as u64))
}

/// An error inside the data, unless it is that of a limit on the whole archive.
fn ended(error: &io::Error) -> Result<Ended, Failure> {
    match Failure::from_io(error) {
        Failure::Damaged(why) => Ok(Ended::Broken(why)),
        failure => Err(failure),
    }
}

enum Ended {
    TooLarge,
    Broken(String),
}

/// Reads a decompressor to its end, at most one byte over the limit for a file.
fn read(decoder: &mut impl Read, budget: &Budget) -> Result<(Option<Ended>, Vec<u8>), Failure> {
    let limit = budget.limits.file_bytes;
    let mut bytes = Vec::new();
    let outcome: io::Result<usize> = Counted { inner: decoder, budget }.take(limit + 1).read_to_end(&mut bytes);
    let ended = match outcome {
        Ok(_) if bytes.len() as u64 > limit => Some(Ended::TooLarge),
        Ok(_) => None,
        Err(error) => Some(ended(&error)?),
    };
    Ok((ended, bytes))
}

fn content((ended, bytes): (Option<Ended>, Vec<u8>), used: u64) -> Content {
    match ended {
        None => Content::Bytes(bytes, usize::try_from(used).unwrap_or(usize::MAX)),
        Some(Ended::TooLarge) => Content::TooLarge(bytes.len() as u64),
        Some(Ended::Broken(why)) => Content::Broken(bytes, why),
    }
}
