//! What the reports of a package are made from: the case, what analysts decided on it, and who reports.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::case::Case;
use crate::evidence::{Indicator, Role};
use crate::ledger::{Anchor, Anchors, Hiding, IndicatorRole, Label, Ledger, MarkedSpan, Place, Shown, Taxonomy, What};
use crate::package::{Ecosystem, normalise};
use crate::text::percent_encoded;

/// Who reports, by the user's configuration. All of it may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reporter {
    /// A name for the credits.
    pub name: String,
    /// Where the reporter is reached: a URL or an e-mail address.
    pub contact: String,
    /// Base URL of a site that shows the files of a package, for links.
    pub inspector: String,
}

/// A marked span and where it is.
#[derive(Debug, Clone)]
pub struct Mark {
    /// What is marked.
    pub marked: Arc<MarkedSpan>,
    /// Where it is in the case; `None` where it was not found again.
    pub place: Option<Place>,
}

/// What analysts decided on a package.
#[derive(Debug, Clone, Default)]
pub struct Decided {
    /// The label that stands, and when it was given.
    pub label: Option<(Label, Timestamp)>,
    /// What the tool said when the label was given.
    pub shown: Option<Shown>,
    /// What the label says beside the verdict.
    pub taxonomy: Taxonomy,
    /// The marked spans that stand, oldest first.
    pub marks: Vec<Mark>,
    /// What analysts hid from lists.
    pub hiding: Hiding,
    roles: HashMap<(String, String), IndicatorRole>,
}

impl Decided {
    /// What a ledger holds on a case.
    #[must_use]
    pub fn of(ledger: &Ledger, case: &Case) -> Self {
        let sha256 = &case.package.sha256;
        let label = ledger.state(sha256);
        // An event that cannot be read again takes only the tool's word from a report.
        let event = label.and_then(|standing| ledger.event(standing.event).ok());
        let (shown, taxonomy) = match event.map(|event| event.body.what) {
            Some(What::Labelled(labelled) | What::Adjudicated(labelled)) => (labelled.shown, labelled.taxonomy),
            _ => (None, Taxonomy::default()),
        };
        let mut anchors = Anchors::new(case);
        let roles = ledger.roles(sha256).filter_map(|standing| {
            Some(((standing.set.indicator.clone(), standing.set.value.clone()), standing.set.role?))
        });
        Self {
            label: label.map(|standing| (standing.label, standing.time)),
            shown,
            taxonomy,
            marks: ledger
                .spans(sha256)
                .map(|span| Mark { marked: Arc::clone(&span.marked), place: Anchor::place(anchors.find(&span.marked)) })
                .collect(),
            hiding: ledger.hiding(case),
            roles: roles.collect(),
        }
    }

    /// The role that an analyst gave an indicator.
    #[must_use]
    pub fn role(&self, indicator: &Indicator) -> Option<IndicatorRole> {
        self.roles.get(&(indicator.kind.word().to_owned(), indicator.value.clone())).copied()
    }
}

/// What the reports of a package are made from.
#[derive(Debug, Clone, Copy)]
pub struct Dossier<'a> {
    /// The package as it was read.
    pub case: &'a Case,
    /// What was decided.
    pub decided: &'a Decided,
    /// Who reports.
    pub reporter: &'a Reporter,
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody has said what it is.
    #[error("{package} has no label, and {what} accuses: open it in the workbench and decide first")]
    NoLabel {
        /// Name and version, untrusted.
        package: String,
        /// The kind of report.
        what: &'static str,
    },
    /// It was labelled as something that the receiver does not take.
    #[error("{package} is labelled {label}; {what} takes {takes}")]
    OtherLabel {
        /// Name and version, untrusted.
        package: String,
        /// The label.
        label: Label,
        /// The kind of report.
        what: &'static str,
        /// The labels that it takes.
        takes: String,
    },
    /// Nothing is marked.
    #[error(
        "{package} is labelled {label} and no line of it is marked: whoever reads the report must see where the harm is done. \
         Open it in the workbench, mark the lines that do it, and report again"
    )]
    NothingMarked {
        /// Name and version, untrusted.
        package: String,
        /// The label.
        label: Label,
    },
    /// What a record must name is not known.
    #[error("{package}: {what}")]
    Unnamed {
        /// Name and version, untrusted.
        package: String,
        /// What is missing, and why that matters.
        what: &'static str,
    },
}

impl Dossier<'_> {
    /// Name and version, untrusted.
    #[must_use]
    pub fn title(&self) -> String {
        let package = &self.case.package;
        let name = package.name.as_deref().unwrap_or(&package.archive);
        format!("{name} {}", package.version.as_deref().unwrap_or("")).trim_end().to_owned()
    }

    /// Whether the package may be reported at all: whoever is accused must have a label, and the accusation a place.
    ///
    /// # Errors
    /// When it is labelled malicious or the like and nothing is marked.
    pub fn is_shown(&self) -> Result<(), Refused> {
        match self.decided.label {
            Some((label @ (Label::Malicious | Label::ResearchOrPentest), _)) if self.decided.marks.is_empty() => {
                Err(Refused::NothingMarked { package: self.title(), label })
            }
            _ => Ok(()),
        }
    }

    /// The label, if `what` takes it and the harm is marked; and when it was given.
    ///
    /// # Errors
    /// When it has no label, another one, or nothing is marked.
    pub fn accused(&self, what: &'static str, takes: &[Label]) -> Result<(Label, Timestamp), Refused> {
        let package = || self.title();
        let (label, time) = self.decided.label.ok_or_else(|| Refused::NoLabel { package: package(), what })?;
        if !takes.contains(&label) {
            let takes = takes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Refused::OtherLabel { package: package(), label, what, takes });
        }
        self.is_shown()?;
        Ok((label, time))
    }

    /// The page of the package on the site that the user's configuration names; `None` where it names none, or the site knows
    /// no such packages.
    #[must_use]
    pub fn inspector(&self) -> Option<String> {
        let package = &self.case.package;
        let base = self.reporter.inspector.trim_end_matches('/');
        if base.is_empty() || package.ecosystem != Ecosystem::Pypi {
            return None;
        }
        let (name, version) = (normalise(package.name.as_deref()?), package.version.as_deref()?);
        Some(format!("{base}/project/{}/{}/", percent_encoded(&name), percent_encoded(version)))
    }

    /// What an indicator is for in a report: by the analyst's word, else by what the code does with it. `None` for what is no
    /// part of an attack.
    #[must_use]
    pub fn purpose(&self, indicator: &Indicator) -> Option<&'static str> {
        match (self.decided.role(indicator), indicator.role) {
            (Some(IndicatorRole::Context | IndicatorRole::Benign), _) => None,
            (Some(role), _) => Some(role.into()),
            (None, Role::Exfil | Role::C2 | Role::Payload | Role::Connection) => Some(indicator.role.word()),
            (None, _) => None,
        }
    }

    /// The indicators that are part of the attack, the most telling first, with what they are for.
    pub fn indicators(&self) -> impl Iterator<Item = (&Indicator, &'static str)> {
        self.case.indicators.iter().filter_map(|indicator| Some((indicator, self.purpose(indicator)?)))
    }
}
