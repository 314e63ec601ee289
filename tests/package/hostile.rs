//! Damaged, oversized and crafted archives: each opens with its trick told, or stops with a named reason.

use cerebro::package::{Limits, OpenOptions};
use rstest::rstest;
use tar::EntryType;

use super::build::*;

const PACKAGE: [(&str, &[u8]); 2] = [
    ("package/package.json", br#"{"name": "demo", "version": "1.0.0"}"#),
    ("package/index.js", b"module.exports = 1\n"),
];

fn limited(limits: Limits) -> OpenOptions {
    OpenOptions { limits, ..OpenOptions::default() }
}

#[rstest]
#[case::empty(
    "x.tgz",
    Vec::new(),
    "x.tgz is not a package: the file is empty; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder"
)]
#[case::text("x.tgz", b"hello".to_vec(), "x.tgz is not a package: its content is no archive that is known; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder")]
#[case::gzip_of_text(
    "x.tgz",
    gzip(b"hello"),
    "x.tgz is not a package: its content is no tar archive; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder"
)]
#[case::empty_tar("x.tar", tar(&[]), "x.tar is not a package: its content is no archive that is known; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder")]
#[case::empty_tgz("x.tgz", tgz(&[]), "x.tgz is not a package: the archive is empty; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder")]
#[case::empty_zip("x.zip", zip(&[]), "x.zip is not a package: the archive is empty; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder")]
#[case::rar("x.zip", b"Rar!\x1A\x07\x01\x00".to_vec(), "x.zip is not a package: rar archives are not read; give a .tgz, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .tar, .zip, .whl or .egg archive, or a folder")]
fn what_is_no_package_says_so(#[case] name: &str, #[case] bytes: Vec<u8>, #[case] line: &str) {
    assert_eq!(refused(name, &bytes), line);
}

#[test]
fn a_path_that_is_not_there_says_so() {
    let error = cerebro::package::open("no/such/\u{1b}[2J.tgz".as_ref(), &OpenOptions::default()).unwrap_err();
    let line = error.to_string();
    assert!(line.starts_with("cannot read no/such/␛[2J.tgz: "), "{line}");
    assert!(line.ends_with("; check the path and its permissions"), "{line}");
}

#[test]
fn a_cut_gzip_is_damaged() {
    let whole = tgz(&[("package/package.json", b"{}"), ("package/a.js", &random(100_000))]);
    let line = refused("cut.tgz", &whole[..whole.len() / 2]);
    assert!(line.starts_with("cut.tgz is damaged: "), "{line}");
    assert!(line.ends_with("; fetch it again, or unpack what is left of it and give the folder"), "{line}");
}

#[test]
fn a_cut_zip_is_damaged() {
    let whole = zip(&PACKAGE);
    assert!(refused("cut.zip", &whole[..whole.len() / 2]).starts_with("cut.zip is damaged: "));
}

#[test]
fn a_bomb_stops_by_its_ratio() {
    // 128 MiB of zeros in some hundred kilobytes, below the limit for all bytes.
    let megabyte = vec![0; 1 << 20];
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best()));
    for at in 0..128 {
        let mut header = tar::Header::new_gnu();
        header.set_size(megabyte.len() as u64);
        builder.append_data(&mut header, format!("package/{at}.js"), megabyte.as_slice()).unwrap();
    }
    let bomb = builder.into_inner().unwrap().finish().unwrap();
    let line = refused("bomb.tgz", &bomb);
    assert_eq!(
        line,
        "bomb.tgz is over the limits: it unpacks to more than 100 times its size; it may be an archive bomb, look at it in \
         an isolated place"
    );
}

#[rstest]
#[case::tar(tgz(&PACKAGE))]
#[case::zip(zip(&PACKAGE))]
#[case::wrapped(zip(&[("demo.tgz", &tgz(&PACKAGE))]))]
fn limits_are_named(#[case] bytes: Vec<u8>) {
    let files = limited(Limits { files: 1, ..Limits::default() });
    assert!(refused_with("x", &bytes, &files).starts_with("x is over the limits: it holds more than 1 members; "));
    let total = limited(Limits { total_bytes: 40, ..Limits::default() });
    assert!(refused_with("x", &bytes, &total).starts_with("x is over the limits: it unpacks to more than 40 bytes; "));
    let archive = limited(Limits { archive_bytes: 40, ..Limits::default() });
    assert!(refused_with("x", &bytes, &archive).starts_with("x is over the limits: it has more than 40 bytes; "));
}

#[rstest]
#[case::tar(tgz(&[("package/package.json", b"{}"), ("package/big.js", &[b'x'; 5000])]))]
#[case::zip(zip(&[("package/package.json", b"{}"), ("package/big.js", &[b'x'; 5000])]))]
fn a_member_that_is_too_large_is_listed(#[case] bytes: Vec<u8>) {
    let package = open_as("x", &bytes, &limited(Limits { file_bytes: 100, ..Limits::default() })).unwrap();
    let big = package.by_path("package/big.js").unwrap();
    assert!(package.files[big].bytes.is_empty());
    assert_eq!(package.skipped.len(), 1);
    assert_eq!(package.skipped[0].path, "package/big.js");
    assert_eq!(package.skipped[0].reason, "it has 5000 bytes, more than the limit of 100 for one file");
}

#[rstest]
#[case::zip_size_in_header_lies(true)]
#[case::zip_size_in_header_is_true(false)]
fn the_real_size_counts(#[case] lie: bool) {
    let mut bytes = zip(&[("package/package.json", b"{}"), ("package/big.js", &[b'x'; 5000])]);
    if lie {
        // The size in the central directory, 24 bytes into the last record.
        let record = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
        bytes[record + 24..record + 28].copy_from_slice(&10_u32.to_le_bytes());
    }
    let package = open_as("x.zip", &bytes, &limited(Limits { file_bytes: 100, ..Limits::default() })).unwrap();
    assert!(package.files[package.by_path("package/big.js").unwrap()].bytes.len() <= 100);
    assert_eq!(package.skipped[0].path, "package/big.js");
}

#[rstest]
#[case::tar(tgz(&[("x-1/setup.py", b"first()"), ("x-1/a.py", b""), ("x-1/setup.py", b"second()")]))]
#[case::dot_slash(tgz(&[("x-1/setup.py", b"first()"), ("./x-1//setup.py", b"second()")]))]
fn of_a_duplicate_the_last_is_kept(#[case] bytes: Vec<u8>) {
    let package = opened("x-1.tar.gz", &bytes);
    assert_eq!(text(&package, "x-1/setup.py"), "second()");
    assert_eq!(text(&package, "./earlier-1/x-1/setup.py"), "first()");
    let told =
        "x-1/setup.py: the archive holds 2 members of this name (7, 8 bytes); the last is kept, as installers do";
    assert_eq!(oddities(&package), [told]);
}

#[test]
fn a_duplicate_in_a_zip_is_told() {
    // The writer refuses to make one, so a name of equal length is changed afterwards.
    let mut bytes = zip(&[("x/a.py", b"first()"), ("x/b.py", b"second()")]);
    for at in 0..bytes.len() - 6 {
        if &bytes[at..at + 6] == b"x/b.py" {
            bytes[at..at + 6].copy_from_slice(b"x/a.py");
        }
    }
    let package = opened("x.zip", &bytes);
    assert_eq!(text(&package, "x/a.py"), "second()");
    let told = "x/a.py: the archive holds 2 members of this name (7, 8 bytes); the last is kept, as installers do";
    assert_eq!(oddities(&package), [told]);
}

#[rstest]
#[case::climbs(
    "package/../../etc/cron.d/x",
    "package/../../etc/cron.d/x: its path climbs with `..`: an unpacker that trusts it writes outside its folder"
)]
#[case::absolute(
    "/etc/profile.d/x.sh",
    "/etc/profile.d/x.sh: its path is absolute: an unpacker that trusts it writes outside its folder"
)]
#[case::drive("C:/x.js", "C:/x.js: its path is absolute: an unpacker that trusts it writes outside its folder")]
#[case::backslash(
    "package/..\\x.js",
    "package/..\\x.js: its path holds a backslash, which some systems read as a folder"
)]
fn a_path_that_is_a_trick_is_told(#[case] path: &str, #[case] told: &str) {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "package/package.json", EntryType::Regular, b"{}");
    append(&mut builder, path, EntryType::Regular, b"content");
    let package = opened("x.tgz", &gzip(&builder.into_inner().unwrap()));
    assert!(oddities(&package).contains(&told.to_owned()), "{:?}", oddities(&package));
    assert_eq!(&*package.files[package.by_path(path).unwrap()].bytes, b"content");
}

#[test]
fn links_are_resolved_inside_the_archive_only() {
    let mut builder = tar::Builder::new(Vec::new());
    append_link(&mut builder, "x-1/chain.py", "setup.py", EntryType::Symlink);
    append_link(&mut builder, "x-1/setup.py", "docs/../real.txt", EntryType::Symlink);
    append_link(&mut builder, "x-1/hard.py", "x-1/real.txt", EntryType::Link);
    append_link(&mut builder, "x-1/out.py", "../../../etc/passwd", EntryType::Symlink);
    append_link(&mut builder, "x-1/loop.py", "loop.py", EntryType::Symlink);
    append(&mut builder, "x-1/real.txt", EntryType::Regular, b"run()");
    let package = opened("x-1.tar.gz", &gzip(&builder.into_inner().unwrap()));
    assert_eq!(paths(&package), ["x-1/chain.py", "x-1/hard.py", "x-1/real.txt", "x-1/setup.py"]);
    for path in ["x-1/chain.py", "x-1/hard.py", "x-1/setup.py"] {
        assert_eq!(text(&package, path), "run()", "{path}");
    }
    let skipped: Vec<&str> = package.skipped.iter().map(|skip| skip.path.as_str()).collect();
    assert_eq!(skipped, ["x-1/out.py", "x-1/loop.py"]);
    assert!(
        oddities(&package)
            .contains(&"x-1/hard.py: a hard link to x-1/real.txt; shown with that member's content".to_owned())
    );
    assert!(
        oddities(&package).contains(
            &"x-1/out.py: a symbolic link to ../../../etc/passwd, which is no file of the archive".to_owned()
        )
    );
}

#[test]
fn a_sparse_member_is_not_filled() {
    let mut header = tar::Header::new_gnu();
    header.set_path("x/big.bin").unwrap();
    header.set_entry_type(EntryType::GNUSparse);
    header.set_size(0);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.set_real_size(1 << 40);
    gnu.sparse[0].set_offset(1 << 40);
    gnu.sparse[0].set_length(0);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "x/setup.py", EntryType::Regular, b"1");
    builder.append(&header, &[] as &[u8]).unwrap();
    let package = opened("x.tar", &builder.into_inner().unwrap());
    assert_eq!(package.skipped[0].reason, "a sparse member; its holes are not filled");
    assert_eq!(paths(&package), ["x/big.bin", "x/setup.py"]);
}

#[test]
fn a_sparse_member_of_the_other_form_is_not_filled() {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "x/setup.py", EntryType::Regular, b"1");
    let records: [(&str, &[u8]); 2] = [("GNU.sparse.major", b"1"), ("GNU.sparse.realsize", b"1099511627776")];
    builder.append_pax_extensions(records).unwrap();
    append(&mut builder, "x/big.bin", EntryType::Regular, b"map");
    let package = opened("x.tar", &builder.into_inner().unwrap());
    assert_eq!(package.skipped[0].reason, "a sparse member; its holes are not filled");
}

#[test]
fn a_large_member_that_is_skipped_is_no_header() {
    let members: [(&str, &[u8]); 2] = [("x/big.bin", &vec![b'a'; 3 << 20]), ("x/setup.py", b"1")];
    let options = limited(Limits { file_bytes: 1 << 20, ..Limits::default() });
    let package = open_as("x.tgz", &tgz(&members), &options).unwrap();
    assert_eq!(text(&package, "x/setup.py"), "1");
}

#[test]
fn a_flood_of_gzip_streams_stops() {
    let bytes = [gzip(b""), gzip(b"").repeat(10_001)].concat();
    let line = refused("x.tgz", &bytes);
    assert!(line.starts_with("x.tgz is over the limits: it is made of more than 10000 compressed streams; "), "{line}");
}

#[test]
fn bytes_around_a_zip_are_told() {
    let bytes = [b"#!/bin/sh\n".to_vec(), zip(&PACKAGE), b"tail".to_vec()].concat();
    let package = opened("x.zip", &bytes);
    assert_eq!(paths(&package), ["./bytes 0-10", "package/index.js", "package/package.json"]);
    assert_eq!(
        oddities(&package),
        [": 10 bytes stand before the first member of the zip", ": 4 bytes follow the end of the zip"]
    );
}

#[test]
fn a_local_header_that_names_another_file_is_told() {
    let mut bytes = zip(&PACKAGE);
    let at = bytes.windows(16).position(|name| name == b"package/index.js").unwrap();
    bytes[at..at + 16].copy_from_slice(b"package/other.js");
    let package = opened("x.zip", &bytes);
    assert_eq!(
        oddities(&package),
        ["package/index.js: its local header names another file, package/other.js: readers disagree on what it is"]
    );
}

#[test]
fn members_that_share_bytes_are_told() {
    let mut bytes = zip(&[("x/a.py", &random(300)), ("x/b.py", &random(300))]);
    // The second record's local header becomes the first's.
    let record = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    bytes[record + 42..record + 46].copy_from_slice(&0_u32.to_le_bytes());
    let package = opened("x.zip", &bytes);
    assert!(oddities(&package).iter().any(|told| told.contains("share bytes")), "{:?}", oddities(&package));
}

#[test]
fn a_tar_that_is_also_a_zip_is_told() {
    let bytes = [tgz(&PACKAGE), zip(&[("x/setup.py", b"1")])].concat();
    let package = opened("x.tgz", &bytes);
    assert_eq!(package.name.as_deref(), Some("demo"));
    assert!(
        oddities(&package).contains(&": the file also reads as a zip: programs disagree on what it holds".to_owned())
    );
}

#[rstest]
#[case::aes(aes_zip(&[("demo-1.0.0.tgz", &tgz(&PACKAGE))], "infected"), None)]
#[case::old(old_zip(&[("demo-1.0.0.tgz", &tgz(&PACKAGE))], "infected"), None)]
#[case::aes_other(aes_zip(&[("demo-1.0.0.tgz", &tgz(&PACKAGE))], "s3cret"), Some("s3cret"))]
#[case::needless(aes_zip(&[("demo-1.0.0.tgz", &tgz(&PACKAGE))], "infected"), Some("wrong"))]
#[case::not_encrypted(zip(&[("folder/demo-1.0.0.tgz", &tgz(&PACKAGE))]), None)]
#[case::twice(zip(&[("demo.zip", &aes_zip(&[("demo-1.0.0.tgz", &tgz(&PACKAGE))], "infected"))]), None)]
fn a_zip_around_an_archive_is_looked_through(#[case] bytes: Vec<u8>, #[case] password: Option<&str>) {
    let inner = opened("demo-1.0.0.tgz", &tgz(&PACKAGE));
    let options = OpenOptions { password: password.map(str::to_owned), ..OpenOptions::default() };
    let package = open_as("sample.zip", &bytes, &options).unwrap();
    assert_eq!((&package.sha256, package.size), (&inner.sha256, inner.size));
    assert_eq!((package.name.as_deref(), paths(&package)), (Some("demo"), paths(&inner)));
    assert!(package.path.ends_with("sample.zip"));
}

#[test]
fn loose_files_in_a_password_zip_are_a_package() {
    let package = opened("x.zip", &aes_zip(&[("setup.py", b"1"), ("x/__init__.py", b"2")], "infected"));
    assert_eq!(paths(&package), ["setup.py", "x/__init__.py"]);
}

#[rstest]
#[case::aes(aes_zip(&PACKAGE, "s3cret"))]
#[case::old(old_zip(&PACKAGE, "s3cret"))]
fn another_password_is_asked_for(#[case] bytes: Vec<u8>) {
    assert_eq!(
        refused("x.zip", &bytes),
        "x.zip is encrypted and the password `infected` does not open it; pass the right one with --password"
    );
    let given = OpenOptions { password: Some("wrong".to_owned()), ..OpenOptions::default() };
    assert_eq!(
        refused_with("x.zip", &bytes, &given),
        "x.zip is encrypted and the given password does not open it; pass the right one with --password"
    );
}

#[test]
fn five_thousand_files_open() {
    let names: Vec<String> = (0..5000).map(|at| format!("package/lib/{}/file{at}.js", at % 50)).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"exports.x = 1\n".as_slice())).collect();
    let package = opened("x.tgz", &tgz(&members));
    assert_eq!(package.files.len(), 5000);
    assert!(package.files.is_sorted_by(|a, b| a.path < b.path));
}

/// Bytes of a fixed xorshift sequence: reproducible, and no compressor shortens them.
fn random(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn broken_archives_never_panic() {
    let seeds = [tgz(&PACKAGE), tar(&PACKAGE), zip(&PACKAGE), aes_zip(&PACKAGE, "infected")];
    let noise = random(64 * 1024);
    for (round, chunk) in noise.chunks(16).take(600).enumerate() {
        let mut bytes = seeds[round % seeds.len()].clone();
        for pair in chunk.chunks(4) {
            let at = usize::from(u16::from_le_bytes([pair[0], pair[1]])) % bytes.len();
            bytes[at] ^= pair[2] | 1;
        }
        // The answer is free, but it must come, and an error must be one line.
        if let Err(error) = open_as("x", &bytes, &OpenOptions::default()) {
            assert!(!error.to_string().contains(|c: char| c.is_control()), "{error}");
        }
    }
    for chunk in noise.chunks(512) {
        assert!(open_as("x", chunk, &OpenOptions::default()).is_err());
    }
}
