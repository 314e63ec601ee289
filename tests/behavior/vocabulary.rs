//! The words of the extractor: what it writes stands in its table.

use std::fs;
use std::path::{Path, PathBuf};

use cerebro::behavior::{Feature, Reading, compose, extract, vocabulary};
use cerebro::package::{OpenOptions, Package};
use regex::Regex;

use super::{npm, pypi};

fn check(package: &Package, name: &str) -> usize {
    let reading = Reading::default();
    let sequence = extract(package, &reading).sequence;
    let text = compose(package, &sequence, &reading);
    for piece in &text.pieces {
        let words = &text.text[piece.range.clone()];
        assert!(vocabulary().writes(words), "{name} makes the words '{words}', which no table has");
    }
    text.pieces.len()
}

#[test]
fn what_is_written_of_samples_and_examples_stands_in_the_table() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut pieces = 0;
    for entry in fs::read_dir(samples).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            continue;
        }
        let package = cerebro::package::open(&path, &OpenOptions::default()).unwrap();
        pieces += check(&package, &path.display().to_string());
    }
    for feature in Feature::ALL {
        let example = feature.example();
        pieces += check(&pypi(&[("a.py", example.python)]), feature.code());
        pieces += check(&npm(&[("a.js", example.javascript)]), feature.code());
    }
    assert!(pieces > 100, "{pieces}");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|ending| ending == "rs") => found.push(path),
            false => {}
        }
    }
}

/// Details that the code spells out where it notes a step.
#[test]
fn what_the_code_spells_out_stands_in_the_table() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/behavior"), &mut files);
    let noted = Regex::new(r#"(?s)\b(?:emit|emit_at|step|mark|told)\(([^;]*?)"([^"\n]*)""#).unwrap();
    let hole = Regex::new(r"\{[^}]*\}").unwrap();
    let mut count = 0;
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for found in noted.captures_iter(code).filter(|found| found[1].contains("Feature::") || found[1].len() < 20) {
            let words = hole.replace_all(&found[2], "").to_string();
            assert!(vocabulary().writes(&words), "{} notes '{words}', which no table has", path.display());
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}
