//! The encoder against other implementations, and its gradients.

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor, Var};
use serde::Deserialize;

use super::*;

const FIXTURE: &str = include_str!("../../../../tests/fixtures/tiny_bert.json");

/// What Hugging Face's implementation answered, see tests/fixtures/tiny_bert.py.
#[derive(Deserialize)]
struct Fixture {
    config: serde_json::Value,
    parameters: BTreeMap<String, Vec<usize>>,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    ids: Vec<u32>,
    logits: Vec<f32>,
    hidden: Vec<f32>,
    attention: Vec<Vec<Vec<f32>>>,
}

/// The weights of the fixture's formula, names with their prefix, and the configuration.
fn tiny() -> (Fixture, BertConfig, HashMap<String, Tensor>) {
    let fixture: Fixture = serde_json::from_str(FIXTURE).unwrap();
    let config = BertConfig::parse(&fixture.config.to_string()).unwrap();
    let mut weights = HashMap::new();
    for (number, (name, shape)) in fixture.parameters.iter().enumerate() {
        let count: usize = shape.iter().product();
        let shift = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
        let values: Vec<f32> = (0..count)
            .map(|i| ((i * 7919 + number * 104_729) % 1000) as f32)
            .map(|v| (v - 500.0) / 1000.0 + shift)
            .collect();
        weights.insert(name.clone(), Tensor::from_vec(values, shape.as_slice(), &Device::Cpu).unwrap());
    }
    (fixture, config, weights)
}

fn plain(weights: &HashMap<String, Tensor>) -> HashMap<String, Tensor> {
    weights.iter().map(|(name, t)| (name.trim_start_matches("bert.").to_owned(), t.clone())).collect()
}

fn network(config: &BertConfig, weights: HashMap<String, Tensor>, kernels: Kernels) -> Classifier {
    Classifier::load(&VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu), config, kernels).unwrap()
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn answers_what_hugging_face_answers() {
    let (fixture, config, weights) = tiny();
    for kernels in [Kernels::Fused, Kernels::Composed] {
        let network = network(&config, plain(&weights), kernels);
        for answer in &fixture.answers {
            let reading = network.read(&answer.ids, Maps::Full).unwrap();
            assert!(difference(&reading.logits, &answer.logits) < 1e-4, "{:?}", reading.logits);
            assert!(difference(&flat(&reading.hidden.get(0).unwrap()), &answer.hidden) < 1e-4);
            for (map, expected) in reading.attention.iter().zip(&answer.attention) {
                let cls = flat(&map.narrow(1, 0, 1).unwrap());
                assert!(difference(&cls, &expected.concat()) < 1e-4);
            }
            let cls = network.read(&answer.ids, Maps::Cls).unwrap();
            // On the CPU this is another way through the network.
            assert!(difference(&cls.logits, &answer.logits) < 1e-4);
            assert!(difference(&flat(&cls.hidden.get(0).unwrap()), &answer.hidden) < 1e-4);
            for (map, expected) in cls.attention.iter().zip(&answer.attention) {
                assert!(difference(&flat(map), &expected.concat()) < 1e-4);
            }
            assert_eq!(cls.attention[1].dims(), [4, 1, answer.ids.len()]);
        }
    }
}

#[test]
fn hidden_states_equal_candle_transformers() {
    use candle_transformers::models::bert::{BertModel, Config};
    let (fixture, config, weights) = tiny();
    let vb = VarBuilder::from_tensors(plain(&weights), DType::F32, &Device::Cpu);
    let same: Config = serde_json::from_str(&config.to_json()).unwrap();
    let oracle = BertModel::load(vb, &same).unwrap();
    let network = network(&config, plain(&weights), Kernels::Fused);
    for answer in &fixture.answers {
        let ids = Tensor::new(answer.ids.as_slice(), &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let expected = oracle.forward(&ids, &ids.zeros_like().unwrap(), None).unwrap();
        let reading = network.read(&answer.ids, Maps::Full).unwrap();
        assert!(difference(&flat(&reading.hidden), &flat(&expected)) < 1e-5);
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let (fixture, config, weights) = tiny();
    let network = network(&config, plain(&weights), Kernels::Fused);
    let first = network.read(&fixture.answers[2].ids, Maps::Cls).unwrap().logits;
    for _ in 0..5 {
        assert_eq!(network.read(&fixture.answers[2].ids, Maps::Cls).unwrap().logits, first);
    }
}

/// All texts of the fixture end to end.
fn packed(fixture: &Fixture) -> (Vec<u32>, Arc<[Range<usize>]>) {
    let mut ids = Vec::new();
    let mut texts = Vec::new();
    for answer in &fixture.answers {
        texts.push(ids.len()..ids.len() + answer.ids.len());
        ids.extend_from_slice(&answer.ids);
    }
    (ids, texts.into())
}

#[test]
fn packed_texts_answer_as_single_ones() {
    let (fixture, config, weights) = tiny();
    let (ids, texts) = packed(&fixture);
    for kernels in [Kernels::Fused, Kernels::Composed] {
        let network = network(&config, plain(&weights), kernels);
        let logits = network.logits(&ids, &texts, Dropout::OFF, Dropout::OFF).unwrap();
        let expected: Vec<f32> = fixture.answers.iter().flat_map(|a| a.logits.clone()).collect();
        assert!(difference(&flat(&logits), &expected) < 1e-4);
    }
}

/// Gradients of a loss that treats every logit differently.
fn gradients(
    kernels: Kernels,
    dropout: Dropout,
    vars: &BTreeMap<String, Var>,
    config: &BertConfig,
    fixture: &Fixture,
) -> (f32, BTreeMap<String, Vec<f32>>) {
    let tensors = vars.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
    let network = network(config, tensors, kernels);
    let (ids, texts) = packed(fixture);
    let logits = network.logits(&ids, &texts, dropout, dropout).unwrap();
    let scale = Tensor::new(&[[1f32, -2.0], [0.5, 1.5], [-1.0, 0.25]], &Device::Cpu).unwrap();
    let loss = (logits.sqr().unwrap() * scale).unwrap().sum_all().unwrap();
    let store = loss.backward().unwrap();
    let grads = vars
        .iter()
        .map(|(name, var)| (name.clone(), flat(store.get(var).unwrap_or_else(|| panic!("no gradient: {name}")))))
        .collect();
    (loss.to_scalar().unwrap(), grads)
}

fn vars(weights: &HashMap<String, Tensor>) -> BTreeMap<String, Var> {
    // Smaller than the fixture's, so that no weight saturates and hides a wrong gradient.
    plain(weights).iter().map(|(name, t)| (name.clone(), Var::from_tensor(&(t * 0.7).unwrap()).unwrap())).collect()
}

#[test]
fn every_variable_gets_the_gradient_of_the_composed_form() {
    let (fixture, config, weights) = tiny();
    let vars = vars(&weights);
    for dropout in [Dropout::OFF, Dropout { share: 0.2, seed: 5 }] {
        let (fused_loss, fused) = gradients(Kernels::Fused, dropout, &vars, &config, &fixture);
        let (composed_loss, composed) = gradients(Kernels::Composed, dropout, &vars, &config, &fixture);
        assert!((fused_loss - composed_loss).abs() < 1e-3 * composed_loss.abs(), "{fused_loss} {composed_loss}");
        for (name, grad) in &fused {
            let size = composed[name].iter().fold(0f32, |m, g| m.max(g.abs()));
            // A key's bias shifts all scores of a row alike: softmax does not see it, its gradient is zero.
            assert!(size > 1e-5 || name.ends_with("key.bias"), "{name} has no gradient");
            assert!(difference(grad, &composed[name]) < 1e-3 * size.max(1e-2), "{name}");
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let (fixture, config, weights) = tiny();
    let vars = vars(&weights);
    let dropout = Dropout { share: 0.1, seed: 9 };
    let (_, grads) = gradients(Kernels::Fused, dropout, &vars, &config, &fixture);
    for name in [
        "encoder.layer.0.attention.self.query.weight",
        "encoder.layer.1.output.LayerNorm.weight",
        "classifier.bias",
        "embeddings.word_embeddings.weight",
        "encoder.layer.0.intermediate.dense.bias",
    ] {
        // The weight with the largest gradient, where the quotient stands out from rounding.
        let (index, grad) = grads[name].iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap();
        let original = vars[name].as_tensor().copy().unwrap();
        let step = 2e-3f32;
        let losses = [step, -step].map(|by| {
            let mut values = flat(&original);
            values[index] += by;
            vars[name].set(&Tensor::from_vec(values, original.shape(), &Device::Cpu).unwrap()).unwrap();
            gradients(Kernels::Fused, dropout, &vars, &config, &fixture).0
        });
        vars[name].set(&original).unwrap();
        let quotient = (losses[0] - losses[1]) / (2.0 * step);
        assert!((quotient - grad).abs() < 0.02 * grad.abs().max(0.1), "{name}: {quotient} {grad}");
    }
}

/// Texts of lengths that fill panels, straddle them and stand alone, for a network whose sizes are no multiples of each
/// other.
fn lengths(words: usize) -> Vec<Vec<u32>> {
    let text =
        |(number, length): (usize, &usize)| (0..*length).map(|at| ((number * 31 + at * 7) % words) as u32).collect();
    [22, 1, 16, 17, 3, 24, 8, 15, 2].iter().enumerate().map(text).collect()
}

#[test]
fn a_text_is_answered_alike_alone_and_beside_others_to_the_last_bit() {
    let (_, config, weights) = tiny();
    let network = network(&config, plain(&weights), Kernels::Fused);
    let texts = lengths(40);
    let together = network.read_all(&texts).unwrap();
    assert_eq!(together.iter().map(|r| r.logits.clone()).collect::<Vec<_>>(), network.answers(&texts).unwrap());
    for (text, beside) in texts.iter().zip(&together) {
        let alone = network.read(text, Maps::Cls).unwrap();
        assert_eq!(alone.logits, beside.logits);
        let slow = network.read(text, Maps::Full).unwrap();
        assert!(difference(&alone.logits, &slow.logits) < 1e-5);
        for ((alone, beside), slow) in alone.attention.iter().zip(&beside.attention).zip(&slow.attention) {
            assert_eq!(flat(alone), flat(beside));
            assert!(difference(&flat(alone), &flat(&slow.narrow(1, 0, 1).unwrap())) < 1e-5);
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (_, config, weights) = tiny();
    let network = network(&config, plain(&weights), Kernels::Fused);
    // Enough for several packs, which are then dealt whole.
    let texts: Vec<Vec<u32>> = lengths(40).into_iter().cycle().take(400).collect();
    let [one, two, three] = [1, 2, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (network.answers(&texts).unwrap(), network.answers(&texts[..9]).unwrap()))
    });
    assert_eq!(one, two);
    assert_eq!(one, three);
}

#[test]
fn other_devices_read_many_texts_alike() {
    let (_, config, weights) = tiny();
    let [fused, composed] =
        [Kernels::Fused, Kernels::Composed].map(|kernels| network(&config, plain(&weights), kernels));
    // More than are read at once.
    let texts: Vec<Vec<u32>> = lengths(40).into_iter().cycle().take(40).collect();
    for (fused, composed) in fused.answers(&texts).unwrap().iter().zip(composed.answers(&texts).unwrap()) {
        assert!(difference(fused, &composed) < 1e-5);
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let (_, config, weights) = tiny();
    let network = network(&config, plain(&weights), Kernels::Fused);
    for wrong in [vec![], vec![40], vec![1; 25]] {
        assert!(network.answers(&[vec![1, 2], wrong]).is_err());
    }
}
