//! What the model read, token by token, laid out in lines.

use std::ops::Range;

use crate::behavior::ModelText;
use crate::model::Judgement;
use crate::model::explain::{Choice, Method};
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

/// The token view.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    /// All tokens in order.
    pub cells: Vec<Cell>,
    /// All lines at the present width.
    pub lines: Vec<Line>,
    /// The selected token, index in `cells`.
    pub selected: usize,
    /// First line on the screen.
    pub top: usize,
    /// By which method the tokens are explained.
    pub method: Method,
    /// Which attention is shown, where the method is attention.
    pub choice: Choice,
    width: usize,
}

impl Tokens {
    /// Forgets the layout, after another judgement.
    pub fn reset(&mut self) {
        *self = Self { method: self.method, choice: self.choice, ..Self::default() };
    }

    /// Lays the tokens out for a width, if it is another one.
    pub fn layout(&mut self, judgement: &Judgement, width: usize) {
        if self.width == width || width == 0 {
            return;
        }
        self.width = width;
        self.cells.clear();
        self.lines.clear();
        for (index, window) in judgement.windows.iter().enumerate() {
            if judgement.windows.len() > 1 {
                self.lines.push(Line::Window(index));
            }
            let mut start = self.cells.len();
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
                    self.lines.push(Line::Cells(start..self.cells.len()));
                    start = self.cells.len();
                    column = 0;
                } else {
                    column += gap;
                }
                self.cells.push(Cell { window: index, token, text: shown, column, piece: piece.piece });
                column += wide;
            }
            if start < self.cells.len() {
                self.lines.push(Line::Cells(start..self.cells.len()));
            }
        }
        self.selected = self.selected.min(self.cells.len().saturating_sub(1));
    }

    /// The line that the selected token is on.
    #[must_use]
    pub fn line(&self) -> usize {
        self.lines
            .iter()
            .position(|line| matches!(line, Line::Cells(range) if range.contains(&self.selected)))
            .unwrap_or_default()
    }

    /// Moves by tokens.
    pub fn slide(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.cells.len().saturating_sub(1));
    }

    /// Moves by lines, staying near the column.
    pub fn step(&mut self, by: isize) {
        let column = self.cells.get(self.selected).map_or(0, |c| c.column);
        let now = self.line();
        let mut target = now.saturating_add_signed(by).min(self.lines.len().saturating_sub(1));
        if matches!(self.lines.get(target), Some(Line::Window(_))) {
            target = if by < 0 { target.saturating_sub(1) } else { target + 1 };
        }
        if let Some(Line::Cells(range)) = self.lines.get(target) {
            self.select_in(range.clone(), column);
        }
    }

    /// Selects the token at a line and column of the view.
    pub fn select_at(&mut self, line: usize, column: usize) {
        if let Some(Line::Cells(range)) = self.lines.get(line) {
            self.select_in(range.clone(), column);
        }
    }

    fn select_in(&mut self, range: Range<usize>, column: usize) {
        let cells = self.cells.get(range.clone()).unwrap_or(&[]);
        let before = cells.iter().take_while(|c| c.column <= column).count();
        self.selected = range.start + before.saturating_sub(1);
    }

    /// Selects the first token that speaks for a step.
    pub fn select_step(&mut self, text: &ModelText, step: usize) {
        let speaks = |piece: usize| text.pieces.get(piece).is_some_and(|p| p.steps.contains(&step));
        if let Some(now) = self.cells.get(self.selected).and_then(|c| c.piece)
            && speaks(now)
        {
            return;
        }
        let Some(piece) = text.pieces.iter().position(|p| p.steps.contains(&step)) else { return };
        if let Some(cell) = self.cells.iter().position(|c| c.piece == Some(piece)) {
            self.selected = cell;
        }
    }

    /// Scrolls so that the selection is on a screen of so many lines.
    pub fn follow(&mut self, height: usize) {
        self.top = super::follow(self.top, self.line(), self.lines.len(), height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Token, Window};

    #[test]
    fn pieces_of_a_word_are_joined_and_lines_break_between_words() {
        let token = |text: &str| Token { text: text.to_owned(), id: 0, range: 0..1, piece: Some(0) };
        let window = Window {
            file: None,
            tokens: ["get", "##env", "post", "[SEP]"].map(token).to_vec(),
            logits: [0.0; 2],
            cls_attention: Vec::new(),
        };
        let judgement = Judgement {
            probability: 0.0,
            threshold: 0.5,
            windows: vec![window.clone(), window],
            margins: crate::model::Margins::default(),
            device: String::new(),
        };
        let mut tokens = Tokens::default();
        tokens.layout(&judgement, 11);
        assert_eq!(tokens.cells[1].column, 3);
        assert_eq!(tokens.cells[2].column, 7);
        assert_eq!(tokens.cells[3].column, 0);
        assert_eq!(tokens.lines.len(), 6);
        tokens.selected = 2;
        tokens.step(1);
        assert_eq!(tokens.selected, 3);
        tokens.step(1);
        assert_eq!((tokens.selected, tokens.cells[4].window), (4, 1), "over the header of the second window");
        tokens.step(-1);
        assert_eq!(tokens.selected, 3);
    }
}
