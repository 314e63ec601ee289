//! The diff against another version: what is asked, what was found, and where the analyst is in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::behavior::Reading;
use crate::case::Case;
use crate::config::Action;
use crate::diff::{Diff, Fate, FileChange, Hunk, Row, Sign};
use crate::syntax::Doc;
use crate::text::{Source, Span};

use super::super::job::Ticket;
use super::super::layout;
use super::pages::Goal;
use super::renumber::Moves;
use super::{Effect, State, follow, travel};

pub(super) mod ask;
mod list;

pub use ask::Comparison;
pub use list::{Item, StepRow};

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

/// How far a comparison is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The other archive is being read.
    Opening,
    /// Its code is being read.
    Reading,
    /// The two are being compared.
    Comparing,
}

impl Progress {
    /// What goes on, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Opening => "reading the other version's archive",
            Self::Reading => "reading the other version's code",
            Self::Comparing => "comparing the two versions",
        }
    }
}

/// What a comparison found, with its lines.
#[derive(Debug, Clone)]
pub struct Found {
    /// The differences.
    pub diff: Arc<Diff>,
    /// The other version.
    pub old: Arc<Case>,
    /// This version, as it was compared.
    pub new: Arc<Case>,
    /// How many steps met each fate.
    pub fates: HashMap<Fate, usize>,
    /// Where each new host is named first.
    hosts: Vec<Option<Goal>>,
    /// The lines, without and with what is folded away.
    lines: [Lines; 2],
}

/// The lines of the list and of the two sequences.
#[derive(Debug, Clone, Default)]
struct Lines {
    items: Arc<Vec<Item>>,
    steps: Arc<Vec<StepRow>>,
}

impl Found {
    /// Makes the lines. With many steps and places that takes longer than a frame, so a worker calls it.
    #[must_use]
    pub fn new(diff: Diff, old: Arc<Case>, new: Arc<Case>) -> Self {
        let mut fates = HashMap::new();
        for line in &diff.steps {
            *fates.entry(line.fate).or_default() += 1;
        }
        let hosts = list::hosts(&diff, &new);
        let lines = [Lines::default(), Lines::default()];
        let mut found = Self { diff: Arc::new(diff), old, new, fates, hosts, lines };
        found.lines = [false, true].map(|unfolded| Lines {
            items: Arc::new(list::items(&found, unfolded)),
            steps: Arc::new(list::steps(&found.diff, unfolded)),
        });
        found
    }
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
}

impl Versions {
    /// One line for the case card, escaped; none before there is a diff.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        self.found.as_ref().map(|found| crate::text::escape(&found.diff.summary()).into_owned())
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
    pub(super) fn renumber(&mut self, moves: &Moves) {
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
    pub(super) fn goal(&self) -> Result<Goal, &'static str> {
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
                    return Err("These steps are the same in both; H shows them.");
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

/// What an action does in the view; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::in_list(action, height(state, state.diff.part)) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Diff => ask::ask(state),
        Action::Left => state.diff.left = state.diff.left.saturating_sub(8),
        Action::Right => state.diff.left = (state.diff.left + 8).min(longest(state)),
        Action::LineStart => state.diff.left = 0,
        Action::LineEnd => state.diff.left = longest(state),
        Action::NextPane => turn(state, 1),
        Action::PreviousPane => turn(state, 2),
        Action::Next => walk(state, true),
        Action::Previous => walk(state, false),
        Action::Fold => fold(state),
        Action::Open => match state.diff.goal() {
            Ok(goal) => state.go(goal),
            Err(why) => state.say(why),
        },
        Action::Copy | Action::CopyRaw => return Some(copy(state, action)),
        Action::Search => state.say("The search is in the code: Enter goes there, / searches."),
        Action::Zoom | Action::Hex | Action::Filter => {}
        _ => return None,
    }
    Some(Vec::new())
}

/// Where the list and what stands beside it are. The two sequences need the whole width.
#[must_use]
pub fn areas(state: &State) -> [Rect; 2] {
    let body = state.areas().body;
    match state.diff.part {
        Part::Steps if state.diff.found.is_some() => [Rect::ZERO, body],
        part => layout::diff(body, part == Part::Rows),
    }
}

/// Lines of a part on the screen.
fn height(state: &State, part: Part) -> usize {
    let [list, right] = areas(state);
    let area = if part == Part::List { list } else { right };
    usize::from(area.height.saturating_sub(2)).max(1)
}

fn longest(state: &State) -> usize {
    let Some((_, hunk)) = state.diff.hunk() else { return 0 };
    let (old, new) = state.diff.sources(hunk);
    let (old, new) = (old.map(|s| &**s), new.map(|s| &**s));
    let width = |row: &Row| row.text(old, new).chars().count();
    hunk.rows.iter().map(width).max().unwrap_or_default().saturating_sub(16)
}

/// Moves the selection of the part that has the keys.
pub(super) fn step(state: &mut State, by: isize) {
    let part = state.diff.part;
    let last = state.diff.length(part).saturating_sub(1);
    let now = state.diff.selected(part);
    let mut next = now.saturating_add_signed(by).min(last);
    if part == Part::List {
        // Headings are passed over, in the direction of the move and at its end against it.
        let heading = |at: usize| matches!(state.diff.items.get(at), Some(Item::Heading(_)));
        let down = (next..=last).find(|at| !heading(*at));
        let up = (0..=next).rev().find(|at| !heading(*at));
        next = if by < 0 { up.or(down) } else { down.or(up) }.unwrap_or(now);
    }
    select(state, part, next);
}

/// Selects a line of a part and brings it on the screen.
fn select(state: &mut State, part: Part, line: usize) {
    let before = state.diff.hunk().map(|(index, _)| index);
    let (rows, height) = (state.diff.length(part), height(state, part));
    if let Some(at) = state.diff.at.get_mut(part as usize) {
        *at = (line, follow(at.1, line, rows, height));
        // A heading above the first line of its section stays on the screen.
        if part == Part::List && at.1 == 1 {
            at.1 = 0;
        }
    }
    let now = state.diff.hunk().map(|(index, _)| index);
    // Every line about a place shows its own lines of it.
    if part == Part::List && (before != now || !matches!(state.diff.items.get(line), Some(Item::Place(_)))) {
        to_hunk_start(state);
    }
}

/// Shows a place from its first changed line on, with what stands around it.
fn to_hunk_start(state: &mut State) {
    state.diff.left = 0;
    let goal = state.diff.items.get(state.diff.selected(Part::List)).and_then(|item| list::goal(&state.diff, item));
    let wanted = goal.and_then(|(_, span)| span).map(|span| span.start);
    let holds = |row: &Row| row.new.zip(wanted).is_some_and(|(span, at)| span.start <= at && at < span.end);
    let first = state
        .diff
        .hunk()
        .map_or(0, |(_, hunk)| hunk.rows.iter().position(holds).unwrap_or_else(|| first_changed(hunk)));
    let height = height(state, Part::Rows);
    let last = state.diff.length(Part::Rows).saturating_sub(height);
    let top = first.saturating_sub(height / 3).min(last);
    if let Some(at) = state.diff.at.get_mut(Part::Rows as usize) {
        *at = (first, top);
    }
}

fn turn(state: &mut State, by: usize) {
    let parts = [Part::List, Part::Rows, Part::Steps];
    let now = parts.iter().position(|part| *part == state.diff.part).unwrap_or_default();
    if let Some(part) = parts.get((now + by) % parts.len()) {
        state.diff.part = *part;
        fit(state);
    }
}

/// To the next or previous place by risk.
fn walk(state: &mut State, forward: bool) {
    let hunks: Vec<usize> =
        state.diff.items.iter().enumerate().filter(|(_, i)| matches!(i, Item::Place(_))).map(|(at, _)| at).collect();
    let now = state.diff.selected(Part::List);
    let next = match forward {
        true => hunks.iter().find(|at| **at > now),
        false => hunks.iter().rev().find(|at| **at < now),
    };
    match next {
        Some(next) => {
            let number = hunks.iter().position(|at| at == next).unwrap_or_default() + 1;
            select(state, Part::List, *next);
            to_hunk_start(state);
            if state.diff.part == Part::Steps {
                state.diff.part = Part::List;
            }
            let why = state.diff.hunk().map(|(_, hunk)| reasons(hunk)).unwrap_or_default();
            let why = if why.is_empty() { String::new() } else { format!(" · {why}") };
            state.say(format!("Place {number} of {}{why}", hunks.len()));
        }
        None if hunks.is_empty() => state.say("No place has changed."),
        None if forward => state.say("This was the last place."),
        None => state.say("This is the place of highest risk."),
    }
}

/// Why a place has its risk, in a line; escaped.
#[must_use]
pub fn reasons(hunk: &Hunk) -> String {
    let reasons: Vec<&str> = hunk.reasons.iter().map(|reason| reason.what.as_str()).collect();
    crate::text::escape(&reasons.join("; ")).into_owned()
}

fn fold(state: &mut State) {
    let Some(found) = &state.diff.found else { return };
    let folded = found.diff.folded();
    let kept = state.diff.items.get(state.diff.selected(Part::List)).cloned();
    state.diff.unfolded = !state.diff.unfolded;
    state.diff.list();
    let again = kept.and_then(|kept| state.diff.items.iter().position(|item| *item == kept));
    select(state, Part::List, again.unwrap_or(1));
    let steps = state.diff.length(Part::Steps).saturating_sub(1);
    let step = state.diff.selected(Part::Steps).min(steps);
    select(state, Part::Steps, step);
    let what = if state.diff.unfolded { "are shown" } else { "are folded away" };
    state.say(format!(
        "{} and equal steps {what}.",
        crate::text::many(folded, "file of no weight", "files of no weight")
    ));
}

fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    let text = match state.diff.part {
        Part::Rows => state.diff.hunk().and_then(|(_, hunk)| {
            let (old, new) = state.diff.sources(hunk);
            let row = hunk.rows.get(state.diff.selected(Part::Rows))?;
            Some(row.text(old.map(|s| &**s), new.map(|s| &**s)).to_owned())
        }),
        _ => state.diff.goal().ok().map(|(doc, _)| state.docs.name(doc)),
    };
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        state.say("There is nothing to copy here.");
        return Vec::new();
    };
    let what = if state.diff.part == Part::Rows { "line" } else { "path" };
    super::copy::text_as(state, action, what, &text)
}

/// A click selects a line; on the selected line it goes there.
pub(super) fn click(state: &mut State, x: u16, y: u16) {
    let at = ratatui::layout::Position::new(x, y);
    let [list, right] = areas(state);
    let part = match () {
        () if list.contains(at) => Part::List,
        () if right.contains(at) && state.diff.part == Part::Steps => Part::Steps,
        () if right.contains(at) => Part::Rows,
        () => return,
    };
    let area = if part == Part::List { list } else { right };
    let Some(row) = usize::from(y).checked_sub(usize::from(area.y) + 1) else { return };
    let line = state.diff.top(part) + row;
    let heading = part == Part::List && matches!(state.diff.items.get(line), Some(Item::Heading(_)));
    if row >= height(state, part) || line >= state.diff.length(part) || heading {
        return;
    }
    let again = state.diff.part == part && state.diff.selected(part) == line;
    state.diff.part = part;
    select(state, part, line);
    if again && let Ok(goal) = state.diff.goal() {
        state.go(goal);
    }
}

/// The wheel scrolls what it is over.
pub(super) fn wheel(state: &mut State, x: u16, y: u16, by: isize) {
    let at = ratatui::layout::Position::new(x, y);
    let [list, _] = areas(state);
    let part = match state.diff.part {
        _ if list.contains(at) => Part::List,
        Part::Steps => Part::Steps,
        _ => Part::Rows,
    };
    let most = state.diff.length(part).saturating_sub(height(state, part));
    if let Some((_, top)) = state.diff.at.get_mut(part as usize) {
        *top = top.saturating_add_signed(by).min(most);
    }
}

/// Brings the selection back on the screen after the screen changed its size.
pub(super) fn fit(state: &mut State) {
    for part in [Part::List, Part::Rows, Part::Steps] {
        let selected = state.diff.selected(part);
        let (rows, height) = (state.diff.length(part), height(state, part));
        if let Some(at) = state.diff.at.get_mut(part as usize) {
            at.1 = follow(at.1, selected.min(rows.saturating_sub(1)), rows, height);
        }
    }
}
