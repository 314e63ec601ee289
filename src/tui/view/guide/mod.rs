//! The guided tour: five lessons on a sample, each of which goes on by itself once the analyst has done it.
//!
//! What is done is read off the state after each message, so that any way to do it counts: a key, the mouse, the palette.
//! Labels and marks go to a ledger in memory, and no place is kept.

use crate::config::Action;
use crate::ledger::Label;
use crate::tui::state::renumber::Moves;
use crate::tui::state::walk::Exhibit;
use crate::tui::state::{Overlay, Pane, State};
use crate::tui::view::View;
use strum::{EnumCount, FromRepr, IntoStaticStr};

pub mod draw;
mod update;

pub(in crate::tui) use update::{end, go, leave, refuses, toggle, watch};

/// What is taught, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumCount, FromRepr, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[repr(usize)]
pub enum Lesson {
    /// To read the card.
    Card,
    /// To go through the evidence.
    Evidence,
    /// To read the source around it.
    Source,
    /// To mark what is evidence.
    Mark,
    /// To decide.
    Label,
}

/// Where one is on the tour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// What is being taught; `None` once everything was.
    pub lesson: Option<Lesson>,
    /// What was so when it began.
    since: Seen,
}

/// What tells whether a lesson is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    line: Option<usize>,
    exhibit: Option<Exhibit>,
    marks: usize,
    label: Option<Label>,
}

impl Seen {
    fn of(state: &State) -> Self {
        Self {
            line: state.card.chosen_line(),
            exhibit: state.walk.here(),
            marks: state.spans.count(),
            label: state.label,
        }
    }
}

impl Guide {
    /// Documents and steps have other numbers: what has only been renumbered was not done by anybody.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        if let Some(Exhibit::Step(step)) = &self.since.exhibit {
            self.since.exhibit = moves.step(*step).map(Exhibit::Step);
        }
    }
}

fn done(lesson: Lesson, since: &Seen, now: &Seen, state: &State) -> bool {
    match lesson {
        Lesson::Card => (now.line.is_some() && now.line != since.line) || now.exhibit != since.exhibit,
        Lesson::Evidence => now.exhibit.is_some() && now.exhibit != since.exhibit,
        // Reading has no end of its own: the lesson stays until its last key was used, or the next lesson's.
        Lesson::Source => matches!(state.overlay, Some(Overlay::Places(_))) || (reading(state) && state.is_selecting()),
        Lesson::Mark => now.marks > since.marks,
        Lesson::Label => now.label.is_some() && now.label != since.label && !state.labelling,
    }
}

fn reading(state: &State) -> bool {
    state.view == View::Code && state.focus == Pane::Source
}

/// Whether an action leads out of the sample, to the queue that the tour has not.
#[must_use]
pub fn lacks(state: &State, action: Action) -> bool {
    let queue = matches!(action, Action::Queue | Action::NextPackage | Action::PreviousPackage | Action::LabelAlike);
    queue && state.guide.is_some()
}

/// What stands over the text of the banner.
#[must_use]
pub fn title(guide: &Guide) -> String {
    let kept = "nothing is kept";
    match guide.lesson {
        Some(lesson) => {
            let name: &str = lesson.into();
            format!("Guided tour {} of {}: {name} · {kept}", lesson as usize + 1, Lesson::COUNT)
        }
        None => format!("Guided tour: done · {kept}"),
    }
}

/// What to look at and which key to press, with the keys as they are now.
#[must_use]
pub fn text(state: &State, guide: &Guide) -> String {
    let key = |action: Action| state.config.keys.key_in(state.context(), action).unwrap_or_else(|| state.key(action));
    let keys = |actions: [Action; 2]| actions.map(key).join(" and ");
    let rows = keys([Action::Down, Action::Up]);
    let Some(lesson) = guide.lesson else {
        let [leave, path, help] = [Action::Guide, Action::OpenPath, Action::Help].map(key);
        return format!(
            "That is a triage: card, evidence, source, mark, label. {leave} leaves the tour, {path} opens a package of \
             yours, {help} lists every key."
        );
    };
    match lesson {
        Lesson::Card if state.view != View::Card => format!("{} shows the card.", key(Action::Card)),
        Lesson::Card => format!(
            "What it does, the risk and what moved it, what runs by itself, the strongest evidence. \
             {rows} go over the lines."
        ),
        Lesson::Evidence => format!(
            "Every behavior and oddity is evidence, the strongest kind first; bars say what moved the model. {} goes to the \
             first piece, then to the next.",
            key(Action::Next)
        ),
        Lesson::Source if !reading(state) => {
            format!("The bytes that are meant stand out in the source. {} goes there.", key(Action::FocusSource))
        }
        Lesson::Source => format!(
            "The bytes that are meant stand out: read around them with {rows}. Then {} lists what leads there from the \
             install script; Esc closes the list.",
            key(Action::Origin)
        ),
        Lesson::Mark if state.is_selecting() => format!(
            "Now say what these bytes do: {} they send data out, {} they do other harm, or you are not sure. The footer \
             has the other roles.",
            key(Action::MarkExfil),
            key(Action::MarkPayload)
        ),
        Lesson::Mark => {
            format!(
                "Mark what convinces you, for whoever reads your label: {} selects the bytes at the cursor. {} go to other \
                 evidence.",
                key(Action::Mark),
                keys([Action::Next, Action::Previous])
            )
        }
        Lesson::Label => {
            let labels = [Action::LabelMalicious, Action::LabelBenign, Action::LabelSuspicious].map(key);
            let [malicious, benign, suspicious] = labels;
            let undo = key(Action::Undo);
            format!(
                "You decide, here in a practice ledger: {malicious} malicious, {benign} benign, {suspicious} suspicious. \
                 {undo} takes it back."
            )
        }
    }
}
