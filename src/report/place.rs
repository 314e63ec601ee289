//! Where something stands, as the documents tell it.

use serde::Serialize;

use crate::case::Case;
use crate::syntax::Doc;
use crate::text::Span;

/// A place in a file or layer; the whole document where there is no span.
#[derive(Debug, Serialize)]
pub struct Place<'a> {
    /// Path of the file, for a layer of the file in which its chain begins.
    pub file: &'a str,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Bytes of the file as it is stored, or of the layer.
    pub span: Option<[usize; 2]>,
    /// Number of the layer.
    pub layer: Option<usize>,
}

impl<'a> Place<'a> {
    /// A span of a document, or the whole of it.
    #[must_use]
    pub fn new(case: &'a Case, doc: Doc, span: Option<Span>) -> Self {
        let place = span.zip(case.source(doc)).map(|(span, source)| source.line_column(span.start));
        Self {
            file: path_of(case, doc),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            span: span.map(|span| bytes_of(case, doc, span)),
            layer: layer_of(doc),
        }
    }
}

/// Path of the file in which a document stands.
#[must_use]
pub fn path_of(case: &Case, doc: Doc) -> &str {
    case.file_of(doc).map_or("", |file| &file.path)
}

/// Bytes as the archive stores them, or as the decoder yielded them.
#[must_use]
pub fn bytes_of(case: &Case, doc: Doc, span: Span) -> [usize; 2] {
    let Span { start, end } = case.source(doc).map_or(span, |source| source.to_file(span));
    [start, end]
}

/// The number of a layer; none for a file.
#[must_use]
pub fn layer_of(doc: Doc) -> Option<usize> {
    match doc {
        Doc::File(_) => None,
        Doc::Layer(layer) => Some(layer),
    }
}
