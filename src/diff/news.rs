//! What the new version has that the old one had not, of the things to look at first.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::steps::{Fate, StepPair};
use super::{Layout, Pairing};
use crate::behavior::by_address;
use crate::case::Case;
use crate::evidence::indicator::Kind as IndicatorKind;
use crate::evidence::{Evidence, Indicator, Kind, Role};
use crate::package::{Entry, Package, Phase, Target};
use crate::syntax::Doc;

/// Something that runs, and how that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryChange {
    /// When it runs.
    pub phase: Phase,
    /// What makes it run.
    pub name: String,
    /// What it ran; none where it is new.
    pub old: Option<String>,
    /// What it runs; none where it is gone.
    pub new: Option<String>,
    /// Index in the new package's `entries`.
    pub entry: Option<usize>,
}

/// A dependency that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyChange {
    /// Its name.
    pub name: String,
    /// The old version or address as written; none where it is new.
    pub old: Option<String>,
    /// The new version or address as written; none where it is gone.
    pub new: Option<String>,
    /// Whether it is fetched from an address that it did not come from before.
    pub by_address: bool,
}

/// The things to look at first. Indices are those of the new version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What runs by itself or as a command: new, changed, gone.
    pub entries: Vec<EntryChange>,
    /// Dependencies: new, changed, gone.
    pub dependencies: Vec<DependencyChange>,
    /// Hosts that no indicator of the old version names, lower case; not those that every package names.
    pub hosts: Vec<String>,
    /// Indicators whose value is not in the old version, in `Case::indicators`.
    pub indicators: Vec<usize>,
    /// Programs and libraries that came or changed, in `Package::files`.
    pub binaries: Vec<usize>,
    /// Steps that the old version had nowhere, in `Sequence::steps`.
    pub steps: Vec<usize>,
    /// Evidence of a kind that its file did not have: hidden characters, giant lines, archive tricks; in `Case::evidence`.
    pub evidence: Vec<usize>,
}

/// Gathers the news.
pub(super) fn gather(old: &Case, new: &Case, pairs: &[Pairing], layout: Layout, steps: &[StepPair]) -> News {
    let partner: HashMap<usize, usize> = pairs.iter().filter_map(|pair| pair.new.zip(pair.old)).collect();
    let known: HashSet<(IndicatorKind, &str)> =
        old.indicators.iter().map(|indicator| (indicator.kind, indicator.value.as_str())).collect();
    let is_new = |indicator: &Indicator| !known.contains(&(indicator.kind, indicator.value.as_str()));
    let old_hosts: BTreeSet<String> = old.indicators.iter().filter_map(host).collect();
    let mut hosts: Vec<String> = Vec::new();
    for host in new.indicators.iter().filter(|indicator| telling(indicator.role)).filter_map(host) {
        if !old_hosts.contains(&host) && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let added = |step: &&StepPair| step.fate == Fate::Added;
    News {
        entries: entries(&old.package, &new.package, &partner, layout),
        dependencies: dependencies(&old.package, &new.package),
        hosts,
        indicators: places(&new.indicators, |indicator| is_new(indicator)),
        binaries: binaries(old, new, &partner),
        steps: steps.iter().filter(added).filter_map(|step| step.new).collect(),
        evidence: evidence(old, new, &partner),
    }
}

fn places<T>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    all.iter().enumerate().filter(|(_, item)| wanted(item)).map(|(at, _)| at).collect()
}

/// Whether an indicator of this role says something of what the code does.
pub(super) fn telling(role: Role) -> bool {
    !matches!(role, Role::Context | Role::Benign)
}

/// The host of an address, lower case.
fn host(indicator: &Indicator) -> Option<String> {
    match indicator.kind {
        IndicatorKind::Domain | IndicatorKind::Onion | IndicatorKind::Ipv4 | IndicatorKind::Ipv6 => {}
        IndicatorKind::Url | IndicatorKind::Webhook => {}
        _ => return None,
    }
    let value = indicator.value.split_once("://").map_or(indicator.value.as_str(), |(_, rest)| rest);
    let value = value.split(['/', '?', '#']).next().unwrap_or(value);
    let value = value.rsplit('@').next().unwrap_or(value);
    // A port; the colons of a bare IPv6 address are no port.
    let value = match value.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.contains(':') => host,
        Some((host, _)) if host.ends_with(']') => host,
        _ => value,
    };
    (!value.is_empty()).then(|| value.to_ascii_lowercase())
}

/// What a target is, in words.
fn shown(package: &Package, target: &Target) -> String {
    let path = |file: &usize| package.inside(package.files.get(*file).map_or("", |file| file.path.as_str())).to_owned();
    match target {
        Target::File(file) => path(file),
        Target::Function { file, name } => format!("{}:{name}", path(file)),
        Target::Shell { text, .. } => text.clone(),
        Target::Unresolved(what) => what.clone(),
    }
}

fn entries(old: &Package, new: &Package, partner: &HashMap<usize, usize>, layout: Layout) -> Vec<EntryChange> {
    let mut before: BTreeMap<(Phase, &str), Vec<&Entry>> = BTreeMap::new();
    for entry in old.entries.iter().rev() {
        before.entry((entry.phase, &entry.name)).or_default().push(entry);
    }
    let paired = |file: &usize| partner.get(file);
    let same = |a: &Target, b: &Target| match (a, b) {
        (Target::File(x), Target::File(y)) => paired(y) == Some(x),
        (Target::Function { file: x, name: a }, Target::Function { file: y, name: b }) => {
            a == b && paired(y) == Some(x)
        }
        (Target::Shell { text: a, .. }, Target::Shell { text: b, .. }) => a == b,
        (Target::Unresolved(a), Target::Unresolved(b)) => a == b,
        _ => false,
    };
    let mut changes = Vec::new();
    for (at, entry) in new.entries.iter().enumerate() {
        let was = before.get_mut(&(entry.phase, entry.name.as_str())).and_then(Vec::pop);
        if was.is_some_and(|was| same(&was.target, &entry.target)) {
            continue;
        }
        changes.push(EntryChange {
            phase: entry.phase,
            name: entry.name.clone(),
            old: was.map(|was| shown(old, &was.target)),
            new: Some(shown(new, &entry.target)),
            entry: Some(at),
        });
    }
    // What a repository or a source package runs, a built one need not have.
    if layout == Layout::Alike {
        for ((phase, name), gone) in before {
            changes.extend(gone.into_iter().map(|entry| EntryChange {
                phase,
                name: name.to_owned(),
                old: Some(shown(old, &entry.target)),
                new: None,
                entry: None,
            }));
        }
    }
    changes
}

fn dependencies(old: &Package, new: &Package) -> Vec<DependencyChange> {
    let listed = |package: &Package| -> BTreeMap<String, BTreeSet<String>> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, version) in &package.manifest.dependencies {
            all.entry(name.clone()).or_default().insert(version.clone());
        }
        all
    };
    let joined = |versions: &BTreeSet<String>| versions.iter().cloned().collect::<Vec<_>>().join(", ");
    let (before, after) = (listed(old), listed(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let (was, is) = (before.get(name), after.get(name));
        if was == is {
            continue;
        }
        let address =
            |versions: Option<&BTreeSet<String>>| versions.is_some_and(|all| all.iter().any(|v| by_address(v)));
        changes.push(DependencyChange {
            name: name.clone(),
            old: was.map(joined),
            new: is.map(joined),
            by_address: address(is),
        });
    }
    // By address first, then new ones, then changed ones, then those that went.
    changes.sort_by_key(|change| (!change.by_address, change.new.is_none(), change.old.is_some()));
    changes
}

fn binaries(old: &Case, new: &Case, partner: &HashMap<usize, usize>) -> Vec<usize> {
    let changed = |file: &usize| {
        let bytes = |case: &Case, at: usize| case.package.files.get(at).map(|file| file.bytes.clone());
        partner.get(file).is_none_or(|was| bytes(old, *was) != bytes(new, *file))
    };
    let files = new.evidence.iter().filter(|evidence| evidence.kind == Kind::Binary).filter_map(file_of);
    let found: BTreeSet<usize> = files.filter(changed).collect();
    found.into_iter().collect()
}

fn file_of(evidence: &Evidence) -> Option<usize> {
    match evidence.doc {
        Some(Doc::File(file)) => Some(file),
        _ => None,
    }
}

fn evidence(old: &Case, new: &Case, partner: &HashMap<usize, usize>) -> Vec<usize> {
    // The sentence without the file's name and the place in it, which change with every edit.
    let told = |case: &Case, evidence: &Evidence| {
        let path =
            file_of(evidence).and_then(|file| case.package.files.get(file)).map_or("", |file| file.path.as_str());
        let what = evidence.what.strip_prefix(path).unwrap_or(&evidence.what);
        let exact = matches!(evidence.kind, Kind::HiddenCharacters | Kind::Archive | Kind::Manifest);
        let what = if exact { what.rsplit_once(" at ").map_or(what, |(what, _)| what) } else { "" };
        what.to_owned()
    };
    let mut known: HashSet<(Option<usize>, Kind, String)> = HashSet::new();
    for evidence in old.evidence.iter() {
        known.insert((file_of(evidence), evidence.kind, told(old, evidence)));
    }
    places(&new.evidence, |evidence| {
        let kinds = [
            Kind::HiddenCharacters,
            Kind::OffScreen,
            Kind::Archive,
            Kind::Manifest,
            Kind::GiantLine,
            Kind::GiantFile,
            Kind::Prompt,
            Kind::ModelRuns,
        ];
        let was = match file_of(evidence) {
            Some(file) => partner.get(&file).map(|was| Some(*was)),
            None => Some(None),
        };
        kinds.contains(&evidence.kind)
            && was.is_none_or(|was| !known.contains(&(was, evidence.kind, told(new, evidence))))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn indicator(kind: IndicatorKind, value: &str) -> Indicator {
        let (class, role) = (String::new(), Role::Contact);
        Indicator { kind, value: value.to_owned(), class, role, odd: None, places: Vec::new(), more: 0 }
    }

    #[rstest]
    #[case(IndicatorKind::Url, "https://user:pass@Example.com:8080/a?b#c", Some("example.com"))]
    #[case(IndicatorKind::Ipv4, "203.0.113.7:4444", Some("203.0.113.7"))]
    #[case(IndicatorKind::Ipv6, "2001:db8::1", Some("2001:db8::1"))]
    #[case(IndicatorKind::Url, "http://[2001:db8::1]:80/", Some("[2001:db8::1]"))]
    #[case(IndicatorKind::Domain, "a.example", Some("a.example"))]
    #[case(IndicatorKind::Email, "a@b.example", None)]
    fn hosts_of_indicators(#[case] kind: IndicatorKind, #[case] value: &str, #[case] expected: Option<&str>) {
        assert_eq!(host(&indicator(kind, value)).as_deref(), expected);
    }
}
