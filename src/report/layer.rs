//! A layer, as the documents tell it: a text that the code would decode and run, or that was decoded here.

use serde::Serialize;

use super::place::{bytes_of, path_of};
use crate::case::Case;
use crate::syntax::{DecodedBy, Doc};

/// A layer with where it comes from.
#[derive(Debug, Serialize)]
pub struct Layer<'a> {
    id: usize,
    parent: Parent<'a>,
    recipe: &'a [String],
    /// By whose decoding it is there: the code's own, or a literal that was decoded here.
    by: DecodedBy,
    sha256: &'a str,
    bytes: usize,
    span: [usize; 2],
}

/// Where a layer was decoded from: a file by its path or a layer by its id.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Parent<'a> {
    File(&'a str),
    Layer(usize),
}

/// Every layer of a case.
pub fn all(case: &Case) -> impl Iterator<Item = Layer<'_>> {
    case.sequence.layers.iter().enumerate().map(|(id, layer)| Layer {
        id,
        parent: match layer.parent {
            Doc::File(_) => Parent::File(path_of(case, layer.parent)),
            Doc::Layer(parent) => Parent::Layer(parent),
        },
        recipe: &layer.recipe,
        by: layer.by,
        sha256: &layer.sha256,
        bytes: layer.bytes,
        span: bytes_of(case, layer.parent, layer.span),
    })
}
