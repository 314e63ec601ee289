//! Loading a model folder: config.json, tokenizer.json, model.safetensors, and cerebro.json where there is one.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Tensor};
use candle_nn::VarBuilder;
use rayon::prelude::*;
use safetensors::SafeTensors;
use sha2::{Digest as _, Sha256};
use tokenizers::Tokenizer;

use super::config::{BertConfig, Card};
use super::device::Device;
use super::encoder::Classifier;
use super::linear::Linear;
use super::window::Reader;
use super::{Model, ModelError};
use crate::text::hex;

/// Reads `config.json` of a folder.
pub(super) fn config(folder: &Path) -> Result<BertConfig, ModelError> {
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path).map_err(|e| ModelError::file(&path, &e))?;
    BertConfig::parse(&text).map_err(|e| ModelError::file(&path, &format!("not a BERT configuration: {e}")))
}

/// Reads `tokenizer.json` of a folder.
pub(super) fn tokenizer(folder: &Path) -> Result<Tokenizer, ModelError> {
    let path = folder.join("tokenizer.json");
    let bytes = std::fs::read(&path).map_err(|e| ModelError::file(&path, &e))?;
    Tokenizer::from_bytes(bytes).map_err(|e| ModelError::file(&path, &format!("not a tokenizer: {e}")))
}

/// Reads `model.safetensors` of a folder as f32 on the CPU, names without `bert.`, and [`hash`].
pub(super) fn weights(folder: &Path) -> Result<(HashMap<String, Tensor>, String), ModelError> {
    let path = folder.join("model.safetensors");
    let bytes = std::fs::read(&path).map_err(|e| ModelError::file(&path, &e))?;
    let parsed = SafeTensors::deserialize(&bytes)
        .map_err(|e| ModelError::file(&path, &format!("not a safetensors file: {e}")))?;
    let convert = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        use candle_core::safetensors::Load as _;
        let tensor = view.load(&candle_core::Device::Cpu)?;
        // Counters like `position_ids` are of no use here.
        Ok(if tensor.dtype().is_float() { Some((plain(&name), tensor.to_dtype(DType::F32)?)) } else { None })
    };
    let (tensors, hash) = rayon::join(
        || parsed.tensors().into_par_iter().map(convert).collect::<candle_core::Result<Vec<_>>>(),
        || hash(folder, &bytes),
    );
    Ok((tensors?.into_iter().flatten().collect(), hash))
}

/// One SHA-256, hex, over everything that decides what the model says.
fn hash(folder: &Path, weights: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(weights);
    for name in ["config.json", "tokenizer.json", "linear.json", "cerebro.json"] {
        // The length keeps two files from passing for another two; a missing one counts as empty.
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
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
        let ((tokenizer, card, linear), weights) =
            rayon::join(|| (tokenizer(folder), Card::load(folder), Linear::load(folder)), || weights(folder));
        let (weights, hash) = weights?;
        let (reader, card, linear) = (Reader::new(tokenizer?)?, card?, linear?);
        let missing =
            ["classifier.weight", "pooler.dense.weight"].into_iter().find(|name| !weights.contains_key(*name));
        if let Some(name) = missing {
            let what = format!("has no {name}: this is an encoder, not a classifier; fine-tune it with cerebro train");
            return Err(ModelError::file(&folder.join("model.safetensors"), &what));
        }
        let vb = VarBuilder::from_tensors(weights, DType::F32, &device.inner);
        let network = Classifier::load(&vb, &config, device.kernels())?;
        // Now, rather than in the time of the first package.
        network.pack()?;
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
