//! Compares one file of both versions: its places, their risk, and whether it may be folded away.

use std::collections::HashSet;

use crate::case::Case;
use crate::package::{File, Target};
use crate::syntax::shape::{Likeness, likeness};
use crate::text::{Source, Span};

use super::file::sort;
use super::hunk::{self, Draft};
use super::pair::{self, Pairing};
use super::risk::{self, Mark, Reason};
use super::{Change, FileChange, Fold, Layout, Sort};

/// A file with its places, not yet written out.
pub(super) struct Compared {
    pub change: FileChange,
    pub draft: Draft,
    /// Risk and reasons of each place of the draft.
    pub risks: Vec<(u32, Vec<Reason>)>,
}

/// A version with what is looked up for every file.
pub(super) struct Side<'c> {
    case: &'c Case,
    /// Paths of which the content was not read.
    skipped: HashSet<&'c str>,
    /// Files that something runs.
    run: HashSet<usize>,
}

impl<'c> Side<'c> {
    pub fn of(case: &'c Case) -> Self {
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
pub(super) fn compare(
    old: &Side<'_>,
    new: &Side<'_>,
    pair: Pairing,
    layout: Layout,
    marks: &[Mark],
) -> Option<Compared> {
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
    change.risk = risks.iter().map(|(risk, _)| *risk).max().unwrap_or_default();
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
