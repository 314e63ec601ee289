//! Everything else one can point at, beside the steps: archive tricks, hidden characters, the shape of files, programs among
//! them, what is odd in the manifest, what was skipped and why; and the indicators ([`indicator`]).

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::behavior::Sequence;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text::Span;

pub mod binary;
pub mod hidden;
pub mod indicator;
mod manifest;
mod model_file;
mod offscreen;
pub mod preview;
mod prompt;
mod structure;

pub use indicator::{Indicator, Origin, Place, Role};

/// Most pieces of evidence of one kind told one by one.
const EACH: usize = 50;
/// The same of a kind that a file may have many of, of which one may be a decoy.
const TRICKS: usize = 1000;

/// What sort of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A trick or inconsistency of the archive.
    Archive,
    /// Control, bidi or zero-width characters in a text, or letters that pass for others.
    HiddenCharacters,
    /// Code pushed out of sight by blanks.
    OffScreen,
    /// A line of code that nobody wrote by hand.
    GiantLine,
    /// A code file that nobody reads.
    GiantFile,
    /// A program or library.
    Binary,
    /// Something odd in what the package says of itself.
    Manifest,
    /// A file that was read in spite of errors in it.
    Partial,
    /// Something was not analysed.
    Skipped,
    /// A machine-learning model that holds data alone.
    Model,
    /// One of which loading runs code, or follows a path that leads elsewhere.
    ModelRuns,
    /// Text that tells a model how to judge the package, or an agent what to do.
    Prompt,
    /// Another scanner points at it.
    Finding,
    /// What a registry says of the package does not fit it.
    Registry,
}

impl Kind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::Prompt,
        Self::ModelRuns,
        Self::Registry,
        Self::Finding,
        Self::Archive,
        Self::Manifest,
        Self::HiddenCharacters,
        Self::OffScreen,
        Self::Binary,
        Self::Model,
        Self::GiantLine,
        Self::GiantFile,
        Self::Partial,
        Self::Skipped,
    ];

    /// The kind in a word or two.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::HiddenCharacters => "hidden",
            Self::OffScreen => "off screen",
            Self::GiantLine => "giant line",
            Self::GiantFile => "giant file",
            Self::Binary => "binary",
            Self::Manifest => "manifest",
            Self::Partial => "in part",
            Self::Skipped => "skipped",
            Self::Model => "model",
            Self::ModelRuns => "model runs",
            Self::Prompt => "prompt",
            Self::Finding => "finding",
            Self::Registry => "registry",
        }
    }
}

/// One thing an analyst can point at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its sort.
    pub kind: Kind,
    /// One plain sentence; may quote untrusted text, escape before showing.
    pub what: String,
    /// The document it stands in, where there is one.
    pub doc: Option<Doc>,
    /// The bytes in that document.
    pub span: Option<Span>,
    /// Who says it, where it was not found here.
    pub reported: Option<Reported>,
}

/// Who points at something beside this program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Names of the tools, untrusted.
    pub sources: Vec<String>,
    /// The gravest that any of them calls it.
    pub level: Level,
    /// Codes of the behaviors that were found here at the same place.
    pub ours: Vec<String>,
}

/// How grave another tool calls what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A note.
    Low,
    /// A warning.
    Medium,
    /// An alarm.
    High,
}

/// Gathers the evidence of a package, kind by kind, a bounded number of each kind and how many more there are.
#[must_use]
pub fn collect(package: &Package, sequence: &Sequence) -> Vec<Evidence> {
    let doc = |path: &str| package.by_path(path).map(Doc::File);
    let about = |path: &str, what: &str| if path.is_empty() { what.to_owned() } else { format!("{path}: {what}") };
    let told = |kind: Kind, path: &str, what: &str| Evidence {
        kind,
        what: about(path, what),
        doc: doc(path),
        span: None,
        reported: None,
    };
    let mut all: Vec<Evidence> =
        package.oddities.iter().map(|oddity| told(Kind::Archive, &oddity.path, &oddity.what)).collect();
    all.extend(manifest::in_package(package));
    all.extend(hidden::in_names(package));
    let in_file =
        |(at, file)| [hidden::in_file(at, file), structure::in_file(at, file), prompt::in_file(at, file)].concat();
    let of_files: Vec<Vec<Evidence>> = package.files.par_iter().enumerate().map(in_file).collect();
    all.extend(of_files.into_iter().flatten());
    all.extend(binary::in_package(package));
    all.extend(model_file::in_package(package));
    all.extend(sequence.partial.iter().map(|skip| told(Kind::Partial, &skip.path, &skip.reason)));
    let skipped = package.skipped.iter().chain(&sequence.skipped);
    all.extend(skipped.map(|skip| told(Kind::Skipped, &skip.path, &skip.reason)));
    let place = |evidence: &Evidence| Kind::ALL.iter().position(|kind| *kind == evidence.kind);
    all.sort_by_key(place);
    all.chunk_by(|a, b| a.kind == b.kind).flat_map(capped).collect()
}

/// So many of one kind, from each file alike, and how many more. What was skipped is told in full.
fn capped(same: &[Evidence]) -> Vec<Evidence> {
    let Some(kind) = same.first().map(|first| first.kind) else { return Vec::new() };
    let most = match kind {
        Kind::Skipped => usize::MAX,
        Kind::HiddenCharacters | Kind::OffScreen | Kind::Archive => TRICKS,
        _ => EACH,
    };
    let mut of_file: HashMap<Option<Doc>, usize> = HashMap::new();
    let mut turns: Vec<(usize, usize)> = Vec::with_capacity(same.len());
    for (index, evidence) in same.iter().enumerate() {
        let turn = of_file.entry(evidence.doc).or_default();
        turns.push((*turn, index));
        *turn += 1;
    }
    turns.sort_unstable();
    turns.truncate(most);
    turns.sort_unstable_by_key(|(_, index)| *index);
    let mut told: Vec<Evidence> = turns.into_iter().filter_map(|(_, index)| same.get(index).cloned()).collect();
    let more = same.len() - told.len();
    if more > 0 {
        told.push(Evidence {
            kind,
            what: format!("{more} more of the same kind"),
            doc: None,
            span: None,
            reported: None,
        });
    }
    told
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::package::{Ecosystem, File, Loss, Manifest, Oddity, Skip};

    pub(crate) fn package() -> Package {
        Package {
            path: "x.tgz".to_owned(),
            archive: String::new(),
            sha256: String::new(),
            size: 0,
            ecosystem: Ecosystem::Npm,
            name: None,
            version: None,
            root: String::new(),
            tops: Vec::new(),
            files: vec![File { path: "a.js".to_owned(), bytes: [].into(), source: None }],
            manifest: Manifest::default(),
            entries: Vec::new(),
            oddities: vec![Oddity::new("a.js", "odd"), Oddity::new("", "trailing")],
            skipped: vec![Skip::new(Loss::Member, "gone.js", "too large")],
        }
    }

    #[test]
    fn oddities_and_skips_point_at_their_file() {
        let skip = Skip::new(Loss::Walk, "a.js", "too deep");
        let partial = Skip::new(Loss::Parser, "a.js", "syntax errors");
        let sequence = Sequence { skipped: vec![skip], partial: vec![partial], ..Sequence::default() };
        let found: Vec<_> = collect(&package(), &sequence).into_iter().map(|e| (e.kind, e.what, e.doc)).collect();
        let expected = [
            (Kind::Archive, "a.js: odd", Some(Doc::File(0))),
            (Kind::Archive, "trailing", None),
            (Kind::Partial, "a.js: syntax errors", Some(Doc::File(0))),
            (Kind::Skipped, "gone.js: too large", None),
            (Kind::Skipped, "a.js: too deep", Some(Doc::File(0))),
        ];
        assert_eq!(found, expected.map(|(kind, what, doc)| (kind, what.to_owned(), doc)));
    }

    #[test]
    fn many_of_one_kind_are_counted() {
        let one = Evidence { kind: Kind::GiantLine, what: "long".to_owned(), doc: None, span: None, reported: None };
        let told = capped(&vec![one; EACH + 3]);
        assert_eq!((told.len(), told.last().unwrap().what.as_str()), (EACH + 1, "3 more of the same kind"));
        let of = |file| Evidence {
            kind: Kind::OffScreen,
            doc: Some(Doc::File(file)),
            what: String::new(),
            span: None,
            reported: None,
        };
        let many = [vec![of(0); TRICKS + 3], vec![of(1); 2]].concat();
        let told = capped(&many);
        assert_eq!(told.iter().filter(|e| e.doc == Some(Doc::File(1))).count(), 2, "a file of many hides no other");
        assert_eq!((told.len(), told.last().unwrap().what.as_str()), (TRICKS + 1, "5 more of the same kind"));
    }
}
