//! The one pipeline that the workbench and every subcommand call: package to [`Case`].

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tracing::debug;

use crate::behavior::{self, ModelText, Part, Reading, Sequence, Watch};
use crate::evidence::{self, Evidence, Indicator};
use crate::model::{Judgement, Model, ModelError};
use crate::package::{File, Package, Skip};
use crate::syntax::Doc;
use crate::text::Source;

use external::External;
use story::Sentence;

mod by_hand;
pub mod external;
mod literals;
mod padding;
pub mod ranking;
mod rules;
pub mod search;
pub mod similar;
pub mod story;

pub use by_hand::{Kept, MAX_BY_HAND, MAX_BYTES_BY_HAND};
pub use rules::{CLEARLY_BENIGN, FEW_STEPS, Rule};

/// What the tool says of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The probability reaches the threshold.
    Malicious,
    /// It does not.
    Benign,
    /// There was too little to judge from: [`Verdict::why`] names the [`Rule`].
    CannotJudge,
}

impl State {
    /// The answer in a word, as JSON and the ledger have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Benign => "benign",
            Self::CannotJudge => "cannot_judge",
        }
    }

    /// The answer that a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Malicious, Self::Benign, Self::CannotJudge].into_iter().find(|state| state.word() == word)
    }
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

/// The tool's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// The three-valued answer.
    pub state: State,
    /// For [`State::CannotJudge`]: the rule that applied, one plain sentence.
    pub why: Option<String>,
    /// What the model said; `None` where there was no code to judge from.
    pub judgement: Option<Arc<Judgement>>,
}

/// Everything known about one package. Each part is immutable and shared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// The files and what runs them.
    pub package: Arc<Package>,
    /// What they do.
    pub sequence: Arc<Sequence>,
    /// How the package was read.
    pub reading: Reading,
    /// What the model reads.
    pub text: Arc<ModelText>,
    /// What else one can point at.
    pub evidence: Arc<Vec<Evidence>>,
    /// Addresses, tokens, paths and the like, the most telling first.
    pub indicators: Arc<Vec<Indicator>>,
    /// All of it in one to four sentences. They are made with the trees of the files, where the package is read.
    #[serde(default)]
    pub brief: Arc<Vec<Sentence>>,
    /// What others say of it, beside what was found here. Nothing of it is part of the text or of the verdict.
    #[serde(default)]
    pub external: Arc<External>,
    /// The tool's answer, `None` until the model has read the text.
    pub verdict: Option<Verdict>,
    /// Wall time per stage.
    pub timing: Timing,
}

impl Case {
    /// Extracts the sequence and the evidence: everything that needs no model. `open` is the time that opening took.
    #[must_use]
    pub fn read(package: Arc<Package>, open: Duration, reading: &Reading) -> Self {
        Self::read_watched(package, open, reading, &|_| {})
    }

    /// The same for one who waits: `watch` hears how far it is.
    #[must_use]
    pub fn read_watched(package: Arc<Package>, open: Duration, reading: &Reading, watch: Watch<'_>) -> Self {
        let extraction = behavior::extract_watched(&package, reading, watch);
        let mut sequence = extraction.sequence;
        // Texts for people: they add no step, so the model reads nothing of them.
        if reading.has(Part::Folding) {
            literals::decode(&package, &mut sequence);
        }
        let (indicators, skips) = evidence::indicator::collect(&package, &sequence);
        sequence.skipped.extend(skips);
        let sequence = Arc::new(sequence);
        let text = Arc::new(behavior::compose(&package, &sequence, reading));
        let evidence = Arc::new(evidence::collect(&package, &sequence));
        let timing =
            Timing { open, syntax: extraction.syntax, behavior: extraction.behavior, model: Duration::default() };
        let (reading, indicators, brief) = (reading.clone(), Arc::new(indicators), Arc::default());
        let (syntax_ms, behavior_ms) = (timing.syntax.as_millis(), timing.behavior.as_millis());
        debug!(sha256 = %package.sha256, steps = sequence.steps.len(), syntax_ms, behavior_ms, "the code is read");
        let external = Arc::default();
        let mut case =
            Self { package, sequence, reading, text, evidence, indicators, brief, external, verdict: None, timing };
        case.brief = Arc::new(story::brief(&case));
        case
    }

    /// Lets the model read the text; a model that was trained on another reading has the package read its way.
    ///
    /// # Errors
    /// When the device fails (out of memory, lost GPU).
    pub fn judge(mut self, model: &Model) -> Result<Self, ModelError> {
        if self.reading != *model.reading() {
            let external = self.external;
            self = Self::read(self.package, self.timing.open, model.reading()).with_external(external);
        }
        let started = Instant::now();
        self.verdict = Some(match Rule::before(&self) {
            Some(rule) => Verdict { state: State::CannotJudge, why: Some(rule.sentence()), judgement: None },
            None => {
                let judgement = model.judge(&self.text)?;
                let malicious = judgement.probability >= judgement.threshold;
                let rule = if malicious { None } else { Rule::after(&self, judgement.probability) };
                let state = match &rule {
                    Some(_) => State::CannotJudge,
                    None if malicious => State::Malicious,
                    None => State::Benign,
                };
                Verdict { state, why: rule.map(|rule| rule.sentence()), judgement: Some(Arc::new(judgement)) }
            }
        });
        self.timing.model = started.elapsed();
        let state = self.verdict.as_ref().map(|verdict| verdict.state);
        debug!(sha256 = %self.package.sha256, model_ms = self.timing.model.as_millis(), ?state, "the model has read");
        Ok(self)
    }

    /// The text of a file or layer, `None` for binary content.
    #[must_use]
    pub fn source(&self, doc: Doc) -> Option<&Arc<Source>> {
        match doc {
            Doc::File(file) => self.package.source(file),
            Doc::Layer(layer) => self.sequence.layers.get(layer)?.text(),
        }
    }

    /// The file itself, or the one in which a layer's chain of parents begins.
    #[must_use]
    pub fn file_of(&self, doc: Doc) -> Option<&File> {
        self.package.files.get(self.sequence.file_of(doc)?)
    }

    /// Everything that was not read or not analysed, each once.
    #[must_use]
    pub fn skipped(&self) -> Vec<&Skip> {
        fn key(skip: &Skip) -> (&str, &str) {
            (&skip.path, &skip.reason)
        }
        let mut skipped: Vec<&Skip> = self.package.skipped.iter().collect();
        let mut known: HashSet<(&str, &str)> = skipped.iter().map(|skip| key(skip)).collect();
        skipped.extend(self.sequence.skipped.iter().filter(|skip| known.insert(key(skip))));
        skipped
    }
}
