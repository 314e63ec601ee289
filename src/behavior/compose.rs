//! The text that the model reads: package facts, then per phase each telling once, in run order, in few words.

use std::collections::{BTreeSet, HashMap};

use super::feature::Feature;
use super::reading::{Part, Reading, Vocabulary};
use super::{ModelText, Piece, Sequence, Step, facts};
use crate::package::{Package, Phase};

/// Writes the sequence as the text that the model reads, in the reading's words.
#[must_use]
pub fn compose(package: &Package, sequence: &Sequence, reading: &Reading) -> ModelText {
    let mut text = match reading.vocabulary {
        Vocabulary::Paper => published(sequence, reading),
        Vocabulary::Extended => extended(package, sequence, reading),
    };
    for piece in &mut text.pieces {
        let steps = piece.steps.iter().filter_map(|&step| sequence.steps.get(step));
        let files: BTreeSet<usize> = steps.filter_map(|step| sequence.file_of(step.doc)).collect();
        piece.files = files.into_iter().collect();
    }
    text
}

/// The published form: `start entry <phase>, <phrase>, .., end of entry`, entries in run order, the 16 features alone;
/// equal phrases in a row are written once.
fn published(sequence: &Sequence, reading: &Reading) -> ModelText {
    let mut out = ModelText::default();
    let mut steps = sequence.steps.iter().enumerate().filter(|(_, step)| step.feature.is_published()).peekable();
    while let Some((_, first)) = steps.peek() {
        let (entry, phase) = (first.entry, first.phase);
        out.push_after(", ", &format!("start entry {}", phase.word()), Piece::default());
        let mut phrases: Vec<(&str, Vec<usize>)> = Vec::new();
        while let Some((index, step)) = steps.next_if(|(_, step)| step.entry == entry) {
            match phrases.last_mut() {
                Some((phrase, of)) if *phrase == step.feature.phrase() => of.push(index),
                _ => phrases.push((step.feature.phrase(), vec![index])),
            }
        }
        if !reading.has(Part::Order) {
            phrases.sort_by_key(|(phrase, _)| *phrase);
        }
        for (phrase, of) in phrases {
            out.push_after(", ", phrase, Piece { steps: of, ..Piece::default() });
        }
        out.push_after(", ", "end of entry", Piece::default());
    }
    out
}

/// `facts <fact> .. install <words> .. import <words> .. run <words> .. aside <words> ..`: a phase without steps is left out,
/// equal words of one phase are written once and stand for all their steps. Code that only tests, documentation or examples
/// hold stands last, under `aside`.
fn extended(package: &Package, sequence: &Sequence, reading: &Reading) -> ModelText {
    let mut out = ModelText::default();
    if reading.has(Part::Facts) {
        out.push("facts", Piece::default());
        for fact in facts::facts(package).iter().filter(|fact| !facts::is_typed(fact)) {
            out.push(fact, Piece::default());
        }
    }
    let place = |step: &Step| {
        let aside = sequence.entries.get(step.entry).is_some_and(|entry| entry.name.starts_with("aside"));
        (step.phase, aside)
    };
    for (phase, aside) in [(Phase::Install, false), (Phase::Import, false), (Phase::Run, false), (Phase::Run, true)] {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut told: Vec<(String, Vec<usize>)> = Vec::new();
        for (index, step) in sequence.steps.iter().enumerate().filter(|(_, step)| place(step) == (phase, aside)) {
            let at = *known.entry(words(step)).or_insert_with_key(|words| {
                told.push((words.clone(), Vec::new()));
                told.len() - 1
            });
            if let Some((_, steps)) = told.get_mut(at) {
                steps.push(index);
            }
        }
        if !reading.has(Part::Order) {
            told.sort();
        }
        if !told.is_empty() {
            out.push(if aside { "aside" } else { phase.word() }, Piece::default());
        }
        for (words, steps) in told {
            out.push(&words, Piece { steps, ..Piece::default() });
        }
    }
    out
}

/// A step in few words.
fn words(step: &Step) -> String {
    let prefix = match step.feature {
        Feature::ReadSecret if !step.detail.starts_with("variable") => "secret ",
        Feature::Persist => "persist ",
        Feature::CheckEnvironment => "check ",
        Feature::CaptureInput => "capture ",
        Feature::UseCollector => "endpoint ",
        Feature::HideCode => "disguise ",
        Feature::RunShell if !step.detail.starts_with("script") => "bash ",
        _ => "",
    };
    if step.detail.is_empty() {
        return step.feature.phrase().to_owned();
    }
    let plain: Vec<&str> = step.detail.split_whitespace().filter(|word| is_plain(word)).collect();
    format!("{prefix}{}", plain.join(" ")).trim_end().to_owned()
}

/// The model learns words that classes of code share. What only one package says (a literal that a call is made on, say) is
/// no such word, and must not get into a model's vocabulary either.
fn is_plain(word: &str) -> bool {
    word.len() <= 24 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
