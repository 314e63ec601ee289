//! Wheel and clicks.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::tui::app::{command, drag, draw, input, resize};
use crate::tui::layout;
use crate::tui::state::{Effect, Overlay, Pane, State};
use crate::tui::view::{code, details};
use crate::tui::widget::page::PageLine;
use crate::tui::widget::prompt::Prompt;
use crate::tui::widget::spot::Spot;

/// Lines that one turn of the wheel scrolls.
const LINES: isize = 3;

pub(in crate::tui) fn event(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    let by = match event.kind {
        MouseEventKind::ScrollUp => -LINES,
        MouseEventKind::ScrollDown => LINES,
        MouseEventKind::ScrollLeft | MouseEventKind::ScrollRight => {
            let right = event.kind == MouseEventKind::ScrollRight;
            slide(state, if right { 8 } else { -8 });
            return Vec::new();
        }
        MouseEventKind::Down(MouseButton::Left) => {
            state.dirty = true;
            state.touched = true;
            let hinted = draw::action_at(state, at).filter(|_| state.overlay.is_none());
            (state.notice, state.prefix) = (None, None);
            if let Some(action) = hinted {
                return command::perform(state, action);
            }
            state.drag.edge = resize::edge_at(state, at).filter(|_| state.overlay.is_none());
            if state.drag.edge.is_some() {
                return Vec::new();
            }
            let before = (state.view, state.overlay.is_some());
            let mut effects = click(state, at);
            effects.extend(command::handed(state));
            drag::press(state, at, before);
            return effects;
        }
        MouseEventKind::Drag(MouseButton::Left) => {
            if let Some(edge) = state.drag.edge {
                state.dirty = true;
                resize::put(state, edge, i32::from(at.x));
                return Vec::new();
            }
            drag::drag(state, at);
            return Vec::new();
        }
        MouseEventKind::Up(MouseButton::Left) => {
            return if state.drag.edge.take().is_some() { Vec::new() } else { drag::release(state) };
        }
        _ => return Vec::new(),
    };
    state.dirty = true;
    if let Some(Overlay::Help(_) | Overlay::Details(_) | Overlay::Places(_)) = state.overlay {
        let action = if by < 0 { crate::config::Action::Up } else { crate::config::Action::Down };
        for _ in 0..LINES {
            command::perform(state, action);
        }
        return Vec::new();
    }
    if let Some(Overlay::Prompt(prompt)) = &mut state.overlay {
        prompt.step(by.signum());
        return Vec::new();
    }
    (state.view.contract().wheel)(state, at, by)
}

/// A click on a line that leads somewhere goes there; any other closes the page.
fn click_page(state: &mut State, lines: &[PageLine], mut spot: Spot, at: Position) -> Spot {
    let page = layout::page(state.size, lines.len());
    if page.contains(at) {
        let clicked = spot.top + usize::from(at.y - page.y);
        // A pair that is broken into lines leads to its place from each of them.
        let whole = |line: &usize| matches!(lines.get(*line), Some(PageLine::Pair { first: true, .. }));
        spot.line = (0..=clicked).rev().find(whole);
        if let Some(PageLine::Pair { goal: Some(goal), .. }) = lines.get(clicked) {
            state.go(*goal);
        }
    }
    spot
}

fn slide(state: &mut State, by: isize) {
    let (source, _) = code::update::shown(state);
    if let Some(source) = source.filter(|_| !state.viewer.hex) {
        state.dirty = true;
        let (height, width) = (state.height(Pane::Source), state.text_width());
        state.viewer.slide(by, &source, height, width);
    }
}

fn click(state: &mut State, at: Position) -> Vec<Effect> {
    let list = crate::tui::widget::prompt::draw::list_area(state);
    match state.overlay.take() {
        Some(Overlay::Details(spot)) => {
            let lines = details::details(state);
            state.spot = click_page(state, &lines, spot, at);
            return Vec::new();
        }
        Some(Overlay::Places(places)) => {
            click_page(state, &places.lines, places.spot, at);
            return Vec::new();
        }
        Some(Overlay::Prompt(prompt)) => return click_prompt(state, prompt, list, at),
        Some(_) => return Vec::new(),
        None => {}
    }
    (state.view.contract().click)(state, at)
}

/// A click on a row below a prompt takes it; any other closes the prompt.
fn click_prompt(state: &mut State, mut prompt: Prompt, list: Option<Rect>, at: Position) -> Vec<Effect> {
    let Some(list) = list.filter(|list| list.contains(at)) else { return Vec::new() };
    let row = usize::from(at.y - list.y);
    match &mut prompt {
        Prompt::Palette(palette) => {
            let action = palette.found.get(palette.top(usize::from(list.height)) + row).copied();
            return action.map_or_else(Vec::new, |action| command::perform(state, action));
        }
        Prompt::Decoder(choice) => {
            choice.picker.selected = choice.picker.top(usize::from(list.height)) + row;
            return input::take_decoder(state, prompt);
        }
        Prompt::Finder(finder) => {
            finder.picker.selected = finder.picker.top(usize::from(list.height)) + row;
            if !finder.chosen(state) {
                state.overlay = Some(Overlay::Prompt(prompt));
            }
        }
        _ => {}
    }
    Vec::new()
}
