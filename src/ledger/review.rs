//! Second opinions: which packages go to a second analyst, and where two disagree.

use sha2::{Digest as _, Sha256};

use super::event::{Label, What};
use super::fold::{Fold, Standing};
use super::labelled::Given;
use super::taxonomy::Taxonomy;
use super::{AgreementReport, Ledger, LedgerError};

/// Which packages go to a second analyst, who does not see what the first one said. It is told by the hash of the archive, not by
/// chance, so that every machine chooses the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReviewPolicy {
    /// Of those labelled malicious, in percent.
    pub malicious: u8,
    /// Of all others, in percent.
    pub others: u8,
}

impl ReviewPolicy {
    /// Whether an archive goes to a second analyst once it has a label.
    #[must_use]
    pub fn takes(self, label: Label, sha256: &str) -> bool {
        let share = if label == Label::Malicious { self.malicious } else { self.others };
        let hash = Sha256::digest(format!("second opinion\n{sha256}"));
        let drawn = hash.iter().take(4).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        drawn % 100 < u64::from(share)
    }
}

/// Analysts who say different things of one package.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// The last label of each, oldest first.
    pub opinions: Vec<Standing>,
}

impl Ledger {
    /// Sends packages to a second analyst.
    #[must_use]
    pub fn with_policy(mut self, policy: ReviewPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Decides between the labels that others have given a package. `None` where nobody has given one.
    ///
    /// # Errors
    /// When the file cannot be read or written; then nothing was recorded.
    pub fn adjudicate(&mut self, sha256: &str, label: Label, reason: &str) -> Result<Option<Standing>, LedgerError> {
        self.refresh()?;
        let opinions: Vec<i64> = self.fold.opinions(sha256).into_iter().map(|opinion| opinion.event).collect();
        let Some(last) = opinions.iter().max() else { return Ok(None) };
        let (What::Labelled(mut labelled) | What::Adjudicated(mut labelled)) = self.event(*last)?.body.what else {
            return Ok(None);
        };
        // Of what the others saw nothing is known to the one who decides.
        labelled.label = label;
        labelled.shown = None;
        labelled.queued = None;
        labelled.taxonomy = Taxonomy { rationale: reason.to_owned(), ..labelled.taxonomy };
        labelled.given = Given { adjudicates: opinions, ..Given::default() };
        self.append(|_, _| Some(What::Adjudicated(labelled)))?;
        Ok(self.state(sha256).cloned())
    }

    /// Whether this analyst is to give a second opinion on a package, as of the last [`Self::refresh`]: they must not see what the
    /// first one said.
    #[must_use]
    pub fn is_due(&self, sha256: &str) -> bool {
        self.fold.is_due(self.policy, sha256, &self.actor)
    }

    /// The label that this analyst may see: none where they are to give a second opinion.
    #[must_use]
    pub fn visible(&self, sha256: &str) -> Option<&Standing> {
        self.state(sha256).filter(|_| !self.is_due(sha256))
    }

    /// The last label of each person who gave a package one, oldest first.
    #[must_use]
    pub fn opinions(&self, sha256: &str) -> Vec<&Standing> {
        self.fold.opinions(sha256)
    }

    /// The packages on which analysts disagree and nobody has decided since.
    #[must_use]
    pub fn disagreements(&self) -> Vec<Disagreement> {
        self.fold.disagreements()
    }

    /// How far the analysts agree, and how long they take.
    #[must_use]
    pub fn agreement(&self) -> AgreementReport {
        self.fold.agreement()
    }
}

impl Fold {
    /// The last label of each person who gave one, oldest first. What was decided between others is no opinion of its own.
    pub(super) fn opinions(&self, sha256: &str) -> Vec<&Standing> {
        let mut opinions: Vec<&Standing> = Vec::new();
        for standing in self.history(sha256).filter(|standing| !standing.adjudicates) {
            opinions.retain(|earlier| earlier.actor != standing.actor);
            opinions.push(standing);
        }
        opinions
    }

    /// Whether this person is to give a second opinion on an archive: somebody else has labelled it, and nobody but them.
    pub(super) fn is_due(&self, policy: ReviewPolicy, sha256: &str, actor: &str) -> bool {
        if policy == ReviewPolicy::default() {
            return false;
        }
        let mut history = self.history(sha256).peekable();
        let Some(first) = history.peek().map(|first| first.actor.clone()) else { return false };
        first != actor
            && history.all(|standing| standing.actor == first && !standing.adjudicates)
            && self.current(sha256).is_some_and(|current| policy.takes(current.label, sha256))
    }

    /// The packages on which analysts disagree and nobody has decided since, in the order of the labels.
    pub(super) fn disagreements(&self) -> Vec<Disagreement> {
        let open = |current: &Standing| {
            let opinions = self.opinions(&current.sha256);
            let apart = opinions.iter().any(|opinion| opinion.label != current.label);
            (apart && !current.adjudicates).then(|| Disagreement { opinions: opinions.into_iter().cloned().collect() })
        };
        self.all_current().filter_map(open).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_of_the_policy_and_the_choice_stays() {
        let policy = ReviewPolicy { malicious: 100, others: 10 };
        let names: Vec<String> = (0..2000).map(|n| format!("{n:064x}")).collect();
        let taken = |label| names.iter().filter(|sha256| policy.takes(label, sha256)).count();
        assert_eq!(taken(Label::Malicious), 2000);
        let benign = taken(Label::Benign);
        assert!((140..=260).contains(&benign), "{benign}");
        assert_eq!(benign, taken(Label::Unwanted), "the draw is the archive's");
        assert!(!names.iter().any(|sha256| ReviewPolicy::default().takes(Label::Malicious, sha256)));
        // Other machines must draw the same: this is no value of ours to change.
        let drawn: Vec<usize> = (0..40).filter(|n| policy.takes(Label::Benign, &format!("{n:064x}"))).collect();
        assert_eq!(drawn, DRAWN);
    }

    const DRAWN: [usize; 3] = [11, 23, 29];
}
