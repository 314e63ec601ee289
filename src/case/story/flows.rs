//! Where data goes: from what it is gathered to where it is sent or run.

use crate::behavior::{Contact, Feature, Step, Way};
use crate::case::Case;
use crate::evidence::indicator::Kind;
use crate::syntax::{DecodedBy, Doc, Layer};
use crate::text::{Span, many};

use super::sentence::Sentence;
use super::{MOST, PLACES, left_out, place};

/// A place where data ends: what is sent or run there.
pub(super) struct Sink<'a> {
    /// The step that ends it.
    pub first: &'a Step,
    /// A step for each kind of data that ends there.
    pub steps: Vec<&'a Step>,
    /// Where it is sent to or comes from.
    pub addresses: Vec<&'a str>,
    /// Whether the call itself was given them, or its document knows no other.
    pub exact: bool,
}

/// What ends at a step, in words of the sequence.
pub(super) fn kind(step: &Step) -> &str {
    step.detail.strip_prefix("send ").unwrap_or(&step.detail)
}

pub(super) fn flows(case: &Case) -> Vec<Sentence> {
    let mut told: Vec<Sentence> = Vec::new();
    for steps in case.sequence.steps.chunk_by(|a, b| a.entry == b.entry) {
        for sink in sinks(case, steps) {
            let line = of_sink(case, &sink, steps);
            if !told.contains(&line) {
                told.push(line);
            }
        }
    }
    let count = told.len();
    told.truncate(MOST);
    told.extend(left_out(0, count, MOST, "further flow", "further flows"));
    told
}

/// Where the data of one entry ends, in run order.
pub(super) fn sinks<'a>(case: &'a Case, steps: &'a [Step]) -> Vec<Sink<'a>> {
    let ends = |step: &&Step| matches!(step.feature, Feature::RunDecoded | Feature::SendData | Feature::RunDownloaded);
    let mut sinks: Vec<Sink> = Vec::new();
    for step in steps.iter().filter(ends) {
        let same = |sink: &&mut Sink| {
            (sink.first.doc, sink.first.span, sink.first.feature) == (step.doc, step.span, step.feature)
        };
        match sinks.iter_mut().find(same) {
            Some(sink) => sink.steps.push(step),
            None => {
                let (addresses, exact) = addresses(case, step);
                sinks.push(Sink { first: step, steps: vec![step], addresses, exact });
            }
        }
    }
    // A request that is written to in several calls is one way out.
    let known: Vec<bool> = (0..sinks.len()).map(|at| is_repeated(&sinks, at)).collect();
    let mut known = known.into_iter();
    sinks.retain(|_| !known.next().unwrap_or_default());
    sinks
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

/// The addresses that the call of a sink was given; where it was given none, those that its document sends to. Whether there is
/// no doubt about them.
fn addresses<'a>(case: &'a Case, sink: &Step) -> (Vec<&'a str>, bool) {
    let at = |contact: &Contact, doc: Doc, span: Span| contact.doc == doc && contact.span.overlaps(span);
    // What is downloaded came in where it was asked for.
    let asked = |contact: &&Contact| {
        let source = sink.why.source.filter(|_| sink.feature == Feature::RunDownloaded);
        source.is_some_and(|source| at(contact, source.doc, source.span))
    };
    let here = |contact: &&Contact| at(contact, sink.doc, sink.span);
    let way = |contact: &&Contact| match sink.feature {
        Feature::SendData => contact.way == Way::Send,
        Feature::RunDownloaded => matches!(contact.way, Way::Payload | Way::Control),
        _ => false,
    };
    // What a command line sends goes to the collector that it names, not to what else it asks.
    if sink.feature == Feature::SendData {
        let collectors: Vec<&str> = case
            .sequence
            .steps
            .iter()
            .filter(|step| step.entry == sink.entry && step.feature == Feature::UseCollector && step.doc == sink.doc)
            .filter(|step| step.span.overlaps(sink.span))
            .filter_map(|step| step.why.matched.as_deref())
            .collect();
        if !collectors.is_empty() {
            return (unique(collectors), true);
        }
    }
    let contacts = &case.sequence.contacts;
    let mut found: Vec<&str> = contacts.iter().filter(asked).map(|contact| contact.address.as_str()).collect();
    if found.is_empty() {
        found = contacts.iter().filter(here).map(|contact| contact.address.as_str()).collect();
    }
    let mut exact = !found.is_empty();
    if found.is_empty() {
        let near = || contacts.iter().filter(|contact| contact.doc == sink.doc);
        found = near().filter(way).map(|contact| contact.address.as_str()).collect();
        exact = unique(near().map(|contact| contact.address.as_str()).collect()).len() == 1;
    }
    (unique(found), exact)
}

fn unique(found: Vec<&str>) -> Vec<&str> {
    let mut unique: Vec<&str> = Vec::new();
    for address in found {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    unique
}

fn of_sink(case: &Case, sink: &Sink, steps: &[Step]) -> Sentence {
    let step = sink.first;
    let at = place(case, step.doc, Some(step.span));
    let unknown = "an address that is not known without running it";
    match step.feature {
        Feature::SendData => {
            let to = of_addresses(&sink.addresses).unwrap_or_else(|| Sentence::at(0).own(unknown));
            Sentence::at(0).own("Sent to ").and(to).own(" at ").and(at).own(": ").and(of_sources(case, sink, steps))
        }
        Feature::RunDownloaded => {
            let line = Sentence::at(0).own("Run at ").and(at).own(": what is downloaded ");
            match (of_addresses(&sink.addresses), step.why.source) {
                (Some(from), _) => line.own("from ").and(from),
                (None, Some(source)) => line.own("at ").and(place(case, source.doc, Some(source.span))),
                (None, None) => line.own("from ").own(unknown),
            }
        }
        _ => Sentence::at(0).own("Run at ").and(at).own(": ").and(of_layers(case, step)),
    }
}

/// The addresses of a sink, where any is known.
fn of_addresses(addresses: &[&str]) -> Option<Sentence> {
    listed(addresses, |address| Sentence::at(0).quoted(defanged(address)))
}

/// An address as nothing makes a link of it.
pub(super) fn defanged(address: &str) -> String {
    // A part that is not known is marked so in the sequence.
    Kind::Url.defang(&address.replace('\u{FFFC}', "…"))
}

/// The first of some addresses, each as it is shown, and how many more there are; `None` where there is none.
pub(super) fn listed(addresses: &[&str], shown: impl Fn(&str) -> Sentence) -> Option<Sentence> {
    let mut line = Sentence::at(0);
    for (index, address) in addresses.iter().take(PLACES).enumerate() {
        line = if index > 0 { line.own(" and ") } else { line };
        line = line.and(shown(address));
    }
    if addresses.len() > PLACES {
        line = line.own(format!(" and {} more", addresses.len() - PLACES));
    }
    (!addresses.is_empty()).then_some(line)
}

/// What a kind of data is called.
pub(super) fn data(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "secret" => "secrets",
        "env" => "the environment",
        "host" => "facts of the machine or user",
        "file" => "contents of files",
        "input" => "what the user types or shows",
        "output" => "output of commands",
        "net" => "what the network answered",
        _ => return None,
    })
}

/// What is sent, with where it came in: where the walk followed it, there, else where the entry gathers such data.
fn of_sources(case: &Case, sink: &Sink, steps: &[Step]) -> Sentence {
    let mut line = Sentence::at(0);
    for (index, sent) in sink.steps.iter().enumerate() {
        line = if index > 0 { line.own(", ") } else { line };
        line = match data(kind(sent)) {
            Some(words) => line.own(words),
            None => line.words(kind(sent)),
        };
        if let Some(source) = sent.why.source {
            let words = case.source(source.doc).and_then(|text| text.text.get(source.span.start..source.span.end));
            let line_of = place(case, source.doc, Some(source.span));
            line = line.own(" (").quoted(words.unwrap_or_default()).own(" at ").and(line_of).own(")");
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
            line = line.and(place(case, step.doc, Some(step.span)));
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
pub(super) fn is_source(step: &Step, kind: &str) -> bool {
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

/// The texts that are decoded where a step runs or writes them.
pub(super) fn layers<'a>(case: &'a Case, step: &Step) -> Vec<(usize, &'a Layer)> {
    let decoded = case.sequence.layers.iter().enumerate().filter(|(_, layer)| {
        layer.by == DecodedBy::Code
            && layer.parent == step.doc
            && layer.span.start < step.span.end
            && step.span.start < layer.span.end
    });
    decoded.collect()
}

fn of_layers(case: &Case, step: &Step) -> Sentence {
    let layers = layers(case, step);
    let mut line = Sentence::at(0).own("what the code decodes");
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
