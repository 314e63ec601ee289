//! Everything that the steps of one entry say: what they do, where data ends, which addresses are talked to.

use crate::behavior::{Contact, Feature, Step, Way};
use crate::case::{Case, ranking};
use crate::syntax::Doc;
use crate::text::Span;

use super::clause::{self, Said};
use super::flows::{self, Sink, data, kind};
use super::sentence::Sentence;
use super::{PLACES, path_of};

/// Most steps of an entry that are told of.
const STEPS: usize = 10_000;
/// Most characters of an address.
const ADDRESS: usize = 64;

/// What a verb is said of, and where.
pub(super) struct Object<'a> {
    pub words: Sentence,
    pub places: Vec<(Doc, Option<Span>)>,
    pub step: &'a Step,
}

/// A verb with what it is said of.
pub(super) struct Clause<'a> {
    pub verb: String,
    pub objects: Vec<Object<'a>>,
    pub weight: f32,
    /// Where the first step stands among those of the entry.
    pub at: usize,
}

/// What the steps of an entry say, in run order.
pub(super) fn clauses<'a>(case: &'a Case, steps: &'a [Step]) -> Vec<Clause<'a>> {
    let steps = steps.get(..STEPS).unwrap_or(steps);
    let sinks = flows::sinks(case, steps);
    let covered = |step: &Step| {
        sinks.iter().any(|sink| (sink.first.doc, sink.first.span) == (step.doc, step.span)) && clause::is_process(step)
    };
    let mut clauses: Vec<Clause> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Some(said) = clause::of_step(case, steps, at) else { continue };
        // What it starts is what was downloaded or decoded.
        if !covered(step) {
            add(&mut clauses, case, step, at, said);
        }
    }
    let position = |step: &Step| steps.iter().position(|other| std::ptr::eq(other, step)).unwrap_or_default();
    let mut told: Vec<&str> = Vec::new();
    let reads = clauses.iter().any(|clause| clause.verb == "reads");
    for sink in &sinks {
        // What is downloaded, decoded and run in one call is one thing.
        let same = |other: &&Sink| (other.first.doc, other.first.span) == (sink.first.doc, sink.first.span);
        let twin = |feature| sinks.iter().filter(same).any(|other| other.first.feature == feature);
        let bare = sink.first.feature == Feature::RunDecoded && flows::layers(case, sink.first).is_empty();
        if bare && twin(Feature::RunDownloaded) {
            continue;
        }
        let (decoded, downloaded) = (twin(Feature::RunDecoded), twin(Feature::RunDownloaded));
        if sink.exact {
            told.extend(&sink.addresses);
        }
        let known = Known { reads, decoded, downloaded, at: position(sink.first) };
        let Some(clause) = of_sink(case, steps, sink, known) else { continue };
        // In the same words it is the same thing at another place.
        match clauses.iter_mut().find(|told| told.verb == clause.verb && texts(told) == texts(&clause)) {
            Some(told) => add_places(told, clause),
            None => clauses.push(clause),
        }
    }
    clauses.extend(contacts(case, steps, &sinks, &told));
    let talks = clauses.iter().any(|clause| clause.objects.iter().any(|o| o.step.feature == Feature::CallNetwork));
    if talks || !told.is_empty() {
        for clause in &mut clauses {
            clause
                .objects
                .retain(|object| object.step.feature != Feature::UseCollector || object.step.detail == "token literal");
        }
        clauses.retain(|clause| !clause.objects.is_empty());
    }
    if told.is_empty() && !talks && !clauses.is_empty() {
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.feature == Feature::UseUrl) {
            names_address(&mut clauses, step, at);
        }
    }
    clauses.sort_by_key(|clause| clause.at);
    clauses
}

/// The words of a clause but for its verb.
fn texts(clause: &Clause) -> Vec<String> {
    clause.objects.iter().map(|object| object.words.text()).collect()
}

/// Adds the places of a clause to those of another that says the same.
fn add_places<'a>(told: &mut Clause<'a>, clause: Clause<'a>) {
    for (known, object) in told.objects.iter_mut().zip(clause.objects) {
        let new: Vec<_> = object.places.into_iter().filter(|place| !known.places.contains(place)).collect();
        known.places.extend(new);
    }
}

/// Says an address that the code holds, where none is known to be talked to.
fn names_address<'a>(clauses: &mut Vec<Clause<'a>>, step: &'a Step, at: usize) {
    let Some(address) = step.why.matched.as_deref().filter(|address| address.contains('.')) else { return };
    let place = (step.doc, Some(step.span));
    let words = Sentence::at(0).own(" the address ").and(shortened(address));
    let object = Object { words, places: vec![place], step };
    let Some(clause) = clauses.iter_mut().find(|clause| clause.verb == "names") else {
        let weight = ranking::of_step(step);
        clauses.push(Clause { verb: "names".to_owned(), objects: vec![object], weight, at });
        return;
    };
    match clause.objects.iter_mut().find(|known| known.words == object.words) {
        Some(known) if known.places.contains(&place) => {}
        Some(known) => known.places.push(place),
        None => clause.objects.push(object),
    }
}

/// Adds what a step says to what was said by the same verb.
fn add<'a>(clauses: &mut Vec<Clause<'a>>, case: &Case, step: &'a Step, at: usize, said: Said) {
    // Servers read their settings so.
    let usual = if step.detail == "variable secret" { 0.5 } else { 1.0 };
    let weight = ranking::of_step(step) * usual;
    let mut words = Sentence::at(0);
    if !said.noun.is_empty() {
        words = words.own(format!(" {}", said.noun));
    }
    if let Some(shown) = said.shown {
        words = words.own(" ").quoted(shown).about(step.doc, Some(step.span));
    }
    let place = (step.doc, Some(step.span));
    let mut places = vec![place];
    if said.verb == "runs" || said.noun == "code to a file" {
        places.extend(flows::layers(case, step).iter().map(|(layer, _)| (Doc::Layer(*layer), None)));
    }
    let object = Object { words, places, step };
    let Some(clause) = clauses.iter_mut().find(|clause| clause.verb == said.verb) else {
        let verb = said.verb.to_owned();
        clauses.push(Clause { verb, objects: vec![object], weight, at });
        return;
    };
    clause.weight = clause.weight.max(weight);
    // The same at another place; what was shown of the first stands for it.
    let text = object.words.text();
    let same = |known: &&mut Object| {
        known.step.feature == step.feature && (known.step.detail == step.detail || known.words.text() == text)
    };
    match clause.objects.iter_mut().find(same) {
        Some(known) if known.places.contains(&place) => {}
        Some(known) => known.places.push(place),
        None => clause.objects.push(object),
    }
}

/// What ends somewhere: what is sent and where to, what is run and where it comes from.
fn of_sink<'a>(case: &Case, steps: &[Step], sink: &Sink<'a>, known: Known) -> Option<Clause<'a>> {
    let Known { reads, decoded, downloaded, at } = known;
    let step = sink.first;
    let weight = ranking::of_step(step);
    let place = (step.doc, Some(step.span));
    let unknown = match sink.addresses.is_empty() {
        true => "an address that is not known without running it",
        false => "an address that is given elsewhere",
    };
    let clause = |verb: &str, words: Sentence| Clause {
        verb: verb.to_owned(),
        objects: vec![Object { words, places: vec![place], step }],
        weight,
        at,
    };
    let to = flows::listed(&sink.addresses, shortened).filter(|_| sink.exact);
    Some(match step.feature {
        Feature::SendData => {
            let mut words = Sentence::at(0);
            let sent = sink.steps.iter().filter(|sent| kind(sent) != "by shell" && is_had(case, steps, sent));
            let kinds: Vec<&str> = sent.map(|sent| kind(sent)).collect();
            // A command that fetches and runs sends nothing that is worth a word.
            if kinds.is_empty() && (downloaded || !sink.steps.iter().any(|sent| kind(sent) == "by shell")) {
                return None;
            }
            for (index, sent) in kinds.iter().enumerate() {
                words = words.own(match index {
                    0 => " ",
                    _ if index + 1 == kinds.len() => " and ",
                    _ => ", ",
                });
                words = match data(sent) {
                    Some(known) => words.own(known),
                    None => words.words(sent),
                };
                // What is read says its places itself.
                if !(reads && ["secret", "env"].contains(sent)) {
                    words = sources(case, steps, words, sent, step.doc);
                }
            }
            if kinds.is_empty() {
                words = words.own(" data by a command");
            }
            clause("sends", words.own(" to ").and(to.unwrap_or_else(|| Sentence::at(0).own(unknown))))
        }
        Feature::RunDownloaded => {
            let words = match (to, step.why.source) {
                (Some(from), Some(source)) => {
                    let words = Sentence::at(0).own(" ").and(from);
                    words.about(source.doc, Some(source.span))
                }
                (Some(from), None) => Sentence::at(0).own(" ").and(from),
                (None, _) => Sentence::at(0).own(format!(" from {unknown}")),
            };
            clause("downloads", words.own(if decoded { ", decodes and runs it" } else { " and runs it" }))
        }
        _ => {
            let layers = flows::layers(case, step);
            let mut words = Sentence::at(0).own(if step.detail.ends_with("command") { " a command" } else { " code" });
            words = words.own(" that it decodes");
            for (index, (id, layer)) in layers.iter().take(PLACES).enumerate() {
                words = words.own(if index == 0 { " by " } else { ", " }).quoted(layer.recipe.join(" > "));
                words = words.about(Doc::Layer(*id), None);
            }
            clause("runs", words)
        }
    })
}

/// What is known of an entry when its sinks are told.
struct Known {
    /// Whether what it reads is told.
    reads: bool,
    /// Whether what the sink runs is decoded before.
    decoded: bool,
    /// Whether the same call runs what it downloads.
    downloaded: bool,
    at: usize,
}

/// Whether the code was seen to have what it sends: of a secret that is only named somewhere, nothing was read.
fn is_had(case: &Case, steps: &[Step], sent: &Step) -> bool {
    let Some(source) = sent.why.source.filter(|_| kind(sent) == "secret") else { return true };
    let named = |(at, step): (usize, &Step)| {
        step.feature == Feature::ReadSecret
            && step.doc == source.doc
            && step.span.start < source.span.end
            && source.span.start < step.span.end
            && clause::of_step(case, steps, at).is_some_and(|said| said.verb == "names")
    };
    !steps.iter().enumerate().any(named)
}

/// Where data of a kind comes in, as lines.
fn sources(case: &Case, steps: &[Step], words: Sentence, kind: &str, doc: Doc) -> Sentence {
    let mut found: Vec<(Doc, Option<Span>)> = Vec::new();
    for step in steps.iter().filter(|step| flows::is_source(step, kind)) {
        let place = (step.doc, Some(step.span));
        if !found.contains(&place) {
            found.push(place);
        }
    }
    if found.is_empty() { words } else { places(case, words, &found, &mut Some(doc)) }
}

/// An address, defanged, as much of it as says whose it is.
fn shortened(address: &str) -> Sentence {
    let mut text = flows::defanged(address);
    if let Some((end, _)) = text.char_indices().nth(ADDRESS) {
        text.truncate(end);
        text.push('…');
    }
    Sentence::at(0).quoted(text)
}

/// Addresses that are talked to beside what is sent and downloaded, by what is done with them.
fn contacts<'a>(case: &Case, steps: &'a [Step], sinks: &[Sink], told: &[&str]) -> Vec<Clause<'a>> {
    /// Calls that go somewhere, by the words of their details.
    const GOES: [&str; 9] = [
        "http get",
        "http post",
        "url open",
        "download file",
        "socket connect",
        "dns query",
        "webhook",
        "shell get",
        "shell post",
    ];
    let mut clauses: Vec<Clause> = Vec::new();
    let mut known: Vec<&str> = told.to_vec();
    let mut unknown = None;
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.feature == Feature::CallNetwork) {
        let here = |contact: &&Contact| contact.doc == step.doc && contact.span.overlaps(step.span);
        let place = (step.doc, Some(step.span));
        let mut say = |verb: &str, words: Sentence| {
            let object = Object { words, places: vec![place], step };
            match clauses.iter_mut().find(|clause| clause.verb == verb) {
                Some(clause) => clause.objects.push(object),
                None => clauses.push(Clause {
                    verb: verb.to_owned(),
                    objects: vec![object],
                    weight: ranking::of_step(step),
                    at,
                }),
            }
        };
        let mut found = case.sequence.contacts.iter().filter(here).peekable();
        let named = found.peek().is_some();
        for contact in found {
            if known.contains(&contact.address.as_str()) {
                continue;
            }
            known.push(&contact.address);
            let verb = match contact.way {
                Way::Contact => "talks to",
                Way::Payload => "fetches",
                Way::Connection => "keeps a connection to",
                Way::Send => "sends data to",
                Way::Control => "takes commands from",
            };
            let after = if contact.way == Way::Payload { " to a file or to run it" } else { "" };
            say(verb, Sentence::at(0).own(" ").and(shortened(&contact.address)).own(after));
        }
        let ends = sinks.iter().any(|sink| (sink.first.doc, sink.first.span) == (step.doc, step.span))
            || sinks.iter().any(|sink| sink.first.why.source.is_some_and(|source| source.span == step.span));
        if !named && !ends && unknown.is_none() && GOES.iter().any(|words| step.detail.starts_with(words)) {
            unknown = Some((at, step));
        }
    }
    // Where one address is known, a call without one is most often a part of the same.
    if let Some((at, step)) = unknown.filter(|_| known.is_empty()) {
        let words = Sentence::at(0).own(" an address that is not known without running it");
        let object = Object { words, places: vec![(step.doc, Some(step.span))], step };
        let weight = ranking::of_step(step);
        clauses.push(Clause { verb: "talks to".to_owned(), objects: vec![object], weight, at });
    }
    clauses
}

/// The lines where something stands, each a jump; with the path where it is another file than the one before.
pub(super) fn places(
    case: &Case,
    sentence: Sentence,
    places: &[(Doc, Option<Span>)],
    here: &mut Option<Doc>,
) -> Sentence {
    let mut lines: Vec<(Doc, Option<Span>, Option<usize>)> = Vec::new();
    for (doc, span) in places {
        let line = span.and_then(|span| Some(case.source(*doc)?.line_of(span.start)));
        if !lines.iter().any(|(known, _, at)| (known, *at) == (doc, line)) {
            lines.push((*doc, *span, line));
        }
    }
    let mut sentence = sentence.own(" (");
    for (index, (doc, span, line)) in lines.iter().take(PLACES).enumerate() {
        sentence = if index > 0 { sentence.own(", ") } else { sentence };
        let line = line.unwrap_or(1);
        sentence = match doc {
            _ if *here == Some(*doc) => sentence.own(line.to_string()),
            Doc::Layer(layer) if span.is_none() => sentence.own(format!("layer {layer}")),
            Doc::File(_) => sentence.quoted(format!("{}:{line}", case.package.inside(path_of(case, *doc)))),
            Doc::Layer(layer) => sentence.own(format!("layer {layer}:{line}")),
        };
        sentence = sentence.about(*doc, *span);
        if span.is_some() {
            *here = Some(*doc);
        }
    }
    if lines.len() > PLACES {
        sentence = sentence.own(format!(" and {} more", lines.len() - PLACES));
    }
    sentence.own(")")
}
