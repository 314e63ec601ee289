//! What actions do while help, details or a list of places is on top.

use crate::config::Action;
use crate::tui::app::input;
use crate::tui::layout;
use crate::tui::state::{Effect, Overlay, State};
use crate::tui::view::{details, help};
use crate::tui::widget::spot::Spot;
use crate::tui::widget::{page, travel};

/// Help and details scroll and close; everything else closes them first.
pub(in crate::tui) fn in_overlay(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match state.overlay {
        Some(Overlay::Help(top)) => in_help(state, action, top),
        Some(Overlay::Details(spot)) => in_details(state, action, spot),
        Some(Overlay::Places(_)) => in_places(state, action),
        _ => None,
    }
}

fn in_help(state: &mut State, action: Action, top: usize) -> Option<Vec<Effect>> {
    let lines = help::help(state);
    let most = lines.len().saturating_sub(usize::from(layout::page(state.size, lines.len()).height));
    let heading = |at: &usize| matches!(lines.get(*at), Some(page::PageLine::Heading(_)));
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
        // A key is looked for by the name of what it does.
        (Action::Search | Action::SearchPackage, _) => return Some(input::open(state, Action::Palette)),
        _ => return close(state, action),
    }
    Some(Vec::new())
}

fn in_details(state: &mut State, action: Action, spot: Spot) -> Option<Vec<Effect>> {
    let lines = details::details(state);
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
            let by_name = matches!(
                action,
                Action::Origin
                    | Action::Definition
                    | Action::References
                    | Action::Others
                    | Action::Similar
                    | Action::Guideline
            );
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
    Go(Spot, page::Goal),
    /// Nothing: the page is left.
    Leave,
}

fn on_page(state: &mut State, action: Action, mut spot: Spot, lines: &[page::PageLine]) -> Turn {
    let height = usize::from(layout::page(state.size, lines.len()).height);
    match (action, paging(state, action)) {
        (Action::Up | Action::Down, _) => spot.step(lines, height, action == Action::Down),
        (Action::Top, _) => spot = Spot::default(),
        (_, Some(by)) => spot.scroll(lines, height, by),
        (Action::Next | Action::Previous, _) => {
            if !spot.seek(lines, height, action == Action::Next) {
                state.say("No more lines here lead to a place.");
            }
        }
        (Action::Open, _) => match spot.line.and_then(|line| lines.get(line)).and_then(page::PageLine::goal) {
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
