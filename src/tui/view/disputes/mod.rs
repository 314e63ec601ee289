//! Packages on which analysts disagree: what each says, side by side, and the decision between them.

use crate::config::{Action, Context};
use crate::ledger::Label;
use crate::text::escape;
use crate::tui::layout::WIDE;
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::view::View;
use crate::tui::view::code;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use crate::tui::widget::prompt::{Prompt, Words};
use crate::tui::worker::{Dispute, LedgerWork, Work, word};

pub mod draw;

/// The disagreements as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Disputes,
    areas: |areas, room| areas.bordered = room.size.width >= WIDE,
    command: perform,
    elsewhere: |state, action| match action {
        Action::Disputes => Some(open(state)),
        _ => None,
    },
    click: |_, _| Vec::new(),
    wheel: contract::wheel_selects,
    target: contract::nothing_to_mark,
    copy: code::copy::of_pane,
    draw: |state, areas, buf| {
        let area = framed(state, areas, &draw::title(state), "", buf);
        draw::draw(state, area, buf);
    },
};

/// What analysts disagree on.
#[derive(Debug, Clone, Default)]
pub struct Disputes {
    /// They, or why they are not known, escaped; `None` before anybody asked.
    pub list: Option<Result<Vec<Dispute>, String>>,
    /// The one that is shown.
    pub selected: usize,
}

impl Disputes {
    /// The one that is shown.
    #[must_use]
    pub fn here(&self) -> Option<&Dispute> {
        self.list.as_ref()?.as_ref().ok()?.get(self.selected)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.as_ref().and_then(|list| list.as_ref().ok()).map_or(0, Vec::len)
    }
}

fn open(state: &mut State) -> Vec<Effect> {
    state.open_view(View::Disputes);
    vec![state.work(Work::Ledger(LedgerWork::Disputes))]
}

/// Takes them in.
pub(in crate::tui) fn arrived(state: &mut State, list: Result<Vec<Dispute>, String>) {
    let disputes = &mut state.disputes;
    disputes.list = Some(list.map_err(|why| escape(&why).into_owned()));
    disputes.selected = disputes.selected.min(disputes.count().saturating_sub(1));
}

fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Up | Action::Left | Action::Previous => step(state, -1),
        Action::Down | Action::Right | Action::Next => step(state, 1),
        Action::Top => state.disputes.selected = 0,
        Action::Bottom => state.disputes.selected = state.disputes.count().saturating_sub(1),
        Action::LabelMalicious => ask(state, Label::Malicious),
        Action::LabelBenign => ask(state, Label::Benign),
        Action::LabelSuspicious => ask(state, Label::SuspiciousUnresolved),
        Action::Undo | Action::Redo => {
            let again = state.work(Work::Ledger(LedgerWork::Disputes));
            let undo = if action == Action::Undo { LedgerWork::Undo { spans_of: None } } else { LedgerWork::Redo };
            state.labelling = true;
            return Some(vec![state.work(Work::Ledger(undo)), again]);
        }
        Action::Open => return Some(look(state)),
        Action::Disputes | Action::Cancel => state.leave_view(),
        Action::LineStart | Action::LineEnd | Action::Zoom | Action::HalfUp | Action::HalfDown => {}
        _ => return None,
    }
    Some(Vec::new())
}

fn step(state: &mut State, by: isize) {
    let last = state.disputes.count().saturating_sub(1);
    state.disputes.selected = state.disputes.selected.saturating_add_signed(by).min(last);
}

/// Opens the package, where the queue knows where it lies.
fn look(state: &mut State) -> Vec<Effect> {
    let Some(sha256) = state.disputes.here().map(|dispute| dispute.sha256.clone()) else { return Vec::new() };
    let listing = state.queue.list().cloned();
    let item = listing.as_ref().and_then(|listing| listing.at(listing.row_of_package(&sha256)?));
    match item.map(|(_, item, _)| item.number) {
        Some(number) => crate::tui::view::queue::open(state, number),
        None => {
            state.say("The queue on the screen does not hold it: open the package by its path to look at it.");
            Vec::new()
        }
    }
}

/// Asks for the reason of a decision.
fn ask(state: &mut State, label: Label) {
    if state.disputes.here().is_none() {
        return state.say("There is nothing to decide between.");
    }
    state.overlay = Some(Overlay::Prompt(Prompt::Words(Words::Adjudicate(label), Default::default())));
}

/// Decides, with a reason: who is overruled must be able to read why.
pub(in crate::tui) fn decide(state: &mut State, label: Label, reason: &str) -> Vec<Effect> {
    let Some(sha256) = state.disputes.here().map(|dispute| dispute.sha256.clone()) else { return Vec::new() };
    if reason.trim().is_empty() {
        state.say(format!("Nothing was decided: say why it is {}.", word(label)));
        return Vec::new();
    }
    let reason = reason.trim().to_owned();
    vec![state.work(Work::Ledger(LedgerWork::Adjudicate { sha256, label, reason }))]
}
