//! Fine-tuning a BERT checkpoint on packages.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use candle_core::{DType, Tensor, Var};
use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::bert::encoder::Classifier;
use super::bert::ops::Dropout;
use super::config::{BertConfig, Card, Extractor};
use super::dataset::Example;
use super::linear::{Linear, LinearSettings};
use super::slice;
use super::window::Reader;
use super::{Device, ModelError, check, load};
use crate::behavior::ModelText;

pub mod implants;
mod optimizer;
pub mod random;
pub mod sample;
mod settings;
pub mod store;
mod vocabulary;
pub mod warm_start;

use optimizer::Optimizer;
use random::Random;
use sample::Tokenized;
pub use settings::Settings;
use warm_start::is_ours;

/// How far a training is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Loss, smoothed over about twenty steps.
    pub loss: f64,
    /// Time left at the pace so far.
    pub left: Duration,
}

/// What the watcher of a training answers: go on, or stop (the checkpoint is written first).
pub type Watch<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// A training in memory.
struct Training<'a> {
    settings: &'a Settings,
    config: BertConfig,
    tokenizer: String,
    reader: Reader,
    texts: Vec<Tokenized>,
    linear: Linear,
    optimizer: Optimizer,
    device: &'a Device,
}

/// Fine-tunes the checkpoint in `base` on the examples (suspect ones are left out) and writes a model folder to `out`.
/// Returns whether it was finished: `false` where `watch` stopped it. With `resume` it goes on from a checkpoint in `out`,
/// and ends with the same weights as if it had never stopped.
///
/// # Errors
/// When the base is no BERT checkpoint, the disk refuses or the device fails.
pub fn train(
    examples: &[Example],
    base: &Path,
    out: &Path,
    settings: &Settings,
    device: &Device,
    resume: bool,
    watch: &mut Watch<'_>,
) -> Result<bool, ModelError> {
    settings.check()?;
    let examples: Vec<&Example> = examples.iter().filter(|e| !e.suspect).collect();
    if !(examples.iter().any(|e| e.malicious) && examples.iter().any(|e| !e.malicious)) {
        return Err(ModelError::File {
            path: "training data".to_owned(),
            what: "needs both malicious and benign packages; label some of each".to_owned(),
        });
    }
    if examples.windows(2).any(|pair| matches!(pair, [a, b] if a.reading != b.reading)) {
        return Err(ModelError::File {
            path: "training data".to_owned(),
            what: "mixes texts of several readings; write it anew with one --vocabulary and --without".to_owned(),
        });
    }
    let mut training = Training::new(&examples, base, settings, device)?;
    let identity = identity(&examples, settings)?;
    let per_epoch = training.texts.len().div_ceil(settings.batch);
    let steps = per_epoch * settings.epochs;
    let (begin, mut loss) = match resume {
        true => store::resume(out, &mut training.optimizer, &identity)?.unwrap_or_default(),
        false => (0, 0.0),
    };
    let started = Instant::now();
    for epoch in begin / per_epoch..settings.epochs {
        for (index, batch) in sample::batches(training.texts.len(), settings, epoch).iter().enumerate() {
            let step = epoch * per_epoch + index;
            if step < begin {
                continue;
            }
            let now = training.step(batch, step, steps)?;
            if !now.is_finite() {
                store::give_up(out);
                return Err(ModelError::Diverged { step: step + 1 });
            }
            // A short memory at first, so that the first steps do not drag along.
            let memory = (step as f64 / (step as f64 + 10.0)).min(0.95);
            loss = memory * loss + (1.0 - memory) * now;
            let done = step + 1;
            let left = started.elapsed().mul_f64((steps - done) as f64 / (done - begin) as f64);
            let stop = watch(Progress { step: done, steps, loss, left }).is_break() && done < steps;
            if stop || (settings.checkpoint > 0 && done.is_multiple_of(settings.checkpoint) && done < steps) {
                store::save(out, &training.optimizer, done, &identity, loss)?;
            }
            if stop {
                return Ok(false);
            }
        }
    }
    if let Err(error) = training.finish(out, &examples, steps) {
        if matches!(error, ModelError::Diverged { .. }) {
            store::give_up(out);
        }
        return Err(error);
    }
    store::clear(out);
    Ok(true)
}

/// Names settings and data.
fn identity(examples: &[&Example], settings: &Settings) -> Result<String, ModelError> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    for example in examples {
        (&example.text.text, example.malicious, example.ecosystem).hash(&mut hasher);
    }
    // How often checkpoints are written changes nothing.
    let settings = Settings { checkpoint: 0, ..settings.clone() };
    let settings = serde_json::to_string(&settings).map_err(|e| ModelError::file(Path::new("settings"), &e))?;
    Ok(format!("{:016x} {settings}", hasher.finish()))
}

impl<'a> Training<'a> {
    fn new(examples: &[&Example], base: &Path, settings: &'a Settings, device: &'a Device) -> Result<Self, ModelError> {
        let base_config = load::config(base)?;
        settings.check_for(&base_config)?;
        let base_tokenizer = load::tokenizer(base, &base_config)?;
        let (weights, _) = load::weights(base, &base_config)?;
        let base_reader = Reader::new(base_tokenizer)?;
        let counts = sample::weights(examples, settings);
        let implants = implants::implants(examples, &counts, settings);
        let read: Vec<&ModelText> =
            examples.iter().map(|e| &e.text).chain(implants.iter().map(|implant| &implant.text)).collect();
        let used: HashSet<u32> = read
            .par_iter()
            .map(|text| base_reader.tokens(text))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .map(|token| token.id)
            .collect();
        // A model of ours has a cut vocabulary already: what would be dropped here are words that it has learnt.
        let used = if is_ours(base) { base_reader.tokenizer().get_vocab(true).into_values().collect() } else { used };
        let cut = vocabulary::cut(base_reader.tokenizer(), &used)?;
        let all = base_config.bert.num_hidden_layers;
        let layers = if settings.layers == 0 { all } else { settings.layers };
        let config = base_config
            .for_packages(cut.kept.len(), layers)
            .map_err(|e| ModelError::file(&base.join("config.json"), &e))?;
        // The names and shapes that the network wants are collected while it is built on tensors made to order.
        let mut vars = Vec::new();
        for (name, shape) in check::shapes(&config) {
            let found = match weights.get(&name) {
                Some(table) if name == "embeddings.word_embeddings.weight" => {
                    Some(table.index_select(&Tensor::new(cut.kept.as_slice(), table.device())?, 0)?)
                }
                // A head that names its classes otherwise, or in another order, is not ours to go on with.
                Some(_) if name.starts_with("classifier.") && base_config.labels != config.labels => None,
                found => found.filter(|tensor| tensor.dims() == shape.as_slice()).cloned(),
            };
            let tensor = match found {
                Some(tensor) => tensor,
                // A head of another task is replaced, as is a pooler that the base lacks; anything else must be there.
                None if name.starts_with("classifier.") || name.starts_with("pooler.") => {
                    fresh(&name, &shape, config.bert.initializer_range, settings.seed)?
                }
                None => {
                    let what =
                        format!("has no {name} of shape {shape:?}: this is no BERT checkpoint for its config.json");
                    return Err(ModelError::file(&base.join("model.safetensors"), &what));
                }
            };
            vars.push((name, Var::from_tensor(&tensor.to_device(&device.inner)?)?));
        }
        let reader = Reader::new(cut.tokenizer)?;
        let linear = sample::fit_linear(examples, &counts, &implants, settings, LinearSettings::default());
        let tokenized = |text: &ModelText, malicious: bool, weight: f64| {
            Tokenized::new(text, malicious, weight as f32, &reader, settings)
        };
        let texts: Vec<Vec<Tokenized>> = examples
            .par_iter()
            .zip(counts)
            .map(|(example, weight)| {
                let mut texts = vec![tokenized(&example.text, example.malicious, weight)?];
                if settings.files > 0.0 {
                    for slice in sample::telling(example, &linear) {
                        let text = slice::text_of(&example.text, &slice.pieces);
                        texts.push(tokenized(&text, example.malicious, weight * settings.files)?);
                    }
                }
                Ok(texts)
            })
            .collect::<Result<_, ModelError>>()?;
        let implanted: Vec<Tokenized> = implants
            .par_iter()
            .map(|implant| tokenized(&implant.text, implant.malicious, implant.weight))
            .collect::<Result<_, ModelError>>()?;
        let texts = texts.into_iter().flatten().chain(implanted).collect();
        let (tokenizer, optimizer) = (cut.json, Optimizer::new(vars));
        Ok(Self { settings, config, tokenizer, reader, texts, linear, optimizer, device })
    }

    /// One step over a batch; returns its mean loss.
    fn step(&mut self, batch: &[usize], step: usize, steps: usize) -> Result<f64, ModelError> {
        let settings = self.settings;
        let samples: Vec<(Vec<u32>, &Tokenized)> = batch
            .iter()
            .filter_map(|&index| self.texts.get(index).map(|text| (index, text)))
            .map(|(index, text)| {
                let mut random = Random::new(&[settings.seed, 2, step as u64, index as u64]);
                (text.sample(&self.reader, settings, &mut random), text)
            })
            .collect();
        let lengths: Vec<usize> = samples.iter().map(|(ids, _)| ids.len()).collect();
        let total: f32 = samples.iter().map(|(_, text)| text.weight).sum();
        let parts = sample::split(&lengths, settings.parts);
        let answers = parts
            .par_iter()
            .enumerate()
            .map(|(number, part)| {
                let chosen: Vec<&(Vec<u32>, &Tokenized)> = part.iter().filter_map(|&i| samples.get(i)).collect();
                let seed = Random::new(&[settings.seed, 3, step as u64, number as u64]).bits() as u32;
                self.gradients(&chosen, total, seed)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut loss = 0.0;
        let mut sums: Vec<Vec<f32>> = Vec::new();
        for (part_loss, gradients) in answers {
            loss += part_loss;
            if sums.is_empty() {
                sums = gradients;
            } else {
                sums.par_iter_mut().zip(&gradients).for_each(|(sum, gradient)| {
                    sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
                });
            }
        }
        let rate = optimizer::rate(step, steps, settings.rate, settings.warm_up);
        self.optimizer.step(&sums, step, rate, settings.decay, settings.clip)?;
        Ok(loss)
    }

    /// Loss and gradients of a part of a batch, both divided by the whole batch's weight.
    fn gradients(
        &self,
        samples: &[&(Vec<u32>, &Tokenized)],
        total: f32,
        seed: u32,
    ) -> Result<(f64, Vec<Vec<f32>>), ModelError> {
        let mut ids = Vec::new();
        let mut texts = Vec::with_capacity(samples.len());
        for (text, _) in samples {
            texts.push(ids.len()..ids.len() + text.len());
            ids.extend_from_slice(text);
        }
        let tensors =
            self.optimizer.slots.iter().map(|slot| (slot.name.clone(), slot.var.as_tensor().clone())).collect();
        let vb = VarBuilder::from_tensors(tensors, DType::F32, &self.device.inner);
        let network = Classifier::load(&vb, &self.config, self.device.kernels())?;
        let dropout = Dropout { share: self.settings.dropout, seed };
        let texts: Arc<[_]> = texts.into();
        let logits = network.logits(&ids, &texts, dropout, Dropout { seed: !seed, ..dropout })?;
        let targets: Vec<f32> = samples
            .iter()
            .flat_map(|(_, text)| {
                let weight = text.weight / total;
                if text.malicious { [0.0, weight] } else { [weight, 0.0] }
            })
            .collect();
        let targets = Tensor::from_vec(targets, logits.shape(), logits.device())?;
        let loss = (candle_nn::ops::log_softmax(&logits, 1)? * targets)?.sum_all()?.neg()?;
        let store = loss.backward()?;
        let gradients = self
            .optimizer
            .slots
            .iter()
            .map(|slot| match store.get(&slot.var) {
                Some(gradient) => gradient.flatten_all()?.to_vec1(),
                None => Ok(vec![0.0; slot.var.elem_count()]),
            })
            .collect::<candle_core::Result<_>>()?;
        Ok((f64::from(loss.to_scalar::<f32>()?), gradients))
    }

    fn finish(&self, out: &Path, examples: &[&Example], steps: usize) -> Result<(), ModelError> {
        let malicious = examples.iter().filter(|e| e.malicious).count();
        let card = Card {
            name: out.file_name().map_or_else(|| "cerebro".to_owned(), |name| name.to_string_lossy().into_owned()),
            window: self.settings.window,
            overlap: self.settings.overlap,
            extractor: Some(Extractor::ours()),
            reading: examples.first().map(|e| e.reading.clone()).unwrap_or_default(),
            trained_on: format!("{malicious} malicious and {} benign packages", examples.len() - malicious),
            training: serde_json::to_value(self.settings).unwrap_or_default(),
            ..Card::default()
        };
        let weights: Vec<(String, Tensor)> =
            self.optimizer.slots.iter().map(|slot| (slot.name.clone(), slot.var.as_tensor().clone())).collect();
        let weights = store::halved(&weights)?;
        // The last step is followed by no loss that would show what it did.
        if !store::finite(&weights)? {
            return Err(ModelError::Diverged { step: steps });
        }
        store::write_model(out, &self.config, &self.tokenizer, &card, &self.linear, &weights)
    }
}

/// A new weight, as BERT initialises them: small and normal; biases zero.
fn fresh(name: &str, shape: &[usize], range: f64, seed: u64) -> Result<Tensor, ModelError> {
    let mut random = Random::new(&[seed, 4, name.len() as u64]);
    let count = shape.iter().product();
    let values: Vec<f32> =
        (0..count).map(|_| if name.ends_with(".bias") { 0.0 } else { (random.normal() * range) as f32 }).collect();
    Ok(Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?)
}

#[cfg(test)]
mod tests;
