//! The preview of a report: the text as it would be sent, to be read, copied and saved.

use crate::config::{Action, Context};
use crate::report::Format;
use crate::tui::layout::WIDE;
use crate::tui::state::State;
use crate::tui::view::contract::{self, Contract};
use crate::tui::widget::frame::framed;
use crate::tui::widget::page;
use std::sync::Arc;

pub mod draw;
mod update;

pub(in crate::tui) use update::{again, arrived, copy, edited, open, perform, save, scroll};

/// The preview of a report as a view.
pub(in crate::tui) const CONTRACT: Contract = Contract {
    context: |_| Context::Report,
    areas: |areas, room| areas.bordered = room.size.width >= WIDE,
    command: perform,
    elsewhere: |state, action| match action {
        Action::Report => Some(open(state)),
        Action::ReportNext | Action::ReportPrevious | Action::SaveReport | Action::EditReport => {
            contract::belongs(state, "the preview of a report", Action::Report)
        }
        _ => None,
    },
    click: |_, _| Vec::new(),
    wheel: |state, _, by| {
        scroll(state, by);
        Vec::new()
    },
    target: contract::nothing_to_mark,
    // A report is safe as it is.
    copy: |state, _| copy(state),
    draw: |state, areas, buf| {
        let area = framed(state, areas, &draw::title(state), &draw::place(state), buf);
        draw::draw(state, area, buf);
    },
};

/// Most bytes of a report that are shown; the rest is for the file.
const SHOWN: usize = 64 << 10;

/// The report that is shown.
#[derive(Debug, Clone)]
pub struct Preview {
    /// For whom.
    pub format: Format,
    /// It, or why there is none, escaped; `None` while it is being written.
    pub text: Option<Result<Arc<str>, String>>,
    /// SHA-256 of the package that it is about.
    about: String,
    /// Whether it is to be copied once it is written.
    copying: bool,
    /// Whether the analyst has changed it.
    pub edited: bool,
    /// First row on the screen.
    pub top: usize,
}

impl Default for Preview {
    fn default() -> Self {
        Self { format: Format::Markdown, text: None, about: String::new(), copying: false, edited: false, top: 0 }
    }
}

/// The report as rows of so many columns; what is longer than a screen can take ends with a word about the rest.
#[must_use]
pub fn rows(state: &State, width: usize) -> Vec<String> {
    let text = match &state.report.text {
        Some(Ok(text)) => text.as_ref(),
        Some(Err(why)) => why.as_str(),
        None => "the report is being written …",
    };
    let end = (0..=SHOWN.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    let shown = text.get(..end).unwrap_or_default();
    // What was pasted into an editor may hold anything.
    let line = |line| page::broken(&crate::text::escape(line), width.max(1));
    let mut rows: Vec<String> = shown.lines().flat_map(line).collect();
    if end < text.len() {
        rows.push(format!("… {} more bytes: save it to read all of it", text.len() - end));
    }
    rows
}

/// A part of a file's name of what a package says: only letters, digits and dots inside.
fn harmless(text: &str) -> String {
    let sign = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let text: String = text.chars().take(60).map(sign).collect();
    text.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_package_makes_no_path() {
        assert_eq!(harmless("../../etc/@acme/x\u{1B}"), "etc--acme-x");
        assert_eq!(harmless("1.0.0-rc.1+x"), "1.0.0-rc.1-x");
    }
}
