//! What changed between two versions of a package: what runs by itself and what behaves anew first, then the places by risk.
//!
//! A [`Diff`] is a value: indices and spans into the two cases it was made of, which the viewer keeps beside it.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::behavior::Feature;
use crate::case::{Case, State};
use crate::evidence::binary::is_native;
use crate::package::{Ecosystem, File, Package, Skip, Target};
use crate::syntax::ir::Language;
use crate::syntax::shape::{Likeness, likeness};
use crate::text::{Source, Span, many};

mod align;
mod hunk;
mod news;
mod pair;
mod risk;
mod steps;
#[cfg(test)]
mod tests;
mod units;
mod words;

pub use hunk::{Hunk, Row, Sign};
pub use news::{DependencyChange, EntryChange, News};
pub use risk::Reason;
pub use steps::{Fate, StepPair};

use hunk::Draft;
use risk::Mark;

/// Most rows of hunks written out; those of the highest risk come first.
const ROWS: usize = 100_000;

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

/// Two files that are one file in two versions, or one that only one version has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pairing {
    old: Option<usize>,
    new: Option<usize>,
    /// Whether the two have different paths.
    moved: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// Its content is another.
    Changed,
    /// Only its path is another.
    Moved,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Something that an interpreter runs.
    Code,
    /// What tells an installer about the package.
    Manifest,
    /// Another text.
    Text,
    /// No text.
    Data,
    /// A program or library.
    Binary,
}

/// Why a file is folded away. It is listed and counted all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// Only blanks, line breaks, quotes, semicolons or trailing commas changed.
    Formatting,
    /// Only names of local variables changed, one for one, and the spelling of literals.
    Renaming,
    /// The tool that builds the package wrote it.
    Generated,
    /// The other kind of package has no such file: tests of a repository, the build files of an sdist.
    OtherLayout,
}

/// A file that is not the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// What became of it.
    pub change: Change,
    /// What it is.
    pub sort: Sort,
    /// Index in the old package's `files`.
    pub old: Option<usize>,
    /// Index in the new package's `files`.
    pub new: Option<usize>,
    /// Why it is folded away, where it is.
    pub fold: Option<Fold>,
    /// The sum of its places' risks.
    pub risk: u32,
    /// Lines (of long lines, stretches) that came.
    pub added: usize,
    /// Lines that went.
    pub removed: usize,
    /// What could not be compared, one plain sentence.
    pub cut: Option<String>,
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
        compared.sort_by_key(|file| (file.change.fold.is_some(), std::cmp::Reverse(file.change.risk)));
        let mut skipped = not_read(old, "old");
        skipped.extend(not_read(new, "new"));
        let whole = |reason: &str| Skip { path: String::new(), reason: reason.to_owned() };
        skipped.extend(unsearched.as_deref().map(whole));
        skipped.extend(spent.then(|| whole("the behavior sequences are too long and too different to align in full")));
        for file in &compared {
            let path = file.change.path(&old.package, &new.package).to_owned();
            skipped.extend(file.change.cut.clone().map(|reason| Skip { path, reason }));
        }
        let hunks = write_out(&compared, old, new, &mut skipped);
        let files = compared.into_iter().map(|file| file.change).collect();
        Self { old: version(old), new: version(new), layout, news, files, same, hunks, steps, skipped }
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

impl FileChange {
    /// The file's path: the new one where it has one. Untrusted.
    #[must_use]
    pub fn path<'p>(&self, old: &'p Package, new: &'p Package) -> &'p str {
        let path = |package: &'p Package, at: Option<usize>| {
            at.and_then(|at| package.files.get(at)).map(|file| file.path.as_str())
        };
        path(new, self.new).or_else(|| path(old, self.old)).unwrap_or_default()
    }
}

fn version(case: &Case) -> Version {
    let package = &case.package;
    let judgement = case.verdict.as_ref().and_then(|verdict| verdict.judgement.as_ref());
    Version {
        path: package.path.clone(),
        ecosystem: package.ecosystem,
        name: package.name.clone(),
        version: package.version.clone(),
        sha256: package.sha256.clone(),
        state: case.verdict.as_ref().map(|verdict| verdict.state),
        probability: judgement.map(|judgement| judgement.probability),
    }
}

fn not_read(case: &Case, which: &str) -> Vec<Skip> {
    let skip = |skip: &&Skip| Skip { path: skip.path.clone(), reason: format!("{which} version: {}", skip.reason) };
    case.skipped().iter().map(skip).collect()
}

/// A file with its places, not yet written out.
struct Compared {
    change: FileChange,
    draft: Draft,
    /// Risk and reasons of each place of the draft.
    risks: Vec<(u32, Vec<Reason>)>,
}

/// A version with what is looked up for every file.
struct Side<'c> {
    case: &'c Case,
    /// Paths of which the content was not read.
    skipped: HashSet<&'c str>,
    /// Files that something runs.
    run: HashSet<usize>,
}

impl<'c> Side<'c> {
    fn of(case: &'c Case) -> Self {
        let runs = |target: &Target| match target {
            Target::File(file) | Target::Function { file, .. } => Some(*file),
            Target::Shell { .. } | Target::Unresolved(_) => None,
        };
        let package = &case.package;
        Self {
            case,
            skipped: package.skipped.iter().map(|skip| skip.path.as_str()).collect(),
            run: package.entries.iter().filter_map(|entry| runs(&entry.target)).collect(),
        }
    }

    fn file(&self, at: Option<usize>) -> Option<&'c File> {
        at.and_then(|at| self.case.package.files.get(at))
    }

    fn is_unread(&self, file: Option<&File>) -> bool {
        file.is_some_and(|file| file.bytes.is_empty() && self.skipped.contains(file.path.as_str()))
    }
}

/// Compares one file; `None` where it is the same in both.
fn compare(old: &Side<'_>, new: &Side<'_>, pair: Pairing, layout: Layout, marks: &[Mark]) -> Option<Compared> {
    let (was, is) = (old.file(pair.old), new.file(pair.new));
    let unread = old.is_unread(was) || new.is_unread(is);
    let cut = unread.then(|| "its content was not read".to_owned());
    let equal = was.zip(is).is_some_and(|(was, is)| was.bytes == is.bytes) && cut.is_none();
    let change = match (&was, &is) {
        _ if equal && pair.moved && layout == Layout::Alike => Change::Moved,
        _ if equal => return None,
        (None, _) => Change::Added,
        (_, None) => Change::Removed,
        _ => Change::Changed,
    };
    let runs = pair.new.is_some_and(|at| new.run.contains(&at))
        || pair.new.is_none() && pair.old.is_some_and(|at| old.run.contains(&at));
    let sort = sort(is.or(was)?, runs);
    let mut change =
        FileChange { change, sort, old: pair.old, new: pair.new, fold: None, risk: 0, added: 0, removed: 0, cut };
    // A binary on one side makes the text on the other wholly new or wholly gone.
    let (before, after) = (was.and_then(|file| file.source.as_deref()), is.and_then(|file| file.source.as_deref()));
    let draft = match change.change {
        Change::Moved => Draft::default(),
        _ => hunk::draft(before.map_or("", |s| &s.text), after.map_or("", |s| &s.text)),
    };
    (change.added, change.removed) = (draft.added, draft.removed);
    if draft.coarse {
        change.cut =
            Some("too long and too different to be compared in detail: a part is shown as replaced".to_owned());
    }
    let first = marks.partition_point(|mark| Some(mark.file) < pair.new);
    let last = marks.partition_point(|mark| pair.new.is_some_and(|file| mark.file <= file));
    let own = if pair.new.is_some() { marks.get(first..last).unwrap_or_default() } else { &[] };
    let spans: Vec<Span> = draft.places.iter().map(|place| draft.spans(place).1).collect();
    let reasons = risk::shared_out(own, &spans);
    let size = |span: &Span| match (span.end - span.start, sort) {
        (0, _) => 1,
        (bytes, Sort::Code) => bytes.ilog2().min(12) + 2,
        (bytes, _) => bytes.ilog2().min(12) / 3 + 1,
    };
    let risks: Vec<(u32, Vec<Reason>)> =
        reasons.iter().zip(&spans).map(|(reasons, span)| risk::sum(reasons, size(span))).collect();
    change.risk = risks.iter().fold(0, |sum: u32, (risk, _)| sum.saturating_add(*risk));
    if sort == Sort::Binary && is.is_some() {
        change.risk = change.risk.saturating_add(60);
    }
    let telling = reasons.iter().flatten().any(|reason| reason.weight >= risk::TELLING);
    change.fold = fold(&change, old.case, new.case, layout, telling, before, after);
    Some(Compared { change, draft, risks })
}

/// Why a file may be folded away. What tells something new is never folded, whatever else is true of it.
fn fold(
    change: &FileChange,
    old: &Case,
    new: &Case,
    layout: Layout,
    telling: bool,
    before: Option<&Source>,
    after: Option<&Source>,
) -> Option<Fold> {
    let path = change.path(&old.package, &new.package);
    let package = if change.new.is_some() { &new.package } else { &old.package };
    let only_there = match layout {
        Layout::Alike => false,
        // Only what the published or built package lacks; what it has of its own is what one looks for.
        Layout::RepositoryAndPackage | Layout::SdistAndWheel => change.change == Change::Removed,
        Layout::PackageAndRepository => change.change == Change::Added,
        Layout::WheelAndSdist => change.change == Change::Added && change.sort != Sort::Code,
    };
    if change.sort == Sort::Binary || change.cut.is_some() {
        return None;
    }
    if only_there && (!telling || layout == Layout::PackageAndRepository) {
        return Some(Fold::OtherLayout);
    }
    if telling {
        return None;
    }
    if pair::is_generated(package, path) && (change.change != Change::Changed || !path.ends_with("METADATA")) {
        return Some(Fold::Generated);
    }
    let (before, after) = (before?, after?);
    if before.encoding != after.encoding || before.refused != after.refused {
        return None;
    }
    match likeness(path, &before.text, &after.text) {
        Likeness::Other => None,
        // Equal in text: only the encoding of the file is another. That is worth a look.
        Likeness::Formatting if before.text == after.text => None,
        Likeness::Formatting => Some(Fold::Formatting),
        Likeness::Renaming => Some(Fold::Renaming),
    }
}

fn sort(file: &File, runs: bool) -> Sort {
    const MANIFESTS: [&str; 12] = [
        "package.json",
        "pyproject.toml",
        "setup.cfg",
        "PKG-INFO",
        "METADATA",
        "entry_points.txt",
        "requires.txt",
        "binding.gyp",
        "MANIFEST.in",
        "package-lock.json",
        "npm-shrinkwrap.json",
        ".npmrc",
    ];
    const SCRIPTS: [&str; 9] = ["sh", "bash", "zsh", "bat", "cmd", "ps1", "pth", "php", "rb"];
    if is_native(&file.bytes) {
        return Sort::Binary;
    }
    let Some(source) = &file.source else { return Sort::Data };
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let script = ending.is_some_and(|ending| SCRIPTS.contains(&ending.as_str())) || source.text.starts_with("#!");
    match () {
        () if Language::of(&file.path, &source.text).is_some() || script => Sort::Code,
        () if MANIFESTS.contains(&name) => Sort::Manifest,
        () if runs => Sort::Code,
        () => Sort::Text,
    }
}

/// Writes out the places of all files by risk, up to the bound on rows.
fn write_out(compared: &[Compared], old: &Case, new: &Case, skipped: &mut Vec<Skip>) -> Vec<Hunk> {
    let mut order: Vec<(usize, usize, u32)> = Vec::new();
    for (file, compared) in compared.iter().enumerate() {
        order.extend(compared.risks.iter().enumerate().map(|(place, (risk, _))| (file, place, *risk)));
    }
    let folded = |file: usize| compared.get(file).is_some_and(|file| file.change.fold.is_some());
    order.sort_by_key(|(file, place, risk)| (folded(*file), std::cmp::Reverse(*risk), *file, *place));
    let mut left = ROWS;
    let mut left_out = 0_usize;
    let mut hunks = Vec::with_capacity(order.len());
    for (file, place, risk) in order {
        let Some(compared) = compared.get(file) else { continue };
        let (Some(stretches), Some((_, reasons))) = (compared.draft.places.get(place), compared.risks.get(place))
        else {
            continue;
        };
        let rows = Draft::length(stretches);
        if rows > left {
            left_out += 1;
            continue;
        }
        left -= rows;
        let source = |case: &Case, at: Option<usize>| at.and_then(|at| case.package.source(at).cloned());
        let (before, after) = (source(old, compared.change.old), source(new, compared.change.new));
        let (before, after) = (before.as_ref().map_or("", |s| &s.text), after.as_ref().map_or("", |s| &s.text));
        let (was, is) = compared.draft.spans(stretches);
        hunks.push(Hunk {
            file,
            risk,
            reasons: reasons.clone(),
            old: was,
            new: is,
            removed: stretches.iter().map(|stretch| stretch.old.len()).sum(),
            added: stretches.iter().map(|stretch| stretch.new.len()).sum(),
            rows: compared.draft.rows(stretches, before, after),
        });
    }
    if left_out > 0 {
        let reason = format!(
            "{} of low risk not written out: together they are too long",
            many(left_out, "changed place is", "changed places are")
        );
        skipped.push(Skip { path: String::new(), reason });
    }
    hunks
}
