//! The one pipeline that the workbench and every subcommand call: bytes to [`Case`].

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::behavior::{ModelText, Sequence};
use crate::evidence::Evidence;
use crate::model::Judgement;
use crate::package::Package;

/// What the tool says of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The probability reaches the threshold.
    Malicious,
    /// It does not.
    Benign,
    /// There was too little to judge from: see [`Case::why_not_judged`].
    CannotJudge,
}

/// Wall time per stage.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Reading and unpacking the archive.
    pub open: Duration,
    /// Parsing and lowering.
    pub syntax: Duration,
    /// Interpreting.
    pub behavior: Duration,
    /// Tokenizing and the model.
    pub model: Duration,
}

/// Everything known about one package. Stages arrive one by one; each part is immutable and shared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// The files and what runs them.
    pub package: Arc<Package>,
    /// What they do.
    pub sequence: Arc<Sequence>,
    /// What the model reads.
    pub text: Arc<ModelText>,
    /// What else one can point at.
    pub evidence: Arc<Vec<Evidence>>,
    /// What the model says; `None` while [`State::CannotJudge`] was decided without it.
    pub judgement: Option<Arc<Judgement>>,
    /// The verdict of the tool.
    pub state: State,
    /// For [`State::CannotJudge`]: the rule that applied, one plain sentence.
    pub why_not_judged: Option<String>,
    /// Wall time per stage.
    pub timing: Timing,
}
