//! What a registry keeps of a package: its releases, and what of them is to be told.

use serde::{Deserialize, Serialize};

use super::Case;
use crate::evidence::{Evidence, Kind};
use crate::syntax::Doc;

/// The releases of a package and what they tell of this one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The oldest first.
    pub releases: Vec<Release>,
    /// Index of the release that was opened.
    pub current: Option<usize>,
    /// What an analyst wants to know of it, one sentence each, untrusted.
    pub facts: Vec<Fact>,
    /// What the registry says otherwise than the package, one sentence each with both values, untrusted.
    pub mismatches: Vec<String>,
}

/// One version as it was published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its version, untrusted.
    pub version: String,
    /// When it was published, RFC 3339 in UTC; empty where that is not known.
    pub time: String,
    /// Who published it, untrusted; empty where that is not known.
    pub publisher: String,
    /// Names of the scripts that run on installation, untrusted.
    pub scripts: Vec<String>,
    /// Whether it comes with an attestation of where it was built; `None` where that is not told.
    pub attested: Option<bool>,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
}

/// A sentence on a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The sentence, untrusted.
    pub text: String,
    /// Whether it speaks for a second look.
    pub telling: bool,
}

/// The mismatches as evidence, at the manifest where there is one.
pub(super) fn evidence(case: &Case, history: &History) -> Vec<Evidence> {
    let doc = case.package.manifest.file.map(Doc::File);
    let of = |what: &String| Evidence { kind: Kind::Registry, what: what.clone(), doc, span: None, reported: None };
    history.mismatches.iter().map(of).collect()
}
