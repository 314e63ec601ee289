//! What keys and mouse do in it, and what workers bring.

use strum::EnumCount as _;

use crate::config::Action;
use crate::tui::state::{Effect, State};
use crate::tui::view::guide::{Guide, Lesson, Seen, done, lacks};
use crate::tui::view::{queue, start};
use crate::tui::worker::{LedgerWork, SAMPLE, Work};

/// Begins the tour, or leaves it.
pub(in crate::tui) fn toggle(state: &mut State) -> Vec<Effect> {
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
pub(in crate::tui) fn end(state: &mut State) -> Option<Effect> {
    state.guide.take()?;
    state.fit();
    state.say("The tour is over: from here on labels are kept.".to_owned());
    Some(Effect::Work(Work::Ledger(LedgerWork::Practice(false))))
}

/// Leaves the tour for the start screen.
pub(in crate::tui) fn leave(state: &mut State) -> Vec<Effect> {
    let effects = start::leave_package(state);
    end(state).into_iter().chain(effects).collect()
}

/// To the next lesson or the one before.
pub(in crate::tui) fn go(state: &mut State, forward: bool) {
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
pub(in crate::tui) fn watch(state: &mut State) {
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

/// Says so where an action is refused for that.
pub(in crate::tui) fn refuses(state: &mut State, action: Action) -> bool {
    let refused = lacks(state, action);
    if refused {
        let key = state.key(Action::Guide);
        state.say(format!("The tour has one package and no queue; {key} leaves the tour."));
    }
    refused
}
