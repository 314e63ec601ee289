//! Layer normalisation.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::{Kernels, floats, fold, with_floats};

/// Normalises each row of `x` (`[rows, width]`), then scales by `gain` and shifts by `bias` (`[width]`).
///
/// # Errors
/// When shapes do not fit.
pub fn norm(x: &Tensor, gain: &Tensor, bias: &Tensor, eps: f64, kernels: Kernels) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => x.apply_op3(gain, bias, Norm { eps: eps as f32 }),
        Kernels::Composed => candle_nn::ops::layer_norm_slow(x, gain, bias, eps as f32),
    }
}

struct Norm {
    eps: f32,
}

/// Mean and inverse standard deviation of a row.
fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let width = row.len() as f32;
    let mean = fold(row, 0.0, |a, b| a + b) / width;
    let variance = sum(row.iter().map(|v| (v - mean) * (v - mean))) / width;
    (mean, 1.0 / (variance + eps).sqrt())
}

/// Sum in eight interleaved parts: vector code, and a smaller error than one running sum.
fn sum(values: impl Iterator<Item = f32>) -> f32 {
    let mut parts = [0f32; 8];
    let mut values = values;
    'all: loop {
        for part in &mut parts {
            match values.next() {
                Some(value) => *part += value,
                None => break 'all,
            }
        }
    }
    parts.iter().sum()
}

impl CustomOp3 for Norm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gain: &CpuStorage,
        gain_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, gain, bias) = (floats(x, x_layout)?, floats(gain, gain_layout)?, floats(bias, bias_layout)?);
        let mut out = Vec::with_capacity(x.len());
        for row in x.chunks_exact(gain.len()) {
            let (mean, scale) = moments(row, self.eps);
            out.extend(row.iter().zip(gain).zip(bias).map(|((v, g), b)| (v - mean) * scale * g + b));
        }
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gain: &Tensor,
        _bias: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = gain.dim(0)?;
        let (dx, dgain, dbias) = with_floats([x, gain, grad], |[x, gain, grad]| {
            let mut dx = Vec::with_capacity(x.len());
            let (mut dgain, mut dbias) = (vec![0f32; width], vec![0f32; width]);
            let mut normal = vec![0f32; width];
            for (row, grad) in x.chunks_exact(width).zip(grad.chunks_exact(width)) {
                let (mean, scale) = moments(row, self.eps);
                normal.iter_mut().zip(row).for_each(|(n, v)| *n = (v - mean) * scale);
                dbias.iter_mut().zip(grad).for_each(|(d, g)| *d += g);
                dgain.iter_mut().zip(grad).zip(&normal).for_each(|((d, g), n)| *d += g * n);
                let mean_g = sum(grad.iter().zip(gain).map(|(g, w)| g * w)) / width as f32;
                let mean_gn = sum(grad.iter().zip(gain).zip(&normal).map(|((g, w), n)| g * w * n)) / width as f32;
                dx.extend(grad.iter().zip(gain).zip(&normal).map(|((g, w), n)| (g * w - mean_g - n * mean_gn) * scale));
            }
            Ok((dx, dgain, dbias))
        })?;
        let device = grad.device();
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), device)?),
            Some(Tensor::from_vec(dgain, width, device)?),
            Some(Tensor::from_vec(dbias, width, device)?),
        ))
    }
}
