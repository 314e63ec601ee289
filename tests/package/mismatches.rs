//! Packages that contradict themselves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rstest::rstest;
use sha2::{Digest, Sha256};

use super::build::*;

fn hash(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

#[test]
fn a_wheel_is_compared_with_its_record() {
    let record = format!(
        "x/__init__.py,sha256={},1\n\"x/a,b.py\",sha256={},1\nx/changed.py,sha256={},1\nx/gone.py,,\nx-1.dist-info/METADATA,,\n\
         x-1.dist-info/RECORD,,\n",
        hash(b"1"),
        hash(b"2"),
        hash(b"3")
    );
    let package = opened(
        "x-1-py3-none-any.whl",
        &zip(&[
            ("x/__init__.py", b"1"),
            ("x/a,b.py", b"2"),
            ("x/changed.py", b"4"),
            ("x/extra.py", b"5"),
            ("x-1.dist-info/METADATA", b"Name: x\n"),
            ("x-1.dist-info/RECORD", record.as_bytes()),
            ("x-1.dist-info/RECORD.jws", b"{}"),
        ]),
    );
    assert_eq!(
        oddities(&package),
        [
            "x/changed.py: its content is not the one that the wheel's RECORD gives the hash of",
            "x-1.dist-info/RECORD: it lists what is not in the archive: x/gone.py",
            "x/extra.py: it is not in the wheel's RECORD",
        ]
    );
}

#[test]
fn a_wheel_without_a_record_is_told() {
    let package =
        opened("x-1-py3-none-any.whl", &zip(&[("x.py", b"1"), ("x-1.dist-info/WHEEL", b"Wheel-Version: 1.0\n")]));
    assert_eq!(oddities(&package), ["x-1.dist-info/WHEEL: the wheel has no RECORD"]);
}

#[test]
fn a_wheel_inside_an_sdist_is_not_the_package() {
    let members: [(&str, &[u8]); 2] = [("x-1/setup.py", b"1"), ("x-1/tests/y-1.dist-info/WHEEL", b"")];
    assert_eq!(oddities(&opened("x-1.tar.gz", &tgz(&members))), [] as [&str; 0]);
}

#[test]
fn files_beside_the_package_are_told() {
    let members: [(&str, &[u8]); 4] =
        [("package/package.json", b"{}"), ("package/index.js", b"1"), ("zz/index.js", b"2"), ("zz/other.js", b"3")];
    let package = opened("x.tgz", &tgz(&members));
    assert_eq!(package.root, "package/");
    assert_eq!(
        oddities(&package),
        [
            "./replaced/package/index.js: npm strips the first folder: zz/index.js replaces it",
            ": npm strips the first folder and merges what stands in 2 of them: package/, zz/",
            "zz/index.js: npm strips the first folder: it lands beside package.json as index.js",
            "zz/other.js: npm strips the first folder: it lands beside package.json as other.js",
        ]
    );
}

#[rstest]
#[case("A.py", "a.py", "case")]
#[case("e\u{301}.py", "\u{e9}.py", "the form of its letters")]
#[case("a.py", "a.py. .", "dots or blanks at the end of a name")]
fn names_that_are_one_elsewhere_are_told(#[case] first: &str, #[case] second: &str, #[case] by: &str) {
    let (first, second) = (format!("x-1/{first}"), format!("x-1/{second}"));
    let package = opened("x-1.tar.gz", &tgz(&[("x-1/setup.py", b"1"), (&first, b"2"), (&second, b"3")]));
    let told = format!("{second}: its path differs from {first} by {by} alone: one replaces the other on some systems");
    assert_eq!(oddities(&package), [told]);
}

#[rstest]
#[case("aux.js", true)]
#[case("lib/COM1", true)]
#[case("auxiliary.js", false)]
#[case("com10.js", false)]
fn a_name_of_a_device_is_told(#[case] name: &str, #[case] told: bool) {
    let path = format!("x-1/{name}");
    let package = opened("x-1.tar.gz", &tgz(&[("x-1/setup.py", b"1"), (&path, b"2")]));
    assert_eq!(oddities(&package).iter().any(|odd| odd.contains("a device's on Windows")), told);
}

#[test]
fn an_archive_inside_is_told() {
    let inner = zip(&[("a.py", b"1")]);
    let package = opened("x-1.tar.gz", &tgz(&[("x-1/setup.py", b"1"), ("x-1/data.bin", &inner)]));
    assert_eq!(
        oddities(&package),
        ["x-1/data.bin: a zip inside the package; its members are not read, open it by itself"]
    );
}
