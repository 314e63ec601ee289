//! Where the packages of a scan come from: named paths, paths on standard input, archives in a stream.

use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use super::lockfile::{self, Archives, LockError, Pinned};
use crate::package::{self, Limits, RawPackage};
use crate::sandbox::Sandbox;
use crate::text::escape;

/// A package to scan.
#[derive(Debug)]
pub enum Input {
    /// It lies there.
    Path(PathBuf),
    /// It lies there under a name that says nothing; this is its own.
    Stored {
        /// Where it lies.
        path: PathBuf,
        /// The file name that it would have.
        name: String,
    },
    /// It came along, under this name.
    Bytes {
        /// Its file name.
        name: String,
        /// The archive.
        bytes: Vec<u8>,
    },
    /// It came along and cannot be taken.
    Refused {
        /// What it is called.
        name: String,
        /// One sentence.
        why: String,
    },
}

impl Input {
    /// What it is called in the answer. Untrusted.
    pub fn shown(&self) -> String {
        match self {
            Self::Path(path) | Self::Stored { path, .. } => path.to_string_lossy().into_owned(),
            Self::Bytes { name, .. } | Self::Refused { name, .. } => name.clone(),
        }
    }

    /// Its bytes, unread.
    ///
    /// # Errors
    /// Why there are none.
    pub fn fetch(self, sandbox: &Sandbox) -> Result<RawPackage, String> {
        match self {
            Self::Path(path) => sandbox.fetch(&path).map_err(|error| error.to_string()),
            Self::Stored { path, name } => Ok(sandbox.fetch(&path).map_err(|error| error.to_string())?.named(name)),
            Self::Bytes { name, bytes } => Ok(package::in_memory(&name, bytes)),
            Self::Refused { name, why } => Err(format!("{}: {why}", escape(&name))),
        }
    }
}

/// What a lock file pins, from the archives of a folder.
///
/// # Errors
/// When either cannot be read.
pub fn locked(file: &Path, folder: &Path) -> Result<Vec<Input>, LockError> {
    let pinned = lockfile::read(file)?;
    let archives =
        Archives::of(folder, pinned.iter().flat_map(|pin| &pin.hashes).any(|hash| hash.starts_with("sha512")))?;
    let missing = |pin: &Pinned| Input::Refused {
        name: format!("{} {}", pin.name, pin.version),
        why: format!("no archive with its hash lies in {}; download it there first", folder.display()),
    };
    let input = |pin: &Pinned| match archives.find(pin) {
        Some(path) if path.extension().is_some() => Input::Path(path),
        Some(path) => Input::Stored { path, name: pin.file_name() },
        None => missing(pin),
    };
    Ok(pinned.iter().map(input).collect())
}

/// Paths on standard input, each ended by a NUL (the last may go without), as `find -print0` writes them.
pub fn paths() -> impl Iterator<Item = Input> + Send {
    split(BufReader::new(io::stdin()))
}

fn split(read: BufReader<impl Read>) -> impl Iterator<Item = Input> {
    read.split(0).map_while(Result::ok).filter(|path| !path.is_empty()).map(|path| Input::Path(path_of(path)))
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// The files of a tar stream, each an archive to scan. They are read on a thread of their own, `ahead` of the scan at most.
///
/// # Errors
/// When the thread cannot be begun.
pub fn frames(read: impl Read + Send + 'static, ahead: usize) -> io::Result<impl Iterator<Item = Input> + Send> {
    let (sender, receiver) = mpsc::sync_channel(ahead);
    thread::Builder::new().spawn(move || {
        let limit = Limits::default().archive_bytes;
        let each = |archive: &mut tar::Archive<_>| -> io::Result<()> {
            for entry in archive.entries()? {
                let mut entry = entry?;
                if !entry.header().entry_type().is_file() {
                    continue;
                }
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                let input = if entry.size() > limit {
                    Input::Refused { name, why: format!("it has more than {limit} bytes") }
                } else {
                    let mut bytes = Vec::new();
                    let size = entry.size();
                    entry.read_to_end(&mut bytes)?;
                    // A stream that was cut off in a file ends without an error.
                    if bytes.len() as u64 != size {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    Input::Bytes { name, bytes }
                };
                // Nobody listens any more.
                if sender.send(input).is_err() {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = each(&mut tar::Archive::new(read)) {
            let why = format!("the tar stream on standard input ends here: {error}");
            let _ = sender.send(Input::Refused { name: "-".to_owned(), why });
        }
    })?;
    Ok(receiver.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_with_a_nul() {
        let read = BufReader::new(&b"a.tgz\0dir/b c\n.whl\0\0last"[..]);
        let shown: Vec<String> = split(read).map(|input| input.shown()).collect();
        assert_eq!(shown, ["a.tgz", "dir/b c\n.whl", "last"]);
    }

    #[test]
    fn each_file_of_a_stream_is_a_package_and_a_cut_stream_says_so() {
        let mut stream = tar::Builder::new(Vec::new());
        for (name, bytes) in [("a.tgz", &b"first"[..]), ("b/c.whl", b"second")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            stream.append_data(&mut header, name, bytes).unwrap();
        }
        let whole = stream.into_inner().unwrap();
        let told = |bytes: &[u8]| -> Vec<String> {
            let bytes = io::Cursor::new(bytes.to_vec());
            frames(bytes, 1)
                .unwrap()
                .map(|input| format!("{} {}", input.shown(), matches!(input, Input::Bytes { .. })))
                .collect()
        };
        assert_eq!(told(&whole), ["a.tgz true", "b/c.whl true"]);
        assert_eq!(told(&whole[..1024 + 512 + 3]), ["a.tgz true", "- false"]);
    }
}
