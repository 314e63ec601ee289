//! Where a package is not what it seems: a wheel's RECORD and its files differ, files stand beside the package's folder, names
//! fall together on other systems, archives lie inside.

use std::collections::{BTreeSet, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use super::layout::Layout;
use super::manifest::{self, Facts, position, project_name};
use super::member::is_aside;
use super::{Ecosystem, File, Oddity};

/// Most oddities of one sort told one by one.
const EACH: usize = 20;

pub(super) fn find(files: &[File], layout: &Layout) -> Vec<Oddity> {
    let mut found = beside_root(files, layout);
    found.extend(capped(same_elsewhere(files)));
    found.extend(capped(devices(files)));
    found.extend(capped(archives(files)));
    if layout.ecosystem == Ecosystem::Pypi {
        found.extend(capped(record(files, layout)));
    }
    found
}

/// Where a PyPI package is named otherwise than its file or its folder of metadata: pip refuses what it did not ask for.
pub(super) fn names(files: &[File], layout: &Layout, facts: &Facts, archive: &str) -> Vec<Oddity> {
    if layout.ecosystem != Ecosystem::Pypi {
        return Vec::new();
    }
    let mut found = Vec::new();
    let shown = facts.manifest.file.and_then(|file| files.get(file)).map_or("", |file| file.path.as_str());
    let infos: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix(layout.root.as_str())?.split_once('/'))
        .map(|(folder, _)| folder)
        .filter(|folder| folder.ends_with(".dist-info"))
        .collect();
    if infos.len() > 1 {
        let list: Vec<&str> = infos.iter().copied().take(8).collect();
        let what = format!(
            "the wheel has {} .dist-info folders ({}): pip refuses it; what is shown comes from {shown}",
            infos.len(),
            list.join(", ")
        );
        found.push(odd("", what));
    }
    let (file_name, file_version) = manifest::from_archive_name(archive);
    // Collections put more behind the version: `demo-1.0-17b38f2d.tar.gz`.
    let file_version = file_version.map(|version| match version.split_once('-') {
        Some((first, _)) if facts.version.as_deref().map(plain_version) == Some(plain_version(first)) => {
            first.to_owned()
        }
        _ => version,
    });
    let mut compare = |what: &str, stated: Option<&str>, named: Option<&str>, normal: fn(&str) -> String| {
        if let (Some(stated), Some(named)) = (stated, named)
            && normal(stated) != normal(named)
        {
            let what =
                format!("its {what} is {stated}, the file name says {named}: pip refuses what it did not ask for");
            found.push(odd(shown, what));
        }
    };
    // A file name without a version may be anything.
    if file_version.is_some() && !shown.is_empty() {
        compare("name", facts.name.as_deref(), file_name.as_deref(), project_name);
        compare("version", facts.version.as_deref(), file_version.as_deref(), plain_version);
    }
    found
}

/// A version without what says nothing when versions are compared (PEP 440): separators, zeros at its end, spellings.
fn plain_version(version: &str) -> String {
    let lower = version.trim().trim_start_matches(['v', 'V']).to_ascii_lowercase().replace(['-', '_', '+'], ".");
    let mut parts: Vec<String> = Vec::new();
    for run in lower.split('.') {
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
            let (part, behind) = rest.split_at(end);
            parts.push(match part {
                "alpha" => "a".to_owned(),
                "beta" => "b".to_owned(),
                "c" | "pre" | "preview" => "rc".to_owned(),
                "rev" | "r" => "post".to_owned(),
                _ if first.is_ascii_digit() => part.trim_start_matches('0').to_owned(),
                _ => part.to_owned(),
            });
            rest = behind;
        }
    }
    while parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    parts.join(".")
}

fn capped(mut oddities: Vec<Oddity>) -> Vec<Oddity> {
    let more = oddities.len().saturating_sub(EACH);
    oddities.truncate(EACH);
    if more > 0 {
        oddities.push(odd("", format!("{more} more files are odd in the same way")));
    }
    oddities
}

fn odd(path: &str, what: impl Into<String>) -> Oddity {
    Oddity::new(path, what)
}

/// npm strips the first folder whatever its name, so a file beside the package's folder lands in the package too.
fn beside_root(files: &[File], layout: &Layout) -> Vec<Oddity> {
    // Merged folders were told when they were found.
    if layout.root.is_empty() || layout.ecosystem == Ecosystem::Unknown || !layout.tops.is_empty() {
        return Vec::new();
    }
    let beside = |file: &&File| !file.path.starts_with(&layout.root) && !is_aside(&file.path);
    let outside: Vec<&File> = files.iter().filter(beside).collect();
    let Some(first) = outside.first() else { return Vec::new() };
    let lands = match layout.ecosystem {
        Ecosystem::Npm => "; npm strips the first folder and unpacks what it holds over the package",
        _ => "",
    };
    let which = match outside.len() {
        1 => "it stands".to_owned(),
        number => format!("it and {} more files stand", number - 1),
    };
    vec![odd(&first.path, format!("{which} beside the package's folder {}{lands}", layout.root))]
}

/// Names that are one on systems which fold case, compose letters, or drop dots and blanks at the end of a name.
fn same_elsewhere(files: &[File]) -> Vec<Oddity> {
    let plain = |name: &str| name.nfc().collect::<String>().to_lowercase();
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !is_aside(&file.path)) {
        let path = plain(&file.path);
        let key = path.split('/').map(|name| name.trim_end_matches(['.', ' '])).collect::<Vec<_>>().join("/");
        if let Some(other) = seen.insert(key, &file.path) {
            let by = match () {
                () if other.to_lowercase() == file.path.to_lowercase() => "case",
                () if plain(other) == path => "the form of its letters",
                () => "dots or blanks at the end of a name",
            };
            let what = format!("its path differs from {other} by {by} alone: one replaces the other on some systems");
            found.push(odd(&file.path, what));
        }
    }
    found
}

/// Names that Windows keeps for devices, whatever ending they have.
fn devices(files: &[File]) -> Vec<Oddity> {
    let is_device = |name: &str| {
        let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_lowercase();
        let numbered = ["com", "lpt"].iter().find_map(|port| stem.strip_prefix(port));
        matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
            || matches!(numbered.map(str::as_bytes), Some([b'1'..=b'9']))
    };
    let kept = files.iter().filter(|file| !is_aside(&file.path) && file.path.split('/').any(is_device));
    kept.map(|file| odd(&file.path, "a name in its path is a device's on Windows, where no such file is made"))
        .collect()
}

/// Archives inside the package: what they hold is on no list until they are opened by themselves.
fn archives(files: &[File]) -> Vec<Oddity> {
    let kind = |file: &File| super::read::archive_kind(&file.bytes);
    let what = |kind| format!("{kind} inside the package; its members are not read, open it by itself");
    files.iter().filter_map(|file| Some(odd(&file.path, what(kind(file)?)))).collect()
}

/// What a wheel's RECORD (PEP 376, 427) does not say of the files, and says of none.
fn record(files: &[File], layout: &Layout) -> Vec<Oddity> {
    // Only in the root: sdists carry whole wheels as test data.
    let info = |file: &&File, name: &str| {
        let rest = file.path.strip_prefix(&layout.root).and_then(|rest| rest.split_once('/'));
        rest.is_some_and(|(folder, rest)| folder.ends_with(".dist-info") && rest == name)
    };
    let Some(record) = files.iter().find(|file| info(file, "RECORD")) else {
        let wheel = files.iter().find(|file| info(file, "WHEEL"));
        return wheel.map(|wheel| odd(&wheel.path, "the wheel has no RECORD")).into_iter().collect();
    };
    let Some(source) = &record.source else { return vec![odd(&record.path, "the RECORD is no text")] };
    let mut found = Vec::new();
    let mut listed = HashSet::new();
    for row in rows(&source.text) {
        let path = format!("{}{}", layout.root, row.path);
        let Some(file) = position(files, &path).and_then(|at| files.get(at)) else {
            found.push(odd(&record.path, format!("it lists what is not in the archive: {}", row.path)));
            continue;
        };
        if let Some(hash) = row.sha256
            && hash.trim_end_matches('=') != URL_SAFE_NO_PAD.encode(Sha256::digest(&file.bytes))
        {
            found.push(odd(&path, "its content is not the one that the wheel's RECORD gives the hash of"));
        }
        listed.insert(path);
    }
    // Signatures cannot be listed, since they sign the list.
    let signed = |path: &str| path.ends_with("/RECORD.jws") || path.ends_with("/RECORD.p7s");
    let unlisted =
        files.iter().filter(|file| !listed.contains(&file.path) && !signed(&file.path) && !is_aside(&file.path));
    found.extend(
        unlisted.filter(|file| file.path != record.path).map(|file| odd(&file.path, "it is not in the wheel's RECORD")),
    );
    found
}

struct Row {
    path: String,
    sha256: Option<String>,
}

/// The rows of a RECORD: comma-separated, the path quoted where it holds a comma or a quote.
fn rows(text: &str) -> impl Iterator<Item = Row> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows: Vec<Row> = reader
        .records()
        .map_while(Result::ok)
        .filter_map(|row| {
            let sha256 = row.get(1).and_then(|hash| hash.strip_prefix("sha256=")).map(str::to_owned);
            Some(Row { path: row.get(0)?.to_owned(), sha256 })
        })
        .collect();
    rows.into_iter()
}
