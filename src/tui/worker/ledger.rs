//! The ledger's worker: labels, marked spans and roles are written to the disk without the loop waiting for it.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::case::Case;
use crate::evidence::indicator::Kind;
use crate::ledger::{IndicatorRole, Label, RoleSet, Suppression, Taxonomy};
use crate::report::{Decided, Dossier, Format, Reporter};
use crate::text::{escape, many};

use super::labels::{Classified, Decision, FileLabels, Labels, Taken, TakenBack, word};
use super::spans::{self, Marking, role_word};
use super::{Answer, Noted, Post, Recorded, Written, answer, guarded};

/// What is asked of the ledger.
#[derive(Debug)]
pub enum LedgerWork {
    /// Have it ready before it is needed.
    Open,
    /// Keep labels, marks and roles in a new ledger in memory from here on; or in the analyst's again.
    Practice(bool),
    /// Record a label.
    Label {
        /// What is labelled.
        case: Arc<Case>,
        /// The label, and how it is given.
        decision: Box<Decision>,
    },
    /// Take back the labels of some archives, each by itself.
    UndoLabels(Vec<String>),
    /// Hide evidence from lists.
    Suppress(Suppression),
    /// What the label of a package says, or would say.
    Classify(Arc<Case>),
    /// On which packages analysts disagree.
    Disputes,
    /// Decide between the labels that others gave.
    Adjudicate {
        /// SHA-256 of the archive.
        sha256: String,
        /// The verdict.
        label: Label,
        /// Why.
        reason: String,
    },
    /// Find the marked spans of a package.
    Spans(Arc<Case>),
    /// Mark bytes.
    Mark(Marking),
    /// Remove a marked span, by the number of the event that marked it.
    Unmark(i64),
    /// Record the role of an indicator.
    Role(RoleSet),
    /// Record the roles of several indicators, each by itself.
    Roles(Vec<RoleSet>),
    /// Take back the roles of several indicators, each by itself.
    UndoRoles(Vec<RoleSet>),
    /// Save the labels of some archives to a file that is not there yet.
    Export {
        /// The file.
        path: PathBuf,
        /// SHA-256 of each.
        archives: Vec<String>,
    },
    /// Take back the last label, mark, removal or role.
    Undo {
        /// The archive of which only marks and removals are taken back, if one is named.
        spans_of: Option<String>,
    },
    /// Do again what was taken back last.
    Redo,
    /// Write a report of a package, with what the ledger holds on it.
    Report {
        /// The package.
        case: Arc<Case>,
        /// For whom.
        format: Format,
        /// Who reports.
        reporter: Reporter,
    },
    /// Look for decided cases that a package is like.
    Similar(Arc<Case>),
    /// Save a text to a file that is not there yet.
    Save {
        /// The file.
        path: PathBuf,
        /// The text.
        text: Arc<str>,
    },
    /// Look up the label of an archive, and the roles of its indicators, by its SHA-256.
    State(String),
}

/// How often it is looked whether a server that was away is back.
const LOOK: Duration = Duration::from_secs(2);

/// Tells the screen how many decisions wait for the ledger's server.
#[derive(Default)]
struct Waiting {
    told: usize,
    why: Option<String>,
}

impl Waiting {
    /// The next request. Where there is a server, what waits is sent meanwhile.
    fn next(
        &mut self,
        requests: &Receiver<LedgerWork>,
        labels: &mut Result<Box<dyn Labels>, String>,
        to: &Post,
    ) -> Option<LedgerWork> {
        loop {
            let Some(labels) = labels.as_mut().ok().filter(|labels| labels.kept().is_some()) else {
                return requests.recv().ok();
            };
            self.tell(labels.kept().unwrap_or_default(), None, to);
            match requests.recv_timeout(LOOK) {
                Ok(request) => return Some(request),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if self.told == 0 => {}
                Err(RecvTimeoutError::Timeout) => match guarded("sending what was kept", || labels.send_kept()) {
                    Ok(Ok(waiting)) => self.tell(waiting, None, to),
                    Ok(Err(why)) | Err(why) => self.tell(labels.kept().unwrap_or_default(), Some(why), to),
                },
            }
        }
    }

    fn tell(&mut self, waiting: usize, why: Option<String>, to: &Post) {
        if waiting != self.told || why.is_some() && why != self.why {
            answer(to, Answer::Waiting { waiting, why: why.clone() });
        }
        self.told = waiting;
        self.why = why.or(self.why.take()).filter(|_| waiting > 0);
    }
}

pub(super) fn serve(
    open: Box<dyn FnOnce() -> Result<Box<dyn Labels>, String> + Send>,
    requests: &Receiver<LedgerWork>,
    to: &Post,
) {
    // Opened at the first request: who looks at the start screen alone may not want a ledger.
    let mut open = Some(open);
    let mut own: Result<Box<dyn Labels>, String> = Err(String::new());
    let mut practice: Option<Result<Box<dyn Labels>, String>> = None;
    // The package on the screen; undo may concern another one.
    let mut shown = String::new();
    let mut case: Option<Arc<Case>> = None;
    let mut waiting = Waiting::default();
    while let Some(request) = waiting.next(requests, &mut own, to) {
        if let LedgerWork::Practice(on) = request {
            let begin = || FileLabels::practice().map(|labels| Box::new(labels) as Box<dyn Labels>);
            practice = on.then(|| guarded("opening the practice ledger", begin).and_then(|r| r));
            (shown, case) = (String::new(), None);
            continue;
        }
        let request = match request {
            // Whatever became of the ledger.
            LedgerWork::Save { path, text } => {
                answer(to, Answer::Marked(saved(&path, &text)));
                continue;
            }
            request => request,
        };
        if practice.is_none()
            && let Some(open) = open.take()
        {
            own = guarded("opening the ledger", open).and_then(|r| r);
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
            LedgerWork::Open | LedgerWork::Practice(_) | LedgerWork::Save { .. } => continue,
            LedgerWork::State(sha256) => {
                shown = sha256;
                let label = labels.state(&shown);
                tell_roles(labels, &shown, to);
                Answer::Label { sha256: shown.clone(), label, second: labels.is_due(&shown) }
            }
            LedgerWork::Label { case: of, decision } => {
                let due = labels.is_due(&of.package.sha256);
                let (label, several) = (decision.label, decision.several);
                let written = labels.label(&of, *decision).map(|_| {
                    let practice = if practising { " for practice only" } else { "" };
                    let done = if labels.kept().is_some_and(|kept| kept > 0) { "Kept" } else { "Recorded" };
                    let said = format!("{done}{practice}: {}.", word(label));
                    (Written::Label { sha256: of.package.sha256.clone(), label, several }, said)
                });
                // With the second opinion given, the first one may be seen.
                if due {
                    tell_spans(labels, case.as_ref(), to);
                    tell_roles(labels, &shown, to);
                }
                Answer::Recorded(Recorded { label: labels.state(&shown), shown: shown.clone(), written })
            }
            LedgerWork::Spans(of) => {
                case = Some(of);
                tell_spans(labels, case.as_ref(), to);
                continue;
            }
            LedgerWork::Mark(marking) => {
                let said = spans::mark(labels, marking);
                tell_spans(labels, case.as_ref(), to);
                Answer::Marked(said)
            }
            LedgerWork::Unmark(event) => {
                let said = spans::unmark(labels, event);
                tell_spans(labels, case.as_ref(), to);
                Answer::Marked(said)
            }
            LedgerWork::Role(set) => {
                let role = set.role.map_or("no role", Into::into);
                let said = format!("Recorded: {role} for {}.", shown_as(&set.indicator, &set.value));
                let result = labels.set_role(set).map(|()| Noted { said, undo: "takes it back" });
                tell_roles(labels, &shown, to);
                Answer::Marked(result)
            }
            LedgerWork::Roles(sets) => {
                let count = many(sets.len(), "indicator", "indicators");
                let role = sets.first().and_then(|set| set.role).map_or("no role", Into::into);
                let done = sets.into_iter().try_for_each(|set| labels.set_role(set));
                tell_roles(labels, &shown, to);
                let said = format!("Recorded: {role} for {count}.");
                Answer::Marked(done.map(|()| Noted { said, undo: "takes back those of the selected rows" }))
            }
            LedgerWork::UndoRoles(sets) => {
                let mut taken = 0;
                let done =
                    sets.iter().try_for_each(|about| labels.undo_role(about).map(|had| taken += usize::from(had)));
                tell_roles(labels, &shown, to);
                let said = format!("Took back {} of {} selected.", many(taken, "role", "roles"), sets.len());
                Answer::Marked(done.map(|()| Noted { said, undo: "" }))
            }
            LedgerWork::Export { path, archives } => {
                Answer::Marked(labels.exported(&archives).and_then(|(text, count)| {
                    let saved = saved(&path, &text)?;
                    let said =
                        format!("{} {} of {} selected.", saved.said, many(count, "label", "labels"), archives.len());
                    Ok(Noted { said, ..saved })
                }))
            }
            LedgerWork::UndoLabels(archives) => {
                let written = undo_labels(labels, &archives);
                Answer::Recorded(Recorded { label: labels.state(&shown), shown: shown.clone(), written })
            }
            LedgerWork::Suppress(suppression) => {
                let said = format!("Hidden from lists: {} in {}.", suppression.rule, suppression.path);
                let result = labels.suppress(suppression);
                tell_spans(labels, case.as_ref(), to);
                Answer::Marked(result.map(|_| Noted { said: escape(&said).into_owned(), undo: "takes it back" }))
            }
            LedgerWork::Classify(of) => {
                Answer::Classified { sha256: of.package.sha256.clone(), classified: Box::new(labels.classified(&of)) }
            }
            LedgerWork::Disputes => Answer::Disputes { asked: true, disputes: labels.disputes() },
            LedgerWork::Adjudicate { sha256, label, reason } => {
                let decided = labels.adjudicate(&sha256, label, &reason);
                answer(to, Answer::Disputes { asked: false, disputes: labels.disputes() });
                let said = format!("Decided: {}.", word(label));
                Answer::Marked(decided.map(|_| Noted { said, undo: "takes it back" }))
            }
            LedgerWork::Redo => {
                let written = redo(labels, &shown);
                tell_spans(labels, case.as_ref(), to);
                tell_roles(labels, &shown, to);
                Answer::Recorded(Recorded { label: labels.state(&shown), shown: shown.clone(), written })
            }
            LedgerWork::Report { case, format, reporter } => {
                let text = guarded("writing the report", || report(&case, &labels.decided(&case), format, &reporter));
                Answer::Reported { sha256: case.package.sha256.clone(), format, text: text.and_then(|text| text) }
            }
            LedgerWork::Similar(case) => {
                let found = guarded("looking for similar cases", || labels.similar(&case)).and_then(|found| found);
                Answer::Similar { sha256: case.package.sha256.clone(), found }
            }
            LedgerWork::Undo { spans_of } => {
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
fn without(request: LedgerWork, why: &str) -> Option<Answer> {
    Some(match request {
        LedgerWork::Open | LedgerWork::Practice(_) | LedgerWork::Save { .. } => return None,
        // What was decided is not known; what the package does is.
        LedgerWork::Report { case, format, reporter } => {
            let text = guarded("writing the report", || report(&case, &Decided::default(), format, &reporter));
            Answer::Reported { sha256: case.package.sha256.clone(), format, text: text.and_then(|text| text) }
        }
        LedgerWork::State(sha256) => Answer::Label { sha256, label: None, second: false },
        // What the steps suggest is known without a ledger.
        LedgerWork::Classify(case) => {
            let classified = Classified { label: None, taxonomy: Taxonomy::proposed(&case), proposed: true };
            Answer::Classified { sha256: case.package.sha256.clone(), classified: Box::new(classified) }
        }
        LedgerWork::Disputes => Answer::Disputes { asked: true, disputes: Err(why.to_owned()) },
        LedgerWork::Similar(case) => {
            Answer::Similar { sha256: case.package.sha256.clone(), found: Err(why.to_owned()) }
        }
        LedgerWork::Spans(case) => Answer::Spans { case, spans: Err(why.to_owned()) },
        LedgerWork::Mark(_)
        | LedgerWork::Unmark(_)
        | LedgerWork::Role(_)
        | LedgerWork::Roles(_)
        | LedgerWork::UndoRoles(_)
        | LedgerWork::Export { .. }
        | LedgerWork::Suppress(_)
        | LedgerWork::Adjudicate { .. } => Answer::Marked(Err(why.to_owned())),
        LedgerWork::Label { .. } | LedgerWork::UndoLabels(_) | LedgerWork::Undo { .. } | LedgerWork::Redo => {
            Answer::Recorded(Recorded { shown: String::new(), label: None, written: Err(why.to_owned()) })
        }
    })
}

/// Says which spans the package on the screen has now.
fn tell_spans(labels: &dyn Labels, case: Option<&Arc<Case>>, to: &Post) {
    if let Some(case) = case {
        let spans = guarded("finding the marked spans", || spans::kept(labels, case));
        // A fault of ours in it hides nothing.
        let hiding = guarded("finding what is hidden", || labels.hiding(case)).unwrap_or_default();
        answer(to, Answer::Hidden { case: Arc::clone(case), hiding: Box::new(hiding) });
        answer(to, Answer::Spans { case: Arc::clone(case), spans });
    }
}

/// Says which roles the indicators of the package on the screen have now.
fn tell_roles(labels: &dyn Labels, shown: &str, to: &Post) {
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
    let of = if sha256 == shown || sha256.is_empty() {
        String::new()
    } else {
        format!(" for another package, {}", escape(&package))
    };
    let said = match what {
        Taken::Label { removed, .. } => format!("Again{of}: {}.", word(removed)),
        Taken::Mark { role, place } => format!("Marked again as {}{of}: {place}.", role_word(role)),
        Taken::Role { value, indicator, now, .. } => {
            format!("Again{of}: {} for {}.", now.map_or("no role", Into::into), shown_as(&indicator, &value))
        }
        Taken::Removal { role, place } => format!("Removed again{of}: {}, {place}.", role_word(role)),
        Taken::Suppression { what, hidden: true } => format!("Hidden again: {}.", escape(&what)),
        Taken::Suppression { what, .. } => format!("Shown again: {}.", escape(&what)),
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
    let of = if sha256 == shown || sha256.is_empty() {
        String::new()
    } else {
        format!(" of another package, {}", escape(&package))
    };
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
        Taken::Suppression { what, hidden: true } => format!("Hidden again: {}.", escape(&what)),
        Taken::Suppression { what, .. } => format!("Shown again: {}.", escape(&what)),
    };
    Ok((Written::Undo { sha256 }, said))
}

/// Takes back the labels of some archives; the first that cannot be written ends it, and what was taken back before stays so.
fn undo_labels(labels: &mut dyn Labels, archives: &[String]) -> Result<(Written, String), String> {
    let mut taken = 0;
    for sha256 in archives {
        taken += usize::from(labels.undo_label(sha256)?.is_some());
    }
    let without = match archives.len() - taken {
        0 => String::new(),
        without => format!(" {without} had no label of yours."),
    };
    let said = format!("Took back {}.{without}", many(taken, "label", "labels"));
    Ok((if taken > 0 { Written::Undone } else { Written::Nothing }, said))
}
