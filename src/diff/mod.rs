//! What changed between two versions of a package: what runs by itself and what behaves anew first, then the places by risk.
//!
//! A [`Diff`] is a value: indices and spans into the two cases it was made of, which the viewer keeps beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::behavior::Feature;
use crate::case::{Case, State};
use crate::package::{Ecosystem, Loss, Skip};
use crate::text::many;

mod align;
mod compare;
mod file;
mod hunk;
mod news;
mod pair;
mod places;
mod risk;
mod steps;
#[cfg(test)]
mod tests;
mod units;
mod update;
mod words;

pub use file::{Change, FileChange, Fold, Sort};
pub use hunk::{Hunk, Row, Sign};
pub use news::{DependencyChange, EntryChange, News};
pub use risk::Reason;
pub use steps::{Fate, StepPair};
pub use update::{NewStep, Update};

use compare::{Compared, Side, compare};
use pair::Pairing;
use places::write_out;

/// One of the two packages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Path as the user gave it.
    pub path: String,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// By the manifest, else by the file name.
    pub name: Option<String>,
    /// By the manifest, else by the file name.
    pub version: Option<String>,
    /// SHA-256 of the archive.
    pub sha256: String,
    /// The tool's answer, where the model has read it.
    pub state: Option<State>,
    /// Of malice, where the model has read it.
    pub probability: Option<f32>,
}

/// How the two packages are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// In one way: two releases, as a rule.
    Alike,
    /// A wheel, then an sdist.
    WheelAndSdist,
    /// An sdist, then a wheel.
    SdistAndWheel,
    /// An export of the repository, then what was published.
    RepositoryAndPackage,
    /// What was published, then an export of the repository.
    PackageAndRepository,
}

/// Everything that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The version compared against.
    pub old: Version,
    /// The version looked at.
    pub new: Version,
    /// How they are laid out.
    pub layout: Layout,
    /// What to look at first.
    pub news: News,
    /// Files that are not the same, the most telling first, folded ones last.
    pub files: Vec<FileChange>,
    /// How many files are the same.
    pub same: usize,
    /// Places that changed, by risk; those of folded files last.
    pub hunks: Vec<Hunk>,
    /// The two behavior sequences side by side.
    pub steps: Vec<StepPair>,
    /// What was not read, not analysed or not compared, and why.
    pub skipped: Vec<Skip>,
}

impl Diff {
    /// Compares two packages. The order of everything in it depends on the packages alone.
    #[must_use]
    pub fn of(old: &Case, new: &Case) -> Self {
        let layout = pair::layout(&old.package, &new.package);
        let (pairs, unsearched) = pair::pairs(&old.package, &new.package);
        let (steps, spent) = steps::side_by_side(&old.sequence, &new.sequence, &pairs);
        let news = news::gather(old, new, &pairs, layout, &steps);
        let marks = risk::marks(old, new, &news, &steps);
        let (before, after) = (Side::of(old), Side::of(new));
        let compared: Vec<Option<Compared>> =
            pairs.par_iter().map(|pair| compare(&before, &after, *pair, layout, &marks)).collect();
        let same = compared.iter().filter(|compared| compared.is_none()).count();
        let mut compared: Vec<Compared> = compared.into_iter().flatten().collect();
        // Stable: among equals the order of the paths stays.
        compared.sort_by_key(|Compared { change, .. }| {
            (change.fold.is_some(), std::cmp::Reverse((change.risk, change.added + change.removed)))
        });
        let mut skipped = not_read(old, "old");
        skipped.extend(not_read(new, "new"));
        let whole = |reason: &str| Skip::new(Loss::Comparison, "", reason);
        skipped.extend(unsearched.as_deref().map(whole));
        skipped.extend(spent.then(|| whole("the behavior sequences are too long and too different to align in full")));
        for file in &compared {
            let path = file.change.path(&old.package, &new.package).to_owned();
            skipped.extend(file.change.cut.clone().map(|reason| Skip::new(Loss::Comparison, path, reason)));
        }
        let hunks = write_out(&compared, old, new, &mut skipped);
        let files = compared.into_iter().map(|file| file.change).collect();
        Self { old: Version::of(old), new: Version::of(new), layout, news, files, same, hunks, steps, skipped }
    }

    /// Whether something runs, behaves or is talked to that was not before.
    #[must_use]
    pub fn behaves_anew(&self) -> bool {
        let news = &self.news;
        let runs = news.entries.iter().any(|entry| entry.new.is_some());
        let by_address = news.dependencies.iter().any(|dependency| dependency.by_address);
        runs || by_address || !news.steps.is_empty() || !news.hosts.is_empty() || !news.binaries.is_empty()
    }

    /// How many files of a kind of change there are, folded ones not counted.
    #[must_use]
    pub fn count(&self, change: Change) -> usize {
        self.files.iter().filter(|file| file.fold.is_none() && file.change == change).count()
    }

    /// How many files are folded away.
    #[must_use]
    pub fn folded(&self) -> usize {
        self.files.iter().filter(|file| file.fold.is_some()).count()
    }

    /// The differences in a short line. May quote untrusted text, escape before showing.
    #[must_use]
    pub fn summary(&self) -> String {
        let since = self.old.version.as_deref().or(self.old.name.as_deref()).unwrap_or("the other version");
        let mut parts: Vec<String> = Vec::new();
        let number = |count: usize, one: &str, more: &str| (count > 0).then(|| many(count, one, more));
        let (added, removed) = (self.count(Change::Added), self.count(Change::Removed));
        parts.extend(number(added, "file", "files").map(|text| format!("+{text}")));
        parts.extend(number(removed, "file", "files").map(|text| format!("-{text}")));
        parts.extend((self.count(Change::Changed) > 0).then(|| format!("{} changed", self.count(Change::Changed))));
        let entries: Vec<&EntryChange> = self.news.entries.iter().filter(|entry| entry.new.is_some()).collect();
        match entries.as_slice() {
            [] => {}
            [one] if one.old.is_none() => parts.push(format!("new {}", one.name)),
            [one] => parts.push(format!("changed {}", one.name)),
            more => parts.push(format!("{} new or changed entries", more.len())),
        }
        parts.extend(number(self.news.hosts.len(), "new host", "new hosts"));
        parts.extend(number(self.news.steps.len(), "new step", "new steps"));
        let dependencies = self.news.dependencies.iter().filter(|d| d.old.is_none()).count();
        parts.extend(number(dependencies, "new dependency", "new dependencies"));
        parts.extend(number(self.news.binaries.len(), "new binary", "new binaries"));
        if parts.is_empty() {
            parts.push("nothing that counts changed".to_owned());
        }
        let mut line = format!("since {since}: {}", parts.join(", "));
        if self.folded() > 0 {
            let _ = write!(line, " ({} folded)", self.folded());
        }
        line
    }

    /// New steps by behavior, how many of each, the weightiest first.
    #[must_use]
    pub fn new_behaviors(&self, new: &Case) -> Vec<(Feature, usize)> {
        let mut counts: BTreeMap<Feature, (u32, usize)> = BTreeMap::new();
        for step in self.news.steps.iter().filter_map(|at| new.sequence.steps.get(*at)) {
            let (weight, count) = counts.entry(step.feature).or_default();
            *weight = risk::of_step(step).max(*weight);
            *count += 1;
        }
        let mut counts: Vec<(Feature, (u32, usize))> = counts.into_iter().collect();
        counts.sort_by_key(|(feature, (weight, _))| (std::cmp::Reverse(*weight), *feature));
        counts.into_iter().map(|(feature, (_, count))| (feature, count)).collect()
    }
}

impl Version {
    /// What a case says of its package.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let package = &case.package;
        let judgement = case.verdict.as_ref().and_then(|verdict| verdict.judgement.as_ref());
        Self {
            path: package.path.clone(),
            ecosystem: package.ecosystem,
            name: package.name.clone(),
            version: package.version.clone(),
            sha256: package.sha256.clone(),
            state: case.verdict.as_ref().map(|verdict| verdict.state),
            probability: judgement.map(|judgement| judgement.probability),
        }
    }
}

fn not_read(case: &Case, which: &str) -> Vec<Skip> {
    let skip = |skip: &Skip| Skip { reason: format!("{which} version: {}", skip.reason), ..skip.clone() };
    case.skipped().into_iter().map(skip).collect()
}
