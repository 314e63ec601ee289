//! Margins made into probabilities: by scale and shift, of two models by a sum of both.

use serde::{Deserialize, Serialize};

use super::Margins;

/// A score and whether its package is malicious.
pub type Scored = (f64, bool);

/// The logistic function.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Keeps coefficients apart that the data cannot tell apart; next to nothing beside a hundred rows.
const RIDGE: f64 = 1e-3;

/// Coefficients of a logistic regression, by Newton's method from `begin` on, with Platt's smoothed targets so that a perfect
/// split stays finite.
fn logistic<const N: usize>(rows: &[([f64; N], bool)], begin: [f64; N]) -> [f64; N] {
    let positives = rows.iter().filter(|row| row.1).count() as f64;
    let negatives = rows.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let target = |malicious: bool| if malicious { high } else { low };
    let dot = |w: &[f64; N], x: &[f64; N]| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
    let loss = |w: &[f64; N]| -> f64 {
        let of = |(x, y): &([f64; N], bool)| {
            let z = dot(w, x);
            // log(1 + e^z) - t z, without overflow.
            z.max(0.0) + (-z.abs()).exp().ln_1p() - target(*y) * z
        };
        rows.iter().map(of).sum::<f64>() + RIDGE / 2.0 * dot(w, w)
    };
    let mut weights = begin;
    for _ in 0..100 {
        let mut gradient = weights.map(|weight| RIDGE * weight);
        let mut hessian = [[0.0; N]; N];
        for (at, row) in hessian.iter_mut().enumerate() {
            if let Some(diagonal) = row.get_mut(at) {
                *diagonal = RIDGE;
            }
        }
        for (x, y) in rows {
            let p = sigmoid(dot(&weights, x));
            for ((slope, row), xi) in gradient.iter_mut().zip(&mut hessian).zip(x) {
                *slope += (p - target(*y)) * xi;
                row.iter_mut().zip(x).for_each(|(cell, xj)| *cell += p * (1.0 - p) * xi * xj);
            }
        }
        if gradient.iter().all(|slope| slope.abs() < 1e-8) {
            break;
        }
        let Some(step) = solve(hessian, gradient) else { break };
        let moved = |by: f64| {
            let mut moved = weights;
            moved.iter_mut().zip(&step).for_each(|(weight, step)| *weight -= by * step);
            moved
        };
        let (before, mut by) = (loss(&weights), 1.0);
        while by > 1e-6 && loss(&moved(by)) > before {
            by /= 2.0;
        }
        weights = moved(by);
    }
    weights
}

/// Solves `matrix * x = right` for a matrix that is symmetric and positive; `None` where it is not, to working precision.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for pivot in 0..N {
        let row = *matrix.get(pivot)?;
        let (diagonal, value) = (*row.get(pivot)?, *right.get(pivot)?);
        if diagonal.abs() < 1e-12 {
            return None;
        }
        for (other, (cells, right)) in matrix.iter_mut().zip(&mut right).enumerate() {
            if other != pivot {
                let factor = *cells.get(pivot)? / diagonal;
                cells.iter_mut().zip(&row).for_each(|(cell, from)| *cell -= factor * from);
                *right -= factor * value;
            }
        }
    }
    let mut answer = [0.0; N];
    for (at, (answer, right)) in answer.iter_mut().zip(right).enumerate() {
        *answer = right / matrix.get(at)?.get(at)?;
    }
    Some(answer)
}

/// A temperature and a bias that turn a logit margin into a probability: `sigmoid(scale * margin + bias)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platt {
    /// Inverse temperature.
    pub scale: f64,
    /// Shift.
    pub bias: f64,
}

impl Platt {
    /// Fits on the log loss.
    #[must_use]
    pub fn fit(margins: &[Scored]) -> Self {
        let rows: Vec<_> = margins.iter().map(|&(margin, malicious)| ([margin, 1.0], malicious)).collect();
        let [scale, bias] = logistic(&rows, [1.0, 0.0]);
        Self { scale, bias }
    }

    /// The probability of a margin.
    #[must_use]
    pub fn probability(self, margin: f64) -> f64 {
        sigmoid(self.scale * margin + self.bias)
    }
}

/// What turns the margins of the network and of the linear model beside it into one probability:
/// `sigmoid(scale * network + linear_scale * linear + bias)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ensemble {
    /// Of the network's margin: its inverse temperature.
    pub scale: f64,
    /// Of the linear model's margin.
    pub linear_scale: f64,
    /// Shift.
    pub bias: f64,
}

impl Default for Ensemble {
    /// The network alone, as it is.
    fn default() -> Self {
        Self { scale: 1.0, linear_scale: 0.0, bias: 0.0 }
    }
}

impl Ensemble {
    /// Fits on margins of the network and of the linear model: each counts as far as it says what the other does not. One that
    /// would count against what it says, or is missing, has no vote.
    #[must_use]
    pub fn fit(margins: &[(f64, Option<f64>, bool)]) -> Self {
        let alone = |scores: Vec<Scored>| Platt::fit(&scores);
        let network = |Platt { scale, bias }| Self { scale, linear_scale: 0.0, bias };
        let linear = |Platt { scale, bias }| Self { scale: 0.0, linear_scale: scale, bias };
        let by_network = margins.iter().map(|m| (m.0, m.2)).collect();
        let both: Option<Vec<_>> = margins.iter().map(|m| Some(([m.0, m.1?, 1.0], m.2))).collect();
        let Some(both) = both.filter(|both| !both.is_empty()) else { return network(alone(by_network)) };
        match logistic(&both, [0.5, 0.5, 0.0]) {
            [scale, ..] if scale < 0.0 => linear(alone(both.iter().map(|(row, y)| (row[1], *y)).collect())),
            [_, linear_scale, _] if linear_scale < 0.0 => network(alone(by_network)),
            [scale, linear_scale, bias] => Self { scale, linear_scale, bias },
        }
    }

    /// The log odds of a package.
    #[must_use]
    pub fn log_odds(self, margins: &Margins) -> f64 {
        self.margin(margins.network, margins.linear())
    }

    /// The probability that a package is malicious.
    #[must_use]
    pub fn probability(self, margins: &Margins) -> f64 {
        sigmoid(self.log_odds(margins))
    }

    /// The log odds, from those of the network and of the linear model.
    #[must_use]
    pub fn margin(self, network: f64, linear: Option<f64>) -> f64 {
        self.scale * network + self.linear_scale * linear.unwrap_or_default() + self.bias
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platt_recovers_a_known_scale() {
        // Margins whose labels follow sigmoid(0.5 x - 1) exactly, by expected counts of 1000 per point.
        let mut margins = Vec::new();
        for x in -6..=8 {
            let positives = (1000.0 * sigmoid(0.5 * f64::from(x) - 1.0)).round() as usize;
            margins.extend((0..1000).map(|i| (f64::from(x), i < positives)));
        }
        let fit = Platt::fit(&margins);
        assert!((fit.scale - 0.5).abs() < 0.01 && (fit.bias + 1.0).abs() < 0.02, "{fit:?}");
        let split = Platt::fit(&[(5.0, true), (4.0, true), (-4.0, false)]);
        assert!(split.scale.is_finite() && split.probability(5.0) > 0.6);
    }

    #[test]
    fn a_mix_uses_both_margins() {
        // Each margin alone errs on a quarter; their mean does not.
        let rows: Vec<(f64, Option<f64>, bool)> = (0..400)
            .map(|i| match i % 4 {
                0 => (3.0, Some(0.5), true),
                1 => (-1.0, Some(2.0), true),
                2 => (-3.0, Some(-0.5), false),
                _ => (1.0, Some(-2.0), false),
            })
            .collect();
        let ensemble = Ensemble::fit(&rows);
        assert!(rows.iter().all(|r| (ensemble.margin(r.0, r.1) > 0.0) == r.2), "{ensemble:?}");
        let alone: Vec<_> = rows.iter().map(|r| (r.0, None, r.2)).collect();
        let alone = Ensemble::fit(&alone);
        assert!(alone.linear_scale == 0.0 && alone.margin(-1.0, None) < 0.0);
    }
}
