//! Gradients of the log odds with respect to the embeddings, and their sum along the way from nothing to the text.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{IndexOp as _, Tensor, Var};

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

    /// The gradient times the way, per token, at one point of it. Points are taken one after another: what a pass backward
    /// keeps of each layer is as large as all the weights.
    fn products(&self, subject: &Subject<'_>, point: f64) -> Result<Vec<f32>, ModelError> {
        let malicious = subject.model.config.malicious();
        let here = Var::from_tensor(&self.at(point)?)?;
        let logits = subject.model.network.logits_of_embedded(here.as_tensor(), &self.rows)?.flatten_all()?;
        let (_, other) = margin(&logits.to_vec1()?, malicious);
        let store = (logits.i(malicious)? - logits.i(other)?)?.backward()?;
        let Some(gradient) = store.get(&here) else {
            return Ok(vec![0.0; self.rows.first().map_or(0, Range::len)]);
        };
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
            let share = weight / points.len() as f64;
            for point in points {
                let products = way.products(subject, *point)?;
                sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += share * f64::from(product));
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
