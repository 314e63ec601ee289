//! Programs and libraries among the files, told by their first bytes, not by their name.

use super::{Evidence, Kind};
use crate::package::{Ecosystem, Package};
use crate::syntax::Doc;
use crate::text::Span;

/// Evidence of the programs in a package.
pub(super) fn in_package(package: &Package) -> Vec<Evidence> {
    let wheel = package.files.iter().any(|file| file.path.contains(".dist-info/"));
    let found = package.files.iter().enumerate().filter_map(|(at, file)| {
        let sort = sort(&file.bytes)?;
        let what = format!("{}: {}", file.path, sentence(sort, &file.path, package.ecosystem, wheel));
        let span = Some(Span { start: 0, end: 4.min(file.bytes.len()) });
        Some(Evidence { kind: Kind::Binary, what, doc: Some(Doc::File(at)), span, reported: None })
    });
    found.collect()
}

/// Whether a file is compiled code of which nothing is read. Of compiled Python names and constants are.
#[must_use]
pub fn is_native(bytes: &[u8]) -> bool {
    sort(bytes).is_some_and(|sort| sort != PYC)
}

const PYC: &str = "compiled Python (pyc)";

/// What a file is by its magic bytes. Sources: System V ABI (ELF), Microsoft PE/COFF, Apple's `mach-o/loader.h` and `fat.h`,
/// the WebAssembly specification, CPython's `importlib/_bootstrap_external.py`.
fn sort(bytes: &[u8]) -> Option<&'static str> {
    let word = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    match bytes.get(..4)? {
        [0x7f, b'E', b'L', b'F'] => Some("a Linux program or library (ELF)"),
        [b'M', b'Z', ..] => {
            let header = usize::try_from(word(0x3c)?).ok()?;
            (bytes.get(header..header.checked_add(4)?)? == b"PE\0\0").then_some("a Windows program or library (PE)")
        }
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] | [0xce | 0xcf, 0xfa, 0xed, 0xfe] => {
            Some("a macOS program or library (Mach-O)")
        }
        // Java's classes begin with the same bytes; there a version stands where a fat binary counts its parts.
        [0xca, 0xfe, 0xba, 0xbe] => {
            let parts = bytes.get(4..8).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes)?;
            Some(if parts < 30 {
                "a macOS program or library (Mach-O, several processors)"
            } else {
                "compiled Java (class)"
            })
        }
        [0, b'a', b's', b'm'] => Some("WebAssembly"),
        [low, high, b'\r', b'\n'] => {
            let version = u16::from_le_bytes([*low, *high]);
            // Python 3.0 to 3.99; 2.x by its own numbers.
            let python = (3000..=4000).contains(&version) || [62211, 62161, 62131].contains(&version);
            (python && bytes.len() > 16).then_some(PYC)
        }
        _ => None,
    }
}

/// What it is and whether it is expected where it stands.
fn sentence(sort: &str, path: &str, ecosystem: Ecosystem, wheel: bool) -> String {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let library = ["so", "pyd", "dylib", "dll"].contains(&ending) || name.contains(".so.");
    if [
        "png", "jpg", "jpeg", "gif", "ico", "svg", "txt", "md", "json", "js", "py", "css", "ttf", "woff", "dat", "db",
        "log", "tmp",
    ]
    .contains(&ending)
    {
        return format!("{sort} under a name that says something else");
    }
    if sort.starts_with("compiled Python") {
        return if lower.contains("__pycache__/") && wheel {
            format!("{sort}, a cache beside its source")
        } else {
            format!("{sort}; of its code only names and constants are read")
        };
    }
    if sort == "WebAssembly" {
        return format!("{sort}; what it does is not read");
    }
    if wheel && library {
        return format!("{sort}, as a wheel with a native extension has it; what it does is not read");
    }
    if ecosystem == Ecosystem::Npm && ending == "node" {
        let built = ["prebuilds/", "build/release/", "lib/binding/", "bin/"].iter().any(|place| lower.contains(place));
        let place = if built { "in the place of a prebuilt add-on" } else { "outside the places of prebuilt add-ons" };
        return format!("{sort}, a native add-on {place}; what it does is not read");
    }
    format!("{sort} in a package of source code; what it does is not read")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn pe() -> Vec<u8> {
        let mut bytes = vec![0; 0x80];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x40;
        bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
        bytes
    }

    #[rstest]
    #[case(b"\x7fELF\x02\x01".to_vec(), Some("ELF"))]
    #[case(pe(), Some("PE"))]
    #[case(b"MZ is how this text begins and it goes on for more than sixty bytes without any header.".to_vec(), None)]
    #[case(b"\xcf\xfa\xed\xfe\x07".to_vec(), Some("Mach-O"))]
    #[case(b"\xca\xfe\xba\xbe\x00\x00\x00\x02".to_vec(), Some("several processors"))]
    #[case(b"\xca\xfe\xba\xbe\x00\x00\x00\x34".to_vec(), Some("Java"))]
    #[case(b"\0asm\x01\0\0\0".to_vec(), Some("WebAssembly"))]
    #[case([b"\xa7\x0d\r\n".to_vec(), vec![0; 20]].concat(), Some("compiled Python"))]
    #[case(b"ab\r\n and then some more text of a file".to_vec(), None)]
    #[case(b"import os\n".to_vec(), None)]
    #[case(b"MZ".to_vec(), None)]
    fn magic_bytes_tell(#[case] bytes: Vec<u8>, #[case] expected: Option<&str>) {
        let found = sort(&bytes);
        assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
        assert!(found.unwrap_or("").contains(expected.unwrap_or("")), "{found:?}");
    }

    #[rstest]
    #[case("pkg/_speed.cpython-311-x86_64-linux-gnu.so", Ecosystem::Pypi, true, "as a wheel with a native extension")]
    #[case("pkg-1.0/pkg/_speed.so", Ecosystem::Pypi, false, "in a package of source code")]
    #[case("package/prebuilds/linux-x64/a.node", Ecosystem::Npm, false, "in the place of a prebuilt add-on")]
    #[case("package/a.node", Ecosystem::Npm, false, "outside the places")]
    #[case("package/logo.png", Ecosystem::Npm, false, "under a name that says something else")]
    fn the_place_decides_the_words(
        #[case] path: &str,
        #[case] kind: Ecosystem,
        #[case] wheel: bool,
        #[case] words: &str,
    ) {
        let said = sentence("a Linux program or library (ELF)", path, kind, wheel);
        assert!(said.contains(words), "{said}");
    }
}
