//! What keys and mouse do in it, and what workers bring.

use crate::config::Action;
use crate::ledger::Order;
use crate::session::Recent;
use crate::text::escape;
use crate::tui::state::{Effect, Overlay, Stage, State};
use crate::tui::view::View;
use crate::tui::view::start::{ALWAYS, Choice};
use crate::tui::view::{guide, queue};
use crate::tui::widget::complete::PathLine;
use crate::tui::widget::prompt::Prompt;
use crate::tui::widget::travel;
use crate::tui::worker::{Ask, ResumeWork, Work};
use std::path::{self, PathBuf};

impl State {
    /// Whether no package is open and none is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.package().is_none() && self.stage == Stage::Done && self.failed.is_none() && self.queue.current.is_none()
    }

    /// Begins with the start screen: what it shows is asked for by the workers themselves.
    pub fn begin_at_start(&mut self) {
        bare(self);
        // The cases, and what waits.
        self.working += 2;
    }
}

/// The start screen without a package behind it.
fn bare(state: &mut State) {
    state.stage = Stage::Done;
    state.start.used = true;
    state.view = View::Start;
    state.fit();
}

/// Shows the start screen, with what is known now.
pub(in crate::tui) fn show(state: &mut State) -> Vec<Effect> {
    state.start.used = true;
    state.open_view(View::Start);
    look(state)
}

/// Asks for what the start screen shows.
pub(in crate::tui) fn look(state: &mut State) -> Vec<Effect> {
    vec![state.work(Work::Resume(ResumeWork::Recent)), state.work(Work::Queue(Ask::Glance(Order::default())))]
}

/// Puts the package on the screen away and goes back to the start screen.
pub(in crate::tui) fn leave_package(state: &mut State) -> Vec<Effect> {
    let mut effects = queue::leave(state, "");
    // What is still being opened is stale.
    state.opening.renew();
    bare(state);
    effects.extend(look(state));
    effects
}

/// Says why an action was refused.
pub(in crate::tui) fn say_empty(state: &mut State) {
    let [path, tour] = [Action::OpenPath, Action::Guide].map(|action| state.key(action));
    state.say(format!("No package is open: {path} opens one, {tour} begins the guided tour."));
}

/// What an action does on the start screen; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let last = state.start.choices().count().saturating_sub(1);
    if let Some(by) = travel::in_list(action, last) {
        state.start.selected = state.start.selected.saturating_add_signed(by).min(last);
        return Some(Vec::new());
    }
    match action {
        Action::Open => return Some(choose(state)),
        Action::Cancel if !state.is_empty() => state.leave_view(),
        // Looking must not make a ledger.
        Action::Queue if state.start.no_ledger => {
            state.say("Nothing waits yet: cerebro queue add PATH... puts packages into the queue.");
        }
        Action::LabelMalicious | Action::LabelBenign | Action::LabelSuspicious | Action::Mark if !state.is_empty() => {
            let key = state.key(Action::Card);
            state.say(format!("That is for the package that is open: {key} shows it."));
        }
        Action::Start | Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom => {}
        _ => return None,
    }
    Some(Vec::new())
}

fn choose(state: &mut State) -> Vec<Effect> {
    let chosen = state.start.choices().nth(state.start.selected);
    let Recent { sha256, about, there } = match chosen {
        Some(Choice::Action(action)) => return state.hand_on(action),
        Some(Choice::Recent(recent)) => recent.clone(),
        None => return Vec::new(),
    };
    if there {
        return open(state, about.path, Some(sha256));
    }
    let (key, lay) = (state.key(Action::OpenPath), escape(&about.path.to_string_lossy()).into_owned());
    state.say(format!("It was moved or removed: {key} opens it where it is now. It lay at {lay}"));
    Vec::new()
}

/// A click on a line selects it; on the selected line it does what that says.
pub(in crate::tui) fn click(state: &mut State, line: usize) -> Vec<Effect> {
    if line >= state.start.choices().count() {
        return Vec::new();
    }
    if state.start.selected == line {
        return choose(state);
    }
    state.start.selected = line;
    Vec::new()
}

/// Asks for the path of a package.
pub(in crate::tui) fn ask(state: &mut State) {
    state.overlay = Some(Overlay::Prompt(Prompt::Path(PathLine::default())));
}

/// Opens a package in the place of the one on the screen. `expected` is the SHA-256 that it had when it was left.
pub(in crate::tui) fn open(state: &mut State, path: PathBuf, expected: Option<String>) -> Vec<Effect> {
    let mut effects = queue::leave(state, &path.to_string_lossy());
    effects.extend(guide::end(state));
    state.start.used = true;
    state.start.expected = expected;
    state.file = path::absolute(&path).ok();
    let ticket = state.opening.renew();
    effects.push(Effect::Work(Work::Open { ticket, path }));
    effects
}

/// A package is open: says so where it is not the one that was left.
pub(in crate::tui) fn opened(state: &mut State) {
    let Some(expected) = state.start.expected.take() else { return };
    if state.package().is_some_and(|package| package.sha256 != expected) {
        state.say("The file has changed since you left it: this is another archive of the same name.");
    }
}

/// A path that was typed cannot be opened: one is back on the start screen. `None` where the program was started on it.
pub(in crate::tui) fn failed(state: &mut State, why: &str) -> Option<Vec<Effect>> {
    if !state.start.used {
        return None;
    }
    let mut effects = leave_package(state);
    effects.extend(guide::end(state));
    state.complain(why);
    Some(effects)
}

/// Takes in the cases that were left last.
pub(in crate::tui) fn arrived(state: &mut State, recent: Vec<Recent>) {
    let start = &mut state.start;
    let before = start.recent.iter().flatten().nth(start.selected.wrapping_sub(ALWAYS.len()));
    // The selection stays with its case, which may stand elsewhere by now.
    let again = before.and_then(|before| recent.iter().position(|recent| recent.sha256 == before.sha256));
    start.recent = Some(recent);
    let last = start.choices().count().saturating_sub(1);
    start.selected = again.map_or(start.selected, |at| ALWAYS.len() + at).min(last);
}
