//! One package of a scan.

use std::path::Path;
use std::time::Instant;

use crate::case::Case;
use crate::cli::caught;
use crate::diff::Update;
use crate::model::Model;
use crate::report::scan::Document;
use crate::sandbox::Sandbox;

/// Analyses one package, or what is new in it since a former version. Whatever goes wrong with it, a panic included, is in
/// the document.
pub fn scan(path: &Path, against: Option<&Path>, sandbox: &Sandbox, model: &Model) -> Document {
    let started = Instant::now();
    let mut document = Document::new(path, model);
    let done = caught(|| match against {
        None => {
            let case = read(path, sandbox, model)?.judge(model).map_err(|error| error.to_string())?;
            document.fill(&case);
            Ok(())
        }
        Some(old) => {
            let (old, new) = (read(old, sandbox, model)?, read(path, sandbox, model)?);
            let update = Update::of(&old, &new, model).map_err(|error| error.to_string())?;
            document.fill_update(&old, &new, &update);
            Ok(())
        }
    });
    let failed: Option<String> = match done {
        Ok(done) => done.err(),
        Err(message) => Some(format!("{}: the analysis failed, please report it: {message}", document.path)),
    };
    document.error = failed;
    document.took(started.elapsed());
    document
}

fn read(path: &Path, sandbox: &Sandbox, model: &Model) -> Result<Case, String> {
    sandbox.read(path, model.reading(), &mut |_| {}).map_err(|error| error.to_string())
}
