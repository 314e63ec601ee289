//! The one inner loop of every matrix product, and the products with weights that use it.
//!
//! Sixteen tokens lie side by side in the lanes of vectors, so that a product reads its input and writes its output in the
//! same layout: nothing is ever packed or transposed. Each lane is computed on its own and sums run in one fixed order:
//! a token's numbers do not depend on its neighbours, nor on how the work was split.
//!
//! Vector code stands in plain loops: a closure is compiled for the oldest processor, and each vector operation in it is then
//! a call.

use pulp::{Simd, WithSimd};

use super::WeightView;
use super::elementwise::gelu;

/// Values side by side.
pub const LANES: usize = 16;

/// One value of each lane.
pub type Row = [f32; LANES];

/// Rows of a product computed at once: with two rows of lanes each they fill the registers' budget.
pub const ROWS: usize = 8;

/// What a tile begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing.
    Zero,
    /// What stands in the output.
    Output,
}

/// `c = a b` or `c += a b` for M rows and P panels: row m of `c` gathers column `part * M + m` of `a` times the rows of `b`.
#[inline(always)]
#[allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "by constants; iterators keep the sums out of registers"
)]
fn tile<S: Simd, const N: usize, const M: usize, const P: usize, const V: usize>(
    s: S,
    a: &[[f32; N]],
    part: usize,
    b: [&[Row]; P],
    c: &mut [&mut [Row]; P],
    start: Start,
) {
    let mut sums = [[[s.splat_f32s(0.0); V]; P]; M];
    if start == Start::Output {
        for p in 0..P {
            let c: &[Row; M] = c[p].first_chunk().unwrap_or(&[[0.0; LANES]; M]);
            for m in 0..M {
                let c = S::as_simd_f32s(&c[m]).0;
                sums[m][p][..V].copy_from_slice(&c[..V]);
            }
        }
    }
    // One length for all, so that the compiler sees that no access in the loop can fail.
    let mut length = a.len();
    for p in 0..P {
        length = length.min(b[p].len());
    }
    let a = &a[..length];
    let mut all = [&[] as &[Row]; P];
    for p in 0..P {
        all[p] = &b[p][..length];
    }
    for k in 0..length {
        for m in 0..M {
            let a = s.splat_f32s(a[k][part * M + m]);
            for p in 0..P {
                let b = S::as_simd_f32s(&all[p][k]).0;
                for v in 0..V {
                    sums[m][p][v] = s.mul_add_e_f32s(a, b[v], sums[m][p][v]);
                }
            }
        }
    }
    for p in 0..P {
        if let Some(c) = c[p].first_chunk_mut::<M>() {
            for m in 0..M {
                let c = S::as_mut_simd_f32s(&mut c[m]).0;
                c[..V].copy_from_slice(&sums[m][p][..V]);
            }
        }
    }
}

/// [`tile`] for [`ROWS`] rows, cut as this processor's registers allow; `part` counts in eights.
#[inline(always)]
pub fn rows<S: Simd, const N: usize, const P: usize>(
    s: S,
    a: &[[f32; N]],
    part: usize,
    b: [&[Row]; P],
    c: &mut [&mut [Row]; P],
    start: Start,
) {
    if S::F32_LANES == LANES {
        tile::<S, N, 8, P, 1>(s, a, part, b, c, start);
        return;
    }
    for (b, c) in b.iter().zip(c) {
        for half in 0..2 {
            let Some(c) = c.get_mut(half * 4..) else { return };
            let (a_part, b, c) = (part * 2 + half, [*b], &mut [c]);
            match S::F32_LANES {
                8 => tile::<S, N, 4, 1, 2>(s, a, a_part, b, c, start),
                4 => tile::<S, N, 4, 1, 4>(s, a, a_part, b, c, start),
                2 => tile::<S, N, 4, 1, 8>(s, a, a_part, b, c, start),
                _ => tile::<S, N, 4, 1, 16>(s, a, a_part, b, c, start),
            }
        }
    }
}

/// A dense layer's weights in the order in which products read them: for eight outputs their weights of every input.
#[derive(Debug, Clone)]
pub struct Dense {
    pub inputs: usize,
    pub weights: Vec<[f32; ROWS]>,
    pub bias: Vec<f32>,
}

impl Dense {
    /// Packs `[out, in]` weights; all of them are multiplied with `scale`.
    pub fn new((weights, bias): WeightView<'_>, scale: f32) -> Self {
        let inputs = weights.len() / bias.len().max(1);
        let mut packed = vec![[0.0; ROWS]; weights.len() / ROWS];
        for (to, from) in packed.chunks_exact_mut(inputs.max(1)).zip(weights.chunks_exact((inputs * ROWS).max(1))) {
            for (row, from) in from.chunks_exact(inputs).enumerate() {
                for (to, from) in to.iter_mut().zip(from) {
                    to.iter_mut().skip(row).take(1).for_each(|to| *to = from * scale);
                }
            }
        }
        Self { inputs, weights: packed, bias: bias.iter().map(|bias| bias * scale).collect() }
    }

    /// How many rows come out.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }
}

/// What becomes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It is the output.
    Store,
    /// It is added to the output.
    Add,
    /// Its gelu is the output.
    Gelu,
}

/// A dense layer, or the outputs from `first` on, over some panels: each of `to` gets as many rows as it has.
pub struct Product<'a, 'b> {
    pub dense: &'a Dense,
    pub first: usize,
    pub from: &'a [&'a [Row]],
    pub to: &'a mut [&'b mut [Row]],
    pub finish: Finish,
}

impl WithSimd for Product<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { dense, first, from, to, finish } = self;
        let outputs = to.first().map_or(0, |to| to.len());
        let weights = dense.weights.chunks_exact(dense.inputs).zip(dense.bias.chunks_exact(ROWS));
        for (number, (weights, bias)) in weights.skip(first / ROWS).take(outputs / ROWS).enumerate() {
            // Weights of eight outputs stay in the nearest cache while all panels pass.
            for (from, to) in from.chunks(2).zip(to.chunks_mut(2)) {
                match (from, to) {
                    ([a, b], [c, d]) => eight(s, weights, bias, [a, b], [c, d], number, finish),
                    ([a], [c]) => eight(s, weights, bias, [a], [c], number, finish),
                    _ => {}
                }
            }
        }
    }
}

#[inline(always)]
fn eight<S: Simd, const P: usize>(
    s: S,
    weights: &[[f32; ROWS]],
    bias: &[f32],
    from: [&[Row]; P],
    to: [&mut [Row]; P],
    number: usize,
    finish: Finish,
) {
    let mut to = to;
    for to in &mut to {
        let all = std::mem::take(to);
        *to = all.get_mut(number * ROWS..(number + 1) * ROWS).unwrap_or_default();
        for (to, bias) in to.iter_mut().zip(bias) {
            let bias = s.splat_f32s(*bias);
            for to in S::as_mut_simd_f32s(to).0 {
                *to = if finish == Finish::Add { s.add_f32s(*to, bias) } else { bias };
            }
        }
    }
    rows(s, weights, 0, from, &mut to, Start::Output);
    if finish == Finish::Gelu {
        for to in to {
            for row in to {
                for value in S::as_mut_simd_f32s(row).0 {
                    *value = gelu(s, *value);
                }
            }
        }
    }
}

/// A dense layer that puts out tokens below each other with sixteen outputs in the lanes: what attention sums over.
#[derive(Debug, Clone)]
pub struct Transposed {
    pub inputs: usize,
    pub weights: Vec<Row>,
    pub bias: Vec<Row>,
}

impl Transposed {
    /// Packs `[out, in]` weights.
    pub fn new((weights, bias): WeightView<'_>) -> Self {
        let inputs = weights.len() / bias.len().max(1);
        let mut packed = vec![[0.0; LANES]; weights.len() / LANES];
        for (to, from) in packed.chunks_exact_mut(inputs.max(1)).zip(weights.chunks_exact((inputs * LANES).max(1))) {
            for (row, from) in from.chunks_exact(inputs).enumerate() {
                for (to, from) in to.iter_mut().zip(from) {
                    to.iter_mut().skip(row).take(1).for_each(|to| *to = *from);
                }
            }
        }
        Self { inputs, weights: packed, bias: bias.as_chunks().0.to_vec() }
    }
}

/// [`Transposed`] over some panels. One of `to` per sixteen outputs, with a row per token.
pub struct TransposedProduct<'a, 'b> {
    pub dense: &'a Transposed,
    pub from: &'a [&'a [Row]],
    pub to: &'a mut [&'b mut [Row]],
}

impl WithSimd for TransposedProduct<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { dense, from, to } = self;
        let weights = dense.weights.chunks(dense.inputs * 2).zip(dense.bias.chunks(2));
        for ((weights, bias), to) in weights.zip(to.chunks_mut(2)) {
            let (left, right) = weights.split_at(dense.inputs.min(weights.len()));
            for (panel, from) in from.iter().enumerate() {
                for part in 0..LANES / ROWS {
                    let start = panel * LANES + part * ROWS;
                    let mut to = to.iter_mut().map(|to| to.get_mut(start..start + ROWS).unwrap_or_default());
                    match (bias, to.next(), to.next()) {
                        ([b, d], Some(c), Some(e)) => {
                            c.fill(*b);
                            e.fill(*d);
                            rows(s, from, part, [left, right], &mut [c, e], Start::Output);
                        }
                        ([b], Some(c), None) => {
                            c.fill(*b);
                            rows(s, from, part, [left], &mut [c], Start::Output);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}
