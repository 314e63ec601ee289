//! What a lock file names, and where its archives lie: in a folder of archives, or in npm's own cache.
//!
//! `package-lock.json` (and `npm-shrinkwrap.json`), `poetry.lock`, `uv.lock` and `requirements.txt` with hashes. An archive is
//! taken for what a lock file names by its hash alone, never by its file name, so that the answer is of the bytes that would be
//! installed.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};

use crate::text::hex;

/// Largest lock file read, bytes.
const LARGEST: u64 = 64 << 20;
/// Largest archive that is hashed, bytes.
const LARGEST_ARCHIVE: u64 = 512 << 20;

/// A package that a lock file pins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pinned {
    /// As the lock file writes it.
    pub name: String,
    /// Exactly this one.
    pub version: String,
    /// Hashes of the archives that may be installed, such as `sha512-…` in npm's form, as `algorithm:hex`.
    pub hashes: Vec<String>,
}

/// Why a lock file says nothing.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not one of those that are known, or damaged.
    #[error("{} is no lock file that is known ({why}); package-lock.json, poetry.lock, uv.lock and requirements.txt are", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// What a lock file pins, each once, by name.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read(path: &Path) -> Result<Vec<Pinned>, LockError> {
    let io = |source| LockError::Io { path: path.to_path_buf(), source };
    let unknown = |why: String| LockError::Unknown { path: path.to_path_buf(), why };
    let about = fs::metadata(path).map_err(io)?;
    if about.len() > LARGEST {
        return Err(unknown(format!("it has more than {LARGEST} bytes")));
    }
    let text = fs::read_to_string(path).map_err(io)?;
    let mut pinned = match () {
        () if text.trim_start().starts_with('{') => {
            npm(serde_json::from_str(&text).map_err(|error| unknown(error.to_string()))?)
        }
        () if text.lines().any(|line| line.trim() == "[[package]]") => {
            python(toml::from_str(&text).map_err(|error| unknown(error.message().to_owned()))?)
        }
        () => requirements(&text),
    };
    if pinned.is_empty() {
        return Err(unknown("it pins no package with a hash".to_owned()));
    }
    pinned.sort();
    pinned.dedup();
    Ok(pinned)
}

#[derive(Deserialize)]
struct NpmLock {
    /// Version 2 and 3: by the folder of each.
    #[serde(default)]
    packages: BTreeMap<String, NpmEntry>,
    /// Version 1: by name, nested.
    #[serde(default)]
    dependencies: BTreeMap<String, NpmEntry>,
}

#[derive(Deserialize)]
struct NpmEntry {
    /// What it is called where its folder is called otherwise (an alias).
    name: Option<String>,
    version: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    dependencies: serde_json::Value,
}

fn npm(lock: NpmLock) -> Vec<Pinned> {
    let mut found = Vec::new();
    let mut pin = |name: &str, entry: &NpmEntry| {
        let (Some(version), Some(integrity)) = (&entry.version, &entry.integrity) else { return };
        let hashes: Vec<String> = integrity.split_ascii_whitespace().filter_map(of_integrity).collect();
        let name = entry.name.clone().unwrap_or_else(|| name.to_owned());
        found.extend((!hashes.is_empty()).then(|| Pinned { name, version: version.clone(), hashes }));
    };
    for (folder, entry) in &lock.packages {
        let name = folder.rsplit_once("node_modules/").map_or(folder.as_str(), |(_, name)| name);
        pin(name, entry);
    }
    // Version 2 says all of it twice.
    let mut nested: Vec<(String, NpmEntry)> =
        if lock.packages.is_empty() { lock.dependencies.into_iter().collect() } else { Vec::new() };
    while let Some((name, entry)) = nested.pop() {
        pin(&name, &entry);
        let below: BTreeMap<String, NpmEntry> = serde_json::from_value(entry.dependencies).unwrap_or_default();
        nested.extend(below);
    }
    found
}

/// npm's form of a hash: `sha512-` and base64.
fn of_integrity(integrity: &str) -> Option<String> {
    let (algorithm, hash) = integrity.split_once('-')?;
    let hash = STANDARD.decode(hash.split('?').next()?).ok()?;
    Some(format!("{algorithm}:{}", hex(&hash)))
}

#[derive(Deserialize)]
struct PythonLock {
    #[serde(default)]
    package: Vec<PythonEntry>,
}

#[derive(Deserialize)]
struct PythonEntry {
    name: String,
    version: Option<String>,
    /// Poetry's.
    #[serde(default)]
    files: Vec<Archive>,
    /// uv's.
    #[serde(default)]
    wheels: Vec<Archive>,
    sdist: Option<Archive>,
}

#[derive(Deserialize)]
struct Archive {
    hash: Option<String>,
}

fn python(lock: PythonLock) -> Vec<Pinned> {
    let pin = |entry: PythonEntry| {
        let archives = entry.files.into_iter().chain(entry.wheels).chain(entry.sdist);
        let hashes: Vec<String> = archives.filter_map(|archive| archive.hash).collect();
        Some(Pinned { name: entry.name, version: entry.version?, hashes }).filter(|pinned| !pinned.hashes.is_empty())
    };
    lock.package.into_iter().filter_map(pin).collect()
}

/// `name==version ; marker --hash=sha256:…`, with lines that go on behind a backslash.
fn requirements(text: &str) -> Vec<Pinned> {
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let pin = |line: &str| {
        let line = line.split(" #").next()?.trim();
        let (name, rest) = line.split_once("==")?;
        let version = rest.split([' ', ';', '\t']).next()?.trim();
        let hashes = rest.split_ascii_whitespace().filter_map(|word| word.strip_prefix("--hash="));
        let hashes: Vec<String> = hashes.map(str::to_owned).collect();
        let name = name.split('[').next()?.trim();
        (!hashes.is_empty() && !name.starts_with('#')).then(|| Pinned {
            name: name.to_owned(),
            version: version.to_owned(),
            hashes,
        })
    };
    text.lines().filter_map(pin).collect()
}

/// The archives of a folder by their hashes: npm's cache (what `npm config get cache` names), or files as they were downloaded.
#[derive(Debug)]
pub struct Archives {
    /// npm's store of contents, where the folder has one.
    contents: Option<PathBuf>,
    by_hash: HashMap<String, PathBuf>,
}

impl Archives {
    /// Looks at a folder; `also` hashes by SHA-512 too, as npm's lock files do.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(folder: &Path, also_sha512: bool) -> Result<Self, LockError> {
        let io = |source| LockError::Io { path: folder.to_path_buf(), source };
        let contents = [folder.join("_cacache/content-v2"), folder.join("content-v2")];
        let contents = contents.into_iter().find(|path| path.is_dir());
        let mut by_hash = HashMap::new();
        let mut waiting = if contents.is_some() { Vec::new() } else { vec![folder.to_path_buf()] };
        while let Some(inside) = waiting.pop() {
            for entry in fs::read_dir(&inside).map_err(io)? {
                let entry = entry.map_err(io)?;
                let (path, about) = (entry.path(), entry.metadata().map_err(io)?);
                if about.is_dir() {
                    waiting.push(path);
                } else if about.is_file() && about.len() <= LARGEST_ARCHIVE {
                    let bytes = fs::read(&path).map_err(io)?;
                    by_hash.insert(format!("sha256:{}", hex(&Sha256::digest(&bytes))), path.clone());
                    if also_sha512 {
                        by_hash.insert(format!("sha512:{}", hex(&Sha512::digest(&bytes))), path);
                    }
                }
            }
        }
        Ok(Self { contents, by_hash })
    }

    /// Where the archive of a pinned package lies.
    #[must_use]
    pub fn find(&self, pinned: &Pinned) -> Option<PathBuf> {
        pinned.hashes.iter().find_map(|hash| {
            if let Some(path) = self.by_hash.get(hash) {
                return Some(path.clone());
            }
            let (algorithm, hash) = hash.split_once(':')?;
            let safe = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let (first, rest) = hash.split_at_checked(2)?;
            let (second, rest) = rest.split_at_checked(2)?;
            let stored = self.contents.as_ref().filter(|_| safe(algorithm) && safe(hash))?;
            let stored = stored.join(algorithm).join(first).join(second).join(rest);
            stored.is_file().then_some(stored)
        })
    }
}

impl Pinned {
    /// The file name of its archive, for what lies in a store that knows no names.
    #[must_use]
    pub fn file_name(&self) -> String {
        let name = self.name.trim_start_matches('@').replace('/', "-");
        format!("{name}-{}.tgz", self.version)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// SHA-256 and SHA-512 of `bytes of an archive`, in the forms of the lock files.
    fn hashes() -> (String, String) {
        let bytes = b"bytes of an archive";
        (
            format!("sha256:{}", hex(&Sha256::digest(bytes))),
            format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes))),
        )
    }

    #[rstest]
    #[case::npm_3(r#"{"lockfileVersion":3,"packages":{"":{"name":"app","version":"1.0.0"},
        "node_modules/@demo/a":{"version":"2.1.0","integrity":"NPM"},"node_modules/b/node_modules/c":{"version":"3.0.0","integrity":"NPM"},
        "node_modules/d":{"link":true}},"dependencies":{"@demo/a":{"version":"2.1.0","integrity":"NPM"}}}"#,
        &[("@demo/a", "2.1.0"), ("c", "3.0.0")])]
    #[case::npm_1(r#"{"lockfileVersion":1,"dependencies":{"a":{"version":"2.1.0","integrity":"NPM",
        "dependencies":{"b":{"version":"1.0.0","integrity":"sha1-AAAA NPM"}}}}}"#, &[("a", "2.1.0"), ("b", "1.0.0")])]
    #[case::poetry("[[package]]\nname = \"demo\"\nversion = \"1.0\"\nfiles = [{file = \"demo-1.0.tar.gz\", hash = \"PY\"}]\n", &[("demo", "1.0")])]
    #[case::uv("version = 1\n[[package]]\nname = \"demo\"\nversion = \"1.0\"\nsdist = {url = \"u\", hash = \"PY\"}\nwheels = [{url = \"u\", hash = \"PY\"}]\n[[package]]\nname = \"mine\"\nsource = {virtual = \".\"}\n", &[("demo", "1.0")])]
    #[case::requirements("# pins\ndemo[x]==1.0 ; python_version > '3' \\\n    --hash=PY\nother==2\n-e .\n", &[("demo", "1.0")])]
    fn every_kind_of_lock_file_leads_to_the_bytes(#[case] text: &str, #[case] expected: &[(&str, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let (sha256, integrity) = hashes();
        let lock = folder.path().join("lock");
        fs::write(&lock, text.replace("NPM", &integrity).replace("PY", &sha256)).unwrap();
        let archives = folder.path().join("archives/deep");
        fs::create_dir_all(&archives).unwrap();
        fs::write(archives.join("whatever"), "bytes of an archive").unwrap();
        let pinned = read(&lock).unwrap();
        let named: Vec<_> = pinned.iter().map(|pin| (pin.name.as_str(), pin.version.as_str())).collect();
        assert_eq!(named, expected);
        let found = Archives::of(&folder.path().join("archives"), true).unwrap();
        assert!(pinned.iter().all(|pin| found.find(pin) == Some(archives.join("whatever"))));
        fs::write(archives.join("whatever"), "other bytes").unwrap();
        let found = Archives::of(&folder.path().join("archives"), true).unwrap();
        assert!(pinned.iter().all(|pin| found.find(pin).is_none()));
    }

    #[test]
    fn npms_cache_is_looked_up_by_hash() {
        let folder = tempfile::tempdir().unwrap();
        let hash = hex(&Sha512::digest(b"bytes of an archive"));
        let stored = folder.path().join("_cacache/content-v2/sha512").join(&hash[..2]).join(&hash[2..4]);
        fs::create_dir_all(&stored).unwrap();
        fs::write(stored.join(&hash[4..]), "bytes of an archive").unwrap();
        let archives = Archives::of(folder.path(), true).unwrap();
        let pin = |hash: String| Pinned { name: "@demo/a".to_owned(), version: "1.0.0".to_owned(), hashes: vec![hash] };
        assert_eq!(archives.find(&pin(format!("sha512:{hash}"))), Some(stored.join(&hash[4..])));
        for wrong in ["sha512:../../../../etc/passwd", "sha512:", "../..:abcdef", "sha512:abcd"] {
            assert_eq!(archives.find(&pin(wrong.to_owned())), None, "{wrong}");
        }
        assert_eq!(pin(String::new()).file_name(), "demo-a-1.0.0.tgz");
    }

    #[rstest]
    #[case::json("{\"a\":", "EOF")]
    #[case::toml("[[package]]\nname=", "no lock file that is known")]
    #[case::no_hash("demo==1.0\n", "pins no package with a hash")]
    fn what_is_no_lock_file_is_told(#[case] text: &str, #[case] expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        fs::write(&lock, text).unwrap();
        let error = read(&lock).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
