//! What goes with the decision on the package on the screen: what is hidden until it is made, and what is hidden from lists.

use std::collections::HashSet;
use std::sync::Arc;

use crate::case::Case;
use crate::ledger::{Finding, HiddenBy, Hiding};
use crate::tui::state::shown::Shown;
use crate::tui::state::walk::Exhibit;
use crate::tui::state::{Effect, State, case};

/// What is known and asked before a label.
#[derive(Debug, Default)]
pub struct Deciding {
    /// Whether the ledger has said if the package has a label.
    pub known: bool,
    /// Whether a second opinion is asked: what the first analyst said is hidden.
    pub second: bool,
    /// What analysts hid of the package from lists.
    pub hiding: Hiding,
    /// Whether that is shown all the same.
    pub show_hidden: bool,
    /// The model's answer while it is hidden.
    pub sealed: Option<Box<Shown>>,
    /// Whether a mark is on its way to the disk.
    pub marking: bool,
    /// Whether a malicious label without evidence was asked about.
    pub asked: bool,
}

impl State {
    /// Whether the model's answer is to be hidden: nothing is decided yet, and the analyst or the policy wants it so.
    #[must_use]
    pub fn seals(&self) -> bool {
        let settings = &self.config.settings;
        let policy = settings.second_malicious > 0 || settings.second_others > 0;
        self.label.is_none() && (self.blind || self.deciding.second || (policy && !self.deciding.known))
    }

    /// Shows the model's answer as soon as nothing hides it any more.
    pub(in crate::tui) fn unseal(&mut self) -> Vec<Effect> {
        if self.seals() {
            return Vec::new();
        }
        self.deciding.sealed.take().map_or_else(Vec::new, |shown| case::judged(self, *shown))
    }

    /// The case with the model's answer, whether that is shown or not.
    #[must_use]
    pub fn judged_case(&self) -> Option<&Arc<Case>> {
        self.deciding.sealed.as_ref().map(|shown| &shown.case).or(self.case.as_ref())
    }

    /// What hides an exhibit, or did.
    #[must_use]
    pub fn hidden_by(&self, exhibit: Exhibit) -> Option<HiddenBy> {
        let case = self.case.as_ref()?;
        self.deciding.hiding.of(match exhibit {
            Exhibit::Step(step) => Finding::Step(case.sequence.steps.get(step)?),
            Exhibit::Evidence(evidence) => Finding::Evidence(case.evidence.get(evidence)?),
        })
    }

    /// Leaves out of the walk what is hidden, unless it is to be shown.
    pub(in crate::tui) fn hide(&mut self) {
        let hidden = |exhibit: &&Exhibit| self.hidden_by(**exhibit).is_some_and(|by| !by.expired);
        let hidden: HashSet<Exhibit> = match self.deciding.show_hidden || self.deciding.hiding.is_empty() {
            true => HashSet::new(),
            false => self.walk.exhibits.iter().filter(hidden).copied().collect(),
        };
        // An order that was shown stays while nothing else is hidden.
        if let Some(case) = &self.case
            && self.walk.leave_out(case, hidden)
        {
            self.card.again();
        }
    }
}
