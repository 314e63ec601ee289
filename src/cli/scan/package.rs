//! One package of a scan.

use std::path::Path;
use std::time::Instant;

use crate::case::Case;
use crate::cli::caught;
use crate::model::Model;
use crate::report::scan::Document;
use crate::sandbox::Sandbox;

/// Analyses one package. Whatever goes wrong with it, a panic included, is in the document.
pub fn scan(path: &Path, sandbox: &Sandbox, model: &Model) -> Document {
    let started = Instant::now();
    let mut document = Document::new(path, model);
    match caught(|| analyse(path, sandbox, model)) {
        Ok(Ok(case)) => document.fill(&case),
        Ok(Err(error)) => document.error = Some(error),
        Err(message) => {
            document.error = Some(format!("{}: the analysis failed, please report it: {message}", document.path));
        }
    }
    document.took(started.elapsed());
    document
}

fn analyse(path: &Path, sandbox: &Sandbox, model: &Model) -> Result<Case, String> {
    let case = sandbox.read(path, model.reading(), &mut |_| {}).map_err(|error| error.to_string())?;
    case.judge(model).map_err(|error| error.to_string())
}
