//! The story of a package in sentences: what runs it, what it does, where data goes. Made from the sequence alone; nothing in it
//! is a guess, and what was left out is counted.

use std::collections::BTreeMap;

use super::place::path_of;
use super::prose::Line;
use crate::behavior::{Contact, Feature, Run, RunTarget, Step, Way};
use crate::case::Case;
use crate::evidence::indicator::Kind;
use crate::package::{Entry, Phase, Target};
use crate::syntax::{DecodedBy, Doc};
use crate::text::{Span, many};

/// Behaviors that are less grave say nothing by themselves: half of all packages import the network module.
const TELLING: u8 = 20;
/// Most sentences on one entry.
const MOST: usize = 12;
/// Most entries told of.
const ENTRIES: usize = 12;
/// Most places of one behavior.
const PLACES: usize = 3;

/// What a package does, told for people.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// What makes its code run, and which code.
    pub runs: Vec<Line>,
    /// What that does, entry by entry in run order.
    pub does: Vec<Line>,
    /// Where data goes: from what it is gathered to where it ends.
    pub flows: Vec<Line>,
}

/// Tells the story of a case.
#[must_use]
pub fn tell(case: &Case) -> Story {
    Story { runs: runs(case), does: does(case), flows: flows(case) }
}

/// `path:line`, with the number of the decoded text where it is one.
#[must_use]
pub fn place(case: &Case, doc: Doc, span: Option<Span>) -> Line {
    let line = span.and_then(|span| Some(case.source(doc)?.line_of(span.start)));
    let at = line.map(|line| format!(":{line}")).unwrap_or_default();
    let line = Line::at(0).quoted(path_of(case, doc)).own(at);
    match doc {
        Doc::File(_) => line,
        Doc::Layer(layer) => line.own(format!(" of decoded text {layer}")),
    }
}

fn when(phase: Phase) -> &'static str {
    match phase {
        Phase::Install => "on installation",
        Phase::Import => "when the package is imported",
        Phase::Run => "when a user starts it",
    }
}

fn runs(case: &Case) -> Vec<Line> {
    let mut lines = Vec::new();
    let by_itself = case.package.entries.iter().enumerate().filter(|(_, entry)| entry.phase != Phase::Run);
    let by_user = case.package.entries.iter().enumerate().filter(|(_, entry)| entry.phase == Phase::Run);
    let count = case.package.entries.len();
    for (index, entry) in by_itself.chain(by_user).take(ENTRIES) {
        lines.push(of_entry(case, entry));
        let more = case.sequence.runs.iter().filter(|run| run.entry == index && run.from.is_some());
        let more: Vec<&Run> = more.collect();
        lines.extend(more.iter().take(PLACES).filter_map(|run| of_run(case, run)));
        lines.extend(left_out(1, more.len(), PLACES, "further file", "further files"));
    }
    lines.extend(left_out(0, count, ENTRIES, "further entry", "further entries"));
    if lines.is_empty() {
        lines.push(Line::at(0).own("Nothing runs by itself: the package has no entry."));
    }
    lines
}

/// Says how many of a list stand behind those that are told.
fn left_out(depth: usize, count: usize, told: usize, one: &str, more: &str) -> Option<Line> {
    let left = count.checked_sub(told).filter(|left| *left > 0)?;
    Some(Line::at(depth).own(format!("and {}", many(left, one, more))))
}

fn of_entry(case: &Case, entry: &Entry) -> Line {
    let line = Line::at(0).quoted(&entry.name).own(format!(" runs {}", when(entry.phase)));
    let path = |file: usize| case.package.files.get(file).map_or("", |file| &file.path);
    match &entry.target {
        Target::File(file) if path(*file) == entry.name => line,
        Target::File(file) => line.own(": file ").quoted(path(*file)),
        Target::Function { file, name } => line.own(": function ").quoted(name).own(" of ").quoted(path(*file)),
        Target::Shell { file, span, text } => {
            line.own(": ").quoted(text).own(" at ").line(place(case, Doc::File(*file), Some(*span)))
        }
        Target::Unresolved(what) => line.own(", and leads to nothing in the archive: ").quoted(what),
    }
}

fn of_run(case: &Case, run: &Run) -> Option<Line> {
    let from = run.from?;
    let line = match &run.target {
        RunTarget::Text { doc: doc @ Doc::File(_), .. } => Line::at(1).own("then ").quoted(path_of(case, *doc)),
        RunTarget::Text { doc, .. } => Line::at(1).own("then text decoded in ").line(place(case, *doc, None)),
        RunTarget::Unresolved(what) => Line::at(1).own("then what is not known without running it: ").quoted(what),
    };
    Some(line.own(", from ").line(place(case, from.doc, Some(from.span))))
}

/// Whether a step belongs to a story.
fn is_telling(step: &Step) -> bool {
    step.feature.severity() >= TELLING || step.detail.contains("downloaded") || step.detail.contains("decoded")
}

fn does(case: &Case) -> Vec<Line> {
    let mut lines = Vec::new();
    let steps = &case.sequence.steps;
    let entries: Vec<&[Step]> =
        steps.chunk_by(|a, b| a.entry == b.entry).filter(|steps| steps.iter().any(is_telling)).collect();
    for steps in entries.iter().take(ENTRIES) {
        let Some(first) = steps.first() else { continue };
        let name = case.sequence.entries.get(first.entry).map_or("", |entry| &entry.name);
        lines.push(Line::at(0).quoted(name).own(format!(", {}:", when(first.phase))));
        lines.extend(of_steps(case, steps));
    }
    lines.extend(left_out(0, entries.len(), ENTRIES, "further entry", "further entries"));
    lines
}

/// The behaviors of one entry in run order, equal ones once, the weightiest where there are many.
fn of_steps(case: &Case, steps: &[Step]) -> Vec<Line> {
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
    let mut lines: Vec<Line> = groups.iter().filter_map(|group| of_group(case, group)).collect();
    lines.extend(left_out(1, count, MOST, "further behavior", "further behaviors"));
    lines
}

fn of_group(case: &Case, group: &[&Step]) -> Option<Line> {
    let first = group.first()?;
    let mut line = Line::at(1).own(first.feature.phrase());
    if !first.detail.is_empty() {
        line = line.own(": ").words(&first.detail);
    }
    let technique = first.feature.technique().map(|technique| format!(", {technique}")).unwrap_or_default();
    line = line.own(format!(" ({}{technique}) at ", first.feature.code()));
    for (index, step) in group.iter().take(PLACES).enumerate() {
        line = if index > 0 { line.own(", ") } else { line };
        line = line.line(place(case, step.doc, Some(step.span)));
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

/// A place where data ends: what is sent or run there.
struct Sink<'a> {
    first: &'a Step,
    /// A step for each kind of data that ends there.
    steps: Vec<&'a Step>,
    addresses: Vec<&'a str>,
}

/// What ends at a step, in words of the sequence.
fn kind(step: &Step) -> &str {
    step.detail.strip_prefix("send ").unwrap_or(&step.detail)
}

fn flows(case: &Case) -> Vec<Line> {
    let steps = &case.sequence.steps;
    let mut lines: Vec<Line> = Vec::new();
    for steps in steps.chunk_by(|a, b| a.entry == b.entry) {
        let mut sinks: Vec<Sink> = Vec::new();
        for step in steps
            .iter()
            .filter(|step| matches!(step.feature, Feature::RunDecoded | Feature::SendData | Feature::RunDownloaded))
        {
            let same = |sink: &&mut Sink| {
                (sink.first.doc, sink.first.span, sink.first.feature) == (step.doc, step.span, step.feature)
            };
            match sinks.iter_mut().find(same) {
                Some(sink) => sink.steps.push(step),
                None => sinks.push(Sink { first: step, steps: vec![step], addresses: addresses(case, step) }),
            }
        }
        // A request that is written to in several calls is one way out.
        let known: Vec<usize> = (0..sinks.len()).filter(|at| is_repeated(&sinks, *at)).collect();
        for (at, sink) in sinks.iter().enumerate() {
            if !known.contains(&at) {
                lines.push(of_sink(case, sink, steps));
            }
        }
    }
    let mut told: Vec<Line> = Vec::new();
    for line in lines {
        if !told.contains(&line) {
            told.push(line);
        }
    }
    let count = told.len();
    told.truncate(MOST);
    told.extend(left_out(0, count, MOST, "further flow", "further flows"));
    told
}

/// Whether a sink says nothing that an earlier one of the same document does not say.
fn is_repeated(sinks: &[Sink], at: usize) -> bool {
    let Some(sink) = sinks.get(at) else { return false };
    sinks.iter().take(at).any(|other| {
        (other.first.doc, other.first.feature) == (sink.first.doc, sink.first.feature)
            && sink.steps.iter().all(|step| other.steps.iter().any(|known| kind(known) == kind(step)))
            && sink.addresses.iter().all(|address| other.addresses.contains(address))
    })
}

/// The addresses that the call of a sink was given; where it was given none, those that its document sends to.
fn addresses<'a>(case: &'a Case, sink: &Step) -> Vec<&'a str> {
    let here = |contact: &&Contact| {
        contact.doc == sink.doc && contact.span.start < sink.span.end && sink.span.start < contact.span.end
    };
    let way = |contact: &&Contact| match sink.feature {
        Feature::SendData => contact.way == Way::Send,
        Feature::RunDownloaded => matches!(contact.way, Way::Payload | Way::Control),
        _ => false,
    };
    let contacts = &case.sequence.contacts;
    let mut found: Vec<&str> = contacts.iter().filter(here).map(|contact| contact.address.as_str()).collect();
    if found.is_empty() {
        let near = contacts.iter().filter(|contact| contact.doc == sink.doc).filter(way);
        found = near.map(|contact| contact.address.as_str()).collect();
    }
    let mut unique: Vec<&str> = Vec::new();
    for address in found {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    unique
}

fn of_sink(case: &Case, sink: &Sink, steps: &[Step]) -> Line {
    let step = sink.first;
    let at = place(case, step.doc, Some(step.span));
    let unknown = "an address that is not known without running it";
    match step.feature {
        Feature::SendData => {
            let to = of_addresses(sink).unwrap_or_else(|| Line::at(0).own(unknown));
            Line::at(0).own("Sent to ").line(to).own(" at ").line(at).own(": ").line(of_sources(case, sink, steps))
        }
        Feature::RunDownloaded => {
            let line = Line::at(0).own("Run at ").line(at).own(": what is downloaded ");
            match (of_addresses(sink), step.why.source) {
                (Some(from), _) => line.own("from ").line(from),
                (None, Some(source)) => line.own("at ").line(place(case, source.doc, Some(source.span))),
                (None, None) => line.own("from ").own(unknown),
            }
        }
        _ => Line::at(0).own("Run at ").line(at).own(": ").line(of_layers(case, step)),
    }
}

/// The addresses of a sink, where any is known.
fn of_addresses(sink: &Sink) -> Option<Line> {
    let mut line = Line::at(0);
    for (index, address) in sink.addresses.iter().take(PLACES).enumerate() {
        // A part that is not known is marked so in the sequence.
        let address = Kind::Url.defang(&address.replace('\u{FFFC}', "…"));
        line = if index > 0 { line.own(" and ") } else { line };
        line = line.quoted(address);
    }
    if sink.addresses.len() > PLACES {
        line = line.own(format!(" and {} more", sink.addresses.len() - PLACES));
    }
    (!sink.addresses.is_empty()).then_some(line)
}

/// What is sent, with where it came in: where the walk followed it, there, else where the entry gathers such data.
fn of_sources(case: &Case, sink: &Sink, steps: &[Step]) -> Line {
    let mut line = Line::at(0);
    for (index, sent) in sink.steps.iter().enumerate() {
        line = if index > 0 { line.own(", ") } else { line };
        line = match kind(sent) {
            "secret" => line.own("secrets"),
            "env" => line.own("the environment"),
            "host" => line.own("facts of the machine or user"),
            "file" => line.own("contents of files"),
            "input" => line.own("what the user types or shows"),
            "output" => line.own("output of commands"),
            "net" => line.own("what the network answered"),
            other => line.words(other),
        };
        if let Some(source) = sent.why.source {
            let words = case.source(source.doc).and_then(|text| text.text.get(source.span.start..source.span.end));
            let line_of = place(case, source.doc, Some(source.span));
            line = line.own(" (").quoted(words.unwrap_or_default()).own(" at ").line(line_of).own(")");
            continue;
        }
        let mut gathered: Vec<&Step> = Vec::new();
        for step in steps.iter().filter(|step| is_source(step, kind(sent))) {
            if !gathered.iter().any(|known| known.detail == step.detail) {
                gathered.push(step);
            }
        }
        for (number, step) in gathered.iter().take(PLACES).enumerate() {
            line = line.own(if number == 0 { " (" } else { "; " }).words(&step.detail).own(" at ");
            line = line.line(place(case, step.doc, Some(step.span)));
        }
        line = match gathered.len() {
            0 => line,
            count if count > PLACES => line.own(format!("; {} more)", count - PLACES)),
            _ => line.own(")"),
        };
    }
    line
}

/// Whether a step gathers what a sink sends.
fn is_source(step: &Step, kind: &str) -> bool {
    let environment = step.detail.starts_with("environment");
    match (kind, step.feature) {
        ("secret", Feature::ReadSecret) => !environment,
        ("env", Feature::ReadSecret | Feature::CallSystem) => environment,
        ("host", Feature::CallSystem) => !environment,
        ("file", Feature::CallFiles) => step.detail.contains("read"),
        ("input", Feature::CaptureInput) => true,
        ("output", Feature::CallProcess) => true,
        ("net", Feature::CallNetwork) => true,
        _ => false,
    }
}

/// The texts that are decoded where a step runs them.
fn of_layers(case: &Case, step: &Step) -> Line {
    let layers = case.sequence.layers.iter().enumerate().filter(|(_, layer)| {
        layer.by == DecodedBy::Code
            && layer.parent == step.doc
            && layer.span.start < step.span.end
            && step.span.start < layer.span.end
    });
    let layers: Vec<_> = layers.collect();
    let mut line = Line::at(0).own("what the code decodes");
    for (index, (id, layer)) in layers.iter().take(PLACES).enumerate() {
        line = line.own(if index == 0 { " (" } else { "; " });
        line =
            line.own(format!("text {id}, {}: ", many(layer.bytes, "byte", "bytes"))).quoted(layer.recipe.join(" > "));
    }
    match layers.len() {
        0 => line,
        count if count > PLACES => line.own(format!("; {} more)", count - PLACES)),
        _ => line.own(")"),
    }
}
