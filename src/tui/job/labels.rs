//! The ledger's worker: labels are written to the disk without the loop waiting for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use crate::case::Case;
use crate::ledger::{Label, Labelled, Ledger, Undone};

use super::{Answer, Message, Recorded, answer};

/// Where labels are kept.
pub trait Labels: Send {
    /// Records a label.
    ///
    /// # Errors
    /// When it could not be written.
    fn label(&mut self, case: &Case, label: Label, model: Option<(&str, &str)>) -> Result<Option<Label>, String>;

    /// Takes the last label back: what was removed and from which package, and the label that the package has now.
    ///
    /// # Errors
    /// When it could not be written.
    fn undo(&mut self) -> Result<Option<Removed>, String>;

    /// The label of an archive.
    fn state(&self, sha256: &str) -> Option<Label>;
}

/// A label that was taken back.
#[derive(Debug, Clone)]
pub struct Removed {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// Name and version, untrusted.
    pub package: String,
    /// The label that no longer stands.
    pub label: Label,
    /// The label that stands now.
    pub now: Option<Label>,
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
}

impl Labels for FileLabels {
    fn label(&mut self, case: &Case, label: Label, model: Option<(&str, &str)>) -> Result<Option<Label>, String> {
        let labelled = Labelled::new(case, label, model, env!("CARGO_PKG_VERSION"));
        let standing = self.0.label(labelled).map_err(|e| e.to_string())?;
        Ok(standing.map(|s| s.label))
    }

    fn undo(&mut self) -> Result<Option<Removed>, String> {
        let undone = self.0.undo().map_err(|e| e.to_string())?;
        Ok(undone.and_then(|undone| match undone {
            Undone::Label { removed, restored } => Some(Removed {
                package: format!("{} {}", removed.name, removed.version).trim().to_owned(),
                sha256: removed.sha256,
                label: removed.label,
                now: restored.map(|s| s.label),
            }),
            _ => None,
        }))
    }

    fn state(&self, sha256: &str) -> Option<Label> {
        self.0.state(sha256).map(|s| s.label)
    }
}

pub(super) enum Request {
    Label { case: Arc<Case>, label: Label, model: Option<(String, String)> },
    Undo,
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
    let mut labels = super::guarded("opening the ledger", open).and_then(|r| r);
    // The package on the screen; undo may concern another one.
    let mut shown = String::new();
    while let Ok(request) = requests.recv() {
        let reply = match (&mut labels, request) {
            (Ok(labels), Request::State(sha256)) => {
                shown = sha256;
                Answer::Label(labels.state(&shown))
            }
            (Err(_), Request::State(_)) => Answer::Label(None),
            (Ok(labels), Request::Label { case, label, model }) => {
                let model = model.as_ref().map(|(name, hash)| (name.as_str(), hash.as_str()));
                Answer::Recorded(match labels.label(&case, label, model) {
                    Ok(now) => Ok((now, format!("Recorded: {}. u takes it back.", word(label)))),
                    Err(why) => Err((labels.state(&shown), why)),
                })
            }
            (Ok(labels), Request::Undo) => Answer::Recorded(undo(labels.as_mut(), &shown)),
            (Err(why), _) => Answer::Recorded(Err((None, why.clone()))),
        };
        answer(to, reply);
    }
}

fn undo(labels: &mut dyn Labels, shown: &str) -> Recorded {
    match labels.undo() {
        Ok(None) => Ok((labels.state(shown), "There is no label of yours to take back.".to_owned())),
        Ok(Some(removed)) => {
            let now = removed.now.map_or("no label now", word);
            let of = if removed.sha256 == shown {
                String::new()
            } else {
                format!(" of another package, {}", crate::text::escape(&removed.package))
            };
            Ok((labels.state(shown), format!("Took back {}{of}: {now}.", word(removed.label))))
        }
        Err(why) => Err((labels.state(shown), why)),
    }
}
