//! How far analysts agree beyond chance, and how long they take.
//!
//! Only opinions count of which the later one was given without sight of the earlier one: agreeing with what one reads is cheap.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use strum::IntoEnumIterator as _;

use super::event::Label;
use super::fold::{Fold, Standing};
use crate::model::train::random::Random;

/// A measure with the interval in which it lies in 95 of 100 draws of as many packages.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The measure.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How far analysts agree on one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// The label that the question is about: this one, or another? `None` for all labels at once.
    pub label: Option<Label>,
    /// Packages that at least one gave it; all packages where it is about all labels.
    pub packages: usize,
    /// Of those, the ones on which all say the same.
    pub agreed: usize,
    /// Cohen's kappa; none where there are not two analysts, or chance alone agrees always.
    pub kappa: Option<Estimate>,
    /// Krippendorff's alpha for nominal data, which takes any number of analysts and gaps.
    pub alpha: Option<Estimate>,
}

/// How long a person takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pace {
    /// Who.
    pub actor: String,
    /// Labels of which the time is known.
    pub decisions: usize,
    /// Seconds that half of them took at most.
    pub median: f32,
    /// Seconds that nine of ten took at most.
    pub p90: f32,
}

/// Agreement and pace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Who gave labels on packages that several labelled.
    pub analysts: Vec<String>,
    /// Packages with two opinions or more that are independent of each other.
    pub packages: usize,
    /// Packages that are not counted: a later label was given in sight of an earlier one.
    pub in_sight: usize,
    /// Packages on which analysts disagree and nobody has decided.
    pub open: usize,
    /// Disagreements that somebody decided.
    pub adjudicated: usize,
    /// All labels at once, then label by label where anybody gave it.
    pub agreement: Vec<Agreement>,
    /// How long they take.
    pub pace: Vec<Pace>,
}

/// What each analyst said of one package, by the analyst's index.
type Unit = BTreeMap<usize, Label>;

impl Fold {
    /// How far the analysts agree.
    pub(super) fn agreement(&self) -> Report {
        let several: Vec<Vec<&Standing>> = self
            .all_current()
            .map(|current| self.opinions(&current.sha256))
            .filter(|opinions| opinions.len() > 1)
            .collect();
        let (counted, in_sight): (Vec<_>, Vec<_>) =
            several.into_iter().partition(|opinions| opinions.iter().all(|opinion| opinion.independent));
        let analysts: BTreeSet<&str> = counted.iter().flatten().map(|opinion| opinion.actor.as_str()).collect();
        let analysts: Vec<&str> = analysts.into_iter().collect();
        let index = |actor: &str| analysts.binary_search(&actor).unwrap_or_default();
        let unit = |opinions: &Vec<&Standing>| opinions.iter().map(|o| (index(&o.actor), o.label)).collect();
        let units: Vec<Unit> = counted.iter().map(unit).collect();
        let given = |label: &Label| units.iter().any(|unit| unit.values().any(|said| said == label));
        let questions = std::iter::once(None).chain(Label::iter().filter(given).map(Some));
        Report {
            packages: units.len(),
            in_sight: in_sight.len(),
            open: self.disagreements().len(),
            adjudicated: self.all_current().filter(|standing| standing.adjudicates).count(),
            agreement: questions.map(|label| agreement(&units, analysts.len(), label)).collect(),
            pace: self.pace(),
            analysts: analysts.into_iter().map(str::to_owned).collect(),
        }
    }

    fn pace(&self) -> Vec<Pace> {
        let mut seconds: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
        for standing in self.all_standing() {
            if let Some(took) = standing.seconds {
                seconds.entry(&standing.actor).or_default().push(took);
            }
        }
        let pace = |(actor, mut took): (&str, Vec<f32>)| {
            took.sort_by(f32::total_cmp);
            // The smallest value that so large a share of them does not exceed.
            let at = |percent: usize| took.get((took.len() * percent).div_ceil(100).saturating_sub(1)).copied();
            Pace {
                actor: actor.to_owned(),
                decisions: took.len(),
                median: at(50).unwrap_or_default(),
                p90: at(90).unwrap_or_default(),
            }
        };
        seconds.into_iter().map(pace).collect()
    }
}

fn agreement(units: &[Unit], analysts: usize, label: Option<Label>) -> Agreement {
    // What was said, as a number: the label, or whether it is the one in question.
    let said = |given: Label| label.map_or(usize::from(given.id()), |label| usize::from(given == label));
    let coded: Vec<BTreeMap<usize, usize>> =
        units.iter().map(|unit| unit.iter().map(|(analyst, given)| (*analyst, said(*given))).collect()).collect();
    let asked = |unit: &&BTreeMap<usize, usize>| label.is_none() || unit.values().any(|said| *said == 1);
    let same = |unit: &&BTreeMap<usize, usize>| unit.values().collect::<BTreeSet<_>>().len() == 1;
    Agreement {
        label,
        packages: coded.iter().filter(asked).count(),
        agreed: coded.iter().filter(asked).filter(same).count(),
        kappa: if analysts == 2 { estimate(&coded, kappa) } else { None },
        alpha: estimate(&coded, alpha),
    }
}

/// Draws of packages from which an interval is told.
const DRAWS: usize = 1000;

/// A measure with its interval by the bootstrap: the same for the same labels, on every machine.
fn estimate<U>(units: &[U], measure: impl Fn(&[&U]) -> Option<f64>) -> Option<Estimate> {
    let value = measure(&units.iter().collect::<Vec<_>>())?;
    let mut random = Random::new(&[units.len() as u64]);
    let mut draw = || (0..units.len()).filter_map(|_| units.get(random.below(units.len()))).collect::<Vec<&U>>();
    let mut values: Vec<f64> = (0..DRAWS).filter_map(|_| measure(&draw())).collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get(((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1)));
    Some(Estimate { value, low: at(0.025).copied().unwrap_or(value), high: at(0.975).copied().unwrap_or(value) })
}

/// Cohen's kappa of two analysts.
fn kappa(units: &[&BTreeMap<usize, usize>]) -> Option<f64> {
    let mut sums: [BTreeMap<usize, f64>; 2] = Default::default();
    let (mut count, mut agreed) = (0.0, 0.0);
    for unit in units {
        let (Some(first), Some(second)) = (unit.get(&0), unit.get(&1)) else { continue };
        count += 1.0;
        agreed += f64::from(u8::from(first == second));
        let [firsts, seconds] = &mut sums;
        *firsts.entry(*first).or_default() += 1.0;
        *seconds.entry(*second).or_default() += 1.0;
    }
    let [firsts, seconds] = &sums;
    let chance = firsts.iter().map(|(said, n)| n * seconds.get(said).copied().unwrap_or_default()).sum::<f64>()
        / (count * count);
    (chance < 1.0).then(|| (agreed / count - chance) / (1.0 - chance))
}

/// Krippendorff's alpha for nominal data (Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011).
fn alpha(units: &[&BTreeMap<usize, usize>]) -> Option<f64> {
    let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
    let (mut all, mut apart) = (0.0, 0.0);
    for unit in units.iter().filter(|unit| unit.len() > 1) {
        let values = unit.len() as f64;
        let mut here: BTreeMap<usize, f64> = BTreeMap::new();
        for said in unit.values() {
            *here.entry(*said).or_default() += 1.0;
            *sums.entry(*said).or_default() += 1.0;
        }
        all += values;
        apart += here.values().map(|n| n * (values - n)).sum::<f64>() / (values - 1.0);
    }
    let expected = sums.values().map(|n| n * (all - n)).sum::<f64>() / (all - 1.0);
    (expected > 0.0).then(|| 1.0 - apart / expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each analyst said of each package, `.` for nothing.
    fn units(rows: &[&str]) -> Vec<BTreeMap<usize, usize>> {
        let columns = rows.iter().map(|row| row.split_whitespace().count()).max().unwrap();
        (0..columns)
            .map(|at| {
                let said = |row: &&str| row.split_whitespace().nth(at).and_then(|word| word.parse().ok());
                rows.iter().enumerate().filter_map(|(analyst, row)| Some((analyst, said(row)?))).collect()
            })
            .collect()
    }

    #[test]
    fn alpha_is_that_of_the_published_example() {
        // Example C of the paper: four observers, twelve units, five values, gaps; 0.743 for nominal data.
        let units = units(&[
            "1 2 3 3 2 1 4 1 2 . . .",
            "1 2 3 3 2 2 4 1 2 5 . 3",
            ". 3 3 3 2 3 4 2 2 5 1 .",
            "1 2 3 3 2 4 4 1 2 5 1 .",
        ]);
        let told = estimate(&units, alpha).unwrap();
        assert!((told.value - 0.743).abs() < 0.0005, "{told:?}");
        assert!(told.low < told.value && told.value < told.high && told.high <= 1.0, "{told:?}");
        assert_eq!(estimate(&units, alpha), Some(told), "the same every time");
    }

    #[test]
    fn kappa_is_that_of_the_textbook() {
        // Both yes 20, both no 15, 5 and 10 apart of 50: observed 0.70, by chance 0.50.
        let pairs = [(1, 1, 20), (1, 0, 5), (0, 1, 10), (0, 0, 15)];
        let units: Vec<BTreeMap<usize, usize>> =
            pairs.into_iter().flat_map(|(a, b, n)| std::iter::repeat_n(BTreeMap::from([(0, a), (1, b)]), n)).collect();
        let told = estimate(&units, kappa).unwrap();
        assert!((told.value - 0.4).abs() < 1e-9, "{told:?}");
        assert!(told.low > 0.1 && told.high < 0.7, "{told:?}");
    }

    #[test]
    fn where_chance_alone_agrees_there_is_no_measure() {
        let same = units(&["1 1 1", "1 1 1"]);
        assert_eq!((estimate(&same, kappa), estimate(&same, alpha)), (None, None));
        assert_eq!((estimate(&units(&["."]), kappa), estimate(&units(&["1", "."]), alpha)), (None, None));
        let full = units(&["1 2 1", "1 2 1"]);
        assert_eq!(estimate(&full, alpha).unwrap().value, 1.0);
    }
}
