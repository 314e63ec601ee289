//! The text that the model reads: package facts, then per phase each telling once, in run order, in few words.

use std::collections::HashMap;

use super::feature::Feature;
use super::{ModelText, Piece, Sequence, Step, facts};
use crate::package::{Package, Phase};

/// Writes the sequence as the text that the model reads.
///
/// `facts <fact> .. install <words> .. import <words> .. run <words> .. aside <words> ..`: a phase without steps is left out,
/// equal words of one phase are written once and stand for all their steps. Code that only tests, documentation or examples
/// hold stands last, under `aside`.
#[must_use]
pub fn compose(package: &Package, sequence: &Sequence) -> ModelText {
    let mut out = ModelText::default();
    push(&mut out, "facts", Vec::new());
    for fact in facts::facts(package) {
        push(&mut out, &fact, Vec::new());
    }
    let place = |step: &Step| {
        let aside = sequence.entries.get(step.entry).is_some_and(|entry| entry.name.starts_with("aside"));
        (step.phase, aside)
    };
    for (phase, aside) in [(Phase::Install, false), (Phase::Import, false), (Phase::Run, false), (Phase::Run, true)] {
        let mut known: HashMap<String, usize> = HashMap::new();
        for (index, step) in sequence.steps.iter().enumerate().filter(|(_, step)| place(step) == (phase, aside)) {
            let words = words(step);
            if known.is_empty() {
                push(&mut out, if aside { "aside" } else { phase.word() }, Vec::new());
            }
            let piece = *known.entry(words).or_insert_with_key(|words| {
                push(&mut out, words, Vec::new());
                out.pieces.len() - 1
            });
            if let Some(piece) = out.pieces.get_mut(piece) {
                piece.steps.push(index);
            }
        }
    }
    out
}

/// A step in few words.
fn words(step: &Step) -> String {
    let prefix = match step.feature {
        Feature::R5 if !step.detail.starts_with("variable") => "secret ",
        Feature::X3 => "persist ",
        Feature::X5 => "check ",
        Feature::X6 => "capture ",
        Feature::X7 => "endpoint ",
        Feature::X9 => "disguise ",
        Feature::P3 if !step.detail.starts_with("script") => "bash ",
        _ => "",
    };
    if step.detail.is_empty() { step.feature.phrase().to_owned() } else { format!("{prefix}{}", step.detail) }
}

fn push(out: &mut ModelText, words: &str, steps: Vec<usize>) {
    if !out.text.is_empty() {
        out.text.push(' ');
    }
    let start = out.text.len();
    out.text.push_str(words);
    out.pieces.push(Piece { range: start..out.text.len(), steps });
}
