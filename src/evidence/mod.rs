//! Everything else one can point at, beside the steps: archive tricks, hidden characters, what was skipped and why.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::behavior::Sequence;
use crate::package::Package;
use crate::syntax::Doc;
use crate::text::Span;

mod hidden;

/// What sort of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A trick or inconsistency of the archive.
    Archive,
    /// Control, bidi or zero-width characters in a text.
    HiddenCharacters,
    /// Something was not analysed.
    Skipped,
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
}

/// Gathers the evidence of a package: tricks of the archive, hidden characters file by file, then what was not analysed.
#[must_use]
pub fn collect(package: &Package, sequence: &Sequence) -> Vec<Evidence> {
    let doc = |path: &str| package.by_path(path).map(Doc::File);
    let about = |path: &str, what: &str| if path.is_empty() { what.to_owned() } else { format!("{path}: {what}") };
    let archive = package.oddities.iter().map(|oddity| Evidence {
        kind: Kind::Archive,
        what: about(&oddity.path, &oddity.what),
        doc: doc(&oddity.path),
        span: None,
    });
    let skipped = package.skipped.iter().chain(&sequence.skipped).map(|skip| Evidence {
        kind: Kind::Skipped,
        what: about(&skip.path, &skip.reason),
        doc: doc(&skip.path),
        span: None,
    });
    let of_files: Vec<Vec<Evidence>> =
        package.files.par_iter().enumerate().map(|(at, file)| hidden::in_file(at, file)).collect();
    archive.chain(of_files.into_iter().flatten()).chain(skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Ecosystem, File, Manifest, Oddity, Skip};

    fn package() -> Package {
        Package {
            path: "x.tgz".to_owned(),
            sha256: String::new(),
            size: 0,
            ecosystem: Ecosystem::Npm,
            name: None,
            version: None,
            root: String::new(),
            files: vec![File { path: "a.js".to_owned(), bytes: [].into(), source: None }],
            manifest: Manifest::default(),
            entries: Vec::new(),
            oddities: vec![
                Oddity { path: "a.js".to_owned(), what: "odd".to_owned() },
                Oddity { path: String::new(), what: "trailing".to_owned() },
            ],
            skipped: vec![Skip { path: "gone.js".to_owned(), reason: "too large".to_owned() }],
        }
    }

    #[test]
    fn oddities_and_skips_point_at_their_file() {
        let skip = Skip { path: "a.js".to_owned(), reason: "too deep".to_owned() };
        let sequence = Sequence { skipped: vec![skip], ..Sequence::default() };
        let found: Vec<_> = collect(&package(), &sequence).into_iter().map(|e| (e.kind, e.what, e.doc)).collect();
        let expected = [
            (Kind::Archive, "a.js: odd", Some(Doc::File(0))),
            (Kind::Archive, "trailing", None),
            (Kind::Skipped, "gone.js: too large", None),
            (Kind::Skipped, "a.js: too deep", Some(Doc::File(0))),
        ];
        assert_eq!(found, expected.map(|(kind, what, doc)| (kind, what.to_owned(), doc)));
    }
}
