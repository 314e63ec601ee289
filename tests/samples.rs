//! The sample archives hold what their sources say, and open as what they imitate.
//!
//! After a change of `samples/src`, `cargo test rebuild -- --ignored` writes the archives anew.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use cerebro::package::{self, Ecosystem, OpenOptions, Phase};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

/// How the sources of a sample are packed.
enum Pack {
    /// A gzipped tar with everything below this folder.
    Tgz(&'static str),
    /// A wheel; its RECORD is made here.
    Wheel,
}

struct Sample {
    /// Folder in `samples/src`.
    source: &'static str,
    archive: &'static str,
    pack: Pack,
    /// Whether the archive is wrapped into a zip with the password of malware collections.
    locked: bool,
}

const fn sample(source: &'static str, archive: &'static str, pack: Pack) -> Sample {
    Sample { source, archive, pack, locked: false }
}

const SAMPLES: [Sample; 13] = [
    sample("npm-hook-stealer", "npm-hook-stealer.tgz", Pack::Tgz("package/")),
    sample("npm-obfuscated-loader", "npm-obfuscated-loader.tgz", Pack::Tgz("package/")),
    sample("npm-csv-peek", "npm-csv-peek.tgz", Pack::Tgz("package/")),
    sample("npm-interval-set", "npm-interval-set.tgz", Pack::Tgz("package/")),
    sample("npm-json-client", "npm-json-client.tgz", Pack::Tgz("package/")),
    sample("npm-color-names-1.4.1", "npm-color-names-1.4.1.tgz", Pack::Tgz("package/")),
    sample("npm-color-names-1.4.2", "npm-color-names-1.4.2.tgz", Pack::Tgz("package/")),
    sample("pypi-setup-exec", "pypi-setup-exec.tar.gz", Pack::Tgz("demo-yaml-speedups-0.3.1/")),
    sample("pypi-env-exfiltration", "pypi-env-exfiltration.whl", Pack::Wheel),
    sample("pypi-install-override", "pypi-install-override.tar.gz", Pack::Tgz("demo-gpu-kernels-0.9.0/")),
    Sample {
        source: "pypi-install-override",
        archive: "pypi-install-override-locked.zip",
        pack: Pack::Tgz("demo-gpu-kernels-0.9.0/"),
        locked: true,
    },
    sample("pypi-roman-dates", "pypi-roman-dates.tar.gz", Pack::Tgz("demo_roman_dates-2.3.0/")),
    sample("pypi-link-check", "pypi-link-check.whl", Pack::Wheel),
];

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// The members that a sample's archive is to hold, by path.
fn members(sample: &Sample) -> BTreeMap<String, Vec<u8>> {
    let root = samples().join("src").join(sample.source);
    let mut found = BTreeMap::new();
    let mut pending = vec![root.clone()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let below = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                let prefix = if let Pack::Tgz(prefix) = sample.pack { prefix } else { "" };
                found.insert(format!("{prefix}{below}"), std::fs::read(&path).unwrap());
            }
        }
    }
    if matches!(sample.pack, Pack::Wheel) {
        let metadata = found.keys().find(|path| path.ends_with(".dist-info/METADATA")).unwrap();
        let record = metadata.replace("METADATA", "RECORD");
        let line = |(path, bytes): (&String, &Vec<u8>)| {
            let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
            format!("{path},sha256={hash},{}\n", bytes.len())
        };
        let lines: String = found.iter().map(line).collect();
        found.insert(record.clone(), format!("{lines}{record},,\n").into_bytes());
    }
    found
}

fn built(sample: &Sample) -> Vec<u8> {
    let members = members(sample);
    let archive = match sample.pack {
        Pack::Tgz(_) => tgz(&members),
        Pack::Wheel => zip(&members, SimpleFileOptions::default()),
    };
    if !sample.locked {
        return archive;
    }
    // The salt is fixed so that the same sources give the same bytes; there is nothing to keep secret.
    let inner = BTreeMap::from([("demo-gpu-kernels-0.9.0.tar.gz".to_owned(), archive)]);
    let options = SimpleFileOptions::default();
    zip(&inner, options.with_aes_encryption_and_salt(b"infected", zip::AesSalt::Aes256([7; 16])))
}

fn tgz(members: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let encoder = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::best());
    let mut builder = tar::Builder::new(encoder);
    for (path, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        // The day before the first release; only that it never changes matters.
        header.set_mtime(1_795_000_000);
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, path, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn zip(members: &BTreeMap<String, Vec<u8>>, options: zip::write::FileOptions<'_, '_, ()>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in members {
        writer.start_file(path, options.last_modified_time(zip::DateTime::default())).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
#[ignore = "writes the archives"]
fn rebuild() {
    for sample in &SAMPLES {
        std::fs::write(samples().join(sample.archive), built(sample)).unwrap();
    }
}

#[test]
fn the_archives_hold_their_sources() {
    for sample in &SAMPLES {
        let package = package::open(&samples().join(sample.archive), &OpenOptions::default()).unwrap();
        let held: BTreeMap<String, Vec<u8>> =
            package.files.iter().map(|file| (file.path.clone(), file.bytes.to_vec())).collect();
        let expected = members(sample);
        assert_eq!(held.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{}", sample.archive);
        assert!(held == expected, "{} differs from its sources: rebuild it", sample.archive);
        assert_eq!((package.oddities.len(), package.skipped.len()), (0, 0), "{}", sample.archive);
    }
}

#[test]
fn every_sample_is_listed_and_every_listed_file_is_a_sample() {
    let readme = std::fs::read_to_string(samples().join("README.md")).unwrap();
    for entry in std::fs::read_dir(samples()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "README.md" && name != "src" {
            assert!(SAMPLES.iter().any(|sample| sample.archive == name), "{name} is not made here");
            assert!(readme.contains(&format!("`{name}`")), "{name} is not in the README");
        }
    }
}

#[test]
fn the_samples_name_reserved_hosts_only() {
    for sample in &SAMPLES {
        for (path, bytes) in members(sample) {
            let mut text = String::new();
            bytes.as_slice().read_to_string(&mut text).unwrap();
            for host in text.split("://").skip(1) {
                let host = host.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').next().unwrap();
                let reserved = ["example.com", ".invalid", "127.0.0.1"].iter().any(|end| host.ends_with(end));
                // An empty one is a format string or a pattern.
                assert!(reserved || host.starts_with("203.0.113.") || host.is_empty(), "{path}: {host}");
            }
        }
    }
}

#[test]
fn the_samples_open_as_what_they_are() {
    let open = |archive: &str| package::open(&samples().join(archive), &OpenOptions::default()).unwrap();
    let phases = |archive: &str| {
        let entries = open(archive).entries;
        entries.iter().map(|entry| (entry.phase, entry.name.clone())).collect::<Vec<_>>()
    };
    for sample in &SAMPLES {
        let package = open(sample.archive);
        let npm = sample.archive.starts_with("npm-");
        assert_eq!(package.ecosystem, if npm { Ecosystem::Npm } else { Ecosystem::Pypi }, "{}", sample.archive);
        assert!(package.name.unwrap().trim_start_matches('@').starts_with("demo"), "{}", sample.archive);
        assert!(package.version.is_some(), "{}", sample.archive);
    }
    assert_eq!(phases("npm-hook-stealer.tgz")[0], (Phase::Install, "postinstall".to_owned()));
    assert_eq!(phases("npm-csv-peek.tgz")[1], (Phase::Run, "bin csv-peek".to_owned()));
    assert_eq!(phases("pypi-setup-exec.tar.gz")[0], (Phase::Install, "setup.py".to_owned()));
    assert_eq!(phases("pypi-env-exfiltration.whl"), [(Phase::Import, "import demo_metrics_client".to_owned())]);
    assert_eq!(phases("pypi-link-check.whl")[1], (Phase::Run, "console_scripts link-check".to_owned()));
    assert_eq!(open("pypi-install-override-locked.zip").sha256, open("pypi-install-override.tar.gz").sha256);
}
