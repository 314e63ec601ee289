//! How faithful explanations are: what happens to the answer when what they call important is taken away, or kept alone.
//!
//! Comprehensiveness and sufficiency after DeYoung et al. 2020 (ERASER). A unit is a piece of the text that speaks for steps:
//! equal steps of a phase are one unit; package facts and phase words always stand.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::subject::Subject;
use super::{Method, explain};
use crate::behavior::ModelText;
use crate::model::calibration::sigmoid;
use crate::model::{Model, ModelError};

/// Shares of the units that are taken away or kept; at least one unit.
pub const SHARES: [f64; 5] = [0.01, 0.05, 0.1, 0.2, 0.5];
/// Random rankings that are averaged.
pub const SEEDS: u64 = 5;
/// Most rounds of the search for the model's own bounds; a longer text loses several units a round.
const ROUNDS: usize = 8;
/// Units that each round but the first tries.
const WIDTH: usize = 4;

/// What a ranking does to the probability of the likelier class, per share.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faith {
    /// What it loses when the first units of the ranking are hidden: more is better.
    pub comprehensiveness: [f64; 5],
    /// What it loses when only those are there: less is better.
    pub sufficiency: [f64; 5],
}

impl Faith {
    fn add(&mut self, other: &Self, weight: f64) {
        let pairs =
            [(&mut self.comprehensiveness, &other.comprehensiveness), (&mut self.sufficiency, &other.sufficiency)];
        for (mine, theirs) in pairs {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += weight * theirs);
        }
    }

    /// Takes over what another ranking does better.
    fn improve(&mut self, other: &Self) {
        self.comprehensiveness.iter_mut().zip(&other.comprehensiveness).for_each(|(mine, v)| *mine = mine.max(*v));
        self.sufficiency.iter_mut().zip(&other.sufficiency).for_each(|(mine, v)| *mine = mine.min(*v));
    }

    /// The means over the shares: comprehensiveness, sufficiency.
    #[must_use]
    pub fn areas(&self) -> (f64, f64) {
        let mean = |values: &[f64; 5]| values.iter().sum::<f64>() / values.len() as f64;
        (mean(&self.comprehensiveness), mean(&self.sufficiency))
    }
}

/// The means over packages.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Per method, with the time of each explanation in ascending order.
    pub methods: Vec<(Method, Faith, Vec<Duration>)>,
    /// Random rankings.
    pub random: Faith,
    /// The best that a search with the model itself found, or any of the rankings, per package and share.
    pub bound: Faith,
    /// Packages measured: those with at least two units.
    pub packages: usize,
}

impl Report {
    /// Where a method's areas lie between those of random rankings (0) and the bounds (1).
    #[must_use]
    pub fn normalised(&self, faith: &Faith) -> (f64, f64) {
        let (value, random, bound) = (faith.areas(), self.random.areas(), self.bound.areas());
        let between = |value: f64, random: f64, bound: f64| (value - random) / (bound - random);
        (between(value.0, random.0, bound.0), between(value.1, random.1, bound.1))
    }
}

/// Measures methods on texts. `heard` is called for each text after its explanations, which are made one after the other
/// for the sake of their times, and again after its trials.
///
/// # Errors
/// When the device fails.
pub fn faithfulness(
    model: &Model,
    texts: &[&ModelText],
    methods: &[Method],
    heard: impl Fn() + Sync,
) -> Result<Report, ModelError> {
    let units = |text: &ModelText| -> Vec<usize> {
        (0..text.pieces.len()).filter(|i| text.pieces.get(*i).is_some_and(has_steps)).collect()
    };
    let tried: Vec<(&ModelText, Vec<usize>)> =
        texts.iter().map(|text| (*text, units(text))).filter(|(_, units)| units.len() >= 2).collect();
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); methods.len()];
    let mut scores: Vec<Vec<Vec<f64>>> = Vec::with_capacity(tried.len());
    for (text, _) in &tried {
        let mut of_text = Vec::with_capacity(methods.len());
        for (method, times) in methods.iter().zip(&mut times) {
            // From the text on, as a user waits for it.
            let started = Instant::now();
            of_text.push(explain(&Subject::new(model, text)?, *method)?.pieces);
            times.push(started.elapsed());
        }
        scores.push(of_text);
        heard();
    }
    let outcomes: Vec<Outcome> = tried
        .into_par_iter()
        .zip(&scores)
        .map(|((text, units), scores)| {
            let outcome = Trial::new(model, text, units)?.outcome(methods, scores);
            heard();
            outcome
        })
        .collect::<Result<_, ModelError>>()?;
    let mut report = Report {
        methods: methods.iter().zip(times).map(|(method, times)| (*method, Faith::default(), times)).collect(),
        packages: outcomes.len(),
        ..Report::default()
    };
    let share = 1.0 / outcomes.len().max(1) as f64;
    for outcome in &outcomes {
        for ((_, sum, _), faith) in report.methods.iter_mut().zip(&outcome.methods) {
            sum.add(faith, share);
        }
        report.random.add(&outcome.random, share);
        report.bound.add(&outcome.bound, share);
    }
    report.methods.iter_mut().for_each(|(_, _, times)| times.sort_unstable());
    Ok(report)
}

/// What the rankings of one text do.
struct Outcome {
    methods: Vec<Faith>,
    random: Faith,
    bound: Faith,
}

fn has_steps(piece: &crate::behavior::Piece) -> bool {
    !piece.steps.is_empty()
}

/// One text under test.
struct Trial<'a> {
    subject: Subject<'a>,
    units: Vec<usize>,
    /// 1 where malicious is likelier, else -1.
    sign: f64,
    /// Probability of the likelier class.
    whole: f64,
}

impl<'a> Trial<'a> {
    fn new(model: &'a Model, text: &'a ModelText, units: Vec<usize>) -> Result<Self, ModelError> {
        let subject = Subject::new(model, text)?;
        let odds = subject.log_odds();
        Ok(Self { subject, units, sign: if odds >= 0.0 { 1.0 } else { -1.0 }, whole: sigmoid(odds.abs()) })
    }

    fn outcome(&self, methods: &[Method], scores: &[Vec<f64>]) -> Result<Outcome, ModelError> {
        let mut bound = self.bounds()?;
        let rank = |(method, pieces): (&Method, &Vec<f64>)| self.faith(&self.ranking(pieces, method.signed()));
        let methods: Vec<Faith> = methods.iter().zip(scores).map(rank).collect::<Result<_, _>>()?;
        let shuffled: Vec<Faith> = (0..SEEDS).map(|seed| self.faith(&self.shuffled(seed))).collect::<Result<_, _>>()?;
        let mut random = Faith::default();
        shuffled.iter().for_each(|faith| random.add(faith, 1.0 / SEEDS as f64));
        methods.iter().chain(&shuffled).for_each(|faith| bound.improve(faith));
        Ok(Outcome { methods, random, bound })
    }

    /// How many units a share is.
    fn count(&self, share: f64) -> usize {
        // A hair less, or 0.1 * 20 would be three.
        ((share * self.units.len() as f64 - 1e-9).ceil() as usize).clamp(1, self.units.len())
    }

    /// What the probability of the likelier class loses by hiding sets of units.
    fn losses(&self, sets: &[Vec<usize>]) -> Result<Vec<f64>, ModelError> {
        Ok(self.subject.without(sets)?.iter().map(|odds| self.whole - sigmoid(self.sign * odds)).collect())
    }

    /// Units by what they say for the likelier class, in run order where they say the same.
    fn ranking(&self, pieces: &[f64], signed: bool) -> Vec<usize> {
        let sign = if signed { self.sign } else { 1.0 };
        let score = |unit: &usize| sign * pieces.get(*unit).copied().unwrap_or_default();
        let mut ranking = self.units.clone();
        ranking.sort_by(|a, b| score(b).total_cmp(&score(a)));
        ranking
    }

    /// The units in an order that depends on the seed only.
    fn shuffled(&self, seed: u64) -> Vec<usize> {
        let mut ranking = self.units.clone();
        ranking.sort_by_key(|unit| scramble((seed << 32) ^ *unit as u64));
        ranking
    }

    fn faith(&self, ranking: &[usize]) -> Result<Faith, ModelError> {
        let cut = |share: f64| ranking.split_at_checked(self.count(share)).unwrap_or((ranking, &[]));
        let mut sets: Vec<Vec<usize>> = SHARES.iter().map(|share| cut(*share).0.to_vec()).collect();
        sets.extend(SHARES.iter().map(|share| cut(*share).1.to_vec()));
        let losses = self.losses(&sets)?;
        let mut faith = Faith::default();
        let slots = faith.comprehensiveness.iter_mut().chain(&mut faith.sufficiency);
        slots.zip(losses).for_each(|(slot, loss)| *slot = loss);
        Ok(faith)
    }

    /// What the best ranking found by search does: units are hidden one after the other, each time the one whose loss costs
    /// the likelier class most (comprehensiveness) or least (what is left at the end is most sufficient).
    fn bounds(&self) -> Result<Faith, ModelError> {
        let first = self.search(true, self.count(0.5))?;
        let mut last = self.search(false, self.units.len() - 1)?;
        last.reverse();
        let (most, least) = (self.faith(&first)?, self.faith(&last)?);
        Ok(Faith { comprehensiveness: most.comprehensiveness, sufficiency: least.sufficiency })
    }

    /// All units, those to hide first in front; the first `count` of them in the order that the search found.
    fn search(&self, most: bool, count: usize) -> Result<Vec<usize>, ModelError> {
        let a_round = count.div_ceil(ROUNDS).max(1);
        let better = |a: f64, b: f64| if most { b.total_cmp(&a) } else { a.total_cmp(&b) };
        let mut hidden: Vec<usize> = Vec::new();
        // Units that are left, with what hiding them cost when they were last tried, the most promising first.
        let mut left: Vec<(usize, f64)> = self.units.iter().map(|unit| (*unit, 0.0)).collect();
        let mut tried = left.len();
        while hidden.len() < count {
            let sets: Vec<Vec<usize>> =
                left.iter().take(tried).map(|(unit, _)| hidden.iter().copied().chain([*unit]).collect()).collect();
            let losses = self.losses(&sets)?;
            left.iter_mut().zip(losses).for_each(|((_, loss), now)| *loss = now);
            let (now, _) = left.split_at_mut_checked(tried).unwrap_or((&mut [], &mut []));
            now.sort_by(|a, b| better(a.1, b.1));
            let rest = left.split_off(a_round.min(count - hidden.len()).min(left.len()));
            hidden.extend(left.into_iter().map(|(unit, _)| unit));
            left = rest;
            tried = WIDTH.min(left.len());
        }
        hidden.extend(left.into_iter().map(|(unit, _)| unit));
        Ok(hidden)
    }
}

/// A hash of a number (the finisher of splitmix64).
fn scramble(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::tests::{model, stealer, text};
    use super::*;

    #[test]
    fn shares_are_rounded_up_to_whole_units() {
        let (model, text) = (model(), stealer());
        for (units, counts) in [(20, [1, 1, 2, 4, 10]), (3, [1, 1, 1, 1, 2]), (101, [2, 6, 11, 21, 51])] {
            let trial = Trial::new(&model, &text, (0..units).collect()).unwrap();
            assert_eq!(SHARES.map(|share| trial.count(share)), counts);
        }
    }

    #[test]
    fn a_ranking_speaks_for_the_likelier_class_unless_it_has_no_sign() {
        let (model, text) = (model(), stealer());
        let mut trial = Trial::new(&model, &text, vec![2, 3, 4]).unwrap();
        let scores = [9.0, 9.0, 0.5, -3.0, 1.0];
        trial.sign = 1.0;
        assert_eq!(trial.ranking(&scores, true), [4, 2, 3]);
        trial.sign = -1.0;
        assert_eq!(trial.ranking(&scores, true), [3, 2, 4]);
        assert_eq!(trial.ranking(&scores, false), [4, 2, 3]);
        assert_ne!(trial.shuffled(0), trial.shuffled(3));
    }

    #[test]
    fn nothing_is_better_than_the_bound_and_explanations_beat_chance() {
        let (model, stealer) = (model(), stealer());
        let single = text(&["facts", "run", "import os"]);
        let heard = AtomicUsize::new(0);
        let methods = [Method::Gradient, Method::LeaveOneOut];
        let report = faithfulness(&model, &[&stealer, &single], &methods, || {
            heard.fetch_add(1, Ordering::Relaxed);
        });
        let report = report.unwrap();
        assert_eq!((report.packages, heard.into_inner()), (1, 2), "one step cannot be ranked");
        for (method, faith, times) in &report.methods {
            let (wide, narrow) = (report.normalised(faith), faith.areas());
            assert!(wide.0 > 0.0 && wide.0 <= 1.0 && wide.1 > 0.0 && wide.1 <= 1.0, "{method}: {wide:?}");
            assert!(narrow.0 <= report.bound.areas().0 && narrow.1 >= report.bound.areas().1);
            assert_eq!(times.len(), 1);
        }
        // At its first unit, the bound is the largest loss that hiding one piece makes, which leave-one-out has found.
        assert!((report.bound.comprehensiveness[0] - report.methods[1].1.comprehensiveness[0]).abs() < 1e-6);
    }
}
