//! What a registry keeps of a package, from JSON that was saved: the releases, what the one that was opened looks like among
//! them, and where the registry says otherwise than the package.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha1::Digest as _;

use crate::case::Case;
use crate::case::external::{Fact, History, Release};
use crate::package::{Ecosystem, Phase, Target, normalise};
use crate::text::{hex, many};

pub(super) mod attestation;
pub(super) mod npm;
pub(super) mod pypi;

/// Most releases that are kept of one package: those nearest to the one that was opened.
const RELEASES: usize = 2000;
/// Days without a release after which one is told of.
const LONG: i64 = 365;
/// Largest archive of which hashes are made anew.
const ARCHIVE: u64 = 1 << 30;

/// What a registry says.
#[derive(Debug, Default)]
pub(super) struct Registry {
    /// Its name of the package.
    pub name: String,
    /// The releases, in any order.
    pub releases: Vec<Published>,
    /// Who may publish it now.
    pub owners: Vec<String>,
}

/// A release with what can be compared.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// As it is told.
    pub release: Release,
    /// Files of it.
    pub files: Vec<Distribution>,
    /// Scripts that run on installation, with their text.
    pub scripts: Vec<(String, String)>,
    /// Names of what it needs; `None` where that is not told.
    pub needs: Option<Vec<String>>,
}

/// A file of a release.
#[derive(Debug, Default)]
pub(super) struct Distribution {
    /// Its name; empty where there is only one.
    pub name: String,
    /// Its digests as hexadecimal digits, by algorithm.
    pub digests: Vec<(&'static str, String)>,
    /// When it was uploaded; empty where that is not told.
    pub time: String,
}

/// Digests of the archive that was opened.
#[derive(Debug, Default)]
pub(super) struct Digests(Vec<(&'static str, String)>);

impl Digests {
    /// Of an archive: the one that its reader made, and those of the file where the file is what was read. An archive in a
    /// password zip has the first alone.
    pub fn of(case: &Case, path: &Path) -> Self {
        let own = &case.package.sha256;
        let mut all = vec![("sha256", own.clone())];
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(ARCHIVE).read_to_end(&mut bytes));
        if read.is_ok() && hex(&sha2::Sha256::digest(&bytes)) == *own {
            all.push(("sha512", hex(&sha2::Sha512::digest(&bytes))));
            all.push(("sha1", hex(&sha1::Sha1::digest(&bytes))));
        }
        Self(all)
    }

    /// The algorithm by which a file can be compared, with both digests.
    fn pair<'a>(&'a self, file: &'a [(&'static str, String)]) -> Option<(&'static str, &'a str, &'a str)> {
        self.0.iter().rev().find_map(|(name, own)| {
            let other = file.iter().find(|(other, _)| other == name)?;
            Some((*name, own.as_str(), other.1.as_str()))
        })
    }
}

/// `sha512-BASE64` as algorithm and hexadecimal digits.
pub(super) fn integrity(text: &str) -> Option<(&'static str, String)> {
    let (name, digest) = text.split_whitespace().next()?.split_once('-')?;
    let name = ["sha512", "sha256", "sha1"].into_iter().find(|known| *known == name)?;
    Some((name, hex(&STANDARD.decode(digest).ok()?)))
}

/// The history of a case's package.
pub(super) fn history(case: &Case, registry: Registry, digests: &Digests) -> History {
    let mut all = registry.releases;
    // Those without a time stand first: what is not known is not the newest.
    all.sort_by(|a, b| (&a.release.time, &a.release.version).cmp(&(&b.release.time, &b.release.version)));
    let version = case.package.version.as_deref().unwrap_or_default();
    let at = all.iter().position(|known| known.release.version == version);
    let from = at.map_or(0, |at| at.saturating_sub(RELEASES / 2)).min(all.len().saturating_sub(RELEASES));
    let mut history = History::default();
    if let Some(other) = other_name(case, &registry.name) {
        history.mismatches.push(other);
    }
    match at.and_then(|at| all.get(at).map(|current| (at, current))) {
        Some((at, current)) => {
            let before = all.get(..at).unwrap_or_default();
            history.facts = facts(current, before, all.len() - at - 1);
            compare(case, current, digests, &mut history);
        }
        None if !all.is_empty() && !version.is_empty() => {
            let newest = all.last().map_or("", |newest| newest.release.version.as_str());
            let count = many(all.len(), "release", "releases");
            history.mismatches.push(format!(
                "the package says that it is version {version}; the registry has {count} and not that one (the newest is {newest})"
            ));
        }
        None => {}
    }
    if !registry.owners.is_empty() {
        let owners = registry.owners.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
        history.facts.push(Fact { text: format!("may be published by {owners}"), telling: false });
    }
    history.current = at.map(|at| at - from);
    history.releases = all.into_iter().skip(from).take(RELEASES).map(|known| known.release).collect();
    history
}

/// Whether the registry's file is of another package: nothing else of it would mean anything.
fn other_name(case: &Case, name: &str) -> Option<String> {
    let own = case.package.name.as_deref()?;
    let same = match case.package.ecosystem {
        Ecosystem::Pypi => normalise(own) == normalise(name),
        _ => own == name,
    };
    (!same && !name.is_empty()).then(|| format!("the package says that it is {own}; the registry calls it {name}"))
}

/// What the release looks like among those before it.
fn facts(current: &Published, before: &[Published], newer: usize) -> Vec<Fact> {
    let release = &current.release;
    let mut facts = Vec::new();
    let mut add = |telling: bool, text: String| facts.push(Fact { text, telling });
    let when = if release.time.is_empty() { "at a time that is not told".to_owned() } else { moment(&release.time) };
    let place = match (before.len(), newer) {
        (0, 0) => "the only release".to_owned(),
        (0, newer) => format!("the first release, {newer} came after it"),
        (count, 0) => format!("the newest, after {}", many(count, "release", "releases")),
        (count, newer) => format!("after {}, {newer} came after it", many(count, "release", "releases")),
    };
    add(before.is_empty(), format!("published {when}: {place}"));
    let last = before.last().map(|known| &known.release);
    if let Some(last) = last
        && let Some(days) = days(&last.time, &release.time)
    {
        let text = format!("{} after the release before it, {}", many(days, "day", "days"), last.version);
        add(days >= LONG, text);
    }
    if !release.publisher.is_empty() {
        let known: Vec<&str> =
            before.iter().map(|known| known.release.publisher.as_str()).filter(|name| !name.is_empty()).collect();
        let own = known.iter().filter(|name| **name == release.publisher).count();
        let mut others: Vec<&str> = known.iter().rev().copied().filter(|name| *name != release.publisher).collect();
        others.dedup();
        others.truncate(3);
        if known.is_empty() {
            add(false, format!("published by {}", release.publisher));
        } else if own == 0 {
            let others = others.join(", ");
            add(
                true,
                format!(
                    "published by {}, who published none of the {} before it ({others} did)",
                    release.publisher,
                    known.len()
                ),
            );
        } else {
            add(false, format!("published by {}, as {own} of the {} before it", release.publisher, known.len()));
        }
    }
    if !release.scripts.is_empty() {
        let names = release.scripts.join(", ");
        if before.is_empty() {
            add(true, format!("its first release runs a script on installation ({names})"));
        } else if before.iter().all(|known| known.release.scripts.is_empty()) {
            add(true, format!("it is the first release that runs a script on installation ({names})"));
        }
    }
    match (last.and_then(|last| last.attested), release.attested) {
        (Some(true), Some(false)) => {
            add(
                true,
                "the release before it came with an attestation of where it was built; this one does not".to_owned(),
            );
        }
        (_, Some(true)) => add(false, "it comes with an attestation of where it was built".to_owned()),
        _ => {}
    }
    if release.withdrawn {
        add(true, "the registry has it as withdrawn".to_owned());
    }
    facts
}

/// Where the registry and the package say different things of the same release.
fn compare(case: &Case, current: &Published, digests: &Digests, history: &mut History) {
    let package = &case.package;
    let version = &current.release.version;
    let file = current.files.iter().find(|file| file.name == package.archive).or(match current.files.as_slice() {
        [only] if only.name.is_empty() => Some(only),
        _ => None,
    });
    match file.map(|file| digests.pair(&file.digests)) {
        Some(Some((name, own, other))) if own != other => history.mismatches.push(format!(
            "the archive is not the one that the registry published as {version}: its {name} is {own}, the registry's {other}"
        )),
        Some(Some((name, ..))) => {
            history.facts.push(Fact { text: format!("its {name} is the one that the registry keeps"), telling: false });
        }
        Some(None) => {
            history.facts.push(Fact { text: "its hash cannot be compared with the registry's".to_owned(), telling: false });
        }
        None if !current.files.is_empty() => {
            let names = current.files.iter().take(4).map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
            history.mismatches.push(format!("the archive is called {}; the registry has {names} of {version}", package.archive));
        }
        None => {}
    }
    // A release that people know already can be given one more file.
    if let Some(file) = file
        && let Some(later @ 1..) = days(&current.release.time, &file.time)
    {
        let first =
            current.files.iter().filter(|other| other.time == current.release.time).map(|other| other.name.as_str());
        let first = first.collect::<Vec<_>>().join(", ");
        let text =
            format!("this archive was added {} after the first of the release, {first}", many(later, "day", "days"));
        history.facts.push(Fact { text, telling: true });
    }
    if package.ecosystem == Ecosystem::Npm {
        for (name, text) in &current.scripts {
            let own = package.entries.iter().find_map(|entry| match &entry.target {
                Target::Shell { text, .. } if entry.phase == Phase::Install && entry.name == *name => {
                    Some(text.as_str())
                }
                _ => None,
            });
            match own {
                Some(own) if own.trim() == text.trim() => {}
                Some(own) => history
                    .mismatches
                    .push(format!("the script {name} is {own:?} in the package and {text:?} in the registry")),
                None => history
                    .mismatches
                    .push(format!("the registry names a script {name} ({text:?}) that the package does not have")),
            }
        }
        for entry in package.entries.iter().filter(|entry| entry.phase == Phase::Install && entry.name != "prepare") {
            if let Target::Shell { text, .. } = &entry.target
                && !entry.name.starts_with("node-gyp ")
                && !current.scripts.iter().any(|(name, _)| *name == entry.name)
            {
                history.mismatches.push(format!(
                    "the package runs the script {} ({text:?}) that the registry does not show",
                    entry.name
                ));
            }
        }
    }
    if let Some(needs) = &current.needs {
        let normal = |name: &str| if package.ecosystem == Ecosystem::Pypi { normalise(name) } else { name.to_owned() };
        let theirs: Vec<String> = needs.iter().map(|name| normal(name)).collect();
        let own: Vec<String> = package.manifest.dependencies.iter().map(|(name, _)| normal(name)).collect();
        let unlike = |some: &[String], others: &[String]| {
            let mut apart: Vec<&str> = some.iter().filter(|name| !others.contains(name)).map(String::as_str).collect();
            apart.dedup();
            apart.truncate(6);
            apart.join(", ")
        };
        let (hidden, absent) = (unlike(&own, &theirs), unlike(&theirs, &own));
        if !hidden.is_empty() {
            history.mismatches.push(format!("the package needs what the registry does not show: {hidden}"));
        }
        if !absent.is_empty() {
            history.mismatches.push(format!("the registry shows what the package does not need: {absent}"));
        }
    }
}

/// A time to the minute.
fn moment(time: &str) -> String {
    time.parse::<Timestamp>().map_or_else(|_| time.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Whole days between two times.
fn days(from: &str, to: &str) -> Option<i64> {
    let (from, to) = (from.parse::<Timestamp>().ok()?, to.parse::<Timestamp>().ok()?);
    Some(to.duration_since(from).as_secs().max(0) / 86_400)
}

/// A time in one form, so that times can be put in order as texts; empty where it is none.
pub(super) fn time(text: &str) -> String {
    text.parse::<Timestamp>().map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, time: &str, publisher: &str, scripts: &[&str], attested: bool) -> Published {
        let release = Release {
            version: version.to_owned(),
            time: time.to_owned(),
            publisher: publisher.to_owned(),
            scripts: scripts.iter().map(|name| (*name).to_owned()).collect(),
            attested: Some(attested),
            withdrawn: false,
        };
        Published { release, ..Published::default() }
    }

    fn told(current: &Published, before: &[Published], telling: bool) -> Vec<String> {
        facts(current, before, 0).into_iter().filter(|fact| fact.telling == telling).map(|fact| fact.text).collect()
    }

    #[test]
    fn a_takeover_is_told_line_by_line() {
        let before = [
            release("1.0.0", "2023-01-01T00:00:00Z", "anna", &[], true),
            release("1.0.1", "2023-03-01T00:00:00Z", "bob", &[], true),
        ];
        let now = release("1.0.2", "2025-03-01T12:30:00Z", "mallory", &["postinstall"], false);
        assert_eq!(
            told(&now, &before, true),
            [
                "731 days after the release before it, 1.0.1",
                "published by mallory, who published none of the 2 before it (bob, anna did)",
                "it is the first release that runs a script on installation (postinstall)",
                "the release before it came with an attestation of where it was built; this one does not",
            ]
        );
        assert_eq!(told(&now, &before, false), ["published 2025-03-01 12:30 UTC: the newest, after 2 releases"]);
    }

    #[test]
    fn an_ordinary_release_is_told_and_not_marked() {
        let before = [release("1.0.0", "2023-01-01T00:00:00Z", "anna", &["install"], false)];
        let now = release("1.0.1", "2023-01-20T00:00:00Z", "anna", &["install"], false);
        assert_eq!(told(&now, &before, true), [""; 0]);
        assert_eq!(told(&now, &before, false)[2], "published by anna, as 1 of the 1 before it");
    }

    #[test]
    fn a_first_release_with_a_script() {
        let now = release("0.0.1", "", "", &["preinstall"], false);
        assert_eq!(
            told(&now, &[], true),
            [
                "published at a time that is not told: the only release",
                "its first release runs a script on installation (preinstall)",
            ]
        );
    }

    #[test]
    fn integrity_is_read_as_npm_writes_it() {
        assert_eq!(
            integrity("sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
            Some(("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d".to_owned()))
        );
        assert_eq!(integrity("md5-qZk="), None);
        assert_eq!(integrity("sha512"), None);
    }
}
