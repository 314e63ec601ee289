//! The last line: what was said last, or the keys that matter here and how many more there are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use strum::IntoEnumIterator as _;

use crate::config::{Action, Context, Role};

use super::super::app::State;
use super::super::app::view::View;
use super::{fit, put_right};

pub(super) fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let theme = state.theme();
    let here = state.context();
    if let Some(notice) = &state.notice {
        let role = if notice.error { Role::Error } else { Role::Message };
        let width = usize::from(area.width.saturating_sub(1));
        buf.set_stringn(area.x + 1, area.y, fit::end(&notice.text, width), width, theme.style(role));
        return;
    }
    let note = &state.selecting.note;
    let search = if here == Context::Select && !note.is_empty() {
        format!("note: {} ", crate::text::escape(note))
    } else if state.search.needle.is_empty() {
        if state.results.walked {
            format!("all: {} ", crate::text::escape(&state.results.typed))
        } else {
            String::new()
        }
    } else {
        format!("/{} ", crate::text::escape(&state.search.needle))
    };
    let search = fit::end(&search, usize::from(area.width) / 4);
    let used = u16::try_from(crate::text::width(&search)).unwrap_or_default();
    put_right(&search, area, theme.style(Role::Message), buf);
    let keys = &state.config.keys;
    // What is for here alone comes first; the rest keeps its order.
    let (own, rest): (Vec<Action>, Vec<Action>) = Action::iter().partition(|a| a.context() == here);
    let hints: Vec<(String, &str)> = own
        .into_iter()
        .chain(rest)
        // Without a queue there is no next package.
        .filter(|a| *a != Action::NextPackage || state.queue.current.is_some())
        .filter(|a| state.view != View::Queue || !is_label(*a))
        .filter(|a| state.view == View::Code || !of_the_code(*a, state.view))
        .filter(|a| !a.hint().is_empty() && (a.context() == here || a.context() == Context::Anywhere))
        .filter_map(|a| Some((keys.key_in(here, a)?, a.hint())))
        .collect();
    let all = Action::iter().filter(|a| a.context() == here || a.context() == Context::Anywhere).count();
    let mut x = area.x + 1;
    let mut shown = 0;
    // Room for the count of what is hidden, which is always there. The eight roles stand closer, so that a narrow screen has all.
    let (gap, kept) = if here == Context::Select { (1, 6) } else { (2, 10) };
    let end = area.right().saturating_sub(used + kept);
    for (key, hint) in &hints {
        let wide = u16::try_from(crate::text::width(key) + 1 + hint.len() + usize::from(gap)).unwrap_or(u16::MAX);
        if x.saturating_add(wide) > end {
            break;
        }
        let (after, _) = buf.set_stringn(x, area.y, key, usize::from(end - x), theme.style(Role::Key));
        let (after, _) = buf.set_stringn(after + 1, area.y, hint, usize::from(end - after), theme.style(Role::Dim));
        x = after + gap;
        shown += 1;
    }
    let help = keys.keys(Action::Help).into_iter().next().unwrap_or_default();
    let more = format!("+{} {help}", all - shown);
    buf.set_stringn(x, area.y, more, usize::from(area.right().saturating_sub(x)), theme.style(Role::Faint));
}

/// What is about the panes of the code, and hardly looked for in another view.
fn of_the_code(action: Action, view: View) -> bool {
    match action {
        Action::NextPane | Action::Zoom | Action::Definition | Action::References => true,
        Action::Method | Action::WhatIf | Action::Origin | Action::Tokens => {
            !matches!(view, View::Card | View::Explain)
        }
        _ => false,
    }
}

/// The table of the queue takes no labels: they are for the package on the screen.
fn is_label(action: Action) -> bool {
    matches!(action, Action::LabelMalicious | Action::LabelBenign | Action::LabelSuspicious)
}
