//! All evidence in order of weight: steps and what stands beside them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::behavior::{Feature, Sequence};
use crate::case::{Case, ranking};
use crate::evidence::{Evidence, Kind};
use crate::syntax::Doc;

use super::heat::Heat;

/// One thing to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exhibit {
    /// A step, by index in the sequence.
    Step(usize),
    /// A piece of evidence beside the steps, by index in the case.
    Evidence(usize),
}

/// All that can be walked, the weightiest first.
#[derive(Debug, Default)]
pub struct Order {
    /// In order.
    pub exhibits: Vec<Exhibit>,
    /// What stands beside the steps, by which it is known again in another case.
    evidence: Arc<Vec<Evidence>>,
    /// Where each step stands in it, and each piece of evidence.
    steps: Vec<Option<usize>>,
    beside: Vec<Option<usize>>,
    /// Behind a step, the next one that the same expression makes by the same behavior.
    next: Vec<Option<usize>>,
    /// The weightiest exhibit of each sort, by index, and how many there are of it.
    sorts: Vec<(usize, usize)>,
}

/// How much the model's explanation counts beside what a behavior is by itself.
const EXPLAINED: f32 = 0.7;
/// The part of its own weight that a behavior keeps where the explanation holds little of it.
const GRAVE: f32 = 0.9;
/// The part of its weight that evidence keeps when the same was told before it.
const REPEATED: f32 = 0.5;
/// Most details told of one expression.
const DETAILS: usize = 60;

/// What is the same for a list that has no room for all.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Sort<'a> {
    /// A behavior with the same details.
    Step(Feature, String),
    /// What stands at many places of one document.
    Places(Kind, Doc),
    /// What is said of many files alike.
    Said(Kind, &'a str),
}

impl<'a> Sort<'a> {
    fn of(case: &'a Case, evidence: &'a Evidence) -> Self {
        match (evidence.kind, evidence.doc, evidence.span) {
            (kind @ (Kind::HiddenCharacters | Kind::OffScreen), Some(doc), Some(_)) => Self::Places(kind, doc),
            (kind, doc, _) => {
                let path = match doc {
                    Some(Doc::File(file)) => case.package.files.get(file).map_or("", |file| file.path.as_str()),
                    _ => "",
                };
                let what = evidence.what.strip_prefix(path).unwrap_or(&evidence.what);
                let what = what.strip_prefix(": ").unwrap_or(what);
                // What is particular to one stands behind.
                Self::Said(kind, what.split_once(": ").map_or(what, |(said, _)| said))
            }
        }
    }
}

impl Order {
    /// Puts everything in order. Takes longer than a frame where there are many steps, so a worker calls it.
    #[must_use]
    pub fn new(case: &Case, heat: &Heat) -> Self {
        let aside = |entry: usize| case.sequence.entries.get(entry).is_some_and(|e| e.name.starts_with("aside: "));
        // What one expression does in several ways is one thing to look at.
        let mut last: HashMap<_, usize> = HashMap::new();
        let mut next: Vec<Option<usize>> = vec![None; case.sequence.steps.len()];
        let mut firsts: Vec<usize> = Vec::new();
        for (index, step) in case.sequence.steps.iter().enumerate() {
            match last.insert((step.doc, step.span, step.feature), index) {
                Some(before) => {
                    if let Some(next) = next.get_mut(before) {
                        *next = Some(index);
                    }
                }
                None => firsts.push(index),
            }
        }
        let steps = firsts.iter().filter_map(|index| Some((*index, case.sequence.steps.get(*index)?)));
        let steps = steps.map(|(index, step)| {
            let own = ranking::of_step(step) / 100.0 * if aside(step.entry) { 0.5 } else { 1.0 };
            let weight = if heat.signed && !heat.steps.is_empty() {
                // What is grave by itself stays near the top, whatever the model went by.
                (EXPLAINED * heat.step(index) + (1.0 - EXPLAINED) * own).max(GRAVE * own)
            } else {
                own
            };
            (Exhibit::Step(index), weight)
        });
        // The first of a sort speaks for it.
        let mut known: HashSet<Sort> = HashSet::new();
        let beside = case.evidence.iter().enumerate().map(|(index, evidence)| {
            let weight = ranking::of_evidence(evidence) / 100.0
                * if known.insert(Sort::of(case, evidence)) { 1.0 } else { REPEATED };
            (Exhibit::Evidence(index), weight)
        });
        let mut all: Vec<(Exhibit, f32)> = steps.chain(beside).collect();
        // Stable: equal weights stay in run order.
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        let exhibits: Vec<Exhibit> = all.into_iter().map(|(exhibit, _)| exhibit).collect();
        let (mut steps, mut beside) = (vec![None; case.sequence.steps.len()], vec![None; case.evidence.len()]);
        for (at, exhibit) in exhibits.iter().enumerate() {
            let place = match exhibit {
                Exhibit::Step(step) => steps.get_mut(*step),
                Exhibit::Evidence(evidence) => beside.get_mut(*evidence),
            };
            if let Some(place) = place {
                *place = Some(at);
            }
        }
        // What one expression does in several ways stands where the first of it stands; that comes before the others.
        for index in 0..next.len() {
            let place = steps.get(index).copied().flatten();
            if let Some(after) = next.get(index).copied().flatten().and_then(|after| steps.get_mut(after)) {
                *after = place;
            }
        }
        let mut order = Self { exhibits, evidence: Arc::clone(&case.evidence), steps, beside, next, sorts: Vec::new() };
        order.sorts = order.by_sort(case, &HashSet::new());
        order
    }

    /// Where an exhibit stands.
    #[must_use]
    pub fn place(&self, exhibit: Exhibit) -> Option<usize> {
        match exhibit {
            Exhibit::Step(step) => self.steps.get(step).copied().flatten(),
            Exhibit::Evidence(evidence) => self.beside.get(evidence).copied().flatten(),
        }
    }

    /// An exhibit of the order before, in this one.
    pub(in crate::tui) fn again(&self, exhibit: Exhibit, before: &Self) -> Option<Exhibit> {
        let exhibit = match exhibit {
            Exhibit::Evidence(at) if !Arc::ptr_eq(&self.evidence, &before.evidence) => {
                let known = before.evidence.get(at)?;
                Exhibit::Evidence(self.evidence.iter().position(|evidence| evidence == known)?)
            }
            other => other,
        };
        self.exhibits.get(self.place(exhibit)?).copied()
    }

    /// One exhibit for each sort of thing found, the weightiest first, with how many there are of it: what a list shows that
    /// has no room for all. Indices in `exhibits`.
    #[must_use]
    pub fn sorts(&self) -> &[(usize, usize)] {
        &self.sorts
    }

    /// The same without some of the exhibits.
    pub(in crate::tui) fn by_sort(&self, case: &Case, except: &HashSet<Exhibit>) -> Vec<(usize, usize)> {
        let mut sorts: Vec<(usize, usize)> = Vec::new();
        let mut known: HashMap<Sort, usize> = HashMap::new();
        for (index, exhibit) in self.exhibits.iter().enumerate().filter(|(_, exhibit)| !except.contains(exhibit)) {
            let sort = match exhibit {
                Exhibit::Step(step) => case
                    .sequence
                    .steps
                    .get(*step)
                    .map(|known| Sort::Step(known.feature, self.details(&case.sequence, *step))),
                Exhibit::Evidence(evidence) => case.evidence.get(*evidence).map(|known| Sort::of(case, known)),
            };
            let Some(sort) = sort else { continue };
            let at = *known.entry(sort).or_insert_with(|| {
                sorts.push((index, 0));
                sorts.len() - 1
            });
            if let Some((_, count)) = sorts.get_mut(at) {
                *count += 1;
            }
        }
        sorts
    }

    /// The details of all steps that an expression makes by the behavior of this one.
    #[must_use]
    pub fn details(&self, sequence: &Sequence, step: usize) -> String {
        let mut all: Vec<&str> = Vec::new();
        let mut known: HashSet<&str> = HashSet::new();
        let mut same = Some(step);
        // One call in a long loop may make thousands.
        for _ in 0..DETAILS {
            let Some(step) = same.and_then(|index| sequence.steps.get(index)) else { break };
            if !step.detail.is_empty() && known.insert(&step.detail) {
                all.push(&step.detail);
            }
            same = same.and_then(|index| self.next.get(index).copied().flatten());
        }
        // `send secret`, `send env`: the first word once.
        let first = all.first().and_then(|d| d.split_once(' ')).map_or("", |(word, _)| word);
        let rest = all.iter().map(|d| d.split_once(' ').filter(|(word, _)| *word == first).map(|(_, rest)| rest));
        let mut text = match rest.collect::<Option<Vec<&str>>>().filter(|rest| rest.len() > 1) {
            Some(rest) => format!("{first} {}", rest.join(", ")),
            None => all.join(", "),
        };
        if same.is_some() {
            text.push_str(", …");
        }
        text
    }
}
