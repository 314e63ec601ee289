//! The Gaussian error linear unit, `x * Phi(x)`.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::{Kernels, exp, floats, with_floats};

/// Applies the unit to every value.
///
/// # Errors
/// When the device fails.
pub fn gelu(x: &Tensor, kernels: Kernels) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => x.apply_op1(Gelu),
        Kernels::Composed => x.gelu_erf(),
    }
}

struct Gelu;

/// The normal distribution's cumulative function and density (times sqrt(2 pi)) at `x`.
/// Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let bell = exp(-z * z);
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let tail =
        t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4)))) * bell / 2.0;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = floats(x, layout)?.iter().map(|&x| x * normal(x).0).collect();
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _result: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        // 1 / sqrt(2 pi)
        const SCALE: f32 = 0.398_942_3;
        let out: Vec<f32> = with_floats([x, grad], |[x, grad]| {
            Ok(x.iter()
                .zip(grad)
                .map(|(&x, grad)| {
                    let (phi, bell) = normal(x);
                    grad * (phi + x * bell * SCALE)
                })
                .collect())
        })?;
        Tensor::from_vec(out, x.shape(), grad.device()).map(Some)
    }
}
