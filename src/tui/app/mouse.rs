//! Wheel and clicks.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::super::layout::{self, gutter, tab_at};
use super::pages::{self, PageLine};
use super::prompt::Prompt;
use super::spot::Spot;
use super::view::View;
use super::{
    Effect, Overlay, Pane, State, act, card, compare, diff, drag, indicators, input, lab, queue, report, results,
    spans, start,
};

/// Lines that one turn of the wheel scrolls.
const LINES: isize = 3;

pub(super) fn event(state: &mut State, event: MouseEvent) -> Vec<Effect> {
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
            let hinted = super::super::ui::action_at(state, at).filter(|_| state.overlay.is_none());
            state.notice = None;
            if let Some(action) = hinted {
                return act::perform(state, action);
            }
            let before = (state.view, state.overlay.is_some());
            let effects = click(state, at);
            drag::press(state, at, before);
            return effects;
        }
        MouseEventKind::Drag(MouseButton::Left) => {
            drag::drag(state, at);
            return Vec::new();
        }
        MouseEventKind::Up(MouseButton::Left) => return drag::release(state),
        _ => return Vec::new(),
    };
    state.dirty = true;
    if let Some(Overlay::Help(_) | Overlay::Details(_) | Overlay::Places(_)) = state.overlay {
        let action = if by < 0 { crate::config::Action::Up } else { crate::config::Action::Down };
        for _ in 0..LINES {
            act::perform(state, action);
        }
        return Vec::new();
    }
    if let Some(Overlay::Prompt(prompt)) = &mut state.overlay {
        prompt.step(by.signum());
        return Vec::new();
    }
    if matches!(state.view, View::Card | View::Explain | View::Start) {
        let action = if by < 0 { crate::config::Action::Up } else { crate::config::Action::Down };
        return act::perform(state, action);
    }
    if state.view == View::Queue {
        queue::table::wheel(state, by);
        return Vec::new();
    }
    if state.view == View::Report {
        report::scroll(state, by);
        return Vec::new();
    }
    let areas = state.areas();
    if state.view == View::Spans && areas.body.contains(at) {
        spans::wheel(state, by);
        return Vec::new();
    }
    if state.view == View::Diff && areas.body.contains(at) {
        diff::wheel(state, at.x, at.y, by);
        return Vec::new();
    }
    if state.view == View::Results && areas.body.contains(at) {
        results::wheel(state, by);
        return Vec::new();
    }
    if state.view == View::Indicators && areas.body.contains(at) {
        indicators::wheel(state, by);
        return Vec::new();
    }
    if state.view == View::Lab {
        let (list, result) = areas.lab();
        return match () {
            () if list.contains(at) => lab::wheel(state, true, by),
            () if result.contains(at) => lab::wheel(state, false, by),
            () => Vec::new(),
        };
    }
    let over = [Pane::Files, Pane::Source, state.right].into_iter().find(|pane| areas.inner(*pane).contains(at));
    match over {
        Some(Pane::Files) => {
            let rows = state.files.visible.len().saturating_sub(state.height(Pane::Files));
            state.files.top = state.files.top.saturating_add_signed(by).min(rows);
        }
        Some(Pane::Source) => {
            let (source, bytes) = act::shown(state);
            let height = state.height(Pane::Source);
            state.viewer.wheel(by, source.as_deref(), bytes, height);
        }
        Some(Pane::Sequence) => {
            let height = state.height(Pane::Sequence);
            state.steps.wheel(by, height);
        }
        Some(Pane::Tokens) => {
            let lines = state.tokens.layout.lines.len().saturating_sub(state.height(Pane::Tokens));
            state.tokens.top = state.tokens.top.saturating_add_signed(by).min(lines);
        }
        None => {}
    }
    Vec::new()
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
    let (source, _) = act::shown(state);
    if let Some(source) = source.filter(|_| !state.viewer.hex) {
        state.dirty = true;
        let (height, width) = (state.height(Pane::Source), state.text_width());
        state.viewer.slide(by, &source, height, width);
    }
}

fn click(state: &mut State, at: Position) -> Vec<Effect> {
    let list = super::super::ui::picker_list(state);
    match state.overlay.take() {
        Some(Overlay::Details(spot)) => {
            let lines = pages::details(state);
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
    let areas = state.areas();
    if state.view == View::Results && areas.body.contains(at) {
        let list = super::super::ui::results_list(state);
        if list.contains(at) {
            results::click(state, usize::from(at.y - list.y));
        }
        return Vec::new();
    }
    if state.view == View::Indicators && areas.body.contains(at) {
        let list = super::super::ui::indicators_list(state);
        if list.contains(at) {
            indicators::click(state, usize::from(at.y - list.y));
        }
        return Vec::new();
    }
    if state.view == View::Spans && areas.body.contains(at) {
        let list = super::super::ui::spans_list(state);
        if list.contains(at) {
            spans::click(state, usize::from(at.y - list.y));
        }
        return Vec::new();
    }
    if state.view == View::Card && areas.body.contains(at) {
        let first = areas.body.y + u16::from(areas.bordered);
        let left = areas.body.x + u16::from(areas.bordered) + u16::try_from(card::LABELS).unwrap_or_default();
        let column = usize::from(at.x.saturating_sub(left));
        return at.y.checked_sub(first).map_or_else(Vec::new, |row| card::click(state, usize::from(row), column));
    }
    if state.view == View::Explain {
        let areas = layout::explain(areas.body);
        if areas.table.contains(at) {
            return compare::click(state, usize::from(at.y - areas.table.y));
        }
        if let Some((layer, head)) = areas.cell(at) {
            return compare::choose(state, layer, head);
        }
        return Vec::new();
    }
    if state.view == View::Diff {
        diff::click(state, at.x, at.y);
        return Vec::new();
    }
    if state.view == View::Queue {
        // Under the border, or the title where there is none.
        let first = areas.body.y + 1;
        return at.y.checked_sub(first).map_or_else(Vec::new, |row| queue::table::click(state, usize::from(row)));
    }
    if state.view == View::Start {
        let line = super::super::ui::start_line(state, at);
        return line.map_or_else(Vec::new, |line| start::click(state, line));
    }
    if state.view == View::Lab {
        let list = areas.lab().0;
        return if list.contains(at) { lab::click(state, usize::from(at.y - list.y)) } else { Vec::new() };
    }
    click_code(state, at);
    Vec::new()
}

/// A click on a row below a prompt takes it; any other closes the prompt.
fn click_prompt(state: &mut State, mut prompt: Prompt, list: Option<Rect>, at: Position) -> Vec<Effect> {
    let Some(list) = list.filter(|list| list.contains(at)) else { return Vec::new() };
    let row = usize::from(at.y - list.y);
    match &mut prompt {
        Prompt::Palette(palette) => {
            let action = palette.found.get(palette.top(usize::from(list.height)) + row).copied();
            return action.map_or_else(Vec::new, |action| act::perform(state, action));
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

fn click_code(state: &mut State, at: Position) {
    let areas = state.areas();
    if state.view != View::Code {
        // The source beside the card: a click there goes on reading in it.
        if areas.inner(Pane::Source).contains(at) {
            act::focus(state, Pane::Source);
        }
        return;
    }
    if let Some(tabs) = areas.tabs.filter(|tabs| tabs.contains(at)) {
        if let Some(pane) = tab_at(tabs, state.right, at.x) {
            state.focus = pane;
            if matches!(pane, Pane::Sequence | Pane::Tokens) {
                state.right = pane;
            }
            state.fit();
        }
        return;
    }
    let Some(pane) = [Pane::Files, Pane::Source, state.right].into_iter().find(|p| areas.inner(*p).contains(at)) else {
        return;
    };
    state.focus = pane;
    let inner: Rect = areas.inner(pane);
    let row = usize::from(at.y - inner.y);
    let column = usize::from(at.x - inner.x);
    match pane {
        Pane::Files => {
            let clicked = state.files.top + row;
            if clicked < state.files.visible.len() {
                let again = state.files.selected == clicked;
                state.files.selected = clicked;
                if again || state.files.selected_doc().is_none() {
                    state.files.open(None);
                }
                state.follow_files();
            }
        }
        Pane::Source => {
            if state.viewer.hex {
                if let Some(byte) = state.byte_at(row, column) {
                    state.put_on_byte(byte);
                }
            } else if let (Some(source), _) = act::shown(state) {
                state.viewer.cursor = (state.viewer.top + row).min(source.line_count());
                // A click on the gutter's mark goes to the step; one in the text only moves the cursor.
                if column < usize::from(gutter(source.line_count())) {
                    act::from_source(state);
                }
                state.follow();
            }
        }
        Pane::Sequence => {
            if let Some(clicked) = state.steps.row_at(row) {
                state.steps.selected = clicked;
                if state.steps.step().is_none() {
                    state.steps.move_by(1);
                }
                act::from_steps(state);
            }
        }
        Pane::Tokens => {
            let line = state.tokens.top + row;
            state.tokens.select_at(line, column);
            act::from_tokens(state);
        }
    }
}
