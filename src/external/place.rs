//! Where in the package a tool points: it had another copy of it, in another folder.

use std::collections::HashMap;

use super::scanner::{At, Found};
use crate::case::Case;
use crate::case::external::Finding;
use crate::text::{Source, Span};

/// Longest text of a tool that is kept, bytes.
const TEXT: usize = 2000;
/// Shortest text by which a place is looked for.
const LEAST: usize = 4;

/// The files of a package by the end of their path.
pub(super) struct Places {
    by_name: HashMap<String, Vec<usize>>,
}

impl Places {
    /// Of a case.
    pub fn new(case: &Case) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, file) in case.package.files.iter().enumerate() {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            by_name.entry(name.to_owned()).or_default().push(at);
        }
        Self { by_name }
    }

    /// What a tool points at, in the package.
    pub fn finding(&self, case: &Case, source: &str, found: Found) -> Finding {
        let file = self.file(case, &found.path);
        let text = file.and_then(|file| case.package.source(file));
        let span = text.and_then(|text| span(text, found.at, &found.matched));
        Finding {
            source: short(source),
            rule: short(&found.rule),
            message: short(&found.message),
            level: found.level,
            path: short(&found.path),
            file,
            span,
        }
    }

    /// The file that a path means: of those with its name the one that shares most of its end. `None` where two do.
    fn file(&self, case: &Case, path: &str) -> Option<usize> {
        let path = path.replace('\\', "/");
        let parts = || path.split('/').rev().filter(|part| !part.is_empty() && *part != ".");
        let shared = |file: usize| {
            let own = case.package.files.get(file).map_or("", |file| file.path.as_str());
            own.split('/').rev().zip(parts()).take_while(|(own, other)| own == other).count()
        };
        let candidates = self.by_name.get(parts().next()?)?;
        let most = candidates.iter().map(|file| shared(*file)).max()?;
        let mut best = candidates.iter().copied().filter(|file| shared(*file) == most);
        let first = best.next()?;
        match best.next() {
            None => Some(first),
            // The tool may have been given the package's own folder: what lies nearest to that is meant.
            Some(_) => {
                let whole = format!("{}{}", case.package.root, path.trim_start_matches("./"));
                candidates
                    .iter()
                    .copied()
                    .find(|file| case.package.files.get(*file).is_some_and(|file| file.path == whole))
            }
        }
    }
}

/// The bytes that are meant: what matched where it stands there, else the lines without the blanks around them.
fn span(text: &Source, at: At, matched: &str) -> Option<Span> {
    let matched = matched.trim();
    let within = |whole: Span| {
        let part = text.text.get(whole.start..whole.end)?;
        let start = part.find(matched).filter(|_| matched.len() >= LEAST)? + whole.start;
        Some(Span { start, end: start + matched.len() })
    };
    match at {
        At::File => within(Span { start: 0, end: text.text.len() }),
        At::Bytes { offset, length } => {
            let end = offset.checked_add(length.max(1))?;
            let span = text.from_file(Span { start: offset, end });
            (span.start < span.end && text.text.get(span.start..span.end).is_some()).then_some(span)
        }
        At::Lines { first, column, last, end_column } => {
            if first > text.line_count() {
                return None;
            }
            let last = last.min(text.line_count());
            let whole = Span { start: text.line_start(first), end: text.line_start(last) + text.line(last).len() };
            if let Some(exact) = within(whole) {
                return Some(exact);
            }
            let start = if column > 0 { text.offset_of(first, column) } else { whole.start };
            let end = if end_column > 0 { text.offset_of(last, end_column).max(start) } else { whole.end };
            let part = text.text.get(start..end)?;
            let (before, behind) = (part.len() - part.trim_start().len(), part.len() - part.trim_end().len());
            let span = Span { start: start + before, end: (end - behind).max(start + before) };
            (span.start < span.end).then_some(span)
        }
    }
}

/// The beginning of a text that may have any length.
pub(super) fn short(text: &str) -> String {
    let mut end = TEXT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = text.get(..end).unwrap_or_default();
    if end < text.len() { format!("{cut}…") } else { cut.to_owned() }
}
