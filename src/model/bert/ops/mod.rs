//! The encoder's tensor operations, with gradients.
//!
//! candle's fused layer norm and softmax have no backward, and its composed ones take many passes over memory. On the CPU
//! these are operations of our own, one pass forward and one back; elsewhere they are composed of candle's. The composed
//! form is also the oracle of the tests.

use candle_core::{CpuStorage, Error, Layout, Result, Storage, Tensor};

mod attention;
mod dropout;
mod gelu;
mod linear;
mod norm;

pub use attention::attention;
pub use dropout::{Dropout, dropout, residual};
pub use gelu::gelu;
pub use linear::linear;
pub use norm::norm;

/// Which form of the operations runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// Our own, CPU only.
    Fused,
    /// candle's, any device.
    Composed,
}

/// The values of a contiguous f32 tensor on the CPU.
fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let values = storage.as_slice::<f32>()?;
    layout
        .contiguous_offsets()
        .and_then(|(start, end)| values.get(start..end))
        .ok_or_else(|| Error::Msg("a fused operation needs contiguous input".to_owned()))
}

/// Runs `f` on the values of contiguous f32 tensors on the CPU.
pub(super) fn with_floats<const N: usize, R>(
    tensors: [&Tensor; N],
    f: impl FnOnce([&[f32]; N]) -> Result<R>,
) -> Result<R> {
    let contiguous: Vec<Tensor> = tensors.iter().map(|t| t.contiguous()).collect::<Result<_>>()?;
    let guards: Vec<_> = contiguous.iter().map(Tensor::storage_and_layout).collect();
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&guards) {
        let Storage::Cpu(cpu) = &**storage else {
            return Err(Error::Msg("a fused operation needs the CPU".to_owned()));
        };
        *slice = floats(cpu, layout)?;
    }
    f(slices)
}

/// Sum of the rows of a matrix with `width` columns.
fn column_sums(values: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0f32; width];
    for row in values.chunks_exact(width) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    sums
}

/// Folds eight interleaved parts and then those: vector code, and for sums a smaller error than one running sum.
#[inline(always)]
fn fold(values: &[f32], start: f32, f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; 8];
    let chunks = values.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane = f(*lane, *value));
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane = f(*lane, *value));
    lanes.into_iter().fold(start, f)
}

/// `exp` for arguments up to about 80, relative error below 3e-7, in a form that the compiler turns into vector code.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // exp(x) = 2^n exp(r), n whole, |r| <= ln(2) / 2. Adding 1.5 * 2^23 rounds and leaves n in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the product with n is exact.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.0
        + r * (1.0 + r * (0.5 + r * (0.166_666_66 + r * (0.041_665_795 + r * (0.008_333_452 + r * 0.001_393_888_4)))));
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    p * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close() {
        for i in -8700..800 {
            let x = i as f32 / 100.0;
            let error = (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs();
            assert!(error < 5e-7, "{x}: {error}");
        }
    }
}
