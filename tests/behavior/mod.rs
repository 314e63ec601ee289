//! The behavior sequence: what is found, in what order, and through how much disguise.

use cerebro::behavior::{Feature, Reading, Step, extract};
use cerebro::package::{Ecosystem, Entry, File, Package, Phase, Target};

use crate::common::packages;

mod alternatives;
mod claims;
mod coverage;
mod examples;
mod hostile;
mod javascript;
mod layers;
mod losses;
mod obfuscated;
mod objects;
mod order;
mod phases;
mod python;
mod python_files;
mod python_folds;
mod python_ways;
mod reading;
mod replaced;
mod runs;
mod scopes;
mod senses;
mod shell;
mod soup;
mod streams;
mod vocabulary;
mod ways;
mod why;
mod words;

/// A package of some files with some entries.
fn package(ecosystem: Ecosystem, files: &[(&str, &str)], entries: Vec<Entry>) -> Package {
    let file = |(path, text): &(&str, &str)| packages::file(&format!("package/{path}"), text);
    let mut files: Vec<File> = files.iter().map(file).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Package { entries, ..packages::package(ecosystem, "package/", files) }
}

fn entry(phase: Phase, name: &str, file: usize) -> Entry {
    Entry { phase, name: name.to_owned(), target: Target::File(file) }
}

/// An npm package whose main file is the first one by name.
fn npm(files: &[(&str, &str)]) -> Package {
    package(Ecosystem::Npm, files, vec![entry(Phase::Import, "main", 0)])
}

/// A PyPI package whose first file by name is imported.
fn pypi(files: &[(&str, &str)]) -> Package {
    package(Ecosystem::Pypi, files, vec![entry(Phase::Import, "import", 0)])
}

fn steps(path: &str, source: &str) -> Vec<Step> {
    let files = [(path, source)];
    extract(&if path.ends_with(".py") { pypi(&files) } else { npm(&files) }, &Reading::default()).sequence.steps
}

fn codes(steps: &[Step]) -> Vec<&'static str> {
    steps.iter().map(|step| step.feature.code()).collect()
}

fn has(path: &str, source: &str, feature: Feature) {
    let steps = steps(path, source);
    assert!(steps.iter().any(|step| step.feature == feature), "{source}\n{:?}", codes(&steps));
}
