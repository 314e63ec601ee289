//! The start screen: a package to open, the cases left last, the queue, the guided tour.
//!
//! Everything on it but the cases and the count of the queue is there with the first frame; those are read by workers, and
//! stand below or beside the rest, so that no line moves when they come.

use crate::config::{Action, Context};
use crate::session::Recent;
use crate::tui::layout::WIDE;
use crate::tui::state::State;
use crate::tui::view::View;
use crate::tui::view::code;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;

pub mod draw;
mod update;

pub(in crate::tui) use update::{arrived, ask, click, failed, leave_package, open, opened, perform, say_empty, show};

/// The start screen as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Start,
    areas: |areas, room| areas.bordered = room.size.width >= WIDE,
    command: perform,
    elsewhere: |state, action| match action {
        Action::Start => Some(show(state)),
        Action::OpenPath => {
            ask(state);
            Some(Vec::new())
        }
        _ => None,
    },
    click: |state, at| {
        let line = draw::line_at(state, at);
        line.map_or_else(Vec::new, |line| click(state, line))
    },
    wheel: contract::wheel_selects,
    target: contract::nothing_to_mark,
    copy: code::copy::of_pane,
    draw: |state, areas, buf| {
        framed(state, areas, "Start", "", buf);
        draw::draw(state, buf);
    },
};

/// What can always be done here, from top to bottom.
const ALWAYS: [Action; 5] = [Action::OpenPath, Action::Guide, Action::Queue, Action::Help, Action::Quit];

/// What is known for the start screen, and where one is on it.
#[derive(Debug, Clone, Default)]
pub struct StartScreen {
    /// The cases left last, newest first; `None` before they are read.
    pub recent: Option<Vec<Recent>>,
    /// Whether there is no ledger yet, so that nothing can wait in it.
    pub no_ledger: bool,
    /// The selected line among those that can be chosen.
    pub selected: usize,
    /// Whether the program goes on without a package: what cannot be opened leads here, not to its end.
    used: bool,
    /// SHA-256 of the case that is opened again.
    expected: Option<String>,
}

/// A line that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<'a> {
    /// What an action does.
    Action(Action),
    /// To go on with a case.
    Recent(&'a Recent),
}

impl StartScreen {
    /// The lines that can be chosen, from top to bottom.
    pub fn choices(&self) -> impl Iterator<Item = Choice<'_>> {
        let recent = self.recent.iter().flatten().map(Choice::Recent);
        ALWAYS.into_iter().map(Choice::Action).chain(recent)
    }

    /// How many of them stand above the cases.
    #[must_use]
    pub fn always(&self) -> usize {
        ALWAYS.len()
    }
}

/// Whether an action means nothing while no package is open.
#[must_use]
pub fn refuses(state: &State, action: Action) -> bool {
    use Action as A;
    let without = match action {
        A::Search => state.view == View::Queue,
        A::Up | A::Down | A::HalfUp | A::HalfDown | A::PageUp | A::PageDown | A::Top | A::Bottom => true,
        A::Left | A::Right | A::LineStart | A::LineEnd | A::Open | A::Back | A::Forward => true,
        A::Queue | A::QueueOrder | A::NextPackage | A::PreviousPackage | A::LabelAlike | A::Undo => true,
        A::Help | A::Palette | A::Quit | A::Cancel | A::OpenModel | A::ReloadModel => true,
        A::Mouse | A::Theme | A::Redraw | A::Suspend => true,
        A::OpenPath | A::Start | A::Guide | A::GuideNext | A::GuideBack => true,
        _ => false,
    };
    !without && state.is_empty()
}
