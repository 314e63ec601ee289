//! A file's tree lowered to one small language, decoders, colored spans for the viewer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::{Hint, Source, Span, hex};

pub mod beautify;
mod budget;
pub mod cipher;
pub mod color;
pub mod decode;
pub mod decoder;
pub mod frozen;
pub mod ir;
#[cfg(test)]
pub mod ir_print;
pub mod javascript;
pub mod python;
pub mod shape;
pub mod shell;
mod stretch;
pub mod symbols;

/// A text that can be shown and pointed into: a file of the package or a layer decoded from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Doc {
    /// Index in `Package::files`.
    File(usize),
    /// Index in `Sequence::layers`.
    Layer(usize),
}

/// A derived text: what an exec, eval or decoder call would yield.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Layer {
    /// Where the text was derived.
    pub parent: Doc,
    /// The expression in the parent that yields it.
    pub span: Span,
    /// How, in order: `base64`, `zlib`, `exec`.
    pub recipe: Vec<String>,
    /// SHA-256 of the derived bytes, hex.
    pub sha256: String,
    /// Length of the derived bytes.
    pub bytes: usize,
    /// The derived text; empty where the bytes are no text.
    pub source: Arc<Source>,
    /// The derived bytes where the text does not hold them: a program, an image, a text in another encoding than UTF-8.
    #[serde(default)]
    pub raw: Option<Arc<[u8]>>,
    /// By whose decoding it is there.
    #[serde(default)]
    pub by: DecodedBy,
}

/// By whose decoding a layer is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodedBy {
    /// The walk over the code: what a call of the program's own would decode.
    #[default]
    Code,
    /// A string literal that nothing in the program was seen to decode, decoded here for people.
    Literal,
    /// An analyst.
    Hand,
}

impl Layer {
    /// A layer that code would make: text.
    #[must_use]
    pub fn found(parent: Doc, span: Span, recipe: Vec<String>, source: Arc<Source>) -> Self {
        let sha256 = hex(&Sha256::digest(source.text.as_bytes()));
        let bytes = source.text.len();
        Self { parent, span, recipe, sha256, bytes, source, raw: None, by: DecodedBy::Code }
    }

    /// A layer that an analyst decoded: any bytes.
    #[must_use]
    pub fn decoded(parent: Doc, span: Span, recipe: Vec<String>, bytes: &Arc<[u8]>) -> Self {
        let sha256 = hex(&Sha256::digest(bytes));
        let source = Source::decode(bytes, Hint::Other).unwrap_or_else(|| Source::new(String::new()));
        let raw = (source.text.as_bytes() != &**bytes).then(|| Arc::clone(bytes));
        let (bytes, source) = (bytes.len(), Arc::new(source));
        Self { parent, span, recipe, sha256, bytes, source, raw, by: DecodedBy::Hand }
    }

    /// Whether an analyst decoded it.
    #[must_use]
    pub fn by_hand(&self) -> bool {
        self.by == DecodedBy::Hand
    }

    /// The text, `None` for binary content.
    #[must_use]
    pub fn text(&self) -> Option<&Arc<Source>> {
        (!self.source.text.is_empty() || self.bytes == 0).then_some(&self.source)
    }

    /// The derived bytes.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.raw.as_deref().unwrap_or(self.source.text.as_bytes())
    }
}

/// Whether a text is of a language from end to end, as an engine wants it.
#[must_use]
pub fn reads_whole(text: &str, language: ir::Language) -> bool {
    let tree = match language {
        ir::Language::Python => python::tree(text),
        _ => javascript::tree(text, language),
    };
    tree.is_some_and(|(tree, _)| !tree.root_node().has_error())
}

/// Lowers a text to the small language.
#[must_use]
pub fn lower(text: &str, language: ir::Language) -> ir::Unit {
    match language {
        ir::Language::Python => python::lower(text),
        _ => javascript::lower(text, language),
    }
}
