//! Training of tiny networks.

use super::*;
use crate::behavior::Reading;
use crate::model::Model;
use crate::model::linear::tests::text;
use crate::package::Ecosystem;

const WORDS: [&str; 12] =
    ["install", "import", "run", "read", "env", "post", "url", "exec", "parse", "json", "log", "print"];

/// A base checkpoint without pooler and head, weights random.
fn base(folder: &Path) {
    let config = r#"{"vocab_size": 18, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2,
        "intermediate_size": 32, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": 32,
        "type_vocab_size": 2, "initializer_range": 0.1, "layer_norm_eps": 1e-12, "pad_token_id": 0}"#;
    std::fs::write(folder.join("config.json"), config).unwrap();
    let tokenizer = vocabulary::tests::tokenizer(&WORDS);
    std::fs::write(folder.join("tokenizer.json"), tokenizer.to_string(false).unwrap()).unwrap();
    let weights: std::collections::HashMap<String, Tensor> = check::shapes(&BertConfig::parse(config).unwrap())
        .into_iter()
        .enumerate()
        .filter(|(_, (name, _))| !name.starts_with("pooler") && !name.starts_with("classifier"))
        .map(|(i, (name, shape))| {
            let tensor = fresh(&name, &shape, 0.1, i as u64).unwrap();
            let tensor = if name.ends_with("LayerNorm.weight") { (tensor + 1.0).unwrap() } else { tensor };
            (name, tensor)
        })
        .collect();
    candle_core::safetensors::save(&weights, folder.join("model.safetensors")).unwrap();
}

/// Malicious packages send the environment, benign ones parse.
fn examples() -> Vec<Example> {
    (0..32)
        .map(|i: usize| {
            let malicious = i.is_multiple_of(2);
            let noise = WORDS[8 + i / 2 % 4];
            let words = if malicious {
                vec!["install", noise, "read", "env", "post", "url"]
            } else {
                vec!["import", "read", noise, "parse", "json"]
            };
            Example {
                sha256: i.to_string(),
                ecosystem: Ecosystem::Npm,
                malicious,
                group: i.to_string(),
                fold: i % 5,
                cohort: crate::model::dataset::Cohort::Registry,
                name: String::new(),
                year: None,
                probe: crate::model::dataset::Probe::Plain,
                suspect: false,
                code_bytes: None,
                text: text(&words),
                reading: Reading::default(),
            }
        })
        .collect()
}

fn settings() -> Settings {
    Settings {
        epochs: 12,
        batch: 8,
        rate: 5e-3,
        window: 12,
        layers: 2,
        implants: 0.0,
        checkpoint: 0,
        ..Settings::default()
    }
}

#[test]
fn attacks_are_put_into_benign_packages_and_weigh_their_share() {
    let (all, settings) = (examples(), Settings { implants: 0.1, ..settings() });
    let all: Vec<&Example> = all.iter().collect();
    let weights = sample::weights(&all, &settings);
    let implants = implants::implants(&all, &weights, &settings);
    // Of each of the sixteen hosts the whole and the attack alone, with twins.
    assert_eq!(implants.len(), 64);
    let sum = |malicious: bool| -> f64 { implants.iter().filter(|i| i.malicious == malicious).map(|i| i.weight).sum() };
    let of_malicious: f64 = all.iter().zip(&weights).filter(|(e, _)| e.malicious).map(|(_, weight)| weight).sum();
    assert!((sum(true) - 0.1 * of_malicious).abs() < 1e-9 && (sum(false) - sum(true)).abs() < 1e-9);
    let folder = tempfile::tempdir().unwrap();
    let (source, out) = (folder.path().join("base"), folder.path().join("small"));
    std::fs::create_dir(&source).unwrap();
    base(&source);
    let mut steps = 0;
    let short = Settings { epochs: 1, ..settings };
    let owned: Vec<Example> = all.iter().map(|example| (*example).clone()).collect();
    let done = train(&owned, &source, &out, &short, &Device::cpu(), false, &mut |progress| {
        steps = progress.steps;
        ControlFlow::Continue(())
    });
    assert!(done.unwrap() && steps == 12, "{steps}");
}

#[test]
fn the_loss_falls_and_the_model_tells_the_classes_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (source, out) = (folder.path().join("base"), folder.path().join("small"));
    std::fs::create_dir(&source).unwrap();
    base(&source);
    let mut losses = Vec::new();
    let done = train(&examples(), &source, &out, &settings(), &Device::cpu(), false, &mut |progress| {
        losses.push(progress.loss);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(done && losses.len() == 48);
    assert!(losses[0] > 0.5 && losses[47] < 0.2, "{losses:?}");
    let model = Model::load(&out, &Device::cpu()).unwrap();
    assert_eq!((model.name(), model.labels()), ("small", &["benign".to_owned(), "malicious".to_owned()][..]));
    assert_eq!(model.hash().len(), 64);
    for example in examples() {
        let judgement = model.judge(&example.text).unwrap();
        assert_eq!(judgement.probability > 0.5, example.malicious);
        assert_eq!(judgement.windows[0].cls_attention.len(), 2);
        let tokens = &judgement.windows[0].tokens;
        assert_eq!(tokens[1].piece, Some(0));
        assert_eq!(example.text.text[tokens[1].range.clone()], tokens[1].text);
        for head in judgement.windows[0].cls_attention.iter().flatten() {
            assert_eq!(head.len(), tokens.len());
            assert!((head.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
    // Longer than a window: several are read, and the same text gives the same bits.
    let long = text(&["install", "read", "env", "post", "url"].repeat(8));
    let first = model.judge(&long).unwrap();
    assert!(first.windows.len() > 3 && first.windows.iter().all(|w| w.tokens.len() <= 12));
    assert_eq!(model.judge(&long).unwrap().probability.to_bits(), first.probability.to_bits());
}

#[test]
fn a_training_that_stops_and_resumes_ends_with_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("base");
    std::fs::create_dir(&source).unwrap();
    base(&source);
    let settings = Settings { epochs: 2, ..settings() };
    let run = |name: &str, resume: bool, stop: usize, settings: &Settings| {
        let out = folder.path().join(name);
        train(&examples(), &source, &out, settings, &Device::cpu(), resume, &mut |progress| {
            if progress.step == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    };
    assert!(run("whole", false, usize::MAX, &settings).unwrap());
    assert!(!run("parts", false, 3, &settings).unwrap());
    let other = Settings { seed: 9, ..settings.clone() };
    assert!(run("parts", true, usize::MAX, &other).unwrap_err().to_string().contains("other data or settings"));
    assert!(!run("parts", true, 6, &settings).unwrap());
    assert!(run("parts", true, usize::MAX, &settings).unwrap());
    let bytes = |name: &str| std::fs::read(folder.path().join(name).join("model.safetensors")).unwrap();
    assert!(bytes("whole") == bytes("parts"), "weights differ");
    assert!(!folder.path().join("parts/checkpoint").exists());
}

#[test]
fn one_class_is_not_enough() {
    let folder = tempfile::tempdir().unwrap();
    let only: Vec<Example> = examples().into_iter().filter(|e| e.malicious).collect();
    let error =
        train(&only, folder.path(), folder.path(), &settings(), &Device::cpu(), false, &mut |_| ControlFlow::Break(()));
    assert!(error.unwrap_err().to_string().contains("both malicious and benign"));
}

/// The folder of a base, with a folder beside it that is to be the new model's.
fn bare() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (source, out) = (folder.path().join("base"), folder.path().join("new"));
    std::fs::create_dir(&source).unwrap();
    base(&source);
    (folder, source, out)
}

#[rstest::rstest]
#[case::at_a_step(2, 1)]
#[case::at_the_last_step(1, 0)]
fn a_training_that_comes_apart_ends_and_leaves_nothing(#[case] epochs: usize, #[case] checkpoint: usize) {
    let (_folder, source, out) = bare();
    let settings = Settings { epochs, batch: 32, rate: 1e30, warm_up: 0.0, checkpoint, ..settings() };
    let error = train(&examples(), &source, &out, &settings, &Device::cpu(), false, &mut |_| ControlFlow::Continue(()));
    let error = error.unwrap_err();
    assert!(matches!(error, ModelError::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("lower --lr"), "{error}");
    assert!(!out.exists());
}

#[rstest::rstest]
#[case(Settings { layers: 9, ..settings() }, "--layers 9: the base has 3")]
#[case(Settings { window: 33, ..settings() }, "--window 33: the base reads at most 32 tokens")]
#[case(Settings { epochs: 0, ..settings() }, "--epochs 0: ")]
#[case(Settings { rate: f64::INFINITY, ..settings() }, "--lr inf: ")]
fn what_the_base_cannot_follow_is_refused_by_name(#[case] settings: Settings, #[case] told: &str) {
    let (_folder, source, out) = bare();
    let error = train(&examples(), &source, &out, &settings, &Device::cpu(), false, &mut |_| ControlFlow::Break(()));
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with(told), "{error}");
    assert!(!out.exists());
}
