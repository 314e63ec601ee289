//! Model folders come from anybody and settings from anybody's fingers: what is senseless is refused by name, in one line that
//! says what to do, before anything is done with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rstest::rstest;
use tempfile::TempDir;

use crate::common::constant_model;

fn cerebro(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cerebro"));
    command.args(arguments).current_dir(folder).env("CEREBRO_CONFIG", folder);
    // Where errors of libraries bring one along.
    command.env("RUST_BACKTRACE", "1").env("CEREBRO_LEDGER", folder.join("ledger.sqlite")).output().unwrap()
}

/// Runs the model of a folder.
fn classify(folder: &Path) -> Output {
    fs::write(folder.join("text.txt"), "import").unwrap();
    cerebro(folder, &["classify", "--model", "model", "--device", "cpu", "--text", "text.txt"])
}

#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    let said: Vec<&str> = error.lines().filter(|line| !line.starts_with("labels not checked")).collect();
    let [line] = said.as_slice() else { panic!("not one line: {error}") };
    for word in words {
        assert!(line.contains(word), "{word:?} is missing in {line:?}");
    }
    assert!(!error.contains("backtrace"), "{error}");
}

/// Changes a file of a model folder.
type Damage = fn(&Path);

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from:?} is not in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn config(folder: &Path, key: &str, value: serde_json::Value) {
    let path = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(config[key].is_number(), "{config}");
    config[key] = value;
    fs::write(path, config.to_string()).unwrap();
}

/// Puts the bytes of a number in the place of the classifier's bias towards malice, which is 2.5.
fn weight(folder: &Path, number: f32) {
    let path = folder.join("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let wanted = 2.5f32.to_le_bytes();
    let at = bytes.windows(4).rposition(|window| window == wanted).unwrap();
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

fn cut(folder: &Path, name: &str, left: usize) {
    let path = folder.join(name);
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > left);
    fs::write(path, &bytes[..left]).unwrap();
}

/// A safetensors header that says it is this long.
fn header(folder: &Path, length: u64) {
    let path = folder.join("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..8].copy_from_slice(&length.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

#[rstest]
#[case::no_heads(|m: &Path| config(m, "num_attention_heads", 0.into()), &["config.json", "num_attention_heads is 0"])]
#[case::heads_left_over(|m: &Path| config(m, "num_attention_heads", 7.into()), &["config.json", "among 7 heads"])]
#[case::no_width(|m: &Path| config(m, "hidden_size", 0.into()), &["config.json", "hidden_size is 0"])]
#[case::absurd_width(|m: &Path| config(m, "hidden_size", 1_000_000_000.into()), &["config.json", "hidden_size is 1000000000"])]
#[case::absurd_words(|m: &Path| config(m, "vocab_size", 4_000_000_000_u64.into()), &["config.json", "vocab_size is 4000000000"])]
#[case::no_layers(|m: &Path| config(m, "num_hidden_layers", 0.into()), &["config.json", "num_hidden_layers is 0"])]
#[case::a_layer_more(|m: &Path| config(m, "num_hidden_layers", 99.into()), &["model.safetensors", "has no encoder.layer."])]
#[case::other_width(|m: &Path| config(m, "intermediate_size", 7.into()), &["model.safetensors", "has the shape", "config.json says"])]
#[case::negative(|m: &Path| config(m, "hidden_size", (-4).into()), &["config.json", "not a BERT configuration"])]
#[case::no_config(|m: &Path| fs::write(m.join("config.json"), "[]").unwrap(), &["config.json", "not a BERT configuration"])]
#[case::config_no_text(|m: &Path| fs::write(m.join("config.json"), b"\xff\xfe").unwrap(), &["config.json", "no text"])]
#[case::config_folder(
    |m: &Path| { fs::remove_file(m.join("config.json")).unwrap(); fs::create_dir(m.join("config.json")).unwrap(); },
    &["config.json", "is no file"]
)]
#[case::empty_weights(|m: &Path| cut(m, "model.safetensors", 0), &["model.safetensors", "not a safetensors file"])]
#[case::half_weights(|m: &Path| cut(m, "model.safetensors", 5000), &["model.safetensors", "not a safetensors file"])]
#[case::huge_header(|m: &Path| header(m, u64::MAX), &["model.safetensors", "not a safetensors file"])]
#[case::long_header(|m: &Path| header(m, 1 << 40), &["model.safetensors", "not a safetensors file"])]
#[case::nan_weight(|m: &Path| weight(m, f32::NAN), &["model.safetensors", "classifier.bias", "numbers that are none"])]
#[case::infinite_weight(|m: &Path| weight(m, f32::INFINITY), &["model.safetensors", "classifier.bias", "numbers that are none"])]
#[case::no_tokenizer(|m: &Path| fs::write(m.join("tokenizer.json"), "{}").unwrap(), &["tokenizer.json", "not a tokenizer"])]
#[case::half_a_tokenizer(|m: &Path| cut(m, "tokenizer.json", 100), &["tokenizer.json", "not a tokenizer"])]
#[case::a_word_outside(
    |m: &Path| replace(&m.join("tokenizer.json"), "\"import\":5", "\"import\":4000000"),
    &["tokenizer.json", "token 4000000", "config.json says"]
)]
#[case::no_frame(|m: &Path| replace(&m.join("tokenizer.json"), "[SEP]", "[XXX]"), &["[SEP]"])]
#[case::other_tokenizer(
    |m: &Path| replace(
        &m.join("tokenizer.json"),
        "\"model\":{",
        "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"[UNK]\":1},\"unk_token\":\"[UNK]\"},\"was\":{"
    ),
    &["tokenizer.json", "not a tokenizer"]
)]
#[case::linear_no_json(|m: &Path| fs::write(m.join("linear.json"), "{").unwrap(), &["linear.json", "not a linear model"])]
#[case::linear_infinite(
    |m: &Path| fs::write(m.join("linear.json"), r#"{"weights": {"a": 1e39}, "bias": 0}"#).unwrap(),
    &["linear.json", "numbers that are none"]
)]
#[case::card_no_json(|m: &Path| fs::write(m.join("cerebro.json"), "[1").unwrap(), &["cerebro.json", "not a model card"])]
#[case::card_threshold(|m: &Path| fs::write(m.join("cerebro.json"), r#"{"threshold": 7}"#).unwrap(), &["cerebro.json", "threshold is 7"])]
#[case::card_window(|m: &Path| fs::write(m.join("cerebro.json"), r#"{"window": 2}"#).unwrap(), &["cerebro.json", "window is 2"])]
#[case::card_huge(|m: &Path| fs::write(m.join("cerebro.json"), r#"{"scale": 1e999}"#).unwrap(), &["cerebro.json", "not a model card"])]
fn a_damaged_model_is_refused_by_the_file_and_what_is_wrong(#[case] damage: Damage, #[case] words: &[&str]) {
    let folder = TempDir::new().unwrap();
    let model = constant_model::model(folder.path(), 2.5);
    let sound = classify(folder.path());
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    damage(&model);
    refused(&classify(folder.path()), words);
}

/// Weights may be numbers and still add up to none.
#[test]
fn a_model_whose_answers_are_no_numbers_is_refused() {
    let folder = TempDir::new().unwrap();
    let model = constant_model::model(folder.path(), 2.5);
    // In the layer norm the epsilon keeps a constant row from a division by zero; where it vanishes in single precision the
    // configuration is refused, so the overflow comes from the weights.
    let path = model.join("model.safetensors");
    let tensors = candle_core::safetensors::load(&path, &candle_core::Device::Cpu).unwrap();
    let huge = tensors.into_iter().map(|(name, tensor)| {
        let tensor = match name.as_str() {
            name if name.ends_with("LayerNorm.bias") => tensor.ones_like().unwrap(),
            "classifier.weight" | "bert.pooler.dense.weight" | "pooler.dense.weight" => {
                (tensor.ones_like().unwrap() * 3e38).unwrap()
            }
            _ => tensor,
        };
        (name, tensor)
    });
    let huge: std::collections::HashMap<_, _> = huge.collect();
    candle_core::safetensors::save(&huge, &path).unwrap();
    refused(&classify(folder.path()), &["model.safetensors", "answers with numbers that are none"]);
}

#[rstest]
#[case(&["--epochs", "0"], &["--epochs 0", "1 or more"])]
#[case(&["--batch", "0"], &["--batch 0", "1 or more"])]
#[case(&["--lr", "0"], &["--lr 0", "above 0"])]
#[case(&["--lr", "-0.1"], &["--lr -0.1", "above 0"])]
#[case(&["--lr", "inf"], &["--lr inf", "above 0"])]
#[case(&["--lr", "nan"], &["--lr NaN", "above 0"])]
#[case(&["--window", "2"], &["--window 2", "3 or more"])]
#[case(&["--balance", "1.5"], &["--balance 1.5", "0 to 1"])]
#[case(&["--masked", "nan"], &["--masked NaN", "0 to 1"])]
fn a_senseless_option_of_a_training_is_refused_by_name(#[case] option: &[&str], #[case] words: &[&str]) {
    let folder = TempDir::new().unwrap();
    // The data is not even there: options are looked at first.
    let arguments = [&["train", "--data", "none.jsonl", "--base", "base", "--out", "out"], option].concat();
    refused(&cerebro(folder.path(), &arguments), words);
    assert!(!folder.path().join("out").exists());
}

#[rstest]
#[case(&["--epochs", "-1"], "--epochs")]
#[case(&["--layers", "-1"], "--layers")]
#[case(&["--batch", "1.5"], "--batch")]
#[case(&["--lr", "fast"], "--lr")]
fn an_option_that_is_no_number_is_refused_by_name(#[case] option: &[&str], #[case] name: &str) {
    let folder = TempDir::new().unwrap();
    let arguments = [&["train", "--data", "none.jsonl", "--base", "base", "--out", "out"], option].concat();
    let output = cerebro(folder.path(), &arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("invalid value") && error.contains(name), "{error}");
}

#[test]
fn a_finished_model_is_written_over_only_by_force() {
    let folder = TempDir::new().unwrap();
    let model: PathBuf = constant_model::model(folder.path(), 2.5);
    let before = fs::read(model.join("model.safetensors")).unwrap();
    let train = ["train", "--data", "none.jsonl", "--base", "model", "--out", "model"];
    refused(&cerebro(folder.path(), &train), &["--out model", "finished model", "--force"]);
    let forced = cerebro(folder.path(), &[&train[..], &["--force"]].concat());
    refused(&forced, &["none.jsonl"]);
    assert_eq!(fs::read(model.join("model.safetensors")).unwrap(), before);
}
