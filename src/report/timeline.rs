//! The releases of a package in a report, where a registry's word on them was given; and what others say of it.

use crate::case::Case;
use crate::case::story::Sentence;

/// Releases told before and behind the one that was opened.
const AROUND: usize = 6;

/// The releases around this one, the oldest first.
#[must_use]
pub fn releases(case: &Case) -> Vec<Sentence> {
    let Some(history) = &case.external.history else { return Vec::new() };
    let at = history.current.unwrap_or_else(|| history.releases.len().saturating_sub(1));
    let from = at.saturating_sub(AROUND);
    let mut lines = Vec::new();
    if from > 0 {
        lines.push(Sentence::at(0).own(format!("{} before", crate::text::many(from, "release", "releases"))));
    }
    for (index, release) in history.releases.iter().enumerate().skip(from).take(2 * AROUND + 1) {
        let day = release.time.get(..10).filter(|day| day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
        let mut line =
            Sentence::at(0).own(format!("{}: ", day.unwrap_or("at a time that is not told"))).quoted(&release.version);
        if !release.publisher.is_empty() {
            line = line.own(" by ").quoted(&release.publisher);
        }
        if !release.scripts.is_empty() {
            line = line.own(", runs on installation: ").quoted(release.scripts.join(", "));
        }
        if release.attested == Some(true) {
            line = line.own(", attested");
        }
        if release.withdrawn {
            line = line.own(", withdrawn");
        }
        lines.push(if history.current == Some(index) { line.own(", **the one reported here**") } else { line });
    }
    let behind = history.releases.len().saturating_sub(from + 2 * AROUND + 1);
    if behind > 0 {
        lines.push(Sentence::at(0).own(format!("{} after", crate::text::many(behind, "release", "releases"))));
    }
    lines
}

/// What others say of the package as a whole, and in what they contradict this program.
#[must_use]
pub fn others(case: &Case) -> Vec<Sentence> {
    let read = case.external.reports.iter().filter(|report| report.error.is_none());
    let said = read.map(|report| Sentence::at(0).quoted(&report.source).own(" says ").quoted(&report.words));
    let facts = case.external.history.iter().flat_map(|history| &history.facts);
    let facts = facts.map(|fact| Sentence::at(0).own("registry: ").quoted(&fact.text));
    let apart = case.contradictions().into_iter().map(|what| Sentence::at(0).own("contradiction: ").quoted(what));
    said.chain(facts).chain(apart).collect()
}
