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
    /// The heat of the mark before it, where it has one.
    pub heat: Option<f32>,
}

impl Line {
    fn new(label: &'static str, role: Role, text: impl Into<String>) -> Self {
        let parts = vec![(role, text.into())];
        Self { label: label.into(), parts, technique: None, place: String::new(), leads: None, heat: None }
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
    /// What the analyst has selected; `None` before the first move, while the card shows the strongest evidence.
    chosen: Option<Chosen>,
}

/// What a selected line is about, wherever it stands when more is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    /// An exhibit of the walk.
    Exhibit(Exhibit),
    /// Anything else.
    Other(Leads),
}

impl Card {
    /// The selected line, once the analyst has chosen one.
    pub(super) fn chosen_line(&self) -> Option<usize> {
        self.chosen.map(|_| self.selected)
    }

    /// Documents and steps have other numbers: what was selected is found again, or the strongest evidence is.
    pub(super) fn renumber(&mut self, moves: &Moves) {
        self.chosen = self.chosen.and_then(|chosen| match chosen {
            Chosen::Exhibit(Exhibit::Step(step)) => Some(Chosen::Exhibit(Exhibit::Step(moves.step(step)?))),
            // What stands beside the steps is numbered by what was found in them.
            Chosen::Exhibit(Exhibit::Evidence(_)) => None,
            Chosen::Other(Leads::Place(goal)) => Some(Chosen::Other(Leads::Place(moves.goal(goal)?))),
            Chosen::Other(Leads::Exhibit(_) | Leads::Action(_)) => Some(chosen),
        });
    }
}

/// Lines that a page or half of one moves the selection: the card is never longer than the screen.
const STRIDE: isize = 8;
/// Lays the lines out anew, once after each change.
pub(super) fn lay(state: &mut State) {
    state.card.lines = Arc::new(lines::lines(state));
}

/// What an action does on the card; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::rows(action, STRIDE, STRIDE) {
        select(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left
        | Action::Right
        | Action::LineStart
        | Action::LineEnd
        | Action::Zoom
        | Action::Hex
        | Action::Filter => {}
        Action::Card => state.say("This is the card; Enter goes to what a line is about."),
        Action::Open => {
            let leads = state.card.lines.get(state.card.selected).and_then(|line| line.leads);
            return Some(follow(state, leads));
        }
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
    state.card.selected = line;
    state.card.chosen = state.card.lines.get(line).and_then(|line| line.leads).and_then(|leads| chosen(state, leads));
    preview(state);
}

fn chosen(state: &State, leads: Leads) -> Option<Chosen> {
    Some(match leads {
        Leads::Exhibit(index) => Chosen::Exhibit(*state.walk.exhibits.get(index)?),
        other => Chosen::Other(other),
    })
}

/// Finds the selected line again after the card has changed under it.
pub(super) fn settle(state: &mut State) {
    let Some(wanted) = state.card.chosen else { return begin(state) };
    lay(state);
    let lines = Arc::clone(&state.card.lines);
    let about = |line: &Line| line.leads.and_then(|leads| chosen(state, leads)) == Some(wanted);
    if let Some(line) = lines.iter().position(about) {
        state.card.selected = line;
    }
    preview(state);
}

/// The selected line's place in the source beside the card, where there is room for it.
pub(super) fn preview(state: &mut State) {
    if let Some(goal) = goal(state) {
        state.show_place(goal);
    }
}

/// The place that the selected line is about.
pub(super) fn goal(state: &State) -> Option<Goal> {
    let case = state.case.as_ref()?;
    match state.card.lines.get(state.card.selected)?.leads? {
        Leads::Place(goal) => Some(goal),
        Leads::Exhibit(index) => state.walk.exhibits.get(index).and_then(|e| walk::place(case, *e)),
        Leads::Action(_) => None,
    }
}

/// Selects the strongest evidence, which is what one reads first.
pub(super) fn begin(state: &mut State) {
    lay(state);
    let lines = Arc::clone(&state.card.lines);
    let first = lines.iter().position(|line| line.heat.is_some() && line.leads.is_some());
    let first = first.or_else(|| lines.iter().position(|line| line.leads.is_some()));
    (state.card.selected, state.card.chosen) = (first.unwrap_or_default(), None);
    preview(state);
}

/// A click on a line selects it; on the selected line it goes there.
pub(super) fn click(state: &mut State, row: usize) -> Vec<Effect> {
    let Some(leads) = state.card.lines.get(row).and_then(|line| line.leads) else { return Vec::new() };
    if state.card.selected == row {
        return follow(state, Some(leads));
    }
    choose(state, row);
    Vec::new()
}

/// The package's name for a sentence.
#[must_use]
pub fn title(state: &State) -> String {
    state.package().map_or_else(String::new, |package| format!("Case · {}", pages::ecosystem(package.ecosystem)))
}
