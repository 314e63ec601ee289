//! What the code does, entry by entry in run order.

use std::collections::BTreeMap;

use crate::behavior::{Feature, Step};
use crate::case::Case;
use crate::text::many;

use super::sentence::Sentence;
use super::{ENTRIES, MOST, PLACES, left_out, place, when};

/// Behaviors that are less grave say nothing by themselves: half of all packages import the network module.
const TELLING: u8 = 20;

/// Whether a step belongs to a story.
fn is_telling(step: &Step) -> bool {
    step.feature.severity() >= TELLING || step.detail.contains("downloaded") || step.detail.contains("decoded")
}

pub(super) fn does(case: &Case) -> Vec<Sentence> {
    let mut lines = Vec::new();
    let steps = &case.sequence.steps;
    let entries: Vec<&[Step]> =
        steps.chunk_by(|a, b| a.entry == b.entry).filter(|steps| steps.iter().any(is_telling)).collect();
    for steps in entries.iter().take(ENTRIES) {
        let Some(first) = steps.first() else { continue };
        let name = case.sequence.entries.get(first.entry).map_or("", |entry| &entry.name);
        lines.push(Sentence::at(0).quoted(name).own(format!(", {}:", when(first.phase))));
        lines.extend(of_steps(case, steps));
    }
    lines.extend(left_out(0, entries.len(), ENTRIES, "further entry", "further entries"));
    lines
}

/// The behaviors of one entry in run order, equal ones once, the weightiest where there are many.
fn of_steps(case: &Case, steps: &[Step]) -> Vec<Sentence> {
    let mut groups: BTreeMap<(Feature, &str), Vec<&Step>> = BTreeMap::new();
    for step in steps.iter().filter(|step| is_telling(step)) {
        groups.entry((step.feature, &step.detail)).or_default().push(step);
    }
    let mut groups: Vec<Vec<&Step>> = groups.into_values().collect();
    let order =
        |group: &Vec<&Step>| group.first().map(|step| steps.iter().position(|other| std::ptr::eq(other, *step)));
    groups.sort_by_key(|group| {
        let weight = group.first().map_or(0, |step| step.feature.severity());
        (std::cmp::Reverse(weight), order(group))
    });
    let count = groups.len();
    groups.truncate(MOST);
    groups.sort_by_key(order);
    let mut lines: Vec<Sentence> = groups.iter().filter_map(|group| of_group(case, group)).collect();
    lines.extend(left_out(1, count, MOST, "further behavior", "further behaviors"));
    lines
}

fn of_group(case: &Case, group: &[&Step]) -> Option<Sentence> {
    let first = group.first()?;
    let mut line = Sentence::at(1).own(first.feature.phrase());
    if !first.detail.is_empty() {
        line = line.own(": ").words(&first.detail);
    }
    let technique = first.feature.technique().map(|technique| format!(", {technique}")).unwrap_or_default();
    line = line.own(format!(" ({}{technique}) at ", first.feature.code()));
    for (index, step) in group.iter().take(PLACES).enumerate() {
        line = if index > 0 { line.own(", ") } else { line };
        line = line.and(place(case, step.doc, Some(step.span)));
    }
    if group.len() > PLACES {
        line = line.own(format!(" and {}", many(group.len() - PLACES, "further place", "further places")));
    }
    // The first of the path is the file that is run, which the place says.
    if let Some(called @ [_, ..]) = first.call_path.get(1..) {
        line = line.own(", called through ").quoted(called.join(" > "));
    }
    Some(if first.guarded { line.own(", only under a condition") } else { line })
}
