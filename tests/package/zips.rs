//! Zips that readers read in different ways, and bytes of a zip that belong to no member: what Python's `zipfile`, so pip, installs is
//! shown as the package, everything else beside it, and all of it is told.

use cerebro::package::{Limits, Oddness, OpenOptions, Package};
use flate2::Crc;
use rstest::rstest;

use super::build::*;

const DEFLATED: u16 = 8;
const LZMA: u16 = 14;
const ZSTD: u16 = 93;
const STREAMED: u16 = 8;
const UTF8: u16 = 0x800;

/// A member of a zip that is written byte by byte; every field may lie.
#[derive(Clone)]
struct Part {
    name: Vec<u8>,
    /// The name in the local header.
    local_name: Vec<u8>,
    packed: Vec<u8>,
    method: u16,
    flags: u16,
    crc: u32,
    size: u32,
    packed_size: u32,
    /// Size and compressed size in the local header.
    local_sizes: Option<(u32, u32)>,
    descriptor: Vec<u8>,
    extra: Vec<u8>,
    local_extra: Vec<u8>,
    comment: Vec<u8>,
    attributes: u32,
    listed: bool,
    /// Bytes between this member and the next.
    behind: Vec<u8>,
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A stored member.
fn part(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Part {
    let (name, content) = (name.as_ref().to_vec(), content.as_ref().to_vec());
    Part {
        local_name: name.clone(),
        name,
        method: 0,
        flags: 0,
        crc: crc(&content),
        size: content.len() as u32,
        packed_size: content.len() as u32,
        packed: content,
        local_sizes: None,
        descriptor: Vec::new(),
        extra: Vec::new(),
        local_extra: Vec::new(),
        comment: Vec::new(),
        attributes: 0,
        listed: true,
        behind: Vec::new(),
    }
}

/// A member packed by a method.
fn packed(name: &str, content: &str, method: u16, packed: Vec<u8>) -> Part {
    Part { method, packed_size: packed.len() as u32, packed, ..part(name, content) }
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, content).unwrap();
    encoder.finish().unwrap()
}

/// A frame of zstd with one block that is not compressed.
fn zstd(content: &[u8]) -> Vec<u8> {
    let head = [0x28, 0xB5, 0x2F, 0xFD, 0x20, content.len() as u8];
    let block = ((content.len() as u32) << 3) | 1;
    [head.as_slice(), &block.to_le_bytes()[..3], content].concat()
}

fn shorts(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn longs(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn field(id: u16, content: &[u8]) -> Vec<u8> {
    [shorts(&[id, content.len() as u16]), content.to_vec()].concat()
}

/// The fields that local headers and records of the directory share, from the flags to the lengths.
fn common(part: &Part, name: &[u8], (size, packed): (u32, u32), crc: u32, extra: &[u8]) -> Vec<u8> {
    [
        shorts(&[20, part.flags, part.method, 0, 33]),
        longs(&[crc, packed, size]),
        shorts(&[name.len() as u16, extra.len() as u16]),
    ]
    .concat()
}

/// Members and the directory without an end record, and where the directory begins.
fn body(parts: &[Part]) -> (Vec<u8>, usize) {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let at = bytes.len() as u32;
        let streamed = part.flags & STREAMED != 0;
        let sizes = part.local_sizes.unwrap_or(if streamed { (0, 0) } else { (part.size, part.packed_size) });
        bytes.extend(b"PK\x03\x04");
        let local_crc = if streamed { 0 } else { part.crc };
        bytes.extend(common(part, &part.local_name, sizes, local_crc, &part.local_extra));
        for piece in [&part.local_name, &part.local_extra, &part.packed, &part.descriptor, &part.behind] {
            bytes.extend(piece);
        }
        if part.listed {
            directory.extend(b"PK\x01\x02\x14\x03");
            directory.extend(common(part, &part.name, (part.size, part.packed_size), part.crc, &part.extra));
            directory.extend(shorts(&[part.comment.len() as u16, 0, 0]));
            directory.extend(longs(&[part.attributes, at]));
            for piece in [&part.name, &part.extra, &part.comment] {
                directory.extend(piece);
            }
        }
    }
    let start = bytes.len();
    bytes.extend(directory);
    (bytes, start)
}

fn end(count: u16, size: u32, offset: u32, comment: &[u8]) -> Vec<u8> {
    let numbers = [shorts(&[0, 0, count, count]), longs(&[size, offset]), shorts(&[comment.len() as u16])].concat();
    [b"PK\x05\x06".as_slice(), &numbers, comment].concat()
}

fn write(parts: &[Part]) -> Vec<u8> {
    let listed = parts.iter().filter(|part| part.listed).count() as u16;
    let (bytes, start) = body(parts);
    let end = end(listed, (bytes.len() - start) as u32, start as u32, b"");
    [bytes, end].concat()
}

/// The zip with an end record of one's own, of count, size and offset.
fn ended(parts: &[Part], end_of: impl Fn(u16, u32, u32) -> Vec<u8>) -> Vec<u8> {
    let (bytes, start) = body(parts);
    let end = end_of(parts.len() as u16, (bytes.len() - start) as u32, start as u32);
    [bytes, end].concat()
}

fn two() -> Vec<Part> {
    vec![part("x/a.py", "first()"), part("x/b.py", "second()")]
}

/// Files as `path text`.
fn shown(package: &Package) -> Vec<String> {
    let file =
        |(at, path): (usize, &str)| format!("{path} {}", package.source(at).map_or("-", |source| source.text.as_str()));
    paths(package).into_iter().enumerate().map(file).collect()
}

const BOTH: [&str; 2] = ["x/a.py first()", "x/b.py second()"];

#[rstest]
#[case::well_formed(write(&two()), &BOTH, &[])]
#[case::counts_less(
    ended(&two(), |_, size, offset| end(1, size, offset, b"")),
    &BOTH,
    &[": its end record counts 1 members, its directory at byte 87 holds 2: readers go by the one or the other"]
)]
#[case::counts_none(
    ended(&two(), |_, size, offset| end(0, size, offset, b"")),
    &BOTH,
    &[": its end record counts 0 members, its directory at byte 87 holds 2: readers go by the one or the other"]
)]
#[case::sizes_none(
    ended(&two(), |count, _, offset| end(count, 0, offset, b"")),
    &BOTH,
    &[
        ": its end record counts 2 members, its directory at byte 191 holds 0: readers go by the one or the other",
        ": a directory at byte 87, which Python, so pip, does not read, lists 2 members of its own: readers disagree on what \
         the zip holds",
        "x/a.py: only a directory of the zip that Python, so pip, does not read lists it",
        "x/b.py: only a directory of the zip that Python, so pip, does not read lists it",
    ]
)]
#[case::second_end_record(
    ended(&two(), |count, size, offset| [end(count, size, offset, b""), end(0, 0, 0, b"")].concat()),
    &BOTH,
    &[
        ": the zip has 2 end records: readers may start from different ones",
        ": a directory at byte 87, which Python, so pip, does not read, lists 2 members of its own: readers disagree on what \
         the zip holds",
        "x/a.py: only a directory of the zip that Python, so pip, does not read lists it",
        "x/b.py: only a directory of the zip that Python, so pip, does not read lists it",
    ]
)]
fn the_end_record_decides(#[case] bytes: Vec<u8>, #[case] files: &[&str], #[case] told: &[&str]) {
    let package = opened("x.zip", &bytes);
    assert_eq!(shown(&package), files);
    assert_eq!(oddities(&package), told);
}

#[test]
fn of_two_zips_in_one_file_python_reads_the_last() {
    let (first, second) = (write(&[part("x/a.py", "old()"), part("x/c.py", "c()")]), write(&two()));
    let package = opened("x.zip", &[first, second].concat());
    let files = ["./other directory/x/a.py old()", "x/a.py first()", "x/b.py second()", "x/c.py c()"];
    assert_eq!(shown(&package), files);
    assert!(oddities(&package).iter().any(|told| told.starts_with(": the zip has 2 end records")));
}

#[test]
fn an_end_record_far_from_the_end_is_found_by_others_alone() {
    let package = opened("x.zip", &[write(&two()), vec![b' '; 1 << 17]].concat());
    assert_eq!(shown(&package), BOTH);
    assert!(oddities(&package)[0].contains("where Python, so pip, looks for it"), "{:?}", oddities(&package));
}

#[test]
fn an_end_record_inside_a_member_is_no_second_one() {
    let package = opened("x.zip", &write(&[part("x/a.py", "1"), part("x/inner.zip", write(&two()))]));
    assert!(!oddities(&package).iter().any(|told| told.contains("end records")), "{:?}", oddities(&package));
}

#[rstest]
#[case::free(
    vec![part("x/a.py", "first()"), Part { listed: false, ..part("x/b.py", "second()") }],
    &BOTH,
    &["x/b.py: its local header at byte 43 is in no directory of the zip: readers that stream unpack it, Python, so pip, does not"]
)]
#[case::taken(
    vec![Part { listed: false, ..part("x/a.py", "hidden()") }, part("x/a.py", "first()"), part("x/b.py", "second()")],
    &["./unlisted/x/a.py hidden()", BOTH[0], BOTH[1]],
    &[
        ": 44 bytes stand before the first member of the zip",
        "x/a.py: its local header at byte 0 is in no directory of the zip: readers that stream unpack it, Python, so pip, does not",
    ]
)]
#[case::streamed(
    vec![
        part("x/a.py", "first()"),
        Part {
            listed: false,
            flags: STREAMED,
            descriptor: [b"PK\x07\x08".to_vec(), longs(&[crc(b"second()"), 10, 8])].concat(),
            ..packed("x/b.py", "second()", DEFLATED, deflate(b"second()"))
        },
    ],
    &BOTH,
    &["x/b.py: its local header at byte 43 is in no directory of the zip: readers that stream unpack it, Python, so pip, does not"]
)]
fn a_member_that_no_directory_lists_is_read(#[case] parts: Vec<Part>, #[case] files: &[&str], #[case] told: &[&str]) {
    let package = opened("x.zip", &write(&parts));
    assert_eq!(shown(&package), files);
    assert_eq!(oddities(&package), told);
}

fn unicode_path(crc: u32, name: &str) -> Vec<u8> {
    field(0x7075, &[[1_u8].as_slice(), &crc.to_le_bytes(), name.as_bytes()].concat())
}

#[rstest]
#[case::nul(
    part("x/run.py\0.txt", "1"),
    &["x/run.py"],
    &["x/run.py: its name goes on behind a NUL with \".txt\": Python, so pip, stops at the NUL and installs x/run.py"]
)]
#[case::code_page(
    part(b"x/caf\x82.py", "1"),
    &["x/café.py"],
    &["x/café.py: its name is not marked as UTF-8: Python, so pip, reads it by code page 437; other readers may see another"]
)]
#[case::utf8(Part { flags: UTF8, ..part("x/café.py", "1") }, &["x/café.py"], &[])]
#[case::unicode_path(
    Part { extra: unicode_path(crc(b"x/a.txt"), "x/run.py"), ..part("x/a.txt", "1") },
    &["x/a.txt", "x/run.py"],
    &["x/a.txt: its Unicode Path extra field (0x7075) names another file, x/run.py: Python from 3.12 on and most unzippers take that name"]
)]
#[case::unicode_path_of_another(
    Part { extra: unicode_path(7, "x/a.txt"), ..part("x/run.py", "1") },
    &["x/run.py"],
    &["x/run.py: its Unicode Path extra field (0x7075) belongs to another name by its check sum: readers ignore it"]
)]
#[case::unicode_path_in_the_local_header(
    Part { local_extra: unicode_path(crc(b"x/a.txt"), "x/run.py"), ..part("x/a.txt", "1") },
    &["x/a.txt", "x/run.py"],
    &["x/a.txt: the Unicode Path extra field (0x7075) of its local header names another file, x/run.py: readers that stream take that name"]
)]
#[case::local_name(
    Part { local_name: b"x/run.py".to_vec(), ..part("x/a.txt", "1") },
    &["x/a.txt", "x/run.py"],
    &["x/a.txt: its local header names another file, x/run.py: readers disagree on what it is"]
)]
#[case::climbs_inside(
    part("x/../run.pth", "1"),
    &["run.pth"],
    &["x/../run.pth: its path climbs with `..`: an unpacker that trusts it writes outside its folder"]
)]
fn names_that_readers_read_differently(#[case] part: Part, #[case] files: &[&str], #[case] told: &[&str]) {
    let package = opened("x.zip", &write(&[part]));
    assert_eq!(paths(&package), files);
    assert_eq!(oddities(&package), told);
}

/// `lzma.compress(b"second()", format=FORMAT_RAW)` behind the header that zips have.
const LZMA_SECOND: [u8; 28] = [
    0x09, 0x04, 0x05, 0x00, 0x5D, 0x00, 0x00, 0x01, 0x00, 0x00, 0x39, 0x99, 0x48, 0x91, 0xB1, 0x69, 0x96, 0x3A, 0x20,
    0x01, 0x25, 0x43, 0xFF, 0xFF, 0x3A, 0x04, 0x00, 0x00,
];

#[rstest]
#[case::deflate64(packed("x/b.py", "2", 9, vec![1, 2, 3]), true)]
#[case::bzip2(packed("x/b.py", "2", 12, vec![1, 2, 3]), true)]
#[case::zstd(packed("x/b.txt", "second()", ZSTD, zstd(b"second()")), true)]
#[case::xz(packed("x/b.py", "2", 95, vec![1, 2, 3]), true)]
#[case::unknown(packed("x/b.py", "2", 77, vec![1, 2, 3]), true)]
#[case::deflate(packed("x/b.py", "second()", DEFLATED, deflate(b"second()")), false)]
#[case::stored(part("x/b.py", "2"), false)]
fn what_not_every_installer_unpacks_is_of_a_kind_of_its_own(#[case] member: Part, #[case] unportable: bool) {
    let package = opened("x.zip", &write(&[part("x/a.py", "1"), member]));
    assert_eq!(package.oddities.iter().any(|odd| odd.kind == Oddness::Compression), unportable);
}

#[rstest]
#[case::deflate(packed("x/b.py", "second()", DEFLATED, deflate(b"second()")), &[])]
#[case::lzma(
    Part { flags: 2, ..packed("x/b.py", "second()", LZMA, LZMA_SECOND.to_vec()) },
    &["x/b.py: compressed by lzma (method 14): Python, so pip, unpacks it; other installers may not"]
)]
#[case::zstd(
    packed("x/b.py", "second()", ZSTD, zstd(b"second()")),
    &["x/b.py: compressed by zstd (method 93): Python unpacks it from 3.14 on, so pip installs it there and nowhere else"]
)]
#[case::descriptor(
    Part {
        flags: STREAMED,
        descriptor: [b"PK\x07\x08".to_vec(), longs(&[crc(b"second()"), 10, 8])].concat(),
        ..packed("x/b.py", "second()", DEFLATED, deflate(b"second()"))
    },
    &[]
)]
#[case::short_descriptor(
    Part {
        flags: STREAMED,
        descriptor: longs(&[crc(b"second()"), 10, 8]),
        ..packed("x/b.py", "second()", DEFLATED, deflate(b"second()"))
    },
    &[]
)]
#[case::long_descriptor(
    Part {
        flags: STREAMED,
        descriptor: [b"PK\x07\x08".to_vec(), longs(&[crc(b"second()"), 10, 0, 8, 0])].concat(),
        ..packed("x/b.py", "second()", DEFLATED, deflate(b"second()"))
    },
    &[]
)]
#[case::stored_descriptor(
    Part {
        flags: STREAMED,
        descriptor: [b"PK\x07\x08".to_vec(), longs(&[crc(b"second()"), 8, 8])].concat(),
        ..part("x/b.py", "second()")
    },
    &["x/b.py: stored, with a data descriptor behind it: readers that stream cannot tell where it ends"]
)]
#[case::wrong_check_sum(
    Part { crc: 7, ..part("x/b.py", "second()") },
    &["x/b.py: its check sum (CRC) is wrong: Python, so pip, refuses it"]
)]
#[case::size_too_large(
    Part { size: 9, ..packed("x/b.py", "second()", DEFLATED, deflate(b"second()")) },
    &["x/b.py: it unpacks to 8 bytes, the zip's directory says 9"]
)]
#[case::local_size(
    Part { local_sizes: Some((9, 8)), ..part("x/b.py", "second()") },
    &["x/b.py: its local header says 9 bytes, the zip's directory 8"]
)]
fn a_member_is_unpacked_as_python_does(#[case] part: Part, #[case] told: &[&str]) {
    let package = opened("x.zip", &write(&[self::part("x/a.py", "first()"), part]));
    assert_eq!(shown(&package), BOTH);
    assert_eq!(oddities(&package), told);
    assert!(package.skipped.is_empty());
}

#[test]
fn python_stops_at_the_size_in_the_directory() {
    let lie = Part { size: 8, ..packed("x/b.py", "second()hidden()", DEFLATED, deflate(b"second()hidden()")) };
    let lie = Part { crc: crc(b"second()"), ..lie };
    let package = opened("x.zip", &write(&[part("x/a.py", "first()"), lie]));
    assert_eq!(shown(&package), ["./behind its end/x/b.py hidden()", BOTH[0], BOTH[1]]);
    assert_eq!(oddities(&package), ["x/b.py: it unpacks to 16 bytes, of which Python, so pip, takes the first 8"]);
}

#[test]
fn a_reader_that_streams_goes_by_the_local_header() {
    let lie = Part { local_sizes: Some((16, 16)), size: 8, packed_size: 8, ..part("x/b.py", "second()hidden()") };
    let lie = Part { crc: crc(b"second()"), ..lie };
    let package = opened("x.zip", &write(&[part("x/a.py", "first()"), lie]));
    assert_eq!(text(&package, "x/b.py"), "second()");
    assert_eq!(text(&package, "./local header/x/b.py"), "second()hidden()");
    assert!(oddities(&package).contains(&": 8 bytes at byte 87 belong to no member of the zip".to_owned()));
}

#[rstest]
#[case::deflate64(9, "it is compressed by deflate64 (method 9), which is not read")]
#[case::unknown(77, "it is compressed by unknown (method 77), which is not read")]
fn a_method_that_is_not_read_is_named(#[case] method: u16, #[case] reason: &str) {
    let package = opened("x.zip", &write(&[part("x/a.py", "1"), packed("x/b.py", "2", method, vec![1, 2, 3])]));
    assert_eq!((package.skipped[0].path.as_str(), package.skipped[0].reason.as_str()), ("x/b.py", reason));
    assert_eq!(paths(&package), ["x/a.py", "x/b.py"]);
}

#[rstest]
#[case::between(
    write(&[Part { behind: b"hidden()".to_vec(), ..part("x/a.py", "1") }, part("x/b.py", "2")]),
    "hidden()",
    ": 8 bytes at byte 37 belong to no member of the zip"
)]
#[case::after(
    [write(&two()), b"hidden()".to_vec()].concat(),
    "hidden()",
    ": 8 bytes follow the end of the zip"
)]
#[case::before(
    [b"hidden()".to_vec(), write(&two())].concat(),
    "hidden()",
    ": 8 bytes stand before the first member of the zip"
)]
#[case::comment(
    ended(&two(), |count, size, offset| end(count, size, offset, b"hidden()")),
    "hidden()",
    ": the zip carries a comment of 8 bytes"
)]
#[case::extra_field(
    write(&[Part { extra: field(0x6868, b"hidden()"), ..part("x/a.py", "1") }]),
    "hidden()",
    "x/a.py: it carries an extra field of an unknown kind (0x6868) at byte 93 of the zip"
)]
#[case::local_extra_field(
    write(&[Part { local_extra: field(0x6868, b"hidden()"), ..part("x/a.py", "1") }]),
    "hidden()",
    "x/a.py: it carries an extra field of an unknown kind (0x6868) at byte 40 of the zip"
)]
#[case::long_field(
    write(&[Part { extra: field(0x5455, b"hidden, not a time()"), ..part("x/a.py", "1") }]),
    "hidden, not a time()",
    "x/a.py: it carries an extra field of an unknown kind (0x5455) at byte 93 of the zip"
)]
#[case::behind_fields(
    write(&[Part { local_extra: b"hi~~hidden()".to_vec(), ..part("x/a.py", "1") }]),
    "hidden()",
    "x/a.py: it carries bytes behind its extra fields at byte 36 of the zip"
)]
#[case::comment_of_a_member(
    write(&[Part { comment: b"hidden()".to_vec(), ..part("x/a.py", "1") }]),
    "hidden()",
    "x/a.py: it carries a comment at byte 89 of the zip"
)]
#[case::behind_compressed_data(
    write(&[packed("x/a.py", "1", DEFLATED, [deflate(b"1"), b"hidden()".to_vec()].concat())]),
    "hidden()",
    "x/a.py: 8 bytes at byte 39 follow the end of its compressed data"
)]
#[case::folder(
    write(&[part("x/a.py", "1"), part("x/sub/", "hidden()")]),
    "hidden()",
    "x/sub: a folder that holds 8 bytes of data at byte 73"
)]
fn every_byte_is_accounted_for(#[case] bytes: Vec<u8>, #[case] hidden: &str, #[case] told: &str) {
    let package = opened("x.zip", &bytes);
    assert_eq!(oddities(&package), [told]);
    let aside: Vec<&str> =
        paths(&package).into_iter().filter(|path| path.starts_with("./")).map(|path| text(&package, path)).collect();
    assert_eq!(aside.len(), 1);
    assert!(aside[0].ends_with(hidden), "{aside:?}");
}

#[rstest]
#[case::deflated_empty_folder(Part { size: 0, crc: 0, ..packed("x/sub/", "", DEFLATED, deflate(b"")) })]
#[case::zip64(Part {
    local_sizes: Some((u32::MAX, u32::MAX)),
    local_extra: field(1, &[8_u64.to_le_bytes(), 8_u64.to_le_bytes()].concat()),
    ..part("x/c.py", "third(1)")
})]
#[case::times_and_owners(Part {
    extra: [field(0x5455, &[1, 0, 0, 0, 0]), field(0x7875, &[1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0])].concat(),
    ..part("x/c.py", "third(1)")
})]
#[case::alignment(Part { local_extra: field(0xD935, &[4, 0, 0, 0]), ..part("x/c.py", "third(1)") })]
fn what_zip_tools_write_is_not_odd(#[case] part: Part) {
    let package = opened("x.zip", &write(&[self::part("x/a.py", "1"), part]));
    assert_eq!(oddities(&package), [] as [&str; 0]);
    assert!(!paths(&package).iter().any(|path| path.starts_with("./")));
}

#[test]
fn padding_behind_the_end_is_told_and_holds_nothing() {
    let package = opened("x.zip", &[write(&two()), vec![0; 9]].concat());
    assert_eq!(shown(&package), BOTH);
    assert_eq!(oddities(&package), [": 9 bytes follow the end of the zip"]);
}

#[test]
fn numbers_that_overflow_lead_nowhere() {
    let far = field(1, &[u64::MAX.to_le_bytes(), (u64::MAX - 3).to_le_bytes(), (u64::MAX - 9).to_le_bytes()].concat());
    let lie = Part { size: u32::MAX, packed_size: u32::MAX, extra: far, ..part("x/b.py", "second()") };
    let package = opened("x.zip", &write(&[part("x/a.py", "1"), lie]));
    assert_eq!(package.skipped[0].path, "x/b.py");
    let bytes = ended(&two(), |count, _, _| end(count, u32::MAX, u32::MAX, b""));
    let package = opened("x.zip", &bytes);
    assert_eq!(shown(&package), BOTH);
    assert!(oddities(&package)[0].contains("would begin before the file"), "{:?}", oddities(&package));
}

#[test]
fn a_part_of_a_split_zip_says_so() {
    let mut bytes = end(2, 100, 0, b"");
    bytes[4] = 1;
    let line = refused("x.zip", &bytes);
    assert!(line.starts_with("x.zip is damaged: it is part 2 of a zip that was split into several"), "{line}");
    let mut whole = write(&two());
    let at = whole.len() - 18;
    whole[at] = 1;
    let package = opened("x.zip", &whole);
    assert_eq!(oddities(&package), [": its end record calls it part 2 of a zip in several parts"]);
}

#[test]
fn many_copies_and_many_gaps_stay_within_the_limits() {
    let gap = |at: usize| Part { behind: format!("hidden {at}").into_bytes(), ..part(format!("x/{at}.py"), "1") };
    let parts: Vec<Part> = (0..300).map(gap).collect();
    let package = opened("x.zip", &write(&parts));
    assert_eq!(paths(&package).iter().filter(|path| path.starts_with("./")).count(), 200);
    assert!(package.skipped[0].reason.starts_with("more than 200 stretches"), "{:?}", package.skipped);
    let options = OpenOptions { limits: Limits { files: 100, ..Limits::default() }, ..OpenOptions::default() };
    assert!(refused_with("x.zip", &write(&parts), &options).contains("it holds more than 100 members"));
}

#[rstest]
#[case::npm("x.tgz", "package/package.json", &["./as zip/setup.py", "package/package.json"])]
#[case::pypi("x-1.tar.gz", "x-1/setup.py", &["./as tar/x-1/setup.py", "setup.py"])]
fn of_a_tar_that_is_also_a_zip_the_installers_reading_is_shown(
    #[case] name: &str,
    #[case] member: &str,
    #[case] files: &[&str],
) {
    let package = opened(name, &[tgz(&[(member, b"{}")]), zip(&[("setup.py", b"1")])].concat());
    let bytes = |path: &&str| path.starts_with("./bytes") || path.starts_with("./leftover");
    assert_eq!(paths(&package).into_iter().filter(|path| !bytes(path)).collect::<Vec<_>>(), files);
}
