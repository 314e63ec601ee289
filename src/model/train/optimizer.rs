//! AdamW with warm-up, linear decay and clipping.

use candle_core::{Tensor, Var};
use rayon::prelude::*;

use crate::model::ModelError;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPS: f64 = 1e-8;

/// A variable with its moments.
pub struct Slot {
    /// Hugging Face's name without prefix.
    pub name: String,
    /// The weights.
    pub var: Var,
    /// First moment.
    pub first: Vec<f32>,
    /// Second moment.
    pub second: Vec<f32>,
}

/// All variables.
pub struct Optimizer {
    /// In the order of names.
    pub slots: Vec<Slot>,
}

/// The learning rate of a step: up linearly for the share `warm_up` of the steps, then down linearly to 0.
#[must_use]
pub fn rate(step: usize, steps: usize, peak: f64, warm_up: f64) -> f64 {
    let up = (steps as f64 * warm_up).max(1.0);
    let at = step as f64 + 1.0;
    if at <= up { peak * at / up } else { peak * (steps as f64 + 1.0 - at) / (steps as f64 + 1.0 - up).max(1.0) }
}

impl Optimizer {
    /// Zero moments for variables in the order of their names.
    #[must_use]
    pub fn new(vars: impl IntoIterator<Item = (String, Var)>) -> Self {
        let mut slots: Vec<Slot> = vars
            .into_iter()
            .map(|(name, var)| {
                let count = var.elem_count();
                Slot { name, var, first: vec![0.0; count], second: vec![0.0; count] }
            })
            .collect();
        slots.sort_by(|a, b| a.name.cmp(&b.name));
        Self { slots }
    }

    /// Applies summed gradients (in the order of the slots) at `step`, counted from 0. Returns their norm before clipping.
    ///
    /// # Errors
    /// When the device fails.
    pub fn step(
        &mut self,
        gradients: &[Vec<f32>],
        step: usize,
        rate: f64,
        decay: f64,
        clip: f64,
    ) -> Result<f64, ModelError> {
        let norm = gradients
            .par_iter()
            .map(|g| g.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>())
            .collect::<Vec<_>>()
            .iter()
            .sum::<f64>()
            .sqrt();
        let scale = (if norm > clip { clip / norm } else { 1.0 }) as f32;
        let correction1 = 1.0 - BETA1.powf(step as f64 + 1.0);
        let correction2 = 1.0 - BETA2.powf(step as f64 + 1.0);
        let pace = (rate / correction1) as f32;
        let spread = (1.0 / correction2) as f32;
        let (b1, b2, eps) = (BETA1 as f32, BETA2 as f32, EPS as f32);
        self.slots
            .par_iter_mut()
            .zip(gradients)
            .try_for_each(|(slot, gradient)| {
                // Biases and norms are not decayed, as in BERT's own training.
                let decayed = slot.name.ends_with(".weight") && !slot.name.contains("LayerNorm");
                let keep = if decayed { (1.0 - rate * decay) as f32 } else { 1.0 };
                let mut values: Vec<f32> = slot.var.flatten_all()?.to_vec1()?;
                let moments = slot.first.iter_mut().zip(&mut slot.second);
                for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
                    let g = gradient * scale;
                    *first = b1 * *first + (1.0 - b1) * g;
                    *second = b2 * *second + (1.0 - b2) * g * g;
                    *value = *value * keep - pace * *first / ((*second * spread).sqrt() + eps);
                }
                slot.var.set(&Tensor::from_vec(values, slot.var.shape(), slot.var.device())?)?;
                Ok(())
            })
            .map_err(|e: candle_core::Error| e.into())
            .map(|()| norm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_rate_rises_and_falls() {
        let rates: Vec<f64> = (0..10).map(|step| rate(step, 10, 1.0, 0.2)).collect();
        assert_eq!(&rates[..2], [0.5, 1.0]);
        assert!(rates[1..].windows(2).all(|w| w[0] > w[1]));
        assert!((rates[9] - 1.0 / 9.0).abs() < 1e-12);
    }

    #[test]
    fn one_step_by_hand() {
        let var = |values: &[f32]| Var::new(values, &Device::Cpu).unwrap();
        let mut optimizer = Optimizer::new([
            ("b.weight".to_owned(), var(&[1.0, -1.0])),
            ("a.LayerNorm.weight".to_owned(), var(&[1.0])),
        ]);
        assert_eq!(optimizer.slots[0].name, "a.LayerNorm.weight");
        // Norm 5, clipped to 1: gradients 0.6 and 0.8 and 0. Adam's first step is rate * sign.
        let norm = optimizer.step(&[vec![3.0], vec![-4.0, 0.0]], 0, 0.1, 0.5, 1.0).unwrap();
        assert!((norm - 5.0).abs() < 1e-9);
        let weights = |i: usize| optimizer.slots[i].var.to_vec1::<f32>().unwrap();
        assert!((weights(0)[0] - 0.9).abs() < 1e-5, "no decay on norms");
        assert!((weights(1)[0] - 1.05).abs() < 1e-5, "decayed by 5 %, then moved by 0.1");
        assert!((weights(1)[1] + 0.95).abs() < 1e-5);
        assert!((optimizer.slots[0].first[0] - 0.06).abs() < 1e-6);
    }
}
