//! Marked bytes: what an analyst points at to say why a package is what it is.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::case::Case;
use crate::package::File;
use crate::syntax::{Doc, Layer};
use crate::text::{Span, hex};

/// What marked bytes do for the attack, or against the suspicion.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SpanRole {
    /// Does the harm.
    Payload,
    /// Makes it run: a hook, an import, a condition.
    Trigger,
    /// Fetches, decodes or starts the payload.
    Loader,
    /// Sends data out.
    Exfil,
    /// Makes it stay or come back.
    Persistence,
    /// Hides it from people, scanners or sandboxes.
    Evasion,
    /// Looks harmless to draw attention away.
    Decoy,
    /// Says why what looks bad is not.
    BenignReason,
}

/// Bytes of a package with a role, with all that is needed to find them again when the package is read anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedSpan {
    /// SHA-256 of the archive.
    pub sha256: String,
    /// Path of the file inside the archive.
    pub path: String,
    /// SHA-256 of that file, hex.
    pub file_sha256: String,
    /// Bytes of the file as it is stored. Where a decoded text is marked: the expression in the file that its chain of layers
    /// hangs from.
    pub bytes: Span,
    /// The decoded text in which the marked bytes stand; `None` for the file itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<MarkedLayer>,
    /// Where it is for people, in the file or decoded text; `None` where that is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceInText>,
    /// SHA-256 of the marked bytes, hex.
    pub text_sha256: String,
    /// How many bytes are marked.
    pub text_bytes: usize,
    /// What they are for.
    pub role: SpanRole,
    /// What the analyst adds, untrusted; `""` where nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Codes of the behaviors found in the marked bytes, each once, in catalogue order.
    #[serde(default)]
    pub features: Vec<String>,
}

/// A decoded text by what it is, so that it is found again whatever its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedLayer {
    /// SHA-256 of the decoded text, hex.
    pub sha256: String,
    /// How it was decoded from the file, in order, over all layers between.
    pub recipe: Vec<String>,
    /// How many decoded texts deep it lies: 1 hangs from the file.
    pub depth: usize,
    /// The marked bytes of the decoded text.
    pub bytes: Span,
}

/// Lines and columns of a span, from 1. The end is the last character that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceInText {
    /// First line.
    pub line_start: usize,
    /// Column of the first character, in characters.
    pub column_start: usize,
    /// Last line.
    pub line_end: usize,
    /// Column of the last character, in characters.
    pub column_end: usize,
}

impl MarkedSpan {
    /// Describes bytes of a file or decoded text. `span` counts bytes of the text, or of the file where that is no text.
    /// `None` where there are no such bytes, or no bytes at all.
    #[must_use]
    pub fn new(case: &Case, doc: Doc, span: Span, role: SpanRole, note: &str) -> Option<Self> {
        let (file, chain) = chain(case, doc)?;
        let stored = stored(case, doc, span)?;
        let bytes = bytes_of(case, doc)?.get(stored.start..stored.end).filter(|bytes| !bytes.is_empty())?;
        let hanging = match chain.first() {
            None => stored,
            Some(outermost) => {
                let parent = case.source(outermost.parent)?;
                parent.to_file(outermost.span)
            }
        };
        let layer = chain.last().map(|innermost| MarkedLayer {
            sha256: innermost.sha256.clone(),
            recipe: chain.iter().flat_map(|layer| layer.recipe.iter().cloned()).collect(),
            depth: chain.len(),
            bytes: stored,
        });
        Some(Self {
            sha256: case.package.sha256.clone(),
            path: file.path.clone(),
            file_sha256: digest(&file.bytes),
            bytes: hanging,
            layer,
            place: place(case, doc, span),
            text_sha256: digest(bytes),
            text_bytes: bytes.len(),
            role,
            note: note.to_owned(),
            features: features(case, doc, span),
        })
    }

    /// Whether another span points at the same bytes in the same role.
    #[must_use]
    pub fn same_bytes(&self, other: &Self) -> bool {
        let key =
            |span: &Self| (span.bytes, span.role, span.layer.as_ref().map(|layer| (layer.sha256.clone(), layer.bytes)));
        self.sha256 == other.sha256
            && self.path == other.path
            && self.file_sha256 == other.file_sha256
            && key(self) == key(other)
    }
}

/// The bytes that a document was read from.
pub(super) fn bytes_of(case: &Case, doc: Doc) -> Option<&[u8]> {
    match doc {
        Doc::File(file) => case.package.files.get(file).map(|file| &*file.bytes),
        Doc::Layer(layer) => case.sequence.layers.get(layer).map(|layer| layer.source.text.as_bytes()),
    }
}

/// SHA-256, hex.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes of the document as it is stored.
fn stored(case: &Case, doc: Doc, span: Span) -> Option<Span> {
    match (doc, case.source(doc)) {
        (Doc::File(_), Some(source)) => {
            // A span that ends nowhere in the text would be moved to its end without a word.
            (span.start < span.end && span.end <= source.text.len()).then(|| source.to_file(span))
        }
        _ => Some(span),
    }
}

/// The file in which a document's chain of layers begins, and the layers from the outermost to the document itself.
pub(super) fn chain(case: &Case, doc: Doc) -> Option<(&File, Vec<&Layer>)> {
    let layers = &case.sequence.layers;
    let (mut at, mut chain) = (doc, Vec::new());
    // A parent is found before what it contains, so the chain gets shorter; should that ever fail, it still ends.
    for _ in 0..=layers.len() {
        match at {
            Doc::File(file) => {
                chain.reverse();
                return Some((case.package.files.get(file)?, chain));
            }
            Doc::Layer(layer) => {
                let layer = layers.get(layer)?;
                chain.push(layer);
                at = layer.parent;
            }
        }
    }
    None
}

fn place(case: &Case, doc: Doc, span: Span) -> Option<PlaceInText> {
    let source = case.source(doc)?;
    let text = source.text.get(span.start..span.end)?;
    let last = span.start + text.char_indices().next_back().map_or(0, |(at, _)| at);
    let ((line_start, column_start), (line_end, column_end)) =
        (source.line_column(span.start), source.line_column(last));
    Some(PlaceInText { line_start, column_start, line_end, column_end })
}

fn features(case: &Case, doc: Doc, span: Span) -> Vec<String> {
    let steps = case.sequence.steps.iter().filter(|step| step.doc == doc);
    let inside = steps.filter(|step| step.span.overlaps(span));
    let mut features: Vec<_> = inside.map(|step| step.feature).collect();
    features.sort_unstable();
    features.dedup();
    features.into_iter().map(|feature| feature.code().to_owned()).collect()
}
