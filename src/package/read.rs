//! From a path to the members of a package: what it is, by content, and how deep it is wrapped.

use std::fs;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::budget::Budget;
use super::compression::Compression;
use super::error::Failure;
use super::member::{Contents, Member, is_aside};
use super::{OpenError, OpenOptions, Package, RawContent, RawPackage, Skip, assemble, folder, tarball, zipped};
use crate::text::{escape, hex};

/// Zips around an archive that are looked through.
const WRAPPERS: usize = 2;

/// What was read, and what is known of where it came from.
#[derive(Debug)]
pub(super) struct Origin {
    /// The path as given.
    pub path: String,
    /// The name of the archive or folder itself: for a wrapped archive the inner name.
    pub name: String,
    pub sha256: String,
    pub size: u64,
    pub contents: Contents,
}

/// Takes a package from the disk and reads nothing of it.
pub(super) fn fetch(path: &Path, options: &OpenOptions) -> Result<RawPackage, OpenError> {
    let shown = path.to_string_lossy().into_owned();
    let io = |source| OpenError::Io { path: escape(&shown).into_owned(), source };
    let failed = |failure: Failure| failure.at(&shown, options.password.is_some());
    let metadata = fs::metadata(path).map_err(io)?;
    let name = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let content = if metadata.is_dir() {
        fs::read_dir(path).map_err(io)?;
        // A folder is not compressed, so only the other limits apply.
        let budget = Budget::new(&options.limits, u64::MAX);
        let Contents { members, skipped, .. } = folder::read(path, &budget).map_err(failed)?;
        RawContent::Folder { members, skipped }
    } else if metadata.is_file() {
        let limit = options.limits.archive_bytes;
        let over = || Failure::OverLimits(format!("it has more than {limit} bytes"));
        if metadata.len() > limit {
            return Err(failed(over()));
        }
        let mut bytes = Vec::new();
        fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(io)?;
        if bytes.len() as u64 > limit {
            return Err(failed(over()));
        }
        RawContent::Archive(bytes)
    } else {
        return Err(failed(Failure::NotAPackage("it is neither a file nor a folder".to_owned())));
    };
    Ok(RawPackage { path: shown, name, content })
}

/// Reads what was taken from the disk.
pub(super) fn unpack(raw: RawPackage, options: &OpenOptions) -> Result<Package, OpenError> {
    let RawPackage { path, name, content } = raw;
    let origin = match content {
        RawContent::Archive(bytes) => from_bytes(bytes, name, options),
        RawContent::Folder { members, skipped } => from_folder(members, skipped, name, options),
    };
    let origin = origin.map_err(|failure| failure.at(&path, options.password.is_some()))?;
    Ok(assemble::assemble(Origin { path, ..origin }))
}

fn from_folder(
    members: Vec<Member>,
    skipped: Vec<Skip>,
    name: String,
    options: &OpenOptions,
) -> Result<Origin, Failure> {
    let mut contents = Contents::default();
    (contents.members, contents.skipped) = (members, skipped);
    contents.settle(&Budget::new(&options.limits, u64::MAX))?;
    if contents.members.is_empty() {
        return Err(Failure::NotAPackage("the folder holds no file that could be read".to_owned()));
    }
    let mut hash = Sha256::new();
    let mut size = 0;
    for member in &contents.members {
        // Lengths first, so that no two different folders hash the same bytes.
        hash.update((member.path.len() as u64).to_le_bytes());
        hash.update(member.path.as_bytes());
        hash.update((member.bytes.len() as u64).to_le_bytes());
        hash.update(&member.bytes);
        size += member.bytes.len() as u64;
    }
    Ok(Origin { path: String::new(), name, sha256: hex(&hash.finalize()), size, contents })
}

fn from_bytes(mut bytes: Vec<u8>, mut name: String, options: &OpenOptions) -> Result<Origin, Failure> {
    let budget = Budget::new(&options.limits, bytes.len() as u64);
    let mut wrapping: Option<Contents> = None;
    for depth in 0.. {
        let mut contents = match sniff(&bytes) {
            Format::Zip => zipped::read(&bytes, options.password.as_deref(), &budget)?,
            Format::Tar(compression) => tarball::read(&bytes, compression, &name, &budget)?,
            Format::Unknown(what) => return Err(Failure::NotAPackage(what.to_owned())),
        };
        if let Some(other) = also(&bytes) {
            contents.odd("", format!("the file also reads as a {other}: programs disagree on what it holds"));
            if other == "zip" {
                let zip = zipped::read(&bytes, options.password.as_deref(), &budget)?;
                contents = both(contents, zip, &name, &budget)?;
            }
        }
        contents.settle(&budget)?;
        if depth < WRAPPERS
            && let Some(inner) = wrapped(&bytes, &contents)
        {
            name = inner.path.rsplit('/').next().unwrap_or_default().to_owned();
            bytes = inner.bytes.to_vec();
            wrapping = Some(contents);
            continue;
        }
        if contents.members.iter().all(|member| is_aside(&member.path)) && contents.skipped.is_empty() {
            return Err(Failure::NotAPackage("the archive is empty".to_owned()));
        }
        if let Some(outer) = wrapping {
            contents.skipped.extend(outer.skipped);
        }
        let (sha256, size) = (hex(&Sha256::digest(&bytes)), bytes.len() as u64);
        return Ok(Origin { path: String::new(), name, sha256, size, contents });
    }
    Err(Failure::NotAPackage("it is wrapped too deep".to_owned()))
}

/// Of a file that is a tar and a zip, what its installer unpacks, with the other reading aside: pip takes for a zip whatever ends as
/// one, npm knows no zips.
fn both(mut tar: Contents, mut zip: Contents, name: &str, budget: &Budget) -> Result<Contents, Failure> {
    tar.settle(budget)?;
    zip.settle(budget)?;
    let manifest = |member: &Member| member.path.split_once('/').is_some_and(|(_, rest)| rest == "package.json");
    let npm = name.to_ascii_lowercase().ends_with(".tgz") || tar.members.iter().any(manifest);
    let (mut shown, other, format, installer) =
        if npm { (tar, zip, "zip", "npm unpacks it as a tar") } else { (zip, tar, "tar", "pip unpacks it as a zip") };
    shown.odd("", format!("{installer}, which is shown; what it is as a {format} is listed beside"));
    // What belongs to no member of the one is the other.
    for member in other.members.iter().filter(|member| !is_aside(&member.path)) {
        shown.aside(&format!("as {format}/{}", member.path), &member.bytes, budget)?;
    }
    shown.oddities.extend(other.oddities);
    shown.skipped.extend(other.skipped);
    Ok(shown)
}

/// The archive in a zip that holds nothing else. (A package never is one: it would have no manifest.)
fn wrapped(bytes: &[u8], contents: &Contents) -> Option<Member> {
    let mut members = contents.members.iter().filter(|member| !is_aside(&member.path));
    let only = members.next().filter(|_| members.next().is_none())?;
    let archive = matches!(sniff(bytes), Format::Zip) && !matches!(sniff(&only.bytes), Format::Unknown(_));
    archive.then(|| only.clone())
}

enum Format {
    Zip,
    Tar(Option<Compression>),
    Unknown(&'static str),
}

fn sniff(bytes: &[u8]) -> Format {
    match bytes {
        [] => Format::Unknown("the file is empty"),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Format::Zip,
        [0x1F, 0x9D, ..] => {
            Format::Unknown("archives packed by compress (.Z, LZW) are not read, unpack it with uncompress")
        }
        [b'L', b'Z', b'I', b'P', ..] => Format::Unknown("lzip archives are not read"),
        [b'7', b'z', 0xBC, 0xAF, ..] => Format::Unknown("7z archives are not read"),
        [b'R', b'a', b'r', b'!', ..] => Format::Unknown("rar archives are not read"),
        _ => match Compression::of(bytes) {
            // The oldest of them has no mark of its own, and a tar begins with a name.
            Some(compression) if compression != Compression::Lzma || !is_tar(bytes) => Format::Tar(Some(compression)),
            _ if is_tar(bytes) => Format::Tar(None),
            _ if ends_as_zip(bytes) => Format::Zip,
            _ => Format::Unknown("its content is no archive that is known"),
        },
    }
}

/// A second kind of archive that the same bytes are.
fn also(bytes: &[u8]) -> Option<&'static str> {
    match sniff(bytes) {
        Format::Zip => is_tar(bytes).then_some("tar"),
        Format::Tar(_) => (ends_as_zip(bytes) && zipped::opens(bytes)).then_some("zip"),
        Format::Unknown(_) => None,
    }
}

/// What sort of archive the bytes are, by their first ones alone.
pub(super) fn archive_kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1F, 0x8B, 8, ..] => Some("a gzip file"),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => Some("a bzip2 file"),
        [b'P', b'K', 3, 4, ..] => Some("a zip"),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some("an xz file"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some("a zstd file"),
        [b'7', b'z', 0xBC, 0xAF, ..] => Some("a 7z archive"),
        [b'R', b'a', b'r', b'!', ..] => Some("a rar archive"),
        _ => None,
    }
}

/// A tar has no magic number in its oldest form: the first header's check sum decides.
fn is_tar(bytes: &[u8]) -> bool {
    let Some(header) = bytes.get(..512) else { return false };
    let stored = header.get(148..156).unwrap_or(&[]);
    let digits = stored.iter().skip_while(|byte| **byte == b' ').take_while(|byte| (b'0'..=b'7').contains(byte));
    let stored = digits.fold(0_u32, |sum, digit| sum.wrapping_mul(8).wrapping_add(u32::from(digit - b'0')));
    let summed =
        header.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) });
    header.iter().any(|byte| *byte != 0) && summed.sum::<u32>() == stored
}

/// Bytes may stand before a zip (self-extracting archives, polyglots): its end record is what counts.
fn ends_as_zip(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(22 + 0xFFFF)..).unwrap_or(bytes);
    tail.windows(4).any(|four| four == b"PK\x05\x06")
}
