//! How far an action moves in a list or a page: one table for every view.

use crate::config::Action;

/// Farther than any list is long.
pub(in crate::tui) const FAR: isize = isize::MAX / 4;

/// By how many rows an action moves, down or, below 0, up; `None` where it does not move.
pub(in crate::tui) fn rows(action: Action, half: isize, page: isize) -> Option<isize> {
    Some(match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::HalfUp => -half,
        Action::HalfDown => half,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::Top => -FAR,
        Action::Bottom => FAR,
        _ => return None,
    })
}

/// The same in a list of which so many rows are on the screen.
pub(in crate::tui) fn in_list(action: Action, height: usize) -> Option<isize> {
    let page = isize::try_from(height).unwrap_or(FAR).max(1);
    rows(action, (page / 2).max(1), page)
}
