//! A linear model that learns more texts without those that made it.

use std::collections::HashMap;

use super::{Features, Linear, LinearSettings, value};
use crate::behavior::ModelText;
use crate::model::calibration::sigmoid;

/// How far a weight may move, as the inverse of an L2 penalty on the way. Less than a model that is made from nothing is
/// given: where weights already stand, thousands of texts hold them, of which nothing but the weights is left to see.
const REACH: f64 = 0.05;
/// Most sweeps over the texts.
const SWEEPS: usize = 100;

/// A new text: the columns of its features with what their presence counts, what the model said of it before, and how much it is to learn.
struct Row {
    columns: Vec<(usize, f64)>,
    /// Squared length of the features' values, the bias's 1 included.
    length: f64,
    margin: f64,
    malicious: bool,
    weight: f64,
    /// What it adds: its weight times what is left of its error. 0 at first.
    pull: f64,
}

impl Linear {
    /// The model after these texts, weights as in [`Linear::fit`]: every weight, the bias too, is pulled from where it stands
    /// as far as the texts ask for it (log loss with a penalty on the squared way). Words and pieces that are new to the model
    /// are taken in when `settings.min_texts` of the texts hold them.
    #[must_use]
    pub fn adapted(&self, texts: &[(&ModelText, bool, f64)], settings: LinearSettings) -> Self {
        let found: Vec<Features> = texts.iter().map(|(text, ..)| Features::of(text)).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in found.iter().flat_map(|features| &features.names).filter(|name| value(name, settings) > 0.0) {
            *counts.entry(name).or_default() += 1;
        }
        let known = |name: &str, count: usize| count >= settings.min_texts || self.weights.contains_key(name);
        let mut names: Vec<&str> =
            counts.into_iter().filter(|(name, count)| known(name, *count)).map(|c| c.0).collect();
        names.sort_unstable();
        let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (*name, i)).collect();
        let values: Vec<f64> = names.iter().map(|name| value(name, settings)).collect();
        let mut rows: Vec<Row> = found
            .iter()
            .zip(texts)
            .map(|(found, (text, malicious, weight))| {
                let column = |name: &String| {
                    let index = *index.get(name.as_str())?;
                    Some((index, values.get(index)? * found.scale_of(name)))
                };
                let mut columns: Vec<(usize, f64)> = found.names.iter().filter_map(column).collect();
                columns.sort_unstable_by_key(|column| column.0);
                let length = columns.iter().map(|(_, v)| v * v).sum::<f64>() + 1.0;
                Row { columns, length, margin: self.margin(text), malicious: *malicious, weight: *weight, pull: 0.0 }
            })
            .collect();
        let (moved, bias) = moved(&mut rows, values.len());
        let mut new = self.clone();
        new.bias += bias as f32;
        for ((name, way), value) in names.into_iter().zip(moved).zip(values) {
            let weight = f64::from(new.weights.get(name).copied().unwrap_or_default()) + way * value;
            new.weights.insert(name.to_owned(), ((weight * 1000.0).round() / 1000.0) as f32);
        }
        new.weights.retain(|_, weight| *weight != 0.0);
        new
    }
}

/// How far the weights and the bias move, by coordinate ascent in the dual (Yu, Huang and Lin, 2011): where the loss is least,
/// the way is the sum of the rows' features times their pull.
fn moved(rows: &mut [Row], columns: usize) -> (Vec<f64>, f64) {
    let mut way = vec![0.0; columns];
    let mut bias = 0.0;
    for _ in 0..SWEEPS {
        let mut most = 0.0_f64;
        for row in rows.iter_mut() {
            let terms = row.columns.iter().filter_map(|&(i, value)| Some(way.get(i)? * value));
            let others = row.margin + bias + terms.sum::<f64>() - REACH * row.length * row.pull;
            let pull = pull(others, row);
            let change = pull - row.pull;
            for &(i, value) in &row.columns {
                if let Some(way) = way.get_mut(i) {
                    *way += REACH * change * value;
                }
            }
            bias += REACH * change;
            row.pull = pull;
            most = most.max(change.abs());
        }
        if most < 1e-6 {
            break;
        }
    }
    (way, bias)
}

/// The pull at which a row's error is what its pull says, given what all others add up to. It lies between nothing and the
/// row's weight towards its label, and only there, so that halving finds it.
fn pull(others: f64, row: &Row) -> f64 {
    let target = f64::from(u8::from(row.malicious));
    let (mut low, mut high) = (row.weight * (target - 1.0), row.weight * target);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        let error = row.weight * (target - sigmoid(others + REACH * row.length * middle));
        if middle < error { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::linear::tests::text;

    fn base() -> Linear {
        let (bad, good) = (text(&["install", "read", "send"]), text(&["import", "read", "parse"]));
        let rows: Vec<_> = (0..20).flat_map(|_| [(&bad, true, 1.0), (&good, false, 1.0)]).collect();
        Linear::fit(&rows, LinearSettings { c: 1.0, ..LinearSettings::default() })
    }

    #[test]
    fn a_label_moves_its_own_text_and_leaves_the_rest() {
        let base = base();
        let odd = text(&["install", "compile", "log"]);
        let untouched = text(&["parse"]);
        let new = base.adapted(&[(&odd, false, 1.0), (&odd, false, 1.0)], LinearSettings::default());
        assert!(base.margin(&odd) > 0.3, "{}", base.margin(&odd));
        assert!(new.margin(&odd) < base.margin(&odd) - 0.3, "{}", new.margin(&odd));
        // Only the bias moves what shares nothing with it.
        assert!((new.margin(&untouched) - base.margin(&untouched)).abs() < 0.15);
        assert!(new.weights.contains_key("compile") && !base.weights.contains_key("compile"));
    }

    #[test]
    fn labels_that_the_model_knows_already_change_next_to_nothing() {
        let base = base();
        let bad = text(&["install", "read", "send"]);
        let new = base.adapted(&[(&bad, true, 1.0)], LinearSettings::default());
        assert!((new.margin(&bad) - base.margin(&bad)).abs() < 0.1);
    }

    #[test]
    fn the_loss_with_its_penalty_is_least() {
        // One text with one feature, which counts sqrt(100 / 8): z = 13.5 * reach * pull, pull = 1 - sigmoid(z). Solved by
        // hand: pull 0.4282.
        let empty = Linear { weights: std::collections::BTreeMap::new(), bias: 0.0 };
        let one = text(&["a"]);
        let settings = LinearSettings { min_texts: 1, words: 0.0, ..LinearSettings::default() };
        let new = empty.adapted(&[(&one, true, 1.0)], settings);
        let expected = 0.42823;
        assert!((1.0 - sigmoid(13.5 * REACH * expected) - expected).abs() < 1e-4);
        // Weights are kept to three digits.
        assert!((new.margin(&one) - 13.5 * REACH * expected).abs() < 5e-3, "{}", new.margin(&one));
    }
}
