//! A token and what the layout has to know of it.

/// Whether a line begins at a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Only where the original has one, or the line gets long and `wrap` allows it.
    Kept,
    /// Always.
    Always,
    /// Never: the token belongs to the one before.
    Never,
}

/// White space around a token within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// One blank on both sides: an operator with two sides, an arrow.
    Around,
    /// One blank behind: a comma.
    Behind,
    /// One blank in front: an opening brace, a keyword behind a brace.
    Before,
    /// None of its own: one blank where the original has white space.
    Plain,
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// Its bytes in the original.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Whether a line begins here.
    pub line: Break,
    /// How many steps such a line is indented.
    pub indent: u16,
    /// Whether a long line may be broken in front of it.
    pub wrap: bool,
    /// Its white space.
    pub space: Space,
    /// Whether the rest of its line belongs to it: a comment up to the end of the line.
    pub to_line_end: bool,
}

impl Token {
    /// A token without any wish.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end, line: Break::Kept, indent: 0, wrap: false, space: Space::Plain, to_line_end: false }
    }
}
