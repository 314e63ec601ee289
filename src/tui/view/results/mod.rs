//! Matches in the whole package: a list that grows while they are found, and a walk over it from anywhere.

use crate::case::search::{Chunk, End, Ended, Hit, LISTED, LISTED_IN_ALL, Mode, Query};
use crate::config::{Action, Context};
use crate::syntax::Doc;
use crate::text;
use crate::tui::layout::{CARD, WIDE};
use crate::tui::state::State;
use crate::tui::state::copy;
use crate::tui::view::View;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use crate::tui::worker::Ticket;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub mod draw;
mod update;

pub(in crate::tui) use update::{arrived, click, follow, perform, renumber, search, search_layers, walk, wheel};

/// The matches as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Results,
    areas: |areas, room| {
        if room.size.width >= WIDE {
            areas.beside_source(CARD, room);
        }
    },
    command: perform,
    elsewhere: |state, action| {
        (action == Action::Results).then(|| {
            state.open_view(View::Results);
            follow(state);
            Vec::new()
        })
    },
    click: |state, at| contract::click_beside(state, at, draw::list_area, click),
    wheel: |state, at, by| contract::wheel_beside(state, at, by, wheel),
    target: contract::shown_span,
    copy: |state, action| match lines_of_marked(state) {
        Some((lines, count)) => copy::several(state, action, &lines, &count),
        None => copy::give(state, action, "match", line(state)),
    },
    draw: |state, areas, buf| {
        let area = framed(state, areas, "Matches in the whole package", "", buf);
        draw::draw(state, area, buf);
    },
};

/// The matches of one document.
#[derive(Debug, Clone)]
pub struct Group {
    /// The document.
    pub doc: Doc,
    /// Its matches, as far as they are listed.
    pub hits: Vec<Hit>,
    /// How many it has.
    pub count: usize,
}

/// A row of the list, by index in the groups and in a group's matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Names a document.
    Document(usize),
    /// A match in it.
    Hit(usize, usize),
}

/// How far the search is.
#[derive(Debug, Clone, Copy, Default)]
pub enum Progress {
    /// Nothing was searched yet.
    #[default]
    None,
    /// It runs since then.
    Running(Instant),
    /// It has ended after so long.
    Ended(Ended, Duration),
}

/// What was searched in the whole package and what was found.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// What was typed; untrusted where it was pasted.
    pub typed: String,
    /// How it was read.
    pub mode: Mode,
    /// Matches by document, those with behaviors first.
    pub groups: Vec<Group>,
    /// The same as rows.
    pub rows: Vec<Row>,
    /// The selected row.
    pub selected: usize,
    /// Matches that are selected beside the one that one is on: document and first byte.
    pub marked: BTreeSet<(Doc, usize)>,
    /// First row on the screen.
    pub top: usize,
    /// How many matches there are.
    pub count: usize,
    /// Bytes looked at, and in all.
    pub bytes: (usize, usize),
    /// How long the first match took.
    pub first: Option<Duration>,
    /// How far the search is.
    pub progress: Progress,
    /// Whether n and N walk these matches.
    pub walked: bool,
    /// What is still to be searched for in the layers, which are decoded while the code is read.
    later: Option<Arc<Query>>,
    by_doc: HashMap<Doc, usize>,
    ticket: Ticket,
}

impl Results {
    /// Whether more is to come.
    #[must_use]
    pub fn running(&self) -> bool {
        matches!(self.progress, Progress::Running(_))
    }

    /// How long the search has run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match self.progress {
            Progress::None => Duration::ZERO,
            Progress::Running(since) => since.elapsed(),
            Progress::Ended(_, took) => took,
        }
    }

    /// A match, by its row.
    #[must_use]
    pub fn hit(&self, row: usize) -> Option<(Doc, Hit)> {
        let Row::Hit(group, hit) = *self.rows.get(row)? else { return None };
        let group = self.groups.get(group)?;
        Some((group.doc, *group.hits.get(hit)?))
    }

    /// The number of a match among those listed, from 1.
    #[must_use]
    pub fn number(&self, row: usize) -> usize {
        match self.rows.get(row) {
            // Every document before it, and its own, has a row for its name.
            Some(Row::Hit(group, _)) => row - group,
            _ => 0,
        }
    }

    /// The matches that touch a stretch of a document's text, while they are walked.
    #[must_use]
    pub fn within(&self, doc: Doc, range: &Range<usize>) -> Vec<Range<usize>> {
        let group = self.by_doc.get(&doc).filter(|_| self.walked).and_then(|group| self.groups.get(*group));
        let hits = group.map(|group| group.hits.as_slice()).unwrap_or_default().iter().filter(|hit| !hit.raw);
        hits.map(|hit| hit.span.start..hit.span.end)
            .filter(|hit| hit.start < range.end && range.start < hit.end)
            .collect()
    }

    fn take(&mut self, chunk: Chunk) {
        self.bytes = (chunk.bytes, chunk.of);
        for found in chunk.found {
            self.count += found.count;
            let group = match self.groups.last_mut().filter(|last| last.doc == found.doc) {
                Some(_) => self.groups.len() - 1,
                None => {
                    self.groups.push(Group { doc: found.doc, hits: Vec::new(), count: 0 });
                    self.rows.push(Row::Document(self.groups.len() - 1));
                    self.by_doc.insert(found.doc, self.groups.len() - 1);
                    self.groups.len() - 1
                }
            };
            let Some(known) = self.groups.get_mut(group) else { continue };
            known.count += found.count;
            let first = known.hits.len();
            known.hits.extend(found.hits);
            self.rows.extend((first..known.hits.len()).map(|hit| Row::Hit(group, hit)));
        }
    }
}

/// How the search stands, in a line.
#[must_use]
pub fn summary(results: &Results) -> String {
    let took = results.elapsed();
    let took = if took < Duration::from_secs(1) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
    };
    let documents = results.groups.len();
    let matches = match results.count {
        0 => "no match".to_owned(),
        1 => "1 match".to_owned(),
        count => format!("{count} matches in {}", crate::text::many(documents, "document", "documents")),
    };
    let (bytes, of) = results.bytes;
    let how = match results.progress {
        Progress::None => return String::new(),
        Progress::Running(_) => {
            let share = (bytes * 100).checked_div(of).unwrap_or(0);
            let of =
                if of < 1_000_000 { format!("{} KB", of.div_ceil(1000)) } else { format!("{:.1} MB", of as f64 / 1e6) };
            return format!("{matches} · {share} % of {of} · {took} · Esc stops");
        }
        Progress::Ended(Ended { end: End::Complete, .. }, _) if results.later.is_some() => {
            " · in files only: what is hidden in them is still being decoded".to_owned()
        }
        Progress::Ended(Ended { end: End::Complete, .. }, _) => String::new(),
        Progress::Ended(Ended { end: End::Stopped, .. }, _) => " · stopped".to_owned(),
        Progress::Ended(Ended { end: End::Full, .. }, _) => {
            format!(" · ended at {LISTED_IN_ALL} listed matches")
        }
    };
    let slow = match results.progress {
        Progress::Ended(Ended { slow: true, .. }, _) => " · slow pattern: matches over 1 KiB may be missing",
        _ => "",
    };
    let listed = match results.groups.iter().any(|group| group.count > group.hits.len()) {
        true => format!(" · at most {LISTED} listed of each"),
        false => String::new(),
    };
    format!("{matches} · {took}{how}{listed}{slow}")
}

/// Rows of the list on the screen.
fn height(state: &State) -> usize {
    usize::from(crate::tui::view::results::draw::list_area(state).height).max(1)
}

/// The selected match with its place and its line, raw.
pub(in crate::tui) fn line(state: &State) -> Option<String> {
    line_of(state, state.results.selected)
}

/// The matches that are selected, a line each, and how many they are; raw.
pub(in crate::tui) fn lines_of_marked(state: &State) -> Option<(Vec<String>, String)> {
    let results = &state.results;
    let is_marked =
        |row: &usize| results.hit(*row).is_some_and(|(doc, hit)| results.marked.contains(&(doc, hit.span.start)));
    let marked = (0..results.rows.len()).filter(|row| !results.marked.is_empty() && is_marked(row));
    let lines: Vec<String> = marked.filter_map(|row| line_of(state, row)).collect();
    let count = crate::text::many(lines.len(), "match", "matches");
    (!lines.is_empty()).then_some((lines, count))
}

fn line_of(state: &State, row: usize) -> Option<String> {
    let (doc, hit) = state.results.hit(row)?;
    let path = state.docs.raw_path(doc);
    match state.docs.source(doc).filter(|_| !hit.raw) {
        Some(source) => {
            let (line, column) = source.line_column(hit.span.start);
            Some(format!("{path}:{line}:{column} {}", source.line(line)))
        }
        None => {
            let bytes = state.docs.bytes(doc).get(hit.span.start..hit.span.end)?;
            Some(format!("{path}:0x{:x} {}", hit.span.start, text::hex(bytes)))
        }
    }
}
