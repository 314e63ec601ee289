//! Margins made into probabilities: by scale and shift, and of two models by the mean of their log odds.

use serde::{Deserialize, Serialize};

use super::Margins;

/// A score and whether its package is malicious.
pub type Scored = (f64, bool);

/// The logistic function.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
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
    /// Fits by Newton's method on the log loss, with Platt's smoothed targets so that a perfect split stays finite.
    #[must_use]
    pub fn fit(margins: &[Scored]) -> Self {
        let positives = margins.iter().filter(|s| s.1).count() as f64;
        let negatives = margins.len() as f64 - positives;
        let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
        let loss = |scale: f64, bias: f64| -> f64 {
            margins
                .iter()
                .map(|&(x, y)| {
                    let (z, t) = (scale * x + bias, if y { high } else { low });
                    // log(1 + e^z) - t z, without overflow.
                    z.max(0.0) + (-z.abs()).exp().ln_1p() - t * z
                })
                .sum()
        };
        let (mut scale, mut bias) = (1.0, 0.0);
        for _ in 0..100 {
            let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
            for &(x, y) in margins {
                let p = sigmoid(scale * x + bias);
                let (d, w) = (p - if y { high } else { low }, p * (1.0 - p));
                ga += d * x;
                gb += d;
                haa += w * x * x;
                hab += w * x;
                hbb += w;
            }
            let det = haa * hbb - hab * hab;
            if det.abs() < 1e-12 || (ga.abs() < 1e-8 && gb.abs() < 1e-8) {
                break;
            }
            let (da, db) = ((hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det);
            let (before, mut step) = (loss(scale, bias), 1.0);
            while step > 1e-6 && loss(scale - step * da, bias - step * db) > before {
                step /= 2.0;
            }
            scale -= step * da;
            bias -= step * db;
        }
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
    /// Fits on margins of the network and of the linear model: each is calibrated, and so is the mean of their log odds.
    /// Without a linear margin the network stands alone.
    #[must_use]
    pub fn fit(margins: &[(f64, Option<f64>, bool)]) -> Self {
        let network = Platt::fit(&margins.iter().map(|m| (m.0, m.2)).collect::<Vec<_>>());
        let both: Option<Vec<Scored>> = margins.iter().map(|m| Some((m.1?, m.2))).collect();
        let Some(both) = both.filter(|both| !both.is_empty()) else {
            return Self { scale: network.scale, linear_scale: 0.0, bias: network.bias };
        };
        let linear = Platt::fit(&both);
        let half = Self {
            scale: network.scale / 2.0,
            linear_scale: linear.scale / 2.0,
            bias: (network.bias + linear.bias) / 2.0,
        };
        let mean = Platt::fit(&margins.iter().map(|m| (half.margin(m.0, m.1), m.2)).collect::<Vec<_>>());
        Self {
            scale: half.scale * mean.scale,
            linear_scale: half.linear_scale * mean.scale,
            bias: half.bias * mean.scale + mean.bias,
        }
    }

    /// The log odds of a package.
    #[must_use]
    pub fn log_odds(self, margins: &Margins) -> f64 {
        self.margin(margins.network(), margins.linear())
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
