//! Gradients of the log odds with respect to the embeddings, and their sum along the way from nothing to the text.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{IndexOp as _, Tensor, Var};
use rayon::prelude::*;

use super::subject::{Subject, margin};
use crate::model::ModelError;

/// Points on the way from the text without pieces to the text, for integrated gradients.
pub const STEPS: usize = 8;

/// What each token of each window adds to the log odds, by the network's gradient at the text: the gradient times what
/// tells the token's embedding from that of `[MASK]`.
pub(super) fn at_the_text(subject: &Subject<'_>) -> Result<Vec<Vec<f64>>, ModelError> {
    along(subject, &[1.0])
}

/// The same by the mean gradient along the straight way from a text of `[MASK]` only (Sundararajan et al. 2017), in
/// [`STEPS`] steps, the gradient taken in the middle of each.
pub(super) fn integrated(subject: &Subject<'_>) -> Result<Vec<Vec<f64>>, ModelError> {
    let points: Vec<f64> = (0..STEPS).map(|i| (i as f64 + 0.5) / STEPS as f64).collect();
    along(subject, &points)
}

/// Points that are read in one pass, end to end.
const PACKED: usize = 2;

/// A window's embeddings without its pieces, and what the pieces add to them.
struct Way {
    from: Tensor,
    by: Tensor,
    rows: Arc<[Range<usize>]>,
}

impl Way {
    fn new(subject: &Subject<'_>, window: usize) -> Result<Self, ModelError> {
        let (full, empty) = (subject.ids(window, &[]), subject.ids(window, &vec![true; subject.text.pieces.len()]));
        let rows: Arc<[Range<usize>]> = std::iter::once(0..full.len()).collect();
        let network = &subject.model.network;
        let from = network.embedded(&empty, &rows)?;
        let by = (network.embedded(&full, &rows)? - &from)?;
        Ok(Self { from, by, rows })
    }

    /// The gradient times the way, per token, added up over points.
    fn products(&self, subject: &Subject<'_>, points: &[f64]) -> Result<Vec<f32>, ModelError> {
        let malicious = subject.model.config.malicious();
        let here: Vec<Tensor> = points.iter().map(|point| self.at(*point)).collect::<Result<_, _>>()?;
        let here = Var::from_tensor(&Tensor::cat(&here, 0)?)?;
        let tokens = self.rows.first().map_or(0, Range::len);
        let rows: Arc<[Range<usize>]> = (0..points.len()).map(|i| i * tokens..(i + 1) * tokens).collect();
        let logits = subject.model.network.logits_of_embedded(here.as_tensor(), &rows)?;
        let mut sum = logits.i((0, malicious))?.zeros_like()?;
        for (text, row) in logits.to_vec2()?.iter().enumerate() {
            let (_, other) = margin(row, malicious);
            sum = (sum + (logits.i((text, malicious))? - logits.i((text, other))?)?)?;
        }
        let store = sum.backward()?;
        let Some(gradient) = store.get(&here) else { return Ok(vec![0.0; tokens]) };
        let gradient = gradient.reshape((points.len(), tokens, ()))?.sum(0)?;
        Ok((gradient * &self.by)?.sum(1)?.to_vec1()?)
    }

    fn at(&self, share: f64) -> Result<Tensor, ModelError> {
        Ok((&self.from + (&self.by * share)?)?)
    }
}

/// The mean over points of the way of the gradient times the way. A window counts what it counts at the text, so that only
/// the windows that decide there are read, whatever the number of all.
fn along(subject: &Subject<'_>, points: &[f64]) -> Result<Vec<Vec<f64>>, ModelError> {
    let mut all = Vec::with_capacity(subject.windows.len());
    for (window, weight) in subject.weights().into_iter().enumerate() {
        let mut sums = vec![0.0; subject.windows.get(window).map_or(0, Vec::len)];
        if weight.abs() > 1e-9 {
            let way = Way::new(subject, window)?;
            let parts: Vec<Vec<f32>> =
                points.par_chunks(PACKED).map(|points| way.products(subject, points)).collect::<Result<_, _>>()?;
            let share = weight / points.len() as f64;
            for part in parts {
                sums.iter_mut().zip(part).for_each(|(sum, product)| *sum += share * f64::from(product));
            }
        }
        all.push(sums);
    }
    Ok(all)
}

/// How fast the log odds change along the way where it ends at the text, by a difference quotient: what the test holds the
/// gradient against.
#[cfg(test)]
pub(super) fn slope_at_the_text(subject: &Subject<'_>, step: f64) -> Result<f64, ModelError> {
    let malicious = subject.model.config.malicious();
    let mut sum = 0.0;
    for (window, weight) in subject.weights().into_iter().enumerate() {
        let way = Way::new(subject, window)?;
        let value = |share: f64| {
            let logits = subject.model.network.logits_of_embedded(&way.at(share)?, &way.rows)?;
            Ok::<_, ModelError>(margin(&logits.flatten_all()?.to_vec1()?, malicious).0)
        };
        sum += weight * (value(1.0 + step)? - value(1.0 - step)?) / (2.0 * step);
    }
    Ok(sum)
}
