//! Where labels, marked spans and roles are kept, as the workbench sees it.

use std::collections::HashMap;

use crate::case::Case;
use crate::ledger::{
    Given, Hiding, IndicatorRole, Label, Labelled, Ledger, LedgerError, MarkedSpan, Queued, Redone, RoleSet, SpanRole,
    Standing, StandingSpan, StandingSuppression, Suppression, Taxonomy, Undone, What,
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
    fn label(&mut self, case: &Case, decision: Decision) -> Result<Option<Label>, String>;

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

    /// Takes back this analyst's last label of one archive; `None` where there is none.
    ///
    /// # Errors
    /// When it could not be written.
    fn undo_label(&mut self, sha256: &str) -> Result<Option<TakenBack>, String>;

    /// Takes back the last role that this analyst gave an indicator; whether there was one.
    ///
    /// # Errors
    /// When it could not be written.
    fn undo_role(&mut self, about: &RoleSet) -> Result<bool, String>;

    /// The labels of some archives as JSON lines, and how many of them have one.
    ///
    /// # Errors
    /// When the log was tampered with or cannot be read.
    fn exported(&self, archives: &[String]) -> Result<(String, usize), String>;

    /// Hides evidence from lists; `None` where it has ended already.
    ///
    /// # Errors
    /// When it could not be written.
    fn suppress(&mut self, suppression: Suppression) -> Result<Option<StandingSuppression>, String>;

    /// What is hidden of a package.
    fn hiding(&self, case: &Case) -> Hiding;

    /// What this analyst's last label of a package says beside the verdict; without one, what its steps suggest.
    fn classified(&self, case: &Case) -> Classified;

    /// The packages on which analysts disagree and nobody has decided.
    fn disputes(&mut self) -> Result<Vec<Dispute>, String>;

    /// Decides between the labels that others gave; `None` where there are none.
    ///
    /// # Errors
    /// When it could not be written.
    fn adjudicate(&mut self, sha256: &str, label: Label, reason: &str) -> Result<Option<Label>, String>;

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

    /// The label of an archive that this analyst may see.
    fn state(&mut self, sha256: &str) -> Option<Label>;

    /// Whether this analyst is to give a second opinion on an archive, without sight of the first.
    fn is_due(&self, sha256: &str) -> bool;

    /// Every span of an archive that stands, oldest first.
    fn spans(&self, sha256: &str) -> Vec<StandingSpan>;

    /// The roles that analysts gave to indicators of an archive.
    fn roles(&self, sha256: &str) -> Roles;

    /// Who writes.
    fn actor(&self) -> &str;

    /// How many decisions wait on this machine for the ledger's server; `None` where there is no server.
    fn kept(&self) -> Option<usize>;

    /// Sends what waits, if the server is back; how many still wait.
    ///
    /// # Errors
    /// When the server is there and refuses them.
    fn send_kept(&mut self) -> Result<usize, String>;
}

/// A label as it is given.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The verdict.
    pub label: Label,
    /// Name and hash of the model whose answer the case has.
    pub model: Option<(String, String)>,
    /// How the queue brought the package, if it did.
    pub queued: Option<Queued>,
    /// What it says beside the verdict.
    pub taxonomy: Taxonomy,
    /// Seconds for which the package had been on the screen.
    pub seconds: Option<f32>,
    /// Whether the model's answer was hidden until then.
    pub blind: bool,
    /// Whether it is one of several that are given at once: the screen counts them.
    pub several: bool,
}

impl Decision {
    /// A bare verdict.
    #[must_use]
    pub fn new(label: Label) -> Self {
        Self {
            label,
            model: None,
            queued: None,
            taxonomy: Taxonomy::default(),
            seconds: None,
            blind: false,
            several: false,
        }
    }
}

/// What a label says, or would say.
#[derive(Debug, Clone)]
pub struct Classified {
    /// The verdict that this analyst gave, if they did.
    pub label: Option<Label>,
    /// What it says beside the verdict.
    pub taxonomy: Taxonomy,
    /// Whether that is what the steps suggest, and nobody's word.
    pub proposed: bool,
}

/// A package on which analysts disagree.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispute {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// Name and version, untrusted.
    pub package: String,
    /// What each says, oldest first.
    pub opinions: Vec<Opinion>,
}

/// What one analyst says of a package.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Who, untrusted.
    pub actor: String,
    /// When.
    pub time: jiff::Timestamp,
    /// The verdict.
    pub label: Label,
    /// What it says beside the verdict.
    pub taxonomy: Taxonomy,
    /// Where they marked evidence: roles and places, untrusted.
    pub marks: Vec<String>,
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
    /// A suppression.
    Suppression {
        /// What it hides, untrusted.
        what: String,
        /// Whether that is hidden now.
        hidden: bool,
    },
}

/// Labels in a ledger.
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

    fn hidden(&self, standing: &StandingSuppression, hidden: bool) -> TakenBack {
        let hides = &standing.suppression;
        let what = Taken::Suppression { what: format!("{} in {}", hides.rule, hides.path), hidden };
        TakenBack { sha256: String::new(), package: hides.of.clone(), what }
    }

    fn undone(&self, undone: Undone) -> TakenBack {
        match undone {
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
            Undone::Suppressed(standing) => self.hidden(&standing, false),
            Undone::Lifted(standing) => self.hidden(&standing, true),
        }
    }

    /// What a label says beside the verdict.
    fn taxonomy(&self, standing: &Standing) -> Result<Taxonomy, LedgerError> {
        Ok(match self.0.event(standing.event)?.body.what {
            What::Labelled(labelled) | What::Adjudicated(labelled) => labelled.taxonomy,
            _ => Taxonomy::default(),
        })
    }

    /// What a package is called by the last label that it had; by its hash where it had none.
    fn package(&self, sha256: &str) -> String {
        let named = self.0.history(sha256).last().map(|s| format!("{} {}", s.name, s.version).trim().to_owned());
        named.unwrap_or_else(|| format!("SHA-256 {}…", sha256.get(..12).unwrap_or(sha256)))
    }
}

impl Labels for FileLabels {
    fn label(&mut self, case: &Case, decision: Decision) -> Result<Option<Label>, String> {
        let Decision { model, queued, label, taxonomy, seconds, blind, .. } = decision;
        let model = model.as_ref().map(|(name, hash)| (name.as_str(), hash.as_str()));
        let before = self.classified(case);
        // Who repeats a verdict without a word more has not taken back what they said.
        let repeats = taxonomy.is_empty() && before.label == Some(label);
        let taxonomy = if repeats { before.taxonomy } else { taxonomy };
        let labelled = Labelled::new(case, label, model, env!("CARGO_PKG_VERSION"));
        let given = Given { seconds, blind: blind && labelled.shown.is_some(), ..Given::default() };
        let labelled = Labelled { queued, taxonomy, given, ..labelled };
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
        Ok(Some(self.undone(undone)))
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
            Redone::Suppressed(standing) => self.hidden(&standing, true),
            Redone::Lifted(standing) => self.hidden(&standing, false),
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

    fn undo_label(&mut self, sha256: &str) -> Result<Option<TakenBack>, String> {
        let undone = self.0.undo_label(sha256).map_err(|e| e.to_string())?;
        Ok(undone.map(|undone| self.undone(undone)))
    }

    fn undo_role(&mut self, about: &RoleSet) -> Result<bool, String> {
        self.0.undo_role(about).map(|undone| undone.is_some()).map_err(|e| e.to_string())
    }

    fn exported(&self, archives: &[String]) -> Result<(String, usize), String> {
        let mut text = Vec::new();
        let count = crate::dataset::write_some(&self.0, archives, &mut text).map_err(|e| e.to_string())?;
        Ok((String::from_utf8_lossy(&text).into_owned(), count))
    }

    fn suppress(&mut self, suppression: Suppression) -> Result<Option<StandingSuppression>, String> {
        self.0.suppress(suppression).map_err(|e| e.to_string())
    }

    fn hiding(&self, case: &Case) -> Hiding {
        self.0.hiding(case)
    }

    fn classified(&self, case: &Case) -> Classified {
        let own = self.0.history(&case.package.sha256).filter(|standing| standing.actor == self.actor()).last();
        // An event that cannot be read again only takes what it said from the page.
        let said = own.and_then(|standing| Some((standing.label, self.taxonomy(standing).ok()?)));
        match said {
            Some((label, taxonomy)) => Classified { label: Some(label), taxonomy, proposed: false },
            None => Classified { label: None, taxonomy: Taxonomy::proposed(case), proposed: true },
        }
    }

    fn disputes(&mut self) -> Result<Vec<Dispute>, String> {
        self.0.refresh().map_err(|e| e.to_string())?;
        let opinion = |standing: &Standing| {
            let marks = self.0.spans(&standing.sha256).filter(|span| span.actor == standing.actor);
            Ok(Opinion {
                actor: standing.actor.clone(),
                time: standing.time,
                label: standing.label,
                taxonomy: self.taxonomy(standing)?,
                marks: marks.map(|span| format!("{} {}", span.marked.role, marked_at(&span.marked, ""))).collect(),
            })
        };
        let disagreements = self.0.disagreements();
        let dispute = |opinions: &Vec<Standing>| {
            let last = opinions.last();
            Ok(Dispute {
                sha256: last.map(|standing| standing.sha256.clone()).unwrap_or_default(),
                package: last.map(|s| format!("{} {}", s.name, s.version).trim().to_owned()).unwrap_or_default(),
                opinions: opinions.iter().map(opinion).collect::<Result<_, LedgerError>>()?,
            })
        };
        let disputes: Result<_, LedgerError> = disagreements.iter().map(|apart| dispute(&apart.opinions)).collect();
        disputes.map_err(|e| e.to_string())
    }

    fn adjudicate(&mut self, sha256: &str, label: Label, reason: &str) -> Result<Option<Label>, String> {
        let decided = self.0.adjudicate(sha256, label, reason).map_err(|e| e.to_string())?;
        Ok(decided.map(|standing| standing.label))
    }

    fn decided(&self, case: &Case) -> Decided {
        // Who is to give a second opinion does not read the first one in a report.
        if self.is_due(&case.package.sha256) { Decided::default() } else { Decided::of(&self.0, case) }
    }

    fn state(&mut self, sha256: &str) -> Option<Label> {
        // Another workbench on the same queue may have labelled it. What cannot be read now shows what was known.
        let _ = self.0.refresh();
        self.0.visible(sha256).map(|s| s.label)
    }

    fn is_due(&self, sha256: &str) -> bool {
        self.0.is_due(sha256)
    }

    fn spans(&self, sha256: &str) -> Vec<StandingSpan> {
        let due = self.is_due(sha256);
        self.0.spans(sha256).filter(|span| !due || span.actor == self.actor()).cloned().collect()
    }

    fn similar(&mut self, case: &Case) -> Result<Vec<Compared>, String> {
        let mut look = || {
            known::refresh(&mut self.0)?;
            let probe = Probe::of(case);
            known::remember(&mut self.0, &probe)?;
            // What the first analyst said of this very archive is not for who gives the second opinion.
            let due = self.0.is_due(&case.package.sha256);
            let found = known::similar(&self.0, &probe, SIMILAR)?;
            let found = found.into_iter().filter(|like| !due || like.sha256 != case.package.sha256);
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
        let due = self.is_due(sha256);
        for standing in self.0.roles(sha256).filter(|standing| !due || standing.actor == self.actor()) {
            if let Some(role) = standing.set.role {
                roles.entry(standing.set.indicator.clone()).or_default().insert(standing.set.value.clone(), role);
            }
        }
        roles
    }

    fn actor(&self) -> &str {
        self.0.actor()
    }

    fn kept(&self) -> Option<usize> {
        self.0.kept()
    }

    fn send_kept(&mut self) -> Result<usize, String> {
        self.0.send_kept().map_err(|e| e.to_string())
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
