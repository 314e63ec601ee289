//! What the mouse has hold of.

use std::time::Instant;

use ratatui::layout::{Position, Rect};

use crate::text::Span;
use crate::tui::layout::Edge;

/// What the mouse has hold of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Drag {
    pub(in crate::tui) held: Option<Held>,
    /// The edge between two panes that is being moved.
    pub edge: Option<Edge>,
    /// Rows that are being selected where they are no source.
    pub rows: Option<Rect>,
    /// The press before, for double clicks.
    pub(in crate::tui) last: Option<(Instant, Position)>,
}

/// A button held down.
#[derive(Debug, Clone, Copy)]
pub(in crate::tui) struct Held {
    pub at: Position,
    /// The pane in which it was pressed.
    pub area: Rect,
    /// The bytes under it, in the source.
    pub bytes: Option<Span>,
}
