//! Tar archives, plain or compressed, read as a stream: what is not kept is never in memory.

use std::cell::Cell;
use std::io::{self, Read};

use flate2::bufread::GzDecoder;

use super::budget::{Broken, Budget, Counted, Exceeded, HEADERS, Metered};
use super::error::{Failure, cause};
use super::member::Contents;

/// Most gzip streams in one file; block gzip has some hundred, a flood of empty ones costs minutes.
const STREAMS: usize = 10_000;

/// How a tar is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Bzip2,
}

/// Reads all members. An error before the first member fails; after it, what was read stays, with an oddity, because
/// installers stop in silence there.
pub(super) fn read(bytes: &[u8], compression: Compression, budget: &Budget) -> Result<Contents, Failure> {
    let mut contents = Contents::default();
    match compression {
        Compression::None => members(bytes, &mut contents, budget).map(drop)?,
        Compression::Bzip2 => members(bzip2::bufread::MultiBzDecoder::new(bytes), &mut contents, budget).map(drop)?,
        Compression::Gzip => {
            let gunzip = members(Gunzip::new(bytes), &mut contents, budget)?;
            if gunzip.streams > 1 {
                contents.odd("", format!("it is made of {} gzip streams one after the other", gunzip.streams));
            }
            if gunzip.trailing > 0 {
                contents.odd("", format!("{} bytes follow the end of the gzip stream", gunzip.trailing));
            }
        }
    }
    Ok(contents)
}

fn members<R: Read>(reader: R, contents: &mut Contents, budget: &Budget) -> Result<R, Failure> {
    let allowance = Cell::new(u64::MAX);
    let metered = Metered { inner: Counted { inner: reader, budget }, allowance: &allowance };
    let mut archive = tar::Archive::new(metered);
    entries(&mut archive, &allowance, contents, budget)?;
    allowance.set(u64::MAX);
    let mut metered = archive.into_inner();
    after_end(&mut metered, contents)?;
    Ok(metered.inner.inner)
}

fn entries<R: Read>(
    archive: &mut tar::Archive<R>,
    allowance: &Cell<u64>,
    contents: &mut Contents,
    budget: &Budget,
) -> Result<(), Failure> {
    let mut seen = 0_usize;
    let mut entries = archive.entries().map_err(|error| Failure::from_io(&error))?;
    // What a member has not read of its data is read by the step to the next one.
    let mut unread = 0_u64;
    loop {
        allowance.set(unread.saturating_add(HEADERS));
        let error = match entries.next() {
            None => return Ok(()),
            Some(Ok(mut entry)) => {
                let size = entry.size();
                allowance.set(size);
                match member(&mut entry, contents, budget)? {
                    Ok(()) => {
                        seen += 1;
                        unread = size;
                        continue;
                    }
                    Err(error) => error,
                }
            }
            Some(Err(error)) => error,
        };
        let failure = Failure::from_io(&error);
        return match failure {
            Failure::Damaged(why) if cause::<Broken>(&error).is_none() && seen > 0 => {
                contents.odd("", format!("the tar breaks off after {seen} members: {why}"));
                Ok(())
            }
            Failure::Damaged(_) if cause::<Broken>(&error).is_none() => {
                Err(Failure::NotAPackage("its content is no tar archive".to_owned()))
            }
            failure => Err(failure),
        };
    }
}

/// Takes one member. The outer error ends the reading, the inner one is the reader's.
fn member<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    contents: &mut Contents,
    budget: &Budget,
) -> Result<io::Result<()>, Failure> {
    let kind = entry.header().entry_type();
    if kind.is_pax_global_extensions() {
        return Ok(Ok(()));
    }
    if kind.is_dir() {
        return Ok(Ok(()));
    }
    let raw = entry.path_bytes().into_owned();
    // The oldest form marks a folder by its name alone.
    if kind.is_file() && raw.ends_with(b"/") {
        return Ok(Ok(()));
    }
    let path = contents.name(&raw);
    let extended = extended(entry, &path, contents);
    if kind.is_symlink() || kind.is_hard_link() {
        let target = entry.link_name_bytes().unwrap_or_default().into_owned();
        return Ok(Ok(contents.link(path, &target, kind.is_symlink(), budget)?));
    }
    if kind.is_gnu_sparse() || extended == Extended::Sparse {
        contents.odd(&path, "a sparse member: its holes can stand for any number of bytes");
        contents.skip(&path, "a sparse member; its holes are not filled");
        return Ok(Ok(contents.keep(path, Vec::new(), budget)?));
    }
    if !kind.is_file() && !kind.is_contiguous() {
        contents.odd(&path, format!("a member of the special type {:?}, read as a file", char::from(kind.as_byte())));
    }
    let size = entry.size();
    if size > budget.limits.file_bytes {
        return Ok(Ok(contents.too_large(path, size, budget)?));
    }
    let mut bytes = Vec::new();
    if let Err(error) = entry.read_to_end(&mut bytes) {
        return Ok(Err(error));
    }
    if (bytes.len() as u64) < size {
        contents.odd(&path, format!("the archive ends after {} of its {size} bytes", bytes.len()));
    }
    Ok(Ok(contents.keep(path, bytes, budget)?))
}

/// What the PAX records of a member turn it into.
#[derive(PartialEq)]
enum Extended {
    Plain,
    Sparse,
}

/// Looks through a member's PAX records for those that readers disagree on.
fn extended<R: Read>(entry: &mut tar::Entry<'_, R>, path: &str, contents: &mut Contents) -> Extended {
    let stored = entry.header().entry_size().ok();
    let Ok(Some(records)) = entry.pax_extensions() else { return Extended::Plain };
    let mut extended = Extended::Plain;
    for record in records.flatten() {
        match record.key() {
            Ok(key) if key.starts_with("GNU.sparse") => extended = Extended::Sparse,
            Ok("size") => {
                let told = record.value().ok().and_then(|value| value.parse::<u64>().ok());
                // Sizes that do not fit the header are the reason for the record; then the header says nothing.
                if told.is_some() && stored.is_some_and(|stored| stored != 0) && told != stored {
                    contents.odd(
                        path,
                        "its PAX record and its header give different sizes: readers disagree on what follows",
                    );
                }
            }
            _ => {}
        }
    }
    extended
}

/// Reads what follows the end mark: padding is zeros, anything else is a second archive or hidden data.
fn after_end<R: Read>(reader: &mut R, contents: &mut Contents) -> Result<(), Failure> {
    let mut buffer = [0; 8192];
    let mut hidden = 0_usize;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hidden += buffer.iter().take(read).filter(|byte| **byte != 0).count(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::from_io(&error)),
        }
    }
    if hidden > 0 {
        contents.odd(
            "",
            format!("{hidden} bytes other than padding follow the end of the tar; installers do not read them"),
        );
    }
    Ok(())
}

/// Gzip streams one after the other, with the number of streams and of bytes that are no stream.
struct Gunzip<'a> {
    decoder: GzDecoder<&'a [u8]>,
    streams: usize,
    trailing: usize,
    done: bool,
}

impl<'a> Gunzip<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { decoder: GzDecoder::new(bytes), streams: 1, trailing: 0, done: false }
    }
}

impl Read for Gunzip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.done || buffer.is_empty() {
                return Ok(0);
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            let rest: &[u8] = self.decoder.get_ref();
            if rest.starts_with(&[0x1F, 0x8B]) {
                self.decoder = GzDecoder::new(rest);
                self.streams += 1;
                if self.streams > STREAMS {
                    return Err(Exceeded::Streams(STREAMS).into());
                }
                continue;
            }
            self.done = true;
            // Tapes and some tools pad with zeros, which readers accept.
            self.trailing = if rest.iter().all(|byte| *byte == 0) { 0 } else { rest.len() };
        }
    }
}
