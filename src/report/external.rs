//! What others say of a package, as the documents tell it.

use serde::Serialize;

use super::place::Place;
use crate::case::Case;
use crate::case::external::{Act, Fact, Finding, Observed, Release, Report};
use crate::evidence::Level;
use crate::package::Phase;
use crate::syntax::Doc;
use crate::text::Span;

/// All of it.
#[derive(Debug, Serialize)]
pub struct External<'a> {
    reports: &'a [Report],
    findings: Vec<FindingLine<'a>>,
    observed: Vec<ObservedLine<'a>>,
    contradictions: Vec<String>,
    registry: Option<Registry<'a>>,
}

/// What a scanner points at.
#[derive(Debug, Serialize)]
struct FindingLine<'a> {
    source: &'a str,
    rule: &'a str,
    message: &'a str,
    level: Level,
    /// The file as the tool names it.
    path: &'a str,
    /// Where that is here.
    place: Option<Place<'a>>,
}

/// What was seen when it ran.
#[derive(Debug, Serialize)]
struct ObservedLine<'a> {
    phase: Phase,
    act: Act,
    value: &'a str,
    /// Where the code says the same.
    place: Option<Place<'a>>,
}

/// What a registry keeps.
#[derive(Debug, Serialize)]
struct Registry<'a> {
    current: Option<usize>,
    facts: Vec<FactLine<'a>>,
    mismatches: &'a [String],
    releases: &'a [Release],
}

#[derive(Debug, Serialize)]
struct FactLine<'a> {
    text: &'a str,
    telling: bool,
}

impl<'a> External<'a> {
    /// What others say of a case; `None` where nobody does.
    #[must_use]
    pub fn of(case: &'a Case) -> Option<Self> {
        let external = &case.external;
        let place = |file: Option<usize>, span: Option<Span>| file.map(|file| Place::new(case, Doc::File(file), span));
        let finding = |known: &'a Finding| FindingLine {
            source: &known.source,
            rule: &known.rule,
            message: &known.message,
            level: known.level,
            path: &known.path,
            place: place(known.file, known.span),
        };
        let observed = |seen: &'a Observed| ObservedLine {
            phase: seen.phase,
            act: seen.act,
            value: &seen.value,
            place: place(seen.place.map(|(file, _)| file), seen.place.and_then(|(_, span)| span)),
        };
        let fact = |fact: &'a Fact| FactLine { text: &fact.text, telling: fact.telling };
        (!external.reports.is_empty()).then(|| Self {
            reports: &external.reports,
            findings: external.findings.iter().map(finding).collect(),
            observed: external.observed.iter().map(observed).collect(),
            contradictions: case.contradictions(),
            registry: external.history.as_ref().map(|history| Registry {
                current: history.current,
                facts: history.facts.iter().map(fact).collect(),
                mismatches: &history.mismatches,
                releases: &history.releases,
            }),
        })
    }
}
