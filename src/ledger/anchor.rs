//! Finds marked bytes again in a package that was read anew.
//!
//! A span is looked for by what it is, never by a number: the file by its SHA-256, the decoded text by its SHA-256, the bytes
//! by their offsets, and all of it is believed only if the bytes there have the hash of those that were marked. A span of
//! another archive is not looked for: what is said of one version of a package is not said of the next.

use std::collections::HashMap;

use strum::Display;

use super::span::{MarkedSpan, bytes_of, chain, digest};
use crate::case::Case;
use crate::syntax::Doc;
use crate::text::Span;

/// Bytes on the screen: of the text, or of the file where that is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file or decoded text.
    pub doc: Doc,
    /// Which bytes.
    pub span: Span,
}

/// What became of a marked span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The same bytes at the same place of the same file.
    Exact(Place),
    /// The same bytes at the same place of an equal file with another path.
    Moved(Place),
    /// Not there.
    Lost(Lost),
}

/// Why a marked span was not found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display)]
pub enum Lost {
    /// It was marked in another archive.
    #[strum(to_string = "it was marked in another archive")]
    OtherPackage,
    /// No file is the one that was marked.
    #[strum(to_string = "no file here has the content of the marked one")]
    File,
    /// No decoded text is the one that was marked.
    #[strum(to_string = "the decoded text that was marked is not among those found now")]
    Layer,
    /// The bytes at its offsets are others.
    #[strum(to_string = "other bytes stand where it was marked")]
    Bytes,
}

impl Anchor {
    /// Where the bytes are, if they are there.
    #[must_use]
    pub fn place(self) -> Option<Place> {
        match self {
            Self::Exact(place) | Self::Moved(place) => Some(place),
            Self::Lost(_) => None,
        }
    }
}

/// Looks for spans in one case. Each file is hashed at most once, and only if a span asks for it.
#[derive(Debug)]
pub struct Anchors<'a> {
    case: &'a Case,
    hashes: HashMap<usize, String>,
}

impl<'a> Anchors<'a> {
    /// For the spans of a case.
    #[must_use]
    pub fn new(case: &'a Case) -> Self {
        Self { case, hashes: HashMap::new() }
    }

    /// Finds a span again.
    pub fn find(&mut self, marked: &MarkedSpan) -> Anchor {
        if marked.sha256 != self.case.package.sha256 {
            return Anchor::Lost(Lost::OtherPackage);
        }
        match &marked.layer {
            Some(layer) => self.in_layer(marked, &layer.sha256, &layer.recipe, layer.bytes),
            None => self.in_file(marked),
        }
    }

    fn in_file(&mut self, marked: &MarkedSpan) -> Anchor {
        let case = self.case;
        let same_path = case.package.by_path(&marked.path).filter(|file| *self.hash(*file) == marked.file_sha256);
        let file =
            same_path.or_else(|| (0..case.package.files.len()).find(|file| *self.hash(*file) == marked.file_sha256));
        let Some(file) = file else { return Anchor::Lost(Lost::File) };
        let doc = Doc::File(file);
        if !self.holds(doc, marked.bytes, &marked.text_sha256) {
            return Anchor::Lost(Lost::Bytes);
        }
        let span = case.source(doc).map_or(marked.bytes, |source| source.from_file(marked.bytes));
        let place = Place { doc, span };
        if same_path.is_some() { Anchor::Exact(place) } else { Anchor::Moved(place) }
    }

    /// The same decoded text may be there twice, from two files or read as two languages: the likest one is taken.
    fn in_layer(&self, marked: &MarkedSpan, sha256: &str, recipe: &[String], span: Span) -> Anchor {
        let layers = self.case.sequence.layers.iter().enumerate().filter(|(_, layer)| layer.sha256 == sha256);
        let best = layers.filter_map(|(index, _)| {
            let doc = Doc::Layer(index);
            let (file, chain) = chain(self.case, doc)?;
            let decoded = chain.iter().flat_map(|layer| &layer.recipe);
            Some((file.path == marked.path, decoded.eq(recipe), std::cmp::Reverse(index), doc))
        });
        let Some((same_path, .., doc)) = best.max_by_key(|(path, recipe, index, _)| (*path, *recipe, *index)) else {
            return Anchor::Lost(Lost::Layer);
        };
        if !self.holds(doc, span, &marked.text_sha256) {
            return Anchor::Lost(Lost::Bytes);
        }
        let place = Place { doc, span };
        if same_path { Anchor::Exact(place) } else { Anchor::Moved(place) }
    }

    /// Whether the bytes of a span are those that were marked.
    fn holds(&self, doc: Doc, span: Span, sha256: &str) -> bool {
        bytes_of(self.case, doc).and_then(|bytes| bytes.get(span.start..span.end)).is_some_and(|b| digest(b) == sha256)
    }

    fn hash(&mut self, file: usize) -> &String {
        let files = &self.case.package.files;
        self.hashes.entry(file).or_insert_with(|| files.get(file).map(|file| digest(&file.bytes)).unwrap_or_default())
    }
}
