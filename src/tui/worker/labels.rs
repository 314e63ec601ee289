//! Where labels, marked spans and roles are kept, as the workbench sees it.

use std::collections::HashMap;

use crate::case::Case;
use crate::ledger::{
    IndicatorRole, Label, Labelled, Ledger, LedgerError, MarkedSpan, Queued, Redone, RoleSet, SpanRole, StandingSpan,
    Undone,
};
use crate::queue::known::{self, Probe};
use crate::report::Decided;
use crate::report::similar::Compared;

use super::spans::marked_at;

/// Most similar cases that are told.
const SIMILAR: usize = 20;

/// Roles that analysts gave, by sort and value.
pub type Roles = HashMap<String, HashMap<String, IndicatorRole>>;

/// Where labels and marked spans are kept.
pub trait Labels: Send {
    /// Records a label.
    ///
    /// # Errors
    /// When it could not be written.
    fn label(
        &mut self,
        case: &Case,
        label: Label,
        model: Option<(&str, &str)>,
        queued: Option<Queued>,
    ) -> Result<Option<Label>, String>;

    /// Records a marked span and answers with the one that stands now.
    ///
    /// # Errors
    /// When it could not be written.
    fn mark(&mut self, marked: MarkedSpan) -> Result<Option<StandingSpan>, String>;

    /// Removes a span of this analyst; `None` where there is none of that number.
    ///
    /// # Errors
    /// When it could not be written.
    fn unmark(&mut self, event: i64) -> Result<Option<StandingSpan>, String>;

    /// Records the role of an indicator.
    ///
    /// # Errors
    /// When it could not be written.
    fn set_role(&mut self, set: RoleSet) -> Result<(), String>;

    /// Takes back the last label, mark, removal or role; of the marks and removals of one archive, if one is named.
    ///
    /// # Errors
    /// When it could not be written.
    fn undo(&mut self, spans_of: Option<&str>) -> Result<Option<TakenBack>, String>;

    /// Does again what was taken back last.
    ///
    /// # Errors
    /// When it could not be written.
    fn redo(&mut self) -> Result<Option<TakenBack>, String>;

    /// What was decided on a package.
    fn decided(&self, case: &Case) -> Decided;

    /// The decided cases that a package is like, the most alike first, with what differs.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    fn similar(&mut self, case: &Case) -> Result<Vec<Compared>, String>;

    /// The label of an archive.
    fn state(&mut self, sha256: &str) -> Option<Label>;

    /// Every span of an archive that stands, oldest first.
    fn spans(&self, sha256: &str) -> Vec<StandingSpan>;

    /// The roles that analysts gave to indicators of an archive.
    fn roles(&self, sha256: &str) -> Roles;

    /// Who writes.
    fn actor(&self) -> &str;
}

/// Something that was taken back.
#[derive(Debug, Clone)]
pub struct TakenBack {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// Name and version, untrusted.
    pub package: String,
    /// What it was.
    pub what: Taken,
}

/// What was taken back.
#[derive(Debug, Clone)]
pub enum Taken {
    /// A label.
    Label {
        /// The label that no longer stands.
        removed: Label,
        /// The label that stands now.
        now: Option<Label>,
    },
    /// A mark.
    Mark {
        /// Its role.
        role: SpanRole,
        /// Where, escaped.
        place: String,
    },
    /// The role of an indicator.
    Role {
        /// The role that no longer stands.
        removed: Option<IndicatorRole>,
        /// The indicator as it is written, untrusted.
        value: String,
        /// Its sort, in a word.
        indicator: String,
        /// The role that stands now.
        now: Option<IndicatorRole>,
    },
    /// The removal of a mark, which stands again.
    Removal {
        /// Its role.
        role: SpanRole,
        /// Where, escaped.
        place: String,
    },
}

/// Labels in a ledger file.
#[derive(Debug)]
pub struct FileLabels(Ledger);

impl FileLabels {
    /// Labels of an open ledger.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self(ledger)
    }

    /// Labels in memory, gone with this value.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub(super) fn practice() -> Result<Self, String> {
        Ledger::in_memory("practice").map(Self).map_err(|e| e.to_string())
    }

    fn taken(&self, span: &StandingSpan, what: impl FnOnce(SpanRole, String) -> Taken) -> TakenBack {
        let sha256 = span.marked.sha256.clone();
        let what = what(span.marked.role, marked_at(&span.marked, ""));
        TakenBack { package: self.package(&sha256), sha256, what }
    }

    /// What a package is called by the last label that it had; by its hash where it had none.
    fn package(&self, sha256: &str) -> String {
        let named = self.0.history(sha256).last().map(|s| format!("{} {}", s.name, s.version).trim().to_owned());
        named.unwrap_or_else(|| format!("SHA-256 {}…", sha256.get(..12).unwrap_or(sha256)))
    }
}

impl Labels for FileLabels {
    fn label(
        &mut self,
        case: &Case,
        label: Label,
        model: Option<(&str, &str)>,
        queued: Option<Queued>,
    ) -> Result<Option<Label>, String> {
        let labelled = Labelled { queued, ..Labelled::new(case, label, model, env!("CARGO_PKG_VERSION")) };
        let standing = self.0.label(labelled).map_err(|e| e.to_string())?;
        Ok(standing.map(|s| s.label))
    }

    fn mark(&mut self, marked: MarkedSpan) -> Result<Option<StandingSpan>, String> {
        self.0.mark(marked).map_err(|e| e.to_string())
    }

    fn unmark(&mut self, event: i64) -> Result<Option<StandingSpan>, String> {
        self.0.unmark(event).map_err(|e| e.to_string())
    }

    fn set_role(&mut self, set: RoleSet) -> Result<(), String> {
        self.0.set_role(set).map_err(|e| e.to_string())
    }

    fn undo(&mut self, spans_of: Option<&str>) -> Result<Option<TakenBack>, String> {
        let undone = match spans_of {
            Some(sha256) => self.0.undo_span(sha256),
            None => self.0.undo(),
        };
        let Some(undone) = undone.map_err(|e| e.to_string())? else { return Ok(None) };
        Ok(Some(match undone {
            Undone::Label { removed, restored } => TakenBack {
                package: format!("{} {}", removed.name, removed.version).trim().to_owned(),
                sha256: removed.sha256,
                what: Taken::Label { removed: removed.label, now: restored.map(|s| s.label) },
            },
            Undone::Marked(span) => self.taken(&span, |role, place| Taken::Mark { role, place }),
            Undone::Removed(span) => self.taken(&span, |role, place| Taken::Removal { role, place }),
            Undone::Role { removed, restored } => TakenBack {
                package: self.package(&removed.set.sha256),
                sha256: removed.set.sha256.clone(),
                what: Taken::Role {
                    removed: removed.set.role,
                    value: removed.set.value.clone(),
                    indicator: removed.set.indicator.clone(),
                    now: restored,
                },
            },
        }))
    }

    fn redo(&mut self) -> Result<Option<TakenBack>, String> {
        let redone = self.0.redo().map_err(|e| e.to_string())?;
        Ok(redone.map(|redone| match redone {
            Redone::Label(standing) => TakenBack {
                package: format!("{} {}", standing.name, standing.version).trim().to_owned(),
                what: Taken::Label { removed: standing.label, now: self.0.state(&standing.sha256).map(|s| s.label) },
                sha256: standing.sha256,
            },
            Redone::Marked(span) => self.taken(&span, |role, place| Taken::Mark { role, place }),
            Redone::Removed(span) => self.taken(&span, |role, place| Taken::Removal { role, place }),
            Redone::Role(role) => TakenBack {
                package: self.package(&role.set.sha256),
                sha256: role.set.sha256.clone(),
                what: Taken::Role {
                    removed: None,
                    value: role.set.value.clone(),
                    indicator: role.set.indicator.clone(),
                    now: role.set.role,
                },
            },
        }))
    }

    fn decided(&self, case: &Case) -> Decided {
        Decided::of(&self.0, case)
    }

    fn state(&mut self, sha256: &str) -> Option<Label> {
        // Another workbench on the same queue may have labelled it. What cannot be read now shows what was known.
        let _ = self.0.refresh();
        self.0.state(sha256).map(|s| s.label)
    }

    fn spans(&self, sha256: &str) -> Vec<StandingSpan> {
        self.0.spans(sha256).cloned().collect()
    }

    fn similar(&mut self, case: &Case) -> Result<Vec<Compared>, String> {
        let mut look = || {
            known::refresh(&mut self.0)?;
            let probe = Probe::of(case);
            known::remember(&mut self.0, &probe)?;
            let found = known::similar(&self.0, &probe, SIMILAR)?.into_iter();
            found
                .map(|like| {
                    let differing = known::differing(&self.0, &like.sha256, &case.text.text)?;
                    Ok((like, differing))
                })
                .collect::<Result<_, LedgerError>>()
        };
        look().map_err(|error| error.to_string())
    }

    fn roles(&self, sha256: &str) -> Roles {
        let mut roles = Roles::default();
        for standing in self.0.roles(sha256) {
            if let Some(role) = standing.set.role {
                roles.entry(standing.set.indicator.clone()).or_default().insert(standing.set.value.clone(), role);
            }
        }
        roles
    }

    fn actor(&self) -> &str {
        self.0.actor()
    }
}

/// The label in the workbench's words.
#[must_use]
pub fn word(label: Label) -> &'static str {
    match label {
        Label::Benign => "benign",
        Label::Unwanted => "unwanted",
        Label::DualUse => "dual use",
        Label::ResearchOrPentest => "research",
        Label::SuspiciousUnresolved => "suspicious",
        Label::Malicious => "malicious",
    }
}
