//! The marked spans of the package on the screen, and the list of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::case::Case;
use crate::config::Action;
use crate::ledger::{Anchor, Lost, MarkedSpan, SpanRole};
use crate::syntax::Doc;
use crate::text::Span;

use super::super::worker::{KeptSpan, LedgerWork, Work, marked_at, role_word};
use super::renumber::Moves;
use super::{Effect, State, layers, travel};

/// How far the ledger is with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Known {
    /// Nobody has asked yet: the package is being read.
    #[default]
    NotYet,
    /// The ledger looks for them.
    Asked,
    /// They are there.
    Yes,
    /// The ledger cannot be used; why, escaped.
    No(String),
}

/// The spans and where the list of them is.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    /// All that stand, in the order in which they were marked.
    pub list: Vec<KeptSpan>,
    /// Whether the list is that of the package on the screen.
    pub known: Known,
    /// The selected one.
    pub selected: usize,
    /// First row on the screen.
    pub top: usize,
    /// Whether a label that must have evidence was just given.
    pub(super) wanting: bool,
    by_doc: HashMap<Doc, Vec<(Span, SpanRole)>>,
    /// Whether texts that were decoded by hand have been made again for their marks.
    redone: bool,
}

impl Spans {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// How many were not found again in the package.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.list.iter().filter(|span| span.anchor.place().is_none()).count()
    }

    /// Spans of a document that share bytes with a part of it, in order of their start.
    pub fn within(&self, doc: Doc, part: Span) -> impl Iterator<Item = (Span, SpanRole)> + '_ {
        let spans = self.by_doc.get(&doc).map(Vec::as_slice).unwrap_or_default();
        spans.iter().filter(move |(span, _)| span.overlaps(part)).copied()
    }

    /// The spans that were not found and stand in a decoded text, each text once.
    fn decoded_by_hand(&self) -> Vec<Arc<MarkedSpan>> {
        let mut texts: Vec<Arc<MarkedSpan>> = Vec::new();
        for span in self.list.iter().filter(|span| span.anchor.place().is_none()) {
            let hash = |marked: &MarkedSpan| marked.layer.as_ref().map(|layer| layer.sha256.clone());
            let text = hash(&span.marked);
            if text.is_some() && !texts.iter().any(|known| hash(known) == text) {
                texts.push(Arc::clone(&span.marked));
            }
        }
        texts
    }

    /// The selected span.
    #[must_use]
    pub fn selected(&self) -> Option<&KeptSpan> {
        self.list.get(self.selected)
    }

    /// Documents have other numbers; the ledger is asked again, and says of what is gone why it is not found.
    pub(super) fn renumber(&mut self, moves: &Moves) {
        for span in &mut self.list {
            if let Anchor::Exact(place) | Anchor::Moved(place) = &mut span.anchor {
                match moves.doc(place.doc) {
                    Some(doc) => place.doc = doc,
                    None => span.anchor = Anchor::Lost(Lost::Layer),
                }
            }
        }
        let by_doc = std::mem::take(&mut self.by_doc).into_iter();
        self.by_doc = by_doc.filter_map(|(doc, spans)| Some((moves.doc(doc)?, spans))).collect();
    }

    fn take(&mut self, list: Vec<KeptSpan>) {
        let event = self.selected().map(|span| span.event);
        self.by_doc.clear();
        for span in &list {
            if let Some(place) = span.anchor.place() {
                self.by_doc.entry(place.doc).or_default().push((place.span, span.marked.role));
            }
        }
        for spans in self.by_doc.values_mut() {
            spans.sort();
        }
        let same = list.iter().position(|span| Some(span.event) == event);
        self.selected = same.unwrap_or(self.selected).min(list.len().saturating_sub(1));
        self.list = list;
        self.known = Known::Yes;
    }
}

/// The letter of a role, for the gutter and the list.
#[must_use]
pub fn letter(role: SpanRole) -> &'static str {
    match role {
        SpanRole::Payload => "P",
        SpanRole::Trigger => "T",
        SpanRole::Loader => "L",
        SpanRole::Exfil => "X",
        SpanRole::Persistence => "S",
        SpanRole::Evasion => "E",
        SpanRole::Decoy => "D",
        SpanRole::BenignReason => "B",
    }
}

/// Asks for the spans of the case that is shown.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(case) = state.case.clone() else { return Vec::new() };
    state.spans.known = Known::Asked;
    vec![Effect::Work(Work::Ledger(LedgerWork::Spans(case)))]
}

/// Takes in the spans of the package on the screen.
pub(super) fn arrived(state: &mut State, case: &Case, result: Result<Vec<KeptSpan>, String>) -> Vec<Effect> {
    // Places in a case that is no longer shown would point at other texts.
    if !state.case.as_ref().is_some_and(|shown| Arc::ptr_eq(&shown.sequence, &case.sequence)) {
        return Vec::new();
    }
    let first = state.spans.known == Known::Asked;
    let mut effects = Vec::new();
    match result {
        Ok(list) => {
            state.spans.take(list);
            let (lost, count) = (state.spans.lost(), state.spans.count());
            let again = state.spans.decoded_by_hand();
            if first && !again.is_empty() && !state.spans.redone {
                // What an analyst decoded last time is decoded again; should that fail, the next look says so.
                state.spans.redone = true;
                effects = layers::change(state, layers::Change::Redo(again));
            } else if first && lost > 0 {
                let key = state.key(Action::Spans);
                state.complain(&format!("{lost} of {count} marked spans were not found again: {key} tells why."));
            }
        }
        Err(why) => {
            // Told at once: whoever labels must know beforehand that nothing can be recorded.
            if first {
                state.complain(&why);
            }
            state.spans.known = Known::No(crate::text::escape(&why).into_owned());
        }
    }
    follow(state);
    effects
}

/// Whether the label that was just given has no evidence, if it is one that must have some.
pub(super) fn lacking(state: &mut State) -> bool {
    std::mem::take(&mut state.spans.wanting) && state.spans.known == Known::Yes && state.spans.count() == 0
}

/// Says after a label that it has no evidence.
pub(super) fn wanted(state: &mut State) {
    let key = state.key(Action::Mark);
    state.say(format!("Recorded: malicious, without evidence for a report: {key} marks the selected step."));
}

/// What an action does in the list; `None` for what it does everywhere.
pub(super) fn perform(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(by) = travel::in_list(action, height(state)) {
        step(state, by);
        return Some(Vec::new());
    }
    match action {
        Action::Left | Action::Right | Action::LineStart | Action::LineEnd | Action::Zoom => {}
        Action::Spans | Action::Cancel => state.leave_view(),
        Action::Open => open(state),
        Action::Unmark => return Some(unmark(state)),
        // What is taken back is what the list shows.
        Action::Undo => {
            let Some(sha256) = state.package().map(|package| package.sha256.clone()) else { return Some(Vec::new()) };
            return Some(vec![state.work(Work::Ledger(LedgerWork::Undo { spans_of: Some(sha256) }))]);
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Rows of the list on the screen.
fn height(state: &State) -> usize {
    usize::from(super::super::ui::spans_list(state).height).max(1)
}

fn step(state: &mut State, by: isize) {
    let last = state.spans.count().saturating_sub(1);
    state.spans.selected = state.spans.selected.saturating_add_signed(by).min(last);
    follow(state);
    preview(state);
}

/// Scrolls so that the selected span is on the screen.
pub(super) fn follow(state: &mut State) {
    let height = height(state);
    let Spans { top, selected, list, .. } = &mut state.spans;
    *top = super::follow(*top, *selected, list.len(), height);
}

/// The selected span in the source beside the list, where there is room for it.
pub(super) fn preview(state: &mut State) {
    if let Some(place) = state.spans.selected().and_then(|span| span.anchor.place()) {
        state.show_place((place.doc, Some(place.span)));
    }
}

fn open(state: &mut State) {
    let Some(span) = state.spans.selected() else { return state.say("Nothing is marked yet.") };
    match span.anchor {
        crate::ledger::Anchor::Lost(why) => state.complain(&format!("Not found again: {why}.")),
        anchor => {
            if let Some(place) = anchor.place() {
                state.go((place.doc, Some(place.span)));
            }
        }
    }
}

fn unmark(state: &mut State) -> Vec<Effect> {
    let Some(span) = state.spans.selected() else {
        state.say("There is nothing to remove.");
        return Vec::new();
    };
    if !span.own {
        let who = span.actor.clone();
        state.say(format!("{who} marked it, and nobody else removes it."));
        return Vec::new();
    }
    let event = span.event;
    vec![state.work(Work::Ledger(LedgerWork::Unmark(event)))]
}

/// A click on a row selects it; on the selected row it goes there.
pub(super) fn click(state: &mut State, row: usize) {
    let clicked = state.spans.top + row;
    if clicked >= state.spans.count() {
        return;
    }
    if state.spans.selected == clicked {
        open(state);
    } else {
        state.spans.selected = clicked;
        preview(state);
    }
}

/// The wheel.
pub(super) fn wheel(state: &mut State, by: isize) {
    let most = state.spans.count().saturating_sub(height(state));
    state.spans.top = state.spans.top.saturating_add_signed(by).min(most);
}

/// The selected span in one line, raw.
pub(super) fn line(state: &State) -> Option<String> {
    let span = state.spans.selected()?;
    let root = state.package().map_or("", |package| package.root.as_str());
    let code = span.excerpt.as_ref().and_then(|excerpt| excerpt.lines.first()).map_or("", |line| line.text.as_str());
    Some(format!("{} {} {code}", role_word(span.marked.role), marked_at(&span.marked, root)).trim_end().to_owned())
}
