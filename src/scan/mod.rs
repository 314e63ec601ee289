//! One package from its bytes to what is said of it: fetched, read in the sandbox, judged, and remembered.
//!
//! `cerebro scan`, its worker forms and the service call this; none of them knows more of a package than the [`Document`].

use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use crate::case::Case;
use crate::diff::Update;
use crate::external::{self, Named};
use crate::model::Model;
use crate::package::RawPackage;
use crate::report::scan::Document;
use crate::report::{Decided, sarif};
use crate::sandbox::Sandbox;

pub mod cache;
mod caught;
pub mod input;
pub mod lockfile;

pub use cache::Cache;
pub use caught::caught;
pub use input::Input;

/// What a scan found out of one package.
#[derive(Debug)]
pub struct Scanned {
    /// What is said of it.
    pub document: Document,
    /// Its findings, if they are wanted.
    pub findings: Option<Value>,
    /// Why its answer is not known the next time, although it should be.
    pub forgotten: Option<String>,
}

/// How packages are scanned.
#[derive(Clone, Copy)]
pub struct How<'h> {
    /// What reads them.
    pub sandbox: &'h Sandbox,
    /// What judges them.
    pub model: &'h Model,
    /// What former scans said.
    pub cache: Option<&'h Cache>,
    /// A former version: only what is new since then is judged.
    pub against: Option<&'h Path>,
    /// Whether the findings are wanted, too.
    pub findings: bool,
    /// What others say of a package that lies on the disk: these files and those beside it. `None` where only its bytes count.
    pub others: Option<&'h Named>,
}

impl How<'_> {
    /// Analyses one package. Whatever goes wrong with it, a panic included, is in the document.
    pub fn scan(&self, input: Input) -> Scanned {
        let started = Instant::now();
        let place = match &input {
            Input::Path(path) => Some(path.clone()),
            _ => None,
        };
        let told = |case| match (self.others, &place) {
            (Some(named), Some(path)) => external::attach(case, path, named),
            _ => case,
        };
        let mut document = Document::new(&input.shown(), self.model);
        let (mut findings, mut forgotten) = (None, None);
        let done = caught(|| -> Result<(), String> {
            let raw = input.fetch(self.sandbox)?;
            let known = self.cache.and_then(|cache| {
                let (archive, name) = raw.identity()?;
                Some((cache, archive, name.to_owned()))
            });
            if let Some((cache, archive, name)) = &known {
                match cache.get(archive, name).map(|text| text.as_deref().map(serde_json::from_str::<Document>)) {
                    Ok(Some(Ok(answer))) => {
                        document.recall(answer);
                        return Ok(());
                    }
                    Ok(None) => {}
                    // An answer that cannot be read is given anew.
                    Ok(Some(Err(error))) => forgotten = Some(error.to_string()),
                    Err(error) => forgotten = Some(error.to_string()),
                }
            }
            let case = told(self.read(raw)?);
            if let Some(old) = self.against {
                let old = self.read(self.sandbox.fetch(old).map_err(|error| error.to_string())?)?;
                let update = Update::of(&old, &case, self.model).map_err(|error| error.to_string())?;
                document.fill_update(&old, &case, &update);
                findings = self.findings_of(&case);
                return Ok(());
            }
            let case = case.judge(self.model).map_err(|error| error.to_string())?;
            document.fill(&case);
            findings = self.findings_of(&case);
            if let Some((cache, archive, name)) = &known {
                let text = serde_json::to_string(&document).map_err(|error| error.to_string());
                let kept = text.and_then(|text| cache.put(archive, name, &text).map_err(|error| error.to_string()));
                forgotten = kept.err();
            }
            Ok(())
        });
        let failed: Option<String> = match done {
            Ok(done) => done.err(),
            Err(message) => Some(format!("{}: the analysis failed, please report it: {message}", document.path)),
        };
        document.error = failed;
        document.took(started.elapsed());
        if let Some(error) = document.error.as_deref().filter(|_| self.findings) {
            findings = Some(sarif::failed(&document.path, error));
        }
        Scanned { document, findings, forgotten }
    }

    /// A scan knows no ledger: it says what the program found.
    fn findings_of(&self, case: &Case) -> Option<Value> {
        self.findings.then(|| sarif::run(case, &Decided::default()))
    }

    fn read(&self, raw: RawPackage) -> Result<Case, String> {
        self.sandbox.read_raw(raw, self.model.reading(), &mut |_| {}).map_err(|error| error.to_string())
    }
}
