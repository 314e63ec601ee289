//! An indicator, as the documents tell it: in the usual notation, not defanged.

use serde::Serialize;

use super::place::Place;
use crate::case::Case;
use crate::evidence::indicator::Kind;
use crate::evidence::{self, Origin, Role};

/// An indicator with its places.
#[derive(Debug, Serialize)]
pub struct Indicator<'a> {
    kind: Kind,
    value: &'a str,
    class: &'a str,
    role: Role,
    odd: Option<&'a str>,
    places: Vec<Occurrence<'a>>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct Occurrence<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    from: Origin,
    aside: bool,
}

impl<'a> Indicator<'a> {
    /// An indicator of a case.
    #[must_use]
    pub fn new(case: &'a Case, indicator: &'a evidence::Indicator) -> Self {
        let place = |place: &evidence::Place| Occurrence {
            place: Place::new(case, place.doc, Some(place.span)),
            from: place.origin,
            aside: place.aside,
        };
        Self {
            kind: indicator.kind,
            value: &indicator.value,
            class: &indicator.class,
            role: indicator.role,
            odd: indicator.odd.as_deref(),
            places: indicator.places.iter().map(place).collect(),
            more: indicator.more,
        }
    }
}
