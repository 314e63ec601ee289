//! From members to a [`Package`]: texts, layout, manifest, entries.

use std::sync::Arc;

use rayon::prelude::*;

use super::layout;
use super::member::Member;
use super::read::Origin;
use super::{Ecosystem, File, Oddity, Package, Target, entries, manifest, mismatch};
use crate::text::{Hint, Source};

pub(super) fn assemble(origin: Origin) -> Package {
    let Origin { path, name: archive, sha256, size, contents } = origin;
    let mut files: Vec<File> = contents.members.into_par_iter().map(file).collect();
    let layout = layout::find(&files, &contents.tops, &archive);
    let mut oddities = contents.oddities;
    let mut skipped = contents.skipped;
    if layout.both {
        let read_as = if layout.ecosystem == Ecosystem::Npm { "npm" } else { "PyPI" };
        let what = format!("it holds manifests of npm and of PyPI; it is read as a package of {read_as}");
        oddities.push(Oddity::new("", what));
    }
    oddities.extend(mismatch::find(&files, &layout));
    let mut facts = manifest::read(&files, &layout, &archive, &mut skipped);
    oddities.extend(mismatch::names(&files, &layout, &facts, &archive));
    let entries = entries::find(&files, &layout, &facts);
    for entry in &entries {
        if let Target::File(at) | Target::Function { file: at, .. } = entry.target
            && let Some(file) = files.get_mut(at)
            && file.source.is_none()
            && !is_native(&file.path)
            && !is_machine_code(&file.bytes)
        {
            // An interpreter runs it, whatever it is called: then it is text.
            file.source = Source::decode(&file.bytes, Hint::Code).map(Arc::new);
        }
    }
    if layout.ecosystem == Ecosystem::Pypi {
        let imported = entries.iter().filter_map(|entry| entry.name.strip_prefix("import "));
        facts.manifest.modules = imported.map(str::to_owned).collect();
    }
    let (by_name, by_version) = manifest::from_archive_name(&archive);
    Package {
        path,
        archive,
        sha256,
        size,
        ecosystem: layout.ecosystem,
        name: facts.name.or(by_name),
        version: facts.version.or(by_version),
        root: layout.root,
        tops: layout.tops,
        files,
        manifest: facts.manifest,
        entries,
        oddities,
        skipped,
    }
}

fn file(member: Member) -> File {
    let Member { path, bytes } = member;
    // What macOS keeps beside a file, under the file's name with `._` before it; no interpreter takes the NUL at its start.
    let apple_double = bytes.starts_with(&[0, 5, 0x16, 7]);
    let source = if apple_double { None } else { Source::decode(&bytes, hint(&path, &bytes)).map(Arc::new) };
    File { path, bytes, source }
}

/// Machine code that the loader takes by its name; no interpreter reads it as a script.
fn is_native(path: &str) -> bool {
    [".node", ".so", ".pyd", ".dll", ".dylib", ".wasm", ".exe"].iter().any(|ending| path.ends_with(ending))
}

/// Whether bytes begin as a program of Linux, macOS, Windows or `WebAssembly` does and as no script can: no interpreter gets past
/// these characters.
fn is_machine_code(bytes: &[u8]) -> bool {
    let magics: [&[u8]; 8] = [
        b"\x7fELF",
        b"\xcf\xfa\xed\xfe",
        b"\xce\xfa\xed\xfe",
        b"\xfe\xed\xfa\xcf",
        b"\xfe\xed\xfa\xce",
        b"\xca\xfe\xba\xbe",
        b"MZ\x90\0",
        b"\0asm",
    ];
    magics.iter().any(|magic| bytes.starts_with(magic))
}

fn hint(path: &str, bytes: &[u8]) -> Hint {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("py" | "pyw" | "pyi" | "pyx") => Hint::Python,
        Some(
            "js" | "cjs" | "mjs" | "jsx" | "ts" | "cts" | "mts" | "tsx" | "json" | "toml" | "cfg" | "pth" | "gyp"
            | "sh" | "bash" | "bat" | "cmd" | "ps1" | "vbs" | "pl" | "rb" | "php" | "lua",
        ) => Hint::Code,
        _ if bytes.starts_with(b"#!") => {
            let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
            if first.windows(6).any(|word| word == b"python") { Hint::Python } else { Hint::Code }
        }
        _ => Hint::Other,
    }
}
