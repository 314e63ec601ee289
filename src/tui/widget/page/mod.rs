//! The pages of help and details as plain lines, for drawing and for how far they scroll.

use unicode_width::UnicodeWidthChar as _;

use crate::package::{Ecosystem, Phase};
use crate::text::escape;

use crate::tui::layout;
use crate::tui::state::State;

/// Most columns of keys and words on the left.
const KEYS: usize = 16;

/// Width of the left column of a page of so many columns.
#[must_use]
pub fn left(width: usize) -> usize {
    KEYS.min(width / 3)
}

pub use crate::tui::derived::Goal;

pub mod draw;

/// A line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageLine {
    /// A heading.
    Heading(String),
    /// A word on the left, a text on the right; the word is empty where the text goes on.
    Pair {
        /// The word.
        word: String,
        /// The text.
        text: String,
        /// Where Enter leads from here.
        goal: Option<Goal>,
        /// Whether it is the first line of its pair.
        first: bool,
    },
    /// Nothing.
    Blank,
}

impl PageLine {
    /// Where Enter leads from here, on the first line of a pair.
    #[must_use]
    pub fn goal(&self) -> Option<Goal> {
        match self {
            Self::Pair { goal, first: true, .. } => *goal,
            _ => None,
        }
    }
}

/// The ecosystem in a word.
#[must_use]
pub fn ecosystem(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "PyPI",
        Ecosystem::Unknown => "unknown layout",
    }
}

/// The phase in a word.
#[must_use]
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Install => "install",
        Phase::Import => "import",
        Phase::Run => "run",
    }
}

pub(in crate::tui) struct Page {
    pub lines: Vec<PageLine>,
    width: usize,
}

impl Page {
    pub fn new(state: &State) -> Self {
        let width = usize::from(layout::page(state.size, usize::MAX).width);
        let width = width.saturating_sub(left(width) + 1).max(10);
        Self { lines: Vec::new(), width }
    }

    pub fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(PageLine::Blank);
        }
        self.lines.push(PageLine::Heading(text.to_owned()));
    }

    pub fn drop_empty_heading(&mut self) {
        if matches!(self.lines.last(), Some(PageLine::Heading(_))) {
            self.lines.pop();
            self.lines.pop();
        }
    }

    /// Adds a pair, escaped and broken into lines.
    pub fn pair(&mut self, word: &str, text: &str) {
        self.goal(word, text, None);
    }

    /// Adds a pair that leads somewhere.
    pub fn goal(&mut self, word: &str, text: &str, goal: Option<Goal>) {
        let mut word = escape(word).into_owned();
        for (index, text) in broken(&escape(text), self.width).into_iter().enumerate() {
            let word = std::mem::take(&mut word);
            self.lines.push(PageLine::Pair { word, text, goal, first: index == 0 });
        }
    }
}

/// An escaped text in lines of at most so many columns; at least one.
#[must_use]
pub(in crate::tui) fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or_default();
        if used + wide > width {
            // Break at the last blank if it is not too far back.
            let rest = line.rfind(' ').filter(|at| at * 2 > line.len()).map(|at| line.split_off(at));
            lines.push(std::mem::take(&mut line));
            line = rest.map_or_else(String::new, |r| r.trim_start().to_owned());
            used = crate::text::width(&line);
        }
        line.push(c);
        used += wide;
    }
    lines.push(line);
    lines
}
