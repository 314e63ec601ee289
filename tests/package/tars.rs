//! Tars block by block: what each installer makes of them, and that every byte is accounted for.

use cerebro::package::{Ecosystem, Limits, OpenOptions, Package, Target};
use rstest::rstest;

use super::build::{gzip, oddities, open_as, opened, paths, refused, text};

const MANIFEST: &[u8] = br#"{"name": "demo", "version": "1.0.0", "scripts": {"install": "node run.js"}}"#;
const INFO: &[u8] = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";
const RUN: &[u8] = b"run()";

/// A header of any shape, with the sum that fits it.
struct Header([u8; 512]);

impl Header {
    fn new(name: &str, size: usize, kind: u8) -> Self {
        let mut header = Self([0; 512]).field(0, name.as_bytes()).field(100, b"0000644").field(257, b"ustar\x0000");
        header = header.field(108, b"0000000").field(116, b"0000000").field(136, b"00000000000");
        header.field(124, format!("{size:011o}").as_bytes()).field(156, &[kind])
    }

    fn field(mut self, at: usize, bytes: &[u8]) -> Self {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    fn sum(&self, value: impl Fn(u8) -> i32) -> i32 {
        self.0.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { value(*byte) }).sum()
    }

    fn with_sum(self, sum: i32) -> Vec<u8> {
        self.field(148, format!("{sum:06o}\0 ").as_bytes()).0.to_vec()
    }

    fn bytes(self) -> Vec<u8> {
        let sum = self.sum(i32::from);
        self.with_sum(sum)
    }
}

fn padded(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.resize(content.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    [Header::new(name, content.len(), b'0').bytes(), padded(content)].concat()
}

/// A header that describes the next one, with its content.
fn about(kind: u8, content: &[u8]) -> Vec<u8> {
    [Header::new("about", content.len(), kind).bytes(), padded(content)].concat()
}

fn record(key: &str, value: &str) -> String {
    let len = key.len() + value.len() + 3;
    let digits = (1..).find(|digits| (len + digits).to_string().len() == *digits).unwrap();
    format!("{} {key}={value}\n", len + digits)
}

fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    about(kind, records.iter().map(|(key, value)| record(key, value)).collect::<String>().as_bytes())
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

/// An npm package with these blocks behind its manifest.
fn npm(blocks: &[Vec<u8>]) -> Package {
    opened("demo-1.0.0.tgz", &gzip(&[file("package/package.json", MANIFEST), blocks.concat(), end()].concat()))
}

/// An sdist with these blocks behind its metadata.
fn sdist(blocks: &[Vec<u8>]) -> Package {
    opened("demo-1.0.tar.gz", &gzip(&[file("demo-1.0/PKG-INFO", INFO), blocks.concat(), end()].concat()))
}

#[track_caller]
fn tells(package: &Package, part: &str) {
    assert!(oddities(package).iter().any(|told| told.contains(part)), "{part}: {:#?}", oddities(package));
}

const PATH: &str = "package/run.js";

/// Blocks behind which npm still sees the file, or by which it gives it its name.
#[rstest]
#[case::one_zero_block(&[vec![0; 512], file(PATH, RUN)], "readers differ: npm (node-tar) sees this member")]
#[case::bad_sum(&[Header::new("package/x", 0, b'0').with_sum(1), file(PATH, RUN)], "where a header should be")]
#[case::signed_sum(&[signed("package/é.js"), file(PATH, RUN)], "readers differ: pip (CPython's tarfile) sees this member")]
#[case::no_header(&[b"fetch('https://example.com/')".repeat(20)[..512].to_vec(), file(PATH, RUN)], "512 bytes stand at byte 1024 of the tar where a header")]
#[case::link_field(&[Header::new("package/x.js", 0, b'0').field(157, b"y").bytes(), file(PATH, RUN)], "pip (CPython's tarfile) sees this member")]
#[case::folder_with_size(&[Header::new("package/lib/", 512, b'5').bytes(), file(PATH, RUN)], "a folder with a size of 512 bytes")]
#[case::file_named_as_folder(&[Header::new("package/lib/", 512, b'0').bytes(), file(PATH, RUN)], "a folder with a size of 512 bytes")]
#[case::old_long_name(&[about(b'N', b"package/run.js\0"), file("package/x", RUN)], "pip (CPython's tarfile) gives the member at byte")]
#[case::sun_header(&[pax(b'X', &[("path", PATH)]), file("package/x", RUN)], "")]
#[case::nul_in_record(&[pax(b'x', &[("path", "package/run.js\0.txt")]), file("package/x", RUN)], "its name holds a NUL")]
#[case::nul_in_long_name(&[about(b'L', b"package/run.js\0.txt\0"), file("package/x", RUN)], "")]
#[case::size_in_record(&[pax(b'x', &[("size", "5")]), Header::new(PATH, 0, b'0').bytes(), padded(RUN)], "give different sizes")]
#[case::size_before_long_name(&[pax(b'x', &[("size", "5")]), about(b'L', b"package/run.js\0"), file("package/x", RUN)], "a long name stands between a PAX size and its member")]
#[case::global_path(&[pax(b'g', &[("path", "package/other.js")]), file(PATH, RUN)], "a global PAX record gives every later member a path")]
#[case::large_record(&[pax(b'x', &[("comment", &"x".repeat(2 << 20))]), file(PATH, RUN)], "npm passes over a header of 20")]
#[case::times_in_the_prefix(&[old_gnu()], "gives the member at byte 1024 this name")]
#[case::hard_link(&[file("package/x", RUN), Header::new(PATH, 0, b'1').field(157, b"package/x").bytes()], "npm unpacks no links")]
#[case::binary_size(&[Header::new(PATH, 0, b'0').field(124, b"\x80\0\0\0\0\0\0\0\0\0\0\x05").bytes(), padded(RUN)], "")]
fn npm_reads_on(#[case] blocks: &[Vec<u8>], #[case] told: &str) {
    let package = npm(blocks);
    assert_eq!(package.ecosystem, Ecosystem::Npm);
    assert_eq!(text(&package, PATH).as_bytes(), RUN);
    if told.is_empty() {
        assert_eq!(oddities(&package), [] as [&str; 0]);
    } else {
        tells(&package, told);
    }
}

fn signed(name: &str) -> Vec<u8> {
    let header = Header::new(name, 1, b'0');
    let sum = header.sum(|byte| i32::from(i8::from_le_bytes([byte])));
    [header.with_sum(sum), padded(b"1")].concat()
}

/// The format in which the times of access stand where others have the folder of a long path.
fn old_gnu() -> Vec<u8> {
    let header = Header::new(PATH, RUN.len(), b'0').field(257, b"ustar  \0").field(345, b"13455654047");
    [header.bytes(), padded(RUN)].concat()
}

const SETUP: &str = "demo-1.0/setup.py";

/// Blocks behind which pip still sees the file, or by which it gives it its name.
#[rstest]
#[case::folder_with_size(&[Header::new("demo-1.0/x/", 512, b'5').bytes(), file(SETUP, RUN)])]
#[case::hard_link_with_size(&[Header::new("demo-1.0/x", 512, b'1').field(157, b"demo-1.0/PKG-INFO").bytes(), file(SETUP, RUN)])]
#[case::symbolic_link_with_size(&[Header::new("demo-1.0/x", 512, b'2').field(157, b"PKG-INFO").bytes(), file(SETUP, RUN)])]
#[case::pipe_with_size(&[Header::new("demo-1.0/x", 512, b'6').bytes(), file(SETUP, RUN)])]
#[case::version_of_blanks(&[[Header::new("setup.py", 5, b'0').field(257, b"ustar\0  ").field(345, b"demo-1.0").bytes(), padded(RUN)].concat()])]
#[case::prefix_without_magic(&[[Header::new("setup.py", 5, b'0').field(257, &[0; 8]).field(345, b"demo-1.0").bytes(), padded(RUN)].concat()])]
#[case::signed_sum(&[signed("demo-1.0/é"), file(SETUP, RUN)])]
#[case::nul_in_long_name(&[about(b'L', b"demo-1.0/setup.py\0.txt\0"), file("demo-1.0/x", RUN)])]
#[case::global_path(&[pax(b'g', &[("path", SETUP)]), file("demo-1.0/x", RUN)])]
#[case::outer_record_wins(&[pax(b'x', &[("path", SETUP)]), about(b'L', b"demo-1.0/x.txt\0"), file("demo-1.0/y", RUN)])]
#[case::unknown_type(&[[Header::new(SETUP, 5, b'Z').bytes(), padded(RUN)].concat()])]
#[case::sparse_without_holes(&[[Header::new(SETUP, 5, b'S').field(257, b"ustar  \0").field(386, b"00000000000").field(398, b"00000000005").field(483, b"00000000005").bytes(), padded(RUN)].concat()])]
fn pip_reads_on(#[case] blocks: &[Vec<u8>]) {
    let package = sdist(blocks);
    assert_eq!((package.ecosystem, text(&package, SETUP).as_bytes()), (Ecosystem::Pypi, RUN));
    let [entry, ..] = package.entries.as_slice() else { panic!("no entry") };
    assert!(matches!(entry.target, Target::File(at) if package.files[at].path == SETUP));
}

/// Where pip stops, npm's reader goes on: what it sees is listed, and that they differ is told.
#[rstest]
#[case::one_zero_block(vec![0; 512])]
#[case::bad_sum(Header::new("demo-1.0/x", 0, b'0').with_sum(1))]
#[case::bad_number(Header::new("demo-1.0/x", 0, b'0').field(329, b"no").bytes())]
fn where_pip_stops_others_are_read(#[case] block: Vec<u8>) {
    let package = sdist(&[file(SETUP, RUN), block, file("demo-1.0/more.py", b"more()")]);
    assert_eq!(text(&package, "demo-1.0/more.py"), "more()");
    tells(&package, "readers differ: npm (node-tar) sees");
}

/// Bytes that belong to no member: where they stand, and as what they are listed.
#[rstest]
#[case::padding(&[padding(b"hidden(1, 2, 3)")], "15 bytes stand at byte 1541 of the tar in the padding behind it", Some("./leftover/padding-at-1541.txt"))]
#[case::code_in_padding(&[padding(b"require('fs')")], "13 bytes stand at byte 1541", Some("./leftover/padding-at-1541.js"))]
#[case::few(&[padding(b"abc")], "3 bytes stand at byte 1541", None)]
#[case::content_of_a_folder(&[Header::new("package/d/", 16, b'5').bytes(), padded(b"import os; os.x()")], "17 bytes stand at byte 1536 of the tar as the content of a folder", Some("./leftover/gap-at-1536.py"))]
#[case::content_of_a_link(&[Header::new("package/d", 16, b'2').field(157, b"x").bytes(), padded(b"curl example.com")], "16 bytes stand at byte 1536 of the tar as the content of a link", Some("./leftover/gap-at-1536.sh"))]
#[case::padding_of_a_record(&[record_padding()], "9 bytes stand at byte 1547 of the tar in the padding", Some("./leftover/padding-at-1547.txt"))]
#[case::behind_the_last_field(&[[Header::new(PATH, 0, b'0').field(500, b"0123456789ab").bytes()].concat()], "12 bytes stand at byte 1524 of the tar in no field", Some("./leftover/header-at-1524.txt"))]
#[case::behind_a_name(&[[Header::new(PATH, 0, b'0').field(50, b"0123456789ab").bytes()].concat()], "12 bytes stand at byte 1074 of the tar in no field", Some("./leftover/header-at-1074.txt"))]
#[case::behind_the_end(&[end(), padded(b"eval(atob(''))")], "14 bytes other than padding follow the end of the tar, from byte 2048 on", Some("./leftover/behind-end-at-2048.js"))]
#[case::second_archive(&[end(), file("package/run.js", RUN)], "bytes other than padding follow the end of the tar", Some("./behind-end/package/run.js"))]
fn bytes_of_no_member_are_told_and_listed(
    #[case] blocks: &[Vec<u8>],
    #[case] told: &str,
    #[case] listed: Option<&str>,
) {
    let package = npm(blocks);
    tells(&package, told);
    let aside: Vec<&str> = paths(&package).into_iter().filter(|path| path.starts_with("./")).collect();
    assert_eq!(aside, Vec::from_iter(listed));
    assert_eq!((package.root.as_str(), package.name.as_deref()), ("package/", Some("demo")));
}

fn padding(rest: &[u8]) -> Vec<u8> {
    let mut bytes = file(PATH, RUN);
    bytes[512 + RUN.len()..][..rest.len()].copy_from_slice(rest);
    bytes
}

/// Records that one reader looks for behind the length that the header gives.
fn record_padding() -> Vec<u8> {
    let mut bytes = pax(b'x', &[("mtime", "1")]);
    bytes[512 + 11..][..9].copy_from_slice(b"xycomment");
    [bytes, file("package/x.js", b"")].concat()
}

/// Folders that npm strips: the files in the order of the archive, and those that are in the package then.
#[rstest]
#[case::beside(&[("package/package.json", "1"), ("other/run.js", "2")], "package/", &["other/run.js=2"], &[])]
#[case::later_wins(&[("package/package.json", "0"), ("package/run.js", "1"), ("z/package.json", "1"), ("z/run.js", "2")],
    "z/", &["z/run.js=2"], &["./replaced/package/package.json", "./replaced/package/run.js"])]
#[case::first_folder_later(&[("z/run.js", "1"), ("z/package.json", "0"), ("package/package.json", "1"), ("package/run.js", "2")],
    "package/", &["package/run.js=2"], &["./replaced/z/package.json", "./replaced/z/run.js"])]
#[case::dot(&[("package/package.json", "0"), ("./package.json", "1"), ("./run.js", "2")], "", &["run.js=2"], &["./replaced/package/package.json"])]
#[case::unpacked_nowhere(&[("package/package.json", "1"), ("package/run.js", "2"), ("z/x", ""), ("package.json", "0"), ("run.js", "1")],
    "package/", &["package/run.js=2"], &["./not-unpacked/package.json", "./not-unpacked/run.js"])]
fn npm_merges_first_folders(
    #[case] files: &[(&str, &str)],
    #[case] root: &str,
    #[case] in_package: &[&str],
    #[case] aside: &[&str],
) {
    let manifest = |name: &str| format!(r#"{{"name": "{name}", "main": "run"}}"#);
    let blocks = files.iter().map(|(path, content)| match path.strip_suffix("package.json") {
        Some(_) => file(path, manifest(if *content == "1" { "demo" } else { "decoy" }).as_bytes()),
        None => file(path, content.as_bytes()),
    });
    let package = opened("demo.tgz", &gzip(&blocks.chain([end()]).collect::<Vec<_>>().concat()));
    assert_eq!((package.name.as_deref(), package.root.as_str()), (Some("demo"), root));
    let main = package.entries.iter().find(|entry| entry.name == "main").unwrap();
    let Target::File(at) = main.target else { panic!("{main:?}") };
    let shown = format!("{}={}", package.files[at].path, String::from_utf8_lossy(&package.files[at].bytes));
    assert_eq!([shown.as_str()], in_package);
    assert_eq!(package.by_path(&format!("{root}run.js")), Some(at), "what code asks for is found as well");
    let listed: Vec<&str> = paths(&package).into_iter().filter(|path| path.starts_with("./")).collect();
    assert_eq!(listed, aside);
    tells(&package, "npm strips the first folder and merges what stands in 2 of them");
}

/// What only pip's reader sees, or npm unpacks nowhere, is not taken for the manifest.
#[rstest]
#[case::seen_by_pip_alone(&[Header::new("package.json", 2, b'0').field(157, b"x").bytes(), padded(b"{}")], "./other-reader/package.json")]
#[case::unpacked_nowhere(&[file("package.json", b"{}")], "./not-unpacked/package.json")]
fn a_decoy_beside_the_package_is_set_aside(#[case] decoy: &[Vec<u8>], #[case] aside: &str) {
    let package = npm(&[decoy.concat(), file(PATH, RUN), file("package/PKG-INFO", INFO)]);
    assert_eq!((package.ecosystem, package.root.as_str()), (Ecosystem::Npm, "package/"));
    assert_eq!(paths(&package), [aside, "package/PKG-INFO", "package/package.json", PATH]);
    assert!(package.entries.iter().any(|entry| entry.name == "install"));
}

#[test]
fn a_file_for_its_owner_is_told() {
    let package = npm(&[Header::new(PATH, 0, b'0').field(100, b"0006755").bytes()]);
    tells(&package, "package/run.js: its mode 6755 has the setuid bit");
}

#[test]
fn links_are_charged_what_they_lead_to() {
    let content = vec![b'x'; 100_000];
    let link = |at: usize| Header::new(&format!("x/{at}.py"), 0, b'1').field(157, b"x/setup.py").bytes();
    let links: Vec<u8> = (0..100).flat_map(link).collect();
    let bytes = gzip(&[file("x/setup.py", &content), links, end()].concat());
    let limits = Limits { total_bytes: 5_000_000, ..Limits::default() };
    let error = open_as("x.tgz", &bytes, &OpenOptions { limits, ..OpenOptions::default() }).unwrap_err().to_string();
    assert!(error.contains("it unpacks to more than 5000000 bytes"), "{error}");
}

/// Fields of the gzip header, streams, and what follows them.
#[test]
fn bytes_around_the_packed_data_are_told() {
    let tar = [file("package/package.json", MANIFEST), end()].concat();
    let plain = gzip(&tar);
    let mut fields = plain.clone();
    fields[3] = 0x04 | 0x08 | 0x10;
    let extra = [b"\x0a\x00extra data".as_slice(), b"demo.tar\0", b"require('comment')\0"].concat();
    fields.splice(10..10, extra);
    let package = opened("demo.tgz", &fields);
    let expected = [
        ": 10 bytes stand in the extra field of the gzip header, at byte 12",
        ": 18 bytes stand in the comment field of the gzip header, at byte 31",
    ];
    assert_eq!(oddities(&package), expected);
    let listed = ["./leftover/file-byte-12.txt", "./leftover/file-byte-31.js", "package/package.json"];
    assert_eq!(paths(&package), listed);

    let (first, second) = tar.split_at(700);
    let first = gzip(first);
    let place = first.len();
    let package = opened("x.tgz", &[first, gzip(second), b"trailing".to_vec()].concat());
    let streams = format!(": it is made of 2 gzip streams one after the other, at the bytes 0, {place}");
    assert_eq!(oddities(&package)[0], streams);
    assert!(oddities(&package)[1].starts_with(": 8 bytes follow the end of the gzip stream, at byte "));
    assert_eq!(oddities(&opened("x.tgz", &[plain, vec![0; 512]].concat())), [] as [&str; 0]);
}

#[test]
fn a_stream_may_break_behind_the_end_of_the_tar_alone() {
    let whole = [file(SETUP, RUN), end(), vec![0; 8192]].concat();
    let mut bytes = gzip(&whole);
    let last = bytes.len() - 8;
    bytes[last] ^= 1;
    let package = opened("demo-1.0.tar.gz", &bytes);
    assert_eq!(text(&package, SETUP).as_bytes(), RUN);
    tells(&package, "its compressed stream cannot be unpacked to the end");
    let mut bytes = gzip(&[file(SETUP, RUN), file("demo-1.0/x", &[b'x'; 40])].concat());
    let last = bytes.len() - 8;
    bytes[last] ^= 1;
    assert!(refused("demo-1.0.tar.gz", &bytes).starts_with("demo-1.0.tar.gz is damaged: "));
}

fn xz(bytes: &[u8], filters: Option<lzma_rust2::FilterConfig>) -> Vec<u8> {
    let mut options = lzma_rust2::XzOptions::with_preset(1);
    options.filters.extend(filters);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    std::io::Write::write_all(&mut writer, bytes).unwrap();
    writer.finish().unwrap()
}

fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut writer = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    std::io::Write::write_all(&mut writer, bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[rstest]
#[case::plain(<[u8]>::to_vec, "")]
#[case::gzip(gzip, "gzip")]
#[case::bzip2(bzip2, "bzip2")]
#[case::xz(|bytes: &[u8]| xz(bytes, None), "xz")]
#[case::lzma(lzma, "")]
#[case::zstd(zstd, "zstd")]
fn every_compression_opens(#[case] pack: fn(&[u8]) -> Vec<u8>, #[case] word: &str) {
    let tar = [file("demo-1.0/PKG-INFO", INFO), file(SETUP, RUN), end()].concat();
    let package = opened("demo", &pack(&tar));
    assert_eq!(paths(&package), ["demo-1.0/PKG-INFO", SETUP]);
    let told: &[&str] = match word {
        "zstd" => &[": a tar compressed by zstd, which pip and npm do not unpack and others do"],
        _ => &[],
    };
    assert_eq!(oddities(&package), told);
    if !word.is_empty() {
        // Streams one after the other are one file; what follows is not read by anyone.
        let (first, second) = tar.split_at(600);
        let package = opened("demo", &[pack(first), pack(second), b"trailing".to_vec()].concat());
        assert_eq!(text(&package, SETUP).as_bytes(), RUN);
        tells(&package, &format!("it is made of 2 {word} streams"));
        tells(&package, &format!("8 bytes follow the end of the {word} stream"));
    }
    // Everything that comes out is counted.
    let bomb = pack(&[file("demo-1.0/x", &vec![0; 40 << 20]), file("demo-1.0/y", &vec![0; 40 << 20]), end()].concat());
    let limits = Limits { total_bytes: 50 << 20, ..Limits::default() };
    let error = open_as("demo", &bomb, &OpenOptions { limits, ..OpenOptions::default() }).unwrap_err().to_string();
    assert!(error.contains("it unpacks to more than 52428800 bytes"), "{error}");
}

#[test]
fn xz_filters_are_undone() {
    let tar = [file(SETUP, RUN), end()].concat();
    for filter in [lzma_rust2::FilterConfig::new_delta(4), lzma_rust2::FilterConfig::new_bcj_x86(0)] {
        assert_eq!(text(&opened("demo", &xz(&tar, Some(filter))), SETUP).as_bytes(), RUN);
    }
}

#[rstest]
#[case::compress(b"\x1f\x9d\x90rest", "archives packed by compress (.Z, LZW) are not read")]
#[case::lzip(b"LZIP\x01rest", "lzip archives are not read")]
fn what_is_not_unpacked_is_named(#[case] bytes: &[u8], #[case] why: &str) {
    assert!(refused("x", bytes).contains(why), "{}", refused("x", bytes));
}
