//! The options that name what others say of a package.

use std::path::{Path, PathBuf};

use crate::case::Case;
use crate::external::{self, ExternalError, Named};

/// Files of others, beside those that lie beside the package.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Others {
    /// What other scanners found in it, or a run elsewhere saw: GuardDog, SARIF, YARA-X, malcontent, package-analysis.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    findings: Vec<PathBuf>,
    /// What its registry keeps of it, as JSON: a packument of npm, the JSON of PyPI, attestations.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    metadata: Vec<PathBuf>,
}

impl Others {
    /// The files, each looked into.
    ///
    /// # Errors
    /// When one of them cannot be read, or says nothing that is understood.
    pub fn named(&self) -> Result<Named, ExternalError> {
        Named::new(&[self.findings.as_slice(), self.metadata.as_slice()].concat())
    }

    /// Whether any is named.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.findings.is_empty() || !self.metadata.is_empty()
    }
}

/// The case with what the files say, and those beside the package.
#[must_use]
pub fn attach(case: Case, path: &Path, named: &Named) -> Case {
    external::attach(case, path, named)
}
