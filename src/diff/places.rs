//! Writes out the changed places of all files.

use crate::case::Case;
use crate::package::{Loss, Skip};
use crate::text::many;

use super::Hunk;
use super::compare::Compared;
use super::hunk::Draft;

/// Most rows of hunks written out; those of the highest risk come first.
const ROWS: usize = 100_000;

/// Writes out the places of all files by risk, up to the bound on rows.
pub(super) fn write_out(compared: &[Compared], old: &Case, new: &Case, skipped: &mut Vec<Skip>) -> Vec<Hunk> {
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
        skipped.push(Skip::new(Loss::Comparison, "", reason));
    }
    hunks
}
