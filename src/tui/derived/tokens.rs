//! What the model read, token by token, laid out in lines.

use std::ops::Range;

use crate::model::Judgement;
use crate::text;

/// A token on the screen.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Index of the window.
    pub window: usize,
    /// Index of the token in its window.
    pub token: usize,
    /// Text without `##`, escaped.
    pub text: String,
    /// First column.
    pub column: usize,
    /// The piece of the model's text that it belongs to.
    pub piece: Option<usize>,
}

/// A line of the view.
#[derive(Debug, Clone)]
pub enum Line {
    /// Says which window begins.
    Window(usize),
    /// Cells, by index.
    Cells(Range<usize>),
}

/// All tokens, laid out for a width.
#[derive(Debug, Default)]
pub struct Layout {
    /// All tokens in order.
    pub cells: Vec<Cell>,
    /// All lines.
    pub lines: Vec<Line>,
}

impl Layout {
    /// Lays the tokens out. Takes longer than a frame where there are many, so a worker calls it.
    #[must_use]
    pub fn new(judgement: &Judgement, width: usize) -> Self {
        let mut layout = Self::default();
        for (index, window) in judgement.windows.iter().enumerate() {
            if judgement.windows.len() > 1 {
                layout.lines.push(Line::Window(index));
            }
            let mut start = layout.cells.len();
            let mut column = 0;
            for (token, piece) in window.tokens.iter().enumerate() {
                let (joined, shown) = match piece.text.strip_prefix("##") {
                    Some(rest) => (true, rest),
                    None => (false, piece.text.as_str()),
                };
                let shown = text::escape(shown).into_owned();
                let wide = text::width(&shown);
                let gap = usize::from(!joined && column > 0);
                if column + gap + wide > width && column > 0 {
                    layout.lines.push(Line::Cells(start..layout.cells.len()));
                    start = layout.cells.len();
                    column = 0;
                } else {
                    column += gap;
                }
                layout.cells.push(Cell { window: index, token, text: shown, column, piece: piece.piece });
                column += wide;
            }
            if start < layout.cells.len() {
                layout.lines.push(Line::Cells(start..layout.cells.len()));
            }
        }
        layout
    }
}
