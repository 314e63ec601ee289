//! A tar as pip unpacks it: the reader of CPython's tarfile.
//!
//! One block of zeros ends the archive, and so does, without a word, a block that is no header.

use super::header::{BLOCK, Header, name, until_nul};
use super::pax::{self, Records};
use super::{Found, Kind, Walk};

/// Most headers in a row that describe one member; CPython's stack ends at about as many.
const DESCRIPTIONS: usize = 900;

pub(super) fn walk(image: &[u8]) -> Walk {
    let mut walk = Walk::default();
    let mut global = Records::default();
    let mut at = 0;
    while let Some(next) = step(image, at, &mut global, &mut walk) {
        at = next;
    }
    walk.read_to = at.min(image.len());
    walk
}

/// A header that describes the member after it.
enum Description {
    Path(Vec<u8>),
    Link(Vec<u8>),
    /// The records, with the global ones below them.
    Own(Records),
    /// Global records change members by themselves; where they stand only matters for holes.
    Global(Records),
}

/// Reads one member and what describes it. Returns where the next begins; `None` at the end.
fn step(image: &[u8], start: usize, global: &mut Records, walk: &mut Walk) -> Option<usize> {
    let mut descriptions: Vec<Description> = Vec::new();
    let mut at = start;
    let (header, size) = loop {
        let header = Header::at(image, at)?;
        if header.is_zero() {
            walk.ended = descriptions.is_empty();
            if walk.ended {
                walk.claim(at, &(at..at), at + BLOCK);
            }
            return None;
        }
        let sum = header.python_sum();
        if sum != Some(header.sum()) && sum != Some(header.signed_sum()) {
            return None;
        }
        // It rounds a size of less than a block below zero up to none, and turns in circles with a smaller one.
        let size = u64::try_from(header.python_size()?.max(0)).unwrap_or(u64::MAX);
        if !matches!(header.kind(), b'L' | b'K' | b'x' | b'X' | b'g') || descriptions.len() >= DESCRIPTIONS {
            break (header, size);
        }
        let (data, next) = super::data(image, at + BLOCK, size);
        walk.claim(at, &data, next);
        // It reads whole blocks here.
        let bytes = image.get(at + BLOCK..next).unwrap_or(&[]);
        descriptions.push(match header.kind() {
            b'L' => Description::Path(name(bytes)),
            b'K' => Description::Link(name(bytes)),
            b'g' => {
                global.update(&pax::python(bytes)?);
                Description::Global(global.clone())
            }
            _ => {
                let mut records = global.clone();
                records.update(&pax::python(bytes)?);
                Description::Own(records)
            }
        });
        at = next;
    };
    member(image, at, header, size, &descriptions, global, walk)
}

/// Applies to a member what describes it, the nearest first, and takes it.
fn member(
    image: &[u8],
    at: usize,
    header: Header<'_>,
    stored: u64,
    descriptions: &[Description],
    global: &Records,
    walk: &mut Walk,
) -> Option<usize> {
    let mut told = Told { path: header.name().to_vec(), link: header.link().to_vec(), size: stored, real: None };
    let mut kind = sort(header.kind());
    if header.kind() == 0 && told.path.ends_with(b"/") {
        kind = Kind::Folder;
    }
    let prefix = header.prefix();
    if !prefix.is_empty() && header.kind() != b'S' {
        told.path = [prefix, b"/", &told.path].concat();
    }
    let mut begin = at + BLOCK;
    if header.kind() == b'S' {
        told.real = Some(header.sparse_size().and_then(|size| u64::try_from(size).ok())?);
        let mut more = header.sparse_goes_on();
        while more {
            more = *image.get(begin + 504)? != 0;
            begin += BLOCK;
        }
    }
    let has_data = matches!(kind, Kind::File | Kind::Sparse { .. } | Kind::Unknown(_));
    let data = |size| super::data(image, begin, if has_data { size } else { 0 });
    let mut next = data(stored).1;
    told.apply(global);
    for description in descriptions.iter().rev() {
        match description {
            Description::Path(path) => told.path.clone_from(path),
            Description::Link(link) => told.link.clone_from(link),
            Description::Global(records) if records.sparse => told.apply(records),
            Description::Global(_) => {}
            Description::Own(records) => {
                told.apply(records);
                if records.size.is_some() {
                    next = data(told.size).1;
                }
            }
        }
    }
    if told.path.contains(&0) {
        walk.odd(at, "its name holds a NUL; the name ends there for programs written in C");
        told.path = until_nul(&told.path).to_vec();
    }
    let kind = match (kind, told.real) {
        (Kind::File | Kind::Sparse { .. }, Some(real)) => Kind::Sparse { real },
        (kind, _) => kind,
    };
    let content = data(told.size).0;
    walk.claim(at, &content, next);
    walk.take(Found {
        header: at,
        data: content,
        path: told.path,
        kind,
        link: told.link,
        size: if has_data { told.size } else { 0 },
        mode: header.mode(),
    });
    // It looks whether the last byte before the next header is there.
    (next <= image.len() && !walk.flooded).then_some(next)
}

/// What is known of a member while its descriptions are applied.
struct Told {
    path: Vec<u8>,
    link: Vec<u8>,
    size: u64,
    /// The size with its holes, where it has some.
    real: Option<u64>,
}

impl Told {
    fn apply(&mut self, records: &Records) {
        if let Some(path) = records.sparse_name.as_ref().or(records.path.as_ref()) {
            let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
            self.path = path.get(..end).unwrap_or(path).to_vec();
        }
        if let Some(link) = &records.link {
            self.link.clone_from(link);
        }
        self.size = records.size.unwrap_or(self.size);
        if records.sparse {
            self.real = records.sparse_size.or(self.real).or(Some(self.size));
        }
    }
}

fn sort(kind: u8) -> Kind {
    match kind {
        0 | b'0' | b'7' => Kind::File,
        b'S' => Kind::Sparse { real: 0 },
        b'1' => Kind::HardLink,
        b'2' => Kind::SymbolicLink,
        b'5' => Kind::Folder,
        b'3' | b'4' | b'6' => Kind::Other(kind),
        other => Kind::Unknown(other),
    }
}
