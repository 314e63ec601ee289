//! Multi-head attention over texts that lie end to end in one matrix, without padding.

use std::ops::Range;
use std::sync::Arc;

use candle_core::backend::BackendStorage as _;
use candle_core::{CpuStorage, CustomOp3, D, Error, Layout, Result, Shape, Storage, Tensor};

use super::dropout::mask;
use super::{Dropout, Kernels, exp, fold, with_floats};

/// Attends inside each text. `q`, `k` and `v` are `[tokens, heads * size]`; `texts` are the rows of each text.
///
/// # Errors
/// When shapes do not fit.
pub fn attention(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    heads: usize,
    texts: &Arc<[Range<usize>]>,
    dropout: Dropout,
    kernels: Kernels,
) -> Result<Tensor> {
    if kernels == Kernels::Fused {
        let (tokens, width) = q.dims2()?;
        let op = Attention { tokens, width, heads, texts: texts.clone(), dropout };
        return q.apply_op3(k, v, op);
    }
    let mut parts = Vec::with_capacity(texts.len());
    for (number, rows) in texts.iter().enumerate() {
        let split = |x: &Tensor| {
            let (_, width) = x.dims2()?;
            x.narrow(0, rows.start, rows.len())?
                .reshape((rows.len(), heads, width / heads))?
                .transpose(0, 1)?
                .contiguous()
        };
        let (q, k, v) = (split(q)?, split(k)?, split(v)?);
        let scale = 1.0 / (q.dim(D::Minus1)? as f64).sqrt();
        let mut weights = candle_nn::ops::softmax(&(q.matmul(&k.t()?)? * scale)?, D::Minus1)?;
        if dropout.share > 0.0 {
            let masks: Vec<Tensor> = (0..heads)
                .map(|head| mask(&weights.get(head)?, place(dropout, number, head)))
                .collect::<Result<_>>()?;
            weights = (weights * Tensor::stack(&masks, 0)?)?;
        }
        parts.push(weights.matmul(&v)?.transpose(0, 1)?.flatten_from(1)?);
    }
    Tensor::cat(&parts, 0)
}

/// The mask of one head of one text.
fn place(dropout: Dropout, text: usize, head: usize) -> Dropout {
    dropout.at((text * 64 + head) as u32)
}

/// Weights are not kept from the way forward but computed again on the way back: they would be most of the memory.
struct Attention {
    tokens: usize,
    width: usize,
    heads: usize,
    texts: Arc<[Range<usize>]>,
    dropout: Dropout,
}

impl Attention {
    fn size(&self) -> usize {
        self.width / self.heads
    }

    /// One head of one text inside a `[tokens, width]` matrix.
    fn part(&self, rows: &Range<usize>, head: usize, offset: usize) -> Layout {
        let start = offset + rows.start * self.width + head * self.size();
        Layout::new((rows.len(), self.size()).into(), vec![self.width, 1], start)
    }

    /// Attention weights of one head, before dropout: `[rows, rows]`.
    fn weights(&self, q: &CpuStorage, k: &CpuStorage, ql: &Layout, kl: &Layout) -> Result<Vec<f32>> {
        let (rows, size) = ql.shape().dims2()?;
        let scores = q.matmul(k, (1, rows, rows, size), ql, &kl.transpose(0, 1)?)?;
        let CpuStorage::F32(mut weights) = scores else { return Err(kind()) };
        let scale = 1.0 / (size as f32).sqrt();
        for row in weights.chunks_exact_mut(rows) {
            let highest = fold(row, f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
            row.iter_mut().for_each(|w| *w = exp((*w - highest) * scale));
            let total = fold(row, 0.0, |a, b| a + b);
            let inverse = 1.0 / total;
            row.iter_mut().for_each(|w| *w *= inverse);
        }
        Ok(weights)
    }

    fn drop(&self, weights: &mut [f32], text: usize, head: usize) {
        if self.dropout.share > 0.0 {
            let dropout = place(self.dropout, text, head);
            weights.iter_mut().zip(0u32..).for_each(|(w, index)| *w *= dropout.factor(index));
        }
    }

    /// Copies a `[rows, size]` product to its place in a `[tokens, width]` matrix.
    fn put(&self, part: &CpuStorage, rows: &Range<usize>, head: usize, into: &mut [f32], scale: f32) -> Result<()> {
        let size = self.size();
        let into = into.get_mut(rows.start * self.width..rows.end * self.width).ok_or_else(kind)?;
        for (to, from) in into.chunks_exact_mut(self.width).zip(part.as_slice::<f32>()?.chunks_exact(size)) {
            let to = to.get_mut(head * size..(head + 1) * size).ok_or_else(kind)?;
            to.iter_mut().zip(from).for_each(|(to, from)| *to = from * scale);
        }
        Ok(())
    }
}

fn kind() -> Error {
    Error::Msg("fused attention needs f32 matrices of one shape on the CPU".to_owned())
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        ql: &Layout,
        k: &CpuStorage,
        kl: &Layout,
        v: &CpuStorage,
        vl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        if !(ql.is_contiguous() && kl.is_contiguous() && vl.is_contiguous()) {
            return Err(kind());
        }
        let mut out = vec![0f32; self.tokens * self.width];
        for (text, rows) in self.texts.iter().enumerate() {
            let n = rows.len();
            for head in 0..self.heads {
                let part = |layout: &Layout| self.part(rows, head, layout.start_offset());
                let mut weights = self.weights(q, k, &part(ql), &part(kl))?;
                self.drop(&mut weights, text, head);
                let square = Layout::contiguous((n, n));
                let product = CpuStorage::F32(weights).matmul(v, (1, n, self.size(), n), &square, &part(vl))?;
                self.put(&product, rows, head, &mut out, 1.0)?;
            }
        }
        Ok((CpuStorage::F32(out), (self.tokens, self.width).into()))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let (mut dq, mut dk, mut dv) =
            (vec![0f32; q.elem_count()], vec![0f32; q.elem_count()], vec![0f32; q.elem_count()]);
        // sum_j weight_ij dweight_ij = result_i . grad_i per head: from the results, without another pass over the squares.
        let inner: Vec<f32> = with_floats([result, &grad], |[result, grad]| {
            let size = self.size();
            let rows = result.chunks_exact(size).zip(grad.chunks_exact(size));
            Ok(rows.map(|(r, g)| r.iter().zip(g).map(|(r, g)| r * g).sum()).collect())
        })?;
        let ((qs, ql), (ks, kl)) = (q.storage_and_layout(), k.storage_and_layout());
        let ((vs, vl), (gs, gl)) = (v.storage_and_layout(), grad.storage_and_layout());
        let (Storage::Cpu(qs), Storage::Cpu(ks), Storage::Cpu(vs), Storage::Cpu(gs)) = (&*qs, &*ks, &*vs, &*gs) else {
            return Err(kind());
        };
        let scale = 1.0 / (self.size() as f32).sqrt();
        for (text, rows) in self.texts.iter().enumerate() {
            let (n, size) = (rows.len(), self.size());
            let square = Layout::contiguous((n, n));
            for head in 0..self.heads {
                let part = |layout: &Layout| self.part(rows, head, layout.start_offset());
                let (ql, kl, vl, gl) = (part(ql), part(kl), part(vl), part(gl));
                let weights = self.weights(qs, ks, &ql, &kl)?;
                let CpuStorage::F32(mut dweights) = gs.matmul(vs, (1, n, n, size), &gl, &vl.transpose(0, 1)?)? else {
                    return Err(kind());
                };
                self.drop(&mut dweights, text, head);
                let inner = inner.iter().skip(rows.start * self.heads + head).step_by(self.heads);
                for ((dw, w), inner) in dweights.chunks_exact_mut(n).zip(weights.chunks_exact(n)).zip(inner) {
                    dw.iter_mut().zip(w).for_each(|(dw, w)| *dw = w * (*dw - inner));
                }
                let mut dropped = weights;
                self.drop(&mut dropped, text, head);
                let (dropped, dscores) = (CpuStorage::F32(dropped), CpuStorage::F32(dweights));
                let turned = square.transpose(0, 1)?;
                self.put(&dropped.matmul(gs, (1, n, size, n), &turned, &gl)?, rows, head, &mut dv, 1.0)?;
                self.put(&dscores.matmul(ks, (1, n, size, n), &square, &kl)?, rows, head, &mut dq, scale)?;
                self.put(&dscores.matmul(qs, (1, n, size, n), &turned, &ql)?, rows, head, &mut dk, scale)?;
            }
        }
        let tensor = |values| Tensor::from_vec(values, (self.tokens, self.width), grad.device());
        Ok((Some(tensor(dq)?), Some(tensor(dk)?), Some(tensor(dv)?)))
    }
}
