//! What the copy keys put on the clipboard.

use std::borrow::Cow;

use crate::config::Action;
use crate::text;

use crate::tui::state::{Effect, State};
use crate::tui::view::View;

/// Most bytes given to the clipboard: terminals drop longer OSC 52 sequences.
pub(in crate::tui) const MOST: usize = 64 << 10;

/// Copies what was found to copy.
pub(in crate::tui) fn give(state: &mut State, action: Action, what: &str, raw: Option<String>) -> Vec<Effect> {
    let Some(raw) = raw.filter(|raw| !raw.is_empty()) else {
        state.say("There is nothing to copy here.");
        return Vec::new();
    };
    text_as(state, action, what, &raw)
}

/// Copies a text, escaped unless it is asked for as it is.
pub(in crate::tui) fn text_as(state: &mut State, action: Action, what: &str, raw: &str) -> Vec<Effect> {
    // What is selected or decoded may go over lines, which is no secret of theirs; everything else is one line.
    let lines = state.is_selecting() || state.view == View::Lab;
    let escaped = if lines { escape_lines(raw) } else { text::escape(raw) };
    let hostile = escaped != raw;
    let (copied, cut) = bounded(if action == Action::CopyRaw { raw.to_owned() } else { escaped.into_owned() });
    let how = match (hostile, action == Action::CopyRaw, cut) {
        (_, _, true) => ", only its first 64 KB",
        (true, false, _) => ", hidden characters as marks",
        (true, true, _) => " as it is, with its hidden characters",
        (false, true, _) => " as it is; nothing in it is hidden",
        (false, false, _) => "",
    };
    state.say(format!("Copied the {what}{how}."));
    vec![Effect::Copy(copied)]
}

/// Copies lines of several rows, each escaped unless it is asked for as it is.
pub(in crate::tui) fn several(state: &mut State, action: Action, lines: &[String], count: &str) -> Vec<Effect> {
    let one = |line: &String| if action == Action::CopyRaw { line.clone() } else { text::escape(line).into_owned() };
    let (text, cut) = bounded(lines.iter().map(one).collect::<Vec<_>>().join("\n"));
    let cut = if cut { ", only the first 64 KB" } else { "" };
    state.say(format!("Copied {count}{cut}."));
    vec![Effect::Copy(text)]
}

/// Bytes as pairs of digits; no more than what is copied of them.
pub(in crate::tui) fn hexadecimal(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().take(MOST / 3 + 1).map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// As much of a text as the clipboard takes, and whether that is less than all of it.
pub(in crate::tui) fn bounded(mut text: String) -> (String, bool) {
    let cut = text.len() > MOST;
    if cut {
        let end = (0..=MOST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    (text, cut)
}

/// Makes a text of many lines safe: every hidden character becomes its mark but for tabs and the ends of lines.
fn escape_lines(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut from = 0;
    for (at, c) in text::hidden_characters(text) {
        shown.push_str(text.get(from..at).unwrap_or_default());
        shown.push_str(&text::mark(c));
        from = at + c.len_utf8();
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(shown)
}
