//! The layers of one package with their texts: schema `cerebro-decode/1`.

use serde::Serialize;

use super::head::Head;
use super::layer::{self, Layer};
use crate::case::Case;
use crate::package::Skip;

/// The whole answer. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    sha256: &'a str,
    layers: Vec<Decoded<'a>>,
    skipped: Vec<&'a Skip>,
}

#[derive(Debug, Serialize)]
struct Decoded<'a> {
    #[serde(flatten)]
    layer: Layer<'a>,
    /// The text as it is, untrusted; of what is no text, a listing of its bytes.
    text: &'a str,
}

impl<'a> Document<'a> {
    /// What a case's layers hold.
    #[must_use]
    pub fn new(case: &'a Case) -> Self {
        let texts = case.sequence.layers.iter().map(|layer| layer.source.text.as_str());
        Self {
            head: Head::new("cerebro-decode/1", case),
            sha256: &case.package.sha256,
            layers: layer::all(case).zip(texts).map(|(layer, text)| Decoded { layer, text }).collect(),
            skipped: case.skipped(),
        }
    }
}
