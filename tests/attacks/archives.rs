//! Archives that attack what opens them.

use std::io::Write as _;

use tar::{Builder, EntryType, Header};

use super::{Fixture, Says};
use crate::common::archives::{append, append_link, gzip, tar, tgz, zip};

const MANIFEST: (&str, &[u8]) = ("package/package.json", br#"{"name": "demo", "version": "1.0.0"}"#);

/// An npm package with more in it.
fn npm(more: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    append(&mut builder, MANIFEST.0, EntryType::Regular, MANIFEST.1);
    more(&mut builder);
    gzip(&builder.into_inner().unwrap())
}

/// A member whose header says what it likes.
fn lying(builder: &mut Builder<Vec<u8>>, path: &str, kind: EntryType, lie: impl FnOnce(&mut Header)) {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(0);
    lie(&mut header);
    header.set_cksum();
    builder.get_mut().write_all(header.as_bytes()).unwrap();
}

fn sized(kind: EntryType, size: [u8; 12]) -> Vec<u8> {
    npm(|builder| lying(builder, "package/big.js", kind, |header| header.as_old_mut().size = size))
}

/// An archive in an archive in an archive.
fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(zip(&[("setup.py", b"x = 1\n")]), |inner, _| zip(&[("setup.py", b""), ("inner.zip", &inner)]))
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn device(kind: EntryType) -> Vec<u8> {
    npm(|builder| append(builder, "package/device", kind, b"require('fs')"))
}

fn names(names: &[&str]) -> Vec<u8> {
    npm(|builder| names.iter().for_each(|name| append(builder, &format!("package/{name}"), EntryType::Regular, b"1")))
}

pub fn fixtures() -> Vec<Fixture> {
    use Says::{Read, Refused, Told};
    let long = |path: String| {
        npm(|builder| {
            append(builder, "././@LongLink", EntryType::GNULongName, path.as_bytes());
            append(builder, "package/x.js", EntryType::Regular, b"1");
        })
    };
    let links = |count: usize| {
        npm(|builder| {
            for at in 0..count {
                append_link(builder, &format!("package/{at}.js"), &format!("{}.js", at + 1), EntryType::Symlink);
            }
            append(builder, &format!("package/{count}.js"), EntryType::Regular, b"1");
        })
    };
    let through = npm(|builder| {
        append_link(builder, "package/d", "/etc", EntryType::Symlink);
        append(builder, "package/d/passwd.js", EntryType::Regular, b"1");
    });
    let mut size = [0xFF; 12];
    size[0] = 0x80;
    let largest = sized(EntryType::Regular, size);
    let later = npm(|builder| {
        append_link(builder, "package/a.js", "package/b.js", EntryType::Link);
        append(builder, "package/b.js", EntryType::Regular, b"1");
    });
    let outside = npm(|builder| append_link(builder, "package/a.js", "/etc/passwd", EntryType::Link));
    let owner = npm(|builder| {
        lying(builder, "package/x.js", EntryType::Regular, |header| {
            header.set_uid(u64::MAX >> 1);
            header.set_mtime(u64::MAX >> 1);
        });
    });
    let tops =
        tgz(&[("a-1.0/PKG-INFO", b"Name: a\nVersion: 1.0\n"), ("a-1.0/setup.py", b"1"), ("b-1.0/setup.py", b"2")]);
    vec![
        (3, "twelve archives deep", "demo-1.0.zip", nested(12), Told("inside the package")),
        (
            4,
            "a path of two thousand folders",
            "demo-1.0.0.tgz",
            long(format!("package/{}x.js", "a/".repeat(2000))),
            Read,
        ),
        (4, "a name of sixty kilobytes", "demo-1.0.0.tgz", long(format!("package/{}.js", "n".repeat(60_000))), Read),
        (
            6,
            "a PAX header of eight gigabytes",
            "demo-1.0.0.tgz",
            sized(EntryType::XHeader, *b"77777777777\0"),
            Told("a header of 8589934591 bytes"),
        ),
        (
            6,
            "a long name of eight gigabytes",
            "demo-1.0.0.tgz",
            sized(EntryType::GNULongName, *b"77777777777\0"),
            Told("a header of 8589934591 bytes"),
        ),
        (7, "the largest size", "demo-1.0.0.tgz", largest, Read),
        (7, "a negative size", "demo-1.0.0.tgz", sized(EntryType::Regular, [0xFF; 12]), Read),
        (
            8,
            "a flood of bzip2 streams",
            "demo-1.0.tar.bz2",
            [bzip2(&tar(&[MANIFEST])), bzip2(b"").repeat(10_001)].concat(),
            Refused("compressed streams"),
        ),
        (
            9,
            "a path of a network share",
            "demo-1.0.0.tgz",
            npm(|b| append(b, "\\\\server\\share\\x.js", EntryType::Regular, b"1")),
            Told("backslash"),
        ),
        (9, "a path from the root", "demo-1.0.zip", zip(&[("setup.py", b"1"), ("/etc/x.py", b"1")]), Told("absolute")),
        (10, "a chain of links", "demo-1.0.0.tgz", links(300), Told("a symbolic link")),
        (10, "a link to a folder that is written through", "demo-1.0.0.tgz", through, Told("a symbolic link to /etc")),
        (11, "a hard link to a later member", "demo-1.0.0.tgz", later, Told("a hard link")),
        (11, "a hard link to outside", "demo-1.0.0.tgz", outside, Told("a hard link")),
        (12, "a pipe with content", "demo-1.0.0.tgz", device(EntryType::Fifo), Told("which is no file")),
        (12, "a character device with content", "demo-1.0.0.tgz", device(EntryType::Char), Told("which is no file")),
        (12, "a block device with content", "demo-1.0.0.tgz", device(EntryType::Block), Told("which is no file")),
        (
            18,
            "a zip behind a script",
            "demo-1.0.zip",
            [b"#!/bin/sh\nid\n".to_vec(), zip(&[("setup.py", b"1")])].concat(),
            Told("stand before the first member"),
        ),
        (
            18,
            "a zip behind a document",
            "demo-1.0.zip",
            [b"%PDF-1.7\n1 0 obj\n".to_vec(), zip(&[("setup.py", b"1")])].concat(),
            Told("stand before the first member"),
        ),
        (
            19,
            "two forms of one letter",
            "demo-1.0.0.tgz",
            names(&["\u{e9}.js", "e\u{301}.js"]),
            Told("one replaces the other"),
        ),
        (19, "a dot at the end", "demo-1.0.0.tgz", names(&["a.js", "a.js."]), Told("one replaces the other")),
        (19, "a name that Windows keeps for a device", "demo-1.0.0.tgz", names(&["aux.js"]), Told("Windows")),
        (22, "an owner and a time beyond all", "demo-1.0.0.tgz", owner, Read),
        (23, "two first folders of an sdist", "demo-1.0.tar.gz", tops, Told("b-1.0")),
    ]
}
