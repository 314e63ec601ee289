//! What the model read, token by token, laid out in lines.

use std::sync::Arc;

use crate::model::explain::{Choice, Method};

use crate::tui::derived::spoken::Spoken;
pub use crate::tui::derived::tokens::{Layout, Line};
use crate::tui::state::{Effect, Pane, State};
use crate::tui::worker::{LayWork, Ticket, Work};

pub mod draw;

/// The token view.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    /// The tokens, once they are laid out.
    pub layout: Arc<Layout>,
    /// The selected token, index in `cells`.
    pub selected: usize,
    /// First line on the screen.
    pub top: usize,
    /// By which method the tokens are explained.
    pub method: Method,
    /// Which attention is shown, where the method is attention.
    pub choice: Choice,
    /// The width that was asked for last.
    width: usize,
    ticket: Ticket,
}

impl Tokens {
    /// Forgets the layout, after another judgement.
    pub fn reset(&mut self) {
        *self = Self { method: self.method, choice: self.choice, ticket: self.ticket, ..Self::default() };
        self.ticket.renew();
    }

    /// The piece that the selected token speaks for.
    #[must_use]
    pub fn piece(&self) -> Option<usize> {
        self.layout.cells.get(self.selected)?.piece
    }

    /// The line that the selected token is on.
    #[must_use]
    pub fn line(&self) -> usize {
        let lines = self.layout.lines.iter();
        let mut cells = lines.enumerate().filter_map(|(at, line)| match line {
            Line::Cells(range) => Some((at, range)),
            Line::Window(_) => None,
        });
        cells.find(|(_, range)| range.contains(&self.selected)).map_or(0, |(at, _)| at)
    }

    /// Moves by tokens.
    pub fn slide(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.layout.cells.len().saturating_sub(1));
    }

    /// Moves by lines, staying near the column.
    pub fn step(&mut self, by: isize) {
        let layout = Arc::clone(&self.layout);
        let column = layout.cells.get(self.selected).map_or(0, |c| c.column);
        let now = self.line();
        let mut target = now.saturating_add_signed(by).min(layout.lines.len().saturating_sub(1));
        if matches!(layout.lines.get(target), Some(Line::Window(_))) {
            target = if by < 0 { target.saturating_sub(1) } else { target + 1 };
        }
        self.select_at(target, column);
    }

    /// Selects the token at a line and column of the view.
    pub fn select_at(&mut self, line: usize, column: usize) {
        if let Some(Line::Cells(range)) = self.layout.lines.get(line) {
            let cells = self.layout.cells.get(range.clone()).unwrap_or(&[]);
            let before = cells.iter().take_while(|c| c.column <= column).count();
            self.selected = range.start + before.saturating_sub(1);
        }
    }

    /// Selects the first token that speaks for a step, if the selected one does not.
    pub fn select_step(&mut self, spoken: &Spoken, step: usize) {
        let pieces = spoken.pieces(step);
        if pieces.iter().any(|piece| spoken.tokens(*piece).binary_search(&self.selected).is_ok()) {
            return;
        }
        if let Some(token) = pieces.first().and_then(|piece| spoken.tokens(*piece).first()) {
            self.selected = *token;
        }
    }

    /// Scrolls so that the selection is on a screen of so many lines.
    pub fn follow(&mut self, height: usize) {
        self.top = crate::tui::state::follow(self.top, self.line(), self.layout.lines.len(), height);
    }
}

/// Asks for the layout that the screen needs and does not have.
pub(in crate::tui) fn wanted(state: &mut State) -> Vec<Effect> {
    let width = usize::from(state.areas().inner(Pane::Tokens).width);
    if state.right != Pane::Tokens || state.tokens.width == width || width == 0 {
        return Vec::new();
    }
    let judgement = state.case.as_ref().and_then(|case| case.verdict.as_ref()?.judgement.clone());
    let Some(judgement) = judgement else { return Vec::new() };
    state.tokens.width = width;
    let ticket = state.tokens.ticket.renew();
    vec![state.work(Work::Lay(LayWork { ticket, judgement, width }))]
}

/// Takes a layout in, if it is the one that was asked for last.
pub(in crate::tui) fn take(state: &mut State, ticket: Ticket, layout: Option<Layout>) {
    let Some(layout) = layout.filter(|_| state.tokens.ticket == ticket) else { return };
    state.tokens.selected = state.tokens.selected.min(layout.cells.len().saturating_sub(1));
    state.tokens.layout = Arc::new(layout);
    state.follow();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Judgement, Token, Window};

    #[test]
    fn pieces_of_a_word_are_joined_and_lines_break_between_words() {
        let token = |text: &str| Token { text: text.to_owned(), id: 0, range: 0..1, piece: Some(0) };
        let window = Window {
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
        let layout = Layout::new(&judgement, 11);
        assert_eq!(layout.cells[1].column, 3);
        assert_eq!(layout.cells[2].column, 7);
        assert_eq!(layout.cells[3].column, 0);
        assert_eq!(layout.lines.len(), 6);
        tokens.layout = Arc::new(layout);
        tokens.selected = 2;
        tokens.step(1);
        assert_eq!(tokens.selected, 3);
        tokens.step(1);
        assert_eq!((tokens.selected, tokens.layout.cells[4].window), (4, 1), "over the header of the second window");
        tokens.step(-1);
        assert_eq!(tokens.selected, 3);
    }
}
