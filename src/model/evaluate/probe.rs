//! Packages as they might also be: padded, under another manifest, without their payload, as an update of a former version.
//!
//! What a model says of a package must not move with what costs nothing to change, and must move with what it does.

use std::collections::BTreeMap;

use crate::behavior::{ModelText, Piece};
use crate::model::dataset::{Example, Probe, ecosystem_name};
use crate::model::slice::{self, PHASES, is_heading, words};
use crate::model::train::random::Random;
use crate::model::{Model, update};

/// A text that a probe makes of held-out packages.
pub struct Probed<'e> {
    /// What was done.
    pub probe: Probe,
    /// The package that it is told of.
    pub example: &'e Example,
    /// What is judged.
    pub text: ModelText,
}

/// The probes that need nothing but the texts: twins of malicious packages, and updates.
#[must_use]
pub fn of_texts<'e>(model: &Model, examples: &[&'e Example]) -> Vec<Probed<'e>> {
    let mut probed = Vec::new();
    for example in examples.iter().copied().filter(|example| example.malicious) {
        if let Some(text) = twin(model, &example.text) {
            probed.push(Probed { probe: Probe::Twin, example, text });
        }
    }
    let update = |(example, old, new): (&'e Example, &ModelText, &ModelText)| Probed {
        probe: Probe::Update,
        example,
        text: slice::text_of(new, &update::added(old, new)),
    };
    for (old, new) in versions(examples) {
        probed.push(update((new, &old.text, &new.text)));
    }
    for (host, payload) in takeovers(examples) {
        let new = implanted(&host.text, &payload.text);
        probed.push(update((payload, &host.text, &new)));
    }
    probed
}

/// A package without the file that alarms most by itself; `None` where that would leave nothing.
fn twin(model: &Model, text: &ModelText) -> Option<ModelText> {
    let (alarming, _) = model.alarming(text, 1).into_iter().next()?;
    let left = |piece: &Piece| piece.files.is_empty() || piece.files.iter().any(|file| *file != alarming.file);
    let kept: Vec<usize> = text.pieces.iter().enumerate().filter(|(_, piece)| left(piece)).map(|(at, _)| at).collect();
    Some(slice::text_of(text, &kept))
}

/// Benign packages with the version before each, of those that are at hand in several.
fn versions<'e>(examples: &[&'e Example]) -> Vec<(&'e Example, &'e Example)> {
    let mut named: BTreeMap<_, Vec<(Vec<u64>, &'e Example)>> = BTreeMap::new();
    for example in examples.iter().copied().filter(|example| !example.malicious && !example.name.is_empty()) {
        let Some((name, version)) = example.name.rsplit_once(' ') else { continue };
        let numbers = version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
        named.entry((ecosystem_name(example.ecosystem), name)).or_default().push((numbers, example));
    }
    let mut pairs = Vec::new();
    for mut of_one in named.into_values() {
        of_one.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.extend(of_one.windows(2).filter_map(|pair| Some((pair.first()?.1, pair.get(1)?.1))));
    }
    pairs
}

/// A benign package for each malicious one of the same ecosystem, the same in every run.
fn takeovers<'e>(examples: &[&'e Example]) -> Vec<(&'e Example, &'e Example)> {
    let mut pairs = Vec::new();
    for (at, payload) in examples.iter().copied().enumerate().filter(|(_, example)| example.malicious) {
        let hosts = examples
            .iter()
            .copied()
            .filter(|host| !host.malicious && host.ecosystem == payload.ecosystem && !host.text.pieces.is_empty());
        let hosts: Vec<&'e Example> = hosts.collect();
        let host = hosts.get(Random::new(&[3, at as u64]).below(hosts.len().max(1)));
        pairs.extend(host.map(|host| (*host, payload)));
    }
    pairs
}

/// A package with what another one does put into it as one more file, in the same phases.
#[must_use]
pub fn implanted(host: &ModelText, payload: &ModelText) -> ModelText {
    let file = host.pieces.iter().flat_map(|piece| &piece.files).max().map_or(0, |file| file + 1);
    let mut out = ModelText::default();
    let mut put = |words: &str, steps: &[usize], files: Vec<usize>| {
        if !out.text.is_empty() {
            out.text.push(' ');
        }
        let start = out.text.len();
        out.text.push_str(words);
        out.pieces.push(Piece { range: start..out.text.len(), steps: steps.to_vec(), files });
    };
    // What was read of the host keeps its numbers.
    let mut step = host.pieces.iter().flat_map(|piece| &piece.steps).max().map_or(0, |step| step + 1);
    let facts = slice::facts(host);
    for piece in host.pieces.iter().take(facts) {
        put(words(host, piece), &piece.steps, Vec::new());
    }
    for phase in PHASES {
        let [of_host, of_payload] = [host, payload].map(|text| under(text, phase));
        if of_host.is_empty() && of_payload.is_empty() {
            continue;
        }
        put(phase, &[], Vec::new());
        let says =
            |all: &[&Piece], text: &ModelText, wanted: &str| all.iter().any(|piece| words(text, piece) == wanted);
        for piece in &of_host {
            let told = words(host, piece);
            let mut files = piece.files.clone();
            if says(&of_payload, payload, told) {
                files.push(file);
            }
            put(told, &piece.steps, files);
        }
        for piece in of_payload.iter().filter(|piece| !says(&of_host, host, words(payload, piece))) {
            put(words(payload, piece), &[step], vec![file]);
            step += 1;
        }
    }
    out
}

/// The pieces that stand under a heading.
fn under<'t>(text: &'t ModelText, phase: &str) -> Vec<&'t Piece> {
    let mut here = false;
    let mut found = Vec::new();
    for piece in &text.pieces {
        if is_heading(text, piece) {
            here = words(text, piece) == phase;
        } else if here {
            found.push(piece);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::linear::tests::text;

    /// `words` with the files of each piece; what begins a phase has none.
    fn told(words: &[&str], files: &[&[usize]]) -> ModelText {
        let mut told = text(words);
        for (at, (piece, files)) in told.pieces.iter_mut().zip(files).enumerate() {
            piece.files = files.to_vec();
            piece.steps = if files.is_empty() { Vec::new() } else { vec![at] };
        }
        told
    }

    #[test]
    fn a_payload_is_one_more_file_in_its_phases() {
        let host = told(&["facts", "import", "read", "run", "parse"], &[&[], &[], &[0], &[], &[1]]);
        let payload = told(&["facts", "install script", "import", "read", "send"], &[&[], &[], &[], &[0], &[0]]);
        let new = implanted(&host, &payload);
        let said: Vec<&str> = new.pieces.iter().map(|piece| words(&new, piece)).collect();
        assert_eq!(said, ["facts", "import", "read", "send", "run", "parse"]);
        let files: Vec<&[usize]> = new.pieces.iter().map(|piece| piece.files.as_slice()).collect();
        assert_eq!(files, [&[][..], &[], &[0, 2], &[2], &[], &[1]]);
        let added = update::added(&host, &new);
        assert_eq!(slice::text_of(&new, &added).text, "facts import send");
    }
}
