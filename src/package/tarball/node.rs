//! A tar as npm unpacks it: node-tar's reader, with the choices of npm's pacote.
//!
//! What node-tar cannot take for a header it passes over, block by block; two blocks of zeros in a row end the archive.

use super::header::{BLOCK, Header, Thrown, name};
use super::pax::{self, Records};
use super::{Found, Kind, Walk};

/// Headers that describe the next member are passed over where they are longer.
const META: u64 = 1 << 20;
/// Deepest path that is unpacked.
const DEPTH: usize = 1024;

pub(super) fn walk(image: &[u8]) -> Walk {
    let mut walk = Walk::default();
    let (mut local, mut global) = (Records::default(), Records::default());
    let mut zeros = false;
    let mut at = 0;
    while let Some(header) = Header::at(image, at).filter(|_| !walk.flooded) {
        let here = at;
        at += BLOCK;
        let member = match member(header, &local, &global) {
            Err(Thrown) => continue,
            Ok(Block::Zero) => {
                if zeros {
                    walk.ended = true;
                    break;
                }
                zeros = true;
                continue;
            }
            Ok(Block::None) => {
                zeros = false;
                continue;
            }
            Ok(Block::Header(member)) => member,
        };
        if std::mem::take(&mut zeros) {
            walk.odd(here, "one block of zeros stands before this member: pip ends there, npm only at two");
        }
        let (data, next) = super::data(image, at, member.size);
        let kind = sort(member.kind, member.folder);
        // What is read past but not unpacked is no part of a member.
        let dropped = !matches!(kind, Kind::File | Kind::Meta);
        if dropped {
            walk.claim(here, &(at..at), at)
        } else {
            walk.claim(here, &data, next)
        }
        at = next;
        let bytes = image.get(data.clone()).unwrap_or(&[]);
        // The records are meant for a member, but this one check takes them for the header's own.
        let told = global.size.or(local.size).unwrap_or(member.size);
        match member.kind {
            b'x' | b'X' | b'g' | b'L' | b'N' | b'K' if told > META => {
                walk.odd(here, format!("npm passes over a header of {told} bytes, other installers read it"));
            }
            // Without content such a header changes nothing.
            b'x' | b'X' | b'g' | b'L' | b'N' | b'K' if told == 0 => {}
            b'x' | b'X' => local.update(&pax::node(bytes)),
            b'g' => {
                let records = pax::node(bytes);
                if records.path.is_some() || records.link.is_some() || records.size.is_some() {
                    let what =
                        "a global PAX record gives every later member a path, link or size: readers disagree on it";
                    walk.odd(here, what);
                }
                global.update(&records);
            }
            b'L' | b'N' | b'K' => {
                if local.size.is_some() {
                    let what = "a long name stands between a PAX size and its member: some readers take the size for the name's";
                    walk.odd(here, what);
                }
                let text = Some(name(bytes));
                if member.kind == b'K' { local.link = text } else { local.path = text }
            }
            _ => {
                let records = std::mem::take(&mut local);
                disagreement(header, &member, records.size.or(global.size), here, &mut walk);
                walk.take(Found {
                    header: here,
                    path: member.path,
                    kind,
                    link: records.link.unwrap_or_else(|| header.link().to_vec()),
                    size: if dropped { 0 } else { member.size },
                    mode: header.mode(),
                    data: if dropped { data.start..data.start } else { data },
                });
            }
        }
    }
    walk.read_to = at.min(image.len());
    walk
}

/// Notes a size that readers differ on.
fn disagreement(header: Header<'_>, member: &Member, record: Option<u64>, here: usize, walk: &mut Walk) {
    let stored = header.python_size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
    // Sizes that do not fit the header are the reason for the record.
    if record.is_some_and(|size| size != stored && size < 1 << 33) {
        walk.odd(here, "its PAX record and its header give different sizes: readers disagree on what follows");
    }
    let what = match member.kind {
        _ if member.folder => "a folder",
        b'1' | b'2' => "a link",
        b'3' | b'4' | b'6' => "a device or pipe",
        _ => return,
    };
    if stored > 0 {
        walk.odd(here, format!("{what} with a size of {stored} bytes: readers disagree on what follows"));
    }
}

/// What node-tar takes a block for.
enum Block {
    Zero,
    /// No header: the block is passed over.
    None,
    Header(Member),
}

struct Member {
    kind: u8,
    path: Vec<u8>,
    size: u64,
    folder: bool,
}

fn member(header: Header<'_>, local: &Records, global: &Records) -> Result<Block, Thrown> {
    let kind = header.kind();
    // Records describe the next member, not the headers between it and them.
    let described = matches!(kind, 0 | b'0'..=b'7' | b'D');
    let none = Records::default();
    let (own, all) = if described { (local, global) } else { (&none, &none) };
    let stored = header.node_size()?;
    let size = own.size.or(all.size).map_or(stored, |size| Some(i128::from(size)));
    let mut size = size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
    let mut path = own.path.clone().unwrap_or_else(|| header.name().to_vec());
    let folder = kind == b'5' || matches!(kind, 0 | b'0') && path.ends_with(b"/");
    if folder {
        size = 0;
    }
    let prefix = header.node_prefix();
    if own.path.is_none() && !prefix.is_empty() {
        path = [prefix, b"/", &path].concat();
    }
    let sum = header.node_sum()?;
    if sum.is_none() && header.sum() == 8 * 32 {
        return Ok(Block::Zero);
    }
    let link = matches!(kind, b'1' | b'2');
    let sound = sum == Some(header.sum())
        && !path.is_empty()
        && (link != header.link().is_empty() || matches!(kind, b'x' | b'g'));
    Ok(if sound { Block::Header(Member { kind, path, size, folder }) } else { Block::None })
}

fn sort(kind: u8, folder: bool) -> Kind {
    match kind {
        _ if folder => Kind::Folder,
        0 | b'0' | b'7' => Kind::File,
        b'1' => Kind::HardLink,
        b'2' => Kind::SymbolicLink,
        b'5' | b'D' => Kind::Folder,
        b'x' | b'X' | b'g' | b'L' | b'N' | b'K' => Kind::Meta,
        other => Kind::Other(other),
    }
}

/// Where npm puts a member, below the package's folder: the first folder goes, whatever it is called. `None` where it puts
/// it nowhere.
pub(super) fn installed(path: &[u8]) -> Option<String> {
    let path = String::from_utf8_lossy(path);
    let mut rest = path.split_once('/')?.1;
    if rest.split('/').count() > DEPTH {
        return None;
    }
    // Roots of both systems are cut off, again and again.
    loop {
        let drive =
            rest.as_bytes().get(1) == Some(&b':') && rest.starts_with(|first: char| first.is_ascii_alphabetic());
        let cut = match rest {
            _ if rest.starts_with(['/', '\\']) => rest.get(1..),
            _ if drive => rest.get(2..),
            _ => break,
        };
        rest = cut.unwrap_or("");
    }
    if rest.split(['/', '\\']).any(|part| part == "..") {
        return None;
    }
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"package/index.js", Some("index.js"))]
    #[case(b"./index.js", Some("index.js"))]
    #[case(b"./package/index.js", Some("package/index.js"))]
    #[case(b"/a/index.js", Some("a/index.js"))]
    #[case(b"../package.json", Some("package.json"))]
    #[case(b"a//b/./c.js", Some("b/c.js"))]
    #[case(b"a/C:/x.js", Some("x.js"))]
    #[case(b"package.json", None)]
    #[case(b"a/../b.js", None)]
    #[case(b"a/..\\b.js", None)]
    #[case(b"package/", None)]
    fn the_first_folder_goes(#[case] path: &[u8], #[case] expected: Option<&str>) {
        assert_eq!(installed(path).as_deref(), expected);
    }
}
