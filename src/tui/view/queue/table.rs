//! The view of the queue: a row per package, near-duplicates folded into one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use strum::IntoEnumIterator as _;

use crate::config::Action;
use crate::ledger::{Label, Order};
use crate::queue::{Item, Listing};
use crate::text::many;

use crate::tui::state::{Effect, Overlay, State, follow};
use crate::tui::view::View;
use crate::tui::view::queue::label_selected;
use crate::tui::widget::prompt::{Prompt, Words};
use crate::tui::widget::travel;
use crate::tui::worker::{LedgerWork, Work};

/// Where one is in the table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What it shows: indices of the list's rows.
    pub rows: Vec<usize>,
    /// Index in `rows`.
    pub selected: usize,
    /// First row on the screen.
    pub top: usize,
    /// Only what holds this text.
    pub filter: String,
    /// The time that ages are counted to.
    pub now: Timestamp,
    /// Packages that are selected beside the row that one is on, by number.
    pub marked: BTreeSet<i64>,
    /// How many a malicious label was asked about.
    pub(super) asked: Option<usize>,
    /// Groups of which every package has a row, by the number of their first.
    unfolded: BTreeSet<i64>,
}

impl Table {
    /// Whether a group shows all its packages.
    #[must_use]
    pub fn is_unfolded(&self, listing: &Listing, row: usize) -> bool {
        first_of(listing, row).is_some_and(|number| self.unfolded.contains(&number))
    }
}

/// The number of the first item of a row's group.
fn first_of(listing: &Listing, row: usize) -> Option<i64> {
    let rank = listing.rows.get(row)?.rank;
    let first =
        (0..=row).rev().take_while(|at| listing.rows.get(*at).is_some_and(|other| other.rank == rank)).last()?;
    listing.at(first).map(|(_, item, _)| item.number)
}

/// Lines of the table on the screen: without the header and the line about the selected package.
#[must_use]
pub fn height(state: &State) -> usize {
    let areas = state.areas();
    // A border above and below, or a line for the title; the header; the line about the selected package.
    let around = if areas.bordered { 4 } else { 3 };
    usize::from(areas.body.height.saturating_sub(around)).max(1)
}

/// Opens the view on the package on the screen.
pub(in crate::tui) fn show(state: &mut State) -> Vec<Effect> {
    state.open_view(View::Queue);
    fill(state);
    if let Some(number) = state.queue.current.as_ref().map(|current| current.number) {
        select(state, number);
    }
    vec![crate::tui::view::queue::list(state)]
}

fn select(state: &mut State, number: i64) {
    let Some(listing) = state.queue.list().cloned() else { return };
    let row = listing.row_of(number);
    let rank = row.and_then(|row| listing.rows.get(row)).map(|row| row.rank);
    let table = &mut state.queue.table;
    // A package whose group is folded is found at the group's row.
    let at = table.rows.iter().position(|shown| Some(*shown) == row).or_else(|| {
        table.rows.iter().position(|shown| listing.rows.get(*shown).map(|row| row.rank) == rank && rank.is_some())
    });
    if let Some(at) = at {
        table.selected = at;
    }
    scroll(state);
}

/// The number of the selected package.
#[must_use]
pub fn selected(state: &State) -> Option<i64> {
    let row = state.queue.table.rows.get(state.queue.table.selected)?;
    state.queue.list()?.at(*row).map(|(_, item, _)| item.number)
}

/// Finds what is shown anew, after the list, the filter or a fold has changed. What was selected stays so.
pub(in crate::tui) fn fill(state: &mut State) {
    let Some(listing) = state.queue.list().cloned() else { return };
    let before = selected(state);
    let table = &mut state.queue.table;
    table.now = Timestamp::now();
    let shown = |row: &usize| {
        let Some((place, item, _)) = listing.at(*row) else { return false };
        if !table.filter.is_empty() {
            let texts = [&item.title(), &item.source, &*item.path.to_string_lossy()];
            return texts.iter().any(|text| holds(text, &table.filter));
        }
        place.first || table.unfolded.contains(&first_of(&listing, *row).unwrap_or(item.number))
    };
    table.rows = (0..listing.rows.len()).filter(shown).collect();
    table.selected = table.selected.min(table.rows.len().saturating_sub(1));
    if let Some(before) = before {
        select(state, before);
    }
    scroll(state);
}

/// Whether a text holds another one; an upper-case letter asks for exactly this.
fn holds(text: &str, needle: &str) -> bool {
    if needle.chars().any(char::is_uppercase) { text.contains(needle) } else { text.to_lowercase().contains(needle) }
}

fn scroll(state: &mut State) {
    let height = height(state);
    let table = &mut state.queue.table;
    table.top = follow(table.top, table.selected, table.rows.len(), height);
}

/// Shows only what holds a text.
pub(in crate::tui) fn filter(state: &mut State, text: String) {
    state.queue.table.filter = text;
    state.queue.table.selected = 0;
    fill(state);
}

/// Does what was asked for, as far as it is the table's.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let page = isize::try_from(height(state)).unwrap_or(1);
    if let Some(by) = travel::rows(action, page / 2, page) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left | Action::Right => fold(state, action == Action::Right),
        Action::Open => return Some(open(state)),
        Action::QueueOrder => return Some(reorder(state)),
        Action::Select => select_row(state),
        Action::Cancel if !state.queue.table.marked.is_empty() => {
            state.queue.table.marked.clear();
            state.say("Nothing is selected any more.");
        }
        Action::LabelMalicious if has_marked(state) => return Some(label_selected(state, Label::Malicious)),
        Action::LabelBenign if has_marked(state) => return Some(label_selected(state, Label::Benign)),
        Action::LabelSuspicious if has_marked(state) => {
            return Some(label_selected(state, Label::SuspiciousUnresolved));
        }
        Action::Undo if has_marked(state) => {
            let archives = archives(state);
            return Some(vec![state.work(Work::Ledger(LedgerWork::UndoLabels(archives)))]);
        }
        Action::Export => {
            if !has_marked(state) {
                let key = state.key(Action::Select);
                state.say(format!("Select packages first: {key} selects the row. cerebro export writes all labels."));
            } else {
                state.overlay = Some(Overlay::Prompt(Prompt::Words(Words::Export, "labels.jsonl".into())));
            }
        }
        Action::Cancel if !state.queue.table.filter.is_empty() => filter(state, String::new()),
        Action::Cancel if state.is_empty() => state.leave_view(),
        Action::Cancel => state.open_view(View::Card),
        Action::LabelMalicious | Action::LabelBenign | Action::LabelSuspicious => {
            // The package on the screen is not the one that is selected here.
            let key = crate::tui::view::queue::key(state, Action::Open);
            let select = state.key(Action::Select);
            state.say(format!(
                "A label is for the package on the screen: open it first ({key}), or select rows ({select})."
            ));
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn has_marked(state: &State) -> bool {
    !state.queue.table.marked.is_empty()
}

/// Selects the row too, or no longer, and goes on to the next. A folded group is selected with all that is in it.
fn select_row(state: &mut State) {
    let Some(listing) = state.queue.list().cloned() else { return };
    let Some(row) = state.queue.table.rows.get(state.queue.table.selected).copied() else { return };
    let Some((place, item, _)) = listing.at(row) else { return };
    let whole = place.first && place.group > 1 && !state.queue.table.is_unfolded(&listing, row);
    let members = listing.rows.iter().filter(|other| whole && other.rank == place.rank);
    let mut numbers: Vec<i64> =
        members.filter_map(|other| listing.items.get(other.item)).map(|item| item.number).collect();
    numbers.push(item.number);
    let marked = &mut state.queue.table.marked;
    let take = !marked.contains(&item.number);
    for number in numbers {
        if take {
            marked.insert(number)
        } else {
            marked.remove(&number)
        };
    }
    let count = marked.len();
    state.queue.table.asked = None;
    step(state, 1);
    state.say(format!("{} selected.", many(count, "package", "packages")));
}

/// The archives that are selected.
pub(in crate::tui) fn archives(state: &State) -> Vec<String> {
    let Some(listing) = state.queue.list() else { return Vec::new() };
    let marked = listing.items.iter().filter(|item| state.queue.table.marked.contains(&item.number));
    marked.map(|item| item.sha256.clone()).collect()
}

/// The packages that are selected for the clipboard, a line each, and how many they are.
pub(in crate::tui) fn lines_of_marked(state: &State) -> Option<(Vec<String>, String)> {
    let listing = state.queue.list().filter(|_| has_marked(state))?;
    let marked = listing.items.iter().filter(|item| state.queue.table.marked.contains(&item.number));
    let line = |item: &Item| format!("{}  {}  {}", item.title(), item.sha256, item.path.to_string_lossy());
    let lines: Vec<String> = marked.map(line).collect();
    let count = many(lines.len(), "package", "packages");
    Some((lines, count))
}

pub(in crate::tui) fn step(state: &mut State, by: isize) {
    let table = &mut state.queue.table;
    let last = table.rows.len().saturating_sub(1);
    table.selected = table.selected.saturating_add_signed(by).min(last);
    scroll(state);
}

/// The wheel moves what is shown, and the selection only as far as it must.
pub(in crate::tui) fn wheel(state: &mut State, by: isize) {
    let height = height(state);
    let table = &mut state.queue.table;
    table.top = table.top.saturating_add_signed(by).min(table.rows.len().saturating_sub(height));
    table.selected = table.selected.clamp(table.top, table.top + height - 1).min(table.rows.len().saturating_sub(1));
}

/// A click selects; one on what is selected opens it.
pub(in crate::tui) fn click(state: &mut State, line: usize) -> Vec<Effect> {
    // The first line is the header.
    let Some(row) = line.checked_sub(1).filter(|row| *row < height(state)) else { return Vec::new() };
    let at = state.queue.table.top + row;
    if at >= state.queue.table.rows.len() {
        return Vec::new();
    }
    if at == state.queue.table.selected {
        return open(state);
    }
    state.queue.table.selected = at;
    Vec::new()
}

fn open(state: &mut State) -> Vec<Effect> {
    match selected(state) {
        Some(number) => crate::tui::view::queue::open(state, number),
        None => Vec::new(),
    }
}

fn fold(state: &mut State, open: bool) {
    let Some(listing) = state.queue.list().cloned() else { return };
    let Some(row) = state.queue.table.rows.get(state.queue.table.selected).copied() else { return };
    let Some(first) = first_of(&listing, row) else { return };
    if open && listing.rows.get(row).is_some_and(|row| row.group < 2) {
        return state.say("No other package in the queue is nearly the same.");
    }
    let table = &mut state.queue.table;
    if open {
        table.unfolded.insert(first);
    } else {
        table.unfolded.remove(&first);
    }
    fill(state);
    if !open {
        select(state, first);
    }
}

/// The next of the orders.
fn reorder(state: &mut State) -> Vec<Effect> {
    let mut orders = Order::iter().cycle().skip_while(|order| *order != state.queue.order);
    state.queue.order = orders.nth(1).unwrap_or_default();
    state.queue.forget_ahead();
    state.say(match state.queue.order {
        Order::Risk => "By risk: what is most likely malicious first.",
        Order::Uncertainty => "By uncertainty: what is closest to the threshold first.",
        Order::Age => "By age: what has waited longest first.",
        Order::Mixed => "Mixed: of ten, three by risk, three uncertain, three disputed between the models, one by lot.",
    });
    vec![crate::tui::view::queue::list(state)]
}
