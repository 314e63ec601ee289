//! Selecting bytes in the source, and giving them a role.

use std::sync::Arc;

use crate::config::Action;
use crate::ledger::SpanRole;
use crate::syntax::Doc;
use crate::text::Span;

use crate::tui::state::{Effect, Overlay, Pane, State};
use crate::tui::view::View;
use crate::tui::view::code::source::Selection;
use crate::tui::widget::prompt::Prompt;
use crate::tui::worker::{LedgerWork, Marking, Work};

mod motion;

use motion::{Motion, extend};
pub(in crate::tui) use motion::{reveal, word_at};

/// What goes with the selection.
#[derive(Debug, Clone, Default)]
pub struct Selecting {
    /// What the analyst adds to the span that is marked next; untrusted.
    pub note: String,
    /// The column that going up and down keeps to, in characters from 1; `usize::MAX` for the ends of lines.
    column: Option<usize>,
}

impl State {
    /// Whether the keys extend a selection.
    #[must_use]
    pub fn is_selecting(&self) -> bool {
        self.view == View::Code && self.focus == Pane::Source && self.viewer.selection.is_some()
    }

    /// Ends the selection.
    pub(in crate::tui) fn end_selection(&mut self) {
        self.viewer.selection = None;
        self.selecting = Selecting::default();
    }

    /// Selects bytes of the shown document.
    pub(in crate::tui) fn select_bytes(&mut self, anchor: usize, head: usize) {
        if self.viewer.selection.is_none() {
            self.selecting = Selecting::default();
        }
        self.viewer.selection = Some(Selection { anchor, head });
    }
}

/// Selects what is emphasised: the step's or evidence's bytes, in the source else the line, in the tree the whole file.
pub(in crate::tui) fn begin(state: &mut State) {
    if state.is_selecting() {
        return;
    }
    let Some((doc, span)) = target(state) else { return state.say("There is nothing to mark here.") };
    let in_source = state.view == View::Code && state.focus == Pane::Source && state.viewer.doc == Some(doc);
    let line = in_source && state.viewer.span != Some(span);
    if !in_source {
        state.go((doc, Some(span)));
    }
    state.select_bytes(span.start, span.end);
    state.selecting.column = line.then_some(usize::MAX);
    if state.viewer.hex {
        reveal(state);
    }
}

/// The bytes that a role or a selection would take now.
fn target(state: &State) -> Option<(Doc, Span)> {
    if let (Some(doc), Some(selection)) = (state.viewer.doc, state.viewer.selection.filter(|_| state.is_selecting())) {
        return Some((doc, selection.span()));
    }
    let (doc, span) = (state.view.contract().target)(state)?;
    let whole = Span { start: 0, end: length(state, doc) };
    let span = span.unwrap_or(whole);
    (span.start < span.end && span.end <= whole.end).then_some((doc, span))
}

/// The cursor's line; with its end where it is empty. In the hex view, the byte under the cursor.
pub(super) fn line(state: &State, doc: Doc) -> Option<Span> {
    if state.viewer.hex {
        return Some(state.cursor_byte());
    }
    let line = state.line_span(state.viewer.cursor)?;
    let next = state.docs.source(doc)?.text.get(line.start..)?.starts_with('\n');
    Some(Span { start: line.start, end: if line.start == line.end { line.end + usize::from(next) } else { line.end } })
}

/// Bytes of the text, or of the file where that is no text.
fn length(state: &State, doc: Doc) -> usize {
    state.docs.source(doc).map_or_else(|| state.docs.bytes(doc).len(), |source| source.text.len())
}

/// What an action does to the selection; `None` for what it does everywhere.
pub(in crate::tui) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let page = isize::try_from(state.height(Pane::Source)).unwrap_or(1).max(2);
    match action {
        Action::Left => extend(state, Motion::Character(false)),
        Action::Right => extend(state, Motion::Character(true)),
        Action::WordBack => extend(state, Motion::Word(false)),
        Action::WordForward => extend(state, Motion::Word(true)),
        Action::Up => extend(state, Motion::Lines(-1)),
        Action::Down => extend(state, Motion::Lines(1)),
        Action::HalfUp => extend(state, Motion::Lines(-page / 2)),
        Action::HalfDown => extend(state, Motion::Lines(page / 2)),
        Action::PageUp => extend(state, Motion::Lines(-page)),
        Action::PageDown => extend(state, Motion::Lines(page)),
        Action::LineStart => extend(state, Motion::LineEdge(false)),
        Action::LineEnd => extend(state, Motion::LineEdge(true)),
        Action::Top => extend(state, Motion::TextEdge(false)),
        Action::Bottom => extend(state, Motion::TextEdge(true)),
        Action::SwapEnds => {
            if let Some(Selection { anchor, head }) = state.viewer.selection {
                state.viewer.selection = Some(Selection { anchor: head, head: anchor });
                state.selecting.column = None;
                reveal(state);
            }
        }
        Action::Note => state.overlay = Some(Overlay::Prompt(Prompt::Note(state.selecting.note.as_str().into()))),
        Action::Mark => {}
        Action::Open => {
            let (first, last) = (state.key(Action::MarkPayload), state.key(Action::MarkBenign));
            let end = state.key(Action::Cancel);
            state.say(format!("{first} to {last} mark the selection, {end} ends it."));
        }
        Action::Cancel => state.end_selection(),
        // One key away from a role: a label needs the selection to be ended first.
        Action::LabelMalicious
        | Action::LabelBenign
        | Action::LabelSuspicious
        | Action::LabelAlike
        | Action::NextPackage
        | Action::PreviousPackage => {
            let (first, last) = (state.key(Action::MarkPayload), state.key(Action::MarkBenign));
            let end = state.key(Action::Cancel);
            state.say(format!("Nothing was labelled: {first} to {last} mark the selection, {end} ends it."));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Records the selected bytes, or those that a selection would begin with, in a role.
pub(in crate::tui) fn mark(state: &mut State, role: SpanRole) -> Vec<Effect> {
    let Some((doc, span)) = target(state) else {
        state.say("There is nothing to mark here.");
        return Vec::new();
    };
    let Some(case) = state.case.clone() else {
        state.say("Wait until the package is read, then mark it.");
        return Vec::new();
    };
    let note = std::mem::take(&mut state.selecting.note);
    state.end_selection();
    state.deciding.marking = true;
    vec![state.work(Work::Ledger(LedgerWork::Mark(Marking { case: Arc::clone(&case), doc, span, role, note })))]
}

/// The role that an action gives.
pub(in crate::tui) fn role(action: Action) -> Option<SpanRole> {
    Some(match action {
        Action::MarkPayload => SpanRole::Payload,
        Action::MarkTrigger => SpanRole::Trigger,
        Action::MarkLoader => SpanRole::Loader,
        Action::MarkExfil => SpanRole::Exfil,
        Action::MarkPersistence => SpanRole::Persistence,
        Action::MarkEvasion => SpanRole::Evasion,
        Action::MarkDecoy => SpanRole::Decoy,
        Action::MarkBenign => SpanRole::BenignReason,
        _ => return None,
    })
}
