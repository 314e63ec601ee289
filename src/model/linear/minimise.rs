//! The weights at which the loss is least.

use crate::model::calibration::sigmoid;

/// A text to fit on.
pub(super) struct Row {
    /// Features with what their presence counts here.
    pub columns: Vec<(usize, f64)>,
    /// Its label.
    pub malicious: bool,
    /// How much it counts.
    pub weight: f64,
}

/// Loss `sum weight * log loss + |w|^2 / (2 c)` (the bias, last, is free) and its gradient; `values` are those of the
/// features that a row holds.
fn loss(rows: &[Row], values: &[f64], point: &[f64], c: f64) -> (f64, Vec<f64>) {
    let (bias, weights) = point.split_last().map_or((0.0, point), |(b, w)| (*b, w));
    let mut gradient: Vec<f64> = weights.iter().map(|w| w / c).collect();
    let mut total = weights.iter().map(|w| w * w).sum::<f64>() / (2.0 * c);
    let mut bias_gradient = 0.0;
    for row in rows {
        let terms = row.columns.iter().filter_map(|&(i, scale)| Some(weights.get(i)? * values.get(i)? * scale));
        let z = bias + terms.sum::<f64>();
        let target = f64::from(u8::from(row.malicious));
        total += row.weight * (z.max(0.0) + (-z.abs()).exp().ln_1p() - target * z);
        let d = row.weight * (sigmoid(z) - target);
        bias_gradient += d;
        for &(i, scale) in &row.columns {
            if let (Some(g), Some(value)) = (gradient.get_mut(i), values.get(i)) {
                *g += d * value * scale;
            }
        }
    }
    gradient.push(bias_gradient);
    (total, gradient)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Limited-memory BFGS with backtracking (Nocedal and Wright, algorithm 7.5).
pub(super) fn minimise(rows: &[Row], values: &[f64], c: f64) -> Vec<f64> {
    const MEMORY: usize = 10;
    let mut point = vec![0.0; values.len() + 1];
    let (mut value, mut gradient) = loss(rows, values, &point, c);
    let mut history: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    for _ in 0..200 {
        let norm = dot(&gradient, &gradient).sqrt();
        if norm < 1e-4 * (1.0 + dot(&point, &point).sqrt()) {
            break;
        }
        let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut alphas = Vec::with_capacity(history.len());
        for (s, y, rho) in history.iter().rev() {
            let alpha = rho * dot(s, &direction);
            direction.iter_mut().zip(y).for_each(|(d, y)| *d -= alpha * y);
            alphas.push(alpha);
        }
        let scale = history.last().map_or(1.0 / norm, |(_, y, rho)| 1.0 / (rho * dot(y, y)));
        direction.iter_mut().for_each(|d| *d *= scale);
        for ((s, y, rho), alpha) in history.iter().zip(alphas.iter().rev()) {
            let beta = rho * dot(y, &direction);
            direction.iter_mut().zip(s).for_each(|(d, s)| *d += (alpha - beta) * s);
        }
        let slope = dot(&gradient, &direction);
        let mut step = 1.0;
        let (next, next_value, next_gradient) = loop {
            let next: Vec<f64> = point.iter().zip(&direction).map(|(p, d)| p + step * d).collect();
            let (next_value, next_gradient) = loss(rows, values, &next, c);
            if next_value <= value + 1e-4 * step * slope || step < 1e-10 {
                break (next, next_value, next_gradient);
            }
            step /= 2.0;
        };
        let s: Vec<f64> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let sy = dot(&s, &y);
        if sy > 1e-12 {
            if history.len() == MEMORY {
                history.remove(0);
            }
            history.push((s, y, 1.0 / sy));
        }
        (point, value, gradient) = (next, next_value, next_gradient);
    }
    point
}
