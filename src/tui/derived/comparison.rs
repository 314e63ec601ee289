//! What a comparison of two versions found, as lines.

use std::collections::HashMap;
use std::sync::Arc;

use crate::case::Case;
use crate::diff::{Diff, Fate};
use crate::package::Target;
use crate::syntax::Doc;
use crate::text::Span;

use super::Goal;

/// What a comparison found, with its lines.
#[derive(Debug, Clone)]
pub struct Found {
    /// The differences.
    pub diff: Arc<Diff>,
    /// The other version.
    pub old: Arc<Case>,
    /// This version, as it was compared.
    pub new: Arc<Case>,
    /// How many steps met each fate.
    pub fates: HashMap<Fate, usize>,
    /// Where each new host is named first.
    pub hosts: Vec<Option<Goal>>,
    /// The lines, without and with what is folded away.
    pub lines: [Lines; 2],
}

/// The lines of the list and of the two sequences.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// Of the list.
    pub items: Arc<Vec<Item>>,
    /// Of the two sequences.
    pub steps: Arc<Vec<StepRow>>,
}

impl Found {
    /// Makes the lines. With many steps and places that takes longer than a frame, so a worker calls it.
    #[must_use]
    pub fn new(diff: Diff, old: Arc<Case>, new: Arc<Case>) -> Self {
        let mut fates = HashMap::new();
        for line in &diff.steps {
            *fates.entry(line.fate).or_default() += 1;
        }
        let hosts = hosts(&diff, &new);
        let lines = [Lines::default(), Lines::default()];
        let mut found = Self { diff: Arc::new(diff), old, new, fates, hosts, lines };
        found.lines = [false, true].map(|unfolded| Lines {
            items: Arc::new(items(&found, unfolded)),
            steps: Arc::new(steps(&found.diff, unfolded)),
        });
        found
    }
}

/// Most lines for news of one sort.
const MOST: usize = 100;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The name of a section.
    Heading(&'static str),
    /// Something that runs, in `News::entries`, and the place that shows it.
    Entry(usize, Option<usize>),
    /// A dependency, in `News::dependencies`.
    Dependency(usize, Option<usize>),
    /// A host, in `News::hosts`.
    Host(usize, Option<usize>),
    /// A program, in `News::binaries`.
    Binary(usize),
    /// Evidence, in `News::evidence`.
    Evidence(usize, Option<usize>),
    /// New steps of one behavior: the first of them, and how many.
    Behavior(usize, usize, Option<usize>),
    /// A place that changed, in `Diff::hunks`.
    Place(usize),
    /// A file, in `Diff::files`, and its first place.
    File(usize, Option<usize>),
    /// So much more is new.
    More(usize),
    /// So many files are folded away.
    Folded(usize),
    /// Something that was not compared, in `Diff::skipped`.
    Skipped(usize),
}

impl Item {
    /// The place that is shown beside the line, in `Diff::hunks`.
    #[must_use]
    pub fn hunk(&self) -> Option<usize> {
        match self {
            Self::Entry(_, hunk)
            | Self::Dependency(_, hunk)
            | Self::Host(_, hunk)
            | Self::Evidence(_, hunk)
            | Self::Behavior(_, _, hunk)
            | Self::File(_, hunk) => *hunk,
            Self::Place(hunk) => Some(*hunk),
            Self::Heading(_) | Self::Binary(_) | Self::More(_) | Self::Folded(_) | Self::Skipped(_) => None,
        }
    }
}

/// A line of the two sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepRow {
    /// A step of one or both, in `Diff::steps`.
    Pair(usize),
    /// So many steps are the same.
    Same(usize),
}

/// Where each new host that is listed is named first.
fn hosts(diff: &Diff, new: &Case) -> Vec<Option<Goal>> {
    let named = |host: &String| {
        let mut indicators = new.indicators.iter();
        let named = indicators.find(|indicator| indicator.value.to_ascii_lowercase().contains(host.as_str()))?;
        named.places.first().map(|place| (place.doc, Some(place.span)))
    };
    diff.news.hosts.iter().take(MOST).map(named).collect()
}

/// The lines of the list.
fn items(found: &Found, unfolded: bool) -> Vec<Item> {
    let Found { diff, new, .. } = found;
    let news = &diff.news;
    let index = Index::of(diff);
    let at = |goal: Option<Goal>| goal.and_then(|goal| index.hunk_at(found, goal));
    let mut first = Vec::new();
    for (index, entry) in news.entries.iter().enumerate().take(MOST) {
        let goal = entry.entry.and_then(|at| new.package.entries.get(at)).and_then(|entry| target(&entry.target));
        first.push(Item::Entry(index, at(goal)));
    }
    let manifest = new.package.manifest.file;
    for dependency in 0..news.dependencies.len().min(MOST) {
        first.push(Item::Dependency(dependency, manifest.and_then(|file| index.first_of_new(file))));
    }
    for (index, goal) in found.hosts.iter().enumerate() {
        first.push(Item::Host(index, at(*goal)));
    }
    first.extend((0..news.binaries.len().min(MOST)).map(Item::Binary));
    for (feature, count) in diff.new_behaviors(new) {
        let of_feature = |at: &&usize| new.sequence.steps.get(**at).is_some_and(|step| step.feature == feature);
        let Some(step) = news.steps.iter().find(of_feature) else { continue };
        let goal = new.sequence.steps.get(*step).map(|step| (step.doc, Some(step.span)));
        first.push(Item::Behavior(*step, count, at(goal)));
    }
    for (index, evidence) in news.evidence.iter().enumerate() {
        let evidence = new.evidence.get(*evidence);
        let goal = evidence.and_then(|evidence| evidence.doc.map(|doc| (doc, evidence.span)));
        first.push(Item::Evidence(index, at(goal)));
    }
    let mut items = Vec::new();
    let mut section = |name: &'static str, lines: Vec<Item>| {
        if !lines.is_empty() {
            items.push(Item::Heading(name));
            items.extend(lines);
        }
    };
    let listed = [news.entries.len(), news.dependencies.len(), news.hosts.len(), news.binaries.len()];
    let more: usize = listed.iter().map(|count| count.saturating_sub(MOST)).sum();
    if more > 0 {
        first.push(Item::More(more));
    }
    section("New", first);
    let shown = |file: usize| unfolded || diff.files.get(file).is_some_and(|file| file.fold.is_none());
    let places = diff.hunks.iter().enumerate().filter(|(_, hunk)| shown(hunk.file));
    section("Places by risk", places.map(|(index, _)| Item::Place(index)).collect());
    let mut files: Vec<Item> = (0..diff.files.len())
        .filter(|file| shown(*file))
        .map(|file| Item::File(file, index.first.get(&file).copied()))
        .collect();
    if !unfolded && diff.folded() > 0 {
        files.push(Item::Folded(diff.folded()));
    }
    section("Files", files);
    section("Not read or not compared", (0..diff.skipped.len()).map(Item::Skipped).collect());
    items
}

/// Where something that runs stands.
#[must_use]
pub fn target(target: &Target) -> Option<Goal> {
    match target {
        Target::File(file) | Target::Function { file, .. } => Some((Doc::File(*file), None)),
        Target::Shell { file, span, .. } => Some((Doc::File(*file), Some(*span))),
        Target::Unresolved(_) => None,
    }
}

/// Where the places of each file are, so that no line of the list has to look through them all.
struct Index {
    /// The first place of a file of the diff.
    first: HashMap<usize, usize>,
    /// All places of a file of the new version.
    of_new: HashMap<usize, Vec<usize>>,
}

impl Index {
    fn of(diff: &Diff) -> Self {
        let mut index = Self { first: HashMap::new(), of_new: HashMap::new() };
        for (at, hunk) in diff.hunks.iter().enumerate() {
            index.first.entry(hunk.file).or_insert(at);
            if let Some(file) = diff.files.get(hunk.file).and_then(|change| change.new) {
                index.of_new.entry(file).or_default().push(at);
            }
        }
        index
    }

    fn first_of_new(&self, file: usize) -> Option<usize> {
        self.of_new.get(&file)?.first().copied()
    }

    /// The changed place that holds a place of the new version, else the first place of its file.
    fn hunk_at(&self, found: &Found, (doc, span): Goal) -> Option<usize> {
        let (mut doc, mut span) = (doc, span.unwrap_or_default());
        for _ in 0..=found.new.sequence.layers.len() {
            match doc {
                Doc::File(file) => {
                    let inside = |new: Span| new.start < span.end.max(span.start + 1) && span.start < new.end;
                    let holds = |at: &&usize| found.diff.hunks.get(**at).is_some_and(|hunk| inside(hunk.new));
                    let hunk = self.of_new.get(&file)?.iter().find(holds).copied();
                    return hunk.or_else(|| self.first_of_new(file));
                }
                Doc::Layer(layer) => {
                    let layer = found.new.sequence.layers.get(layer)?;
                    (doc, span) = (layer.parent, layer.span);
                }
            }
        }
        None
    }
}

/// The lines of the two sequences.
fn steps(diff: &Diff, unfolded: bool) -> Vec<StepRow> {
    let mut rows = Vec::new();
    for (index, line) in diff.steps.iter().enumerate() {
        if unfolded || line.fate != Fate::Same {
            rows.push(StepRow::Pair(index));
        } else if let Some(StepRow::Same(count)) = rows.last_mut() {
            *count += 1;
        } else {
            rows.push(StepRow::Same(1));
        }
    }
    rows
}
