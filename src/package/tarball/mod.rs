//! Tar archives, plain or compressed, as the installers read them.
//!
//! Three readers walk the same bytes: [`node`] (npm), [`python`] (pip) and [`library`] (the `tar` crate, from which uv's
//! reader descends). Where they agree, the `tar` crate's word counts; where they differ, the installer's that the package is
//! made for, what only another one reads is listed too, and the difference is told. [`account`] then says of every byte that
//! is part of no member where it stands.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::budget::Budget;
use super::compression::{self, Compression, Extra};
use super::error::Failure;
use super::member::{Contents, clean, is_aside};
use crate::text::escape;

mod account;
mod header;
mod library;
mod node;
mod pax;
mod python;

/// Something that a reader takes for a member.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    /// Where its own header stands.
    header: usize,
    path: Vec<u8>,
    kind: Kind,
    /// What a link leads to.
    link: Vec<u8>,
    size: u64,
    mode: u32,
    /// Its bytes, as far as the archive has them.
    data: Range<usize>,
}

/// What a reader makes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// A file whose data has holes: so many bytes with them.
    Sparse {
        real: u64,
    },
    Folder,
    HardLink,
    SymbolicLink,
    /// A device or pipe, or what npm passes over.
    Other(u8),
    /// A type that no standard knows, unpacked as a file by some.
    Unknown(u8),
    /// A header that describes the next member.
    Meta,
}

/// What a reader sees of an archive.
#[derive(Debug, Default)]
struct Walk {
    found: Vec<Found>,
    /// Headers, data and padding that it takes for such.
    claimed: Vec<Range<usize>>,
    /// What fills up the last block of a content, with the place of its header.
    fills: Vec<(usize, Range<usize>)>,
    /// What is odd about the members, by the place of their header.
    oddities: Vec<(usize, String)>,
    /// Whether it came to the mark that ends an archive.
    ended: bool,
    /// Where it stopped.
    read_to: usize,
    /// Length of all paths.
    names: usize,
    /// Whether it gave up over more members, or longer names, than any archive has.
    flooded: bool,
}

/// Most files told that another first folder brings into an npm package.
const BESIDE: usize = 20;
/// Most members of a walk, those counted that are no files.
const MEMBERS: usize = 1_000_000;
/// Most bytes of names: a name may be given once and count for all members.
const NAMES: usize = 64 << 20;

impl Walk {
    fn take(&mut self, found: Found) {
        self.names = self.names.saturating_add(found.path.len() + found.link.len());
        self.flooded = self.found.len() >= MEMBERS || self.names > NAMES;
        self.found.push(found);
    }

    /// Takes a header, its content and what fills up the last block.
    fn claim(&mut self, header: usize, content: &Range<usize>, next: usize) {
        self.claimed.push(header..next);
        if content.end < next {
            self.fills.push((header, content.end..next));
        }
    }

    fn odd(&mut self, header: usize, what: impl Into<String>) {
        self.oddities.push((header, what.into()));
    }

    fn files(&self) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(|found| !matches!(found.kind, Kind::Folder | Kind::Other(_) | Kind::Meta))
    }
}

/// The bytes of data that begin here, as far as they are there, and where the next header is.
fn data(image: &[u8], begin: usize, size: u64) -> (Range<usize>, usize) {
    let to = |len: u64| begin.saturating_add(usize::try_from(len).unwrap_or(usize::MAX));
    let begin_in = begin.min(image.len());
    (begin_in..to(size).min(image.len()), to(header::blocks(size)))
}

/// The installer that a package is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Installer {
    Npm,
    Pip,
}

/// Reads all members of an archive of this name.
pub(super) fn read(
    bytes: &[u8],
    compression: Option<Compression>,
    name: &str,
    budget: &Budget,
) -> Result<Contents, Failure> {
    let mut contents = Contents::default();
    let mut image = Cow::Borrowed(bytes);
    let mut broken = None;
    if let Some(compression) = compression {
        let unpacked = compression::unpack(bytes, compression, budget)?;
        if compression == Compression::Zstd {
            let what = "a tar compressed by zstd, which pip and npm do not unpack and others do";
            contents.odd_compression("", what.to_owned());
        }
        streams(&unpacked.streams, compression, &mut contents);
        for extra in &unpacked.extras {
            outside(bytes, extra, &mut contents, budget)?;
        }
        image = Cow::Owned(unpacked.bytes);
        broken = unpacked.broken;
    } else {
        budget.take(bytes.len() as u64)?;
    }
    members(&image, broken, name, &mut contents, budget)?;
    Ok(contents)
}

fn members(
    image: &[u8],
    broken: Option<String>,
    name: &str,
    contents: &mut Contents,
    budget: &Budget,
) -> Result<(), Failure> {
    let (node, python, library) = (node::walk(image), python::walk(image), library::walk(image));
    if node.flooded || python.flooded {
        return Err(Failure::OverLimits(
            "its headers name more files, or longer ones, than any archive has".to_owned(),
        ));
    }
    if let Some(why) = broken {
        let why = format!("its compressed stream cannot be unpacked to the end: {}", escape(&why));
        // pip reads no further than the end of the tar, and so installs what has a broken end.
        if !python.ended {
            return Err(Failure::Damaged(why));
        }
        contents.odd("", format!("{why}; the end of the tar stands before that"));
    }
    if node.found.is_empty() && python.found.is_empty() {
        if image.iter().any(|byte| *byte != 0) {
            return Err(Failure::NotAPackage("its content is no tar archive".to_owned()));
        }
        return Ok(());
    }
    let installer = installer(&node, &python, name);
    let (own, other) = match installer {
        Installer::Npm => (&node, &python),
        Installer::Pip => (&python, &node),
    };
    let agreed = same(own, other) && same(own, &library);
    let mut known: HashMap<String, (usize, usize)> = HashMap::new();
    // Each reader's members have their bytes from the same image, so the one that all agree with is as good as any.
    for found in if agreed { &library.found } else { &own.found } {
        known.insert(clean(&found.path), (found.data.start, found.data.end));
        keep(image, found, contents, budget)?;
    }
    let names: HashMap<usize, &[u8]> =
        other.found.iter().chain(&own.found).map(|found| (found.header, found.path.as_slice())).collect();
    for (header, what) in own.oddities.iter().chain(&other.oddities) {
        let path = names.get(header).map(|path| clean(path)).unwrap_or_default();
        contents.odd(path, format!("{what} (its header is at byte {header})"));
    }
    if !agreed {
        differences(image, installer, [own, other, &library], &known, contents, budget)?;
    }
    if installer == Installer::Npm {
        let links = node.files().filter(|found| matches!(found.kind, Kind::HardLink | Kind::SymbolicLink)).count();
        if links > 0 {
            contents.odd("", format!("npm unpacks no links; the {links} of this archive are shown nevertheless"));
        }
        contents.tops = tops(&node, contents);
    }
    account::account(image, own, other, contents, budget)
}

/// Whom an archive is made for, by what each installer would find in it.
fn installer(node: &Walk, python: &Walk, name: &str) -> Installer {
    const BUILD: [&str; 4] = ["PKG-INFO", "setup.py", "pyproject.toml", "setup.cfg"];
    let manifest = |found: &Found| node::installed(&found.path).is_some_and(|path| path == "package.json");
    if !node.files().any(manifest) {
        return Installer::Pip;
    }
    let below_top = |found: &Found| {
        let path = String::from_utf8_lossy(&found.path).into_owned();
        let path = path.trim_start_matches("./");
        BUILD.contains(&path.split_once('/').map_or(path, |(_, rest)| rest))
    };
    let in_package = node.files().any(|found| found.path == b"package/package.json");
    if name.ends_with(".tgz") || in_package || !python.files().any(below_top) { Installer::Npm } else { Installer::Pip }
}

/// Whether two readers see the same files.
fn same(one: &Walk, two: &Walk) -> bool {
    let key = |found: &Found| (found.path.clone(), found.data.clone(), found.kind);
    one.files().map(key).eq(two.files().map(key))
}

/// Takes one member.
fn keep(image: &[u8], found: &Found, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    let bytes = || image.get(found.data.clone()).unwrap_or(&[]);
    match found.kind {
        Kind::Folder | Kind::Meta => return Ok(()),
        Kind::HardLink | Kind::SymbolicLink => {
            let path = contents.name(&found.path);
            return Ok(contents.link(path, &found.link, found.kind == Kind::SymbolicLink, budget)?);
        }
        Kind::Other(kind) => {
            contents.odd(
                clean(&found.path),
                format!("a member of the special type {:?}, which is no file", char::from(kind)),
            );
            return Ok(());
        }
        _ => {}
    }
    let path = contents.name(&found.path);
    if found.mode & 0o6000 != 0 {
        let which = if found.mode & 0o4000 != 0 { "setuid" } else { "setgid" };
        contents
            .odd(&path, format!("its mode {:o} has the {which} bit: it would run with its owner's rights", found.mode));
    }
    if let Kind::Unknown(kind) = found.kind {
        contents.odd(&path, format!("a member of the special type {:?}, read as a file", char::from(kind)));
    }
    if found.size > budget.limits.file_bytes {
        return Ok(contents.too_large(path, found.size, budget)?);
    }
    let have = found.data.len() as u64;
    if have < found.size {
        contents.odd(&path, format!("the archive ends after {have} of its {} bytes", found.size));
    }
    if let Kind::Sparse { real } = found.kind {
        contents.odd(&path, "a sparse member: its holes can stand for any number of bytes");
        if real > have {
            contents.skip(&path, "a sparse member; its holes are not filled");
        }
    }
    Ok(contents.keep(path, bytes().to_vec(), budget)?)
}

/// Tells what the readers see differently, and lists what only the other installer's sees.
fn differences(
    image: &[u8],
    installer: Installer,
    [own, other, library]: [&Walk; 3],
    known: &HashMap<String, (usize, usize)>,
    contents: &mut Contents,
    budget: &Budget,
) -> Result<(), Failure> {
    let (npm, pip) = ("npm (node-tar)", "pip (CPython's tarfile)");
    let (this, that) = if installer == Installer::Npm { (npm, pip) } else { (pip, npm) };
    // No program that installs from npm reads as the library does.
    let library = (installer == Installer::Pip).then_some(("uv (Rust's tar)", library));
    for (reader, walk) in std::iter::once((that, other)).chain(library) {
        let more: Vec<_> = missing(walk, own).collect();
        let less: Vec<_> = missing(own, walk).collect();
        let mut tell = |list: &[&Found], reads: &str, not: &str| {
            let Some(first) = list.first() else { return };
            let what =
                if list.len() == 1 { "this member".to_owned() } else { format!("{} members from here on", list.len()) };
            let at = first.header;
            contents
                .odd(clean(&first.path), format!("readers differ: {reads} sees {what} (byte {at}) and {not} does not"));
        };
        tell(&more, reader, this);
        tell(&less, this, reader);
    }
    let places: HashSet<(usize, usize)> = known.values().copied().collect();
    for found in other.files() {
        let data = (found.data.start, found.data.end);
        let path = clean(&found.path);
        match known.get(&path) {
            Some(ours) if *ours == data => {}
            // The same bytes under two names are read once.
            None if places.contains(&data) && !found.data.is_empty() => {
                contents
                    .odd(path, format!("readers differ: {that} gives the member at byte {} this name", found.header));
            }
            None => keep(image, found, contents, budget)?,
            Some(_) => {
                let bytes = image.get(found.data.clone()).unwrap_or(&[]);
                contents.aside(&format!("other-reader/{path}"), bytes, budget)?;
            }
        }
    }
    Ok(())
}

/// The files that one reader sees and another does not, whatever they call them.
fn missing<'w>(of: &'w Walk, by: &Walk) -> impl Iterator<Item = &'w Found> {
    let key = |found: &Found| if found.data.is_empty() { Err(found.path.clone()) } else { Ok(found.data.clone()) };
    let theirs: HashSet<_> = by.files().map(key).collect();
    of.files().filter(move |found| !theirs.contains(&key(found)))
}

/// The first folders of what npm unpacks; where there are several, it merges them. Members that another replaces, or that npm
/// unpacks nowhere, are set aside: none of them may pass for the package's own.
fn tops(node: &Walk, contents: &mut Contents) -> Vec<String> {
    let mut tops: BTreeMap<String, ()> = BTreeMap::new();
    let mut last: HashMap<String, String> = HashMap::new();
    for found in node.files().filter(|found| found.kind == Kind::File) {
        let Some(installed) = node::installed(&found.path) else { continue };
        let path = clean(&found.path);
        let top = path.strip_suffix(&installed).unwrap_or("").trim_end_matches('/').to_owned();
        tops.insert(top, ());
        last.insert(installed, path);
    }
    // A path that climbs is unpacked nowhere either, but nothing can be found by it.
    let in_top = |path: &str| path.split_once('/').is_some_and(|(top, _)| tops.contains_key(top));
    let kept: HashSet<&String> = last.values().collect();
    let mut aside: BTreeMap<String, (&str, String)> = BTreeMap::new();
    for found in node.files().filter(|found| found.kind == Kind::File) {
        let path = clean(&found.path);
        match node::installed(&found.path).and_then(|installed| last.get(&installed)) {
            _ if kept.contains(&path) => {}
            Some(by) => {
                let why = format!("npm strips the first folder: {by} replaces it");
                aside.insert(path, ("replaced", why));
            }
            None if in_top(&path) => {}
            None => {
                let why = "npm strips the first folder and unpacks this nowhere".to_owned();
                aside.insert(path, ("not-unpacked", why));
            }
        }
    }
    if !tops.contains_key("") {
        let outside = contents.members.iter().filter(|member| !is_aside(&member.path) && !in_top(&member.path));
        for member in outside {
            let why = "npm does not unpack it, another installer sees it".to_owned();
            aside.entry(member.path.clone()).or_insert(("other-reader", why));
        }
    }
    contents.set_aside(&aside);
    if tops.len() > 1 {
        let list = tops.keys().map(|top| if top.is_empty() { "./".to_owned() } else { format!("{top}/") });
        let shown = list.take(8).collect::<Vec<_>>().join(", ");
        let what = format!("npm strips the first folder and merges what stands in {} of them: {shown}", tops.len());
        contents.odd("", what);
        let root = last.get("package.json").and_then(|path| path.strip_suffix("package.json")).unwrap_or("");
        let beside = |(installed, path): &(&String, &String)| path.strip_suffix(installed.as_str()) != Some(root);
        let beside: BTreeMap<&String, &String> = last.iter().filter(beside).collect();
        for (installed, path) in beside.into_iter().take(BESIDE) {
            contents.odd(path, format!("npm strips the first folder: it lands beside package.json as {installed}"));
        }
    }
    tops.into_keys().collect()
}

/// Tells of several streams where one is enough.
fn streams(streams: &[usize], compression: Compression, contents: &mut Contents) {
    if streams.len() < 2 {
        return;
    }
    let shown: Vec<String> = streams.iter().take(8).map(ToString::to_string).collect();
    let more = if streams.len() > 8 { ", …" } else { "" };
    let word = compression.word();
    let places = shown.join(", ");
    let what =
        format!("it is made of {} {word} streams one after the other, at the bytes {places}{more}", streams.len());
    contents.odd("", what);
}

/// Tells of bytes of the file that are no packed data.
fn outside(bytes: &[u8], extra: &Extra, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    let Extra { range, place } = extra;
    contents.odd("", format!("{} bytes {place}, at byte {}", range.len(), range.start));
    let bytes = bytes.get(range.clone()).unwrap_or(&[]);
    account::list(&format!("file-byte-{}", range.start), bytes, contents, budget)
}
