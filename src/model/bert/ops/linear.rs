//! `x w^T + b`.

use candle_core::backend::BackendStorage as _;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::{Kernels, column_sums, floats, with_floats};

/// A dense layer: `x` is `[rows, in]`, `weight` `[out, in]`, `bias` `[out]`.
///
/// # Errors
/// When shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, kernels: Kernels) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => x.apply_op3(weight, bias, Linear),
        Kernels::Composed => x.matmul(&weight.t()?)?.broadcast_add(bias),
    }
}

struct Linear;

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, inputs) = x_layout.shape().dims2()?;
        let (outputs, _) = weight_layout.shape().dims2()?;
        let transposed = weight_layout.transpose(0, 1)?;
        let mut out = x.matmul(weight, (1, rows, outputs, inputs), x_layout, &transposed)?;
        let bias = floats(bias, bias_layout)?;
        if let CpuStorage::F32(values) = &mut out {
            for row in values.chunks_exact_mut(outputs) {
                row.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias);
            }
        }
        Ok((out, (rows, outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _bias: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        // Detached: a gradient needs no graph of its own.
        let (x, weight) = (x.detach(), weight.detach());
        let outputs = weight.dim(0)?;
        let bias_grad = with_floats([grad], |[grad]| Ok(column_sums(grad, outputs)))?;
        Ok((
            Some(grad.matmul(&weight)?),
            Some(grad.t()?.matmul(&x)?),
            Some(Tensor::from_vec(bias_grad, outputs, grad.device())?),
        ))
    }
}
