//! The behavior sequence as rows: a header per entry, then its steps.

use std::sync::Arc;

use crate::syntax::Doc;

use crate::tui::derived::docs::Docs;
pub use crate::tui::derived::rows::Row;
use crate::tui::derived::rows::rows;
use crate::tui::state::renumber::Moves;

pub mod draw;

/// Which rows there are, which is selected, where the screen starts.
#[derive(Debug, Clone, Default)]
pub struct Steps {
    /// In run order.
    pub rows: Arc<Vec<Row>>,
    /// Index in `rows`.
    pub selected: usize,
    /// First row on the screen.
    pub top: usize,
    /// Only the steps of this document.
    pub only: Option<Doc>,
    /// Lines of the screen that a step takes: two where the pane is narrow.
    pub height: usize,
}

impl Steps {
    /// Lists the steps, keeping the selected one if it is still listed.
    pub fn list(&mut self, docs: &Docs) {
        let before = self.step();
        self.rows = match self.only {
            Some(doc) => Arc::new(rows(docs.sequence(), docs.steps_of(doc).iter().copied())),
            None => Arc::clone(docs.rows()),
        };
        self.selected = before
            .and_then(|step| self.row_of(step))
            .or_else(|| self.rows.iter().position(|row| matches!(row, Row::Step(_))))
            .unwrap_or_default();
        self.top = self.top.min(self.rows.len().saturating_sub(1));
    }

    /// The selected step.
    #[must_use]
    pub fn step(&self) -> Option<usize> {
        match self.rows.get(self.selected) {
            Some(Row::Step(step)) => Some(*step),
            _ => None,
        }
    }

    /// Selects a step if it is listed.
    pub fn select(&mut self, step: usize) {
        if let Some(row) = self.row_of(step) {
            self.selected = row;
        }
    }

    /// The row of a step, if it is listed. Steps are listed in ascending order.
    fn row_of(&self, step: usize) -> Option<usize> {
        let is_before = |row: usize| match (self.rows.get(row), self.rows.get(row + 1)) {
            (Some(Row::Step(at)), _) => *at < step,
            // A header stands right before its first step.
            (Some(Row::Entry(_)), Some(Row::Step(at))) => *at <= step,
            _ => false,
        };
        let (mut low, mut high) = (0, self.rows.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (self.rows.get(low) == Some(&Row::Step(step))).then_some(low)
    }

    /// Steps have other numbers: the selected one is found again when the rows are listed anew.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        let step = self.step().and_then(|step| moves.step(step));
        self.rows = Arc::new(step.map(Row::Step).into_iter().collect());
        self.selected = 0;
        self.only = self.only.and_then(|doc| moves.doc(doc));
    }

    /// Moves by steps; headers are passed over.
    pub fn move_by(&mut self, by: isize) {
        let forward = by > 0;
        for _ in 0..by.unsigned_abs() {
            let next = if forward {
                (self.selected + 1..self.rows.len()).find(|i| matches!(self.rows.get(*i), Some(Row::Step(_))))
            } else {
                (0..self.selected).rev().find(|i| matches!(self.rows.get(*i), Some(Row::Step(_))))
            };
            match next {
                Some(next) => self.selected = next,
                None => break,
            }
        }
    }

    /// Lines of the screen that a row takes.
    #[must_use]
    pub fn lines(&self, row: usize) -> usize {
        match self.rows.get(row) {
            Some(Row::Step(_)) => self.height.max(1),
            _ => 1,
        }
    }

    /// Scrolls so that the selected row, and the header if it is right above, are on a screen of so many lines.
    pub fn follow(&mut self, height: usize) {
        let header = self.selected.checked_sub(1).filter(|row| matches!(self.rows.get(*row), Some(Row::Entry(_))));
        self.top = self.top.min(header.unwrap_or(self.selected));
        let mut used = 0;
        let mut first = self.selected;
        loop {
            used += self.lines(first);
            if used > height {
                first = (first + 1).min(self.selected);
                break;
            }
            match first.checked_sub(1) {
                Some(above) => first = above,
                None => break,
            }
        }
        self.top = self.top.max(first).min(self.last_top(height));
    }

    /// Scrolls; the selection comes along when it would leave the screen.
    pub fn wheel(&mut self, by: isize, height: usize) {
        self.top = self.top.saturating_add_signed(by).min(self.last_top(height));
        let mut used = 0;
        let mut last = self.top;
        while last < self.rows.len() && used + self.lines(last) <= height {
            used += self.lines(last);
            last += 1;
        }
        self.selected = self.selected.clamp(self.top, last.saturating_sub(1).max(self.top));
        if self.step().is_none() {
            self.move_by(1);
        }
    }

    fn last_top(&self, height: usize) -> usize {
        let mut used = 0;
        let mut top = self.rows.len();
        while let Some(above) = top.checked_sub(1) {
            used += self.lines(above);
            if used > height {
                break;
            }
            top = above;
        }
        top
    }

    /// The row at a line of the screen.
    #[must_use]
    pub fn row_at(&self, line: usize) -> Option<usize> {
        let mut used = 0;
        (self.top..self.rows.len()).find(|row| {
            used += self.lines(*row);
            line < used
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::{Feature, Sequence, SequenceEntry, Step};
    use crate::package::Phase;
    use crate::text::Span;

    fn docs() -> Docs {
        let step = |entry, file| Step {
            entry,
            phase: Phase::Install,
            feature: Feature::CallSystem,
            detail: String::new(),
            doc: Doc::File(file),
            span: Span::default(),
            line: 1,
            column: 1,
            call_path: Vec::new(),
            call_sites: Vec::new(),
            guarded: false,
            count: 1,
            why: crate::behavior::Why::default(),
        };
        let entry = |name: &str| SequenceEntry { phase: Phase::Install, name: name.to_owned() };
        let sequence = Sequence {
            entries: vec![entry("a"), entry("b")],
            steps: vec![step(0, 0), step(0, 1), step(1, 0), step(1, 0)],
            ..Sequence::default()
        };
        Docs::of(sequence)
    }

    #[test]
    fn headers_are_passed_over_and_the_filter_keeps_the_selection() {
        let mut steps = Steps { height: 2, ..Steps::default() };
        steps.list(&docs());
        assert_eq!((steps.rows.len(), steps.step()), (6, Some(0)));
        steps.move_by(2);
        assert_eq!(steps.step(), Some(2));
        steps.only = Some(Doc::File(0));
        steps.list(&docs());
        assert_eq!((steps.rows.len(), steps.step()), (5, Some(2)));
        steps.only = Some(Doc::File(1));
        steps.list(&docs());
        assert_eq!(steps.step(), Some(1));
        steps.move_by(-5);
        assert_eq!(steps.step(), Some(1));
    }

    #[test]
    fn the_selected_step_is_on_the_screen_with_its_header() {
        let mut steps = Steps { height: 2, ..Steps::default() };
        steps.list(&docs());
        steps.move_by(3);
        steps.follow(4);
        assert_eq!(steps.top, 4, "two steps of two lines");
        steps.move_by(-3);
        steps.follow(4);
        assert_eq!((steps.top, steps.selected), (0, 1));
        assert_eq!(steps.row_at(0), Some(0));
        assert_eq!(steps.row_at(2), Some(1));
        assert_eq!(steps.row_at(3), Some(2));
        steps.wheel(9, 4);
        assert_eq!(steps.step(), Some(2));
        // On a higher screen, where all have room, nothing is left above.
        steps.follow(40);
        assert_eq!(steps.top, 0);
    }
}
