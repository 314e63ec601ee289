//! The tables of texts, as the catalogue has them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::classes::{Classes, Defect};
use crate::behavior::catalogue::{Group, Watches};
use crate::behavior::feature::Feature;

#[derive(Deserialize)]
struct Document {
    hosts: BTreeMap<String, Vec<String>>,
    weak_suffixes: BTreeMap<String, Vec<String>>,
    sensitive: BTreeMap<String, Vec<String>>,
    persistence: BTreeMap<String, Vec<String>>,
    secret_names: BTreeMap<String, Vec<String>>,
    file_kinds: BTreeMap<String, Vec<String>>,
    places: BTreeMap<String, Vec<String>>,
    environment: BTreeMap<String, Vec<String>>,
    machine: BTreeMap<String, Vec<String>>,
    commands: BTreeMap<String, Vec<String>>,
    destruction: BTreeMap<String, Vec<String>>,
    native: BTreeMap<String, Vec<String>>,
    address: BTreeMap<String, Vec<String>>,
}

impl Document {
    fn built_in() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../catalogue/strings.toml"))
    }

    /// What is a behavior wherever it stands.
    fn telling(&self) -> [(Feature, &BTreeMap<String, Vec<String>>); 8] {
        [
            (Feature::ReadSecret, &self.sensitive),
            (Feature::Persist, &self.persistence),
            (Feature::CheckEnvironment, &self.environment),
            (Feature::CallSystem, &self.machine),
            (Feature::CallProcess, &self.commands),
            (Feature::Destroy, &self.destruction),
            (Feature::LoadNative, &self.native),
            (Feature::HideCode, &self.address),
        ]
    }
}

/// Every table.
#[derive(Debug)]
pub(super) struct Tables {
    /// Patterns over a host's name.
    pub hosts: Classes<()>,
    /// Those that say something of the path too, over whole addresses.
    pub addresses: Classes<()>,
    pub weak_suffixes: Classes<()>,
    /// What is a behavior wherever it stands: secrets, lasting places, environments, commands.
    pub telling: Classes<Feature>,
    pub secret_names: Classes<()>,
    pub file_kinds: Classes<()>,
    pub places: Classes<()>,
}

impl Tables {
    fn built_in() -> Result<Self, Defect> {
        let document = Document::built_in()?;
        Ok(Self {
            hosts: Classes::new([((), &part(&document.hosts, |pattern| !pattern.contains('/')))], true)?,
            addresses: Classes::new([((), &part(&document.hosts, |pattern| pattern.contains('/')))], true)?,
            weak_suffixes: Classes::of_table(&document.weak_suffixes)?,
            telling: Classes::new(document.telling(), true)?,
            secret_names: Classes::of_table(&document.secret_names)?,
            file_kinds: Classes::of_table(&document.file_kinds)?,
            places: Classes::of_table(&document.places)?,
        })
    }
}

/// The patterns of a table for which something holds.
fn part(table: &BTreeMap<String, Vec<String>>, holds: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<String>> {
    let some = |patterns: &[String]| patterns.iter().filter(|pattern| holds(pattern)).cloned().collect();
    table.iter().map(|(class, patterns)| (class.clone(), some(patterns))).collect()
}

/// The classes of texts that are behaviors by themselves, as `cerebro features` lists them.
#[must_use]
#[allow(clippy::panic)]
pub fn groups() -> Vec<Group> {
    let document = Document::built_in().unwrap_or_else(|error| panic!("built-in string tables: {error}"));
    let hosts = [(Feature::UseUrl, &document.hosts), (Feature::UseUrl, &document.weak_suffixes)].into_iter();
    let tables = hosts.map(|table| (table, "url ")).chain(document.telling().into_iter().map(|table| (table, "")));
    let row = |feature, before: &str, class: &str, names: &[String]| Group {
        feature,
        watches: Watches::Text,
        words: Some(format!("{before}{class}")),
        names: names.to_vec(),
    };
    tables
        .flat_map(|((feature, table), before)| {
            table.iter().map(move |(class, names)| row(feature, before, class, names))
        })
        .collect()
}

/// Every word that classes of texts, variables and paths put into a detail.
#[must_use]
#[allow(clippy::panic)]
pub fn words() -> Vec<String> {
    let document = Document::built_in().unwrap_or_else(|error| panic!("built-in string tables: {error}"));
    let paths = document.file_kinds.into_keys().chain(document.places.into_keys());
    groups().into_iter().filter_map(|group| group.words).chain(paths).collect()
}

/// A built-in file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
pub(super) static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables::built_in().unwrap_or_else(|error| panic!("built-in string tables: {error}")));
