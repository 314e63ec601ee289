//! The diff against another version: what is asked, what was found, and where the analyst is in it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::behavior::Reading;
use crate::case::Case;
use crate::config::{Action, Context};
use crate::diff::{FileChange, Hunk, Row, Sign, Update};
use crate::syntax::Doc;
use crate::text::{Source, Span};

use crate::tui::derived::Goal;
pub use crate::tui::derived::comparison::Found;
use crate::tui::derived::comparison::Lines;
use crate::tui::state::renumber::Moves;
use crate::tui::view::contract::Contract;
use crate::tui::worker::Ticket;
pub use crate::tui::worker::{Comparison, Progress};

pub(in crate::tui) mod ask;
pub mod draw;
mod list;
mod update;

pub use list::{Item, StepRow};
pub use update::areas;
pub(in crate::tui) use update::fit;

/// The diff as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Diff,
    areas: |_, _| {},
    command: update::perform,
    elsewhere: |state, action| match action {
        Action::Diff => {
            ask::open(state);
            Some(Vec::new())
        }
        Action::Fold => Some(Vec::new()),
        _ => None,
    },
    click: |state, at| {
        update::click(state, at);
        Vec::new()
    },
    wheel: |state, at, by| {
        if state.areas().body.contains(at) {
            update::wheel(state, at, by);
        }
        Vec::new()
    },
    target: |state| state.diff.goal().ok(),
    copy: update::copy,
    draw: |state, _, buf| draw::draw(state, buf),
};

/// The part of the view that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// What is new, the places, the files.
    #[default]
    List,
    /// The lines of one place.
    Rows,
    /// The two behavior sequences.
    Steps,
}

/// What a comparison was made from, beside the package on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct From {
    path: PathBuf,
    reading: Reading,
}

/// A place that one was at, to be found again in another comparison with the same version.
#[derive(Debug, Clone, Copy)]
struct Place {
    part: Part,
    /// Its file in the old and the new version.
    file: (Option<usize>, Option<usize>),
    new: Span,
}

/// The state of the view.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    /// The other version's path, once one was named.
    pub against: Option<PathBuf>,
    /// SHA-256 of the package that it is another version of.
    pub of: Option<String>,
    /// How far the running comparison is.
    pub progress: Option<Progress>,
    /// Why the last one found nothing.
    pub failed: Option<String>,
    /// What it found.
    pub found: Option<Found>,
    /// What the model says of what is new, or why it says nothing.
    pub update: Option<Result<Update, String>>,
    /// Lines of the list.
    pub items: Arc<Vec<Item>>,
    /// Lines of the two sequences.
    pub steps: Arc<Vec<StepRow>>,
    /// What has the keys.
    pub part: Part,
    /// Whether what is folded is shown.
    pub unfolded: bool,
    /// Selected line and first line shown, of the list, the rows and the steps.
    pub at: [(usize, usize); 3],
    /// Characters that the rows are moved to the left.
    pub left: usize,
    from: Option<From>,
    place: Option<Place>,
    ticket: Ticket,
    /// Hash of the model that was asked of the update.
    asked: Option<String>,
    judging: Ticket,
}

impl Versions {
    /// One line for the case card, escaped; none before there is a diff.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        self.found.as_ref().map(|found| crate::text::escape(&found.diff.summary()).into_owned())
    }

    /// The new step that speaks most for malicious, where one does: its words and place, escaped.
    #[must_use]
    pub fn strongest(&self) -> Option<String> {
        let new = &self.found.as_ref()?.new;
        let first = self.update.as_ref()?.as_ref().ok()?.steps.first().filter(|first| first.score > 0.0)?;
        let step = new.sequence.steps.get(first.step)?;
        let what = if step.detail.is_empty() { step.feature.phrase() } else { &step.detail };
        let file = new.file_of(step.doc).map_or("", |file| file.path.as_str());
        Some(crate::text::escape(&format!("{} {what}, {file}:{}", step.phase.word(), step.line)).into_owned())
    }

    /// The selected line of a part.
    #[must_use]
    pub fn selected(&self, part: Part) -> usize {
        self.at.get(part as usize).map_or(0, |(selected, _)| *selected)
    }

    /// The first line of a part on the screen.
    #[must_use]
    pub fn top(&self, part: Part) -> usize {
        self.at.get(part as usize).map_or(0, |(_, top)| *top)
    }

    /// The place whose lines are shown: that of the selected line of the list.
    #[must_use]
    pub fn hunk(&self) -> Option<(usize, &Hunk)> {
        let index = self.items.get(self.selected(Part::List))?.hunk()?;
        Some((index, self.found.as_ref()?.diff.hunks.get(index)?))
    }

    /// The file that a place is in.
    #[must_use]
    pub fn file(&self, hunk: &Hunk) -> Option<&FileChange> {
        self.found.as_ref()?.diff.files.get(hunk.file)
    }

    /// The old and the new text that a place is in.
    #[must_use]
    pub fn sources(&self, hunk: &Hunk) -> (Option<&Arc<Source>>, Option<&Arc<Source>>) {
        let (Some(found), Some(file)) = (&self.found, self.file(hunk)) else { return (None, None) };
        let source = |case: &'_ Case, at: Option<usize>| at.is_some_and(|at| case.package.source(at).is_some());
        let old = file.old.filter(|_| source(&found.old, file.old)).and_then(|at| found.old.package.source(at));
        let new = file.new.filter(|_| source(&found.new, file.new)).and_then(|at| found.new.package.source(at));
        (old, new)
    }

    /// How many lines a part has.
    #[must_use]
    pub fn length(&self, part: Part) -> usize {
        match part {
            Part::List => self.items.len(),
            Part::Rows => self.hunk().map_or(0, |(_, hunk)| hunk.rows.len()),
            Part::Steps => self.steps.len(),
        }
    }

    /// Shows the lines after something was found or folded.
    fn list(&mut self) {
        let lines = self.found.as_ref().map(|found| &found.lines);
        let lines = lines.and_then(|lines| lines.get(usize::from(self.unfolded)));
        let Lines { items, steps } = lines.cloned().unwrap_or_default();
        (self.items, self.steps) = (items, steps);
    }

    /// The place whose lines are shown, as it can be found again.
    fn place(&self) -> Option<Place> {
        let (_, hunk) = self.hunk()?;
        let file = self.file(hunk)?;
        Some(Place { part: self.part, file: (file.old, file.new), new: hunk.new })
    }

    /// Layers of this version have other numbers. Everything else is looked up in the case that was compared.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        for goal in self.found.iter_mut().flat_map(|found| &mut found.hosts) {
            *goal = goal.and_then(|goal| moves.goal(goal));
        }
    }

    /// Where a row of the shown place stands in the new version.
    fn row_goal(&self, row: &Row) -> Option<Goal> {
        let (_, hunk) = self.hunk()?;
        let file = self.file(hunk)?.new?;
        let span = row.new?;
        Some((Doc::File(file), Some(without_end(span, self.sources(hunk).1?))))
    }

    /// The bytes in the new version that the selected line is about.
    ///
    /// # Errors
    /// A sentence that says why there are none.
    pub(in crate::tui) fn goal(&self) -> Result<Goal, &'static str> {
        const GONE: &str = "Only the old version has this; there is nothing to go to.";
        match self.part {
            Part::List => {
                let item = self.items.get(self.selected(Part::List)).ok_or("There is nothing to go to.")?;
                list::goal(self, item).ok_or(GONE)
            }
            Part::Rows => {
                let (_, hunk) = self.hunk().ok_or("There is nothing to go to.")?;
                let row = hunk.rows.get(self.selected(Part::Rows)).ok_or(GONE)?;
                self.row_goal(row).ok_or(GONE)
            }
            Part::Steps => {
                let found = self.found.as_ref().ok_or(GONE)?;
                let Some(StepRow::Pair(line)) = self.steps.get(self.selected(Part::Steps)) else {
                    return Err("These steps are the same in both; unfold them to go to one.");
                };
                let step = found.diff.steps.get(*line).and_then(|line| line.new);
                let step = step.and_then(|at| found.new.sequence.steps.get(at)).ok_or(GONE)?;
                Ok((step.doc, Some(step.span)))
            }
        }
    }
}

/// A line's bytes without its line end: what is emphasised in the source.
fn without_end(span: Span, source: &Source) -> Span {
    let text = source.text.get(span.start..span.end).unwrap_or_default();
    Span { start: span.start, end: span.start + text.trim_end_matches(['\r', '\n']).len() }
}

/// Rows that are changed, of a place: where the lines of it that matter begin.
fn first_changed(hunk: &Hunk) -> usize {
    hunk.rows
        .iter()
        .position(|row| row.sign == Sign::Added)
        .or_else(|| hunk.rows.iter().position(|row| row.sign == Sign::Removed))
        .unwrap_or_default()
}

/// Why a place has its risk, in a line; escaped.
#[must_use]
pub fn reasons(hunk: &Hunk) -> String {
    let reasons: Vec<&str> = hunk.reasons.iter().map(|reason| reason.what.as_str()).collect();
    crate::text::escape(&reasons.join("; ")).into_owned()
}
