//! Where in the package a tool points: it had another copy of it, in another folder.

use super::scanner::{At, Found};
use crate::case::Case;
use crate::case::external::Finding;
use crate::text::{Source, Span};

/// Longest text of a tool that is kept, bytes.
const TEXT: usize = 2000;
/// Shortest text by which a place is looked for.
const LEAST: usize = 4;

/// The files of a package by the parts of their paths from the end, in order: those that share an end stand together.
pub(super) struct Places(Vec<(Vec<String>, usize)>);

/// The parts of a path, the last first.
fn parts(path: &str) -> Vec<String> {
    path.split(['/', '\\']).rev().filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
}

impl Places {
    /// Of a case.
    pub fn new(case: &Case) -> Self {
        let files = case.package.files.iter().enumerate();
        let mut all: Vec<(Vec<String>, usize)> = files.map(|(at, file)| (parts(&file.path), at)).collect();
        all.sort_unstable();
        Self(all)
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

    /// The file that a path means: the one that shares most of its end. `None` where two do, but for one that lies where the tool
    /// was given the package's own folder.
    fn file(&self, case: &Case, path: &str) -> Option<usize> {
        let wanted = parts(path);
        let at = self.0.partition_point(|(own, _)| *own < wanted);
        let shared = |at: usize| {
            let own = self.0.get(at).map_or(&[][..], |(own, _)| own.as_slice());
            own.iter().zip(&wanted).take_while(|(own, other)| own == other).count()
        };
        // What shares most stands next to where it would stand itself.
        let most = shared(at).max(at.checked_sub(1).map_or(0, shared));
        let end = wanted.get(..most).filter(|end| !end.is_empty())?;
        let from = self.0.partition_point(|(own, _)| own.as_slice() < end);
        let mut alike = self.0.get(from..)?.iter().take_while(|(own, _)| own.starts_with(end)).map(|(_, file)| *file);
        let first = alike.next()?;
        if alike.next().is_none() {
            return Some(first);
        }
        let whole = format!("{}{}", case.package.root, path.trim_start_matches("./"));
        case.package.by_path(&whole)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::behavior::Reading;
    use crate::package::{Ecosystem, File, Manifest, Package};

    #[test]
    fn a_path_of_another_folder_means_the_file_that_shares_most_of_its_end() {
        let paths = ["p/a/index.js", "p/b/index.js", "p/index.js", "p/lib/send.js"];
        let package = Package {
            path: String::new(),
            archive: String::new(),
            sha256: String::new(),
            size: 0,
            ecosystem: Ecosystem::Npm,
            name: None,
            version: None,
            root: "p/".to_owned(),
            tops: Vec::new(),
            files: paths.map(|path| File { path: path.to_owned(), bytes: [].into(), source: None }).into(),
            manifest: Manifest::default(),
            entries: Vec::new(),
            oddities: Vec::new(),
            skipped: Vec::new(),
        };
        let case = Case::read(Arc::new(package), Duration::ZERO, &Reading::default());
        let places = Places::new(&case);
        let found = |path: &str| places.file(&case, path).map(|file| paths[file]);
        assert_eq!(found("/tmp/x/lib/send.js"), Some("p/lib/send.js"));
        assert_eq!(found("send.js"), Some("p/lib/send.js"));
        assert_eq!(found("C:\\scan\\b\\index.js"), Some("p/b/index.js"));
        assert_eq!(found("./index.js"), Some("p/index.js"), "the package's own folder");
        assert_eq!(found("/tmp/p/index.js"), Some("p/index.js"));
        assert_eq!(found("q/index.js"), None, "any of three");
        assert_eq!(found("other.js"), None);
        assert_eq!(found(""), None);
    }
}
