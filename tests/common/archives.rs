//! Builders of archives in memory, and `open` on their bytes.

use std::io::{Cursor, Write};

use cerebro::package::{self, OpenError, OpenOptions, Package};
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::unstable::write::FileOptionsExt as _;
use zip::write::{FileOptions, SimpleFileOptions};

/// Opens bytes as a file of this name.
pub fn open_as(name: &str, bytes: &[u8], options: &OpenOptions) -> Result<Package, OpenError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let opened = package::open(&path, options);
    // Nothing may be written beside the archive.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    opened
}

/// Opens bytes that must be a package.
pub fn opened(name: &str, bytes: &[u8]) -> Package {
    open_as(name, bytes, &OpenOptions::default()).unwrap()
}

/// The one line that is shown for bytes that are no package, without the folder's name.
pub fn refused(name: &str, bytes: &[u8]) -> String {
    refused_with(name, bytes, &OpenOptions::default())
}

pub fn refused_with(name: &str, bytes: &[u8], options: &OpenOptions) -> String {
    let line = open_as(name, bytes, options).unwrap_err().to_string();
    assert!(!line.contains('\n'));
    let at = line.find(&format!("{}{name}", std::path::MAIN_SEPARATOR)).unwrap();
    line[at + 1..].to_owned()
}

pub fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in members {
        append(&mut builder, path, tar::EntryType::Regular, bytes);
    }
    builder.into_inner().unwrap()
}

/// Appends a member with any path, also one that the builder itself would refuse.
pub fn append(builder: &mut tar::Builder<Vec<u8>>, path: &str, kind: tar::EntryType, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    builder.append(&header, bytes).unwrap();
}

pub fn append_link(builder: &mut tar::Builder<Vec<u8>>, path: &str, target: &str, kind: tar::EntryType) {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_cksum();
    builder.append(&header, &[] as &[u8]).unwrap();
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn tgz(members: &[(&str, &[u8])]) -> Vec<u8> {
    gzip(&tar(members))
}

pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(members, SimpleFileOptions::default())
}

/// An AES zip, as malware collections have them.
pub fn aes_zip(members: &[(&str, &[u8])], password: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in members {
        let options = SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes256, password);
        writer.start_file(*path, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zip with the encryption of old tools.
pub fn old_zip(members: &[(&str, &[u8])], password: &str) -> Vec<u8> {
    zip_with(members, SimpleFileOptions::default().with_deprecated_encryption(password.as_bytes()).unwrap())
}

fn zip_with(members: &[(&str, &[u8])], options: FileOptions<'_, '_, ()>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in members {
        writer.start_file(*path, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn paths(package: &Package) -> Vec<&str> {
    package.files.iter().map(|file| file.path.as_str()).collect()
}

/// Oddities as `path: what`.
pub fn oddities(package: &Package) -> Vec<String> {
    package.oddities.iter().map(|oddity| format!("{}: {}", oddity.path, oddity.what)).collect()
}

pub fn text<'p>(package: &'p Package, path: &str) -> &'p str {
    &package.source(package.by_path(path).unwrap()).unwrap().text
}
