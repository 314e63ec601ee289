//! The guided tour: five lessons on a sample, each of which goes on by itself once the analyst has done it.
//!
//! What is done is read off the state after each message, so that any way to do it counts: a key, the mouse, the palette.
//! Labels and marks go to a ledger in memory, and no place is kept.

use strum::{EnumCount, FromRepr, IntoStaticStr};

use crate::config::Action;
use crate::ledger::Label;

use super::super::worker::{LedgerWork, SAMPLE, Work};
use super::renumber::Moves;
use super::view::View;
use super::walk::Exhibit;
use super::{Effect, Overlay, Pane, State, queue, start};

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
    pub(super) fn renumber(&mut self, moves: &Moves) {
        if let Some(Exhibit::Step(step)) = &self.since.exhibit {
            self.since.exhibit = moves.step(*step).map(Exhibit::Step);
        }
    }
}

/// Begins the tour, or leaves it.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    if state.guide.is_some() {
        return leave(state);
    }
    let mut effects = queue::leave(state, SAMPLE.0);
    state.guide = Some(Guide { lesson: Some(Lesson::Card), since: Seen::default() });
    // The banner takes room from the views.
    state.fit();
    let ticket = state.opening.renew();
    effects.extend([Effect::Work(Work::Ledger(LedgerWork::Practice(true))), Effect::Work(Work::Sample { ticket })]);
    effects
}

/// Ends the tour, if one is on. Labels are the analyst's again from here on, so the sample must have been put away before.
pub(super) fn end(state: &mut State) -> Option<Effect> {
    state.guide.take()?;
    state.fit();
    state.say("The tour is over: from here on labels are kept.".to_owned());
    Some(Effect::Work(Work::Ledger(LedgerWork::Practice(false))))
}

/// Leaves the tour for the start screen.
pub(super) fn leave(state: &mut State) -> Vec<Effect> {
    let effects = start::leave_package(state);
    end(state).into_iter().chain(effects).collect()
}

/// To the next lesson or the one before.
pub(super) fn go(state: &mut State, forward: bool) {
    let Some(guide) = &state.guide else {
        let key = state.key(Action::Guide);
        return state.say(format!("The guided tour is not on: {key} begins it."));
    };
    let at = guide.lesson.map_or(Lesson::COUNT, |lesson| lesson as usize);
    let to = if forward { at + 1 } else { at.saturating_sub(1) };
    let mut since = Seen::of(state);
    if forward {
        since.label = None;
    }
    state.guide = Some(Guide { lesson: Lesson::from_repr(to), since });
    state.fit();
}

/// Goes on where the lesson is done.
pub(super) fn watch(state: &mut State) {
    while let Some(Guide { lesson: Some(lesson), since }) = &state.guide {
        let now = Seen::of(state);
        if !done(*lesson, since, &now, state) {
            return;
        }
        // What was done early counts: a label is the last lesson done, evidence gone to from the card the second.
        let exhibit = if *lesson == Lesson::Card { since.exhibit } else { now.exhibit };
        let since = Seen { label: None, exhibit, ..now };
        state.guide = Some(Guide { lesson: Lesson::from_repr(*lesson as usize + 1), since });
        state.dirty = true;
        state.fit();
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

/// Says so where an action is refused for that.
pub(super) fn refuses(state: &mut State, action: Action) -> bool {
    let refused = lacks(state, action);
    if refused {
        let key = state.key(Action::Guide);
        state.say(format!("The tour has one package and no queue; {key} leaves the tour."));
    }
    refused
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
