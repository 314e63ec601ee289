//! Untrusted bytes made safe to show: decoding, line index, visible marks, display widths, byte spans.

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets in a [`Source`]'s text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A decoded text with its line index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The text; untrusted.
    pub text: String,
    /// Byte offset of each line's first byte.
    line_starts: Vec<usize>,
}

impl Source {
    /// Indexes a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
            .collect();
        Self { text, line_starts }
    }

    /// Line and column (in characters) of a byte offset, both from 1.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        (line.max(1), column + 1)
    }
}
