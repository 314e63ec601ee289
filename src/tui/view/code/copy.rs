//! What is copied of the pane that has the focus.

use crate::config::Action;
use crate::text;
use crate::tui::state::{Effect, Pane, State, copy};
use crate::tui::view::View;

/// Copies what is selected in the pane that has the focus.
pub(in crate::tui) fn of_pane(state: &mut State, action: Action) -> Vec<Effect> {
    let (what, raw) = selected(state);
    copy::give(state, action, what, raw)
}

fn selected(state: &State) -> (&'static str, Option<String>) {
    if state.viewer.hex && (state.is_selecting() || state.focus == Pane::Source) && state.view == View::Code {
        let what = if state.is_selecting() { "selection in hexadecimal" } else { "row in hexadecimal" };
        return (what, state.hex_bytes().map(|(_, bytes)| copy::hexadecimal(bytes)));
    }
    if let Some(selection) = state.viewer.selection.filter(|_| state.is_selecting()) {
        let span = selection.span();
        let text = state.viewer.doc.and_then(|doc| match state.docs.source(doc) {
            Some(source) => {
                // A selection may be megabytes: no more is looked at than shows that it was cut.
                let bound = (span.start + copy::MOST + 1..span.end).find(|at| source.text.is_char_boundary(*at));
                source.text.get(span.start..bound.unwrap_or(span.end)).map(str::to_owned)
            }
            None => state.docs.bytes(doc).get(span.start..span.end.min(span.start + copy::MOST)).map(text::hex),
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
