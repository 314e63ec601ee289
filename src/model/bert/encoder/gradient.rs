//! The way from the embeddings to the logits by itself, for gradients with respect to what was read.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::Classifier;
use crate::model::bert::ops::Dropout;

impl Classifier {
    /// Embeddings `[tokens, width]` of texts that lie end to end.
    ///
    /// # Errors
    /// When an id is outside the vocabulary, or a text longer than the positions.
    pub(in crate::model) fn embedded(&self, ids: &[u32], texts: &[Range<usize>]) -> Result<Tensor> {
        self.embed(ids, texts, Dropout::OFF)
    }

    /// Logits `[texts, classes]` of embeddings. Gradients flow back to `embedded` where it is a variable: candle keeps
    /// none for tensors in between.
    ///
    /// # Errors
    /// When the device fails.
    pub(in crate::model) fn logits_of_embedded(
        &self,
        embedded: &Tensor,
        texts: &Arc<[Range<usize>]>,
    ) -> Result<Tensor> {
        self.logits_of(embedded.clone(), texts, Dropout::OFF, Dropout::OFF)
    }
}
