//! What others say of the package, placed in it: findings of other scanners, what was seen when it ran elsewhere, what a
//! registry keeps of it. It stands beside what was found here, marked by who says it. Nothing of it is part of the text that
//! the model reads, nor of the verdict.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Case;
use crate::behavior::Step;
use crate::evidence::{Evidence, Kind, Level, Reported};
use crate::package::Phase;
use crate::syntax::Doc;
use crate::text::Span;

mod agree;
mod contradiction;
mod registry;

pub use registry::{Fact, History, Release};

/// Most findings told of one place.
const SAID: usize = 8;

/// Everything that others say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// The files that it was read from.
    pub reports: Vec<Report>,
    /// What other scanners point at.
    pub findings: Vec<Finding>,
    /// What was seen when the package ran.
    pub observed: Vec<Observed>,
    /// What a registry keeps.
    pub history: Option<History>,
}

/// A file that something was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its name, untrusted.
    pub file: String,
    /// The tool that wrote it, untrusted; empty where the file could not be read.
    pub source: String,
    /// What it says of the package as a whole.
    pub says: Says,
    /// The same in its own words, untrusted.
    pub words: String,
    /// How much of it is listed.
    pub listed: usize,
    /// How much of it is not, because it is more than is listed of one file, or says nothing of a package.
    pub left_out: usize,
    /// Why nothing was read from it.
    pub error: Option<String>,
}

/// What a tool says of a package as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// That it found nothing.
    Clean,
    /// That something is to be looked at.
    Suspicious,
    /// That it is malicious.
    Malicious,
    /// It gives no verdict.
    Nothing,
}

/// What a scanner points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The tool, untrusted.
    pub source: String,
    /// The rule by which it was found, untrusted.
    pub rule: String,
    /// What it says, untrusted.
    pub message: String,
    /// How grave it calls it.
    pub level: Level,
    /// The file as the tool names it, untrusted; empty where it means the package.
    pub path: String,
    /// Where that is in this package; `None` where no file of it is meant for certain.
    pub file: Option<usize>,
    /// The bytes of the file's text, where the tool says which.
    pub span: Option<Span>,
}

/// What the package was seen to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// A program was started.
    Command,
    /// A connection was opened.
    Connect,
    /// A name was looked up.
    Dns,
    /// A file was written.
    Write,
    /// A file was removed.
    Delete,
    /// A file was read.
    Read,
}

impl Act {
    /// The act in a word or two.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Command => "ran",
            Self::Connect => "connected to",
            Self::Dns => "looked up",
            Self::Write => "wrote",
            Self::Delete => "removed",
            Self::Read => "read",
        }
    }
}

/// One thing that was seen when the package ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// When.
    pub phase: Phase,
    /// What sort of act.
    pub act: Act,
    /// The command line, address, name or path; untrusted.
    pub value: String,
    /// Where the code says the same; `None` where nothing that was read does.
    pub place: Option<(usize, Option<Span>)>,
}

/// File, span, and the path where there is no such file.
type At<'f> = (Option<usize>, Option<Span>, &'f str);

impl Case {
    /// The case with what others say of it. Evidence that came from others before is replaced.
    #[must_use]
    pub fn with_external(mut self, external: Arc<External>) -> Self {
        let mut evidence: Vec<Evidence> = self
            .evidence
            .iter()
            .filter(|known| !matches!(known.kind, Kind::Finding | Kind::Registry))
            .cloned()
            .collect();
        let mut told: Vec<Evidence> =
            external.history.iter().flat_map(|history| registry::evidence(&self, history)).collect();
        told.extend(self.together(&external.findings));
        // In the order of the kinds, of which these come first.
        evidence.splice(0..0, told);
        self.evidence = Arc::new(evidence);
        self.external = external;
        self
    }

    /// Findings as evidence: those that mean the same place are one.
    fn together(&self, findings: &[Finding]) -> Vec<Evidence> {
        let mut places: BTreeMap<At<'_>, Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            // Of what has no place one says the same as another only by the same words.
            let apart = if finding.file.is_some() { "" } else { finding.path.as_str() };
            places.entry((finding.file, finding.span, apart)).or_default().push(finding);
        }
        let mut groups: Vec<(Option<usize>, Option<Span>, Vec<&Finding>)> = Vec::new();
        for ((file, span, _), found) in places {
            // Sorted by where they begin, so that what overlaps stands side by side.
            match groups.last_mut() {
                Some((at, Some(whole), all))
                    if *at == file && file.is_some() && span.is_some_and(|span| span.overlaps(*whole)) =>
                {
                    whole.end = whole.end.max(span.map_or(0, |span| span.end));
                    all.extend(found);
                }
                _ => groups.push((file, span, found)),
            }
        }
        let mut steps: HashMap<Doc, Vec<&Step>> = HashMap::new();
        for step in &self.sequence.steps {
            steps.entry(step.doc).or_default().push(step);
        }
        steps.values_mut().for_each(|steps| steps.sort_by_key(|step| step.span.start));
        groups.into_iter().filter_map(|(file, span, found)| self.evidence_of(file, span, &found, &steps)).collect()
    }

    fn evidence_of(
        &self,
        file: Option<usize>,
        span: Option<Span>,
        found: &[&Finding],
        steps: &HashMap<Doc, Vec<&Step>>,
    ) -> Option<Evidence> {
        let first = found.first()?;
        let path = file.and_then(|file| self.package.files.get(file)).map_or(first.path.as_str(), |file| &file.path);
        let mut sources: Vec<String> = Vec::new();
        let mut said: Vec<String> = Vec::new();
        let mut more = 0;
        for finding in found {
            if !sources.contains(&finding.source) {
                sources.push(finding.source.clone());
            }
            let message = finding.message.trim();
            let words = match message.is_empty() {
                true => format!("{} {}", finding.source, finding.rule),
                false => format!("{} {}: {message}", finding.source, finding.rule),
            };
            if said.contains(&words) {
                continue;
            }
            if said.len() < SAID {
                said.push(words);
            } else {
                more += 1;
            }
        }
        sources.sort_unstable();
        let level = found.iter().map(|finding| finding.level).max()?;
        let doc = file.map(Doc::File);
        let here = doc.zip(span).and_then(|(doc, span)| {
            let (source, steps) = (self.source(doc)?, steps.get(&doc)?);
            let last = source.line_of(span.end.saturating_sub(1).max(span.start));
            let begins = |line| steps.partition_point(|step| step.span.start < source.line_start(line));
            steps.get(begins(source.line_of(span.start))..begins(last + 1))
        });
        let mut ours: Vec<String> =
            here.unwrap_or_default().iter().map(|step| step.feature.code().to_owned()).collect();
        ours.sort_unstable();
        ours.dedup();
        let mut what = if path.is_empty() { String::new() } else { format!("{path}: ") };
        what.push_str(&said.join("; "));
        if more > 0 {
            what.push_str(&format!("; and {more} more"));
        }
        if !ours.is_empty() {
            what.push_str(&format!(" (found here too: {})", ours.join(" ")));
        }
        Some(Evidence { kind: Kind::Finding, what, doc, span, reported: Some(Reported { sources, level, ours }) })
    }

    /// Whether what a step does was seen when the package ran elsewhere.
    #[must_use]
    pub fn was_seen(&self, step: &Step) -> bool {
        self.external.observed.iter().any(|seen| {
            let place = seen.place.and_then(|(file, span)| Some((Doc::File(file), span?)));
            place.is_some_and(|(doc, span)| doc == step.doc && span.overlaps(step.span))
        })
    }

    /// Names of the tools that point at what a step does, too.
    #[must_use]
    pub fn also_told(&self, step: &Step) -> Vec<&str> {
        let line = |doc, at| self.source(doc).map(|source| source.line_of(at));
        let here = line(step.doc, step.span.start);
        let mut sources: Vec<&str> = Vec::new();
        let told = self.evidence.iter().filter(|known| known.doc == Some(step.doc));
        for (reported, span) in told.filter_map(|known| known.reported.as_ref().zip(known.span)) {
            if (line(step.doc, span.start)..=line(step.doc, span.end.saturating_sub(1).max(span.start))).contains(&here)
            {
                sources.extend(
                    reported
                        .sources
                        .iter()
                        .map(String::as_str)
                        .filter(|name| !sources.contains(name))
                        .collect::<Vec<_>>(),
                );
            }
        }
        sources
    }
}
