//! A line being typed with a list below it of what fits: the palette, the file finder.

use tui_input::Input;

/// What is typed, what fits it, best first, and which of that is selected.
#[derive(Debug, Clone)]
pub struct Picker<T> {
    /// The line being typed.
    pub input: Input,
    /// What fits.
    pub found: Vec<T>,
    /// Index in `found`.
    pub selected: usize,
}

impl<T> Default for Picker<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T> Picker<T> {
    /// Everything, before anything is typed.
    #[must_use]
    pub fn new(found: Vec<T>) -> Self {
        Self { input: Input::default(), found, selected: 0 }
    }

    /// Takes in what fits the line as it is now.
    pub fn fill(&mut self, found: Vec<T>) {
        self.found = found;
        self.selected = 0;
    }

    /// Moves the selection.
    pub fn step(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.found.len().saturating_sub(1));
    }

    /// What Enter takes.
    #[must_use]
    pub fn chosen(&self) -> Option<&T> {
        self.found.get(self.selected)
    }

    /// The first of so many rows on the screen.
    #[must_use]
    pub fn top(&self, rows: usize) -> usize {
        (self.selected + 1).saturating_sub(rows.max(1))
    }
}
