//! The linear model's part: exact, for its margin is a sum.

use crate::model::linear::{Support, Terms};

/// The margin without the hidden pieces: a feature is gone when nothing that makes it present is left. Pieces beyond the
/// end of `hidden` are there.
pub(super) fn margin(terms: &Terms, hidden: &[bool]) -> f64 {
    let there = |piece: usize| !hidden.get(piece).copied().unwrap_or_default();
    let left = terms.terms.iter().filter(|term| match &term.support {
        Support::Each(support) => support.iter().any(|[a, b]| there(*a) && there(*b)),
        Support::Both(first, second) => first.iter().any(|a| there(*a)) && second.iter().any(|b| there(*b)),
    });
    terms.bias + left.map(|term| term.weight).sum::<f64>()
}

/// What each of `pieces` pieces adds to the margin: a feature's weight is shared by what makes it present, half and
/// half where two things must be there. With the bias it is the margin.
pub(super) fn contributions(terms: &Terms, pieces: usize) -> Vec<f64> {
    let mut sums = vec![0.0; pieces];
    for term in &terms.terms {
        let mut add = |piece: usize, share: f64| {
            if let Some(sum) = sums.get_mut(piece) {
                *sum += share;
            }
        };
        let half = term.weight / 2.0;
        match &term.support {
            Support::Each(support) => {
                support.iter().flatten().for_each(|piece| add(*piece, half / support.len() as f64));
            }
            Support::Both(first, second) => {
                for side in [first, second] {
                    side.iter().for_each(|piece| add(*piece, half / side.len() as f64));
                }
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::ModelText;
    use crate::model::linear::tests::text;
    use crate::model::linear::{Linear, LinearSettings};

    fn all(text: &ModelText) -> Vec<usize> {
        (0..text.pieces.len()).collect()
    }

    fn fitted() -> (Linear, ModelText) {
        let (bad, good) = (text(&["read key", "send key", "read key"]), text(&["read text", "parse"]));
        let rows: Vec<_> = (0..8).flat_map(|_| [(&bad, true, 1.0), (&good, false, 1.0)]).collect();
        (Linear::fit(&rows, LinearSettings { c: 1.0, ..LinearSettings::default() }), bad)
    }

    #[test]
    fn contributions_and_bias_are_the_margin() {
        let (linear, text) = fitted();
        let terms = linear.terms(&text, &all(&text));
        let contributions = contributions(&terms, text.pieces.len());
        assert!(contributions.iter().all(|c| *c > 0.05), "{contributions:?}");
        assert!((terms.bias + contributions.iter().sum::<f64>() - linear.margin(&text)).abs() < 1e-9);
        assert!((margin(&terms, &[]) - linear.margin(&text)).abs() < 1e-9);
    }

    #[test]
    fn a_hidden_piece_takes_its_pairs_along_and_makes_no_new_one() {
        let (linear, three) = fitted();
        let terms = linear.terms(&three, &all(&three));
        // Without the middle, the two equal pieces stand for themselves, and never beside each other.
        let apart = margin(&terms, &[false, true, false]);
        assert!((apart - linear.margin(&text(&["read key"]))).abs() < 1e-9);
        // One of two equal pieces gone: the other still makes the features present, but for the pair.
        let pair = linear.margin(&text(&["send key", "read key"]));
        assert!((margin(&terms, &[true, false, false]) - pair).abs() < 1e-9);
        assert!((margin(&terms, &[true, true, true]) - terms.bias).abs() < 1e-9);
    }
}
