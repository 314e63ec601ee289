//! From the syntax tree, for windows of long lines and far jumps.

use std::ops::{ControlFlow, Range};

use tree_sitter::{Language, ParseOptions, Parser, Query, QueryCursor, StreamingIterator as _};

use crate::text::Source;

use super::{Paint, Painted, push};

/// Most bytes painted of one line at once: a screen is far smaller.
pub(super) const WINDOW: usize = 64 << 10;

/// How much of a document is painted at once when its tree is given up.
const PART: usize = 256 << 10;

/// A document's colors, from its tree.
pub(super) struct Tree {
    language: Language,
    query: Query,
    paints: Vec<Paint>,
    state: State,
}

enum State {
    New,
    /// The tree, and the document's runs up to the last of them: a tree takes fifty times the memory of its text, runs four
    /// times.
    Parsed(tree_sitter::Tree, Vec<(u32, Paint)>),
    Settled(Vec<(u32, Paint)>),
    Failed,
}

impl Tree {
    /// `None` for a language without a grammar here.
    pub(super) fn new(path: &str) -> Option<Self> {
        let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let javascript = tree_sitter_javascript::HIGHLIGHT_QUERY;
        let (language, query): (Language, String) = match extension.as_str() {
            "js" | "mjs" | "cjs" | "jsx" => (tree_sitter_javascript::LANGUAGE.into(), javascript.to_owned()),
            "ts" | "mts" | "cts" => (
                tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
                format!("{javascript}\n{}", tree_sitter_typescript::HIGHLIGHTS_QUERY),
            ),
            "tsx" => (
                tree_sitter_typescript::LANGUAGE_TSX.into(),
                format!("{javascript}\n{}", tree_sitter_typescript::HIGHLIGHTS_QUERY),
            ),
            "py" | "pyi" | "pyw" | "pth" => {
                (tree_sitter_python::LANGUAGE.into(), tree_sitter_python::HIGHLIGHTS_QUERY.to_owned())
            }
            _ => return None,
        };
        let query = Query::new(&language, &query).ok()?;
        let paints = query.capture_names().iter().map(|name| paint(name)).collect();
        Some(Self { language, query, paints, state: State::New })
    }

    /// Paints a window of a line, parsing the document first where that was not done yet. `None` when told to stop.
    pub(super) fn paint(
        &mut self,
        source: &Source,
        line: usize,
        range: Range<usize>,
        stop: &dyn Fn() -> bool,
    ) -> Option<Painted> {
        let range = range.start..range.end.min(range.start + WINDOW);
        if matches!(self.state, State::New) {
            let tree = self.parse(source, stop);
            if tree.is_none() && stop() {
                return None;
            }
            self.state = tree.map_or(State::Failed, |tree| State::Parsed(tree, Vec::new()));
        }
        let start = source.line_start(line);
        let window = start + range.start..start + range.end;
        let mut runs = Vec::new();
        match &self.state {
            State::New | State::Failed => {}
            State::Parsed(tree, _) => {
                for (index, paint) in self.paints_of(tree, source, &window).into_iter().enumerate() {
                    push(&mut runs, range.start + index + 1, paint);
                }
            }
            State::Settled(all) => {
                let first = all.partition_point(|(end, _)| *end as usize <= window.start);
                for (end, paint) in all.get(first..).unwrap_or_default() {
                    let end = (*end as usize).min(window.end);
                    push(&mut runs, end - start, *paint);
                    if end == window.end {
                        break;
                    }
                }
            }
        }
        Some(Painted { range, runs })
    }

    /// Paints the whole document and gives its tree up; goes on next time where it was told to stop.
    pub(super) fn settle(&mut self, source: &Source, stop: &dyn Fn() -> bool) {
        let state = std::mem::replace(&mut self.state, State::Failed);
        let State::Parsed(tree, mut runs) = state else {
            self.state = state;
            return;
        };
        loop {
            let done = runs.last().map_or(0, |(end, _): &(u32, Paint)| *end as usize);
            if done >= source.text.len() {
                runs.shrink_to_fit();
                self.state = State::Settled(runs);
                return;
            }
            if stop() {
                self.state = State::Parsed(tree, runs);
                return;
            }
            let part = done..source.text.len().min(done + PART);
            for (index, paint) in self.paints_of(&tree, source, &part).into_iter().enumerate() {
                // No file is as long as four gigabytes.
                let end = u32::try_from(done + index + 1).unwrap_or(u32::MAX);
                match runs.last_mut() {
                    Some(last) if last.1 == paint => last.0 = end,
                    _ => runs.push((end, paint)),
                }
            }
        }
    }

    /// The paint of every byte of a window.
    fn paints_of(&self, tree: &tree_sitter::Tree, source: &Source, window: &Range<usize>) -> Vec<Paint> {
        let mut cursor = QueryCursor::new();
        cursor.set_byte_range(window.clone());
        let mut captures = cursor.captures(&self.query, tree.root_node(), source.text.as_bytes());
        let mut found: Vec<(Range<usize>, usize, Paint)> = Vec::new();
        while let Some((matched, index)) = captures.next() {
            let Some(capture) = matched.captures().get(*index) else { continue };
            let paint = self.paints.get(capture.index as usize).copied().unwrap_or_default();
            found.push((capture.node.byte_range(), matched.pattern_index, paint));
        }
        // The inner over the outer; for one node, the later pattern, which the queries keep for the special case.
        found.sort_by_key(|(at, pattern, _)| (at.start, std::cmp::Reverse(at.end), *pattern));
        let mut bytes = vec![Paint::Plain; window.len()];
        for (at, _, paint) in found {
            let from = at.start.max(window.start) - window.start;
            let to = at.end.min(window.end).saturating_sub(window.start);
            if let Some(slice) = bytes.get_mut(from..to) {
                slice.fill(paint);
            }
        }
        bytes
    }

    fn parse(&self, source: &Source, stop: &dyn Fn() -> bool) -> Option<tree_sitter::Tree> {
        let mut parser = Parser::new();
        parser.set_language(&self.language).ok()?;
        let text = source.text.as_bytes();
        let mut progress =
            |_: &tree_sitter::ParseState| if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let options = ParseOptions::new().progress_callback(&mut progress);
        parser.parse_with_options(&mut |at, _| text.get(at..).unwrap_or(&[]), None, Some(options))
    }
}

fn paint(capture: &str) -> Paint {
    match capture {
        "variable.builtin" | "constructor.builtin" => return Paint::Constant,
        "function.builtin" => return Paint::Function,
        "string.escape" | "escape" => return Paint::Constant,
        _ => {}
    }
    match capture.split('.').next().unwrap_or(capture) {
        "comment" => Paint::Comment,
        "string" => Paint::Literal,
        "number" => Paint::Number,
        "keyword" => Paint::Keyword,
        "function" => Paint::Function,
        "type" | "constructor" => Paint::Type,
        "constant" => Paint::Constant,
        "property" => Paint::Property,
        "operator" => Paint::Operator,
        "punctuation" => Paint::Punctuation,
        "tag" => Paint::Tag,
        _ => Paint::Plain,
    }
}
