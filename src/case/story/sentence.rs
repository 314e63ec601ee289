//! Sentences about a package: our own words, the package's text between them, and the places they are about. Whoever shows a
//! sentence makes the package's text harmless in its way and turns places into jumps, or leaves them out.

use crate::syntax::Doc;
use crate::text::Span;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// Whether it is the package's, untrusted, or ours.
    pub quoted: bool,
    /// What it is about.
    pub place: Option<(Doc, Option<Span>)>,
}

/// A sentence, or a line of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sentence {
    /// How deep it stands in its list.
    pub depth: usize,
    parts: Vec<Part>,
}

impl Sentence {
    /// An empty line of a list.
    #[must_use]
    pub fn at(depth: usize) -> Self {
        Self { depth, parts: Vec::new() }
    }

    /// Its parts in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All of it, as it is: the package's text is not made harmless.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }

    /// Goes on in our own words. Nothing of a package may be in them.
    #[must_use]
    pub fn own(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part { text: text.into(), quoted: false, place: None });
        self
    }

    /// Goes on with text of the package.
    #[must_use]
    pub fn quoted(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part { text: text.into(), quoted: true, place: None });
        self
    }

    /// Says what the part before is about.
    #[must_use]
    pub fn about(mut self, doc: Doc, span: Option<Span>) -> Self {
        if let Some(last) = self.parts.last_mut() {
            last.place = Some((doc, span));
        }
        self
    }

    /// Goes on with words that are ours where they are only letters, digits and blanks, such as the details of a step.
    #[must_use]
    pub fn words(self, text: &str) -> Self {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        if plain { self.own(text) } else { self.quoted(text) }
    }

    /// Goes on with all of another sentence.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }
}
