//! The loop from labels to a model and back: samples train a tiny network, and the workbench opens it without a restart.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use candle_core::Tensor;
use cerebro::behavior::Reading;
use cerebro::case::Case;
use cerebro::model::dataset::{Example, write_jsonl};
use cerebro::model::evaluate::label_errors::label_errors;
use cerebro::model::train::warm_start::WarmStart;
use cerebro::model::train::{Settings, train};
use cerebro::model::{Device, Model};
use cerebro::package::{self, OpenOptions};
use cerebro::tui::worker::Judge;
use serde_json::{Map, Value, json};

use super::harness::{Bench, Given, again};

/// The samples, and whether they imitate an attack.
const SAMPLES: [(&str, bool); 10] = [
    ("npm-hook-stealer.tgz", true),
    ("npm-obfuscated-loader.tgz", true),
    ("npm-csv-peek.tgz", false),
    ("npm-interval-set.tgz", false),
    ("npm-json-client.tgz", false),
    ("pypi-setup-exec.tar.gz", true),
    ("pypi-env-exfiltration.whl", true),
    ("pypi-install-override.tar.gz", true),
    ("pypi-roman-dates.tar.gz", false),
    ("pypi-link-check.whl", false),
];

fn open(sample: &str) -> package::Package {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    package::open(&path, &OpenOptions::default()).unwrap()
}

fn examples() -> Vec<Example> {
    SAMPLES
        .iter()
        .map(|(name, malicious)| {
            let case = Case::read(Arc::new(open(name)), Duration::ZERO, &Reading::default());
            Example {
                sha256: case.package.sha256.clone(),
                ecosystem: case.package.ecosystem,
                malicious: *malicious,
                group: (*name).to_owned(),
                fold: 0,
                cohort: cerebro::model::dataset::Cohort::Registry,
                name: String::new(),
                year: None,
                probe: cerebro::model::dataset::Probe::Plain,
                suspect: false,
                code_bytes: None,
                text: case.text.as_ref().clone(),
                reading: Reading::default(),
            }
        })
        .collect()
}

/// A checkpoint in the shape of the fixture, with a vocabulary of the texts' words; weights by a formula.
fn base(folder: &Path, examples: &[Example]) -> PathBuf {
    let path = folder.join("base");
    fs::create_dir(&path).unwrap();
    let words: BTreeSet<&str> = examples.iter().flat_map(|e| e.text.text.split_whitespace()).collect();
    let all = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].into_iter().chain(words);
    let vocabulary: Map<String, Value> = all.zip(0..).map(|(word, id)| (word.to_owned(), json!(id))).collect();
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/tiny_bert.json")).unwrap();
    let mut config = fixture["config"].clone();
    config["vocab_size"] = json!(vocabulary.len());
    let mut weights = HashMap::new();
    for (number, (name, shape)) in fixture["parameters"].as_object().unwrap().iter().enumerate() {
        let mut shape: Vec<usize> = serde_json::from_value(shape.clone()).unwrap();
        if name.contains("word_embeddings") {
            shape[0] = vocabulary.len();
        }
        let shift = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
        let values: Vec<f32> = (0..shape.iter().product::<usize>())
            .map(|i| ((i * 7919 + number * 104_729) % 1000) as f32 / 4000.0 - 0.125 + shift)
            .collect();
        weights.insert(name.clone(), Tensor::from_vec(values, shape, &candle_core::Device::Cpu).unwrap());
    }
    candle_core::safetensors::save(&weights, path.join("model.safetensors")).unwrap();
    fs::write(path.join("config.json"), config.to_string()).unwrap();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "post_processor": null, "decoder": null,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": vocabulary},
    });
    fs::write(path.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    path
}

fn settings() -> Settings {
    Settings { epochs: 40, batch: 10, rate: 5e-3, window: 24, checkpoint: 0, ..Settings::default() }
}

/// Trains as `cerebro train` does and answers with the loss after each step.
fn trained(examples: &[Example], base: &Path, out: &Path, settings: &Settings) -> Vec<f64> {
    let warm = WarmStart::new(base, examples).unwrap();
    let mut losses = Vec::new();
    let finished = train(examples, base, out, settings, &Device::cpu(), false, &mut |progress| {
        losses.push(progress.loss);
        ControlFlow::Continue(())
    });
    assert!(finished.unwrap());
    if let Some(warm) = warm {
        warm.finish(out).unwrap();
    }
    losses
}

#[test]
fn the_loss_falls_on_the_samples_and_the_new_model_opens_in_the_running_workbench() {
    let folder = tempfile::tempdir().unwrap();
    let examples = examples();
    let out = folder.path().join("mine");
    let mut given = Given::new(open("npm-json-client.tgz"));
    given.reload = Arc::new(|folder: Option<&Path>| Judge::load(folder.unwrap(), &Device::cpu(), again()));
    let mut bench = Bench::open(160, 40, given);
    bench.settle();
    bench.shows("ALARM risk 97.3 %").keys("O ctrl-u").text(out.to_str().unwrap()).keys("enter");
    bench.shows("the model by hand stays");

    let losses = trained(&examples, &base(folder.path(), &examples), &out, &settings());
    assert!(losses[0] > 0.5, "{losses:?}");
    assert!(losses.last().unwrap() < &(losses[0] / 3.0), "{losses:?}");

    bench.keys("O ctrl-u").text(out.to_str().unwrap()).keys("enter");
    bench.shows("The model mine (").shows("risk ").hides("ALARM");
    let expected = Model::load(&out, &Device::cpu()).unwrap();
    let case = bench.bench.state.case.clone().unwrap();
    let judgement = case.verdict.as_ref().unwrap().judgement.clone().unwrap();
    assert_eq!(judgement.probability.to_bits(), expected.judge(&case.text).unwrap().probability.to_bits());
    assert_eq!(bench.bench.state.judge.as_ref().unwrap().as_ref().unwrap().hash, expected.hash());

    // Trained on, into the same folder: noticed by the reload, and only then.
    bench.keys("R").shows("nothing has changed");
    trained(&examples, &out, &out, &Settings { epochs: 2, ..settings() });
    bench.keys("R").shows("The model mine (");
    assert_ne!(bench.bench.state.judge.as_ref().unwrap().as_ref().unwrap().hash, expected.hash());
}

#[test]
fn a_wrong_label_is_the_strongest_contradiction() {
    let folder = tempfile::tempdir().unwrap();
    let mut examples = examples();
    let out = folder.path().join("mine");
    trained(&examples, &base(folder.path(), &examples), &out, &settings());
    let model = Model::load(&out, &Device::cpu()).unwrap();
    assert!(label_errors(&model, &examples.iter().collect::<Vec<_>>()).unwrap().is_empty());
    for wrong in [1, 4] {
        examples[wrong].malicious = !examples[wrong].malicious;
    }
    let found = label_errors(&model, &examples.iter().collect::<Vec<_>>()).unwrap();
    let mut indices: Vec<usize> = found.iter().map(|one| one.index).collect();
    assert!(found[0].left <= found[1].left && found[0].left < 0.5, "{found:?}");
    indices.sort_unstable();
    assert_eq!(indices, [1, 4]);
    assert!(found.iter().all(|one| (one.probability >= 0.5) == (one.index == 1)), "{found:?}");
}

#[test]
fn a_training_that_goes_on_keeps_what_the_base_knows() {
    let folder = tempfile::tempdir().unwrap();
    let examples = examples();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    trained(&examples, &base(folder.path(), &examples), &first, &settings());
    let read = |folder: &Path, name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let mut card = read(&first, "cerebro.json");
    card["threshold"] = json!(0.25);
    card["linear_scale"] = json!(0.5);
    fs::write(first.join("cerebro.json"), card.to_string()).unwrap();

    // Two labels that say the contrary: the words of the others must be neither forgotten nor unlearnt.
    let mut labels = vec![examples[0].clone(), examples[9].clone()];
    labels.iter_mut().for_each(|label| label.malicious = !label.malicious);
    let brief = Settings { epochs: 2, rate: 1e-4, ..settings() };
    trained(&labels, &first, &second, &brief);
    assert_eq!(read(&second, "tokenizer.json")["model"]["vocab"], read(&first, "tokenizer.json")["model"]["vocab"]);
    let card = read(&second, "cerebro.json");
    assert_eq!((&card["threshold"], &card["linear_scale"]), (&json!(0.25), &json!(0.5)));
    let (old, new) = [&first, &second].map(|folder| Model::load(folder, &Device::cpu()).unwrap()).into();
    for (index, example) in examples.iter().enumerate() {
        let margins = [&old, &new].map(|model| model.judge(&example.text).unwrap().margins.linear.unwrap());
        assert_eq!(margins[1] > 0.0, example.malicious, "{index}: {margins:?}");
        if index == 0 {
            assert!(margins[1] < margins[0], "{margins:?}");
        }
        if index == 9 {
            assert!(margins[1] > margins[0], "{margins:?}");
        }
    }
}

#[test]
fn a_base_of_another_reading_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut examples = examples();
    let out = folder.path().join("mine");
    trained(&examples, &base(folder.path(), &examples), &out, &Settings { epochs: 1, ..settings() });
    assert!(WarmStart::new(&out, &examples).unwrap().is_some());
    examples[3].reading.without.insert(cerebro::behavior::Part::Facts);
    assert!(WarmStart::new(&out, &examples).unwrap().is_none());
    assert!(WarmStart::new(&folder.path().join("base"), &examples).unwrap().is_none());
}

#[test]
fn the_last_file_holds_and_hostile_names_are_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let examples = examples();
    let out = folder.path().join("mine");
    trained(&examples, &base(folder.path(), &examples), &out, &settings());
    let mut wrong = examples[1].clone();
    wrong.malicious = false;
    let mut lines = [Vec::new(), Vec::new()];
    write_jsonl(&examples, &mut lines[0]).unwrap();
    write_jsonl(&[wrong], &mut lines[1]).unwrap();
    let mut line: Value = serde_json::from_slice(&lines[1]).unwrap();
    line["name"] = json!("demo\u{1b}[2J\u{202e}");
    line["version"] = json!("1.0.0");
    let other = json!({"sha256": "00", "label": "dual\u{1b}use", "text": "", "pieces": []});
    fs::write(folder.path().join("corpus.jsonl"), &lines[0]).unwrap();
    fs::write(folder.path().join("mine.jsonl"), format!("{other}\n{line}\n")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cerebro"))
        .current_dir(folder.path())
        .args(["train", "--check-labels", "--device", "cpu", "--model", "mine"])
        .args(["--data", "corpus.jsonl", "--data", "mine.jsonl"])
        .output()
        .unwrap();
    let [said, told] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(0), "{told}");
    let rows: Vec<&str> = said.lines().collect();
    assert_eq!((rows.len(), rows[0]), (3, "1 of 10 labels contradict the model mine"), "{said}");
    assert!(rows[2].starts_with("benign ") && rows[2].contains("demo␛[2J<U+202E> 1.0.0"), "{said}");
    assert!(rows[2].ends_with("mine.jsonl:2"), "{said}");
    assert!(told.contains("packages in several files: 1;"), "{told}");
    assert!(told.contains("left out 1 labelled neither malicious nor benign: 1 dual␛use"), "{told}");
}
