//! Minified JavaScript and JSON laid out to be read, with the way back to the original bytes.
//!
//! Only the white space between tokens changes: no token is changed, dropped or moved, and what is no plain white space (a
//! zero-width character, say) is kept where it stands. JavaScript is cut into tokens by its syntax tree, broken parts too; JSON,
//! and what the parser gives up on, by a small scanner.

use serde::{Deserialize, Serialize};

use super::ir::Language;
use crate::text::Span;

mod layout;
mod scan;
mod token;
mod tree;

/// What is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// JavaScript or TypeScript.
    JavaScript(Language),
    /// JSON.
    Json,
}

impl Format {
    /// What a text is by its content, and by its path where the content alone does not say; `None` where it cannot be laid
    /// out. The path of a decoded text is that of its file and says nothing: then leave it empty.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Option<Self> {
        let start = text.trim_start();
        if start.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
            return Some(Self::Json);
        }
        match Language::of(path, text) {
            Some(Language::Python) => None,
            Some(language) => Some(Self::JavaScript(language)),
            None if path.is_empty() => {
                tree::reads_as_javascript(text).then_some(Self::JavaScript(Language::JavaScript))
            }
            None => None,
        }
    }

    /// The format in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::JavaScript(Language::TypeScript | Language::Tsx) => "TypeScript",
            Self::JavaScript(_) => "JavaScript",
            Self::Json => "JSON",
        }
    }
}

/// A text laid out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pretty {
    /// The new text.
    pub text: String,
    pieces: Vec<Piece>,
}

/// Bytes that both texts have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    original: usize,
    pretty: usize,
    length: usize,
}

/// Lays a text out. Takes time in proportion to its length.
#[must_use]
pub fn beautify(text: &str, format: Format) -> Pretty {
    let tokens = match format {
        Format::JavaScript(language) => tree::tokens(text, language).unwrap_or_else(|| scan::tokens(text)),
        Format::Json => scan::tokens(text),
    };
    layout::lay_out(text, &tokens)
}

impl Pretty {
    /// Whether it is a layout of this text: each of its pieces stands in both, one behind the other.
    #[must_use]
    pub fn is_of(&self, original: &str) -> bool {
        fn part(text: &str, start: usize, length: usize) -> Option<&[u8]> {
            text.as_bytes().get(start..start.checked_add(length)?)
        }
        let same = |piece: &Piece| {
            let here = part(&self.text, piece.pretty, piece.length);
            here.is_some() && here == part(original, piece.original, piece.length)
        };
        let behind = |pair: &[Piece]| match pair {
            [one, next] => one.original + one.length <= next.original && one.pretty + one.length <= next.pretty,
            _ => true,
        };
        self.pieces.iter().all(same) && self.pieces.windows(2).all(behind)
    }

    /// Where bytes of the original stand here. What is only white space becomes the empty span before the next token.
    #[must_use]
    pub fn from_original(&self, span: Span) -> Span {
        let key = |piece: &Piece| piece.original;
        let to = |piece: &Piece| piece.pretty;
        self.map(span, key, to)
    }

    /// Which bytes of the original stand here.
    #[must_use]
    pub fn to_original(&self, span: Span) -> Span {
        let key = |piece: &Piece| piece.pretty;
        let to = |piece: &Piece| piece.original;
        self.map(span, key, to)
    }

    fn map(&self, span: Span, key: impl Fn(&Piece) -> usize, to: impl Fn(&Piece) -> usize) -> Span {
        // A start between tokens goes to the next token, an end to the one before, so that no white space is taken along.
        let next = self.pieces.partition_point(|piece| key(piece) + piece.length <= span.start);
        let start = match self.pieces.get(next) {
            Some(piece) => to(piece) + span.start.saturating_sub(key(piece)),
            None => self.pieces.last().map_or(0, |piece| to(piece) + piece.length),
        };
        if span.end <= span.start {
            return Span { start, end: start };
        }
        let after = self.pieces.partition_point(|piece| key(piece) < span.end);
        let end = after
            .checked_sub(1)
            .and_then(|last| self.pieces.get(last))
            .map_or(start, |piece| to(piece) + (span.end - key(piece)).min(piece.length));
        Span { start, end: end.max(start) }
    }
}

#[cfg(test)]
mod tests;
