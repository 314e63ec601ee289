//! Where one is on the page of details.

use crate::tui::widget::page::PageLine;

/// What of the details is on the screen, and which line is selected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spot {
    /// First line shown.
    pub top: usize,
    /// The selected line: one that leads somewhere.
    pub line: Option<usize>,
}

impl Spot {
    /// Down or up by one: to the next line on the screen that leads somewhere, and a line further where there is none.
    pub fn step(&mut self, lines: &[PageLine], height: usize, down: bool) {
        let now = self.line.filter(|line| self.shown(lines, height).contains(line));
        let beyond = |spot: &Self| {
            let shown = spot.shown(lines, height);
            if down {
                shown.into_iter().find(|line| now.is_none_or(|now| *line > now))
            } else {
                shown.into_iter().rev().find(|line| now.is_some_and(|now| *line < now))
            }
        };
        let mut next = beyond(self);
        if next.is_none() {
            self.scroll(lines, height, if down { 1 } else { -1 });
            next = beyond(self);
        }
        self.line = next.or(self.line);
    }

    /// By lines; what leads somewhere is selected on the way.
    pub fn scroll(&mut self, lines: &[PageLine], height: usize, by: isize) {
        self.top = self.top.saturating_add_signed(by).min(lines.len().saturating_sub(height));
        let shown = self.shown(lines, height);
        if !self.line.is_some_and(|line| shown.contains(&line)) {
            self.line = if by < 0 { shown.last() } else { shown.first() }.copied();
        }
    }

    /// To the next or previous line that leads somewhere, wherever it is. Whether there is one.
    pub fn seek(&mut self, lines: &[PageLine], height: usize, forward: bool) -> bool {
        let from = self.line.unwrap_or(self.top);
        let leads = |line: &usize| lines.get(*line).is_some_and(|l| l.goal().is_some());
        let found = if forward {
            let start = if self.line.is_some() { from + 1 } else { from };
            (start..lines.len()).find(leads)
        } else {
            (0..from.min(lines.len())).rev().find(leads)
        };
        let Some(line) = found else { return false };
        self.line = Some(line);
        if line < self.top || line >= self.top + height {
            self.top = line.saturating_sub(height / 3).min(lines.len().saturating_sub(height));
        }
        true
    }

    /// The lines on the screen that lead somewhere.
    fn shown(&self, lines: &[PageLine], height: usize) -> Vec<usize> {
        let end = (self.top + height).min(lines.len());
        (self.top..end).filter(|line| lines.get(*line).is_some_and(|l| l.goal().is_some())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Doc;

    /// Thirty lines of which some lead somewhere.
    fn page(leading: &[usize]) -> Vec<PageLine> {
        let line = |at: usize| PageLine::Pair {
            word: String::new(),
            text: at.to_string(),
            goal: leading.contains(&at).then_some((Doc::File(0), None)),
            first: true,
        };
        (0..30).map(line).collect()
    }

    #[test]
    fn down_scrolls_until_a_line_leads_somewhere() {
        let page = page(&[12, 13, 28]);
        let mut spot = Spot::default();
        for _ in 0..3 {
            spot.step(&page, 10, true);
        }
        assert_eq!(spot, Spot { top: 3, line: Some(12) });
        spot.step(&page, 10, true);
        assert_eq!(spot, Spot { top: 4, line: Some(13) });
        spot.step(&page, 10, false);
        assert_eq!(spot.line, Some(12));
        for _ in 0..40 {
            spot.step(&page, 10, true);
        }
        assert_eq!(spot, Spot { top: 20, line: Some(28) });
        spot.scroll(&page, 10, -100);
        assert_eq!(spot, Spot { top: 0, line: None });
    }

    #[test]
    fn seeking_goes_to_lines_that_lead_somewhere_wherever_they_are() {
        let page = page(&[2, 25]);
        let mut spot = Spot::default();
        assert!(spot.seek(&page, 10, true) && spot.line == Some(2));
        assert!(spot.seek(&page, 10, true));
        assert_eq!((spot.line, spot.top), (Some(25), 20));
        assert!(!spot.seek(&page, 10, true));
        assert!(spot.seek(&page, 10, false) && spot.line == Some(2) && spot.top == 0);
    }
}
