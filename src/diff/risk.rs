//! How much is to be feared of a place that changed: what stands in its new lines.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::news::{News, telling};
use super::steps::{Fate, StepPair};
use crate::behavior::Step;
use crate::case::{Case, ranking};
use crate::evidence::Role;
use crate::package::{Phase, Target};
use crate::syntax::Doc;
use crate::text::Span;

/// Most places that one mark is counted for: an expression may go on for the whole file.
const SHARES: usize = 16;
/// Most reasons kept for one place.
const REASONS: usize = 8;
/// What is only a matter of form weighs less than this.
pub(super) const TELLING: u32 = 20;

/// One thing that makes a place worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// How much it adds.
    pub weight: u32,
    /// A few words; may quote untrusted text, escape before showing.
    pub what: String,
}

/// A reason and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub file: usize,
    pub span: Span,
    pub reason: Reason,
}

/// What something of this severity that is new weighs.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn weight(severity: f32) -> u32 {
    (severity * 1.25) as u32
}

/// What a step that is new weighs.
pub(super) fn of_step(step: &Step) -> u32 {
    weight(ranking::of_step(step))
}

/// The file that a place of a document is in, and where there.
fn in_file(case: &Case, mut doc: Doc, mut span: Span) -> Option<(usize, Span)> {
    for _ in 0..=case.sequence.layers.len() {
        match doc {
            Doc::File(file) => return Some((file, span)),
            Doc::Layer(layer) => {
                let layer = case.sequence.layers.get(layer)?;
                (doc, span) = (layer.parent, layer.span);
            }
        }
    }
    None
}

/// Everything telling about the new version, by file and place.
pub(super) fn marks(old: &Case, new: &Case, news: &News, steps: &[StepPair]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut add = |place: Option<(usize, Span)>, weight: u32, what: String| {
        if let Some((file, span)) = place {
            marks.push(Mark { file, span, reason: Reason { weight, what } });
        }
    };
    for line in steps {
        let Some(step) = line.new.and_then(|at| new.sequence.steps.get(at)) else { continue };
        // What the code did before weighs where its lines change, but less.
        let share = match line.fate {
            Fate::Added => 4,
            Fate::Moved => 2,
            Fate::Same | Fate::Removed => 1,
        };
        let weight = of_step(step) * share / 4;
        let when = match step.phase {
            Phase::Install => " on install",
            Phase::Import => " on import",
            Phase::Run => "",
        };
        let word = if line.fate == Fate::Added { "new: " } else { "" };
        let what = format!("{word}{}{when}", step.feature.phrase());
        add(in_file(new, step.doc, step.span), weight, what);
    }
    for change in &news.entries {
        let Some(entry) = change.entry.and_then(|at| new.package.entries.get(at)) else { continue };
        let weight = weight(128.0 * ranking::share_of(entry.phase));
        let place = match &entry.target {
            Target::Shell { file, span, .. } => Some((*file, *span)),
            Target::File(file) | Target::Function { file, .. } => Some((*file, Span::default())),
            Target::Unresolved(_) => None,
        };
        let word = if change.old.is_some() { "changed entry" } else { "new entry" };
        add(place, weight, format!("{word} {}", entry.name));
    }
    for indicator in news.indicators.iter().filter_map(|at| new.indicators.get(*at)) {
        let weight = match indicator.role {
            Role::Exfil | Role::C2 => 120,
            Role::Payload => 100,
            Role::Connection => 60,
            Role::Contact => 50,
            Role::Unknown => 20,
            Role::Context | Role::Benign => 1,
        };
        let word = if telling(indicator.role) { "new address or the like: " } else { "named: " };
        let what = format!("{word}{}", indicator.defanged());
        for place in &indicator.places {
            add(in_file(new, place.doc, place.span), weight, what.clone());
        }
    }
    for evidence in news.evidence.iter().filter_map(|at| new.evidence.get(*at)) {
        let weight = weight(ranking::of_evidence(evidence));
        let place = evidence.doc.and_then(|doc| in_file(new, doc, evidence.span.unwrap_or_default()));
        add(place, weight, format!("new evidence: {}", evidence.kind.word()));
    }
    let known: HashSet<&str> = old.sequence.layers.iter().map(|layer| layer.sha256.as_str()).collect();
    for layer in new.sequence.layers.iter().filter(|layer| !known.contains(layer.sha256.as_str())) {
        add(in_file(new, layer.parent, layer.span), 30, format!("new hidden text: {}", layer.recipe.join(" > ")));
    }
    if let Some(file) = new.package.manifest.file
        && let Some(source) = new.package.source(file)
    {
        for change in news.dependencies.iter().filter(|change| change.new.is_some()) {
            let Some(start) = source.text.find(&change.name) else { continue };
            let span = Span { start, end: start + change.name.len() };
            let (weight, word) = match (change.by_address, change.old.is_some()) {
                (true, _) => (80, "dependency by address"),
                (false, true) => (4, "changed dependency"),
                (false, false) => (20, "new dependency"),
            };
            add(Some((file, span)), weight, format!("{word} {}", change.name));
        }
    }
    marks.sort_by_key(|mark| (mark.file, mark.span));
    marks
}

/// The marks of every place of a file, by index. Places are spans of the new text, ascending. A mark belongs where it begins;
/// one that begins in an unchanged line belongs to the changed places inside of it; one of a whole file to the first place.
pub(super) fn shared_out<'m>(marks: &'m [Mark], places: &[Span]) -> Vec<Vec<&'m Reason>> {
    let mut found: Vec<Vec<&Reason>> = vec![Vec::new(); places.len()];
    for mark in marks {
        let at = places.partition_point(|place| place.end <= mark.span.start);
        let inside = places.get(at).is_some_and(|place| place.start <= mark.span.start);
        let last = if inside || mark.span == Span::default() {
            at + 1
        } else {
            places.partition_point(|place| place.start < mark.span.end)
        };
        for reasons in found.get_mut(at..last.max(at)).unwrap_or_default().iter_mut().take(SHARES) {
            reasons.push(&mark.reason);
        }
    }
    found
}

/// Adds up reasons, each kind once: a hundred calls of one sort are not a hundred times as bad.
pub(super) fn sum(reasons: &[&Reason], size: u32) -> (u32, Vec<Reason>) {
    let mut heaviest: Vec<&Reason> = reasons.to_vec();
    heaviest.sort_by(|a, b| b.weight.cmp(&a.weight).then(a.what.cmp(&b.what)));
    let mut seen = HashSet::new();
    heaviest.retain(|reason| seen.insert(reason.what.as_str()));
    let total = heaviest.iter().fold(size, |sum, reason| sum.saturating_add(reason.weight));
    (total, heaviest.into_iter().take(REASONS).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(start: usize, end: usize, what: &str) -> Mark {
        let reason = Reason { weight: 10, what: what.to_owned() };
        Mark { file: 0, span: Span { start, end }, reason }
    }

    #[test]
    fn a_mark_belongs_to_the_place_that_it_begins_in() {
        let marks =
            [mark(0, 0, "file"), mark(5, 100, "begins between"), mark(12, 60, "begins inside"), mark(30, 40, "none")];
        let places = [Span { start: 10, end: 20 }, Span { start: 50, end: 60 }];
        let found = shared_out(&marks, &places);
        let shown: Vec<Vec<&str>> = found.iter().map(|all| all.iter().map(|r| r.what.as_str()).collect()).collect();
        assert_eq!(shown, [vec!["file", "begins between", "begins inside"], vec!["begins between"]]);
    }

    #[test]
    fn equal_reasons_count_once() {
        let (a, b) = (mark(0, 1, "x").reason, mark(0, 1, "y").reason);
        let (total, kept) = sum(&[&a, &a, &b], 3);
        assert_eq!((total, kept.len()), (23, 2));
    }
}
