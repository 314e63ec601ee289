//! The case card: what the package is, what the tool says of it and why, what runs by itself, the strongest evidence.
//!
//! Every line leads somewhere: one key from its bytes. The card fits the screen; what does not fit is counted.

use crate::config::{Action, Context, Role};
use crate::tui::derived::Goal;
use crate::tui::layout::{BROAD, CARD, WIDE};
use crate::tui::state::State;
use crate::tui::state::renumber::Moves;
use crate::tui::state::walk;
use crate::tui::state::walk::Exhibit;
use crate::tui::view::View;
use crate::tui::view::code;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use crate::tui::widget::page;
use std::borrow::Cow;
use std::sync::Arc;

pub mod draw;
mod exhibits;
mod lines;
mod moved;
mod opening;
pub(in crate::tui) mod runs;
mod story;
mod update;
mod why;

pub(in crate::tui) use update::{begin, click, lay, perform, settle};
pub(in crate::tui) use why::step;
pub use why::why;

/// The card as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Card,
    areas: |areas, room| match room.size.width {
        BROAD.. => areas.card_among_panes(room),
        WIDE.. => areas.beside_source(CARD, room),
        _ => areas.peek_below(),
    },
    command: perform,
    elsewhere: |state, action| (action == Action::Card).then(|| state.open_view(View::Card)).map(|()| Vec::new()),
    click: |state, at| {
        let areas = state.areas();
        if !areas.body.contains(at) {
            return code::click(state, at);
        }
        let first = areas.body.y + u16::from(areas.bordered);
        let left = areas.body.x + u16::from(areas.bordered) + u16::try_from(LABELS).unwrap_or_default();
        let column = usize::from(at.x.saturating_sub(left));
        at.y.checked_sub(first).map_or_else(Vec::new, |row| click(state, usize::from(row), column))
    },
    wheel: contract::wheel_selects,
    target: |state| goal(state).or_else(|| code::step_target(state)),
    copy: code::copy::of_pane,
    draw: |state, areas, buf| {
        let area = framed(state, areas, &title(state), "", buf);
        draw::draw(state, area, buf);
        if let Some(peek) = areas.peek {
            draw::draw_peek(state, peek, buf);
        }
    },
};

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
    pub(in crate::tui) fn new(label: &'static str, role: Role, text: impl Into<String>) -> Self {
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

    pub(in crate::tui) fn to(mut self, leads: Leads) -> Self {
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
    pub(in crate::tui) fn chosen_line(&self) -> Option<usize> {
        self.chosen.map(|_| self.selected)
    }

    /// Lets the evidence stand in its newest order.
    pub(in crate::tui) fn again(&mut self) {
        self.listed = None;
    }

    /// Documents and steps have other numbers: what was selected is found again, or the strongest evidence is.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
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
            .listed()
            .iter()
            .filter_map(|(index, count)| Some((*state.walk.exhibits.get(*index)?, *count)))
            .collect(),
    }
}

/// Whether the evidence would stand in another order now.
fn is_outdated(state: &State) -> bool {
    let Some(listed) = &state.card.listed else { return false };
    let now = state.walk.listed().iter().filter_map(|(index, _)| state.walk.exhibits.get(*index));
    !listed.iter().map(|(exhibit, _)| exhibit).eq(now)
}

/// Where the selected word leads, or the selected line where no word of it leads anywhere.
fn selected_leads(state: &State) -> Option<Leads> {
    let line = state.card.lines.get(state.card.selected)?;
    line.jumps.get(state.card.word).map_or(line.leads, |(_, leads)| Some(*leads))
}

/// The evidence on the selected line.
#[must_use]
pub fn exhibit(state: &State) -> Option<Exhibit> {
    match selected_leads(state)? {
        Leads::Exhibit(index) => state.walk.exhibits.get(index).copied(),
        Leads::Place(_) | Leads::Action(_) => None,
    }
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

/// The package's name for a sentence.
#[must_use]
pub fn title(state: &State) -> String {
    state.package().map_or_else(String::new, |package| format!("Case · {}", page::ecosystem(package.ecosystem)))
}
