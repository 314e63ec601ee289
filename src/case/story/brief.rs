//! The story in one to four sentences: what makes the code run, which code, what it takes, where it goes, under which condition.
//! Every word that is about a place leads there.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::behavior::Step;
use crate::case::Case;
use crate::package::Phase;
use crate::syntax::Doc;

use super::PLACES;
use super::condition::Conditions;
use super::gather::{Clause, clauses, places};
use super::sentence::Sentence;
use super::trigger::{Trigger, entry_name, trigger};

/// Most sentences.
const SENTENCES: usize = 4;
/// Most clauses of one.
const CLAUSES: usize = 4;
/// Most things that one verb is said of.
const OBJECTS: usize = 4;
/// Most addresses that are only talked to.
const ADDRESSES: usize = 2;
/// Most names of a way through functions.
const CALLS: usize = 3;
/// A step that only a user comes to is told beside what runs by itself from this weight on.
const GRAVE: f32 = 30.0;
/// What makes up for the weight that a step loses where a user starts it.
const OPENED: f32 = 2.5;
/// The part of the gravest sentence's weight that a further one has at least.
const WORTH: f32 = 0.4;

/// Tells a case in one to four sentences, what runs by itself first.
#[must_use]
pub fn brief(case: &Case) -> Vec<Sentence> {
    let mut conditions = Conditions::new(case);
    let mut told: Vec<Told> = Vec::new();
    let mut ranked: Vec<(&[Step], Vec<Clause>, f32)> = Vec::new();
    for steps in case.sequence.steps.chunk_by(|a, b| a.entry == b.entry) {
        let clauses = clauses(case, steps);
        let weight = clauses.iter().map(|clause| clause.weight).fold(0.0, f32::max);
        // What an editor runs is run by nobody's wish either.
        let weight = if opens(case, steps) { weight * OPENED } else { weight };
        let aside = entry_name(case, steps).starts_with("aside: ");
        if !clauses.is_empty() && !aside {
            ranked.push((steps, clauses, weight));
        }
    }
    let phase = |steps: &[Step]| match steps.first() {
        Some(_) if opens(case, steps) => Phase::Install,
        Some(step) => step.phase,
        None => Phase::Run,
    };
    // The gravest of what runs by itself; what a user starts only where it is grave, or nothing else is told.
    let by_itself = ranked.iter().any(|(steps, ..)| phase(steps) != Phase::Run);
    ranked.retain(|(steps, _, weight)| phase(steps) != Phase::Run || !by_itself || *weight >= GRAVE);
    let strongest = ranked.iter().map(|(.., weight)| *weight).fold(0.0, f32::max);
    ranked.retain(|(.., weight)| *weight >= WORTH * strongest);
    ranked.sort_by(|a, b| (phase(a.0) == Phase::Run).cmp(&(phase(b.0) == Phase::Run)).then(b.2.total_cmp(&a.2)));
    for (steps, clauses, _) in ranked {
        let objects = || clauses.iter().flat_map(|clause| clause.objects.iter().map(move |object| (clause, object)));
        let places: BTreeSet<(Doc, usize)> =
            objects().map(|(_, object)| (object.step.doc, object.step.span.start)).collect();
        let words: Vec<String> =
            objects().map(|(clause, object)| format!("{}{}", clause.verb, object.words.text())).collect();
        let same = |known: &&mut Told| places.is_subset(&known.places) || words == known.words;
        let trigger = trigger(case, steps);
        if let Some(known) = told.iter_mut().find(same) {
            let again = trigger.doc == known.doc && phase(steps) == Phase::Import;
            known.also.push(if again { Sentence::at(0).own("the import") } else { trigger.short });
        } else if told.len() < SENTENCES {
            let doc = trigger.doc;
            let sentence = sentence(case, &mut conditions, trigger, clauses);
            told.push(Told { places, words, doc, also: Vec::new(), sentence });
        }
    }
    let finish = |told: Told| {
        let mut sentence = told.sentence;
        for (index, trigger) in told.also.into_iter().take(PLACES).enumerate() {
            sentence = sentence.own(if index == 0 { "; so does " } else { ", " }).and(trigger);
        }
        sentence.own(".")
    };
    let mut sentences: Vec<Sentence> = told.into_iter().map(finish).collect();
    if sentences.is_empty() {
        let unread = if case.skipped().is_empty() { "" } else { " in what was read" };
        sentences.push(Sentence::at(0).own(format!("No behavior that tells something by itself was found{unread}.")));
    }
    sentences
}

/// Whether an editor runs the entry when it opens the folder.
fn opens(case: &Case, steps: &[Step]) -> bool {
    entry_name(case, steps).ends_with(" (folder opens)")
}

/// A sentence with what it is known by, so that another entry that does the same is named behind it.
struct Told {
    places: BTreeSet<(Doc, usize)>,
    words: Vec<String>,
    doc: Option<Doc>,
    also: Vec<Sentence>,
    sentence: Sentence,
}

/// Puts trigger and clauses together, the weightiest of them, in run order.
fn sentence(case: &Case, conditions: &mut Conditions, trigger: Trigger, mut clauses: Vec<Clause>) -> Sentence {
    let count = clauses.len();
    clauses.sort_by_key(|clause| Reverse(ordered(clause.weight)));
    clauses.truncate(CLAUSES);
    let gravest = clauses.first().map(|clause| clause.at);
    clauses.sort_by_key(|clause| clause.at);
    let mut here = trigger.doc;
    let mut sentence = trigger.long;
    let last = clauses.len().saturating_sub(1);
    for (index, clause) in clauses.iter().enumerate() {
        let join = match index {
            0 => " ",
            _ if index == last && count <= CLAUSES => " and ",
            _ => ", ",
        };
        sentence = sentence.own(join).own(clause.verb.clone());
        // Addresses are long, and the last of them says no more than the first.
        let most = if clause.verb == "talks to" { ADDRESSES } else { OBJECTS };
        for (number, object) in clause.objects.iter().take(most).enumerate() {
            sentence = sentence.own(if number == 0 { "" } else { "," }).and(object.words.clone());
            sentence = places(case, sentence, &object.places, &mut here);
        }
        if clause.objects.len() > most {
            sentence = sentence.own(format!(" and {} more", clause.objects.len() - most));
        }
        if gravest == Some(clause.at) {
            sentence = through(case, sentence, clause);
            let condition = clause.objects.first().and_then(|object| conditions.of(object.step));
            sentence = condition.into_iter().fold(sentence, Sentence::and);
        }
    }
    if count > CLAUSES {
        sentence = sentence.own(format!(" and does {} more", crate::text::many(count - CLAUSES, "thing", "things")));
    }
    sentence
}

/// A weight that can be sorted by.
fn ordered(weight: f32) -> u32 {
    (weight * 100.0) as u32
}

/// The functions through which the gravest step is reached.
fn through(case: &Case, sentence: Sentence, clause: &Clause) -> Sentence {
    // The first of the path is the file that is run, which the trigger says.
    let Some((step, called @ [_, ..])) =
        clause.objects.first().and_then(|object| Some((object.step, object.step.call_path.get(1..)?)))
    else {
        return sentence;
    };
    // What has no name says nothing.
    let named = |name: &&String| !name.contains("<anonymous>") && !name.starts_with("layer ");
    let names: Vec<&str> = called.iter().filter(named).map(|name| case.package.inside(name)).collect();
    let way = match names.as_slice() {
        [] => return sentence,
        [first, .., last] if names.len() > CALLS => format!("{first} > … > {last}"),
        _ => names.join(" > "),
    };
    let sentence = sentence.own(" through ").quoted(way);
    match step.call_sites.iter().rev().flatten().next() {
        Some(site) => sentence.about(site.doc, Some(site.span)),
        None => sentence,
    }
}
