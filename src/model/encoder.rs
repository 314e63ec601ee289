//! BERT with a sequence-classification head, under Hugging Face's tensor names.
//!
//! One network serves both uses: reading (attention maps are returned, texts one by one) and training (many texts end to
//! end in one matrix without padding, dropout, gradients).

use std::ops::Range;
use std::sync::Arc;

use candle_core::{D, Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::HiddenAct;

use super::config::BertConfig;
use super::ops::{self, Dropout, Kernels};

#[derive(Debug, Clone)]
struct Dense {
    weight: Tensor,
    bias: Tensor,
}

impl Dense {
    fn load(vb: &VarBuilder<'_>, inputs: usize, outputs: usize) -> Result<Self> {
        Ok(Self { weight: vb.get((outputs, inputs), "weight")?, bias: vb.get(outputs, "bias")? })
    }

    fn forward(&self, x: &Tensor, kernels: Kernels) -> Result<Tensor> {
        ops::linear(x, &self.weight, &self.bias, kernels)
    }
}

#[derive(Debug, Clone)]
struct Norm {
    gain: Tensor,
    bias: Tensor,
    eps: f64,
}

impl Norm {
    fn load(vb: &VarBuilder<'_>, width: usize, eps: f64) -> Result<Self> {
        Ok(Self { gain: vb.get(width, "weight")?, bias: vb.get(width, "bias")?, eps })
    }

    fn forward(&self, x: &Tensor, kernels: Kernels) -> Result<Tensor> {
        ops::norm(x, &self.gain, &self.bias, self.eps, kernels)
    }
}

#[derive(Debug, Clone)]
struct Layer {
    query: Dense,
    key: Dense,
    value: Dense,
    attended: Dense,
    attention_norm: Norm,
    up: Dense,
    down: Dense,
    output_norm: Norm,
}

impl Layer {
    fn load(vb: &VarBuilder<'_>, config: &BertConfig) -> Result<Self> {
        let (width, wide, eps) = (config.bert.hidden_size, config.bert.intermediate_size, config.bert.layer_norm_eps);
        let own = vb.pp("attention.self");
        Ok(Self {
            query: Dense::load(&own.pp("query"), width, width)?,
            key: Dense::load(&own.pp("key"), width, width)?,
            value: Dense::load(&own.pp("value"), width, width)?,
            attended: Dense::load(&vb.pp("attention.output.dense"), width, width)?,
            attention_norm: Norm::load(&vb.pp("attention.output.LayerNorm"), width, eps)?,
            up: Dense::load(&vb.pp("intermediate.dense"), width, wide)?,
            down: Dense::load(&vb.pp("output.dense"), wide, width)?,
            output_norm: Norm::load(&vb.pp("output.LayerNorm"), width, eps)?,
        })
    }

    /// Attention's sum, then the rest of the layer.
    fn finish(&self, x: &Tensor, summed: &Tensor, network: &Classifier, dropout: Dropout) -> Result<Tensor> {
        let kernels = network.kernels;
        let attended = self.attended.forward(summed, kernels)?;
        let x = self.attention_norm.forward(&ops::residual(x, &attended, dropout.at(1), kernels)?, kernels)?;
        let wide = network.activate(&self.up.forward(&x, kernels)?)?;
        let narrow = self.down.forward(&wide, kernels)?;
        self.output_norm.forward(&ops::residual(&x, &narrow, dropout.at(2), kernels)?, kernels)
    }
}

/// How much of the attention a reading keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maps {
    /// The row of `[CLS]` only: `[heads, 1, n]` per layer.
    Cls,
    /// The whole maps: `[heads, n, n]` per layer.
    Full,
}

/// What one reading yields.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Output of the last layer, `[n, width]`.
    pub hidden: Tensor,
    /// One number per class.
    pub logits: Vec<f32>,
    /// Attention per layer, see [`Maps`].
    pub attention: Vec<Tensor>,
}

/// The network.
#[derive(Debug, Clone)]
pub struct Classifier {
    words: Tensor,
    positions: Tensor,
    types: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
    pooler: Dense,
    head: Dense,
    heads: usize,
    act: HiddenAct,
    kernels: Kernels,
}

impl Classifier {
    /// Takes the tensors out of `vb`, whose names have no `bert.` prefix.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than the configuration says.
    pub fn load(vb: &VarBuilder<'_>, config: &BertConfig, kernels: Kernels) -> Result<Self> {
        let bert = &config.bert;
        let (width, eps) = (bert.hidden_size, bert.layer_norm_eps);
        let embeddings = vb.pp("embeddings");
        let table = |rows, name: &str| embeddings.get((rows, width), &format!("{name}.weight"));
        Ok(Self {
            words: table(bert.vocab_size, "word_embeddings")?,
            positions: table(bert.max_position_embeddings, "position_embeddings")?,
            types: table(bert.type_vocab_size, "token_type_embeddings")?,
            norm: Norm::load(&embeddings.pp("LayerNorm"), width, eps)?,
            layers: (0..bert.num_hidden_layers)
                .map(|i| Layer::load(&vb.pp(format!("encoder.layer.{i}")), config))
                .collect::<Result<_>>()?,
            pooler: Dense::load(&vb.pp("pooler.dense"), width, width)?,
            head: Dense::load(&vb.pp("classifier"), width, config.labels.len())?,
            heads: bert.num_attention_heads,
            act: bert.hidden_act,
            kernels,
        })
    }

    fn activate(&self, x: &Tensor) -> Result<Tensor> {
        match self.act {
            HiddenAct::Gelu => ops::gelu(x, self.kernels),
            HiddenAct::GeluApproximate => x.gelu(),
            HiddenAct::Relu => x.relu(),
        }
    }

    /// Embeds texts that lie end to end; positions start anew in each.
    fn embed(&self, ids: &[u32], texts: &[Range<usize>], dropout: Dropout) -> Result<Tensor> {
        let device = self.words.device();
        let positions: Vec<u32> = texts.iter().flat_map(|rows| 0..rows.len() as u32).collect();
        let words = self.words.index_select(&Tensor::new(ids, device)?, 0)?;
        let positions = self.positions.index_select(&Tensor::new(positions, device)?, 0)?;
        let sum = (words + positions)?.broadcast_add(&self.types.narrow(0, 0, 1)?)?;
        ops::dropout(&self.norm.forward(&sum, self.kernels)?, dropout, self.kernels)
    }

    fn classify(&self, first: &Tensor, dropout: Dropout) -> Result<Tensor> {
        let pooled = self.pooler.forward(first, self.kernels)?.tanh()?;
        self.head.forward(&ops::dropout(&pooled, dropout, self.kernels)?, self.kernels)
    }

    /// Logits `[texts, classes]` of many texts at once, through which gradients flow. `attention_dropout` and `dropout`
    /// are [`Dropout::OFF`] outside training.
    ///
    /// # Errors
    /// When an id is outside the vocabulary, or a text longer than the positions.
    pub fn logits(
        &self,
        ids: &[u32],
        texts: &Arc<[Range<usize>]>,
        dropout: Dropout,
        attention_dropout: Dropout,
    ) -> Result<Tensor> {
        let mut x = self.embed(ids, texts, dropout.at(0))?;
        for (number, layer) in (1u32..).zip(&self.layers) {
            let [q, k, v] = [&layer.query, &layer.key, &layer.value].map(|dense| dense.forward(&x, self.kernels));
            let place = number * 8;
            let summed = ops::attention(&q?, &k?, &v?, self.heads, texts, attention_dropout.at(place), self.kernels)?;
            x = layer.finish(&x, &summed, self, dropout.at(place + 1))?;
        }
        let firsts: Vec<u32> = texts.iter().map(|rows| rows.start as u32).collect();
        let first = x.index_select(&Tensor::new(firsts, x.device())?, 0)?;
        self.classify(&first, dropout.at(u32::MAX))
    }

    /// Reads one text and keeps the attention.
    ///
    /// # Errors
    /// When an id is outside the vocabulary, or the text longer than the positions.
    pub fn read(&self, ids: &[u32], maps: Maps) -> Result<Reading> {
        let n = ids.len();
        let mut x = self.embed(ids, std::slice::from_ref(&(0..n)), Dropout::OFF)?;
        let mut attention = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let split = |dense: &Dense| -> Result<Tensor> {
                dense.forward(&x, self.kernels)?.reshape((n, self.heads, ()))?.transpose(0, 1)?.contiguous()
            };
            let (q, k, v) = (split(&layer.query)?, split(&layer.key)?, split(&layer.value)?);
            let scale = 1.0 / (q.dim(D::Minus1)? as f64).sqrt();
            let weights = candle_nn::ops::softmax_last_dim(&((q * scale)?.matmul(&k.t()?)?))?;
            let summed = weights.matmul(&v)?.transpose(0, 1)?.flatten_from(1)?;
            attention.push(match maps {
                Maps::Cls => weights.narrow(1, 0, 1)?.contiguous()?,
                Maps::Full => weights,
            });
            x = layer.finish(&x, &summed, self, Dropout::OFF)?;
        }
        let logits = self.classify(&x.narrow(0, 0, 1)?, Dropout::OFF)?.flatten_all()?.to_vec1()?;
        Ok(Reading { hidden: x, logits, attention })
    }
}

#[cfg(test)]
#[path = "encoder_tests.rs"]
mod tests;
