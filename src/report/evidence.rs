//! A piece of evidence, as the documents tell it.

use serde::Serialize;

use super::place::Place;
use crate::case::Case;
use crate::evidence::{self, Kind, Level};

/// What else one can point at, with its place.
#[derive(Debug, Serialize)]
pub struct Evidence<'a> {
    kind: Kind,
    what: &'a str,
    /// Where it stands; `None` for what concerns the whole package.
    place: Option<Place<'a>>,
    /// The tools that say it; empty where it was found here.
    sources: &'a [String],
    /// How grave they call it.
    level: Option<Level>,
    /// Behaviors that were found here at the same place.
    ours: &'a [String],
}

impl<'a> Evidence<'a> {
    /// A piece of evidence of a case.
    #[must_use]
    pub fn new(case: &'a Case, evidence: &'a evidence::Evidence) -> Self {
        let place = evidence.doc.map(|doc| Place::new(case, doc, evidence.span));
        let reported = evidence.reported.as_ref();
        Self {
            kind: evidence.kind,
            what: &evidence.what,
            place,
            sources: reported.map_or(&[], |reported| &reported.sources),
            level: reported.map(|reported| reported.level),
            ours: reported.map_or(&[], |reported| &reported.ours),
        }
    }
}
