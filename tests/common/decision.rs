//! A decision made by hand, for what keeps it.

use cerebro::behavior::{ModelText, Reading};
use cerebro::ledger::{Given, Label, Labelled, Taxonomy};
use cerebro::package::Ecosystem;

pub fn decision(sha256: &str, label: Label) -> Labelled {
    Labelled {
        sha256: sha256.to_owned(),
        filename: format!("{sha256}-1.0.tgz"),
        size: 1234,
        ecosystem: Ecosystem::Npm,
        name: format!("demo-{sha256}"),
        version: "1.0".to_owned(),
        label,
        text: ModelText { text: "run url webhook".to_owned(), pieces: Vec::new() },
        reading: Reading::default(),
        shown: None,
        extractor: "1".to_owned(),
        files: Vec::new(),
        decode_chain: Vec::new(),
        queued: None,
        taxonomy: Taxonomy::default(),
        given: Given::default(),
    }
}
