//! Tables of what a verdict does when something is done to the package: see [`Probe`].

use std::fmt::Write as _;

use super::folds::{Known, Prediction};
use super::metrics::{Decision, Share, recall_at_fpr};
use super::tables::{ECOSYSTEMS, share};
use crate::model::calibration::{Ensemble, Scored};
use crate::model::dataset::{Example, Probe, ecosystem_name};
use crate::package::Ecosystem;

/// What was said of the packages as they are and of each that was probed, and how it is decided.
pub struct Probes<'a> {
    /// The packages.
    pub examples: &'a [Example],
    /// Everything that was said, whatever the probe.
    pub predictions: &'a [Prediction],
    /// How log odds are made.
    pub ensemble: Ensemble,
    /// From this probability on a package is flagged.
    pub threshold: f64,
}

impl Probes<'_> {
    /// What was said of each example under a probe; `None` for one that was not probed so.
    fn known(&self, probe: Probe) -> Known {
        super::folds::by_example(self.examples, self.predictions, probe)
    }

    fn flagged(&self, prediction: &Prediction) -> bool {
        self.ensemble.probability(&prediction.margins()) >= self.threshold
    }

    /// The examples of an ecosystem whose label is not in doubt, with what was said of each.
    fn of<'k>(&self, known: &'k Known, ecosystem: Ecosystem) -> impl Iterator<Item = (&Example, &'k Prediction)> {
        let kept = self.examples.iter().zip(known).filter(move |(e, _)| !e.suspect && e.ecosystem == ecosystem);
        kept.filter_map(|(example, known)| Some((example, known.as_ref()?)))
    }

    /// Every table for which there is something.
    #[must_use]
    pub fn tables(&self) -> String {
        let tables = [
            ("Another manifest, all or nothing stated in it", self.manifests()),
            ("Malicious packages without the file that alarms most by itself", self.twins()),
            ("What is new in an update", self.updates()),
        ];
        let mut out = String::new();
        for (title, table) in tables {
            if !table.is_empty() {
                let _ = write!(out, "\n{title}:\n\n{table}");
            }
        }
        out
    }

    /// Verdicts that a manifest moves.
    fn manifests(&self) -> String {
        let [full, empty] = [Probe::FullManifest, Probe::EmptyManifest].map(|probe| self.known(probe));
        let row = |ecosystem| {
            let pairs = self.examples.iter().zip(full.iter().zip(&empty));
            let kept = pairs.filter(|(e, _)| !e.suspect && e.ecosystem == ecosystem);
            let moved = kept.filter_map(|(_, (a, b))| Some(self.flagged(a.as_ref()?) != self.flagged(b.as_ref()?)));
            let moved: Vec<bool> = moved.collect();
            let hits = moved.iter().filter(|moved| **moved).count();
            (!moved.is_empty()).then(|| share(Share { hits, of: moved.len() }))
        };
        rows("| packages | verdicts that differ between full and empty manifest |\n|---|---|\n", row)
    }

    /// Flagged although what alarmed is gone.
    fn twins(&self) -> String {
        let twins = self.known(Probe::Twin);
        let row = |ecosystem| {
            let flagged: Vec<bool> = self.of(&twins, ecosystem).map(|(_, said)| self.flagged(said)).collect();
            let hits = flagged.iter().filter(|flagged| **flagged).count();
            (!flagged.is_empty()).then(|| share(Share { hits, of: flagged.len() }))
        };
        rows("| packages | still flagged |\n|---|---|\n", row)
    }

    /// Takeovers against benign updates.
    fn updates(&self) -> String {
        let updates = self.known(Probe::Update);
        let row = |ecosystem| {
            let said = self.of(&updates, ecosystem);
            let scored: Vec<Scored> =
                said.map(|(example, said)| (self.ensemble.probability(&said.margins()), example.malicious)).collect();
            let (malicious, benign) = (scored.iter().filter(|s| s.1).count(), scored.iter().filter(|s| !s.1).count());
            let decided = Decision::at(&scored, self.threshold);
            (malicious > 0 && benign > 0).then(|| {
                format!(
                    "{malicious} + {benign} | {} | {} | {}",
                    share(recall_at_fpr(&scored, 0.01).1),
                    share(decided.recall),
                    share(decided.false_positives),
                )
            })
        };
        rows(
            "| packages | takeovers + updates | recall at 1 % FPR | recall at the threshold | false positives |\n|---|---|---|---|---|\n",
            row,
        )
    }
}

/// A table with a row per ecosystem that has something to tell; empty where none has.
fn rows(head: &str, row: impl Fn(Ecosystem) -> Option<String>) -> String {
    let mut out = String::new();
    for ecosystem in ECOSYSTEMS {
        if let Some(cells) = row(ecosystem) {
            if out.is_empty() {
                out.push_str(head);
            }
            let _ = writeln!(out, "| {} | {cells} |", ecosystem_name(ecosystem));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::{ModelText, Reading};
    use crate::model::dataset::Cohort;

    fn example(number: usize, malicious: bool) -> Example {
        Example {
            sha256: number.to_string(),
            ecosystem: Ecosystem::Npm,
            malicious,
            group: String::new(),
            fold: 0,
            cohort: Cohort::Registry,
            name: String::new(),
            year: None,
            probe: Probe::Plain,
            suspect: false,
            code_bytes: None,
            text: ModelText::default(),
            reading: Reading::default(),
        }
    }

    #[test]
    fn each_probe_is_counted_by_itself() {
        let examples: Vec<Example> = (0..4).map(|number| example(number, number < 2)).collect();
        let said = |probe, number: usize, network| {
            let example = &examples[number];
            Prediction { network, ..Prediction::empty(example, probe) }
        };
        let predictions = [
            said(Probe::FullManifest, 0, -1.0),
            said(Probe::EmptyManifest, 0, 1.0),
            said(Probe::FullManifest, 1, 1.0),
            said(Probe::EmptyManifest, 1, 1.0),
            said(Probe::Twin, 0, 2.0),
            said(Probe::Update, 0, 3.0),
            said(Probe::Update, 1, 3.0),
            said(Probe::Update, 2, -3.0),
        ];
        let probes =
            Probes { examples: &examples, predictions: &predictions, ensemble: Ensemble::default(), threshold: 0.5 };
        assert!(probes.manifests().contains("| npm | 0.500 (0.09-0.91) |"), "{}", probes.manifests());
        assert!(probes.twins().contains("| npm | 1.000 (0.21-1.00) |"), "{}", probes.twins());
        assert!(probes.updates().contains("| npm | 2 + 1 | 1.000 (0.34-1.00) | 1.000"), "{}", probes.updates());
        let none = Probes { predictions: &[], ..probes };
        assert_eq!(none.tables(), "");
    }
}
