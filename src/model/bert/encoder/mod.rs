//! BERT with a sequence-classification head, under Hugging Face's tensor names.
//!
//! One network serves three uses: reading fast (on the CPU through [`cpu`]: logits and the attention of `[CLS]`), reading
//! whole attention maps, and training (many texts end to end in one matrix without padding, dropout, gradients).

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use candle_core::{D, DType, Result, Tensor};
use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::cpu;
use super::ops::{self, Dropout, Kernels, with_floats};
use crate::model::config::{Activation, BertConfig};

mod gradient;

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

/// Texts that a device other than the CPU reads at once.
const TOGETHER: usize = 32;

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
    /// Output of the last layer, `[n, width]`; with [`Maps::Cls`] on the CPU that of `[CLS]` only, `[1, width]`.
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
    act: Activation,
    kernels: Kernels,
    eps: f64,
    /// The weights in the order in which reading on the CPU wants them, packed at the first reading.
    packed: Arc<OnceLock<Option<cpu::Encoder>>>,
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
            eps,
            packed: Arc::default(),
        })
    }

    fn activate(&self, x: &Tensor) -> Result<Tensor> {
        match self.act {
            Activation::Gelu => ops::gelu(x, self.kernels),
            Activation::GeluNew => x.gelu(),
            Activation::Relu => x.relu(),
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
        let x = self.embed(ids, texts, dropout.at(0))?;
        self.logits_of(x, texts, dropout, attention_dropout)
    }

    /// The rest of [`Self::logits`], from the embeddings on.
    fn logits_of(
        &self,
        mut x: Tensor,
        texts: &Arc<[Range<usize>]>,
        dropout: Dropout,
        attention_dropout: Dropout,
    ) -> Result<Tensor> {
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

    /// The weights packed for the CPU; `None` on other devices and for shapes and activations that the panels do not know.
    ///
    /// # Errors
    /// When a tensor does not lie in memory as f32.
    pub fn pack(&self) -> Result<Option<&cpu::Encoder>> {
        if let Some(packed) = self.packed.get() {
            return Ok(packed.as_ref());
        }
        let width = self.words.dim(1)?;
        let wide = self.layers.first().map_or(Ok(0), |layer| layer.up.bias.dim(0))?;
        let shape = cpu::Shape { width, wide, heads: self.heads, eps: self.eps as f32 };
        let fits = self.kernels == Kernels::Fused && self.act == Activation::Gelu && shape.fits();
        let packed = if fits { Some(self.pack_as(shape)?) } else { None };
        Ok(self.packed.get_or_init(|| packed).as_ref())
    }

    fn pack_as(&self, shape: cpu::Shape) -> Result<cpu::Encoder> {
        let layer = |layer: &Layer| {
            let Layer { query, key, value, attended, attention_norm, up, down, output_norm } = layer;
            let [q, k, v, o, u, d] = [query, key, value, attended, up, down].map(|dense| (&dense.weight, &dense.bias));
            let [m, n] = [attention_norm, output_norm].map(|norm| (&norm.gain, &norm.bias));
            let all = [q.0, q.1, k.0, k.1, v.0, v.1, o.0, o.1, u.0, u.1, d.0, d.1, m.0, m.1, n.0, n.1];
            with_floats(all, |[q, qb, k, kb, v, vb, o, ob, u, ub, d, db, m, mb, n, nb]| {
                let (middle, norms) = ([(u, ub), (d, db)], [(m, mb), (n, nb)]);
                Ok(cpu::Layer::new(shape, [(q, qb), (k, kb), (v, vb), (o, ob)], middle, norms))
            })
        };
        let layers = self.layers.par_iter().map(layer).collect::<Result<_>>()?;
        with_floats(
            [&self.norm.gain, &self.norm.bias, &self.pooler.weight, &self.pooler.bias],
            |[gain, bias, p, pb]| Ok(cpu::Encoder::new(shape, (gain, bias), layers, (p, pb))),
        )
    }

    /// What [`cpu::Encoder`] says of texts, and their logits.
    fn read_panels(
        &self,
        encoder: &cpu::Encoder,
        texts: &[Vec<u32>],
        attention: bool,
    ) -> Result<Vec<(cpu::Answer, Vec<f32>)>> {
        let (words, positions) = (self.words.dim(0)?, self.positions.dim(0)?);
        let fits = |text: &Vec<u32>| {
            !text.is_empty() && text.len() <= positions && text.iter().all(|id| (*id as usize) < words)
        };
        if !texts.iter().all(fits) {
            let what = "a text is empty, longer than the positions, or has an id outside the vocabulary";
            return Err(candle_core::Error::Msg(what.to_owned()));
        }
        let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let (weights, bias) = (&self.head.weight, &self.head.bias);
        with_floats(
            [&self.words, &self.positions, &self.types, weights, bias],
            |[words, positions, kind, head, bias]| {
                let answers = encoder.read(&texts, cpu::Tables { words, positions, kind }, attention);
                let logits = |answer: &cpu::Answer| {
                    let classes = head.chunks_exact(answer.pooled.len().max(1)).zip(bias);
                    classes
                        .map(|(row, bias)| bias + row.iter().zip(&answer.pooled).map(|(w, x)| w * x).sum::<f32>())
                        .collect()
                };
                Ok(answers
                    .into_iter()
                    .map(|answer| {
                        let logits = logits(&answer);
                        (answer, logits)
                    })
                    .collect())
            },
        )
    }

    /// Logits of many texts, read together as fast as the device can; without gradients. What a text is answered does not
    /// depend on the others, on the CPU to the last bit.
    ///
    /// # Errors
    /// When an id is outside the vocabulary, or a text empty or longer than the positions.
    pub fn answers(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        if let Some(encoder) = self.pack()? {
            let read = self.read_panels(encoder, texts, false)?;
            return Ok(read.into_iter().map(|(_, logits)| logits).collect());
        }
        let mut answers = Vec::with_capacity(texts.len());
        for texts in texts.chunks(TOGETHER) {
            let mut ranges = Vec::with_capacity(texts.len());
            let mut end = 0;
            for text in texts {
                ranges.push(end..end + text.len());
                end += text.len();
            }
            let logits = self.logits(&texts.concat(), &ranges.into(), Dropout::OFF, Dropout::OFF)?;
            answers.extend(logits.to_dtype(DType::F32)?.to_vec2()?);
        }
        Ok(answers)
    }

    /// Reads many texts together and keeps the attention of `[CLS]`.
    ///
    /// # Errors
    /// As [`Self::answers`].
    pub fn read_all(&self, texts: &[Vec<u32>]) -> Result<Vec<Reading>> {
        let Some(encoder) = self.pack()? else {
            return texts.iter().map(|ids| self.read_maps(ids, Maps::Cls)).collect();
        };
        let reading = |((answer, logits), ids): ((cpu::Answer, _), &Vec<u32>)| {
            let row = |row: Vec<f32>| Tensor::from_vec(row, (self.heads, 1, ids.len()), self.words.device());
            let width = answer.hidden.len();
            Ok(Reading {
                hidden: Tensor::from_vec(answer.hidden, (1, width), self.words.device())?,
                logits,
                attention: answer.attention.into_iter().map(row).collect::<Result<_>>()?,
            })
        };
        self.read_panels(encoder, texts, true)?.into_iter().zip(texts).map(reading).collect()
    }

    /// Reads one text and keeps the attention.
    ///
    /// # Errors
    /// When an id is outside the vocabulary, or the text empty or longer than the positions.
    pub fn read(&self, ids: &[u32], maps: Maps) -> Result<Reading> {
        match maps {
            Maps::Cls => match self.read_all(&[ids.to_vec()])?.pop() {
                Some(reading) => Ok(reading),
                None => self.read_maps(ids, maps),
            },
            Maps::Full => self.read_maps(ids, maps),
        }
    }

    /// Reads one text through the tensor library.
    fn read_maps(&self, ids: &[u32], maps: Maps) -> Result<Reading> {
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
mod tests;
