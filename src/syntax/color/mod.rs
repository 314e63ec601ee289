//! Colored spans for the viewer.
//!
//! Two painters share the work. Line by line, syntect knows two hundred languages but needs every line before the one it
//! paints, and minutes for a line of a megabyte. The syntax tree of Python, JavaScript and TypeScript paints any window of any
//! line at once. So: syntect for ordinary lines near ones already painted, the tree for long lines and far jumps, and no
//! color where neither can.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::Source;

mod line;
mod tree;

pub use line::Syntaxes;

use line::Lines;
use tree::Tree;

/// Lines longer than this are left to the tree. Measured: syntect takes 50 ms for 10 KB on one line, 59 s for 1 MB.
const LONG: usize = 5000;
/// From so many lines past the last known state on, painting from there takes too long to wait for.
const FAR: usize = 3000;

/// What a piece of code is, as far as its color goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Paint {
    /// Nothing special.
    #[default]
    Plain,
    /// A comment.
    Comment,
    /// A string or part of one.
    Literal,
    /// A number.
    Number,
    /// A word of the language.
    Keyword,
    /// The name of a function.
    Function,
    /// The name of a type or class.
    Type,
    /// A constant, an escape sequence.
    Constant,
    /// A member or key.
    Property,
    /// An operator.
    Operator,
    /// Brackets, commas.
    Punctuation,
    /// A tag of markup.
    Tag,
}

/// The colors of a line or of a window of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Painted {
    /// The bytes of the line that were painted.
    pub range: Range<usize>,
    /// Ends (bytes in the line, ascending) of stretches of one paint; the first starts at `range.start`.
    pub runs: Vec<(usize, Paint)>,
}

impl Painted {
    /// The paint of a byte of the line.
    #[must_use]
    pub fn at(&self, byte: usize) -> Paint {
        if byte < self.range.start {
            return Paint::Plain;
        }
        self.runs.get(self.runs.partition_point(|(end, _)| *end <= byte)).map_or(Paint::Plain, |(_, paint)| *paint)
    }

    /// Whether a stretch of the line has its colors.
    #[must_use]
    pub fn covers(&self, wanted: &Range<usize>) -> bool {
        self.range.start <= wanted.start && wanted.end <= self.range.end
    }
}

/// A line to paint, from 1, and the bytes of it that are needed.
pub type Wanted = (usize, Range<usize>);

/// Whether these are the colors of what was wanted, line by line, as far as a window reaches.
#[must_use]
pub fn answers(painted: &[(usize, Painted)], wanted: &[Wanted]) -> bool {
    let same = |((line, painted), (wanted, range)): (&(usize, Painted), &Wanted)| {
        let end = range.end.min(range.start.saturating_add(tree::WINDOW));
        line == wanted && painted.covers(&(range.start..end))
    };
    painted.len() == wanted.len() && painted.iter().zip(wanted).all(same)
}

/// Paints one document. Keeps what it learned, so that scrolling on is cheap.
pub struct Painter {
    source: Arc<Source>,
    lines: Option<Lines>,
    tree: Option<Tree>,
}

impl Painter {
    /// Chooses the languages by the file's name and first line.
    #[must_use]
    pub fn new(syntaxes: &Arc<Syntaxes>, path: &str, source: Arc<Source>) -> Self {
        let lines = Lines::new(syntaxes, path, source.line(1));
        Self { source, lines, tree: Tree::new(path) }
    }

    /// Paints lines, in ascending order; a line that no painter knows comes back plain. `None` when told to stop.
    pub fn paint(&mut self, wanted: &[Wanted], stop: &dyn Fn() -> bool) -> Option<Vec<(usize, Painted)>> {
        let mut done = Vec::with_capacity(wanted.len());
        let first = wanted.first().map_or(1, |(line, _)| *line);
        let far = self.lines.as_ref().is_none_or(|l| first.saturating_sub(l.known_before(first)) > FAR);
        let by_tree = far && self.tree.is_some();
        for (line, range) in wanted {
            let text = self.source.line(*line);
            let long = text.len() > LONG;
            let painted = if long || by_tree {
                match &mut self.tree {
                    Some(tree) => tree.paint(&self.source, *line, range.clone(), stop)?,
                    None => Painted { range: 0..text.len(), runs: Vec::new() },
                }
            } else {
                match &mut self.lines {
                    Some(lines) => lines.paint(&self.source, *line, stop)?,
                    None => Painted { range: 0..text.len(), runs: Vec::new() },
                }
            };
            done.push((*line, painted));
        }
        Some(done)
    }

    /// Does what can wait until the lines are on the screen: a tree is exchanged for its colors, which are far smaller.
    pub fn settle(&mut self, stop: &dyn Fn() -> bool) {
        if let Some(tree) = &mut self.tree {
            tree.settle(&self.source, stop);
        }
    }
}

/// Joins neighbouring stretches of one paint.
fn push(runs: &mut Vec<(usize, Paint)>, end: usize, paint: Paint) {
    match runs.last_mut() {
        Some(last) if last.1 == paint => last.0 = end,
        Some(last) if last.0 >= end => {}
        _ => runs.push((end, paint)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(path: &str, text: &str, wanted: &[Wanted]) -> Vec<(usize, Painted)> {
        let source = Arc::new(Source::new(text.to_owned()));
        Painter::new(&Arc::new(Syntaxes::load()), path, source).paint(wanted, &|| false).unwrap()
    }

    fn at(painted: &[(usize, Painted)], line: usize, byte: usize) -> Paint {
        painted.iter().find(|(l, _)| *l == line).unwrap().1.at(byte)
    }

    #[rstest::rstest]
    #[case("a.py", "import os # why\nx = 'y'\n")]
    #[case("a.js", "var o = 1; // why\nx = 'y'\n")]
    #[case("a.ts", "let os = 1; // why\nx = 'y'\n")]
    fn near_lines_by_syntect_and_far_ones_by_the_tree_look_alike(#[case] path: &str, #[case] head: &str) {
        let text = format!("{head}{}{head}", "\n".repeat(FAR * 2));
        let far = FAR * 2 + 3;
        for first in [1, far] {
            let painted = paint(path, &text, &[(first, 0..20), (first + 1, 0..7)]);
            assert_eq!(at(&painted, first, 0), Paint::Keyword, "{path} line {first}");
            assert_eq!(at(&painted, first, 13), Paint::Comment, "{path} line {first}");
            assert_eq!(at(&painted, first + 1, 5), Paint::Literal, "{path} line {first}");
        }
    }

    #[test]
    fn a_window_of_a_megabyte_line_is_painted_from_the_tree() {
        let line = "var a='x';".repeat(100_000);
        let painted = paint("a.min.js", &line, &[(1, 500_000..500_100)]);
        assert_eq!(at(&painted, 1, 500_000), Paint::Keyword);
        assert_eq!(at(&painted, 1, 500_007), Paint::Literal);
        assert!(painted[0].1.covers(&(500_000..500_100)));
        assert!(!painted[0].1.covers(&(400_000..500_100)));
    }

    #[test]
    fn what_a_settled_document_shows_is_what_its_tree_showed() {
        let line = "var a='x', b=/* y */`${a}é`;if(a)f(1);".repeat(20_000);
        let source = Arc::new(Source::new(line.clone()));
        let mut painter = Painter::new(&Arc::new(Syntaxes::load()), "a.min.js", source);
        // Across the places where parts meet, at both ends, and in between.
        let wanted: Vec<Wanted> =
            [0..90, 262_100..262_200, 524_200..524_333, 400_000..400_001, line.len() - 9..line.len()]
                .into_iter()
                .map(|range| (1, range))
                .collect();
        let each = |painter: &mut Painter| -> Vec<_> {
            wanted.iter().map(|one| painter.paint(std::slice::from_ref(one), &|| false).unwrap()).collect()
        };
        let before = each(&mut painter);
        let calls = std::cell::Cell::new(0);
        painter.settle(&|| calls.replace(calls.get() + 1) == 1);
        assert!(calls.get() == 2, "told to stop after the first part");
        assert_eq!(each(&mut painter), before);
        painter.settle(&|| false);
        assert_eq!(each(&mut painter), before);
        assert!(before.iter().flatten().all(|(_, painted)| !painted.runs.is_empty()));
    }

    #[test]
    fn a_state_lasts_over_lines_and_an_unknown_language_is_plain() {
        let painted = paint("a.py", "'''\nimport\n'''\n", &[(2, 0..6)]);
        assert!(matches!(at(&painted, 2, 0), Paint::Literal | Paint::Comment));
        assert_eq!(at(&paint("a.unknown", "import os", &[(1, 0..9)]), 1, 0), Paint::Plain);
    }

    #[test]
    fn painting_stops_when_told() {
        let source = Arc::new(Source::new("x = 1\n".repeat(2000)));
        let mut painter = Painter::new(&Arc::new(Syntaxes::load()), "a.py", source);
        assert_eq!(painter.paint(&[(1999, 0..5)], &|| true), None);
    }
}
