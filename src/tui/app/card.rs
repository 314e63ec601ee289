//! The case card: what the package is, what the tool says of it and why, what runs by itself, the strongest evidence.
//!
//! Every line leads somewhere: one key from its bytes. The card fits the screen; what does not fit is counted.

use std::borrow::Cow;
use std::sync::Arc;

use crate::config::{Action, Role};

use super::pages::{self, Goal};
use super::renumber::Moves;
use super::walk::{self, Exhibit};
use super::{Effect, State, act, travel};

mod exhibits;
mod lines;
mod moved;
pub(super) mod runs;
mod story;
mod why;

pub use why::why;

/// Columns of the labels on the left.
pub const LABELS: usize = 12;

/// Where a line leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// To a place in a document.
    Place(Goal),
    /// To an exhibit of the walk.
    Exhibit(usize),
    /// To what an action shows.
    Action(Action),
}

/// A line of the card.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What the line is about; empty where it goes on from the line above, or how many lines like it are left out.
    pub label: Cow<'static, str>,
    /// The text, escaped, with what each part is.
    pub parts: Vec<(Role, String)>,
    /// The technique of ATT&CK that it is an instance of; on a narrow screen the text gives way to it.
    pub technique: Option<&'static str>,
    /// Where it stands, at the right end.
    pub place: String,
    /// Where Enter leads.
    pub leads: Option<Leads>,
    /// Where single parts of the text lead, by their index.
    pub jumps: Vec<(usize, Leads)>,
    /// The code of the behavior that it is about, before the technique.
    pub code: Option<&'static str>,
    /// The heat of the mark before it, where it has one.
    pub heat: Option<f32>,
}

impl Line {
    fn new(label: &'static str, role: Role, text: impl Into<String>) -> Self {
        let parts = vec![(role, text.into())];
        Self {
            label: label.into(),
            parts,
            technique: None,
            place: String::new(),
            leads: None,
            jumps: Vec::new(),
            code: None,
            heat: None,
        }
    }

    fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.parts.push((role, text.into()));
        self
    }

    /// Says that so many lines below it are left out.
    fn more(&mut self, count: usize) {
        let text = format!("+{count} more");
        match self.label.is_empty() {
            true => self.label = text.into(),
            false => self.parts.push((Role::Faint, format!("  {text}"))),
        }
    }

    /// Which of its words that lead somewhere stands at a column behind the labels.
    fn word_at(&self, column: usize) -> Option<usize> {
        let mut end = 0;
        let part = self.parts.iter().position(|(_, text)| {
            end += crate::text::width(text);
            column < end
        })?;
        self.jumps.iter().position(|(at, _)| *at == part)
    }

    fn to(mut self, leads: Leads) -> Self {
        self.leads = Some(leads);
        self
    }

    fn at(mut self, state: &State, goal: Option<Goal>) -> Self {
        self.place = goal.map(|goal| lines::place(state, goal)).unwrap_or_default();
        self
    }
}

/// What stands on the card, and where the selection is.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// The lines, as they were laid out for the frame that is on the screen: what a key acts on.
    pub lines: Arc<Vec<Line>>,
    /// Index of the selected line.
    pub selected: usize,
    /// Which of the words of that line that lead somewhere is selected.
    pub word: usize,
    /// The evidence in the order in which it was shown, with how many there are of each: it stays until it is asked for anew.
    listed: Option<Arc<Vec<(Exhibit, usize)>>>,
    /// What the analyst has selected; `None` before the first move, while the card shows the strongest evidence.
    chosen: Option<Chosen>,
}

/// What a selected line is about, wherever it stands when more is known; with the section in which it stands, for several lines
/// may lead to one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    /// An exhibit of the walk.
    Exhibit(Exhibit, &'static str),
    /// Anything else.
    Other(Leads, &'static str),
}

impl Card {
    /// The selected line, once the analyst has chosen one.
    pub(super) fn chosen_line(&self) -> Option<usize> {
        self.chosen.map(|_| self.selected)
    }

    /// Lets the evidence stand in its newest order.
    pub(super) fn again(&mut self) {
        self.listed = None;
    }

    /// Documents and steps have other numbers: what was selected is found again, or the strongest evidence is.
    pub(super) fn renumber(&mut self, moves: &Moves) {
        self.listed = None;
        self.chosen = self.chosen.and_then(|chosen| match chosen {
            Chosen::Exhibit(Exhibit::Step(step), section) => {
                Some(Chosen::Exhibit(Exhibit::Step(moves.step(step)?), section))
            }
            // What stands beside the steps is numbered by what was found in them.
            Chosen::Exhibit(Exhibit::Evidence(_), _) => None,
            Chosen::Other(Leads::Place(goal), section) => Some(Chosen::Other(Leads::Place(moves.goal(goal)?), section)),
            Chosen::Other(Leads::Exhibit(_) | Leads::Action(_), _) => Some(chosen),
        });
    }
}

/// Lines that a page or half of one moves the selection: the card is never longer than the screen.
const STRIDE: isize = 8;
/// The evidence as it is listed, with how many there are of each sort.
fn evidence(state: &State) -> Vec<(Exhibit, usize)> {
    match &state.card.listed {
        Some(listed) => listed.to_vec(),
        None => state
            .walk
            .sorts()
            .iter()
            .filter_map(|(index, count)| Some((*state.walk.exhibits.get(*index)?, *count)))
            .collect(),
    }
}

/// Keeps the evidence in the order in which it stands: the analyst has begun to read it.
fn hold(state: &mut State) {
    if state.card.listed.is_none() && state.case.is_some() {
        state.card.listed = Some(Arc::new(evidence(state)));
    }
}

/// Whether the evidence would stand in another order now.
fn is_outdated(state: &State) -> bool {
    let Some(listed) = &state.card.listed else { return false };
    let now = state.walk.sorts().iter().filter_map(|(index, _)| state.walk.exhibits.get(*index));
    !listed.iter().map(|(exhibit, _)| exhibit).eq(now)
}

/// Lays the lines out anew, once after each change. What is selected stays so, wherever it stands now.
pub(super) fn lay(state: &mut State) {
    state.card.lines = Arc::new(lines::lines(state));
    let lines = Arc::clone(&state.card.lines);
    let selected = match state.card.chosen {
        Some(wanted) => (0..lines.len()).position(|line| chosen(state, &lines, line) == Some(wanted)),
        // What one reads first.
        None => {
            let first = lines.iter().position(|line| line.heat.is_some() && line.leads.is_some());
            first.or_else(|| lines.iter().position(|line| line.leads.is_some()))
        }
    };
    if let Some(line) = selected {
        state.card.selected = line;
    }
}

/// What an action does on the card; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    hold(state);
    if let Some(by) = travel::rows(action, STRIDE, STRIDE) {
        select(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left => turn(state, -1),
        Action::Right => turn(state, 1),
        Action::LineStart | Action::LineEnd | Action::Zoom | Action::Hex | Action::Filter => {}
        Action::Card if is_outdated(state) => {
            state.card.again();
            settle(state);
            state.say("The evidence stands in the order of the explanation.");
        }
        Action::Card => {
            state.say("This is the card; Enter goes to what a line or word is about, h and l to the words.")
        }
        Action::Open => return Some(follow(state, selected_leads(state))),
        _ => return None,
    }
    Some(Vec::new())
}

/// Goes where a line leads.
pub(super) fn follow(state: &mut State, leads: Option<Leads>) -> Vec<Effect> {
    match leads {
        Some(Leads::Place(goal)) => state.go(goal),
        Some(Leads::Exhibit(index)) => walk::show(state, index),
        Some(Leads::Action(action)) => return act::perform(state, action),
        None => state.say("This line leads nowhere."),
    }
    Vec::new()
}

/// Where the selected word leads, or the selected line where no word of it leads anywhere.
fn selected_leads(state: &State) -> Option<Leads> {
    let line = state.card.lines.get(state.card.selected)?;
    line.jumps.get(state.card.word).map_or(line.leads, |(_, leads)| Some(*leads))
}

/// Moves the selection over the words that lead somewhere, from line to line.
fn turn(state: &mut State, by: isize) {
    let lines = Arc::clone(&state.card.lines);
    let words = lines.iter().enumerate().flat_map(|(line, of)| (0..of.jumps.len()).map(move |word| (line, word)));
    let words: Vec<(usize, usize)> = words.collect();
    let here = (state.card.selected, state.card.word);
    let on_word = words.binary_search(&here);
    let next = match (on_word, by < 0) {
        (Ok(at), _) => at.saturating_add_signed(by).min(words.len() - 1),
        (Err(at), true) => at.saturating_sub(1),
        (Err(at), false) => at.min(words.len().saturating_sub(1)),
    };
    if let Some((line, word)) = words.get(next) {
        if *line != state.card.selected {
            choose(state, *line);
        }
        state.card.word = *word;
        preview(state);
    }
}

/// Moves the selection over the lines that lead somewhere.
fn select(state: &mut State, by: isize) {
    let lines = Arc::clone(&state.card.lines);
    let leading: Vec<usize> = (0..lines.len()).filter(|i| lines.get(*i).is_some_and(|l| l.leads.is_some())).collect();
    let now = leading.partition_point(|line| *line < state.card.selected);
    let next = now.saturating_add_signed(by).min(leading.len().saturating_sub(1));
    if let Some(line) = leading.get(next) {
        choose(state, *line);
    }
}

/// Selects a line, and remembers what it is about.
fn choose(state: &mut State, line: usize) {
    (state.card.selected, state.card.word) = (line, 0);
    state.card.chosen = chosen(state, &state.card.lines, line);
    preview(state);
}

/// What a line is about.
fn chosen(state: &State, lines: &[Line], at: usize) -> Option<Chosen> {
    let section = {
        let labels = lines.get(..=at)?.iter().rev().map(|line| &line.label);
        labels.into_iter().find_map(|label| match label {
            Cow::Borrowed(label) if !label.is_empty() => Some(*label),
            _ => None,
        })
    };
    let section = section.unwrap_or_default();
    Some(match lines.get(at)?.leads? {
        Leads::Exhibit(index) => Chosen::Exhibit(*state.walk.exhibits.get(index)?, section),
        other => Chosen::Other(other, section),
    })
}

/// Finds the selected line again after the card has changed under it.
pub(super) fn settle(state: &mut State) {
    lay(state);
    preview(state);
}

/// The selected line's place in the source beside the card, and its step in the sequence below, where there is room for them.
pub(super) fn preview(state: &mut State) {
    if let Some(goal) = goal(state) {
        state.show_place(goal);
    }
    if state.areas().right.is_some()
        && let Some(step) = why::step(state)
    {
        state.steps.select(step);
        state.follow();
    }
}

/// The place that the selected line is about.
#[must_use]
pub fn goal(state: &State) -> Option<Goal> {
    let case = state.case.as_ref()?;
    match selected_leads(state)? {
        Leads::Place(goal) => Some(goal),
        Leads::Exhibit(index) => state.walk.exhibits.get(index).and_then(|e| walk::place(case, *e)),
        Leads::Action(_) => None,
    }
}

/// Selects the strongest evidence, which is what one reads first.
pub(super) fn begin(state: &mut State) {
    (state.card.word, state.card.chosen) = (0, None);
    lay(state);
    preview(state);
}

/// A click on a line selects it; on the selected line it goes there.
pub(super) fn click(state: &mut State, row: usize, column: usize) -> Vec<Effect> {
    hold(state);
    let Some(line) = state.card.lines.get(row).cloned() else { return Vec::new() };
    let word = line.word_at(column);
    if state.card.selected == row && word.is_none_or(|word| word == state.card.word) {
        let leads = selected_leads(state);
        return leads.map_or_else(Vec::new, |leads| follow(state, Some(leads)));
    }
    if line.leads.is_some() {
        choose(state, row);
        state.card.word = word.unwrap_or_default();
        preview(state);
    }
    Vec::new()
}

/// The package's name for a sentence.
#[must_use]
pub fn title(state: &State) -> String {
    state.package().map_or_else(String::new, |package| format!("Case · {}", pages::ecosystem(package.ecosystem)))
}
