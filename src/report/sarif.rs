//! Findings as SARIF 2.1.0: one run for each package.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::dossier::Decided;
use super::json::set;
use super::place::path_of;
use crate::behavior::Step;
use crate::case::{Case, State, ranking};
use crate::evidence::{Evidence, Kind};
use crate::ledger::{Finding, Label, SpanRole, StandingSuppression};
use crate::package::purl;
use crate::syntax::Doc;
use crate::text::{Span, escape, hex, percent_encoded};

/// What stands before the first run of a log.
pub const HEAD: &str = concat!(
    r#"{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json","#,
    r#""version":"2.1.0","runs":["#
);
/// What stands behind the last run.
pub const TAIL: &str = "]}";

/// Most results of a run that code-scanning services take.
const RESULTS: usize = 25_000;
/// From here on a behavior of a malicious package is an error, and what is found in any package is a warning.
const GRAVE: u8 = 70;
const TELLING: u8 = 40;
/// Most locations of a code flow.
const FLOW: usize = 100;
/// Folder that the paths of files start from.
const ROOT: &str = "PKGROOT";

/// A whole log with one run.
#[must_use]
pub fn log(run: &Value) -> Value {
    let mut log: Value = serde_json::from_str(&format!("{HEAD}{TAIL}")).unwrap_or_default();
    set(&mut log, "runs", json!([run]));
    log
}

/// The run of a package that could not be read.
#[must_use]
pub fn failed(path: &str, error: &str) -> Value {
    json!({
        "tool": { "driver": driver(Vec::new()) },
        "invocations": [{
            "executionSuccessful": false,
            "toolExecutionNotifications": [notification("error", error)],
        }],
        "results": [],
        "properties": { "path": path },
    })
}

/// The run of a package: its steps, the evidence beside them and what analysts marked.
#[must_use]
pub fn run(case: &Case, decided: &Decided) -> Value {
    let mut run = Run::new(case, decided);
    for mark in &decided.marks {
        let Some(place) = mark.place else { continue };
        let role = mark.marked.role;
        let level = if matches!(role, SpanRole::BenignReason | SpanRole::Decoy) { "note" } else { "error" };
        let word = role.to_string().replace('_', " ");
        let note = if mark.marked.note.is_empty() { String::new() } else { format!(": {}", mark.marked.note) };
        let rule =
            Rule { id: format!("marked/{role}"), what: format!("marked by an analyst as {word}"), technique: None };
        let place = Some((place.doc, Some(place.span)));
        run.add(rule, level, 100.0, &format!("marked by an analyst as {word}{note}"), place, None, None);
    }
    for step in &case.sequence.steps {
        run.step(step);
    }
    for evidence in case.evidence.iter().filter(|evidence| evidence.kind != Kind::Skipped) {
        run.evidence(evidence);
    }
    run.finish()
}

/// What a result is an instance of.
struct Rule {
    id: String,
    what: String,
    technique: Option<&'static str>,
}

struct Run<'a> {
    case: &'a Case,
    decided: &'a Decided,
    /// Whether somebody, or else the tool, calls the package malicious.
    malicious: bool,
    rules: Vec<Rule>,
    rule_of: BTreeMap<String, usize>,
    /// Index in the list of artifacts of each file.
    artifacts: BTreeMap<usize, usize>,
    results: Vec<(f64, Value)>,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case, decided: &'a Decided) -> Self {
        let said = case.verdict.as_ref().is_some_and(|verdict| verdict.state == State::Malicious);
        let malicious = decided.label.map_or(said, |(label, _)| label == Label::Malicious);
        let (rules, results) = (Vec::new(), Vec::new());
        Self { case, decided, malicious, rules, rule_of: BTreeMap::new(), artifacts: BTreeMap::new(), results }
    }

    fn step(&mut self, step: &Step) {
        let feature = step.feature;
        // What half of all packages do is no finding.
        if feature.technique().is_none() {
            return;
        }
        let level = match feature.severity() {
            GRAVE.. if self.malicious => "error",
            TELLING.. => "warning",
            _ => "note",
        };
        let finding = Finding::Step(step);
        let rule = Rule { id: finding.rule(), what: feature.phrase().to_owned(), technique: feature.technique() };
        let detail = if step.detail.is_empty() { String::new() } else { format!(": {}", step.detail) };
        let entry = self.case.sequence.entries.get(step.entry).map_or("", |entry| &entry.name);
        let when = step.phase.word();
        let message = format!("{}{detail} ({when}, {entry})", feature.phrase());
        let rank = f64::from(ranking::of_step(step));
        let hidden = self.decided.hiding.now(finding);
        self.add(rule, level, rank, &message, Some((step.doc, Some(step.span))), Some(step), hidden);
    }

    fn evidence(&mut self, evidence: &Evidence) {
        let rank = f64::from(ranking::of_evidence(evidence));
        let level = if rank >= f64::from(TELLING) { "warning" } else { "note" };
        let word = evidence.kind.word();
        let finding = Finding::Evidence(evidence);
        let rule = Rule { id: finding.rule(), what: format!("evidence: {word}"), technique: None };
        let place = evidence.doc.map(|doc| (doc, evidence.span));
        let hidden = self.decided.hiding.now(finding);
        self.add(rule, level, rank, &evidence.what, place, None, hidden);
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        rule: Rule,
        level: &str,
        rank: f64,
        message: &str,
        place: Option<(Doc, Option<Span>)>,
        step: Option<&Step>,
        hidden: Option<StandingSuppression>,
    ) {
        let id = rule.id.clone();
        let index = *self.rule_of.entry(id.clone()).or_insert_with(|| {
            self.rules.push(rule);
            self.rules.len() - 1
        });
        let mut properties = json!({});
        if let Some((Doc::Layer(layer), span)) = place {
            let line = span.and_then(|span| Some(self.case.source(Doc::Layer(layer))?.line_of(span.start)));
            set(&mut properties, "layer", json!(layer));
            set(&mut properties, "layer_line", json!(line));
        }
        if let Some(step) = step {
            set(&mut properties, "phase", json!(step.phase.word()));
            set(&mut properties, "guarded", json!(step.guarded));
        }
        if let Some(technique) = self.rules.get(index).and_then(|rule| rule.technique) {
            set(&mut properties, "attack_ids", json!([technique]));
        }
        let mut result = json!({
            "ruleId": id,
            "ruleIndex": index,
            "kind": "fail",
            "level": level,
            "rank": rank,
            "message": { "text": said(message) },
            "locations": place.map(|(doc, span)| self.location(doc, span)).into_iter().collect::<Vec<_>>(),
            "partialFingerprints": { "evidenceHash/v1": self.fingerprint(&id, message, place) },
            "suppressions": hidden.iter().map(suppression).collect::<Vec<_>>(),
            "properties": properties,
        });
        if let Some(step) = step {
            if step.count > 1 {
                set(&mut result, "occurrenceCount", json!(step.count));
            }
            let flow = self.flow(step);
            if flow.len() > 1 {
                set(&mut result, "codeFlows", json!([{ "threadFlows": [{ "locations": flow }] }]));
            }
        }
        self.results.push((rank, result));
    }

    /// From call to call to the step.
    fn flow(&mut self, step: &Step) -> Vec<Value> {
        let calls: Vec<_> = step
            .call_sites
            .iter()
            .zip(&step.call_path)
            .filter_map(|(site, name)| Some((*site.as_ref()?, name)))
            .collect();
        let mut flow = Vec::new();
        for (site, name) in calls.into_iter().take(FLOW) {
            let mut location = self.location(site.doc, Some(site.span));
            set(&mut location, "message", json!({ "text": said(&format!("enters {name}")) }));
            flow.push(json!({ "location": location }));
        }
        let mut location = self.location(step.doc, Some(step.span));
        set(&mut location, "message", json!({ "text": said(step.feature.phrase()) }));
        flow.push(json!({ "location": location }));
        flow
    }

    /// A place in a file; of a decoded text, the expression that its decoding begins with.
    fn location(&mut self, doc: Doc, span: Option<Span>) -> Value {
        let case = self.case;
        let (mut at, mut span) = (doc, span);
        for _ in 0..=case.sequence.layers.len() {
            let Doc::Layer(layer) = at else { break };
            let Some(layer) = case.sequence.layers.get(layer) else { break };
            (at, span) = (layer.parent, Some(layer.span));
        }
        let mut artifact = json!({ "uri": uri(path_of(case, at)), "uriBaseId": ROOT });
        if let Doc::File(file) = at {
            let next = self.artifacts.len();
            set(&mut artifact, "index", json!(*self.artifacts.entry(file).or_insert(next)));
        }
        let mut physical = json!({ "artifactLocation": artifact });
        if let Some(span) = span {
            set(&mut physical, "region", region(case, at, span));
        }
        json!({ "physicalLocation": physical })
    }

    /// What stays the same when the lines around it change.
    fn fingerprint(&self, rule: &str, message: &str, place: Option<(Doc, Option<Span>)>) -> String {
        let mut hash = Sha256::new();
        let mut put = |text: &str| {
            hash.update(text.as_bytes());
            hash.update([0]);
        };
        put(rule);
        match place {
            Some((doc, span)) => {
                put(path_of(self.case, doc));
                let text = span.and_then(|span| self.case.source(doc)?.text.get(span.start..span.end));
                put(text.unwrap_or(message));
            }
            None => put(message),
        }
        hex(&hash.finalize())
    }

    fn finish(mut self) -> Value {
        self.results.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let left = self.results.len().saturating_sub(RESULTS);
        self.results.truncate(RESULTS);
        let case = self.case;
        let package = &case.package;
        let mut notifications: Vec<Value> = case
            .skipped()
            .into_iter()
            .map(|skip| {
                let colon = if skip.path.is_empty() { "" } else { ": " };
                notification("warning", &format!("not read: {}{colon}{}", skip.path, skip.reason))
            })
            .collect();
        if left > 0 {
            notifications
                .push(notification("warning", &format!("{left} further results of the lowest rank are left out")));
        }
        let mut files: Vec<(usize, usize)> = self.artifacts.iter().map(|(file, index)| (*index, *file)).collect();
        files.sort_unstable();
        let artifact = |file: usize| {
            let file = package.files.get(file)?;
            Some(json!({
                "location": { "uri": uri(&file.path), "uriBaseId": ROOT },
                "length": file.bytes.len(),
                "hashes": { "sha-256": hex(&Sha256::digest(&file.bytes)) },
            }))
        };
        let verdict = case.verdict.as_ref();
        let (name, version) =
            (package.name.as_deref().unwrap_or_default(), package.version.as_deref().unwrap_or_default());
        let rules = self.rules.iter().map(described).collect();
        json!({
            "tool": { "driver": driver(rules) },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { ROOT: { "description": { "text": "the root of the package's archive" } } },
            "artifacts": files.into_iter().filter_map(|(_, file)| artifact(file)).collect::<Vec<_>>(),
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications }],
            "results": self.results.into_iter().map(|(_, result)| result).collect::<Vec<_>>(),
            "properties": {
                "path": package.path,
                "sha256": package.sha256,
                "ecosystem": package.ecosystem.word(),
                "name": package.name,
                "version": package.version,
                "purl": purl(package.ecosystem, name, version),
                "verdict": verdict.map(|verdict| verdict.state.word()),
                "why": verdict.and_then(|verdict| verdict.why.as_deref()),
                "model_score": verdict.and_then(|verdict| verdict.judgement.as_ref()).map(|judgement| judgement.probability),
                "label": self.decided.label.map(|(label, _)| label.to_string()),
                "classified": self.decided.taxonomy,
            },
        })
    }
}

fn driver(rules: Vec<Value>) -> Value {
    json!({ "name": "cerebro", "version": env!("CARGO_PKG_VERSION"), "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules })
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.what },
        "properties": { "tags": rule.technique.into_iter().collect::<Vec<_>>() },
    })
}

/// What hides a result from lists: by whom, why, until when.
fn suppression(standing: &StandingSuppression) -> Value {
    let hidden = &standing.suppression;
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": escape(&hidden.reason),
        "properties": {
            "author": escape(standing.author()),
            "scope": hidden.scope,
            "expires": hidden.expires.map(|end| end.to_string()),
        },
    })
}

fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": said(text) } })
}

/// A message: escaped, and without what a viewer takes for a link or a place to fill in.
fn said(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in defanged(&escape(text)).chars() {
        match c {
            '\\' | '[' | ']' => safe.extend(['\\', c]),
            '{' | '}' => safe.extend([c, c]),
            _ => safe.push(c),
        }
    }
    safe
}

/// Addresses in a sentence, so that no viewer makes links of them.
fn defanged(text: &str) -> String {
    text.replace("://", "[:]//").replace("www.", "www[.]")
}

/// A path as a relative URI that stays under its base.
fn uri(path: &str) -> String {
    let segment = |segment: &str| match segment {
        // A reader would leave the base, or lose the segment.
        "." | ".." => "%E2%80%A6".to_owned(),
        _ => percent_encoded(segment),
    };
    path.trim_start_matches('/').split('/').filter(|part| !part.is_empty()).map(segment).collect::<Vec<_>>().join("/")
}

fn region(case: &Case, doc: Doc, span: Span) -> Value {
    let Some(source) = case.source(doc) else {
        return json!({ "byteOffset": span.start, "byteLength": span.end.saturating_sub(span.start) });
    };
    let ((line, column), (end_line, end_column)) = (source.line_column(span.start), source.line_column(span.end));
    let stored = source.to_file(span);
    json!({
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
        "byteOffset": stored.start,
        "byteLength": stored.end.saturating_sub(stored.start),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("package/a b.js", "package/a%20b.js")]
    #[case("/etc/passwd", "etc/passwd")]
    #[case("../../x.js", "%E2%80%A6/%E2%80%A6/x.js")]
    #[case("./a//b", "%E2%80%A6/a/b")]
    #[case("C:\\x\u{202E}?#", "C%3A%5Cx%E2%80%AE%3F%23")]
    fn a_path_is_a_uri_below_its_base(#[case] path: &str, #[case] is: &str) {
        assert_eq!(uri(path), is);
    }

    #[test]
    fn a_message_links_nothing_and_fills_in_nothing() {
        assert_eq!(said("see [a](https://a.example.com) {0}\u{1B}"), "see \\[a\\](https\\[:\\]//a.example.com) {{0}}␛");
    }
}
