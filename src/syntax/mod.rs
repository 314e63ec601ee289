//! A file's tree lowered to one small language, decoders, colored spans for the viewer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::{Source, Span};

mod budget;
pub mod cipher;
pub mod color;
pub mod decode;
pub mod frozen;
pub mod ir;
#[cfg(test)]
pub mod ir_print;
pub mod javascript;
pub mod python;
pub mod shape;
pub mod shell;
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
    /// The derived text.
    pub source: Arc<Source>,
}

/// Lowers a text to the small language.
#[must_use]
pub fn lower(text: &str, language: ir::Language) -> ir::Unit {
    match language {
        ir::Language::Python => python::lower(text),
        _ => javascript::lower(text, language),
    }
}
