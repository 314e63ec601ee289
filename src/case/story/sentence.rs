//! Sentences about a package: our own words, the package's text between them, and the places they are about. Whoever shows a
//! sentence makes the package's text harmless in its way and turns places into jumps, or leaves them out.

use serde::{Deserialize, Serialize};

use crate::syntax::Doc;
use crate::text::Span;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// Whether it is the package's, untrusted, or ours.
    pub quoted: bool,
    /// What it is about.
    pub place: Option<(Doc, Option<Span>)>,
}

/// A sentence, or a line of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// How deep it stands in its list.
    pub depth: usize,
    parts: Vec<Part>,
}

/// Most sentences and most parts of one that are taken from elsewhere.
const TAKEN: (usize, usize) = (16, 1000);
/// Longest part that is taken from elsewhere, bytes.
const LONGEST: usize = 4096;

/// Sentences that a worker brings, which a package may have taken over: where what passes for our words is more than words, it is
/// the package's.
#[must_use]
pub fn distrusted(sentences: &[Sentence]) -> Vec<Sentence> {
    let plain = |c: char| c.is_ascii_alphanumeric() || " .,:;()'-…".contains(c);
    let part = |part: &Part| {
        let end = part.text.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST).unwrap_or(part.text.len());
        let text = part.text.get(..end).unwrap_or_default().to_owned();
        Part { quoted: part.quoted || !text.chars().all(plain), text, place: part.place }
    };
    let sentence =
        |sentence: &Sentence| Sentence { depth: 0, parts: sentence.parts.iter().take(TAKEN.1).map(part).collect() };
    sentences.iter().take(TAKEN.0).map(sentence).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_elsewhere_are_no_more_than_words() {
        let ours = Sentence::at(0).own("On installation, ").quoted("a`b").own(" (24), only if ");
        assert_eq!(distrusted(std::slice::from_ref(&ours)), [ours]);
        for hostile in ["\u{1B}[2J", "[l](x)", "`x`", "<b>", "@all", "# x", "a|b", "*a*"] {
            let taken = distrusted(&[Sentence { depth: usize::MAX, ..Sentence::at(0).own(hostile) }]);
            assert!(taken[0].parts[0].quoted && taken[0].depth == 0, "{hostile}");
        }
        let long = vec![Sentence::at(0).own("x".repeat(100_000)); 1000];
        assert!(distrusted(&long).iter().map(|s| s.text().len()).sum::<usize>() <= TAKEN.0 * (LONGEST + 4));
    }
}
