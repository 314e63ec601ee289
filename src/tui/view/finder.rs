//! Finding a file or layer by a few letters of its path.

pub use crate::tui::derived::names::{Candidate, Matched, Names};
use crate::tui::state::renumber::Moves;
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::widget::picker::Picker;
use crate::tui::widget::prompt::Prompt;
use crate::tui::worker::{PathsWork, Ticket, Work};

/// The finder while it is open.
#[derive(Debug, Clone, Default)]
pub struct Finder {
    /// What is typed and what fits.
    pub picker: Picker<Candidate>,
    /// How many fit in all; `None` until the first answer.
    pub count: Option<usize>,
    /// Whether what is listed fits the line as it is now.
    current: bool,
    /// Whether to go to the best as soon as it is known.
    going: bool,
    ticket: Ticket,
}

/// Opens the finder.
pub(in crate::tui) fn open(state: &mut State) -> Vec<Effect> {
    if state.package().is_none() {
        state.say("Wait until the archive is read.");
        return Vec::new();
    }
    let mut finder = Finder::default();
    let effects = ask(state, &mut finder);
    state.overlay = Some(Overlay::Prompt(Prompt::Finder(finder)));
    effects
}

/// Asks for what fits the line as it is now.
pub(in crate::tui) fn ask(state: &mut State, finder: &mut Finder) -> Vec<Effect> {
    let Some((package, sequence)) = state.docs.shared() else { return Vec::new() };
    finder.ticket = state.naming.renew();
    (finder.current, finder.going) = (false, false);
    let typed = finder.picker.input.value().to_owned();
    vec![state.work(Work::Paths(PathsWork { ticket: finder.ticket, package, sequence, typed }))]
}

/// Asks again while the finder is open: there are other files and layers now.
pub(in crate::tui) fn again(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Prompt(Prompt::Finder(finder))) = &mut state.overlay else { return Vec::new() };
    let mut finder = std::mem::take(finder);
    let going = finder.going;
    let effects = ask(state, &mut finder);
    finder.going = going;
    state.overlay = Some(Overlay::Prompt(Prompt::Finder(finder)));
    effects
}

/// Takes in what fits, if it is what was asked for last.
pub(in crate::tui) fn arrived(state: &mut State, ticket: Ticket, matched: Option<Matched>) {
    let Some(Overlay::Prompt(Prompt::Finder(finder))) = &mut state.overlay else { return };
    let Some(matched) = matched.filter(|_| finder.ticket == ticket) else { return };
    finder.picker.fill(matched.best);
    finder.count = Some(matched.count);
    finder.current = true;
    if finder.going {
        let mut finder = std::mem::take(finder);
        state.overlay = None;
        finder.chosen(state);
    }
}

impl Finder {
    /// Documents have other numbers: what is gone is no longer listed.
    pub(in crate::tui) fn renumber(&mut self, moves: &Moves) {
        self.picker.found.retain_mut(|candidate| match moves.doc(candidate.doc) {
            Some(doc) => {
                candidate.doc = doc;
                true
            }
            None => false,
        });
        self.picker.step(0);
    }

    /// Goes to what is selected. `false` where that is not known yet: the line has just changed.
    pub(in crate::tui) fn chosen(&mut self, state: &mut State) -> bool {
        if !self.current {
            self.going = true;
            return false;
        }
        match self.picker.chosen() {
            Some(candidate) => state.go((candidate.doc, None)),
            None => state.say("No file or layer has these letters in its path."),
        }
        true
    }
}
