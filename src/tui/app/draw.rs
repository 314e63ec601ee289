//! The whole screen: a pure function of the state. Only what is visible is laid out.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::config::{Action, Role};
use crate::text::escape;
use crate::tui::layout;
use crate::tui::state::{Overlay, Pane, State};
use crate::tui::view::code::{files, sequence, source, tokens};
use crate::tui::view::{details, guide, help};
use crate::tui::widget::frame::{border, put_right};
use crate::tui::widget::strip::percent;
use crate::tui::widget::{fit, follow, footer, page, prompt, strip};

/// Most columns of the package in the name of the window.
const TITLE: usize = 60;

/// The action whose key stands at a place of the screen.
pub(in crate::tui) fn action_at(state: &State, at: Position) -> Option<Action> {
    footer::action_at(state, at).or_else(|| guide::draw::action_at(state, at))
}

/// The name of the window: the package and its risk. All of it is printable.
pub(in crate::tui) fn window_title(state: &State) -> String {
    let mut parts = Vec::new();
    if let Some(package) = state.package() {
        let name = package.name.as_deref().map_or_else(|| state.path.clone(), |name| escape(name).into_owned());
        let version = package.version.as_deref().map(|version| format!(" {}", escape(version))).unwrap_or_default();
        parts.push(fit::end(&format!("{name}{version}"), TITLE));
    }
    let judgement = crate::tui::derived::judgement(state.case.as_deref());
    parts.extend(judgement.map(|judgement| format!("risk {}", percent(judgement.probability))));
    parts.push("Cerebro".to_owned());
    parts.join(" · ")
}

/// Draws the whole screen.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let areas = state.areas();
    let area = frame.area();
    let buf = frame.buffer_mut();
    buf.set_style(area, state.theme().style(Role::Ground));
    buf.set_style(area, state.theme().style(Role::Text));
    strip::draw(state, areas.strip, buf);
    (state.view.contract().draw)(state, &areas, buf);
    if let Some(tabs) = areas.tabs {
        draw_tabs(state, tabs, buf);
    }
    if let Some(area) = areas.files {
        let area = border(state, Pane::Files, area, areas.bordered, "Files", &files::draw::title(state), buf);
        files::draw::draw(state, area, buf);
    }
    if let Some(area) = areas.source {
        let (title, place) = source::draw::titles(state, area.width);
        let area = border(state, Pane::Source, area, areas.bordered, &title, &place, buf);
        source::draw::draw(state, area, buf);
    }
    if let Some(area) = areas.right {
        if state.right == Pane::Tokens {
            let area = border(state, Pane::Tokens, area, areas.bordered, "Tokens the model read", "", buf);
            tokens::draw::draw(state, area, buf);
        } else {
            let title = if state.steps.only.is_some() { "Behaviors of this file" } else { "Behaviors in run order" };
            let area = border(state, Pane::Sequence, area, areas.bordered, title, &sequence::draw::title(state), buf);
            sequence::draw::draw(state, area, buf);
        }
    }
    if let Some(banner) = areas.banner {
        guide::draw::draw(state, banner, buf);
    }
    footer::draw(state, areas.footer, buf);
    footer::draw_status(state, areas.status, buf);
    match &state.overlay {
        Some(Overlay::Help(top)) => page::draw::draw(state, &keys_title(state), &help::help(state), *top, None, buf),
        Some(Overlay::Details(spot)) => {
            page::draw::draw(state, "Details", &details::details(state), spot.top, spot.line, buf);
        }
        Some(Overlay::Places(places)) => {
            page::draw::draw(state, &places.title, &places.lines, places.spot.top, places.spot.line, buf);
        }
        Some(Overlay::Prompt(typed)) => {
            if let Some(cursor) = prompt::draw::draw(state, typed, areas.status, buf) {
                frame.set_cursor_position(cursor);
            }
        }
        None => {}
    }
    if let Some(first) = state.prefix {
        follow::draw(state, first, areas.status, frame.buffer_mut());
    }
    if let Some(rows) = state.drag.rows {
        let buf = frame.buffer_mut();
        buf.set_style(rows.intersection(buf.area), state.theme().style(Role::Selected));
    }
}

/// The title of help, with the key that goes from section to section.
fn keys_title(state: &State) -> String {
    format!("Keys · {} next section · {} find", state.key(Action::Next), state.key(Action::Search))
}

fn draw_tabs(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let mut end = area.x;
    for (pane, name, x) in layout::tabs(area, state.right) {
        let focused = pane == state.focus;
        let style = if focused {
            theme.style(Role::TitleFocus).patch(theme.style(Role::Selected))
        } else {
            theme.style(Role::Dim)
        };
        end = buf.set_stringn(x, area.y, name, usize::from(area.right() - x), style).0;
    }
    let right = match state.focus {
        Pane::Source => {
            let (title, place) = source::draw::titles(state, area.right().saturating_sub(end + 2));
            format!("{title}  {place}")
        }
        Pane::Files => files::draw::title(state),
        Pane::Sequence => sequence::draw::title(state),
        Pane::Tokens => String::new(),
    };
    put_right(
        &right,
        Rect { x: end + 1, width: area.right().saturating_sub(end + 1), ..area },
        theme.style(Role::Dim),
        buf,
    );
}
