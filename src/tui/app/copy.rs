//! What the copy keys put on the clipboard.

use std::borrow::Cow;

use crate::config::Action;
use crate::text;

use super::view::View;
use super::{Effect, Pane, State};

/// Most bytes given to the clipboard: terminals drop longer OSC 52 sequences.
const MOST: usize = 64 << 10;

pub(super) fn copy(state: &mut State, action: Action) -> Vec<Effect> {
    // A report is safe as it is, and hash and report are one there.
    if state.view == View::Report && action != Action::CopySha {
        return super::report::copy(state);
    }
    let (what, raw) = if action == Action::CopySha {
        ("SHA-256", state.package().map(|p| p.sha256.clone()))
    } else {
        selected(state, action)
    };
    let Some(raw) = raw.filter(|raw| !raw.is_empty()) else {
        state.say("There is nothing to copy here.");
        return Vec::new();
    };
    text_as(state, action, what, &raw)
}

/// Copies a text, escaped unless it is asked for as it is.
pub(super) fn text_as(state: &mut State, action: Action, what: &str, raw: &str) -> Vec<Effect> {
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

/// Bytes as pairs of digits; no more than what is copied of them.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().take(MOST / 3 + 1).map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// As much of a text as the clipboard takes, and whether that is less than all of it.
pub(super) fn bounded(mut text: String) -> (String, bool) {
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

fn selected(state: &State, action: Action) -> (&'static str, Option<String>) {
    match state.view {
        View::Results => return ("match", super::results::line(state)),
        View::Indicators => {
            let raw = action == Action::CopyRaw;
            let what = if raw { "indicator, not defanged," } else { "indicator, defanged" };
            return (what, super::indicators::line(state, raw));
        }
        _ => {}
    }
    if state.view == View::Spans {
        return ("marked span", super::spans::line(state));
    }
    if state.viewer.hex && (state.is_selecting() || state.focus == Pane::Source) && state.view == View::Code {
        let what = if state.is_selecting() { "selection in hexadecimal" } else { "row in hexadecimal" };
        return (what, state.hex_bytes().map(|(_, bytes)| hexadecimal(bytes)));
    }
    if let Some(selection) = state.viewer.selection.filter(|_| state.is_selecting()) {
        let span = selection.span();
        let text = state.viewer.doc.and_then(|doc| match state.docs.source(doc) {
            Some(source) => {
                // A selection may be megabytes: no more is looked at than shows that it was cut.
                let bound = (span.start + MOST + 1..span.end).find(|at| source.text.is_char_boundary(*at));
                source.text.get(span.start..bound.unwrap_or(span.end)).map(str::to_owned)
            }
            None => state.docs.bytes(doc).get(span.start..span.end.min(span.start + MOST)).map(text::hex),
        });
        return ("selection", text);
    }
    match state.focus {
        Pane::Files => ("path", state.files.selected_doc().map(|doc| state.docs.raw_path(doc).to_owned())),
        Pane::Source => {
            let source = state.viewer.doc.and_then(|doc| state.docs.source(doc));
            let line = source.zip(state.line_span(state.viewer.cursor));
            ("line", line.and_then(|(source, span)| source.text.get(span.start..span.end)).map(str::to_owned))
        }
        Pane::Sequence => {
            let step = state.steps.step().and_then(|s| state.docs.sequence().steps.get(s));
            let line = step.map(|s| {
                let at = format!("{}:{}:{}", state.docs.raw_path(s.doc), s.line, s.column);
                format!("{} {} {} {at}", s.feature.code(), s.feature.phrase(), s.detail).replace("  ", " ")
            });
            ("step", line)
        }
        Pane::Tokens => {
            let cell = state.tokens.layout.cells.get(state.tokens.selected);
            let piece = cell.and_then(|c| c.piece).and_then(|p| state.case.as_ref()?.text.pieces.get(p));
            let text = piece.and_then(|p| state.case.as_ref()?.text.text.get(p.range.clone()));
            ("text that the model read", text.map(str::to_owned))
        }
    }
}
