//! What each action does.

use crate::config::Action;
use crate::ledger::Label;

use crate::tui::app::{copy, input, reload, resize, seek, suppress};
use crate::tui::state::{Effect, Overlay, Pane, State, explained};
use crate::tui::view::code::{hex, select, shaped};
use crate::tui::view::{self, classify, finder, guide, guidelines, others, places, similar, start};
use crate::tui::widget::travel;
use crate::tui::worker::{LedgerWork, Work};

use crate::tui::app::overlay::in_overlay;
use crate::tui::view::code::update::{filter, line_end, open, side, turn, walk};
use crate::tui::view::code::update::{focus, step};

/// Does what a view handed on.
pub(in crate::tui) fn handed(state: &mut State) -> Vec<Effect> {
    state.handed.take().map_or_else(Vec::new, |action| perform(state, action))
}

/// Does what was asked for.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(effects) = in_overlay(state, action) {
        return effects;
    }
    if start::refuses(state, action) {
        start::say_empty(state);
        return Vec::new();
    }
    if guide::refuses(state, action) {
        return Vec::new();
    }
    if state.is_selecting()
        && let Some(effects) = select::perform(state, action)
    {
        return effects;
    }
    if suppress::refuses(state, action) {
        return Vec::new();
    }
    if let Some(effects) = (state.view.contract().command)(state, action) {
        return effects;
    }
    if let Some(by) = travel::rows(action, half(state), 2 * half(state)) {
        step(state, by);
        return Vec::new();
    }
    match action {
        Action::Beautified => return shaped::toggle(state),
        Action::Origin => places::origin(state),
        Action::Definition | Action::References => return places::ask(state, action),
        Action::Mark => select::begin(state),
        Action::MarkPayload
        | Action::MarkTrigger
        | Action::MarkLoader
        | Action::MarkExfil
        | Action::MarkPersistence
        | Action::MarkEvasion
        | Action::MarkDecoy
        | Action::MarkBenign => return select::role(action).map_or_else(Vec::new, |role| select::mark(state, role)),
        Action::WordForward | Action::WordBack | Action::SwapEnds | Action::Note => {
            let key = state.key(Action::Mark);
            state.say(format!("Select bytes first: {key} does."));
        }
        Action::Start if state.guide.is_some() => return guide::leave(state),
        Action::Guide => return guide::toggle(state),
        Action::GuideNext | Action::GuideBack => guide::go(state, action == Action::GuideNext),
        Action::Back => state.retrace(true),
        Action::Forward => state.retrace(false),
        Action::Quit => state.quit = Some(Ok(())),
        Action::Help => state.overlay = Some(Overlay::Help(0)),
        Action::Others => others::open(state),
        Action::Similar => return similar::ask(state),
        Action::Details => state.overlay = Some(Overlay::Details(state.spot)),
        Action::Guideline => guidelines::open(state),
        Action::Palette | Action::Search | Action::SearchPackage => return input::open(state, action),
        Action::GoToFile => return finder::open(state),
        Action::Cancel => return cancel(state),
        Action::NextPane => turn(state, 1),
        Action::PreviousPane => turn(state, 2),
        Action::FocusFiles => focus(state, Pane::Files),
        Action::FocusSource => focus(state, Pane::Source),
        Action::FocusSequence => focus(state, Pane::Sequence),
        Action::FocusTokens => focus(state, Pane::Tokens),
        Action::Tokens => {
            focus(state, if state.right == Pane::Tokens { Pane::Sequence } else { Pane::Tokens });
        }
        Action::Zoom => {
            state.zoom = !state.zoom;
            state.fit();
        }
        Action::Wider | Action::Narrower | Action::Even => resize::perform(state, action),
        // These were done above.
        Action::Up
        | Action::Down
        | Action::HalfUp
        | Action::HalfDown
        | Action::PageUp
        | Action::PageDown
        | Action::Top
        | Action::Bottom => {}
        Action::Left => side(state, -1),
        Action::Right => side(state, 1),
        Action::LineStart if state.viewer.hex => state.go_to_row_edge(false),
        Action::LineEnd if state.viewer.hex => state.go_to_row_edge(true),
        Action::LineStart => state.viewer.left = 0,
        Action::LineEnd => line_end(state),
        Action::Open => open(state),
        Action::Next | Action::Previous => return seek::next(state, action == Action::Next),
        Action::NextStep => walk(state, 1),
        Action::PreviousStep => walk(state, -1),
        Action::Filter => filter(state),
        Action::Hex => hex::toggle(state),
        Action::Method | Action::LayerNext | Action::LayerPrevious | Action::HeadNext | Action::HeadPrevious => {
            return explained::choose(state, action);
        }
        Action::LabelMalicious => return classify::decide(state, Label::Malicious),
        Action::LabelBenign => return classify::decide(state, Label::Benign),
        Action::LabelSuspicious => return classify::decide(state, Label::SuspiciousUnresolved),
        Action::Undo => {
            state.labelling = true;
            state.spans.wanting = false;
            return vec![state.work(Work::Ledger(LedgerWork::Undo { spans_of: None }))];
        }
        Action::Redo => {
            state.labelling = true;
            state.spans.wanting = false;
            return vec![state.work(Work::Ledger(LedgerWork::Redo))];
        }
        Action::Suppress => suppress::ask(state),
        Action::ShowHidden => suppress::show(state),
        Action::Blind => return suppress::blind(state),
        Action::Export => {
            let keys = [Action::Queue, Action::Results, Action::Indicators].map(|action| state.key(action));
            state.say(format!("Rows are saved from the queue, the matches and the indicators: {}.", keys.join(", ")));
        }
        Action::Select => state.say("Rows are selected in the queue, in the matches and in the table of indicators."),
        Action::OpenModel => reload::ask(state),
        Action::ReloadModel => return reload::reload(state),
        Action::Copy | Action::CopyRaw | Action::CopySha => return copy::copy(state, action),
        Action::Mouse => {
            state.mouse = !state.mouse;
            let text = if state.mouse {
                "The mouse selects and scrolls here."
            } else {
                "The mouse is the terminal's: select text with it."
            };
            state.say(text);
            return vec![Effect::Mouse(state.mouse)];
        }
        Action::Theme => {
            state.look = state.look.next();
            state.look_guessed = false;
            state.say(format!("Theme: {}.", state.look.name()));
        }
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        // What belongs to one view.
        action => return view::elsewhere(state, action),
    }
    Vec::new()
}

fn half(state: &State) -> isize {
    let lines =
        state.height(state.focus) / if state.focus == Pane::Sequence { 2 * state.steps.height.max(1) } else { 2 };
    isize::try_from(lines.max(1)).unwrap_or(1)
}

fn cancel(state: &mut State) -> Vec<Effect> {
    if !state.search.needle.is_empty() {
        return seek::end(state);
    }
    if state.results.walked {
        state.results.walked = false;
        let [next, previous, results] =
            [Action::Next, Action::Previous, Action::Results].map(|action| state.key(action));
        state.say(format!("{next} and {previous} walk the evidence again; {results} shows the matches."));
    } else if state.zoom {
        state.zoom = false;
        state.fit();
    } else if state.guide.is_some() {
        return guide::leave(state);
    }
    Vec::new()
}
