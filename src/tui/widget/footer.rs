//! The last two lines: what was said last, else where one is; below it, always, the keys that matter here and how many more
//! there are. On a low screen both have one line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget as _};
use strum::IntoEnumIterator as _;

use crate::config::{Action, Context, Role};
use crate::text::{escape, width};

use crate::tui::state::{State, here};
use crate::tui::view::View;
use crate::tui::view::{guide, start};
use crate::tui::widget::fit;
use crate::tui::widget::frame::put_right;

/// A key that is shown, with what it does.
struct Hint {
    action: Action,
    key: String,
    word: String,
    x: u16,
}

impl Hint {
    fn width(&self) -> u16 {
        u16::try_from(width(&self.key) + 1 + width(&self.word)).unwrap_or(u16::MAX)
    }
}

pub(in crate::tui) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    clear(state, area, buf);
    let (hints, more) = hints(state, area);
    for hint in hints.iter().chain(&more) {
        let room = usize::from(area.right().saturating_sub(hint.x));
        // How many more there are is no key.
        let (first, second, styles) = match hint.action {
            Action::Help => (&hint.word, &hint.key, [Role::Faint, Role::Faint]),
            _ => (&hint.key, &hint.word, [Role::Key, Role::Dim]),
        };
        let [first_style, second_style] = styles.map(|role| theme.style(role));
        let (x, _) = buf.set_stringn(hint.x, area.y, first, room, first_style);
        let room = usize::from(area.right().saturating_sub(x + 1));
        buf.set_stringn(x + 1, area.y, second, room, second_style);
    }
}

/// Empties a line: on a screen of three lines something else may have been drawn there.
fn clear(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    Clear.render(area.intersection(buf.area), buf);
    buf.set_style(area, theme.style(Role::Ground).patch(theme.style(Role::Text)));
}

/// What was said last; else what is searched, and where one is.
pub(in crate::tui) fn draw_status(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let (whole, away) = (area, away(state));
    let area = Rect { width: area.width.saturating_sub(columns(&away)), ..area };
    let width = usize::from(area.width.saturating_sub(1));
    if state.notice.is_some() {
        clear(state, whole, buf);
    }
    // Whatever else is said: who labels must know that nobody else sees it yet.
    put_right(&away, whole, theme.style(Role::Error), buf);
    if let Some(notice) = &state.notice {
        let role = if notice.error { Role::Error } else { Role::Message };
        buf.set_stringn(area.x + 1, area.y, fit::end(&notice.text, width), width, theme.style(role));
        return;
    }
    let standing = standing(state, area);
    let used = crate::text::width(&standing);
    put_right(&standing, area, theme.style(Role::Message), buf);
    if area.y != state.areas().footer.y {
        let room = width.saturating_sub(used + 1);
        buf.set_stringn(area.x + 1, area.y, fit::end(&here::here(state), room), room, theme.style(Role::Dim));
    }
}

/// The action whose key stands at a place of the screen.
pub(in crate::tui) fn action_at(state: &State, at: Position) -> Option<Action> {
    let areas = state.areas();
    let area = areas.footer;
    if state.notice.is_some() && areas.status == area || !area.contains(at) {
        return None;
    }
    let (hints, more) = hints(state, area);
    hints.iter().chain(&more).find(|hint| (hint.x..hint.x + hint.width()).contains(&at.x)).map(|hint| hint.action)
}

/// What waits for the ledger's server.
fn away(state: &State) -> String {
    if state.kept > 0 { format!(" offline, {} kept ", state.kept) } else { String::new() }
}

fn columns(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

/// What is searched, or the note of the next mark.
fn standing(state: &State, area: Rect) -> String {
    let note = &state.selecting.note;
    let text = match () {
        () if state.count.is_some() => format!("{} times … ", state.count.unwrap_or_default()),
        // The roles need the whole line.
        () if state.context() == Context::Select && note.is_empty() => String::new(),
        () if state.context() == Context::Select => format!("note: {} ", escape(note)),
        () if !state.search.needle.is_empty() => format!("/{} ", escape(&state.search.needle)),
        () if state.results.walked => format!("all: {} ", escape(&state.results.typed)),
        () => String::new(),
    };
    fit::end(&text, usize::from(area.width) / 4)
}

/// The keys for which there is room, and how many more help has.
fn hints(state: &State, area: Rect) -> (Vec<Hint>, Option<Hint>) {
    let here = state.context();
    let own_line = state.areas().status != area;
    let used = if own_line { 0 } else { columns(&standing(state, area)).saturating_add(columns(&away(state))) };
    let keys = &state.config.keys;
    // What one does most here comes first, then what is for here alone, then the rest in its order.
    let (own, rest): (Vec<Action>, Vec<Action>) = Action::iter().partition(|a| a.context() == here);
    let rest = rest.into_iter().filter(|a| state.view == View::Code || !of_the_code(*a));
    let mut ordered: Vec<Action> = Vec::new();
    for action in here.first().iter().copied().chain(own).chain(rest).filter(|a| a.applies(here) && fits(state, *a)) {
        if !ordered.contains(&action) {
            ordered.push(action);
        }
    }
    let all = Action::iter().filter(|a| a.applies(here)).count();
    let mut x = area.x + 1;
    let mut shown: Vec<Hint> = Vec::new();
    // Room for the count of what is hidden, which is always there. The eight roles stand closer, so that a narrow screen has all.
    let (gap, kept) = if here == Context::Select { (1, 6) } else { (2, 6) };
    let end = area.right().saturating_sub(used + kept);
    for action in ordered {
        let (Some(key), word) = (keys.key_in(here, action), action.hint_in(here)) else { continue };
        let hint = Hint { action, key, word: word.to_owned(), x };
        if word.is_empty() {
            continue;
        }
        if x.saturating_add(hint.width()).saturating_add(gap) > end {
            break;
        }
        x += hint.width() + gap;
        shown.push(hint);
    }
    let word = format!("+{}", all - shown.len());
    let help = keys.key_in(here, Action::Help).map(|key| Hint { action: Action::Help, key, word, x });
    (shown, help)
}

/// Whether an action means something now.
fn fits(state: &State, action: Action) -> bool {
    match action {
        _ if start::refuses(state, action) || guide::lacks(state, action) => false,
        // Without a queue there is no next package.
        Action::NextPackage => state.queue.current.is_some(),
        // The table of the queue takes no labels: they are for the package on the screen.
        Action::LabelMalicious | Action::LabelBenign | Action::LabelSuspicious | Action::Mark => {
            !matches!(state.view, View::Queue | View::Start) && (action != Action::Mark || state.view != View::Report)
        }
        Action::Next => state.view != View::Queue,
        _ => true,
    }
}

/// What is about the panes of the code, and hardly looked for in another view.
fn of_the_code(action: Action) -> bool {
    matches!(
        action,
        Action::NextPane
            | Action::Zoom
            | Action::Definition
            | Action::References
            | Action::Method
            | Action::WhatIf
            | Action::ShowAll
            | Action::Origin
            | Action::Decoders
            | Action::Tokens
    )
}
