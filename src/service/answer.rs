//! What can be asked of a package, and the answers.

use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::case::Case;
use crate::model::Model;
use crate::model::explain::{Choice, Method};
use crate::package;
use crate::report::{Decided, Dossier, Format, Reporter, explain, iocs, sequence};
use crate::sandbox::Sandbox;
use crate::scan::{Cache, How, Input, caught};
use crate::text::json_ascii;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Is it malware?
    Scan,
    /// What does it do?
    Sequence,
    /// Why is it judged so?
    Explain,
    /// Which addresses, hashes and names does it hold?
    Iocs,
    /// What would one send?
    Report,
}

impl Asked {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Scan, Self::Sequence, Self::Explain, Self::Iocs, Self::Report];

    /// Where it is asked.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Scan => "/scan",
            Self::Sequence => "/sequence",
            Self::Explain => "/explain",
            Self::Iocs => "/iocs",
            Self::Report => "/report",
        }
    }

    /// What comes back, in a sentence.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Scan => "The verdict on a package; a package that cannot be read is an answer with `error`.",
            Self::Sequence => "The behavior sequence of a package, with evidence, indicators and what was skipped.",
            Self::Explain => "Which steps speak for malicious and which against.",
            Self::Iocs => "The indicators of a package.",
            Self::Report => "A report of a package.",
        }
    }

    /// The schema of the answer, where it is always the same.
    #[must_use]
    pub fn schema(self) -> Option<&'static str> {
        match self {
            Self::Scan => Some("cerebro-scan/1"),
            Self::Sequence => Some("cerebro-sequence/1"),
            Self::Explain => Some("cerebro-explain/1"),
            Self::Iocs => Some("cerebro-iocs/1"),
            Self::Report => None,
        }
    }
}

/// What a question says beside the archive.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// File name of the archive: name and version are told by it where the package does not.
    pub name: Option<String>,
    /// For reports: for whom.
    pub format: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its media type.
    pub kind: &'static str,
    /// Its text.
    pub text: String,
}

/// What answers.
pub struct Desk {
    /// What reads packages.
    pub sandbox: Sandbox,
    /// What judges them.
    pub model: Model,
    /// What is known from before.
    pub cache: Option<Cache>,
    /// Who reports.
    pub reporter: Reporter,
}

impl Desk {
    /// The model, as documents name it.
    #[must_use]
    pub fn model(&self) -> Value {
        json!({"name": self.model.name(), "hash": self.model.hash()})
    }

    /// Answers a question about an archive.
    ///
    /// # Errors
    /// Why there is no answer: the package cannot be read, or must not be reported as it is.
    pub fn answer(&self, asked: Asked, options: &Options, bytes: Vec<u8>) -> Result<Answer, String> {
        caught(|| self.try_answer(asked, options, bytes))
            .unwrap_or_else(|why| Err(format!("the analysis failed, please report it: {why}")))
    }

    fn try_answer(&self, asked: Asked, options: &Options, bytes: Vec<u8>) -> Result<Answer, String> {
        let name = options.name.clone().unwrap_or_else(|| "package".to_owned());
        if asked == Asked::Scan {
            let (sandbox, model, cache) = (&self.sandbox, &self.model, self.cache.as_ref());
            let how = How { sandbox, model, cache, against: None, findings: false, others: None };
            return json_answer(&how.scan(Input::Bytes { name, bytes }).document);
        }
        let case = self
            .sandbox
            .read_raw(package::in_memory(&name, bytes), self.model.reading(), &mut |_| {})
            .map_err(|error| error.to_string())?;
        match asked {
            Asked::Scan | Asked::Sequence => json_answer(&sequence::Document::new(&case)),
            Asked::Explain => self.explain(case),
            Asked::Iocs => {
                let decided = Decided::default();
                json_answer(&iocs::Document::new(&Dossier { case: &case, decided: &decided, reporter: &self.reporter }))
            }
            Asked::Report => self.report(case, options),
        }
    }

    fn explain(&self, case: Case) -> Result<Answer, String> {
        let case = case.judge(&self.model).map_err(|error| error.to_string())?;
        let verdict = case.verdict.as_ref();
        let Some(judgement) = verdict.and_then(|verdict| verdict.judgement.as_ref()) else {
            let why = verdict.and_then(|verdict| verdict.why.as_deref()).unwrap_or("the model read nothing");
            return Err(format!("there is nothing to explain: {why}"));
        };
        let explanation = self.model.explain(&case.text, Method::DEFAULT, Choice::default());
        let explanation = explanation.map_err(|error| error.to_string())?;
        json_answer(&explain::Document::new(&case, &self.model, judgement, &explanation))
    }

    fn report(&self, case: Case, options: &Options) -> Result<Answer, String> {
        let wanted = options.format.as_deref().unwrap_or("markdown");
        let format = Format::from_str(wanted, false).map_err(|_| {
            let known: Vec<&str> = Format::value_variants().iter().map(|format| format.word()).collect();
            format!("format: there is no {wanted:?}; choose from {}", known.join(", "))
        })?;
        let case = case.judge(&self.model).map_err(|error| error.to_string())?;
        // The service knows no ledger: it says what the program found.
        let decided = Decided::default();
        let dossier = Dossier { case: &case, decided: &decided, reporter: &self.reporter };
        let text = format.write(&dossier, false).map_err(|refused| refused.to_string())?;
        let kind = match format.ending() {
            "md" => "text/markdown; charset=utf-8",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/json",
        };
        Ok(Answer { kind, text })
    }
}

fn json_answer(document: &impl Serialize) -> Result<Answer, String> {
    let value = serde_json::to_value(document).map_err(|error| error.to_string())?;
    Ok(Answer { kind: "application/json", text: json_ascii(&value) })
}
