//! Tar archives, plain or compressed, read as a stream: what is not kept is never in memory.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;

use super::budget::{Broken, Budget, Counted};
use super::error::{Failure, cause};
use super::member::Contents;

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
    let mut archive = tar::Archive::new(Counted { inner: reader, budget });
    entries(&mut archive, contents, budget)?;
    let mut counted = archive.into_inner();
    after_end(&mut counted, contents)?;
    Ok(counted.inner)
}

fn entries<R: Read>(archive: &mut tar::Archive<R>, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    let mut seen = 0_usize;
    for entry in archive.entries().map_err(|error| Failure::from_io(&error))? {
        let error = match entry {
            Ok(mut entry) => match member(&mut entry, contents, budget)? {
                Ok(()) => {
                    seen += 1;
                    continue;
                }
                Err(error) => error,
            },
            Err(error) => error,
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
    Ok(())
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
    if kind.is_symlink() || kind.is_hard_link() {
        let target = entry.link_name_bytes().unwrap_or_default().into_owned();
        return Ok(Ok(contents.link(path, &target, kind.is_symlink(), budget)?));
    }
    if kind.is_gnu_sparse() {
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
                continue;
            }
            self.done = true;
            // Tapes and some tools pad with zeros, which readers accept.
            self.trailing = if rest.iter().all(|byte| *byte == 0) { 0 } else { rest.len() };
        }
    }
}
