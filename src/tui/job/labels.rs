//! The ledger's worker: labels and marked spans are written to the disk without the loop waiting for it.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use crate::case::Case;
use crate::evidence::indicator::Kind;
use crate::ledger::{
    IndicatorRole, Label, Labelled, Ledger, MarkedSpan, Queued, Redone, RoleSet, SpanRole, StandingSpan, Undone,
};
use crate::report::{Decided, Dossier, Format, Reporter};
use crate::text::escape;

use super::super::app::indicators::Roles;
use super::spans::{self, Marking, marked_at, role_word};
use super::{Answer, Message, Noted, Recorded, Written, answer};

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
    fn practice() -> Result<Self, String> {
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

pub(super) enum Request {
    /// Have the ledger ready before it is needed.
    Open,
    Practice(bool),
    Label {
        case: Arc<Case>,
        label: Label,
        model: Option<(String, String)>,
        queued: Option<Queued>,
    },
    Spans(Arc<Case>),
    Mark(Marking),
    Unmark(i64),
    Role(RoleSet),
    Undo {
        spans_of: Option<String>,
    },
    Redo,
    Report {
        case: Arc<Case>,
        format: Format,
        reporter: Reporter,
    },
    Save {
        path: PathBuf,
        text: Arc<str>,
    },
    State(String),
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

pub(super) fn serve(
    open: Box<dyn FnOnce() -> Result<Box<dyn Labels>, String> + Send>,
    requests: &Receiver<Request>,
    to: &Sender<Message>,
) {
    // Opened at the first request: who looks at the start screen alone may not want a ledger.
    let mut open = Some(open);
    let mut own: Result<Box<dyn Labels>, String> = Err(String::new());
    let mut practice: Option<Result<Box<dyn Labels>, String>> = None;
    // The package on the screen; undo may concern another one.
    let mut shown = String::new();
    let mut case: Option<Arc<Case>> = None;
    while let Ok(request) = requests.recv() {
        if let Request::Practice(on) = request {
            let begin = || FileLabels::practice().map(|labels| Box::new(labels) as Box<dyn Labels>);
            practice = on.then(|| super::guarded("opening the practice ledger", begin).and_then(|r| r));
            (shown, case) = (String::new(), None);
            continue;
        }
        let request = match request {
            // Whatever became of the ledger.
            Request::Save { path, text } => {
                answer(to, Answer::Marked(saved(&path, &text)));
                continue;
            }
            request => request,
        };
        if practice.is_none()
            && let Some(open) = open.take()
        {
            own = super::guarded("opening the ledger", open).and_then(|r| r);
        }
        let practising = practice.is_some();
        let labels = match practice.as_mut().unwrap_or(&mut own) {
            Ok(labels) => labels.as_mut(),
            Err(why) => {
                if let Some(reply) = without(request, why) {
                    answer(to, reply);
                }
                continue;
            }
        };
        let reply = match request {
            Request::Open | Request::Practice(_) | Request::Save { .. } => continue,
            Request::State(sha256) => {
                shown = sha256;
                let label = labels.state(&shown);
                tell_roles(labels, &shown, to);
                Answer::Label { sha256: shown.clone(), label }
            }
            Request::Label { case, label, model, queued } => {
                let model = model.as_ref().map(|(name, hash)| (name.as_str(), hash.as_str()));
                let alike = queued.as_ref().is_some_and(|queued| queued.like.is_some());
                let written = labels.label(&case, label, model, queued).map(|_| {
                    let practice = if practising { " for practice only" } else { "" };
                    let said = format!("Recorded{practice}: {}.", word(label));
                    (Written::Label { sha256: case.package.sha256.clone(), label, alike }, said)
                });
                Answer::Recorded(Recorded { label: labels.state(&shown), shown: shown.clone(), written })
            }
            Request::Spans(of) => {
                case = Some(of);
                tell_spans(labels, case.as_ref(), to);
                continue;
            }
            Request::Mark(marking) => {
                let said = spans::mark(labels, marking);
                tell_spans(labels, case.as_ref(), to);
                Answer::Marked(said)
            }
            Request::Unmark(event) => {
                let said = spans::unmark(labels, event);
                tell_spans(labels, case.as_ref(), to);
                Answer::Marked(said)
            }
            Request::Role(set) => {
                let role = set.role.map_or("no role", Into::into);
                let said = format!("Recorded: {role} for {}.", shown_as(&set.indicator, &set.value));
                let result = labels.set_role(set).map(|()| Noted { said, undo: "takes it back" });
                tell_roles(labels, &shown, to);
                Answer::Marked(result)
            }
            Request::Redo => {
                let written = redo(labels, &shown);
                tell_spans(labels, case.as_ref(), to);
                tell_roles(labels, &shown, to);
                Answer::Recorded(Recorded { label: labels.state(&shown), shown: shown.clone(), written })
            }
            Request::Report { case, format, reporter } => {
                let text =
                    super::guarded("writing the report", || report(&case, &labels.decided(&case), format, &reporter));
                Answer::Reported { sha256: case.package.sha256.clone(), format, text: text.and_then(|text| text) }
            }
            Request::Undo { spans_of } => {
                let written = undo(labels, spans_of.as_deref(), &shown);
                tell_spans(labels, case.as_ref(), to);
                tell_roles(labels, &shown, to);
                Answer::Recorded(Recorded { label: labels.state(&shown), shown: shown.clone(), written })
            }
        };
        answer(to, reply);
    }
}

/// The answer where there is no ledger.
fn without(request: Request, why: &str) -> Option<Answer> {
    Some(match request {
        Request::Open | Request::Practice(_) | Request::Save { .. } => return None,
        // What was decided is not known; what the package does is.
        Request::Report { case, format, reporter } => {
            let text = super::guarded("writing the report", || report(&case, &Decided::default(), format, &reporter));
            Answer::Reported { sha256: case.package.sha256.clone(), format, text: text.and_then(|text| text) }
        }
        Request::State(sha256) => Answer::Label { sha256, label: None },
        Request::Spans(case) => Answer::Spans { case, spans: Err(why.to_owned()) },
        Request::Mark(_) | Request::Unmark(_) | Request::Role(_) => Answer::Marked(Err(why.to_owned())),
        Request::Label { .. } | Request::Undo { .. } | Request::Redo => {
            Answer::Recorded(Recorded { shown: String::new(), label: None, written: Err(why.to_owned()) })
        }
    })
}

/// Says which spans the package on the screen has now.
fn tell_spans(labels: &dyn Labels, case: Option<&Arc<Case>>, to: &Sender<Message>) {
    if let Some(case) = case {
        let spans = super::guarded("finding the marked spans", || spans::kept(labels, case));
        answer(to, Answer::Spans { case: Arc::clone(case), spans });
    }
}

/// Says which roles the indicators of the package on the screen have now.
fn tell_roles(labels: &dyn Labels, shown: &str, to: &Sender<Message>) {
    answer(to, Answer::Roles { sha256: shown.to_owned(), roles: labels.roles(shown) });
}

/// An indicator as a notice names it: no terminal makes a link of it.
fn shown_as(indicator: &str, value: &str) -> String {
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == indicator);
    escape(&kind.map_or_else(|| value.to_owned(), |kind| kind.defang(value))).into_owned()
}

/// A report as it would be sent.
fn report(case: &Case, decided: &Decided, format: Format, reporter: &Reporter) -> Result<Arc<str>, String> {
    let text = format.write(&Dossier { case, decided, reporter }, false);
    text.map(Arc::from).map_err(|refused| refused.to_string())
}

/// Saves a text; one that is there already is never written over.
fn saved(path: &Path, text: &str) -> Result<Noted, String> {
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{} is there already: choose another name.", path.display()),
        _ => format!("cannot write {}: {error}", path.display()),
    };
    let mut file = File::create_new(path).map_err(refused)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(refused)?;
    Ok(Noted { said: format!("Saved to {}.", escape(&path.to_string_lossy())), undo: "" })
}

fn redo(labels: &mut dyn Labels, shown: &str) -> Result<(Written, String), String> {
    let Some(TakenBack { sha256, package, what }) = labels.redo()? else {
        return Ok((Written::Nothing, "There is nothing to do again.".to_owned()));
    };
    let of = if sha256 == shown { String::new() } else { format!(" for another package, {}", escape(&package)) };
    let said = match what {
        Taken::Label { removed, .. } => format!("Again{of}: {}.", word(removed)),
        Taken::Mark { role, place } => format!("Marked again as {}{of}: {place}.", role_word(role)),
        Taken::Role { value, indicator, now, .. } => {
            format!("Again{of}: {} for {}.", now.map_or("no role", Into::into), shown_as(&indicator, &value))
        }
        Taken::Removal { role, place } => format!("Removed again{of}: {}, {place}.", role_word(role)),
    };
    Ok((Written::Undo { sha256 }, said))
}

fn undo(labels: &mut dyn Labels, spans_of: Option<&str>, shown: &str) -> Result<(Written, String), String> {
    let Some(TakenBack { sha256, package, what }) = labels.undo(spans_of)? else {
        let said = match spans_of {
            Some(_) => "No mark of yours is left here to take back; labels: in another view.",
            None => "There is no label or mark of yours to take back.",
        };
        return Ok((Written::Nothing, said.to_owned()));
    };
    let of = if sha256 == shown { String::new() } else { format!(" of another package, {}", escape(&package)) };
    let said = match what {
        Taken::Label { removed, now } => match now {
            Some(now) if now == removed => format!("Took back the last label{of}: still {}.", word(now)),
            now => format!("Took back {}{of}: {}.", word(removed), now.map_or("no label now", word)),
        },
        Taken::Mark { role, place } => format!("Took back the mark {}{of}: {place}.", role_word(role)),
        Taken::Role { removed, value, indicator, now } => {
            let word = |role: Option<IndicatorRole>| role.map_or("no role", Into::into);
            format!("Took back {} for {}{of}: {} now.", word(removed), shown_as(&indicator, &value), word(now))
        }
        Taken::Removal { role, place } => format!("The mark {} is back{of}: {place}.", role_word(role)),
    };
    Ok((Written::Undo { sha256 }, said))
}
