//! What training keeps on disk: checkpoints to go on from, and the finished model folder.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use super::optimizer::{Optimizer, Slot};
use crate::model::ModelError;
use crate::model::config::{BertConfig, Card};
use crate::model::linear::Linear;

/// Where a training stands.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// Steps done.
    step: usize,
    /// Settings and data: a checkpoint of another training is refused.
    identity: String,
    /// Smoothed loss.
    loss: f64,
}

fn folder(out: &Path) -> PathBuf {
    out.join("checkpoint")
}

/// Writes a checkpoint so that a kill at any moment leaves the old or the new one.
///
/// # Errors
/// When the disk refuses.
pub fn save(out: &Path, optimizer: &Optimizer, step: usize, identity: &str, loss: f64) -> Result<(), ModelError> {
    let folder = folder(out);
    let file = |e: &dyn std::fmt::Display| ModelError::file(&folder, e);
    fs::create_dir_all(&folder).map_err(|e| file(&e))?;
    let mut tensors = HashMap::new();
    for Slot { name, var, first, second } in &optimizer.slots {
        let shape = var.shape();
        tensors.insert(format!("value {name}"), var.as_tensor().to_device(&Device::Cpu)?);
        tensors.insert(format!("first {name}"), Tensor::from_slice(first, shape, &Device::Cpu)?);
        tensors.insert(format!("second {name}"), Tensor::from_slice(second, shape, &Device::Cpu)?);
    }
    // The state names its tensors, so the rename of the state is the moment at which the new checkpoint holds.
    let name = format!("{step}.safetensors");
    candle_core::safetensors::save(&tensors, folder.join(&name))?;
    let state = State { step, identity: identity.to_owned(), loss };
    let text = serde_json::to_string(&state).map_err(|e| file(&e))?;
    fs::write(folder.join("state.new"), text).map_err(|e| file(&e))?;
    fs::rename(folder.join("state.new"), folder.join("state.json")).map_err(|e| file(&e))?;
    for entry in fs::read_dir(&folder).map_err(|e| file(&e))?.flatten() {
        let old = entry.path();
        if old.extension().is_some_and(|e| e == "safetensors") && entry.file_name() != *name {
            // A leftover costs only space.
            let _ = fs::remove_file(old);
        }
    }
    Ok(())
}

/// Goes back to the checkpoint in `out`, if there is one. Returns the steps done and the smoothed loss.
///
/// # Errors
/// When it cannot be read, or belongs to another training.
pub fn resume(out: &Path, optimizer: &mut Optimizer, identity: &str) -> Result<Option<(usize, f64)>, ModelError> {
    let folder = folder(out);
    let path = folder.join("state.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|e| ModelError::file(&path, &e))?;
    let state: State = serde_json::from_str(&text).map_err(|e| ModelError::file(&path, &e))?;
    if state.identity != identity {
        let what = "this checkpoint is of a training with other data or settings; train into another folder, or without --resume";
        return Err(ModelError::file(&path, &what));
    }
    let tensors = candle_core::safetensors::load(folder.join(format!("{}.safetensors", state.step)), &Device::Cpu)?;
    let get = |part: &str, name: &str| {
        tensors
            .get(&format!("{part} {name}"))
            .ok_or_else(|| ModelError::file(&path, &format!("the checkpoint has no {name}; train without --resume")))
    };
    for slot in &mut optimizer.slots {
        slot.var.set(&get("value", &slot.name)?.to_device(slot.var.device())?)?;
        slot.first = get("first", &slot.name)?.flatten_all()?.to_vec1()?;
        slot.second = get("second", &slot.name)?.flatten_all()?.to_vec1()?;
    }
    Ok(Some((state.step, state.loss)))
}

/// Removes the checkpoint: the training is finished.
pub fn clear(out: &Path) {
    // A leftover costs only space.
    let _ = fs::remove_dir_all(folder(out));
}

/// Removes what a training that came apart has left; a folder that holds something else stays.
pub fn give_up(out: &Path) {
    clear(out);
    // Refused where it is not empty.
    let _ = fs::remove_dir(out);
}

/// Weights in half precision on the CPU, under Hugging Face's names.
///
/// # Errors
/// When the device fails.
pub fn halved(weights: &[(String, Tensor)]) -> Result<Vec<(String, Tensor)>, ModelError> {
    let halved = weights.iter().map(|(name, tensor)| {
        let name = if name.starts_with("classifier.") { name.clone() } else { format!("bert.{name}") };
        Ok((name, tensor.to_device(&Device::Cpu)?.to_dtype(DType::F16)?))
    });
    Ok(halved.collect::<candle_core::Result<_>>()?)
}

/// Whether every weight is a number.
///
/// # Errors
/// When the tensor library fails.
pub fn finite(weights: &[(String, Tensor)]) -> Result<bool, ModelError> {
    for (_, tensor) in weights {
        let numbers: Vec<f32> = tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1()?;
        if !numbers.iter().all(|number| number.is_finite()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes a model folder.
///
/// # Errors
/// When the disk refuses.
pub fn write_model(
    out: &Path,
    config: &BertConfig,
    tokenizer: &str,
    card: &Card,
    linear: &Linear,
    weights: &[(String, Tensor)],
) -> Result<(), ModelError> {
    fs::create_dir_all(out).map_err(|e| ModelError::file(out, &e))?;
    // Without this note Hugging Face's loader refuses the file.
    let note = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let path = out.join("model.safetensors");
    safetensors::serialize_to_file(weights.iter().map(|(name, tensor)| (name, tensor)), Some(note), &path)
        .map_err(|e| ModelError::file(&path, &e))?;
    write(out, "config.json", &config.to_json())?;
    write(out, "tokenizer.json", tokenizer)?;
    linear.save(out)?;
    write_card(out, card)
}

/// Writes `cerebro.json`.
///
/// # Errors
/// When the disk refuses or a number is not finite.
pub fn write_card(out: &Path, card: &Card) -> Result<(), ModelError> {
    let text = card.to_json().map_err(|e| ModelError::file(out, &e))?;
    write(out, "cerebro.json", &text)
}

fn write(out: &Path, name: &str, text: &str) -> Result<(), ModelError> {
    let path = out.join(name);
    fs::write(&path, text).map_err(|e| ModelError::file(&path, &e))
}
