//! What each action does.

use crate::config::Action;
use crate::ledger::Label;

use super::super::job::Work;
use super::super::layout;
use super::spot::Spot;
use super::view::View;
use super::{
    Effect, Overlay, Pane, State, card, compare, copy, diff, explained, finder, hex, indicators, input, lab, layers,
    pages, places, queue, reload, results, seek, select, shaped, spans, travel,
};

/// Columns of one step to the side.
const SIDE: isize = 8;

/// Does what was asked for.
pub(super) fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(effects) = in_overlay(state, action) {
        return effects;
    }
    if state.is_selecting()
        && let Some(effects) = select::perform(state, action)
    {
        return effects;
    }
    let handled = match state.view {
        View::Card => card::perform(state, action),
        View::Code => None,
        View::Explain => compare::perform(state, action),
        View::Results => results::perform(state, action),
        View::Indicators => indicators::perform(state, action),
        View::Spans => spans::perform(state, action),
        View::Diff => diff::perform(state, action),
        View::Queue => queue::table::perform(state, action),
        View::Lab => lab::perform(state, action),
    };
    if let Some(effects) = handled {
        return effects;
    }
    if let Some(by) = travel::rows(action, half(state), 2 * half(state)) {
        step(state, by);
        return Vec::new();
    }
    match action {
        Action::Explain => return compare::open(state),
        Action::WhatIf => return compare::what_if(state),
        Action::ShowAll => return compare::show_all(state),
        // Keys of a view that is not shown.
        Action::MethodBeside | Action::Rank => state.say("This belongs to the view that explains."),
        Action::Diff => diff::ask::open(state),
        Action::Fold => {}
        Action::Queue => return queue::table::show(state),
        Action::NextPackage => return queue::next(state),
        Action::PreviousPackage => return queue::previous(state),
        Action::LabelAlike => return queue::label_alike(state),
        // In the table of the queue alone.
        Action::QueueOrder => {}
        Action::Beautified => return shaped::toggle(state),
        Action::Decoders => return lab::open(state),
        // They mean something in the lab alone.
        Action::KeepLayer | Action::AddDecoder | Action::DropDecoder | Action::BruteForce | Action::Unfold => {
            let key = state.key(Action::Decoders);
            state.say(format!("This is for the decoder lab; {key} opens it on the selected bytes."));
        }
        Action::RemoveLayer => return layers::remove(state),
        Action::Card => state.open_view(View::Card),
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
        Action::Unmark => {
            let key = state.key(Action::Spans);
            state.say(format!("Marked spans are removed in their list: {key} shows it."));
        }
        Action::Spans => {
            state.open_view(View::Spans);
            spans::follow(state);
            spans::preview(state);
        }
        Action::Back => state.retrace(true),
        Action::Forward => state.retrace(false),
        Action::Quit => state.quit = Some(Ok(())),
        Action::Help => state.overlay = Some(Overlay::Help(0)),
        Action::Details => state.overlay = Some(Overlay::Details(state.spot)),
        Action::Palette | Action::Search | Action::SearchPackage => return input::open(state, action),
        Action::GoToFile => return finder::open(state),
        Action::Results => {
            state.open_view(View::Results);
            results::follow(state);
        }
        Action::Indicators => indicators::open_table(state),
        Action::RoleC2
        | Action::RoleExfil
        | Action::RolePayload
        | Action::RoleContext
        | Action::RoleBenign
        | Action::RoleNone
        | Action::SortNext
        | Action::SortPrevious
        | Action::CopyMarkdown
        | Action::CopyCsv
        | Action::CopyPages => {
            let key = state.key(Action::Indicators);
            state.say(format!("That belongs to the table of indicators: {key} shows it."));
        }
        Action::Cancel => cancel(state),
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
        Action::LabelMalicious => return label(state, Label::Malicious),
        Action::LabelBenign => return label(state, Label::Benign),
        Action::LabelSuspicious => return label(state, Label::SuspiciousUnresolved),
        Action::Undo => {
            state.labelling = true;
            state.spans.wanting = false;
            return vec![state.work(Work::Undo { spans_of: None })];
        }
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
    }
    Vec::new()
}

fn half(state: &State) -> isize {
    let lines =
        state.height(state.focus) / if state.focus == Pane::Sequence { 2 * state.steps.height.max(1) } else { 2 };
    isize::try_from(lines.max(1)).unwrap_or(1)
}

/// Help and details scroll and close; everything else closes them first.
fn in_overlay(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match state.overlay {
        Some(Overlay::Help(top)) => in_help(state, action, top),
        Some(Overlay::Details(spot)) => in_details(state, action, spot),
        Some(Overlay::Places(_)) => in_places(state, action),
        _ => None,
    }
}

fn in_help(state: &mut State, action: Action, top: usize) -> Option<Vec<Effect>> {
    let lines = pages::help(state);
    let most = lines.len().saturating_sub(usize::from(layout::page(state.size).height));
    let heading = |at: &usize| matches!(lines.get(*at), Some(pages::PageLine::Heading(_)));
    match (action, paging(state, action)) {
        // From section to section.
        (Action::Next | Action::NextPane, _) => {
            let next = (top + 1..lines.len()).find(heading).unwrap_or(top);
            state.overlay = Some(Overlay::Help(next.min(most)));
        }
        (Action::Previous | Action::PreviousPane, _) => {
            state.overlay = Some(Overlay::Help((0..top).rev().find(heading).unwrap_or(0)));
        }
        (_, Some(by)) => state.overlay = Some(Overlay::Help(top.saturating_add_signed(by).min(most))),
        _ => return close(state, action),
    }
    Some(Vec::new())
}

fn in_details(state: &mut State, action: Action, spot: Spot) -> Option<Vec<Effect>> {
    let lines = pages::details(state);
    match on_page(state, action, spot, &lines) {
        Turn::Stay(spot) => state.overlay = Some(Overlay::Details(spot)),
        Turn::Go(spot, goal) => {
            state.spot = spot;
            state.overlay = None;
            state.go(goal);
        }
        Turn::Leave => {
            state.spot = spot;
            return close(state, action);
        }
    }
    Some(Vec::new())
}

fn in_places(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Places(mut places)) = state.overlay.take() else { return None };
    match on_page(state, action, places.spot, &places.lines) {
        Turn::Stay(spot) => {
            places.spot = spot;
            state.overlay = Some(Overlay::Places(places));
        }
        Turn::Go(_, goal) => state.go(goal),
        Turn::Leave => {
            let by_name = matches!(action, Action::Origin | Action::Definition | Action::References);
            return if by_name { Some(Vec::new()) } else { close(state, action) };
        }
    }
    Some(Vec::new())
}

/// What an action does on a page whose lines lead somewhere.
enum Turn {
    /// One is elsewhere on the page.
    Stay(Spot),
    /// To a place.
    Go(Spot, pages::Goal),
    /// Nothing: the page is left.
    Leave,
}

fn on_page(state: &mut State, action: Action, mut spot: Spot, lines: &[pages::PageLine]) -> Turn {
    let height = usize::from(layout::page(state.size).height);
    match (action, paging(state, action)) {
        (Action::Up | Action::Down, _) => spot.step(lines, height, action == Action::Down),
        (Action::Top, _) => spot = Spot::default(),
        (_, Some(by)) => spot.scroll(lines, height, by),
        (Action::Next | Action::Previous, _) => {
            if !spot.seek(lines, height, action == Action::Next) {
                state.say("No more lines here lead to a place.");
            }
        }
        (Action::Open, _) => match spot.line.and_then(|line| lines.get(line)).and_then(pages::PageLine::goal) {
            Some(goal) => return Turn::Go(spot, goal),
            None => state.say("This line leads to no place; n goes to the next one that does."),
        },
        _ => return Turn::Leave,
    }
    Turn::Stay(spot)
}

/// How far an action scrolls a page.
fn paging(state: &State, action: Action) -> Option<isize> {
    let half = isize::from(i16::try_from(state.size.height / 2).unwrap_or(i16::MAX)).max(1);
    travel::rows(action, half, half)
}

/// Closes what is on top; what closes it by name does nothing else.
fn close(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    state.overlay = None;
    matches!(action, Action::Help | Action::Details | Action::Cancel | Action::Quit).then(Vec::new)
}

fn cancel(state: &mut State) {
    if !state.search.needle.is_empty() {
        state.search = super::Search::default();
    } else if state.results.walked {
        state.results.walked = false;
        let key = state.key(Action::Results);
        state.say(format!("n and N walk the evidence again; {key} shows the matches."));
    } else if state.zoom {
        state.zoom = false;
        state.fit();
    }
}

/// Gives a pane the focus; from another view, the code comes up.
pub(super) fn focus(state: &mut State, pane: Pane) {
    state.open_view(View::Code);
    state.focus = pane;
    if matches!(pane, Pane::Sequence | Pane::Tokens) {
        state.right = pane;
    }
    state.fit();
}

fn turn(state: &mut State, by: usize) {
    let panes = [Pane::Files, Pane::Source, state.right];
    let now = panes.iter().position(|p| *p == state.focus).unwrap_or_default();
    if let Some(pane) = panes.get((now + by) % panes.len()) {
        focus(state, *pane);
    }
}

/// Up and down in the focused pane.
pub(super) fn step(state: &mut State, by: isize) {
    match state.focus {
        Pane::Files => {
            state.files.step(by);
            state.follow_files();
        }
        Pane::Source if state.viewer.hex => state.move_rows(by),
        Pane::Source => {
            let (source, bytes) = shown(state);
            let height = state.height(Pane::Source);
            state.viewer.step(by, source.as_deref(), bytes, height);
            from_source(state);
        }
        Pane::Sequence => {
            let far = isize::try_from(state.steps.rows.len()).unwrap_or(travel::FAR);
            state.steps.move_by(by.clamp(-far, far));
            from_steps(state);
        }
        Pane::Tokens => {
            state.tokens.step(by);
            from_tokens(state);
        }
    }
    state.follow();
}

/// The shown document's text, if it has one, and its size.
pub(super) fn shown(state: &State) -> (Option<std::sync::Arc<crate::text::Source>>, usize) {
    let Some(doc) = state.viewer.doc else { return (None, 0) };
    (state.shown_source().cloned(), state.docs.bytes(doc).len())
}

pub(super) fn from_steps(state: &mut State) {
    if let Some(step) = state.steps.step() {
        state.select_step(step);
    }
}

/// A line of the source selects the first step on it.
pub(super) fn from_source(state: &mut State) {
    let Some(doc) = state.viewer.doc else { return };
    if state.viewer.hex {
        return;
    }
    match state.line_mark(doc, state.viewer.cursor) {
        Some(mark) => {
            state.steps.select(mark.step);
            state.viewer.span = state.docs.sequence().steps.get(mark.step).map(|s| s.span);
            if let Some(case) = &state.case {
                state.tokens.select_step(&case.text, mark.step);
            }
        }
        None => state.viewer.span = None,
    }
}

pub(super) fn from_tokens(state: &mut State) {
    let Some(case) = state.case.clone() else { return };
    let piece = state.tokens.cells.get(state.tokens.selected).and_then(|c| c.piece);
    let Some(piece) = piece.and_then(|p| case.text.pieces.get(p)) else { return };
    if let Some(step) = piece.steps.first() {
        let selected = state.tokens.selected;
        state.select_step(*step);
        state.tokens.selected = selected;
    }
}

fn side(state: &mut State, by: isize) {
    match state.focus {
        Pane::Files if by < 0 => {
            if !state.files.open(Some(false)) {
                state.files.to_parent();
                state.follow_files();
            }
            state.follow();
        }
        Pane::Files => {
            state.files.open(Some(true));
            state.follow();
        }
        Pane::Source => {
            let (source, _) = shown(state);
            if state.viewer.hex {
                state.move_byte(by);
            } else if let Some(source) = source {
                let (height, width) = (state.height(Pane::Source), state.text_width());
                state.viewer.slide(by * SIDE, &source, height, width);
            }
        }
        Pane::Sequence => {}
        Pane::Tokens => {
            state.tokens.slide(by);
            from_tokens(state);
            state.follow();
        }
    }
}

fn line_end(state: &mut State) {
    let (source, _) = shown(state);
    if let Some(source) = source.filter(|_| state.focus == Pane::Source && !state.viewer.hex) {
        let width = state.text_width();
        state.viewer.to_line_end(&source, width);
    }
}

fn open(state: &mut State) {
    match state.focus {
        Pane::Files => {
            if !state.files.open(None) && state.files.selected_doc().is_some() {
                focus(state, Pane::Source);
            }
            state.follow();
        }
        Pane::Sequence | Pane::Tokens => {
            from_steps(state);
            focus(state, Pane::Source);
        }
        Pane::Source => {
            from_source(state);
            focus(state, Pane::Sequence);
        }
    }
}

/// To the next or previous step, whatever has the focus.
pub(super) fn walk(state: &mut State, by: isize) {
    let before = state.steps.selected;
    state.steps.move_by(by);
    from_steps(state);
    state.follow();
    if state.steps.selected == before && state.stage != super::Stage::Opening {
        let what = if state.steps.rows.is_empty() { "There are no steps." } else { "There are no more steps." };
        state.say(what);
    }
}

fn filter(state: &mut State) {
    state.steps.only = match state.steps.only {
        Some(_) => None,
        None => state.viewer.doc,
    };
    state.list_steps();
    state.follow();
    if state.steps.rows.is_empty() && state.steps.only.is_some() {
        state.say("This file has no steps.");
    }
}

fn label(state: &mut State, label: Label) -> Vec<Effect> {
    if state.queue.is_waiting() {
        state.say("The next package is on its way: label it when it is here.");
        return Vec::new();
    }
    let Some(case) = state.case.clone() else {
        state.say("Wait until the package is read, then label it.");
        return Vec::new();
    };
    // Shown at once; the ledger's answer confirms it or takes it back with an error.
    state.label = Some(label);
    state.labelling = true;
    state.spans.wanting = label == Label::Malicious;
    let model = match &state.judge {
        Some(Ok(judge)) if case.verdict.is_some() => Some((judge.name.clone(), judge.hash.clone())),
        _ => None,
    };
    let queued = state.queue.current.as_ref().map(|current| current.queued.clone());
    vec![state.work(Work::Label { case, label, model, queued })]
}
