//! Measures of a ranking and of a decision, with their uncertainty.

use crate::model::calibration::Scored;

/// Area under the ROC curve: the chance that a malicious package scores above a benign one, ties counting half.
/// `None` unless both classes occur.
#[must_use]
pub fn roc_auc(scored: &[Scored]) -> Option<f64> {
    let positives = scored.iter().filter(|s| s.1).count();
    let negatives = scored.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    // Mann-Whitney: walk the groups of equal scores upwards.
    let mut below = 0.0;
    let mut pairs = 0.0;
    for (group_positives, group_negatives) in tie_groups(scored).into_iter().rev() {
        pairs += group_positives * (below + group_negatives / 2.0);
        below += group_negatives;
    }
    Some(pairs / (positives as f64 * negatives as f64))
}

/// Area under the precision-recall curve as average precision (a step per distinct score). `None` without positives.
#[must_use]
pub fn pr_auc(scored: &[Scored]) -> Option<f64> {
    let positives = scored.iter().filter(|s| s.1).count() as f64;
    if positives == 0.0 {
        return None;
    }
    let (mut hits, mut flagged, mut area) = (0.0, 0.0, 0.0);
    for (group_positives, group_negatives) in tie_groups(scored) {
        hits += group_positives;
        flagged += group_positives + group_negatives;
        area += group_positives / positives * (hits / flagged);
    }
    Some(area)
}

/// Positives and negatives per distinct score, highest score first.
fn tie_groups(scored: &[Scored]) -> Vec<(f64, f64)> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    sorted
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let positives = group.iter().filter(|s| s.1).count();
            (positives as f64, (group.len() - positives) as f64)
        })
        .collect()
}

/// A share with its 95 % Wilson interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
}

impl Share {
    /// The share itself, 0 of nothing.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }

    /// The Wilson score interval at 95 %.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (z, n, p) = (1.959_963_985, self.of as f64, self.value());
        let scale = 1.0 + z * z / n;
        let center = (p + z * z / (2.0 * n)) / scale;
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / scale;
        ((center - half).max(0.0), (center + half).min(1.0))
    }
}

/// The lowest threshold (flag at or above) at which at most `rate` of the benign packages are flagged, and the share of
/// malicious ones it finds. Infinity where even the highest score belongs to too many benign ones.
#[must_use]
pub fn recall_at_fpr(scored: &[Scored], rate: f64) -> (f64, Share) {
    let positives = scored.iter().filter(|s| s.1).count();
    let negatives = scored.len() - positives;
    // A hair of slack: 0.01 * 100 benign must allow one.
    let allowed = (rate * negatives as f64 + 1e-9).floor() as usize;
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut alarms, mut threshold) = (0, 0, f64::INFINITY);
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let group_positives = group.iter().filter(|s| s.1).count();
        alarms += group.len() - group_positives;
        if alarms > allowed {
            break;
        }
        hits += group_positives;
        threshold = group.first().map_or(threshold, |s| s.0);
    }
    (threshold, Share { hits, of: positives })
}

/// The lowest threshold at which the share of benign packages that are flagged, averaged over several kinds of them, is at
/// most `rate`: each kind weighs the same, however many of it are at hand. Infinity where the highest scores are too many.
#[must_use]
pub fn threshold_over(kinds: &[Vec<f64>], rate: f64) -> f64 {
    let kinds: Vec<&Vec<f64>> = kinds.iter().filter(|kind| !kind.is_empty()).collect();
    let mut scores: Vec<f64> = kinds.iter().flat_map(|kind| kind.iter().copied()).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.dedup();
    let flagged = |threshold: f64| {
        let share =
            |kind: &&Vec<f64>| kind.iter().filter(|score| **score >= threshold).count() as f64 / kind.len() as f64;
        kinds.iter().map(share).sum::<f64>() / kinds.len().max(1) as f64
    };
    // Halfway between the loudest benign package that would be too many and the one before it.
    match scores.iter().position(|score| flagged(*score) > rate + 1e-9) {
        Some(0) => f64::INFINITY,
        Some(at) => scores.get(at - 1..=at).map_or(f64::INFINITY, |pair| pair.iter().sum::<f64>() / 2.0),
        None => scores.last().copied().unwrap_or(f64::INFINITY),
    }
}

/// What flagging at a threshold does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Malicious among the flagged.
    pub precision: Share,
    /// Flagged among the malicious.
    pub recall: Share,
    /// Flagged among the benign.
    pub false_positives: Share,
}

impl Decision {
    /// Counts at a threshold (flagged at or above).
    #[must_use]
    pub fn at(scored: &[Scored], threshold: f64) -> Self {
        let positives = scored.iter().filter(|s| s.1).count();
        let hits = scored.iter().filter(|s| s.1 && s.0 >= threshold).count();
        let alarms = scored.iter().filter(|s| !s.1 && s.0 >= threshold).count();
        Self {
            precision: Share { hits, of: hits + alarms },
            recall: Share { hits, of: positives },
            false_positives: Share { hits: alarms, of: scored.len() - positives },
        }
    }

    /// Harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(self) -> f64 {
        let (p, r) = (self.precision.value(), self.recall.value());
        if p + r == 0.0 { 0.0 } else { 2.0 * p * r / (p + r) }
    }
}

/// Expected calibration error over ten equal bins of probability, of probabilities with labels and weights.
#[must_use]
pub fn ece(probabilities: &[(f64, bool, f64)]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for &(p, malicious, weight) in probabilities {
        let index = ((p * 10.0) as usize).min(9);
        if let Some(bin) = bins.get_mut(index) {
            bin.0 += weight;
            bin.1 += weight * p;
            bin.2 += weight * f64::from(u8::from(malicious));
        }
    }
    let total: f64 = bins.iter().map(|bin| bin.0).sum();
    bins.iter().filter(|b| b.0 > 0.0).map(|b| (b.1 - b.2).abs() / total).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: bool = true;
    const F: bool = false;

    #[test]
    fn each_kind_of_benign_weighs_the_same() {
        // A hundred quiet ones, and four of another kind of which one is loud: a quarter of half.
        let quiet: Vec<f64> = (0..100).map(|i| f64::from(i) / 1000.0).collect();
        let kinds = [quiet.clone(), vec![0.9, 0.5, 0.0, 0.0], Vec::new()];
        assert!(threshold_over(&kinds, 0.1).is_infinite());
        let threshold = threshold_over(&kinds, 0.125);
        assert!((threshold - 0.7).abs() < 1e-12, "{threshold}");
        assert!((threshold_over(&[quiet], 0.02) - 0.0975).abs() < 1e-12);
        assert!(threshold_over(&[], 0.01).is_infinite());
    }

    #[test]
    fn auc_counts_ties_half() {
        // Positives 0.9, 0.5; negatives 0.5, 0.1. Pairs: 1, 1, 0.5, 1.
        let scored = [(0.9, T), (0.5, T), (0.5, F), (0.1, F)];
        assert_eq!(roc_auc(&scored), Some(3.5 / 4.0));
        assert_eq!(roc_auc(&[(0.3, T), (0.3, F), (0.3, F)]), Some(0.5));
        assert_eq!(roc_auc(&[(0.3, T)]), None);
        assert_eq!(roc_auc(&[(0.1, T), (0.2, F)]), Some(0.0));
    }

    #[test]
    fn average_precision_by_hand() {
        // Ranks: T F T -> 1/2 * 1/1 + 1/2 * 2/3.
        let scored = [(0.9, T), (0.8, F), (0.7, T)];
        assert!((pr_auc(&scored).unwrap() - (0.5 + 1.0 / 3.0)).abs() < 1e-12);
        // All tied: precision is the base rate.
        assert!((pr_auc(&[(1.0, T), (1.0, F), (1.0, F), (1.0, F)]).unwrap() - 0.25).abs() < 1e-12);
    }

    #[test]
    fn recall_at_a_false_positive_rate_keeps_tied_benign_out() {
        let mut scored = vec![(0.99, T), (0.98, F), (0.97, T), (0.96, F), (0.96, T)];
        scored.extend((0..98).map(|i| (f64::from(i) / 1000.0, F)));
        // 100 benign: one may be flagged, so the group at 0.96 is out.
        let (threshold, share) = recall_at_fpr(&scored, 0.01);
        assert_eq!((threshold, share), (0.97, Share { hits: 2, of: 3 }));
        let (threshold, share) = recall_at_fpr(&scored, 0.0);
        assert_eq!((threshold, share.hits), (0.99, 1));
        assert_eq!(recall_at_fpr(&[(0.5, F), (0.4, T)], 0.0), (f64::INFINITY, Share { hits: 0, of: 1 }));
    }

    #[test]
    fn wilson_interval_by_hand() {
        // n = 10, p = 0.5: centre 0.5, half width 0.2634 (Wilson 1927).
        let (low, high) = Share { hits: 5, of: 10 }.interval();
        assert!((low - 0.236_59).abs() < 1e-4 && (high - 0.763_41).abs() < 1e-4, "{low} {high}");
        let (low, high) = Share { hits: 0, of: 20 }.interval();
        assert!(low == 0.0 && (high - 0.161_13).abs() < 1e-4, "{high}");
    }

    #[test]
    fn decision_counts() {
        let scored = [(0.9, T), (0.8, F), (0.7, T), (0.1, T), (0.0, F)];
        let d = Decision::at(&scored, 0.7);
        assert_eq!(d.precision, Share { hits: 2, of: 3 });
        assert_eq!(d.recall, Share { hits: 2, of: 3 });
        assert_eq!(d.false_positives, Share { hits: 1, of: 2 });
        assert!((d.f1() - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn ece_by_hand() {
        // Bin 0.9: two at 0.95, one right: |1.9 - 1| / 4. Bin 0.1: two at 0.15, none malicious: 0.3 / 4.
        let scored = [(0.95, T, 1.0), (0.95, F, 1.0), (0.15, F, 1.0), (0.15, F, 1.0)];
        assert!((ece(&scored) - (0.9 + 0.3) / 4.0).abs() < 1e-12);
        // As if the last two were one that counts as four.
        assert!((ece(&[(0.95, T, 1.0), (0.95, F, 1.0), (0.15, F, 4.0)]) - (0.9 + 0.6) / 6.0).abs() < 1e-12);
    }
}
