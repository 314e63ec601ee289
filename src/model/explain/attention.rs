//! What the network looked at: attention, and attention followed through the layers.

use candle_core::Tensor;

use super::subject::Subject;
use crate::model::bert::encoder::Maps;
use crate::model::{ModelError, Window};

/// Which of the model's attention maps is shown; `None` is the average.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// Layer from 0.
    pub layer: Option<usize>,
    /// Head from 0.
    pub head: Option<usize>,
}

impl Choice {
    /// The choice in words, layers and heads counted from 1.
    #[must_use]
    pub fn describe(self) -> String {
        let word = |v: Option<usize>| v.map_or_else(|| "average".to_owned(), |v| (v + 1).to_string());
        format!("layer {} · head {}", word(self.layer), word(self.head))
    }
}

/// The attention of `[CLS]` to each token of a window, averaged over what the choice leaves open.
#[must_use]
pub fn of_window(window: &Window, choice: Choice) -> Vec<f64> {
    let mut sum = vec![0.0; window.tokens.len()];
    let mut maps = 0_u16;
    for (_, layer) in window.cls_attention.iter().enumerate().filter(|(i, _)| choice.layer.is_none_or(|l| l == *i)) {
        for (_, head) in layer.iter().enumerate().filter(|(i, _)| choice.head.is_none_or(|h| h == *i)) {
            maps += 1;
            sum.iter_mut().zip(head).for_each(|(s, v)| *s += f64::from(*v));
        }
    }
    if maps > 0 {
        sum.iter_mut().for_each(|s| *s /= f64::from(maps));
    }
    sum
}

/// Attention of `[CLS]` followed down through all layers (Abnar and Zuidema 2020): in each layer the heads are averaged,
/// and half of what a token is comes from itself, past the attention.
pub(super) fn rollout(subject: &Subject<'_>) -> Result<Vec<Vec<f64>>, ModelError> {
    let mut all = Vec::with_capacity(subject.windows.len());
    for (window, tokens) in subject.windows.iter().enumerate() {
        let reading = subject.model.network.read(&subject.ids(window, &[]), Maps::Full)?;
        all.push(roll(&reading.attention, tokens.len())?);
    }
    Ok(all)
}

/// Follows one window's maps, `[heads, n, n]` each, from `[CLS]` in the last layer down to the tokens.
pub(super) fn roll(maps: &[Tensor], tokens: usize) -> candle_core::Result<Vec<f64>> {
    let mut row = vec![0.0_f64; tokens];
    if let Some(first) = row.first_mut() {
        *first = 1.0;
    }
    for map in maps.iter().rev() {
        let mean: Vec<Vec<f32>> = map.mean(0)?.to_vec2()?;
        let mut below: Vec<f64> = row.iter().map(|share| share / 2.0).collect();
        for (share, attention) in row.iter().zip(&mean) {
            below.iter_mut().zip(attention).for_each(|(b, a)| *b += share / 2.0 * f64::from(*a));
        }
        row = below;
    }
    Ok(row)
}
