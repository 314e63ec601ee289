//! Dropout whose mask is a function of a seed, so that it is the same in every run and need not be stored.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::{Kernels, floats, with_floats};

/// Share of values set to zero, and the seed of the mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// Share dropped; 0 turns it off.
    pub share: f32,
    /// Seed of the mask.
    pub seed: u32,
}

impl Dropout {
    /// No dropout.
    pub const OFF: Self = Self { share: 0.0, seed: 0 };

    /// The same share with another mask, one per place in the network.
    #[must_use]
    pub fn at(self, place: u32) -> Self {
        Self { seed: mix(self.seed ^ mix(place)), ..self }
    }

    /// What the value at `index` is multiplied with: 0, or the inverse of the share kept.
    #[inline(always)]
    pub(super) fn factor(self, index: u32) -> f32 {
        let limit = (f64::from(self.share) * f64::from(u32::MAX)) as u32;
        let kept = mix(index.wrapping_mul(0x9e37_79b1) ^ self.seed) >= limit;
        if kept { 1.0 / (1.0 - self.share) } else { 0.0 }
    }

    /// [`Self::factor`] of every index from 0.
    fn factors(self) -> impl Iterator<Item = f32> {
        (0u32..).map(move |index| self.factor(index))
    }
}

/// A good and cheap 32-bit hash (Wellons' lowbias32).
#[inline(always)]
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Drops values of `x`.
///
/// # Errors
/// When the device fails.
pub fn dropout(x: &Tensor, dropout: Dropout, kernels: Kernels) -> Result<Tensor> {
    match kernels {
        _ if dropout.share <= 0.0 => Ok(x.clone()),
        Kernels::Fused => x.apply_op1(dropout),
        Kernels::Composed => x * mask(x, dropout)?,
    }
}

/// `x + dropout(y)`.
///
/// # Errors
/// When shapes differ.
pub fn residual(x: &Tensor, y: &Tensor, dropout: Dropout, kernels: Kernels) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => x.apply_op2(y, dropout),
        Kernels::Composed => x + self::dropout(y, dropout, kernels)?,
    }
}

/// The mask as a tensor, for the composed form.
pub(super) fn mask(x: &Tensor, dropout: Dropout) -> Result<Tensor> {
    let factors: Vec<f32> = dropout.factors().take(x.elem_count()).collect();
    Tensor::from_vec(factors, x.shape(), x.device())
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = floats(x, layout)?.iter().zip(self.factors()).map(|(x, factor)| x * factor).collect();
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, _x: &Tensor, _result: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        grad.apply_op1_no_bwd(self).map(Some)
    }
}

impl CustomOp2 for Dropout {
    fn name(&self) -> &'static str {
        "residual-dropout"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        y: &CpuStorage,
        y_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let pairs = floats(x, x_layout)?.iter().zip(floats(y, y_layout)?);
        let out = if self.share <= 0.0 {
            pairs.map(|(x, y)| x + y).collect()
        } else {
            pairs.zip(self.factors()).map(|((x, y), factor)| x + y * factor).collect()
        };
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        _x: &Tensor,
        _y: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let through = if self.share <= 0.0 {
            grad.clone()
        } else {
            let out: Vec<f32> = with_floats([grad], |[grad]| {
                Ok(grad.iter().zip(self.factors()).map(|(grad, factor)| grad * factor).collect())
            })?;
            Tensor::from_vec(out, grad.shape(), grad.device())?
        };
        Ok((Some(grad.clone()), Some(through)))
    }
}
