//! What a label says of a package: enough for a dataset without the package.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::event::Label;
use super::selection::Queued;
use super::taxonomy::Taxonomy;
use crate::behavior::{ModelText, Reading};
use crate::case::{Case, State};
use crate::package::{Ecosystem, File};
use crate::syntax::{DecodedBy, Doc};
use crate::text::hex;

/// The tool's own answer at the moment of the decision: what the analyst saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The three-valued answer.
    pub state: State,
    /// Probability of malice, `None` where the model read nothing.
    pub probability: Option<f32>,
    /// From here on a package is flagged.
    pub threshold: Option<f32>,
    /// Name of the model.
    pub model: String,
    /// Hash of the model's files.
    pub model_hash: String,
}

/// A decision on one package, with everything an exported dataset needs of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// SHA-256 of the archive: what the label is about.
    pub sha256: String,
    /// Last component of the path that was opened.
    pub filename: String,
    /// Size of the archive in bytes.
    pub size: u64,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// Name by the manifest, `""` where unknown.
    pub name: String,
    /// Version by the manifest, `""` where unknown.
    pub version: String,
    /// The verdict.
    pub label: Label,
    /// What the model reads.
    pub text: ModelText,
    /// How the package was read to write `text`.
    #[serde(default)]
    pub reading: Reading,
    /// The tool's answer on the screen, `None` where there was none yet.
    pub shown: Option<Shown>,
    /// Which extraction wrote `text`.
    pub extractor: String,
    /// The files in which behaviors were found.
    #[serde(default)]
    pub files: Vec<FileSeen>,
    /// How hidden texts were decoded, each way once, in the order of the layers.
    #[serde(default)]
    pub decode_chain: Vec<String>,
    /// How the package came before the analyst, `None` where it was opened by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<Queued>,
    /// What the label says beside the verdict.
    #[serde(default, skip_serializing_if = "Taxonomy::is_empty")]
    pub taxonomy: Taxonomy,
    /// How it was given.
    #[serde(flatten)]
    pub given: Given,
}

/// How a label was given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// Seconds for which the package had been on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f32>,
    /// Whether the tool's answer was hidden until then: what [`Labelled::shown`] holds was not on the screen.
    #[serde(default, skip_serializing_if = "is_false")]
    pub blind: bool,
    /// Whether it is a second opinion: the label of the first analyst was hidden until then.
    #[serde(default, skip_serializing_if = "is_false")]
    pub second: bool,
    /// Numbers of the events whose labels it decides between.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjudicates: Vec<i64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !value
}

/// A file in which behaviors were found: enough to find it again, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSeen {
    /// Path inside the archive.
    pub path: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Size in bytes.
    pub size: usize,
    /// By the path's ending: `javascript`, `typescript`, `python`, `json`, `shell`, else `""`.
    pub language: String,
}

impl FileSeen {
    fn new(file: &File) -> Self {
        let ending = file.path.rsplit(['/', '.']).next().unwrap_or_default();
        let language = match ending {
            "js" | "mjs" | "cjs" | "jsx" => "javascript",
            "ts" | "mts" | "cts" | "tsx" => "typescript",
            "py" | "pyw" | "pyi" | "pth" => "python",
            "json" => "json",
            "sh" | "bash" => "shell",
            _ => "",
        };
        Self {
            path: file.path.clone(),
            sha256: hex(&Sha256::digest(&file.bytes)),
            size: file.bytes.len(),
            language: language.to_owned(),
        }
    }
}

impl Labelled {
    /// A decision on a case. `model` is the name and hash of the loaded model; the score is recorded only with it.
    #[must_use]
    pub fn new(case: &Case, label: Label, model: Option<(&str, &str)>, extractor: &str) -> Self {
        let package = &case.package;
        let shown = case.verdict.as_ref().zip(model).map(|(verdict, (name, hash))| Shown {
            state: verdict.state,
            probability: verdict.judgement.as_ref().map(|j| j.probability),
            threshold: verdict.judgement.as_ref().map(|j| j.threshold),
            model: name.to_owned(),
            model_hash: hash.to_owned(),
        });
        Self {
            sha256: package.sha256.clone(),
            filename: package.path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default().to_owned(),
            size: package.size,
            ecosystem: package.ecosystem,
            name: package.name.clone().unwrap_or_default(),
            version: package.version.clone().unwrap_or_default(),
            label,
            text: ModelText::clone(&case.text),
            reading: case.reading.clone(),
            shown,
            extractor: extractor.to_owned(),
            files: files(case),
            decode_chain: decode_chain(case),
            queued: None,
            taxonomy: Taxonomy::default(),
            given: Given::default(),
        }
    }
}

fn files(case: &Case) -> Vec<FileSeen> {
    let docs: BTreeSet<Doc> = case.sequence.steps.iter().map(|step| step.doc).collect();
    let files: BTreeMap<&str, &File> =
        docs.into_iter().filter_map(|doc| case.file_of(doc)).map(|file| (file.path.as_str(), file)).collect();
    files.into_values().map(FileSeen::new).collect()
}

fn decode_chain(case: &Case) -> Vec<String> {
    let mut chain: Vec<String> = Vec::new();
    // What an analyst or this program decoded is not what the package does.
    for way in case.sequence.layers.iter().filter(|layer| layer.by == DecodedBy::Code).flat_map(|layer| &layer.recipe) {
        if !chain.contains(way) {
            chain.push(way.clone());
        }
    }
    chain
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::behavior::{Feature, Sequence, SequenceEntry, Step};
    use crate::case::{Timing, Verdict};
    use crate::model::Judgement;
    use crate::package::{Manifest, Package, Phase};
    use crate::syntax::Layer;
    use crate::text::{Source, Span};

    fn step(doc: Doc) -> Step {
        Step {
            entry: 0,
            phase: Phase::Install,
            feature: Feature::EvaluateCode,
            detail: "eval".to_owned(),
            doc,
            span: Span { start: 0, end: 4 },
            line: 1,
            column: 1,
            call_path: Vec::new(),
            call_sites: Vec::new(),
            guarded: false,
            count: 1,
            why: crate::behavior::Why::default(),
        }
    }

    fn layer(parent: Doc, recipe: &[&str]) -> Layer {
        let recipe = recipe.iter().map(|way| (*way).to_owned()).collect();
        let source = Arc::new(Source::new("eval(x)".to_owned()));
        Layer::found(parent, Span::default(), recipe, source)
    }

    fn case() -> Case {
        let file = |path: &str| File { path: path.to_owned(), bytes: Arc::from(*b"abc"), source: None };
        let package = Package {
            path: "inbox/acme-1.0.tgz/".to_owned(),
            archive: String::new(),
            sha256: "5a".to_owned(),
            size: 99,
            ecosystem: Ecosystem::Npm,
            name: Some("acme".to_owned()),
            version: None,
            root: "package/".to_owned(),
            tops: Vec::new(),
            files: vec![file("package/LICENSE"), file("package/index.mjs"), file("package/lib/a.ts")],
            manifest: Manifest::default(),
            entries: Vec::new(),
            oddities: Vec::new(),
            skipped: Vec::new(),
        };
        let sequence = Sequence {
            entries: vec![SequenceEntry { phase: Phase::Install, name: "postinstall".to_owned() }],
            steps: vec![step(Doc::File(2)), step(Doc::Layer(1)), step(Doc::File(2))],
            layers: vec![layer(Doc::File(1), &["base64", "zlib"]), layer(Doc::Layer(0), &["zlib", "hex"])],
            code_files: 1,
            ..Sequence::default()
        };
        let judgement = Judgement {
            probability: 0.75,
            threshold: 0.5,
            windows: Vec::new(),
            margins: crate::model::Margins::default(),
            device: "cpu".to_owned(),
        };
        Case {
            reading: crate::behavior::Reading::default(),
            package: Arc::new(package),
            sequence: Arc::new(sequence),
            text: Arc::new(ModelText { text: "install eval".to_owned(), pieces: Vec::new() }),
            evidence: Arc::new(Vec::new()),
            indicators: Arc::new(Vec::new()),
            brief: Arc::default(),
            external: Arc::default(),
            verdict: Some(Verdict { state: State::Malicious, why: None, judgement: Some(Arc::new(judgement)) }),
            timing: Timing { open: Duration::ZERO, ..Timing::default() },
        }
    }

    #[test]
    fn a_label_carries_what_the_analyst_saw() {
        let labelled = Labelled::new(&case(), Label::Benign, Some(("demo", "beef")), "7");
        assert_eq!((labelled.sha256.as_str(), labelled.filename.as_str(), labelled.size), ("5a", "acme-1.0.tgz", 99));
        assert_eq!((labelled.name.as_str(), labelled.version.as_str()), ("acme", ""));
        assert_eq!(labelled.text.text, "install eval");
        let shown = labelled.shown.unwrap();
        assert_eq!((shown.state, shown.probability, shown.threshold), (State::Malicious, Some(0.75), Some(0.5)));
        assert_eq!((shown.model.as_str(), shown.model_hash.as_str()), ("demo", "beef"));
    }

    #[test]
    fn without_a_verdict_nothing_was_shown() {
        let unread = Case { verdict: None, ..case() };
        assert_eq!(Labelled::new(&unread, Label::Benign, Some(("demo", "beef")), "7").shown, None);
    }

    #[test]
    fn the_files_with_behaviors_are_named_those_of_layers_too() {
        let labelled = Labelled::new(&case(), Label::Malicious, None, "7");
        let files: Vec<_> = labelled.files.iter().map(|f| (f.path.as_str(), f.language.as_str(), f.size)).collect();
        assert_eq!(files, [("package/index.mjs", "javascript", 3), ("package/lib/a.ts", "typescript", 3)]);
        // SHA-256 of `abc`, FIPS 180-4.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(labelled.files.iter().all(|file| file.sha256 == abc));
        assert_eq!(labelled.decode_chain, ["base64", "zlib", "hex"]);
    }
}
