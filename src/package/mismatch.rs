//! Where a package is not what it seems: a wheel's RECORD and its files differ, files stand beside the package's folder, names
//! fall together on other systems, archives lie inside.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::layout::Layout;
use super::manifest::position;
use super::member::is_aside;
use super::{Ecosystem, File, Oddity};

/// Most oddities of one sort told one by one.
const EACH: usize = 20;

pub(super) fn find(files: &[File], layout: &Layout) -> Vec<Oddity> {
    let mut found = beside_root(files, layout);
    found.extend(capped(same_but_for_case(files)));
    found.extend(capped(archives(files)));
    if layout.ecosystem == Ecosystem::Pypi {
        found.extend(capped(record(files, layout)));
    }
    found
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
    Oddity { path: path.to_owned(), what: what.into() }
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

fn same_but_for_case(files: &[File]) -> Vec<Oddity> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !is_aside(&file.path)) {
        if let Some(other) = seen.insert(file.path.to_lowercase(), &file.path) {
            found.push(odd(
                &file.path,
                format!("its path differs from {other} by case alone: one replaces the other on some systems"),
            ));
        }
    }
    found
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
