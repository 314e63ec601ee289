//! One package of a scan.

use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use crate::case::Case;
use crate::cli::caught;
use crate::diff::Update;
use crate::model::Model;
use crate::report::scan::Document;
use crate::report::{Decided, sarif};
use crate::sandbox::Sandbox;

/// What a scan found out of one package.
#[derive(Debug)]
pub struct Scanned {
    /// What is said of it.
    pub document: Document,
    /// Its findings, if they are wanted.
    pub findings: Option<Value>,
}

/// Analyses one package, or what is new in it since a former version. Whatever goes wrong with it, a panic included, is in
/// the document. `wanted` says whether its findings are.
pub fn scan(path: &Path, against: Option<&Path>, sandbox: &Sandbox, model: &Model, wanted: bool) -> Scanned {
    let started = Instant::now();
    let mut document = Document::new(path, model);
    let mut findings = None;
    // A scan knows no ledger: it says what the program found.
    let found = |case: &Case| wanted.then(|| sarif::run(case, &Decided::default()));
    let done = caught(|| match against {
        None => {
            let case = read(path, sandbox, model)?.judge(model).map_err(|error| error.to_string())?;
            document.fill(&case);
            findings = found(&case);
            Ok(())
        }
        Some(old) => {
            let (old, new) = (read(old, sandbox, model)?, read(path, sandbox, model)?);
            let update = Update::of(&old, &new, model).map_err(|error| error.to_string())?;
            document.fill_update(&old, &new, &update);
            findings = found(&new);
            Ok(())
        }
    });
    let failed: Option<String> = match done {
        Ok(done) => done.err(),
        Err(message) => Some(format!("{}: the analysis failed, please report it: {message}", document.path)),
    };
    document.error = failed;
    document.took(started.elapsed());
    if let Some(error) = document.error.as_deref().filter(|_| wanted) {
        findings = Some(sarif::failed(&document.path, error));
    }
    Scanned { document, findings }
}

fn read(path: &Path, sandbox: &Sandbox, model: &Model) -> Result<Case, String> {
    sandbox.read(path, model.reading(), &mut |_| {}).map_err(|error| error.to_string())
}
