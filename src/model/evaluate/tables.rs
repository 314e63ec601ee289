//! The tables of an evaluation, for the terminal and for the model card.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::folds::benign;
use super::metrics::{Decision, Share, ece, pr_auc, recall_at_fpr, roc_auc, threshold_over};
use crate::model::calibration::Scored;
use crate::model::dataset::{Cohort, Example, ecosystem_name};
use crate::model::train::random::Random;
use crate::package::Ecosystem;

/// One model's out-of-fold scores.
pub struct Column<'a> {
    /// The model's name.
    pub name: &'a str,
    /// A score per example, `None` where it was not scored.
    pub scores: &'a [Option<f64>],
}

/// Code sizes in bytes between which malicious and benign packages are both common: here size says little.
const BAND: std::ops::Range<u64> = 800..8_000;
/// So many times campaigns are drawn for an interval of the area.
const DRAWS: u64 = 200;
pub(super) const ECOSYSTEMS: [Ecosystem; 3] = [Ecosystem::Pypi, Ecosystem::Npm, Ecosystem::Unknown];

fn counted(examples: &[Example], ecosystem: Ecosystem) -> impl Iterator<Item = (usize, &Example)> {
    examples.iter().enumerate().filter(move |(_, e)| !e.suspect && e.ecosystem == ecosystem)
}

fn of(examples: &[Example], scores: &[Option<f64>], ecosystem: Ecosystem, band: bool) -> Vec<Scored> {
    let in_band = |e: &Example| !band || e.code_bytes.is_some_and(|bytes| BAND.contains(&bytes));
    counted(examples, ecosystem)
        .filter(|(_, e)| in_band(e))
        .filter_map(|(index, e)| Some(((*scores.get(index)?)?, e.malicious)))
        .collect()
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"))
}

pub(super) fn share(share: Share) -> String {
    let (low, high) = share.interval();
    format!("{:.3} ({low:.2}-{high:.2})", share.value())
}

/// The 95 % interval of the ROC area when campaigns, not packages, are drawn again: packages of one campaign are alike, and
/// a thousand of them are not a thousand observations. `None` where a draw lacks a class.
fn area_interval(examples: &[Example], scores: &[Option<f64>], ecosystem: Ecosystem) -> Option<(f64, f64)> {
    let mut groups: BTreeMap<&str, Vec<Scored>> = BTreeMap::new();
    for (index, e) in counted(examples, ecosystem) {
        if let Some(score) = scores.get(index).copied().flatten() {
            groups.entry(&e.group).or_default().push((score, e.malicious));
        }
    }
    let groups: Vec<Vec<Scored>> = groups.into_values().collect();
    let mut areas = (0..DRAWS)
        .map(|draw| {
            let mut random = Random::new(&[7, draw]);
            let drawn = (0..groups.len()).filter_map(|_| groups.get(random.below(groups.len())));
            roc_auc(&drawn.flatten().copied().collect::<Vec<_>>())
        })
        .collect::<Option<Vec<f64>>>()?;
    areas.sort_by(f64::total_cmp);
    let at = |share: f64| areas.get((share * areas.len() as f64) as usize).copied();
    Some((at(0.025)?, at(0.975)?))
}

/// A Markdown table: a row per ecosystem (and its size band) and model.
#[must_use]
pub fn table(examples: &[Example], columns: &[Column<'_>]) -> String {
    let mut out = String::from(
        "| packages | model | malicious + benign | ROC-AUC | PR-AUC | recall at 1 % FPR | recall at 0.1 % FPR |\n|---|---|---|---|---|---|---|\n",
    );
    for ecosystem in ECOSYSTEMS {
        for band in [false, true] {
            for column in columns {
                let scored = of(examples, column.scores, ecosystem, band);
                let positives = scored.iter().filter(|s| s.1).count();
                if positives == 0 {
                    continue;
                }
                let interval = if band { None } else { area_interval(examples, column.scores, ecosystem) };
                let _ = writeln!(
                    out,
                    "| {}{} | {} | {} + {} | {}{} | {} | {} | {} |",
                    ecosystem_name(ecosystem),
                    if band { ", 0.8-8 KB of code" } else { "" },
                    column.name,
                    positives,
                    scored.len() - positives,
                    number(roc_auc(&scored)),
                    interval.map_or_else(String::new, |(low, high)| format!(" ({low:.3}-{high:.3})")),
                    number(pr_auc(&scored)),
                    share(recall_at_fpr(&scored, 0.01).1),
                    share(recall_at_fpr(&scored, 0.001).1),
                );
            }
        }
    }
    out
}

/// A Markdown table of what the threshold decides and how well the probabilities hold.
#[must_use]
pub fn decisions(examples: &[Example], probabilities: &[Option<f64>], threshold: f64) -> String {
    let mut out = String::from(
        "| packages | threshold | precision | recall | F1 | false positives | ECE | ECE on the yardstick | threshold at 1 % FPR | at 0.1 % FPR |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for ecosystem in ECOSYSTEMS {
        let scored = of(examples, probabilities, ecosystem, false);
        if scored.is_empty() {
            continue;
        }
        let d = Decision::at(&scored, threshold);
        let _ = writeln!(
            out,
            "| {} | {threshold:.3} | {} | {} | {:.3} | {} | {:.3} | {:.3} | {:.3} | {:.3} |",
            ecosystem_name(ecosystem),
            share(d.precision),
            share(d.recall),
            d.f1(),
            share(d.false_positives),
            ece(&scored.iter().map(|(p, malicious)| (*p, *malicious, 1.0)).collect::<Vec<_>>()),
            ece(&levelled(examples, probabilities, ecosystem)),
            recall_at_fpr(&scored, 0.01).0,
            recall_at_fpr(&scored, 0.001).0,
        );
    }
    out
}

/// Probabilities with labels and weights: each kind of benign packages weighs the same.
fn levelled(examples: &[Example], probabilities: &[Option<f64>], ecosystem: Ecosystem) -> Vec<(f64, bool, f64)> {
    let known = |(index, e): (usize, &Example)| Some((probabilities.get(index).copied()??, e.malicious, e.cohort));
    let known: Vec<(f64, bool, Cohort)> = counted(examples, ecosystem).filter_map(known).collect();
    let mut kinds: BTreeMap<Cohort, f64> = BTreeMap::new();
    for (_, _, cohort) in known.iter().filter(|(_, malicious, _)| !malicious) {
        *kinds.entry(*cohort).or_default() += 1.0;
    }
    let mean = kinds.values().sum::<f64>() / kinds.len().max(1) as f64;
    let weight = |malicious, cohort| if malicious { 1.0 } else { mean / kinds.get(&cohort).copied().unwrap_or(mean) };
    known.into_iter().map(|(p, malicious, cohort)| (p, malicious, weight(malicious, cohort))).collect()
}

/// A Markdown table of the yardstick: the share of malicious packages found where one in a hundred benign ones is flagged and
/// popular packages, ordinary projects and talkative packages weigh a third each; then how many of each third are flagged
/// at the threshold at which one in a hundred of the popular ones is.
#[must_use]
pub fn yardstick(examples: &[Example], columns: &[Column<'_>]) -> String {
    let mut out = String::from(
        "| packages | model | registry malware found | attacks on projects found | popular, ordinary, talkative flagged where 1 % of popular are |\n|---|---|---|---|---|\n",
    );
    for ecosystem in ECOSYSTEMS {
        for column in columns {
            let kinds = benign(examples, column.scores, |e| !e.suspect && e.ecosystem == ecosystem);
            let found = |cohort, threshold: f64| {
                let of = counted(examples, ecosystem).filter(|(_, e)| e.malicious && e.cohort == cohort);
                let scores: Vec<f64> =
                    of.filter_map(|(index, _)| column.scores.get(index).copied().flatten()).collect();
                Share { hits: scores.iter().filter(|score| **score >= threshold).count(), of: scores.len() }
            };
            let threshold = threshold_over(&kinds, 0.01);
            let registry = found(Cohort::Registry, threshold);
            let attacks = found(Cohort::Attack, threshold);
            if registry.of + attacks.of == 0 {
                continue;
            }
            let popular = threshold_over(kinds.get(..1).unwrap_or_default(), 0.01);
            let flagged = kinds.iter().map(|kind| {
                let hits = kind.iter().filter(|score| **score >= popular).count();
                format!("{hits} of {}", kind.len())
            });
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                ecosystem_name(ecosystem),
                column.name,
                share(registry),
                share(attacks),
                flagged.collect::<Vec<_>>().join(", "),
            );
        }
    }
    out
}

/// A Markdown table of what padding costs: recall at the thresholds of the packages as they are, and of the same malicious
/// packages with files of benign ones in them.
#[must_use]
pub fn padding(examples: &[Example], clean: &[Option<f64>], padded: &[Option<f64>]) -> String {
    let mut out = String::from(
        "| packages | recall at 1 % FPR | with padding | recall at 0.1 % FPR | with padding |\n|---|---|---|---|---|\n",
    );
    for ecosystem in ECOSYSTEMS {
        let scored = of(examples, clean, ecosystem, false);
        let after: Vec<Scored> = of(examples, padded, ecosystem, false).into_iter().filter(|s| s.1).collect();
        if after.is_empty() {
            continue;
        }
        let cells = [0.01, 0.001].map(|rate| {
            let (threshold, recall) = recall_at_fpr(&scored, rate);
            let padded = Share { hits: after.iter().filter(|s| s.0 >= threshold).count(), of: after.len() };
            format!("{} | {}", share(recall), share(padded))
        });
        let _ = writeln!(out, "| {} | {} |", ecosystem_name(ecosystem), cells.join(" | "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::ModelText;

    fn examples() -> Vec<Example> {
        let example = |ecosystem, malicious, suspect| Example {
            sha256: String::new(),
            ecosystem,
            malicious,
            group: format!("{malicious}"),
            fold: 0,
            cohort: Cohort::Registry,
            name: String::new(),
            year: None,
            probe: crate::model::dataset::Probe::Plain,
            suspect,
            code_bytes: Some(1000),
            text: ModelText::default(),
            reading: crate::behavior::Reading::default(),
        };
        vec![
            example(Ecosystem::Npm, true, false),
            example(Ecosystem::Npm, true, true),
            example(Ecosystem::Npm, false, false),
            example(Ecosystem::Pypi, true, false),
            example(Ecosystem::Pypi, false, false),
        ]
    }

    #[test]
    fn tables_leave_suspects_out_and_keep_ecosystems_apart() {
        let examples = examples();
        let scores = [Some(0.9), Some(0.0), Some(0.1), Some(0.2), Some(0.6)];
        let table = table(&examples, &[Column { name: "m", scores: &scores }]);
        assert!(table.contains("| npm | m | 1 + 1 | 1.000 | 1.000 |"), "{table}");
        assert!(table.contains("| pypi, 0.8-8 KB of code | m | 1 + 1 | 0.000 | 0.500 |"), "{table}");
        let decisions = decisions(&examples, &scores, 0.5);
        assert!(decisions.contains("| npm | 0.500 | 1.000 (0.21-1.00) |"), "{decisions}");
    }

    #[test]
    fn an_interval_draws_campaigns() {
        let mut examples = Vec::new();
        let mut scores = Vec::new();
        for group in 0..40 {
            for copy in 0..5 {
                let mut example = self::examples().remove(0);
                (example.malicious, example.group) = (group % 2 == 0, group.to_string());
                // Every tenth campaign is misjudged, as a whole.
                let right = (group / 2) % 10 != 0;
                scores.push(Some(f64::from(u8::from(example.malicious == right)) + f64::from(copy) * 1e-3));
                examples.push(example);
            }
        }
        let (low, high) = area_interval(&examples, &scores, Ecosystem::Npm).unwrap();
        let area = roc_auc(&of(&examples, &scores, Ecosystem::Npm, false)).unwrap();
        assert!(low < area && area < high && high - low > 0.1, "{low} {area} {high}");
    }

    #[test]
    fn padding_is_judged_at_the_thresholds_of_the_packages_as_they_are() {
        let examples = examples();
        let clean = [Some(0.9), None, Some(0.1), Some(0.7), Some(0.6)];
        let padded = [Some(0.05), None, None, Some(0.7), None];
        let table = padding(&examples, &clean, &padded);
        assert!(table.contains("| npm | 1.000 (0.21-1.00) | 0.000 (0.00-0.79) |"), "{table}");
        assert!(table.contains("| pypi | 1.000 (0.21-1.00) | 1.000 (0.21-1.00) |"), "{table}");
    }
}
