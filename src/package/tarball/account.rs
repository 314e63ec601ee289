//! Every byte of a tar accounted for: what is part of no member is told with its place and size, and listed where it is
//! more than a few bytes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::header::{BLOCK, Header};
use super::{Kind, Walk, node};
use crate::package::budget::Budget;
use crate::package::error::Failure;
use crate::package::member::{Contents, clean};

/// Fewer bytes than this are told only.
const FEW: usize = 8;
/// Most places of one sort told one by one.
const EACH: usize = 50;
/// Most members of a second archive that are listed.
const HIDDEN: usize = 1000;

/// Tells of all bytes that neither reader takes for a member's.
pub(super) fn account(
    image: &[u8],
    own: &Walk,
    other: &Walk,
    contents: &mut Contents,
    budget: &Budget,
) -> Result<(), Failure> {
    padding(image, own, contents, budget)?;
    rubbish(image, own, contents, budget)?;
    gaps(image, own, other, contents, budget)
}

/// What fills up the last block of a content is zeros.
fn padding(image: &[u8], own: &Walk, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    let filled = own.fills.iter().filter_map(|(header, range)| {
        let fill = image.get(range.start..range.end.min(image.len()))?;
        fill.iter().any(|byte| *byte != 0).then_some((header, range.start, fill))
    });
    let filled: Vec<_> = filled.collect();
    for (header, start, fill) in filled.iter().take(EACH) {
        let (at, bytes) = trimmed(*start, fill);
        let what = format!("{} bytes stand at byte {at} of the tar in the padding behind it", bytes.len());
        contents.odd(path_at(own, **header), what);
        list(&format!("padding-at-{at}"), bytes, contents, budget)?;
    }
    more(filled.len(), "members have padding that is not zeros", contents);
    Ok(())
}

/// Bytes of headers that no field has room for.
fn rubbish(image: &[u8], own: &Walk, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    let headers = own.claimed.iter().filter_map(|range| Some((range.start, Header::at(image, range.start)?)));
    let found: Vec<(usize, usize, &[u8])> = headers
        .flat_map(|(start, header)| header.rubbish().map(move |(at, bytes)| (start, start + at, bytes)))
        .collect();
    for (header, start, bytes) in found.iter().take(EACH) {
        let (at, bytes) = trimmed(*start, bytes);
        let what = format!("{} bytes stand at byte {at} of the tar in no field of its header", bytes.len());
        contents.odd(path_at(own, *header), what);
        list(&format!("header-at-{at}"), bytes, contents, budget)?;
    }
    more(found.len(), "headers hold bytes in no field", contents);
    Ok(())
}

/// The path of the member with this header; headers that describe others have none.
fn path_at(walk: &Walk, header: usize) -> String {
    walk.found.iter().find(|found| found.header == header).map(|found| clean(&found.path)).unwrap_or_default()
}

/// Blocks that neither reader takes for part of a member.
fn gaps(image: &[u8], own: &Walk, other: &Walk, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    let mut claimed: Vec<Range<usize>> = own.claimed.iter().chain(&other.claimed).cloned().collect();
    claimed.sort_by_key(|range| range.start);
    claimed.push(image.len()..image.len());
    let end = own.read_to.max(other.read_to);
    let mut told = 0;
    let mut at = 0;
    for range in claimed {
        let gap = at..range.start.min(image.len());
        at = at.max(range.end);
        let Some(bytes) = image.get(gap.clone()).filter(|bytes| bytes.iter().any(|byte| *byte != 0)) else { continue };
        let (start, bytes) = trimmed(gap.start, bytes);
        // A gap may begin within the archive and go on behind its end.
        if start + bytes.len() > end {
            behind(image, start, bytes, own.ended || other.ended, contents, budget)?;
            continue;
        }
        told += 1;
        if told > EACH {
            continue;
        }
        let before = own.found.iter().chain(&other.found).find(|found| found.header + BLOCK == gap.start);
        let sort = before.map(|found| match found.kind {
            Kind::Folder => "as the content of a folder",
            Kind::HardLink | Kind::SymbolicLink => "as the content of a link",
            _ => "as the content of what is no file",
        });
        let path = before.map(|found| clean(&found.path)).unwrap_or_default();
        let sort = sort.unwrap_or("where a header should be");
        // A reader that did not come to the end of the archive gave up here.
        let stops = [own, other].iter().any(|walk| !walk.ended && walk.read_to == gap.start);
        let stops = if stops { ", and pip reads no further" } else { "" };
        let what =
            format!("{} bytes stand at byte {start} of the tar {sort}; no installer unpacks them{stops}", bytes.len());
        contents.odd(path, what);
        list(&format!("gap-at-{start}"), bytes, contents, budget)?;
    }
    more(told, "such places hold bytes that no installer unpacks", contents);
    Ok(())
}

/// What follows the end of the tar: a second archive, or anything.
fn behind(
    image: &[u8],
    start: usize,
    bytes: &[u8],
    ended: bool,
    contents: &mut Contents,
    budget: &Budget,
) -> Result<(), Failure> {
    let hidden = bytes.iter().filter(|byte| **byte != 0).count();
    let what = if ended {
        format!(
            "{hidden} bytes other than padding follow the end of the tar, from byte {start} on; installers do not read them"
        )
    } else {
        format!("the tar breaks off: {hidden} bytes other than padding are no member, from byte {start} on")
    };
    contents.odd("", what);
    let block = start / BLOCK * BLOCK;
    let second = Header::at(image, block).is_some_and(Header::is_sound);
    let walk = if second { node::walk(image.get(block..).unwrap_or(&[])) } else { Walk::default() };
    let inside = image.get(block..).unwrap_or(&[]);
    let known: HashMap<String, Arc<[u8]>> =
        contents.members.iter().map(|member| (member.path.clone(), Arc::clone(&member.bytes))).collect();
    let mut copies = 0;
    for found in walk.files().take(HIDDEN) {
        let path = clean(&found.path);
        let content = inside.get(found.data.clone()).unwrap_or(&[]);
        // Some tools append to an archive what it holds already.
        if known.get(&path).is_some_and(|bytes| **bytes == *content) {
            copies += 1;
            continue;
        }
        contents.odd(
            &path,
            format!("a member of this name stands behind the end of the tar, at byte {}", block + found.header),
        );
        contents.aside(&format!("behind-end/{path}"), content, budget)?;
    }
    if copies > 0 {
        contents.odd("", format!("{copies} members behind the end of the tar are the same as those before it"));
    }
    if walk.found.is_empty() { list(&format!("behind-end-at-{start}"), bytes, contents, budget) } else { Ok(()) }
}

/// Lists bytes as a file beside the package where they are more than a few.
pub(super) fn list(name: &str, bytes: &[u8], contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    if bytes.len() >= FEW {
        contents.aside(&format!("leftover/{name}{}", ending(bytes)), bytes, budget)?;
    }
    Ok(())
}

/// Bytes without the zeros around them, and where they begin.
fn trimmed(start: usize, bytes: &[u8]) -> (usize, &[u8]) {
    let before = bytes.iter().take_while(|byte| **byte == 0).count();
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(before, |last| last + 1);
    (start + before, bytes.get(before..end).unwrap_or(&[]))
}

fn more(count: usize, what: &str, contents: &mut Contents) {
    if count > EACH {
        contents.odd("", format!("{} more {what}", count - EACH));
    }
}

/// The ending of the language that a text looks like, since files are read by their names.
fn ending(bytes: &[u8]) -> &'static str {
    let head = bytes.get(..bytes.len().min(64 << 10)).unwrap_or(bytes);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The cut may stand within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or(&[])).unwrap_or_default()
        }
        Err(_) => return ".bin",
    };
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if text.contains('\0') => ".bin",
        () if text.starts_with("#!") => "",
        () if any(&["require(", "function", "=>", "const ", "let ", "var ", "eval(", "module.exports"]) => ".js",
        () if any(&["import ", "def ", "exec(", "print(", "os.system", "__import__"]) => ".py",
        () if any(&["curl ", "wget ", "| sh", "|sh", "bash ", "$("]) => ".sh",
        () => ".txt",
    }
}
