//! What is done to one value or one token at a time.

use pulp::{Simd, WithSimd};

use super::WeightView;
use super::gemm::{LANES, Row};

/// `exp`, relative error below 3e-7 (to the last bit what `ops::exp` computes in other words, up to rounding).
#[inline(always)]
pub fn exp<S: Simd>(s: S, x: S::f32s) -> S::f32s {
    // exp(x) = 2^n exp(r), n whole, |r| <= ln(2) / 2. Adding 1.5 * 2^23 rounds and leaves n in the low bits.
    let round = s.splat_f32s(12_582_912.0);
    let x = s.max_f32s(s.min_f32s(x, s.splat_f32s(88.0)), s.splat_f32s(-87.0));
    let shifted = s.mul_add_e_f32s(x, s.splat_f32s(std::f32::consts::LOG2_E), round);
    let n = s.sub_f32s(shifted, round);
    // ln 2 in two parts, so that the product with n is exact.
    let r = s.mul_add_e_f32s(n, s.splat_f32s(-0.693_359_4), x);
    let r = s.mul_add_e_f32s(n, s.splat_f32s(2.121_944_4e-4), r);
    let mut p = s.splat_f32s(0.001_393_888_4);
    for factor in [0.008_333_452, 0.041_665_795, 0.166_666_66, 0.5, 1.0, 1.0] {
        p = s.mul_add_e_f32s(p, r, s.splat_f32s(factor));
    }
    let bits = s.wrapping_dyn_shl_u32s(s.transmute_u32s_f32s(shifted), s.splat_u32s(23));
    s.mul_f32s(p, s.transmute_f32s_u32s(s.add_u32s(bits, s.splat_u32s(0x3f80_0000))))
}

/// `x Phi(x)` by Abramowitz and Stegun 7.1.26, as `ops::gelu`.
#[inline(always)]
pub fn gelu<S: Simd>(s: S, x: S::f32s) -> S::f32s {
    let size = s.abs_f32s(x);
    let z = s.mul_f32s(size, s.splat_f32s(std::f32::consts::FRAC_1_SQRT_2));
    let bell = exp(s, s.neg_f32s(s.mul_f32s(z, z)));
    let t = s.div_f32s(s.splat_f32s(1.0), s.mul_add_e_f32s(z, s.splat_f32s(0.327_591_1), s.splat_f32s(1.0)));
    let mut p = s.splat_f32s(1.061_405_4);
    for factor in [-1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
        p = s.mul_add_e_f32s(p, t, s.splat_f32s(factor));
    }
    // The normal distribution's tail beyond |x|.
    let tail = s.mul_f32s(s.mul_f32s(p, t), s.mul_f32s(bell, s.splat_f32s(0.5)));
    s.sub_f32s(s.max_f32s(x, s.splat_f32s(0.0)), s.mul_f32s(size, tail))
}

/// Gain and bias of a layer norm.
#[derive(Debug, Clone)]
pub struct Norm {
    pub gain: Vec<f32>,
    pub bias: Vec<f32>,
    pub eps: f32,
}

impl Norm {
    pub fn new((gain, bias): WeightView<'_>, eps: f32) -> Self {
        Self { gain: gain.to_vec(), bias: bias.to_vec(), eps }
    }
}

/// A layer norm over panels of `gain.len()` rows, in place.
pub struct Normalise<'a> {
    pub norm: &'a Norm,
    pub panels: &'a mut [Row],
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { norm, panels } = self;
        let width = norm.gain.len().max(1);
        for panel in panels.chunks_exact_mut(width) {
            let mut mean = [0.0; LANES];
            sum::<S, false>(s, &mut mean, panel, &[0.0; LANES]);
            for mean in &mut mean {
                *mean /= width as f32;
            }
            let mut scale = [0.0; LANES];
            sum::<S, true>(s, &mut scale, panel, &mean);
            for scale in &mut scale {
                *scale = 1.0 / (*scale / width as f32 + norm.eps).sqrt();
            }
            for ((row, gain), bias) in panel.iter_mut().zip(&norm.gain).zip(&norm.bias) {
                let (gain, bias) = (s.splat_f32s(*gain), s.splat_f32s(*bias));
                let moments = S::as_simd_f32s(&mean).0.iter().zip(S::as_simd_f32s(&scale).0);
                for (x, (mean, scale)) in S::as_mut_simd_f32s(row).0.iter_mut().zip(moments) {
                    *x = s.mul_add_e_f32s(s.mul_f32s(s.sub_f32s(*x, *mean), *scale), gain, bias);
                }
            }
        }
    }
}

/// Sums the rows, or the squares of what is apart from `mean`, lane by lane, in four interleaved sums: shorter chains, and
/// smaller errors.
#[inline(always)]
fn sum<S: Simd, const SQUARES: bool>(s: S, sum: &mut Row, rows: &[Row], mean: &Row) {
    let mean = S::as_simd_f32s(mean).0;
    for (lane, (sum, mean)) in S::as_mut_simd_f32s(sum).0.iter_mut().zip(mean).enumerate() {
        let mut parts = [s.splat_f32s(0.0); 4];
        for rows in rows.chunks(4) {
            for (part, row) in parts.iter_mut().zip(rows) {
                if let Some(x) = S::as_simd_f32s(row).0.get(lane) {
                    if SQUARES {
                        let apart = s.sub_f32s(*x, *mean);
                        *part = s.mul_add_e_f32s(apart, apart, *part);
                    } else {
                        *part = s.add_f32s(*part, *x);
                    }
                }
            }
        }
        let [a, b, c, d] = parts;
        *sum = s.add_f32s(s.add_f32s(a, b), s.add_f32s(c, d));
    }
}
