//! The tables of an evaluation, for the terminal and for the model card.

use std::fmt::Write as _;

use super::dataset::{Example, ecosystem_name};
use super::metrics::{Decision, Scored, ece, pr_auc, recall_at_fpr, roc_auc};
use crate::package::Ecosystem;

/// One model's out-of-fold scores.
pub struct Column<'a> {
    /// The model's name.
    pub name: &'a str,
    /// A score per example, `None` where it was not scored.
    pub scores: &'a [Option<f64>],
    /// Whether the scores are probabilities with a threshold: adds calibration and decision.
    pub threshold: Option<f64>,
}

impl<'a> Column<'a> {
    /// Scores that only rank.
    #[must_use]
    pub fn ranking(name: &'a str, scores: &'a [Option<f64>]) -> Self {
        Self { name, scores, threshold: None }
    }
}

/// Code sizes in bytes between which malicious and benign packages are both common: here size says little.
const BAND: std::ops::Range<u64> = 800..8_000;

fn of<'a>(examples: &'a [Example], column: &'a Column<'_>, keep: impl Fn(&Example) -> bool) -> Vec<Scored> {
    examples
        .iter()
        .zip(column.scores)
        .filter(|(e, _)| !e.suspect && keep(e))
        .filter_map(|(e, score)| score.map(|s| (s, e.malicious)))
        .collect()
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"))
}

fn share(share: super::metrics::Share) -> String {
    let (low, high) = share.interval();
    format!("{:.3} ({low:.2}-{high:.2})", share.value())
}

/// A Markdown table: a row per ecosystem (and its size band) and model.
#[must_use]
pub fn table(examples: &[Example], columns: &[Column<'_>]) -> String {
    let mut out = String::from(
        "| packages | model | malicious + benign | ROC-AUC | PR-AUC | recall at 1 % FPR | recall at 0.1 % FPR |\n|---|---|---|---|---|---|---|\n",
    );
    let in_band = |e: &Example| e.code_bytes.is_some_and(|bytes| BAND.contains(&bytes));
    for ecosystem in [Ecosystem::Pypi, Ecosystem::Npm, Ecosystem::Unknown] {
        for band in [false, true] {
            for column in columns {
                let scored = of(examples, column, |e| e.ecosystem == ecosystem && (!band || in_band(e)));
                let positives = scored.iter().filter(|s| s.1).count();
                if positives == 0 {
                    continue;
                }
                let _ = writeln!(
                    out,
                    "| {}{} | {} | {} + {} | {} | {} | {} | {} |",
                    ecosystem_name(ecosystem),
                    if band { ", 0.8-8 KB of code" } else { "" },
                    column.name,
                    positives,
                    scored.len() - positives,
                    number(roc_auc(&scored)),
                    number(pr_auc(&scored)),
                    share(recall_at_fpr(&scored, 0.01).1),
                    share(recall_at_fpr(&scored, 0.001).1),
                );
            }
        }
    }
    out
}

/// A Markdown table of what the threshold decides, for the models that have one.
#[must_use]
pub fn decisions(examples: &[Example], columns: &[Column<'_>]) -> String {
    let mut out = String::from(
        "| packages | model | threshold | precision | recall | F1 | false positives | ECE |\n|---|---|---|---|---|---|---|---|\n",
    );
    for ecosystem in [Ecosystem::Pypi, Ecosystem::Npm, Ecosystem::Unknown] {
        for column in columns {
            let scored = of(examples, column, |e| e.ecosystem == ecosystem);
            let Some(threshold) = column.threshold.filter(|_| !scored.is_empty()) else { continue };
            let d = Decision::at(&scored, threshold);
            let _ = writeln!(
                out,
                "| {} | {} | {threshold:.3} | {} | {} | {:.3} | {} | {:.3} |",
                ecosystem_name(ecosystem),
                column.name,
                share(d.precision),
                share(d.recall),
                d.f1(),
                share(d.false_positives),
                ece(&scored),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::ModelText;

    #[test]
    fn tables_leave_suspects_out_and_keep_ecosystems_apart() {
        let example = |ecosystem, malicious, suspect| Example {
            sha256: String::new(),
            ecosystem,
            malicious,
            group: String::new(),
            fold: 0,
            suspect,
            code_bytes: Some(1000),
            text: ModelText::default(),
            reading: crate::behavior::Reading::default(),
        };
        let examples = [
            example(Ecosystem::Npm, true, false),
            example(Ecosystem::Npm, true, true),
            example(Ecosystem::Npm, false, false),
            example(Ecosystem::Pypi, true, false),
            example(Ecosystem::Pypi, false, false),
        ];
        let scores = [Some(0.9), Some(0.0), Some(0.1), Some(0.2), Some(0.6)];
        let column = Column { name: "m", scores: &scores, threshold: Some(0.5) };
        let table = table(&examples, std::slice::from_ref(&column));
        assert!(table.contains("| npm | m | 1 + 1 | 1.000 | 1.000 |"), "{table}");
        assert!(table.contains("| pypi, 0.8-8 KB of code | m | 1 + 1 | 0.000 | 0.500 |"), "{table}");
        let decisions = decisions(&examples, &[column]);
        assert!(decisions.contains("| npm | m | 0.500 | 1.000 (0.21-1.00) |"), "{decisions}");
    }
}
