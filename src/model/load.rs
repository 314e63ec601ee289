//! Loading a model folder: config.json, tokenizer.json, model.safetensors, and cerebro.json where there is one.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use candle_core::{DType, Tensor};
use candle_nn::VarBuilder;
use rayon::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use sha2::{Digest as _, Sha256};
use tokenizers::Tokenizer;
use tokenizers::models::ModelWrapper;

use super::bert::encoder::Classifier;
use super::check;
use super::config::{BertConfig, Card};
use super::device::Device;
use super::linear::Linear;
use super::window::Reader;
use super::{Model, ModelError};
use crate::text::hex;

/// Reads `config.json` of a folder.
pub(super) fn config(folder: &Path) -> Result<BertConfig, ModelError> {
    let path = folder.join("config.json");
    let config = BertConfig::parse(&check::read_text(&path)?)
        .map_err(|e| check::refused(&path, &format!("not a BERT configuration: {e}")))?;
    match check::fault_of(&config) {
        Some(fault) => Err(check::refused(&path, &fault)),
        None => Ok(config),
    }
}

/// Reads `tokenizer.json` of a folder, whose ids must lie within the vocabulary of the network.
pub(super) fn tokenizer(folder: &Path, config: &BertConfig) -> Result<Tokenizer, ModelError> {
    let path = folder.join("tokenizer.json");
    let refused = |what: &dyn std::fmt::Display| check::refused(&path, &format!("not a tokenizer: {what}"));
    let mut read: serde_json::Value =
        serde_json::from_slice(&check::read(&path, check::TEXT)?).map_err(|e| refused(&e))?;
    // It turns ids into text, which nobody asks for; and the library panics on one that it does not know.
    if let Some(decoder) = read.get_mut("decoder") {
        *decoder = serde_json::Value::Null;
    }
    let tokenizer: Tokenizer = serde_json::from_value(read).map_err(|e| refused(&e))?;
    if !matches!(tokenizer.get_model(), ModelWrapper::WordPiece(_)) {
        return Err(check::refused(&path, &"not a tokenizer of BERT (WordPiece)"));
    }
    let words = config.bert.vocab_size;
    let outside = |id: &u32| usize::try_from(*id).is_ok_and(|id| id >= words);
    match tokenizer.get_vocab(true).into_values().find(outside) {
        Some(id) => Err(check::refused(&path, &format!("has a token {id}, but config.json says {words} (vocab_size)"))),
        None => Ok(tokenizer),
    }
}

/// Reads what a network of this configuration needs of `model.safetensors` as f32 on the CPU, names without `bert.`, and
/// [`hash`]. Every number is finite.
pub(super) fn weights(folder: &Path, config: &BertConfig) -> Result<(HashMap<String, Tensor>, String), ModelError> {
    let path = folder.join("model.safetensors");
    let bytes = check::read(&path, check::WEIGHTS)?;
    let parsed =
        SafeTensors::deserialize(&bytes).map_err(|e| check::refused(&path, &format!("not a safetensors file: {e}")))?;
    let wanted: HashSet<String> = check::shapes(config).into_iter().map(|(name, _)| name).collect();
    let views: Vec<_> = parsed
        .tensors()
        .into_iter()
        .map(|(name, view)| (plain(&name), view))
        // Counters like `position_ids` and heads of other tasks are of no use here.
        .filter(|(name, _)| wanted.contains(name))
        .collect();
    let convert = |(name, view): (String, TensorView<'_>)| {
        use candle_core::safetensors::Load as _;
        match check::finite(view.dtype(), view.data()) {
            Some(true) => {}
            Some(false) => return Err(check::refused(&path, &format!("{name} holds numbers that are none"))),
            None => return Err(check::refused(&path, &format!("{name} is stored as {:?}", view.dtype()))),
        }
        Ok((name, view.load(&candle_core::Device::Cpu)?.to_dtype(DType::F32)?))
    };
    let count = views.len();
    let (tensors, hash) = rayon::join(
        || views.into_par_iter().map(convert).collect::<Result<HashMap<_, _>, ModelError>>(),
        || hash(folder, &bytes),
    );
    let tensors = tensors?;
    // Under its name with and without `bert.`: it would be chance which of them counts.
    if tensors.len() < count {
        return Err(check::refused(&path, &"has a tensor twice, with and without the prefix bert."));
    }
    Ok((tensors, hash))
}

/// One SHA-256, hex, over everything that decides what the model says.
fn hash(folder: &Path, weights: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(weights);
    for name in ["config.json", "tokenizer.json", "linear.json", "cerebro.json"] {
        // The length keeps two files from passing for another two; a missing one counts as empty, and so does one that is
        // refused anyway.
        let bytes = check::read(&folder.join(name), check::TEXT).unwrap_or_default();
        hasher.update(bytes.len().to_le_bytes());
        hasher.update(&bytes);
    }
    hex(&hasher.finalize())
}

/// A tensor's name without the prefix of classifiers, and with today's names of the norms' parts.
fn plain(name: &str) -> String {
    let name = name.strip_prefix("bert.").unwrap_or(name);
    match (name.strip_suffix(".gamma"), name.strip_suffix(".beta")) {
        (Some(stem), _) => format!("{stem}.weight"),
        (_, Some(stem)) => format!("{stem}.bias"),
        _ => name.to_owned(),
    }
}

impl Model {
    /// Loads a model folder.
    ///
    /// # Errors
    /// When a file is missing or damaged, or a tensor has another shape than the configuration says.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, ModelError> {
        let config = config(folder)?;
        let ((tokenizer, card, linear), weights) = rayon::join(
            || (tokenizer(folder, &config), Card::load(folder), Linear::load(folder)),
            || weights(folder, &config),
        );
        let (weights, hash) = weights?;
        let (reader, card, linear) = (Reader::new(tokenizer?)?, card?, linear?);
        let path = folder.join("model.safetensors");
        for (name, shape) in check::shapes(&config) {
            match weights.get(&name).map(Tensor::dims) {
                Some(dims) if dims == shape.as_slice() => {}
                Some(dims) => {
                    let what = format!("{name} has the shape {dims:?}, but config.json says {shape:?}");
                    return Err(check::refused(&path, &what));
                }
                None if name.starts_with("classifier.") || name.starts_with("pooler.") => {
                    let what =
                        format!("has no {name}: this is an encoder, not a classifier; fine-tune it with cerebro train");
                    return Err(ModelError::file(&path, &what));
                }
                None => return Err(check::refused(&path, &format!("has no {name}"))),
            }
        }
        let vb = VarBuilder::from_tensors(weights, DType::F32, &device.inner);
        let network = Classifier::load(&vb, &config, device.kernels())?;
        // Now, rather than in the time of the first package.
        network.pack()?;
        // Weights that are numbers may still add up to none.
        let answers = network.answers(&[reader.frame_ids([])])?;
        if !answers.iter().flatten().all(|logit| logit.is_finite()) {
            return Err(check::refused(&path, &"answers with numbers that are none"));
        }
        Ok(Self { network, reader, linear, config, card, hash, device: device.name().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_prefix_and_old_spelling() {
        assert_eq!(plain("bert.embeddings.LayerNorm.gamma"), "embeddings.LayerNorm.weight");
        assert_eq!(plain("encoder.layer.0.output.LayerNorm.beta"), "encoder.layer.0.output.LayerNorm.bias");
        assert_eq!(plain("classifier.weight"), "classifier.weight");
    }
}
